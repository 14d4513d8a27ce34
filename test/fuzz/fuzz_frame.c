/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framing: the first octet of the input chooses how the rest is cut into reads; however it is cut,
 * the frames and the final result are the same as when all comes at once.
 */
#include "base/bug.h"
#include "base/rng.h"
#include "sip/frame.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMES_MAX = 4096 };

struct history {
    size_t count;
    int rc; /* the last result */
    uint16_t status;
    struct sw_frame frames[FRAMES_MAX];
};

static const struct sw_msg_limits small_limits = {
    .message_len = 2048, .hdr_len = 512, .hdr_count = 20, .via_count = 5};

/* Read all, in pieces of the length `next` gives. */
static void run(struct sw_slice stream, struct sw_mix *pieces, struct history *out)
{
    struct sw_frame_state state = {.scanned_len = 0};
    size_t taken = 0, received = 0;
    out->count = 0;
    out->status = 0;
    for (;;) {
        struct sw_frame frame = {.status = 0};
        struct sw_slice in = sw_slice_sub(stream, taken, received);
        out->rc = sw_frame_next(in, &small_limits, &state, &frame);
        if (out->rc == 0 && out->count < FRAMES_MAX) {
            SW_BUG_ON(frame.len == 0 || frame.len > in.len);
            SW_BUG_ON(frame.len > small_limits.message_len);
            out->frames[out->count++] = frame;
            taken += frame.len;
            continue;
        }
        if (out->rc != SW_E_MORE || received == stream.len) {
            out->status = frame.status;
            return;
        }
        size_t left = stream.len - received;
        received +=
            pieces == NULL ? left : 1 + sw_mix_below(pieces, (uint32_t)(left < 40 ? left : 40));
    }
}

static void check_same(const struct history *a, const struct history *b)
{
    SW_BUG_ON(a->count != b->count || a->rc != b->rc || a->status != b->status);
    for (size_t i = 0; i < a->count; i++)
        SW_BUG_ON(a->frames[i].kind != b->frames[i].kind || a->frames[i].len != b->frames[i].len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct history whole, cut;
    if (size == 0)
        return 0;
    struct sw_slice stream = sw_slice((const char *)data + 1, size - 1);
    struct sw_mix pieces = {.state = data[0]};
    run(stream, NULL, &whole);
    run(stream, &pieces, &cut);
    check_same(&whole, &cut);
    return 0;
}
