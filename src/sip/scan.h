/* SPDX-License-Identifier: BSD-2-Clause */
/* A place in a text that is being read by the grammar, shared by the readers of this folder. */
#ifndef SW_SIP_SCAN_H
#define SW_SIP_SCAN_H

#include "base/attr.h"
#include "base/err.h"
#include "base/octets.h"
#include "base/slice.h"
#include "sip/chars.h"
#include "sip/syntax.h"

struct sw_scan {
    const char *p;
    size_t len;
    size_t at;
    struct sw_syntax *err; /* where complaints go; may be NULL */
};

/* One ";name=value" of a header field. */
struct sw_scan_param {
    struct sw_slice text; /* from the ';' to the end of the value */
    struct sw_slice name;
    struct sw_slice value; /* with its quotes; empty when absent */
    bool has_value;
};

static inline struct sw_scan sw_scan(struct sw_slice text, struct sw_syntax *err)
{
    return (struct sw_scan){.p = text.p, .len = text.len, .err = err};
}

static inline bool sw_scan_is_at(const struct sw_scan *s, char c)
{
    return s->at < s->len && s->p[s->at] == c;
}

static inline bool sw_scan_is_at_end(const struct sw_scan *s)
{
    return s->at == s->len;
}

static inline struct sw_slice sw_scan_since(const struct sw_scan *s, size_t from)
{
    return sw_slice_sub(sw_slice(s->p, s->len), from, s->at);
}

static inline bool sw_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Blanks as folded lines know them. */
static inline bool sw_is_blank_or_fold(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline void sw_scan_blanks(struct sw_scan *s)
{
    while (s->at < s->len && sw_is_blank_or_fold(s->p[s->at]))
        s->at++;
}

/* Pass over a character and the blanks on both sides of it. */
static inline bool sw_scan_mark(struct sw_scan *s, char c)
{
    sw_scan_blanks(s);
    if (!sw_scan_is_at(s, c))
        return false;
    s->at++;
    sw_scan_blanks(s);
    return true;
}

/* Pass over a word, which ends at a blank as folded lines know them or at one of the marks; other
 * controls do not end it. `stops.blanks` is set. */
static inline void sw_scan_word(struct sw_scan *s, struct sw_stops stops)
{
    while (s->at < s->len) {
        s->at += sw_octets_until(s->p + s->at, s->len - s->at, stops);
        bool is_odd =
            s->at < s->len && (unsigned char)s->p[s->at] < ' ' && !sw_is_blank_or_fold(s->p[s->at]);
        if (!is_odd)
            return;
        s->at++;
    }
}

static inline struct sw_slice sw_scan_class(struct sw_scan *s, enum sw_char_class cls)
{
    size_t from = s->at;
    while (s->at < s->len && sw_char_is(s->p[s->at], cls))
        s->at++;
    return sw_scan_since(s, from);
}

/* Note a complaint; returns SW_E_SYNTAX. `rule` and `what` are static. */
SW_COLD int sw_scan_refuse(const struct sw_scan *s, size_t offset, const char *rule,
                           const char *what);

/* Read a quoted string, which the scan stands at. @retval 0, SW_E_SYNTAX: it is not closed. */
SW_MUST_USE int sw_scan_quoted(struct sw_scan *s);

/* The result of reading `part`, which lies in the text: its complaint's offset becomes the text's.
 */
static inline int sw_scan_part(const struct sw_scan *s, struct sw_slice part, int rc)
{
    if (rc < 0 && s->err != NULL)
        s->err->offset += (size_t)(part.p - s->p);
    return rc;
}

/**
 * Read the next parameter of a header field, blanks around its marks included.
 * @retval 1            *out is it.
 * @retval 0            the text has ended.
 * @retval SW_E_SYNTAX  something else is there.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 25.1 (generic-param).
 */
SW_MUST_USE int sw_scan_param(struct sw_scan *s, struct sw_scan_param *out);

#endif
