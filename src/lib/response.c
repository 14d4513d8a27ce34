/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/error.h"
#include "lib/first_place.h"
#include "lib/location.h"
#include "lib/sized.h"

int sipward_locate_response(struct sipward_location **out, struct sipward *sw,
                            const struct sipward_via *via, const struct sipward_query *query,
                            struct sipward_error *error)
{
    struct sipward_via v;
    struct sipward_query q;
    if (via == NULL || sw_sized_take(&v, sizeof v, via) < 0 || sw_location_query(query, &q) < 0)
        return SW_ERROR_SAY(error, SW_E_INVAL,
                            "via or query: no size, or a flag or field this version of "
                            "the library does not know");
    q.stateless_key = NULL;
    q.request_len = 0;
    struct sw_first_place *first = NULL;
    int rc = sw_first_place_new(&first, sw->alloc, &v, error);
    if (rc < 0)
        return rc;
    struct sipward_location *l;
    rc = sw_location_new(&l, sw, &q);
    if (rc < 0) {
        sw_first_place_free(first);
        return SW_ERROR_SAY(error, rc, sw_err_text(rc));
    }
    sw_plan_free(l->plan); /* a spare one's; ours begins when the first place has failed */
    l->plan = NULL;
    l->first = first;
    const struct sw_plan_args args =
        sw_location_args(l, &q, q.flags & SIPWARD_QUERY_SEEDED ? q.seed : sw_rng_u64(&sw->rng));
    sw_first_place_set_args(first, &args);
    *out = l;
    return 0;
}
