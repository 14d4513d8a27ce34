/* SPDX-License-Identifier: BSD-2-Clause */
/* M4: every limit met, passed, and counted by its own reason. */
#include "rig.h"

enum { TEXT_MAX = 80 * 1024 };

static char text_room[TEXT_MAX], blank[TEXT_MAX];

enum what { MESSAGE, FIELD_LEN, FIELDS, VIAS };

/* A request that has `size` of what is counted, exactly: octets, octets of a field, fields, Via
 * values. Everything else is small. */
static struct sw_slice request_of(enum what what, const char *method, size_t size)
{
    static const char rest[] = "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@c.t>\r\nCall-ID: i\r\n"
                               "Max-Forwards: 70\r\n";
    enum { FIELDS_ALWAYS = 7 };
    int len =
        snprintf(text_room, sizeof text_room,
                 "%s sip:b@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.100;branch=z9hG4bK%zu"
                 "\r\n%sCSeq: 1 %s\r\n",
                 method, size, rest, method);
    if (what == VIAS)
        for (size_t i = 1; i < size; i++)
            len += snprintf(text_room + len, sizeof text_room - (size_t)len,
                            "v: SIP/2.0/UDP h%zu.t\r\n", i);
    if (what == FIELDS)
        for (size_t i = FIELDS_ALWAYS; i < size; i++)
            len += snprintf(text_room + len, sizeof text_room - (size_t)len, "X: y\r\n");
    if (what == FIELD_LEN)
        len += snprintf(text_room + len, sizeof text_room - (size_t)len, "X: %.*s\r\n",
                        (int)size - 5, blank);
    /* The length of Content-Length's number does not change: five digits. */
    size_t head_len = (size_t)len + strlen("Content-Length: 00000\r\n\r\n");
    size_t body_len = what == MESSAGE ? size - head_len : 0;
    len += snprintf(text_room + len, sizeof text_room - (size_t)len,
                    "Content-Length: %05zu\r\n\r\n%.*s", body_len, (int)body_len, blank);
    return sw_slice(text_room, (size_t)len);
}

static uint64_t counted_in_all(const struct px_counters *c)
{
    return c->limit_message + c->limit_header_field + c->limit_header_fields + c->limit_via +
           c->limit_content_length + c->limit_header_time + c->drop_malformed + c->drop_frame +
           c->drop_limit + c->drop_ack + c->drop_via;
}

static bool is_answered_with(const struct rig *r, enum px_action_kind kind, const char *status)
{
    const struct px_action *a = rig_action(r, kind, 0);
    return a != NULL && rig_has(sw_slice_sub(a->bytes, 0, 12), status);
}

#define COUNTER(name) offsetof(struct px_counters, name)

static const struct {
    const char *name;
    enum what what;
    size_t limit;
    size_t counter;
} limits[] = {
    {"octets of a message", MESSAGE, 4096, COUNTER(limit_message)},
    {"octets of a field", FIELD_LEN, 8192, COUNTER(limit_header_field)},
    {"fields", FIELDS, 200, COUNTER(limit_header_fields)},
    {"Via values", VIAS, 70, COUNTER(limit_via)},
};

static uint64_t count_of(const struct rig *r, size_t counter)
{
    uint64_t value;
    memcpy(&value, (const char *)px_core_counters(r->core) + counter, sizeof value);
    return value;
}

static void begin(struct rig *r, size_t row)
{
    rig_conf(r);
    if (limits[row].what == MESSAGE)
        r->conf.limits.message_len = limits[row].limit;
    rig_begin(r);
}

static void datagram(struct rig *r, struct sw_slice bytes)
{
    rig_step(r,
             &(struct px_event){.kind = PX_EV_DATAGRAM, .peer = rig_at(100, 5060), .bytes = bytes});
}

static void m4_a_request_at_the_limit_goes_on(void **state)
{
    (void)state;
    static struct rig r;
    for (size_t i = 0; i < SW_ARRAY_LEN(limits); i++) {
        begin(&r, i);
        datagram(&r, request_of(limits[i].what, "OPTIONS", limits[i].limit));
        if (px_core_counters(r.core)->transactions_opened != 1 ||
            counted_in_all(px_core_counters(r.core)) != 0)
            fail_msg("%s: does not pass", limits[i].name);
        rig_end(&r);
    }
}

static void m4_one_above_the_limit_is_answered_513_and_counted(void **state)
{
    (void)state;
    static struct rig r;
    for (size_t i = 0; i < SW_ARRAY_LEN(limits); i++) {
        begin(&r, i);
        datagram(&r, request_of(limits[i].what, "OPTIONS", limits[i].limit + 1));
        if (!is_answered_with(&r, PX_DO_DATAGRAM, " 513") || count_of(&r, limits[i].counter) != 1 ||
            counted_in_all(px_core_counters(r.core)) != 1)
            fail_msg("%s: not refused, or not counted", limits[i].name);
        rig_end(&r);
    }
}

static void m4_an_ack_above_the_limit_is_dropped_and_counted(void **state)
{
    (void)state;
    static struct rig r;
    for (size_t i = 0; i < SW_ARRAY_LEN(limits); i++) {
        begin(&r, i);
        datagram(&r, request_of(limits[i].what, "ACK", limits[i].limit + 1));
        if (rig_count(&r, PX_DO_DATAGRAM) != 0 || count_of(&r, limits[i].counter) != 1 ||
            counted_in_all(px_core_counters(r.core)) != 1)
            fail_msg("%s: not dropped, or not counted", limits[i].name);
        rig_end(&r);
    }
}

static void m4_a_response_above_the_limit_is_dropped_and_counted(void **state)
{
    (void)state;
    static struct rig r;
    for (size_t i = 0; i < SW_ARRAY_LEN(limits); i++) {
        begin(&r, i);
        /* A response has a Via more, and its start line is shorter. */
        struct sw_slice request = request_of(limits[i].what, "OPTIONS", limits[i].limit + 60);
        size_t line_len = sw_slice_find(request, '\r');
        char *start = text_room + line_len - strlen("SIP/2.0 200 OK");
        memcpy(start, "SIP/2.0 200 OK", strlen("SIP/2.0 200 OK"));
        datagram(&r, sw_slice(start, request.len - (size_t)(start - text_room)));
        if (rig_count(&r, PX_DO_DATAGRAM) != 0 || count_of(&r, limits[i].counter) != 1 ||
            counted_in_all(px_core_counters(r.core)) != 1)
            fail_msg("%s: not dropped, or not counted", limits[i].name);
        rig_end(&r);
    }
}

/* ------------------------------------------------------------------------------ streams */

static const uint64_t conn_id = PX_CONN_ACCEPTED | 1;

static void stream_begin(struct rig *r)
{
    rig_conf(r);
    r->conf.limits.message_len = 4096;
    rig_begin(r);
    rig_step(r,
             &(struct px_event){
                 .kind = PX_EV_ACCEPTED, .conn = conn_id, .listener = 1, .peer = rig_at(100, 9)});
}

/* Everything in one read, and what is due at once; the actions of the last step are in *r. */
static void stream_bytes(struct rig *r, struct sw_slice bytes)
{
    rig_step(r, &(struct px_event){.kind = PX_EV_BYTES, .conn = conn_id, .bytes = bytes});
    while (rig_count(r, PX_DO_BYTES) + rig_count(r, PX_DO_CLOSE) == 0 &&
           px_core_wake_us(r->core) <= r->now_us)
        rig_wake(r);
}

static void m4_a_stream_carries_a_message_at_the_limit(void **state)
{
    (void)state;
    static struct rig r;
    stream_begin(&r);
    stream_bytes(&r, request_of(MESSAGE, "OPTIONS", 4096));
    assert_int_equal(px_core_counters(r.core)->transactions_opened, 1);
    assert_int_equal(counted_in_all(px_core_counters(r.core)), 0);
    rig_end(&r);
}

static void m4_a_content_length_beyond_the_limit_gets_513_and_ends_the_connection(void **state)
{
    (void)state;
    static struct rig r;
    stream_begin(&r);
    struct sw_slice request = request_of(MESSAGE, "OPTIONS", 4097);
    stream_bytes(&r, sw_slice_sub(request, 0, 1024)); /* before the body has come */
    assert_true(is_answered_with(&r, PX_DO_BYTES, " 513"));
    assert_int_equal(rig_count(&r, PX_DO_CLOSE), 1);
    assert_int_equal(px_core_counters(r.core)->limit_content_length, 1);
    assert_int_equal(counted_in_all(px_core_counters(r.core)), 1);
    rig_end(&r);
}

static void m4_an_ack_with_such_a_content_length_ends_it_in_silence(void **state)
{
    (void)state;
    static struct rig r;
    stream_begin(&r);
    stream_bytes(&r, request_of(MESSAGE, "ACK", 4097));
    assert_int_equal(rig_count(&r, PX_DO_BYTES), 0);
    assert_int_equal(rig_count(&r, PX_DO_CLOSE), 1);
    assert_int_equal(px_core_counters(r.core)->limit_content_length, 1);
    assert_int_equal(counted_in_all(px_core_counters(r.core)), 1);
    rig_end(&r);
}

/* It is refused for what ends the connection, and for nothing else that may be wrong with it. */
static void m4_who_breaks_two_limits_is_counted_once(void **state)
{
    (void)state;
    static struct rig r;
    stream_begin(&r);
    struct sw_slice request = request_of(VIAS, "OPTIONS", 71);
    memcpy(text_room + request.len - strlen("00000\r\n\r\n"), "09999", 5);
    stream_bytes(&r, request);
    assert_true(is_answered_with(&r, PX_DO_BYTES, " 513"));
    assert_int_equal(rig_count(&r, PX_DO_CLOSE), 1);
    assert_int_equal(px_core_counters(r.core)->limit_content_length, 1);
    assert_int_equal(counted_in_all(px_core_counters(r.core)), 1);
    rig_end(&r);
}

static void m4_a_header_section_beyond_the_limit_gets_513_and_ends_the_connection(void **state)
{
    (void)state;
    static struct rig r;
    stream_begin(&r);
    stream_bytes(&r, request_of(FIELD_LEN, "OPTIONS", 4096));
    assert_true(is_answered_with(&r, PX_DO_BYTES, " 513"));
    assert_int_equal(rig_count(&r, PX_DO_CLOSE), 1);
    assert_int_equal(px_core_counters(r.core)->limit_message, 1);
    assert_int_equal(counted_in_all(px_core_counters(r.core)), 1);
    rig_end(&r);
}

/* Octet by octet does not help; complete at the last moment does. */
static void m4_a_header_section_must_be_complete_in_its_time(void **state)
{
    (void)state;
    static struct rig r;
    for (unsigned is_late = 0; is_late < 2; is_late++) {
        stream_begin(&r);
        struct sw_slice request = request_of(FIELDS, "OPTIONS", 10);
        stream_bytes(&r, sw_slice_sub(request, 0, request.len - 2));
        r.now_us += r.conf.header_us - SW_MS(100);
        stream_bytes(&r, sw_slice_sub(request, request.len - 2, request.len - is_late));
        assert_int_equal(rig_count(&r, PX_DO_CLOSE), 0);
        r.now_us += SW_MS(200);
        rig_wake(&r);
        assert_int_equal(rig_count(&r, PX_DO_CLOSE), is_late);
        assert_int_equal(px_core_counters(r.core)->limit_header_time, is_late);
        assert_int_equal(counted_in_all(px_core_counters(r.core)), is_late);
        rig_end(&r);
    }
}

int main(void)
{
    memset(blank, 'y', sizeof blank);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(m4_a_request_at_the_limit_goes_on),
        cmocka_unit_test(m4_one_above_the_limit_is_answered_513_and_counted),
        cmocka_unit_test(m4_an_ack_above_the_limit_is_dropped_and_counted),
        cmocka_unit_test(m4_a_response_above_the_limit_is_dropped_and_counted),
        cmocka_unit_test(m4_a_stream_carries_a_message_at_the_limit),
        cmocka_unit_test(m4_a_content_length_beyond_the_limit_gets_513_and_ends_the_connection),
        cmocka_unit_test(m4_an_ack_with_such_a_content_length_ends_it_in_silence),
        cmocka_unit_test(m4_who_breaks_two_limits_is_counted_once),
        cmocka_unit_test(m4_a_header_section_beyond_the_limit_gets_513_and_ends_the_connection),
        cmocka_unit_test(m4_a_header_section_must_be_complete_in_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
