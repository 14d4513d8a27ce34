/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zonefile.h"

#include "support/check.h"
#include "support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static struct sw_name name_of(const char *escaped, struct sw_name_room *room)
{
    struct sw_name n;
    assert_int_equal(sw_name_from_escaped(sw_slice_str(escaped), room, &n), 0);
    return n;
}

static struct ad_zone *read_good(const char *text)
{
    struct ad_dns_error error;
    struct ad_zone *z;
    char path[TEMP_PATH_MAX];
    temp_file(path, "good.zone", text);
    int rc = ad_zone_read(&z, path, &error);
    if (rc < 0)
        fail_msg("%s", error.text);
    return z;
}

static void assert_origin(const struct ad_zone *z, const char *want)
{
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write(&b, ad_zone_origin(z));
    assert_slice_equal(sw_buf_slice(&b), want);
}

/* What a good file means: the text for libunbound, without the SOA that is added. */
static void records_become_unmistakable_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"relative and absolute owners", "a A 192.0.2.1\nb.d.t. A 192.0.2.2\n",
         "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\nb.d.t. 3600 IN TYPE1 \\# 4 c0000202\n"},
        {"@ and inherited owners", "@ A 192.0.2.1\n  A 192.0.2.2\n\tA 192.0.2.3\n",
         "d.t. 3600 IN TYPE1 \\# 4 c0000201\nd.t. 3600 IN TYPE1 \\# 4 c0000202\n"
         "d.t. 3600 IN TYPE1 \\# 4 c0000203\n"},
        {"case and class", "A.D.T. in a 192.0.2.1\n", "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"TTL and class in either order", "a 60 IN A 192.0.2.1\nb IN 1h A 192.0.2.1\n",
         "a.d.t. 60 IN TYPE1 \\# 4 c0000201\nb.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"the TTL before holds on", "a 60 A 192.0.2.1\nb A 192.0.2.1\n",
         "a.d.t. 60 IN TYPE1 \\# 4 c0000201\nb.d.t. 60 IN TYPE1 \\# 4 c0000201\n"},
        {"but $TTL is stronger", "$TTL 1m30s\na 60 A 192.0.2.1\nb A 192.0.2.1\n",
         "a.d.t. 60 IN TYPE1 \\# 4 c0000201\nb.d.t. 90 IN TYPE1 \\# 4 c0000201\n"},
        {"the longest TTL is not the mark of stale answers",
         "a 2147483647 A 192.0.2.1\n$TTL 2147483647\nb A 192.0.2.1\n",
         "a.d.t. 2147483646 IN TYPE1 \\# 4 c0000201\nb.d.t. 2147483646 IN TYPE1 \\# 4 c0000201\n"},
        {"times with units", "$TTL 1w1d1h1m1s\na A 192.0.2.1\n",
         "a.d.t. 694861 IN TYPE1 \\# 4 c0000201\n"},
        {"comments and blank lines", "; x\n\n  ; y\na A 192.0.2.1 ; ( z\n",
         "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"parentheses", "a ( 60 ; x\n IN\n A 192.0.2.1 )\nb A 192.0.2.2\n",
         "a.d.t. 60 IN TYPE1 \\# 4 c0000201\nb.d.t. 60 IN TYPE1 \\# 4 c0000202\n"},
        {"carriage returns", "a A 192.0.2.1\r\nb A 192.0.2.2\r\n",
         "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\nb.d.t. 3600 IN TYPE1 \\# 4 c0000202\n"},
        {"no newline at the end", "a A 192.0.2.1", "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"AAAA", "a AAAA 2001:db8::1\n",
         "a.d.t. 3600 IN TYPE28 \\# 16 20010db8000000000000000000000001\n"},
        {"names in rdata", "a NS b\na2 PTR x.y.\nc CNAME @\ne DNAME f\n",
         "a.d.t. 3600 IN TYPE2 \\# 7 0162016401740"
         "0\na2.d.t. 3600 IN TYPE12 \\# 5 0178017900\n"
         "c.d.t. 3600 IN TYPE5 \\# 5 0164017400\ne.d.t. 3600 IN TYPE39 \\# 7 01660164017400\n"},
        {"SRV", "a SRV 1 2 5060 h\nb SRV 65535 0 0 .\n",
         "a.d.t. 3600 IN TYPE33 \\# 13 0001000213c401680164017400\n"
         "b.d.t. 3600 IN TYPE33 \\# 7 ffff0000000000\n"},
        {"NAPTR", "@ NAPTR 10 20 \"s\" SIP+D2U \"\" _sip._udp\n",
         "d.t. 3600 IN TYPE35 \\# 30 "
         "000a00140173075349502b44325500045f736970045f7564700164017400\n"},
        {"texts: escapes, semicolons, blanks", "@ TXT \"a;b c\" \\\"x\\065 \"\\\"\"\n",
         "d.t. 3600 IN TYPE16 \\# 12 05613b62206303227841"
         "0122\n"},
        {"RFC 3597 data", "a TYPE1 \\# 4 c0 00 0201\nb TYPE65400 \\# 0\n",
         "a.d.t. 3600 IN TYPE1 \\# 4 c0000201\nb.d.t. 3600 IN TYPE65400 \\# 0 \n"},
        {"RFC 3597 data of types with names",
         "a SRV \\# 9 000100020003016100\n@ NAPTR \\# 9 000a00140173000000\n",
         "a.d.t. 3600 IN TYPE33 \\# 9 000100020003016100\n"
         "d.t. 3600 IN TYPE35 \\# 9 000a00140173000000\n"},
        {"other types are passed on", "a TLSA 3 1 1 ( aabb\n ccdd )\nc CAA 0 issue \"x y\"\n",
         "$ORIGIN d.t.\na.d.t. 3600 IN TYPE52 3 1 1 aabb ccdd \n"
         "c.d.t. 3600 IN TYPE257 0 issue \"x y\" \n"},
        {"another $ORIGIN", "$ORIGIN x\na A 192.0.2.1\n$ORIGIN d.t.\nb A 192.0.2.1\n",
         "a.x.d.t. 3600 IN TYPE1 \\# 4 c0000201\nb.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"owners with escapes", "a\\.b\\065 A 192.0.2.1\n",
         "a\\.ba.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"},
        {"an alias beside its signature", "a CNAME b\na RRSIG CNAME 8 3 60 1 1 1 d.t. AA==\n",
         "a.d.t. 3600 IN TYPE5 \\# 7 01620164017400\n$ORIGIN d.t.\n"
         "a.d.t. 3600 IN TYPE46 CNAME 8 3 60 1 1 1 d.t. AA== \n"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char text[1024], want[1024];
        snprintf(text, sizeof text, "$ORIGIN d.t.\n%s", rows[i].text);
        snprintf(want, sizeof want,
                 "%sd.t. 60 IN TYPE6 \\# 30 0164017400016401740000000001"
                 "0000000100000001000000010000003c\n",
                 rows[i].want);
        print_message("%s\n", rows[i].name);
        struct ad_zone *z = read_good(text);
        assert_slice_equal(ad_zone_text(z), want);
        ad_zone_free(z);
    }
}

static void broken_files_are_told_by_file_line_and_what(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* behind "PATH:" */
    } rows[] = {
        {"a SRV 1 2 h\n", "2: SRV: the port 'h' is not a number from 0 to 65535"},
        {"a SRV 1 2\n", "2: SRV: the port is missing"},
        {"\n\na SRV 1 2 5060\n", "4: SRV: the target is missing"},
        {"a SRV 1 2 99999 h\n", "2: SRV: the port '99999' is not a number from 0 to 65535"},
        {"a SRV 1 -2 5060 h\n", "2: SRV: the weight '-2' is not a number from 0 to 65535"},
        {"a SRV 1 2 5060 h x\n", "2: SRV: 'x' is left over"},
        {"a SRV 1 2 5060 h..x\n", "2: SRV: the target 'h..x' is not a domain name"},
        {"@ NAPTR 1 2 s SIP+D2U x\n", "2: NAPTR: the replacement is missing"},
        {"@ NAPTR 1 x s SIP+D2U \"\" .\n",
         "2: NAPTR: the preference 'x' is not a number from 0 to 65535"},
        {"a A 192.0.2.256\n", "2: A: the address '192.0.2.256' is not an IPv4 address"},
        {"a A 2001:db8::1\n", "2: A: the address '2001:db8::1' is not an IPv4 address"},
        {"a AAAA 192.0.2.1\n", "2: AAAA: the address '192.0.2.1' is not an IPv6 address"},
        {"a A\n", "2: A: the address is missing"},
        {"a CNAME\n", "2: CNAME: the target is missing"},
        {"a TXT\n", "2: TXT: the text is missing"},
        {"a TXT a\\256\n", "2: TXT: the text 'a\\256' is not a text of at most 255 octets"},
        {"a TLSA\n", "2: TLSA: there is no data"},
        {"a SVR 1 2 3 h\n", "2: 'SVR' is not a record type"},
        {"a\n", "2: the record has no type"},
        {"a 60 IN\n", "2: the record has no type"},
        {"a CH A 192.0.2.1\n", "2: 'CH' is not a record type"},
        {"a 60x A 192.0.2.1\n", "2: '60x' is not a TTL"},
        {"a 2147483648 A 192.0.2.1\n", "2: '2147483648' is not a TTL"},
        {" A 192.0.2.1\n", "2: the first record has no owner"},
        {"a..b A 192.0.2.1\n", "2: the name 'a..b' is not a domain name"},
        {"a.x. A 192.0.2.1\n", "2: a.x lies outside the zone, d.t"},
        {"a TXT \"x\ny\"\n", "2: a quote is not closed on its line"},
        {"a A ( 192.0.2.1\n\n", "2: this '(' is never closed"},
        {"a A ( ( 192.0.2.1 ) )\n", "2: a parenthesis inside a parenthesis"},
        {"a A 192.0.2.1 )\n", "2: ')' without '('"},
        {"a A 192\001\n", "2: octet 1 does not belong in a zone file"},
        {"a TXT \"\033[2J\"\n", "2: octet 27 does not belong in a zone file"},
        {"$TTL\n", "2: $TTL wants one time"},
        {"$TTL x\n", "2: $TTL wants one time"},
        {"$ORIGIN a b\n", "2: $ORIGIN wants one name"},
        {"$ORIGIN a..b\n", "2: the name 'a..b' is not a domain name"},
        {"$GENERATE 1-3 h$ A 192.0.2.$\n", "2: the directive '$GENERATE' is not known"},
        {"$INCLUDE\n", "2: $INCLUDE wants a file, and may have an origin"},
        {"a CNAME b\na A 192.0.2.1\n", "2: a.d.t is an alias (CNAME) and has other records too, "
                                       "on line 3"},
        {"a CNAME b\nx A 192.0.2.1\na CNAME c\n",
         "4: a.d.t has a second alias (CNAME); the first is on line 2"},
        {"@ SOA a b 1 2 3 4 5\n@ SOA a b 1 2 3 4 5\n", "3: there is a SOA record already"},
        {"@ SOA a b 1 2 3 4\n", "2: SOA: the negative time is missing"},
        {"@ SOA a b 1 2 x 4 5\n", "2: SOA: the retry time 'x' is not a time"},
        {"a TYPE1 \\# 5 c0000201\n", "2: A: \\# says 5 octets, the digits are another number"},
        {"a TYPE1 \\# 4 c000020x\n", "2: A: 'c000020x' is not hexadecimal"},
        {"a TYPE1 \\# 4 c000020\n", "2: A: \\# says 4 octets, the digits are another number"},
        {"a TYPE1 \\# 5 c000020100\n", "2: A: these octets are no data of this type"},
        {"a AAAA \\# 4 c0000201\n", "2: AAAA: these octets are no data of this type"},
        {"a SRV \\# 7 00010002000301\n", "2: SRV: these octets are no data of this type"},
        {"a SRV \\# 8 0001000200030000\n", "2: SRV: these octets are no data of this type"},
        {"a SRV \\# 8 000100020003c00c\n", "2: SRV: these octets are no data of this type"},
        {"a CNAME \\# 0\n", "2: CNAME: these octets are no data of this type"},
        {"a TXT \\# 0\n", "2: TXT: these octets are no data of this type"},
        {"a TXT \\# 3 026161 ; good\nb TXT \\# 3 036161\n",
         "3: TXT: these octets are no data of this type"},
        {"a NAPTR \\# 8 0001000201730000\n", "2: NAPTR: these octets are no data of this type"},
        {"a TYPE65400 \\#\n", "2: TYPE: \\# wants a length from 0 to 65535"},
        /* H6: what is quoted can be shown on any terminal */
        {"a Z\x9b"
         "31m\xff 1\n",
         "2: 'Z\\15531m\\255' is not a record type"},
        {"\xc3\xa9..x A 192.0.2.1\n", "2: the name '\\195\\169..x' is not a domain name"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct ad_dns_error error;
        struct ad_zone *z;
        char path[TEMP_PATH_MAX], text[512], want[512];
        snprintf(text, sizeof text, "$ORIGIN d.t.\n%s", rows[i].text);
        temp_file(path, "bad.zone", text);
        snprintf(want, sizeof want, "%s:%s", path, rows[i].want);
        assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
        assert_string_equal(error.text, want);
    }
}

static void the_origin_is_the_soas_owner_or_the_first_origin(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"$ORIGIN d.t.\na A 192.0.2.1\n$ORIGIN x.d.t.\n", "d.t"},
        {"$ORIGIN t.\nd SOA a b 1 2 3 4 5\na.d A 192.0.2.1\n", "d.t"},
        {"d.t. SOA a b 1 2 3 4 5\na A 192.0.2.1\n", "d.t"},
        {"$ORIGIN .\n", "."},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct ad_zone *z = read_good(rows[i].text);
        assert_origin(z, rows[i].want);
        ad_zone_free(z);
    }
    static const struct {
        const char *text, *want;
    } bad[] = {
        {"", "1: neither $ORIGIN nor a SOA record says which zone this is"},
        {"; x\n", "2: neither $ORIGIN nor a SOA record says which zone this is"},
        {"a.t. A 192.0.2.1\n", "2: neither $ORIGIN nor a SOA record says which zone this is"},
        {"a A 192.0.2.1\n",
         "1: the name 'a' is relative, and there is neither $ORIGIN nor SOA before it"},
        {"@ A 192.0.2.1\n",
         "1: the name '@' is relative, and there is neither $ORIGIN nor SOA before it"},
        {"$ORIGIN a\\\"b.\n", "2: the zone's name has other octets than letters, digits, - and _"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(bad); i++) {
        struct ad_dns_error error;
        struct ad_zone *z;
        char path[TEMP_PATH_MAX], want[512];
        temp_file(path, "bad.zone", bad[i].text);
        snprintf(want, sizeof want, "%s:%s", path, bad[i].want);
        assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
        assert_string_equal(error.text, want);
    }
}

static void files_include_files(void **state)
{
    (void)state;
    char path[TEMP_PATH_MAX];
    temp_file(path, "inner.zone", "i A 192.0.2.1\n$ORIGIN other.d.t.\n");
    temp_file(path, "outer.zone",
              "$ORIGIN d.t.\n$INCLUDE inner.zone\n$INCLUDE inner.zone sub\no A 192.0.2.2\n");
    struct ad_dns_error error;
    struct ad_zone *z;
    assert_int_equal(ad_zone_read(&z, path, &error), 0);
    struct sw_slice text = ad_zone_text(z);
    static const char want[] = "i.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"
                               "i.sub.d.t. 3600 IN TYPE1 \\# 4 c0000201\n"
                               "o.d.t. 3600 IN TYPE1 \\# 4 c0000202\n";
    assert_memory_equal(text.p, want, sizeof want - 1);
    char source[256];
    struct sw_buf b = sw_buf(source, sizeof source);
    ad_zone_write_source(z, 2, &b);
    assert_string_equal(sw_buf_cstr(&b) + strlen(temp_folder()), "/inner.zone:1");
    b.len = 0;
    ad_zone_write_source(z, 3, &b);
    assert_string_equal(sw_buf_cstr(&b) + strlen(temp_folder()), "/outer.zone:4");
    ad_zone_free(z);

    temp_file(path, "inner.zone", "\ni A x\n");
    temp_file(path, "outer.zone", "$ORIGIN d.t.\n$INCLUDE inner.zone\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
    assert_non_null(strstr(error.text, "/inner.zone:2: A: the address 'x'"));
    temp_file(path, "outer.zone", "$ORIGIN d.t.\n$INCLUDE outer.zone\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
    assert_non_null(strstr(error.text, "/outer.zone:2: more than 8 files include each other"));
    temp_file(path, "outer.zone", "$ORIGIN d.t.\n$INCLUDE none.zone\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_FILE);
    assert_non_null(strstr(error.text, "/none.zone: No such file or directory"));
    assert_non_null(strstr(error.text, "/outer.zone:2: "));
    temp_file(path, "outer.zone", "$ORIGIN d.t.\n\n$INCLUDE ( \n /tmp )\n$TTL 5\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_FILE);
    assert_non_null(strstr(error.text, "/outer.zone:3: /tmp: Is a directory"));
    temp_file(path, "outer.zone", "$ORIGIN d.t.\n$INCLUDE no\x9bne\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_FILE);
    assert_non_null(strstr(error.text, "/no\\155ne: No such file or directory"));
}

static void a_byte_order_mark_is_called_by_its_name(void **state)
{
    (void)state;
    struct ad_dns_error error;
    struct ad_zone *z;
    char path[TEMP_PATH_MAX];
    temp_file(path, "marked.zone", "\xef\xbb\xbf$ORIGIN d.t.\na A 192.0.2.1\n");
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
    assert_non_null(strstr(error.text, "/marked.zone:1: a byte order mark does not belong in a "
                                       "zone file: save it as UTF-8 without one"));
}

/* Then it is not the file that is at fault: whoever called may try again. */
static void without_descriptors_it_is_not_the_files_fault(void **state)
{
    (void)state;
    struct ad_dns_error error;
    struct ad_zone *z;
    struct rlimit old, none;
    char path[TEMP_PATH_MAX];
    temp_file(path, "good.zone", "$ORIGIN d.t.\n");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(STDERR_FILENO); /* the lowest free descriptor */
    close(next);
    none = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = ad_zone_read(&z, path, &error);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(rc, SW_E_SYSTEM);
    assert_non_null(strstr(error.text, "/good.zone: Too many open files"));
}

static void files_that_cannot_be_read_say_why(void **state)
{
    (void)state;
    struct ad_dns_error error;
    struct ad_zone *z;
    assert_int_equal(ad_zone_read(&z, "/nonexistent/x.zone", &error), SW_E_FILE);
    assert_string_equal(error.text, "/nonexistent/x.zone: No such file or directory");
    assert_int_equal(ad_zone_read(&z, "/tmp", &error), SW_E_FILE);
    assert_string_equal(error.text, "/tmp: Is a directory");
}

static void delegated_names_are_not_the_zones_own_h4(void **state)
{
    (void)state;
    struct ad_zone *z = read_good("$ORIGIN d.t.\n@ NS ns\nsub NS ns.sub\nns.sub A 192.0.2.1\n"
                                  "z NS x.\n");
    static const struct {
        const char *name;
        bool want;
    } rows[] = {
        {"d.t", true},      {"a.d.t", true},     {"sub.d.t", false}, {"a.b.sub.d.t", false},
        {"asub.d.t", true}, {"ns.d.t", true},    {"t", false},       {"d.x", false},
        {"z.d.t", false},   {"\\001.d.t", true},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room room;
        print_message("%s\n", rows[i].name);
        assert_int_equal(ad_zone_has(z, name_of(rows[i].name, &room)), rows[i].want);
    }
    assert_false(ad_zone_is_signed(z));
    ad_zone_free(z);
    z = read_good("$ORIGIN d.t.\n@ DNSKEY 257 3 8 AA==\n");
    assert_true(ad_zone_is_signed(z));
    ad_zone_free(z);
}

static void long_texts_and_names_are_measured(void **state)
{
    (void)state;
    char text[2048];
    char *a255 = malloc(256), *a62 = malloc(63);
    assert_true(a255 != NULL && a62 != NULL);
    memset(a255, 'a', 255);
    memset(a62, 'b', 62);
    a255[255] = a62[62] = '\0';
    snprintf(text, sizeof text, "$ORIGIN d.t.\n@ TXT %s\n%s.%s.%s.%s A 192.0.2.1\n", a255, a62, a62,
             a62, a62 + 5); /* 3 * 63 + 58 + 5 = 252 */
    ad_zone_free(read_good(text));

    struct ad_dns_error error;
    struct ad_zone *z;
    char path[TEMP_PATH_MAX];
    snprintf(text, sizeof text, "$ORIGIN d.t.\n@ TXT %sx\n", a255);
    temp_file(path, "bad.zone", text);
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
    snprintf(text, sizeof text, "$ORIGIN d.t.\n%s.%s.%s.%s A 192.0.2.1\n", a62, a62, a62, a62);
    temp_file(path, "bad.zone", text);
    assert_int_equal(ad_zone_read(&z, path, &error), SW_E_ZONE);
    assert_non_null(strstr(error.text, "is longer than 255 octets"));
    free(a255);
    free(a62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_become_unmistakable_lines),
        cmocka_unit_test(broken_files_are_told_by_file_line_and_what),
        cmocka_unit_test(the_origin_is_the_soas_owner_or_the_first_origin),
        cmocka_unit_test(files_include_files),
        cmocka_unit_test(files_that_cannot_be_read_say_why),
        cmocka_unit_test(a_byte_order_mark_is_called_by_its_name),
        cmocka_unit_test(without_descriptors_it_is_not_the_files_fault),
        cmocka_unit_test(delegated_names_are_not_the_zones_own_h4),
        cmocka_unit_test(long_texts_and_names_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
