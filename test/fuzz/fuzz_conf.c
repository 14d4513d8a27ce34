/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration file of any octets: settings, or mistakes that can be shown.
 *
 * What must hold: settings only without a mistake, and a mistake whenever there are none; each
 * mistake names a place that the file has, in one printable line; settings are within what the core
 * and the adapters rely on; the same file says the same twice; nothing leaks.
 */
#include "base/bug.h"
#include "run/places.h"
#include "run/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_LEN_MAX = 1 << 14 };

struct told {
    unsigned count;
    uint64_t hash;
    uint32_t line_max; /* of the file */
};

static void tell(void *arg, struct ad_conf_place at, const char *what)
{
    struct told *t = arg;
    SW_BUG_ON(what == NULL || what[0] == '\0');
    SW_BUG_ON(at.line > t->line_max || (at.line > 0 && at.column == 0));
    for (; *what != '\0'; what++) {
        SW_BUG_ON((unsigned char)*what < ' ' || (unsigned char)*what > '~');
        t->hash = t->hash * 31 + (unsigned char)*what;
    }
    t->count++;
}

static void check_domain(const struct px_domain *domain)
{
    for (size_t k = 0; k < domain->name.len; k++)
        SW_BUG_ON(domain->name.p[k] != sw_lower(domain->name.p[k]));
    SW_BUG_ON(domain->fallback != NULL && domain->route_count == 0);
}

static void check_settings(const struct sw_settings *s)
{
    const struct px_conf *p = &s->proxy;
    SW_BUG_ON(p->listener_count == 0 || p->listener_count > PX_LISTENERS_MAX);
    for (size_t i = 0; i < p->listener_count; i++)
        SW_BUG_ON(p->listeners[i].endpoint.port == 0 || p->listeners[i].endpoint.addr.family == 0);
    SW_BUG_ON(p->times.t1_us == 0 || p->times.t2_us < p->times.t1_us);
    SW_BUG_ON(p->transaction_us == 0 || p->timer_c_us == 0 || p->header_us == 0);
    SW_BUG_ON(p->limits.message_len == 0 || p->limits.hdr_len > p->limits.message_len);
    SW_BUG_ON(p->limits.hdr_count > SW_MSG_HDRS_MAX || p->limits.via_count == 0);
    SW_BUG_ON(p->transactions_max == 0 || p->connections_max == 0);
    const struct sw_hmap *names = &p->domains->by_name;
    for (size_t i = 0; i < names->bucket_count; i++) {
        const struct sw_hmap_link *l;
        for (size_t at = 0; (l = sw_hmap_nth(names, i, at)) != NULL; at++)
            check_domain(SW_CONTAINER_OF(l, const struct px_domain, link));
    }
}

/* The places of a table too: all are new, and when the same is read again none is. */
static void check_reload(const char *path, const struct sw_settings *s, struct told *told)
{
    struct sw_places first = {0}, second;
    struct sw_settings *again = NULL;
    int rc = sw_settings_read(&again, path, s, tell, told);
    SW_BUG_ON(rc < 0 && rc != SW_E_NOMEM);
    if (rc < 0)
        return;
    SW_BUG_ON(sw_places_next(&first, &first, &s->proxy) < 0);
    SW_BUG_ON(first.count != s->proxy.listener_count);
    SW_BUG_ON(sw_places_next(&second, &first, &again->proxy) < 0);
    SW_BUG_ON(second.fresh != 0 || second.leaving != 0);
    SW_BUG_ON(!sw_policy_eq(&s->proxy.policy, &again->proxy.policy));
    sw_settings_free(again);
}

static int read_once(int fd, struct told *told)
{
    char path[64];
    struct sw_settings *s = NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = sw_settings_read(&s, path, NULL, tell, told);
    SW_BUG_ON((rc == 0) != (s != NULL));
    SW_BUG_ON(rc < 0 && rc != SW_E_CONF && rc != SW_E_NOMEM);
    SW_BUG_ON((rc == 0) != (told->count == 0));
    if (rc == 0)
        check_settings(s);
    if (rc == 0)
        check_reload(path, s, told);
    sw_settings_free(s);
    return rc;
}

static uint32_t count_lines(const uint8_t *data, size_t size)
{
    /* NEL, LS and PS end a line for YAML, too; each has an octet of its own that ends it. */
    uint32_t count = 2;
    for (size_t i = 0; i < size; i++)
        count += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 ||
                 data[i] == 0xa9;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > FILE_LEN_MAX)
        return 0;
    struct told first = {.line_max = count_lines(data, size)};
    struct told second = first;
    int fd = memfd_create("conf", MFD_CLOEXEC);
    SW_BUG_ON(fd < 0);
    SW_BUG_ON(write(fd, data, size) != (ssize_t)size);
    int rc = read_once(fd, &first);
    SW_BUG_ON(read_once(fd, &second) != rc);
    SW_BUG_ON(first.count != second.count || first.hash != second.hash);
    close(fd);
    return 0;
}
