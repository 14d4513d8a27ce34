/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/scan.h"

int sw_scan_refuse(const struct sw_scan *s, size_t offset, const char *rule, const char *what)
{
    if (s->err != NULL)
        *s->err = (struct sw_syntax){.offset = offset, .rule = rule, .what = what};
    return SW_E_SYNTAX;
}

int sw_scan_quoted(struct sw_scan *s)
{
    size_t from = s->at++;
    while (s->at < s->len) {
        s->at += sw_octets_until(s->p + s->at, s->len - s->at, (struct sw_stops){.marks = "\"\\"});
        if (sw_scan_is_at(s, '"')) {
            s->at++;
            return 0;
        }
        s->at += s->len - s->at < 2 ? s->len - s->at : 2; /* the backslash and what it quotes */
    }
    return sw_scan_refuse(s, from, "quoted-string", "the closing quote is missing");
}

/* token, host or quoted-string. What stands between marks is not looked at further: senders put
 * more into values than tokens have, and nobody here reads them by the grammar. */
static int read_value(struct sw_scan *s)
{
    size_t from = s->at;
    if (sw_scan_is_at(s, '"'))
        return sw_scan_quoted(s);
    sw_scan_word(s, (struct sw_stops){.blanks = true, .marks = ";,\""});
    return s->at > from ? 0 : sw_scan_refuse(s, from, "gen-value", "an = without a value");
}

int sw_scan_param(struct sw_scan *s, struct sw_scan_param *out)
{
    sw_scan_blanks(s);
    if (sw_scan_is_at_end(s))
        return 0;
    size_t from = s->at;
    if (!sw_scan_is_at(s, ';'))
        return sw_scan_refuse(s, from, "generic-param", "a ; is missing before it");
    s->at++;
    sw_scan_blanks(s);
    struct sw_scan_param param = {.name = sw_scan_class(s, SW_CHAR_TOKEN)};
    if (param.name.len == 0)
        return sw_scan_refuse(s, s->at, "generic-param", "a parameter without a name");
    size_t end = s->at;
    if (sw_scan_mark(s, '=')) {
        size_t value_from = s->at;
        int rc = read_value(s);
        if (rc < 0)
            return rc;
        param.value = sw_scan_since(s, value_from);
        param.has_value = true;
        end = s->at;
    }
    param.text = sw_slice(s->p + from, end - from);
    *out = param;
    return 1;
}
