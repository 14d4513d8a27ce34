/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 300, 301 or 302 whose contacts are tried here, not by the caller (RFC 3261 16.5, 16.7 step 4;
 * C9):
 *
 *     s->target   --302: carol;q=0.9, tel:+49..., bob-->  what stays (tel:) may still go up
 *     carol       --486-->                                the best q first, one at a time,
 *     bob         --200-->                                each located, each with its failover
 *
 * Only for a Request-URI in a domain that we serve: no other is ours to change (16.5). A contact is
 * tried at most once, never in the clear after sips, and leads nowhere that records may not lead to
 * (H4). Who may not send anywhere is led to served domains only, unless he who redirects may.
 */
#ifndef SW_PROXY_REDIRECT_H
#define SW_PROXY_REDIRECT_H

#include "proxy/state.h"
#include "sip/edit.h"

enum {
    PX_CONTACTS_MAX = 8,        /* of a transaction: a call led on more often goes in circles */
    PX_CONTACT_LEN_MAX = 1024,  /* octets of a URI that is kept while others are tried */
    PX_CONTACTS_LOOKED_AT = 32, /* of a response */
    PX_Q_MAX = 1000
};

/* One that became a target, or will. */
struct px_contact {
    struct sw_slice uri;  /* owned: as a Request-URI may be (16.6 step 2) */
    uint16_t q;           /* in thousandths */
    struct sw_slice made; /* owned: the text of its configured route, once it had its turn */
};

struct px_redirect {
    struct px_target first; /* what the request itself says, once others have their turn */
    uint8_t count, next;    /* contacts; the one whose turn is next */
    struct px_contact contacts[PX_CONTACTS_MAX];
};

/* Which Contact values of a response were taken, by their place in it. */
struct px_taken {
    uint32_t bits;
    bool is_all; /* none is left */
};

/* Take the contacts of c's response m that are to be tried. */
struct px_taken px_redirect_take(struct px_core *core, const struct px_client *c,
                                 const struct sw_msg *m);
/* Those taken do not go up (16.7 step 4). */
void px_redirect_cut(const struct sw_msg *m, struct px_taken taken, struct sw_edits *edits);
/* Make the next contact s->target. False: there is none left that can be. */
SW_MUST_USE bool px_redirect_next(struct px_core *core, struct px_server *s);
/* Does nothing when there was no redirection. */
void px_redirect_free(struct px_core *core, struct px_server *s);

#endif
