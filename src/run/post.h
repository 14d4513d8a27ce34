/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail of all workers: a mailbox from each to each other, and who has to be woken.
 *
 *     sw_post_new(&post, worker_count);
 *     worker: sw_post_put(post, me, to, &handed);      // as often as needed
 *             sw_post_send(post, me);                  // once a turn
 *             while (sw_post_take(post, me, &handed)) ...
 *             if (sw_post_may_sleep(post, me)) wait, also for sw_post_fd(post, me);
 *             sw_post_awake(post, me);
 *
 * Whoever sleeps is woken by an eventfd, once; whoever is awake finds the mail by itself.
 *
 * Owns: boxes and descriptors. Thread: each worker's functions are its thread's; sw_post_wake() and
 * sw_post_lost() are anybody's.
 */
#ifndef SW_RUN_POST_H
#define SW_RUN_POST_H

#include "run/mailbox.h"

struct sw_post;

/** @retval 0, SW_E_NOMEM, SW_E_SYSTEM */
SW_MUST_USE int sw_post_new(struct sw_post **out, uint16_t worker_count);
void sw_post_free(struct sw_post *post); /* NULL is allowed */

/* Put something into the mailbox of a worker, or of all others: PX_ALL_WORKERS. */
void sw_post_put(struct sw_post *post, uint16_t from, uint16_t to, const struct px_handed *h);
/* Let the others see it, and wake those who sleep. */
void sw_post_send(struct sw_post *post, uint16_t from);
/* The next thing for this worker, one sender after the other, each in its order; its bytes are
 * valid until the next call. @retval false  there is nothing. */
SW_MUST_USE bool sw_post_take(struct sw_post *post, uint16_t me, struct px_handed *out);

/* About to sleep. @retval false  no: there is mail. */
SW_MUST_USE bool sw_post_may_sleep(struct sw_post *post, uint16_t me);
void sw_post_awake(struct sw_post *post, uint16_t me);
/* Readable when the worker is to wake; it reads it. */
int sw_post_fd(const struct sw_post *post, uint16_t me);
/* Wake a worker. Signal handlers may, too. */
void sw_post_wake(struct sw_post *post, uint16_t worker);

/* A worker that drains has nothing open, or has again. */
void sw_post_set_idle(struct sw_post *post, uint16_t me, bool is_idle);
/* None has. Whoever makes it so wakes the others. */
bool sw_post_is_idle(struct sw_post *post);

/* How many things for this worker did not fit. */
uint64_t sw_post_lost(const struct sw_post *post, uint16_t worker);

#endif
