/* SPDX-License-Identifier: BSD-2-Clause */
/* The command against a name server on loopback: what zone files cannot show. */
#include "support/check.h"
#include "support/liar.h"
#include "support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { A = 1, AAAA = 28 };

static const struct liar_rule rules[] = {
    {.name = "h.t", .type = A, .records = {"an & 77 A 127.0.1.1"}},
    {.name = "h.t", .type = AAAA},
    {.name = "broken.t", .rcode = 2},
    {.name = "dead.t", .deeds = LIAR_SILENT},
    {.name = "signed.t", .type = A, .records = {"an & 60 A 127.0.1.5"}},
};

static struct liar *liar;

static int start(void **state)
{
    (void)state;
    liar = liar_start(rules, SW_ARRAY_LEN(rules));
    return 0;
}

static int stop(void **state)
{
    (void)state;
    liar_stop(liar);
    return 0;
}

/* Run the command with --dns and more arguments; its exit code, its output in `out`. */
static int run(const char *arguments, char *out, size_t out_len)
{
    char command[1024];
    snprintf(command, sizeof command, "LC_ALL=C timeout 30 %s --dns 127.0.0.1@%u %s 2>&1", SIPWARD,
             (unsigned)liar_port(liar), arguments);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    size_t len = fread(out, 1, out_len - 1, f);
    out[len] = '\0';
    return WEXITSTATUS(pclose(f));
}

static void assert_has(const char *text, const char *piece)
{
    if (strstr(text, piece) == NULL)
        fail_msg("no \"%s\" in\n%s", piece, text);
}

static void a_server_answers(void **state)
{
    (void)state;
    char out[4096];
    assert_int_equal(run("sip:h.t:5060", out, sizeof out), 0);
    assert_has(out, "A h.t  127.0.1.1 -> 1  ttl 77 s");
    assert_has(out, "1  udp  127.0.1.1:5060  h.t   77 s");
}

static void exit_4_failed_for_now(void **state)
{
    (void)state;
    char out[4096];
    assert_int_equal(run("sip:broken.t:5060", out, sizeof out), 4);
    assert_has(out, "failed for now");
    assert_has(out, "temporary: ");
}

static void exit_4_no_answer_before_the_deadline(void **state)
{
    (void)state;
    char out[4096];
    assert_int_equal(run("--timeout 200 --json sip:dead.t:5060", out, sizeof out), 4);
    assert_has(out, "\"result\": \"temporary\"");
}

static void exit_5_bogus(void **state)
{
    (void)state;
    char anchor[TEMP_PATH_MAX], arguments[512], out[4096];
    temp_file(anchor, "anchor",
              "signed.t. IN DS 1 8 2 "
              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    snprintf(arguments, sizeof arguments, "--trust-anchor %s --json sip:signed.t:5060", anchor);
    assert_int_equal(run(arguments, out, sizeof out), 5);
    assert_has(out, "\"result\": \"bogus\"");
    assert_has(out, "\"code\": \"dnssec-bogus\"");
    snprintf(arguments, sizeof arguments, "--trust-anchor %s --dnssec off sip:signed.t:5060",
             anchor);
    assert_int_equal(run(arguments, out, sizeof out), 0);
}

/* The first of 9, 2, 5, 4, 3, 0 that applies, over all URIs. */
static void exit_codes_have_an_order(void **state)
{
    (void)state;
    static const struct {
        const char *uris;
        int want;
    } rows[] = {
        {"sip:h.t:5060", 0},
        {"sip:h.t:5060 'sip:h.t;transport=tcp'", 3},
        {"'sip:h.t;transport=tcp' sip:broken.t:5060 sip:h.t:5060", 4},
        {"sip:broken.t:5060 sip:signed.t:5060 'sip:h.t;transport=tcp'", 5},
        {"sip:signed.t:5060 sip:@ sip:h.t:5060", 2},
        {"sip:h.t:5060 >/dev/full", 9},
        {"sip:@ --json >/dev/full", 9},
    };
    char anchor[TEMP_PATH_MAX], arguments[512], out[8192];
    temp_file(anchor, "anchor",
              "signed.t. IN DS 1 8 2 "
              "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        snprintf(arguments, sizeof arguments, "--transports udp --trust-anchor %s %s", anchor,
                 rows[i].uris);
        int rc = run(arguments, out, sizeof out);
        if (rc != rows[i].want)
            fail_msg("%s: exit %d, not %d\n%s", rows[i].uris, rc, rows[i].want, out);
    }
}

static void zones_and_servers_together(void **state)
{
    (void)state;
    char out[4096];
    assert_int_equal(
        run("--zone demo/vocal.zone --transports tcp sip:vocal.com sip:h.t:5060", out, sizeof out),
        0);
    assert_has(out, "server1.vocal.com");
    assert_has(out, "127.0.1.1:5060");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_answers),
        cmocka_unit_test(exit_4_failed_for_now),
        cmocka_unit_test(exit_4_no_answer_before_the_deadline),
        cmocka_unit_test(exit_5_bogus),
        cmocka_unit_test(exit_codes_have_an_order),
        cmocka_unit_test(zones_and_servers_together),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
