/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/tls_certs.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(x)                                                                                    \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            ERR_print_errors_fp(stderr);                                                           \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

    MUST(ext != NULL);
    MUST(X509_add_ext(cert, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

/* A name with octets that no configuration line can hold. */
static void add_raw_dns(X509 *cert, const char *octets, int len)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    MUST(names != NULL && name != NULL && text != NULL);
    MUST(ASN1_STRING_set(text, octets, len) == 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    MUST(sk_GENERAL_NAME_push(names, name) > 0);
    MUST(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_APPEND) == 1);
    GENERAL_NAMES_free(names);
}

static void add_extensions(struct tls_cert *out, const struct tls_cert_args *args)
{
    X509V3_CTX ctx;
    X509 *issuer = args->issuer == NULL ? out->cert : args->issuer->cert;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, out->cert, NULL, NULL, 0);
    add_extension(out->cert, &ctx, NID_basic_constraints,
                  args->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (args->alt != NULL)
        add_extension(out->cert, &ctx, NID_subject_alt_name, args->alt);
    if (args->raw_dns != NULL)
        add_raw_dns(out->cert, args->raw_dns, args->raw_dns_len);
    if (args->use != NULL)
        add_extension(out->cert, &ctx, NID_ext_key_usage, args->use);
}

static void set_names_and_times(struct tls_cert *out, const struct tls_cert_args *args)
{
    X509_NAME *subject = X509_get_subject_name(out->cert);
    bool has_times = args->from_s != 0 || args->until_s != 0;
    uint64_t serial = 0;

    MUST(RAND_bytes((unsigned char *)&serial, sizeof serial) == 1);
    MUST(ASN1_INTEGER_set_uint64(X509_get_serialNumber(out->cert), serial >> 1) == 1);
    MUST(X509_set_version(out->cert, 2) == 1);
    X509_gmtime_adj(X509_getm_notBefore(out->cert), has_times ? args->from_s : -3600);
    X509_gmtime_adj(X509_getm_notAfter(out->cert), has_times ? args->until_s : 3600);
    if (args->common_name != NULL)
        MUST(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                        (const unsigned char *)args->common_name, -1, -1, 0) == 1);
    MUST(X509_set_issuer_name(out->cert, args->issuer == NULL
                                             ? subject
                                             : X509_get_subject_name(args->issuer->cert)) == 1);
}

void tls_cert_make(struct tls_cert *out, const struct tls_cert_args *args)
{
    out->key = EVP_EC_gen("P-256");
    out->cert = X509_new();
    MUST(out->key != NULL && out->cert != NULL);
    set_names_and_times(out, args);
    MUST(X509_set_pubkey(out->cert, out->key) == 1);
    add_extensions(out, args);
    MUST(X509_sign(out->cert, args->issuer == NULL ? out->key : args->issuer->key, EVP_sha256()) >
         0);
}

void tls_cert_free(struct tls_cert *c)
{
    X509_free(c->cert);
    EVP_PKEY_free(c->key);
    *c = (struct tls_cert){NULL, NULL};
}

void tls_cert_write(const struct tls_cert *c, const struct tls_cert *up, const char *path)
{
    FILE *f = fopen(path, "w");

    MUST(f != NULL);
    MUST(PEM_write_X509(f, c->cert) == 1);
    if (up != NULL)
        MUST(PEM_write_X509(f, up->cert) == 1);
    MUST(fclose(f) == 0);
}

void tls_key_write(const struct tls_cert *c, const char *path)
{
    FILE *f = fopen(path, "w");

    MUST(f != NULL);
    MUST(PEM_write_PrivateKey(f, c->key, NULL, NULL, 0, NULL, NULL) == 1);
    MUST(fclose(f) == 0);
}
