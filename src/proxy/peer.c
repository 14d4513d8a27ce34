/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/peer.h"

/* The text moves to *to, which moves on. */
static struct sw_slice keep_text(struct sw_slice text, char **to)
{
    if (text.len == 0)
        return (struct sw_slice){NULL, 0};
    memcpy(*to, text.p, text.len);
    struct sw_slice kept = sw_slice(*to, text.len);
    *to += text.len;
    return kept;
}

struct px_names *px_names_keep(struct px_core *core, const struct sw_slice *names, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += names[i].len;
    struct px_names *n = NULL;
    if (count > 0 && count <= SW_TLS_NAMES_MAX)
        n = px_mem_get(&core->mem, sizeof *n + len);
    if (n == NULL)
        return NULL;
    char *text = (char *)(n + 1);
    n->count = count;
    for (size_t i = 0; i < count; i++)
        n->at[i] = keep_text(names[i], &text);
    return n;
}

struct px_cert *px_cert_keep(struct px_core *core, const struct px_cert *cert)
{
    if (cert == NULL || cert->count == 0)
        return NULL;
    size_t len = sizeof *cert + cert->count * sizeof *cert->names; /* bounded by the adapter */
    for (size_t i = 0; i < cert->count; i++)
        len += cert->names[i].text.len;
    struct px_cert *kept = px_mem_get(&core->mem, len);
    if (kept == NULL)
        return NULL;
    struct px_cert_name *names = (struct px_cert_name *)(void *)(kept + 1);
    char *text = (char *)(names + cert->count);
    for (size_t i = 0; i < cert->count; i++) {
        names[i] = cert->names[i];
        names[i].text = keep_text(cert->names[i].text, &text);
    }
    *kept = (struct px_cert){names, cert->count};
    return kept;
}

bool px_cert_covers(const struct px_core *core, const struct px_cert *cert,
                    const struct sw_slice *names, size_t count)
{
    const struct px_conf *conf = core->conf;
    const struct px_wanted wanted = {names, count, conf->policy.strict_identity};
    return cert != NULL && px_identity_covers(cert, &wanted, &conf->identity) == PX_IDENTITY_OK;
}
