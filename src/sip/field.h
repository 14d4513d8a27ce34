/* SPDX-License-Identifier: BSD-2-Clause */
/* Cutting a header section into fields: what msg.c and frame.c share. */
#ifndef SW_SIP_FIELD_H
#define SW_SIP_FIELD_H

#include "base/attr.h"
#include "base/err.h"
#include "sip/tables.h"

struct sw_hdr {
    enum sw_hdr_id id;
    struct sw_slice name;  /* as written */
    struct sw_slice value; /* without blanks at both ends; may contain folds (CRLF + blank) */
    struct sw_slice line;  /* the whole field: name to final CRLF, that included */
};

/**
 * Find the end of the line at @p at.
 *
 * Only CRLF ends a line. A CR or LF alone is refused: others take it for a line end, so a message
 * that holds one does not mean the same everywhere.
 * @param[out] end  offset behind the line's CRLF; on SW_E_SYNTAX behind the LF alone.
 * @retval 0            found.
 * @retval SW_E_MORE    no line end up to the end of the text.
 * @retval SW_E_SYNTAX  a CR or LF alone is in it.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 7, 25.1.
 */
SW_MUST_USE int sw_line_end(struct sw_slice text, size_t at, size_t *end);

/**
 * Read the header field at *at, folded lines included.
 *
 * @param[in,out] at  offset of the field; behind it on success and on SW_E_SYNTAX, so that the
 *                    fields that follow a bad one can still be read.
 * @param[out] out    written on success, and `line` on SW_E_SYNTAX.
 * @param[out] what   why, on failure; static.
 * @retval 1            a field.
 * @retval 0            the empty line that ends the header section: *at is behind it.
 * @retval SW_E_MORE    the text ends first.
 * @retval SW_E_SYNTAX  not a field.
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 7.3.1.
 */
SW_MUST_USE int sw_field_next(struct sw_slice text, size_t *at, struct sw_hdr *out,
                              const char **what);

#endif
