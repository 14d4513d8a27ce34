/* SPDX-License-Identifier: BSD-2-Clause */
/* What transactions are known by, and the secrets that keep strangers from making such things up.
 */
#ifndef SW_PROXY_KEYS_H
#define SW_PROXY_KEYS_H

#include "base/mac.h"
#include "base/slice.h"
#include "sip/tables.h"

/* What identifies a server transaction (RFC 3261 17.2.3). Views into the request. */
struct px_key {
    struct sw_slice branch; /* with the magic cookie; empty: by legacy[] */
    struct sw_slice host;   /* sent-by */
    uint16_t port;          /* sent-by's; 0 when absent */
    enum sw_method method;
    struct sw_slice method_text;
    uint64_t legacy[2]; /* Request-URI, From tag, Call-ID, CSeq number, top Via (RFC 2543) */
    uint64_t hash;      /* px_key_hash() */
};

struct px_keys {
    uint64_t table;              /* of hash tables: never shown to anybody */
    uint8_t mac[SW_MAC_KEY_LEN]; /* of tags, tokens, stateless branches */
};

#endif
