/* SPDX-License-Identifier: BSD-2-Clause */
#include "proxy/input.h"

#include "proxy/emit.h"
#include "proxy/stream.h"

enum {
    INPUT_FIRST_LEN = 2048, /* octets of room at first: most messages fit */
    INPUT_MESSAGES_MAX = 4  /* octets waiting to be looked at, in messages of the largest size */
};

/* What was taken stays where it is until the turn ends, so a full block is replaced, not moved. */
static bool make_input_room(struct px_core *core, struct px_conn *conn, size_t more_len)
{
    size_t left_len = conn->in_len - conn->in_at;
    size_t limit = core->conf->limits.message_len * INPUT_MESSAGES_MAX + INPUT_FIRST_LEN;
    size_t want;
    if (!sw_add(left_len, more_len, &want) || want > limit)
        return false;
    if (more_len <= conn->in_cap - conn->in_len)
        return true;
    if (left_len > 0 && want < left_len * 2)
        want = left_len * 2; /* one message in many pieces */
    want = px_mem_room(want < INPUT_FIRST_LEN ? INPUT_FIRST_LEN : want);
    char *room = px_mem_get(&core->mem, want);
    if (room == NULL)
        return false;
    if (left_len > 0)
        memcpy(room, conn->in + conn->in_at, left_len);
    px_mem_drop(&core->mem, conn->in);
    conn->in = room;
    conn->in_at = 0;
    conn->in_len = left_len;
    conn->in_cap = want;
    return true;
}

void px_conn_bytes(struct px_core *core, struct px_conn *conn, struct sw_slice bytes)
{
    if (conn->state != PX_CONN_OPEN || bytes.len == 0)
        return;
    px_conn_touch(core, conn);
    if (!make_input_room(core, conn, bytes.len)) {
        core->counters.drop_limit++;
        px_conn_close(core, conn);
        return;
    }
    memcpy(conn->in + conn->in_len, bytes.p, bytes.len);
    conn->in_len += bytes.len;
    conn->has_work = true;
    px_timer_arm(core, &conn->timer, core->now_us);
}

static void take_off(struct px_core *core, struct px_conn *conn, size_t len)
{
    conn->in_at += len;
    conn->frame = (struct sw_frame_state){0};
    conn->unfinished_us = SW_NEVER;
    if (conn->in_at < conn->in_len)
        return;
    px_mem_drop(&core->mem, conn->in);
    conn->in = NULL;
    conn->in_at = conn->in_len = conn->in_cap = 0;
}

int px_conn_take_message(struct px_core *core, struct px_conn *conn, struct sw_slice *out,
                         struct sw_frame *lost)
{
    while (conn->in_at < conn->in_len) {
        struct sw_slice in = sw_slice(conn->in + conn->in_at, conn->in_len - conn->in_at);
        struct sw_frame frame;
        int rc = sw_frame_next(in, &core->conf->limits, &conn->frame, &frame);
        if (rc == SW_E_MORE)
            break;
        if (rc < 0) {
            conn->has_work = false;
            *out = in;
            *lost = frame;
            return rc;
        }
        take_off(core, conn, frame.len);
        if (frame.kind == SW_FRAME_SKIP)
            continue;
        *out = sw_slice(in.p, frame.len);
        if (frame.kind != SW_FRAME_MESSAGE)
            return 2;
        conn->message_us = core->now_us;
        return 1;
    }
    conn->has_work = false;
    if (conn->in_at < conn->in_len && conn->unfinished_us == SW_NEVER)
        conn->unfinished_us = core->now_us;
    return 0;
}
