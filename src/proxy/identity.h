/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may speak for a domain: what a certificate says about its owner against the name that was
 * asked for (RFC 5922 7; locating rules H1, H2). The certificate's signatures are somebody else's
 * business: what is judged here has been verified up to an authority that we trust.
 *
 *     struct px_cert cert = {names, count};               // as the TLS adapter found them
 *     v = px_identity_check(&cert, SW_LIT("example.com"), &rules);
 *     if (v != PX_IDENTITY_OK)
 *         say(px_identity_text(v));                       // and px_cert_write(): what it is for
 *
 * In this order: a SIP URI in the subjectAltName that is a domain alone (sip:example.com). Where a
 * certificate has such URIs, only they count. Else dNSName, the whole name. Else, without any
 * subjectAltName and where the rules allow it, the subject's common name. A numeric host is proved
 * by iPAddress and nothing else. Names are compared without case and without a trailing dot; a name
 * with an octet that no host has (a NUL) equals none.
 */
#ifndef SW_PROXY_IDENTITY_H
#define SW_PROXY_IDENTITY_H

#include "base/netaddr.h"
#include "base/slice.h"

enum { PX_CERT_NAMES_MAX = 256 }; /* a certificate with more is refused: nobody needs it */

enum px_cert_kind {
    PX_CERT_URI,    /* subjectAltName, uniformResourceIdentifier */
    PX_CERT_DNS,    /* subjectAltName, dNSName */
    PX_CERT_ADDR,   /* subjectAltName, iPAddress: addr */
    PX_CERT_OTHER,  /* subjectAltName of another form: without text */
    PX_CERT_COMMON, /* the subject's common name, the last one */
};

struct px_cert_name {
    enum px_cert_kind kind;
    struct sw_slice text; /* as in the certificate: any octets */
    struct sw_netaddr addr;
};

/* The names of one certificate; views. */
struct px_cert {
    const struct px_cert_name *names;
    size_t count;
};

struct px_identity_rules {
    bool wildcards;   /* *.example.com stands for one label of dNSName and common name */
    bool common_name; /* counts where there is no subjectAltName */
};

/* X(constant, text): how the question was answered */
#define PX_IDENTITIES(X)                                                                           \
    X(PX_IDENTITY_OK, "it speaks for that name")                                                   \
    X(PX_IDENTITY_URI, "its SIP URIs name others")                                                 \
    X(PX_IDENTITY_DNS, "it names others")                                                          \
    X(PX_IDENTITY_ADDR, "it does not name that address")                                           \
    X(PX_IDENTITY_NONE, "it names no domain")

enum px_identity {
#define X(constant, text) constant,
    PX_IDENTITIES(X)
#undef X
};

/**
 * Does the certificate speak for a host?
 * @param wanted  a domain name, or an address in text form without brackets.
 *
 * Thread: any.
 */
enum px_identity px_identity_check(const struct px_cert *cert, struct sw_slice wanted,
                                   const struct px_identity_rules *rules);
/* The row's text, for people. Static. */
const char *px_identity_text(enum px_identity v);

/* The names that were asked for, as a candidate lists them. */
struct px_wanted {
    const struct sw_slice *names;
    size_t count;
    bool all; /* every one must be covered, not any (H1, strict) */
};

/**
 * As px_identity_check(), for a candidate's names.
 * @retval PX_IDENTITY_OK  they are covered.
 * @return else what was wrong with the first that is not; PX_IDENTITY_NONE when none is wanted.
 */
enum px_identity px_identity_covers(const struct px_cert *cert, const struct px_wanted *wanted,
                                    const struct px_identity_rules *rules);

/* What the certificate is for, escaped and in a few words: "sip:a.example, b.example (and 7 more)".
 */
void px_cert_write(struct sw_buf *b, const struct px_cert *cert);

#endif
