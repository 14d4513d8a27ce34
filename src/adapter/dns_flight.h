/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The questions under way at a resolver, and who waits for each. A question is asked once, whoever
 * waits for it (D11); who waits has a deadline of his own; and nobody is called from within the
 * library that does the asking: an answer that comes later is put on a list that a timer delivers.
 * So whoever is called may ask and cancel, and the library's contexts can be freed wherever our own
 * code runs.
 *
 * The resolver's kind embeds struct ad_flight_question at the beginning of its own:
 *
 *     ad_flight_ask()         joins the waiters of an equal question, or makes one and calls
 *       ops->start(q)         ... which sets q->answer and is_answered when it is there at once
 *     ad_flight_finish(q)     q->answer and is_answered have been set: deliver them soon
 *       ops->abandoned(q)     nobody waits any more: true when the question may be freed
 */
#ifndef SW_ADAPTER_DNS_FLIGHT_H
#define SW_ADAPTER_DNS_FLIGHT_H

#include "adapter/dns_resolver.h"
#include "adapter/loop.h"
#include "base/arena.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/timerwheel.h"

struct ad_flight;

struct ad_flight_question {
    struct ad_flight *flight;
    struct sw_hmap_link by_name; /* in flight->questions while is_joinable */
    struct sw_list link;         /* in flight->open, or in flight->answered */
    struct sw_list waiters;
    struct sw_arena arena; /* what the answer points at */
    struct sw_answer answer;
    bool is_answered;
    bool is_joinable;
    struct sw_question want; /* its name lies behind the kind's struct */
};

struct ad_flight_ops {
    size_t question_len; /* of the kind's struct */
    /* Begin to find the answer. */
    void (*start)(struct ad_flight_question *q);
    /* One more waits for it; may call ad_flight_finish(). NULL: nothing to do. */
    void (*joined)(struct ad_flight_question *q, uint64_t now_us);
    /* The last waiter has gone. True: nothing refers to the question, it is freed. */
    bool (*abandoned)(struct ad_flight_question *q);
    /* Stop whatever still refers to the question; it has its answer. NULL: nothing to do. */
    void (*finished)(struct ad_flight_question *q);
    /* Its waiters are about to be told: the last chance to set another answer. NULL: none is
     * wanted. */
    void (*tell)(struct ad_flight_question *q);
    /* A waiter's time is over: what he is told instead of TIMEOUT. False: nothing else. NULL: the
     * same. */
    bool (*late)(struct ad_flight_question *q, struct sw_answer *answer);
    /* Our own code runs, in the timer: nothing of the library's is on the stack. NULL: no use. */
    void (*idle)(struct ad_flight *flight);
};

struct ad_flight {
    const struct ad_flight_ops *ops;
    const struct sw_alloc *alloc;
    struct ad_loop *loop;
    struct sw_hmap questions; /* by name and type */
    struct sw_hmap waiters;   /* by id */
    struct sw_list open;      /* questions that are being worked on */
    struct sw_list answered;  /* questions to be delivered */
    size_t question_count, question_max;
    uint64_t last_id;
    uint64_t seed; /* of the hash of names: strangers choose them */
    struct sw_timerwheel deadlines;
    struct ad_loop_timer *timer;
    uint64_t timer_due_us; /* SW_NEVER: not armed */
};

/**
 * Begin without a question.
 * @param question_max  under way at once; one more is NOT_ASKED.
 * @retval 0, SW_E_NOMEM, SW_E_RESOLVER (no random bytes)
 *
 * After a failure, too, ad_flight_fini() is due.
 */
SW_MUST_USE int ad_flight_init(struct ad_flight *flight, const struct ad_flight_ops *ops,
                               struct ad_loop *loop, const struct sw_alloc *alloc,
                               size_t question_max);
/* Drop every question without an answer. The library must have let go of all of them. */
void ad_flight_fini(struct ad_flight *flight);

/* As ad_dns_ask(). */
SW_MUST_USE int ad_flight_ask(struct ad_flight *flight, const struct sw_question *want,
                              uint64_t timeout_us, ad_dns_answer_fn *fn, void *arg,
                              struct ad_dns_id *id);
/* As ad_dns_cancel(). */
void ad_flight_cancel(struct ad_flight *flight, struct ad_dns_id id);
/* Answer at once that nobody was asked, and why. Returns 0, for whoever asked. */
int ad_flight_refuse(const struct ad_flight *flight, const char *why, ad_dns_answer_fn *fn,
                     void *arg);

/* The answer has come: who waits is told when the timer comes; without anybody the question is
 * freed. From here on nobody joins it. */
void ad_flight_finish(struct ad_flight_question *q);
/* Nobody joins what is under way now: whoever asks from here on is to be answered anew. */
void ad_flight_part(struct ad_flight *flight);
/* Call ops->idle soon. */
void ad_flight_wake(struct ad_flight *flight);

/* The loop's time, microseconds. */
uint64_t ad_flight_now_us(const struct ad_flight *flight);
/* Forget an answer that does not count. */
void ad_flight_forget_answer(struct ad_flight_question *q);

#endif
