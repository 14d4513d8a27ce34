/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A string of n times the same text. */
#define X4(s) s s s s
#define X16(s) X4(s) X4(s) X4(s) X4(s)
#define LABEL63 X16("a") X16("b") X16("c") X4("d") X4("e") X4("f") "ggg"
#define NAME253                                                                                    \
    LABEL63 "." LABEL63 "." LABEL63 "." X16("h") X16("i") X16("j") X4("k") X4("l") X4("m") "n"

struct want {
    enum sw_scheme scheme;
    const char *user; /* NULL: absent */
    const char *password;
    enum sw_host_kind kind;
    const char *host;
    int port; /* 0: absent */
    const char *params;
    const char *headers;
    const char *transport; /* NULL: absent */
    const char *maddr;
    bool has_lr;
};

#define NAME SW_HOST_NAME
#define IPV4 SW_HOST_IPV4
#define IPV6 SW_HOST_IPV6

static const struct {
    const char *name;
    const char *text;
    struct want want;
} valid[] = {
    {"host alone", "sip:example.com", {.host = "example.com"}},
    {"I1 scheme in any case", "SIP:example.com", {.host = "example.com"}},
    {"I1 sips", "sIpS:example.com", {.scheme = SW_SCHEME_SIPS, .host = "example.com"}},
    {"user", "sip:alice@example.com", {.user = "alice", .host = "example.com"}},
    {"user and password",
     "sip:alice:secret@example.com",
     {.user = "alice", .password = "secret", .host = "example.com"}},
    {"empty password", "sip:a:@example.com", {.user = "a", .password = "", .host = "example.com"}},
    {"port", "sip:example.com:5080", {.host = "example.com", .port = 5080}},
    {"smallest port", "sip:h:1", {.host = "h", .port = 1}},
    {"largest port", "sip:h:65535", {.host = "h", .port = 65535}},
    {"port with leading zeros", "sip:h:05060", {.host = "h", .port = 5060}},
    {"long run of zeros in a port", "sip:h:000000000000000005060", {.host = "h", .port = 5060}},
    {"user with semicolons and a parameter look-alike",
     "sip:user;par=u%40example.net@example.com",
     {.user = "user;par=u%40example.net", .host = "example.com"}},
    {"user with every unreserved character",
     "sip:a-_.!~*'()&=+$,;?/%20@h",
     {.user = "a-_.!~*'()&=+$,;?/%20", .host = "h"}},
    {"user that looks like a URI",
     "sip:sips%3Aalice%40example.com@example.net",
     {.user = "sips%3Aalice%40example.com", .host = "example.net"}},
    {"escaped NUL in the user",
     "sip:null-%00-null@example.com",
     {.user = "null-%00-null", .host = "example.com"}},
    {"telephone number with parameters",
     "sip:+1-212-555-0101;isub=1411@example.com;user=phone",
     {.user = "+1-212-555-0101;isub=1411", .host = "example.com", .params = ";user=phone"}},
    {"password with every allowed character",
     "sip:u:a&=+$,-_.!~*'()%3f@h",
     {.user = "u", .password = "a&=+$,-_.!~*'()%3f", .host = "h"}},
    {"I2 trailing dot is kept in the text", "sip:d.t.", {.host = "d.t."}},
    {"trailing dot and port", "sip:d.t.:5070", {.host = "d.t.", .port = 5070}},
    {"single label", "sip:localhost", {.host = "localhost"}},
    {"label of one letter", "sip:x", {.host = "x"}},
    {"hyphens inside labels", "sip:a--b.c-d.example", {.host = "a--b.c-d.example"}},
    {"underscore in a name",
     "sip:h;maddr=_sip._udp.d.t",
     {.host = "h", .params = ";maddr=_sip._udp.d.t", .maddr = "_sip._udp.d.t"}},
    {"digits first in labels", "sip:3com.1and1.example", {.host = "3com.1and1.example"}},
    {"digits first in the last label", "sip:3fa9c2b1d0e4", {.host = "3fa9c2b1d0e4"}},
    {"T20 hexadecimal is a name, never an address", "sip:0x7f000001", {.host = "0x7f000001"}},
    {"I6 label of 63 octets", "sip:" LABEL63 ".t", {.host = LABEL63 ".t"}},
    {"I6 name of 253 octets", "sip:" NAME253, {.host = NAME253}},
    {"I6 name of 253 octets with a trailing dot", "sip:" NAME253 ".", {.host = NAME253 "."}},
    {"T01 IPv4 address", "sip:u@192.0.2.1", {.user = "u", .kind = IPV4, .host = "192.0.2.1"}},
    {"IPv4 with zero octets", "sip:0.0.0.0", {.kind = IPV4, .host = "0.0.0.0"}},
    {"IPv4 255.255.255.255", "sip:255.255.255.255", {.kind = IPV4, .host = "255.255.255.255"}},
    {"T02 IPv6 reference with a port",
     "sip:u@[2001:db8::1]:5080",
     {.user = "u", .kind = IPV6, .host = "2001:db8::1", .port = 5080}},
    {"IPv6 loopback", "sip:[::1]", {.kind = IPV6, .host = "::1"}},
    {"IPv6 unspecified", "sip:[::]", {.kind = IPV6, .host = "::"}},
    {"IPv6 whose last group looks like a port",
     "sip:[2001:db8::10:5070]",
     {.kind = IPV6, .host = "2001:db8::10:5070"}},
    {"IPv6 with an IPv4 tail",
     "sip:[::ffff:192.0.2.10]:19823",
     {.kind = IPV6, .host = "::ffff:192.0.2.10", .port = 19823}},
    {"IPv6 in capitals", "sip:[2001:DB8::A]", {.kind = IPV6, .host = "2001:DB8::A"}},
    {"IPv6 with all groups",
     "sip:[2001:db8:0:0:0:0:0:1];lr",
     {.kind = IPV6, .host = "2001:db8:0:0:0:0:0:1", .params = ";lr", .has_lr = true}},
    {"transport",
     "sip:h;transport=tcp",
     {.host = "h", .params = ";transport=tcp", .transport = "tcp"}},
    {"T06 parameter name and value in any case",
     "sip:h;TransPort=TCP",
     {.host = "h", .params = ";TransPort=TCP", .transport = "TCP"}},
    {"unknown transport is well-formed",
     "sip:h;transport=d.tls+x",
     {.host = "h", .params = ";transport=d.tls+x", .transport = "d.tls+x"}},
    {"lr", "sip:h;lr", {.host = "h", .params = ";lr", .has_lr = true}},
    {"lr with a value", "sip:h;lr=on", {.host = "h", .params = ";lr=on", .has_lr = true}},
    {"lrx is not lr", "sip:h;lrx", {.host = "h", .params = ";lrx"}},
    {"T12 maddr a name",
     "sip:d.t;maddr=m.t",
     {.host = "d.t", .params = ";maddr=m.t", .maddr = "m.t"}},
    {"T14 maddr an address",
     "sip:d.t;maddr=192.0.2.7",
     {.host = "d.t", .params = ";maddr=192.0.2.7", .maddr = "192.0.2.7"}},
    {"I2 maddr an IPv6 reference",
     "sip:d.t;maddr=[2001:db8::7]",
     {.host = "d.t", .params = ";maddr=[2001:db8::7]", .maddr = "2001:db8::7"}},
    {"all known parameters",
     "sip:h;transport=udp;user=ip;method=INVITE;ttl=1;maddr=239.255.255.1;lr",
     {.host = "h",
      .params = ";transport=udp;user=ip;method=INVITE;ttl=1;maddr=239.255.255.1;lr",
      .transport = "udp",
      .maddr = "239.255.255.1",
      .has_lr = true}},
    {"unknown parameters, also twice", "sip:h;x=1;x=2;y", {.host = "h", .params = ";x=1;x=2;y"}},
    {"parameter with every allowed character",
     "sip:h;a[]/:&+$-_.!~*'()%41=b[]/:&+$-_.!~*'()%42",
     {.host = "h", .params = ";a[]/:&+$-_.!~*'()%41=b[]/:&+$-_.!~*'()%42"}},
    {"headers", "sip:h?a=b&c=", {.host = "h", .headers = "?a=b&c="}},
    {"headers behind parameters",
     "sip:h:5060;lr?Subject=hi%20there&to=sip:bob%40h",
     {.host = "h",
      .port = 5060,
      .params = ";lr",
      .headers = "?Subject=hi%20there&to=sip:bob%40h",
      .has_lr = true}},
    {"header with every allowed character",
     "sip:h?a[]/?:+$-_.!~*'()%41=b[]/?:+$-_.!~*'()%42",
     {.host = "h", .headers = "?a[]/?:+$-_.!~*'()%41=b[]/?:+$-_.!~*'()%42"}},
    {"the whole",
     "sips:u:p@h.t.:5071;transport=ws;x?y=z",
     {.scheme = SW_SCHEME_SIPS,
      .user = "u",
      .password = "p",
      .host = "h.t.",
      .port = 5071,
      .params = ";transport=ws;x",
      .headers = "?y=z",
      .transport = "ws"}},
};

static const struct {
    const char *name;
    const char *text;
    int rc;
    size_t offset;
    const char *rule;
} invalid[] = {
    {"I1 empty text", "", SW_E_SYNTAX, 0, "I1"},
    {"I1 no scheme", "alice@example.com", SW_E_SYNTAX, 5, "I1"},
    {"I1 no scheme, a name only", "example.com", SW_E_SYNTAX, 11, "I1"},
    {"I1 colon first", ":example.com", SW_E_SYNTAX, 0, "I1"},
    {"I1 digit first", "1sip:example.com", SW_E_SYNTAX, 4, "I1"},
    {"I1 blank before", " sip:h", SW_E_SYNTAX, 0, "I1"},
    {"I1 angle brackets", "<sip:h>", SW_E_SYNTAX, 0, "I1"},
    {"I1 tel", "tel:+12125550101", SW_E_SCHEME, 0, "I1"},
    {"I1 http", "http://example.com/", SW_E_SCHEME, 0, "I1"},
    {"I1 unknown scheme", "nobodyKnowsThisScheme:totallyopaque", SW_E_SCHEME, 0, "I1"},
    {"I1 sipx", "sipx:h", SW_E_SCHEME, 0, "I1"},
    {"I1 a host and port is a scheme", "example.com:5060", SW_E_SCHEME, 0, "I1"},
    {"I6 nothing behind the scheme", "sip:", SW_E_SYNTAX, 4, "I6"},
    {"I6 user without host", "sip:u@", SW_E_SYNTAX, 6, "I6"},
    {"I6 port without host", "sip::5060", SW_E_SYNTAX, 4, "I6"},
    {"I6 parameters without host", "sip:;lr", SW_E_SYNTAX, 4, "I6"},
    {"I6 a dot", "sip:.", SW_E_SYNTAX, 4, "I6"},
    {"empty user", "sip:@h", SW_E_SYNTAX, 4, "user"},
    {"empty user with password", "sip::p@h", SW_E_SYNTAX, 4, "user"},
    {"blank in the user", "sip:a b@h", SW_E_SYNTAX, 5, "userinfo"},
    {"quote in the user", "sip:\"a\"@h", SW_E_SYNTAX, 4, "user"},
    {"bracket in the user", "sip:a[b]@h", SW_E_SYNTAX, 5, "userinfo"},
    {"two colons before the @", "sip:a:b:c@h", SW_E_SYNTAX, 7, "userinfo"},
    {"semicolon in the password", "sip:a:b;c@h", SW_E_SYNTAX, 7, "userinfo"},
    {"two @", "sip:a@b@h", SW_E_SYNTAX, 7, "host"},
    {"bad escape in the user", "sip:a%4@h", SW_E_SYNTAX, 5, "escaped"},
    {"bad escape in the password", "sip:a:%x@h", SW_E_SYNTAX, 6, "escaped"},
    {"bad escape in a header's name", "sip:h?%4=b", SW_E_SYNTAX, 6, "escaped"},
    {"bad escape in a header's value", "sip:h?a=%4", SW_E_SYNTAX, 8, "escaped"},
    {"bad escape in a parameter's name", "sip:h;%g1", SW_E_SYNTAX, 6, "escaped"},
    {"cut escape at the end", "sip:h;a=%4", SW_E_SYNTAX, 8, "escaped"},
    {"escape of no hexadecimal", "sip:h;a=%zz", SW_E_SYNTAX, 8, "escaped"},
    {"escape in the host", "sip:%68ost", SW_E_SYNTAX, 4, "host"},
    {"blank in the host", "sip:h h", SW_E_SYNTAX, 5, "host"},
    {"NUL-like control in the host", "sip:h\x01", SW_E_SYNTAX, 5, "host"},
    {"octet above 127 in the host", "sip:b\xc3\xbc.t", SW_E_SYNTAX, 5, "host"},
    {"octet above 127 in the user", "sip:b\xc3\xbc@t", SW_E_SYNTAX, 5, "userinfo"},
    {"empty label", "sip:a..b", SW_E_SYNTAX, 6, "host"},
    {"dot first", "sip:.a", SW_E_SYNTAX, 4, "host"},
    {"two dots last", "sip:a..", SW_E_SYNTAX, 6, "host"},
    {"hyphen first", "sip:-a.t", SW_E_SYNTAX, 4, "host"},
    {"hyphen last", "sip:a-.t", SW_E_SYNTAX, 5, "host"},
    {"I6 label of 64 octets", "sip:" LABEL63 "x.t", SW_E_SYNTAX, 4 + 63, "I6"},
    {"I6 name of 254 octets", "sip:" NAME253 "x", SW_E_SYNTAX, 4 + 253, "I6"},
    {"I6 port 0", "sip:h:0", SW_E_SYNTAX, 6, "I6"},
    {"I6 port 65536", "sip:h:65536", SW_E_SYNTAX, 6, "I6"},
    {"I6 port of 20 digits", "sip:h:18446744073709551617", SW_E_SYNTAX, 6, "I6"},
    {"no port behind the colon", "sip:h:", SW_E_SYNTAX, 6, "port"},
    {"no digits in the port", "sip:h:x", SW_E_SYNTAX, 6, "port"},
    {"letters behind the port", "sip:h:5060x", SW_E_SYNTAX, 10, "SIP-URI"},
    {"blank behind the port", "sip:h:5060 ", SW_E_SYNTAX, 10, "SIP-URI"},
    {"negative port", "sip:h:-1", SW_E_SYNTAX, 6, "port"},
    {"I6 T20 octet above 255", "sip:300.1.1.1", SW_E_SYNTAX, 4, "I6"},
    {"I6 T20 three parts", "sip:1.2.3", SW_E_SYNTAX, 4, "I6"},
    {"I6 T20 leading zeros", "sip:010.0.0.1", SW_E_SYNTAX, 4, "I6"},
    {"I6 T20 hexadecimal first part", "sip:0x7f.1", SW_E_SYNTAX, 4, "I6"},
    {"I6 T20 five parts", "sip:1.2.3.4.5", SW_E_SYNTAX, 4, "I6"},
    {"I6 a single number", "sip:2130706433", SW_E_SYNTAX, 4, "I6"},
    {"I6 a name that ends in digits", "sip:example.123", SW_E_SYNTAX, 4, "I6"},
    {"I6 an address with a trailing dot", "sip:192.0.2.1.", SW_E_SYNTAX, 4, "I6"},
    {"IPv6 without brackets", "sip:2001:db8::1", SW_E_SYNTAX, 4, "I6"},
    {"IPv6 without brackets and letters first", "sip:fe80::1", SW_E_SYNTAX, 9, "port"},
    {"IPv6 bracket not closed", "sip:[2001:db8::1", SW_E_SYNTAX, 16, "IPv6reference"},
    {"IPv6 bracket not closed before parameters", "sip:[::1;lr", SW_E_SYNTAX, 8, "IPv6reference"},
    {"empty brackets", "sip:[]", SW_E_SYNTAX, 5, "IPv6reference"},
    {"IPv6 of three colons", "sip:[2001:db8:::1]", SW_E_SYNTAX, 5, "IPv6reference"},
    {"IPv6 with a zone", "sip:[fe80::1%25eth0]", SW_E_SYNTAX, 5, "IPv6reference"},
    {"IPv4 in brackets", "sip:[192.0.2.1]", SW_E_SYNTAX, 5, "IPv6reference"},
    {"text behind the bracket", "sip:[::1]x", SW_E_SYNTAX, 9, "host"},
    {"bracket inside a name", "sip:a[::1]", SW_E_SYNTAX, 5, "host"},
    {"semicolon last", "sip:h;", SW_E_SYNTAX, 6, "uri-parameter"},
    {"empty parameter", "sip:h;;lr", SW_E_SYNTAX, 6, "uri-parameter"},
    {"parameter without a name", "sip:h;=1", SW_E_SYNTAX, 6, "uri-parameter"},
    {"parameter with = and no value", "sip:h;a=", SW_E_SYNTAX, 8, "uri-parameter"},
    {"blank between parameters", "sip:h; lr", SW_E_SYNTAX, 6, "uri-parameter"},
    {"blank before parameters", "sip:h ;lr", SW_E_SYNTAX, 5, "host"},
    {"two = in a parameter", "sip:h;a=b=c", SW_E_SYNTAX, 9, "SIP-URI"},
    {"transport twice", "sip:h;transport=udp;x;Transport=tcp", SW_E_SYNTAX, 22, "transport"},
    {"maddr twice", "sip:h;maddr=a;maddr=a", SW_E_SYNTAX, 14, "maddr"},
    {"lr twice", "sip:h;lr;lr", SW_E_SYNTAX, 9, "lr"},
    {"ttl twice", "sip:h;ttl=1;ttl=1", SW_E_SYNTAX, 12, "ttl"},
    {"user twice", "sip:h;user=ip;user=ip", SW_E_SYNTAX, 14, "user"},
    {"method twice", "sip:h;method=A;METHOD=A", SW_E_SYNTAX, 15, "method"},
    {"transport without a value", "sip:h;transport", SW_E_SYNTAX, 6, "transport"},
    {"maddr without a value", "sip:h;maddr", SW_E_SYNTAX, 6, "maddr"},
    {"I6 maddr not an address", "sip:h;maddr=300.1.1.1", SW_E_SYNTAX, 12, "I6"},
    {"maddr with a bad character", "sip:h;maddr=a+b", SW_E_SYNTAX, 13, "host"},
    {"maddr IPv6 without brackets", "sip:h;maddr=2001:db8::1", SW_E_SYNTAX, 16, "host"},
    {"no headers behind the ?", "sip:h?", SW_E_SYNTAX, 6, "headers"},
    {"header without =", "sip:h?a", SW_E_SYNTAX, 7, "headers"},
    {"header without a name", "sip:h?=b", SW_E_SYNTAX, 6, "headers"},
    {"ampersand last", "sip:h?a=b&", SW_E_SYNTAX, 10, "headers"},
    {"@ in the headers belongs to the user", "sip:h?to=bob@h;x@y", SW_E_SYNTAX, 16, "SIP-URI"},
    {"semicolon in the headers", "sip:h?a=b;c", SW_E_SYNTAX, 9, "SIP-URI"},
    {"line end", "sip:h;lr\r\n", SW_E_SYNTAX, 8, "SIP-URI"},
};

static bool is_text(struct sw_slice s, const char *want)
{
    return sw_slice_eq(s, sw_slice_str(want == NULL ? "" : want));
}

/* An exact copy on the heap, so that a sanitizer sees a read behind the end. */
static struct sw_slice copy_of(const char *text)
{
    size_t len = strlen(text);
    char *p = malloc(len + (len == 0));
    assert_non_null(p);
    memcpy(p, text, len);
    return sw_slice(p, len);
}

static void test_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(valid); i++) {
        const struct want *w = &valid[i].want;
        struct sw_slice text = copy_of(valid[i].text);
        struct sw_uri u;
        struct sw_syntax err = {0};
        if (sw_uri_parse(text, &u, &err) != 0)
            fail_msg("%s: refused at %zu, %s: %s", valid[i].name, err.offset, err.rule, err.what);
        bool same =
            u.scheme == w->scheme && u.has_user == (w->user != NULL) && is_text(u.user, w->user) &&
            (u.password.p != NULL) == (w->password != NULL) && is_text(u.password, w->password) &&
            u.host.kind == w->kind && is_text(u.host.text, w->host) && u.port == w->port &&
            u.has_port == (w->port != 0) && is_text(u.params, w->params) &&
            is_text(u.headers, w->headers) && is_text(u.transport, w->transport) &&
            u.has_transport == (w->transport != NULL) && is_text(u.maddr.text, w->maddr) &&
            u.has_maddr == (w->maddr != NULL) && u.has_lr == w->has_lr && sw_slice_eq(u.text, text);
        if (!same)
            fail_msg("%s: read, but not as expected", valid[i].name);
        assert_true((u.host.addr.family == 0) == (w->kind == NAME));
        free((void *)(uintptr_t)text.p);
    }
}

static void test_invalid_says_where_and_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(invalid); i++) {
        struct sw_slice text = copy_of(invalid[i].text);
        struct sw_uri u = {.port = 4711};
        struct sw_syntax err = {.offset = 9999, .rule = "", .what = ""};
        int rc = sw_uri_parse(text, &u, &err);
        if (rc != invalid[i].rc || err.offset != invalid[i].offset ||
            strcmp(err.rule, invalid[i].rule) != 0)
            fail_msg("%s: gives %d at %zu, %s: %s", invalid[i].name, rc, err.offset, err.rule,
                     err.what);
        assert_true(strlen(err.what) > 0);
        assert_int_equal(u.port, 4711); /* untouched */
        assert_int_equal(sw_uri_parse(text, &u, NULL), invalid[i].rc);
        free((void *)(uintptr_t)text.p);
    }
}

static void test_hosts_have_addresses(void **state)
{
    (void)state;
    static const uint8_t v4[16] = {192, 0, 2, 10};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 9};
    struct sw_host h;
    assert_int_equal(sw_host_parse(SW_LIT("192.0.2.10"), &h, NULL), 0);
    assert_int_equal(h.addr.family, 4);
    assert_memory_equal(h.addr.bytes, v4, sizeof v4);
    assert_int_equal(sw_host_parse(SW_LIT("[2001:db8::9]"), &h, NULL), 0);
    assert_int_equal(h.addr.family, 6);
    assert_memory_equal(h.addr.bytes, v6, sizeof v6);
    assert_int_equal(sw_host_parse(SW_LIT(""), &h, NULL), SW_E_SYNTAX);
    assert_int_equal(sw_host_parse(SW_LIT("h:5060"), &h, NULL), SW_E_SYNTAX);
}

static const struct {
    const char *name, *a, *b;
    bool same;
} pairs[] = {
    {"itself", "sip:u@h", "sip:u@h", true},
    {"escape of a letter", "sip:%61lice@h.t;transport=TCP", "sip:alice@H.T;Transport=tcp", true},
    {"escape whose second digit is 0", "sip:%70@h", "sip:p@h", true},
    {"escape whose first digit is 0", "sip:%0a@h", "sip:%0A@h", true},
    {"escapes that differ", "sip:%0a@h", "sip:%0b@h", false},
    {"escape in another case", "sip:a%3b@h", "sip:a%3B@h", true},
    {"escape of a reserved character", "sip:a%3B@h", "sip:a;@h", false},
    {"unknown parameter in one", "sip:u@h", "sip:u@h;newparam=5", true},
    {"unknown parameter that differs", "sip:u@h;security=on", "sip:u@h;security=off", false},
    {"lr in one", "sip:h", "sip:h;lr", true},
    {"order of parameters", "sip:h;transport=tcp;method=A", "sip:h;method=A;transport=tcp", true},
    {"order of headers", "sip:h?subject=a%20b&x=y", "sip:h?x=y&Subject=a%20b", true},
    {"7.3.1 case of a header's value", "sip:h?a=B", "sip:h?A=b", true},
    {"header in one", "sip:h", "sip:h?Subject=x", false},
    {"header that differs", "sip:h?a=b", "sip:h?a=c", false},
    {"another header", "sip:h?a=b", "sip:h?c=b", false},
    {"one header more", "sip:h?a=b", "sip:h?a=b&a=b", false},
    {"case of the user", "sip:ALICE@h", "sip:alice@h", false},
    {"case of the scheme", "SIP:u@h", "sip:u@h", true},
    {"schemes", "sip:u@h", "sips:u@h", false},
    {"default port", "sip:h", "sip:h:5060", false},
    {"same port written otherwise", "sip:h:05060", "sip:h:5060", true},
    {"ports", "sip:h:5061", "sip:h:5060", false},
    {"transport in one", "sip:h", "sip:h;transport=udp", false},
    {"user parameter in one", "sip:h", "sip:h;user=ip", false},
    {"ttl in one", "sip:h;ttl=1", "sip:h", false},
    {"method in one", "sip:h;method=INVITE", "sip:h", false},
    {"maddr in one", "sip:h;maddr=h", "sip:h", false},
    {"maddr in another case", "sip:h;maddr=M.t", "sip:h;maddr=m.T", true},
    {"maddr that differs", "sip:h;maddr=a", "sip:h;maddr=b", false},
    {"maddr as an address", "sip:h;maddr=[2001:db8::1]", "sip:h;maddr=[2001:DB8:0::1]", true},
    {"user in one", "sip:h", "sip:u@h", false},
    {"password in one", "sip:u:@h", "sip:u@h", false},
    {"password's case", "sip:u:P@h", "sip:u:p@h", false},
    {"name and address", "sip:u@h.t", "sip:u@192.0.2.4", false},
    {"IPv6 in another form", "sip:[2001:db8::1]", "sip:[2001:DB8:0:0::0:1]", true},
    {"IPv6 that differs", "sip:[2001:db8::1]", "sip:[2001:db8::2]", false},
    {"I2 trailing dot", "sip:h.t.", "sip:h.t", true},
    {"hosts", "sip:h.t", "sip:g.t", false},
    {"one is the beginning of the other", "sip:alic@h", "sip:alice@h", false},
};

static void test_equality(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(pairs); i++) {
        struct sw_uri a, b;
        assert_int_equal(sw_uri_parse(sw_slice_str(pairs[i].a), &a, NULL), 0);
        assert_int_equal(sw_uri_parse(sw_slice_str(pairs[i].b), &b, NULL), 0);
        if (sw_uri_eq(&a, &b) != pairs[i].same || sw_uri_eq(&b, &a) != pairs[i].same)
            fail_msg("%s: %s and %s", pairs[i].name, pairs[i].a, pairs[i].b);
    }
}

/* "sip:" host ";p0;p1;..." with so many parameters. */
static struct sw_uri with_params(char room[1000], const char *host, size_t count)
{
    struct sw_uri u;
    size_t len = (size_t)snprintf(room, 1000, "sip:%s", host);
    for (size_t k = 0; k < count; k++)
        len += (size_t)snprintf(room + len, 1000 - len, ";p%zu", k);
    assert_int_equal(sw_uri_parse(sw_slice(room, len), &u, NULL), 0);
    return u;
}

/* Comparing lists costs a square; a list of thousands is equal to nothing but itself. */
static void test_equality_of_huge_lists_is_refused(void **state)
{
    (void)state;
    char room[4][1000];
    struct sw_uri few = with_params(room[0], "h", 64), as_few = with_params(room[1], "H", 64);
    struct sw_uri many = with_params(room[2], "h", 65), as_many = with_params(room[3], "H", 65);
    assert_true(sw_uri_eq(&few, &as_few));
    assert_false(sw_uri_eq(&many, &as_many));
    assert_false(sw_uri_eq(&few, &as_many));
    assert_false(sw_uri_eq(&as_many, &few));
    assert_true(sw_uri_eq(&many, &many));
}

static const struct {
    const char *name, *params, *param;
    const char *value; /* NULL: not found */
} found[] = {
    {"first", ";a=1;b=2", "a", "1"},
    {"last", ";a=1;b=2", "b", "2"},
    {"name in another case", ";BrAnch=z9hG4bK1", "branch", "z9hG4bK1"},
    {"without a value", ";rport;x", "rport", ""},
    {"empty value", ";rport=;x", "rport", ""},
    {"the first of two", ";a=1;a=2", "a", "1"},
    {"absent", ";a=1", "b", NULL},
    {"part of a name", ";rport=1", "port", NULL},
    {"beginning of a name", ";rport=1", "rpor", NULL},
    {"in a value only", ";x=tag", "tag", NULL},
    {"blanks around", " ; tag = 1234 ; x", "tag", "1234"},
    {"folded lines", "\r\n ;\r\n\ttag\r\n =\r\n x", "tag", "x"},
    {"quoted semicolon", ";a=\"x;tag=no\";tag=yes", "tag", "yes"},
    {"escaped quote", ";a=\"x\\\";tag=no\";tag=yes", "tag", "yes"},
    {"quoted value keeps its quotes", ";a=\"x y\";b", "a", "\"x y\""},
    {"quote not closed", ";a=\"x;tag=no", "tag", NULL},
    {"backslash last", ";a=\"x\\", "b", NULL},
    {"IPv6", ";received=[2001:db8::9:255];x", "received", "[2001:db8::9:255]"},
    {"empty", "", "a", NULL},
    {"empty name", ";;a", "", NULL},
    {"equals inside the value", ";a=b=c", "a", "b=c"},
};

static void test_param_find(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(found); i++) {
        struct sw_slice params = copy_of(found[i].params);
        struct sw_slice value = SW_LIT("untouched");
        bool is_found = sw_param_find(params, sw_slice_str(found[i].param), &value);
        const char *want = found[i].value == NULL ? "untouched" : found[i].value;
        if (is_found != (found[i].value != NULL) || !is_text(value, want))
            fail_msg("%s: %d, %.*s", found[i].name, is_found, (int)value.len, value.p);
        assert_int_equal(sw_param_find(params, sw_slice_str(found[i].param), NULL), is_found);
        free((void *)(uintptr_t)params.p);
    }
}

static void test_scheme_names(void **state)
{
    (void)state;
    assert_string_equal(sw_scheme_name(SW_SCHEME_SIP), "sip");
    assert_string_equal(sw_scheme_name(SW_SCHEME_SIPS), "sips");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_invalid_says_where_and_why),
        cmocka_unit_test(test_hosts_have_addresses),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_equality_of_huge_lists_is_refused),
        cmocka_unit_test(test_param_find),
        cmocka_unit_test(test_scheme_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
