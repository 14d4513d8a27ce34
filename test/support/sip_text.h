/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of messages for tests, and comparing slices with text. */
#ifndef TEST_SUPPORT_SIP_TEXT_H
#define TEST_SUPPORT_SIP_TEXT_H

#include "base/slice.h"

#include <stdlib.h>

#define CRLF "\r\n"
#define L_OPTIONS "OPTIONS sip:bob@d.t SIP/2.0" CRLF
#define L_INVITE "INVITE sip:bob@d.t SIP/2.0" CRLF
#define L_OK "SIP/2.0 200 OK" CRLF
#define F_VIA "Via: SIP/2.0/UDP c.t:5070;branch=z9hG4bKc1" CRLF
#define F_TO "To: <sip:bob@d.t>" CRLF
#define F_FROM "From: <sip:carol@c.t>;tag=7" CRLF
#define F_CALL_ID "Call-ID: 1@c.t" CRLF
#define F_CSEQ "CSeq: 5 OPTIONS" CRLF
#define F_CSEQ_INVITE "CSeq: 5 INVITE" CRLF
#define F_REST F_TO F_FROM F_CALL_ID F_CSEQ
#define F_REST_INVITE F_TO F_FROM F_CALL_ID F_CSEQ_INVITE

/* An exact copy on the heap, so that a sanitizer sees a read behind its end; drop it after use. */
static inline struct sw_slice text_copy(const char *text)
{
    size_t len = strlen(text);
    char *p = malloc(len + (len == 0));
    if (p == NULL)
        abort();
    memcpy(p, text, len);
    return sw_slice(p, len);
}

static inline void text_drop(struct sw_slice copy)
{
    free((void *)(uintptr_t)copy.p);
}

/* Whether the slice holds this text; NULL is the empty text. */
static inline bool is_text(struct sw_slice s, const char *want)
{
    return sw_slice_eq(s, sw_slice_str(want == NULL ? "" : want));
}

#endif
