/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/notify.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A service manager's socket under a name; '@' stands for the abstract ones' NUL. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    assert_true(fd >= 0 && strlen(name) < sizeof at.sun_path);
    memcpy(at.sun_path, name, strlen(name));
    if (at.sun_path[0] == '@')
        at.sun_path[0] = '\0';
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, len), 0);
    return fd;
}

static void check_arrival(const char *name)
{
    char room[64];
    int fd = listen_at(name);

    assert_int_equal(ad_notify(name, "READY=1"), 0);
    ssize_t n = recv(fd, room, sizeof room, MSG_DONTWAIT);
    assert_true(n > 0);
    assert_slice_equal(sw_slice(room, (size_t)n), "READY=1");
    close(fd);
}

static void the_state_arrives_at_a_path(void **state)
{
    char folder[] = "/tmp/sipward-notify-XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    check_arrival(path);
    unlink(path);
    assert_int_equal(ad_notify(path, "READY=1"), SW_E_SYSTEM); /* nobody is there */
    rmdir(folder);
}

static void the_state_arrives_at_an_abstract_name(void **state)
{
    char name[64];

    (void)state;
    snprintf(name, sizeof name, "@sipward-notify-%d", (int)getpid());
    check_arrival(name);
}

static void nobody_who_wants_to_know_is_no_error(void **state)
{
    (void)state;
    assert_int_equal(ad_notify(NULL, "READY=1"), 0);
    assert_int_equal(ad_notify("", "READY=1"), 0);
}

static void a_name_that_is_too_long_is_an_error(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(ad_notify(name, "READY=1"), SW_E_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_arrives_at_a_path),
        cmocka_unit_test(the_state_arrives_at_an_abstract_name),
        cmocka_unit_test(nobody_who_wants_to_know_is_no_error),
        cmocka_unit_test(a_name_that_is_too_long_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
