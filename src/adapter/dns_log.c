/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_log.h"

#include "base/attr.h"

#include <stdio.h>
#include <unbound.h>

enum { LINE_LEN_MAX = 512 };

struct line {
    char text[LINE_LEN_MAX];
    size_t len;
};

static _Thread_local struct line first, last;

/* Behind "[time] libunbound[pid:thread] error: ". Other levels are not for us. */
static struct sw_slice text_of_error(struct sw_slice line)
{
    static const char mark[] = "] error: ";
    const char *at = memmem(line.p, line.len, mark, sizeof mark - 1);
    if (at == NULL)
        return (struct sw_slice){0};
    size_t skip = (size_t)(at - line.p) + sizeof mark - 1;
    return sw_slice_trim(sw_slice_sub(line, skip, line.len));
}

static void keep(struct line *line, struct sw_slice text)
{
    line->len = text.len < sizeof line->text ? text.len : sizeof line->text;
    memcpy(line->text, text.p, line->len);
}

/* libunbound writes whole lines, holding its log's lock, in the thread that logs. */
static ssize_t keep_line(void *cookie, const char *bytes, size_t len)
{
    (void)cookie;
    struct sw_slice text = text_of_error(sw_slice(bytes, len));
    if (text.len > 0)
        keep(&last, text);
    if (text.len > 0 && first.len == 0)
        keep(&first, text);
    return (ssize_t)len;
}

void ad_dns_log_attach(struct ub_ctx *ctx)
{
    static FILE *sink; /* one for all, like the log itself */
    static const cookie_io_functions_t functions = {.write = keep_line};
    if (sink == NULL) {
        sink = fopencookie(NULL, "w", functions);
        if (sink != NULL)
            setvbuf(sink, NULL, _IOLBF, BUFSIZ);
    }
    ub_ctx_debugout(ctx, sink);
}

void ad_dns_log_clear(void)
{
    first.len = last.len = 0;
}

struct sw_slice ad_dns_log_first(void)
{
    return sw_slice(first.text, first.len);
}

struct sw_slice ad_dns_log_last(void)
{
    return sw_slice(last.text, last.len);
}
