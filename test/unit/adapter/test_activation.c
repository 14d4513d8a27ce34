/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/activation.h"

#include "base/err.h"
#include "support/check.h"
#include "support/loopback.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int passed_socket(int type, struct sw_endpoint *e)
{
    static const struct sw_endpoint any = {.addr = {4, {127, 0, 0, 1}}};
    int fd = ad_socket_bound(type, &any, false, NULL);

    assert_true(fd >= 0 && ad_socket_name(fd, e));
    return fd;
}

static void each_is_found_by_kind_and_address(void **state)
{
    struct ad_activation a = {0};
    struct sw_endpoint datagram, stream;
    struct ad_net_error why;
    int udp = passed_socket(SOCK_DGRAM, &datagram), tcp = passed_socket(SOCK_STREAM, &stream);

    (void)state;
    assert_int_equal(ad_socket_listen(tcp, NULL), 0);
    assert_int_equal(fcntl(udp, F_SETFD, 0), 0);
    assert_int_equal(fcntl(udp, F_SETFL, 0), 0);
    assert_int_equal(ad_activation_add(&a, udp, &why), 0);
    assert_int_equal(ad_activation_add(&a, tcp, &why), 0);
    assert_int_equal(fcntl(udp, F_GETFD), FD_CLOEXEC);
    assert_true((fcntl(udp, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_equal(ad_activation_find(&a, false, &datagram), udp);
    assert_int_equal(ad_activation_find(&a, true, &stream), tcp);
    assert_int_equal(ad_activation_find(&a, true, &datagram), -1);
    assert_int_equal(ad_activation_find(NULL, false, &datagram), -1);
    datagram.addr.bytes[3] = 2;
    assert_int_equal(ad_activation_find(&a, false, &datagram), -1);
    close(udp);
    close(tcp);
}

static void what_is_no_such_socket_is_told(void **state)
{
    struct ad_activation a = {0};
    struct sw_endpoint e;
    struct ad_net_error why;
    int pipes[2], deaf = passed_socket(SOCK_STREAM, &e), unix_socket;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(ad_activation_add(&a, pipes[0], &why), SW_E_INVAL);
    assert_non_null(strstr(why.text, "is no UDP or TCP socket"));
    assert_int_equal(ad_activation_add(&a, deaf, &why), SW_E_INVAL);
    assert_non_null(strstr(why.text, "does not listen"));
    unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(ad_activation_add(&a, unix_socket, &why), SW_E_INVAL);
    assert_int_equal(a.count, 0);
    close(pipes[0]);
    close(pipes[1]);
    close(deaf);
    close(unix_socket);
}

static void there_are_not_too_many(void **state)
{
    struct ad_activation a = {0};
    struct sw_endpoint e;
    struct ad_net_error why;
    int fds[PX_LISTENERS_MAX + 1];

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(fds); i++) {
        fds[i] = passed_socket(SOCK_DGRAM, &e);
        assert_int_equal(ad_activation_add(&a, fds[i], &why),
                         i < PX_LISTENERS_MAX ? 0 : SW_E_INVAL);
    }
    assert_non_null(strstr(why.text, "is one too many"));
    for (size_t i = 0; i < SW_ARRAY_LEN(fds); i++)
        close(fds[i]);
}

/* Only one of them would be read, and the other one would swallow its share. */
static void two_of_one_address_are_told(void **state)
{
    static const struct sw_endpoint any = {.addr = {4, {127, 0, 0, 1}}};
    struct ad_activation a = {0};
    struct sw_endpoint e;
    struct ad_net_error why;
    int one = ad_socket_bound(SOCK_DGRAM, &any, true, NULL);

    (void)state;
    assert_true(one >= 0 && ad_socket_name(one, &e));
    int two = ad_socket_bound(SOCK_DGRAM, &e, true, NULL);
    assert_true(two >= 0);
    assert_int_equal(ad_activation_add(&a, one, &why), 0);
    assert_int_equal(ad_activation_add(&a, two, &why), SW_E_INVAL);
    assert_non_null(strstr(why.text, "has the address of another one"));
    close(one);
    close(two);
}

/* Only what the variables say is for this very process. */
static void the_variables_say_whom_they_are_for(void **state)
{
    char pid[32];
    struct ad_net_error why;
    struct ad_activation a = {.count = 7};
    static const struct {
        const char *pid, *fds;
    } nothing[] = {{NULL, NULL}, {"1", "1"}, {NULL, "1"}, {"me", NULL}, {"me", "x"}, {"me", "0"}};

    (void)state;
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    for (size_t i = 0; i < SW_ARRAY_LEN(nothing); i++) {
        bool is_me = nothing[i].pid != NULL && strcmp(nothing[i].pid, "me") == 0;
        a.count = 7;
        assert_int_equal(ad_activation_read(&a, is_me ? pid : nothing[i].pid, nothing[i].fds, &why),
                         0);
        assert_int_equal(a.count, 0);
    }
    /* More than are open: the first that is none is named. */
    assert_int_equal(ad_activation_read(&a, pid, "1000", &why), SW_E_INVAL);
    assert_non_null(strstr(why.text, "descriptor "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_found_by_kind_and_address),
        cmocka_unit_test(what_is_no_such_socket_is_told),
        cmocka_unit_test(there_are_not_too_many),
        cmocka_unit_test(two_of_one_address_are_told),
        cmocka_unit_test(the_variables_say_whom_they_are_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
