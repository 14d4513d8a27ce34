/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells one thing from another: branches, tags, tokens, and the keys of transactions. What
 * strangers send is only ever looked up under a secret seed; what we hand out and must recognise
 * again is made with a keyed hash.
 */
#ifndef SW_PROXY_IDENT_H
#define SW_PROXY_IDENT_H

#include "proxy/state.h"

/* Keys from the core's seed: the same in all workers, so that one knows the other's tokens. */
void px_keys_init(struct px_core *core, const uint8_t seed[32]);

/**
 * Write a branch: cookie, worker, 64 bits of chance, loop hash (RFC 3261 16.6 step 8).
 * @param chance  of the core's generator; for a request without a transaction a hash of what its
 *                retransmissions share (16.11).
 */
void px_branch_write(struct sw_buf *b, uint16_t worker, uint64_t chance, uint64_t loop_hash);
/**
 * Hash what decides how a request is treated (16.6 step 8): Request-URI, tags, Call-ID, CSeq
 * number, Route, Proxy-Require, Proxy-Authorization. The top Via stays out (RFC 5393): it differs
 * each time round. Not the method: a CANCEL has the branch of its request.
 */
uint64_t px_loop_hash(const struct px_core *core, const struct sw_msg *m);
/* The worker whose branch this is; false when it is not one of ours. */
bool px_branch_worker(struct sw_slice branch, uint16_t *out);
/* A number that is even over Call-IDs, the same in all workers, and no stranger's choice. */
uint64_t px_call_number(const struct px_core *core, struct sw_slice call_id);
/* True when a branch is one of ours with this loop hash. */
bool px_branch_has_loop(struct sw_slice branch, uint64_t loop_hash);

/* The To tag of responses made here: the same for all responses to one request and for the ACK
 * that belongs to it, without any memory of it (8.2.6.2). PX_TAG_LEN octets. */
void px_tag_write(const struct px_core *core, const struct sw_msg *m, struct sw_buf *b);
/* A number that all requests of a dialog share and that is even over many: seeds the draw of a
 * location, so that the requests of one dialog find the same server where records leave a choice.
 */
uint64_t px_call_seed(const struct px_core *core, const struct sw_msg *m);
/* The same in both directions of a dialog, and hardly ever that of another one. */
uint32_t px_dialog_number(const struct px_core *core, const struct sw_msg *m);

/* Each use of the key has its own number, so that a tag never passes for a token. */
enum px_mac_use {
    PX_MAC_LOOP = 1,
    PX_MAC_TAG,
    PX_MAC_CALL,
    PX_MAC_CALLEE, /* tokens: proxy/token.h */
    PX_MAC_CALLER,
    PX_MAC_STAMP,
    PX_MAC_LEGACY_A,
    PX_MAC_LEGACY_B,
    PX_MAC_OWNER,
    PX_MAC_FLOW, /* what hides a connection's id in a token */
    PX_MAC_DIALOG
};
/* Begin a keyed hash that only we can make; for that one use. */
struct sw_mac px_mac_start(const struct px_core *core, enum px_mac_use use);

/* Tag of From or To; empty when absent or unreadable. */
struct sw_slice px_msg_tag(const struct sw_msg *m, enum sw_hdr_id id);
struct sw_slice px_msg_value(const struct sw_msg *m, enum sw_hdr_id id);

/* The key of the request, views into it. */
void px_key_of(const struct px_core *core, const struct sw_msg *m, const struct sw_via *via,
               struct px_key *out);
/* `b` is a request that may belong to the transaction of `a`; methods are not compared. */
bool px_key_eq(const struct px_key *a, const struct px_key *b);
/* Hash for core->servers, of all that px_key_eq() compares: who sends one branch under many names
 * must not fill one place of the table. `key->hash` is not looked at. */
uint64_t px_key_hash(const struct px_core *core, const struct px_key *key);
/* Hash of a branch for tables: letters of either case are the same. */
uint64_t px_branch_hash(const struct px_core *core, struct sw_slice branch);

#endif
