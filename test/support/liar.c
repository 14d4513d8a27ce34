/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/liar.h"

#include "adapter/clock.h"
#include "base/list.h"
#include "base/time.h"
#include "dns/rr.h"
#include "support/dns_packet.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, QUERY_LEN_MAX = 4096, RULES_MAX = 64, SECOND_TRY_MS = 50 };

/* A message to be sent when its time has come. */
struct parcel {
    struct sw_list link;
    uint64_t due_us;
    struct sockaddr_in to; /* UDP */
    int fd;                /* TCP: the connection; -1: UDP */
    bool is_from_stranger; /* UDP from another port */
    size_t len;
    uint8_t bytes[];
};

struct liar {
    pthread_t thread;
    pthread_mutex_t lock; /* over the rules and the counts */
    int udp, listener;
    int stranger; /* a UDP socket on another port */
    int stop[2];  /* a pipe: the thread ends when it can be read */
    uint16_t port;
    const struct liar_rule *rules;
    size_t rule_count;
    unsigned counts[RULES_MAX + 1];
    struct sw_list parcels; /* by due_us */
    struct pollfd fds[3 + CONNECTIONS_MAX];
    size_t fd_count;
    struct dns_packet packet;
};

struct query {
    const uint8_t *bytes;
    size_t len;
    struct sw_name_room room;
    struct sw_name name;
    uint16_t type;
    size_t question_len; /* name, type and class */
    bool is_tcp;
    int fd;
    struct sockaddr_in from;
};

static _Noreturn void give_up(const char *what)
{
    perror(what);
    abort();
}

/* ---- rules ---- */

static bool fits(const struct liar_rule *rule, const struct query *q)
{
    struct sw_name_room room;
    struct sw_name name;
    if (rule->type != 0 && rule->type != q->type)
        return false;
    if (rule->name == NULL)
        return true;
    bool is_wildcard = rule->name[0] == '*';
    if (sw_name_from_escaped(sw_slice_str(rule->name + (is_wildcard ? 2 : 0)), &room, &name) < 0)
        give_up(rule->name);
    if (!is_wildcard)
        return sw_name_eq(q->name, name);
    return sw_name_is_under(q->name, name) && !sw_name_eq(q->name, name);
}

static const struct liar_rule *find_rule(struct liar *l, const struct query *q)
{
    static const struct liar_rule none = {.rcode = 3};
    const struct liar_rule *found = &none;
    pthread_mutex_lock(&l->lock);
    size_t i = 0;
    while (i < l->rule_count && !fits(&l->rules[i], q))
        i++;
    if (i < l->rule_count)
        found = &l->rules[i];
    l->counts[i < l->rule_count ? i : RULES_MAX]++;
    pthread_mutex_unlock(&l->lock);
    return found;
}

/* ---- answers ---- */

static int section_of(const char *text)
{
    return text[1] == 'n'   ? DNS_PACKET_ANSWER
           : text[1] == 's' ? DNS_PACKET_AUTHORITY
                            : DNS_PACKET_ADDITIONAL;
}

static void build_answer(struct dns_packet *p, const struct liar_rule *rule, const struct query *q)
{
    bool is_cut = (rule->deeds & LIAR_TRUNCATE) && !q->is_tcp;
    dns_packet_begin(p, (unsigned)(q->bytes[0] << 8 | q->bytes[1]) & 0xffff,
                     (uint16_t)(DNS_PACKET_RESPONSE | DNS_PACKET_AA | rule->rcode |
                                (is_cut ? DNS_PACKET_TC : 0)));
    p->bytes[5] = 1; /* one question, as it came */
    dns_packet_bytes(p, q->bytes + 12, q->question_len);
    for (size_t i = 0; i < q->question_len - 4 && (rule->deeds & LIAR_FLIP_CASE); i++) {
        uint8_t *c = &p->bytes[12 + i];
        if (*c >= 'a' && *c <= 'z')
            *c = (uint8_t)(*c - ('a' - 'A'));
    }
    for (size_t i = 0; !is_cut && i < LIAR_RECORDS_MAX && rule->records[i] != NULL; i++) {
        char text[1024];
        const char *record = rule->records[i] + 3;
        if (record[0] == '&' && record[1] == ' ') {
            snprintf(text, sizeof text, "&12%s", record + 1);
            record = text;
        }
        dns_packet_record(p, section_of(rule->records[i]), record);
    }
}

static void send_later(struct liar *l, const struct query *q, uint64_t delay_us,
                       bool is_from_stranger)
{
    size_t prefix_len = q->is_tcp ? 2 : 0;
    struct parcel *parcel = malloc(sizeof *parcel + l->packet.len + prefix_len);
    if (parcel == NULL)
        give_up("liar");
    parcel->due_us = ad_clock_mono_us() + delay_us;
    parcel->to = q->from;
    parcel->is_from_stranger = is_from_stranger;
    parcel->fd = q->is_tcp ? q->fd : -1;
    parcel->len = l->packet.len + prefix_len;
    if (q->is_tcp) {
        parcel->bytes[0] = (uint8_t)(l->packet.len >> 8);
        parcel->bytes[1] = (uint8_t)l->packet.len;
    }
    memcpy(parcel->bytes + prefix_len, l->packet.bytes, l->packet.len);
    struct sw_list *before = l->parcels.prev; /* most come in order */
    while (before != &l->parcels &&
           SW_LIST_ITEM(before, struct parcel, link)->due_us > parcel->due_us)
        before = before->prev;
    sw_list_insert_between(&parcel->link, before, before->next);
}

static void answer(struct liar *l, const struct query *q)
{
    const struct liar_rule *rule = find_rule(l, q);
    uint64_t delay_us = SW_MS(rule->delay_ms);
    if ((rule->deeds & LIAR_SILENT) || ((rule->deeds & LIAR_SILENT_UDP) && !q->is_tcp))
        return;
    build_answer(&l->packet, rule, q);
    if (rule->deeds & (LIAR_WRONG_ID | LIAR_WRONG_QUESTION | LIAR_WRONG_SOURCE)) {
        uint8_t *id = &l->packet.bytes[0], *label = &l->packet.bytes[13];
        uint8_t id_flip = (rule->deeds & LIAR_WRONG_ID) ? 1 : 0;
        uint8_t label_flip = (rule->deeds & LIAR_WRONG_QUESTION) ? 1 : 0;
        *id ^= id_flip;
        *label ^= label_flip;
        send_later(l, q, delay_us, rule->deeds & LIAR_WRONG_SOURCE);
        *id ^= id_flip;
        *label ^= label_flip;
        delay_us += SW_MS(SECOND_TRY_MS);
    }
    send_later(l, q, delay_us, false);
}

/* ---- sockets ---- */

static bool read_query(struct query *q)
{
    size_t at = 12;
    while (at < q->len && q->bytes[at] != 0)
        at += q->bytes[at] + 1u;
    if (at + 5 > q->len || sw_name_from_wire(q->bytes + 12, at + 1 - 12, &q->room, &q->name) < 0)
        return false;
    q->type = (uint16_t)(q->bytes[at + 1] << 8 | q->bytes[at + 2]);
    q->question_len = at + 5 - 12;
    return true;
}

static void take_udp(struct liar *l)
{
    uint8_t bytes[QUERY_LEN_MAX];
    for (int i = 0; i < 256; i++) {
        struct query q = {.bytes = bytes, .fd = -1};
        socklen_t from_len = sizeof q.from;
        ssize_t n = recvfrom(l->udp, bytes, sizeof bytes, MSG_DONTWAIT,
                             (struct sockaddr *)(void *)&q.from, &from_len);
        if (n < 0)
            return;
        q.len = (size_t)n;
        if (read_query(&q))
            answer(l, &q);
    }
}

static void drop_parcels_to(struct liar *l, int fd)
{
    struct sw_list *at, *tmp;
    SW_LIST_EACH (at, tmp, &l->parcels) {
        struct parcel *p = SW_LIST_ITEM(at, struct parcel, link);
        if (p->fd == fd) {
            sw_list_remove(&p->link);
            free(p);
        }
    }
}

static void close_connection(struct liar *l, size_t i)
{
    drop_parcels_to(l, l->fds[i].fd);
    close(l->fds[i].fd);
    l->fds[i] = l->fds[--l->fd_count];
}

/* Whether the connection goes on. One query a read: libunbound sends them whole. */
static bool take_tcp(struct liar *l, int fd)
{
    uint8_t bytes[QUERY_LEN_MAX];
    ssize_t n = recv(fd, bytes, 2, MSG_WAITALL);
    if (n != 2)
        return false;
    size_t len = (size_t)(bytes[0] << 8 | bytes[1]);
    if (len > sizeof bytes || recv(fd, bytes, len, MSG_WAITALL) != (ssize_t)len)
        return false;
    struct query q = {.bytes = bytes, .len = len, .is_tcp = true, .fd = fd};
    if (!read_query(&q))
        return false;
    if (find_rule(l, &q)->deeds & LIAR_NO_TCP)
        return false;
    answer(l, &q);
    return true;
}

static void take_connection(struct liar *l)
{
    int fd = accept(l->listener, NULL, NULL);
    if (fd >= 0 && l->fd_count < 3 + CONNECTIONS_MAX)
        l->fds[l->fd_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    else if (fd >= 0)
        close(fd);
}

static void send_due(struct liar *l)
{
    struct sw_list *link;
    uint64_t now = ad_clock_mono_us();
    while ((link = sw_list_first(&l->parcels)) != NULL) {
        struct parcel *p = SW_LIST_ITEM(link, struct parcel, link);
        if (p->due_us > now)
            return;
        sw_list_remove(&p->link);
        if (p->fd >= 0)
            (void)!send(p->fd, p->bytes, p->len, MSG_NOSIGNAL);
        else
            (void)!sendto(p->is_from_stranger ? l->stranger : l->udp, p->bytes, p->len, 0,
                          (const struct sockaddr *)(const void *)&p->to, sizeof p->to);
        free(p);
    }
}

static int wait_ms(const struct liar *l)
{
    struct sw_list *link = sw_list_first(&l->parcels);
    uint64_t now = ad_clock_mono_us();
    if (link == NULL)
        return -1;
    uint64_t due_us = SW_LIST_ITEM(link, struct parcel, link)->due_us;
    return due_us <= now ? 0 : (int)((due_us - now + 999) / 1000);
}

static void *run(void *arg)
{
    struct liar *l = arg;
    for (;;) {
        poll(l->fds, l->fd_count, wait_ms(l));
        if (l->fds[0].revents != 0)
            return NULL;
        if (l->fds[1].revents != 0)
            take_udp(l);
        for (size_t i = l->fd_count; i-- > 3;) {
            if (l->fds[i].revents != 0 && !take_tcp(l, l->fds[i].fd))
                close_connection(l, i);
        }
        if (l->fds[2].revents != 0)
            take_connection(l);
        send_due(l);
    }
}

/* Both sockets on one port; false when the other has it. */
static bool bind_both(struct liar *l, uint16_t port)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int one = 1, room = 8 << 20;
    l->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    l->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    l->stranger = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (l->udp < 0 || l->listener < 0 || l->stranger < 0)
        give_up("liar: socket");
    setsockopt(l->udp, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(l->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l->udp, (struct sockaddr *)(void *)&at, len) == 0 &&
        getsockname(l->udp, (struct sockaddr *)(void *)&at, &len) == 0 &&
        bind(l->listener, (struct sockaddr *)(void *)&at, len) == 0 &&
        listen(l->listener, 64) == 0) {
        l->port = ntohs(at.sin_port);
        return true;
    }
    close(l->udp);
    close(l->listener);
    close(l->stranger);
    return false;
}

struct liar *liar_start_at(uint16_t port, const struct liar_rule *rules, size_t rule_count)
{
    struct liar *l = calloc(1, sizeof *l);
    if (l == NULL || pipe(l->stop) != 0)
        give_up("liar");
    for (int tries = 0; !bind_both(l, port); tries++) {
        if (tries == 20)
            give_up("liar: bind");
    }
    pthread_mutex_init(&l->lock, NULL);
    sw_list_init(&l->parcels);
    liar_set_rules(l, rules, rule_count);
    l->fds[0] = (struct pollfd){.fd = l->stop[0], .events = POLLIN};
    l->fds[1] = (struct pollfd){.fd = l->udp, .events = POLLIN};
    l->fds[2] = (struct pollfd){.fd = l->listener, .events = POLLIN};
    l->fd_count = 3;
    if (pthread_create(&l->thread, NULL, run, l) != 0)
        give_up("liar: thread");
    return l;
}

struct liar *liar_start(const struct liar_rule *rules, size_t rule_count)
{
    return liar_start_at(0, rules, rule_count);
}

void liar_stop(struct liar *l)
{
    (void)!write(l->stop[1], "", 1);
    pthread_join(l->thread, NULL);
    while (l->fd_count > 3)
        close_connection(l, l->fd_count - 1);
    drop_parcels_to(l, -1);
    close(l->udp);
    close(l->listener);
    close(l->stranger);
    close(l->stop[0]);
    close(l->stop[1]);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

uint16_t liar_port(const struct liar *l)
{
    return l->port;
}

void liar_set_rules(struct liar *l, const struct liar_rule *rules, size_t rule_count)
{
    if (rule_count > RULES_MAX)
        give_up("liar: too many rules");
    pthread_mutex_lock(&l->lock);
    l->rules = rules;
    l->rule_count = rule_count;
    memset(l->counts, 0, sizeof l->counts);
    pthread_mutex_unlock(&l->lock);
}

unsigned liar_count(struct liar *l, size_t rule)
{
    pthread_mutex_lock(&l->lock);
    unsigned count = l->counts[rule < RULES_MAX ? rule : RULES_MAX];
    pthread_mutex_unlock(&l->lock);
    return count;
}
