/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates for tests, made while the test runs: no key lies in the tree. Every failure ends the
 * program: no test can go on without them. */
#ifndef TEST_SUPPORT_TLS_CERTS_H
#define TEST_SUPPORT_TLS_CERTS_H

#include <openssl/x509.h>
#include <stdbool.h>

struct tls_cert {
    X509 *cert;
    EVP_PKEY *key; /* P-256 */
};

struct tls_cert_args {
    const char *common_name;
    const char *alt;     /* subjectAltName as OpenSSL's files have it, "DNS:d.t,IP:192.0.2.1";
                            NULL: none */
    const char *raw_dns; /* a dNSName of any octets besides; raw_dns_len of them */
    int raw_dns_len;
    const char *use;               /* extendedKeyUsage, "serverAuth"; NULL: none */
    const struct tls_cert *issuer; /* NULL: signed by itself */
    bool is_ca;
    long from_s, until_s; /* valid, in seconds from now; both 0: from an hour ago, for an hour */
};

void tls_cert_make(struct tls_cert *out, const struct tls_cert_args *args);
void tls_cert_free(struct tls_cert *c);
/* As PEM files; @p up, if not NULL, is put behind the certificate. */
void tls_cert_write(const struct tls_cert *c, const struct tls_cert *up, const char *path);
void tls_key_write(const struct tls_cert *c, const char *path);

#endif
