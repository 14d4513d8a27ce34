/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/name.h"
#include "support/check.h"

#define L10 "abcdefghi."            /* 10 octets of wire */
#define L60 L10 L10 L10 L10 L10 L10 /* 60 */
#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890"
#define NAME255 L60 L60 L60 L60 L10 "abc" /* 240+10+4+1 */

static struct sw_name name_of(const char *escaped, struct sw_name_room *room)
{
    struct sw_name n;
    assert_int_equal(sw_name_from_escaped(sw_slice_str(escaped), room, &n), 0);
    return n;
}

static void assert_name(struct sw_name n, const char *want_text)
{
    char room[SW_NAME_TEXT_MAX + 1];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_name_write(&b, n);
    assert_false(b.overflow);
    assert_slice_equal(sw_buf_slice(&b), want_text);
}

static void host_text_becomes_a_name_or_a_syntax_error_i6(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"vocal.com", "vocal.com"},
        {"vocal.com.", "vocal.com"},
        {"VoCal.COM", "vocal.com"},
        {"a", "a"},
        {"_sip._udp.d.t", "_sip._udp.d.t"},
        {LABEL63 ".t", LABEL63 ".t"},
        {NAME255, NAME255},
        {NAME255 ".", NAME255},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
        {".a", NULL},
        {"a..b", NULL},
        {"a..", NULL},
        {LABEL63 "x.t", NULL},
        {LABEL63 "x", NULL},
        {NAME255 "d", NULL},
        {NAME255 ".d", NULL},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room room;
        struct sw_name n = {NULL, 77};
        int rc = sw_name_from_text(sw_slice_str(rows[i].text), &room, &n);
        print_message("%s\n", rows[i].text);
        assert_int_equal(rc, rows[i].want == NULL ? SW_E_SYNTAX : 0);
        if (rc == 0)
            assert_name(n, rows[i].want);
        else
            assert_int_equal(n.len, 77); /* untouched */
    }
}

static void a_name_of_255_octets_is_the_longest(void **state)
{
    (void)state;
    struct sw_name_room room;
    struct sw_name n = name_of(NAME255, &room);
    assert_int_equal(n.len, 255);
    assert_int_equal(n.wire[254], 0);
}

static void escapes_are_read_and_written_back(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {".", "."},
        {"a\\.b.t", "a\\.b.t"},
        {"a\\046b.t", "a\\.b.t"},
        {"\\065\\b.t", "ab.t"},
        {"\\000\\255.t", "\\000\\255.t"},
        {"a\\ b\\\"\\\\.t", "a\\032b\\\"\\\\.t"},
        {"\\@\\$\\(\\)\\;.t.", "\\@\\$\\(\\)\\;.t"},
        {"a\\256.t", NULL},
        {"a\\25.t", NULL},
        {"a\\25", NULL},
        {"a\\", NULL},
        {"", NULL},
        {"a..t", NULL},
        {"..", NULL},
        {NAME255 "d", NULL},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room room;
        struct sw_name n;
        int rc = sw_name_from_escaped(sw_slice_str(rows[i].text), &room, &n);
        print_message("%s\n", rows[i].text);
        assert_int_equal(rc, rows[i].want == NULL ? SW_E_SYNTAX : 0);
        if (rc == 0)
            assert_name(n, rows[i].want);
    }
}

static void the_longest_text_fits_its_room(void **state)
{
    (void)state;
    uint8_t wire[SW_NAME_MAX] = {0};
    for (size_t at = 0; at < 254;) {
        size_t len = 254 - at - 1 < 63 ? 254 - at - 1 : 63;
        wire[at] = (uint8_t)len;
        memset(wire + at + 1, 1, len);
        at += len + 1;
    }
    struct sw_name_room room;
    struct sw_name n;
    assert_int_equal(sw_name_from_wire(wire, sizeof wire, &room, &n), 0);
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write_fqdn(&b, n);
    (void)sw_buf_cstr(&b);
    assert_false(b.overflow);
    assert_int_equal(b.len, 250 * 4 + 4);
}

static void absolute_names_end_in_a_dot(void **state)
{
    (void)state;
    struct sw_name_room room;
    char text[64];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write_fqdn(&b, name_of("d.t", &room));
    sw_name_write_fqdn(&b, name_of(".", &room));
    assert_slice_equal(sw_buf_slice(&b), "d.t..");
}

static void labels_are_put_in_front_i6_t19(void **state)
{
    (void)state;
    struct sw_name_room base_room, room;
    struct sw_name n;
    struct sw_name base = name_of("vocal.com", &base_room);
    assert_int_equal(sw_name_prefix(SW_LIT("_SIP._udp"), base, &room, &n), 0);
    assert_name(n, "_sip._udp.vocal.com");
    assert_int_equal(n.len, 21);
    assert_ptr_equal(n.wire, room.wire);

    /* the base may lie in the room that is written */
    assert_int_equal(sw_name_prefix(SW_LIT("_sips._tcp"), n, &room, &n), 0);
    assert_name(n, "_sips._tcp._sip._udp.vocal.com");

    /* `_sips._tcp.` takes 11 octets: 244 + 11 just fits */
    base = name_of(L60 L60 L60 L60 "ab", &base_room);
    assert_int_equal(base.len, 244);
    assert_int_equal(sw_name_prefix(SW_LIT("_sips._tcp"), base, &room, &n), 0);
    assert_int_equal(n.len, 255);
    base = name_of(L60 L60 L60 L60 "abc", &base_room);
    assert_int_equal(sw_name_prefix(SW_LIT("_sips._tcp"), base, &room, &n), SW_E_LIMIT);

    assert_int_equal(sw_name_prefix(SW_LIT("a..b"), base, &room, &n), SW_E_SYNTAX);
    assert_int_equal(sw_name_prefix(SW_LIT(""), base, &room, &n), SW_E_SYNTAX);
    assert_int_equal(sw_name_prefix(SW_LIT("a"), (struct sw_name){0}, &room, &n), SW_E_SYNTAX);
}

static void wire_bytes_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *wire;
        size_t len;
        const char *want; /* NULL: malformed */
    } rows[] = {
        {"root", "\0", 1, "."},
        {"folded", "\1A\2Tt\0", 6, "a.tt"},
        {"dot and NUL in a label stay", "\3.\0.\1t\0", 7, "\\.\\000\\..t"},
        {"no root", "\1a", 2, NULL},
        {"empty", "", 0, NULL},
        {"cut label", "\5ab", 3, NULL},
        {"behind the root", "\1a\0\0", 4, NULL},
        {"compression pointer", "\300\0", 2, NULL},
        {"label of 64", "\100aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0",
         66, NULL},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room room;
        struct sw_name n;
        print_message("%s\n", rows[i].name);
        int rc = sw_name_from_wire((const uint8_t *)rows[i].wire, rows[i].len, &room, &n);
        assert_int_equal(rc, rows[i].want == NULL ? SW_E_MALFORMED : 0);
        if (rc == 0)
            assert_name(n, rows[i].want);
    }
    uint8_t wire[256];
    for (size_t i = 0; i < 254; i += 2)
        memcpy(wire + i, "\1a", 2);
    struct sw_name_room room;
    struct sw_name n;
    wire[254] = 0;
    assert_int_equal(sw_name_from_wire(wire, 255, &room, &n), 0);
    memcpy(wire + 252, "\2aa\0", 4);
    assert_int_equal(sw_name_from_wire(wire, 256, &room, &n), SW_E_MALFORMED);
}

static void under_means_the_zone_or_below(void **state)
{
    (void)state;
    static const struct {
        const char *name, *zone;
        bool want;
    } rows[] = {
        {"a.d.t", "d.t", true},    {"d.t", "d.t", true},       {"t", "d.t", false},
        {"ad.t", "d.t", false},    {"a.d.t", ".", true},       {".", ".", true},
        {".", "t", false},         {"d.t.x", "d.t", false},    {"A.D.T", "d.t", true},
        {"x\\.d.t", "d.t", false}, {"\\001d.t", "d.t", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room a, b;
        print_message("%s %s\n", rows[i].name, rows[i].zone);
        assert_int_equal(sw_name_is_under(name_of(rows[i].name, &a), name_of(rows[i].zone, &b)),
                         rows[i].want);
    }
}

static void order_is_the_canonical_one(void **state)
{
    (void)state;
    /* the sorted list of RFC 4034 6.1, and the root before all */
    static const char *const sorted[] = {
        ".",           "example",         "a.example", "yljkjljk.a.example",
        "z.a.example", "zabc.a.example",  "z.example", "\\001.z.example",
        "*.z.example", "\\200.z.example",
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(sorted); i++) {
        for (size_t j = 0; j < SW_ARRAY_LEN(sorted); j++) {
            struct sw_name_room ra, rb;
            struct sw_name a = name_of(sorted[i], &ra), b = name_of(sorted[j], &rb);
            int order = sw_name_cmp(a, b);
            assert_int_equal(order < 0, i < j);
            assert_int_equal(order > 0, i > j);
            assert_int_equal(sw_name_eq(a, b), i == j);
        }
    }
}

static void equal_names_hash_alike_and_the_seed_matters(void **state)
{
    (void)state;
    struct sw_name_room ra, rb;
    struct sw_name a = name_of("Vocal.com", &ra), b = name_of("vocal.COM.", &rb);
    assert_true(sw_name_hash(a, 1) == sw_name_hash(b, 1));
    assert_true(sw_name_hash(a, 1) != sw_name_hash(a, 2));
    b = name_of("vocal.org", &rb);
    assert_true(sw_name_hash(a, 1) != sw_name_hash(b, 1));
}

static void plain_names_have_letters_digits_hyphens_and_underscores_only(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool want;
    } rows[] = {
        {"_sip._udp.a-1.t", true}, {".", true},    {"a\\.b.t", false},
        {"a\\000.t", false},       {"*.t", false}, {"a\\200.t", false},
        {"a\\ b.t", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_name_room room;
        print_message("%s\n", rows[i].name);
        assert_int_equal(sw_name_is_plain(name_of(rows[i].name, &room)), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_text_becomes_a_name_or_a_syntax_error_i6),
        cmocka_unit_test(a_name_of_255_octets_is_the_longest),
        cmocka_unit_test(escapes_are_read_and_written_back),
        cmocka_unit_test(the_longest_text_fits_its_room),
        cmocka_unit_test(absolute_names_end_in_a_dot),
        cmocka_unit_test(labels_are_put_in_front_i6_t19),
        cmocka_unit_test(wire_bytes_are_checked),
        cmocka_unit_test(under_means_the_zone_or_below),
        cmocka_unit_test(order_is_the_canonical_one),
        cmocka_unit_test(equal_names_hash_alike_and_the_seed_matters),
        cmocka_unit_test(plain_names_have_letters_digits_hyphens_and_underscores_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
