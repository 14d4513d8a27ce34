/* SPDX-License-Identifier: BSD-2-Clause */
/* The non-INVITE client transaction: RFC 3261 17.1.2. */
#include "txn/machine.h"

const sw_txn_table sw_txn_nict = {
    [SW_TXN_INIT] = BEFORE_START(DO(SW_TXN_TRYING, SW_TXN_DO_SEND, sw_txn_start_sending)),
    [SW_TXN_TRYING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_RETRANSMIT] = DO(SW_TXN_TRYING, SW_TXN_DO_SEND, sw_txn_double_to_t2),
            [SW_TXN_EV_TIMEOUT] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_TRYING),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    [SW_TXN_PROCEEDING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_RETRANSMIT] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_SEND, sw_txn_every_t2),
            [SW_TXN_EV_TIMEOUT] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    /* Retransmissions of the final response are absorbed. */
    [SW_TXN_COMPLETED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_2XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_COMPLETED),
        },
    /* Ours: nothing is sent any more, late answers are heard for 64*T1 (F6). */
    [SW_TXN_ABANDONED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_1XX] = DO(SW_TXN_ABANDONED, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_start_i_or_k),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    [SW_TXN_CALLING] = ABSENT(SW_TXN_CALLING),
    [SW_TXN_CONFIRMED] = ABSENT(SW_TXN_CONFIRMED),
    [SW_TXN_ACCEPTED] = ABSENT(SW_TXN_ACCEPTED),
    [SW_TXN_TERMINATED] = OVER,
};
