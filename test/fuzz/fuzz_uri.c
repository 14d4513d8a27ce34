/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URIs: the input is read as one, and where it holds a line end, what is behind it as a second
 * one. Views lie inside the text, the parts read again give the same, equality is reflexive and
 * symmetrical, complaints point into the text.
 */
#include "base/bug.h"
#include "sip/uri.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_view(struct sw_slice whole, struct sw_slice part)
{
    if (part.p == NULL) {
        SW_BUG_ON(part.len != 0);
        return;
    }
    SW_BUG_ON(part.p < whole.p || part.p + part.len > whole.p + whole.len);
}

static void check_host(struct sw_slice text, const struct sw_host *h)
{
    check_view(text, h->text);
    SW_BUG_ON(h->text.len == 0);
    SW_BUG_ON((h->kind == SW_HOST_NAME) != (h->addr.family == 0));
    if (h->kind == SW_HOST_IPV6)
        return;
    struct sw_host again;
    SW_BUG_ON(sw_host_parse(h->text, &again, NULL) != 0);
    SW_BUG_ON(again.kind != h->kind || !sw_netaddr_eq(&again.addr, &h->addr));
}

static void check_params(const struct sw_uri *u)
{
    struct sw_slice value = {NULL, 0};
    SW_BUG_ON(sw_param_find(u->params, SW_LIT("transport"), &value) != u->has_transport);
    SW_BUG_ON(u->has_transport && !sw_slice_eq(value, u->transport));
    SW_BUG_ON(sw_param_find(u->params, SW_LIT("lr"), NULL) != u->has_lr);
    SW_BUG_ON(sw_param_find(u->params, SW_LIT("maddr"), NULL) != u->has_maddr);
}

static bool read_uri(struct sw_slice text, struct sw_uri *u)
{
    struct sw_syntax err = {.offset = SIZE_MAX};
    int rc = sw_uri_parse(text, u, &err);
    if (rc < 0) {
        SW_BUG_ON(rc != SW_E_SYNTAX && rc != SW_E_SCHEME);
        SW_BUG_ON(err.offset > text.len || err.rule == NULL || err.what == NULL);
        return false;
    }
    const struct sw_slice parts[] = {u->user, u->password, u->params, u->headers, u->transport};
    for (size_t i = 0; i < SW_ARRAY_LEN(parts); i++)
        check_view(text, parts[i]);
    check_host(text, &u->host);
    if (u->has_maddr)
        check_host(text, &u->maddr);
    SW_BUG_ON(u->has_port != (u->port != 0));
    check_params(u);
    SW_BUG_ON(!sw_uri_eq(u, u));
    return true;
}

/* Equal but for the case of scheme and host: still the same URI. */
static void check_other_case(const struct sw_uri *u)
{
    char text[256];
    if (u->text.len > sizeof text || u->host.kind != SW_HOST_NAME)
        return;
    memcpy(text, u->text.p, u->text.len);
    text[0] = (char)(sw_lower(text[0]) == text[0] ? 'S' : 's');
    char *host = text + (u->host.text.p - u->text.p);
    for (size_t i = 0; i < u->host.text.len; i++)
        host[i] = sw_lower(host[i]);
    struct sw_uri other;
    SW_BUG_ON(sw_uri_parse(sw_slice(text, u->text.len), &other, NULL) != 0);
    bool has_twins = !sw_uri_eq(u, &other); /* only where an unknown parameter is given twice */
    SW_BUG_ON(has_twins && u->params.len == 0 && u->headers.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sw_slice text = sw_slice((const char *)data, size);
    size_t cut = sw_slice_find(text, '\n');
    struct sw_uri a, b;
    bool has_a = read_uri(sw_slice_sub(text, 0, cut), &a);
    if (has_a)
        check_other_case(&a);
    if (cut == SIZE_MAX)
        return 0;
    bool has_b = read_uri(sw_slice_sub(text, cut + 1, SIZE_MAX), &b);
    if (has_a && has_b)
        SW_BUG_ON(sw_uri_eq(&a, &b) != sw_uri_eq(&b, &a));
    return 0;
}
