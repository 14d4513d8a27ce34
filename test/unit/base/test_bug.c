/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bug.h"
#include "support/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run in a child whose standard error is a pipe; returns its wait status and what it wrote. */
static int status_of(void (*body)(void), char *text, size_t cap)
{
    int pipe_fd[2];
    assert_int_equal(pipe(pipe_fd), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipe_fd[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        body();
        _exit(0);
    }
    close(pipe_fd[1]);
    size_t len = 0;
    ssize_t got;
    while (len < cap - 1 && (got = read(pipe_fd[0], text + len, cap - 1 - len)) > 0)
        len += (size_t)got;
    text[len] = '\0';
    close(pipe_fd[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_true_condition(void)
{
    int parts = 3;
    SW_BUG_ON(parts > 2);
}

static void a_false_condition(void)
{
    int parts = 2;
    SW_BUG_ON(parts > 2);
    SW_DBG_ON(parts > 2);
}

static void an_odd_line(void)
{
    sw_bug("file.c", -1, "");
}

static void a_line_of_two_digits(void)
{
    sw_bug("file.c", 10, "x");
}

static void the_highest_line(void)
{
    sw_bug("file.c", 2147483647, "x");
}

static void a_bug_names_file_line_and_condition_and_aborts(void **state)
{
    (void)state;
    char text[4096];
    int status = status_of(a_true_condition, text, sizeof text);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_ptr_equal(strstr(text, "BUG "), text);
    assert_non_null(strstr(text, "test_bug.c:"));
    assert_non_null(strstr(text, ": parts > 2\n"));
}

static void no_bug_no_word(void **state)
{
    (void)state;
    char text[4096];
    assert_int_equal(status_of(a_false_condition, text, sizeof text), 0);
    assert_string_equal(text, "");
}

static void any_line_number_is_written(void **state)
{
    (void)state;
    char text[4096];
    assert_true(WIFSIGNALED(status_of(an_odd_line, text, sizeof text)));
    assert_string_equal(text, "BUG file.c:0: \n");
    assert_true(WIFSIGNALED(status_of(a_line_of_two_digits, text, sizeof text)));
    assert_string_equal(text, "BUG file.c:10: x\n");
    assert_true(WIFSIGNALED(status_of(the_highest_line, text, sizeof text)));
    assert_string_equal(text, "BUG file.c:2147483647: x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bug_names_file_line_and_condition_and_aborts),
        cmocka_unit_test(no_bug_no_word),
        cmocka_unit_test(any_line_number_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
