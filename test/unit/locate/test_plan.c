/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan from URI to list; what depends on time, memory, health and the cache has its own file.
 * The many cases of the rules are in test/routes. */
#include "small_dns.h"

/* The records of RFC 3263 4.1, with TLS behind them. */
static const char *const example[] = {
    "d.t NAPTR 50 50 s SIPS+D2T - _sips._tcp.d.t",
    "d.t NAPTR 90 50 s SIP+D2T - _sip._tcp.d.t",
    "d.t NAPTR 100 50 s SIP+D2U - _sip._udp.d.t",
    "_sips._tcp.d.t SRV 0 0 5061 h3.t",
    "_sip._tcp.d.t SRV 0 1 5060 h1.t",
    "_sip._tcp.d.t SRV 1 2 5060 h2.t",
    "_sip._udp.d.t SRV 0 0 5060 h4.t",
    "h1.t A 192.0.2.1",
    "h2.t A 192.0.2.2",
    "h3.t A 192.0.2.3",
    "h4.t A 192.0.2.4",
    NULL,
};

struct row {
    const char *name, *transports, *uri, *want;
    const char *lines[12];
};

static void check_rows(const struct row *rows, size_t count, struct sw_policy *given)
{
    for (size_t i = 0; i < count; i++) {
        struct sw_policy policy = small_policy(rows[i].transports);
        if (given != NULL) {
            policy.failover = given->failover;
            policy.allow_downgrade = given->allow_downgrade;
        }
        const char *got = small_locate(rows[i].lines, &policy, rows[i].uri, NULL);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
    }
}

static void T21_T22_T23_the_worked_example(void **state)
{
    (void)state;
    struct sw_policy no_tls = small_policy("udp,tcp");
    struct sw_policy all = small_policy("udp,tcp,tls");
    struct small_run run = {0};
    assert_string_equal(small_locate(example, &no_tls, "sip:d.t", &run),
                        "tcp:192.0.2.1:5060 tcp:192.0.2.2:5060");
    assert_false(small_run_has_asked(&run, "_sips._tcp.d.t SRV"));
    assert_false(small_run_has_asked(&run, "_sip._udp.d.t SRV"));
    assert_string_equal(small_locate(example, &all, "sip:d.t", NULL), "tls:192.0.2.3:5061");
    assert_string_equal(small_locate(example, &all, "sips:d.t", NULL), "tls:192.0.2.3:5061");
    assert_string_equal(small_locate(example, &no_tls, "sips:d.t", NULL), "= none");
}

static void N7_N8_D4_V3_V5_V10_which_way_it_goes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"N7 next of the order",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.1:5060",
         {"d.t NAPTR 10 10 s SIP+D2T - _sip._tcp.d.t", "d.t NAPTR 10 20 s SIP+D2U - _sip._udp.d.t",
          "_sip._udp.d.t SRV 0 0 5060 h1.t", "h1.t A 192.0.2.1"}},
        {"N7 last resort",
         "udp,tcp",
         "sip:d.t",
         "tcp:192.0.2.9:5060",
         {"d.t NAPTR 10 10 s SIP+D2T - _sip._tcp.d.t", "d.t NAPTR 10 20 s SIP+D2U - _sip._udp.d.t",
          "d.t A 192.0.2.9"}},
        {"N7 best declined, other has none",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.9:5060",
         {"d.t NAPTR 10 10 s SIP+D2T - _sip._tcp.d.t", "d.t NAPTR 10 20 s SIP+D2U - _sip._udp.d.t",
          "_sip._tcp.d.t SRV 0 0 0 .", "d.t A 192.0.2.9"}},
        {"N8 none shared: SRV",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.1:5066",
         {"d.t NAPTR 10 10 s SIP+D2S - _sip._sctp.d.t", "_sip._udp.d.t SRV 0 0 5066 h1.t",
          "h1.t A 192.0.2.1"}},
        {"N8 none shared: no last resort",
         "udp,tcp",
         "sip:d.t",
         "= none",
         {"d.t NAPTR 10 10 s SIP+D2S - _sip._sctp.d.t", "d.t A 192.0.2.9"}},
        {"N8 sips has it",
         "udp,tcp,tls",
         "sips:d.t",
         "tls:192.0.2.9:5061",
         {"d.t NAPTR 10 10 s SIP+D2T - _sip._tcp.d.t", "d.t A 192.0.2.9"}},
        {"N8 foreign only",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.9:5060",
         {"d.t NAPTR 10 10 u E2U+sip x .", "d.t A 192.0.2.9"}},
        {"N8 shared but unusable",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.9:5060",
         {"d.t NAPTR 10 10 a SIP+D2U - h1.t", "d.t A 192.0.2.9"}},
        {"N5 two steps",
         "udp,tcp",
         "sip:d.t",
         "tcp:192.0.2.1:5080",
         {"d.t NAPTR 10 10 - SIP+D2T - e.t", "e.t NAPTR 5 5 s SIP+D2T - pool.t",
          "pool.t SRV 0 0 5080 h1.t", "h1.t A 192.0.2.1"}},
        {"N5 loop",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.9:5060",
         {"d.t NAPTR 10 10 - - - e.t", "e.t NAPTR 10 10 - - - d.t", "d.t A 192.0.2.9"}},
        {"D4 one failed, none found",
         "udp,tcp",
         "sip:d.t",
         "= temporary",
         {"_sip._udp.d.t SRV = SERVFAIL", "d.t A 192.0.2.9"}},
        {"D4 one failed, one found",
         "udp,tcp",
         "sip:d.t",
         "tcp:192.0.2.1:5060",
         {"_sip._udp.d.t SRV = SERVFAIL", "_sip._tcp.d.t SRV 0 0 5060 h1.t", "h1.t A 192.0.2.1",
          "d.t A 192.0.2.9"}},
        {"D3 NAPTR failed",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.1:5070",
         {"d.t NAPTR = TIMEOUT", "_sip._udp.d.t SRV 0 0 5070 h1.t", "h1.t A 192.0.2.1"}},
        {"D3 NAPTR failed, nothing else",
         "udp,tcp",
         "sip:d.t",
         "= temporary",
         {"d.t NAPTR = SERVFAIL"}},
        {"D6 bogus address alone", "udp", "sip:d.t:5060", "= bogus", {"d.t A = BOGUS"}},
        {"D6 bogus beside good",
         "udp",
         "sip:d.t:5060",
         "udp:[2001:db8::9]:5060",
         {"d.t A = BOGUS", "d.t AAAA 2001:db8::9"}},
        {"D6 bogus SRV",
         "udp",
         "sip:d.t;transport=udp",
         "= bogus",
         {"_sip._udp.d.t SRV = BOGUS", "d.t A 192.0.2.9"}},
        {"D5 all failed", "udp", "sip:d.t:5060", "= temporary", {"d.t A = SERVFAIL"}},
        {"V3", "udp,tcp,tls", "sips:d.t", "tls:192.0.2.9:5061", {"d.t A 192.0.2.9"}},
        {"V3 nothing at all", "udp,tcp,tls", "sip:d.t", "= none", {"x.t A 192.0.2.9"}},
        {"V5 T57",
         "udp",
         "sip:d.t;transport=udp",
         "= none",
         {"_sip._udp.d.t SRV 0 0 0 .", "d.t A 192.0.2.9"}},
        {"V5 default declined",
         "udp,tcp",
         "sip:d.t",
         "= none",
         {"_sip._udp.d.t SRV 0 0 0 .", "d.t A 192.0.2.9"}},
        {"V5 another declined",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.9:5060",
         {"_sip._tcp.d.t SRV 0 0 0 .", "d.t A 192.0.2.9"}},
        {"V10 T60",
         "udp",
         "sip:d.t",
         "= none",
         {"_sip._udp.d.t SRV 0 0 5012 x.t", "d.t A 192.0.2.9"}},
        {"A4 T65",
         "udp",
         "sip:d.t",
         "udp:192.0.2.1:5060 udp:192.0.2.2:5060",
         {"_sip._udp.d.t SRV 0 0 5060 h1.t", "_sip._udp.d.t SRV 1 0 5060 x.t", "h1.t A 192.0.2.1",
          "x.t A 192.0.2.1", "x.t A 192.0.2.2"}},
        {"V8 numeric target",
         "udp",
         "sip:d.t",
         "udp:192.0.2.1:5060",
         {"_sip._udp.d.t SRV 0 0 5060 192.0.2.7", "_sip._udp.d.t SRV 1 0 5060 h1.t",
          "h1.t A 192.0.2.1"}},
    };
    check_rows(rows, SW_ARRAY_LEN(rows), NULL);
}

static void N9_failing_over_to_another_transport(void **state)
{
    (void)state;
    struct sw_policy p = {.failover = SW_FAILOVER_RFC};
    static const char both[] = "tls:192.0.2.3:5061 tcp:192.0.2.1:5060 udp:192.0.2.4:5060";
    const struct row stay[] = {
        {"rfc stays in its order",
         "udp,tcp",
         "sip:d.t",
         "tcp:192.0.2.1:5060 tcp:192.0.2.2:5060",
         {example[1], example[2], example[4], example[5], example[6], example[7], example[8],
          example[10]}},
        {"rfc, no NAPTR, all that have SRV",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.4:5060 tcp:192.0.2.1:5060",
         {example[4], example[6], example[7], example[10]}},
        {"rfc, never from TLS",
         "tls,tcp,udp",
         "sip:d.t",
         "tls:192.0.2.3:5061",
         {example[3], example[4], example[6], example[7], example[9], example[10]}},
    };
    check_rows(stay, SW_ARRAY_LEN(stay), &p);

    const struct row first[] = {
        {"none, NAPTR",
         "udp,tcp",
         "sip:d.t",
         "udp:192.0.2.4:5060",
         {"d.t NAPTR 1 1 s SIP+D2T - nothing.t", "d.t NAPTR 1 2 s SIP+D2U - _sip._udp.d.t",
          "d.t NAPTR 1 3 s SIP+D2T - _sip._tcp.d.t", example[4], example[6], example[7],
          example[10]}},
        {"none, no NAPTR",
         "tcp,udp",
         "sip:d.t",
         "tcp:192.0.2.1:5060",
         {example[4], example[6], example[7], example[10]}},
    };
    p.failover = SW_FAILOVER_NONE;
    check_rows(first, SW_ARRAY_LEN(first), &p);

    const struct row all[] = {
        {"all",
         "udp,tcp",
         "sip:d.t",
         "tcp:192.0.2.1:5060 udp:192.0.2.4:5060",
         {example[1], example[2], example[4], example[6], example[7], example[10]}},
        {"all, not from TLS",
         "udp,tcp,tls",
         "sip:d.t",
         "tls:192.0.2.3:5061",
         {example[0], example[1], example[2], example[3], example[4], example[6], example[7],
          example[9], example[10]}},
    };
    p.failover = SW_FAILOVER_ALL;
    check_rows(all, SW_ARRAY_LEN(all), &p);

    const struct row down[] = {
        {"all, downgrade allowed",
         "udp,tcp,tls",
         "sip:d.t",
         both,
         {example[0], example[1], example[2], example[3], example[4], example[6], example[7],
          example[9], example[10]}},
    };
    p.allow_downgrade = true;
    check_rows(down, SW_ARRAY_LEN(down), &p);
}

static void N9_higher_orders_are_asked_when_the_lower_is_exhausted(void **state)
{
    (void)state;
    struct sw_policy policy = small_policy("udp,tcp");
    struct sw_uri uri;
    struct small_run run = {.lines = example};
    struct sw_candidate c;
    policy.failover = SW_FAILOVER_ALL;
    small_parse_uri("sip:d.t", &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    small_run_ask(&run);
    assert_false(small_run_has_asked(&run, "_sip._udp.d.t SRV"));
    assert_int_equal(small_run_next(&run, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(small_run_next(&run, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    assert_true(small_run_has_asked(&run, "_sip._udp.d.t SRV"));
    assert_int_equal(c.transport, SW_UDP);
    sw_plan_free(run.plan);
}

/* ---- T7 ---- */

static const char *const big_sets[] = {
    "_sip._udp.d.t SRV 0 0 5070 h1.t",
    "_sip._udp.d.t SRV 1 0 5070 h2.t",
    "_sip._tcp.d.t SRV 0 0 5080 h1.t",
    "h1.t A 192.0.2.1",
    "h2.t A 192.0.2.2",
    NULL,
};
static const char *const big_udp_only[] = {"_sip._udp.d.t SRV 0 0 5070 h1.t",
                                           "_sip._udp.d.t SRV 1 0 5070 h2.t", "h1.t A 192.0.2.1",
                                           "h2.t A 192.0.2.2", NULL};
static const char *const big_declined[] = {"_sip._udp.d.t SRV 0 0 5070 h1.t",
                                           "_sip._tcp.d.t SRV 0 0 0 .", "h1.t A 192.0.2.1", NULL};
static const char *const big_nowhere[] = {
    "_sip._udp.d.t SRV 0 0 5070 h1.t", "_sip._tcp.d.t SRV 0 0 5080 x.t", "h1.t A 192.0.2.1", NULL};
static const char *const big_plain[] = {"d.t A 192.0.2.9", "d.t AAAA 2001:db8::9", NULL};

static void T7_T101_big_requests_go_over_TCP_first(void **state)
{
    (void)state;
    static const struct {
        const char *name, *uri, *transports;
        const char *const *lines;
        enum sw_try why;
        const char *want;
    } rows[] = {
        {"set, listed", "sip:d.t;transport=udp", "udp,tcp", big_sets, SW_TRY_NONE,
         "tcp:192.0.2.1:5080 udp:192.0.2.1:5070? udp:192.0.2.2:5070?"},
        {"set, failed", "sip:d.t;transport=udp", "udp,tcp", big_sets, SW_TRY_FAILED,
         "tcp:192.0.2.1:5080"},
        {"set, refused", "sip:d.t;transport=udp", "udp,tcp", big_sets, SW_TRY_REFUSED,
         "tcp:192.0.2.1:5080 udp:192.0.2.1:5070? udp:192.0.2.2:5070?"},
        {"set in both orders", "sip:d.t", "tcp,udp", big_sets, SW_TRY_REFUSED,
         "tcp:192.0.2.1:5080 udp:192.0.2.1:5070? udp:192.0.2.2:5070?"},
        {"set, tried in its own place and failed", "sip:d.t", "tcp,udp", big_sets, SW_TRY_FAILED,
         "tcp:192.0.2.1:5080"},
        {"no set, listed", "sip:d.t", "udp,tcp", big_udp_only, SW_TRY_NONE,
         "tcp:192.0.2.1:5070 udp:192.0.2.1:5070? tcp:192.0.2.2:5070 udp:192.0.2.2:5070?"},
        {"no set, failed", "sip:d.t", "udp,tcp", big_udp_only, SW_TRY_FAILED,
         "tcp:192.0.2.1:5070 tcp:192.0.2.2:5070"},
        {"declined", "sip:d.t", "udp,tcp", big_declined, SW_TRY_FAILED, "udp:192.0.2.1:5070"},
        {"set without address", "sip:d.t", "udp,tcp", big_nowhere, SW_TRY_NONE,
         "tcp:192.0.2.1:5070 udp:192.0.2.1:5070?"},
        {"port given", "sip:d.t:5090", "udp,tcp", big_plain, SW_TRY_NONE,
         "tcp:[2001:db8::9]:5090 udp:[2001:db8::9]:5090? tcp:192.0.2.9:5090 udp:192.0.2.9:5090?"},
        {"last resort", "sip:d.t", "udp,tcp", big_plain, SW_TRY_FAILED,
         "tcp:[2001:db8::9]:5060 tcp:192.0.2.9:5060"},
        {"numeric", "sip:192.0.2.7", "udp,tcp", big_plain, SW_TRY_NONE,
         "tcp:192.0.2.7:5060 udp:192.0.2.7:5060?"},
        {"no TCP", "sip:d.t:5090", "udp,tls", big_plain, SW_TRY_NONE,
         "udp:[2001:db8::9]:5090 udp:192.0.2.9:5090"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_policy policy = small_policy(rows[i].transports);
        struct small_run run = {.lines = rows[i].lines};
        struct sw_uri uri;
        struct sw_candidate c;
        char room[400];
        struct sw_buf b = sw_buf(room, sizeof room);
        small_parse_uri(rows[i].uri, &uri);
        struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1, .request_len = 1400};
        assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
        enum sw_try why = SW_TRY_NONE;
        while (small_run_next(&run, why, &c) == SW_NEXT_CANDIDATE) {
            if (b.len > 0)
                sw_buf_char(&b, ' ');
            sw_candidate_write(&b, &c);
            sw_buf_str(&b, c.is_only_if_refused ? "?" : "");
            why = rows[i].why;
        }
        sw_plan_free(run.plan);
        if (!sw_slice_eq(sw_buf_slice(&b), sw_slice_str(rows[i].want)))
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, sw_buf_cstr(&b), rows[i].want);
    }
}

/* ---- names, reasons, results ---- */

static const char *tls_names(const char *const *lines, const char *uri_text, bool is_strict)
{
    static char room[400];
    struct sw_policy policy = small_policy("udp,tcp,tls");
    struct small_run run = {.lines = lines};
    struct sw_uri uri;
    struct sw_candidate c;
    struct sw_buf b = sw_buf(room, sizeof room);
    policy.strict_identity = is_strict;
    small_parse_uri(uri_text, &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    sw_buf_str(&b, c.tls_names_all ? "all:" : "any:");
    for (unsigned i = 0; i < c.tls_name_count; i++) {
        sw_buf_char(&b, ' ');
        sw_buf_slice_add(&b, c.tls_names[i]);
    }
    sw_plan_free(run.plan);
    return sw_buf_cstr(&b);
}

static void H1_T129_names_that_TLS_must_verify(void **state)
{
    (void)state;
    static const char *const open[] = {"d.t NAPTR 1 1 s SIPS+D2T - _sips._tcp.pool.t",
                                       "_sips._tcp.pool.t SRV 0 0 5061 h.x.t", "h.x.t A 192.0.2.1",
                                       NULL};
    static const char *const secure[] = {"d.t NAPTR 1 1 s SIPS+D2T - _sips._tcp.pool.t secure",
                                         "_sips._tcp.pool.t SRV 0 0 5061 h.x.t secure",
                                         "h.x.t A 192.0.2.1 secure", NULL};
    static const char *const half[] = {"d.t NAPTR 1 1 s SIPS+D2T - _sips._tcp.pool.t",
                                       "_sips._tcp.pool.t SRV 0 0 5061 h.x.t secure",
                                       "h.x.t A 192.0.2.1 secure", NULL};
    static const char *const maddr[] = {"_sips._tcp.m.t SRV 0 0 5061 h.x.t", "h.x.t A 192.0.2.1",
                                        NULL};
    static const char *const direct[] = {"d.t A 192.0.2.1 secure", NULL};
    assert_string_equal(tls_names(open, "sips:u@D.T.", false), "any: d.t");
    assert_string_equal(tls_names(half, "sips:d.t", false), "any: d.t");
    assert_string_equal(tls_names(secure, "sips:d.t", false), "any: d.t pool.t h.x.t");
    assert_string_equal(tls_names(open, "sips:d.t", true), "all: d.t pool.t h.x.t");
    static const char *const own[] = {"d.t NAPTR 1 1 s SIPS+D2T - _sips._tcp.d.t secure",
                                      "_sips._tcp.d.t SRV 0 0 5061 d.t secure",
                                      "d.t A 192.0.2.1 secure", NULL};
    assert_string_equal(tls_names(own, "sips:d.t", false), "any: d.t");
    assert_string_equal(tls_names(maddr, "sips:d.t;maddr=m.t", false), "any: d.t");
    assert_string_equal(tls_names(direct, "sips:d.t:5061", false), "any: d.t");
    assert_string_equal(tls_names(direct, "sips:192.0.2.1", false), "any: 192.0.2.1");
    assert_string_equal(tls_names(direct, "sips:[2001:DB8::1]", false), "any: 2001:db8::1");
    assert_string_equal(tls_names(direct, "sip:192.0.2.1;transport=tcp", false), "any:");
}

static void D8_seconds_that_are_left(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t ttl 40",
                                        "_sip._udp.d.t SRV 1 0 5060 h2.t ttl 40",
                                        "h1.t A 192.0.2.1 ttl 60", "h2.t A 192.0.2.2 ttl 10", NULL};
    struct sw_policy policy = small_policy("udp");
    struct small_run run = {.lines = lines};
    struct sw_uri uri;
    struct sw_candidate c;
    small_parse_uri("sip:d.t;transport=udp", &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.ttl_s, 40);
    run.now_us = SW_SECONDS(3) + 1;
    assert_int_equal(small_run_next(&run, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.ttl_s, 7);
    assert_int_equal(sw_plan_restart(run.plan, &args, run.now_us), 0);
    run.asked_count = 0;
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    run.now_us += SW_SECONDS(10);
    assert_int_equal(small_run_next(&run, SW_TRY_FAILED, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.ttl_s, 0); /* used to its end (F3), but nobody else should */
    sw_plan_free(run.plan);

    small_parse_uri("sip:192.0.2.7", &uri);
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &c), SW_NEXT_CANDIDATE);
    assert_int_equal(c.ttl_s, 0);
    assert_int_equal(c.host.len, 0);
    assert_false(c.has_srv || c.has_naptr || c.is_secure || c.is_stale);
    sw_plan_free(run.plan);
}

static void results_have_reasons(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"none", "udp", "sip:d.t", "the host has no address: d.t", {NULL}},
        {"unsupported",
         "udp",
         "sip:d.t;transport=tcp",
         "we do not support the transport the URI asks for: d.t",
         {NULL}},
        {"declined",
         "udp",
         "sip:d.t",
         "a sole record with target . says: decidedly not offered: d.t",
         {"_sip._udp.d.t SRV 0 0 0 ."}},
        {"shared",
         "udp",
         "sip:d.t",
         "the domain offers SIP, but no transport that we support: d.t",
         {"d.t NAPTR 1 1 s SIP+D2T - x.t"}},
        {"temporary",
         "udp",
         "sip:d.t:5060",
         "the address query failed for now: d.t",
         {"d.t A = SERVFAIL"}},
        {"unknown",
         "udp",
         "sip:d.t",
         "SRV queries failed for now: host and port are unknown, and an address is not guessed: "
         "d.t",
         {"_sip._udp.d.t SRV = TIMEOUT"}},
        {"bogus",
         "udp",
         "sip:d.t:5060",
         "DNSSEC validation failed: the answer is not used: d.t",
         {"d.t A = BOGUS"}},
        {"unusable",
         "udp",
         "sip:d.t:5060",
         "not an address one can send to: d.t",
         {"d.t A 0.0.0.0"}},
        {"ok", "udp", "sip:d.t:5060", "", {"d.t A 192.0.2.1"}},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_policy policy = small_policy(rows[i].transports);
        struct small_run run = {.lines = rows[i].lines};
        struct sw_uri uri;
        char room[300];
        struct sw_buf b = sw_buf(room, sizeof room);
        small_parse_uri(rows[i].uri, &uri);
        struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1};
        assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
        small_run_list(&run);
        sw_plan_reason(run.plan, &b);
        if (!sw_slice_eq(sw_buf_slice(&b), sw_slice_str(rows[i].want)))
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, sw_buf_cstr(&b), rows[i].want);
        sw_plan_free(run.plan);
    }
}

static void P2_responses_ask_no_NAPTR_and_stay_with_TLS(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t NAPTR 1 1 s SIP+D2U - _sip._udp.d.t",
                                        "_sips._tcp.d.t SRV 0 0 5063 h1.t",
                                        "_sip._tcp.d.t SRV 0 0 5062 h2.t",
                                        "_sip._udp.d.t SRV 0 0 5065 h2.t",
                                        "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2",
                                        "d.t A 192.0.2.9",
                                        NULL};
    static const struct {
        const char *sent_by;
        uint16_t port;
        enum sw_transport transport;
        const char *want;
    } rows[] = {
        {"d.t", 0, SW_TLS, "tls:192.0.2.1:5063"},
        {"d.t", 0, SW_UDP, "udp:192.0.2.2:5065"},
        {"d.t", 5070, SW_TCP, "tcp:192.0.2.9:5070"},
        {"192.0.2.5", 0, SW_UDP, "udp:192.0.2.5:5060"},
    };
    struct sw_policy policy = small_policy("udp,tcp,tls");
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct small_run run = {.lines = lines};
        struct sw_plan_args args = {.policy = &policy, .seed = 1};
        struct sw_response_args response = {
            .transport = rows[i].transport, .has_port = rows[i].port != 0, .port = rows[i].port};
        assert_int_equal(sw_host_parse(sw_slice_str(rows[i].sent_by), &response.sent_by, NULL), 0);
        assert_int_equal(sw_plan_new_response(&run.plan, &args, &response, 0), 0);
        assert_string_equal(small_run_list(&run), rows[i].want);
        assert_false(small_run_has_asked(&run, "d.t NAPTR"));
        sw_plan_free(run.plan);
    }
}

static void a_plan_that_leads_nowhere_says_so_at_once(void **state)
{
    (void)state;
    struct sw_policy policy = small_policy("udp");
    struct sw_uri uri;
    struct sw_plan *plan;
    struct sw_plan_ask ask;
    struct sw_candidate c;
    struct sw_answer answer = {.outcome = SW_OUTCOME_NODATA};
    small_parse_uri("sips:d.t;transport=udp", &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri};
    assert_int_equal(sw_plan_new(&plan, &args, 0), 0);
    assert_false(sw_plan_ask(plan, 0, &ask));
    assert_int_equal(sw_plan_answer(plan, 1, &answer, 0), 0);
    assert_false(sw_plan_has_more(plan, 0));
    assert_true(sw_plan_wake_us(plan) == SW_NEVER);
    assert_int_equal(sw_plan_next(plan, 0, SW_TRY_NONE, &c), SW_NEXT_END);
    assert_int_equal(sw_plan_next(plan, SW_SECONDS(60), SW_TRY_NONE, &c), SW_NEXT_END);
    assert_int_equal(sw_plan_result(plan), SW_RESULT_NONE);
    sw_plan_free(plan);
    sw_plan_free(NULL);
}

static void S1_stateless_lists_depend_on_nothing_but_the_key(void **state)
{
    (void)state;
    static const char *const one[] = {"d.t A 192.0.2.1", "d.t A 192.0.2.2", "d.t A 192.0.2.3",
                                      "d.t A 192.0.2.4", NULL};
    static const char *const other[] = {"d.t A 192.0.2.3", "d.t A 192.0.2.1", "d.t A 192.0.2.4",
                                        "d.t A 192.0.2.2", NULL};
    struct sw_policy policy = small_policy("udp");
    unsigned first[5] = {0};
    struct sw_uri uri;
    small_parse_uri("sip:d.t:5060", &uri);
    for (unsigned n = 0; n < 2000; n++) {
        char lists[2][200];
        for (unsigned run_at = 0; run_at < 2; run_at++) {
            struct small_run run = {.lines = run_at == 0 ? one : other};
            struct sw_plan_args args = {.policy = &policy,
                                        .uri = &uri,
                                        .seed = n * 2 + run_at,
                                        .is_stateless = true,
                                        .stateless_key = sw_slice((const char *)&n, sizeof n)};
            assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
            struct sw_buf b = sw_buf(lists[run_at], sizeof lists[run_at]);
            sw_buf_str(&b, small_run_list(&run));
            sw_buf_cstr(&b);
            sw_plan_free(run.plan);
        }
        assert_string_equal(lists[0], lists[1]);
        first[lists[0][12] - '0']++;
    }
    for (unsigned i = 1; i <= 4; i++)
        assert_in_range(first[i], 420, 580);
}

/* ---- X3 ---- */

/* What races against the first of them, and what comes behind when both have failed. */
static const char *race(const char *const *lines, const char *transports, const char *uri)
{
    static char room[300];
    struct small_run run = {.lines = lines, .why = SW_TRY_FAILED};
    struct sw_policy policy = small_policy(transports);
    struct sw_candidate first, rival;
    struct sw_uri parsed;
    struct sw_buf text = sw_buf(room, sizeof room);
    small_parse_uri(uri, &parsed);
    struct sw_plan_args args = {.policy = &policy, .uri = &parsed, .seed = 1};
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    assert_int_equal(sw_plan_rival(run.plan, 0, &rival), SW_NEXT_END); /* nobody is out */
    assert_int_equal(small_run_next(&run, SW_TRY_NONE, &first), SW_NEXT_CANDIDATE);
    small_run_settle(&run);
    if (sw_plan_rival(run.plan, run.now_us, &rival) == SW_NEXT_CANDIDATE) {
        sw_candidate_write(&text, &rival);
        assert_int_not_equal(rival.place, first.place);
        sw_plan_report(run.plan, first.place, SW_TRY_FAILED);
        sw_plan_report(run.plan, rival.place, SW_TRY_FAILED);
    } else {
        sw_buf_str(&text, "nobody");
        sw_plan_report(run.plan, first.place, SW_TRY_FAILED);
    }
    assert_int_equal(sw_plan_rival(run.plan, run.now_us, &rival), SW_NEXT_END);
    while (small_run_next(&run, SW_TRY_NONE, &first) == SW_NEXT_CANDIDATE) {
        sw_buf_str(&text, " then ");
        sw_candidate_write(&text, &first);
        sw_plan_report(run.plan, first.place, SW_TRY_FAILED);
    }
    sw_plan_free(run.plan);
    return sw_buf_cstr(&text);
}

static void X3_the_other_family_of_the_same_target_races(void **state)
{
    (void)state;
    static const char *const both[] = {"_sip._tcp.d.t SRV 0 0 5060 h1.t",
                                       "_sip._tcp.d.t SRV 1 0 5060 h2.t",
                                       "h1.t A 192.0.2.1",
                                       "h1.t AAAA 2001:db8::1",
                                       "h2.t A 192.0.2.2",
                                       NULL};
    static const char *const one[] = {"_sip._tcp.d.t SRV 0 0 5060 h1.t",
                                      "_sip._tcp.d.t SRV 1 0 5060 h2.t", "h1.t A 192.0.2.1",
                                      "h2.t AAAA 2001:db8::2", NULL};
    static const char *const two_targets[] = {"_sip._tcp.d.t SRV 0 0 5060 h1.t",
                                              "_sip._tcp.d.t SRV 1 0 5070 h1.t",
                                              "h1.t AAAA 2001:db8::1", NULL};
    assert_string_equal(race(both, "tcp", "sip:d.t;transport=tcp"),
                        "tcp:192.0.2.1:5060 then tcp:192.0.2.2:5060");
    assert_string_equal(race(one, "tcp", "sip:d.t;transport=tcp"),
                        "nobody then tcp:[2001:db8::2]:5060");
    assert_string_equal(race(two_targets, "tcp", "sip:d.t;transport=tcp"),
                        "nobody then tcp:[2001:db8::1]:5070");
    assert_string_equal(race(both, "tcp", "sip:192.0.2.9"), "nobody");
}

/* ---- R8 ---- */

/* All candidates in order, with one preferred: "" for none. */
static const char *with_preferred(const char *const *lines, const char *transports, const char *uri,
                                  const char *address)
{
    static struct small_run run;
    struct sw_policy policy = small_policy(transports);
    struct sw_health_key key = {SW_UDP, {.port = 5060}};
    struct sw_uri parsed;
    run = (struct small_run){.lines = lines, .why = SW_TRY_FAILED};
    small_parse_uri(uri, &parsed);
    struct sw_plan_args args = {.policy = &policy, .uri = &parsed, .seed = 1};
    if (sw_netaddr_parse(sw_slice_str(address), &key.endpoint.addr))
        args.preferred = &key;
    assert_int_equal(sw_plan_new(&run.plan, &args, 0), 0);
    memset(&key, 0xee, sizeof key); /* it was copied */
    const char *list = small_run_list(&run);
    sw_plan_free(run.plan);
    return list;
}

static void R8_the_preferred_one_comes_first_and_the_rest_as_it_was(void **state)
{
    (void)state;
    static const char *const lines[] = {"_sip._udp.d.t SRV 0 0 5060 h1.t",
                                        "_sip._udp.d.t SRV 1 0 5060 h2.t",
                                        "_sip._udp.d.t SRV 2 0 5060 h3.t",
                                        "h1.t A 192.0.2.1",
                                        "h2.t A 192.0.2.2",
                                        "h3.t A 192.0.2.3",
                                        NULL};
    static const char *const other_port[] = {"_sip._udp.d.t SRV 0 0 5070 h1.t",
                                             "_sip._udp.d.t SRV 1 0 5060 h1.t", "h1.t A 192.0.2.1",
                                             NULL};
#define AT(n) "udp:192.0.2." n ":5060"
    static const char uri[] = "sip:d.t;transport=udp";
    assert_string_equal(with_preferred(lines, "udp", uri, ""), AT("1") " " AT("2") " " AT("3"));
    assert_string_equal(with_preferred(lines, "udp", uri, "192.0.2.1"),
                        AT("1") " " AT("2") " " AT("3"));
    assert_string_equal(with_preferred(lines, "udp", uri, "192.0.2.2"),
                        AT("2") " " AT("1") " " AT("3"));
    assert_string_equal(with_preferred(lines, "udp", uri, "192.0.2.3"),
                        AT("3") " " AT("1") " " AT("2"));
    assert_string_equal(with_preferred(lines, "udp", uri, "192.0.2.9"), /* the records say no */
                        AT("1") " " AT("2") " " AT("3"));
    assert_string_equal(with_preferred(other_port, "udp", uri, "192.0.2.1"),
                        AT("1") " udp:192.0.2.1:5070");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T21_T22_T23_the_worked_example),
        cmocka_unit_test(N7_N8_D4_V3_V5_V10_which_way_it_goes),
        cmocka_unit_test(N9_failing_over_to_another_transport),
        cmocka_unit_test(N9_higher_orders_are_asked_when_the_lower_is_exhausted),
        cmocka_unit_test(T7_T101_big_requests_go_over_TCP_first),
        cmocka_unit_test(H1_T129_names_that_TLS_must_verify),
        cmocka_unit_test(D8_seconds_that_are_left),
        cmocka_unit_test(results_have_reasons),
        cmocka_unit_test(P2_responses_ask_no_NAPTR_and_stay_with_TLS),
        cmocka_unit_test(a_plan_that_leads_nowhere_says_so_at_once),
        cmocka_unit_test(S1_stateless_lists_depend_on_nothing_but_the_key),
        cmocka_unit_test(X3_the_other_family_of_the_same_target_races),
        cmocka_unit_test(R8_the_preferred_one_comes_first_and_the_rest_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
