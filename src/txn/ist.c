/* SPDX-License-Identifier: BSD-2-Clause */
/* The INVITE server transaction: RFC 3261 17.2.1 with RFC 6026 7.1 and 8.5 to 8.7. */
#include "txn/machine.h"

const sw_txn_table sw_txn_ist = {
    [SW_TXN_INIT] = BEFORE_START(DO(SW_TXN_PROCEEDING, SW_TXN_DO_PASS, sw_txn_keep_timers)),
    /* A transport error is told to the owner and ends nothing: the next response may get through
     * (RFC 6026 8.7). */
    [SW_TXN_PROCEEDING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_REQUEST] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_SEND, sw_txn_start_l_or_m),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_start_answering),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_PROCEEDING, SW_TXN_DO_REPORT_ERROR, sw_txn_keep_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
        },
    [SW_TXN_COMPLETED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_REQUEST] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_ACK] = DO(SW_TXN_CONFIRMED, 0, sw_txn_start_i_or_k),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_2XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_RETRANSMIT] = DO(SW_TXN_COMPLETED, SW_TXN_DO_SEND, sw_txn_double_to_t2),
            [SW_TXN_EV_TIMEOUT] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_COMPLETED, SW_TXN_DO_REPORT_ERROR, sw_txn_keep_timers),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_COMPLETED),
        },
    /* Further ACKs are absorbed. */
    [SW_TXN_CONFIRMED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_2XX] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_CONFIRMED),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_CONFIRMED),
        },
    /* The INVITE's retransmissions are absorbed; 2xx are retransmitted by whom they came from, each
     * through here; an ACK to a 2xx goes on its own way. */
    [SW_TXN_ACCEPTED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_ACK] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_SEND, sw_txn_keep_timers),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_ACCEPTED, SW_TXN_DO_REPORT_ERROR, sw_txn_keep_timers),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_ACCEPTED),
        },
    [SW_TXN_CALLING] = ABSENT(SW_TXN_CALLING),
    [SW_TXN_TRYING] = ABSENT(SW_TXN_TRYING),
    [SW_TXN_ABANDONED] = ABSENT(SW_TXN_ABANDONED),
    [SW_TXN_TERMINATED] = OVER,
};
