/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a configuration file asks for: the proxy core's part, the resolver's, the log's, and what
 * the runtime itself needs. Read once, never changed afterwards; a reload makes new ones.
 *
 *     struct sw_settings *s;
 *     rc = sw_settings_read(&s, "/etc/sipward.yaml", NULL, tell, me);
 *     if (rc < 0)
 *         every mistake has been told: exit 78;
 *     px_core_new(&core, &(struct px_core_args){.conf = &s->proxy, ...});
 *     sw_settings_free(s);
 */
#ifndef SW_RUN_SETTINGS_H
#define SW_RUN_SETTINGS_H

#include "adapter/conf_file.h"
#include "adapter/dns_unbound.h"
#include "adapter/log_sink.h"
#include "adapter/tls_openssl.h"
#include "base/arena.h"
#include "proxy/conf.h"
#include "proxy/domains.h"

/* Defaults that go together; single keys override them. */
enum sw_profile {
    SW_PROFILE_RFC, /* by the letter */
    SW_PROFILE_EDGE /* reach somebody soon: all that the domain offers, 2 s each */
};

struct sw_conf_networks {
    struct sw_network *list;
    size_t count;
};

struct sw_conf_texts { /* each ends with a NUL too */
    struct sw_slice *list;
    size_t count;
};

struct sw_settings {
    struct sw_arena arena; /* everything below points into it */
    unsigned ref_count;
    struct px_conf proxy;
    struct ad_dns_conf dns;
    struct ad_log_conf log;
    struct ad_tls_conf tls;
    uint16_t worker_count;
    bool has_usual_workers; /* the file says nothing of them */
    bool has_seed;          /* for demonstrations and tests: chance repeats itself */
    uint64_t seed;
    uint64_t stale_us;      /* resolver.stale; whole seconds of it count */
    uint64_t drain_us;      /* SIGTERM waits so long for what is under way */
    size_t write_queue_len; /* octets waiting to be written, a connection */
    size_t receive_len;     /* SO_RCVBUF of a UDP socket; 0: the system's */

    /* As the file has them; sw_conf_finish() makes parts of the proxy's configuration of them. */
    struct sw_conf_networks trusted, allowed, denied;
    struct sw_conf_texts names, zone_files, trusted_names;
    struct px_domains domains;
    enum sw_profile profile;
    struct sw_endpoint *servers;
    size_t server_count;
    const char *trust_anchor_file, *resolv_conf, *log_file;
    bool may_be_open_relay;

    const char *state_path;   /* NULL: nothing survives a restart */
    const char *control_path; /* NULL: no control socket */
    struct sw_endpoint admin; /* port 0: no HTTP server */
    bool may_be_exposed;      /* admin may be another address than a loopback one */
};

/**
 * Read a configuration file.
 *
 * @param path     names of files in it that are not absolute begin at its folder.
 * @param in_force NULL, or what is in force: a difference in a key that a reload cannot change is a
 *                 mistake then.
 * @param[out] out written on success only; the caller frees it.
 * @param fn       called for each mistake, in the order of the file as far as possible.
 * @retval 0
 * @retval SW_E_CONF    there are mistakes; all of them have been told.
 * @retval SW_E_NOMEM   nothing has been told.
 *
 * Thread: any.
 */
SW_MUST_USE int sw_settings_read(struct sw_settings **out, const char *path,
                                 const struct sw_settings *in_force, ad_conf_problem_fn *fn,
                                 void *arg);
/* One more refers to it. Thread: as for sw_settings_free(). */
struct sw_settings *sw_settings_ref(struct sw_settings *s);
/* Drop a reference; the last one frees it. NULL is allowed. Thread: one at a time. */
void sw_settings_free(struct sw_settings *s);

/* The key that names a file, "tls.key". Static. */
const char *sw_settings_tls_key(enum ad_tls_file file);

/* A configuration key, for documents and their tests. */
struct sw_conf_key_doc {
    const char *name;     /* "timers.t1" */
    const char *fallback; /* what counts without it, as one would write it; "" for none */
    const char *help;     /* one sentence */
    bool needs_restart;   /* a reload cannot change it */
};

/* Key number i of all, or false when there are fewer. */
bool sw_conf_key_doc(size_t i, struct sw_conf_key_doc *out);

#endif
