/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/control_socket.h"

#include "support/check.h"
#include "support/temp.h"

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BIG_LEN = 4 * 1024 * 1024 };

struct desk {
    struct event_base *base;
    struct ad_control *control;
    char path[TEMP_PATH_MAX];
    char last[AD_CONTROL_LINE_MAX + 1];
    uint64_t client;
    unsigned line_count;
    bool is_slow; /* answers later */
    bool is_big;
};

static char big[BIG_LEN];

static void on_line(void *arg, uint64_t client, struct sw_slice line)
{
    struct desk *d = arg;

    assert_true(line.len < sizeof d->last);
    memcpy(d->last, line.p, line.len);
    d->last[line.len] = '\0';
    d->client = client;
    d->line_count++;
    if (d->is_big)
        ad_control_answer(d->control, client, sw_slice(big, sizeof big));
    else if (!d->is_slow)
        ad_control_answer(d->control, client, line);
}

static int try_open(struct desk *d, struct ad_control **out, struct ad_net_error *why)
{
    const struct ad_control_conf conf = {.path = d->path, .fn = on_line, .arg = d};

    return ad_control_open(out, d->base, &conf, why);
}

static void begin(struct desk *d)
{
    struct ad_net_error why;

    *d = (struct desk){.base = event_base_new()};
    snprintf(d->path, sizeof d->path, "%s/control", temp_folder());
    assert_int_equal(try_open(d, &d->control, &why), 0);
}

static void end(struct desk *d)
{
    ad_control_close(d->control);
    event_base_free(d->base);
    assert_int_equal(access(d->path, F_OK), -1); /* its file goes with it */
}

static int client_of(const struct desk *d)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    memcpy(at.sun_path, d->path, strlen(d->path) + 1);
    assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Until nothing is left to be done at once. */
static void settle(struct desk *d)
{
    for (unsigned i = 0; i < 20; i++)
        event_base_loop(d->base, EVLOOP_NONBLOCK);
}

static void say(struct desk *d, int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    settle(d);
}

/* "": nothing has come; "-": the other side has gone. */
static const char *hear(int fd)
{
    static char room[8192];
    ssize_t n = recv(fd, room, sizeof room - 1, 0);

    if (n <= 0)
        return n == 0 || errno == ECONNRESET ? "-" : "";
    room[n] = '\0';
    return room;
}

static void a_line_is_answered_with_a_line(void **state)
{
    struct desk d;
    struct stat st;

    (void)state;
    begin(&d);
    assert_int_equal(stat(d.path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    int fd = client_of(&d), other = client_of(&d);
    say(&d, fd, "one");
    assert_string_equal(hear(fd), "");
    say(&d, other, "other\r\n");
    assert_string_equal(hear(other), "other\n");
    say(&d, fd, " two\nthree\n");
    assert_string_equal(d.last, "three"); /* one after the other, each when it was answered */
    assert_string_equal(hear(fd), "one two\nthree\n");
    close(fd);
    close(other);
    settle(&d);
    end(&d);
}

static void an_answer_may_come_later_or_to_nobody(void **state)
{
    struct desk d;

    (void)state;
    begin(&d);
    d.is_slow = true;
    int fd = client_of(&d);
    say(&d, fd, "first\nsecond\n");
    assert_int_equal(d.line_count, 1); /* the second waits for the first */
    ad_control_answer(d.control, d.client, SW_LIT("yes"));
    settle(&d);
    assert_string_equal(hear(fd), "yes\n");
    assert_int_equal(d.line_count, 2);
    uint64_t client = d.client;
    shutdown(fd, SHUT_WR); /* it has nothing more to say, and still hears the answer */
    settle(&d);
    ad_control_answer(d.control, client, SW_LIT("done"));
    settle(&d);
    assert_string_equal(hear(fd), "done\n");
    assert_string_equal(hear(fd), "-");
    close(fd);
    ad_control_answer(d.control, client, SW_LIT("too late"));
    ad_control_answer(d.control, 999, SW_LIT("to nobody"));
    end(&d);
}

/* Who asks it to end hears that it will. */
static void an_answer_is_not_lost_to_the_end(void **state)
{
    struct desk d;

    (void)state;
    begin(&d);
    d.is_slow = true;
    int fd = client_of(&d);
    say(&d, fd, "drain\n");
    ad_control_answer(d.control, d.client, SW_LIT("yes"));
    end(&d);
    assert_string_equal(hear(fd), "yes\n");
    assert_string_equal(hear(fd), "-");
    close(fd);
}

static void too_long_a_line_and_too_many_clients_are_dropped(void **state)
{
    struct desk d;
    int fds[AD_CONTROL_CLIENTS_MAX + 1];
    static char line[AD_CONTROL_LINE_MAX + 1];

    (void)state;
    begin(&d);
    for (size_t i = 0; i < SW_ARRAY_LEN(fds); i++) {
        fds[i] = client_of(&d);
        settle(&d);
    }
    assert_string_equal(hear(fds[AD_CONTROL_CLIENTS_MAX]), "-");
    assert_string_equal(hear(fds[0]), "");
    memset(line, 'x', AD_CONTROL_LINE_MAX);
    say(&d, fds[0], line);
    assert_string_equal(hear(fds[0]), "-");
    memset(line, 'x', AD_CONTROL_LINE_MAX - 1);
    line[AD_CONTROL_LINE_MAX - 1] = '\n';
    say(&d, fds[1], line);
    assert_int_equal(d.line_count, 1);
    for (size_t i = 0; i < SW_ARRAY_LEN(fds); i++)
        close(fds[i]);
    settle(&d);
    end(&d);
}

static void who_does_not_read_holds_up_nobody(void **state)
{
    struct desk d;

    (void)state;
    begin(&d);
    int slow = client_of(&d), other = client_of(&d);
    d.is_big = true;
    say(&d, slow, "tell me all\n");
    d.is_big = false;
    say(&d, other, "short\n");
    assert_string_equal(hear(other), "short\n");
    close(slow);
    settle(&d);
    say(&d, other, "again\n");
    assert_string_equal(hear(other), "again\n");
    close(other);
    end(&d);
}

static void a_dead_socket_is_replaced_and_nothing_else(void **state)
{
    struct desk d, second;
    struct ad_net_error why = {{0}};
    struct ad_control *other = NULL;

    (void)state;
    begin(&d);
    second = d;
    assert_int_equal(try_open(&second, &other, &why), SW_E_ADDR_IN_USE); /* somebody listens */
    assert_string_equal(why.text, "address already in use");
    end(&d);

    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, d.path, strlen(d.path) + 1);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (const struct sockaddr *)&at, sizeof at), 0);
    close(dead);
    begin(&d); /* over what was left behind */
    end(&d);

    temp_file(d.path, "control", "a letter");
    d.base = event_base_new();
    assert_int_equal(try_open(&d, &other, &why), SW_E_ADDR_IN_USE);
    assert_string_equal(why.text, "file exists");
    assert_int_equal(access(d.path, F_OK), 0);
    unlink(d.path);
    snprintf(d.path, sizeof d.path, "%s/none/control", temp_folder());
    assert_int_equal(try_open(&d, &other, &why), SW_E_SYSTEM);
    assert_string_equal(why.text, "no such file or directory");
    memset(d.path, 'p', sizeof d.path - 1);
    d.path[sizeof d.path - 1] = '\0';
    assert_int_equal(try_open(&d, &other, &why), SW_E_SYSTEM);
    assert_string_equal(why.text, "file name too long");
    event_base_free(d.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_answered_with_a_line),
        cmocka_unit_test(an_answer_may_come_later_or_to_nobody),
        cmocka_unit_test(an_answer_is_not_lost_to_the_end),
        cmocka_unit_test(too_long_a_line_and_too_many_clients_are_dropped),
        cmocka_unit_test(who_does_not_read_holds_up_nobody),
        cmocka_unit_test(a_dead_socket_is_replaced_and_nothing_else),
    };
    signal(SIGPIPE, SIG_IGN); /* as the daemon has it */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
