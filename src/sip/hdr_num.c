/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields that begin with a number. */
#include "sip/hdr.h"

#include "sip/scan.h"
#include "sip/tables.h"

static const uint64_t cseq_max = INT32_MAX; /* RFC 3261 8.1.1.5 */

static struct sw_slice take_digits(struct sw_scan *s)
{
    size_t from = s->at;
    while (s->at < s->len && sw_is_digit(s->p[s->at]))
        s->at++;
    return sw_scan_since(s, from);
}

int sw_cseq_parse(struct sw_slice value, struct sw_cseq *out)
{
    struct sw_scan s = sw_scan(value, NULL);
    uint64_t number;
    if (!sw_slice_u64(take_digits(&s), cseq_max, &number))
        return SW_E_SYNTAX;
    size_t behind = s.at;
    sw_scan_blanks(&s);
    struct sw_slice method = s.at == behind ? sw_slice(NULL, 0) : sw_scan_class(&s, SW_CHAR_TOKEN);
    if (method.len == 0 || !sw_scan_is_at_end(&s))
        return SW_E_SYNTAX;
    *out = (struct sw_cseq){
        .number = (uint32_t)number, .method = sw_method_find(method), .method_text = method};
    return 0;
}

/* Pass over "(...)", which may hold others of its kind. */
static int skip_comment(struct sw_scan *s)
{
    size_t depth = 0;
    while (s->at < s->len) {
        char c = s->p[s->at++];
        if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return 0;
        else if (c == '\\' && s->at < s->len)
            s->at++;
    }
    return SW_E_SYNTAX;
}

int sw_retry_after_parse(struct sw_slice value, uint32_t *seconds)
{
    struct sw_scan s = sw_scan(value, NULL);
    struct sw_slice digits = take_digits(&s);
    if (digits.len == 0)
        return SW_E_SYNTAX;
    sw_scan_blanks(&s);
    if (sw_scan_is_at(&s, '(') && skip_comment(&s) < 0)
        return SW_E_SYNTAX;
    sw_scan_blanks(&s);
    if (!sw_scan_is_at_end(&s) && !sw_scan_is_at(&s, ';'))
        return SW_E_SYNTAX;
    uint64_t number;
    *seconds = sw_slice_u64(digits, UINT32_MAX, &number) ? (uint32_t)number : UINT32_MAX;
    return 0;
}
