/* SPDX-License-Identifier: BSD-2-Clause */
/* A client's session and a server's, back to back in memory. */
#include "adapter/tls_openssl.h"

#include "base/buf.h"
#include "support/check.h"
#include "support/temp.h"
#include "support/tls_certs.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY_S = 86400, ROUNDS_MAX = 100 };

static struct tls_cert ca, other_ca, between;

/* --- files ------------------------------------------------------------------------------- */

static const char *file(const char *name)
{
    static char rooms[8][512];
    static unsigned at;
    char *room = rooms[at++ % SW_ARRAY_LEN(rooms)];

    snprintf(room, sizeof rooms[0], "%s/%s", temp_folder(), name);
    return room;
}

static int make_authorities(void **state)
{
    (void)state;
    tls_cert_make(&ca, &(struct tls_cert_args){.common_name = "authority", .is_ca = true});
    tls_cert_make(&other_ca, &(struct tls_cert_args){.common_name = "another", .is_ca = true});
    tls_cert_make(&between,
                  &(struct tls_cert_args){.common_name = "between", .is_ca = true, .issuer = &ca});
    tls_cert_write(&ca, NULL, file("ca.pem"));
    return 0;
}

static int forget_authorities(void **state)
{
    (void)state;
    tls_cert_free(&ca);
    tls_cert_free(&other_ca);
    tls_cert_free(&between);
    return 0;
}

static struct ad_tls *context(const struct ad_tls_conf *conf)
{
    struct ad_tls_error error;
    struct ad_tls *tls = NULL;

    int rc = ad_tls_new(&tls, conf, &error);
    if (rc < 0)
        fail_msg("%d %s", error.file, error.text);
    return tls;
}

/* With a certificate of its own. */
static struct ad_tls *context_with(const struct tls_cert_args *args, struct ad_tls_conf conf,
                                   const struct tls_cert *up)
{
    struct tls_cert made;

    tls_cert_make(&made, args);
    tls_cert_write(&made, up, file("own.pem"));
    tls_key_write(&made, file("own.key"));
    tls_cert_free(&made);
    conf.certificate = file("own.pem");
    conf.key = file("own.key");
    conf.ca = file("ca.pem");
    if (conf.depth_max == 0)
        conf.depth_max = 9;
    return context(&conf);
}

static struct ad_tls *server_context(const struct tls_cert_args *args)
{
    return context_with(args, (struct ad_tls_conf){0}, NULL);
}

static struct ad_tls *client_context(void)
{
    return context(&(struct ad_tls_conf){.ca = file("ca.pem"), .depth_max = 9});
}

/* --- two sessions ------------------------------------------------------------------------ */

struct pair {
    struct ad_tls_session *client, *server;
    size_t piece_len; /* octets that travel at once; 0: all there are */
    size_t travelled;
    size_t cut_at; /* after so many octets of the client's nothing of his arrives; 0: all does */
    const char *wanted;
    struct px_identity_rules rules;
    char heard[2][1 << 17]; /* by the client, by the server */
    size_t heard_len[2];
};

static bool judge(void *arg, const struct px_cert *cert, struct sw_buf *why)
{
    const struct pair *p = arg;
    enum px_identity v = px_identity_check(cert, sw_slice_str(p->wanted), &p->rules);

    sw_buf_str(why, px_identity_text(v));
    return v == PX_IDENTITY_OK;
}

static struct pair *new_pair(struct ad_tls *client, struct ad_tls *server, const char *wanted)
{
    struct pair *p = calloc(1, sizeof *p);
    const struct ad_tls_args accepted = {.is_accepted = true};
    const struct ad_tls_args opened = {.sni = sw_slice_str(wanted), .judge = judge, .arg = p};

    assert_non_null(p);
    p->wanted = wanted;
    assert_int_equal(ad_tls_session_new(&p->client, client, &opened), 0);
    assert_int_equal(ad_tls_session_new(&p->server, server, &accepted), 0);
    /* Sessions outlive what they were made from: a reload does not touch them. */
    ad_tls_free(client);
    ad_tls_free(server);
    return p;
}

static void free_pair(struct pair *p)
{
    ad_tls_session_free(p->client);
    ad_tls_session_free(p->server);
    free(p);
}

static void hear(struct pair *p, struct ad_tls_session *s, unsigned who)
{
    size_t len;

    while ((len = ad_tls_read(s, p->heard[who] + p->heard_len[who],
                              sizeof p->heard[who] - p->heard_len[who])) > 0)
        p->heard_len[who] += len;
}

/* What one has for the other. True: there was something. */
static bool carry(struct pair *p, struct ad_tls_session *from, struct ad_tls_session *to,
                  unsigned who)
{
    struct sw_slice out = ad_tls_output(from);
    char *copy = malloc(out.len + 1);
    size_t len = out.len, step = p->piece_len == 0 ? out.len : p->piece_len;

    if (len > 0)
        memcpy(copy, out.p, len);
    ad_tls_output_taken(from);
    for (size_t at = 0; at < len; at += step) {
        size_t piece = at + step < len ? step : len - at;
        if (who == 1 && p->cut_at != 0 && p->travelled + piece > p->cut_at)
            piece = p->cut_at > p->travelled ? p->cut_at - p->travelled : 0;
        p->travelled += who == 1 ? piece : 0;
        if (piece == 0)
            break;
        ad_tls_receive(to, sw_slice(copy + at, piece));
        hear(p, to, who);
    }
    free(copy);
    return len > 0;
}

static void talk(struct pair *p)
{
    bool is_busy = true;

    ad_tls_receive(p->client, (struct sw_slice){NULL, 0});
    for (unsigned i = 0; i < ROUNDS_MAX && is_busy; i++) {
        is_busy = carry(p, p->client, p->server, 1);
        is_busy = carry(p, p->server, p->client, 0) || is_busy;
    }
}

/* --- who is believed --------------------------------------------------------------------- */

struct row {
    const char *claim;
    struct tls_cert_args args;
    const char *wanted;
    const char *why; /* in what is said about a failure; NULL: it is open */
    struct px_identity_rules rules;
};

static const struct row rows[] = {
    {"T121 the domain", {.alt = "DNS:d.t", .issuer = &ca}, "d.t", NULL, {0}},
    {"T122 the SRV target's name only",
     {.alt = "DNS:server1.d.t", .issuer = &ca},
     "d.t",
     "it names others",
     {0}},
    {"T123 a SIP URI", {.alt = "URI:sip:d.t", .issuer = &ca}, "d.t", NULL, {0}},
    {"T123 a user's SIP URI", {.alt = "URI:sip:bob@d.t", .issuer = &ca}, "d.t", "no domain", {0}},
    {"a wrong SIP URI beside the right dNSName",
     {.alt = "URI:sip:o.t,DNS:d.t", .issuer = &ca},
     "d.t",
     "SIP URIs name others",
     {0}},
    {"T124 a wildcard", {.alt = "DNS:*.d.t", .issuer = &ca}, "a.d.t", "it names others", {0}},
    {"a wildcard that may be",
     {.alt = "DNS:*.d.t", .issuer = &ca},
     "a.d.t",
     NULL,
     {.wildcards = true}},
    {"a common name", {.common_name = "d.t", .issuer = &ca}, "d.t", "no domain", {0}},
    {"a common name that may be",
     {.common_name = "d.t", .issuer = &ca},
     "d.t",
     NULL,
     {.common_name = true}},
    {"T125 a common name beside others",
     {.common_name = "d.t", .alt = "DNS:o.t", .issuer = &ca},
     "d.t",
     "it names others",
     {.common_name = true}},
    {"T128 an address", {.alt = "IP:192.0.2.1", .issuer = &ca}, "192.0.2.1", NULL, {0}},
    {"T128 an IPv6 address", {.alt = "IP:2001:db8::1", .issuer = &ca}, "2001:db8::1", NULL, {0}},
    {"an address as a name",
     {.alt = "DNS:192.0.2.1", .issuer = &ca},
     "192.0.2.1",
     "that address",
     {0}},
    {"a NUL in a name",
     {.raw_dns = "d.t\0.o.t", .raw_dns_len = 8, .issuer = &ca},
     "d.t",
     "it names others",
     {0}},
    {"expired",
     {.alt = "DNS:d.t", .issuer = &ca, .from_s = -2L * DAY_S, .until_s = -DAY_S},
     "d.t",
     "certificate has expired",
     {0}},
    {"not yet valid",
     {.alt = "DNS:d.t", .issuer = &ca, .from_s = DAY_S, .until_s = 2L * DAY_S},
     "d.t",
     "not yet valid",
     {0}},
    {"signed by itself", {.alt = "DNS:d.t"}, "d.t", "self-signed", {0}},
    {"from an authority nobody knows",
     {.alt = "DNS:d.t", .issuer = &other_ca},
     "d.t",
     "unable to get local issuer",
     {0}},
    {"for clients alone",
     {.alt = "DNS:d.t", .issuer = &ca, .use = "clientAuth"},
     "d.t",
     "purpose",
     {0}},
};

static void h1_h2_x4_who_is_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        const struct row *r = &rows[i];
        struct pair *p = new_pair(client_context(), server_context(&r->args), r->wanted);
        p->rules = r->rules;
        talk(p);
        struct sw_slice why = ad_tls_why(p->client);
        if (r->why == NULL && ad_tls_state(p->client) != AD_TLS_OPEN)
            fail_msg("%s: %.*s", r->claim, (int)why.len, why.p);
        if (r->why == NULL)
            assert_int_equal(ad_tls_state(p->server), AD_TLS_OPEN);
        if (r->why != NULL && ad_tls_state(p->client) != AD_TLS_FAILED)
            fail_msg("%s: believed", r->claim);
        if (r->why != NULL && memmem(why.p, why.len, r->why, strlen(r->why)) == NULL)
            fail_msg("%s: '%.*s'", r->claim, (int)why.len, why.p);
        /* The other side hears of it in an alert, before anything was said. */
        if (r->why != NULL) {
            assert_int_equal(ad_tls_state(p->server), AD_TLS_FAILED);
            why = ad_tls_why(p->server);
            if (memmem(why.p, why.len, "alert", 5) == NULL)
                fail_msg("%s: the server says '%.*s'", r->claim, (int)why.len, why.p);
        }
        free_pair(p);
    }
}

static void an_authority_between_is_sent_along(void **state)
{
    const struct tls_cert_args args = {.alt = "DNS:d.t", .issuer = &between};

    (void)state;
    struct pair *p =
        new_pair(client_context(), context_with(&args, (struct ad_tls_conf){0}, &between), "d.t");
    talk(p);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_OPEN);
    free_pair(p);
    /* Where none is allowed between, it is too far. */
    struct ad_tls *client = context(&(struct ad_tls_conf){.ca = file("ca.pem"), .depth_max = 0});
    p = new_pair(client, context_with(&args, (struct ad_tls_conf){0}, &between), "d.t");
    talk(p);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_FAILED);
    free_pair(p);
}

static void more_names_than_anybody_needs_are_refused(void **state)
{
    static char alt[PX_CERT_NAMES_MAX * 12];
    struct sw_buf b = sw_buf(alt, sizeof alt);

    (void)state;
    for (unsigned i = 0; i < PX_CERT_NAMES_MAX; i++) {
        sw_buf_str(&b, i == 0 ? "DNS:d.t" : ",DNS:n");
        sw_buf_u64(&b, i);
    }
    const struct tls_cert_args args = {.alt = sw_buf_cstr(&b), .issuer = &ca};
    assert_false(b.overflow);
    struct pair *p = new_pair(client_context(), server_context(&args), "d.t0");
    talk(p);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_FAILED);
    free_pair(p);
}

/* --- who comes in ------------------------------------------------------------------------ */

struct client_row {
    const char *claim;
    enum ad_tls_client client;
    struct tls_cert_args args; /* without any: it has none */
    bool has_cert;
    bool is_open;
    const char *name; /* that the server may rely on; NULL: none */
};

static const struct client_row client_rows[] = {
    {"nobody is asked", AD_TLS_CLIENT_NONE, {.alt = "DNS:c.t", .issuer = &ca}, true, true, NULL},
    {"asked, and it has none", AD_TLS_CLIENT_ASK, {0}, false, true, NULL},
    {"asked, and it verifies",
     AD_TLS_CLIENT_ASK,
     {.alt = "DNS:c.t", .issuer = &ca},
     true,
     true,
     "c.t"},
    {"asked, and it does not verify", AD_TLS_CLIENT_ASK, {.alt = "DNS:c.t"}, true, true, NULL},
    {"required, and it has none", AD_TLS_CLIENT_REQUIRE, {0}, false, false, NULL},
    {"required, and it verifies",
     AD_TLS_CLIENT_REQUIRE,
     {.alt = "DNS:c.t", .issuer = &ca},
     true,
     true,
     "c.t"},
    {"required, and it does not verify",
     AD_TLS_CLIENT_REQUIRE,
     {.alt = "DNS:c.t", .issuer = &other_ca},
     true,
     false,
     NULL},
    {"required, and it has expired",
     AD_TLS_CLIENT_REQUIRE,
     {.alt = "DNS:c.t", .issuer = &ca, .from_s = -2L * DAY_S, .until_s = -DAY_S},
     true,
     false,
     NULL},
    {"a server's certificate does for a proxy that calls",
     AD_TLS_CLIENT_REQUIRE,
     {.alt = "DNS:c.t", .issuer = &ca, .use = "serverAuth"},
     true,
     true,
     "c.t"},
    {"one for signing programs does not",
     AD_TLS_CLIENT_REQUIRE,
     {.alt = "DNS:c.t", .issuer = &ca, .use = "codeSigning"},
     true,
     false,
     NULL},
};

static void x4_clients_are_asked_for_certificates(void **state)
{
    static const struct tls_cert_args server = {.alt = "DNS:d.t", .issuer = &ca};

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(client_rows); i++) {
        const struct client_row *r = &client_rows[i];
        struct ad_tls *client =
            r->has_cert ? context_with(&r->args, (struct ad_tls_conf){0}, NULL) : client_context();
        struct pair *p = new_pair(
            client, context_with(&server, (struct ad_tls_conf){.client = r->client}, NULL), "d.t");
        talk(p);
        const struct px_cert *cert = ad_tls_cert(p->server);
        if ((ad_tls_state(p->server) == AD_TLS_OPEN) != r->is_open)
            fail_msg("%s", r->claim);
        if ((cert->count > 0) != (r->name != NULL))
            fail_msg("%s: %u names", r->claim, (unsigned)cert->count);
        if (r->name != NULL)
            assert_slice_equal(cert->names[0].text, r->name);
        /* In TLS 1.3 the client hears of a refusal after it thought that it was in. */
        assert_int_equal(ad_tls_state(p->client), r->is_open ? AD_TLS_OPEN : AD_TLS_FAILED);
        free_pair(p);
    }
}

/* --- octets ------------------------------------------------------------------------------ */

static struct pair *open_pair(struct ad_tls_conf conf, size_t piece_len)
{
    static const struct tls_cert_args args = {.alt = "DNS:d.t", .issuer = &ca};
    struct pair *p = new_pair(client_context(), context_with(&args, conf, NULL), "d.t");

    p->piece_len = piece_len;
    talk(p);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_OPEN);
    assert_int_equal(ad_tls_state(p->server), AD_TLS_OPEN);
    return p;
}

static void octets_arrive_in_any_pieces(void **state)
{
    static const size_t pieces[] = {0, 1, 2, 3, 5, 7, 100, 1000};

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(pieces); i++) {
        struct pair *p = open_pair((struct ad_tls_conf){0}, pieces[i]);
        ad_tls_write(p->client, SW_LIT("hel"));
        ad_tls_write(p->client, SW_LIT("lo"));
        ad_tls_write(p->server, SW_LIT("yes"));
        talk(p);
        assert_slice_equal(sw_slice(p->heard[1], p->heard_len[1]), "hello");
        assert_slice_equal(sw_slice(p->heard[0], p->heard_len[0]), "yes");
        free_pair(p);
    }
}

static void more_than_a_record_holds(void **state)
{
    static char big[100000];
    struct pair *p = open_pair((struct ad_tls_conf){0}, 0);

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7 + i / 251);
    ad_tls_write(p->server, sw_slice(big, sizeof big));
    talk(p);
    assert_int_equal(p->heard_len[0], sizeof big);
    assert_memory_equal(p->heard[0], big, sizeof big);
    free_pair(p);
}

static void versions(void **state)
{
    (void)state;
    free_pair(open_pair((struct ad_tls_conf){.version_min = AD_TLS_1_3}, 0));
    free_pair(open_pair((struct ad_tls_conf){.version_min = AD_TLS_1_2}, 0));
}

static void close_notify_is_an_end_in_order(void **state)
{
    struct pair *p = open_pair((struct ad_tls_conf){0}, 0);

    (void)state;
    ad_tls_write(p->server, SW_LIT("bye"));
    ad_tls_end(p->server);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_OPEN);
    talk(p);
    assert_slice_equal(sw_slice(p->heard[0], p->heard_len[0]), "bye");
    assert_int_equal(ad_tls_state(p->client), AD_TLS_ENDED);
    assert_int_equal(ad_tls_why(p->client).len, 0);
    /* And it says so too. */
    ad_tls_end(p->client);
    assert_true(ad_tls_output(p->client).len > 0);
    free_pair(p);
}

static void garbage_fails_with_an_alert(void **state)
{
    struct pair *p = open_pair((struct ad_tls_conf){0}, 0);

    (void)state;
    ad_tls_receive(p->client, SW_LIT("SIP/2.0 200 OK\r\n\r\n"));
    hear(p, p->client, 0);
    assert_int_equal(ad_tls_state(p->client), AD_TLS_FAILED);
    assert_true(ad_tls_why(p->client).len > 0);
    talk(p);
    assert_int_equal(ad_tls_state(p->server), AD_TLS_FAILED);
    free_pair(p);
}

static void a_request_in_the_clear_is_no_handshake(void **state)
{
    static const struct tls_cert_args args = {.alt = "DNS:d.t", .issuer = &ca};
    struct pair *p = new_pair(client_context(), server_context(&args), "d.t");

    (void)state;
    assert_int_equal(ad_tls_receive(p->server, SW_LIT("OPTIONS sip:d.t SIP/2.0\r\n")),
                     AD_TLS_FAILED);
    assert_true(ad_tls_why(p->server).len > 0);
    free_pair(p);
}

static void a_handshake_cut_anywhere_stays_where_it_is(void **state)
{
    static const struct tls_cert_args args = {.alt = "DNS:d.t", .issuer = &ca};
    size_t whole;

    (void)state;
    struct pair *p = open_pair((struct ad_tls_conf){0}, 0);
    whole = p->travelled;
    free_pair(p);
    for (size_t at = 1; at < whole; at += 1 + whole / 40) {
        p = new_pair(client_context(), server_context(&args), "d.t");
        p->cut_at = at;
        talk(p);
        assert_int_equal(ad_tls_state(p->server), AD_TLS_SHAKING);
        assert_int_equal(p->heard_len[1], 0);
        free_pair(p);
    }
}

/* T127: the name is in the client's first octets, as it is and nothing else. */
static void the_name_that_is_asked_for_is_in_the_first_octets(void **state)
{
    const struct ad_tls_args with = {.sni = SW_LIT("d.example")};
    const struct ad_tls_args without = {.sni = {NULL, 0}};
    const struct ad_tls_args bad = {.sni = SW_LIT("d\0.example")};
    struct ad_tls *tls = client_context();
    struct ad_tls_session *s;

    (void)state;
    assert_int_equal(ad_tls_session_new(&s, tls, &with), 0);
    ad_tls_receive(s, (struct sw_slice){NULL, 0});
    struct sw_slice hello = ad_tls_output(s);
    assert_non_null(memmem(hello.p, hello.len,
                           "\0\0\x09"
                           "d.example",
                           12));
    ad_tls_session_free(s);
    assert_int_equal(ad_tls_session_new(&s, tls, &without), 0);
    ad_tls_receive(s, (struct sw_slice){NULL, 0});
    hello = ad_tls_output(s);
    assert_true(hello.len > 0);
    assert_null(memmem(hello.p, hello.len, "example", 7));
    ad_tls_session_free(s);
    assert_int_equal(ad_tls_session_new(&s, tls, &bad), SW_E_INVAL);
    ad_tls_free(tls);
}

/* --- files that are wrong ---------------------------------------------------------------- */

static enum ad_tls_file wrong_file(struct ad_tls_conf conf, const char *text)
{
    struct ad_tls_error error;
    struct ad_tls *tls;

    assert_int_equal(ad_tls_new(&tls, &conf, &error), SW_E_FILE);
    if (strstr(error.text, text) == NULL)
        fail_msg("'%s' lacks '%s'", error.text, text);
    return error.file;
}

static void each_file_that_is_wrong_has_its_name(void **state)
{
    struct tls_cert one, two;
    FILE *f = fopen(file("rubbish.pem"), "w");

    (void)state;
    fputs("rubbish\n", f);
    fclose(f);
    tls_cert_make(&one, &(struct tls_cert_args){.alt = "DNS:d.t", .issuer = &ca});
    tls_cert_make(&two, &(struct tls_cert_args){.alt = "DNS:d.t", .issuer = &ca});
    tls_cert_write(&one, NULL, file("one.pem"));
    tls_key_write(&one, file("one.key"));
    tls_key_write(&two, file("two.key"));
    const char *cert = file("one.pem"), *key = file("one.key"), *none = file("none");
    const char *rubbish = file("rubbish.pem"), *other = file("two.key");

    struct ad_tls_conf conf = {.certificate = none, .key = key};
    assert_int_equal(wrong_file(conf, "No such file"), AD_TLS_CERTIFICATE);
    conf.certificate = rubbish;
    assert_int_equal(wrong_file(conf, "no start line"), AD_TLS_CERTIFICATE);
    conf = (struct ad_tls_conf){.certificate = cert, .key = none};
    assert_int_equal(wrong_file(conf, "No such file"), AD_TLS_KEY);
    conf.key = rubbish;
    assert_int_equal(wrong_file(conf, ""), AD_TLS_KEY);
    conf.key = other;
    assert_int_equal(wrong_file(conf, "does not belong to the certificate"), AD_TLS_KEY);
    conf = (struct ad_tls_conf){.certificate = cert, .key = key, .ca = none};
    assert_int_equal(wrong_file(conf, ""), AD_TLS_CA);
    conf.ca = rubbish;
    assert_int_equal(wrong_file(conf, ""), AD_TLS_CA);
    tls_cert_free(&one);
    tls_cert_free(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h1_h2_x4_who_is_believed),
        cmocka_unit_test(an_authority_between_is_sent_along),
        cmocka_unit_test(more_names_than_anybody_needs_are_refused),
        cmocka_unit_test(x4_clients_are_asked_for_certificates),
        cmocka_unit_test(octets_arrive_in_any_pieces),
        cmocka_unit_test(more_than_a_record_holds),
        cmocka_unit_test(versions),
        cmocka_unit_test(close_notify_is_an_end_in_order),
        cmocka_unit_test(garbage_fails_with_an_alert),
        cmocka_unit_test(a_request_in_the_clear_is_no_handshake),
        cmocka_unit_test(a_handshake_cut_anywhere_stays_where_it_is),
        cmocka_unit_test(the_name_that_is_asked_for_is_in_the_first_octets),
        cmocka_unit_test(each_file_that_is_wrong_has_its_name),
    };
    return cmocka_run_group_tests(tests, make_authorities, forget_authorities);
}
