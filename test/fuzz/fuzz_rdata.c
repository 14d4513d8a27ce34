/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets of strangers as a DNS message. The first octet picks the question's type, the rest is the
 * message; the question's name is the message's own where it has one.
 */
#include "base/bug.h"
#include "dns/rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_LEN = 1 << 20, TEXT_LEN = 8192 };

static char room[ARENA_LEN];

static void *no_memory(void *user, size_t size)
{
    (void)user, (void)size;
    return NULL;
}

static void free_nothing(void *user, void *p)
{
    (void)user;
    SW_BUG_ON(p != NULL);
}

static bool is_in_arena(const void *p, size_t len)
{
    const char *c = p;
    return c >= room && c <= room + ARENA_LEN && len <= (size_t)(room + ARENA_LEN - c);
}

static void check_name(struct sw_name n)
{
    struct sw_name_room copy_room;
    struct sw_name copy;
    SW_BUG_ON(!is_in_arena(n.wire, n.len));
    SW_BUG_ON(sw_name_from_wire(n.wire, n.len, &copy_room, &copy) < 0);
    SW_BUG_ON(!sw_name_eq(n, copy));
}

static void check_text(struct sw_slice s)
{
    SW_BUG_ON(s.len > UINT8_MAX || !is_in_arena(s.p, s.len));
}

static void check_record(const struct sw_rr *rr, const struct sw_question *q)
{
    SW_BUG_ON(rr->type != q->type || rr->ttl_s > INT32_MAX);
    if (rr->type == SW_RR_SRV) {
        check_name(rr->srv.target);
    } else if (rr->type == SW_RR_NAPTR) {
        check_text(rr->naptr.flags);
        check_text(rr->naptr.service);
        check_text(rr->naptr.regexp);
        check_name(rr->naptr.replacement);
    } else {
        SW_BUG_ON(rr->addr.family != (rr->type == SW_RR_A ? 4 : 6));
    }
    char text[TEXT_LEN];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_rr_write(&b, rr);
    SW_BUG_ON(b.overflow);
    for (size_t i = 0; i < b.len; i++)
        SW_BUG_ON(text[i] < ' ' || text[i] > '~'); /* H6 */
}

static void check_answer(const struct sw_answer *a, const struct sw_question *q)
{
    bool has_records = a->outcome == SW_OUTCOME_RECORDS;
    SW_BUG_ON(has_records != (a->rr_count > 0) || has_records != (a->rrs != NULL));
    SW_BUG_ON(a->rr_count > SW_ANSWER_RECORDS_MAX || a->alias_count > SW_ALIAS_CHAIN_MAX);
    SW_BUG_ON(a->ttl_s > INT32_MAX);
    SW_BUG_ON((a->outcome == SW_OUTCOME_MALFORMED) != (a->why != NULL));
    if (a->owner.len > 0)
        check_name(a->owner);
    SW_BUG_ON(has_records && a->owner.len == 0);
    for (size_t i = 0; i < a->rr_count; i++) {
        check_record(&a->rrs[i], q);
        SW_BUG_ON(a->rrs[i].ttl_s < a->ttl_s);
    }
}

/* The message's own question, where it stands uncompressed. */
static struct sw_name own_question(const uint8_t *msg, size_t len, struct sw_name_room *name_room)
{
    struct sw_name n = {0};
    size_t at = 12;
    while (at < len && msg[at] != 0 && msg[at] < 64)
        at += msg[at] + 1u;
    if (at >= len || sw_name_from_wire(msg + 12, at + 1 - 12, name_room, &n) < 0)
        SW_BUG_ON(sw_name_from_text(SW_LIT("d.t"), name_room, &n) < 0);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum sw_rrtype types[] = {SW_RR_A, SW_RR_AAAA, SW_RR_SRV, SW_RR_NAPTR};
    static const struct sw_alloc none = {no_memory, free_nothing, NULL};
    if (size < 1)
        return 0;
    struct sw_name_room name_room;
    struct sw_question q = {.type = types[data[0] % SW_ARRAY_LEN(types)]};
    q.name = own_question(data + 1, size - 1, &name_room);
    struct sw_arena arena;
    sw_arena_init(&arena, &none, room, sizeof room, 256);
    struct sw_answer a = {0};
    if (sw_answer_read(data + 1, size - 1, &q, &arena, &a) == 0)
        check_answer(&a, &q);
    sw_arena_fini(&arena);
    (void)sw_message_has_ttl(data + 1, size - 1, 60);
    return 0;
}
