/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the message layer costs per message, of an INVITE as it arrives at a proxy, with the least a
 * pass over the same octets costs on this machine as its floor.
 */
#include "bench.h"

#include "sip/edit.h"
#include "sip/msg.h"

enum { ROUNDS = 20000 };

static const char invite[] =
    "INVITE sip:bob.jones@biloxi.example.com;transport=udp SIP/2.0\r\n"
    "Via: SIP/2.0/UDP edge1.atlanta.example.com:5060;branch=z9hG4bK4b43c2ff8.1\r\n"
    "Via: SIP/2.0/UDP 192.0.2.33:5062;rport=5062;received=192.0.2.33;branch=z9hG4bK776asdhds\r\n"
    "Max-Forwards: 69\r\n"
    "Route: <sip:proxy2.biloxi.example.com;lr>\r\n"
    "Record-Route: <sip:edge1.atlanta.example.com;lr>\r\n"
    "To: Bob Jones <sip:bob.jones@biloxi.example.com>\r\n"
    "From: \"Alice Liddell\" <sip:alice@atlanta.example.com>;tag=1928301774\r\n"
    "Call-ID: a84b4c76e66710d8c5f2@pc33.atlanta.example.com\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@192.0.2.33:5062>\r\n"
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\n"
    "Supported: replaces, timer\r\n"
    "User-Agent: Softphone/2.14 (build 202601)\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 165\r\n"
    "\r\n"
    "v=0\r\n"
    "o=alice 2890844526 2890844526 IN IP4 192.0.2.33\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.33\r\n"
    "t=0 0\r\n"
    "m=audio 49170 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=sendrecv\r\n";

struct work {
    struct sw_slice bytes;
    struct sw_msg msg;
    char room[4096];
    size_t sum; /* so that nothing is optimised away */
};

/* The floor: find each line's end and nothing else. */
static void find_line_ends(void *arg)
{
    struct work *w = arg;
    const char *at = w->bytes.p, *end = at + w->msg.header_end;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        w->sum++;
    }
}

static void split(void *arg)
{
    struct work *w = arg;
    struct sw_msg_fault fault;
    w->sum += (size_t)sw_msg_parse(&w->msg, w->bytes, NULL, &fault) + w->msg.hdr_count;
}

static void split_and_check(void *arg)
{
    struct work *w = arg;
    struct sw_msg_fault fault;
    split(w);
    w->sum += (size_t)sw_msg_check(&w->msg, &fault);
}

static void read_top_via(void *arg)
{
    struct work *w = arg;
    struct sw_via via;
    w->sum += (size_t)sw_msg_top_via(&w->msg, &via) + via.port;
}

static void read_request_uri(void *arg)
{
    struct work *w = arg;
    struct sw_uri uri;
    w->sum += (size_t)sw_uri_parse(w->msg.uri_text, &uri, NULL) + uri.host.text.len;
}

static void edit_and_write(void *arg)
{
    struct work *w = arg;
    struct sw_edits e;
    struct sw_buf out = sw_buf(w->room, sizeof w->room);
    const struct sw_hdr *via = sw_msg_first(&w->msg, SW_HDR_VIA);
    sw_edits_init(&e, w->msg.bytes);
    sw_edits_insert(&e, via->line.p,
                    SW_LIT("Via: SIP/2.0/UDP p.example.com;branch=z9hG4bK01234567.89abcdef\r\n"));
    sw_edits_replace(&e, sw_msg_first(&w->msg, SW_HDR_MAX_FORWARDS)->value, SW_LIT("68"));
    sw_edits_remove(&e, sw_msg_first(&w->msg, SW_HDR_ROUTE)->line);
    w->sum += (size_t)sw_edits_write(&e, &out) + out.len;
}

static void measure(const char *name, void (*what)(void *), struct work *w, const char *goal)
{
    bench_print(name, bench_cpu_of(what, w, ROUNDS) / 1e3, "us", goal);
}

int main(void)
{
    static struct work w;
    w.bytes = sw_slice(invite, sizeof invite - 1);
    if (sw_msg_parse(&w.msg, w.bytes, NULL, NULL) < 0 || sw_msg_check(&w.msg, NULL) < 0)
        return 1;
    bench_print("msg.len", (double)w.bytes.len, "octets", "-");
    measure("msg.split", find_line_ends, &w, "floor the line ends of the header, no more");
    measure("msg.split", split, &w, "-");
    measure("msg.split_and_check", split_and_check, &w, "-");
    measure("msg.read_top_via", read_top_via, &w, "-");
    measure("msg.read_request_uri", read_request_uri, &w, "-");
    measure("msg.edit_and_write", edit_and_write, &w, "-");
    return w.sum == 0;
}
