/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/resolver.h"

#include "adapter/dns_stub.h"
#include "adapter/dns_unbound.h"
#include "adapter/dns_zonefile.h"
#include "base/alloc.h"
#include "base/mac.h"

#include <fcntl.h>
#include <unistd.h>

enum {
    READ_LEN = 64 * 1024,
    PIECES_MAX = 256 /* of that length, 16 MiB: trust anchors are few, and a device has no end */
};

int sw_resolver_new(struct sw_resolver **out, const struct ad_dns_conf *conf, struct ad_loop *loop,
                    struct ad_dns_error *error)
{
    struct sw_resolver *r = sw_zalloc(NULL, sizeof *r);
    if (r == NULL)
        return SW_E_NOMEM;
    int rc = conf->mode == AD_DNS_STUB ? ad_stub_new(&r->dns, conf, loop, error)
                                       : ad_dns_new(&r->dns, conf, loop, error);
    if (rc < 0) {
        sw_free(NULL, r);
        return rc;
    }
    *out = r;
    return 0;
}

void sw_resolver_free(struct sw_resolver *r)
{
    if (r == NULL)
        return;
    ad_dns_free(r->dns);
    sw_free(NULL, r);
}

/* --- the print --------------------------------------------------------------------------- */

static void add_text(struct sw_mac *mac, const char *text)
{
    sw_mac_add(mac, text == NULL ? (struct sw_slice){NULL, 0} : sw_slice_str(text));
    sw_mac_u64(mac, text != NULL);
}

static void add_file(struct sw_mac *mac, const char *path)
{
    static const size_t room_len = READ_LEN;
    char *room = path == NULL ? NULL : sw_alloc(NULL, room_len);
    int fd = room == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n;

    add_text(mac, path);
    for (int i = 0; fd >= 0 && i < PIECES_MAX && (n = read(fd, room, room_len)) > 0; i++)
        sw_mac_add(mac, sw_slice(room, (size_t)n));
    if (fd >= 0)
        close(fd);
    sw_free(NULL, room);
}

/* As it is read, since it may include other files. */
static void add_zone(struct sw_mac *mac, const char *path)
{
    struct ad_dns_error ignored;
    struct ad_zone *zone;

    add_text(mac, path);
    if (ad_zone_read(&zone, path, &ignored) < 0) {
        sw_mac_u64(mac, 0);
        return;
    }
    sw_mac_add(mac, ad_zone_text(zone));
    ad_zone_free(zone);
}

uint64_t sw_resolver_print(const struct ad_dns_conf *conf)
{
    /* Nobody who can write the files gains anything by a collision. */
    static const uint8_t key[SW_MAC_KEY_LEN] = {0};
    struct sw_mac mac;

    sw_mac_init(&mac, key);
    sw_mac_u64(&mac, conf->mode);
    sw_mac_u64(&mac, conf->source);
    sw_mac_u64(&mac, conf->server_count);
    for (size_t i = 0; i < conf->server_count; i++) {
        const struct sw_endpoint *e = &conf->servers[i];
        sw_mac_add(&mac, sw_slice((const char *)e->addr.bytes, sizeof e->addr.bytes));
        sw_mac_u64(&mac, (uint64_t)e->addr.family << 16 | e->port);
    }
    sw_mac_u64(&mac, conf->zone_file_count);
    for (size_t i = 0; i < conf->zone_file_count; i++)
        add_zone(&mac, conf->zone_files[i]);
    sw_mac_u64(&mac, conf->dnssec);
    add_file(&mac, conf->trust_anchor_file);
    add_text(&mac, conf->resolv_conf);
    sw_mac_u64(&mac, conf->stale_max_s);
    sw_mac_u64(&mac, conf->cache_len);
    sw_mac_u64(&mac, conf->inflight_max);
    return sw_mac_end(&mac);
}
