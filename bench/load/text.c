/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "../bench.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { PATCHES_MAX = 8, NUMBER_LEN = 8, ID_LEN = 16 };

/* In a template, what differs from call to call: 16 times '~' is its id, 8 times '#' its number. */
struct message {
    char bytes[LOAD_MESSAGE_MAX];
    size_t len;
    unsigned id_count, number_count;
    uint16_t ids[PATCHES_MAX], numbers[PATCHES_MAX];
};

#define ID "~~~~~~~~~~~~~~~~"

static struct message templates[LOAD_METHODS];
static char response_tail[1024], invite_response_tail[1024];

static const char sdp[] = "v=0\r\n"
                          "o=alice 2890844526 2890844526 IN IP4 192.0.2.33\r\n"
                          "s=-\r\n"
                          "c=IN IP4 192.0.2.33\r\n"
                          "t=0 0\r\n"
                          "m=audio 49170 RTP/AVP 0 8 101\r\n"
                          "a=rtpmap:0 PCMU/8000\r\n"
                          "a=rtpmap:8 PCMA/8000\r\n"
                          "a=rtpmap:101 telephone-event/8000\r\n"
                          "a=fmtp:101 0-15\r\n"
                          "a=sendrecv\r\n";

static const char *const names[] = {"INVITE", "ACK", "BYE", "OPTIONS"};
static const unsigned numbers[] = {1, 1, 2, 1}; /* in CSeq */

static void find_patches(struct message *t)
{
    for (size_t i = 0; i + ID_LEN <= t->len; i++) {
        if (memcmp(t->bytes + i, ID, ID_LEN) == 0) {
            bench_must(t->id_count < PATCHES_MAX, "a template names its call too often");
            t->ids[t->id_count++] = (uint16_t)i;
            i += ID_LEN - 1;
        } else if (memcmp(t->bytes + i, "########", NUMBER_LEN) == 0) {
            bench_must(t->number_count < PATCHES_MAX, "a template has too many numbers");
            t->numbers[t->number_count++] = (uint16_t)i;
            i += NUMBER_LEN - 1;
        }
    }
}

struct places {
    char caller[32], callee[32], target[300];
    const char *via, *param;
};

static void write_template(enum load_method method, const struct places *p)
{
    struct message *t = &templates[method];
    bool has_body = method == LOAD_INVITE, is_in_dialog = method == LOAD_ACK || method == LOAD_BYE;
    int len =
        snprintf(t->bytes, sizeof t->bytes,
                 "%s sip:bob@%s%s SIP/2.0\r\n"
                 "Via: SIP/2.0/%s %s;rport;branch=z9hG4bK" ID "%c\r\n"
                 "Max-Forwards: 70\r\n"
                 "From: \"Alice\" <sip:alice@atlanta.example.com>;tag=" ID "\r\n"
                 "To: \"Bob\" <sip:bob@biloxi.example.com>%s\r\n"
                 "Call-ID: " ID "@atlanta.example.com\r\n"
                 "CSeq: %u %s\r\n"
                 "Contact: <sip:alice@%s%s>\r\n"
                 "User-Agent: Softphone/2.14\r\n"
                 "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, UPDATE\r\n"
                 "Supported: replaces, timer\r\n"
                 "%sContent-Length: %zu\r\n"
                 "\r\n%s",
                 names[method], is_in_dialog ? p->callee : p->target, p->param, p->via, p->caller,
                 names[method][0], is_in_dialog ? ";tag=" ID : "", numbers[method], names[method],
                 p->caller, p->param, has_body ? "Content-Type: application/sdp\r\n" : "",
                 has_body ? sizeof sdp - 1 : 0, has_body ? sdp : "");
    bench_must(len > 0 && (size_t)len < sizeof t->bytes, "a message is too long");
    t->len = (size_t)len;
    find_patches(t);
}

static void write_address(char room[32], const struct sockaddr_in *a)
{
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &a->sin_addr, text, sizeof text);
    snprintf(room, 32, "%s:%u", text, ntohs(a->sin_port));
}

void load_text_init(const struct load_conf *conf)
{
    bool is_tls = conf->certificate != NULL;
    struct places p = {.via = is_tls         ? "TLS"
                              : conf->is_tcp ? "TCP"
                                             : "UDP",
                       .param = is_tls         ? ";transport=tls"
                                : conf->is_tcp ? ";transport=tcp"
                                               : ""};
    write_address(p.caller, &conf->caller);
    write_address(p.callee, &conf->callee);
    const char *host = conf->host == NULL ? p.callee : conf->host;
    bool is_numbered = strncmp(host, "d#", 2) == 0;
    snprintf(p.target, sizeof p.target, "%s%s", is_numbered ? "d########" : host,
             is_numbered ? host + 2 : "");
    for (enum load_method m = 0; m < LOAD_METHODS; m++)
        write_template(m, &p);
    snprintf(response_tail, sizeof response_tail, "Content-Length: 0\r\n\r\n");
    snprintf(invite_response_tail, sizeof invite_response_tail,
             "Contact: <sip:bob@%s%s>\r\nContent-Type: application/sdp\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             p.callee, p.param, sizeof sdp - 1, sdp);
}

/* ---- writing ---- */

static void put_id(char *at, uint64_t id)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = ID_LEN - 1; i >= 0; i--, id >>= 4)
        at[i] = digits[id & 15];
}

static void put_number(char *at, uint64_t number)
{
    for (int i = NUMBER_LEN - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
}

size_t load_text_request(enum load_method method, uint64_t id, char *room)
{
    const struct message *t = &templates[method];
    memcpy(room, t->bytes, t->len);
    for (unsigned i = 0; i < t->id_count; i++)
        put_id(room + t->ids[i], id);
    for (unsigned i = 0; i < t->number_count; i++)
        put_number(room + t->numbers[i], id & UINT32_MAX);
    return t->len;
}

static char *put(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

size_t load_text_failure_ack(uint64_t id, const struct load_msg *m, char *room)
{
    char invite[LOAD_MESSAGE_MAX];
    size_t len = load_text_request(LOAD_INVITE, id, invite);
    const char *uri = invite + 6, *uri_end = memchr(uri, '\r', len - 6);
    const char *via = uri_end + 2, *via_end = memchr(via, '\r', len);
    char *at = put(room, "ACK", 3);
    at = put(at, uri, (size_t)(via_end - uri) + 2);
    at = put(at, "Max-Forwards: 70\r\n", 18);
    for (unsigned i = 0; i < m->line_count; i++)
        if (m->lines[i].p[0] == 'F' || m->lines[i].p[0] == 'T' || m->lines[i].p[1] == 'a')
            at = put(at, m->lines[i].p, m->lines[i].len); /* From, To, Call-ID */
    at = put(at, "CSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n", 34);
    return (size_t)(at - room);
}

size_t load_text_response(unsigned status, const struct load_msg *m, char *room)
{
    const char *line = status == 100   ? "SIP/2.0 100 Trying\r\n"
                       : status == 180 ? "SIP/2.0 180 Ringing\r\n"
                                       : "SIP/2.0 200 OK\r\n";
    char *at = put(room, line, strlen(line));
    for (unsigned i = 0; i < m->line_count; i++) {
        const struct load_line *l = &m->lines[i];
        bool wants_tag = l->p == m->to.p && m->to_tag == 0 && status > 100;
        at = put(at, l->p, wants_tag ? l->len - 2 : l->len);
        if (!wants_tag)
            continue;
        at = put(at, ";tag=", 5);
        put_id(at, m->call_id);
        at = put(at + ID_LEN, "\r\n", 2);
    }
    const char *tail =
        status == 200 && m->method == LOAD_INVITE ? invite_response_tail : response_tail;
    at = put(at, tail, strlen(tail));
    return (size_t)(at - room);
}

/* ---- reading ---- */

/* Behind the first `mark` of the line; 0: not there, or no id. */
static uint64_t id_behind(const struct load_line *l, const char *mark, size_t mark_len)
{
    const char *at = memmem(l->p, l->len, mark, mark_len);
    uint64_t id = 0;
    if (at == NULL || at + mark_len + ID_LEN > l->p + l->len)
        return 0;
    at += mark_len;
    for (int i = 0; i < ID_LEN; i++) {
        char c = at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return 0;
        id = id << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return id;
}

static bool begins(const struct load_line *l, const char *with, size_t len)
{
    return l->len > len && memcmp(l->p, with, len) == 0;
}

#define BEGINS(l, text) begins(l, text, sizeof text - 1)

static enum load_method method_of(char first)
{
    return first == 'I'   ? LOAD_INVITE
           : first == 'A' ? LOAD_ACK
           : first == 'B' ? LOAD_BYE
           : first == 'O' ? LOAD_OPTIONS
                          : LOAD_METHODS;
}

static void read_first(struct load_msg *m, const struct load_line *l)
{
    if (BEGINS(l, "SIP/2.0 ") && l->len > 12)
        m->status = (unsigned)((l->p[8] - '0') * 100 + (l->p[9] - '0') * 10 + (l->p[10] - '0'));
    else
        m->method = method_of(l->p[0]);
}

static void read_cseq(struct load_msg *m, const struct load_line *l)
{
    size_t i = 6;
    for (; i < l->len && l->p[i] >= '0' && l->p[i] <= '9'; i++)
        m->cseq = m->cseq * 10 + (uint32_t)(l->p[i] - '0');
    enum load_method method = i + 1 < l->len ? method_of(l->p[i + 1]) : LOAD_METHODS;
    m->is_whole = method < LOAD_METHODS && (m->status > 0 || method == m->method);
    m->method = method;
}

/* False: no line that a response repeats. */
static bool read_line(struct load_msg *m, const struct load_line *l)
{
    if (BEGINS(l, "Via: ")) {
        if (m->via_count++ == 0)
            m->branch = id_behind(l, "branch=z9hG4bK", 14);
    } else if (BEGINS(l, "From: ")) {
        m->from_tag = id_behind(l, ";tag=", 5);
    } else if (BEGINS(l, "To: ")) {
        m->to_tag = id_behind(l, ";tag=", 5);
        m->to = *l;
    } else if (BEGINS(l, "Call-ID: ")) {
        m->call_id = id_behind(l, "Call-ID: ", 9);
    } else if (BEGINS(l, "CSeq: ")) {
        read_cseq(m, l);
    } else {
        return BEGINS(l, "Record-Route: ");
    }
    return true;
}

void load_text_read(struct load_msg *m, const char *bytes, size_t len)
{
    const char *at = bytes, *end = bytes + len;
    *m = (struct load_msg){.method = LOAD_METHODS};
    for (bool is_first = true; at < end; is_first = false) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        if (lf == NULL || lf - at < 2)
            break; /* the empty line, or a message that is cut */
        struct load_line l = {at, (size_t)(lf - at) + 1};
        at = lf + 1;
        if (is_first)
            read_first(m, &l);
        else if (read_line(m, &l) && m->line_count < sizeof m->lines / sizeof m->lines[0])
            m->lines[m->line_count++] = l;
    }
}
