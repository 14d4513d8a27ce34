/* SPDX-License-Identifier: BSD-2-Clause */
/* The non-INVITE server transaction: RFC 3261 17.2.2. When a provisional may be sent at all is the
 * owner's business (RFC 4320). */
#include "txn/machine.h"

const sw_txn_table sw_txn_nist = {
    [SW_TXN_INIT] = BEFORE_START(DO(SW_TXN_TRYING, SW_TXN_DO_PASS, sw_txn_keep_timers)),
    /* Nothing has been sent, so nothing can be sent again or fail. */
    [SW_TXN_TRYING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_start_j),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_start_j),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
        },
    [SW_TXN_PROCEEDING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_REQUEST] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_start_j),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_start_j),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
        },
    [SW_TXN_COMPLETED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_REQUEST] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_2XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_COMPLETED),
        },
    [SW_TXN_CALLING] = ABSENT(SW_TXN_CALLING),
    [SW_TXN_CONFIRMED] = ABSENT(SW_TXN_CONFIRMED),
    [SW_TXN_ACCEPTED] = ABSENT(SW_TXN_ACCEPTED),
    [SW_TXN_ABANDONED] = ABSENT(SW_TXN_ABANDONED),
    [SW_TXN_TERMINATED] = OVER,
};
