/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/frame.h"

#include "sip/chars.h"

static int close_with(struct sw_frame *out, int rc, uint16_t status)
{
    *out = (struct sw_frame){.kind = SW_FRAME_MESSAGE, .status = status};
    return rc;
}

static int close_for(struct sw_frame *out, enum sw_msg_limit limit)
{
    *out = (struct sw_frame){.kind = SW_FRAME_MESSAGE, .status = 513, .limit = limit};
    return SW_E_LIMIT;
}

static int give(struct sw_frame *out, struct sw_frame_state *state, enum sw_frame_kind kind,
                size_t len)
{
    *state = (struct sw_frame_state){.scanned_len = 0};
    *out = (struct sw_frame){.kind = kind, .len = len};
    return 0;
}

/* Before a message: CRLF twice is a ping, once is nothing. One that has just come may be the first
 * half of a ping, so it waits for what follows. */
static int take_line_ends(struct sw_slice in, struct sw_frame_state *state, struct sw_frame *out)
{
    static const char ping[4] = {'\r', '\n', '\r', '\n'};
    size_t common = in.len < sizeof ping ? in.len : sizeof ping;
    if (memcmp(in.p, ping, common) == 0)
        return common == sizeof ping ? give(out, state, SW_FRAME_PING, common) : SW_E_MORE;
    if (in.p[1] != '\n')
        return close_with(out, SW_E_SYNTAX, 0);
    return give(out, state, SW_FRAME_SKIP, 2);
}

/* Content-Length of a whole header section. Lines that are no fields are passed over: who reads the
 * message will say what is wrong with them. */
static int find_content_length(struct sw_slice head, uint64_t *out)
{
    size_t at;
    bool is_found = false;
    uint64_t found = 0;
    int rc = sw_line_end(head, 0, &at);
    while (rc != SW_E_MORE) {
        struct sw_hdr h = {.id = SW_HDR_OTHER};
        const char *what;
        uint64_t len;
        rc = sw_field_next(head, &at, &h, &what);
        if (rc == 0)
            break;
        if (rc < 0 || h.id != SW_HDR_CONTENT_LENGTH)
            continue;
        if (!sw_slice_u64(h.value, UINT32_MAX, &len) || (is_found && len != found))
            return SW_E_SYNTAX;
        found = len;
        is_found = true;
    }
    if (!is_found)
        return SW_E_SYNTAX;
    *out = found;
    return 0;
}

static const char *find_empty_line(struct sw_slice s)
{
    const char *p = s.p, *end = s.p + s.len;
    while ((p = memchr(p, '\r', (size_t)(end - p))) != NULL && end - p >= 4) {
        if (memcmp(p, "\r\n\r\n", 4) == 0)
            return p;
        p++;
    }
    return NULL;
}

/* Find the empty line, from where the last call stopped. */
static int find_head_len(struct sw_slice in, size_t limit, struct sw_frame_state *state,
                         size_t *head_len)
{
    struct sw_slice fresh = sw_slice_sub(in, state->scanned_len, SIZE_MAX);
    const char *end = find_empty_line(fresh);
    if (end == NULL) {
        state->scanned_len = in.len < 3 ? 0 : in.len - 3;
        return in.len >= limit ? SW_E_LIMIT : SW_E_MORE;
    }
    *head_len = (size_t)(end - in.p) + 4;
    return *head_len > limit ? SW_E_LIMIT : 0;
}

static int find_message_len(struct sw_slice in, size_t limit, struct sw_frame_state *state,
                            struct sw_frame *out)
{
    size_t head_len;
    uint64_t body_len;
    int rc = find_head_len(in, limit, state, &head_len);
    if (rc == SW_E_MORE)
        return rc;
    if (rc < 0)
        return close_for(out, SW_MSG_LIMIT_MESSAGE);
    if (find_content_length(sw_slice_sub(in, 0, head_len), &body_len) < 0)
        return close_with(out, SW_E_SYNTAX, 400);
    if (body_len > limit - head_len)
        return close_for(out, SW_MSG_LIMIT_CONTENT_LENGTH);
    state->message_len = head_len + (size_t)body_len;
    return 0;
}

int sw_frame_next(struct sw_slice in, const struct sw_msg_limits *limits,
                  struct sw_frame_state *state, struct sw_frame *out)
{
    if (limits == NULL)
        limits = &sw_msg_limits_default;
    if (in.len == 0)
        return SW_E_MORE;
    if (in.p[0] == '\r')
        return take_line_ends(in, state, out);
    if (!sw_char_is(in.p[0], SW_CHAR_TOKEN)) /* methods and "SIP" are tokens */
        return close_with(out, SW_E_SYNTAX, 0);
    if (state->message_len == 0) {
        int rc = find_message_len(in, limits->message_len, state, out);
        if (rc < 0)
            return rc;
    }
    if (in.len < state->message_len)
        return SW_E_MORE;
    return give(out, state, SW_FRAME_MESSAGE, state->message_len);
}
