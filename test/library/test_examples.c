/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs of examples/ do what their comments say. */
#include "support/check.h"
#include "support/temp.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A listening TCP socket on a free port of an address. */
static int listen_on(const char *address, uint16_t port, uint16_t *out)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof at;
    inet_pton(AF_INET, address, &at.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *out = ntohs(at.sin_port);
    return fd;
}

/* Run a program of the examples; what it printed goes to `out`. */
static int run(const char *name, const char *uri, const char *zone, char *out, size_t out_len)
{
    char command[512];
    snprintf(command, sizeof command, "timeout 20 %s/%s '%s' %s 2>&1", EXAMPLES_DIR, name, uri,
             zone);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    size_t len = fread(out, 1, out_len - 1, f);
    out[len] = '\0';
    return WEXITSTATUS(pclose(f));
}

/* The first server is dead: nobody listens there; the second lives. */
static void write_zone(char path[TEMP_PATH_MAX], uint16_t port)
{
    char text[512];
    snprintf(text, sizeof text,
             "$ORIGIN e.test.\n$TTL 60\n"
             "_sip._tcp SRV 0 0 %u dead\n_sip._tcp SRV 1 0 %u alive\n"
             "dead A 127.0.3.1\nalive A 127.0.3.2\n",
             (unsigned)port, (unsigned)port);
    temp_file(path, "e.zone", text);
}

static void blocking_goes_on_to_the_server_that_lives(void **state)
{
    (void)state;
    char zone[TEMP_PATH_MAX], out[1024], want[256];
    uint16_t port;
    int fd = listen_on("127.0.3.2", 0, &port);
    write_zone(zone, port);
    assert_int_equal(run("blocking", "sip:joe@e.test", zone, out, sizeof out), 0);
    snprintf(want, sizeof want,
             "tcp 127.0.3.1:%u (dead.e.test): failed\ntcp 127.0.3.2:%u (alive.e.test): connected\n",
             (unsigned)port, (unsigned)port);
    assert_string_equal(out, want);
    close(fd);
}

static void blocking_says_what_is_wrong(void **state)
{
    (void)state;
    char out[1024];
    assert_int_equal(run("blocking", "sip:joe@vocal.com:0", "demo/vocal.zone", out, sizeof out), 2);
    assert_string_equal(out, "sip:joe@vocal.com:0\n"
                             "                  ^ a port is a number from 1 to 65535\n");
    assert_int_equal(
        run("blocking", "sip:joe@nobody.vocal.com", "demo/vocal.zone", out, sizeof out), 1);
    assert_string_equal(out, "none: the host has no address: nobody.vocal.com\n");
    assert_int_equal(run("blocking", "sip:joe@vocal.com", "no.zone", out, sizeof out), 2);
    assert_non_null(strstr(out, "no.zone"));
}

static void lookup_lists_the_places(void **state)
{
    (void)state;
    char out[1024];
    assert_int_equal(run("lookup", "sip:joe@127.0.3.3:5099;transport=tcp", "", out, sizeof out), 0);
    assert_string_equal(out, "tcp 127.0.3.3 port 5099\n");
    assert_int_equal(run("lookup", "sip:", "", out, sizeof out), 1);
}

static void the_second_call_of_events_goes_straight_to_the_server_that_lives(void **state)
{
    (void)state;
    char zone[TEMP_PATH_MAX], out[1024], want[512];
    uint16_t port;
    int fd = listen_on("127.0.3.2", 0, &port);
    write_zone(zone, port);
    assert_int_equal(run("events", "sip:joe@e.test", zone, out, sizeof out), 0);
    snprintf(want, sizeof want,
             "call 1: tcp 127.0.3.1:%u (dead.e.test): refused\n"
             "call 1: tcp 127.0.3.2:%u (alive.e.test): connected\n"
             "call 2: tcp 127.0.3.2:%u (alive.e.test): connected\n",
             (unsigned)port, (unsigned)port, (unsigned)port);
    assert_string_equal(out, want);
    close(fd);
}

/* Somebody on this machine may listen at the demo's addresses meanwhile: both servers are tried
 * until one connects, whichever that is. */
static void events_tries_the_servers_of_the_worked_example(void **state)
{
    (void)state;
    char out[1024];
    run("events", "sip:joe@vocal.com", "demo/vocal.zone", out, sizeof out);
    assert_memory_equal(out, "call 1: tcp 127.0.0.1", 21);
    assert_true(strstr(out, "connected") != NULL ||
                (strstr(out, "server1.vocal.com") != NULL &&
                 strstr(out, "server2.vocal.com") != NULL &&
                 strstr(out, "call 2: no candidate is left (ok)") != NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_goes_on_to_the_server_that_lives),
        cmocka_unit_test(blocking_says_what_is_wrong),
        cmocka_unit_test(lookup_lists_the_places),
        cmocka_unit_test(the_second_call_of_events_goes_straight_to_the_server_that_lives),
        cmocka_unit_test(events_tries_the_servers_of_the_worked_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
