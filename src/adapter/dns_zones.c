/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zones.h"

#include <stdio.h>

struct ad_dns_zone_link {
    struct sw_hmap_link by_origin;
    struct ad_zone *zone;
};

static uint64_t hash(struct sw_name name)
{
    return sw_name_hash(name,
                        0); /* origins come from files of the operator's, not from strangers */
}

static bool is_origin(const struct sw_hmap_link *link, const void *key)
{
    const struct ad_dns_zone_link *z =
        SW_CONTAINER_OF(link, const struct ad_dns_zone_link, by_origin);
    return sw_name_eq(ad_zone_origin(z->zone), *(const struct sw_name *)key);
}

static int add(struct ad_dns_zones *z, const char *path, struct ad_dns_error *error)
{
    struct ad_dns_zone_link *link = &z->links[z->count];
    int rc = ad_zone_read(&z->zones[z->count], path, error);
    if (rc < 0)
        return rc;
    link->zone = z->zones[z->count++];
    struct sw_name origin = ad_zone_origin(link->zone);
    if (sw_hmap_find(&z->by_origin, hash(origin), is_origin, &origin) != NULL) {
        snprintf(error->text, sizeof error->text, "%s:1: another file has the same zone", path);
        return SW_E_ZONE;
    }
    sw_hmap_add(&z->by_origin, &link->by_origin, hash(origin));
    return 0;
}

int ad_dns_zones_init(struct ad_dns_zones *z, const char *const *paths, size_t count,
                      struct ad_dns_error *error)
{
    *z = (struct ad_dns_zones){0};
    int rc = sw_hmap_init(&z->by_origin, NULL, count);
    if (rc < 0)
        return rc;
    z->zones = sw_zalloc_array(NULL, count + 1, sizeof(*z->zones));
    z->links = sw_zalloc_array(NULL, count + 1, sizeof *z->links);
    if (z->zones == NULL || z->links == NULL)
        rc = SW_E_NOMEM;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = add(z, paths[i], error);
    if (rc < 0)
        ad_dns_zones_fini(z);
    return rc;
}

void ad_dns_zones_fini(struct ad_dns_zones *z)
{
    for (size_t i = 0; i < z->count; i++)
        ad_zone_free(z->zones[i]);
    sw_free(NULL, z->zones);
    sw_free(NULL, z->links);
    sw_hmap_fini(&z->by_origin);
}

bool ad_dns_zones_have(const struct ad_dns_zones *z, struct sw_name name)
{
    struct sw_name at = name;
    while (z->count > 0 && at.len > 0) {
        struct sw_hmap_link *link = sw_hmap_find(&z->by_origin, hash(at), is_origin, &at);
        if (link != NULL)
            return ad_zone_has(SW_CONTAINER_OF(link, struct ad_dns_zone_link, by_origin)->zone,
                               name);
        if (sw_name_is_root(at))
            return false;
        uint8_t step = (uint8_t)(at.wire[0] + 1u);
        at = (struct sw_name){at.wire + step, (uint8_t)(at.len - step)};
    }
    return false;
}
