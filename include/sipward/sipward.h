/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libsipward finds the SIP server for a URI, and the next one when it fails (RFC 3263).
 *
 *     sipward_new(&sw, NULL, NULL);
 *     sipward_locate(&location, sw, "sip:joe@vocal.com", NULL, NULL);
 *     while (sipward_wait(location, 5000, &candidate) == SIPWARD_CANDIDATE && !send_to(candidate))
 *         sipward_report(location, SIPWARD_TIMED_OUT, NULL);
 *     sipward_end(location);
 *     sipward_free(sw);
 *
 * A *context* (struct sipward) is one resolver with its record cache, a cache of parsed records,
 * and a memory of which places answered. A program has one for each thread that sends requests. A
 * *location* is one URI being located for one transaction: it hands out *candidates* in the order
 * in which a correct client tries them; the caller tries one, reports what came of it, and asks
 * for the next. The order is the transaction's own: another one draws the weights anew and puts
 * places that failed recently last.
 *
 * There are three ways to drive a context:
 *
 * - on the caller's libevent base: sipward_new_on_libevent(), and nothing more to do;
 * - in any other loop: poll sipward_fd() for reading, for at most sipward_timeout_ms(), then call
 *   sipward_process();
 * - blocking: sipward_wait(), as above.
 *
 * In a loop, sipward_next() says SIPWARD_WAIT while the DNS is being asked, and the location's
 * ready function is called when another sipward_next() is worth while. So one function does it
 * all, called first by the caller and then by the library (examples/events.c):
 *
 *     static void go_on(struct sipward_location *location, void *call)
 *     {
 *         switch (sipward_next(location, &candidate)) {
 *         case SIPWARD_CANDIDATE: try it; when it fails: sipward_report(), and go_on() again
 *         case SIPWARD_WAIT:      return; this function will be called
 *         case SIPWARD_END:       none is left; sipward_result() and sipward_reason() say why
 *         }
 *     }
 *
 * Threads: a context and its locations are used by one thread at a time; contexts do not know of
 * each other. There is no hidden thread, and no global state but a lock around the creation of
 * contexts. Errors are values, out of memory included. Nothing is logged, no signal is used.
 */
#ifndef SIPWARD_SIPWARD_H
#define SIPWARD_SIPWARD_H

#include "sipward/candidate.h"
#include "sipward/err.h"
#include "sipward/options.h"
#include "sipward/trace.h"
#include "sipward/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sipward;
struct sipward_location;
struct event_base;

/**
 * Make a context with a loop of its own, for sipward_fd() or sipward_wait().
 *
 * @param[out] out    the context; sipward_free() it.
 * @param options     NULL: every default. Copied.
 * @param[out] error  written on failure; NULL when not wanted.
 * @retval 0                   ready. Nothing has been asked yet.
 * @retval SIPWARD_E_NOMEM     out of memory.
 * @retval SIPWARD_E_INVAL     error->text names the option.
 * @retval SIPWARD_E_FILE      a zone file, trust anchor or resolv.conf cannot be read.
 * @retval SIPWARD_E_ZONE      error->text is "FILE:LINE: what".
 * @retval SIPWARD_E_RESOLVER  libunbound refused; error->text says why.
 * @retval SIPWARD_E_SYSTEM    no file descriptor, or no random bytes.
 *
 * Owns: the context is the caller's. Thread: any; contexts are made one at a time, under a lock.
 */
SIPWARD_API SIPWARD_MUST_USE int sipward_new(struct sipward **out,
                                             const struct sipward_options *options,
                                             struct sipward_error *error);

/**
 * Make a context that lives on a libevent base: it works whenever the base is dispatched.
 * @param base  borrowed, outlives the context; of the same libevent the library is linked with.
 * Everything else as sipward_new().
 */
SIPWARD_API SIPWARD_MUST_USE int sipward_new_on_libevent(struct sipward **out,
                                                         const struct sipward_options *options,
                                                         struct event_base *base,
                                                         struct sipward_error *error);

/**
 * End a context and every location in it; no ready function is called any more. Called from a
 * ready function, the context goes away when that returns.
 * @param sw  NULL is allowed. Thread: that of the context.
 */
SIPWARD_API void sipward_free(struct sipward *sw);

/**
 * Give the file descriptor to poll for reading; the same as long as the context lives.
 * @retval SIPWARD_E_INVAL  the context lives on a libevent base.
 * Owns: the descriptor stays the context's; do not read or close it.
 */
SIPWARD_API int sipward_fd(const struct sipward *sw);

/**
 * Say how long to poll at most. Ask before every poll.
 * @return milliseconds, rounded up; 0: call sipward_process() now; -1: there is nothing to wait for
 *         but the descriptor.
 */
SIPWARD_API int sipward_timeout_ms(const struct sipward *sw);

/**
 * Do what is due, without waiting: read answers, run timers, call ready functions.
 * @retval 0                 done; poll again.
 * @retval SIPWARD_E_INVAL   the context lives on a libevent base, or this is a ready function.
 * @retval SIPWARD_E_SYSTEM  polling failed: free the context.
 */
SIPWARD_API int sipward_process(struct sipward *sw);

/**
 * Forget parsed records and look anew at this machine's addresses (RFC 6724). Call it when the
 * network has changed. Locations under way go on as they were; health stays.
 * @retval 0
 * @retval SIPWARD_E_NOMEM  nothing has been forgotten.
 */
SIPWARD_API int sipward_flush(struct sipward *sw);

/* What sipward_next() and sipward_wait() find. */
enum sipward_next {
    SIPWARD_END = 0,       /* no candidate is left */
    SIPWARD_CANDIDATE = 1, /* try this one */
    SIPWARD_WAIT = 2       /* not known yet */
};

/* How a location stands, or how it ended. */
enum sipward_result {
    SIPWARD_OPEN,      /* no candidate so far, questions under way */
    SIPWARD_OK,        /* at least one candidate was handed out */
    SIPWARD_NONE,      /* definitely nowhere to send */
    SIPWARD_TEMPORARY, /* failed for now: another try may succeed */
    SIPWARD_BOGUS,     /* nothing was left after DNSSEC validation */
    SIPWARD_INVALID    /* such a URI cannot be located at all */
};

/** Name a result: "open", "ok", "none", "temporary", "bogus", "invalid". Static. Thread: any. */
SIPWARD_API const char *sipward_result_name(enum sipward_result result);

/* Flags of struct sipward_query. */
enum {
    SIPWARD_TRACE = 1 << 0,        /* keep what sipward_trace() shows */
    SIPWARD_QUERY_SEEDED = 1 << 1, /* take `seed` for the weighted choice of this location */
    SIPWARD_LIST = 1 << 2          /* nothing will be sent: hand out every candidate there could be,
                                      also one that is SIPWARD_ONLY_IF_REFUSED */
};

/**
 * Hear that sipward_next() has something to say.
 *
 * Called from sipward_process(), sipward_wait() or the libevent base, never from sipward_locate()
 * or sipward_next(); at most once for each SIPWARD_WAIT. Everything but waiting may be done in it,
 * also ending this location.
 */
typedef void sipward_ready_fn(struct sipward_location *location, void *arg);

/* How a URI is to be located. It grows at its end. */
struct sipward_query {
    size_t size;        /* sizeof(struct sipward_query) */
    size_t uri_len;     /* bytes of the URI; 0: it ends in NUL */
    size_t request_len; /* octets of the request to be sent: over 1300, TCP goes before UDP (RFC
                           3261 18.1.1); 0: not known */
    uint64_t seed;      /* with SIPWARD_QUERY_SEEDED */
    unsigned flags;
    /* Not NULL for a stateless proxy (RFC 3263 4.4): the order is then a function of the records
     * and this key, and health is not consulted. Not kept. Such a proxy has one place to send to:
     * when that fails the location ends, and sipward_reason() says that the transaction is to be
     * handled statefully. SIPWARD_LIST still shows them all. */
    const void *stateless_key;
    size_t stateless_key_len;
    sipward_ready_fn *ready; /* NULL: the caller asks again after sipward_process() */
    void *arg;               /* handed to ready */
};

/** Make a query of nothing but its size. Thread: any. */
static inline void sipward_query_init(struct sipward_query *query)
{
    memset(query, 0, sizeof *query);
    query->size = sizeof *query;
}

/**
 * Begin to locate a SIP or SIPS URI. The first questions are asked at once.
 *
 * @param[out] out    the location; sipward_end() it.
 * @param uri         without angle brackets. Not kept.
 * @param query       NULL: every default. Not kept.
 * @param[out] error  written on failure; NULL when not wanted.
 * @retval 0                 go on with sipward_next() or sipward_wait(). A URI that asks for the
 *                           impossible (sips over UDP) is a location that ends at once.
 * @retval SIPWARD_E_SYNTAX  error->offset, rule and text say where and why: answer 400.
 * @retval SIPWARD_E_SCHEME  another scheme: answer 416.
 * @retval SIPWARD_E_INVAL   a query without size, or with a flag or field that nobody knows.
 * @retval SIPWARD_E_NOMEM   out of memory: answer 503, or try later.
 *
 * Owns: the location is the caller's. Thread: that of the context. Spec: RFC 3263 4.
 */
SIPWARD_API SIPWARD_MUST_USE int sipward_locate(struct sipward_location **out, struct sipward *sw,
                                                const char *uri, const struct sipward_query *query,
                                                struct sipward_error *error);

/**
 * End a location, finished or not. May be called at any time, also in its ready function, which
 * will not be called any more.
 * @param location  NULL is allowed. Thread: that of the context.
 */
SIPWARD_API void sipward_end(struct sipward_location *location);

/**
 * Go to the next candidate. The one before counts as failed.
 *
 * @param[out] candidate  written on SIPWARD_CANDIDATE; valid until the next call of this or of
 *                        sipward_end(). Copy it to keep it.
 * @retval SIPWARD_CANDIDATE  send there. When that fails: sipward_report(), and come back.
 * @retval SIPWARD_WAIT       come back when the ready function is called.
 * @retval SIPWARD_END        none is left; sipward_result() and sipward_reason() say why. After
 *                            candidates (SIPWARD_OK) the transaction fails as the last one did.
 *
 * Thread: that of the context. Spec: RFC 3263 4.3.
 */
SIPWARD_API SIPWARD_MUST_USE enum sipward_next
sipward_next(struct sipward_location *location, const struct sipward_candidate **candidate);

/**
 * Go to the next candidate and wait for it. Every location of the context goes on meanwhile, and
 * their ready functions are called, but not this one's.
 *
 * @param timeout_ms  negative: as long as it takes (deadline_ms of the options ends it).
 * @param[out] candidate  as for sipward_next().
 * @retval SIPWARD_CANDIDATE, SIPWARD_END  as sipward_next().
 * @retval SIPWARD_WAIT        the time is over. The search goes on in the next call.
 * @retval SIPWARD_E_INVAL     the context lives on a libevent base, or this is a ready function.
 * @retval SIPWARD_E_NOTFOUND  another location's ready function has ended this one.
 * @retval SIPWARD_E_SYSTEM    polling failed: end the location.
 *
 * Thread: that of the context.
 */
SIPWARD_API SIPWARD_MUST_USE int sipward_wait(struct sipward_location *location, int timeout_ms,
                                              const struct sipward_candidate **candidate);

/**
 * Say whether another sipward_next() could find a candidate, known or being asked for. The last
 * candidate gets all the time that is left (64*T1); the others sipward_try_ms().
 */
SIPWARD_API bool sipward_has_more(struct sipward_location *location);

/** Say how the location stands. Thread: that of the context. */
SIPWARD_API enum sipward_result sipward_result(const struct sipward_location *location);

/**
 * Write why there is no candidate, for a person.
 * @param[out] room  ends in NUL, cut to room_len bytes (at least 1); "" when there are candidates.
 * @return room.
 */
SIPWARD_API const char *sipward_reason(const struct sipward_location *location, char *room,
                                       size_t room_len);

/** Write TARGET (RFC 3263 4: maddr, or else the host). As sipward_reason(). */
SIPWARD_API const char *sipward_target(const struct sipward_location *location, char *room,
                                       size_t room_len);

/**
 * Write what belongs to the candidate handed out last in words; all "" before the first.
 * @param size  sizeof(struct sipward_words), as the caller was compiled.
 * Thread: that of the context.
 */
SIPWARD_API void sipward_words_sized(const struct sipward_location *location,
                                     struct sipward_words *words, size_t size);

/** As sipward_words_sized(), with the size this file was compiled with. */
static inline void sipward_words(const struct sipward_location *location,
                                 struct sipward_words *words)
{
    sipward_words_sized(location, words, sizeof *words);
}

#ifdef __cplusplus
}
#endif

#include "sipward/health.h"
#include "sipward/response.h"

#endif
