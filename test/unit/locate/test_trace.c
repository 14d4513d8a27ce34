/* SPDX-License-Identifier: BSD-2-Clause */
/* What a sink is told, word for word, and the tables behind it. */
#include "small_dns.h"

#include <stdio.h>

struct log {
    char room[20000];
    struct sw_buf text;
};

static void add_question(struct sw_buf *b, const struct sw_question *q)
{
    sw_name_write(b, q->name);
    sw_buf_char(b, ' ');
    sw_buf_str(b, sw_rrtype_name(q->type));
}

static void add_subject(struct sw_buf *b, const struct sw_trace_event *e)
{
    if (e->name.len > 0) {
        sw_buf_char(b, ' ');
        sw_name_write(b, e->name);
    }
    if (e->text.len > 0) {
        sw_buf_char(b, ' ');
        sw_buf_slice_add(b, e->text);
    }
}

static void write_event(void *user, const struct sw_trace_event *e)
{
    struct sw_buf *b = &((struct log *)user)->text;
    switch (e->kind) {
    case SW_TRACE_STEP:
        sw_buf_str(b, "step ");
        sw_buf_str(b, sw_step_row(e->step)->rule);
        add_subject(b, e);
        break;
    case SW_TRACE_QUESTION:
        sw_buf_str(b, "ask ");
        add_question(b, &e->question);
        break;
    case SW_TRACE_ANSWER:
        sw_buf_str(b, "got ");
        add_question(b, &e->question);
        sw_buf_char(b, ' ');
        sw_buf_str(b, sw_outcome_name(e->answer->outcome));
        break;
    case SW_TRACE_RECORD:
        sw_buf_str(b, "  ");
        sw_rr_write(b, e->rr);
        sw_buf_str(b, ": ");
        sw_buf_str(b, e->note == SW_NOTE_OK ? "used" : sw_note_row(e->note)->code);
        break;
    case SW_TRACE_NOTE:
        sw_buf_str(b, "note ");
        sw_buf_str(b, sw_note_row(e->note)->code);
        add_subject(b, e);
        break;
    case SW_TRACE_CANDIDATE:
        sw_buf_str(b, "try ");
        sw_candidate_write(b, e->candidate);
        break;
    case SW_TRACE_RESULT:
        sw_buf_str(b, sw_result_name((enum sw_result)e->result));
        break;
    }
    sw_buf_str(b, " @");
    sw_buf_u64(b, e->at_us / 1000);
    sw_buf_char(b, '\n');
}

static const char *story_of(const char *const *lines, const char *transports, const char *uri_text)
{
    static struct log log;
    struct sw_policy policy = small_policy(transports);
    struct sw_trace trace = {write_event, &log};
    struct small_run run = {.lines = lines, .now_us = SW_SECONDS(9), .why = SW_TRY_FAILED};
    struct sw_uri uri;
    log.text = sw_buf(log.room, sizeof log.room);
    small_parse_uri(uri_text, &uri);
    struct sw_plan_args args = {.policy = &policy, .uri = &uri, .seed = 1, .trace = &trace};
    assert_int_equal(sw_plan_new(&run.plan, &args, run.now_us), 0);
    small_run_list(&run);
    sw_plan_free(run.plan);
    return sw_buf_cstr(&log.text);
}

static void a_whole_story(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t NAPTR 50 50 s SIPS+D2T - _sips._tcp.d.t after 20",
                                        "d.t NAPTR 90 50 s SIP+D2T - _sip._tcp.d.t",
                                        "d.t NAPTR 90 60 a SIP+D2U - h1.t",
                                        "d.t NAPTR 100 50 s SIP+D2U - _sip._udp.d.t",
                                        "_sip._tcp.d.t SRV 0 1 5060 h1.t after 10",
                                        "_sip._tcp.d.t SRV 1 1 5060 h2.t",
                                        "_sip._tcp.d.t SRV 2 1 0 h2.t",
                                        "_sip._tcp.d.t SRV 3 1 5060 h3.t",
                                        "h1.t A 192.0.2.1",
                                        "h1.t A 0.0.0.0",
                                        "h2.t A 192.0.2.1",
                                        "h3.t A = SERVFAIL",
                                        NULL};
    assert_string_equal(story_of(lines, "udp,tcp", "sip:d.t"),
                        "step I2 d.t @0\n"
                        "step T4 d.t @0\n"
                        "ask d.t NAPTR @0\n"
                        "got d.t NAPTR records @20\n"
                        "  50 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.d.t.: "
                        "naptr-unsupported-transport @20\n"
                        "  90 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.d.t.: used @20\n"
                        "  90 60 \"a\" \"SIP+D2U\" \"\" h1.t.: naptr-flags @20\n"
                        "  100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.d.t.: naptr-higher-order @20\n"
                        "step N7 d.t @20\n"
                        "ask _sip._tcp.d.t SRV @20\n"
                        "got _sip._tcp.d.t SRV records @30\n"
                        "  0 1 5060 h1.t.: used @30\n"
                        "  1 1 5060 h2.t.: used @30\n"
                        "  2 1 0 h2.t.: srv-port-zero @30\n"
                        "  3 1 5060 h3.t.: used @30\n"
                        "step V1 _sip._tcp.d.t tcp @30\n"
                        "ask h1.t A @30\n"
                        "ask h1.t AAAA @30\n"
                        "ask h2.t A @30\n"
                        "ask h2.t AAAA @30\n"
                        "got h1.t A records @30\n"
                        "  192.0.2.1: used @30\n"
                        "  0.0.0.0: address-unusable @30\n"
                        "got h1.t AAAA nodata @30\n"
                        "got h2.t A records @30\n"
                        "  192.0.2.1: used @30\n"
                        "got h2.t AAAA nodata @30\n"
                        "try tcp:192.0.2.1:5060 @30\n"
                        "note duplicate tcp:192.0.2.1:5060 @30\n"
                        "ask h3.t A @30\n"
                        "ask h3.t AAAA @30\n"
                        "got h3.t A servfail @30\n"
                        "note address-failed h3.t @30\n"
                        "got h3.t AAAA nodata @30\n"
                        "ok @30\n");
}

static void other_beginnings(void **state)
{
    (void)state;
    static const char *const lines[] = {"d.t A 192.0.2.9", "d.t AAAA = NODATA", NULL};
    static const char *const none[] = {"_sip._udp.d.t SRV = NODATA", "d.t A 192.0.2.9 stale",
                                       "d.t AAAA = NODATA", NULL};
    assert_string_equal(story_of(lines, "udp", "sip:192.0.2.1"),
                        "step I2 @0\nstep T2 udp @0\ntry udp:192.0.2.1:5060 @0\nok @0\n");
    assert_string_equal(story_of(lines, "udp", "sip:x.t:5070;maddr=d.t"),
                        "step I2 d.t @0\n"
                        "step T3 d.t udp @0\n"
                        "step T3 d.t udp @0\n"
                        "ask d.t A @0\n"
                        "ask d.t AAAA @0\n"
                        "got d.t A records @0\n"
                        "  192.0.2.9: used @0\n"
                        "got d.t AAAA nodata @0\n"
                        "try udp:192.0.2.9:5070 @0\n"
                        "ok @0\n");
    assert_string_equal(story_of(none, "udp", "sip:d.t;transport=udp"),
                        "step I2 d.t @0\n"
                        "step T1 d.t udp @0\n"
                        "ask _sip._udp.d.t SRV @0\n"
                        "got _sip._udp.d.t SRV nodata @0\n"
                        "note srv-none _sip._udp.d.t @0\n"
                        "step V3 d.t udp @0\n"
                        "ask d.t A @0\n"
                        "ask d.t AAAA @0\n"
                        "got d.t A records @0\n"
                        "  192.0.2.9: used @0\n"
                        "note stale d.t @0\n"
                        "got d.t AAAA nodata @0\n"
                        "try udp:192.0.2.9:5060 @0\n"
                        "ok @0\n");
    assert_string_equal(story_of(lines, "udp", "sip:d.t;transport=tcp"),
                        "step I2 d.t @0\nnote transport-unsupported d.t @0\nnone @0\n");
}

static unsigned count_of(const char *story, const char *what)
{
    unsigned count = 0;
    for (const char *at = strstr(story, what); at != NULL; at = strstr(at + 1, what))
        count++;
    return count;
}

/* D9: 40 hosts without an address use up the questions; 80 addresses use up the candidates. */
static void what_is_cut_is_said_once(void **state)
{
    (void)state;
    static char texts[100][60];
    const char *lines[101] = {NULL};
    size_t count = 0;
    for (unsigned i = 0; i < 40; i++) {
        snprintf(texts[count], sizeof texts[0], "_sip._udp.d.t SRV %u 0 5060 h%u.t", i, i);
        lines[count] = texts[count];
        count++;
    }
    const char *story = story_of(lines, "udp", "sip:d.t;transport=udp");
    assert_int_equal(count_of(story, "note cut"), 1);
    assert_int_equal(count_of(story, "ask "), SW_QUESTIONS_MAX);
    assert_non_null(strstr(story, "temporary @0"));

    count = 5;
    for (unsigned i = 0; i < 80; i++) {
        snprintf(texts[count], sizeof texts[0], "h%u.t A 10.0.%u.%u", i / 16, i / 16, i % 16);
        lines[count] = texts[count];
        count++;
    }
    lines[count] = NULL;
    story = story_of(lines, "udp", "sip:d.t;transport=udp");
    assert_int_equal(count_of(story, "note cut"), 1);
    assert_int_equal(count_of(story, "try "), SW_CANDIDATES_MAX);
}

static void every_row_says_something(void **state)
{
    (void)state;
    for (unsigned n = SW_NOTE_OK + 1; n < SW_NOTE_COUNT; n++) {
        const struct sw_explain_row *row = sw_note_row((enum sw_note)n);
        assert_true(strlen(row->code) > 2 && strlen(row->rule) > 1 && strlen(row->text) > 5);
        for (unsigned m = SW_NOTE_OK + 1; m < n; m++)
            assert_string_not_equal(row->code, sw_note_row((enum sw_note)m)->code);
    }
    for (unsigned s = 0; s < SW_STEP_COUNT; s++) {
        const struct sw_explain_row *row = sw_step_row((enum sw_step)s);
        assert_string_equal(row->code, "");
        assert_true(strlen(row->rule) > 1 && strlen(row->text) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_story),
        cmocka_unit_test(other_beginnings),
        cmocka_unit_test(what_is_cut_is_said_once),
        cmocka_unit_test(every_row_says_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
