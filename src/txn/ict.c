/* SPDX-License-Identifier: BSD-2-Clause */
/* The INVITE client transaction: RFC 3261 17.1.1 with RFC 6026 7.2 and 8.4. */
#include "txn/machine.h"

/* 2xx are passed on in Completed too, which no figure shows: a proxy behind us may send one after
 * it has sent another final response, and every 2xx to an INVITE goes upstream (16.7 step 5). */
const sw_txn_table sw_txn_ict = {
    [SW_TXN_INIT] = BEFORE_START(DO(SW_TXN_CALLING, SW_TXN_DO_SEND, sw_txn_start_sending)),
    [SW_TXN_CALLING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_CALLING),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_CALLING),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_CALLING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_PASS, sw_txn_stop_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_PASS, sw_txn_start_l_or_m),
            [SW_TXN_EV_3456XX] =
                DO(SW_TXN_COMPLETED, SW_TXN_DO_ACK | SW_TXN_DO_PASS, sw_txn_start_d),
            [SW_TXN_EV_RETRANSMIT] = DO(SW_TXN_CALLING, SW_TXN_DO_SEND, sw_txn_double),
            [SW_TXN_EV_TIMEOUT] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_TIMEOUT | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_CALLING),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    /* No timer runs here: how long a callee may ring is the owner's timer C. Nothing is being sent,
     * so nothing fails. */
    [SW_TXN_PROCEEDING] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_1XX] = DO(SW_TXN_PROCEEDING, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_PASS, sw_txn_start_l_or_m),
            [SW_TXN_EV_3456XX] =
                DO(SW_TXN_COMPLETED, SW_TXN_DO_ACK | SW_TXN_DO_PASS, sw_txn_start_d),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_END] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_PROCEEDING),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    [SW_TXN_COMPLETED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_2XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_3456XX] = DO(SW_TXN_COMPLETED, SW_TXN_DO_ACK, sw_txn_keep_timers),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_COMPLETED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] =
                DO(SW_TXN_TERMINATED, SW_TXN_DO_REPORT_ERROR | SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_COMPLETED),
        },
    [SW_TXN_ACCEPTED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_1XX] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_3456XX] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] = IGNORE(SW_TXN_ACCEPTED),
            [SW_TXN_EV_ABANDON] = IGNORE(SW_TXN_ACCEPTED),
        },
    /* Ours: nothing is sent any more, late answers are heard for 64*T1 (F6). A provisional is
     * passed so that the owner can cancel; abandoning again gives the answer to that its 64*T1
     * (9.1). */
    [SW_TXN_ABANDONED] =
        {
            [SW_TXN_EV_START] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_REQUEST] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_ACK] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_1XX] = DO(SW_TXN_ABANDONED, SW_TXN_DO_PASS, sw_txn_keep_timers),
            [SW_TXN_EV_2XX] = DO(SW_TXN_ACCEPTED, SW_TXN_DO_PASS, sw_txn_start_l_or_m),
            [SW_TXN_EV_3456XX] =
                DO(SW_TXN_COMPLETED, SW_TXN_DO_ACK | SW_TXN_DO_PASS, sw_txn_start_d),
            [SW_TXN_EV_RETRANSMIT] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_TIMEOUT] = IGNORE(SW_TXN_ABANDONED),
            [SW_TXN_EV_END] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_SEND_FAILED] = DO(SW_TXN_TERMINATED, SW_TXN_DO_END, sw_txn_stop_timers),
            [SW_TXN_EV_ABANDON] = DO(SW_TXN_ABANDONED, 0, sw_txn_start_l_or_m),
        },
    [SW_TXN_TRYING] = ABSENT(SW_TXN_TRYING),
    [SW_TXN_CONFIRMED] = ABSENT(SW_TXN_CONFIRMED),
    [SW_TXN_TERMINATED] = OVER,
};
