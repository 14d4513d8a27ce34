/* SPDX-License-Identifier: BSD-2-Clause */
/* Each request that comes in is counted, and counted against its source (section 5, quota.h). */
#ifndef SW_PROXY_ADMIT_H
#define SW_PROXY_ADMIT_H

#include "proxy/state.h"

/* Well-formed or not. To be ignored: px_admit_ignore() says so. */
SW_MUST_USE enum px_quota_verdict px_admit(struct px_core *core, const struct px_hop *from);
/* Count and log it; nothing more is to be done. */
void px_admit_ignore(struct px_core *core, const struct px_hop *from, const struct sw_msg *m);

#endif
