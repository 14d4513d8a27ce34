/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/naptr.h"

static bool starts_with(struct sw_slice s, struct sw_slice prefix)
{
    return sw_slice_ieq(sw_slice_sub(s, 0, prefix.len), prefix);
}

static bool is_sip_service(struct sw_slice service)
{
    return starts_with(service, SW_LIT("SIP+")) || starts_with(service, SW_LIT("SIPS+"));
}

/* N1. A non-terminal record may leave the service to the records it leads to. */
static enum sw_note judge_service(const struct sw_policy *policy, bool is_sips,
                                  const struct sw_rr_naptr *naptr, enum sw_transport *transport)
{
    if (!sw_transport_by_service(naptr->service, transport))
        return SW_NOTE_NAPTR_SERVICE;
    if (is_sips && !sw_transport_row(*transport)->is_tls)
        return SW_NOTE_NAPTR_NOT_SIPS;
    return sw_policy_has(policy, *transport) ? SW_NOTE_OK : SW_NOTE_NAPTR_TRANSPORT;
}

enum sw_note sw_naptr_judge(const struct sw_policy *policy, bool is_sips,
                            const struct sw_rr_naptr *naptr, struct sw_naptr_pick *pick)
{
    bool is_terminal = sw_slice_ieq(naptr->flags, SW_LIT("s"));
    bool is_open = naptr->flags.len == 0 && naptr->service.len == 0;
    enum sw_transport transport = SW_UDP;
    enum sw_note note = is_open ? SW_NOTE_OK : judge_service(policy, is_sips, naptr, &transport);
    if (note != SW_NOTE_OK)
        return note;
    if (!is_terminal && naptr->flags.len > 0)
        return SW_NOTE_NAPTR_FLAGS;
    if (naptr->regexp.len > 0)
        return SW_NOTE_NAPTR_REGEXP;
    if (sw_name_is_root(naptr->replacement))
        return SW_NOTE_NAPTR_REPLACEMENT;
    if (!sw_name_is_plain(naptr->replacement))
        return SW_NOTE_NAPTR_NAME;
    unsigned rank = is_open ? SW_TRANSPORT_COUNT : sw_policy_rank(policy, transport);
    *pick = (struct sw_naptr_pick){
        .order = naptr->order,
        .preference = naptr->preference,
        .rank = (uint8_t)rank,
        .is_terminal = is_terminal,
        .transport = transport,
        .service = naptr->service,
        .replacement = naptr->replacement,
    };
    return SW_NOTE_OK;
}

static int compare_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

/* N6 without chance. */
static int compare_merits(const struct sw_naptr_pick *a, const struct sw_naptr_pick *b)
{
    int by = compare_numbers(a->order, b->order);
    if (by == 0)
        by = compare_numbers(a->preference, b->preference);
    return by == 0 ? compare_numbers(a->rank, b->rank) : by;
}

bool sw_naptr_is_tie(const struct sw_naptr_pick *a, const struct sw_naptr_pick *b)
{
    return compare_merits(a, b) == 0;
}

/* Ties by all the rest, so that chance meets them in the same order however the answer was
 * shuffled.
 */
static int compare(const struct sw_naptr_pick *a, const struct sw_naptr_pick *b)
{
    int by = compare_merits(a, b);
    if (by == 0)
        by = sw_name_cmp(a->replacement, b->replacement);
    if (by == 0)
        by = (int)b->is_terminal - (int)a->is_terminal;
    return by == 0 ? sw_slice_cmp(a->service, b->service) : by;
}

static void insert(struct sw_naptr_choice *c, const struct sw_naptr_pick *pick)
{
    size_t at = c->count;
    while (at > 0 && compare(&c->picks[at - 1], pick) > 0)
        at--;
    if (at == SW_NAPTR_MAX) {
        c->is_cut = true;
        return;
    }
    if (c->count == SW_NAPTR_MAX) {
        c->is_cut = true;
        c->count--;
    }
    memmove(&c->picks[at + 1], &c->picks[at], (c->count - at) * sizeof *pick);
    c->picks[at] = *pick;
    c->count++;
}

void sw_naptr_choose(const struct sw_policy *policy, bool is_sips, const struct sw_answer *answer,
                     struct sw_naptr_choice *out)
{
    out->count = 0;
    out->has_sip = out->has_shared = false;
    out->is_cut = answer->is_cut;
    for (size_t i = 0; i < answer->rr_count; i++) {
        const struct sw_rr_naptr *naptr = &answer->rrs[i].naptr;
        enum sw_transport transport;
        out->has_sip = out->has_sip || is_sip_service(naptr->service);
        out->has_shared =
            out->has_shared || judge_service(policy, is_sips, naptr, &transport) == SW_NOTE_OK;
        struct sw_naptr_pick pick;
        if (sw_naptr_judge(policy, is_sips, naptr, &pick) == SW_NOTE_OK)
            insert(out, &pick);
    }
    if (policy->failover == SW_FAILOVER_ALL)
        return;
    while (out->count > 0 && out->picks[out->count - 1].order != out->picks[0].order)
        out->count--;
}
