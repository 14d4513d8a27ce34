/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What left against what came in, line by line, with no help from the code that edits (M1): all
 * that is not on the short list below must be the same octets in the same order.
 *
 * A request: a Via and Record-Routes of ours are put in; the Via below ours may get `received` and
 * `rport`; Max-Forwards is one less, or added; Max-Breadth is added; Route values of ours are gone,
 * and a strict router's first one has changed places with the Request-URI; Content-Length is added
 * where a stream needs it. A response: the first Via value is gone; Content-Length as above. Octets
 * behind the body of a datagram are no part of the message.
 */
#ifndef TEST_TORTURE_SAME_H
#define TEST_TORTURE_SAME_H

#include "base/slice.h"

/* NULL, or what is not the same. `ours` is how our Via names us: "192.0.2.10:5060". Static. */
const char *tt_request_differs(struct sw_slice in, struct sw_slice out, const char *ours);
/* NULL, or what is not the same. Static. */
const char *tt_response_differs(struct sw_slice in, struct sw_slice out);

#endif
