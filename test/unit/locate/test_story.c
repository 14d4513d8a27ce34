/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace that was kept says the same as the trace itself. */
#include "locate/story.h"

#include "small_dns.h"

#include <stdio.h>

struct both {
    struct sw_buf story;
    struct sw_buf told; /* what the sink was told, as text */
};

static void write_told(struct sw_buf *b, const struct sw_trace_event *e)
{
    sw_buf_u64(b, (uint64_t)e->kind);
    sw_buf_char(b, ' ');
    sw_buf_u64(b, e->at_us);
    sw_buf_char(b, ' ');
    switch (e->kind) {
    case SW_TRACE_STEP:
        sw_buf_str(b, sw_step_row(e->step)->text);
        break;
    case SW_TRACE_QUESTION:
        sw_buf_str(b, sw_rrtype_name(e->question.type));
        sw_name_write(b, e->question.name);
        break;
    case SW_TRACE_ANSWER:
        sw_buf_str(b, sw_rrtype_name(e->question.type));
        sw_name_write(b, e->question.name);
        sw_buf_str(b, sw_outcome_name(e->answer->outcome));
        sw_buf_u64(b, e->answer->rr_count);
        sw_buf_u64(b, e->answer->ttl_s);
        sw_buf_str(b, e->answer->is_secure ? "s" : "");
        sw_buf_str(b, e->answer->is_stale ? "o" : "");
        break;
    case SW_TRACE_RECORD:
        sw_rr_write(b, e->rr);
        sw_buf_str(b, e->note == SW_NOTE_OK ? "" : sw_note_row(e->note)->code);
        break;
    case SW_TRACE_NOTE:
        sw_buf_str(b, sw_note_row(e->note)->code);
        if (e->name.len > 0)
            sw_name_write(b, e->name);
        sw_buf_slice_add(b, e->text);
        break;
    case SW_TRACE_CANDIDATE:
        sw_candidate_write(b, e->candidate);
        sw_name_write(b, e->candidate->host);
        break;
    case SW_TRACE_RESULT:
        sw_buf_str(b, sw_result_name((enum sw_result)e->result));
        break;
    }
    sw_buf_char(b, '\n');
}

static void write_kept(struct sw_buf *b, const struct sw_story_event *e)
{
    const struct sw_candidate c = {.transport = e->transport, .endpoint = e->endpoint};

    sw_buf_u64(b, (uint64_t)e->kind);
    sw_buf_char(b, ' ');
    sw_buf_u64(b, e->at_us);
    sw_buf_char(b, ' ');
    switch (e->kind) {
    case SW_TRACE_STEP:
        sw_buf_str(b, sw_step_row((enum sw_step)e->row)->text);
        break;
    case SW_TRACE_QUESTION:
        sw_buf_str(b, sw_rrtype_name(e->type));
        sw_buf_slice_add(b, e->name);
        break;
    case SW_TRACE_ANSWER:
        sw_buf_str(b, sw_rrtype_name(e->type));
        sw_buf_slice_add(b, e->name);
        sw_buf_str(b, sw_outcome_name(e->outcome));
        sw_buf_u64(b, e->record_count);
        sw_buf_u64(b, e->ttl_s);
        sw_buf_str(b, (e->flags & SW_STORY_SECURE) != 0 ? "s" : "");
        sw_buf_str(b, (e->flags & SW_STORY_STALE) != 0 ? "o" : "");
        break;
    case SW_TRACE_RECORD:
        sw_buf_slice_add(b, e->record);
        sw_buf_str(b, e->row == SW_NOTE_OK ? "" : sw_note_row((enum sw_note)e->row)->code);
        break;
    case SW_TRACE_NOTE:
        sw_buf_str(b, sw_note_row((enum sw_note)e->row)->code);
        sw_buf_slice_add(b, e->name);
        sw_buf_slice_add(b, e->subject);
        break;
    case SW_TRACE_CANDIDATE:
        sw_candidate_write(b, &c);
        sw_buf_slice_add(b, e->name);
        break;
    case SW_TRACE_RESULT:
        sw_buf_str(b, sw_result_name((enum sw_result)e->row));
        break;
    }
    sw_buf_char(b, '\n');
}

static void on_event(void *user, const struct sw_trace_event *e)
{
    struct both *both = user;

    write_told(&both->told, e);
    sw_story_add(&both->story, e);
}

static const char *const world[] = {
    "d.t NAPTR 10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.d.t",
    "d.t NAPTR 20 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.d.t after 5 secure",
    "_sip._tcp.d.t SRV 0 1 5060 h1.t",
    "_sip._tcp.d.t SRV 0 0 0 h2.t",
    "_sip._tcp.d.t SRV 1 1 5060 h3.t",
    "h1.t A 192.0.2.1 stale",
    "h1.t A 192.0.2.2",
    "h3.t A = SERVFAIL after 20",
    "h3.t AAAA = SERVFAIL after 20",
    NULL,
};

static void take_to_its_end(struct both *both)
{
    struct sw_policy policy = small_policy("udp,tcp");
    struct sw_trace trace = {on_event, both};
    struct small_run run = {.lines = world, .now_us = SW_SECONDS(9), .why = SW_TRY_FAILED};
    struct sw_uri uri;

    small_parse_uri("sip:d.t", &uri);
    const struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1, .trace = &trace};
    assert_int_equal(sw_plan_new(&run.plan, &args, run.now_us), 0);
    (void)small_run_list(&run);
    sw_plan_free(run.plan);
}

static void what_is_kept_is_what_was_told(void **state)
{
    static char story[16384], told[16384], kept[16384];
    struct both both = {.story = sw_buf(story, sizeof story), .told = sw_buf(told, sizeof told)};
    struct sw_buf b = sw_buf(kept, sizeof kept);
    struct sw_story_event e;
    unsigned kinds = 0;

    (void)state;
    take_to_its_end(&both);
    assert_false(both.story.overflow);
    struct sw_slice rest = sw_buf_slice(&both.story);
    while (sw_story_next(&rest, &e)) {
        write_kept(&b, &e);
        kinds |= 1u << e.kind;
        if (e.kind == SW_TRACE_RECORD)
            assert_true(e.question.len > 0);
    }
    assert_int_equal(rest.len, 0);
    assert_string_equal(sw_buf_cstr(&b), sw_buf_cstr(&both.told));
    assert_int_equal(kinds, (1u << (SW_TRACE_RESULT + 1)) - 1); /* each kind was there */
}

static void without_room_the_beginning_is_kept(void **state)
{
    static char whole_room[16384], told[16384];
    struct both whole = {.story = sw_buf(whole_room, sizeof whole_room),
                         .told = sw_buf(told, sizeof told)};
    struct sw_story_event e;

    (void)state;
    take_to_its_end(&whole);
    for (size_t cap = 0; cap < whole.story.len; cap += 7) {
        static char room[16384], ignored[16384];
        struct both cut = {.story = sw_buf(room, cap), .told = sw_buf(ignored, sizeof ignored)};
        take_to_its_end(&cut);
        assert_true(cut.story.overflow);
        struct sw_slice rest = sw_buf_slice(&cut.story);
        while (sw_story_next(&rest, &e))
            ;
        assert_int_equal(rest.len, 0);
        assert_memory_equal(room, whole_room, cut.story.len);
    }
}

static void text_of_strangers_is_escaped_and_cut(void **state)
{
    char room[4096], long_text[2000];
    struct sw_buf b = sw_buf(room, sizeof room);
    struct sw_story_event out;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    memcpy(long_text, "a\x1b[0m\n", 6);
    const struct sw_trace_event e = {.kind = SW_TRACE_NOTE,
                                     .note = SW_NOTE_DUPLICATE,
                                     .text = sw_slice(long_text, sizeof long_text)};
    sw_story_add(&b, &e);
    struct sw_slice rest = sw_buf_slice(&b);
    assert_true(sw_story_next(&rest, &out));
    assert_slice_equal(sw_slice_sub(out.subject, 0, 12), "a\\027[0m\\010");
    assert_true(out.subject.len < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_what_was_told),
        cmocka_unit_test(without_room_the_beginning_is_kept),
        cmocka_unit_test(text_of_strangers_is_escaped_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
