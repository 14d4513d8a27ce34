/* SPDX-License-Identifier: BSD-2-Clause */
/* Who asks for a reload hears of it, also when a worker does not take it over: here it has not
 * begun to run. */
#include "run/reload.h"

#include "adapter/log_sink.h"
#include "base/time.h"
#include "run/post.h"
#include "support/check.h"
#include "support/loopback.h"
#include "support/temp.h"

#include <event2/event.h>
#include <stdio.h>
#include <unistd.h>

/* What those who asked have been told. */
struct told {
    unsigned count;
    int rc[4];
    char summary[4][96];
    struct event_base *base;
};

static void hear(void *arg, uint64_t tag, const struct sw_reload_result *result)
{
    struct told *t = arg;

    assert_true(tag < 4 && t->summary[tag][0] == '\0');
    t->count++;
    t->rc[tag] = result->rc;
    snprintf(t->summary[tag], sizeof t->summary[tag], "%s.", result->summary);
    event_base_loopbreak(t->base);
}

static void count_begun(void *arg)
{
    ++*(unsigned *)arg;
}

static void ignore(void *arg, int rc)
{
    (void)arg, (void)rc;
}

static void never(void *arg, struct ad_conf_place at, const char *what)
{
    (void)arg;
    fail_msg("%u:%u: %s", at.line, at.column, what);
}

struct fixture {
    char path[TEMP_PATH_MAX];
    struct ad_log *log;
    struct sw_worker *worker;
    struct sw_post *post;
    struct sw_reload *reload;
    struct event_base *base;
    unsigned begun_count;
    struct told told;
};

static void set_up(struct fixture *f)
{
    const struct sw_endpoint e = nobody(SOCK_DGRAM, "127.0.0.1");
    struct sw_settings *settings;
    struct sw_worker_error error = {{0}};
    char text[256];

    memset(f, 0, sizeof *f);
    snprintf(text, sizeof text,
             "listen: udp:127.0.0.1:%u\ntrusted: 127.0.0.0/8\nworkers: 1\n"
             "log: {file: %s/log}\n",
             e.port, temp_folder());
    temp_file(f->path, "x.yaml", text);
    assert_int_equal(sw_settings_read(&settings, f->path, NULL, never, NULL), 0);
    assert_int_equal(ad_log_open(&f->log, &settings->log), 0);
    assert_int_equal(sw_worker_new(&f->worker), 0);
    assert_int_equal(sw_post_new(&f->post, 1), 0);
    const struct sw_reload_args args = {.settings = settings,
                                        .config_path = f->path,
                                        .workers = &f->worker,
                                        .log = f->log,
                                        .begins = count_begun,
                                        .ends = ignore,
                                        .arg = &f->begun_count,
                                        .limit_us = SW_MS(20)};
    assert_int_equal(sw_reload_new(&f->reload, &args, &error), 0);
    const struct sw_worker_args worker = {.part = sw_reload_part(f->reload, 0),
                                          .post = f->post,
                                          .switched_fd = sw_reload_fd(f->reload)};
    assert_int_equal(sw_worker_open(f->worker, &worker, &error), 0);
    f->base = f->told.base = event_base_new();
    assert_int_equal(sw_reload_start(f->reload, f->base), 0);
}

static void tear_down(struct fixture *f)
{
    sw_reload_stop(f->reload);
    sw_worker_free(f->worker);
    sw_reload_free(f->reload);
    sw_post_free(f->post);
    ad_log_close(f->log);
    event_base_free(f->base);
}

static void ask(struct fixture *f, uint64_t tag)
{
    const struct sw_reload_then then = {hear, &f->told, tag};

    assert_int_equal(sw_reload_begin(f->reload, &then), 0);
}

/* Waits in the loop, as the first thread does, until so many have been told. */
static void await(struct fixture *f, unsigned count)
{
    while (f->told.count < count)
        assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

static void a_worker_that_does_not_answer_keeps_nobody_waiting(void **state)
{
    static const char first[] =
        "a worker does not answer; it takes the configuration when it does.";
    static const char behind[] = "a worker does not answer; the file is read when it does.";
    struct fixture f;

    (void)state;
    set_up(&f);
    ask(&f, 0);
    ask(&f, 1); /* while that one is under way */
    await(&f, 2);
    assert_int_equal(f.told.rc[0], SW_E_TIMEOUT);
    assert_string_equal(f.told.summary[0], first);
    assert_int_equal(f.told.rc[1], SW_E_TIMEOUT);
    assert_string_equal(f.told.summary[1], behind);
    ask(&f, 2); /* when the limit has passed once already */
    await(&f, 3);
    assert_int_equal(f.told.rc[2], SW_E_TIMEOUT);
    assert_string_equal(f.told.summary[2], behind);
    assert_int_equal(f.begun_count, 1);

    /* The worker comes round: what was asked meanwhile is done then, once. */
    ask(&f, 3);
    sw_worker_tell(f.worker, SW_WORKER_STOP);
    sw_worker_run(f.worker); /* a turn */
    await(&f, 4);
    assert_int_equal(f.told.rc[3], SW_E_TIMEOUT); /* it has stopped again */
    assert_int_equal(f.begun_count, 2);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_does_not_answer_keeps_nobody_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
