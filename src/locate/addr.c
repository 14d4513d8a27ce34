/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/addr.h"

enum {
    SCOPE_LINK = 2, /* RFC 6724 3.1 */
    SCOPE_SITE = 5,
    SCOPE_GLOBAL = 14,
    SOURCE_PREFIX_MAX = 64 /* RFC 6724 2.2: a source's prefix, the interface identifier not */
};

static bool lies_in(const struct sw_network *networks, size_t count, const struct sw_netaddr *addr)
{
    for (size_t i = 0; i < count; i++)
        if (sw_network_has(&networks[i], addr))
            return true;
    return false;
}

enum sw_note sw_address_judge(const struct sw_policy *policy, const struct sw_netaddr *addr,
                              bool is_local)
{
    if (sw_netaddr_is_unusable(addr))
        return SW_NOTE_ADDRESS_UNUSABLE;
    if (is_local && policy->allow_local_zones)
        return SW_NOTE_OK;
    if (lies_in(policy->denied, policy->denied_count, addr) &&
        !lies_in(policy->allowed, policy->allowed_count, addr))
        return SW_NOTE_ADDRESS_DENIED;
    return SW_NOTE_OK;
}

/* The default policy table (RFC 6724 2.1), longest prefix first, with IPv4 as ::ffff:0:0/96. */
struct policy_row {
    uint8_t prefix[16];
    uint8_t prefix_len; /* bits */
    uint8_t precedence;
    uint8_t label;
};

static const struct policy_row policy_table[] = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
    {{0}, 96, 1, 3},
    {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2},
    {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11},
    {{0xfc}, 7, 3, 13},
    {{0}, 0, 40, 1},
};

/* Bits that two addresses of one family have in common from the front. */
static unsigned common_bits(const uint8_t *a, const uint8_t *b, unsigned len)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < len; i++, bits += 8) {
        unsigned differing = (unsigned)(a[i] ^ b[i]);
        if (differing == 0)
            continue;
        for (unsigned mask = 0x80; (differing & mask) == 0; mask >>= 1)
            bits++;
        return bits;
    }
    return bits;
}

static const struct policy_row *row_of(const struct sw_netaddr *addr)
{
    uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff};
    memcpy(addr->family == 4 ? mapped + 12 : mapped, addr->bytes, addr->family == 4 ? 4 : 16);
    const struct policy_row *row = policy_table;
    while (common_bits(row->prefix, mapped, 16) < row->prefix_len)
        row++;
    return row;
}

/* RFC 6724 3.1 and 3.2 */
static unsigned scope_of(const struct sw_netaddr *addr)
{
    if (sw_netaddr_is_loopback(addr) || sw_netaddr_is_linklocal(addr))
        return SCOPE_LINK;
    bool is_site_local =
        addr->family == 6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0xc0;
    return is_site_local ? SCOPE_SITE : SCOPE_GLOBAL;
}

/* How well a source fits a destination, RFC 6724 5 rules 1, 2, 6 and 8 from the top bits down. */
static unsigned fit_of(const struct sw_netaddr *source, const struct sw_netaddr *to)
{
    unsigned to_scope = scope_of(to), scope = scope_of(source);
    unsigned scope_fit = scope >= to_scope ? 32 - scope : scope;
    return (unsigned)sw_netaddr_eq(source, to) << 24 | scope_fit << 16 |
           (unsigned)(row_of(source)->label == row_of(to)->label) << 8 |
           common_bits(source->bytes, to->bytes, to->family == 4 ? 4 : SOURCE_PREFIX_MAX / 8);
}

static const struct sw_netaddr *source_for(const struct sw_policy *policy,
                                           const struct sw_netaddr *to)
{
    const struct sw_netaddr *best = NULL;
    for (size_t i = 0; i < policy->source_count; i++) {
        const struct sw_netaddr *source = &policy->sources[i];
        if (source->family == to->family && (best == NULL || fit_of(source, to) > fit_of(best, to)))
            best = source;
    }
    return best;
}

static const uint64_t unreachable_rank = UINT64_C(1) << 40;

/*
 * The smaller, the earlier: RFC 6724 6, a byte a rule from the top: 1, 2, 5, 6, 8, 9. Rules 3, 4
 * and 7 are about what only an interface knows; rule 10 is a stable sort. Rule 9 is left out for
 * IPv4, where a server spreads load by the order of its answer and prefixes say little (the RFC
 * allows it to be superseded). With sources not known, all that is left is precedence.
 */
uint64_t sw_address_rank(const struct sw_policy *policy, const struct sw_netaddr *to)
{
    uint64_t precedence = (uint64_t)(255 - row_of(to)->precedence) << 16;
    if (!policy->sources_known)
        return precedence;
    const struct sw_netaddr *source = source_for(policy, to);
    if (source == NULL)
        return unreachable_rank | precedence;
    unsigned prefix =
        to->family == 4 ? 0 : common_bits(source->bytes, to->bytes, SOURCE_PREFIX_MAX / 8);
    return (uint64_t)(scope_of(source) != scope_of(to)) << 32 |
           (uint64_t)(row_of(source)->label != row_of(to)->label) << 24 | precedence |
           (uint64_t)scope_of(to) << 8 | (255 - prefix);
}

bool sw_address_is_reachable(const struct sw_policy *policy, const struct sw_netaddr *addr)
{
    return sw_address_rank(policy, addr) < unreachable_rank;
}

bool sw_address_beats_ipv4(const struct sw_policy *policy, const struct sw_netaddr *addr)
{
    static const struct sw_netaddr best_ipv4 = {.family = 4, .bytes = {169, 254, 0, 1}};
    if (policy->family == SW_FAMILY_PREFER_4)
        return false;
    uint64_t rank = sw_address_rank(policy, addr);
    if (policy->family == SW_FAMILY_PREFER_6)
        return rank < unreachable_rank;
    uint64_t ipv4_precedence = (uint64_t)(255 - row_of(&best_ipv4)->precedence) << 16;
    return rank < ipv4_precedence;
}

static void sort_by_rank(const uint64_t *ranks, size_t count, uint8_t *order)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && ranks[order[at - 1]] > ranks[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
}

static uint8_t first_family(const struct sw_policy *policy, const struct sw_netaddr *best)
{
    if (policy->family == SW_FAMILY_PREFER_4)
        return 4;
    return policy->family == SW_FAMILY_PREFER_6 ? 6 : best->family;
}

/* RFC 8305 4: by turns, so that one family being broken costs one try. */
static void interleave(const struct sw_netaddr *const *addrs, size_t count, uint8_t family,
                       uint8_t *order)
{
    uint8_t sorted[SW_ADDRESS_ORDER_MAX];
    size_t next[2] = {0, 0}; /* of the wanted family, of the other */
    memcpy(sorted, order, count);
    for (size_t i = 0; i < count; i++) {
        unsigned turn = i & 1;
        for (unsigned tries = 0; tries < 2; tries++, turn ^= 1) {
            while (next[turn] < count && (addrs[sorted[next[turn]]]->family == family) == turn)
                next[turn]++;
            if (next[turn] < count)
                break;
        }
        order[i] = sorted[next[turn]++];
    }
}

size_t sw_address_order(const struct sw_policy *policy, const struct sw_netaddr *const *addrs,
                        size_t count, uint8_t *order)
{
    uint64_t ranks[SW_ADDRESS_ORDER_MAX];
    size_t reachable = 0;
    for (size_t i = 0; i < count; i++) {
        ranks[i] = sw_address_rank(policy, addrs[i]);
        reachable += ranks[i] < unreachable_rank;
    }
    sort_by_rank(ranks, count, order);
    if (reachable > 1)
        interleave(addrs, reachable, first_family(policy, addrs[order[0]]), order);
    return reachable;
}

uint32_t sw_address_mark(const struct sw_netaddr *addr)
{
    uint64_t high, low;
    memcpy(&high, addr->bytes, sizeof high);
    memcpy(&low, addr->bytes + sizeof high, sizeof low);
    uint64_t mixed = (high ^ low << 1 ^ addr->family) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32);
}
