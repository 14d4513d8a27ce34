/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/ident.h"
#include "proxy/token.h"
#include "support/check.h"

#include <stdio.h>

static struct px_core core;
static struct px_conf conf;
static struct px_hop caller; /* where the INVITE comes from */
static uint64_t flow;        /* that the last token which fitted named */

static int set_up(void **state)
{
    static const uint8_t seed[32] = {1};
    (void)state;
    memset(&core, 0, sizeof core);
    caller = (struct px_hop){.transport = SW_UDP};
    flow = 0;
    conf.dialog_us = SW_SECONDS(3600);
    core.conf = &conf;
    core.now_us = SW_SECONDS(1000);
    px_keys_init(&core, seed);
    return 0;
}

static void parse(struct sw_msg *m, const char *text)
{
    struct sw_msg_fault fault;
    assert_int_equal(sw_msg_parse(m, sw_slice_str(text), NULL, &fault), 0);
}

#define FIELDS(from, to, call_id)                                                                  \
    "Via: SIP/2.0/UDP h.t\r\nFrom: <sip:a@a.t>;tag=" from "\r\nTo: <sip:b@d.t>" to                 \
    "\r\nCall-ID: " call_id "\r\nCSeq: 1 INVITE\r\n"

/* The INVITE of most tests: from ;tag=a, to be called back at a.t. */
static const char invite_text[] =
    "INVITE sip:b@d.t SIP/2.0\r\n" FIELDS("a", "", "c1") "Contact: <sip:a@a.t:5070>\r\n\r\n";

static struct sw_uri uri_of(const char *text)
{
    struct sw_uri uri;
    assert_int_equal(sw_uri_parse(sw_slice_str(text), &uri, NULL), 0);
    return uri;
}

static bool fits(const char *from, const char *to, const char *call_id, const char *next_hop,
                 const char *token)
{
    char text[512];
    static struct sw_msg m;
    struct sw_uri uri = uri_of(next_hop);
    snprintf(text, sizeof text,
             "BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP h.t\r\nFrom: <sip:x.t>;tag=%s\r\nTo: <sip:x.t>%s%s"
             "\r\nCall-ID: %s\r\nCSeq: 9 BYE\r\n\r\n",
             next_hop, from, to[0] == '\0' ? "" : ";tag=", to, call_id);
    parse(&m, text);
    return px_token_fits(&core, &m, sw_slice_str(token), &uri, &flow);
}

static size_t write_token(const char *invite, char out[PX_TOKEN_LEN_MAX + 1])
{
    static struct sw_msg m;
    struct sw_buf b = sw_buf(out, PX_TOKEN_LEN_MAX);
    parse(&m, invite);
    px_token_write(&core, &(struct px_begun){&m, &caller, core.now_us}, &b);
    assert_false(b.overflow);
    out[b.len] = '\0';
    return b.len;
}

static void write_for_callee(const char *invite, char out[PX_TOKEN_LEN + 1])
{
    char token[PX_TOKEN_LEN_MAX + 1];
    assert_int_equal(write_token(invite, token), PX_TOKEN_LEN);
    memcpy(out, token, PX_TOKEN_LEN + 1);
}

static void c4_the_callee_reaches_the_caller_and_nobody_else(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *call_id, *next_hop;
        bool fits;
    } rows[] = {
        {"b", "a", "c1", "sip:a@a.t", true},
        {"b", "a", "c1", "sips:other@A.T.:99;transport=tcp", true},
        {"b2", "a", "c1", "sip:a@a.t", true}, /* another branch of a fork */
        {"b", "a", "c1", "sip:a@e.t", false},
        {"b", "a", "c1", "sip:a@a.t;maddr=e.t", false},
        {"b", "a", "c2", "sip:a@a.t", false},
        {"b", "x", "c1", "sip:a@a.t", false},
        {"b", "A", "c1", "sip:a@a.t", false},
        {"a", "b", "c1", "sip:a@a.t", false}, /* not the caller himself */
        {"b", "", "c1", "sip:a@a.t", false},  /* outside of a dialog */
    };
    char token[PX_TOKEN_LEN + 1];
    write_for_callee(invite_text, token);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (fits(rows[i].from, rows[i].to, rows[i].call_id, rows[i].next_hop, token) !=
            rows[i].fits)
            fail_msg("row %zu", i);
    assert_false(fits("b", "a", "c1", "sip:a@a.t", ""));
    assert_false(fits("b", "a", "c1", "sip:a@a.t", "000000000000000000000000"));
    token[PX_TOKEN_LEN - 1] = token[PX_TOKEN_LEN - 1] == '0' ? '1' : '0';
    assert_false(fits("b", "a", "c1", "sip:a@a.t", token));
    token[PX_TOKEN_LEN - 1] = '\0';
    assert_false(fits("b", "a", "c1", "sip:a@a.t", token));
}

/* By the topmost Record-Route that was there before ours, else by Contact. */
static void c4_the_way_back_of_a_request(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *next_hop;
    } rows[] = {
        {"Contact: <sip:a@a.t>\r\n", "sip:a.t"},
        {"Contact: <sip:a@192.0.2.1>\r\n", "sip:192.0.2.1"},
        {"m: sip:a@[2001:db8::1]:5070\r\n", "sip:[2001:DB8:0::1]"},
        {"Record-Route: <sip:p.t;lr>, <sip:q.t;lr>\r\nContact: <sip:a@a.t>\r\n", "sip:p.t"},
    };
    char text[512], token[PX_TOKEN_LEN + 1];
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        snprintf(text, sizeof text, "INVITE sip:b@d.t SIP/2.0\r\n" FIELDS("a", "", "c1") "%s\r\n",
                 rows[i].fields);
        write_for_callee(text, token);
        assert_true(fits("b", "a", "c1", rows[i].next_hop, token));
        assert_false(fits("b", "a", "c1", "sip:other.t", token));
    }
    write_for_callee("INVITE sip:b@d.t SIP/2.0\r\n" FIELDS("a", "", "c1") "\r\n", token);
    assert_string_equal(token, "000000000000000000000000"); /* nowhere: it will not fit */
}

/* What goes up when this came back; in `fields` "$" stands for the callee's token. */
struct turned {
    char text[2048];
    char token[PX_TOKEN_LEN + 1]; /* the caller's; "": none was made */
    char callee[PX_TOKEN_LEN + 1];
};

static void turn(const char *request, const char *fields, struct turned *out)
{
    static struct sw_msg rq, m;
    char text[2048] = "SIP/2.0 200 OK\r\n" FIELDS("a", ";tag=b", "c1");
    struct sw_edits edits;
    memset(out, 0, sizeof *out);
    struct sw_buf token = sw_buf(out->token, PX_TOKEN_LEN);
    struct sw_buf b = sw_buf(out->text, sizeof out->text - 1);
    write_for_callee(request, out->callee);
    for (size_t len = strlen(text); *fields != '\0'; fields++) {
        if (*fields != '$')
            text[len++] = *fields;
        else
            len += (size_t)snprintf(text + len, sizeof text - len, "%s", out->callee);
    }
    strncat(text, "\r\n", sizeof text - strlen(text) - 1);
    parse(&rq, request);
    parse(&m, text);
    sw_edits_init(&edits, m.bytes);
    const struct px_begun begun = {&rq, &caller, core.now_us};
    px_token_turn(&core, &begun, NULL, &m, &edits, &token);
    assert_int_equal(sw_edits_write(&edits, &b), 0);
}

#define OURS "<sip:192.0.2.10;lr;d=$>"

static void c4_the_caller_reaches_who_answered_and_nobody_else(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *next_hop;
        bool fits;
    } rows[] = {
        {"a", "b", "sip:b@b.t:5090", true}, {"a", "b", "sip:x@B.T", true},
        {"a", "other", "sip:b@b.t", false}, {"a", "", "sip:b@b.t", false},
        {"x", "b", "sip:b@b.t", false},     {"b", "a", "sip:b@b.t", false},
        {"a", "b", "sip:b@e.t", false},     {"a", "b", "sip:b@192.0.2.66", false},
    };
    struct turned is;
    turn(invite_text, "Record-Route: " OURS "\r\nContact: <sip:b@b.t:5080>\r\n", &is);
    assert_non_null(strstr(is.text, is.token));
    assert_null(strstr(is.text, is.callee));
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        if (fits(rows[i].from, rows[i].to, "c1", rows[i].next_hop, is.token) != rows[i].fits)
            fail_msg("row %zu", i);
    assert_false(fits("a", "b", "c2", "sip:b@b.t", is.token));
}

/* Those below ours are the caller's side's, the one above ours is the next hop. */
static void c4_m5_ours_is_found_by_its_place(void **state)
{
    (void)state;
    static const char upstream[] = "INVITE sip:b@d.t SIP/2.0\r\n" FIELDS(
        "a", "", "c1") "Record-Route: <sip:up1.t;lr>\r\nRecord-Route: <sip:up2.t;lr>\r\n"
                       "Contact: <sip:a@a.t>\r\n\r\n";
    static const struct {
        const char *request, *fields;
        const char *next_hop; /* NULL: nothing is changed */
        unsigned count;
    } rows[] = {
        {invite_text, "Record-Route: " OURS "\r\nContact: <sip:b.t>\r\n", "sip:b.t", 1},
        {invite_text, "Record-Route: " OURS "," OURS "\r\nContact: <sip:b.t>\r\n", "sip:b.t", 2},
        {invite_text,
         "Record-Route: <sip:d1.t;lr>, <sip:d2.t;lr>\r\nRecord-Route: " OURS "," OURS
         "\r\nContact: <sip:b.t>\r\n",
         "sip:d2.t", 2},
        {upstream, "Record-Route: <sip:d1.t;lr>, " OURS ",<sip:up1.t;lr>,<sip:up2.t;lr>\r\n",
         "sip:d1.t", 1},
        {upstream,
         "Record-Route: " OURS "\r\nRecord-Route: <sip:up1.t;lr>,<sip:up2.t;lr>\r\n"
         "Contact: <sip:b@b.t>\r\n",
         "sip:b.t", 1},
        /* a copy further up or down is not ours */
        {invite_text, "Record-Route: " OURS ",<sip:x.t>,<sip:y.t>\r\nContact: <sip:b.t>\r\n", NULL,
         0},
        {upstream, "Record-Route: <sip:up1.t;lr>," OURS "\r\nContact: <sip:b.t>\r\n", NULL, 0},
        {upstream, "Record-Route: " OURS "\r\nContact: <sip:b.t>\r\n", NULL, 0},
        {invite_text, "Record-Route: <sip:192.0.2.10;lr;d=0123>\r\nContact: <sip:b.t>\r\n", NULL,
         0},
        {invite_text, "Contact: <sip:b.t>\r\n", NULL, 0},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct turned is;
        unsigned count = 0;
        turn(rows[i].request, rows[i].fields, &is);
        for (const char *p = is.text; is.token[0] != '\0' && (p = strstr(p, is.token)) != NULL; p++)
            count++;
        if (count != rows[i].count)
            fail_msg("row %zu: %u tokens", i, count);
        if (rows[i].next_hop == NULL)
            continue;
        assert_true(fits("a", "b", "c1", rows[i].next_hop, is.token));
        assert_false(fits("a", "b", "c1", "sip:other.t", is.token));
    }
}

/* A response that says of nowhere where its sender is gives a token for nothing. */
static void c4_no_contact_no_way(void **state)
{
    (void)state;
    struct turned is;
    turn(invite_text, "Record-Route: " OURS "\r\n", &is);
    assert_string_equal(is.token, "000000000000000000000000");
}

static void c4_a_token_ends(void **state)
{
    (void)state;
    char token[PX_TOKEN_LEN + 1];
    uint64_t began_us = core.now_us;
    static const struct {
        int64_t after_s;
        bool fits;
    } rows[] = {{0, true},        {3600, true}, {3601, false},
                {1000000, false}, {-60, true},  {-61, false}};
    write_for_callee(invite_text, token);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        core.now_us = (uint64_t)((int64_t)began_us + rows[i].after_s * 1000000);
        if (fits("b", "a", "c1", "sip:a.t", token) != rows[i].fits)
            fail_msg("row %zu", i);
    }
    core.now_us = began_us;
    token[0] = token[0] == 'f' ? '0' : 'f'; /* younger than it is */
    assert_false(fits("b", "a", "c1", "sip:a.t", token));
}

#define CONN (PX_CONN_ACCEPTED | PX_CONN_WORKER(3) | 77)

static void come_over(uint64_t conn)
{
    caller =
        (struct px_hop){.transport = SW_TCP, .conn = conn, .peer = {{4, {192, 0, 2, 7}}, 40000}};
}

/* The caller's own connection is named only when he is whom the way back leads to. */
static void x3_whose_connection_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *vias, *fields, *next_hop;
        uint64_t conn;
        bool is_named;
    } rows[] = {
        {"a.t", "Contact: <sip:a@10.0.0.1>\r\n", "sip:10.0.0.1", CONN, true},
        {"a.t", "Contact: <sip:a@x.invalid>\r\n", "sip:x.invalid", CONN, true},
        {"a.t", "Contact: <sip:a@a.t>\r\n", "sip:a.t", 0, false},
        {"a.t", "Contact: <sip:a@a.t>\r\n", "sip:a.t", 77, false}, /* we opened it */
        /* a proxy that does not stay on the path */
        {"p.t, SIP/2.0/UDP a.t", "Contact: <sip:a@a.t>\r\n", "sip:a.t", CONN, false},
        /* one that does, by its name, by its address, and one behind it */
        {"p.t, SIP/2.0/UDP a.t", "Record-Route: <sip:P.t;lr>\r\n", "sip:p.t", CONN, true},
        {"10.0.0.2, SIP/2.0/UDP a.t", "Record-Route: <sip:10.0.0.2:5070;lr>\r\n", "sip:10.0.0.2",
         CONN, true},
        {"p.t, SIP/2.0/UDP a.t", "Record-Route: <sip:192.0.2.7;lr>\r\n", "sip:192.0.2.7", CONN,
         true},
        {"p.t, SIP/2.0/UDP a.t", "Record-Route: <sip:q.t;lr>\r\n", "sip:q.t", CONN, false},
        {"p.t, SIP/2.0/UDP a.t", "Record-Route: <sip:192.0.2.8;lr>\r\n", "sip:192.0.2.8", CONN,
         false},
        {"a.t", "Record-Route: <sip:q.t;lr>\r\nContact: <sip:a@a.t>\r\n", "sip:q.t", CONN, false},
        {"p.t, SIP/2.0/UDP a.t", "Contact: <sip:a@192.0.2.7:9>\r\n", "sip:192.0.2.7", CONN, true},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char text[512], token[PX_TOKEN_LEN_MAX + 1];
        snprintf(text, sizeof text,
                 "INVITE sip:b@d.t SIP/2.0\r\nVia: SIP/2.0/TCP %s\r\nFrom: <sip:a@a.t>;tag=a\r\n"
                 "To: <sip:b@d.t>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n%s\r\n",
                 rows[i].vias, rows[i].fields);
        come_over(rows[i].conn);
        flow = 1;
        size_t len = write_token(text, token);
        if (len != (rows[i].is_named ? PX_TOKEN_LEN_MAX : PX_TOKEN_LEN) ||
            !fits("b", "a", "c1", rows[i].next_hop, token) || flow != (rows[i].is_named ? CONN : 0))
            fail_msg("row %zu: %s", i, token);
    }
}

/* Whoever changes a digit, or puts the connection of another dialog there, has nothing. */
static void x3_nobody_makes_up_a_connection(void **state)
{
    (void)state;
    char token[PX_TOKEN_LEN_MAX + 1], other[PX_TOKEN_LEN_MAX + 1];
    come_over(CONN);
    write_token(invite_text, token);
    assert_true(fits("b", "a", "c1", "sip:a.t", token));
    for (size_t i = 0; i < PX_TOKEN_LEN_MAX; i++) {
        memcpy(other, token, sizeof other);
        other[i] = other[i] == '0' ? '1' : '0';
        assert_false(fits("b", "a", "c1", "sip:a.t", other));
    }
    memcpy(other, token, sizeof other);
    other[PX_TOKEN_LEN] = '\0'; /* as if it had named none */
    assert_false(fits("b", "a", "c1", "sip:a.t", other));
    come_over(CONN + 1);
    write_token(invite_text, other);
    assert_true(fits("b", "a", "c1", "sip:a.t", other));
    assert_true(flow == CONN + 1);
    memcpy(other, token, PX_TOKEN_LEN);
    assert_false(fits("b", "a", "c1", "sip:a.t", other));
    assert_false(fits("b", "a", "c2", "sip:a.t", token));
    assert_false(fits("b", "a", "c1", "sip:b.t", token));
    assert_null(strstr(token, "004d")); /* it does not say which */
}

/* In a response the callee's token, with its connection, gives way to the caller's: that one names
 * the connection of who answered, if it is his and nobody stands in between. */
static void x3_the_caller_is_told_of_the_callees_connection(void **state)
{
    (void)state;
    static const struct {
        uint64_t conn;
        bool is_for_him;
        const char *above, *next_hop;
        uint64_t flow;
    } rows[] = {
        {CONN + 5, true, "", "sip:b.t", CONN + 5},
        {CONN + 5, false, "", "sip:b.t", 0},
        {CONN + 5, true, "<sip:p.t;lr>,", "sip:p.t", 0},
        {9, true, "", "sip:b.t", 0}, /* we opened it */
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct sw_msg rq, m;
        char text[512], token[PX_TOKEN_LEN_MAX + 1], out[512] = "", room[PX_TOKEN_LEN_MAX + 1] = "";
        struct sw_buf b = sw_buf(out, sizeof out - 1), turned = sw_buf(room, PX_TOKEN_LEN_MAX);
        const struct px_hop by = {.transport = SW_TCP, .conn = rows[i].conn};
        const struct px_begun begun = {&rq, &caller, core.now_us};
        struct sw_edits edits;
        come_over(CONN);
        write_token(invite_text, token);
        snprintf(text, sizeof text,
                 "SIP/2.0 200 OK\r\n" FIELDS("a", ";tag=b",
                                             "c1") "Record-Route: %s<sip:192.0.2.10;lr;d=%s>\r\n"
                                                   "Contact: <sip:b@b.t>\r\n\r\n",
                 rows[i].above, token);
        parse(&rq, invite_text);
        parse(&m, text);
        sw_edits_init(&edits, m.bytes);
        px_token_turn(&core, &begun, rows[i].is_for_him ? &by : NULL, &m, &edits, &turned);
        assert_int_equal(sw_edits_write(&edits, &b), 0);
        assert_null(strstr(out, token));
        assert_non_null(strstr(out, room));
        if (!fits("a", "b", "c1", rows[i].next_hop, room) || flow != rows[i].flow)
            fail_msg("row %zu", i);
    }
}

/* Workers have one seed; another process has another. */
static void c4_workers_know_each_others_tokens(void **state)
{
    (void)state;
    static const uint8_t other_seed[32] = {2}, same_seed[32] = {1};
    char token[PX_TOKEN_LEN + 1];
    write_for_callee(invite_text, token);
    core.worker = 3;
    px_keys_init(&core, same_seed);
    assert_true(fits("b", "a", "c1", "sip:a.t", token));
    px_keys_init(&core, other_seed);
    assert_false(fits("b", "a", "c1", "sip:a.t", token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(c4_the_callee_reaches_the_caller_and_nobody_else, set_up),
        cmocka_unit_test_setup(c4_the_way_back_of_a_request, set_up),
        cmocka_unit_test_setup(c4_the_caller_reaches_who_answered_and_nobody_else, set_up),
        cmocka_unit_test_setup(c4_m5_ours_is_found_by_its_place, set_up),
        cmocka_unit_test_setup(c4_no_contact_no_way, set_up),
        cmocka_unit_test_setup(c4_a_token_ends, set_up),
        cmocka_unit_test_setup(c4_workers_know_each_others_tokens, set_up),
        cmocka_unit_test_setup(x3_whose_connection_it_is, set_up),
        cmocka_unit_test_setup(x3_nobody_makes_up_a_connection, set_up),
        cmocka_unit_test_setup(x3_the_caller_is_told_of_the_callees_connection, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
