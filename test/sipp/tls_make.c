/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tls_make DIR NAME [alt=DNS:d.t,URI:sip:d.t] [cn=d.t] [days=N] [by=OTHER] [use=serverAuth]
 *
 * Writes DIR/NAME.pem and DIR/NAME.key. Without `by` it is signed by the authority DIR/ca, which is
 * made when it is not there; by=self signs it by itself. days=-1 has expired, days=+N begins in N.
 */
#include "support/tls_certs.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_LEN = 1024, DAY_S = 86400 };

static const char *path(char *room, const char *dir, const char *name, const char *end)
{
    snprintf(room, PATH_LEN, "%s/%s.%s", dir, name, end);
    return room;
}

static bool read_back(struct tls_cert *out, const char *dir, const char *name)
{
    char room[PATH_LEN];
    FILE *cert = fopen(path(room, dir, name, "pem"), "r");
    if (cert == NULL)
        return false;
    FILE *key = fopen(path(room, dir, name, "key"), "r");
    if (key == NULL) {
        fclose(cert);
        return false;
    }
    out->cert = PEM_read_X509(cert, NULL, NULL, NULL);
    out->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    fclose(cert);
    fclose(key);
    return out->cert != NULL && out->key != NULL;
}

static void write_both(const struct tls_cert *c, const char *dir, const char *name)
{
    char room[PATH_LEN];

    tls_cert_write(c, NULL, path(room, dir, name, "pem"));
    tls_key_write(c, path(room, dir, name, "key"));
}

static void find_issuer(struct tls_cert *out, const char *dir, const char *by)
{
    const struct tls_cert_args ca = {.common_name = by, .is_ca = true};

    if (read_back(out, dir, by))
        return;
    tls_cert_make(out, &ca);
    write_both(out, dir, by);
}

static void set_days(struct tls_cert_args *args, const char *text)
{
    long days = atol(text);

    args->from_s = text[0] == '+' ? days * DAY_S : -2L * DAY_S;
    args->until_s = text[0] == '+' ? (days + 1) * DAY_S : days * DAY_S;
}

int main(int argc, char **argv)
{
    struct tls_cert_args args = {0};
    struct tls_cert issuer = {NULL, NULL}, made;
    const char *by = "ca";

    if (argc < 3)
        return 64;
    for (int i = 3; i < argc; i++) {
        if (strncmp(argv[i], "alt=", 4) == 0)
            args.alt = argv[i] + 4;
        else if (strncmp(argv[i], "cn=", 3) == 0)
            args.common_name = argv[i] + 3;
        else if (strncmp(argv[i], "use=", 4) == 0)
            args.use = argv[i] + 4;
        else if (strncmp(argv[i], "by=", 3) == 0)
            by = argv[i] + 3;
        else if (strncmp(argv[i], "days=", 5) == 0)
            set_days(&args, argv[i] + 5);
        else
            return 64;
    }
    if (strcmp(by, "self") != 0) {
        find_issuer(&issuer, argv[1], by);
        args.issuer = &issuer;
    }
    tls_cert_make(&made, &args);
    write_both(&made, argv[1], argv[2]);
    tls_cert_free(&made);
    tls_cert_free(&issuer);
    return 0;
}
