/* SPDX-License-Identifier: BSD-2-Clause */
/* SRV records: which of an answer count (V5, V6, D9) and the weighted order of each priority (V4).
 */
#ifndef SW_LOCATE_SRV_H
#define SW_LOCATE_SRV_H

#include "locate/policy.h"
#include "locate/trace.h"

struct sw_route_host;

/* A record that counts. A set of them is kept in canonical order: by priority, then falling weight,
 * port and target, so that a draw does not depend on how an answer was shuffled. */
struct sw_srv_record {
    uint16_t priority, weight, port;
    uint16_t answer_rank; /* its place in the answer, for the literal draw */
    struct sw_route_host *host;
};

struct sw_srv_choice {
    uint16_t at[SW_SRV_MAX]; /* places in the answer, in canonical order */
    uint8_t count;
    bool is_declined; /* V5: decidedly not offered */
    bool is_cut;      /* D9 */
};

/**
 * Say whether a record counts.
 * @param is_sole  the answer has no other.
 * @retval SW_NOTE_OK, or why not
 */
enum sw_note sw_srv_judge(const struct sw_rr_srv *srv, bool is_sole);
/* Take what counts of an answer with records, in canonical order. */
void sw_srv_choose(const struct sw_answer *answer, struct sw_srv_choice *out);
/* True for a target like 192.0.2.7, which is an address in the clothes of a name (V8). */
bool sw_srv_is_numeric(struct sw_name target);

/* How a set is put in order for one location. */
struct sw_srv_chance {
    enum sw_draw draw;
    bool is_canonical; /* S1: the literal draw, too, starts from the canonical order */
    uint64_t seed;     /* of this set in this location */
};

/**
 * Draw the order in which a set's records are tried: by priority, within one by weight without
 * replacement.
 * @param records     in canonical order, count of them, at most SW_SRV_MAX.
 * @param[out] order  count indices into records.
 * Spec: RFC 2782; V4.
 */
void sw_srv_draw(const struct sw_srv_record *records, size_t count,
                 const struct sw_srv_chance *chance, uint8_t *order);

#endif
