/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_zonelex.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

enum { FILE_LEN_MAX = 256 << 20 /* a zone of millions of records is not for this */ };

void ad_zonelex_init(struct ad_zonelex *lex, struct ad_dns_error *error)
{
    lex->depth = 0;
    lex->error = error;
}

static void close_file(struct ad_zonelex *lex)
{
    struct ad_zone_file *f = &lex->files[--lex->depth];
    sw_free(NULL, f->path);
    sw_free(NULL, f->bytes);
}

void ad_zonelex_fini(struct ad_zonelex *lex)
{
    while (lex->depth > 0)
        close_file(lex);
}

const char *ad_zonelex_path(const struct ad_zonelex *lex)
{
    return lex->files[lex->depth - 1].path;
}

/* What is quoted from the file may go on to a terminal (H6). Its own backslashes stay: they show
 * how it is written there. */
static void write_visibly(struct sw_buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_plain = *text >= ' ' && *text < 0x7f;
        if (is_plain)
            sw_buf_char(b, *text);
        else
            sw_buf_escaped(b, sw_slice(text, 1));
    }
}

int ad_zonelex_fail(struct ad_zonelex *lex, unsigned line, const char *format, ...)
{
    struct ad_dns_error *e = lex->error;
    char what[sizeof e->text];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct sw_buf b = sw_buf(e->text, sizeof e->text);
    sw_buf_str(&b, ad_zonelex_path(lex));
    sw_buf_char(&b, ':');
    sw_buf_u64(&b, line);
    sw_buf_str(&b, ": ");
    write_visibly(&b, what);
    sw_buf_cstr(&b);
    return SW_E_ZONE;
}

/* ---- files ---- */

/* With the place that includes it, where there is one. */
static int cannot_read(struct ad_zonelex *lex, const struct ad_zone_file *f, int why)
{
    char room[128];
    const char *reason = strerror_r(why, room, sizeof room);
    if (lex->depth > 0)
        ad_zonelex_fail(lex, f->included_line, "%s: %s", f->path, reason);
    else
        snprintf(lex->error->text, sizeof lex->error->text, "%s: %s", f->path, reason);
    /* No fault of the file's: another time it can be read. */
    return why == EMFILE || why == ENFILE || why == ENOMEM ? SW_E_SYSTEM : SW_E_FILE;
}

/* The path as a string of its own, put behind the folder of the file that names it. */
static char *resolve_path(const struct ad_zonelex *lex, struct sw_slice path)
{
    struct sw_slice folder = {0};
    if (lex->depth > 0 && path.len > 0 && path.p[0] != '/') {
        folder = sw_slice_str(ad_zonelex_path(lex));
        while (folder.len > 0 && folder.p[folder.len - 1] != '/')
            folder.len--;
    }
    char *full = sw_alloc(NULL, folder.len + path.len + 1);
    if (full == NULL)
        return NULL;
    if (folder.len > 0)
        memcpy(full, folder.p, folder.len);
    if (path.len > 0)
        memcpy(full + folder.len, path.p, path.len);
    full[folder.len + path.len] = '\0';
    return full;
}

static int read_bytes(struct ad_zonelex *lex, FILE *stream, struct ad_zone_file *f)
{
    struct stat st;
    if (fstat(fileno(stream), &st) != 0)
        return cannot_read(lex, f, errno);
    if (S_ISDIR(st.st_mode))
        return cannot_read(lex, f, EISDIR);
    if (st.st_size > FILE_LEN_MAX)
        return cannot_read(lex, f, EFBIG);
    /* A pipe says 0: take what it gives, up to a page at a time. */
    size_t room = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
    for (;;) {
        char *bytes = sw_alloc(NULL, room);
        if (bytes == NULL)
            return SW_E_NOMEM;
        if (f->len > 0)
            memcpy(bytes, f->bytes, f->len);
        sw_free(NULL, f->bytes);
        f->bytes = bytes;
        f->len += fread(bytes + f->len, 1, room - f->len, stream);
        if (ferror(stream))
            return cannot_read(lex, f, errno);
        if (f->len < room)
            return 0;
        if (room > FILE_LEN_MAX)
            return cannot_read(lex, f, EFBIG);
        room *= 2;
    }
}

/* A zone file is text: a control character would go on to a terminal with the message that quotes
 * it, and is a sign of another kind of file. */
static int check_is_text(struct ad_zonelex *lex, struct ad_zone_file *f)
{
    unsigned line = 1;
    if (f->len >= 3 && memcmp(f->bytes, "\xef\xbb\xbf", 3) == 0)
        return ad_zonelex_fail(lex, line,
                               "a byte order mark does not belong in a zone file: save "
                               "it as UTF-8 without one");
    for (size_t i = 0; i < f->len; i++) {
        unsigned char c = (unsigned char)f->bytes[i];
        if (c == '\n')
            line++;
        else if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
            return ad_zonelex_fail(lex, line, "octet %u does not belong in a zone file", c);
    }
    return 0;
}

int ad_zonelex_open(struct ad_zonelex *lex, struct sw_slice path, unsigned line)
{
    if (lex->depth == AD_ZONE_INCLUDE_MAX)
        return ad_zonelex_fail(lex, line, "more than %d files include each other",
                               AD_ZONE_INCLUDE_MAX);
    struct ad_zone_file f = {.path = resolve_path(lex, path), .line = 1, .included_line = line};
    if (f.path == NULL)
        return SW_E_NOMEM;
    FILE *stream = fopen(f.path, "re");
    int rc = stream == NULL ? cannot_read(lex, &f, errno) : read_bytes(lex, stream, &f);
    if (stream != NULL)
        fclose(stream);
    if (rc < 0) {
        sw_free(NULL, f.path);
        sw_free(NULL, f.bytes);
        return rc;
    }
    lex->files[lex->depth++] = f;
    return check_is_text(lex, &f);
}

/* ---- words ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(char c)
{
    return is_blank(c) || c == '\n' || c == ';' || c == '(' || c == ')' || c == '"';
}

/* An octet, and behind a backslash one more: what it escapes never ends a word. */
static void step(struct ad_zone_file *f)
{
    if (f->bytes[f->at] == '\\' && f->at + 1 < f->len && f->bytes[f->at + 1] != '\n')
        f->at++;
    f->at++;
}

static int read_quoted(struct ad_zonelex *lex, struct ad_zone_file *f, struct ad_zone_word *word)
{
    size_t from = ++f->at;
    while (f->at < f->len && f->bytes[f->at] != '"' && f->bytes[f->at] != '\n')
        step(f);
    if (f->at >= f->len || f->bytes[f->at] != '"')
        return ad_zonelex_fail(lex, f->line, "a quote is not closed on its line");
    *word = (struct ad_zone_word){sw_slice(f->bytes + from, f->at - from), f->line, true};
    f->at++;
    return 0;
}

static int read_plain(struct ad_zone_file *f, struct ad_zone_word *word)
{
    size_t from = f->at;
    while (f->at < f->len && !ends_word(f->bytes[f->at]))
        step(f);
    *word = (struct ad_zone_word){sw_slice(f->bytes + from, f->at - from), f->line, false};
    return 0;
}

static int add_word(struct ad_zonelex *lex, struct ad_zone_file *f, struct ad_zone_entry *entry)
{
    if (entry->count == AD_ZONE_WORDS_MAX)
        return ad_zonelex_fail(lex, f->line, "more than %d words in one record", AD_ZONE_WORDS_MAX);
    struct ad_zone_word *word = &entry->words[entry->count];
    int rc = f->bytes[f->at] == '"' ? read_quoted(lex, f, word) : read_plain(f, word);
    if (rc == 0 && entry->count++ == 0)
        entry->line = word->line;
    return rc;
}

static int parenthesis(struct ad_zonelex *lex, struct ad_zone_file *f, unsigned *open_line)
{
    bool opens = f->bytes[f->at++] == '(';
    if (opens && *open_line != 0)
        return ad_zonelex_fail(lex, f->line, "a parenthesis inside a parenthesis");
    if (!opens && *open_line == 0)
        return ad_zonelex_fail(lex, f->line, "')' without '('");
    *open_line = opens ? f->line : 0;
    return 0;
}

static void skip_comment(struct ad_zone_file *f)
{
    while (f->at < f->len && f->bytes[f->at] != '\n')
        f->at++;
}

/* One entry, which may be empty: a line, or all lines that parentheses hold together. */
static int read_entry(struct ad_zonelex *lex, struct ad_zone_file *f, struct ad_zone_entry *entry)
{
    unsigned open_line = 0; /* of a parenthesis that is not closed; 0: none */
    entry->count = 0;
    entry->is_indented = f->at < f->len && is_blank(f->bytes[f->at]);
    while (f->at < f->len) {
        char c = f->bytes[f->at];
        int rc = 0;
        if (c == '\n') {
            f->at++;
            f->line++;
            if (open_line == 0)
                return 0;
        } else if (is_blank(c)) {
            f->at++;
        } else if (c == ';') {
            skip_comment(f);
        } else if (c == '(' || c == ')') {
            rc = parenthesis(lex, f, &open_line);
        } else {
            rc = add_word(lex, f, entry);
        }
        if (rc < 0)
            return rc;
    }
    if (open_line != 0)
        return ad_zonelex_fail(lex, open_line, "this '(' is never closed");
    return 0;
}

int ad_zonelex_next(struct ad_zonelex *lex, struct ad_zone_entry *entry)
{
    while (lex->depth > 0) {
        struct ad_zone_file *f = &lex->files[lex->depth - 1];
        if (f->at >= f->len) {
            if (lex->depth == 1)
                return 0;
            close_file(lex);
            continue;
        }
        int rc = read_entry(lex, f, entry);
        if (rc < 0)
            return rc;
        if (entry->count > 0)
            return 1;
    }
    return 0;
}
