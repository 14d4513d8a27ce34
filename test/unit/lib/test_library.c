/* SPDX-License-Identifier: BSD-2-Clause */
/* The library as its users meet it, on zone files: every answer is there at once. */
#include "sipward/sipward.h"

#include "support/check.h"
#include "support/test_alloc.h"

#include <event2/event.h>

static const char *const vocal_zone[] = {"demo/vocal.zone"};
static const char *const d_zone[] = {"test/zones/d.zone"};

static struct sipward_options on_zone(const char *const zone[1], const char *transports)
{
    struct sipward_options o;
    sipward_options_init(&o);
    o.source = SIPWARD_SOURCE_ZONES;
    o.zone_files = zone;
    o.zone_file_count = 1;
    o.transports = transports;
    return o;
}

static struct sipward *open_zone(const char *const zone[1], const char *transports)
{
    struct sipward_options o = on_zone(zone, transports);
    struct sipward *sw = NULL;
    struct sipward_error error = {0};
    if (sipward_new(&sw, &o, &error) < 0)
        fail_msg("%s", error.text);
    return sw;
}

static struct sipward_location *begin(struct sipward *sw, const char *uri,
                                      const struct sipward_query *query)
{
    struct sipward_location *l = NULL;
    struct sipward_error error = {0};
    if (sipward_locate(&l, sw, uri, query, &error) < 0)
        fail_msg("%s: %s", uri, error.text);
    return l;
}

/* "tcp 127.0.0.11:5060 server1.vocal.com", "wait" or "end". */
static const char *next_text(struct sipward_location *l, char room[512])
{
    const struct sipward_candidate *c;
    switch (sipward_next(l, &c)) {
    case SIPWARD_END:
        return "end";
    case SIPWARD_WAIT:
        return "wait";
    case SIPWARD_CANDIDATE:
        break;
    }
    struct sipward_words w;
    sipward_words(l, &w);
    snprintf(room, 512, "%s %s:%u %s", sipward_transport_name(c->transport), w.address,
             (unsigned)c->port, w.host);
    return room;
}

#define assert_next(l, want)                                                                       \
    do {                                                                                           \
        char next_room[512];                                                                       \
        assert_string_equal(next_text((l), next_room), (want));                                    \
    } while (0)

static const char *first_of(struct sipward *sw, const char *uri, char room[512])
{
    struct sipward_location *l = begin(sw, uri, NULL);
    const char *text = next_text(l, room);
    sipward_end(l);
    return text;
}

/* ---- candidates ---- */

static void f3_candidates_come_one_by_one_until_the_end(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp,tcp");
    struct sipward_location *l = begin(sw, "sip:joe@d.test", NULL);
    assert_int_equal(sipward_result(l), SIPWARD_OPEN);
    assert_true(sipward_has_more(l));
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    assert_int_equal(sipward_result(l), SIPWARD_OK);
    assert_true(sipward_has_more(l));
    assert_next(l, "tcp 127.0.1.2:5080 b.d.test");
    assert_false(sipward_has_more(l));
    assert_next(l, "end");
    assert_next(l, "end"); /* and stays so */
    char room[64];
    assert_int_equal(sipward_result(l), SIPWARD_OK);
    assert_string_equal(sipward_reason(l, room, sizeof room), "");
    assert_string_equal(sipward_target(l, room, sizeof room), "d.test");
    sipward_end(l);
    sipward_free(sw);
}

static void i2_target_and_reason_fit_any_room(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp");
    struct sipward_location *l = begin(sw, "sip:joe@D.test;transport=tcp", NULL);
    assert_next(l, "end");
    assert_int_equal(sipward_result(l), SIPWARD_NONE);
    char room[128], small[4];
    assert_string_equal(sipward_target(l, room, sizeof room), "d.test");
    assert_string_not_equal(sipward_reason(l, room, sizeof room), "");
    assert_true(strlen(sipward_reason(l, small, sizeof small)) < sizeof small);
    sipward_end(l);
    sipward_free(sw);
}

static void a_uri_may_be_a_slice(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp");
    struct sipward_query q;
    sipward_query_init(&q);
    q.uri_len = strlen("sip:joe@d.test");
    struct sipward_location *l = begin(sw, "sip:joe@d.test>;tag=1", &q);
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    sipward_end(l);
    sipward_free(sw);
}

static void i1_i6_syntax_errors_have_a_place_and_a_rule(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        int rc;
        size_t offset;
    } rows[] = {
        {"sip:joe@d.test:99999", SIPWARD_E_SYNTAX, 15},
        {"sip:joe@", SIPWARD_E_SYNTAX, 8},
        {"sip:joe@300.1.1.1", SIPWARD_E_SYNTAX, 8},
        {"tel:+358555", SIPWARD_E_SCHEME, 0},
        {"", SIPWARD_E_SYNTAX, 0},
    };
    struct sipward *sw = open_zone(d_zone, "udp");
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sipward_location *l = NULL;
        struct sipward_error error = {0};
        assert_int_equal(sipward_locate(&l, sw, rows[i].uri, NULL, &error), rows[i].rc);
        assert_null(l);
        assert_int_equal(error.code, rows[i].rc);
        assert_int_equal(error.offset, rows[i].offset);
        assert_string_not_equal(error.rule, "");
        assert_string_not_equal(error.text, "");
        assert_int_equal(sipward_locate(&l, sw, rows[i].uri, NULL, NULL), rows[i].rc);
    }
    sipward_free(sw);
}

static void t7_big_requests_and_refusals(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp,tcp");
    struct sipward_query q;
    sipward_query_init(&q);
    q.request_len = 1400;
    struct sipward_location *l = begin(sw, "sip:big.d.test;transport=udp", &q);
    assert_next(l, "tcp 127.0.1.2:5090 b.d.test");
    assert_int_equal(sipward_report(l, SIPWARD_TIMED_OUT, NULL), 0);
    assert_next(l, "end"); /* silence is no reason for UDP */
    sipward_end(l);
    l = begin(sw, "sip:big.d.test;transport=udp", &q);
    assert_next(l, "tcp 127.0.1.2:5090 b.d.test");
    assert_int_equal(sipward_report(l, SIPWARD_REFUSED, NULL), 0);
    assert_next(l, "udp 127.0.1.1:5060 a.d.test");
    sipward_end(l);
    q.flags = SIPWARD_LIST;
    l = begin(sw, "sip:big.d.test;transport=udp", &q);
    assert_next(l, "tcp 127.0.1.2:5090 b.d.test");
    assert_next(l, "udp 127.0.1.1:5060 a.d.test");
    sipward_end(l);
    sipward_free(sw);
}

static void words_are_of_the_candidate_that_is_out(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tls");
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
    struct sipward_words w;
    sipward_words(l, &w);
    assert_string_equal(w.address, "");
    const struct sipward_candidate *c;
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    sipward_words(l, &w);
    assert_string_equal(w.srv, "_sips._tcp.vocal.com");
    assert_string_equal(w.service, "SIPS+D2T");
    assert_string_equal(w.tls_names[0], "vocal.com"); /* H1: never the SRV target */
    assert_int_equal(c->tls_name_count, 1);
    assert_int_equal(c->order, 50);
    assert_int_equal(c->preference, 50);
    assert_int_equal(c->ttl_s, 300);
    assert_int_equal(c->flags, SIPWARD_HAS_SRV | SIPWARD_HAS_NAPTR);
    while (sipward_next(l, &c) == SIPWARD_CANDIDATE)
        continue;
    sipward_words(l, &w);
    assert_string_equal(w.address, "");
    sipward_end(l);
    sipward_free(sw);
}

/* ---- chance ---- */

static void s1_a_stateless_key_decides_the_order(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    char first[512], again[512];
    bool is_seen[2] = {false, false};
    for (uint64_t key = 0; key < 50; key++) {
        struct sipward_query q;
        sipward_query_init(&q);
        q.stateless_key = &key;
        q.stateless_key_len = sizeof key;
        struct sipward_location *l = begin(sw, "sip:joe@vocal.com", &q);
        next_text(l, first);
        /* S2: health is not consulted. */
        assert_int_equal(sipward_report(l, SIPWARD_TIMED_OUT, NULL), 0);
        sipward_end(l);
        l = begin(sw, "sip:joe@vocal.com", &q);
        assert_string_equal(next_text(l, again), first);
        sipward_end(l);
        is_seen[strstr(first, "server1") != NULL] = true;
    }
    assert_true(is_seen[0] && is_seen[1]);
    sipward_free(sw);
}

static void s2_a_stateless_caller_has_one_place_and_is_told_so(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    const struct sipward_candidate *c;
    struct sipward_query q;
    char room[128];
    sipward_query_init(&q);
    q.stateless_key = "key";
    q.stateless_key_len = 3;
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", &q);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_string_equal(sipward_reason(l, room, sizeof room), "");
    assert_false(sipward_has_more(l));
    assert_int_equal(sipward_report(l, SIPWARD_REFUSED, NULL), 0);
    for (int again = 0; again < 2; again++)
        assert_int_equal(sipward_next(l, &c), SIPWARD_END);
    assert_int_equal(sipward_result(l), SIPWARD_OK);
    assert_non_null(strstr(sipward_reason(l, room, sizeof room), "statefully"));
    sipward_end(l);

    q.flags |= SIPWARD_LIST; /* an operator wants to see the order, whatever is tried */
    l = begin(sw, "sip:joe@vocal.com", &q);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_next(l, &c), SIPWARD_END);
    sipward_end(l);
    sipward_free(sw);
}

static void a_seeded_context_repeats_its_choices(void **state)
{
    (void)state;
    char seen[2][64] = {"", ""};
    for (int run = 0; run < 2; run++) {
        struct sipward_options o = on_zone(vocal_zone, "tcp");
        o.flags = SIPWARD_SEEDED;
        o.seed = 7;
        struct sipward *sw;
        assert_int_equal(sipward_new(&sw, &o, NULL), 0);
        for (int i = 0; i < 40; i++) {
            char room[512];
            bool is_1 = strstr(first_of(sw, "sip:joe@vocal.com", room), "server1") != NULL;
            strcat(seen[run], is_1 ? "1" : "2");
        }
        sipward_free(sw);
    }
    assert_string_equal(seen[0], seen[1]);
    assert_non_null(strchr(seen[0], '1'));
    assert_non_null(strchr(seen[0], '2'));
}

static void a_seeded_query_repeats_its_choice(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    bool is_seen[2] = {false, false};
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct sipward_query q;
        sipward_query_init(&q);
        q.flags = SIPWARD_QUERY_SEEDED;
        q.seed = seed;
        char first[512], again[512];
        struct sipward_location *l = begin(sw, "sip:joe@vocal.com", &q);
        next_text(l, first);
        sipward_end(l);
        l = begin(sw, "sip:joe@vocal.com", &q);
        assert_string_equal(next_text(l, again), first);
        sipward_end(l);
        is_seen[strstr(first, "server1") != NULL] = true;
    }
    assert_true(is_seen[0] && is_seen[1]);
    sipward_free(sw);
}

/* ---- health ---- */

static void r3_who_failed_comes_last_in_every_later_location(void **state)
{
    (void)state;
    static const enum sipward_outcome outcomes[] = {SIPWARD_TIMED_OUT, SIPWARD_REFUSED,
                                                    SIPWARD_UNREACHABLE};
    for (size_t i = 0; i < SW_ARRAY_LEN(outcomes); i++) {
        struct sipward *sw = open_zone(vocal_zone, "tcp");
        struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
        char failed[512], other[512], room[512];
        next_text(l, failed);
        assert_int_equal(sipward_report(l, outcomes[i], NULL), 0);
        next_text(l, other);
        sipward_end(l);
        for (int n = 0; n < 60; n++) {
            const struct sipward_candidate *c;
            l = begin(sw, "sip:ann@vocal.com", NULL);
            assert_string_equal(next_text(l, room), other);
            assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
            assert_true(c->flags & SIPWARD_PENALISED);
            assert_in_range(c->penalty_ms, 26000, 33000); /* R2: 30 s, 10 % either way */
            sipward_end(l);
        }
        sipward_free(sw);
    }
}

static void r4_a_late_answer_clears_the_penalty(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
    const struct sipward_candidate *c;
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    struct sipward_candidate kept = *c;
    assert_int_equal(sipward_report(l, SIPWARD_TIMED_OUT, NULL), 0);
    sipward_end(l);
    assert_int_equal(sipward_report_late(sw, &kept, SIPWARD_ANSWERED, NULL), 0);
    bool is_first = false;
    for (int n = 0; n < 60; n++) {
        l = begin(sw, "sip:joe@vocal.com", NULL);
        assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
        is_first = is_first || memcmp(&c->addr.in, &kept.addr.in, sizeof c->addr.in) == 0;
        sipward_end(l);
    }
    assert_true(is_first);
    sipward_free(sw);
}

static void r2_a_503_counts_for_later_only_with_retry_after(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    const struct sipward_candidate *c;
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_report(l, SIPWARD_UNAVAILABLE, NULL), 0);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    sipward_end(l);
    l = begin(sw, "sip:joe@vocal.com", NULL);
    while (sipward_next(l, &c) == SIPWARD_CANDIDATE)
        assert_false(c->flags & SIPWARD_PENALISED);
    sipward_end(l);

    l = begin(sw, "sip:joe@vocal.com", NULL);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    struct sipward_figures f;
    sipward_figures_init(&f);
    f.retry_after_s = 120;
    assert_int_equal(sipward_report(l, SIPWARD_UNAVAILABLE, &f), 0);
    sipward_end(l);
    l = begin(sw, "sip:joe@vocal.com", NULL);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_true(c->flags & SIPWARD_PENALISED);
    assert_in_range(c->penalty_ms, 119000, 120000);
    sipward_end(l);
    sipward_free(sw);
}

static void r7_try_time_follows_what_was_measured(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "tcp");
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
    const struct sipward_candidate *c;
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_try_ms(sw, c, SIPWARD_INVITE), 4000);
    assert_true(sipward_try_ms(sw, c, SIPWARD_NON_INVITE) >= 5000);
    struct sipward_figures f;
    sipward_figures_init(&f);
    f.first_response_us = 2000;
    for (int i = 0; i < 50; i++)
        assert_int_equal(sipward_report(l, SIPWARD_ANSWERED, &f), 0);
    assert_int_equal(sipward_try_ms(sw, c, SIPWARD_INVITE), 1000);
    assert_true(sipward_try_ms(sw, c, SIPWARD_NON_INVITE) >= 5000);
    sipward_end(l);
    sipward_free(sw);
}

static void a_query_with_an_unknown_flag_is_refused(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp");
    struct sipward_query q;
    sipward_query_init(&q);
    q.flags = 1u << 15;
    struct sipward_location *l = NULL;
    struct sipward_error error = {0};
    assert_int_equal(sipward_locate(&l, sw, "sip:joe@d.test", &q, &error), SIPWARD_E_INVAL);
    assert_non_null(strstr(error.text, "flag"));
    struct sipward_via via;
    sipward_via_init(&via);
    via.sent_by = "a.d.test";
    assert_int_equal(sipward_locate_response(&l, sw, &via, &q, &error), SIPWARD_E_INVAL);
    assert_null(l);
    sipward_free(sw);
}

static void reports_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp");
    struct sipward_location *l = begin(sw, "sip:d.test", NULL);
    const struct sipward_candidate *c;
    assert_int_equal(sipward_report(l, SIPWARD_ANSWERED, NULL), SIPWARD_E_NOTFOUND);
    assert_int_equal(sipward_next(l, &c), SIPWARD_CANDIDATE);
    assert_int_equal(sipward_report(l, (enum sipward_outcome)99, NULL), SIPWARD_E_INVAL);
    struct sipward_figures f = {0};
    assert_int_equal(sipward_report(l, SIPWARD_ANSWERED, &f), SIPWARD_E_INVAL); /* no size */
    struct sipward_candidate stranger = *c;
    stranger.transport = (enum sipward_transport)99;
    assert_int_equal(sipward_report_late(sw, &stranger, SIPWARD_ANSWERED, NULL), SIPWARD_E_INVAL);
    stranger = *c;
    stranger.addr.sa.sa_family = AF_UNIX;
    assert_int_equal(sipward_report_late(sw, &stranger, SIPWARD_ANSWERED, NULL), SIPWARD_E_INVAL);
    assert_int_equal(sipward_next(l, &c), SIPWARD_END);
    assert_int_equal(sipward_report(l, SIPWARD_ANSWERED, NULL), SIPWARD_E_NOTFOUND);
    sipward_end(l);
    sipward_free(sw);
}

/* ---- responses ---- */

static void p1_p2_the_via_first_then_sent_by(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp,tcp");
    struct sipward_via via;
    sipward_via_init(&via);
    via.transport = SIPWARD_UDP;
    via.sent_by = "client.d.test";
    via.received = "127.0.2.1";
    via.rport = 40000;
    struct sipward_location *l;
    assert_int_equal(sipward_locate_response(&l, sw, &via, NULL, NULL), 0);
    char room[64];
    assert_string_equal(sipward_target(l, room, sizeof room), "client.d.test");
    assert_true(sipward_has_more(l));
    assert_next(l, "udp 127.0.2.1:40000 ");
    assert_int_equal(sipward_result(l), SIPWARD_OK);
    assert_true(sipward_has_more(l));
    assert_next(l, "udp 127.0.1.1:5071 a.d.test");
    assert_next(l, "udp 127.0.1.2:5072 b.d.test");
    assert_next(l, "end");
    assert_int_equal(sipward_result(l), SIPWARD_OK);
    sipward_end(l);
    sipward_free(sw);
}

static void p1_without_an_address_sent_by_is_all_there_is(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "tls");
    struct sipward_via via;
    sipward_via_init(&via);
    via.transport = SIPWARD_TLS;
    via.sent_by = "safe.d.test";
    struct sipward_location *l;
    assert_int_equal(sipward_locate_response(&l, sw, &via, NULL, NULL), 0);
    assert_next(l, "tls 127.0.1.1:5061 a.d.test"); /* TLS stays TLS */
    struct sipward_words w;
    sipward_words(l, &w);
    assert_string_equal(w.tls_names[0], "safe.d.test");
    assert_next(l, "tls 127.0.1.2:5062 b.d.test");
    assert_next(l, "end");
    sipward_end(l);
    sipward_free(sw);
}

static void p1_tls_proves_the_name_the_via_says(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "tls");
    struct sipward_via via;
    sipward_via_init(&via);
    via.transport = SIPWARD_TLS;
    via.sent_by = "safe.d.test.:5099";
    via.received = "127.0.2.1";
    struct sipward_location *l;
    assert_int_equal(sipward_locate_response(&l, sw, &via, NULL, NULL), 0);
    assert_next(l, "tls 127.0.2.1:5099 ");
    struct sipward_words w;
    sipward_words(l, &w);
    assert_string_equal(w.tls_names[0], "safe.d.test");
    sipward_end(l);
    sipward_free(sw);
}

static void p2_forms_of_sent_by(void **state)
{
    (void)state;
    static const struct {
        const char *sent_by, *maddr;
        const char *want;
    } rows[] = {
        {"127.0.2.5", NULL, "udp 127.0.2.5:5060 "},
        {"127.0.2.5:5077", NULL, "udp 127.0.2.5:5077 "},
        {"[::1]", NULL, "udp ::1:5060 "},
        {"[::1]:5077", NULL, "udp ::1:5077 "},
        {"a.d.test:5077", NULL, "udp 127.0.1.1:5077 a.d.test"},
        {"a.d.test", "127.0.2.6", "udp 127.0.2.6:5060 "},
    };
    struct sipward *sw = open_zone(d_zone, "udp");
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sipward_via via;
        sipward_via_init(&via);
        via.sent_by = rows[i].sent_by;
        via.maddr = rows[i].maddr;
        struct sipward_location *l;
        assert_int_equal(sipward_locate_response(&l, sw, &via, NULL, NULL), 0);
        assert_next(l, rows[i].want);
        sipward_end(l);
    }
    sipward_free(sw);
}

static void a_bad_via_is_named(void **state)
{
    (void)state;
    static const struct {
        struct sipward_via via;
        int rc;
        const char *rule;
        size_t offset;
    } rows[] = {
        {{.size = sizeof rows[0].via, .sent_by = ""}, SIPWARD_E_SYNTAX, "sent-by", 0},
        {{.size = sizeof rows[0].via, .sent_by = NULL}, SIPWARD_E_SYNTAX, "sent-by", 0},
        {{.size = sizeof rows[0].via, .sent_by = "a..b"}, SIPWARD_E_SYNTAX, "sent-by", 2},
        {{.size = sizeof rows[0].via, .sent_by = "a.b:0"}, SIPWARD_E_SYNTAX, "sent-by", 4},
        {{.size = sizeof rows[0].via, .sent_by = "a.b:"}, SIPWARD_E_SYNTAX, "sent-by", 4},
        {{.size = sizeof rows[0].via, .sent_by = "a.b:65536"}, SIPWARD_E_SYNTAX, "sent-by", 4},
        {{.size = sizeof rows[0].via, .sent_by = "a.b", .received = "x"},
         SIPWARD_E_SYNTAX,
         "received",
         0},
        {{.size = sizeof rows[0].via, .sent_by = "a.b", .maddr = "1.2"},
         SIPWARD_E_SYNTAX,
         "maddr",
         0},
        {{.size = sizeof rows[0].via, .sent_by = "a.b", .transport = (enum sipward_transport)9},
         SIPWARD_E_INVAL,
         "",
         0},
        {{.size = 0, .sent_by = "a.b"}, SIPWARD_E_INVAL, "", 0},
    };
    struct sipward *sw = open_zone(d_zone, "udp");
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sipward_location *l = NULL;
        struct sipward_error error = {0};
        assert_int_equal(sipward_locate_response(&l, sw, &rows[i].via, NULL, &error), rows[i].rc);
        assert_null(l);
        assert_string_equal(error.rule, rows[i].rule);
        assert_int_equal(error.offset, rows[i].offset);
    }
    sipward_free(sw);
}

/* ---- the trace ---- */

struct seen {
    char text[8192];
    uint64_t at_us;
};

static void write_event(void *arg, const struct sipward_event *e)
{
    struct seen *s = arg;
    assert_true(e->at_us >= s->at_us); /* in the order in which it happened */
    s->at_us = e->at_us;
    size_t at = strlen(s->text);
    static const char *const kinds[] = {"step", "ask",       "answer", "record",
                                        "note", "candidate", "result"};
    snprintf(s->text + at, sizeof s->text - at, "%s|%s|%s|%s|%s|%s|%s|%zu|%s\n", kinds[e->kind],
             e->code, e->rule, e->name, e->type, e->rcode, e->record, e->answer_count,
             e->words == NULL ? "" : e->words->address);
}

static void a_trace_shows_all_that_happened(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "udp");
    struct sipward_query q;
    sipward_query_init(&q);
    q.flags = SIPWARD_TRACE;
    struct sipward_location *l = begin(sw, "sip:server1.vocal.com:5099", &q);
    assert_next(l, "udp 127.0.0.11:5099 server1.vocal.com");
    assert_next(l, "end");
    struct seen s = {.text = ""};
    assert_int_equal(sipward_trace(l, write_event, &s), 0);
    static const char *const want[] = {
        "step||I2|server1.vocal.com|||",
        "step||T3|server1.vocal.com|||",
        "ask|||server1.vocal.com|A|||0|\n",
        "answer|||server1.vocal.com|A|NOERROR||1|\n",
        "record|||server1.vocal.com|A||127.0.0.11|0|\n",
        "answer|||server1.vocal.com|AAAA|NOERROR||0|\n",
        "candidate|||||||0|127.0.0.11\n",
        "result|||||||0|\n",
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(want); i++)
        if (strstr(s.text, want[i]) == NULL)
            fail_msg("no \"%s\" in\n%s", want[i], s.text);
    sipward_end(l);
    sipward_free(sw);
}

static void n4_a_discarded_record_says_why(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "udp,tcp");
    struct sipward_query q;
    sipward_query_init(&q);
    q.flags = SIPWARD_TRACE;
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", &q);
    char room[512];
    next_text(l, room);
    struct seen s = {.text = ""};
    assert_int_equal(sipward_trace(l, write_event, &s), 0);
    assert_non_null(strstr(s.text, "record|naptr-unsupported-transport|N1|vocal.com|NAPTR||50 50 "
                                   "\"s\" \"SIPS+D2T\" \"\" _sips._tcp.vocal.com.|"));
    assert_non_null(strstr(s.text, "record|naptr-higher-order|N7|vocal.com|NAPTR||100 50 "));
    sipward_end(l);
    sipward_free(sw);
}

static void a_trace_is_kept_only_when_it_is_wanted(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(vocal_zone, "udp");
    struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
    struct seen s = {.text = ""};
    assert_int_equal(sipward_trace(l, write_event, &s), SIPWARD_E_NOTFOUND);
    assert_string_equal(s.text, "");
    sipward_end(l);
    sipward_free(sw);
}

/* ---- making and driving ---- */

static void what_cannot_be_made_is_explained(void **state)
{
    (void)state;
    static const char *const missing[] = {"test/zones/no-such.zone"};
    struct sipward_options o = on_zone(missing, NULL);
    struct sipward_error error = {0};
    struct sipward *sw = NULL;
    assert_int_equal(sipward_new(&sw, &o, &error), SIPWARD_E_FILE);
    assert_non_null(strstr(error.text, "test/zones/no-such.zone"));
    static const char *const no_zone[] = {"LICENSE"};
    o = on_zone(no_zone, NULL);
    assert_int_equal(sipward_new(&sw, &o, &error), SIPWARD_E_ZONE);
    assert_non_null(strstr(error.text, "LICENSE:"));
    o = on_zone(vocal_zone, "udp,udp");
    assert_int_equal(sipward_new(&sw, &o, &error), SIPWARD_E_INVAL);
    o.size = 0;
    assert_int_equal(sipward_new(&sw, &o, &error), SIPWARD_E_INVAL);
    assert_int_equal(error.code, SIPWARD_E_INVAL);
    assert_int_equal(sipward_new_on_libevent(&sw, NULL, NULL, &error), SIPWARD_E_INVAL);
    assert_null(sw);
}

static void a_context_on_libevent_is_driven_by_libevent_alone(void **state)
{
    (void)state;
    struct event_base *base = event_base_new();
    struct sipward_options o = on_zone(d_zone, "udp");
    struct sipward *sw;
    assert_int_equal(sipward_new_on_libevent(&sw, &o, base, NULL), 0);
    assert_int_equal(sipward_fd(sw), SIPWARD_E_INVAL);
    assert_int_equal(sipward_process(sw), SIPWARD_E_INVAL);
    struct sipward_location *l = begin(sw, "sip:d.test", NULL);
    const struct sipward_candidate *c;
    assert_int_equal(sipward_wait(l, 1000, &c), SIPWARD_E_INVAL);
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    sipward_end(l);
    sipward_free(sw);
    event_base_free(base);
}

static void a_context_of_its_own_has_one_descriptor(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp");
    int fd = sipward_fd(sw);
    assert_true(fd >= 0);
    assert_int_equal(sipward_process(sw), 0);
    assert_int_equal(sipward_fd(sw), fd);
    struct sipward_location *l = begin(sw, "sip:d.test", NULL);
    const struct sipward_candidate *c;
    assert_int_equal(sipward_wait(l, 0, &c), SIPWARD_CANDIDATE);
    assert_int_equal(c->port, 5070);
    assert_int_equal(sipward_wait(l, -1, &c), SIPWARD_END);
    sipward_end(l);
    sipward_free(sw);
}

static void locations_under_way_survive_a_flush(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp,tcp");
    struct sipward_location *l = begin(sw, "sip:d.test", NULL);
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    assert_int_equal(sipward_flush(sw), 0);
    assert_next(l, "tcp 127.0.1.2:5080 b.d.test");
    struct sipward_location *fresh = begin(sw, "sip:d.test", NULL);
    assert_int_equal(sipward_flush(sw), 0);
    assert_next(fresh, "udp 127.0.1.1:5070 a.d.test");
    sipward_end(l);
    assert_next(fresh, "tcp 127.0.1.2:5080 b.d.test");
    sipward_end(fresh);
    l = begin(sw, "sip:d.test", NULL);
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    sipward_end(l);
    sipward_free(sw);
}

static void health_survives_a_flush(void **state)
{
    (void)state;
    struct sipward *sw = open_zone(d_zone, "udp,tcp");
    struct sipward_location *l = begin(sw, "sip:d.test", NULL);
    assert_next(l, "udp 127.0.1.1:5070 a.d.test");
    assert_int_equal(sipward_report(l, SIPWARD_TIMED_OUT, NULL), 0);
    sipward_end(l);
    assert_int_equal(sipward_flush(sw), 0);
    l = begin(sw, "sip:d.test", NULL);
    assert_next(l, "tcp 127.0.1.2:5080 b.d.test");
    sipward_end(l);
    sipward_free(sw);
}

/* ---- memory ---- */

static struct sipward_options with_heap(struct test_alloc *heap, struct sipward_alloc *alloc,
                                        size_t fail_at)
{
    test_alloc_init(heap, fail_at);
    *alloc = (struct sipward_alloc){heap->alloc.alloc, heap->alloc.free, heap->alloc.user};
    struct sipward_options o = on_zone(vocal_zone, "udp,tcp");
    o.alloc = alloc;
    return o;
}

static void a_warm_location_asks_for_no_memory(void **state)
{
    (void)state;
    struct test_alloc heap;
    struct sipward_alloc alloc;
    struct sipward_options o = with_heap(&heap, &alloc, SIZE_MAX);
    struct sipward *sw;
    assert_int_equal(sipward_new(&sw, &o, NULL), 0);
    size_t before = 0;
    for (int i = 0; i < 100; i++) {
        struct sipward_location *l = begin(sw, "sip:joe@vocal.com", NULL);
        const struct sipward_candidate *c;
        int count = 0;
        while (sipward_next(l, &c) == SIPWARD_CANDIDATE)
            count++;
        assert_int_equal(count, 2);
        sipward_end(l);
        if (i == 2)
            before = heap.request_count;
    }
    assert_int_equal(heap.request_count, before);
    sipward_free(sw);
    assert_int_equal(heap.live_count, 0);
}

static void freeing_a_context_ends_its_locations(void **state)
{
    (void)state;
    struct test_alloc heap;
    struct sipward_alloc alloc;
    struct sipward_options o = with_heap(&heap, &alloc, SIZE_MAX);
    struct sipward *sw;
    assert_int_equal(sipward_new(&sw, &o, NULL), 0);
    struct sipward_query q;
    sipward_query_init(&q);
    q.flags = SIPWARD_TRACE;
    (void)begin(sw, "sip:joe@vocal.com", NULL);
    assert_next(begin(sw, "sip:server1.vocal.com:5060", &q),
                "udp 127.0.0.11:5060 server1.vocal.com");
    struct sipward_via via;
    sipward_via_init(&via);
    via.sent_by = "server1.vocal.com";
    struct sipward_location *l;
    assert_int_equal(sipward_locate_response(&l, sw, &via, NULL, NULL), 0);
    sipward_free(sw);
    assert_int_equal(heap.live_count, 0);
    sipward_free(NULL);
    sipward_end(NULL);
}

/* Everything there is to do with a context; false when memory ran out on the way. */
static bool live_a_life(const struct sipward_options *o)
{
    struct sipward *sw;
    struct sipward_error error;
    int rc = sipward_new(&sw, o, &error);
    if (rc < 0) {
        assert_int_equal(rc, SIPWARD_E_NOMEM);
        assert_string_equal(error.text, "out of memory");
        return false;
    }
    bool is_whole = true;
    struct sipward_query q;
    sipward_query_init(&q);
    q.flags = SIPWARD_TRACE;
    for (int i = 0; i < 2; i++) {
        struct sipward_location *l;
        rc = sipward_locate(&l, sw, "sip:joe@vocal.com", i == 0 ? &q : NULL, &error);
        if (rc < 0) {
            assert_int_equal(rc, SIPWARD_E_NOMEM);
            is_whole = false;
            continue;
        }
        const struct sipward_candidate *c;
        int next, count = 0;
        while ((next = sipward_wait(l, 1000, &c)) == SIPWARD_CANDIDATE) {
            assert_int_equal(sipward_report(l, SIPWARD_TIMED_OUT, NULL), 0);
            count++;
        }
        assert_int_equal(next, SIPWARD_END);
        is_whole = is_whole && count == 2;
        struct seen s = {.text = ""};
        if (i == 0 && sipward_trace(l, write_event, &s) == SIPWARD_E_NOMEM)
            is_whole = false;
        sipward_end(l);
    }
    struct sipward_via via;
    sipward_via_init(&via);
    via.sent_by = "server1.vocal.com";
    struct sipward_location *l;
    if (sipward_locate_response(&l, sw, &via, NULL, NULL) == 0) {
        const struct sipward_candidate *c;
        is_whole = sipward_wait(l, 1000, &c) == SIPWARD_CANDIDATE && is_whole;
        sipward_end(l);
    } else {
        is_whole = false;
    }
    is_whole = sipward_flush(sw) == 0 && is_whole;
    sipward_free(sw);
    return is_whole;
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        size_t n = 0;
        for (; n < 1000; n++) {
            struct test_alloc heap;
            struct sipward_alloc alloc;
            struct sipward_options o = with_heap(&heap, &alloc, n);
            heap.keep_failing = keeps == 1;
            bool is_whole = live_a_life(&o);
            assert_int_equal(heap.live_count, 0);
            if (!heap.has_failed) {
                assert_true(is_whole);
                break;
            }
        }
        assert_in_range(n, 10, 999); /* each request had its turn */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(f3_candidates_come_one_by_one_until_the_end),
        cmocka_unit_test(i2_target_and_reason_fit_any_room),
        cmocka_unit_test(a_uri_may_be_a_slice),
        cmocka_unit_test(i1_i6_syntax_errors_have_a_place_and_a_rule),
        cmocka_unit_test(t7_big_requests_and_refusals),
        cmocka_unit_test(words_are_of_the_candidate_that_is_out),
        cmocka_unit_test(s1_a_stateless_key_decides_the_order),
        cmocka_unit_test(s2_a_stateless_caller_has_one_place_and_is_told_so),
        cmocka_unit_test(a_seeded_context_repeats_its_choices),
        cmocka_unit_test(a_seeded_query_repeats_its_choice),
        cmocka_unit_test(r3_who_failed_comes_last_in_every_later_location),
        cmocka_unit_test(r4_a_late_answer_clears_the_penalty),
        cmocka_unit_test(r2_a_503_counts_for_later_only_with_retry_after),
        cmocka_unit_test(r7_try_time_follows_what_was_measured),
        cmocka_unit_test(a_query_with_an_unknown_flag_is_refused),
        cmocka_unit_test(reports_that_make_no_sense_are_refused),
        cmocka_unit_test(p1_p2_the_via_first_then_sent_by),
        cmocka_unit_test(p1_without_an_address_sent_by_is_all_there_is),
        cmocka_unit_test(p1_tls_proves_the_name_the_via_says),
        cmocka_unit_test(p2_forms_of_sent_by),
        cmocka_unit_test(a_bad_via_is_named),
        cmocka_unit_test(a_trace_shows_all_that_happened),
        cmocka_unit_test(n4_a_discarded_record_says_why),
        cmocka_unit_test(a_trace_is_kept_only_when_it_is_wanted),
        cmocka_unit_test(what_cannot_be_made_is_explained),
        cmocka_unit_test(a_context_on_libevent_is_driven_by_libevent_alone),
        cmocka_unit_test(a_context_of_its_own_has_one_descriptor),
        cmocka_unit_test(locations_under_way_survive_a_flush),
        cmocka_unit_test(health_survives_a_flush),
        cmocka_unit_test(a_warm_location_asks_for_no_memory),
        cmocka_unit_test(freeing_a_context_ends_its_locations),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
