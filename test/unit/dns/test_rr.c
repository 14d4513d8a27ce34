/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rr.h"
#include "support/check.h"

static struct sw_name name_of(const char *escaped, struct sw_name_room *room)
{
    struct sw_name n;
    assert_int_equal(sw_name_from_escaped(sw_slice_str(escaped), room, &n), 0);
    return n;
}

static void assert_text(const struct sw_rr *rr, const char *want)
{
    char room[2048];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_rr_write(&b, rr);
    assert_false(b.overflow);
    assert_slice_equal(sw_buf_slice(&b), want);
}

static void records_are_written_as_in_a_zone_file(void **state)
{
    (void)state;
    struct sw_name_room room;
    struct sw_rr naptr = {.type = SW_RR_NAPTR,
                          .naptr = {50, 65535, SW_LIT("s"), SW_LIT("SIPS+D2T"), SW_LIT(""),
                                    name_of("_sips._tcp.vocal.com", &room)}};
    assert_text(&naptr, "50 65535 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.vocal.com.");
    naptr.naptr.replacement = name_of(".", &room);
    assert_text(&naptr, "50 65535 \"s\" \"SIPS+D2T\" \"\" .");

    struct sw_rr srv = {.type = SW_RR_SRV,
                        .srv = {0, 1, 5060, name_of("server1.vocal.com", &room)}};
    assert_text(&srv, "0 1 5060 server1.vocal.com.");

    struct sw_rr a = {.type = SW_RR_A, .addr = {4, {192, 0, 2, 1}}};
    assert_text(&a, "192.0.2.1");
    struct sw_rr aaaa = {.type = SW_RR_AAAA, .addr = {6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
    assert_text(&aaaa, "2001:db8::1");
}

static void strangers_text_is_escaped_h6_t150(void **state)
{
    (void)state;
    struct sw_name_room room;
    struct sw_rr naptr = {.type = SW_RR_NAPTR,
                          .naptr = {1, 2, SW_LIT("\033[2J"), SW_LIT("a\"b\\c"),
                                    SW_LIT("x\r\n\0\xff"), name_of("a\\010b\\;c", &room)}};
    assert_text(&naptr, "1 2 \"\\027[2J\" \"a\\034b\\092c\" \"x\\013\\010\\000\\255\" "
                        "a\\010b\\;c.");
}

static void types_have_names(void **state)
{
    (void)state;
    assert_string_equal(sw_rrtype_name(SW_RR_A), "A");
    assert_string_equal(sw_rrtype_name(SW_RR_AAAA), "AAAA");
    assert_string_equal(sw_rrtype_name(SW_RR_CNAME), "CNAME");
    assert_string_equal(sw_rrtype_name(SW_RR_SRV), "SRV");
    assert_string_equal(sw_rrtype_name(SW_RR_NAPTR), "NAPTR");
    assert_string_equal(sw_rrtype_name((enum sw_rrtype)46), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_written_as_in_a_zone_file),
        cmocka_unit_test(strangers_text_is_escaped_h6_t150),
        cmocka_unit_test(types_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
