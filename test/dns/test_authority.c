/* SPDX-License-Identifier: BSD-2-Clause */
/* A real authority as the name server, as `--dns` allows, and DNSSEC. */
#include "support/check.h"
#include "support/dns_client.h"
#include "support/nsd.h"
#include "support/temp.h"

#include <stdio.h>
#include <stdlib.h>

static struct dns_client client;

static void open_client(const struct nsd *nsd, const char *anchors)
{
    const struct sw_endpoint server = {{4, {127, 0, 0, 1}}, nsd->port};
    const struct ad_dns_conf conf = {.source = AD_DNS_SERVERS,
                                     .servers = &server,
                                     .server_count = 1,
                                     .dnssec = true,
                                     .trust_anchor_file = anchors};
    dns_client_open(&client, DNS_CLIENT_LIBEVENT, &conf);
}

static void an_authority_works_as_server(void **state)
{
    (void)state;
    static char text[8192];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_buf_str(&b, "$ORIGIN many.t.\n$TTL 60\n@ SOA ns hm 1 3600 900 604800 5\n@ NS ns\n"
                   "ns A 127.0.0.1\n");
    for (unsigned i = 0; i < 60; i++) {
        sw_buf_str(&b, "_sip._udp SRV 0 1 ");
        sw_buf_u64(&b, 6000 + i);
        sw_buf_str(&b, " a-rather-long-name-of-a-server.of-a-domain\n");
    }
    (void)sw_buf_cstr(&b);
    const struct nsd_zone zones[] = {
        {"vocal.com", NULL, "demo/vocal.zone"},
        {"many.t", text, NULL},
    };
    static const struct {
        const char *name;
        enum sw_rrtype type;
        const char *want;
    } rows[] = {
        {"_sip._udp.vocal.com", SW_RR_SRV,
         "records 0 1 5060 server1.vocal.com. | 0 2 5060 server2.vocal.com."},
        {"server1.vocal.com", SW_RR_A, "records 127.0.0.11"},
        {"server1.vocal.com", SW_RR_AAAA, "nodata"},
        {"nobody.vocal.com", SW_RR_A, "nxdomain"},
    };
    struct nsd nsd;
    nsd_start(&nsd, 0, zones, SW_ARRAY_LEN(zones));
    open_client(&nsd, NULL); /* it knows nothing about the root's keys: insecure, not unusable */
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct dns_result *r = dns_client_ask(&client, rows[i].name, rows[i].type);
        print_message("%s: %s\n", rows[i].name, r->why);
        assert_string_equal(r->text, rows[i].want);
        assert_false(r->answer.is_secure);
    }
    const struct dns_result *r = dns_client_ask(&client, "_sip._udp.many.t", SW_RR_SRV);
    assert_int_equal(r->answer.rr_count, 60); /* by TCP: T66 */
    r = dns_client_ask(&client, "elsewhere.t", SW_RR_A);
    assert_int_equal(r->answer.outcome, SW_OUTCOME_SERVFAIL);
    assert_int_equal(r->answer.rcode, 5); /* it refuses what is not its own */
    dns_client_close(&client);
    nsd_stop(&nsd);
}

/* ---- DNSSEC ---- */

static char signed_path[TEMP_PATH_MAX], broken_path[TEMP_PATH_MAX], anchor_path[TEMP_PATH_MAX];

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *format, ...)
{
    char command[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("failed: %s (is the package ldnsutils installed?)", command);
}

/* A zone signed with a new key, and the same with a record changed behind the signer's back. */
static int sign_zone(void **state)
{
    (void)state;
    char zone[TEMP_PATH_MAX];
    const char *folder = temp_folder();
    temp_file(zone, "signed.t",
              "$ORIGIN signed.t.\n$TTL 60\n@ SOA ns hm 1 3600 900 604800 5\n@ NS ns\n"
              "ns A 127.0.0.1\nh A 192.0.2.1\n_sip._udp SRV 0 0 5060 h\nalias CNAME h\n"
              "out CNAME h.plain.t.\n");
    run("cd %s && ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 -k signed.t > key-name && "
        "ldns-signzone -f signed.zone signed.t $(cat key-name) && cp $(cat key-name).key anchor && "
        "sed 's/192\\.0\\.2\\.1$/192.0.2.99/' signed.zone > broken.zone && "
        "! cmp -s signed.zone broken.zone",
        folder);
    snprintf(signed_path, sizeof signed_path, "%s/signed.zone", folder);
    snprintf(broken_path, sizeof broken_path, "%s/broken.zone", folder);
    snprintf(anchor_path, sizeof anchor_path, "%s/anchor", folder);
    return 0;
}

static const char plain_zone[] = "$ORIGIN plain.t.\n$TTL 60\n@ SOA ns hm 1 3600 900 604800 5\n"
                                 "@ NS ns\nns A 127.0.0.1\nh A 192.0.2.2\n";

static void validated_answers_are_secure(void **state)
{
    (void)state;
    const struct nsd_zone zones[] = {{"signed.t", NULL, signed_path},
                                     {"plain.t", plain_zone, NULL}};
    static const struct {
        const char *name;
        enum sw_rrtype type;
        const char *want;
        bool is_secure;
    } rows[] = {
        {"h.signed.t", SW_RR_A, "records 192.0.2.1", true},
        {"_sip._udp.signed.t", SW_RR_SRV, "records 0 0 5060 h.signed.t.", true},
        {"alias.signed.t", SW_RR_A, "records 192.0.2.1", true},
        {"h.signed.t", SW_RR_AAAA, "nodata", true},
        {"none.signed.t", SW_RR_A, "nxdomain", true},
        {"h.plain.t", SW_RR_A, "records 192.0.2.2", false},
        {"out.signed.t", SW_RR_A, "records 192.0.2.2", false}, /* the whole chain must be */
    };
    struct nsd nsd;
    nsd_start(&nsd, 0, zones, 2);
    open_client(&nsd, anchor_path);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
            const struct dns_result *r = dns_client_ask(&client, rows[i].name, rows[i].type);
            print_message("%s %s: %s\n", rows[i].name, r->text, r->why);
            assert_string_equal(r->text, rows[i].want);
            assert_int_equal(r->answer.is_secure, rows[i].is_secure);
        }
    }
    dns_client_close(&client);
    nsd_stop(&nsd);
}

static void what_does_not_fit_its_signature_is_bogus_d6(void **state)
{
    (void)state;
    const struct nsd_zone zones[] = {{"signed.t", NULL, broken_path}};
    struct nsd nsd;
    nsd_start(&nsd, 0, zones, 1);
    open_client(&nsd, anchor_path);
    for (int round = 0; round < 2; round++) {
        const struct dns_result *r = dns_client_ask(&client, "h.signed.t", SW_RR_A);
        print_message("%s: %s\n", r->text, r->why);
        assert_string_equal(r->text, "bogus");
        assert_int_equal(r->answer.rr_count, 0);
        assert_false(r->answer.is_secure);
        assert_true(r->why[0] != '\0');
    }
    assert_string_equal(dns_client_ask(&client, "alias.signed.t", SW_RR_A)->text, "bogus");
    const struct dns_result *r = dns_client_ask(&client, "_sip._udp.signed.t", SW_RR_SRV);
    assert_int_equal(r->answer.outcome, SW_OUTCOME_RECORDS); /* that one was not touched */
    assert_true(r->answer.is_secure);
    dns_client_close(&client);

    const struct sw_endpoint server = {{4, {127, 0, 0, 1}}, nsd.port};
    const struct ad_dns_conf conf = {
        .source = AD_DNS_SERVERS, .servers = &server, .server_count = 1, .dnssec = false};
    dns_client_open(&client, DNS_CLIENT_EPOLL, &conf);
    assert_string_equal(dns_client_ask(&client, "h.signed.t", SW_RR_A)->text, "records 192.0.2.99");
    assert_false(client.result.answer.is_secure);
    dns_client_close(&client);
    nsd_stop(&nsd);
}

static void zone_files_are_validated_where_anchors_are_given(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *anchors, *want;
        bool is_secure;
    } rows[] = {
        {signed_path, anchor_path, "records 192.0.2.1", true},
        {signed_path, NULL, "records 192.0.2.1", false},
        {broken_path, anchor_path, "bogus", false},
        {broken_path, NULL, "records 192.0.2.99", false},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct ad_dns_conf conf = {.source = AD_DNS_ZONES,
                                         .zone_files = &rows[i].zone,
                                         .zone_file_count = 1,
                                         .dnssec = true,
                                         .trust_anchor_file = rows[i].anchors};
        dns_client_open(&client, DNS_CLIENT_LIBEVENT, &conf);
        const struct dns_result *r = dns_client_ask(&client, "h.signed.t", SW_RR_A);
        print_message("%s: %s\n", r->text, r->why);
        assert_string_equal(r->text, rows[i].want);
        assert_int_equal(r->answer.is_secure, rows[i].is_secure);
        dns_client_close(&client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_authority_works_as_server),
        cmocka_unit_test(validated_answers_are_secure),
        cmocka_unit_test(what_does_not_fit_its_signature_is_bogus_d6),
        cmocka_unit_test(zone_files_are_validated_where_anchors_are_given),
    };
    return cmocka_run_group_tests(tests, sign_zone, NULL);
}
