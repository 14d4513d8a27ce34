/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/log_sink.h"

#include "adapter/log_text.h"
#include "adapter/write_queue.h"
#include "base/alloc.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINE_MAX_LEN = 16384,      /* a transaction with all its tries, escaped */
    WAITING_MAX_LEN = 1 << 18, /* octets held for a receiver that is slow */
    CLOSE_WAIT_MS = 1000
};

enum sink_kind { SINK_FILE, SINK_SOCKET, SINK_PIPE /* or a terminal */ };

struct ad_log {
    struct ad_log_conf conf;
    int fd;
    enum sink_kind kind;
    struct ad_write_queue waiting;
    uint64_t dropped_count;
    uint64_t unsaid_count; /* of them, those no line has told of yet */
    uint64_t tokens;       /* lines that may be written, in millionths */
    uint64_t refilled_us;
    char room[LINE_MAX_LEN];
    char path[]; /* of the file */
};

static enum sink_kind kind_of(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return SINK_PIPE;
    if (S_ISREG(st.st_mode))
        return SINK_FILE;
    return S_ISSOCK(st.st_mode) ? SINK_SOCKET : SINK_PIPE;
}

static int open_sink(const struct ad_log_conf *conf)
{
    if (conf->file == NULL)
        return STDERR_FILENO;
    return open(conf->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

int ad_log_open(struct ad_log **out, const struct ad_log_conf *conf)
{
    size_t path_len = conf->file == NULL ? 0 : strlen(conf->file);
    struct ad_log *log = sw_zalloc(NULL, sizeof *log + path_len + 1);

    if (log == NULL)
        return SW_E_NOMEM;
    log->conf = *conf;
    if (conf->file != NULL) {
        memcpy(log->path, conf->file, path_len);
        log->conf.file = log->path;
    }
    log->fd = open_sink(conf);
    if (log->fd < 0) {
        sw_free(NULL, log);
        return SW_E_FILE;
    }
    log->kind = kind_of(log->fd);
    log->tokens = SW_SECONDS(conf->lines_per_s);
    *out = log;
    return 0;
}

static void close_sink(struct ad_log *log)
{
    if (log->fd != STDERR_FILENO)
        close(log->fd);
}

int ad_log_reopen(struct ad_log *log)
{
    int fd = open_sink(&log->conf);

    if (fd < 0)
        return SW_E_FILE;
    close_sink(log);
    log->fd = fd;
    log->kind = kind_of(fd);
    return 0;
}

/* What can be handed over without waiting; nothing when that is not possible now. A pipe that is
 * ready takes PIPE_BUF octets, and as one piece when others write to it too: so whole lines. */
static struct sw_slice next_piece(const struct ad_log *log)
{
    struct pollfd p = {.fd = log->fd, .events = POLLOUT};
    struct sw_slice all = ad_write_queue_front(&log->waiting);

    if (log->kind != SINK_PIPE)
        return all;
    if (poll(&p, 1, 0) != 1)
        return (struct sw_slice){0};
    struct sw_slice piece = sw_slice_sub(all, 0, PIPE_BUF);
    const char *end = memrchr(piece.p, '\n', piece.len);
    return end == NULL ? piece : sw_slice(piece.p, (size_t)(end - piece.p) + 1);
}

static ssize_t hand_over(const struct ad_log *log, struct sw_slice s)
{
    if (log->kind == SINK_SOCKET)
        return send(log->fd, s.p, s.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(log->fd, s.p, s.len);
}

void ad_log_flush(struct ad_log *log)
{
    while (!ad_write_queue_is_empty(&log->waiting)) {
        struct sw_slice piece = next_piece(log);
        if (piece.len == 0)
            return;
        ssize_t n = hand_over(log, piece);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0) { /* the reader is gone, the disk is full: nobody to tell */
            ad_write_queue_clear(&log->waiting);
            return;
        }
        ad_write_queue_take(&log->waiting, (size_t)n);
    }
}

bool ad_log_is_waiting(const struct ad_log *log)
{
    return !ad_write_queue_is_empty(&log->waiting);
}

void ad_log_close(struct ad_log *log)
{
    if (log == NULL)
        return;
    ad_log_flush(log);
    while (ad_log_is_waiting(log)) {
        struct pollfd p = {.fd = log->fd, .events = POLLOUT};
        if (poll(&p, 1, CLOSE_WAIT_MS) != 1)
            break;
        ad_log_flush(log);
    }
    close_sink(log);
    ad_write_queue_fini(&log->waiting);
    sw_free(NULL, log);
}

static void drop(struct ad_log *log)
{
    log->dropped_count++;
    log->unsaid_count++;
}

/* False: too many lines in this second. The clock may be set back: then nothing is refilled. */
static bool take_token(struct ad_log *log, uint64_t wall_us)
{
    uint64_t full = SW_SECONDS(log->conf.lines_per_s);

    if (log->conf.lines_per_s == 0)
        return true;
    if (wall_us > log->refilled_us) {
        uint64_t gone_us = sw_min_us(wall_us - log->refilled_us, SW_SECONDS(1));
        log->tokens = sw_min_us(full, log->tokens + gone_us * log->conf.lines_per_s);
    }
    log->refilled_us = wall_us;
    if (log->tokens < SW_SECONDS(1))
        return false;
    log->tokens -= SW_SECONDS(1);
    return true;
}

static struct ad_log_text begin_line(struct ad_log *log, const struct ad_log_head *head)
{
    struct ad_log_text t = ad_log_text(log->room, sizeof log->room, log->conf.format);

    ad_log_text_time(&t, "ts", head->wall_us);
    ad_log_text_field(&t, "lvl", sw_slice_str(ad_log_level_name(head->level)));
    ad_log_text_field(&t, "ev", sw_slice_str(head->event));
    return t;
}

static bool put(struct ad_log *log, struct sw_slice line)
{
    return line.len > 0 && ad_write_queue_add(&log->waiting, line, WAITING_MAX_LEN) == 0;
}

/* Before the next line: how many were left out. */
static void tell_dropped(struct ad_log *log, uint64_t wall_us)
{
    const struct ad_log_head head = {AD_LOG_WARN, "log_dropped", wall_us};

    if (log->unsaid_count == 0)
        return;
    struct ad_log_text t = begin_line(log, &head);
    ad_log_text_number(&t, "lines", log->unsaid_count);
    if (put(log, ad_log_text_end(&t)))
        log->unsaid_count = 0;
}

/* False: the line is not to be written. */
static bool may_write(struct ad_log *log, const struct ad_log_head *head)
{
    if (head->level > log->conf.level)
        return false;
    if (head->level != AD_LOG_ERROR && !take_token(log, head->wall_us)) {
        drop(log);
        return false;
    }
    tell_dropped(log, head->wall_us);
    return true;
}

void ad_log_line(struct ad_log *log, const struct ad_log_head *head,
                 const struct ad_log_field *fields, size_t field_count)
{
    if (!may_write(log, head))
        return;
    struct ad_log_text t = begin_line(log, head);
    for (size_t i = 0; i < field_count; i++) {
        if (fields[i].kind == AD_LOG_TEXT)
            ad_log_text_field(&t, fields[i].key, fields[i].text);
        else
            ad_log_text_number(&t, fields[i].key, fields[i].number);
    }
    if (!put(log, ad_log_text_end(&t)))
        drop(log);
}

void ad_log_transaction(struct ad_log *log, const struct px_log *px, uint64_t wall_us)
{
    static const struct ad_log_head heads[] = {
        [PX_LOG_TRANSACTION] = {AD_LOG_INFO, "transaction", 0},
        [PX_LOG_DROP] = {AD_LOG_DEBUG, "message_dropped", 0},
        [PX_LOG_BID_DOWN] = {AD_LOG_WARN, "sips_no_longer_offered", 0},
        [PX_LOG_LOAD] = {AD_LOG_WARN, "overload", 0},
    };
    struct ad_log_head head = heads[px->kind];

    head.wall_us = wall_us;
    if (!may_write(log, &head))
        return;
    struct ad_log_text t = begin_line(log, &head);
    ad_log_text_transaction(&t, px);
    if (!put(log, ad_log_text_end(&t)))
        drop(log);
}

void ad_log_set_level(struct ad_log *log, enum ad_log_level level)
{
    log->conf.level = level;
}

uint64_t ad_log_dropped_count(const struct ad_log *log)
{
    return log->dropped_count;
}
