/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares what happened with what a case expects, and runs with one another. */
#ifndef SW_TEST_ROUTE_CHECK_H
#define SW_TEST_ROUTE_CHECK_H

#include "route_drive.h"

/* @return true: as expected; otherwise each difference was said on standard error. */
bool rt_check_story(const struct rt_case *c, const struct rt_story *s);
/* The same candidates in the same order and the same result. */
bool rt_same_hops(const struct rt_story *a, const struct rt_story *b);
/* Weighted choice over many seeds or keys: the step's shares. */
bool rt_check_shares(const struct rt_case *c, const struct rt_step *step);

#endif
