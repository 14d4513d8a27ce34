/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which characters the grammar of RFC 3261 section 25.1 allows where. One table, one bit a class,
 * so that a scanner tests a byte with one load and one AND.
 */
#ifndef SW_SIP_CHARS_H
#define SW_SIP_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum sw_char_class {
    SW_CHAR_TOKEN = 0x01,    /* token: methods, header field names, parameter names */
    SW_CHAR_USER = 0x02,     /* user of a URI, but for escapes */
    SW_CHAR_PASSWORD = 0x04, /* password of a URI, but for escapes */
    SW_CHAR_PARAM = 0x08,    /* paramchar of a URI, but for escapes */
    SW_CHAR_HEADER = 0x10,   /* hname and hvalue of a URI, but for escapes */
    SW_CHAR_LABEL = 0x20,    /* a label of a host name; '_' is not RFC 3261's, but in use */
    SW_CHAR_WORD = 0x40,     /* word: the halves of a Call-ID */
    SW_CHAR_LIST = 0x80,     /* what decides where a value of a list ends: , " < > */
};

/* Classes of each octet; those above 0x7e have none. */
extern const uint8_t sw_char_classes[256];

static inline bool sw_char_is(char c, enum sw_char_class cls)
{
    return (sw_char_classes[(unsigned char)c] & (unsigned)cls) != 0;
}

#endif
