/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of served domains: which user goes which way, and what the Request-URI becomes. */
#include "proxy/domains.h"
#include "support/check.h"
#include "support/test_alloc.h"

#include <stdio.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static struct px_domain domain_a = {.name = TEXT("a.example")};
static struct px_domain domain_b = {.name = TEXT("b.example")};

static struct px_route routes[] = {
    {.kind = PX_ROUTE_USER, .user = TEXT("alice"), .to = TEXT("1")},
    {.kind = PX_ROUTE_USER, .user = TEXT("+4930%2F1"), .to = TEXT("2")},
    {.kind = PX_ROUTE_PREFIX, .user = TEXT("+49"), .to = TEXT("3")},
    {.kind = PX_ROUTE_PREFIX, .user = TEXT("+4930"), .to = TEXT("4")},
    {.kind = PX_ROUTE_PREFIX, .user = TEXT("a"), .to = TEXT("5")},
    {.kind = PX_ROUTE_DEFAULT, .to = TEXT("6")},
};

static void fill(struct px_domains *d)
{
    int rc = px_domains_init(d, NULL, 2, SW_ARRAY_LEN(routes));
    assert_int_equal(rc, 0);
    domain_a = (struct px_domain){.name = domain_a.name};
    assert_true(px_domains_add(d, &domain_a));
    assert_true(px_domains_add(d, &domain_b));
    for (size_t i = 0; i < SW_ARRAY_LEN(routes); i++)
        assert_true(px_domains_add_route(d, &domain_a, &routes[i]));
}

static void c3_a_domain_is_found_in_any_spelling(void **state)
{
    struct px_domains d;
    (void)state;
    fill(&d);
    assert_ptr_equal(px_domains_find(&d, SW_LIT("a.example")), &domain_a);
    assert_ptr_equal(px_domains_find(&d, SW_LIT("A.Example.")), &domain_a);
    assert_ptr_equal(px_domains_find(&d, SW_LIT("b.example")), &domain_b);
    assert_null(px_domains_find(&d, SW_LIT("sub.a.example")));
    assert_null(px_domains_find(&d, SW_LIT("")));
    assert_null(px_domains_find(NULL, SW_LIT("a.example")));
    assert_null(px_domains_find(&(struct px_domains){0}, SW_LIT("a.example")));
    px_domains_fini(&d);
}

static void c3_the_user_then_the_longest_prefix_then_the_default(void **state)
{
    static const struct {
        const char *user, *want;
    } rows[] = {
        {"alice", "1"},     {"%61l%69ce", "1"}, /* the same user (19.1.4) */
        {"Alice", "6"},                         /* another one */
        {"alicia", "5"},                        /* not exact: the prefix */
        {"+4930%2f1", "2"},                     /* the escape stays an escape, of either case */
        {"+4930/1", "4"},                       /* so this is another user */
        {"+49301", "4"},    {"+4930", "4"},     {"+493", "3"},
        {"+49", "3"},       {"+4", "6"},        {"%2B49", "6"}, /* an escaped plus is no plus */
        {"bob", "6"},       {"", "6"},
    };
    struct px_domains d;
    (void)state;
    fill(&d);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct px_route *r = px_domains_route(&d, &domain_a, sw_slice_str(rows[i].user));
        assert_non_null(r);
        if (!sw_slice_eq(r->to, sw_slice_str(rows[i].want)))
            fail_msg("%s goes by route %.*s", rows[i].user, (int)r->to.len, r->to.p);
    }
    assert_null(px_domains_route(&d, &domain_b, SW_LIT("alice")));
    px_domains_fini(&d);
}

static void c3_a_user_longer_than_any_route_goes_by_its_prefix(void **state)
{
    char user[4096];
    struct px_domains d;
    (void)state;
    fill(&d);
    memset(user, '1', sizeof user);
    const struct px_route *r = px_domains_route(&d, &domain_a, sw_slice(user, sizeof user));
    assert_slice_equal(r->to, "6");
    memcpy(user, "+49", 3);
    r = px_domains_route(&d, &domain_a, sw_slice(user, sizeof user));
    assert_slice_equal(r->to, "3");
    memset(user, '%', sizeof user); /* no escapes, though they begin like some */
    r = px_domains_route(&d, &domain_a, sw_slice(user, sizeof user));
    assert_slice_equal(r->to, "6");
    px_domains_fini(&d);
}

static void what_is_there_is_not_added_again(void **state)
{
    struct px_domain twin = {.name = TEXT("a.example")};
    struct px_route same[] = {
        {.kind = PX_ROUTE_USER, .user = TEXT("%61lice")},
        {.kind = PX_ROUTE_PREFIX, .user = TEXT("+49")},
        {.kind = PX_ROUTE_DEFAULT},
    };
    struct px_domains d;
    (void)state;
    fill(&d);
    assert_false(px_domains_add(&d, &twin));
    for (size_t i = 0; i < SW_ARRAY_LEN(same); i++)
        assert_false(px_domains_add_route(&d, &domain_a, &same[i]));
    assert_int_equal(domain_a.route_count, SW_ARRAY_LEN(routes));
    px_domains_fini(&d);
}

/* Ten thousand routes are one step like one: no bucket of the table is crowded. */
static void c3_a_look_up_does_not_grow_with_the_routes(void **state)
{
    enum { MANY = 10000 };
    static struct px_route many[MANY];
    static char users[MANY][16];
    struct px_domain domain = {.name = TEXT("a.example")};
    struct px_domains d;
    size_t longest = 0;
    (void)state;
    int rc = px_domains_init(&d, NULL, 1, MANY);
    assert_int_equal(rc, 0);
    assert_true(px_domains_add(&d, &domain));
    for (size_t i = 0; i < MANY; i++) {
        int len = snprintf(users[i], sizeof users[i], "+4930%zu", i);
        many[i] = (struct px_route){.kind = PX_ROUTE_USER, .user = {users[i], (size_t)len}};
        assert_true(px_domains_add_route(&d, &domain, &many[i]));
    }
    for (size_t i = 0; i < d.by_user.bucket_count; i++) {
        size_t len = 0;
        while (sw_hmap_nth(&d.by_user, i, len) != NULL)
            len++;
        longest = len > longest ? len : longest;
    }
    assert_true(longest < 16);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(px_domains_route(&d, &domain, many[i].user), &many[i]);
    px_domains_fini(&d);
}

static void c3_the_user_takes_its_place_in_the_new_uri(void **state)
{
    static const struct {
        const char *to, *user;
        bool is_sips;
        const char *want;
    } rows[] = {
        {"sip:bob@b.example", "alice", false, "sip:bob@b.example"},
        {"sip:{user}@b.example;transport=tcp", "al%20ice", false,
         "sip:al%20ice@b.example;transport=tcp"},
        {"sip:{user}@b.example", "", false, "sip:b.example"},
        {"sip:0{user}-{user}@b.example", "7", false, "sip:07-7@b.example"},
        {"sip:{user}@b.example", "alice", true, "sips:alice@b.example"},
        {"SIPS:{user}@b.example", "alice", true, "sips:alice@b.example"},
        {"sips:{user}@b.example", "alice", false, "sips:alice@b.example"},
        {"", "alice", false, ""},
        {"", "alice", true, ""},
    };
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char room[128];
        struct sw_buf b = sw_buf(room, sizeof room);
        struct px_route route = {.to = sw_slice_str(rows[i].to)};
        px_route_write_to(&route, sw_slice_str(rows[i].user), rows[i].is_sips, &b);
        assert_false(b.overflow);
        assert_slice_equal(sw_buf_slice(&b), rows[i].want);
    }
}

static void no_memory_is_told(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct test_alloc heap;
        struct px_domains d;
        test_alloc_init(&heap, n);
        int rc = px_domains_init(&d, &heap.alloc, 1, 1);
        assert_int_equal(rc, SW_E_NOMEM);
        assert_int_equal(heap.live_count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c3_a_domain_is_found_in_any_spelling),
        cmocka_unit_test(c3_the_user_then_the_longest_prefix_then_the_default),
        cmocka_unit_test(c3_a_user_longer_than_any_route_goes_by_its_prefix),
        cmocka_unit_test(what_is_there_is_not_added_again),
        cmocka_unit_test(c3_a_look_up_does_not_grow_with_the_routes),
        cmocka_unit_test(c3_the_user_takes_its_place_in_the_new_uri),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
