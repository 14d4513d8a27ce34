/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of values in one field. */
#include "sip/hdr.h"

#include "sip/scan.h"

/* As find_comma(), where there are quotes or brackets. */
static int find_comma_outside(struct sw_slice list, size_t *comma)
{
    struct sw_scan s = sw_scan(list, NULL);
    bool in_brackets = false;
    for (; s.at < s.len; s.at++) {
        char c = s.p[s.at];
        if (!sw_char_is(c, SW_CHAR_LIST))
            continue;
        if (c == '"' && !in_brackets) {
            if (sw_scan_quoted(&s) < 0)
                return SW_E_SYNTAX;
            s.at--; /* back on the closing quote */
        } else if (c == '<') {
            in_brackets = true;
        } else if (c == '>') {
            in_brackets = false;
        } else if (c == ',' && !in_brackets) {
            break;
        }
    }
    *comma = s.at;
    return in_brackets ? SW_E_SYNTAX : 0;
}

/* The offset of the comma that ends the first value of the list, or its length. */
static int find_comma(struct sw_slice list, size_t *comma)
{
    size_t at = sw_octets_until(list.p, list.len, (struct sw_stops){.marks = ",\"<"});
    if (at < list.len && list.p[at] != ',')
        return find_comma_outside(list, comma);
    *comma = at;
    return 0;
}

int sw_value_take(struct sw_slice *rest, struct sw_slice *out)
{
    size_t comma;
    if (rest->len == 0)
        return 0;
    if (find_comma(*rest, &comma) < 0)
        return SW_E_SYNTAX;
    struct sw_slice value = sw_slice_trim(sw_slice_sub(*rest, 0, comma));
    struct sw_slice behind = sw_slice_trim(sw_slice_sub(*rest, comma + 1, SIZE_MAX));
    if (value.len == 0 || (comma < rest->len && behind.len == 0))
        return SW_E_SYNTAX;
    *rest = behind;
    *out = value;
    return 1;
}
