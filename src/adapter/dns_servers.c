/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_servers.h"

#include <stdio.h>
#include <sys/stat.h>

enum { LINE_LEN_MAX = 1024, PORT = 53 };

/* `scope` is "%eth0" or empty. */
static void add(struct ad_dns_servers *s, const struct sw_netaddr *addr, struct sw_slice scope,
                uint16_t port)
{
    if (s->count == AD_DNS_SERVERS_MAX)
        return;
    struct sw_buf b = sw_buf(s->text[s->count], AD_DNS_SERVER_TEXT_MAX);
    sw_netaddr_write(&b, addr);
    sw_buf_slice_add(&b, scope);
    sw_buf_char(&b, '@');
    sw_buf_u64(&b, port != 0 ? port : PORT);
    (void)sw_buf_cstr(&b);
    if (!b.overflow)
        s->count++;
}

void ad_dns_servers_add(struct ad_dns_servers *s, const struct sw_endpoint *server)
{
    add(s, &server->addr, (struct sw_slice){0}, server->port);
}

/* "ADDRESS", "ADDRESS%interface" or "[ADDRESS]:PORT". */
static void add_text(struct ad_dns_servers *s, struct sw_slice text)
{
    struct sw_netaddr addr;
    uint64_t port = 0;
    size_t bracket = sw_slice_find(text, ']');
    if (text.len > 0 && text.p[0] == '[' && bracket != SIZE_MAX) {
        struct sw_slice rest = sw_slice_sub(text, bracket + 1, text.len);
        if (rest.len > 0 &&
            (rest.p[0] != ':' || !sw_slice_u64(sw_slice_sub(rest, 1, rest.len), UINT16_MAX, &port)))
            return;
        text = sw_slice_sub(text, 1, bracket);
    }
    size_t percent = sw_slice_find(text, '%');
    struct sw_slice scope = sw_slice_sub(text, percent, text.len);
    if (sw_netaddr_parse(sw_slice_sub(text, 0, percent), &addr))
        add(s, &addr, scope, (uint16_t)port);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The first word behind `nameserver`, empty in other lines. */
static struct sw_slice server_of_line(const char *line)
{
    struct sw_slice s = sw_slice_trim(sw_slice_str(line));
    static const struct sw_slice keyword = {"nameserver", 10};
    if (s.len <= keyword.len || !is_blank(s.p[keyword.len]) ||
        !sw_slice_eq(sw_slice_sub(s, 0, keyword.len), keyword))
        return (struct sw_slice){0};
    s = sw_slice_trim(sw_slice_sub(s, keyword.len, s.len));
    for (size_t i = 0; i < s.len; i++) {
        if (is_blank(s.p[i]))
            return sw_slice_sub(s, 0, i);
    }
    return s;
}

void ad_dns_servers_read(struct ad_dns_servers *s, const char *path)
{
    static const struct sw_netaddr this_host = {4, {127, 0, 0, 1}};
    char line[LINE_LEN_MAX];
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        add_text(s, server_of_line(line));
    if (f != NULL)
        fclose(f);
    if (s->count == 0)
        add(s, &this_host, (struct sw_slice){0}, PORT);
}

bool ad_dns_watch_look(struct ad_dns_watch *w, const char *path)
{
    struct stat st = {0}; /* stays so when the file is gone */
    (void)stat(path, &st);
    struct ad_dns_watch now = {
        .device = st.st_dev,
        .inode = st.st_ino,
        .len = (uint64_t)st.st_size,
        .changed_s = st.st_ctim.tv_sec,
        .changed_ns = st.st_ctim.tv_nsec,
    };
    bool is_other = now.device != w->device || now.inode != w->inode || now.len != w->len ||
                    now.changed_s != w->changed_s || now.changed_ns != w->changed_ns;
    *w = now;
    return is_other;
}
