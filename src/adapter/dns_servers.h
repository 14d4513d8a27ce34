/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The name servers questions go to, in the text form that libunbound takes ("192.0.2.1@53"), and
 * the system's ones out of a resolv.conf. Of that file only `nameserver` lines count: no search
 * list, since names are absolute, and no options.
 */
#ifndef SW_ADAPTER_DNS_SERVERS_H
#define SW_ADAPTER_DNS_SERVERS_H

#include "base/netaddr.h"

enum {
    AD_DNS_SERVERS_MAX = 16,
    AD_DNS_SERVER_TEXT_MAX = 80 /* an IPv6 address, "%" and an interface, "@" and a port, NUL */
};

struct ad_dns_servers {
    char text[AD_DNS_SERVERS_MAX][AD_DNS_SERVER_TEXT_MAX];
    size_t count;
};

/* A port of 0 means 53. What is beyond AD_DNS_SERVERS_MAX is left out. */
void ad_dns_servers_add(struct ad_dns_servers *s, const struct sw_endpoint *server);

/**
 * Read a resolv.conf: "nameserver ADDRESS", where the address may carry an interface (%eth0) and
 * may be in the form "[ADDRESS]:PORT". Lines that are not understood are passed by; without any
 * server, or without the file, it is the one on this host (resolv.conf(5)).
 */
void ad_dns_servers_read(struct ad_dns_servers *s, const char *path);

/* What a file looked like when it was last looked at. {0}: not yet. */
struct ad_dns_watch {
    uint64_t device, inode, len;
    int64_t changed_s;
    int64_t changed_ns;
};

/* Look at the file: true when it is another one, or there or gone, than at the last look. */
bool ad_dns_watch_look(struct ad_dns_watch *w, const char *path);

#endif
