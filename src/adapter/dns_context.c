/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_context.h"

#include "adapter/dns_log.h"
#include "adapter/dns_servers.h"
#include "adapter/dns_zonefile.h"
#include "adapter/loop.h"
#include "base/arena.h"
#include "dns/rr.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

enum {
    CACHE_LEN = 4 << 20,
    INFLIGHT_MAX = 16384,
    SOCKETS_MIN = 16,
    SOCKETS_MAX = 4096,
    TCP_SOCKETS = 16, /* each has a buffer of 64 KiB */
    RETRY_CACHE_LEN = 256 << 10,
    RETRY_SOCKETS_MAX = 256,
    RETRY_TCP_SOCKETS = 2,
    PATH_MAX_LEN = 64 /* of "/proc/self/fd/N" */
};

static_assert((int)AD_ZONE_TTL_MAX_S < (int)AD_DNS_STALE_MARK_S, "a record of a zone is not stale");

/* libunbound's process-wide variables are written when a context is made or freed. */
static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;

SW_PRINTF(3, 4) static int fail(struct ad_dns_error *error, int rc, const char *format, ...);

static int fail(struct ad_dns_error *error, int rc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return rc;
}

/* ---- the configuration ---- */

static int keep_path(struct sw_arena *arena, const char **path)
{
    if (*path == NULL)
        return 0;
    *path = sw_arena_dup(arena, *path, strlen(*path) + 1);
    return *path == NULL ? SW_E_NOMEM : 0;
}

static int keep_servers(struct sw_arena *arena, struct ad_dns_conf *conf)
{
    size_t len = conf->server_count * sizeof *conf->servers;
    if (len == 0)
        return 0;
    struct sw_endpoint *servers = sw_arena_get(arena, len);
    if (servers == NULL)
        return SW_E_NOMEM;
    memcpy(servers, conf->servers, len);
    conf->servers = servers;
    return 0;
}

int ad_dns_conf_copy(struct ad_dns_conf *out, const struct ad_dns_conf *conf,
                     struct sw_arena *arena)
{
    struct ad_dns_conf copy = *conf;
    copy.zone_files = NULL;
    copy.zone_file_count = 0;
    if (copy.resolv_conf == NULL)
        copy.resolv_conf = "/etc/resolv.conf";
    if (copy.inflight_max == 0)
        copy.inflight_max = INFLIGHT_MAX;
    if (copy.cache_len == 0)
        copy.cache_len = CACHE_LEN;
    int rc = keep_path(arena, &copy.resolv_conf);
    if (rc == 0)
        rc = keep_path(arena, &copy.trust_anchor_file);
    if (rc == 0)
        rc = keep_servers(arena, &copy);
    if (rc == 0)
        *out = copy;
    return rc;
}

/* ---- what libunbound reads, in files that exist in memory only ---- */

struct memory_file {
    int fd; /* -1: none */
};

static void write_path(const struct memory_file *m, char path[PATH_MAX_LEN])
{
    snprintf(path, PATH_MAX_LEN, "/proc/self/fd/%d", m->fd);
}

static int write_memory_file(struct memory_file *m, struct sw_slice bytes)
{
    m->fd = memfd_create("sipward-dns", MFD_CLOEXEC);
    if (m->fd < 0)
        return SW_E_RESOLVER;
    while (bytes.len > 0) {
        ssize_t n = write(m->fd, bytes.p, bytes.len);
        if (n <= 0)
            return SW_E_RESOLVER;
        bytes = sw_slice_sub(bytes, (size_t)n, bytes.len);
    }
    return 0;
}

static void close_memory_files(struct memory_file *files, size_t count)
{
    for (size_t i = 0; files != NULL && i < count; i++) {
        if (files[i].fd >= 0)
            close(files[i].fd);
    }
}

/* ---- libunbound's options ---- */

static const char *yes_or_no(bool yes)
{
    return yes ? "yes" : "no";
}

/* How large a context is. */
struct size {
    size_t cache_len;
    unsigned sockets, tcp_sockets;
};

/* Each question on its way has a socket of its own; what is above this number waits its turn. A
 * quarter of what the process may open leaves the rest to its owner. */
static unsigned socket_count(unsigned most)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return SOCKETS_MIN;
    rlim_t quarter = limit.rlim_cur / 4;
    return quarter < SOCKETS_MIN ? SOCKETS_MIN : quarter > most ? most : (unsigned)quarter;
}

static struct size size_of(const struct ad_dns_conf *conf, enum ad_dns_context_kind kind)
{
    struct size size = {conf->cache_len, SOCKETS_MIN, RETRY_TCP_SOCKETS};
    if (kind == AD_DNS_CONTEXT_RETRY) {
        size = (struct size){RETRY_CACHE_LEN, socket_count(RETRY_SOCKETS_MAX), RETRY_TCP_SOCKETS};
    } else if (conf->source != AD_DNS_ZONES) {
        size.sockets = socket_count(SOCKETS_MAX);
        size.tcp_sockets = TCP_SOCKETS;
    }
    return size;
}

/* The installed root anchor, or NULL where the system has none: then nothing is validated. */
static const char *root_anchor_file(void)
{
    static const char *const paths[] = {
        "/usr/share/dns/root.key",
        "/var/lib/unbound/root.key",
        "/etc/unbound/root.key",
        "/etc/trusted-key.key",
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(paths); i++) {
        if (access(paths[i], R_OK) == 0)
            return paths[i];
    }
    return NULL;
}

static const char *anchor_file(const struct ad_dns_conf *conf)
{
    if (!conf->dnssec)
        return NULL;
    if (conf->trust_anchor_file != NULL)
        return conf->trust_anchor_file;
    return conf->source == AD_DNS_ZONES ? NULL : root_anchor_file();
}

/* Answers of a zone file are as good as the file: they are validated only where it is signed and
 * the caller has named the anchors it is to be checked against. */
static bool is_validated(const struct ad_dns_conf *conf, const struct ad_zone *z)
{
    return conf->trust_anchor_file != NULL && ad_zone_is_signed(z);
}

static void write_server_options(FILE *f, const struct ad_dns_conf *conf,
                                 enum ad_dns_context_kind kind)
{
    struct size size = size_of(conf, kind);
    bool may_send = conf->source != AD_DNS_ZONES;

    fprintf(f, "server:\n");
    fprintf(f, " module-config: \"%s\"\n",
            anchor_file(conf) != NULL ? "validator iterator" : "iterator");
    /* zone files only: no packet leaves, whatever a delegation or an alias says */
    fprintf(f, " do-udp: %s\n do-tcp: %s\n", yes_or_no(may_send), yes_or_no(may_send));
    fprintf(f, " do-not-query-localhost: no\n");

    /* A third for messages, the rest for their records. */
    fprintf(f, " msg-cache-size: %zu\n rrset-cache-size: %zu\n", size.cache_len / 3,
            size.cache_len - size.cache_len / 3);
    fprintf(f, " outgoing-range: %u\n num-queries-per-thread: %zu\n outgoing-num-tcp: %u\n",
            size.sockets, conf->inflight_max, size.tcp_sockets);
    /* Source ports from where the kernel takes them too: not those that somebody configured. */
    fprintf(f, " outgoing-port-avoid: 0-32767\n");

    /* One label at a time costs a round trip each on the way to _sip._udp.example.com, and breaks
     * at servers that deny _udp.example.com. A forwarder is asked for the whole name anyway. */
    fprintf(f, " qname-minimisation: no\n");
    fprintf(f, " rrset-roundrobin: no\n minimal-responses: yes\n");

    /* A server has failed after four tries that begin 250 ms apart and double: 3.75 s, where the
     * defaults give up after less than a second on one that was fast until now and has a slow
     * domain to ask, and take 17 s with one that is not known yet. */
    fprintf(f, " infra-cache-min-rtt: 250\n outbound-msg-retry: 3\n");
    fprintf(f, " infra-keep-probing: yes\n infra-host-ttl: 60\n");

    /* Where nobody named anchors, a resolver that cannot do DNSSEC (many in home routers, an
     * authority that is asked directly) makes answers insecure, not unusable. */
    fprintf(f, " harden-dnssec-stripped: %s\n",
            yes_or_no(conf->trust_anchor_file != NULL || conf->source == AD_DNS_ROOT));
    fprintf(f, " val-log-level: 2\n log-servfail: yes\n");

    fprintf(f, " serve-expired: %s\n serve-expired-ttl: %u\n", yes_or_no(conf->stale_max_s > 0),
            conf->stale_max_s);
    fprintf(f, " serve-expired-reply-ttl: %d\n serve-expired-client-timeout: %d\n",
            AD_DNS_STALE_MARK_S, AD_DNS_STALE_AFTER_MS);

    /* Names that people use for trying things out: asked like any other (RFC 6761 6.2 leaves it to
     * the operator); those of onion, invalid and localhost never leave. */
    fprintf(f, " local-zone: \"test.\" nodefault\n local-zone: \"home.arpa.\" nodefault\n");
}

static void write_origin(struct sw_buf *b, const struct ad_zone *z)
{
    sw_name_write_fqdn(b, ad_zone_origin(z));
    (void)sw_buf_cstr(b);
}

static void write_zone_options(FILE *f, const struct ad_dns_conf *conf, const struct ad_zone *z)
{
    char origin[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(origin, sizeof origin);
    write_origin(&b, z);
    /* nearer than any name that libunbound answers by itself */
    fprintf(f, " local-zone: \"%s\" transparent\n", origin);
    if (!is_validated(conf, z))
        fprintf(f, " domain-insecure: \"%s\"\n", origin);
}

static void write_zone(FILE *f, const char *origin, const struct memory_file *m)
{
    char path[PATH_MAX_LEN];
    write_path(m, path);
    /* Into the iterator, not around it: aliases are followed from zone to zone and into the
     * network. The file is the truth about its names: no falling back on the network. */
    fprintf(f,
            "auth-zone:\n name: \"%s\"\n zonefile: \"%s\"\n"
            " for-downstream: no\n for-upstream: yes\n fallback-enabled: no\n",
            origin, path);
    /* Without this a forwarder for all names would be asked for the zone's too. */
    fprintf(f, "stub-zone:\n name: \"%s\"\n stub-prime: yes\n", origin);
}

/* With zone files only, the names outside them are denied at once by an empty root. */
static bool needs_empty_root(const struct ad_dns_setup *s)
{
    for (size_t i = 0; i < s->zone_count; i++) {
        if (sw_name_is_root(ad_zone_origin(s->zones[i])))
            return false;
    }
    return s->conf->source == AD_DNS_ZONES;
}

static int write_options(const struct ad_dns_setup *s, enum ad_dns_context_kind kind,
                         const struct memory_file *zone_files, struct memory_file *options)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        return SW_E_NOMEM;
    write_server_options(f, s->conf, kind);
    for (size_t i = 0; i < s->zone_count; i++)
        write_zone_options(f, s->conf, s->zones[i]);
    for (size_t i = 0; i < s->zone_count; i++) {
        char origin[SW_NAME_TEXT_MAX];
        struct sw_buf b = sw_buf(origin, sizeof origin);
        write_origin(&b, s->zones[i]);
        write_zone(f, origin, &zone_files[i]);
    }
    if (needs_empty_root(s))
        write_zone(f, ".", &zone_files[s->zone_count]);
    int rc = fclose(f) == 0 ? write_memory_file(options, sw_slice(text, len)) : SW_E_NOMEM;
    sw_free(NULL, text);
    return rc;
}

/* ---- the context ---- */

static int add_servers(struct ub_ctx *ub, const struct ad_dns_conf *conf,
                       struct ad_dns_error *error)
{
    struct ad_dns_servers servers = {.count = 0};
    if (conf->source == AD_DNS_SYSTEM)
        ad_dns_servers_read(&servers, conf->resolv_conf);
    if (conf->source == AD_DNS_SERVERS) {
        for (size_t i = 0; i < conf->server_count; i++)
            ad_dns_servers_add(&servers, &conf->servers[i]);
    }
    for (size_t i = 0; i < servers.count; i++) {
        if (ub_ctx_set_fwd(ub, servers.text[i]) != 0)
            return fail(error, SW_E_RESOLVER, "%s is not a name server", servers.text[i]);
    }
    return 0;
}

static int add_anchors(struct ub_ctx *ub, const struct ad_dns_conf *conf,
                       struct ad_dns_error *error)
{
    const char *path = anchor_file(conf);
    char room[128];
    struct stat st = {0};
    if (path == NULL)
        return 0;
    int why = access(path, R_OK) != 0 || stat(path, &st) != 0 ? errno : 0;
    if (why == 0 && S_ISDIR(st.st_mode)) /* libunbound would read it for ever */
        why = EISDIR;
    if (why != 0)
        return fail(error, SW_E_FILE, "%s: %s", path, strerror_r(why, room, sizeof room));
    return ub_ctx_add_ta_file(ub, path) == 0 ? 0 : SW_E_NOMEM;
}

static int configure(struct ub_ctx *ub, const struct ad_dns_setup *s,
                     const struct memory_file *options, struct ad_dns_error *error)
{
    char path[PATH_MAX_LEN];
    write_path(options, path);
    int rc = ub_ctx_config(ub, path);
    if (rc == 0) /* an option that files may not hold */
        rc = ub_ctx_set_option(ub, "val-log-squelch:", "no");
    if (rc != 0)
        return fail(error, SW_E_RESOLVER, "libunbound refuses its options: %s", ub_strerror(rc));
    rc = add_servers(ub, s->conf, error);
    return rc < 0 ? rc : add_anchors(ub, s->conf, error);
}

/* signature: ub_event_callback_type */
static void ignore_answer(void *arg, int rcode, void *packet, int len, int security, char *why,
                          int was_ratelimited)
{
    (void)arg, (void)rcode, (void)packet, (void)len, (void)security, (void)why;
    (void)was_ratelimited;
}

/* "parse error /proc/self/fd/7 12:40: what": which of the zone files, and where in it. */
static int explain_zone_error(const struct ad_dns_setup *s, const struct memory_file *zone_files,
                              struct sw_slice log, struct ad_dns_error *error)
{
    char text[512];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_slice_add(&b, log);
    (void)sw_buf_cstr(&b);
    int fd, used = 0;
    unsigned line;
    /* NOLINTNEXTLINE(cert-err34-c): libunbound's own words, and small numbers */
    if (sscanf(text, "parse error /proc/self/fd/%d %u:%*u: %n", &fd, &line, &used) < 2 || used == 0)
        return 0;
    for (size_t i = 0; i < s->zone_count; i++) {
        char source[192];
        struct sw_buf where = sw_buf(source, sizeof source);
        if (zone_files[i].fd != fd)
            continue;
        ad_zone_write_source(s->zones[i], line - 1, &where); /* it counts the line's end too */
        return fail(error, SW_E_ZONE, "%s: %s", sw_buf_cstr(&where), text + used);
    }
    return 0;
}

/* libunbound completes a context at its first question, which reads the zones and the anchors:
 * here, under the lock, and with a name that it answers by itself. */
static int complete(struct ub_ctx *ub, const struct ad_dns_setup *s,
                    const struct memory_file *zone_files, struct ad_dns_error *error)
{
    ad_dns_log_clear();
    int ub_rc = ub_resolve_event(ub, "localhost.", SW_RR_A, 1, NULL, ignore_answer, NULL);
    if (ub_rc == 0)
        return 0;
    struct sw_slice log = ad_dns_log_first();
    int rc = explain_zone_error(s, zone_files, log, error);
    if (rc < 0)
        return rc;
    return fail(error, ub_rc == UB_NOMEM ? SW_E_NOMEM : SW_E_RESOLVER,
                "the resolver cannot be set up: %s: %.*s", ub_strerror(ub_rc), (int)log.len, log.p);
}

static int set_up(struct ub_ctx **out, const struct ad_dns_setup *s,
                  const struct memory_file *zone_files, const struct memory_file *options,
                  struct ad_dns_error *error)
{
    struct ub_ctx *ub = s->loop->ops->new_ub_ctx(s->loop);
    if (ub == NULL)
        return SW_E_NOMEM;
    ad_dns_log_attach(ub);
    int rc = configure(ub, s, options, error);
    if (rc == 0)
        rc = complete(ub, s, zone_files, error);
    if (rc < 0) {
        ub_ctx_delete(ub);
        return rc;
    }
    *out = ub;
    return 0;
}

int ad_dns_context_new(struct ub_ctx **out, const struct ad_dns_setup *s,
                       enum ad_dns_context_kind kind, struct ad_dns_error *error)
{
    size_t file_count = s->zone_count + 1; /* one for an empty root */
    struct memory_file *zone_files = sw_zalloc_array(NULL, file_count, sizeof *zone_files);
    struct memory_file options = {-1};
    int rc = zone_files == NULL ? SW_E_NOMEM : 0;
    fail(error, 0, "no memory for the resolver");
    for (size_t i = 0; zone_files != NULL && i < file_count; i++)
        zone_files[i].fd = -1;
    for (size_t i = 0; rc == 0 && i < s->zone_count; i++)
        rc = write_memory_file(&zone_files[i], ad_zone_text(s->zones[i]));
    if (rc == 0 && needs_empty_root(s))
        rc = write_memory_file(&zone_files[s->zone_count], SW_LIT(". 60 IN SOA . . 1 1 1 1 60\n"));
    if (rc == 0)
        rc = write_options(s, kind, zone_files, &options);
    if (rc == SW_E_RESOLVER)
        fail(error, rc, "no descriptor or no space for the resolver's options");
    if (rc == 0) {
        pthread_mutex_lock(&process_lock);
        rc = set_up(out, s, zone_files, &options, error);
        pthread_mutex_unlock(&process_lock);
    }
    close_memory_files(&options, 1);
    close_memory_files(zone_files, file_count);
    sw_free(NULL, zone_files);
    return rc;
}

void ad_dns_context_free(struct ub_ctx *ub)
{
    pthread_mutex_lock(&process_lock);
    ub_ctx_delete(ub);
    pthread_mutex_unlock(&process_lock);
}
