/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/naptr.h"
#include "small_dns.h"

#include <stdio.h>

/* What a record is judged to be under a policy: a note's code, or "ok". */
static const char *judged(const char *line, const char *transports, bool is_sips)
{
    const char *const lines[] = {line, NULL};
    struct sw_policy policy = small_policy(transports);
    struct sw_name_room room;
    struct sw_question q = {.type = SW_RR_NAPTR};
    struct small_reply reply;
    struct sw_naptr_pick pick;
    assert_int_equal(sw_name_from_text(SW_LIT("d.t"), &room, &q.name), 0);
    small_dns_answer(lines, &q, &reply);
    enum sw_note note = sw_naptr_judge(&policy, is_sips, &reply.rrs[0].naptr, &pick);
    return note == SW_NOTE_OK ? "ok" : sw_note_row(note)->code;
}

static void N1_N2_N3_N5_which_records_count(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line, *transports;
        bool is_sips;
        const char *want;
    } rows[] = {
        {"plain", "d.t NAPTR 1 1 s SIP+D2T - x.t", "udp,tcp", false, "ok"},
        {"T30 case", "d.t NAPTR 1 1 S sip+d2t - x.t", "udp,tcp", false, "ok"},
        {"N1 tls for sip", "d.t NAPTR 1 1 s SIPS+D2T - x.t", "tls", false, "ok"},
        {"N1 no tls", "d.t NAPTR 1 1 s SIPS+D2T - x.t", "udp,tcp", false,
         "naptr-unsupported-transport"},
        {"T29 enum", "d.t NAPTR 1 1 u E2U+sip !x!y! .", "udp,tcp", false, "naptr-foreign-service"},
        {"T29 turn", "d.t NAPTR 1 1 s TURN+D2U - x.t", "udp,tcp", false, "naptr-foreign-service"},
        {"T39 dtls", "d.t NAPTR 1 1 s SIPS+D2U - x.t", "udp,tls", false, "naptr-foreign-service"},
        {"T40 tls over sctp", "d.t NAPTR 1 1 s SIPS+D2S - x.t", "udp,tcp,tls", true,
         "naptr-unsupported-transport"},
        {"N1 sips", "d.t NAPTR 1 1 s SIP+D2T - x.t", "tcp,tls", true, "naptr-not-sips"},
        {"T31 a", "d.t NAPTR 1 1 a SIP+D2U - h1.t", "udp", false, "naptr-flags"},
        {"T32 u", "d.t NAPTR 1 1 u SIP+D2U - x.t", "udp", false, "naptr-flags"},
        {"T32 p", "d.t NAPTR 1 1 p SIP+D2U - x.t", "udp", false, "naptr-flags"},
        {"N2 two flags", "d.t NAPTR 1 1 ss SIP+D2U - x.t", "udp", false, "naptr-flags"},
        {"T34 regexp", "d.t NAPTR 1 1 s SIP+D2U !x!y! .", "udp", false, "naptr-regexp"},
        {"T35 both", "d.t NAPTR 1 1 s SIP+D2U !x!y! x.t", "udp", false, "naptr-regexp"},
        {"T36 root", "d.t NAPTR 1 1 s SIP+D2U - .", "udp", false, "naptr-no-replacement"},
        {"N2 odd name", "d.t NAPTR 1 1 s SIP+D2U - a\\032b.t", "udp", false, "naptr-name"},
        {"N5 with service", "d.t NAPTR 1 1 - SIP+D2U - e.t", "udp", false, "ok"},
        {"N5 without service", "d.t NAPTR 1 1 - - - e.t", "udp", false, "ok"},
        {"N5 foreign service", "d.t NAPTR 1 1 - E2U+sip - e.t", "udp", false,
         "naptr-foreign-service"},
        {"N2 empty service", "d.t NAPTR 1 1 s - - e.t", "udp", false, "naptr-foreign-service"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const char *got = judged(rows[i].line, rows[i].transports, rows[i].is_sips);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].name, got, rows[i].want);
    }
}

/* The replacements in their order, "a.t b.t". */
static const char *chosen(const struct sw_rr *rrs, size_t count, const struct sw_policy *policy,
                          struct sw_naptr_choice *choice)
{
    static char room[2000];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_answer answer = {.outcome = SW_OUTCOME_RECORDS, .rrs = rrs, .rr_count = count};
    sw_naptr_choose(policy, false, &answer, choice);
    for (unsigned i = 0; i < choice->count; i++) {
        if (i > 0)
            sw_buf_char(&b, ' ');
        sw_name_write(&b, choice->picks[i].replacement);
    }
    return sw_buf_cstr(&b);
}

struct spec {
    uint16_t order, preference;
    const char *service, *name;
};

enum { SPEC_MAX = 80 };

static struct sw_name_room rooms[SPEC_MAX];

static void make(const struct spec *specs, size_t count, struct sw_rr *rrs)
{
    for (size_t i = 0; i < count; i++) {
        rrs[i] = (struct sw_rr){.type = SW_RR_NAPTR};
        rrs[i].naptr = (struct sw_rr_naptr){.order = specs[i].order,
                                            .preference = specs[i].preference,
                                            .flags = SW_LIT("s"),
                                            .service = sw_slice_str(specs[i].service)};
        assert_int_equal(
            sw_name_from_text(sw_slice_str(specs[i].name), &rooms[i], &rrs[i].naptr.replacement),
            0);
    }
}

static void swap(struct sw_rr *a, struct sw_rr *b)
{
    struct sw_rr kept = *a;
    *a = *b;
    *b = kept;
}

static void N6_N7_order_then_preference_then_policy_however_shuffled(void **state)
{
    (void)state;
    static const struct spec specs[] = {
        {10, 20, "SIP+D2U", "late.t"},  {10, 10, "SIP+D2U", "udp.t"}, {10, 10, "SIP+D2T", "tcp.t"},
        {20, 1, "SIP+D2U", "higher.t"}, {0, 0, "SIPS+D2T", "tls.t"},
    };
    static const struct {
        const char *transports;
        enum sw_failover failover;
        const char *want;
    } rows[] = {
        {"udp,tcp", SW_FAILOVER_RFC, "udp.t tcp.t late.t"},
        {"tcp,udp", SW_FAILOVER_RFC, "tcp.t udp.t late.t"},
        {"udp,tcp", SW_FAILOVER_NONE, "udp.t tcp.t late.t"},
        {"udp,tcp", SW_FAILOVER_ALL, "udp.t tcp.t late.t higher.t"},
        {"udp,tls", SW_FAILOVER_RFC, "tls.t"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_policy policy = small_policy(rows[i].transports);
        struct sw_rr rrs[SW_ARRAY_LEN(specs)];
        struct sw_naptr_choice choice;
        policy.failover = rows[i].failover;
        make(specs, SW_ARRAY_LEN(specs), rrs);
        for (size_t turn = 0; turn < 200; turn++) {
            swap(&rrs[turn % 5], &rrs[turn / 5 % 5]);
            assert_string_equal(chosen(rrs, 5, &policy, &choice), rows[i].want);
        }
    }
}

static void T42_numbers_are_unsigned_16_bit(void **state)
{
    (void)state;
    static const struct spec specs[] = {{65535, 0, "SIP+D2U", "last.t"},
                                        {32768, 65535, "SIP+D2U", "c.t"},
                                        {32767, 0, "SIP+D2U", "b.t"},
                                        {0, 65535, "SIP+D2U", "a.t"}};
    struct sw_policy policy = small_policy("udp");
    struct sw_rr rrs[4];
    struct sw_naptr_choice choice;
    policy.failover = SW_FAILOVER_ALL;
    make(specs, 4, rrs);
    assert_string_equal(chosen(rrs, 4, &policy, &choice), "a.t b.t c.t last.t");
}

static void T43_D9_cut_after_sorting(void **state)
{
    (void)state;
    static char names[50][8];
    struct spec specs[50];
    struct sw_rr rrs[50];
    struct sw_naptr_choice choice;
    struct sw_policy policy = small_policy("udp");
    for (unsigned i = 0; i < 50; i++) {
        snprintf(names[i], sizeof names[i], "n%u.t", i);
        specs[i] = (struct spec){10, (uint16_t)(100 - i), "SIP+D2U", names[i]};
    }
    make(specs, 50, rrs);
    chosen(rrs, 50, &policy, &choice);
    assert_true(choice.is_cut);
    assert_int_equal(choice.count, SW_NAPTR_MAX);
    for (unsigned i = 0; i < SW_NAPTR_MAX; i++)
        assert_int_equal(choice.picks[i].preference, 51 + i);
    chosen(rrs, SW_NAPTR_MAX, &policy, &choice);
    assert_false(choice.is_cut);
}

static void N8_what_the_domain_offers(void **state)
{
    (void)state;
    static const struct {
        const char *service;
        bool has_sip, has_shared;
    } rows[] = {
        {"SIP+D2U", true, true},   {"sips+d2t", true, false}, {"SIP+D2S", true, false},
        {"SIP+D2X", true, false},  {"E2U+sip", false, false}, {"SIPX+D2U", false, false},
        {"SIPS+D2U", true, false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct spec spec = {1, 1, rows[i].service, "x.t"};
        struct sw_policy policy = small_policy("udp,tcp");
        struct sw_naptr_choice choice;
        struct sw_rr rr;
        make(&spec, 1, &rr);
        chosen(&rr, 1, &policy, &choice);
        assert_int_equal(choice.has_sip, rows[i].has_sip);
        assert_int_equal(choice.has_shared, rows[i].has_shared);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(N1_N2_N3_N5_which_records_count),
        cmocka_unit_test(N6_N7_order_then_preference_then_policy_however_shuffled),
        cmocka_unit_test(T42_numbers_are_unsigned_16_bit),
        cmocka_unit_test(T43_D9_cut_after_sorting),
        cmocka_unit_test(N8_what_the_domain_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
