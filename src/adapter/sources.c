/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/sources.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* Addresses of the world, one of each family (two root name servers'): any would do, since nothing
 * is sent. */
static const struct sw_netaddr far4 = {.family = 4, .bytes = {198, 41, 0, 4}};
static const struct sw_netaddr far6 = {
    .family = 6, .bytes = {0x20, 0x01, 0x05, 0x03, 0xba, 0x3e, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0x30}};

static const struct sw_network private_networks[] = {
    {.addr = {.family = 4, .bytes = {10}}, .prefix_len = 8}, /* RFC 1918 */
    {.addr = {.family = 4, .bytes = {172, 16}}, .prefix_len = 12},
    {.addr = {.family = 4, .bytes = {192, 168}}, .prefix_len = 16},
    {.addr = {.family = 4, .bytes = {100, 64}}, .prefix_len = 10}, /* RFC 6598 */
    {.addr = {.family = 6, .bytes = {0xfc}}, .prefix_len = 7},     /* RFC 4193 */
};

static bool is_private(const struct sw_netaddr *a)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(private_networks); i++)
        if (sw_network_has(&private_networks[i], a))
            return true;
    return false;
}

static bool connects(int family, const struct sockaddr *sa, socklen_t len)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool has_route = connect(fd, sa, len) == 0;
    close(fd);
    return has_route;
}

static bool has_route_to(const struct sw_netaddr *a)
{
    if (a->family == 4) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(53)};
        memcpy(&in.sin_addr, a->bytes, 4);
        return connects(AF_INET, (const struct sockaddr *)&in, sizeof in);
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    memcpy(&in6.sin6_addr, a->bytes, 16);
    return connects(AF_INET6, (const struct sockaddr *)&in6, sizeof in6);
}

static bool address_of(const struct ifaddrs *at, struct sw_netaddr *out)
{
    if (at->ifa_addr == NULL || (at->ifa_flags & IFF_UP) == 0)
        return false;
    *out = (struct sw_netaddr){0};
    if (at->ifa_addr->sa_family == AF_INET) {
        out->family = 4;
        memcpy(out->bytes, &((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr, 4);
        return true;
    }
    if (at->ifa_addr->sa_family != AF_INET6)
        return false;
    out->family = 6;
    memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)at->ifa_addr)->sin6_addr, 16);
    return true;
}

int ad_sources_find(struct sw_netaddr *out, size_t *count)
{
    struct ifaddrs *all;
    if (getifaddrs(&all) != 0)
        return SW_E_SYSTEM;
    bool has_route4 = has_route_to(&far4), has_route6 = has_route_to(&far6);
    bool is_island = !has_route4 && !has_route6;
    size_t found = 0;
    for (const struct ifaddrs *at = all; at != NULL && found < AD_SOURCES_MAX; at = at->ifa_next) {
        struct sw_netaddr a;
        if (!address_of(at, &a))
            continue;
        bool has_route = is_island || (a.family == 4 ? has_route4 : has_route6);
        if (sw_netaddr_is_loopback(&a) ||
            (!sw_netaddr_is_linklocal(&a) && (has_route || is_private(&a))))
            out[found++] = a;
    }
    freeifaddrs(all);
    *count = found;
    return 0;
}
