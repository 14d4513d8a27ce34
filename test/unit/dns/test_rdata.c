/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/rdata.h"
#include "support/check.h"
#include "support/dns_packet.h"
#include "support/test_alloc.h"

#include <stdio.h>
#include <stdlib.h>

enum { NXDOMAIN = 3, RECORDS_MAX = 8 };

struct row {
    const char *name;
    const char *question;
    uint16_t type;
    uint16_t flags;                   /* added to those of a response */
    const char *records[RECORDS_MAX]; /* "an ...", "ns ..." and "ar ...": section and record */
    const char *want;                 /* outcome, TTL, aliases, records */
};

static void build(struct dns_packet *p, const struct row *row)
{
    dns_packet_begin(p, 7, (uint16_t)(DNS_PACKET_RESPONSE | row->flags));
    dns_packet_question(p, row->question, row->type);
    for (size_t i = 0; i < RECORDS_MAX && row->records[i] != NULL; i++) {
        const char *text = row->records[i];
        int section = text[1] == 'n'   ? DNS_PACKET_ANSWER
                      : text[1] == 's' ? DNS_PACKET_AUTHORITY
                                       : DNS_PACKET_ADDITIONAL;
        dns_packet_record(p, section, text + 3);
    }
}

/* "records 60 s, 1 alias: 192.0.2.1 | 192.0.2.2", "malformed: why" */
static const char *describe(const struct sw_answer *a)
{
    static char room[65536];
    struct sw_buf b = sw_buf(room, sizeof room);
    sw_buf_str(&b, sw_outcome_name(a->outcome));
    if (a->outcome == SW_OUTCOME_SERVFAIL) {
        sw_buf_char(&b, ' ');
        sw_buf_u64(&b, a->rcode);
    } else if (a->outcome == SW_OUTCOME_MALFORMED) {
        sw_buf_str(&b, ": ");
        sw_buf_str(&b, a->why);
    } else {
        sw_buf_char(&b, ' ');
        sw_buf_u64(&b, a->ttl_s);
        sw_buf_str(&b, " s, ");
        sw_buf_u64(&b, a->alias_count);
    }
    for (size_t i = 0; i < a->rr_count; i++) {
        sw_buf_str(&b, i == 0 ? ": " : " | ");
        sw_rr_write(&b, &a->rrs[i]);
    }
    return sw_buf_cstr(&b);
}

static int read_with(const uint8_t *msg, size_t len, const char *question, uint16_t type,
                     struct sw_arena *arena, struct sw_answer *a)
{
    struct sw_name_room room;
    struct sw_question q = {.type = (enum sw_rrtype)type};
    assert_int_equal(sw_name_from_escaped(sw_slice_str(question), &room, &q.name), 0);
    /* exactly as long as the message, so that a sanitizer sees a read behind it */
    uint8_t *exact = malloc(len + 1);
    assert_non_null(exact);
    memcpy(exact + 1, msg, len);
    int rc = sw_answer_read(exact + 1, len, &q, arena, a);
    free(exact);
    return rc;
}

static void assert_message(const uint8_t *msg, size_t len, const char *question, uint16_t type,
                           const char *want)
{
    struct sw_arena arena;
    struct sw_answer a = {.is_secure = true, .is_local = true, .is_stale = true, .elapsed_us = 9};
    sw_arena_init(&arena, NULL, NULL, 0, 4096);
    assert_int_equal(read_with(msg, len, question, type, &arena, &a), 0);
    assert_string_equal(describe(&a), want);
    assert_true(a.is_secure && a.is_local && a.is_stale && a.elapsed_us == 9); /* not its own */
    assert_int_equal(a.why != NULL, a.outcome == SW_OUTCOME_MALFORMED);
    assert_int_equal(a.rrs != NULL, a.rr_count > 0);
    sw_arena_fini(&arena);
}

static struct dns_packet packet;

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("%s\n", rows[i].name);
        build(&packet, &rows[i]);
        assert_message(packet.bytes, packet.len, rows[i].question, rows[i].type, rows[i].want);
    }
}

#define CHECK_ROWS(rows) check_rows((rows), SW_ARRAY_LEN(rows))

static void records_of_each_type_are_read(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"A",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 60 A 192.0.2.1", "an h.t 50 A 192.0.2.2"},
         "records 50 s, 0: 192.0.2.1 | 192.0.2.2"},
        {"AAAA",
         "h.t",
         SW_RR_AAAA,
         0,
         {"an h.t 60 AAAA 2001:db8::1"},
         "records 60 s, 0: 2001:db8::1"},
        {"SRV",
         "_sip._udp.d.t",
         SW_RR_SRV,
         0,
         {"an _sip._udp.d.t 60 SRV 0 65535 5060 H1.d.t", "an _sip._udp.d.t 60 SRV 65535 0 0 ."},
         "records 60 s, 0: 0 65535 5060 h1.d.t. | 65535 0 0 ."},
        {"NAPTR",
         "d.t",
         SW_RR_NAPTR,
         0,
         {"an d.t 60 NAPTR 50 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.D.t",
          "an d.t 60 NAPTR 65535 0 \"\" \"\" \"!^.*$!x!\" ."},
         "records 60 s, 0: 50 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.d.t."
         " | 65535 0 \"\" \"\" \"!^.*$!x!\" ."},
        {"case of names is folded, T18",
         "d.t",
         SW_RR_A,
         0,
         {"an D.T 60 A 192.0.2.1"},
         "records 60 s, 0: 192.0.2.1"},
        {"NAPTR texts hold any octets, T150",
         "d.t",
         SW_RR_NAPTR,
         0,
         {"an d.t 60 NAPTR 1 2 \"\\027\\000\" \"\\013\\010\" \"\\034\" ."},
         "records 60 s, 0: 1 2 \"\\027\\000\" \"\\013\\010\" \"\\034\" ."},
        {"names with dots and NUL in labels are left to the locator",
         "d.t",
         SW_RR_SRV,
         0,
         {"an d.t 60 SRV 1 2 3 a\\.b\\000.t"},
         "records 60 s, 0: 1 2 3 a\\.b\\000.t."},
        {"targets may be compressed (offset 12 is d.t)",
         "d.t",
         SW_RR_SRV,
         0,
         {"an &12 60 SRV 1 2 3 &12"},
         "records 60 s, 0: 1 2 3 d.t."},
    };
    CHECK_ROWS(rows);
}

static void only_records_that_answer_are_used_d13(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"other owners, T73",
         "h.t",
         SW_RR_A,
         0,
         {"an www.bank.t 1 A 192.0.2.9", "an h.t 60 A 192.0.2.1", "an a.h.t 1 A 192.0.2.8"},
         "records 60 s, 0: 192.0.2.1"},
        {"other types, T148",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 1 TYPE46 # 00010502", "an h.t 1 AAAA 2001:db8::1", "an h.t 60 A 192.0.2.1",
          "an h.t 1 DNAME x.t", "an h.t 1 TYPE65280 # ff", "an h.t 1 TYPE16 # 7f"},
         "records 60 s, 0: 192.0.2.1"},
        {"other sections",
         "h.t",
         SW_RR_A,
         0,
         {"ns h.t 1 A 192.0.2.8", "ar h.t 1 A 192.0.2.9"},
         "nodata 0 s, 0"},
        {"OPT without an upper rcode",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 60 A 192.0.2.1", "ar . 32768 TYPE41 # 00"},
         "records 60 s, 0: 192.0.2.1"},
        {"other owners only", "h.t", SW_RR_A, 0, {"an x.t 60 A 192.0.2.9"}, "nodata 0 s, 0"},
        {"broken record of another type",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 60 A 192.0.2.1", "an h.t 60 TYPE33 # 00"},
         "records 60 s, 0: 192.0.2.1"},
    };
    CHECK_ROWS(rows);
}

static void records_of_another_class_are_passed_by(void **state)
{
    (void)state;
    struct row row = {"", "h.t", SW_RR_A, 0, {"an h.t 60 A 192.0.2.1", "an h.t 9 A 192.0.2.3"}, ""};
    build(&packet, &row);
    packet.bytes[packet.rdata_at - 7] = 3; /* CHAOS */
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_A, "records 60 s, 0: 192.0.2.1");
}

static void aliases_are_followed_in_any_order_t38_t61_t69(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"one",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 CNAME b.t", "an b.t 60 A 192.0.2.1"},
         "records 30 s, 1: 192.0.2.1"},
        {"two, backwards",
         "a.t",
         SW_RR_A,
         0,
         {"an c.t 60 A 192.0.2.1", "an b.t 20 CNAME C.t", "an A.t 30 CNAME B.T"},
         "records 20 s, 2: 192.0.2.1"},
        {"stray aliases do not count",
         "a.t",
         SW_RR_A,
         0,
         {"an x.t 1 CNAME a.t", "an a.t 30 CNAME b.t", "an b.t 60 A 192.0.2.1"},
         "records 30 s, 1: 192.0.2.1"},
        {"records beside an alias are not at the chain's end",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 CNAME b.t", "an a.t 60 A 192.0.2.9", "an b.t 60 A 192.0.2.1"},
         "records 30 s, 1: 192.0.2.1"},
        {"its rdata is never an SRV",
         "_sip._udp.d.t",
         SW_RR_SRV,
         0,
         {"an _sip._udp.d.t 30 CNAME p.x.t", "an p.x.t 60 SRV 1 2 3 h.t"},
         "records 30 s, 1: 1 2 3 h.t."},
        {"DNAME with its CNAME",
         "a.d.t",
         SW_RR_A,
         0,
         {"an d.t 60 DNAME e.t", "an a.d.t 60 CNAME a.e.t", "an a.e.t 60 A 192.0.2.1"},
         "records 60 s, 1: 192.0.2.1"},
        {"to nowhere",
         "a.t",
         SW_RR_A,
         NXDOMAIN,
         {"an a.t 30 CNAME b.u", "ns u 9 SOA m.u r.u 1 2 3 4 60"},
         "nxdomain 9 s, 1"},
        {"to no such type; another zone's SOA says nothing",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 CNAME b.u", "ns t 9 SOA m.u r.u 1 2 3 4 60"},
         "nodata 0 s, 1"},
        {"to itself, T133",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 CNAME a.t"},
         "malformed: the chain of aliases is too long or a loop"},
        {"in a ring, T133",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 CNAME b.t", "an b.t 30 CNAME a.t"},
         "malformed: the chain of aliases is too long or a loop"},
        {"CNAME rdata longer than its name",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 TYPE5 # 01610000"},
         "malformed: a record's rdata is longer or shorter than its name"},
        {"CNAME without rdata",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 30 TYPE5 # -"},
         "malformed: a record's rdata ends before its name"},
    };
    CHECK_ROWS(rows);
}

static void build_chain(int alias_count)
{
    dns_packet_begin(&packet, 1, DNS_PACKET_RESPONSE);
    dns_packet_question(&packet, "n0.t", SW_RR_A);
    char text[64];
    for (int i = 0; i < alias_count; i++) {
        snprintf(text, sizeof text, "n%d.t 60 CNAME n%d.t", i, i + 1);
        dns_packet_record(&packet, DNS_PACKET_ANSWER, text);
    }
    snprintf(text, sizeof text, "n%d.t 60 A 192.0.2.1", alias_count);
    dns_packet_record(&packet, DNS_PACKET_ANSWER, text);
}

static void a_chain_of_ten_is_the_longest_t133(void **state)
{
    (void)state;
    build_chain(10);
    assert_message(packet.bytes, packet.len, "n0.t", SW_RR_A, "records 60 s, 10: 192.0.2.1");
    build_chain(11);
    assert_message(packet.bytes, packet.len, "n0.t", SW_RR_A,
                   "malformed: the chain of aliases is too long or a loop");
    build_chain(30);
    assert_message(packet.bytes, packet.len, "n0.t", SW_RR_A,
                   "malformed: more aliases than a chain may have");
}

static void none_comes_with_its_negative_ttl_t137(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"NODATA: SOA minimum",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns t 3600 SOA m.t r.t 1 2 3 4 5"},
         "nodata 5 s, 0"},
        {"NXDOMAIN: SOA TTL",
         "d.t",
         SW_RR_SRV,
         NXDOMAIN,
         {"ns d.t 7 SOA m.t r.t 1 2 3 4 3600"},
         "nxdomain 7 s, 0"},
        {"the root's SOA",
         "d.t",
         SW_RR_SRV,
         NXDOMAIN,
         {"ns . 7 SOA m.t r.t 1 2 3 4 3600"},
         "nxdomain 7 s, 0"},
        {"no SOA", "d.t", SW_RR_SRV, NXDOMAIN, {NULL}, "nxdomain 0 s, 0"},
        {"a SOA that is not above the name",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns x.t 7 SOA m.t r.t 1 2 3 4 5"},
         "nodata 0 s, 0"},
        {"minimum of 2^31",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns t 7 SOA m.t r.t 1 2 3 4 2147483648"},
         "nodata 0 s, 0"},
        {"SOA too short",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns t 7 TYPE6 # 0000000000010000000200000003"},
         "malformed: a SOA record's rdata has the wrong length"},
        {"SOA too long",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns t 7 TYPE6 # 0000000000010000000200000003000000040000000500"},
         "malformed: a SOA record's rdata has the wrong length"},
        {"SOA with one name",
         "d.t",
         SW_RR_SRV,
         0,
         {"ns t 7 TYPE6 # 00"},
         "malformed: a SOA record's rdata is too short"},
    };
    CHECK_ROWS(rows);
}

static void ttl_of_2_31_and_more_is_0_t136(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"2^31 - 1",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 2147483647 A 192.0.2.1"},
         "records 2147483647 s, 0: 192.0.2.1"},
        {"2^31", "h.t", SW_RR_A, 0, {"an h.t 2147483648 A 192.0.2.1"}, "records 0 s, 0: 192.0.2.1"},
        {"2^32 - 1",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 4294967295 A 192.0.2.1"},
         "records 0 s, 0: 192.0.2.1"},
        {"0", "h.t", SW_RR_A, 0, {"an h.t 0 A 192.0.2.1"}, "records 0 s, 0: 192.0.2.1"},
        {"of an alias",
         "a.t",
         SW_RR_A,
         0,
         {"an a.t 4294967295 CNAME h.t", "an h.t 60 A 192.0.2.1"},
         "records 0 s, 1: 192.0.2.1"},
    };
    CHECK_ROWS(rows);
}

static void broken_rdata_makes_the_answer_malformed_d2_t135(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"A of 3",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 9 A 192.0.2.1", "an h.t 9 TYPE1 # c00002"},
         "malformed: an A record's rdata is not 4 octets"},
        {"A of 5",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 9 TYPE1 # c000020102"},
         "malformed: an A record's rdata is not 4 octets"},
        {"A of 16",
         "h.t",
         SW_RR_A,
         0,
         {"an h.t 9 TYPE1 # 20010db8000000000000000000000001"},
         "malformed: an A record's rdata is not 4 octets"},
        {"AAAA of 4",
         "h.t",
         SW_RR_AAAA,
         0,
         {"an h.t 9 TYPE28 # c0000201"},
         "malformed: an AAAA record's rdata is not 16 octets"},
        {"AAAA of 0",
         "h.t",
         SW_RR_AAAA,
         0,
         {"an h.t 9 TYPE28 # -"},
         "malformed: an AAAA record's rdata is not 16 octets"},
        {"SRV of 5",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213"},
         "malformed: an SRV record's rdata is too short"},
        {"SRV without target",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c4"},
         "malformed: an SRV record's rdata is too short"},
        {"SRV, target past the rdata",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c40161", "an h.t 9 A 192.0.2.1"},
         "malformed: a record's rdata is longer or shorter than its name"},
        {"SRV, target past the message",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c40161"},
         "malformed: a name runs past the message, loops or is too long"},
        {"SRV, octets behind the target",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c401610000"},
         "malformed: a record's rdata is longer or shorter than its name"},
        {"SRV, target a pointer to itself",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c4c029"},
         "malformed: a name runs past the message, loops or is too long"},
        {"SRV, target a pointer past the message",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c4ffff"},
         "malformed: a name runs past the message, loops or is too long"},
        {"SRV, label type 0x40",
         "h.t",
         SW_RR_SRV,
         0,
         {"an h.t 9 TYPE33 # 0001000213c44100"},
         "malformed: a name runs past the message, loops or is too long"},
        {"NAPTR of 3",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 000100"},
         "malformed: a NAPTR record's rdata is too short"},
        {"NAPTR without texts",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 00010002"},
         "malformed: a NAPTR text runs past its rdata"},
        {"NAPTR, flags past the rdata",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 000100020273"},
         "malformed: a NAPTR text runs past its rdata"},
        {"NAPTR, regexp past the rdata, into the next record",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 00010002017301530900", "an h.t 9 A 192.0.2.1"},
         "malformed: a NAPTR text runs past its rdata"},
        {"NAPTR without replacement",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 0001000201730000"},
         "malformed: a record's rdata ends before its name"},
        {"NAPTR, octets behind the replacement",
         "h.t",
         SW_RR_NAPTR,
         0,
         {"an h.t 9 TYPE35 # 00010002017300000001"},
         "malformed: a record's rdata is longer or shorter than its name"},
        {"NXDOMAIN with records",
         "h.t",
         SW_RR_A,
         NXDOMAIN,
         {"an h.t 9 A 192.0.2.1"},
         "malformed: the message says NXDOMAIN and holds records"},
        {"truncated, T67",
         "h.t",
         SW_RR_A,
         DNS_PACKET_TC,
         {"an h.t 9 A 192.0.2.1"},
         "malformed: the message is truncated"},
    };
    CHECK_ROWS(rows);
}

static void failures_are_told_by_rcode(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SERVFAIL", "h.t", SW_RR_A, 2, {NULL}, "servfail 2"},
        {"REFUSED", "h.t", SW_RR_A, 5, {NULL}, "servfail 5"},
        {"FORMERR", "h.t", SW_RR_A, 1, {NULL}, "servfail 1"},
        {"records in a SERVFAIL are not used",
         "h.t",
         SW_RR_A,
         2,
         {"an h.t 9 A 192.0.2.1"},
         "servfail 2"},
        {"BADVERS: upper rcode 1 in OPT",
         "h.t",
         SW_RR_A,
         0,
         {"ar . 16777216 TYPE41 # 00"},
         "servfail 16"},
        {"upper rcode 255", "h.t", SW_RR_A, 0, {"ar . 4278190080 TYPE41 # 00"}, "servfail 255"},
    };
    CHECK_ROWS(rows);
}

static void the_question_must_be_ours_t134(void **state)
{
    (void)state;
    struct row row = {"", "h.t", SW_RR_A, 0, {"an h.t 60 A 192.0.2.1"}, ""};
    static const char other[] = "malformed: the message answers another question";
    build(&packet, &row);
    assert_message(packet.bytes, packet.len, "x.t", SW_RR_A, other);
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_AAAA, other);
    packet.bytes[20] = 3; /* class, behind "\1h\1t\0" and the type */
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_A, other);

    static const char count[] = "malformed: the message does not carry exactly one question";
    dns_packet_begin(&packet, 1, DNS_PACKET_RESPONSE);
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_A, count);
    dns_packet_question(&packet, "h.t", SW_RR_A);
    dns_packet_question(&packet, "h.t", SW_RR_A);
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_A, count);

    dns_packet_begin(&packet, 1, 0x0100);
    dns_packet_question(&packet, "h.t", SW_RR_A);
    assert_message(packet.bytes, packet.len, "h.t", SW_RR_A,
                   "malformed: the message is a question, not a response");
}

/* Every prefix of a good message, and the message with octets behind it. */
static void a_message_cut_anywhere_is_malformed(void **state)
{
    (void)state;
    static const struct row row = {"",
                                   "d.t",
                                   SW_RR_NAPTR,
                                   0,
                                   {"an d.t 60 CNAME e.t",
                                    "an e.t 60 NAPTR 1 2 \"s\" \"SIP+D2U\" \"\" _sip._udp.d.t",
                                    "ns t 60 SOA m.t r.t 1 2 3 4 5", "ar h.t 60 A 192.0.2.1"},
                                   "records 60 s, 1: 1 2 \"s\" \"SIP+D2U\" \"\" _sip._udp.d.t."};
    build(&packet, &row);
    assert_message(packet.bytes, packet.len, row.question, row.type, row.want);
    for (size_t len = 0; len < packet.len; len++) {
        struct sw_arena arena;
        struct sw_answer a;
        sw_arena_init(&arena, NULL, NULL, 0, 4096);
        assert_int_equal(read_with(packet.bytes, len, "d.t", SW_RR_NAPTR, &arena, &a), 0);
        assert_int_equal(a.outcome, SW_OUTCOME_MALFORMED);
        sw_arena_fini(&arena);
    }
    packet.bytes[packet.len] = 0;
    assert_message(packet.bytes, packet.len + 1, row.question, row.type,
                   "malformed: octets are left over behind the last record");
}

static void a_set_of_a_thousand_and_more_is_cut_d9(void **state)
{
    (void)state;
    for (int count = SW_ANSWER_RECORDS_MAX; count <= SW_ANSWER_RECORDS_MAX + 1; count++) {
        struct sw_arena arena;
        struct sw_answer a;
        dns_packet_begin(&packet, 1, DNS_PACKET_RESPONSE);
        dns_packet_question(&packet, "h.t", SW_RR_A);
        for (int i = 0; i < count; i++) {
            dns_packet_open(&packet, DNS_PACKET_ANSWER, "&12", SW_RR_A, 60);
            dns_packet_u32(&packet, (uint32_t)i);
            dns_packet_close(&packet);
        }
        sw_arena_init(&arena, NULL, NULL, 0, 4096);
        assert_int_equal(read_with(packet.bytes, packet.len, "h.t", SW_RR_A, &arena, &a), 0);
        assert_int_equal(a.outcome, SW_OUTCOME_RECORDS);
        assert_int_equal(a.rr_count, SW_ANSWER_RECORDS_MAX);
        assert_int_equal(a.is_cut, count > SW_ANSWER_RECORDS_MAX);
        assert_int_equal(a.rrs[1023].addr.bytes[2] << 8 | a.rrs[1023].addr.bytes[3], 1023);
        sw_arena_fini(&arena);
    }
}

static void the_owner_is_where_the_aliases_lead(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"b.t", "a.t", SW_RR_A, 0, {"an a.t 9 CNAME B.t", "an b.t 9 A 192.0.2.1"}, ""},
        {"a.t", "a.t", SW_RR_A, 0, {"an a.t 9 A 192.0.2.1"}, ""},
        {"b.t", "a.t", SW_RR_A, NXDOMAIN, {"an a.t 9 CNAME b.t"}, ""},
        {"", "a.t", SW_RR_A, 2, {NULL}, ""},
        {"", "a.t", SW_RR_A, 0, {"an a.t 9 CNAME a.t"}, ""},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_arena arena;
        struct sw_answer a;
        char text[64];
        struct sw_buf b = sw_buf(text, sizeof text);
        build(&packet, &rows[i]);
        sw_arena_init(&arena, NULL, NULL, 0, 4096);
        assert_int_equal(read_with(packet.bytes, packet.len, rows[i].question, SW_RR_A, &arena, &a),
                         0);
        if (a.owner.len > 0)
            sw_name_write(&b, a.owner);
        assert_slice_equal(sw_buf_slice(&b), rows[i].name);
        sw_arena_fini(&arena);
    }
}

static void a_ttl_is_found_in_answer_and_authority(void **state)
{
    (void)state;
    static const struct row row = {"",
                                   "a.t",
                                   SW_RR_A,
                                   0,
                                   {"an a.t 9 CNAME b.t", "an b.t 8 A 192.0.2.1",
                                    "ns t 7 SOA m.t r.t 1 2 3 4 5", "ar x.t 6 A 192.0.2.1"},
                                   ""};
    build(&packet, &row);
    for (uint32_t ttl = 0; ttl < 12; ttl++)
        assert_int_equal(sw_message_has_ttl(packet.bytes, packet.len, ttl), ttl >= 7 && ttl <= 9);
    for (size_t len = 0; len < packet.len; len++)
        (void)sw_message_has_ttl(packet.bytes, len, 6);
    assert_false(sw_message_has_ttl(packet.bytes, 11, 9));
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    static const struct row row = {
        "",
        "d.t",
        SW_RR_NAPTR,
        0,
        {"an d.t 60 CNAME e.t", "an e.t 60 NAPTR 1 2 \"s\" \"SIP+D2U\" \"\" _sip._udp.d.t"},
        ""};
    build(&packet, &row);
    bool has_failed = true;
    for (size_t n = 0; has_failed; n++) {
        struct test_alloc heap;
        struct sw_arena arena;
        struct sw_answer a = {.rcode = 77};
        test_alloc_init(&heap, n);
        sw_arena_init(&arena, &heap.alloc, NULL, 0, 256);
        int rc = read_with(packet.bytes, packet.len, "d.t", SW_RR_NAPTR, &arena, &a);
        has_failed = heap.has_failed;
        assert_int_equal(rc, has_failed ? SW_E_NOMEM : 0);
        assert_int_equal(a.rcode, has_failed ? 77 : 0);
        sw_arena_fini(&arena);
        assert_int_equal(heap.live_count, 0);
        assert_true(n < 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_each_type_are_read),
        cmocka_unit_test(only_records_that_answer_are_used_d13),
        cmocka_unit_test(records_of_another_class_are_passed_by),
        cmocka_unit_test(aliases_are_followed_in_any_order_t38_t61_t69),
        cmocka_unit_test(a_chain_of_ten_is_the_longest_t133),
        cmocka_unit_test(none_comes_with_its_negative_ttl_t137),
        cmocka_unit_test(ttl_of_2_31_and_more_is_0_t136),
        cmocka_unit_test(broken_rdata_makes_the_answer_malformed_d2_t135),
        cmocka_unit_test(failures_are_told_by_rcode),
        cmocka_unit_test(the_question_must_be_ours_t134),
        cmocka_unit_test(a_message_cut_anywhere_is_malformed),
        cmocka_unit_test(a_set_of_a_thousand_and_more_is_cut_d9),
        cmocka_unit_test(the_owner_is_where_the_aliases_lead),
        cmocka_unit_test(a_ttl_is_found_in_answer_and_authority),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
