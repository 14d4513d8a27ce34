/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/places.h"

#include "base/err.h"
#include "support/check.h"

static struct px_listener listener(enum sw_transport transport, uint16_t port)
{
    struct px_listener l = {.transport = transport, .endpoint = {.port = port}};

    assert_true(sw_netaddr_parse(SW_LIT("192.0.2.1"), &l.endpoint.addr));
    return l;
}

/* "u5060 t5061": what listen has; places are shown in the same form, '-' for an empty one, with '~'
 * before one that leaves and '+' before one that needs a socket. */
static struct px_conf wanted(const char *text)
{
    static struct px_conf conf;

    memset(&conf, 0, sizeof conf);
    for (const char *at = text; *at != '\0'; at += at[5] == ' ' ? 6 : 5) {
        uint64_t port = 0;
        assert_true(sw_slice_u64(sw_slice(at + 1, 4), UINT16_MAX, &port));
        conf.listeners[conf.listener_count++] =
            listener(*at == 'u' ? SW_UDP : SW_TCP, (uint16_t)port);
    }
    return conf;
}

static const char *shown(const struct sw_places *p)
{
    static char room[PX_LISTENERS_MAX * 16];
    struct sw_buf b = sw_buf(room, sizeof room);

    for (uint16_t i = 0; i < p->count; i++) {
        const struct px_listener *l = &p->at[i];
        sw_buf_str(&b, i > 0 ? " " : "");
        if (l->endpoint.addr.family == 0) {
            sw_buf_char(&b, '-');
            continue;
        }
        sw_buf_str(&b, (p->leaving >> i & 1) != 0 ? "~" : "");
        sw_buf_str(&b, (p->fresh >> i & 1) != 0 ? "+" : "");
        sw_buf_char(&b, l->transport == SW_UDP ? 'u' : 't');
        sw_buf_u64(&b, l->endpoint.port);
    }
    return sw_buf_cstr(&b);
}

/* A row of history: another file, or (vacate) what nobody uses any more, as bits. */
struct step {
    const char *listen;
    uint64_t unused;
    const char *want;
};

static void listeners_keep_their_places(void **state)
{
    static const struct step steps[] = {
        {"u5060 t5060", 0, "+u5060 +t5060"},
        {"u5060 t5060", 0, "u5060 t5060"},
        {"t5060 u5060", 0, "u5060 t5060"},
        {"u5070 u5060 t5060", 0, "u5060 t5060 +u5070"},
        {"u5070", 0, "~u5060 ~t5060 u5070"},
        {"u5070 u5080", 0, "~u5060 ~t5060 u5070 +u5080"},
        /* UDP still has its socket, TCP has closed its own. */
        {"u5070 u5080 u5060 t5060", 0, "u5060 +t5060 u5070 u5080"},
        {"u5070 u5080", 0, "~u5060 ~t5060 u5070 u5080"},
        {NULL, 1 << 1 | 1 << 2, "~u5060 - u5070 u5080"}, /* one that stays is not vacated */
        {"u5070 u5080 t5090", 0, "~u5060 +t5090 u5070 u5080"},
        {"u5070 t5090", 0, "~u5060 t5090 u5070 ~u5080"},
        {NULL, 1 << 0 | 1 << 3, "- t5090 u5070"},
        {"u5070 t5090 u5080 u5060", 0, "+u5080 t5090 u5070 +u5060"},
    };
    struct sw_places now = {0};

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(steps); i++) {
        struct sw_places next = now;
        if (steps[i].listen == NULL) {
            sw_places_vacate(&next, steps[i].unused);
        } else {
            const struct px_conf conf = wanted(steps[i].listen);
            assert_int_equal(sw_places_next(&next, &now, &conf), 0);
        }
        print_message("step %zu\n", i);
        assert_string_equal(shown(&next), steps[i].want);
        now = next;
    }
}

/* Which one is used where several fit is what the file says, as after a restart. */
static void ranks_are_those_of_the_file(void **state)
{
    struct sw_places now = {0}, next;
    struct px_conf conf = wanted("u5060 u5070");

    (void)state;
    assert_int_equal(sw_places_next(&now, &now, &conf), 0);
    conf = wanted("u5080 u5070 u5060");
    assert_int_equal(sw_places_next(&next, &now, &conf), 0);
    assert_string_equal(shown(&next), "u5060 u5070 +u5080");
    assert_int_equal(next.ranks[0], 2);
    assert_int_equal(next.ranks[1], 1);
    assert_int_equal(next.ranks[2], 0);
    sw_places_give(&next, &conf);
    assert_int_equal(conf.listener_count, 3);
    assert_int_equal(conf.ranks[2], 0);
    assert_int_equal(conf.listeners[2].endpoint.port, 5080);
    assert_int_equal(conf.leaving, 0);
}

static void all_places_may_be_taken(void **state)
{
    struct sw_places now = {0}, next = {0};
    static struct px_conf conf;

    (void)state;
    conf.listener_count = PX_LISTENERS_MAX;
    for (size_t i = 0; i < PX_LISTENERS_MAX; i++)
        conf.listeners[i] = listener(SW_UDP, (uint16_t)(6000 + i));
    assert_int_equal(sw_places_next(&now, &now, &conf), 0);
    assert_int_equal(now.count, PX_LISTENERS_MAX);
    assert_true(now.fresh == UINT64_MAX);
    /* All are still there while one of them leaves. */
    conf.listeners[7].endpoint.port = 7000;
    assert_int_equal(sw_places_next(&next, &now, &conf), SW_E_LIMIT);
    assert_int_equal(next.count, 0);
    conf.listener_count = 7;
    assert_int_equal(sw_places_next(&now, &now, &conf), 0);
    sw_places_vacate(&now, UINT64_MAX);
    assert_int_equal(now.count, 7);
    conf.listener_count = 8;
    assert_int_equal(sw_places_next(&now, &now, &conf), 0);
    assert_int_equal(now.at[7].endpoint.port, 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_keep_their_places),
        cmocka_unit_test(ranks_are_those_of_the_file),
        cmocka_unit_test(all_places_may_be_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
