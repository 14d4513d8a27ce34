/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/tables.h"

#include "base/attr.h"

const char *sw_hdr_name(enum sw_hdr_id id)
{
    static const char *const names[SW_HDR_COUNT] = {[SW_HDR_OTHER] = "",
#define X(constant, name, compact) [constant] = (name),
                                                    SW_HDRS(X)
#undef X
    };
    return (size_t)id < SW_HDR_COUNT ? names[id] : "";
}

const char *sw_method_name(enum sw_method m)
{
    static const char *const names[] = {[SW_METHOD_OTHER] = "",
#define X(constant, name) [constant] = (name),
                                        SW_METHODS(X)
#undef X
    };
    return (size_t)m < SW_ARRAY_LEN(names) ? names[m] : "";
}

/* ---- header fields by name ----
 *
 * Every field of every message comes through here, so names are told apart by length and first
 * letter, and then compared eight octets at a time. Setting one bit makes letters small, and a CR a
 * hyphen; it makes no other octet one of a name of ours, so what is found is a name. A test looks
 * up every name of SW_HDRS: a row that has no case here is noticed. */

static const uint64_t small_letters = 0x2020202020202020u;

static inline bool is_name(const char *p, const char *name, size_t len)
{
    if (len < sizeof(uint64_t)) {
        for (size_t i = 0; i < len; i++)
            if ((p[i] | 0x20) != name[i])
                return false;
        return true;
    }
    for (size_t i = 0;; i += sizeof(uint64_t)) {
        if (i + sizeof(uint64_t) > len)
            i = len - sizeof(uint64_t); /* the last eight, some of them a second time */
        uint64_t a, b;
        memcpy(&a, p + i, sizeof a);
        memcpy(&b, name + i, sizeof b);
        if ((a | small_letters) != b)
            return false;
        if (i + sizeof(uint64_t) == len)
            return true;
    }
}

/* The length is the literal's, so that the comparison is unrolled. */
#define IS(p, literal, id) (is_name((p), (literal), sizeof(literal) - 1) ? (id) : SW_HDR_OTHER)

static enum sw_hdr_id find_compact(char c)
{
    switch (c) {
    case 'v':
        return SW_HDR_VIA;
    case 'f':
        return SW_HDR_FROM;
    case 't':
        return SW_HDR_TO;
    case 'i':
        return SW_HDR_CALL_ID;
    case 'm':
        return SW_HDR_CONTACT;
    case 'l':
        return SW_HDR_CONTENT_LENGTH;
    case 'c':
        return SW_HDR_CONTENT_TYPE;
    case 'k':
        return SW_HDR_SUPPORTED;
    default:
        return SW_HDR_OTHER;
    }
}

static enum sw_hdr_id find_of_seven(const char *p)
{
    switch (p[0] | 0x20) {
    case 'c':
        return p[4] == '-' ? IS(p, "call-id", SW_HDR_CALL_ID) : IS(p, "contact", SW_HDR_CONTACT);
    case 'r':
        return IS(p, "require", SW_HDR_REQUIRE);
    case 'w':
        return IS(p, "warning", SW_HDR_WARNING);
    default:
        return SW_HDR_OTHER;
    }
}

static enum sw_hdr_id find_of_eleven(const char *p)
{
    switch (p[0] | 0x20) {
    case 'm':
        return IS(p, "max-breadth", SW_HDR_MAX_BREADTH);
    case 'r':
        return IS(p, "retry-after", SW_HDR_RETRY_AFTER);
    case 'u':
        return IS(p, "unsupported", SW_HDR_UNSUPPORTED);
    default:
        return SW_HDR_OTHER;
    }
}

static enum sw_hdr_id find_of_twelve(const char *p)
{
    switch (p[0] | 0x20) {
    case 'c':
        return IS(p, "content-type", SW_HDR_CONTENT_TYPE);
    case 'm':
        return IS(p, "max-forwards", SW_HDR_MAX_FORWARDS);
    case 'r':
        return IS(p, "record-route", SW_HDR_RECORD_ROUTE);
    default:
        return SW_HDR_OTHER;
    }
}

static enum sw_hdr_id either(enum sw_hdr_id a, enum sw_hdr_id b)
{
    return a != SW_HDR_OTHER ? a : b;
}

enum sw_hdr_id sw_hdr_find(struct sw_slice name)
{
    const char *p = name.p;
    switch (name.len) {
    case 1:
        return find_compact((char)(p[0] | 0x20));
    case 2:
        return IS(p, "to", SW_HDR_TO);
    case 3:
        return IS(p, "via", SW_HDR_VIA);
    case 4:
        return either(IS(p, "from", SW_HDR_FROM), IS(p, "cseq", SW_HDR_CSEQ));
    case 5:
        return IS(p, "route", SW_HDR_ROUTE);
    case 6:
        return IS(p, "reason", SW_HDR_REASON);
    case 7:
        return find_of_seven(p);
    case 9:
        return either(IS(p, "supported", SW_HDR_SUPPORTED), IS(p, "timestamp", SW_HDR_TIMESTAMP));
    case 11:
        return find_of_eleven(p);
    case 12:
        return find_of_twelve(p);
    case 13:
        return either(IS(p, "proxy-require", SW_HDR_PROXY_REQUIRE),
                      IS(p, "authorization", SW_HDR_AUTHORIZATION));
    case 14:
        return IS(p, "content-length", SW_HDR_CONTENT_LENGTH);
    case 16:
        return IS(p, "www-authenticate", SW_HDR_WWW_AUTHENTICATE);
    case 18:
        return IS(p, "proxy-authenticate", SW_HDR_PROXY_AUTHENTICATE);
    case 19:
        return IS(p, "proxy-authorization", SW_HDR_PROXY_AUTHORIZATION);
    default:
        return SW_HDR_OTHER;
    }
}

static inline bool is_method(struct sw_slice text, const char *name, size_t len)
{
    return text.len == len && memcmp(text.p, name, len) == 0;
}

/* Their lengths are constants: each comparison is an instruction or two, and no call. */
enum sw_method sw_method_find(struct sw_slice text)
{
    enum sw_method found = SW_METHOD_OTHER;
#define X(constant, name)                                                                          \
    if (is_method(text, name, sizeof(name) - 1))                                                   \
        found = constant;
    SW_METHODS(X)
#undef X
    return found;
}

const char *sw_status_reason(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *reason;
    } reasons[] = {
        {100, "Trying"},
        {180, "Ringing"},
        {181, "Call Is Being Forwarded"},
        {182, "Queued"},
        {183, "Session Progress"},
        {200, "OK"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Moved Temporarily"},
        {305, "Use Proxy"},
        {380, "Alternative Service"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {410, "Gone"},
        {413, "Request Entity Too Large"},
        {414, "Request-URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Unsupported URI Scheme"},
        {420, "Bad Extension"},
        {421, "Extension Required"},
        {423, "Interval Too Brief"},
        {440, "Max-Breadth Exceeded"},
        {480, "Temporarily Unavailable"},
        {481, "Call/Transaction Does Not Exist"},
        {482, "Loop Detected"},
        {483, "Too Many Hops"},
        {484, "Address Incomplete"},
        {485, "Ambiguous"},
        {486, "Busy Here"},
        {487, "Request Terminated"},
        {488, "Not Acceptable Here"},
        {491, "Request Pending"},
        {493, "Undecipherable"},
        {500, "Server Internal Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Server Time-out"},
        {505, "Version Not Supported"},
        {513, "Message Too Large"},
        {600, "Busy Everywhere"},
        {603, "Decline"},
        {604, "Does Not Exist Anywhere"},
        {606, "Not Acceptable"},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}
