/* SPDX-License-Identifier: BSD-2-Clause */
/* H1, H2 as rows: what a certificate says, the name that was asked for, the verdict. */
#include "base/buf.h"
#include "proxy/identity.h"
#include "support/check.h"

enum { NAMES_MAX = 8 };

#define URI(text)                                                                                  \
    {                                                                                              \
        PX_CERT_URI, {(text), sizeof(text) - 1},                                                   \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define DNS(text)                                                                                  \
    {                                                                                              \
        PX_CERT_DNS, {(text), sizeof(text) - 1},                                                   \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CN(text)                                                                                   \
    {                                                                                              \
        PX_CERT_COMMON, {(text), sizeof(text) - 1},                                                \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define IP4(a, b, c, d)                                                                            \
    {                                                                                              \
        PX_CERT_ADDR, {NULL, 0},                                                                   \
        {                                                                                          \
            4,                                                                                     \
            {                                                                                      \
                a, b, c, d                                                                         \
            }                                                                                      \
        }                                                                                          \
    }
#define OTHER                                                                                      \
    {                                                                                              \
        PX_CERT_OTHER, {NULL, 0},                                                                  \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static const struct px_identity_rules strict = {0};
static const struct px_identity_rules wild = {.wildcards = true};
static const struct px_identity_rules common = {.common_name = true};

struct row {
    const char *claim;
    struct px_cert_name names[NAMES_MAX];
    size_t count;
    struct sw_slice wanted;
    const struct px_identity_rules *rules;
    enum px_identity want;
};

#define WANT(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

static const struct row rows[] = {
    {"T121 dNSName", {DNS("d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"dNSName, case", {DNS("D.t")}, 1, WANT("d.T"), &strict, PX_IDENTITY_OK},
    {"dNSName, dot", {DNS("d.t.")}, 1, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"wanted, dot", {DNS("d.t")}, 1, WANT("d.t."), &strict, PX_IDENTITY_OK},
    {"dNSName among others", {DNS("a.t"), DNS("d.t")}, 2, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"T122 another host", {DNS("h.x.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"below it", {DNS("a.d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"above it", {DNS("t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"ends alike", {DNS("bad.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"empty", {DNS("")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"NUL inside", {DNS("d.t\0.evil.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"NUL behind", {DNS("d.t\0")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"NUL before", {DNS("\0d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_DNS},
    {"T123 SIP URI", {URI("sip:d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"SIP URI, case", {URI("SIP:D.T")}, 1, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"SIP URI with a port", {URI("sip:d.t:5061")}, 1, WANT("d.t"), &strict, PX_IDENTITY_OK},
    {"T123 SIP URI of a user", {URI("sip:bob@d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_NONE},
    {"a user's URI is no domain's, so dNSName counts",
     {URI("sip:bob@d.t"), DNS("d.t")},
     2,
     WANT("d.t"),
     &strict,
     PX_IDENTITY_OK},
    {"only SIP URIs count where there are some",
     {URI("sip:o.t"), DNS("d.t")},
     2,
     WANT("d.t"),
     &strict,
     PX_IDENTITY_URI},
    {"whatever their order",
     {DNS("d.t"), URI("sip:o.t")},
     2,
     WANT("d.t"),
     &strict,
     PX_IDENTITY_URI},
    {"any of the SIP URIs",
     {URI("sip:o.t"), URI("sip:d.t")},
     2,
     WANT("d.t"),
     &strict,
     PX_IDENTITY_OK},
    {"other schemes do not count",
     {URI("https://o.t/"), DNS("d.t")},
     2,
     WANT("d.t"),
     &strict,
     PX_IDENTITY_OK},
    {"nor does sips", {URI("sips:d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_NONE},
    {"NUL in a SIP URI", {URI("sip:d.t\0")}, 1, WANT("d.t"), &strict, PX_IDENTITY_NONE},
    {"SIP URI without wildcards", {URI("sip:*.d.t")}, 1, WANT("a.d.t"), &wild, PX_IDENTITY_NONE},
    {"T124 wildcard", {DNS("*.d.t")}, 1, WANT("a.d.t"), &strict, PX_IDENTITY_DNS},
    {"wildcard, if configured", {DNS("*.d.t")}, 1, WANT("a.d.t"), &wild, PX_IDENTITY_OK},
    {"for one label", {DNS("*.d.t")}, 1, WANT("b.a.d.t"), &wild, PX_IDENTITY_DNS},
    {"not for none", {DNS("*.d.t")}, 1, WANT("d.t"), &wild, PX_IDENTITY_DNS},
    {"nor for an empty one", {DNS("*.d.t")}, 1, WANT(".d.t"), &wild, PX_IDENTITY_DNS},
    {"T124 not for a top level", {DNS("*.t")}, 1, WANT("d.t"), &wild, PX_IDENTITY_DNS},
    {"not for part of a label", {DNS("a*.d.t")}, 1, WANT("ab.d.t"), &wild, PX_IDENTITY_DNS},
    {"not in the middle", {DNS("a.*.t")}, 1, WANT("a.d.t"), &wild, PX_IDENTITY_DNS},
    {"T125 common name beside others",
     {DNS("o.t"), CN("d.t")},
     2,
     WANT("d.t"),
     &common,
     PX_IDENTITY_DNS},
    {"common name alone", {CN("d.t")}, 1, WANT("d.t"), &strict, PX_IDENTITY_NONE},
    {"common name, if configured", {CN("d.t")}, 1, WANT("d.t"), &common, PX_IDENTITY_OK},
    {"another common name", {CN("o.t")}, 1, WANT("d.t"), &common, PX_IDENTITY_DNS},
    {"not beside an address",
     {IP4(192, 0, 2, 1), CN("d.t")},
     2,
     WANT("d.t"),
     &common,
     PX_IDENTITY_NONE},
    {"not beside another form", {OTHER, CN("d.t")}, 2, WANT("d.t"), &common, PX_IDENTITY_NONE},
    {"not beside a user's URI",
     {URI("sip:bob@d.t"), CN("d.t")},
     2,
     WANT("d.t"),
     &common,
     PX_IDENTITY_NONE},
    {"T128 address", {IP4(192, 0, 2, 1)}, 1, WANT("192.0.2.1"), &strict, PX_IDENTITY_OK},
    {"another address", {IP4(192, 0, 2, 2)}, 1, WANT("192.0.2.1"), &strict, PX_IDENTITY_ADDR},
    {"an address as dNSName", {DNS("192.0.2.1")}, 1, WANT("192.0.2.1"), &strict, PX_IDENTITY_ADDR},
    {"an address as common name",
     {CN("192.0.2.1")},
     1,
     WANT("192.0.2.1"),
     &common,
     PX_IDENTITY_ADDR},
    {"an address as SIP URI",
     {URI("sip:192.0.2.1")},
     1,
     WANT("192.0.2.1"),
     &strict,
     PX_IDENTITY_ADDR},
    {"4 octets are not the first of 16",
     {{PX_CERT_ADDR, {NULL, 0}, {6, {192, 0, 2, 1}}}},
     1,
     WANT("192.0.2.1"),
     &strict,
     PX_IDENTITY_ADDR},
    {"IPv6",
     {{PX_CERT_ADDR, {NULL, 0}, {6, {0x20, 1, 0xd, 0xb8, [15] = 1}}}},
     1,
     WANT("2001:db8::1"),
     &strict,
     PX_IDENTITY_OK},
    {"no name at all", {OTHER}, 0, WANT("d.t"), &common, PX_IDENTITY_NONE},
};

static void h2_who_may_speak_for_a_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct px_cert cert = {rows[i].names, rows[i].count};
        enum px_identity got = px_identity_check(&cert, rows[i].wanted, rows[i].rules);
        if (got != rows[i].want)
            fail_msg("%s: %s", rows[i].claim, px_identity_text(got));
    }
}

static enum px_identity covers(const char *names, bool all)
{
    static const struct px_cert_name of[] = {DNS("d.t"), DNS("h.x.t")};
    const struct px_cert cert = {of, SW_ARRAY_LEN(of)};
    struct sw_slice list[3], rest = sw_slice_str(names);
    size_t count = 0;

    while (rest.len > 0) {
        size_t end = sw_slice_find(rest, ' ');
        list[count++] = sw_slice_sub(rest, 0, end);
        rest = end == SIZE_MAX ? (struct sw_slice){NULL, 0} : sw_slice_sub(rest, end + 1, rest.len);
    }
    return px_identity_covers(&cert, &(struct px_wanted){list, count, all}, &strict);
}

static void h1_any_name_of_the_candidate_or_all_of_them(void **state)
{
    (void)state;
    assert_int_equal(covers("d.t", false), PX_IDENTITY_OK);
    assert_int_equal(covers("o.t d.t", false), PX_IDENTITY_OK);
    assert_int_equal(covers("o.t p.t", false), PX_IDENTITY_DNS);
    assert_int_equal(covers("d.t h.x.t", true), PX_IDENTITY_OK);
    assert_int_equal(covers("d.t o.t h.x.t", true), PX_IDENTITY_DNS);
    /* Nothing to prove is nothing proved. */
    assert_int_equal(covers("", false), PX_IDENTITY_NONE);
    assert_int_equal(covers("", true), PX_IDENTITY_NONE);
}

static const char *written(const struct px_cert_name *names, size_t count)
{
    static char room[128];
    struct sw_buf b = sw_buf(room, sizeof room);

    px_cert_write(&b, &(struct px_cert){names, count});
    return sw_buf_cstr(&b);
}

static void h6_what_a_certificate_says_is_written_escaped_and_short(void **state)
{
    static const struct px_cert_name names[] = {
        URI("sip:d.t"), DNS("a\0\"b"), IP4(192, 0, 2, 1), CN("d.t"), OTHER, DNS("e.t"),
    };
    static const struct px_cert_name empty[] = {DNS(""), CN("")};
    (void)state;
    assert_string_equal(written(names, 0), "no name");
    assert_string_equal(written(names, 2), "sip:d.t, a\\000\\034b");
    assert_string_equal(written(names, 6), "sip:d.t, a\\000\\034b, 192.0.2.1, CN d.t (and 2 more)");
    assert_string_equal(written(names + 4, 1), "another form");
    assert_string_equal(written(empty, 2), "an empty name, CN an empty name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h2_who_may_speak_for_a_domain),
        cmocka_unit_test(h1_any_name_of_the_candidate_or_all_of_them),
        cmocka_unit_test(h6_what_a_certificate_says_is_written_escaped_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
