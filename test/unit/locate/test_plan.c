/* SPDX-License-Identifier: BSD-2-Clause */
#include "small_dns.h"
#include "support/test_alloc.h"

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

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sw_policy policy = small_policy(rows[i].transports);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(T21_T22_T23_the_worked_example),
    };
    (void)check_rows;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
