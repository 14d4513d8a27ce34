/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages of test/torture, read and edited by the message layer alone: what nobody edits stays
 * as it was, whatever is wrong with the rest (M1). What a proxy makes of them is tested there (M2).
 */
#include "sip/edit.h"
#include "sip/msg.h"
#include "support/check.h"
#include "support/sip_text.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 8192, COUNT_MIN = 100 };

static struct sw_msg msg;

/* On the heap, in a block of its exact length, so that a sanitizer sees a read behind the end. */
static struct sw_slice read_message(const char *folder, const char *name)
{
    static char room[FILE_MAX];
    char path[600];
    snprintf(path, sizeof path, "test/torture/%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t len = fread(room, 1, sizeof room, f);
    fclose(f);
    assert_in_range(len, 1, sizeof room - 1);
    char *p = malloc(len);
    assert_non_null(p);
    memcpy(p, room, len);
    return sw_slice(p, len);
}

static void drop_message(struct sw_slice text)
{
    free((void *)(uintptr_t)text.p);
}

static void read_as_far_as_it_goes(struct sw_slice text)
{
    struct sw_msg_fault fault;
    if (sw_msg_parse(&msg, text, NULL, &fault) == 0 && sw_msg_check(&msg, &fault) < 0)
        assert_non_null(fault.what);
}

static size_t for_each_message(void (*check)(const char *name, struct sw_slice text))
{
    static const char *const folders[] = {"rfc4475", "rfc5118", "agents", "streams"};
    size_t count = 0;
    for (size_t i = 0; i < SW_ARRAY_LEN(folders); i++) {
        char path[64];
        snprintf(path, sizeof path, "test/torture/%s", folders[i]);
        DIR *d = opendir(path);
        assert_non_null(d);
        for (const struct dirent *e; (e = readdir(d)) != NULL;) {
            if (e->d_name[0] == '.')
                continue;
            struct sw_slice text = read_message(folders[i], e->d_name);
            read_as_far_as_it_goes(text);
            check(e->d_name, text);
            drop_message(text);
            count++;
        }
        closedir(d);
    }
    return count;
}

static void check_no_edit(const char *name, struct sw_slice text)
{
    static char room[FILE_MAX];
    struct sw_buf out = sw_buf(room, sizeof room);
    struct sw_edits e;
    sw_edits_init(&e, msg.bytes);
    assert_int_equal(sw_edits_write(&e, &out), 0);
    if (!sw_slice_eq(sw_buf_slice(&out), text))
        fail_msg("%s is changed", name);
}

static void test_m1_without_edits_nothing_changes(void **state)
{
    (void)state;
    assert_in_range(for_each_message(check_no_edit), COUNT_MIN, 1000);
}

/* Replace the value of one field: what is before and behind it stays, octet for octet. */
static void check_one_edit(const char *name, const struct sw_hdr *h)
{
    static const struct sw_slice fresh = {"fresh value", 11};
    static char room[FILE_MAX];
    struct sw_buf out = sw_buf(room, sizeof room);
    struct sw_edits e;
    size_t before = (size_t)(h->value.p - msg.bytes.p), behind = before + h->value.len;
    sw_edits_init(&e, msg.bytes);
    sw_edits_replace(&e, h->value, fresh);
    assert_int_equal(sw_edits_write(&e, &out), 0);
    struct sw_slice got = sw_buf_slice(&out);
    if (!sw_slice_eq(sw_slice_sub(got, 0, before), sw_slice_sub(msg.bytes, 0, before)) ||
        !sw_slice_eq(sw_slice_sub(got, before, before + fresh.len), fresh) ||
        !sw_slice_eq(sw_slice_sub(got, before + fresh.len, SIZE_MAX),
                     sw_slice_sub(msg.bytes, behind, SIZE_MAX)))
        fail_msg("%s: more than %.*s is changed", name, (int)h->name.len, h->name.p);
}

static void check_edits(const char *name, struct sw_slice text)
{
    (void)text;
    for (size_t i = 0; i < msg.hdr_count; i++)
        check_one_edit(name, &msg.hdrs[i]);
}

static void test_m1_an_edit_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    assert_in_range(for_each_message(check_edits), COUNT_MIN, 1000);
}

/* RFC 4475 3.1.1.1, value by value. */
static void test_the_tortuous_one_is_read_right(void **state)
{
    (void)state;
    static const char *const hosts[] = {"192.0.2.101", "gate.lisbon.t", "192.0.2.58"};
    static const char *const branches[] = {"61ab", "z9hG4bK8kd", "z9hG4bK4d4d4"};
    struct sw_values v;
    struct sw_slice value, text = read_message("rfc4475", "wsinv.sip");
    struct sw_via via;
    struct sw_nameaddr addr;
    size_t count = 0;
    assert_int_equal(sw_msg_parse(&msg, text, NULL, NULL), 0);
    assert_int_equal(sw_msg_check(&msg, NULL), 0);
    sw_values_init(&v, &msg, SW_HDR_VIA);
    while (sw_values_next(&v, &value) > 0) {
        assert_int_equal(sw_via_parse(value, &via, NULL), 0);
        assert_true(is_text(via.sent_by.text, hosts[count]));
        assert_true(is_text(via.branch, branches[count]));
        count++;
    }
    assert_int_equal(count, 3);
    assert_int_equal(sw_nameaddr_parse(sw_msg_first(&msg, SW_HDR_TO)->value, &addr, NULL), 0);
    assert_true(is_text(addr.tag, "4f1x"));
    assert_int_equal(sw_nameaddr_parse(sw_msg_first(&msg, SW_HDR_FROM)->value, &addr, NULL), 0);
    assert_true(is_text(addr.uri_text, "sip:theo@lisbon.t"));
    assert_true(is_text(addr.tag, "k7j2"));
    assert_true(is_text(sw_msg_first(&msg, SW_HDR_MAX_FORWARDS)->value, "0044"));
    assert_true(msg.has_content_length);
    assert_int_equal(msg.body.len, msg.content_length);
    drop_message(text);
}

static void test_the_octets_behind_a_datagram_are_not_its_body(void **state)
{
    (void)state;
    struct sw_slice text = read_message("rfc4475", "dblreq.sip");
    assert_int_equal(sw_msg_parse(&msg, text, NULL, NULL), 0);
    assert_int_equal(msg.body.len, 0);
    drop_message(text);
}

/* Far longer than RFC 4475 3.1.1.7: values as long as M4 lets them be. */
static void test_m4_a_field_of_more_than_8_kib(void **state)
{
    (void)state;
    static char text[40000];
    static const char piece[] = ";unknownLongParam=unknownLongParamValue";
    struct sw_msg_fault fault;
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_str(&b, "OPTIONS sip:u@d.t SIP/2.0" CRLF F_VIA "To: <sip:u@d.t");
    for (size_t i = 0; i < 210; i++)
        sw_buf_str(&b, piece);
    sw_buf_str(&b, ">;tag=1" CRLF F_FROM F_CALL_ID F_CSEQ "l: 0" CRLF CRLF);
    assert_false(b.overflow);
    assert_int_equal(sw_msg_parse(&msg, sw_buf_slice(&b), NULL, &fault), SW_E_LIMIT);
    assert_int_equal(fault.status, 513);
    struct sw_msg_limits wide = sw_msg_limits_default;
    wide.hdr_len = 20000;
    assert_int_equal(sw_msg_parse(&msg, sw_buf_slice(&b), &wide, NULL), 0);
    assert_int_equal(sw_msg_check(&msg, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_m1_without_edits_nothing_changes),
        cmocka_unit_test(test_m1_an_edit_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(test_the_tortuous_one_is_read_right),
        cmocka_unit_test(test_the_octets_behind_a_datagram_are_not_its_body),
        cmocka_unit_test(test_m4_a_field_of_more_than_8_kib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
