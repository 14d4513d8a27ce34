/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/srv.h"

#include "base/rng.h"

enum { EVEN_SCALE = 256 }; /* V4: a weight of 0 beside others is a weight of 1/256 */

bool sw_srv_is_numeric(struct sw_name target)
{
    char room[SW_NAME_TEXT_MAX];
    struct sw_buf text = sw_buf(room, sizeof room);
    struct sw_netaddr addr;
    sw_name_write(&text, target);
    return sw_netaddr_parse4(sw_buf_slice(&text), &addr);
}

enum sw_note sw_srv_judge(const struct sw_rr_srv *srv, bool is_sole)
{
    if (sw_name_is_root(srv->target))
        return is_sole ? SW_NOTE_SRV_NOT_OFFERED : SW_NOTE_SRV_ROOT;
    if (srv->port == 0)
        return SW_NOTE_SRV_PORT_ZERO;
    return sw_name_is_plain(srv->target) ? SW_NOTE_OK : SW_NOTE_SRV_NAME;
}

static int compare_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

/* Canonical order. Weights fall, so that what D9 cuts off is the least wanted. */
static int compare(const struct sw_rr_srv *a, const struct sw_rr_srv *b)
{
    int by = compare_numbers(a->priority, b->priority);
    if (by == 0)
        by = compare_numbers(b->weight, a->weight);
    if (by == 0)
        by = compare_numbers(a->port, b->port);
    return by == 0 ? sw_name_cmp(a->target, b->target) : by;
}

void sw_srv_choose(const struct sw_answer *answer, struct sw_srv_choice *out)
{
    const struct sw_rr *rrs = answer->rrs;
    size_t root_count = 0;
    out->count = 0;
    out->is_cut = answer->is_cut;
    for (size_t i = 0; i < answer->rr_count; i++) {
        root_count += sw_name_is_root(rrs[i].srv.target);
        if (sw_srv_judge(&rrs[i].srv, answer->rr_count == 1) != SW_NOTE_OK)
            continue;
        size_t at = out->count;
        while (at > 0 && compare(&rrs[out->at[at - 1]].srv, &rrs[i].srv) > 0)
            at--;
        if (at == SW_SRV_MAX) {
            out->is_cut = true;
            continue;
        }
        if (out->count == SW_SRV_MAX) {
            out->is_cut = true;
            out->count--;
        }
        memmove(&out->at[at + 1], &out->at[at], (out->count - at) * sizeof out->at[0]);
        out->at[at] = (uint16_t)i;
        out->count++;
    }
    out->is_declined = root_count == answer->rr_count;
}

/* The draw of one priority: what is left of it, in the order the chance runs over it. */
struct run {
    const struct sw_srv_record *records;
    uint8_t *left;
    size_t count;
};

/* What is left keeps its order: for the literal draw it matters. */
static void take(struct run *run, size_t at)
{
    uint8_t chosen = run->left[at];
    for (; at > 0; at--)
        run->left[at] = run->left[at - 1];
    run->left[0] = chosen;
    run->left++;
    run->count--;
}

static uint32_t even_weight(const struct sw_srv_record *r)
{
    return r->weight == 0 ? 1 : (uint32_t)r->weight * EVEN_SCALE;
}

/* Each record's chance is its weight's exact share of what is left. */
static size_t pick_evenly(const struct run *run, struct sw_mix *mix)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < run->count; i++)
        sum += even_weight(&run->records[run->left[i]]);
    uint32_t number = sw_mix_below(mix, sum);
    size_t at = 0;
    for (uint32_t weight; number >= (weight = even_weight(&run->records[run->left[at]])); at++)
        number -= weight;
    return at;
}

/* RFC 2782 to the letter: from 0 to the sum inclusive, the first running sum that reaches it. */
static size_t pick_literally(const struct run *run, struct sw_mix *mix)
{
    uint32_t sum = 0, running = 0;
    for (size_t i = 0; i < run->count; i++)
        sum += run->records[run->left[i]].weight;
    uint32_t number = sw_mix_below(mix, sum + 1);
    size_t at = 0;
    for (;; at++) {
        running += run->records[run->left[at]].weight;
        if (running >= number)
            return at;
    }
}

/* Records of weight 0 first, then as in the answer (or canonically). */
static bool is_before(const struct sw_srv_record *a, const struct sw_srv_record *b,
                      bool is_canonical)
{
    if ((a->weight == 0) != (b->weight == 0))
        return a->weight == 0;
    return !is_canonical && a->answer_rank < b->answer_rank;
}

static void arrange_for_literal(struct run *run, bool is_canonical)
{
    for (size_t i = 1; i < run->count; i++) {
        uint8_t moving = run->left[i];
        size_t at = i;
        while (at > 0 &&
               is_before(&run->records[moving], &run->records[run->left[at - 1]], is_canonical)) {
            run->left[at] = run->left[at - 1];
            at--;
        }
        run->left[at] = moving;
    }
}

static void draw_run(struct run *run, const struct sw_srv_chance *chance, struct sw_mix *mix)
{
    if (run->count > 1 && chance->draw == SW_DRAW_LITERAL)
        arrange_for_literal(run, chance->is_canonical);
    while (run->count > 1)
        take(run,
             chance->draw == SW_DRAW_LITERAL ? pick_literally(run, mix) : pick_evenly(run, mix));
}

void sw_srv_draw(const struct sw_srv_record *records, size_t count,
                 const struct sw_srv_chance *chance, uint8_t *order)
{
    struct sw_mix mix = {chance->seed};
    for (size_t i = 0; i < count; i++)
        order[i] = (uint8_t)i;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && records[to].priority == records[from].priority;)
            to++;
        struct run run = {records, order + from, to - from};
        draw_run(&run, chance, &mix);
    }
}
