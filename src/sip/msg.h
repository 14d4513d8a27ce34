/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SIP message as slices of the buffer it was received in (RFC 3261 7, 25.1).
 *
 * One pass finds the start line and every header field; a field's value is read further only when
 * somebody needs it (hdr.h). Nothing is copied, nothing is changed: what is forwarded is the
 * received bytes plus a list of edits (edit.h), so what a proxy does not touch leaves byte for byte
 * as it came (proxy rule M1).
 *
 *     struct sw_msg msg;                   // 11 KiB: scratch of a worker, not of a transaction
 *     rc = sw_msg_parse(&msg, datagram, &limits, &fault);
 *     const struct sw_hdr *via = sw_msg_first(&msg, SW_HDR_VIA);
 *
 * Owns: nothing. Thread: any.
 */
#ifndef SW_SIP_MSG_H
#define SW_SIP_MSG_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"
#include "sip/field.h"
#include "sip/hdr.h"

enum {
    SW_MSG_HDRS_MAX = 200, /* header fields a message that is received; M4 */
    SW_MSG_HDRS_ROOM = 208 /* and one that was sent on: what a proxy puts in comes on top */
};

/* M4. All are inclusive upper bounds. */
struct sw_msg_limits {
    size_t message_len; /* octets of a message, body included; 64 KiB */
    size_t hdr_len;     /* octets of one header field with its folds; 8 KiB */
    uint16_t hdr_count; /* at most SW_MSG_HDRS_MAX */
    uint16_t
        via_count; /* Via values, counted over all fields; 70. A response may have one more: the
                      one of whom it answers, which the request did not have when it came */
};
extern const struct sw_msg_limits sw_msg_limits_default;

/* Which limit of M4 was passed, with SW_E_LIMIT. */
enum sw_msg_limit {
    SW_MSG_LIMIT_NONE,
    SW_MSG_LIMIT_MESSAGE,       /* message_len */
    SW_MSG_LIMIT_HDR_LEN,       /* hdr_len */
    SW_MSG_LIMIT_HDR_COUNT,     /* hdr_count */
    SW_MSG_LIMIT_VIA_COUNT,     /* via_count */
    SW_MSG_LIMIT_CONTENT_LENGTH /* message_len, by what Content-Length says: on a stream */
};

struct sw_msg {
    struct sw_slice bytes; /* the whole message as received; everything below points into it */
    bool is_request;
    enum sw_method method; /* of a request's start line */
    struct sw_slice method_text;
    struct sw_slice uri_text; /* Request-URI, not read further here */
    struct sw_slice version;  /* "SIP/2.0", without case */
    uint16_t status;          /* of a response */
    struct sw_slice reason;
    struct sw_slice start_line; /* with CRLF */
    struct sw_slice body;       /* cut to Content-Length where there is one (UDP: RFC 3261 18.3) */
    size_t header_end;          /* offset of the empty line's CRLF */
    bool has_content_length;
    uint32_t content_length;
    bool has_via;
    struct sw_via via; /* the top one, when has_via: it could be read */
    bool has_cseq;     /* it could be read */
    struct sw_cseq cseq;
    bool has_tags;                    /* sw_msg_check() has read From and To */
    struct sw_slice from_tag, to_tag; /* empty when absent */
    uint16_t hdr_count;
    uint16_t first[SW_HDR_COUNT];         /* index + 1 of the first field of this id; 0: none */
    struct sw_hdr hdrs[SW_MSG_HDRS_ROOM]; /* hdr_count of them are written; last member */
};

/* What is wrong with a message, and what can be done about it (M3). */
struct sw_msg_fault {
    const char *field; /* "Via", "start line", "CSeq": for the reason phrase, static */
    const char *what;  /* static */
    size_t offset;     /* where in the message */
    uint16_t status;   /* answer a request with this (400, 501, 505, 513); 0: drop */
    enum sw_msg_limit limit;
    bool is_answerable; /* a request, not an ACK, whose top Via says where answers go; what else
                           is missing of From, To, Call-ID and CSeq is missing in the answer too */
};

/**
 * Split a message and identify its header fields.
 *
 * Checks what everybody needs: start line, version, that each line is a field and ends in CR LF,
 * the limits, that Via, From, To, Call-ID and CSeq are there and occur once where they must, that
 * CSeq's method is the request's, that no Via value is empty, that Content-Length is a number and
 * not more than there is. The top Via is read. Values of other fields are not; sw_msg_check() reads
 * those that forwarding relies on.
 * @param bytes   one whole message: a datagram without trailing junk cut off, or a frame.
 * @param limits  NULL: the default.
 * @retval 0            *out is complete.
 * @retval SW_E_SYNTAX  *fault says what and whether it can be answered; *out holds what was read,
 *                      enough for sw_reply_build() when fault->is_answerable.
 * @retval SW_E_LIMIT   as SW_E_SYNTAX, a limit of M4 was passed (513 or drop).
 *
 * Thread: any. Spec: RFC 3261 7, 18.3, 25.1; M1, M3, M4, M5.
 */
SW_MUST_USE int sw_msg_parse(struct sw_msg *out, struct sw_slice bytes,
                             const struct sw_msg_limits *limits, struct sw_msg_fault *fault);

/**
 * Split a message again that was accepted before, or was made of one: without the limits, which a
 * configuration may have lowered meanwhile and which what we put in does not count against.
 * @retval 0            as sw_msg_parse().
 * @retval SW_E_SYNTAX  it was not.
 * @retval SW_E_LIMIT   more than SW_MSG_HDRS_ROOM fields.
 *
 * Thread: any.
 */
SW_MUST_USE int sw_msg_parse_again(struct sw_msg *out, struct sw_slice bytes);

/**
 * The same message in a copy of its bytes: for a fraction of what reading it again costs.
 * @param out    not m.
 * @param m      from sw_msg_parse() or sw_msg_parse_again() with result 0.
 * @param bytes  the copy, of the same length.
 */
void sw_msg_move(struct sw_msg *out, const struct sw_msg *m, struct sw_slice bytes);

/* The first field of this id, or NULL. */
const struct sw_hdr *sw_msg_first(const struct sw_msg *m, enum sw_hdr_id id);
/* The next field of the same id after h, or NULL. */
const struct sw_hdr *sw_msg_next(const struct sw_msg *m, const struct sw_hdr *h);

/* A walk over the values of one kind of field: several in one field and the same in several fields
 * are alike (M5). */
struct sw_values {
    const struct sw_msg *msg;
    const struct sw_hdr *hdr; /* the field of the last value */
    struct sw_slice rest;     /* of hdr's value */
    bool is_started;
    enum sw_hdr_id id;
};

/* Start before the first value of the fields with this id; `msg` is borrowed. */
void sw_values_init(struct sw_values *v, const struct sw_msg *msg, enum sw_hdr_id id);

/**
 * The next value, cut at commas outside quotes and angle brackets, without blanks around it.
 * v->hdr is the field it stands in.
 * @retval 1            *out is it.
 * @retval 0            there is none left.
 * @retval SW_E_SYNTAX  an empty value, an open quote or bracket; the walk is over. A field without
 *                      any value is one too, but for Supported, whose list may be empty.
 *
 * Owns: nothing. Thread: one at a time per walk. Spec: RFC 3261 7.3.1, M5.
 */
SW_MUST_USE int sw_values_next(struct sw_values *v, struct sw_slice *out);

/** The top Via value of a message. @retval 0, SW_E_NOTFOUND, SW_E_SYNTAX */
SW_MUST_USE int sw_msg_top_via(const struct sw_msg *m, struct sw_via *out);

/**
 * Transport and sent-by of the top Via value alone, however broken its parameters and the rest of
 * the list are: what an error response needs (M3). The fields of the parameters are empty.
 * @retval 0, SW_E_NOTFOUND, SW_E_SYNTAX (no answer is possible)
 */
SW_MUST_USE int sw_msg_top_sent_by(const struct sw_msg *m, struct sw_via *out);

/**
 * Read the values that forwarding relies on: top Via, From, To, Max-Forwards and Route of a
 * request, the top Via of a response. sw_msg_parse() has found the fields, but not read these.
 *
 * @param m       from sw_msg_parse() with result 0; gets the tags of a request.
 * @retval 0            all are well-formed.
 * @retval SW_E_SYNTAX  *fault names the field; filled as by sw_msg_parse().
 *
 * Owns: nothing. Thread: any. Spec: RFC 3261 16.3 step 1; M3.
 */
SW_MUST_USE int sw_msg_check(struct sw_msg *m, struct sw_msg_fault *fault);

#endif
