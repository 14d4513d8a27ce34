/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of a location while its transaction lives; tale.h says what becomes of it. */
#ifndef SW_PROXY_TOLD_H
#define SW_PROXY_TOLD_H

#include "base/buf.h"
#include "base/hmap.h"
#include "base/list.h"
#include "locate/trace.h"

struct px_core;

struct px_tale {
    uint16_t from;  /* in b: this location's part, where it is not the first */
    bool is_wanted; /* there is a tale */
    bool has_asked; /* a question */
    bool was_known; /* the route, from an earlier location */
    struct sw_trace sink;
    struct px_core *core;
    struct sw_buf b; /* of the pool */
    uint64_t route_key;
};

/* The tales of routes. */
struct px_told {
    struct sw_hmap map; /* by the route's key */
    struct sw_list lru; /* newest first */
};

#endif
