/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/conf_file.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The mistakes of one file: "LINE:COLUMN: what" lines. */
struct told {
    char text[1024];
    size_t len;
};

static void tell(void *arg, struct ad_conf_place at, const char *what)
{
    struct told *t = arg;

    t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "%u:%u: %s\n", at.line,
                               at.column, what);
    assert_true(t->len < sizeof t->text);
}

static int read_bytes(struct ad_conf_file **file, struct told *told, const char *bytes, size_t len)
{
    char path[] = "/tmp/sipward-conf-XXXXXX";
    int fd = mkstemp(path);

    *told = (struct told){0};
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    int rc = ad_conf_file_read(file, path, tell, told);
    unlink(path);
    return rc;
}

static int read_text(struct ad_conf_file **file, struct told *told, const char *text)
{
    return read_bytes(file, told, text, strlen(text));
}

static void values_know_where_they_stand(void **state)
{
    struct ad_conf_file *file;
    struct told told;

    (void)state;
    assert_int_equal(read_text(&file, &told,
                               "# comment\n"
                               "workers: 1\n"
                               "log: {level: info}\n"
                               "listen:\n"
                               "  - udp:127.0.0.1:5060\n"
                               "  - {transport: tcp}\n"),
                     0);
    const struct ad_conf_node *n = ad_conf_file_root(file)->first;
    assert_slice_equal(n->key, "workers");
    assert_slice_equal(n->text, "1");
    assert_int_equal(n->key_place.line, 2);
    assert_int_equal(n->key_place.column, 1);
    assert_int_equal(n->place.column, 10);

    n = n->next;
    assert_int_equal(n->kind, AD_CONF_MAP);
    assert_slice_equal(n->first->key, "level");
    assert_int_equal(n->first->place.line, 3);
    assert_int_equal(n->first->place.column, 14);
    assert_null(n->first->next);

    n = n->next;
    assert_int_equal(n->kind, AD_CONF_LIST);
    assert_slice_equal(n->first->text, "udp:127.0.0.1:5060");
    assert_int_equal(n->first->place.line, 5);
    assert_int_equal(n->first->place.column, 5);
    assert_int_equal(n->first->next->kind, AD_CONF_MAP);
    assert_slice_equal(n->first->next->first->text, "tcp");
    assert_null(n->first->next->next);
    assert_null(n->next);
    assert_string_equal(told.text, "");
    ad_conf_file_free(file);
}

static void an_empty_file_is_an_empty_mapping(void **state)
{
    struct ad_conf_file *file;
    struct told told;

    (void)state;
    assert_int_equal(read_text(&file, &told, "# nothing but a comment\n"), 0);
    assert_int_equal(ad_conf_file_root(file)->kind, AD_CONF_MAP);
    assert_null(ad_conf_file_root(file)->first);
    ad_conf_file_free(file);
}

static void every_key_given_twice_is_told(void **state)
{
    struct ad_conf_file *file;
    struct told told;

    (void)state;
    assert_int_equal(read_text(&file, &told, "a: 1\nlog: {x: 1, y: 2, x: 3}\na: 2\nb: 3\n"),
                     SW_E_CONF);
    assert_string_equal(told.text, "2:19: the key 'x' is given twice\n"
                                   "3:1: the key 'a' is given twice\n");
    const struct ad_conf_node *n = ad_conf_file_root(file)->first;
    assert_slice_equal(n->text, "1");
    assert_slice_equal(n->next->next->key, "b");
    ad_conf_file_free(file);
}

static void what_is_not_yaml_is_told_with_its_place(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"open list", "a: [1\nb: 2\n",
         "2:2: not YAML: while parsing a flow sequence: did not find expected ',' or ']'\n"},
        {"tab", "a:\n\tb: 1\n",
         "2:1: not YAML: while scanning for the next token: "
         "found character that cannot start any token\n"},
        {"bad indentation", "a: 1\n  b: 2\n",
         "2:4: not YAML: mapping values are not allowed in this context\n"},
        {"alias", "a: &x 1\nb: *x\n", "2:4: aliases are not used here: write the value out\n"},
        {"second document", "a: 1\n---\nb: 2\n",
         "2:1: a second document begins here: one is enough\n"},
        {"key that is a list", "[a]: 1\n", "1:1: a key must be a word\n"},
        {"depth", "[[[[[[[[[1]]]]]]]]]", "1:9: nested too deep\n"},
        {"octet that is no UTF-8", "a: \xff\n", "1:1: not YAML: invalid leading UTF-8 octet\n"},
        {"text that would move the cursor", "\"\\e[1m\": {\"\\e\": 1, \"\\e\": 2}\n[",
         "1:20: the key '\\027' is given twice\n"
         "3:1: not YAML: while scanning a simple key: could not find expected ':'\n"},
    };
    struct ad_conf_file *file = NULL;
    struct told told;

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(read_text(&file, &told, rows[i].text), SW_E_SYNTAX);
        assert_string_equal(told.text, rows[i].want);
        assert_null(file);
    }
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    static char big[AD_CONF_FILE_MAX_LEN + 2];
    struct ad_conf_file *file = NULL;
    struct told told = {0};

    (void)state;
    assert_int_equal(ad_conf_file_read(&file, "/nonexistent/x.yaml", tell, &told), SW_E_FILE);
    assert_string_equal(told.text, "0:0: cannot be read: No such file or directory\n");
    told = (struct told){0};
    assert_int_equal(ad_conf_file_read(&file, "/tmp", tell, &told), SW_E_FILE);
    assert_string_equal(told.text, "0:0: cannot be read: Is a directory\n");
    memset(big, '#', sizeof big);
    assert_int_equal(read_bytes(&file, &told, big, sizeof big), SW_E_FILE);
    assert_string_equal(told.text, "0:0: cannot be read: File too large\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_where_they_stand),
        cmocka_unit_test(an_empty_file_is_an_empty_mapping),
        cmocka_unit_test(every_key_given_twice_is_told),
        cmocka_unit_test(what_is_not_yaml_is_told_with_its_place),
        cmocka_unit_test(a_file_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
