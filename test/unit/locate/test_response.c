/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/response.h"
#include "support/check.h"

struct row {
    const char *name;
    enum sw_transport transport;
    const char *sent_by;
    uint16_t port, rport;                /* 0: none */
    const char *received, *maddr, *want; /* want NULL: go on with a search */
};

static const struct row rows[] = {
    {"P1 source", SW_UDP, "192.0.2.5", 0, 0, NULL, NULL, "192.0.2.5:5060"},
    {"P1 sent-by port", SW_UDP, "192.0.2.5", 5070, 0, NULL, NULL, "192.0.2.5:5070"},
    {"P1 received", SW_UDP, "d.t", 5070, 0, "192.0.2.8", NULL, "192.0.2.8:5070"},
    {"P1 received, no port", SW_UDP, "d.t", 0, 0, "192.0.2.8", NULL, "192.0.2.8:5060"},
    {"P1 rport", SW_UDP, "10.0.0.1", 5060, 40000, "192.0.2.8", NULL, "192.0.2.8:40000"},
    {"P1 rport alone", SW_UDP, "192.0.2.5", 5060, 40000, NULL, NULL, "192.0.2.5:40000"},
    {"T116 first", SW_TCP, "d.t", 5070, 0, "192.0.2.8", NULL, "192.0.2.8:5070"},
    {"P1 no rport over streams", SW_TCP, "d.t", 0, 40000, "192.0.2.8", NULL, "192.0.2.8:5060"},
    {"P1 tls port", SW_TLS, "d.t", 0, 0, "192.0.2.8", NULL, "192.0.2.8:5061"},
    {"P1 wss port", SW_WSS, "d.t", 0, 0, "192.0.2.8", NULL, "192.0.2.8:443"},
    {"P1 ipv6", SW_UDP, "[2001:db8::5]", 0, 0, NULL, NULL, "[2001:db8::5]:5060"},
    {"T120", SW_UDP, "192.0.2.5", 5070, 0, "192.0.2.8", "224.0.1.75", "224.0.1.75:5070"},
    {"T120 default port", SW_UDP, "192.0.2.5", 0, 40000, NULL, "224.0.1.75", "224.0.1.75:5060"},
    {"maddr is not for streams", SW_TCP, "192.0.2.5", 0, 0, NULL, "192.0.2.9", "192.0.2.5:5060"},
    {"maddr is a name", SW_UDP, "192.0.2.5", 0, 0, "192.0.2.8", "m.t", NULL},
    {"T119 name", SW_UDP, "d.t", 0, 0, NULL, NULL, NULL},
    {"T117 name", SW_TLS, "d.t", 0, 0, NULL, NULL, NULL},
};

static void P1_where_a_response_goes_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        struct sw_via_route via = {.transport = r->transport,
                                   .has_port = r->port != 0,
                                   .port = r->port,
                                   .has_rport = r->rport != 0,
                                   .rport = r->rport,
                                   .has_received = r->received != NULL,
                                   .has_maddr = r->maddr != NULL};
        struct sw_endpoint to = {.port = 9};
        assert_int_equal(sw_host_parse(sw_slice_str(r->sent_by), &via.sent_by, NULL), 0);
        if (r->received != NULL)
            assert_true(sw_netaddr_parse(sw_slice_str(r->received), &via.received));
        if (r->maddr != NULL)
            assert_int_equal(sw_host_parse(sw_slice_str(r->maddr), &via.maddr, NULL), 0);
        bool found = sw_response_first(&via, &to);
        if (found != (r->want != NULL))
            fail_msg("%s", r->name);
        if (!found) {
            assert_int_equal(to.port, 9);
            continue;
        }
        char room[64];
        struct sw_buf b = sw_buf(room, sizeof room);
        sw_endpoint_write(&b, &to);
        if (!sw_slice_eq(sw_buf_slice(&b), sw_slice_str(r->want)))
            fail_msg("%s: got %s, want %s", r->name, sw_buf_cstr(&b), r->want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(P1_where_a_response_goes_first)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
