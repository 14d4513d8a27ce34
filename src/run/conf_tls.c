/* SPDX-License-Identifier: BSD-2-Clause */
/* What the section tls needs to be of use, and whether its files can be used. */
#include "run/conf_read.h"

static bool listens_over_tls(const struct px_conf *px)
{
    for (size_t i = 0; i < px->listener_count; i++)
        if (sw_transport_row(px->listeners[i].transport)->is_tls)
            return true;
    return false;
}

/* False: told. */
static bool has_both_files(struct sw_conf_reading *r)
{
    const struct ad_tls_conf *tls = &r->settings->tls;
    const struct ad_conf_node *listen = sw_conf_find(r, "listen");

    if (tls->certificate != NULL && tls->key != NULL)
        return true;
    if (tls->certificate != NULL)
        sw_conf_problem(r, sw_conf_find(r, "tls.certificate")->key_place,
                        "tls.key is missing: the private key of that certificate");
    else if (tls->key != NULL)
        sw_conf_problem(r, sw_conf_find(r, "tls.key")->key_place,
                        "tls.certificate is missing: the certificate of that key");
    else if (listens_over_tls(&r->settings->proxy) && listen != NULL)
        sw_conf_problem(r, listen->key_place,
                        "listen has tls, so tls.certificate and tls.key must name files");
    return false;
}

const char *sw_settings_tls_key(enum ad_tls_file file)
{
    static const char *const keys[] = {
        [AD_TLS_NO_FILE] = "tls",
        [AD_TLS_CERTIFICATE] = "tls.certificate",
        [AD_TLS_KEY] = "tls.key",
        [AD_TLS_CA] = "tls.ca",
    };

    return keys[file];
}

static void check_files(struct sw_conf_reading *r)
{
    struct ad_tls_error why;
    struct ad_tls *tls;
    int rc = ad_tls_new(&tls, &r->settings->tls, &why);

    if (rc == 0) {
        ad_tls_free(tls);
        return;
    }
    if (rc == SW_E_NOMEM) {
        r->is_out_of_memory = true;
        return;
    }
    const char *key = sw_settings_tls_key(why.file);
    const struct ad_conf_node *n = sw_conf_find(r, key);
    if (n == NULL) /* the system's authorities */
        sw_conf_problem(r, r->root->place, "%s: %s", key, why.text);
    else
        sw_conf_problem(r, n->place, "%s '%s': %s", key, sw_conf_shown(r, n->text), why.text);
}

void sw_conf_check_tls(struct sw_conf_reading *r)
{
    const struct sw_settings *s = r->settings;
    const struct ad_conf_node *names = sw_conf_find(r, "tls.trusted-names");

    if (names != NULL && s->trusted_names.count > 0 && s->tls.client == AD_TLS_CLIENT_NONE)
        sw_conf_problem(r, names->key_place,
                        "trusted-names needs tls.client: ask or require, else no client shows a "
                        "certificate");
    if (has_both_files(r))
        check_files(r);
}
