/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz/plan_answers.h"

#include "base/bug.h"

static const char *const names[] = {"d.t",
                                    "e.t",
                                    "_sip._udp.d.t",
                                    "_sip._tcp.d.t",
                                    "_sips._tcp.d.t",
                                    "_sip._udp.e.t",
                                    "_sips._ws.d.t",
                                    "h1.d.t",
                                    "h2.d.t",
                                    "h3.x.t",
                                    ".",
                                    "192.0.2.7",
                                    "a\\.b.t",
                                    "nul\\000.t",
                                    "h4.d.t",
                                    "_sip._sctp.d.t"};

static const char *const services[] = {"SIP+D2U",  "SIP+D2T",  "SIPS+D2T", "sip+d2t",
                                       "SIP+D2S",  "SIPS+D2S", "SIP+D2W",  "SIPS+D2W",
                                       "SIPS+D2U", "E2U+sip",  "",         "SIP+D2U\r\nX"};

static const char *const flag_texts[] = {"s", "", "S", "a", "u", "\033[0m"};

static const char *const addresses4[] = {"192.0.2.1", "192.0.2.2",       "198.51.100.3",
                                         "0.0.0.0",   "255.255.255.255", "224.0.0.1",
                                         "10.0.0.1",  "127.0.0.1"};

static const char *const addresses6[] = {"2001:db8::1", "2001:db8::2",     "fd00::1",
                                         "::",          "ff02::1",         "::ffff:192.0.2.1",
                                         "fe80::1",     "2002:c000:201::1"};

/* One of the names, read once. */
static struct sw_name name_at(uint8_t byte)
{
    static struct sw_name_room rooms[SW_ARRAY_LEN(names)];
    static struct sw_name read[SW_ARRAY_LEN(names)];
    size_t i = byte % SW_ARRAY_LEN(names);
    if (read[i].len == 0)
        SW_BUG_ON(sw_name_from_escaped(sw_slice_str(names[i]), &rooms[i], &read[i]) < 0);
    return read[i];
}

static struct sw_netaddr address_at(bool is_4, uint8_t byte)
{
    static struct sw_netaddr read[2][SW_ARRAY_LEN(addresses4)];
    _Static_assert(SW_ARRAY_LEN(addresses4) == SW_ARRAY_LEN(addresses6), "as many of each");
    size_t i = byte % SW_ARRAY_LEN(addresses4);
    const char *text = is_4 ? addresses4[i] : addresses6[i];
    if (read[is_4][i].family == 0)
        SW_BUG_ON(!sw_netaddr_parse(sw_slice_str(text), &read[is_4][i]));
    return read[is_4][i];
}

/* A name of the answer's own, which ends with it. */
static struct sw_name give_name(struct sw_name_room *room, uint8_t byte)
{
    struct sw_name n = name_at(byte);
    memcpy(room->wire, n.wire, n.len);
    return (struct sw_name){room->wire, n.len};
}

static void make_naptr(struct sw_rr *rr, struct sw_name_room *room, const uint8_t *b)
{
    rr->naptr.order = b[0] % 3;
    rr->naptr.preference = b[1] % 3;
    rr->naptr.flags = sw_slice_str(PICK(flag_texts, b[2]));
    rr->naptr.service = sw_slice_str(PICK(services, b[0] >> 2));
    rr->naptr.regexp = sw_slice_str(b[1] > 240 ? "!x!y!" : "");
    rr->naptr.replacement = give_name(room, b[3]);
}

static void make_srv(struct sw_rr *rr, struct sw_name_room *room, const uint8_t *b)
{
    static const uint16_t weights[] = {0, 0, 1, 3, 65535};
    static const uint16_t ports[] = {5060, 5061, 0, 65535};
    rr->srv.priority = b[0] % 3;
    rr->srv.weight = PICK(weights, b[1]);
    rr->srv.port = PICK(ports, b[2]);
    rr->srv.target = give_name(room, b[3]);
}

static void make_address(struct sw_rr *rr, const uint8_t *b, size_t i)
{
    bool is_4 = rr->type == SW_RR_A;
    rr->addr = address_at(is_4, b[0]);
    if (b[1] & 1)
        rr->addr.bytes[is_4 ? 3 : 15] = (uint8_t)i;
}

static void make_records(struct fp_answer *a, const struct sw_question *q, const uint8_t *b)
{
    size_t count = 1 + (b[1] >= 250 ? FP_RECORDS_MAX - 1u : b[1] % 5u);
    for (size_t i = 0; i < count; i++) {
        uint8_t r[4];
        for (size_t k = 0; k < sizeof r; k++)
            r[k] = (uint8_t)(b[4 + (i * 4 + k) % (FP_ANSWER_LEN - 4)] + (i / 3) * 7);
        a->rrs[i] = (struct sw_rr){.type = q->type, .ttl_s = b[2]};
        if (q->type == SW_RR_NAPTR)
            make_naptr(&a->rrs[i], &a->names[i], r);
        else if (q->type == SW_RR_SRV)
            make_srv(&a->rrs[i], &a->names[i], r);
        else
            make_address(&a->rrs[i], r, i);
    }
    a->answer.rr_count = count;
}

void fp_answer_make(struct fp_answer *a, const uint8_t *answers, size_t answer_count,
                    const struct sw_question *q)
{
    static const enum sw_outcome outcomes[] = {
        SW_OUTCOME_RECORDS,  SW_OUTCOME_RECORDS,   SW_OUTCOME_RECORDS, SW_OUTCOME_NODATA,
        SW_OUTCOME_NXDOMAIN, SW_OUTCOME_SERVFAIL,  SW_OUTCOME_TIMEOUT, SW_OUTCOME_MALFORMED,
        SW_OUTCOME_BOGUS,    SW_OUTCOME_NOT_ASKED, SW_OUTCOME_RECORDS, SW_OUTCOME_RECORDS};
    static const uint8_t none[FP_ANSWER_LEN] = {4};
    const uint8_t *b = none;
    if (answer_count > 0) {
        uint64_t hash = sw_name_hash(q->name, (uint64_t)q->type);
        b = answers + hash % answer_count * FP_ANSWER_LEN;
    }
    a->answer = (struct sw_answer){.outcome = PICK(outcomes, b[0] & 0x0f),
                                   .is_secure = (b[0] & 0x10) != 0,
                                   .is_stale = (b[0] & 0x60) == 0x60,
                                   .is_local = (b[0] & 0x80) != 0,
                                   .is_cut = b[1] == 255,
                                   .alias_count = b[3] & 1,
                                   .ttl_s = b[2],
                                   .rrs = a->rrs};
    if (a->answer.outcome == SW_OUTCOME_RECORDS)
        make_records(a, q, b);
}
