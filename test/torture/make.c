/* SPDX-License-Identifier: BSD-2-Clause */
#include "torture/make.h"

#include "base/attr.h"
#include "base/rng.h"

struct maker {
    struct sw_rng rng;
    struct sw_buf *out;
};

static uint64_t below(struct maker *m, uint64_t bound)
{
    return sw_rng_below(&m->rng, bound);
}

static bool chance(struct maker *m, unsigned percent)
{
    return below(m, 100) < percent;
}

/* Linear white space, or none. */
static void blank(struct maker *m)
{
    static const char *const blanks[] = {"", "", "", " ", " ", "  ", "\t", "\r\n ", " \r\n\t "};
    sw_buf_str(m->out, blanks[below(m, SW_ARRAY_LEN(blanks))]);
}

static void text(struct maker *m, const char *s)
{
    sw_buf_str(m->out, s);
}

/* Letters in any case. */
static void in_any_case(struct maker *m, const char *s)
{
    for (; *s != '\0'; s++) {
        bool is_letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
        sw_buf_char(m->out, is_letter && chance(m, 20) ? (char)(*s ^ 0x20) : *s);
    }
}

static void token(struct maker *m)
{
    static const char chars[] = "abcXYZ0189-.!%*_+`'~";
    for (uint64_t i = 1 + below(m, 12); i > 0; i--)
        sw_buf_char(m->out, chars[below(m, sizeof chars - 1)]);
}

static void word(struct maker *m)
{
    static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint64_t i = 1 + below(m, 10); i > 0; i--)
        sw_buf_char(m->out, chars[below(m, sizeof chars - 1)]);
}

/* "Name:" as somebody writes it. */
static void name(struct maker *m, const char *full, const char *compact)
{
    in_any_case(m, compact != NULL && chance(m, 30) ? compact : full);
    if (chance(m, 15))
        text(m, chance(m, 50) ? " " : "\t ");
    sw_buf_char(m->out, ':');
    blank(m);
}

static void end_line(struct maker *m)
{
    if (chance(m, 10))
        text(m, " ");
    text(m, "\r\n");
}

static void param(struct maker *m)
{
    blank(m);
    sw_buf_char(m->out, ';');
    blank(m);
    text(m, "x-");
    token(m);
    if (chance(m, 30))
        return;
    blank(m);
    sw_buf_char(m->out, '=');
    blank(m);
    if (chance(m, 30))
        text(m, "\"a, \\\"b;<>\\\\ \xc3\xa4\"");
    else
        token(m);
}

static void params(struct maker *m)
{
    for (uint64_t i = below(m, 3); i > 0; i--)
        param(m);
}

static void uri(struct maker *m)
{
    text(m, chance(m, 20) ? "SIP:" : "sip:");
    if (chance(m, 80)) {
        word(m);
        if (chance(m, 20))
            text(m, "%20;p=1&=+$,?/");
        sw_buf_char(m->out, '@');
    }
    word(m);
    text(m, ".t");
    if (chance(m, 20))
        text(m, ":5070");
    if (chance(m, 20))
        text(m, ";u-param=v%41l");
}

static void address(struct maker *m, bool has_tag)
{
    static const char *const displays[] = {"", "Bob", "Bob  B. Doe ", "\"B, \\\"o\\\" <b>\"",
                                           "\"\xd0\x91\xd0\xbe\xd0\xb1\" "};
    text(m, displays[below(m, SW_ARRAY_LEN(displays))]);
    blank(m);
    sw_buf_char(m->out, '<');
    uri(m);
    sw_buf_char(m->out, '>');
    if (has_tag) {
        text(m, ";tag=");
        word(m);
    }
    params(m);
}

static void via(struct maker *m)
{
    static const char *const transports[] = {"UDP", "TCP", "TLS", "SCTP", "udp", "X-NEW"};
    text(m, "SIP");
    blank(m);
    sw_buf_char(m->out, '/');
    blank(m);
    text(m, "2.0");
    blank(m);
    sw_buf_char(m->out, '/');
    text(m, transports[below(m, SW_ARRAY_LEN(transports))]);
    text(m, chance(m, 20) ? "\r\n  " : " ");
    word(m);
    text(m, ".t");
    if (chance(m, 30))
        text(m, ":5062");
    params(m);
    if (chance(m, 30))
        text(m, chance(m, 50) ? ";rport" : " ; rport");
    if (chance(m, 90)) {
        text(m, ";branch=z9hG4bK");
        word(m);
    }
    if (chance(m, 15))
        text(m, ";received=192.0.2.77");
    params(m);
}

static void vias(struct maker *m)
{
    for (uint64_t i = 1 + below(m, 3); i > 0; i--) {
        name(m, "Via", "v");
        for (uint64_t k = below(m, 3); k > 0; k--) {
            via(m);
            blank(m);
            sw_buf_char(m->out, ',');
            blank(m);
        }
        via(m);
        end_line(m);
    }
}

/* Fields that mean nothing to a proxy. */
static void other(struct maker *m)
{
    static const struct {
        const char *full, *compact, *value;
    } known[] = {
        {"Contact", "m", "\"A\" <sip:a@b.t;x>;q=0.3, <sip:c@d.t>"},
        {"Supported", "k", "100rel,  timer"},
        {"Subject", "s", "\xe2\x98\x8e in UTF-8"},
        {"Allow", NULL, "INVITE,ACK , BYE"},
        {"Event", "o", "dialog;id=7"},
        {"Authorization", NULL, "Digest username=\"a\",\r\n\trealm=\"b, c\""},
        {"Date", NULL, "Fri, 01 Jan 2010 16:00:00 EST"},
        {"Require", NULL, "what-only-the-callee-must-know"},
        {"Record-Route", NULL, "<sip:q.t;lr>"},
        {"P-Asserted-Identity", NULL, "tel:+1-201-555-0123"},
        {"Call-Info", NULL, "<http://w.t/a?b=c>;purpose=icon"},
    };
    uint64_t which = below(m, SW_ARRAY_LEN(known) + 3);
    if (which < SW_ARRAY_LEN(known)) {
        name(m, known[which].full, known[which].compact);
        text(m, known[which].value);
    } else {
        text(m, "X-");
        token(m);
        sw_buf_char(m->out, ':');
        blank(m);
        for (uint64_t i = below(m, 40); i > 0; i--)
            sw_buf_char(m->out, (char)(below(m, 94) + 33));
    }
    end_line(m);
}

static void others(struct maker *m)
{
    for (uint64_t i = below(m, 4); i > 0; i--)
        other(m);
}

static void cseq(struct maker *m, const char *method)
{
    name(m, "CSeq", NULL);
    text(m, chance(m, 30) ? "0047" : "47");
    text(m, chance(m, 20) ? "\r\n " : " ");
    text(m, method);
    end_line(m);
}

/* Each in a place of its own, whatever comes first. */
static void fields(struct maker *m, const char *method, bool is_request)
{
    enum { FIELD_COUNT = 6 };
    unsigned order[FIELD_COUNT] = {0, 1, 2, 3, 4, 5};
    for (unsigned i = FIELD_COUNT - 1; i > 0; i--) {
        uint64_t k = below(m, i + 1u);
        unsigned kept = order[i];
        order[i] = order[k];
        order[k] = kept;
    }
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        others(m);
        if (order[i] == 0) {
            vias(m);
        } else if (order[i] == 1) {
            name(m, "From", "f");
            address(m, true);
            end_line(m);
        } else if (order[i] == 2) {
            name(m, "To", "t");
            address(m, !is_request);
            end_line(m);
        } else if (order[i] == 3) {
            name(m, "Call-ID", "i");
            word(m);
            text(m, "@(x)<y>[z]{?}\r\n");
        } else if (order[i] == 4) {
            cseq(m, method);
        } else if (is_request && chance(m, 80)) {
            name(m, "Max-Forwards", NULL);
            text(m, chance(m, 20) ? "0068" : "31");
            end_line(m);
        }
    }
    others(m);
}

static void body(struct maker *m)
{
    static const char multipart[] = "--x\r\nContent-Type: text/plain\r\n\r\nA\r\n--x--\r\n";
    uint64_t kind = below(m, 3);
    uint64_t len = kind == 0 ? 0 : kind == 1 ? sizeof multipart - 1 : 1 + below(m, 200);
    name(m, "Content-Length", "l");
    sw_buf_u64(m->out, len);
    text(m, "\r\n\r\n");
    if (kind == 1)
        text(m, multipart);
    for (; kind == 2 && len > 0; len--)
        sw_buf_char(m->out, (char)below(m, 256));
}

void tt_make(uint64_t seed, struct sw_buf *out)
{
    static const char *const methods[] = {"INVITE",  "OPTIONS",   "BYE",     "REGISTER", "INFO",
                                          "MESSAGE", "SUBSCRIBE", "x-new.1", "Invite"};
    static const char *const statuses[] = {"200 OK", "404 Not Here", "486 ", "302 \xc3\x9c",
                                           "603 No, ever: no"};
    struct maker m = {.out = out};
    sw_rng_init_u64(&m.rng, seed);
    const char *method = methods[below(&m, SW_ARRAY_LEN(methods))];
    bool is_request = chance(&m, 60);
    if (is_request) {
        text(&m, method);
        text(&m, " ");
        uri(&m);
        text(&m, " SIP/2.0\r\n");
    } else {
        text(&m, "SIP/2.0 ");
        text(&m, statuses[below(&m, SW_ARRAY_LEN(statuses))]);
        text(&m, "\r\n");
    }
    fields(&m, method, is_request);
    body(&m);
}
