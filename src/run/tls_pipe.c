/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/tls_pipe.h"

#include "adapter/clock.h"
#include "base/alloc.h"
#include "base/hmap.h"
#include "base/timerwheel.h"

enum {
    PLAIN_ROOM = 16384, /* octets in the clear handed on at once: a record's worth */
    GATHERING_MAX = 64, /* connections that have so many to gather what is sent */
    WHY_MAX = 320,
    SHAKING_SHARE = 4 /* of the connections allowed, one in so many may be shaking hands with us:
                         strangers who stop in the middle keep nobody out */
};

struct conn {
    struct sw_hmap_link by_id;
    struct sw_list all; /* pipe->shaking, oldest first, for accepted ones; else pipe->others */
    struct sw_list unwritten; /* in pipe->unwritten: something is left to be done */
    struct sw_timer timer;    /* of the handshake */
    struct sw_tls_pipe *pipe;
    struct ad_tls_session *tls; /* NULL: there was no memory for it */
    uint64_t id;
    uint16_t listener;
    struct sw_endpoint peer;
    bool is_reached; /* the connection below is there */
    bool is_open;    /* the core knows that it is */
    bool is_ending;  /* nothing is reported any more; gone with the next flush */
    char *plain;     /* PLAIN_ROOM: what is to be sent with the next flush; NULL: nothing */
    size_t plain_len;
    struct px_wanted wanted;
    struct sw_slice names[SW_TLS_NAMES_MAX]; /* wanted's; their text is behind the struct */
    char texts[];
};

struct sw_tls_pipe {
    struct sw_tls_pipe_args args;
    struct sw_tls_counters counters;
    struct ad_tls *tls;
    struct sw_hmap by_id;
    struct sw_list shaking, others, unwritten;
    size_t shaking_count, gathering_count;
    struct sw_timerwheel timers;
    char room[PLAIN_ROOM];
};

int sw_tls_pipe_new(struct sw_tls_pipe **out, const struct sw_tls_pipe_args *args, uint64_t now_us)
{
    struct sw_tls_pipe *pipe = sw_zalloc(NULL, sizeof *pipe);

    if (pipe == NULL || sw_hmap_init(&pipe->by_id, NULL, 64) < 0) {
        sw_free(NULL, pipe);
        return SW_E_NOMEM;
    }
    pipe->args = *args;
    sw_list_init(&pipe->shaking);
    sw_list_init(&pipe->others);
    sw_list_init(&pipe->unwritten);
    sw_timerwheel_init(&pipe->timers, now_us);
    *out = pipe;
    return 0;
}

struct ad_tls *sw_tls_pipe_use(struct sw_tls_pipe *pipe, struct ad_tls *tls)
{
    struct ad_tls *before = pipe->tls;

    pipe->tls = tls;
    return before;
}

void sw_tls_pipe_obey(struct sw_tls_pipe *pipe, const struct px_conf *conf)
{
    pipe->args.conf = conf;
}

bool sw_tls_pipe_uses_listener(const struct sw_tls_pipe *pipe, uint16_t listener)
{
    const struct sw_list *all = &pipe->shaking;

    for (const struct sw_list *at = all->next; at != all; at = at->next)
        if (SW_LIST_ITEM(at, const struct conn, all)->listener == listener)
            return true;
    return false;
}

const struct sw_tls_counters *sw_tls_pipe_counters(const struct sw_tls_pipe *pipe)
{
    return &pipe->counters;
}

/* --- connections ------------------------------------------------------------------------- */

static uint64_t hash_of(uint64_t id)
{
    return sw_hash(&id, sizeof id, 0); /* ids are ours, not a stranger's */
}

static bool has_id(const struct sw_hmap_link *link, const void *key)
{
    return SW_CONTAINER_OF(link, const struct conn, by_id)->id == *(const uint64_t *)key;
}

static struct conn *find(const struct sw_tls_pipe *pipe, uint64_t id)
{
    struct sw_hmap_link *link = sw_hmap_find(&pipe->by_id, hash_of(id), has_id, &id);

    return link == NULL ? NULL : SW_CONTAINER_OF(link, struct conn, by_id);
}

static bool is_accepted(const struct conn *c)
{
    return (c->id & PX_CONN_ACCEPTED) != 0;
}

static struct conn *new_conn(struct sw_tls_pipe *pipe, uint64_t id, size_t texts_len)
{
    struct conn *c = sw_zalloc(NULL, sizeof *c + texts_len);

    if (c == NULL)
        return NULL;
    c->pipe = pipe;
    c->id = id;
    sw_timer_init(&c->timer);
    sw_hmap_add(&pipe->by_id, &c->by_id, hash_of(id));
    sw_list_push_back(is_accepted(c) ? &pipe->shaking : &pipe->others, &c->all);
    pipe->shaking_count += is_accepted(c);
    return c;
}

static void stop_shaking(struct conn *c)
{
    sw_timer_disarm(&c->pipe->timers, &c->timer);
    if (is_accepted(c) && !c->is_open && !c->is_ending)
        c->pipe->shaking_count--;
    sw_list_remove(&c->all);
    sw_list_push_back(&c->pipe->others, &c->all);
}

static void stop_gathering(struct conn *c)
{
    c->pipe->gathering_count -= c->plain != NULL;
    sw_free(NULL, c->plain);
    c->plain = NULL;
}

static void destroy(struct conn *c)
{
    stop_gathering(c);
    stop_shaking(c);
    sw_hmap_remove(&c->pipe->by_id, &c->by_id);
    sw_list_remove(&c->all);
    sw_list_remove(&c->unwritten);
    ad_tls_session_free(c->tls);
    sw_free(NULL, c);
}

static void write_later(struct conn *c)
{
    if (!sw_list_is_linked(&c->unwritten))
        sw_list_push_back(&c->pipe->unwritten, &c->unwritten);
}

static void report(const struct conn *c, const struct px_event *what, uint64_t now_us)
{
    struct px_event ev = *what;

    ev.conn = c->id;
    ev.listener = c->listener;
    ev.peer = c->peer;
    c->pipe->args.fn(c->pipe->args.arg, &ev, now_us);
}

/* Somebody could not come in: of interest to who looks for the reason. */
static void log_refusal(const struct conn *c, struct sw_slice why)
{
    char room[64];
    struct sw_buf source = sw_buf(room, sizeof room);
    const struct ad_log_head head = {AD_LOG_DEBUG, "tls_refused", ad_clock_wall_us()};

    if (c->pipe->args.log == NULL)
        return;
    sw_endpoint_write(&source, &c->peer);
    const struct ad_log_field fields[] = {AD_LOG_TEXT_FIELD("source", sw_buf_slice(&source)),
                                          AD_LOG_TEXT_FIELD("why", why)};
    ad_log_line(c->pipe->args.log, &head, fields, SW_ARRAY_LEN(fields));
}

/* The core hears of the end, if it had heard of a beginning. */
static void report_end(struct conn *c, enum px_cause cause, struct sw_slice why, uint64_t now_us)
{
    struct sw_tls_counters *n = &c->pipe->counters;
    const struct px_event ev = {.kind = PX_EV_CLOSED, .cause = cause, .detail = why};

    if (!c->is_open && is_accepted(c)) {
        n->accept_failed++;
        log_refusal(c, why);
        return;
    }
    n->connect_failed += !c->is_open && c->is_reached;
    report(c, &ev, now_us);
}

/* What is still to be said to the peer is said by the next flush, and then it is over. */
static void end(struct conn *c, enum px_cause cause, struct sw_slice why, uint64_t now_us)
{
    if (c->is_ending)
        return;
    report_end(c, cause, why, now_us);
    stop_shaking(c);
    c->is_ending = true;
    write_later(c);
}

/* --- what comes from below --------------------------------------------------------------- */

/* "it is for other.example: its SIP URIs name others; wanted example.com" */
static bool judge(void *arg, const struct px_cert *cert, struct sw_buf *why)
{
    const struct conn *c = arg;
    enum px_identity v = px_identity_covers(cert, &c->wanted, &c->pipe->args.conf->identity);

    if (v == PX_IDENTITY_OK)
        return true;
    sw_buf_str(why, "the certificate does not fit ");
    for (size_t i = 0; i < c->wanted.count; i++) {
        if (i > 0)
            sw_buf_str(why, c->wanted.all ? " and " : " or ");
        sw_buf_escaped(why, c->names[i]);
    }
    sw_buf_str(why, ": ");
    sw_buf_str(why, px_identity_text(v));
    sw_buf_str(why, ": ");
    px_cert_write(why, cert);
    return false;
}

static void accept_one(struct sw_tls_pipe *pipe, const struct px_event *ev, uint64_t now_us)
{
    const struct ad_tls_args args = {.is_accepted = true};
    size_t shaking_max = pipe->args.conf->connections_max / SHAKING_SHARE + 1;

    if (pipe->shaking_count >= shaking_max)
        end(SW_LIST_ITEM(sw_list_first(&pipe->shaking), struct conn, all), PX_CAUSE_LOCAL,
            SW_LIT("too many handshakes at the same time"), now_us);
    struct conn *c = new_conn(pipe, ev->conn, 0);
    if (c == NULL)
        return; /* without a word; the peer gives up */
    c->listener = ev->listener;
    c->peer = ev->peer;
    c->is_reached = true;
    sw_timer_arm(&pipe->timers, &c->timer, sw_after_us(now_us, pipe->args.conf->header_us));
    if (pipe->tls == NULL || ad_tls_session_new(&c->tls, pipe->tls, &args) < 0)
        end(c, PX_CAUSE_LOCAL, SW_LIT("out of memory"), now_us);
}

static void open_up(struct conn *c, uint64_t now_us)
{
    struct px_event ev = {.kind = is_accepted(c) ? PX_EV_ACCEPTED : PX_EV_CONNECTED,
                          .cert = ad_tls_cert(c->tls)};

    stop_shaking(c);
    c->is_open = true;
    if (is_accepted(c))
        c->pipe->counters.accepted++;
    else
        c->pipe->counters.connected++;
    report(c, &ev, now_us);
}

static void hand_on(struct conn *c, uint64_t now_us)
{
    struct sw_tls_pipe *pipe = c->pipe;
    size_t len;

    while ((len = ad_tls_read(c->tls, pipe->room, sizeof pipe->room)) > 0)
        report(c, &(struct px_event){.kind = PX_EV_BYTES, .bytes = sw_slice(pipe->room, len)},
               now_us);
}

static void take(struct conn *c, struct sw_slice bytes, uint64_t now_us)
{
    enum ad_tls_state state = ad_tls_receive(c->tls, bytes);

    write_later(c);
    if (state == AD_TLS_OPEN && !c->is_open)
        open_up(c, now_us);
    hand_on(c, now_us);
    switch (ad_tls_state(c->tls)) {
    case AD_TLS_SHAKING:
    case AD_TLS_OPEN:
        return;
    case AD_TLS_ENDED:
        end(c, PX_CAUSE_CLOSED, (struct sw_slice){NULL, 0}, now_us);
        return;
    case AD_TLS_FAILED:
        end(c, PX_CAUSE_TLS, ad_tls_why(c->tls), now_us);
        return;
    }
}

/* Why the connection is over when the one below ended so. */
static enum px_cause cause_above(const struct conn *c, enum px_cause below, struct sw_slice *why)
{
    if (c->is_open && below == PX_CAUSE_CLOSED) {
        *why = SW_LIT("closed without close_notify");
        return PX_CAUSE_RESET;
    }
    if (!c->is_open && c->is_reached) {
        *why = SW_LIT("the other side hung up during the handshake");
        return PX_CAUSE_TLS;
    }
    return below;
}

/* The connection below is gone. */
static void lose(struct conn *c, enum px_cause below, uint64_t now_us)
{
    struct sw_slice why = {NULL, 0};
    enum px_cause cause = cause_above(c, below, &why);

    if (!c->is_ending)
        report_end(c, cause, why, now_us);
    destroy(c);
}

/* The peer sends nothing more below: TLS has no half of a connection. */
static void hang_up(struct conn *c, uint64_t now_us)
{
    struct sw_slice why = {NULL, 0};
    enum px_cause cause = cause_above(c, PX_CAUSE_CLOSED, &why);

    end(c, cause, why, now_us);
}

void sw_tls_pipe_event(struct sw_tls_pipe *pipe, const struct px_event *ev, uint64_t now_us)
{
    struct conn *c = find(pipe, ev->conn);

    if (ev->kind == PX_EV_ACCEPTED &&
        sw_transport_row(pipe->args.conf->listeners[ev->listener].transport)->is_tls) {
        accept_one(pipe, ev, now_us);
        return;
    }
    if (c == NULL) {
        pipe->args.fn(pipe->args.arg, ev, now_us);
        return;
    }
    if (ev->kind == PX_EV_CLOSED) {
        lose(c, ev->cause, now_us);
        return;
    }
    if (ev->kind == PX_EV_ENDED) {
        hang_up(c, now_us);
        return;
    }
    c->is_reached = true;
    if (!c->is_ending)
        take(c, ev->bytes, now_us);
}

/* --- what the core wants ----------------------------------------------------------------- */

static void keep_wanted(struct conn *c, const struct px_action *a)
{
    char *text = c->texts;

    for (size_t i = 0; i < a->tls_name_count; i++) {
        memcpy(text, a->tls_names[i].p, a->tls_names[i].len);
        c->names[i] = sw_slice(text, a->tls_names[i].len);
        text += a->tls_names[i].len;
    }
    c->wanted =
        (struct px_wanted){c->names, a->tls_name_count, c->pipe->args.conf->policy.strict_identity};
}

/* H1: the name that was asked for, never an address (RFC 6066 3). */
static struct sw_slice sni_of(const struct conn *c)
{
    struct sw_netaddr addr;

    if (c->wanted.count == 0 || sw_netaddr_parse(c->names[0], &addr))
        return (struct sw_slice){NULL, 0};
    return c->names[0];
}

void sw_tls_pipe_connect(struct sw_tls_pipe *pipe, const struct px_action *a,
                         const struct sw_netaddr *from, uint64_t now_us)
{
    const struct ad_stream_connect to = {
        .conn = a->conn, .from = *from, .peer = a->peer, .timeout_us = a->timeout_us};
    size_t len = 0;

    for (size_t i = 0; i < a->tls_name_count; i++)
        len += a->tls_names[i].len;
    struct conn *c = new_conn(pipe, a->conn, len);
    if (c == NULL)
        return; /* as the stream adapter does: the core's own timers end the try */
    keep_wanted(c, a);
    c->listener = a->listener;
    c->peer = a->peer;
    const struct ad_tls_args args = {.sni = sni_of(c), .judge = judge, .arg = c};
    if (pipe->tls == NULL || ad_tls_session_new(&c->tls, pipe->tls, &args) < 0) {
        end(c, PX_CAUSE_LOCAL, SW_LIT("no TLS session can be made"), now_us);
        return;
    }
    sw_timer_arm(&pipe->timers, &c->timer, sw_after_us(now_us, a->timeout_us));
    ad_stream_connect(pipe->args.stream, &to, now_us);
}

static void encrypt(struct conn *c)
{
    ad_tls_write(c->tls, sw_slice(c->plain, c->plain_len));
    c->plain_len = 0;
}

/* Where many are sent to in one turn there is little to share: they do without. */
static void start_gathering(struct conn *c)
{
    if (c->plain != NULL || c->pipe->gathering_count == GATHERING_MAX)
        return;
    c->plain = sw_alloc(NULL, PLAIN_ROOM);
    c->pipe->gathering_count += c->plain != NULL;
}

/* What is sent in one turn shares records: each costs as much as a message takes to be read. */
static void gather(struct conn *c, struct sw_slice bytes)
{
    start_gathering(c);
    if (bytes.len > PLAIN_ROOM - c->plain_len)
        encrypt(c);
    if (c->plain == NULL || bytes.len > PLAIN_ROOM) {
        ad_tls_write(c->tls, bytes);
        return;
    }
    memcpy(c->plain + c->plain_len, bytes.p, bytes.len);
    c->plain_len += bytes.len;
}

bool sw_tls_pipe_send(struct sw_tls_pipe *pipe, uint64_t conn, struct sw_slice bytes)
{
    struct conn *c = find(pipe, conn);

    if (c == NULL)
        return false;
    if (c->is_open && !c->is_ending && bytes.len > 0) {
        gather(c, bytes);
        write_later(c);
    }
    return true;
}

bool sw_tls_pipe_close(struct sw_tls_pipe *pipe, uint64_t conn)
{
    struct conn *c = find(pipe, conn);

    if (c == NULL)
        return false;
    if (!c->is_ending) {
        stop_shaking(c);
        c->is_ending = true;
        write_later(c);
    }
    return true;
}

static void flush_one(struct conn *c, uint64_t now_us)
{
    struct ad_stream *stream = c->pipe->args.stream;

    if (c->tls != NULL) {
        encrypt(c);
        if (c->is_ending)
            ad_tls_end(c->tls);
        ad_stream_send(stream, c->id, ad_tls_output(c->tls));
        ad_tls_output_taken(c->tls);
        if (ad_tls_state(c->tls) == AD_TLS_FAILED)
            end(c, PX_CAUSE_TLS, ad_tls_why(c->tls), now_us);
    }
    stop_gathering(c);
    if (!c->is_ending)
        return;
    ad_stream_close(stream, c->id, now_us);
    destroy(c);
}

void sw_tls_pipe_flush(struct sw_tls_pipe *pipe, uint64_t now_us)
{
    struct sw_list *first;

    while ((first = sw_list_first(&pipe->unwritten)) != NULL) {
        sw_list_remove(first);
        flush_one(SW_LIST_ITEM(first, struct conn, unwritten), now_us);
    }
}

/* --- time -------------------------------------------------------------------------------- */

uint64_t sw_tls_pipe_wake_us(const struct sw_tls_pipe *pipe)
{
    return sw_timerwheel_next_us(&pipe->timers);
}

void sw_tls_pipe_wake(struct sw_tls_pipe *pipe, uint64_t now_us)
{
    struct sw_timer *t;

    while ((t = sw_timerwheel_take(&pipe->timers, now_us)) != NULL) {
        struct conn *c = SW_CONTAINER_OF(t, struct conn, timer);
        end(c, PX_CAUSE_TIMEOUT,
            c->is_reached ? SW_LIT("the TLS handshake took too long") : (struct sw_slice){NULL, 0},
            now_us);
    }
}

static void free_all(struct sw_list *list)
{
    struct sw_list *first;

    while ((first = sw_list_first(list)) != NULL)
        destroy(SW_LIST_ITEM(first, struct conn, all));
}

void sw_tls_pipe_free(struct sw_tls_pipe *pipe)
{
    if (pipe == NULL)
        return;
    free_all(&pipe->shaking);
    free_all(&pipe->others);
    ad_tls_free(pipe->tls);
    sw_hmap_fini(&pipe->by_id);
    sw_free(NULL, pipe);
}
