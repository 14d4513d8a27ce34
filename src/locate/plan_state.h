/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a plan, shared by the plan_*.c files:
 *
 *     plan_life.c    its life, and what can be asked about it
 *     plan_ask.c     what is not known yet and needed now becomes questions
 *     plan_answer.c  answers go into the route, or, when they failed for now, into the plan
 *     plan_naptr.c   NAPTR answers become the route's services (N1 to N9)
 *     plan_service.c which service comes next (N7, N9, T7), and the last resort (V3)
 *     plan_cursor.c  from target to address, in the order of this one location
 *     plan_host.c    the addresses of one target, as far as they are known (A1 to A3)
 *     plan_next.c    the cursor's addresses become candidates: health, T7, the limits
 *     plan_trace.c   notes, steps and reasons
 */
#ifndef SW_LOCATE_PLAN_STATE_H
#define SW_LOCATE_PLAN_STATE_H

#include "locate/plan.h"
#include "locate/route.h"
#include "locate/route_cache.h"

enum sw_stage {
    SW_STAGE_NAPTR, /* the services are not known yet */
    SW_STAGE_WALK,  /* the cursor walks over them */
    SW_STAGE_OVER   /* the result is known */
};

/* What the plan itself knows of something the route does not know. */
enum sw_known { SW_KNOWN_NOTHING, SW_KNOWN_ASKED, SW_KNOWN_FAILED, SW_KNOWN_BOGUS };

enum sw_ask_kind { SW_ASK_NAPTR, SW_ASK_SRV, SW_ASK_A, SW_ASK_AAAA };

struct sw_plan_question {
    void *subject; /* sw_naptr_branch, sw_srv_set or sw_route_host */
    uint8_t kind;  /* enum sw_ask_kind */
    bool is_open;
};

/* What this plan knows of a host beyond the route. */
struct sw_plan_host {
    const struct sw_address_list *list;    /* all there will be, where the route has none */
    const struct sw_address_list *partial; /* of one family, the other being late (A3) */
    uint64_t first_at_us;                  /* when the first family was known */
    uint8_t known[SW_HOST_FAMILIES];       /* enum sw_known */
    bool has_first;
    uint8_t dropped; /* enum sw_note: why addresses of it were dropped; OK: none was */
};

/* N5: a name asked for NAPTR records. */
struct sw_naptr_branch {
    struct sw_name name;
    uint8_t depth; /* non-terminal records from TARGET to here, the shortest way */
    uint8_t known; /* enum sw_known; ASKED turns into FAILED when it is done, whatever came */
    bool is_met;   /* its records have their place in the order */
    uint8_t pick_count;
    struct sw_naptr_pick *picks;
};

/* The NAPTR records of TARGET and of what they lead to; put in order when all are there. */
struct sw_naptr_tree {
    struct sw_naptr_branch **branches; /* the first is TARGET */
    uint8_t branch_count, branch_cap;
    uint8_t open_count;       /* not answered */
    bool has_sip, has_shared; /* N8 */
};

/* Under which condition a UDP candidate follows its TCP twin (T7). */
enum sw_condition { SW_UNCONDITIONAL, SW_IF_SET_REFUSED, SW_IF_ADDRESS_REFUSED };

/* One address in its place. */
struct sw_pick {
    const struct sw_service *service;
    const struct sw_srv_record *record;
    uint8_t ref;       /* of the address in record->host */
    uint8_t transport; /* enum sw_transport */
    uint8_t condition; /* enum sw_condition */
    bool is_twin;      /* T7: TCP in front of UDP */
};

enum sw_seen_state { SW_SEEN_OPEN, SW_SEEN_FAILED, SW_SEEN_REFUSED, SW_SEEN_POSTPONED };

/* A4: what was handed out or postponed. */
struct sw_seen {
    const struct sw_address *address;
    uint16_t port;
    uint8_t transport;
    uint8_t state; /* enum sw_seen_state */
    bool is_twin;
};

/* R3, R8 */
struct sw_postponed {
    struct sw_pick pick;
    uint64_t until_us; /* 0: nothing is against it but that somebody else is preferred */
    uint8_t seen;      /* its place there */
};

/* A3: addresses of one family that come after their target's turn. */
struct sw_late {
    const struct sw_service *service;
    const struct sw_srv_record *record;
    uint8_t family;    /* enum sw_host_family */
    uint8_t condition; /* enum sw_condition */
};

/* Where a location stands in its route. Copied for a look ahead. */
struct sw_cursor {
    const struct sw_service *service; /* being walked; NULL: between two */
    const struct sw_srv_record *record;
    const struct sw_address_list *list; /* of the record's host; NULL: not opened */
    uint8_t next_service;               /* place in the plan's order; past it: last resort, late */
    uint8_t record_at, list_at, late_at;
    uint8_t condition;    /* enum sw_condition, of this service's UDP candidates */
    uint8_t late_family;  /* with has_late */
    bool has_late;        /* the list lacks this family, which is outstanding */
    bool may_merge;       /* A3: the late family belongs between, not behind: IPv6 came first */
    bool is_merged;       /* and now it is there: what was handed out is met again */
    bool is_twin_leg;     /* T7: the TCP set in front of a UDP service */
    bool is_late_leg;     /* A3 */
    bool has_given_twin;  /* T7: of the address at list_at */
    bool has_given_way;   /* T7: TCP had its turn before UDP */
    bool has_walked_twin; /* T7: it was that of a set */
    bool has_entered;     /* some service */
    bool has_resorted;    /* V3 was decided upon */
    bool has_entered_tls; /* N9 */
    bool skips_open;      /* looking past the sets that are not known */
    bool is_quiet;        /* looking ahead: notes nothing, changes nothing */
    uint8_t order[SW_SRV_MAX]; /* of the service's records */
};

struct sw_reason {
    enum sw_note note;
    struct sw_name name; /* len 0: none */
};

struct sw_plan {
    /* outlives a restart */
    const struct sw_alloc *alloc;
    struct sw_arena arena;
    void *room; /* the arena's first block */
    size_t room_len;
    uint32_t first_id; /* of the questions of this life */

    /* as given */
    const struct sw_policy *policy;
    const struct sw_trace *trace;
    struct sw_health *health;
    struct sw_offers *offers;
    struct sw_target target;
    struct sw_slice tls_host; /* H1: host of the URI, without trailing dot */
    uint64_t seed;
    const struct sw_health_key *preferred; /* R8: not met yet; NULL: none */

    struct sw_routes_user cache;
    struct sw_route *route; /* NULL: SW_WAY_NOWHERE */

    uint8_t stage;        /* enum sw_stage */
    uint8_t result;       /* enum sw_result */
    bool is_out;          /* a candidate is being tried: the deadline's clock stands still */
    bool is_expired;      /* D10 */
    bool has_handed_tls;  /* N9 */
    bool may_have_to_ask; /* something changed since sw_plan_ask() said no */
    bool is_cut;          /* D9 was noted for questions */
    bool has_held;        /* taken, found to be no rival, and the next one therefore */
    bool is_stateless, is_temporary, is_bogus;
    bool is_judged, is_bid_down, is_first_alert; /* H3 */
    uint8_t handed_count;
    uint64_t began_us, now_us;
    uint64_t deadline_us;
    uint64_t out_at_us;     /* with is_out */
    uint64_t wait_until_us; /* A3 */
    struct sw_reason none, temporary, bogus;
    struct sw_pick held; /* with has_held */

    struct sw_naptr_tree *tree;
    struct sw_plan_question *questions;
    struct sw_plan_host *hosts;
    struct sw_seen *seen;
    struct sw_postponed *postponed;
    struct sw_late *late;
    uint16_t host_cap;
    uint8_t question_count, question_cap;
    uint8_t seen_count, seen_cap, out_seen;
    uint8_t postponed_count, postponed_cap, postponed_at;
    uint8_t late_count, late_cap;
    uint8_t set_known[SW_SETS_MAX]; /* enum sw_known */
    uint8_t service_order[SW_SERVICES_MAX];
    struct sw_cursor cursor;
};

/* plan_life.c */

/* The deadline's time has come (D10). */
void sw_plan_expire(struct sw_plan *plan);
/* Take the time. */
static inline void sw_plan_tick(struct sw_plan *plan, uint64_t now_us)
{
    plan->now_us = now_us;
    if (now_us >= plan->deadline_us)
        sw_plan_expire(plan);
}
/* When half of the time is gone: see need_for_deadline(). */
uint64_t sw_plan_half_us(const struct sw_plan *plan);
/* Keep a failure as the reason, should nothing be found. Called where the walk meets it, so that
 * what was not needed does not count, whenever its answer came. */
void sw_plan_blame(struct sw_plan *plan, enum sw_known known, enum sw_note note,
                   struct sw_name name);
/* A bigger array in the plan's arena with the old members; NULL: out of memory. */
SW_MUST_USE void *sw_plan_grow(struct sw_plan *plan, const void *old, uint8_t *cap, size_t size);

/* plan_ask.c */

/* D9: when the questions are used up, what is wanted next has failed for now. True when something
 * was: the walk may go on. */
bool sw_plan_give_up_asking(struct sw_plan *plan);

/* plan_naptr.c */

/* Ask for the NAPTR records of TARGET. @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_plan_begin_naptr(struct sw_plan *plan);
/* Take the answer of a branch; NULL: it failed for now. When it was the last one under way, the
 * services are known. @retval 0, SW_E_NOMEM (the branch counts as failed) */
SW_MUST_USE int sw_plan_take_naptr(struct sw_plan *plan, struct sw_naptr_branch *branch,
                                   const struct sw_answer *answer);
/* Make the services of a transport the URI names (V1). @retval 0, SW_E_NOMEM */
SW_MUST_USE int sw_plan_begin_srv(struct sw_plan *plan);
/* The services are known: put them in the order of this location and go on. */
void sw_plan_begin_walk(struct sw_plan *plan);

/* plan_service.c */

/* What of a set is known to this plan. */
enum sw_set_view { SW_VIEW_OPEN, SW_VIEW_NONE, SW_VIEW_DECLINED, SW_VIEW_FAILED, SW_VIEW_FOUND };
enum sw_set_view sw_plan_view(const struct sw_plan *plan, const struct sw_srv_set *set);
/* Enter the next service, or TARGET itself: CANDIDATE. WAIT: it is not known which. */
enum sw_next sw_cursor_service(struct sw_plan *plan, struct sw_cursor *c);

/* plan_offer.c (H3) */

/* More is known of the services: remember a domain that offers SIPS. */
void sw_plan_learn_offer(struct sw_plan *plan);
/* Before the first candidate: CANDIDATE: go on. WAIT: it is not known yet whether the domain still
 * offers what it did. END: it does not, and the policy wants none of it then. */
enum sw_next sw_plan_judge_offer(struct sw_plan *plan);

/* plan_cursor.c */

/* Go to a target whose addresses are needed, if need be the next one: SW_NEXT_CANDIDATE. */
enum sw_next sw_cursor_target(struct sw_plan *plan, struct sw_cursor *c);
/* Go to an address. */
enum sw_next sw_cursor_settle(struct sw_plan *plan, struct sw_cursor *c);
/* Take the next address that was not met before and that T7 does not forbid. */
enum sw_next sw_cursor_take(struct sw_plan *plan, struct sw_cursor *c, struct sw_pick *out);
/* Leave the target. */
void sw_cursor_skip(struct sw_cursor *c);
/* T7: whether a pick may be used now: SW_SEEN_OPEN: yes; POSTPONED: behind its twin; FAILED: no. */
enum sw_seen_state sw_plan_condition(const struct sw_plan *plan, const struct sw_pick *pick);

/* plan_host.c */

/* The private state of a host; NULL: out of memory. */
SW_MUST_USE struct sw_plan_host *sw_plan_host(struct sw_plan *plan,
                                              const struct sw_route_host *host);
/* True when a family of a host is not known, wanted, and was not asked for. */
bool sw_plan_lacks(const struct sw_plan *plan, const struct sw_route_host *host,
                   enum sw_host_family family);
/* Give the cursor its record's addresses: CANDIDATE. END: there is none to be used. */
enum sw_next sw_plan_open_host(struct sw_plan *plan, struct sw_cursor *c);
/* The addresses of one family of a host, which is known; NULL: out of memory, which was noted. */
const struct sw_address_list *sw_plan_family_list(struct sw_plan *plan,
                                                  const struct sw_route_host *host,
                                                  enum sw_host_family family);

/* plan_trace.c: with no sink each costs one branch. */

/* A decision; name and text where they help. */
void sw_plan_step(const struct sw_plan *plan, enum sw_step step, struct sw_name name,
                  struct sw_slice text);
/* A note about a name, about a candidate, and about an address. */
void sw_plan_note(const struct sw_plan *plan, enum sw_note note, struct sw_name name);
void sw_plan_note_pick(const struct sw_plan *plan, enum sw_note note, const struct sw_pick *pick);
void sw_plan_note_addr(const struct sw_plan *plan, enum sw_note note,
                       const struct sw_netaddr *addr);
/* A question that is asked. */
void sw_plan_trace_question(const struct sw_plan *plan, const struct sw_question *question);
/* The answer, and each of its records with what it was used for. */
void sw_plan_trace_answer(const struct sw_plan *plan, const struct sw_question *question,
                          const struct sw_answer *answer);
/* What is handed out, and how it ended. */
void sw_plan_trace_candidate(const struct sw_plan *plan, const struct sw_candidate *candidate);
void sw_plan_trace_result(const struct sw_plan *plan);

#endif
