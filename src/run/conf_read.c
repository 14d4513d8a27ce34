/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/conf_read.h"

#include "base/alloc.h"
#include "locate/health.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    PROBLEM_MAX = 512,
    SHOWN_MAX = 80 /* octets of a text of the file that are repeated in a message */
};

/* --- what the readers use ---------------------------------------------------------------- */

void sw_conf_problem(struct sw_conf_reading *r, struct ad_conf_place at, const char *fmt, ...)
{
    char text[PROBLEM_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    r->problem_count++;
    r->fn(r->arg, at, text);
}

void *sw_conf_room(struct sw_conf_reading *r, size_t count, size_t size)
{
    void *p = sw_arena_zget(&r->settings->arena, count == 0 ? 1 : count, size);

    if (p == NULL)
        r->is_out_of_memory = true;
    return p;
}

const char *sw_conf_shown(struct sw_conf_reading *r, struct sw_slice text)
{
    char room[4 * SHOWN_MAX + 1];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_buf_escaped(&b, sw_slice_sub(text, 0, SHOWN_MAX));
    sw_buf_cstr(&b);
    char *copy = sw_arena_dup(&r->settings->arena, room, b.len + 1);
    if (copy == NULL)
        r->is_out_of_memory = true;
    return copy == NULL ? "" : copy;
}

const char *sw_conf_path_text(struct sw_conf_reading *r, struct sw_slice text)
{
    struct sw_slice folder = text.len > 0 && text.p[0] == '/' ? (struct sw_slice){0} : r->folder;
    char *p = sw_conf_room(r, 1, folder.len + text.len + 1);

    if (p == NULL)
        return "";
    struct sw_buf b = sw_buf(p, folder.len + text.len + 1);
    sw_buf_slice_add(&b, folder);
    sw_buf_slice_add(&b, text);
    return sw_buf_cstr(&b);
}

bool sw_conf_is_scalar(struct sw_conf_reading *r, const struct ad_conf_node *n, const char *want)
{
    if (n->kind == AD_CONF_SCALAR)
        return true;
    sw_conf_problem(r, n->place, "a %s stands here: it must be %s",
                    n->kind == AD_CONF_LIST ? "list" : "mapping", want);
    return false;
}

static const struct ad_conf_node *member(const struct ad_conf_node *map, struct sw_slice key)
{
    if (map == NULL || map->kind != AD_CONF_MAP)
        return NULL;
    for (const struct ad_conf_node *n = map->first; n != NULL; n = n->next)
        if (sw_slice_eq(n->key, key))
            return n;
    return NULL;
}

const struct ad_conf_node *sw_conf_find(const struct sw_conf_reading *r, const char *name)
{
    struct sw_slice path = sw_slice_str(name);
    size_t dot = sw_slice_find(path, '.');

    if (dot == SIZE_MAX)
        return member(r->root, path);
    return member(member(r->root, sw_slice_sub(path, 0, dot)),
                  sw_slice_sub(path, dot + 1, path.len));
}

/* --- walking the file -------------------------------------------------------------------- */

static void tell_unknown(struct sw_conf_reading *r, struct sw_slice section,
                         const struct ad_conf_node *n)
{
    const char *like = sw_conf_key_like(section, n->key);

    if (like == NULL)
        sw_conf_problem(r, n->key_place, "unknown key '%s': sipward.yaml(5) has all there are",
                        sw_conf_shown(r, n->key));
    else
        sw_conf_problem(r, n->key_place, "unknown key '%s': did you mean %s?",
                        sw_conf_shown(r, n->key), like);
}

static void read_key(struct sw_conf_reading *r, struct sw_slice section,
                     const struct ad_conf_node *n)
{
    const struct sw_conf_key *key = sw_conf_key_find(section, n->key);

    if (key == NULL)
        tell_unknown(r, section, n);
    else
        key->read(r, key, n);
}

static void read_section(struct sw_conf_reading *r, const struct ad_conf_node *section)
{
    bool is_empty = section->kind == AD_CONF_SCALAR && section->text.len == 0;

    if (section->kind != AD_CONF_MAP && !is_empty) {
        sw_conf_problem(r, section->place, "%s must be a mapping of keys: sipward.yaml(5) has them",
                        sw_conf_shown(r, section->key));
        return;
    }
    for (const struct ad_conf_node *n = section->first; n != NULL; n = n->next)
        read_key(r, section->key, n);
}

static void read_root(struct sw_conf_reading *r)
{
    if (r->root->kind != AD_CONF_MAP) {
        sw_conf_problem(r, r->root->place,
                        "the file must be a mapping of keys, like trusted: 192.0.2.0/24");
        return;
    }
    for (const struct ad_conf_node *n = r->root->first; n != NULL; n = n->next) {
        if (sw_conf_is_section(n->key))
            read_section(r, n);
        else
            read_key(r, (struct sw_slice){0}, n);
    }
    sw_conf_check(r);
}

/* --- the settings ------------------------------------------------------------------------ */

static void set_defaults(struct sw_settings *s)
{
    px_conf_init(&s->proxy);
    s->proxy.health_max = SW_HEALTH_ENTRIES_DEFAULT;
    s->proxy.routes_max = 4096;
    s->dns.source = AD_DNS_SYSTEM;
    s->dns.dnssec = true;
    s->dns.cache_len = (size_t)4 << 20;
    s->dns.inflight_max = 16384;
    s->log.level = AD_LOG_INFO;
    s->log.lines_per_s = 5000;
    s->worker_count = 0; /* the machine's cores */
    s->tls.depth_max = 9;
    s->drain_us = SW_SECONDS(32);
    s->write_queue_len = (size_t)1 << 20;
    s->receive_len = (size_t)4 << 20;
}

/* Everything up to the last '/'. */
static struct sw_slice folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? (struct sw_slice){0} : sw_slice(path, (size_t)(slash - path) + 1);
}

static int read_all(struct sw_conf_reading *r, const char *path)
{
    struct ad_conf_file *file = NULL;
    int rc = ad_conf_file_read(&file, path, r->fn, r->arg);

    if (rc < 0 && rc != SW_E_CONF)
        return rc == SW_E_NOMEM ? SW_E_NOMEM : SW_E_CONF;
    r->folder = folder_of(path);
    r->root = ad_conf_file_root(file);
    read_root(r);
    if (rc == 0 && r->problem_count == 0)
        sw_conf_finish(r);
    if (r->in_force != NULL && r->problem_count == 0 && !r->is_out_of_memory)
        sw_conf_check_restart(r);
    ad_conf_file_free(file);
    if (r->is_out_of_memory)
        return SW_E_NOMEM;
    return r->problem_count > 0 ? SW_E_CONF : rc;
}

int sw_settings_read(struct sw_settings **out, const char *path, const struct sw_settings *in_force,
                     ad_conf_problem_fn *fn, void *arg)
{
    struct sw_settings *s = sw_zalloc(NULL, sizeof *s);
    struct sw_conf_reading r = {.settings = s, .in_force = in_force, .fn = fn, .arg = arg};

    if (s == NULL)
        return SW_E_NOMEM;
    s->ref_count = 1;
    sw_arena_init(&s->arena, NULL, NULL, 0, 4096);
    set_defaults(s);
    int rc = read_all(&r, path);
    if (rc < 0) {
        sw_settings_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

struct sw_settings *sw_settings_ref(struct sw_settings *s)
{
    s->ref_count++;
    return s;
}

void sw_settings_free(struct sw_settings *s)
{
    if (s == NULL || --s->ref_count > 0)
        return;
    px_domains_fini(&s->domains);
    sw_arena_fini(&s->arena);
    sw_free(NULL, s);
}
