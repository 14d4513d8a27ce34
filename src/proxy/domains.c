/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/domains.h"

#include "base/buf.h"
#include "base/bug.h"

/* ------------------------------------------------------------------------------ texts */

static bool is_reserved(char c)
{
    return memchr(";/?:@&=+$,", c, 10) != NULL;
}

/* The character at `at` in the form that all its spellings share: an escape is resolved unless it
 * stands for a reserved character, which means something else then (19.1.4). @return octets taken
 */
static size_t take_plain(struct sw_slice user, size_t at, char out[3], size_t *out_len)
{
    static const char digits[] = "0123456789ABCDEF";
    int high = user.p[at] == '%' && at + 2 < user.len ? sw_hex_value(user.p[at + 1]) : -1;
    int low = high < 0 ? -1 : sw_hex_value(user.p[at + 2]);
    *out_len = 1;
    out[0] = low < 0 ? user.p[at] : (char)(high * 16 + low);
    if (low < 0)
        return 1;
    if (is_reserved(out[0])) {
        out[0] = '%';
        out[1] = digits[high];
        out[2] = digits[low];
        *out_len = 3;
    }
    return 3;
}

/* A user in that form, cut to what has room. @return octets of all of it */
static size_t write_plain(struct sw_slice user, char *room, size_t cap)
{
    size_t len = 0;
    for (size_t at = 0; at < user.len;) {
        char text[3];
        size_t text_len;
        at += take_plain(user, at, text, &text_len);
        if (len + text_len <= cap)
            memcpy(room + len, text, text_len);
        len += text_len;
    }
    return len;
}

static struct sw_slice without_dot(struct sw_slice name)
{
    bool has_dot = name.len > 1 && name.p[name.len - 1] == '.';
    return sw_slice_sub(name, 0, name.len - has_dot);
}

/* Without a secret: what is in the tables is the operator's, strangers only look up. */
static uint64_t hash_name(struct sw_slice name)
{
    char room[256];
    size_t len = name.len < sizeof room ? name.len : sizeof room;
    for (size_t i = 0; i < len; i++)
        room[i] = sw_lower(name.p[i]);
    return sw_hash(room, len, 0);
}

/* ------------------------------------------------------------------------------ finding */

static bool is_domain(const struct sw_hmap_link *link, const void *key)
{
    const struct sw_slice *name = key;
    return sw_slice_ieq(SW_CONTAINER_OF(link, const struct px_domain, link)->name, *name);
}

const struct px_domain *px_domains_find(const struct px_domains *d, struct sw_slice name)
{
    struct sw_slice key = without_dot(name);
    if (!px_domains_are_there(d))
        return NULL;
    struct sw_hmap_link *link = sw_hmap_find(&d->by_name, hash_name(key), is_domain, &key);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_domain, link);
}

struct wanted {
    const struct px_domain *domain;
    enum px_route_kind kind;
    struct sw_slice plain; /* the user or prefix */
};

static uint64_t hash_route(const struct wanted *w)
{
    return sw_hash(w->plain.p, w->plain.len, w->domain->link.hash + w->kind);
}

static bool is_route(const struct sw_hmap_link *link, const void *key)
{
    const struct wanted *w = key;
    const struct px_route *route = SW_CONTAINER_OF(link, const struct px_route, link);
    char room[PX_ROUTE_USER_MAX];
    if (route->domain != w->domain || route->kind != w->kind)
        return false;
    size_t len = write_plain(route->user, room, sizeof room);
    return sw_slice_eq(sw_slice(room, len), w->plain);
}

static const struct px_route *find_route(const struct px_domains *d, const struct wanted *w)
{
    struct sw_hmap_link *link = sw_hmap_find(&d->by_user, hash_route(w), is_route, w);
    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct px_route, link);
}

const struct px_route *px_domains_route(const struct px_domains *d, const struct px_domain *domain,
                                        struct sw_slice user)
{
    char room[PX_ROUTE_USER_MAX];
    size_t len = write_plain(user, room, sizeof room);
    if (len > 0 && len <= sizeof room) {
        struct wanted exact = {domain, PX_ROUTE_USER, sw_slice(room, len)};
        const struct px_route *route = find_route(d, &exact);
        if (route != NULL)
            return route;
    }
    for (size_t n = len < PX_ROUTE_PREFIX_MAX ? len : PX_ROUTE_PREFIX_MAX; n > 0; n--) {
        if ((domain->prefix_lens >> (n - 1) & 1) == 0)
            continue;
        struct wanted prefix = {domain, PX_ROUTE_PREFIX, sw_slice(room, n)};
        const struct px_route *route = find_route(d, &prefix);
        if (route != NULL)
            return route;
    }
    return domain->fallback;
}

/* ------------------------------------------------------------------------------ filling */

int px_domains_init(struct px_domains *d, const struct sw_alloc *alloc, size_t domain_count,
                    size_t route_count)
{
    *d = (struct px_domains){0};
    if (sw_hmap_init(&d->by_name, alloc, domain_count) < 0 ||
        sw_hmap_init(&d->by_user, alloc, route_count) < 0) {
        px_domains_fini(d);
        return SW_E_NOMEM;
    }
    return 0;
}

void px_domains_fini(struct px_domains *d)
{
    sw_hmap_fini(&d->by_name);
    sw_hmap_fini(&d->by_user);
}

bool px_domains_add(struct px_domains *d, struct px_domain *domain)
{
    if (px_domains_find(d, domain->name) != NULL)
        return false;
    sw_hmap_add(&d->by_name, &domain->link, hash_name(domain->name));
    return true;
}

bool px_domains_add_route(struct px_domains *d, struct px_domain *domain, struct px_route *route)
{
    char room[PX_ROUTE_USER_MAX];
    size_t len = write_plain(route->user, room, sizeof room);
    struct wanted w = {domain, route->kind, sw_slice(room, len)};
    SW_BUG_ON(len > (route->kind == PX_ROUTE_PREFIX ? PX_ROUTE_PREFIX_MAX : sizeof room));
    bool is_default = route->kind == PX_ROUTE_DEFAULT;
    if (is_default ? domain->fallback != NULL : find_route(d, &w) != NULL)
        return false;
    route->domain = domain;
    domain->route_count++;
    if (is_default) {
        domain->fallback = route;
        return true;
    }
    if (route->kind == PX_ROUTE_PREFIX)
        domain->prefix_lens |= (uint64_t)1 << (w.plain.len - 1);
    sw_hmap_add(&d->by_user, &route->link, hash_route(&w));
    return true;
}

/* ------------------------------------------------------------------------------ the new URI */

void px_route_write_to(const struct px_route *route, struct sw_slice user, bool is_sips,
                       struct sw_buf *b)
{
    struct sw_slice rest = route->to, hole = SW_LIT("{user}");
    if (is_sips && rest.len > 0) {
        sw_buf_str(b, "sips");
        rest = sw_slice_sub(rest, sw_slice_find(rest, ':'), SIZE_MAX);
    }
    while (rest.len > 0) {
        bool is_hole = rest.len >= hole.len && memcmp(rest.p, hole.p, hole.len) == 0;
        size_t used = is_hole ? hole.len : 1;
        if (!is_hole)
            sw_buf_char(b, rest.p[0]);
        else if (user.len > 0)
            sw_buf_slice_add(b, user);
        else if (rest.len > hole.len && rest.p[hole.len] == '@')
            used++;
        rest = sw_slice_sub(rest, used, SIZE_MAX);
    }
}
