/* SPDX-License-Identifier: BSD-2-Clause */
/* Decision 11: to whom a message belongs. */
#include "proxy/handover.h"
#include "proxy/ident.h"
#include "support/check.h"

enum { WORKERS = 3 };

#define REST "From: <sip:a@b.t>;tag=f\r\nTo: <sip:b@d.t>\r\nCSeq: 1 "
#define VIA "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabc\r\n"

static void set_up(struct px_core *core)
{
    const uint8_t seed[32] = {7};
    memset(core, 0, sizeof *core);
    core->worker_count = WORKERS;
    px_keys_init(core, seed);
}

/* A text with a branch of ours in the place of '@'. */
static struct sw_slice write(const struct px_core *core, const char *form, uint16_t worker,
                             char *room, size_t cap)
{
    struct sw_buf b = sw_buf(room, cap);
    const char *at = strchr(form, '@'), *mark = at != NULL && at[1] == '@' ? at : NULL;
    sw_buf_slice_add(&b, sw_slice(form, mark == NULL ? strlen(form) : (size_t)(mark - form)));
    if (mark != NULL) {
        px_branch_write(&b, worker, 1, px_call_number(core, SW_LIT("x")));
        sw_buf_str(&b, mark + 2);
    }
    assert_false(b.overflow);
    return sw_buf_slice(&b);
}

/* What is seen without reading it all is what reading it says, or nothing. */
static void what_is_seen_is_what_reading_says(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        bool is_seen;
    } rows[] = {
        /* requests */
        {"INVITE sip:b@d.t SIP/2.0\r\n" VIA REST "INVITE\r\nCall-ID: c1\r\n\r\n", true},
        {"INVITE sip:b@d.t SIP/2.0\r\ni: c1\r\n" VIA REST "INVITE\r\n\r\n", true},
        {"INVITE sip:b@d.t SIP/2.0\r\n" VIA REST "INVITE\r\ncall-id :\r\n c1 \r\n\r\n", true},
        {"BYE sip:b@d.t SIP/2.0\r\n" VIA REST "BYE\r\nX-Call-ID: c9\r\nCall-ID: c2\r\n\r\n", true},
        {"INVITE sip:b@d.t SIP/2.0\r\n" VIA REST "INVITE\r\n\r\nCall-ID: c1\r\n\r\n", false},
        {"INVITE sip:b@d.t SIP/2.0\r\n" VIA "nonsense\r\nCall-ID: c1\r\n" REST "INVITE\r\n\r\n",
         false},
        {"INVITE sip:b@d.t SIP/2.0\r\n" VIA REST "INVITE\r\nCall-ID: c1", false},
        {"INVITE sip:b@d.t SIP/2.0", false},
        {"\n", false},
        /* responses */
        {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=@@\r\n" VIA REST
         "INVITE\r\nCall-ID: c1\r\n\r\n",
         true},
        {"SIP/2.0 200 OK\r\nv : SIP/2.0/UDP 192.0.2.9;x=y;branch=@@ , SIP/2.0/UDP "
         "192.0.2.1;branch=z9hG4bKabc\r\n" REST "INVITE\r\nCall-ID: c1\r\n\r\n",
         true},
        {"SIP/2.0 200 OK\r\nCall-ID: c1\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=@@\r\n" VIA REST
         "INVITE\r\n\r\n",
         false},
        {"SIP/2.0 200 OK\r\n" VIA REST "INVITE\r\nCall-ID: c1\r\n\r\n", false},
        {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9\r\n" REST "INVITE\r\nCall-ID: c1\r\n\r\n",
         false},
        {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP\r\n" REST "INVITE\r\nCall-ID: c1\r\n\r\n", false},
        {"SIP/2.0 200 OK\r\n\r\n", false},
    };
    static struct px_core core;
    set_up(&core);
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
        for (unsigned worker = 0; worker < WORKERS + 1; worker++) {
            char room[1024];
            struct sw_slice text = write(&core, rows[i].form, (uint16_t)worker, room, sizeof room);
            bool is_there = worker < WORKERS || text.p[0] != 'S';
            uint16_t seen = UINT16_MAX;
            assert_int_equal(px_owner_at_sight(&core, text, &seen), rows[i].is_seen && is_there);
            if (!rows[i].is_seen || !is_there)
                continue;
            assert_int_equal(sw_msg_parse(&core.msg, text, NULL, NULL), 0);
            assert_int_equal(seen, px_owner(&core, &core.msg));
            if (!core.msg.is_request)
                assert_int_equal(seen, worker);
        }
}

/* Calls are spread, and a call stays where it is. */
static void each_worker_has_its_calls(void **state)
{
    (void)state;
    static struct px_core core;
    unsigned counts[WORKERS] = {0};
    set_up(&core);
    for (unsigned n = 0; n < 300; n++) {
        char room[1024];
        uint16_t invite, bye;
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_buf_str(&b, "INVITE sip:b@d.t SIP/2.0\r\nCall-ID: c");
        sw_buf_u64(&b, n);
        sw_buf_str(&b, "\r\n\r\n");
        assert_true(px_owner_at_sight(&core, sw_buf_slice(&b), &invite));
        memcpy(room, "BYE   ", 6);
        assert_true(px_owner_at_sight(&core, sw_buf_slice(&b), &bye));
        assert_int_equal(invite, bye);
        counts[invite]++;
    }
    for (unsigned i = 0; i < WORKERS; i++)
        assert_in_range(counts[i], 60, 140);
}

static void alone_all_is_ours(void **state)
{
    (void)state;
    static struct px_core core;
    uint16_t owner = 99;
    set_up(&core);
    core.worker_count = 1;
    core.worker = 0;
    assert_true(px_owner_at_sight(&core, SW_LIT("BYE x SIP/2.0\r\ni: c\r\n\r\n"), &owner));
    assert_int_equal(owner, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_seen_is_what_reading_says),
        cmocka_unit_test(each_worker_has_its_calls),
        cmocka_unit_test(alone_all_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
