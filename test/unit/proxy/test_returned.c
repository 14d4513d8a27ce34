/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that come back: an ICMP error ends what it belongs to, and nothing else. */
#include "rig.h"

/* What came back of a datagram to 192.0.2.`last`. */
static void returns(struct rig *r, unsigned last, struct sw_slice bytes)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_UNREACHABLE,
                                   .peer = rig_at(last, 5060),
                                   .bytes = bytes,
                                   .cause = PX_CAUSE_REFUSED,
                                   .had_left = true});
}

/* Whoever can guess a port can send an ICMP error; it counts only for a transaction whose datagram
 * went just there. */
static void x5_a_returned_request_ends_only_what_went_there(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024], came_back[1024];
    rig_conf(&r);
    rig_begin(&r);
    snprintf(room, sizeof room,
             "OPTIONS sip:b@192.0.2.1 SIP/2.0\r\nSubject: first of all\r\n"
             "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKx5\r\nMax-Forwards: 70\r\n"
             "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>\r\nCall-ID: x\r\n"
             "CSeq: 1 OPTIONS\r\n\r\n");
    rig_datagram(&r, 100, room);
    rig_changed(rig_action(&r, PX_DO_DATAGRAM, 0), "", "", came_back, sizeof came_back);
    struct sw_slice cut =
        sw_slice(came_back, strlen(came_back) - strlen("CSeq: 1 OPTIONS\r\n\r\n"));
    returns(&r, 9, cut);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
    assert_int_equal(px_core_counters(r.core)->client_transactions_open, 1);
    returns(&r, 1, cut);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 1);
    assert_int_equal(px_core_counters(r.core)->client_transactions_open, 0);
    rig_end(&r);
}

/* Over TCP nothing comes back, whoever says so. */
static void x5_no_icmp_error_ends_what_went_over_a_connection(void **state)
{
    (void)state;
    static struct rig r;
    char came_back[1024];
    rig_conf(&r);
    rig_begin(&r);
    rig_send(&r, "OPTIONS", "sip:b@192.0.2.1;transport=tcp", "z9hG4bKx5");
    const struct px_action *connect = rig_action(&r, PX_DO_CONNECT, 0);
    assert_non_null(connect);
    rig_step(&r, &(struct px_event){.kind = PX_EV_CONNECTED, .conn = connect->conn});
    rig_changed(rig_action(&r, PX_DO_BYTES, 0), "", "", came_back, sizeof came_back);
    returns(&r, 1, sw_slice_str(came_back));
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
    assert_int_equal(px_core_counters(r.core)->client_transactions_open, 1);
    rig_end(&r);
}

/* A response that does not arrive is one to be located (18.2.2); for a branch that is nobody's, or
 * from where it did not go, nothing is. */
static void x5_a_returned_response_is_sent_elsewhere(void **state)
{
    (void)state;
    static struct rig r;
    char via[256], text[1024];
    static const char theirs[] = "Via: SIP/2.0/UDP h.t;branch=z9hG4bKmatch\r\n";
    rig_conf(&r);
    rig_begin(&r);
    snprintf(text, sizeof text,
             "OPTIONS sip:b@192.0.2.1 SIP/2.0\r\n%sMax-Forwards: 70\r\nFrom: <sip:a@b.t>;tag=f\r\n"
             "To: <sip:b@c.t>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
             theirs);
    rig_datagram(&r, 100, text);
    const struct px_action *sent = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(sent);
    struct sw_slice line =
        sw_slice_sub(sent->bytes, sw_slice_find(sent->bytes, '\n') + 1, SIZE_MAX);
    line = sw_slice_sub(line, 0, sw_slice_find(line, '\n') + 1);
    snprintf(via, sizeof via, "%.*s%s", (int)line.len, line.p, theirs);
    snprintf(text, sizeof text,
             "SIP/2.0 200 OK\r\n%sFrom: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>;tag=t\r\n"
             "Call-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
             via);
    rig_datagram(&r, 1, text);
    const struct px_action *up = rig_action(&r, PX_DO_DATAGRAM, 0);
    assert_non_null(up);
    snprintf(text, sizeof text, "%.*s", (int)up->bytes.len, up->bytes.p);
    returns(&r, 9, sw_slice_str(text));
    assert_int_equal(rig_count(&r, PX_DO_ASK), 0);
    char *branch = strstr(text, "z9hG4bK");
    assert_non_null(branch);
    branch[1] = '8'; /* without the cookie */
    returns(&r, 100, sw_slice_str(text));
    assert_int_equal(rig_count(&r, PX_DO_ASK), 0);
    branch[1] = '9';
    returns(&r, 100, sw_slice_str(text));
    assert_true(rig_count(&r, PX_DO_ASK) > 0);
    rig_end(&r);
}

static enum px_company company_of(const struct px_action *sent, uint64_t call)
{
    assert_non_null(sent);
    assert_true(sent->series == call);
    return sent->company;
}

/* In a transaction of its own. */
static void send_within(struct rig *r, const char *method, const char *branch, const char *call_id)
{
    char room[1024];
    rig_datagram(r, 100, rig_within(room, sizeof room, method, branch, call_id, "t"));
    assert_non_null(rig_action(r, PX_DO_DATAGRAM, 0));
}

/* What goes out of a call is one series. What may share a packet: responses and ACKs, for which
 * nothing depends on an error, and requests that are sent for the first time (X5). */
static void x5_what_may_share_a_packet(void **state)
{
    (void)state;
    static struct rig r;
    char room[1024], sent[1400];
    rig_conf(&r);
    rig_begin(&r);
    rig_send(&r, "INVITE", "sip:b@192.0.2.1", "z9hG4bKa");
    const struct px_action *trying = rig_action(&r, PX_DO_DATAGRAM, 0);
    const struct px_action *invite = rig_action(&r, PX_DO_DATAGRAM, 1);
    assert_non_null(trying);
    assert_non_null(invite);
    assert_true(rig_has(trying->bytes, "SIP/2.0 100 "));
    uint64_t call = trying->series;
    assert_int_equal(company_of(trying, call), PX_UNHEEDED);
    assert_int_equal(company_of(invite, call), PX_TOGETHER);
    rig_changed(invite, "", "", sent, sizeof sent);
    r.now_us += SW_MS(600);
    rig_wake(&r);
    assert_int_equal(company_of(rig_action(&r, PX_DO_DATAGRAM, 0), call), PX_ALONE);
    static const char *const statuses[] = {"180 Ringing", "183 Session Progress", "486 Busy"};
    for (size_t i = 0; i < SW_ARRAY_LEN(statuses); i++) {
        rig_datagram(&r, 1, rig_respond(room, sizeof room, sw_slice_str(sent), statuses[i]));
        assert_int_equal(company_of(rig_action(&r, PX_DO_DATAGRAM, 0), call), PX_UNHEEDED);
    }
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 2); /* the last one's ACK */
    assert_int_equal(company_of(rig_action(&r, PX_DO_DATAGRAM, 1), call), PX_UNHEEDED);
    send_within(&r, "ACK", "z9hG4bKb", "z9hG4bKa");
    assert_int_equal(company_of(rig_action(&r, PX_DO_DATAGRAM, 0), call), PX_UNHEEDED);
    send_within(&r, "BYE", "z9hG4bKc", "z9hG4bKa"); /* behind the ACK */
    assert_int_equal(company_of(rig_action(&r, PX_DO_DATAGRAM, 0), call), PX_TOGETHER);
    send_within(&r, "ACK", "z9hG4bKd", "z9hG4bKd"); /* of another call */
    assert_true(rig_action(&r, PX_DO_DATAGRAM, 0)->series != call);
    rig_end(&r);
}

/* INVITEs from 192.0.2.100 in one turn; a '+' before the URI: to the other listener. The first
 * one's text, as it was sent. */
static struct sw_slice launch(struct rig *r, const char *name, const char *const *uris,
                              size_t count, char *room, size_t cap)
{
    rig_begin_turn(r);
    for (size_t i = 0; i < count; i++) {
        char text[1024], branch[32];
        bool is_other = uris[i][0] == '+';
        snprintf(branch, sizeof branch, "z9hG4bK%s%c%c", name, (char)('a' + i / 26),
                 (char)('a' + i % 26));
        rig_request(text, sizeof text, "INVITE", uris[i] + is_other, branch, "");
        rig_datagram_more(r, is_other ? 2 : 0, 100, text);
    }
    return sw_slice_str(rig_changed(rig_action(r, PX_DO_DATAGRAM, 1), "", "", room, cap));
}

static uint64_t clients_open(const struct rig *r)
{
    return px_core_counters(r->core)->client_transactions_open;
}

static void begin_with_two_listeners(struct rig *r)
{
    rig_conf(r);
    r->conf.listeners[r->conf.listener_count++] = (struct px_listener){SW_UDP, rig_at(10, 5070)};
    rig_begin(r);
}

/* The error of a packet comes with the first of its datagrams only: what may have been in it has
 * come back as well. Not what went elsewhere, was longer, left earlier or later, or has arrived. */
static void x5_what_left_together_comes_back_together(void **state)
{
    (void)state;
    static struct rig r;
    char before[1400], first[1400], after[1400], room[1400], arrived[1400], longer[1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:b@192.0.2.2",  "sip:c@192.0.2.1",
                                       "sip:d@192.0.2.1", "sip:bb@192.0.2.1", "sip:e@192.0.2.1",
                                       "+sip:f@192.0.2.1"};
    begin_with_two_listeners(&r);
    (void)launch(&r, "0", uris, 1, before, sizeof before);
    struct sw_slice sent = launch(&r, "1", uris, 7, first, sizeof first);
    rig_changed(rig_action(&r, PX_DO_DATAGRAM, 7), "", "", arrived, sizeof arrived);
    rig_changed(rig_action(&r, PX_DO_DATAGRAM, 9), "", "", longer, sizeof longer);
    (void)launch(&r, "2", uris, 1, after, sizeof after);
    rig_datagram(&r, 1, rig_respond(room, sizeof room, sw_slice_str(arrived), "180 Ringing"));
    assert_int_equal(clients_open(&r), 9);
    returns(&r, 1, sent);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 3);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(rig_has(rig_action(&r, PX_DO_DATAGRAM, i)->bytes, "SIP/2.0 500 "));
        const struct px_log_try *t = &rig_action(&r, PX_DO_LOG, i)->log->tries[0];
        assert_int_equal(t->end, PX_TRY_TRANSPORT);
        assert_int_equal(t->cause, PX_CAUSE_REFUSED);
    }
    assert_int_equal(clients_open(&r), 6);
    returns(&r, 1, sent);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
    assert_int_equal(clients_open(&r), 6);
    /* Who has ended is not told of another one's. */
    returns(&r, 1, sw_slice_str(longer));
    assert_int_equal(clients_open(&r), 5);
    rig_end(&r);
}

/* Where we are ourselves on one host with it. */
static void x5_it_may_come_back_in_the_same_turn(void **state)
{
    (void)state;
    static struct rig r;
    char room[1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1", "sip:b@192.0.2.2"};
    rig_conf(&r);
    rig_begin(&r);
    struct sw_slice sent = launch(&r, "", uris, 3, room, sizeof room);
    px_core_step(r.core,
                 &(struct px_event){.kind = PX_EV_UNREACHABLE,
                                    .peer = rig_at(1, 5060),
                                    .bytes = sent,
                                    .cause = PX_CAUSE_REFUSED,
                                    .had_left = true},
                 r.now_us, &r.out);
    assert_int_equal(clients_open(&r), 1);
    rig_end(&r);
}

/* A firewall may refuse one and let the next one pass. */
static void x5_what_was_not_taken_says_nothing_of_others(void **state)
{
    (void)state;
    static struct rig r;
    char room[1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1"};
    rig_conf(&r);
    rig_begin(&r);
    rig_step(&r, &(struct px_event){.kind = PX_EV_UNREACHABLE,
                                    .peer = rig_at(1, 5060),
                                    .bytes = launch(&r, "", uris, 2, room, sizeof room),
                                    .cause = PX_CAUSE_LOCAL});
    assert_int_equal(clients_open(&r), 1);
    rig_end(&r);
}

/* Errors come to whatever worker reads them: it hands on all that it was told. */
static void x5_an_error_is_handed_to_whose_it_is(void **state)
{
    (void)state;
    for (int had_left = 0; had_left <= 1; had_left++) {
        static struct rig owner, other;
        char room[1400];
        static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1"};
        const struct px_core_args args = {
            .conf = &other.conf, .alloc = &other.heap.alloc, .worker_count = 8};
        rig_conf(&owner);
        rig_begin(&owner);
        rig_conf(&other);
        assert_int_equal(px_core_new(&other.core, &args, other.now_us), 0);
        rig_step(&other, &(struct px_event){
                             .kind = PX_EV_UNREACHABLE,
                             .peer = rig_at(1, 5060),
                             .bytes = launch(&owner, "", uris, 2, room, sizeof room),
                             .cause = PX_CAUSE_REFUSED,
                             .had_left = had_left,
                         });
        const struct px_action *a = rig_action(&other, PX_DO_HAND_OVER, 0);
        assert_non_null(a);
        assert_int_equal(a->worker, 7);
        struct px_handed again = *a->handed;
        again.bytes = sw_slice_str(room);
        rig_step(&owner, &(struct px_event){.kind = PX_EV_HANDED, .handed = a->handed});
        assert_int_equal(clients_open(&owner), had_left ? 0 : 1);
        assert_int_equal(rig_action(&owner, PX_DO_LOG, 0)->log->tries[0].cause, PX_CAUSE_REFUSED);
        /* Nobody hands it on again. */
        rig_step(&other, &(struct px_event){.kind = PX_EV_HANDED, .handed = &again});
        assert_int_equal(rig_count(&other, PX_DO_HAND_OVER), 0);
        rig_end(&owner);
        rig_end(&other);
    }
}

/* CANCELs of two calls that ring: the calls go on to ring until they are over. */
static void x5_cancels_come_back_together(void **state)
{
    (void)state;
    static struct rig r;
    char room[1400], texts[2][1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1"};
    rig_conf(&r);
    rig_begin(&r);
    (void)launch(&r, "", uris, 2, room, sizeof room);
    for (unsigned i = 0; i < 2; i++)
        rig_changed(rig_action(&r, PX_DO_DATAGRAM, 2 * i + 1), "", "", texts[i], sizeof texts[i]);
    for (unsigned i = 0; i < 2; i++)
        rig_datagram(&r, 1, rig_respond(room, sizeof room, sw_slice_str(texts[i]), "180 Ringing"));
    rig_begin_turn(&r);
    for (unsigned i = 0; i < 2; i++) {
        rig_request(room, sizeof room, "CANCEL", uris[i], i == 0 ? "z9hG4bKaa" : "z9hG4bKab", "");
        rig_datagram_more(&r, 0, 100, room);
    }
    assert_int_equal(clients_open(&r), 4);
    for (unsigned i = 0; i < r.out.count; i++)
        if (r.actions[i].kind == PX_DO_DATAGRAM && rig_has(r.actions[i].bytes, "CANCEL sip:b@"))
            rig_changed(&r.actions[i], "", "", texts[0], sizeof texts[0]);
    assert_true(rig_has(sw_slice_str(texts[0]), "CANCEL sip:b@"));
    returns(&r, 1, sw_slice_str(texts[0]));
    assert_int_equal(clients_open(&r), 2);
    rig_end(&r);
}

/* A retransmission goes alone, and what becomes of it says nothing of others. */
static void x5_a_copy_comes_back_alone(void **state)
{
    (void)state;
    static struct rig r;
    char room[1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1", "sip:d@192.0.2.1"};
    rig_conf(&r);
    rig_begin(&r);
    struct sw_slice sent = launch(&r, "", uris, 3, room, sizeof room);
    r.now_us += SW_MS(600);
    rig_wake(&r);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 3);
    returns(&r, 1, sent);
    assert_int_equal(clients_open(&r), 2);
    rig_end(&r);
}

/* Who rings has our branch, and could make up an error: it ends nobody else's call. */
static void x5_an_error_of_what_was_answered_tells_nobody(void **state)
{
    (void)state;
    static struct rig r;
    char room[1400], sent[1400];
    static const char *const uris[] = {"sip:b@192.0.2.1", "sip:c@192.0.2.1"};
    rig_conf(&r);
    rig_begin(&r);
    struct sw_slice text = launch(&r, "", uris, 2, sent, sizeof sent);
    rig_datagram(&r, 1, rig_respond(room, sizeof room, text, "180 Ringing"));
    returns(&r, 1, text);
    assert_int_equal(rig_count(&r, PX_DO_DATAGRAM), 0);
    assert_int_equal(clients_open(&r), 2);
    rig_end(&r);
}

/* A full packet's worth is more than one step may cause: the rest is done in the next ones. */
static void x5_a_packet_comes_back_in_pieces(void **state)
{
    (void)state;
    static struct rig r;
    static const char *uris[64];
    char room[1400];
    rig_conf(&r);
    rig_begin(&r);
    for (size_t i = 0; i < SW_ARRAY_LEN(uris); i++)
        uris[i] = "sip:b@192.0.2.1";
    struct sw_slice sent = launch(&r, "", uris, SW_ARRAY_LEN(uris), room, sizeof room);
    assert_int_equal(clients_open(&r), 64);
    r.out.cap = PX_STEP_ACTIONS_MAX;
    returns(&r, 1, sent);
    for (unsigned steps = 0; clients_open(&r) > 0; steps++) {
        assert_true(px_core_wake_us(r.core) <= r.now_us);
        assert_in_range(steps, 0, 3);
        rig_wake(&r);
    }
    r.out.cap = RIG_ACTIONS_MAX;
    rig_end(&r);
}

/* Refusals and the like wait for nobody: each may join whatever packet takes it. */
static void x5_responses_without_a_transaction_have_no_order(void **state)
{
    (void)state;
    static struct rig r;
    char rooms[2][1024];
    rig_conf(&r);
    rig_begin(&r);
    for (unsigned i = 0; i < 2; i++) { /* in one turn */
        rig_request(rooms[i], sizeof rooms[i], "OPTIONS", "sip:192.0.2.10",
                    i == 0 ? "z9hG4bKa" : "z9hG4bKb", "");
        rig_datagram_more(&r, 0, 100, rooms[i]);
    }
    const struct px_action *first = rig_action(&r, PX_DO_DATAGRAM, 0);
    const struct px_action *second = rig_action(&r, PX_DO_DATAGRAM, 1);
    assert_non_null(second);
    assert_true(first->series != 0 && second->series != 0);
    assert_true(first->series != second->series);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x5_a_returned_request_ends_only_what_went_there),
        cmocka_unit_test(x5_no_icmp_error_ends_what_went_over_a_connection),
        cmocka_unit_test(x5_a_returned_response_is_sent_elsewhere),
        cmocka_unit_test(x5_what_may_share_a_packet),
        cmocka_unit_test(x5_what_left_together_comes_back_together),
        cmocka_unit_test(x5_it_may_come_back_in_the_same_turn),
        cmocka_unit_test(x5_what_was_not_taken_says_nothing_of_others),
        cmocka_unit_test(x5_an_error_is_handed_to_whose_it_is),
        cmocka_unit_test(x5_cancels_come_back_together),
        cmocka_unit_test(x5_a_copy_comes_back_alone),
        cmocka_unit_test(x5_an_error_of_what_was_answered_tells_nobody),
        cmocka_unit_test(x5_a_packet_comes_back_in_pieces),
        cmocka_unit_test(x5_responses_without_a_transaction_have_no_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
