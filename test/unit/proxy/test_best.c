/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of several final responses goes up (RFC 3261 16.7 steps 4 to 8). Three servers got the
 * request one after the other, since the ones before were silent; then they answer, the first one
 * first: two late answers, and one of the server whose turn it is.
 */
#include "rig.h"

#include "dns/name.h"

enum { SERVERS = 3, ASKS_MAX = 32, TEXT_MAX = 2048, STEPS_MAX = 2000 };

struct ask {
    uint64_t id;
    enum sw_rrtype type;
    char server; /* '1' of h1.d.t */
    bool is_udp; /* of _sip._udp.d.t */
};

struct scene {
    struct rig rig;
    struct ask asks[ASKS_MAX];
    size_t ask_count;
    char sent[SERVERS][TEXT_MAX]; /* what each server got; empty: nothing yet */
    char answer[TEXT_MAX];        /* the final response to the caller */
    unsigned answer_count;        /* different ones */
};

/* Status of each server in the order in which they answer; 0: it stays silent. `also` must be in
 * what goes up. */
static const struct row {
    const char *name, *method;
    unsigned statuses[SERVERS], want;
    const char *also;
} rows[] = {
    {"step 6: 2xx before all", "INVITE", {404, 200, 0}, 200, ""},
    {"step 6: 6xx before 4xx", "INVITE", {404, 603, 486}, 603, ""},
    {"step 6: 6xx before 3xx", "INVITE", {302, 604, 487}, 604, ""},
    {"step 6: 3xx before 4xx", "INVITE", {404, 302, 486}, 302, ""},
    {"step 6: 3xx before 5xx", "INVITE", {500, 300, 501}, 300, ""},
    {"step 6: 4xx before 5xx", "INVITE", {500, 404, 504}, 404, ""},
    {"step 6: 4xx before 5xx, whoever is first", "INVITE", {404, 500, 504}, 404, ""},
    {"step 6: of a class the first", "INVITE", {486, 404, 480}, 486, ""},
    {"step 6: 401 before others of its class", "INVITE", {404, 401, 486}, 401, ""},
    {"step 6: 407 before others of its class", "INVITE", {404, 486, 407}, 407, ""},
    {"step 6: 415 before others of its class", "INVITE", {404, 415, 486}, 415, ""},
    {"step 6: 420 before others of its class", "INVITE", {420, 404, 486}, 420, ""},
    {"step 6: 484 before others of its class", "INVITE", {486, 480, 484}, 484, ""},
    {"step 6: what helps is no better than a lower class", "INVITE", {401, 302, 484}, 302, ""},
    {"step 6: what helps is no better than 6xx", "INVITE", {401, 600, 484}, 600, ""},
    {"step 6: who was silent and then refuses was silent", "INVITE", {503, 503, 503}, 408, ""},
    {"step 6: 503 gives way to 4xx", "INVITE", {503, 404, 503}, 404, ""},
    {"step 6: 503 gives way to 5xx", "INVITE", {503, 501, 503}, 501, ""},
    {"step 6: without any answer 408", "INVITE", {0, 0, 0}, 408, ""},
    {"step 6: an answer before our 408", "INVITE", {0, 486, 0}, 486, ""},
    {"step 6: a 408 of theirs is an answer", "INVITE", {0, 0, 408}, 408, ""},
    {"step 7: 401 and 401", "INVITE", {401, 401, 404}, 401, "WWW-Authenticate: R realm=\"1\""},
    {"step 7: the later one is there too",
     "INVITE",
     {401, 401, 404},
     401,
     "WWW-Authenticate: R realm=\"2\""},
    {"step 7: 407 and 407", "INVITE", {407, 407, 404}, 407, "Proxy-Authenticate: R realm=\"1\""},
    {"step 7: 407 goes along with 401",
     "INVITE",
     {407, 401, 404},
     401,
     "Proxy-Authenticate: R realm=\"1\""},
    {"step 7: all three", "INVITE", {401, 407, 401}, 401, "Proxy-Authenticate: R realm=\"2\""},
    {"step 7: none of another class", "INVITE", {302, 401, 404}, 302, ""},
    {"step 5: a late 2xx is enough", "OPTIONS", {200, 0, 0}, 200, ""},
    {"step 6: 6xx before 4xx, no INVITE", "OPTIONS", {404, 603, 0}, 603, ""},
    {"step 6: 3xx before 5xx, no INVITE", "OPTIONS", {500, 302, 501}, 302, ""},
    {"step 6: 503 only, no INVITE", "OPTIONS", {503, 503, 503}, 500, ""},
};

/* ------------------------------------------------------------------------------ the world */

static void note_request(struct scene *s, const struct px_action *a)
{
    char *room = s->sent[a->peer.addr.bytes[3] - 1];
    bool is_first = room[0] == '\0' && memcmp(a->bytes.p, "ACK", 3) != 0;
    if (!is_first || memcmp(a->bytes.p, "CANCEL", 6) == 0)
        return;
    assert_true(a->bytes.len < TEXT_MAX);
    memcpy(room, a->bytes.p, a->bytes.len);
    room[a->bytes.len] = '\0';
}

static void note_answer(struct scene *s, const struct px_action *a)
{
    bool is_provisional = a->bytes.p[8] == '1';
    bool is_same = sw_slice_eq(a->bytes, sw_slice_str(s->answer));
    if (is_provisional || is_same)
        return;
    assert_true(a->bytes.len < TEXT_MAX);
    s->answer_count++;
    memcpy(s->answer, a->bytes.p, a->bytes.len);
    s->answer[a->bytes.len] = '\0';
}

/* What the last event caused. */
static void look_at_actions(struct scene *s)
{
    for (size_t i = 0; i < s->rig.out.count; i++) {
        const struct px_action *a = &s->rig.actions[i];
        if (a->kind == PX_DO_DATAGRAM && a->peer.addr.bytes[3] <= SERVERS)
            note_request(s, a);
        else if (a->kind == PX_DO_DATAGRAM)
            note_answer(s, a);
        if (a->kind != PX_DO_ASK)
            continue;
        char room[SW_NAME_TEXT_MAX];
        struct sw_buf text = sw_buf(room, sizeof room);
        sw_name_write(&text, a->question.name);
        assert_true(s->ask_count < ASKS_MAX);
        s->asks[s->ask_count++] = (struct ask){
            .id = a->ask,
            .type = a->question.type,
            .server = room[1],
            .is_udp = rig_has(sw_buf_slice(&text), "_sip._udp"),
        };
    }
}

static void give_answer(struct scene *s, const struct ask *ask)
{
    struct sw_name_room rooms[SERVERS];
    struct sw_rr rrs[SERVERS] = {{.type = ask->type, .ttl_s = 60}};
    struct sw_answer answer = {.outcome = SW_OUTCOME_NODATA, .ttl_s = 60, .rrs = rrs};
    if (ask->type == SW_RR_SRV && ask->is_udp) {
        static const char *const names[SERVERS] = {"h1.d.t", "h2.d.t", "h3.d.t"};
        for (unsigned i = 0; i < SERVERS; i++) {
            struct sw_name name;
            assert_int_equal(sw_name_from_text(sw_slice_str(names[i]), &rooms[i], &name), 0);
            rrs[i] = (struct sw_rr){.type = SW_RR_SRV, .ttl_s = 60};
            rrs[i].srv = (struct sw_rr_srv){(uint16_t)i, 1, 5060, name};
        }
        answer.rr_count = SERVERS;
    } else if (ask->type == SW_RR_A) {
        rrs[0].addr = rig_at((unsigned)(ask->server - '0'), 0).addr;
        answer.rr_count = 1;
    }
    if (answer.rr_count > 0)
        answer.outcome = SW_OUTCOME_RECORDS;
    rig_step(&s->rig, &(struct px_event){.kind = PX_EV_ANSWER, .ask = ask->id, .answer = &answer});
}

static void settle(struct scene *s)
{
    look_at_actions(s);
    while (s->ask_count > 0) {
        struct ask ask = s->asks[--s->ask_count];
        give_answer(s, &ask);
        look_at_actions(s);
    }
}

static void wake(struct scene *s)
{
    uint64_t due_us = px_core_wake_us(s->rig.core);
    assert_true(due_us != SW_NEVER);
    s->rig.now_us = due_us > s->rig.now_us ? due_us : s->rig.now_us;
    rig_wake(&s->rig);
    settle(s);
}

/* ------------------------------------------------------------------------------ a row */

static void begin(struct scene *s, const struct row *row)
{
    char room[1024];
    memset(s, 0, sizeof *s);
    rig_conf(&s->rig);
    rig_begin(&s->rig);
    rig_datagram(&s->rig, 100,
                 rig_request(room, sizeof room, row->method, "sip:b@d.t", "z9hG4bKx", ""));
    settle(s);
    for (unsigned i = 0; i < STEPS_MAX && s->sent[SERVERS - 1][0] == '\0'; i++)
        wake(s);
    assert_true(s->sent[SERVERS - 1][0] != '\0');
}

static void respond(struct scene *s, unsigned server, unsigned status)
{
    char room[TEXT_MAX + 200];
    const char *fields = strchr(s->sent[server], '\n') + 1;
    const char *challenge = status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
    int len = snprintf(room, sizeof room, "SIP/2.0 %u x\r\n%s: R realm=\"%u\"\r\n%s", status,
                       status == 401 || status == 407 ? challenge : "X-Of", server + 1, fields);
    assert_in_range(len, 1, sizeof room - 1);
    rig_datagram(&s->rig, server + 1, room);
    settle(s);
}

static void check(const struct row *row)
{
    static struct scene s;
    char line[16];
    begin(&s, row);
    for (unsigned i = 0; i < SERVERS; i++)
        if (row->statuses[i] != 0)
            respond(&s, i, row->statuses[i]);
    for (unsigned i = 0; i < STEPS_MAX && s.answer_count == 0; i++)
        wake(&s);
    snprintf(line, sizeof line, "SIP/2.0 %u ", row->want);
    if (strncmp(s.answer, line, strlen(line)) != 0 || s.answer_count != 1)
        fail_msg("%s: %u answers, the last is %.20s", row->name, s.answer_count, s.answer);
    if (!rig_has(sw_slice_str(s.answer), row->also))
        fail_msg("%s: it lacks %s", row->name, row->also);
    rig_end(&s.rig);
}

static void c6_f4_the_best_response_goes_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c6_f4_the_best_response_goes_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
