/* SPDX-License-Identifier: BSD-2-Clause */
#include "peers.h"

#include "adapter/clock.h"
#include "base/time.h"
#include "sip/build.h"
#include "sip/frame.h"
#include "sip/hdr.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define TALK_US SW_MS(20)

enum { RECORD_ROUTES_MAX = 8 };

/* --- opening and closing ----------------------------------------------------------------- */

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void stop(struct demo_server *s)
{
    close_fd(&s->listen_fd);
    close_fd(&s->udp_fd);
    for (size_t i = 0; i < DEMO_CONNS_MAX; i++)
        close_fd(&s->conns[i].fd);
}

static bool complain(const struct sw_endpoint *at, const char *transport, const char *why)
{
    char room[64];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_endpoint_write(&b, at);
    fprintf(stderr,
            "demo: %s %s: %s\n"
            "The servers of demo/vocal.zone need this address and port for themselves.\n",
            transport, sw_buf_cstr(&b), why);
    return false;
}

bool demo_server_set(struct demo_server *s, enum demo_mode mode)
{
    struct ad_net_error why = {"cannot listen"};

    stop(s);
    s->mode = mode;
    s->udp_count = 0;
    s->invite_branch[0] = '\0';
    if (mode == DEMO_STOPPED)
        return true;
    s->listen_fd = ad_socket_bound(SOCK_STREAM, &s->at, false, &why);
    if (s->listen_fd < 0 || listen(s->listen_fd, 8) < 0)
        return complain(&s->at, "tcp", why.text);
    s->udp_fd = ad_socket_bound(SOCK_DGRAM, &s->at, false, &why);
    return s->udp_fd >= 0 || complain(&s->at, "udp", why.text);
}

bool demo_peers_open(struct demo_peers *p)
{
    struct demo_caller *c = &p->caller;
    struct ad_net_error why = {"has no name"};

    *p = (struct demo_peers){0};
    c->at = (struct sw_endpoint){.addr = {4, {127, 0, 0, 1}}};
    for (size_t i = 0; i < DEMO_SERVERS; i++) {
        struct demo_server *s = &p->servers[i];
        s->who = i == 0 ? DEMO_SERVER1 : DEMO_SERVER2;
        s->at = (struct sw_endpoint){.addr = {4, {127, 0, 0, (uint8_t)(11 + i)}}, .port = 5060};
        s->listen_fd = s->udp_fd = -1;
        for (size_t j = 0; j < DEMO_CONNS_MAX; j++)
            s->conns[j].fd = -1;
    }
    c->fd = ad_socket_bound(SOCK_DGRAM, &c->at, false, &why);
    if (c->fd < 0 || !ad_socket_name(c->fd, &c->at))
        return complain(&c->at, "udp", why.text);
    return true;
}

void demo_peers_close(struct demo_peers *p)
{
    for (size_t i = 0; i < DEMO_SERVERS; i++)
        stop(&p->servers[i]);
    close_fd(&p->caller.fd);
}

/* --- messages ---------------------------------------------------------------------------- */

static bool read_message(struct sw_msg *m, struct sw_slice bytes)
{
    struct sw_msg_fault fault;

    return sw_msg_parse(m, bytes, NULL, &fault) == 0;
}

static struct sw_slice value_of(const struct sw_msg *m, enum sw_hdr_id id)
{
    const struct sw_hdr *h = sw_msg_first(m, id);

    return h == NULL ? (struct sw_slice){0} : h->value;
}

/* "INVITE", "200 OK" */
static const char *label_of(const struct sw_msg *m, char *room, size_t cap)
{
    struct sw_buf b = sw_buf(room, cap);

    if (m->is_request) {
        sw_buf_slice_add(&b, m->method_text);
        return sw_buf_cstr(&b);
    }
    sw_buf_u64(&b, m->status);
    sw_buf_char(&b, ' ');
    sw_buf_slice_add(&b, m->reason);
    return sw_buf_cstr(&b);
}

static void draw_message(struct demo_peers *p, uint64_t at_us, const struct sw_msg *m,
                         enum demo_who from, enum demo_who to)
{
    char room[DEMO_TEXT_MAX];

    demo_ladder_message(&p->ladder, at_us, from, to, label_of(m, room, sizeof room));
}

/* --- the servers ------------------------------------------------------------------------- */

/* What a 2xx to an INVITE carries: the way back through the proxy, and where the server is. */
static void write_dialog_lines(struct sw_buf *b, const struct demo_server *s,
                               const struct sw_msg *m)
{
    for (const struct sw_hdr *h = sw_msg_first(m, SW_HDR_RECORD_ROUTE); h != NULL;
         h = sw_msg_next(m, h))
        sw_buf_slice_add(b, h->line);
    sw_buf_str(b, "Contact: <sip:joe@");
    sw_endpoint_write(b, &s->at);
    sw_buf_str(b, ";transport=tcp>\r\n");
}

static void reply(struct demo_peers *p, const struct demo_server *s, int fd,
                  const struct sw_msg *request, uint16_t status)
{
    char room[DEMO_MESSAGE_MAX], extra_room[DEMO_MESSAGE_MAX];
    struct sw_buf b = sw_buf(room, sizeof room), extra = sw_buf(extra_room, sizeof extra_room);
    struct sw_msg m;

    if (request->method == SW_INVITE)
        write_dialog_lines(&extra, s, request);
    const struct sw_reply r = {.status = status,
                               .to_tag = s->who == DEMO_SERVER1 ? SW_LIT("s1") : SW_LIT("s2"),
                               .extra = sw_buf_slice(&extra)};
    uint64_t now_us = ad_clock_mono_us();
    if (sw_reply_build(request, &r, &b) < 0 || send(fd, b.p, b.len, MSG_NOSIGNAL) < 0)
        return;
    if (read_message(&m, sw_buf_slice(&b)))
        draw_message(p, now_us, &m, s->who, DEMO_PROXY);
}

static void keep_branch(struct demo_server *s, const struct sw_msg *m)
{
    struct sw_via via;
    struct sw_buf b = sw_buf(s->invite_branch, sizeof s->invite_branch);

    if (sw_via_parse(value_of(m, SW_HDR_VIA), &via, NULL) == 0)
        sw_buf_slice_add(&b, via.branch);
    sw_buf_cstr(&b);
}

static void serve(struct demo_peers *p, struct demo_server *s, int fd, struct sw_slice bytes)
{
    struct sw_msg m;

    if (!read_message(&m, bytes) || !m.is_request)
        return;
    draw_message(p, ad_clock_mono_us(), &m, DEMO_PROXY, s->who);
    if (m.method == SW_INVITE)
        keep_branch(s, &m);
    if (s->mode == DEMO_BLACK_HOLE || m.method == SW_ACK)
        return;
    if (m.method == SW_INVITE)
        reply(p, s, fd, &m, 180);
    reply(p, s, fd, &m, 200);
}

static void take_frames(struct demo_peers *p, struct demo_server *s, struct demo_conn *c)
{
    struct sw_frame_state state = {0};
    struct sw_frame frame;

    while (sw_frame_next(sw_slice(c->bytes, c->len), &sw_msg_limits_default, &state, &frame) == 0) {
        if (frame.kind == SW_FRAME_MESSAGE)
            serve(p, s, c->fd, sw_slice(c->bytes, frame.len));
        memmove(c->bytes, c->bytes + frame.len, c->len - frame.len);
        c->len -= frame.len;
        state = (struct sw_frame_state){0};
    }
}

static void read_conn(struct demo_peers *p, struct demo_server *s, struct demo_conn *c)
{
    ssize_t n = recv(c->fd, c->bytes + c->len, sizeof c->bytes - c->len, 0);

    if (n <= 0) {
        close_fd(&c->fd);
        return;
    }
    c->len += (size_t)n;
    take_frames(p, s, c);
}

static void accept_conn(struct demo_server *s)
{
    int fd = accept(s->listen_fd, NULL, NULL);

    for (size_t i = 0; i < DEMO_CONNS_MAX && fd >= 0; i++) {
        if (s->conns[i].fd >= 0)
            continue;
        s->conns[i].fd = fd;
        s->conns[i].len = 0;
        return;
    }
    close_fd(&fd);
}

static void count_datagram(struct demo_server *s)
{
    char room[16];

    if (recv(s->udp_fd, room, sizeof room, MSG_DONTWAIT) >= 0)
        s->udp_count++;
}

/* --- the caller -------------------------------------------------------------------------- */

void demo_call_id(const struct demo_peers *p, char *room, size_t cap)
{
    struct sw_buf b = sw_buf(room, cap);

    sw_buf_str(&b, "call-");
    sw_buf_u64(&b, p->caller.call_number);
    sw_buf_str(&b, "@example.net");
    sw_buf_cstr(&b);
}

/* Lines that every request of a call has alike but for their numbers. */
static void write_request(struct sw_buf *b, const struct demo_peers *p, const char *method,
                          unsigned cseq, struct sw_slice to)
{
    char call_id[64];

    demo_call_id(p, call_id, sizeof call_id);
    sw_buf_str(b, "Via: SIP/2.0/UDP ");
    sw_endpoint_write(b, &p->caller.at);
    sw_buf_str(b, ";rport;branch=z9hG4bK-");
    sw_buf_str(b, call_id);
    sw_buf_str(b, method);
    sw_buf_str(b, "\r\nMax-Forwards: 70\r\nFrom: <sip:caller@example.net>;tag=c\r\nTo: ");
    sw_buf_slice_add(b, to);
    sw_buf_str(b, "\r\nCall-ID: ");
    sw_buf_str(b, call_id);
    sw_buf_str(b, "\r\nCSeq: ");
    sw_buf_u64(b, cseq);
    sw_buf_char(b, ' ');
    sw_buf_str(b, method);
    sw_buf_str(b, "\r\nContact: <sip:caller@");
    sw_endpoint_write(b, &p->caller.at);
    sw_buf_str(b, ">\r\nContent-Length: 0\r\n\r\n");
}

static void send_to_proxy(struct demo_peers *p, struct sw_slice bytes)
{
    union ad_sockaddr to;
    socklen_t len = ad_sockaddr_from(&to, &p->caller.proxy);
    uint64_t now_us = ad_clock_mono_us();
    struct sw_msg m;

    if (sendto(p->caller.fd, bytes.p, bytes.len, 0, &to.any, len) >= 0 && read_message(&m, bytes))
        draw_message(p, now_us, &m, DEMO_CALLER, DEMO_PROXY);
}

void demo_call_begin(struct demo_peers *p, const struct sw_endpoint *proxy)
{
    struct demo_caller *c = &p->caller;
    struct sw_buf b = sw_buf(c->invite, sizeof c->invite);

    c->proxy = *proxy;
    c->state = DEMO_INVITED;
    c->status = 0;
    c->warning[0] = '\0';
    c->call_number++;
    sw_buf_str(&b, "INVITE sip:joe@vocal.com SIP/2.0\r\n");
    write_request(&b, p, "INVITE", 1, SW_LIT("<sip:joe@vocal.com>"));
    c->invite_len = b.len;
    demo_ladder_begin(&p->ladder, ad_clock_mono_us());
    send_to_proxy(p, sw_buf_slice(&b));
}

/* The Record-Route values of the answer, last one first (RFC 3261 12.1.2). */
static void write_routes(struct sw_buf *b, const struct sw_msg *answer)
{
    struct sw_slice routes[RECORD_ROUTES_MAX], rest;
    size_t count = 0;

    for (const struct sw_hdr *h = sw_msg_first(answer, SW_HDR_RECORD_ROUTE); h != NULL;
         h = sw_msg_next(answer, h)) {
        rest = h->value;
        while (count < RECORD_ROUTES_MAX && sw_value_take(&rest, &routes[count]) == 1)
            count++;
    }
    while (count-- > 0) {
        sw_buf_str(b, "Route: ");
        sw_buf_slice_add(b, routes[count]);
        sw_buf_str(b, "\r\n");
    }
}

/* ACK or BYE within the dialog. */
static void send_in_dialog(struct demo_peers *p, const char *method, unsigned cseq)
{
    char room[DEMO_MESSAGE_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_nameaddr contact;
    struct sw_msg answer;

    if (!read_message(&answer, sw_slice(p->caller.answer, p->caller.answer_len)) ||
        sw_nameaddr_parse(value_of(&answer, SW_HDR_CONTACT), &contact, NULL) < 0)
        return;
    sw_buf_str(&b, method);
    sw_buf_char(&b, ' ');
    sw_buf_slice_add(&b, contact.uri_text);
    sw_buf_str(&b, " SIP/2.0\r\n");
    write_routes(&b, &answer);
    write_request(&b, p, method, cseq, value_of(&answer, SW_HDR_TO));
    send_to_proxy(p, sw_buf_slice(&b));
}

static void acknowledge_failure(struct demo_peers *p, const struct sw_msg *answer)
{
    char room[DEMO_MESSAGE_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_msg invite;

    if (read_message(&invite, sw_slice(p->caller.invite, p->caller.invite_len)) &&
        sw_ack_build(&invite, answer, &b) == 0)
        send_to_proxy(p, sw_buf_slice(&b));
}

static void take_final(struct demo_peers *p, const struct sw_msg *m)
{
    struct demo_caller *c = &p->caller;
    struct sw_buf warning = sw_buf(c->warning, sizeof c->warning);

    c->status = m->status;
    memcpy(c->answer, m->bytes.p, m->bytes.len);
    c->answer_len = m->bytes.len;
    sw_buf_slice_add(&warning, value_of(m, SW_HDR_WARNING));
    sw_buf_cstr(&warning);
    if (m->status >= 300) {
        acknowledge_failure(p, m);
        c->state = DEMO_OVER;
        return;
    }
    send_in_dialog(p, "ACK", 1);
    c->state = DEMO_TALKING;
    c->hang_up_us = ad_clock_mono_us() + TALK_US;
}

static void take_response(struct demo_peers *p)
{
    struct demo_caller *c = &p->caller;
    char room[DEMO_MESSAGE_MAX];
    struct sw_msg m;
    ssize_t n = recv(c->fd, room, sizeof room, MSG_DONTWAIT);

    if (n <= 0 || !read_message(&m, sw_slice(room, (size_t)n)) || m.is_request)
        return;
    draw_message(p, ad_clock_mono_us(), &m, DEMO_PROXY, DEMO_CALLER);
    if (c->state == DEMO_INVITED && m.status >= 200)
        take_final(p, &m);
    else if (c->state == DEMO_LEAVING && m.status >= 200)
        c->state = DEMO_OVER;
}

/* --- all together ------------------------------------------------------------------------ */

static void watch_fd(struct pollfd *fds, size_t *count, int fd)
{
    fds[*count] = (struct pollfd){.fd = fd, .events = POLLIN};
    (*count)++;
}

static void wait_for_events(struct demo_peers *p, uint64_t until_us)
{
    struct pollfd fds[1 + DEMO_SERVERS * (2 + DEMO_CONNS_MAX)];
    size_t count = 0, at = 0;
    uint64_t now_us = ad_clock_mono_us();

    watch_fd(fds, &count, p->caller.fd);
    for (size_t i = 0; i < DEMO_SERVERS; i++) {
        watch_fd(fds, &count, p->servers[i].listen_fd);
        watch_fd(fds, &count, p->servers[i].udp_fd);
        for (size_t j = 0; j < DEMO_CONNS_MAX; j++)
            watch_fd(fds, &count, p->servers[i].conns[j].fd);
    }
    int wait_ms = until_us > now_us ? (int)((until_us - now_us) / 1000) + 1 : 0;
    if (poll(fds, count, wait_ms) <= 0)
        return;
    if (fds[at++].revents != 0)
        take_response(p);
    for (size_t i = 0; i < DEMO_SERVERS; i++) {
        struct demo_server *s = &p->servers[i];
        if (fds[at++].revents != 0)
            accept_conn(s);
        if (fds[at++].revents != 0)
            count_datagram(s);
        for (size_t j = 0; j < DEMO_CONNS_MAX; j++)
            if (fds[at++].revents != 0)
                read_conn(p, s, &s->conns[j]);
    }
}

bool demo_call_run(struct demo_peers *p, uint64_t until_us)
{
    struct demo_caller *c = &p->caller;

    while (c->state != DEMO_OVER && ad_clock_mono_us() < until_us) {
        bool is_talking = c->state == DEMO_TALKING;
        wait_for_events(p, is_talking ? sw_min_us(until_us, c->hang_up_us) : until_us);
        if (c->state == DEMO_TALKING && ad_clock_mono_us() >= c->hang_up_us) {
            send_in_dialog(p, "BYE", 2);
            c->state = DEMO_LEAVING;
        }
    }
    return c->state == DEMO_OVER;
}
