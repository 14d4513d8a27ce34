/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_channel.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/time.h"

#include <ares.h>
#include <pthread.h>

enum {
    CLASS_IN = 1,
    EDNS_LEN = 1232, /* what goes through without fragments (RFC 9715) */
    TRY_MS = 800,    /* the first wait for a server; it doubles with each round */
    TRIES = 4,       /* rounds over all servers; who asks has given up before they are over */
    SERVER_TEXT_MAX = AD_DNS_SERVER_TEXT_MAX + 8,
    FLAGS_AT = 3, /* the octet of a message with the AD bit */
    AD_BIT = 0x20,
    YOUNG_MAX = 1024, /* questions sent a moment ago and not answered yet */
    BURST_MAX = 256,  /* sent in PACE_US: what a server's socket holds while it looks elsewhere */
    BUFFER_LEN = 1 << 20
};

/* c-ares looks at its timeouts when it is told to: this often while something is under way. */
#define TICK_US SW_MS(50)
#define PACE_US SW_MS(5) /* while some wait for their turn */
#define YOUNG_US SW_MS(100)

/* A question of an owner's. c-ares cannot be told to forget a single one. */
struct sending {
    struct sw_list link;    /* in the owner's list */
    struct sw_list in_pace; /* channel->queued, channel->young, or channel->old */
    struct ad_channel *channel;
    void *owner; /* NULL: he does not want to know any more */
    struct sw_question question;
    bool is_young;
    uint64_t given_us;
};

/* A socket of c-ares'. */
struct watched {
    struct sw_list link; /* channel->watched */
    struct ad_channel *channel;
    struct ad_loop_watch *watch;
    ares_socket_t fd;
};

struct ad_channel {
    struct ad_loop *loop;
    ad_channel_reply_fn *fn;
    ares_channel ares; /* NULL: no servers yet */
    struct sw_list watched;
    struct ad_loop_timer *tick;
    bool is_ticking, is_pacing; /* the timer is armed, and for the next in the queue */
    struct sw_list queued;      /* struct sending: not given to c-ares yet */
    struct sw_list young;       /* given a moment ago, the oldest first */
    struct sw_list old;         /* given before that */
    size_t young_count;
    uint64_t burst_us; /* since when burst_count are counted */
    size_t burst_count;
};

/* ares_library_init() counts, without a lock of its own. */
static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;

static struct sending *sending_of(struct sw_list *in_pace)
{
    return SW_LIST_ITEM(in_pace, struct sending, in_pace);
}

static void leave_pace(struct sending *s)
{
    if (s->is_young)
        s->channel->young_count--;
    s->is_young = false;
    sw_list_remove(&s->in_pace);
}

static void sending_free(struct sending *s)
{
    leave_pace(s);
    sw_list_remove(&s->link);
    sw_free(NULL, s);
}

static void queue(struct sending *s)
{
    leave_pace(s);
    sw_list_push_back(&s->channel->queued, &s->in_pace);
}

/* ---- replies ---- */

static struct ad_reply failure(int status)
{
    struct ad_reply reply = {.kind = AD_REPLY_FAILED, .why = ares_strerror(status)};
    if (status == ARES_ETIMEOUT)
        reply.kind = AD_REPLY_TIMEOUT;
    if (status == ARES_EBADRESP)
        reply.kind = AD_REPLY_MALFORMED;
    if (status == ARES_ECONNREFUSED) /* its word for having tried every server in vain */
        reply.why = "every server failed or refused";
    return reply;
}

/* signature: ares_callback */
static void on_reply(void *arg, int status, int timeouts, unsigned char *msg, int len)
{
    struct sending *s = arg;
    struct ad_channel *ch = s->channel;
    void *owner = s->owner;
    (void)timeouts;
    if (status == ARES_EDESTRUCTION) { /* we close, or there are other servers */
        queue(s);
        return;
    }
    struct ad_reply reply = failure(status == ARES_SUCCESS ? ARES_EBADRESP : status);
    if (status == ARES_SUCCESS && msg != NULL && len > 0)
        reply = (struct ad_reply){.kind = AD_REPLY_MESSAGE, .msg = msg, .len = (size_t)len};
    sending_free(s);
    if (owner != NULL)
        ch->fn(owner, &reply);
}

/* ---- what is sent when ---- */

static void give_to_cares(struct sending *s)
{
    char name[SW_NAME_TEXT_MAX + 1];
    struct sw_buf b = sw_buf(name, sizeof name);
    unsigned char *msg = NULL;
    int len = 0;
    sw_name_write_fqdn(&b, s->question.name);
    int status = ares_create_query(sw_buf_cstr(&b), CLASS_IN, (int)s->question.type, 0, 1, &msg,
                                   &len, EDNS_LEN);
    if (status != ARES_SUCCESS) {
        on_reply(s, status, 0, NULL, 0);
        return;
    }
    msg[FLAGS_AT] |= AD_BIT; /* we understand it (RFC 6840 5.7) */
    ares_send(s->channel->ares, msg, len, on_reply, s);
    ares_free_string(msg);
}

static void arm_tick(struct ad_channel *ch)
{
    bool is_pacing = !sw_list_is_empty(&ch->queued);
    bool has_nothing = !is_pacing && sw_list_is_empty(&ch->young) && sw_list_is_empty(&ch->old);
    if (has_nothing || (ch->is_ticking && !(is_pacing && !ch->is_pacing)))
        return;
    ch->is_ticking = true;
    ch->is_pacing = is_pacing;
    ch->loop->ops->timer_arm(ch->tick, is_pacing ? PACE_US : TICK_US);
}

static void let_them_grow_old(struct ad_channel *ch, uint64_t now_us)
{
    struct sw_list *first;
    while ((first = sw_list_first(&ch->young)) != NULL) {
        struct sending *s = sending_of(first);
        if (now_us - s->given_us < YOUNG_US)
            return;
        leave_pace(s);
        sw_list_push_back(&ch->old, &s->in_pace);
    }
}

static bool may_send(struct ad_channel *ch, uint64_t now_us)
{
    if (now_us - ch->burst_us >= PACE_US) {
        ch->burst_us = now_us;
        ch->burst_count = 0;
    }
    return ch->young_count < YOUNG_MAX && ch->burst_count < BURST_MAX;
}

static void send_queued(struct ad_channel *ch)
{
    uint64_t now_us = ch->loop->ops->now_us(ch->loop);
    struct sw_list *first;
    let_them_grow_old(ch, now_us);
    while (may_send(ch, now_us) && (first = sw_list_first(&ch->queued)) != NULL) {
        struct sending *s = sending_of(first);
        if (s->owner == NULL) {
            sending_free(s);
            continue;
        }
        leave_pace(s);
        s->is_young = true;
        s->given_us = now_us;
        sw_list_push_back(&ch->young, &s->in_pace);
        ch->young_count++;
        ch->burst_count++;
        give_to_cares(s);
    }
    arm_tick(ch);
}

static void on_tick(void *arg)
{
    struct ad_channel *ch = arg;
    ch->is_ticking = ch->is_pacing = false;
    ares_process_fd(ch->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    send_queued(ch);
}

int ad_channel_send(struct ad_channel *ch, const struct sw_question *q, void *owner,
                    struct sw_list *into)
{
    struct sending *s = sw_zalloc(NULL, sizeof *s);
    if (s == NULL)
        return SW_E_NOMEM;
    *s = (struct sending){.channel = ch, .owner = owner, .question = *q};
    sw_list_push_back(into, &s->link);
    queue(s);
    send_queued(ch);
    return 0;
}

void ad_channel_forget(struct sw_list *list)
{
    struct sw_list *first;
    while ((first = sw_list_first(list)) != NULL) {
        SW_LIST_ITEM(first, struct sending, link)->owner = NULL;
        sw_list_remove(first);
    }
}

/* ---- sockets ---- */

static void on_ready(void *arg, int fd, unsigned ready)
{
    struct ad_channel *ch = ((const struct watched *)arg)->channel; /* the socket may go now */
    ares_process_fd(ch->ares, (ready & AD_LOOP_READ) != 0 ? fd : ARES_SOCKET_BAD,
                    (ready & AD_LOOP_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    send_queued(ch);
}

static void forget_socket(struct watched *w)
{
    w->channel->loop->ops->watch_free(w->watch);
    sw_list_remove(&w->link);
    sw_free(NULL, w);
}

static struct watched *find_socket(const struct ad_channel *ch, ares_socket_t fd)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &ch->watched) {
        struct watched *w = SW_LIST_ITEM(at, struct watched, link);
        if (w->fd == fd)
            return w;
    }
    return NULL;
}

static struct watched *new_socket(struct ad_channel *ch, ares_socket_t fd)
{
    struct watched *w = sw_zalloc(NULL, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (struct watched){.channel = ch, .fd = fd};
    w->watch = ch->loop->ops->watch_new(ch->loop, fd, on_ready, w);
    if (w->watch == NULL) {
        sw_free(NULL, w);
        return NULL;
    }
    sw_list_push_back(&ch->watched, &w->link);
    return w;
}

/* signature: ares_sock_state_cb. A socket that cannot be watched is silent: its questions time out,
 * which is what becomes of them without memory. */
static void on_socket(void *arg, ares_socket_t fd, int is_readable, int is_writable)
{
    struct ad_channel *ch = arg;
    unsigned what = (is_readable ? AD_LOOP_READ : 0u) | (is_writable ? AD_LOOP_WRITE : 0u);
    struct watched *w = find_socket(ch, fd);
    if (what == AD_LOOP_NOTHING) {
        if (w != NULL)
            forget_socket(w);
        return;
    }
    if (w == NULL)
        w = new_socket(ch, fd);
    if (w != NULL)
        (void)ch->loop->ops->watch_set(w->watch, what);
}

/* ---- servers ---- */

/* "192.0.2.1@53" as c-ares has it: "192.0.2.1:53", "[2001:db8::1]:53". An address with an interface
 * it cannot read. */
static void add_server(struct sw_buf *b, const char *text)
{
    struct sw_slice server = sw_slice_str(text);
    size_t at = sw_slice_find(server, '@');
    bool is_ipv6 = sw_slice_find(server, ':') < at;
    if (sw_slice_find(server, '%') != SIZE_MAX)
        return;
    if (b->len > 0)
        sw_buf_char(b, ',');
    sw_buf_str(b, is_ipv6 ? "[" : "");
    sw_buf_slice_add(b, sw_slice_sub(server, 0, at));
    sw_buf_str(b, is_ipv6 ? "]:" : ":");
    sw_buf_slice_add(b, sw_slice_sub(server, at + 1, server.len));
}

static int open_ares(struct ad_channel *ch, const struct ad_dns_servers *servers, ares_channel *out)
{
    struct ares_options options = {
        .flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
        .timeout = TRY_MS,
        .tries = TRIES,
        .sock_state_cb = on_socket,
        .sock_state_cb_data = ch,
        .lookups = (char[]){"b"},
        .resolvconf_path = (char[]){"/dev/null"},
        .ednspsz = EDNS_LEN,
        .socket_send_buffer_size = BUFFER_LEN,
        .socket_receive_buffer_size = BUFFER_LEN,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
               ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF | ARES_OPT_EDNSPSZ | ARES_OPT_NOROTATE |
               ARES_OPT_SOCK_SNDBUF | ARES_OPT_SOCK_RCVBUF;
    char csv[AD_DNS_SERVERS_MAX * SERVER_TEXT_MAX];
    struct sw_buf b = sw_buf(csv, sizeof csv);
    for (size_t i = 0; i < servers->count; i++)
        add_server(&b, servers->text[i]);
    int status = ares_init_options(out, &options, mask);
    if (status != ARES_SUCCESS)
        return status == ARES_ENOMEM ? SW_E_NOMEM : SW_E_RESOLVER;
    if (b.len > 0 && ares_set_servers_ports_csv(*out, sw_buf_cstr(&b)) == ARES_SUCCESS)
        return 0;
    ares_destroy(*out);
    return SW_E_RESOLVER;
}

int ad_channel_set_servers(struct ad_channel *ch, const struct ad_dns_servers *servers)
{
    ares_channel ares;
    int rc = open_ares(ch, servers, &ares);
    if (rc < 0)
        return rc;
    if (ch->ares != NULL)
        ares_destroy(ch->ares); /* calls back for all that is under way: into the queue */
    ch->ares = ares;
    send_queued(ch);
    return 0;
}

/* ---- life ---- */

int ad_channel_new(struct ad_channel **out, struct ad_loop *loop, ad_channel_reply_fn *fn)
{
    struct ad_channel *ch = sw_zalloc(NULL, sizeof *ch);
    if (ch == NULL)
        return SW_E_NOMEM;
    ch->loop = loop;
    ch->fn = fn;
    sw_list_init(&ch->watched);
    sw_list_init(&ch->queued);
    sw_list_init(&ch->young);
    sw_list_init(&ch->old);
    ch->tick = loop->ops->timer_new(loop, on_tick, ch);
    if (ch->tick == NULL) {
        sw_free(NULL, ch);
        return SW_E_NOMEM;
    }
    pthread_mutex_lock(&library_lock);
    int status = ares_library_init(ARES_LIB_INIT_ALL);
    pthread_mutex_unlock(&library_lock);
    if (status != ARES_SUCCESS) {
        loop->ops->timer_free(ch->tick);
        sw_free(NULL, ch);
        return SW_E_RESOLVER;
    }
    *out = ch;
    return 0;
}

void ad_channel_free(struct ad_channel *ch)
{
    struct sw_list *first;
    if (ch == NULL)
        return;
    if (ch->ares != NULL)
        ares_destroy(ch->ares); /* calls back for all that is under way: into the queue */
    while ((first = sw_list_first(&ch->queued)) != NULL)
        sending_free(sending_of(first));
    while ((first = sw_list_first(&ch->watched)) != NULL)
        forget_socket(SW_LIST_ITEM(first, struct watched, link));
    ch->loop->ops->timer_free(ch->tick);
    pthread_mutex_lock(&library_lock);
    ares_library_cleanup();
    pthread_mutex_unlock(&library_lock);
    sw_free(NULL, ch);
}
