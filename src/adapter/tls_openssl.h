/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLS 1.2 and 1.3 with OpenSSL, octets in and octets out: it never sees a socket.
 *
 *     ad_tls_new(&tls, &conf, &why);                    // certificate, key, authorities: read once
 *     ad_tls_session_new(&s, tls, &args);               // one connection's
 *     send(ad_tls_output(s)); ad_tls_output_taken(s);   // after each of the calls below
 *     state = ad_tls_receive(s, octets_of_the_peer);
 *     while ((n = ad_tls_read(s, room, sizeof room)) > 0)
 *         use(room, n);
 *     ad_tls_write(s, octets_for_the_peer);
 *     ad_tls_end(s);                                    // close_notify
 *
 * A session goes from SHAKING to OPEN, and from either to FAILED; from OPEN to ENDED when the peer
 * says close_notify. What there is to send in FAILED is an alert that says why.
 *
 * A peer's certificate is verified up to the authorities, and then the caller is asked whether its
 * names will do, while the handshake can still be refused with an alert. Certificates are read
 * again by making another ad_tls; sessions keep what they began with.
 *
 * Left out: resumption and renegotiation. Every handshake verifies anew, so what is asked of a peer
 * holds for every connection.
 *
 * Thread: an ad_tls and its sessions belong to one thread at a time; it may be made by another, and
 * freed by another while sessions go on.
 */
#ifndef SW_ADAPTER_TLS_OPENSSL_H
#define SW_ADAPTER_TLS_OPENSSL_H

#include "base/attr.h"
#include "base/err.h"
#include "proxy/identity.h"

struct ad_tls;
struct ad_tls_session;

/* X(constant, name): whether a client is asked for a certificate */
#define AD_TLS_CLIENTS(X)                                                                          \
    X(AD_TLS_CLIENT_NONE, "none")                                                                  \
    X(AD_TLS_CLIENT_ASK, "ask")         /* one that does not verify counts as none */              \
    X(AD_TLS_CLIENT_REQUIRE, "require") /* without one that verifies there is no connection */

enum ad_tls_client {
#define X(constant, name) constant,
    AD_TLS_CLIENTS(X)
#undef X
};

enum ad_tls_version { AD_TLS_1_2, AD_TLS_1_3 };

struct ad_tls_conf {
    const char *certificate; /* PEM: ours and what leads up from it; NULL: none, connect only */
    const char *key;         /* PEM */
    const char *ca;          /* PEM: authorities; NULL: the system's */
    enum ad_tls_client client;
    enum ad_tls_version version_min;
    unsigned depth_max; /* certificates between an authority and a peer's own; 0: none */
};

/* Which of the files is wrong. */
enum ad_tls_file { AD_TLS_NO_FILE, AD_TLS_CERTIFICATE, AD_TLS_KEY, AD_TLS_CA };

struct ad_tls_error {
    enum ad_tls_file file;
    char text[256]; /* one line: "it does not belong to the certificate" */
};

/**
 * Read the files.
 * @param conf        borrowed for the call.
 * @param[out] error  written on failure.
 * @retval 0
 * @retval SW_E_FILE    a file cannot be read, or is not what it should be.
 * @retval SW_E_NOMEM
 */
SW_MUST_USE int ad_tls_new(struct ad_tls **out, const struct ad_tls_conf *conf,
                           struct ad_tls_error *error);
/* Sessions made from it live on. NULL is allowed. */
void ad_tls_free(struct ad_tls *tls);

/* Whether the peer may be who its certificate says, which has been verified. Written to @p why when
 * not: for the log. It must not call back. */
typedef bool ad_tls_judge_fn(void *arg, const struct px_cert *cert, struct sw_buf *why);

struct ad_tls_args {
    bool is_accepted;    /* the peer opened the connection */
    struct sw_slice sni; /* opened by us: the name to ask for; empty: none. Borrowed for the call */
    ad_tls_judge_fn *judge; /* NULL: any name will do */
    void *arg;
};

/** @retval 0, SW_E_NOMEM, SW_E_INVAL (a name that cannot be asked for) */
SW_MUST_USE int ad_tls_session_new(struct ad_tls_session **out, struct ad_tls *tls,
                                   const struct ad_tls_args *args);
/* NULL is allowed. */
void ad_tls_session_free(struct ad_tls_session *s);

enum ad_tls_state { AD_TLS_SHAKING, AD_TLS_OPEN, AD_TLS_ENDED, AD_TLS_FAILED };

/* Take octets that came from the peer (none: begin the handshake) and go on. */
enum ad_tls_state ad_tls_receive(struct ad_tls_session *s, struct sw_slice bytes);
/* As it is now. */
enum ad_tls_state ad_tls_state(const struct ad_tls_session *s);
/* Octets in the clear, at most @p cap of them; 0: no more for now, and the state may have changed.
 */
size_t ad_tls_read(struct ad_tls_session *s, char *room, size_t cap);
/* Encrypt; OPEN only. Without memory the session fails. */
void ad_tls_write(struct ad_tls_session *s, struct sw_slice bytes);
/* Say close_notify. */
void ad_tls_end(struct ad_tls_session *s);

/* Octets for the peer that have not been taken; valid until the next call on the session. */
struct sw_slice ad_tls_output(const struct ad_tls_session *s);
void ad_tls_output_taken(struct ad_tls_session *s);

/* The names of the peer's certificate, once OPEN; empty when it showed none that verifies. Valid as
 * long as the session. */
const struct px_cert *ad_tls_cert(const struct ad_tls_session *s);
/* Why it FAILED: "certificate has expired". Escaped, one line; valid as long as the session. */
struct sw_slice ad_tls_why(const struct ad_tls_session *s);

#endif
