/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/ident.h"
#include "support/check.h"

#include <stdio.h>

static struct px_core *new_core(uint8_t seed_byte, uint16_t worker)
{
    static struct px_core cores[4];
    static unsigned next;
    struct px_core *core = &cores[next++ % SW_ARRAY_LEN(cores)];
    uint8_t seed[32];
    memset(seed, seed_byte, sizeof seed);
    memset(core, 0, sizeof *core);
    core->worker = worker;
    px_keys_init(core, seed);
    return core;
}

struct fields {
    const char *method, *uri, *from_tag, *to_tag, *call_id, *cseq, *more;
};

static const struct fields usual = {"INVITE", "sip:b@d.t", "f", "", "c1", "7", ""};

/* Parsed; room and message are the caller's. */
static void make(const struct fields *f, char *room, size_t cap, struct sw_msg *m)
{
    struct sw_msg_fault fault;
    snprintf(room, cap,
             "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabc\r\n"
             "From: <sip:a@b.t>;tag=%s\r\nTo: <sip:b@d.t>%s%s\r\nCall-ID: %s\r\nCSeq: %s %s\r\n%s"
             "\r\n",
             f->method, f->uri, f->from_tag, f->to_tag[0] == '\0' ? "" : ";tag=", f->to_tag,
             f->call_id, f->cseq, f->method, f->more);
    int rc = sw_msg_parse(m, sw_slice_str(room), NULL, &fault);
    assert_int_equal(rc, 0);
}

static uint64_t loop_of(const struct px_core *core, const struct fields *f)
{
    char room[1024];
    struct sw_msg m;
    make(f, room, sizeof room, &m);
    return px_loop_hash(core, &m);
}

/* RFC 3261 16.6 step 8: what decides how a request is treated changes the hash; the method does
 * not, for a CANCEL has the branch of its INVITE. */
static void c1_loop_hash_changes_with_what_matters(void **state)
{
    (void)state;
    static const struct {
        struct fields fields;
        bool is_same;
    } rows[] = {
        {{"CANCEL", "sip:b@d.t", "f", "", "c1", "7", ""}, true},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "7", "X-Other: 1\r\n"}, true},
        {{"INVITE", "sip:c@d.t", "f", "", "c1", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "g", "", "c1", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "t", "c1", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c2", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "8", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "7", "Route: <sip:x.t;lr>\r\n"}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "7", "Proxy-Require: x\r\n"}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "7", "Proxy-Authorization: Digest x=y\r\n"}, false},
    };
    const struct px_core *core = new_core(1, 0);
    uint64_t want = loop_of(core, &usual);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        assert_int_equal(loop_of(core, &rows[i].fields) == want, rows[i].is_same);
    assert_true(loop_of(new_core(2, 0), &usual) != want);
}

static void c1_a_branch_shows_its_loop_hash_to_us_only(void **state)
{
    (void)state;
    char room[PX_BRANCH_LEN];
    struct sw_buf b = sw_buf(room, sizeof room);
    px_branch_write(&b, 0x1234, 0xfedcba9876543210u, 0x0123456789abcdefu);
    assert_slice_equal(sw_buf_slice(&b), "z9hG4bK1234fedcba98765432100123456789abcdef");
    assert_true(px_branch_has_loop(sw_buf_slice(&b), 0x0123456789abcdefu));
    assert_false(px_branch_has_loop(sw_buf_slice(&b), 0x0123456789abcdeeu));
    assert_false(px_branch_has_loop(SW_LIT("z9hG4bK"), 0));
    room[PX_BRANCH_LEN - 1] = '-';
    assert_false(px_branch_has_loop(sw_buf_slice(&b), 0x0123456789abcdefu));
}

static void c4_workers_share_keys_but_not_chance(void **state)
{
    (void)state;
    struct px_core *a = new_core(1, 0), *b = new_core(1, 1), *c = new_core(3, 0);
    assert_true(loop_of(a, &usual) == loop_of(b, &usual));
    assert_true(loop_of(a, &usual) != loop_of(c, &usual));
    assert_true(sw_rng_u64(&a->rng) != sw_rng_u64(&b->rng));
}

static void c1_tag_is_the_same_for_an_invite_and_its_ack(void **state)
{
    (void)state;
    static const struct fields ack = {"ACK", "sip:b@d.t", "f", "ours", "c1", "7", ""};
    static const struct fields others[] = {{"INVITE", "sip:b@d.t", "f", "", "c1", "8", ""},
                                           {"INVITE", "sip:b@d.t", "g", "", "c1", "7", ""},
                                           {"INVITE", "sip:b@d.t", "f", "", "c2", "7", ""}};
    char room[1024], tags[5][PX_TAG_LEN];
    const struct fields *rows[] = {&usual, &ack, &others[0], &others[1], &others[2]};
    const struct px_core *core = new_core(1, 0);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_msg m;
        struct sw_buf b = sw_buf(tags[i], sizeof tags[i]);
        make(rows[i], room, sizeof room, &m);
        px_tag_write(core, &m, &b);
        assert_false(b.overflow);
        assert_int_equal(b.len, PX_TAG_LEN);
    }
    assert_memory_equal(tags[0], tags[1], PX_TAG_LEN);
    for (size_t i = 2; i < SW_ARRAY_LEN(rows); i++)
        assert_memory_not_equal(tags[0], tags[i], PX_TAG_LEN);
}

/* RFC 3261 17.2.3. */
static void c5_requests_are_matched_by_branch_sent_by_or_the_old_way(void **state)
{
    (void)state;
    static const struct {
        const char *via_a, *via_b;
        const char *call_id_b;
        bool is_same;
    } rows[] = {
        {"h.t;branch=z9hG4bKa", "h.t;branch=z9hG4bKa", "other", true},
        {"h.t;branch=z9hG4bKa", "H.T;branch=Z9hg4bka", "other", true},
        {"h.t;branch=z9hG4bKa", "h.t;branch=z9hG4bKb", "c1", false},
        {"h.t;branch=z9hG4bKa", "g.t;branch=z9hG4bKa", "c1", false},
        {"h.t;branch=z9hG4bKa", "h.t:5060;branch=z9hG4bKa", "c1", false},
        {"h.t;branch=1", "h.t;branch=1", "c1", true},
        {"h.t", "h.t", "c1", true},
        {"h.t", "h.t", "c2", false},
        {"h.t", "h.t;branch=z9hG4bKa", "c1", false},
        {"h.t;branch=z9hG4bK", "h.t;branch=z9hG4bK", "c2", false},
    };
    const struct px_core *core = new_core(1, 0);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct px_key keys[2];
        char rooms[2][512];
        for (unsigned k = 0; k < 2; k++) {
            static struct sw_msg m;
            struct sw_msg_fault fault;
            struct sw_via via;
            snprintf(
                rooms[k], sizeof rooms[k],
                "INVITE sip:b@d.t SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nFrom: <sip:a@b.t>;tag=1\r\n"
                "To: <sip:b@d.t>\r\nCall-ID: %s\r\nCSeq: 1 INVITE\r\n\r\n",
                k == 0 ? rows[i].via_a : rows[i].via_b, k == 0 ? "c1" : rows[i].call_id_b);
            assert_int_equal(sw_msg_parse(&m, sw_slice_str(rooms[k]), NULL, &fault), 0);
            assert_int_equal(sw_msg_top_via(&m, &via), 0);
            px_key_of(core, &m, &via, &keys[k]);
        }
        assert_int_equal(px_key_eq(&keys[0], &keys[1]), rows[i].is_same);
        assert_int_equal(keys[0].hash == keys[1].hash, rows[i].is_same);
        if (rows[i].is_same)
            assert_true(keys[0].hash == keys[1].hash);
    }
}

/* Without the cookie each field that 17.2.3 names tells one transaction from another. */
static void c5_the_old_way_looks_at_all_fields(void **state)
{
    (void)state;
    static const struct {
        struct fields fields;
        bool is_same;
    } rows[] = {
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "7", "X-Other: 1\r\n"}, true},
        {{"ACK", "sip:b@d.t", "f", "t", "c1", "7", ""}, true},
        {{"INVITE", "sip:c@d.t", "f", "", "c1", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "g", "", "c1", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c2", "7", ""}, false},
        {{"INVITE", "sip:b@d.t", "f", "", "c1", "8", ""}, false},
    };
    const struct px_core *core = new_core(1, 0);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct px_key keys[2];
        char rooms[2][512];
        for (unsigned k = 0; k < 2; k++) {
            struct sw_msg m;
            struct sw_via via;
            make(k == 0 ? &usual : &rows[i].fields, rooms[k], sizeof rooms[k], &m);
            assert_int_equal(sw_msg_top_via(&m, &via), 0);
            via.has_branch = false;
            px_key_of(core, &m, &via, &keys[k]);
        }
        if (px_key_eq(&keys[0], &keys[1]) != rows[i].is_same)
            fail_msg("row %zu", i);
    }
}

/* A stranger cannot fill one bucket with branches that only differ far from their beginning. */
static void c5_a_branch_is_hashed_to_its_end(void **state)
{
    (void)state;
    const struct px_core *core = new_core(1, 1);
    char branch[400];
    memset(branch, 'a', sizeof branch);
    uint64_t hash = px_branch_hash(core, sw_slice(branch, sizeof branch));
    for (size_t i = 0; i < sizeof branch; i++) {
        branch[i] = 'b';
        assert_true(px_branch_hash(core, sw_slice(branch, sizeof branch)) != hash);
        branch[i] = 'A';
        assert_true(px_branch_hash(core, sw_slice(branch, sizeof branch)) == hash);
        branch[i] = 'a';
    }
    assert_true(px_branch_hash(core, sw_slice(branch, 1)) !=
                px_branch_hash(core, sw_slice(branch, 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c1_loop_hash_changes_with_what_matters),
        cmocka_unit_test(c1_a_branch_shows_its_loop_hash_to_us_only),
        cmocka_unit_test(c4_workers_share_keys_but_not_chance),
        cmocka_unit_test(c1_tag_is_the_same_for_an_invite_and_its_ack),
        cmocka_unit_test(c5_requests_are_matched_by_branch_sent_by_or_the_old_way),
        cmocka_unit_test(c5_the_old_way_looks_at_all_fields),
        cmocka_unit_test(c5_a_branch_is_hashed_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
