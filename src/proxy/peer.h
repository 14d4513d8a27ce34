/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a connection is with: what TLS showed of the other side, kept as long as the connection, and
 * what a try keeps of the names it asked for. All of the core's pool.
 */
#ifndef SW_PROXY_PEER_H
#define SW_PROXY_PEER_H

#include "proxy/state.h"

/* Names to be verified, in one block with their texts. */
struct px_names {
    size_t count;
    struct sw_slice at[SW_TLS_NAMES_MAX];
};

/* NULL for none, and when out of memory. */
struct px_names *px_names_keep(struct px_core *core, const struct sw_slice *names, size_t count);
/* A certificate's names, in one block with their texts; NULL as above. */
struct px_cert *px_cert_keep(struct px_core *core, const struct px_cert *cert);

/* H7: what that certificate says covers these names, too. */
bool px_cert_covers(const struct px_core *core, const struct px_cert *cert,
                    const struct sw_slice *names, size_t count);

#endif
