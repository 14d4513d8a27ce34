/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * c-ares on a loop of ours: questions go to the servers that were set, a reply or a failure comes
 * back. No cache, no deadlines, no joining of equal questions: that is dns_stub.c's.
 *
 *     ad_channel_new(&ch, loop, on_reply);
 *     ad_channel_set_servers(ch, &servers);     // again when there are others
 *     ad_channel_send(ch, &question, &list);    // on_reply(owner, ...) comes later, or now
 *
 * A burst is let out bit by bit: what the buffers of a socket hold on the way there and back, the
 * rest when answers come or a moment has passed. Else it would be lost, and repeated.
 */
#ifndef SW_ADAPTER_DNS_CHANNEL_H
#define SW_ADAPTER_DNS_CHANNEL_H

#include "adapter/dns_servers.h"
#include "adapter/loop.h"
#include "base/list.h"
#include "dns/ask.h"

struct ad_channel;

enum ad_reply_kind {
    AD_REPLY_MESSAGE,  /* msg, len: as it came */
    AD_REPLY_TIMEOUT,  /* all rounds over all servers are over */
    AD_REPLY_FAILED,   /* every server failed or refused; or c-ares has no memory */
    AD_REPLY_MALFORMED /* what came is no DNS message */
};

struct ad_reply {
    enum ad_reply_kind kind;
    const uint8_t *msg; /* valid during the call */
    size_t len;
    const char *why; /* of the last three. Static */
};

typedef void ad_channel_reply_fn(void *owner, const struct ad_reply *reply);

/**
 * Make a channel without servers.
 * @retval 0, SW_E_NOMEM, SW_E_RESOLVER (c-ares refuses)
 *
 * Thread: any, under a lock of its own; used from one thread.
 */
SW_MUST_USE int ad_channel_new(struct ad_channel **out, struct ad_loop *loop,
                               ad_channel_reply_fn *fn);
/* Nobody is called any more. NULL is allowed. */
void ad_channel_free(struct ad_channel *ch);

/**
 * Ask these from now on; what is under way is put to them anew.
 * @retval 0, SW_E_NOMEM, SW_E_RESOLVER (none of them can be used); those before stay then.
 */
SW_MUST_USE int ad_channel_set_servers(struct ad_channel *ch, const struct ad_dns_servers *servers);

/**
 * Send a question.
 * @param q      what its name points at stays until the reply, or ad_channel_forget().
 * @param owner  fn is called with it, once; maybe before this returns.
 * @param into   the owner's list: it has a member for each question of his without a reply.
 * @retval 0, SW_E_NOMEM (fn is not called)
 */
SW_MUST_USE int ad_channel_send(struct ad_channel *ch, const struct sw_question *q, void *owner,
                                struct sw_list *into);
/* Replies to what is in an owner's list are not wanted any more. */
void ad_channel_forget(struct sw_list *list);

#endif
