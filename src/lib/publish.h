/* SPDX-License-Identifier: BSD-2-Clause */
/* From the locator's values to the public ones and back. */
#ifndef SW_LIB_PUBLISH_H
#define SW_LIB_PUBLISH_H

#include "base/err.h"
#include "locate/candidate.h"

#include "sipward/candidate.h"

/** Fill a public candidate. @param now_us  for what is left of its penalty. */
void sw_publish_candidate(const struct sw_candidate *in, uint64_t now_us,
                          struct sipward_candidate *out);
/** Write a candidate's words, the first `size` bytes of them. */
void sw_publish_words(const struct sw_candidate *in, struct sipward_words *out, size_t size);
/** Fill an address. @return its length. */
socklen_t sw_publish_endpoint(const struct sw_endpoint *e, union sipward_sockaddr *out);
/** Read an address back. @retval 0, SW_E_INVAL (neither IPv4 nor IPv6) */
SW_MUST_USE int sw_publish_read(const union sipward_sockaddr *in, struct sw_endpoint *out);

#endif
