/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/attr.h"
#include "base/buf.h"
#include "base/rng.h"
#include "sip/frame.h"
#include "support/sip_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD L_OPTIONS F_VIA F_REST
#define EMPTY_MESSAGE HEAD "Content-Length: 0" CRLF CRLF
#define MESSAGE_OF_FIVE HEAD "l:5" CRLF CRLF "12345"
#define LEN(text) (sizeof(text) - 1)

enum { FRAMES_MAX = 6 };

/* The frames of a stream, and what comes when it has been read. */
static const struct {
    const char *name, *stream;
    struct {
        enum sw_frame_kind kind;
        size_t len; /* 0: none left */
    } frames[FRAMES_MAX];
    int rc;
    uint16_t status;
} rows[] = {
    {"nothing", "", {{0, 0}}, SW_E_MORE, 0},
    {"one message", EMPTY_MESSAGE, {{SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)}}, SW_E_MORE, 0},
    {"X2 several messages",
     EMPTY_MESSAGE MESSAGE_OF_FIVE EMPTY_MESSAGE,
     {{SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)},
      {SW_FRAME_MESSAGE, LEN(MESSAGE_OF_FIVE)},
      {SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)}},
     SW_E_MORE,
     0},
    {"X2 double CRLF is a ping", CRLF CRLF, {{SW_FRAME_PING, 4}}, SW_E_MORE, 0},
    {"X2 a CRLF first is skipped",
     CRLF EMPTY_MESSAGE,
     {{SW_FRAME_SKIP, 2}, {SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)}},
     SW_E_MORE,
     0},
    {"X2 three CRLF are a ping and one to skip",
     EMPTY_MESSAGE CRLF CRLF CRLF EMPTY_MESSAGE,
     {{SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)},
      {SW_FRAME_PING, 4},
      {SW_FRAME_SKIP, 2},
      {SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)}},
     SW_E_MORE,
     0},
    {"half a ping waits", CRLF, {{0, 0}}, SW_E_MORE, 0},
    {"a body that is not there yet", HEAD "l:5" CRLF CRLF "1234", {{0, 0}}, SW_E_MORE, 0},
    {"a header that is not there yet", HEAD "Content-Length: 0" CRLF, {{0, 0}}, SW_E_MORE, 0},
    {"Content-Length folded, with blanks, in another case",
     HEAD "CONTENT-length \t:" CRLF "  005  " CRLF CRLF "12345",
     {{SW_FRAME_MESSAGE, LEN(HEAD "CONTENT-length \t:" CRLF "  005  " CRLF CRLF "12345")}},
     SW_E_MORE,
     0},
    {"one that looks like it in another field",
     HEAD "Subject: x" CRLF " l: 9" CRLF "l: 0" CRLF CRLF,
     {{SW_FRAME_MESSAGE, LEN(HEAD "Subject: x" CRLF " l: 9" CRLF "l: 0" CRLF CRLF)}},
     SW_E_MORE,
     0},
    {"an empty line inside the body",
     HEAD "l: 4" CRLF CRLF CRLF CRLF EMPTY_MESSAGE,
     {{SW_FRAME_MESSAGE, LEN(HEAD "l: 4" CRLF CRLF CRLF CRLF)},
      {SW_FRAME_MESSAGE, LEN(EMPTY_MESSAGE)}},
     SW_E_MORE,
     0},
    {"broken lines do not hide where it ends",
     L_OPTIONS "bad line" CRLF ": x" CRLF "l: 0" CRLF CRLF,
     {{SW_FRAME_MESSAGE, LEN(L_OPTIONS "bad line" CRLF ": x" CRLF "l: 0" CRLF CRLF)}},
     SW_E_MORE,
     0},
    {"the same Content-Length twice",
     HEAD "l: 0" CRLF "Content-Length: 00" CRLF CRLF,
     {{SW_FRAME_MESSAGE, LEN(HEAD "l: 0" CRLF "Content-Length: 00" CRLF CRLF)}},
     SW_E_MORE,
     0},
    {"M4 no Content-Length", HEAD CRLF, {{0, 0}}, SW_E_SYNTAX, 400},
    {"M4 contradictory Content-Length",
     HEAD "l: 0" CRLF "l: 5" CRLF CRLF,
     {{0, 0}},
     SW_E_SYNTAX,
     400},
    {"M4 negative Content-Length", HEAD "l: -1" CRLF CRLF, {{0, 0}}, SW_E_SYNTAX, 400},
    {"M4 Content-Length no number", HEAD "l: five" CRLF CRLF, {{0, 0}}, SW_E_SYNTAX, 400},
    {"M4 empty Content-Length", HEAD "l:" CRLF CRLF, {{0, 0}}, SW_E_SYNTAX, 400},
    {"M4 Content-Length beyond the limit", HEAD "l: 65500" CRLF CRLF, {{0, 0}}, SW_E_LIMIT, 513},
    {"M4 Content-Length beyond 32 bit", HEAD "l: 4294967296" CRLF CRLF, {{0, 0}}, SW_E_SYNTAX, 400},
    {"not SIP: control octets", "\x16\x03\x01", {{0, 0}}, SW_E_SYNTAX, 0},
    {"not SIP: LF first", "\n" EMPTY_MESSAGE, {{0, 0}}, SW_E_SYNTAX, 0},
    {"CR alone between messages", "\rX", {{0, 0}}, SW_E_SYNTAX, 0},
    {"CR alone behind a CRLF", CRLF "\rX", {{SW_FRAME_SKIP, 2}}, SW_E_SYNTAX, 0},
};

/* Read a stream in pieces; `next` gives the length of each, NULL all at once. */
static void check(size_t row, struct sw_mix *next, const struct sw_msg_limits *limits)
{
    struct sw_slice stream = sw_slice_str(rows[row].stream);
    struct sw_frame_state state = {.scanned_len = 0};
    size_t taken = 0, received = next == NULL ? stream.len : 0, count = 0;
    for (;;) {
        /* Exactly what has come, so that a sanitizer sees a read behind it. */
        char *in = malloc(received - taken + 1);
        assert_non_null(in);
        memcpy(in, stream.p + taken, received - taken);
        struct sw_frame frame = {.status = 0};
        int rc = sw_frame_next(sw_slice(in, received - taken), limits, &state, &frame);
        free(in);
        if (rc == SW_E_MORE && received < stream.len) {
            received += 1 + sw_mix_below(next, 3);
            received = received > stream.len ? stream.len : received;
            continue;
        }
        if (rc != 0) {
            if (rc != rows[row].rc || frame.status != rows[row].status ||
                (count < FRAMES_MAX && rows[row].frames[count].len != 0))
                fail_msg("%s: ends with %d, %u after %zu frames", rows[row].name, rc, frame.status,
                         count);
            return;
        }
        if (count == FRAMES_MAX || frame.kind != rows[row].frames[count].kind ||
            frame.len != rows[row].frames[count].len)
            fail_msg("%s: frame %zu is %d of %zu", rows[row].name, count, (int)frame.kind,
                     frame.len);
        count++;
        taken += frame.len;
    }
}

static void test_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        check(i, NULL, NULL);
}

static void test_x2_any_split_gives_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        for (uint64_t seed = 0; seed < 20; seed++)
            check(i, &(struct sw_mix){.state = seed}, &sw_msg_limits_default);
}

/* M4: a header section that never ends. */
static void test_m4_an_endless_header(void **state)
{
    (void)state;
    static const struct sw_msg_limits small = {
        .message_len = 100, .hdr_len = 100, .hdr_count = 10, .via_count = 10};
    char text[120];
    struct sw_frame_state at = {.scanned_len = 0};
    struct sw_frame frame;
    memset(text, 'x', sizeof text);
    assert_int_equal(sw_frame_next(sw_slice(text, 99), &small, &at, &frame), SW_E_MORE);
    assert_int_equal(sw_frame_next(sw_slice(text, 100), &small, &at, &frame), SW_E_LIMIT);
    assert_int_equal(frame.status, 513);
    memcpy(text + 98, CRLF CRLF, 4); /* it ends, but behind the limit */
    at = (struct sw_frame_state){.scanned_len = 0};
    assert_int_equal(sw_frame_next(sw_slice(text, 120), &small, &at, &frame), SW_E_LIMIT);
}

static void test_m4_exactly_at_the_limit(void **state)
{
    (void)state;
    struct sw_msg_limits limits = sw_msg_limits_default;
    struct sw_frame_state at = {.scanned_len = 0};
    struct sw_frame frame;
    limits.message_len = LEN(MESSAGE_OF_FIVE);
    assert_int_equal(sw_frame_next(SW_LIT(MESSAGE_OF_FIVE), &limits, &at, &frame), 0);
    limits.message_len--;
    at = (struct sw_frame_state){.scanned_len = 0};
    assert_int_equal(sw_frame_next(SW_LIT(MESSAGE_OF_FIVE), &limits, &at, &frame), SW_E_LIMIT);
    limits.message_len = LEN(EMPTY_MESSAGE);
    at = (struct sw_frame_state){.scanned_len = 0};
    assert_int_equal(sw_frame_next(SW_LIT(EMPTY_MESSAGE), &limits, &at, &frame), 0);
    limits.message_len--;
    at = (struct sw_frame_state){.scanned_len = 0};
    assert_int_equal(sw_frame_next(SW_LIT(EMPTY_MESSAGE), &limits, &at, &frame), SW_E_LIMIT);
    assert_int_equal(frame.limit, SW_MSG_LIMIT_MESSAGE);
}

/* Each octet of the header is looked at once, however slowly it comes. */
static void test_slow_reads_are_not_looked_at_again(void **state)
{
    (void)state;
    struct sw_frame_state at = {.scanned_len = 0};
    struct sw_frame frame;
    static const char text[] = MESSAGE_OF_FIVE;
    for (size_t len = 4; len < LEN(text); len++) {
        assert_int_equal(sw_frame_next(sw_slice(text, len), NULL, &at, &frame), SW_E_MORE);
        assert_true(at.message_len != 0 || at.scanned_len == len - 3);
    }
    assert_int_equal(at.message_len, LEN(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_x2_any_split_gives_the_same),
        cmocka_unit_test(test_m4_an_endless_header),
        cmocka_unit_test(test_m4_exactly_at_the_limit),
        cmocka_unit_test(test_slow_reads_are_not_looked_at_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
