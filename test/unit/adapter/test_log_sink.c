/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/log_sink.h"

#include "support/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* 2026-11-22T14:11:24.123Z */
#define SOME_DAY_US ((uint64_t)1795356684123000)

static char path[] = "/tmp/sipward-log-XXXXXX";
static char content[1 << 20];

static struct ad_log *open_log(enum ad_log_format format, uint32_t lines_per_s)
{
    const struct ad_log_conf conf = {
        .level = AD_LOG_INFO, .format = format, .file = path, .lines_per_s = lines_per_s};
    struct ad_log *log;

    unlink(path);
    assert_int_equal(ad_log_open(&log, &conf), 0);
    return log;
}

static const char *read_back(void)
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    ssize_t n = read(fd, content, sizeof content - 1);
    assert_true(n >= 0);
    content[n] = '\0';
    close(fd);
    return content;
}

static void write_line(struct ad_log *log, enum ad_log_level level, uint64_t wall_us)
{
    const struct ad_log_head head = {level, "ready", wall_us};
    const struct ad_log_field fields[] = {AD_LOG_TEXT_FIELD("listener", SW_LIT("udp 127.0.0.1")),
                                          AD_LOG_NUMBER_FIELD("n", 7)};

    ad_log_line(log, &head, fields, SW_ARRAY_LEN(fields));
}

static void a_line_is_an_event_with_fields(void **state)
{
    struct ad_log *log;

    (void)state;
    log = open_log(AD_LOG_LOGFMT, 0);
    write_line(log, AD_LOG_INFO, SOME_DAY_US);
    write_line(log, AD_LOG_DEBUG, SOME_DAY_US); /* not wanted */
    ad_log_close(log);
    assert_string_equal(
        read_back(),
        "ts=2026-11-22T14:11:24.123Z lvl=info ev=ready listener=\"udp 127.0.0.1\" n=7\n");

    log = open_log(AD_LOG_JSON, 0);
    write_line(log, AD_LOG_ERROR, SOME_DAY_US);
    ad_log_close(log);
    assert_string_equal(read_back(),
                        "{\"ts\":\"2026-11-22T14:11:24.123Z\",\"lvl\":\"error\",\"ev\":\"ready\","
                        "\"listener\":\"udp 127.0.0.1\",\"n\":7}\n");
}

static void times_are_dates_of_the_calendar(void **state)
{
    static const struct {
        uint64_t seconds;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},          {951782399, "2000-02-28T23:59:59.000Z"},
        {951782400, "2000-02-29T00:00:00.000Z"},  {951868800, "2000-03-01T00:00:00.000Z"},
        {1709164800, "2024-02-29T00:00:00.000Z"}, {1735689599, "2024-12-31T23:59:59.000Z"},
        {4107542400, "2100-03-01T00:00:00.000Z"}, {4107456000, "2100-02-28T00:00:00.000Z"},
    };

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct ad_log *log = open_log(AD_LOG_LOGFMT, 0);
        write_line(log, AD_LOG_INFO, rows[i].seconds * 1000000);
        ad_log_close(log);
        assert_slice_equal(sw_slice_sub(sw_slice_str(read_back()), 3, 27), rows[i].want);
    }
}

static struct px_log failed_over(void)
{
    struct px_log t = {.kind = PX_LOG_TRANSACTION,
                       .source = {{4, {127, 0, 0, 1}}, 5070},
                       .source_transport = SW_UDP,
                       .method = "INVITE",
                       .domain = "vocal.com",
                       .call_id = "a b\"c\x1b[31m\r\n\xc3\xbc",
                       .status = 200,
                       .location = "ok",
                       .reason = "",
                       .took_us = 2345,
                       .located_us = 250,
                       .try_count = 2};

    t.tries[0] = (struct px_log_try){.transport = SW_TCP,
                                     .endpoint = {{4, {127, 0, 0, 11}}, 5060},
                                     .host = "server1.vocal.com",
                                     .end = PX_TRY_TRANSPORT,
                                     .cause = PX_CAUSE_REFUSED,
                                     .started_us = 260,
                                     .took_us = 99};
    t.tries[1] = (struct px_log_try){.transport = SW_TCP,
                                     .endpoint = {{6, {0x20, 1, 0xd, 0xb8, [15] = 1}}, 5060},
                                     .end = PX_TRY_ANSWERED,
                                     .status = 200,
                                     .started_us = 400,
                                     .took_us = 1900};
    return t;
}

/* H6: nothing of a stranger's text can end the line, move a cursor or forge a field. */
static void h6_a_transaction_is_one_line_with_every_try(void **state)
{
    struct px_log t = failed_over();
    struct ad_log *log;

    (void)state;
    log = open_log(AD_LOG_LOGFMT, 0);
    ad_log_transaction(log, &t, SOME_DAY_US);
    ad_log_close(log);
    assert_string_equal(
        read_back(),
        "ts=2026-11-22T14:11:24.123Z lvl=info ev=transaction source=udp:127.0.0.1:5070 "
        "method=INVITE domain=vocal.com call_id=\"a b\\034c\\027[31m\\013\\010\\195\\188\" "
        "status=200 location=ok reason=\"\" ms=2.345 located_ms=0.250 try_count=2 "
        "tries=\"tcp:127.0.0.11:5060 server1.vocal.com refused 0.099ms; "
        "tcp:[2001:db8::1]:5060 200 1.900ms\"\n");

    log = open_log(AD_LOG_JSON, 0);
    ad_log_transaction(log, &t, SOME_DAY_US);
    ad_log_close(log);
    assert_string_equal(
        read_back(),
        "{\"ts\":\"2026-11-22T14:11:24.123Z\",\"lvl\":\"info\",\"ev\":\"transaction\","
        "\"source\":\"udp:127.0.0.1:5070\",\"method\":\"INVITE\",\"domain\":\"vocal.com\","
        "\"call_id\":\"a b\\\\034c\\\\027[31m\\\\013\\\\010\\\\195\\\\188\",\"status\":200,"
        "\"location\":\"ok\",\"reason\":\"\",\"ms\":2.345,\"located_ms\":0.250,\"try_count\":2,"
        "\"tries\":[{\"transport\":\"tcp\",\"address\":\"127.0.0.11\",\"port\":5060,"
        "\"host\":\"server1.vocal.com\",\"end\":\"transport-error\",\"cause\":\"refused\","
        "\"at_ms\":0.260,\"ms\":0.099},{\"transport\":\"tcp\",\"address\":\"2001:db8::1\","
        "\"port\":5060,\"host\":\"\",\"end\":\"answered\",\"status\":200,\"at_ms\":0.400,"
        "\"ms\":1.900}]}\n");
}

static void a_transaction_of_any_size_fits_a_line(void **state)
{
    struct px_log t = failed_over();

    (void)state;
    memset(t.method, '\x01', sizeof t.method);
    memset(t.domain, '\x01', sizeof t.domain);
    memset(t.call_id, '\x01', sizeof t.call_id);
    t.try_count = 64;
    for (size_t i = 0; i < PX_LOG_TRIES_MAX; i++) {
        t.tries[i] = t.tries[0];
        memset(t.tries[i].host, '\xff', sizeof t.tries[i].host);
        t.tries[i].took_us = UINT64_MAX;
    }
    for (unsigned format = AD_LOG_LOGFMT; format <= AD_LOG_JSON; format++) {
        struct ad_log *log = open_log((enum ad_log_format)format, 0);
        ad_log_transaction(log, &t, SOME_DAY_US);
        assert_int_equal(ad_log_dropped_count(log), 0);
        ad_log_close(log);
        assert_true(strlen(read_back()) > 4000);
    }
}

static void a_dropped_message_is_said_at_debug_level(void **state)
{
    const struct px_log t = {.kind = PX_LOG_DROP, .reason = "no usable Via", .method = "ACK"};
    struct ad_log *log = open_log(AD_LOG_LOGFMT, 0);

    (void)state;
    ad_log_transaction(log, &t, SOME_DAY_US);
    ad_log_close(log);
    assert_string_equal(read_back(), "");
}

static unsigned count_lines(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

static void lines_over_the_rate_are_counted(void **state)
{
    struct ad_log *log = open_log(AD_LOG_LOGFMT, 10);

    (void)state;
    for (int i = 0; i < 25; i++)
        write_line(log, AD_LOG_INFO, SOME_DAY_US);
    write_line(log, AD_LOG_ERROR, SOME_DAY_US); /* errors always pass */
    assert_int_equal(ad_log_dropped_count(log), 15);
    write_line(log, AD_LOG_INFO, SOME_DAY_US - 1000000); /* the clock was set back */
    assert_int_equal(ad_log_dropped_count(log), 16);
    write_line(log, AD_LOG_INFO, SOME_DAY_US); /* a second later there are ten more, this is one */
    for (int i = 0; i < 20; i++)
        write_line(log, AD_LOG_INFO, SOME_DAY_US + 1);
    assert_int_equal(ad_log_dropped_count(log), 27);
    write_line(log, AD_LOG_INFO, SOME_DAY_US + 1000000);
    ad_log_close(log);
    const char *text = read_back();
    assert_non_null(strstr(text, "lvl=warn ev=log_dropped lines=15\n"));
    assert_non_null(strstr(text, "lvl=warn ev=log_dropped lines=1\n"));
    assert_non_null(strstr(text, "lvl=warn ev=log_dropped lines=11\n"));
    assert_int_equal(count_lines(text), 10 + 1 + 1 + 9 + 1 + 3);
}

/* Nobody reads the pipe: the writer goes on, and tells later what was left out. */
static void a_reader_that_sleeps_stops_nobody(void **state)
{
    struct ad_log *log;
    int fds[2];

    (void)state;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    fds[0] = open(path, O_RDONLY | O_NONBLOCK);
    const struct ad_log_conf conf = {.level = AD_LOG_INFO, .file = path};
    assert_int_equal(ad_log_open(&log, &conf), 0);
    for (int i = 0; i < 10000; i++) {
        write_line(log, AD_LOG_INFO, SOME_DAY_US);
        if (i % 1000 == 999)
            ad_log_flush(log);
    }
    uint64_t dropped = ad_log_dropped_count(log);
    assert_true(dropped > 1000);
    assert_true(ad_log_is_waiting(log));
    /* What lies in the pipe is whole lines: another writer's could follow. */
    ssize_t n = read(fds[0], content, sizeof content - 1);
    assert_true(n > 1 && content[n - 1] == '\n');
    content[n] = '\0';
    unsigned lines = count_lines(content);
    ad_log_flush(log);
    for (int round = 0; round < 2; round++) {
        while ((n = read(fds[0], content, sizeof content - 1)) > 0) {
            content[n] = '\0';
            lines += count_lines(content);
            ad_log_flush(log);
        }
        if (round == 0)
            write_line(log, AD_LOG_INFO, SOME_DAY_US);
        ad_log_flush(log);
    }
    assert_int_equal(lines, 10000 - dropped + 2);
    assert_false(ad_log_is_waiting(log));
    close(fds[0]);
    ad_log_close(log);
}

static void a_moved_file_is_opened_again(void **state)
{
    struct ad_log *log = open_log(AD_LOG_LOGFMT, 0);

    (void)state;
    write_line(log, AD_LOG_INFO, SOME_DAY_US);
    ad_log_flush(log);
    unlink(path);
    assert_int_equal(ad_log_reopen(log), 0);
    write_line(log, AD_LOG_WARN, SOME_DAY_US);
    ad_log_close(log);
    assert_int_equal(count_lines(read_back()), 1);
    assert_non_null(strstr(content, "lvl=warn"));
}

static void a_file_that_cannot_be_written_is_an_error(void **state)
{
    const struct ad_log_conf conf = {.file = "/nonexistent/sipward.log"};
    struct ad_log *log;

    (void)state;
    assert_int_equal(ad_log_open(&log, &conf), SW_E_FILE);
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_an_event_with_fields),
        cmocka_unit_test(times_are_dates_of_the_calendar),
        cmocka_unit_test(h6_a_transaction_is_one_line_with_every_try),
        cmocka_unit_test(a_transaction_of_any_size_fits_a_line),
        cmocka_unit_test(a_dropped_message_is_said_at_debug_level),
        cmocka_unit_test(lines_over_the_rate_are_counted),
        cmocka_unit_test(a_reader_that_sleeps_stops_nobody),
        cmocka_unit_test(a_moved_file_is_opened_again),
        cmocka_unit_test(a_file_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
