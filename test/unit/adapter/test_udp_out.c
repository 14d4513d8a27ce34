/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/udp_out.h"
#include "base/rng.h"
#include "support/loopback.h"

static char bytes[65535];

static void add(struct ad_udp_out *o, uint16_t port, size_t len, uint64_t series,
                enum px_company company)
{
    struct sw_endpoint peer = endpoint("192.0.2.1", port);

    ad_udp_out_add(o, &peer, sw_slice(bytes, len), series, company);
}

static enum px_company company_of(char sign)
{
    if (sign == 'A')
        return PX_ALONE;
    return sign == 'u' ? PX_UNHEEDED : PX_TOGETHER;
}

/* What is added by turns, and how many datagrams each packet has. */
static void equal_ones_to_one_place_share_a_packet(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct {
            uint16_t port;
            size_t len;
            uint64_t series;
            char company; /* A: alone, u: unheeded, t: together */
        } added[6];       /* port 0: no more */
        unsigned counts[6];
    } rows[] = {
        {"equal", {{1, 9, 1, 'u'}, {1, 9, 2, 'u'}, {1, 9, 3, 'u'}}, {3}},
        {"one after the other of the same series",
         {{1, 9, 1, 'u'}, {1, 9, 1, 'u'}, {1, 9, 1, 'u'}},
         {3}},
        {"alone",
         {{1, 9, 1, 'A'}, {1, 9, 2, 'A'}, {1, 9, 3, 'u'}, {1, 9, 4, 'A'}, {1, 9, 5, 'u'}},
         {1, 1, 2, 1}},
        {"requests and responses", {{1, 9, 1, 'u'}, {1, 9, 2, 't'}, {1, 9, 3, 'u'}}, {2, 1}},
        {"requests", {{1, 9, 1, 't'}, {1, 9, 2, 't'}, {1, 9, 3, 't'}}, {3}},
        {"other lengths", {{1, 9, 1, 'u'}, {1, 8, 2, 'u'}, {1, 9, 3, 'u'}, {1, 8, 4, 'u'}}, {2, 2}},
        {"other places", {{1, 9, 1, 'u'}, {2, 9, 2, 'u'}, {1, 9, 3, 'u'}, {2, 9, 4, 'u'}}, {2, 2}},
        {"a call's second waits for its first",
         {{1, 9, 1, 'u'}, {1, 8, 2, 'u'}, {1, 9, 2, 'u'}, {1, 9, 3, 'u'}, {1, 8, 3, 'u'}},
         {1, 1, 2, 1}},
        {"a call's second does not overtake a long first",
         {{1, 9, 1, 'u'}, {1, 1300, 2, 'u'}, {1, 9, 2, 'u'}, {1, 9, 3, 'u'}},
         {1, 1, 2}},
        {"a call's BYE does not overtake its ACK",
         {{1, 9, 1, 't'}, {1, 8, 2, 'u'}, {1, 9, 2, 't'}},
         {1, 1, 1}},
        {"a call's BYE does not overtake what went alone",
         {{1, 9, 1, 't'}, {1, 8, 2, 'A'}, {1, 9, 2, 't'}},
         {1, 1, 1}},
        {"an empty one", {{1, 0, 1, 'u'}, {1, 0, 2, 'u'}}, {1, 1}},
        {"the longest", {{1, 1232, 1, 'u'}, {1, 1232, 2, 'u'}}, {2}},
        {"too long for any path", {{1, 1233, 1, 'u'}, {1, 1233, 2, 'u'}}, {1, 1}},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        static struct ad_udp_out o;
        for (size_t j = 0; j < 6 && rows[i].added[j].port != 0; j++)
            add(&o, rows[i].added[j].port, rows[i].added[j].len, rows[i].added[j].series,
                company_of(rows[i].added[j].company));
        unsigned count = ad_udp_out_pack(&o);
        for (unsigned j = 0; j < 6; j++) {
            size_t got = j < count ? o.messages[j].msg_hdr.msg_iovlen : 0;
            if (got != rows[i].counts[j])
                fail_msg("%s: packet %u has %zu", rows[i].name, j, got);
        }
        ad_udp_out_clear(&o);
    }
}

/* Whatever places of a table they have. */
static void nobody_shares_with_another_company(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    for (size_t len = 1; len <= 1232; len++) {
        add(&o, 1, len, 1, PX_UNHEEDED);
        add(&o, 1, len, 2, PX_TOGETHER);
        assert_int_equal(ad_udp_out_pack(&o), 2);
        ad_udp_out_clear(&o);
    }
}

static void nobody_shares_with_another_place(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    for (uint16_t port = 1; port <= 4096; port++) {
        add(&o, port, 100, 1, PX_UNHEEDED);
        add(&o, port + 1, 100, 2, PX_UNHEEDED);
        assert_int_equal(ad_udp_out_pack(&o), 2);
        ad_udp_out_clear(&o);
    }
}

static void only_packets_of_several_tell_a_length(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    add(&o, 1, 700, 1, PX_UNHEEDED);
    add(&o, 1, 700, 2, PX_UNHEEDED);
    add(&o, 1, 701, 3, PX_UNHEEDED);
    assert_int_equal(ad_udp_out_pack(&o), 2);
    struct msghdr *first = &o.messages[0].msg_hdr;
    const struct cmsghdr *header = CMSG_FIRSTHDR(first);
    uint16_t len;
    assert_non_null(header);
    memcpy(&len, CMSG_DATA(header), sizeof len);
    assert_int_equal(len, 700);
    assert_null(CMSG_FIRSTHDR(&o.messages[1].msg_hdr));
}

/* The kernel takes 64 parts and no more than a datagram may have octets. */
static void a_packet_is_no_longer_than_the_kernel_takes(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    for (unsigned i = 0; i < 65; i++)
        add(&o, 1, 100, i + 1, PX_UNHEEDED);
    assert_int_equal(ad_udp_out_pack(&o), 2);
    assert_int_equal(o.messages[0].msg_hdr.msg_iovlen, 64);
    ad_udp_out_clear(&o);
    for (unsigned i = 0; i < 60; i++)
        add(&o, 1, 1200, i + 1, PX_UNHEEDED);
    assert_int_equal(ad_udp_out_pack(&o), 2);
    assert_int_equal(o.messages[0].msg_hdr.msg_iovlen, 54);
    ad_udp_out_clear(&o);
}

static unsigned packets_of(struct ad_udp_out *o, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        add(o, 1, 100, i + 1, PX_UNHEEDED);
    unsigned packets = ad_udp_out_pack(o);
    ad_udp_out_clear(o);
    return packets;
}

static void once_parted_each_goes_alone_for_a_while(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    unsigned rounds = 0;
    assert_int_equal(packets_of(&o, AD_UDP_OUT_MAX), 4);
    ad_udp_out_part(&o);
    while (rounds < 100 && packets_of(&o, AD_UDP_OUT_MAX) == AD_UDP_OUT_MAX)
        rounds++;
    assert_int_equal(rounds, 4096 / AD_UDP_OUT_MAX);
    assert_int_equal(packets_of(&o, AD_UDP_OUT_MAX), 4);
}

static void it_is_full_with_as_many_as_it_holds(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    for (unsigned i = 0; i < AD_UDP_OUT_MAX; i++) {
        assert_false(ad_udp_out_is_full(&o));
        add(&o, 1, 100, 0, PX_ALONE);
    }
    assert_true(ad_udp_out_is_full(&o));
    assert_int_equal(ad_udp_out_pack(&o), AD_UDP_OUT_MAX);
}

/* --- Whatever is added: all of it leaves once, to its place, and each series in order. --- */

enum { SERIES = 20 };

struct sent {
    uint16_t port;
    size_t len;
    uint64_t series;
    unsigned number; /* in its series */
    enum px_company company;
};

static void check_packets(const struct ad_udp_out *o, unsigned count, const struct sent *sent)
{
    unsigned next[SERIES] = {0}, datagrams = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct msghdr *msg = &o->messages[i].msg_hdr;
        const struct sockaddr_in *peer = msg->msg_name;
        enum px_company company = sent[(const char *)msg->msg_iov[0].iov_base - bytes].company;
        for (size_t j = 0; j < msg->msg_iovlen; j++, datagrams++) {
            /* each datagram's octets begin at its own place, so it is known by that */
            const struct sent *s = &sent[(const char *)msg->msg_iov[j].iov_base - bytes];
            assert_int_equal(s->len, msg->msg_iov[j].iov_len);
            assert_int_equal(s->len, msg->msg_iov[0].iov_len);
            assert_int_equal(s->port, ntohs(peer->sin_port));
            assert_int_equal(s->company, company);
            assert_true(company != PX_ALONE || msg->msg_iovlen == 1);
            assert_int_equal(s->number, next[s->series]++);
        }
    }
    assert_int_equal(datagrams, o->count);
}

/* One of a few, and now and then one that shares no packet. */
static size_t random_len(struct sw_rng *rng, unsigned lens)
{
    switch (sw_rng_below(rng, 10)) {
    case 0:
        return 0;
    case 1:
        return 1300;
    default:
        return 300 + (size_t)sw_rng_below(rng, lens);
    }
}

static void each_series_leaves_in_its_order(void **state)
{
    (void)state;
    static struct ad_udp_out o;
    struct sw_rng rng;
    size_t shared = 0;
    sw_rng_init_u64(&rng, 26);
    for (unsigned round = 0; round < 2000; round++) {
        struct sent sent[AD_UDP_OUT_MAX];
        unsigned numbers[SERIES] = {0};
        unsigned count = 1 + (unsigned)sw_rng_below(&rng, AD_UDP_OUT_MAX);
        unsigned lens = 1 + (unsigned)sw_rng_below(&rng, 6);
        for (unsigned i = 0; i < count; i++) {
            uint64_t series = sw_rng_below(&rng, SERIES);
            sent[i] = (struct sent){.port = (uint16_t)(1 + sw_rng_below(&rng, 3)),
                                    .len = random_len(&rng, lens),
                                    .series = series,
                                    .number = numbers[series]++,
                                    .company = (enum px_company)sw_rng_below(&rng, 3)};
            struct sw_endpoint peer = endpoint("192.0.2.1", sent[i].port);
            ad_udp_out_add(&o, &peer, sw_slice(bytes + i, sent[i].len), series, sent[i].company);
        }
        unsigned packets = ad_udp_out_pack(&o);
        check_packets(&o, packets, sent);
        shared += count - packets;
        ad_udp_out_clear(&o);
        if (round % 100 == 99)
            ad_udp_out_part(&o);
    }
    assert_true(shared > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_ones_to_one_place_share_a_packet),
        cmocka_unit_test(nobody_shares_with_another_company),
        cmocka_unit_test(nobody_shares_with_another_place),
        cmocka_unit_test(only_packets_of_several_tell_a_length),
        cmocka_unit_test(a_packet_is_no_longer_than_the_kernel_takes),
        cmocka_unit_test(once_parted_each_goes_alone_for_a_while),
        cmocka_unit_test(it_is_full_with_as_many_as_it_holds),
        cmocka_unit_test(each_series_leaves_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
