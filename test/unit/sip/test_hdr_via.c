/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/hdr.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct want {
    const char *transport, *host;
    enum sw_host_kind kind;
    int port; /* 0: absent */
    const char *params;
    const char *branch, *received, *received_text, *rport_text, *maddr; /* NULL: absent */
    int rport;                                                          /* 0: absent or empty */
    int ttl;                                                            /* -1: absent */
};

static const struct {
    const char *name, *value;
    struct want want;
} valid[] = {
    {"the usual",
     "SIP/2.0/UDP h.t;branch=z9hG4bKx",
     {.transport = "UDP",
      .host = "h.t",
      .params = ";branch=z9hG4bKx",
      .branch = "z9hG4bKx",
      .ttl = -1}},
    {"no parameters",
     "SIP/2.0/TCP h.t:5070",
     {.transport = "TCP", .host = "h.t", .port = 5070, .ttl = -1}},
    {"blanks and folds everywhere",
     "SIP / 2.0\r\n  /\tUDP\r\n 192.0.2.2 :\r\n 5071 ;\r\n branch = z9hG4bK1 ; rport",
     {.transport = "UDP",
      .host = "192.0.2.2",
      .kind = SW_HOST_IPV4,
      .port = 5071,
      .params = ";\r\n branch = z9hG4bK1 ; rport",
      .branch = "z9hG4bK1",
      .rport_text = "; rport",
      .ttl = -1}},
    {"folds right behind the host and a value",
     "SIP/2.0/UDP h\r\n ;branch=b\r\n ;x",
     {.transport = "UDP", .host = "h", .params = ";branch=b\r\n ;x", .branch = "b", .ttl = -1}},
    {"all parameters",
     "SIP/2.0/UDP h.t;ttl=16;maddr=239.255.255.1;received=192.0.2.9;rport=4000;branch=b;x",
     {.transport = "UDP",
      .host = "h.t",
      .params = ";ttl=16;maddr=239.255.255.1;received=192.0.2.9;rport=4000;branch=b;x",
      .branch = "b",
      .received = "192.0.2.9",
      .received_text = ";received=192.0.2.9",
      .rport_text = ";rport=4000",
      .maddr = "239.255.255.1",
      .rport = 4000,
      .ttl = 16}},
    {"parameter names in any case",
     "SIP/2.0/UDP h;BRANCH=a;RPort;TTL=0",
     {.transport = "UDP",
      .host = "h",
      .params = ";BRANCH=a;RPort;TTL=0",
      .branch = "a",
      .rport_text = ";RPort",
      .ttl = 0}},
    {"IPv6 reference",
     "SIP/2.0/TLS [2001:db8::9:255]:5061;branch=b",
     {.transport = "TLS",
      .host = "2001:db8::9:255",
      .kind = SW_HOST_IPV6,
      .port = 5061,
      .params = ";branch=b",
      .branch = "b",
      .ttl = -1}},
    {"RFC 5118 4.5 received without brackets",
     "SIP/2.0/UDP h;received=2001:db8::9:255;branch=b",
     {.transport = "UDP",
      .host = "h",
      .params = ";received=2001:db8::9:255;branch=b",
      .branch = "b",
      .received = "2001:db8::9:255",
      .received_text = ";received=2001:db8::9:255",
      .ttl = -1}},
    {"RFC 5118 4.5 received with brackets",
     "SIP/2.0/UDP h;received=[2001:db8::9:255]",
     {.transport = "UDP",
      .host = "h",
      .params = ";received=[2001:db8::9:255]",
      .received = "[2001:db8::9:255]",
      .received_text = ";received=[2001:db8::9:255]",
      .ttl = -1}},
    {"an extension with a quoted value that looks like others",
     "SIP/2.0/UDP h;x=\";branch=no,\\\"\";branch=yes",
     {.transport = "UDP",
      .host = "h",
      .params = ";x=\";branch=no,\\\"\";branch=yes",
      .branch = "yes",
      .ttl = -1}},
    {"a branch beyond what a token has",
     "SIP/2.0/UDP h;branch=z9hG4bK:a=b/c@d",
     {.transport = "UDP",
      .host = "h",
      .params = ";branch=z9hG4bK:a=b/c@d",
      .branch = "z9hG4bK:a=b/c@d",
      .ttl = -1}},
    {"unknown transport",
     "SIP/2.0/UNKNOWN t1.t",
     {.transport = "UNKNOWN", .host = "t1.t", .ttl = -1}},
    {"other version", "SIP/7.0/UDP h", {.transport = "UDP", .host = "h", .ttl = -1}},
};

static const struct {
    const char *name, *value;
    size_t offset;
    const char *rule;
} invalid[] = {
    {"empty", "", 0, "sent-protocol"},
    {"two parts of a protocol", "SIP/UDP h", 8, "sent-protocol"},
    {"empty version", "SIP//UDP h", 4, "sent-protocol"},
    {"no blank before sent-by", "SIP/2.0/UDP", 11, "sent-by"},
    {"no sent-by", "SIP/2.0/UDP ;branch=a", 12, "I6"},
    {"sent-by in a broken bracket", "SIP/2.0/UDP [::1;branch=a", 16, "IPv6reference"},
    {"I6 sent-by no address", "SIP/2.0/UDP 300.1.1.1", 12, "I6"},
    {"IPv6 without brackets", "SIP/2.0/UDP 2001:db8::1", 12, "I6"},
    {"port 0", "SIP/2.0/UDP h:0", 14, "port"},
    {"port too large", "SIP/2.0/UDP h:65536", 14, "port"},
    {"no port", "SIP/2.0/UDP h:;x", 14, "port"},
    {"port no number", "SIP/2.0/UDP h:50a", 14, "port"},
    {"text behind sent-by", "SIP/2.0/UDP h x", 14, "generic-param"},
    {"comma in a value", "SIP/2.0/UDP h,SIP/2.0/UDP g", 13, "generic-param"},
    {"empty parameter", "SIP/2.0/UDP h;;branch=a", 14, "generic-param"},
    {"semicolon last", "SIP/2.0/UDP h;", 14, "generic-param"},
    {"branch without a value", "SIP/2.0/UDP h;branch", 13, "via-branch"},
    {"branch with an empty value", "SIP/2.0/UDP h;branch=;x", 21, "gen-value"},
    {"branch twice", "SIP/2.0/UDP h;branch=a;branch=a", 22, "via-branch"},
    {"received no address", "SIP/2.0/UDP h;received=h.t", 13, "via-received"},
    {"received empty brackets", "SIP/2.0/UDP h;received=[]", 13, "via-received"},
    {"received twice", "SIP/2.0/UDP h;received=1.2.3.4;received=1.2.3.4", 30, "via-received"},
    {"rport too large", "SIP/2.0/UDP h;rport=65536", 13, "response-port"},
    {"rport 0", "SIP/2.0/UDP h;rport=0", 13, "response-port"},
    {"rport twice", "SIP/2.0/UDP h;rport;rport=1", 19, "response-port"},
    {"maddr no host", "SIP/2.0/UDP h;maddr=a_b-", 23, "host"},
    {"maddr without a value", "SIP/2.0/UDP h;maddr", 13, "via-maddr"},
    {"maddr twice", "SIP/2.0/UDP h;maddr=a;maddr=a", 21, "via-maddr"},
    {"ttl too large", "SIP/2.0/UDP h;ttl=256", 13, "via-ttl"},
    {"ttl twice", "SIP/2.0/UDP h;ttl=1;ttl=1", 19, "via-ttl"},
    {"quote not closed", "SIP/2.0/UDP h;x=\"a;branch=b", 16, "quoted-string"},
    {"text behind a quote", "SIP/2.0/UDP h;x=\"a\"b", 19, "generic-param"},
};

static void check(size_t row)
{
    const struct want *w = &valid[row].want;
    struct sw_slice value = text_copy(valid[row].value);
    struct sw_via v;
    struct sw_syntax err = {.rule = ""};
    if (sw_via_parse(value, &v, &err) != 0)
        fail_msg("%s: refused at %zu, %s", valid[row].name, err.offset, err.rule);
    bool same = is_text(v.transport, w->transport) && is_text(v.sent_by.text, w->host) &&
                v.sent_by.kind == w->kind && v.port == w->port && v.has_port == (w->port != 0) &&
                is_text(v.params, w->params) && is_text(v.branch, w->branch) &&
                v.has_branch == (w->branch != NULL) && is_text(v.received, w->received) &&
                v.has_received == (w->received != NULL) &&
                is_text(v.received_text, w->received_text) &&
                is_text(v.rport_text, w->rport_text) && v.has_rport == (w->rport_text != NULL) &&
                v.rport_value == w->rport && v.has_rport_value == (w->rport != 0) &&
                is_text(v.maddr.text, w->maddr) && v.has_maddr == (w->maddr != NULL) &&
                v.has_ttl == (w->ttl >= 0) && v.ttl == (w->ttl < 0 ? 0 : w->ttl) &&
                sw_slice_eq(v.text, value);
    if (!same)
        fail_msg("%s: read, but not as expected", valid[row].name);
    text_drop(value);
}

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(valid); i++)
        check(i);
}

static void test_invalid_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(invalid); i++) {
        struct sw_via v = {.port = 4711};
        struct sw_syntax err = {.rule = ""};
        struct sw_slice value = text_copy(invalid[i].value);
        int rc = sw_via_parse(value, &v, &err);
        if (rc != SW_E_SYNTAX || err.offset != invalid[i].offset ||
            strcmp(err.rule, invalid[i].rule) != 0)
            fail_msg("%s: gives %d at %zu, %s", invalid[i].name, rc, err.offset, err.rule);
        assert_int_equal(v.port, 4711);
        assert_int_equal(sw_via_parse(value, &v, NULL), SW_E_SYNTAX);
        text_drop(value);
    }
}

static void test_sent_by_alone_survives_broken_parameters(void **state)
{
    (void)state;
    struct sw_via v;
    struct sw_slice value = SW_LIT("SIP/2.0/TCP 192.0.2.15:5070;;branch=,;,,");
    assert_int_equal(sw_via_parse_sent(value, &v, NULL), 0);
    assert_true(is_text(v.text, "SIP/2.0/TCP 192.0.2.15:5070"));
    assert_true(is_text(v.transport, "TCP"));
    assert_int_equal(v.port, 5070);
    assert_false(v.has_branch);
    assert_int_equal(sw_via_parse_sent(SW_LIT("SIP/2.0/TCP ;branch=a"), &v, NULL), SW_E_SYNTAX);
}

static void test_branches_of_rfc_3261(void **state)
{
    (void)state;
    assert_true(sw_branch_is_3261(SW_LIT("z9hG4bK1")));
    assert_true(sw_branch_is_3261(SW_LIT("Z9HG4BKx")));
    assert_false(sw_branch_is_3261(SW_LIT("z9hG4bK"))); /* RFC 4475 3.2.1 */
    assert_false(sw_branch_is_3261(SW_LIT("z9hG4b1")));
    assert_false(sw_branch_is_3261(SW_LIT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid_says_where_and_why),
        cmocka_unit_test(test_sent_by_alone_survives_broken_parameters),
        cmocka_unit_test(test_branches_of_rfc_3261),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
