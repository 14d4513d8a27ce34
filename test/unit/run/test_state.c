/* SPDX-License-Identifier: BSD-2-Clause */
/* The file that survives a restart, and what becomes of one that is broken. */
#include "run/state.h"

#include "support/check.h"
#include "support/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADING "# sipward: domains that offered SIPS\n"

static struct sw_state *open_state(const char *path, struct sw_state_problem *problem)
{
    struct sw_state *s;
    assert_int_equal(sw_state_new(&s, path), 0);
    sw_state_load(s, problem);
    return s;
}

static void path_of(char *path, const char *name)
{
    snprintf(path, TEMP_PATH_MAX, "%s/%s", temp_folder(), name);
}

static const char *content(const char *path)
{
    static char room[256];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return "no file";
    size_t len = fread(room, 1, sizeof room - 1, f);
    room[len] = '\0';
    fclose(f);
    return room;
}

static bool knows(const struct sw_state *s, const char *domain)
{
    struct sw_name_room room;
    struct sw_name name;
    assert_int_equal(sw_name_from_text(sw_slice_str(domain), &room, &name), 0);
    return sw_offers_has(sw_state_offers(s), name);
}

static void H3_what_was_learned_is_there_after_a_restart(void **state)
{
    char path[TEMP_PATH_MAX];
    struct sw_state_problem problem;
    (void)state;
    path_of(path, "fresh");
    struct sw_state *s = open_state(path, &problem);
    assert_string_equal(problem.text, ""); /* the first start of all */
    sw_state_save(s, &problem);
    assert_string_equal(content(path), "no file"); /* nothing to say */
    sw_state_learn(s, SW_LIT("a.example"));
    sw_state_learn(s, SW_LIT("b.example"));
    sw_state_learn(s, SW_LIT("a.example"));
    sw_state_save(s, &problem);
    assert_string_equal(problem.text, "");
    assert_string_equal(content(path), HEADING "b.example\na.example\n");
    sw_state_learn(s, SW_LIT("c.example"));
    sw_state_free(s); /* not saved: as after a crash */

    s = open_state(path, &problem);
    assert_string_equal(problem.text, "");
    assert_true(knows(s, "a.example") && knows(s, "b.example") && !knows(s, "c.example"));
    unlink(path);
    sw_state_learn(s, SW_LIT("B.example"));
    sw_state_save(s, &problem);
    assert_string_equal(content(path), "no file"); /* no news, no writing */
    sw_state_free(s);
}

static void H3_broken_lines_are_told_and_passed_over(void **state)
{
    char path[TEMP_PATH_MAX], want[512];
    struct sw_state_problem problem;
    (void)state;
    temp_file(path, "broken", HEADING "a.example\n\n  b.example \r\n.\nx..y\n# note\nc.exam");
    struct sw_state *s = open_state(path, &problem);
    snprintf(want, sizeof want, "%s: 2 lines are no names of domains, line 5 being the first",
             path);
    assert_string_equal(problem.text, want);
    assert_true(knows(s, "a.example") && knows(s, "b.example") && knows(s, "c.exam"));
    sw_state_free(s);
}

static void H3_a_file_of_somebody_else_is_left_alone(void **state)
{
    static const char *const texts[] = {"root:x:0:0\n", "# sipward", "# other\n"};
    char path[TEMP_PATH_MAX], want[512];
    struct sw_state_problem problem;
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++) {
        temp_file(path, "foreign", texts[i]);
        struct sw_state *s = open_state(path, &problem);
        snprintf(want, sizeof want,
                 "%s: not a file of sipward: it is left alone, and nothing is kept", path);
        assert_string_equal(problem.text, want);
        sw_state_learn(s, SW_LIT("a.example"));
        sw_state_save(s, &problem);
        assert_string_equal(problem.text, "");
        assert_string_equal(content(path), texts[i]);
        sw_state_free(s);
    }
}

static void H3_what_cannot_be_written_is_told_and_leaves_the_old_file(void **state)
{
    char path[TEMP_PATH_MAX], in_the_way[TEMP_PATH_MAX];
    struct sw_state_problem problem;
    (void)state;
    temp_file(path, "kept", HEADING "a.example\n");
    path_of(in_the_way, "kept.new");
    assert_int_equal(mkdir(in_the_way, 0700), 0);
    struct sw_state *s = open_state(path, &problem);
    sw_state_learn(s, SW_LIT("b.example"));
    sw_state_save(s, &problem);
    assert_non_null(strstr(problem.text, "kept: Is a directory"));
    assert_string_equal(content(path), HEADING "a.example\n");
    sw_state_save(s, &problem);
    assert_string_equal(problem.text, ""); /* told once */
    assert_int_equal(rmdir(in_the_way), 0);
    sw_state_save(s, &problem); /* nothing new, but what is owed */
    assert_string_equal(content(path), HEADING "a.example\nb.example\n");
    sw_state_learn(s, SW_LIT("c.example"));
    sw_state_save(s, &problem);
    assert_string_equal(content(path), HEADING "a.example\nb.example\nc.example\n");
    sw_state_free(s);
}

/* Who may write the folder could put a new one in its place. */
static void H3_what_cannot_be_read_is_told_and_left_alone(void **state)
{
    char path[TEMP_PATH_MAX];
    struct sw_state_problem problem;
    struct stat what;
    (void)state;
    path_of(path, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    struct sw_state *s = open_state(path, &problem);
    assert_non_null(strstr(problem.text, "pipe: "));
    sw_state_learn(s, SW_LIT("a.example"));
    sw_state_save(s, &problem);
    assert_string_equal(problem.text, "");
    assert_int_equal(stat(path, &what), 0);
    assert_true(S_ISFIFO(what.st_mode));
    sw_state_free(s);
}

static void an_empty_file_is_a_first_start(void **state)
{
    char path[TEMP_PATH_MAX];
    struct sw_state_problem problem;
    (void)state;
    temp_file(path, "empty", "");
    struct sw_state *s = open_state(path, &problem);
    assert_string_equal(problem.text, "");
    sw_state_learn(s, SW_LIT("a.example"));
    sw_state_save(s, &problem);
    assert_string_equal(content(path), HEADING "a.example\n");
    sw_state_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(H3_what_was_learned_is_there_after_a_restart),
        cmocka_unit_test(H3_broken_lines_are_told_and_passed_over),
        cmocka_unit_test(H3_a_file_of_somebody_else_is_left_alone),
        cmocka_unit_test(H3_what_cannot_be_read_is_told_and_left_alone),
        cmocka_unit_test(H3_what_cannot_be_written_is_told_and_leaves_the_old_file),
        cmocka_unit_test(an_empty_file_is_a_first_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
