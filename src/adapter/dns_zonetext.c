/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zonetext.h"

#include "base/bug.h"

#include <stdlib.h>

enum {
    LINE_EXTRA_LEN = 64 /* of a line: TTL, class, type, \\#, length and blanks */
};

void ad_zonetext_fini(struct ad_zonetext *t)
{
    free(t->text);
    free(t->sources);
}

/* `size` octets more than `used` of what *p holds. */
static bool grow(void **p, size_t used, size_t *cap, size_t size)
{
    if (*cap - used >= size)
        return true;
    size_t want = *cap * 2 > used + size ? *cap * 2 : used + size;
    void *bigger = realloc(*p, want);
    if (bigger == NULL)
        return false;
    *p = bigger;
    *cap = want;
    return true;
}

/* Room for a line and its source. */
static int begin_line(struct ad_zonetext *t, size_t len, const struct ad_zone_source *source,
                      struct sw_buf *b)
{
    void *sources = t->sources, *text = t->text;
    bool ok = grow(&sources, t->source_count * sizeof *source, &t->source_cap, sizeof *source) &&
              grow(&text, t->len, &t->cap, len);
    t->sources = sources;
    t->text = text;
    if (!ok)
        return SW_E_NOMEM;
    t->sources[t->source_count++] = *source;
    *b = sw_buf(t->text + t->len, len);
    return 0;
}

static void end_line(struct ad_zonetext *t, struct sw_buf *b)
{
    sw_buf_char(b, '\n');
    SW_BUG_ON(b->overflow);
    t->len += b->len;
}

static void write_head(struct sw_buf *b, const struct ad_zone_source *source, uint32_t ttl_s)
{
    sw_name_write_fqdn(b, source->owner);
    sw_buf_char(b, ' ');
    sw_buf_u64(b, ttl_s);
    sw_buf_str(b, " IN TYPE");
    sw_buf_u64(b, source->type);
    sw_buf_char(b, ' ');
}

int ad_zonetext_wire(struct ad_zonetext *t, const struct ad_zone_source *source, uint32_t ttl_s,
                     struct sw_slice rdata)
{
    struct sw_buf b;
    int rc = begin_line(t, SW_NAME_TEXT_MAX + LINE_EXTRA_LEN + 2 * rdata.len, source, &b);
    if (rc < 0)
        return rc;
    write_head(&b, source, ttl_s);
    sw_buf_str(&b, "\\# ");
    sw_buf_u64(&b, rdata.len);
    sw_buf_char(&b, ' ');
    for (size_t i = 0; i < rdata.len; i++)
        sw_buf_hex(&b, (unsigned char)rdata.p[i], 2);
    end_line(t, &b);
    return 0;
}

static int set_origin(struct ad_zonetext *t, const struct ad_zone_source *source,
                      struct sw_name origin)
{
    const struct ad_zone_source no_record = {.path = source->path, .line = source->line};
    struct sw_buf b;
    if (origin.len == 0 || sw_name_eq(origin, t->origin))
        return 0;
    int rc = begin_line(t, SW_NAME_TEXT_MAX + LINE_EXTRA_LEN, &no_record, &b);
    if (rc < 0)
        return rc;
    sw_buf_str(&b, "$ORIGIN ");
    sw_name_write_fqdn(&b, origin);
    end_line(t, &b);
    t->origin = origin;
    return 0;
}

int ad_zonetext_words(struct ad_zonetext *t, const struct ad_zone_source *source, uint32_t ttl_s,
                      const struct ad_zone_entry *entry, size_t from, struct sw_name origin)
{
    size_t len = SW_NAME_TEXT_MAX + LINE_EXTRA_LEN;
    struct sw_buf b;
    for (size_t i = from; i < entry->count; i++)
        len += entry->words[i].text.len + 3;
    int rc = set_origin(t, source, origin);
    if (rc == 0)
        rc = begin_line(t, len, source, &b);
    if (rc < 0)
        return rc;
    write_head(&b, source, ttl_s);
    for (size_t i = from; i < entry->count; i++) {
        const char *quote = entry->words[i].is_quoted ? "\"" : "";
        sw_buf_str(&b, quote);
        sw_buf_slice_add(&b, entry->words[i].text);
        sw_buf_str(&b, quote);
        sw_buf_char(&b, ' ');
    }
    end_line(t, &b);
    return 0;
}
