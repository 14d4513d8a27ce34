/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of a master file (RFC 1035 5.1): entries, each one record or directive, with
 * parentheses, quotes and comments taken away. Escapes stay as they are written. Files named by
 * $INCLUDE are opened by who reads the entries, and end where they began.
 */
#ifndef SW_ADAPTER_DNS_ZONELEX_H
#define SW_ADAPTER_DNS_ZONELEX_H

#include "adapter/dns_conf.h"
#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"

enum {
    AD_ZONE_WORDS_MAX = 256, /* of one entry: far above any record that is written by hand */
    AD_ZONE_INCLUDE_MAX = 8  /* files inside each other: more is a file that includes itself */
};

struct ad_zone_word {
    struct sw_slice text; /* as written, without its quotes */
    unsigned line;
    bool is_quoted;
};

struct ad_zone_entry {
    struct ad_zone_word words[AD_ZONE_WORDS_MAX];
    size_t count;
    unsigned line;    /* of its first word */
    bool is_indented; /* begins with a blank: the record has the owner of the one before */
};

struct ad_zone_file {
    char *path, *bytes;
    size_t len;
    size_t at;
    unsigned line;
    unsigned included_line; /* of the file before */
};

struct ad_zonelex {
    struct ad_zone_file files[AD_ZONE_INCLUDE_MAX];
    size_t depth; /* files open; the last one is being read */
    struct ad_dns_error *error;
};

/* error: where a message goes, never NULL. Nothing is open yet. */
void ad_zonelex_init(struct ad_zonelex *lex, struct ad_dns_error *error);
void ad_zonelex_fini(struct ad_zonelex *lex);

/**
 * Read a file next; what is open goes on behind it. A relative path is taken from the folder of
 * the file that is being read.
 * @param line  of that file, where the path stands: what cannot be opened is told there.
 * @retval 0, SW_E_NOMEM, SW_E_FILE, SW_E_ZONE (too deep); all but 0 with a message.
 */
SW_MUST_USE int ad_zonelex_open(struct ad_zonelex *lex, struct sw_slice path, unsigned line);

/**
 * Read an entry that has words.
 * @retval 1            *entry is written; it points into the file's bytes, valid until the next
 * call.
 * @retval 0            the last file is at its end.
 * @retval SW_E_ZONE    a message says where and why.
 */
SW_MUST_USE int ad_zonelex_next(struct ad_zonelex *lex, struct ad_zone_entry *entry);

/* "path:line: what"; returns SW_E_ZONE. */
SW_PRINTF(3, 4) int ad_zonelex_fail(struct ad_zonelex *lex, unsigned line, const char *format, ...);

/* How much of a text from the file a message shows ("%.*s"), so that what follows it fits too. */
static inline int ad_zonelex_shown(struct sw_slice text)
{
    return text.len < 64 ? (int)text.len : 64;
}

/* The file being read. Valid until its end. */
const char *ad_zonelex_path(const struct ad_zonelex *lex);

#endif
