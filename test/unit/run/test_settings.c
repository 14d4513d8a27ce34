/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/settings.h"

#include "run/conf_read.h"
#include "support/check.h"
#include "support/temp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTEN "listen: udp:127.0.0.1:5060\n"
#define TRUSTED "trusted: 10.0.0.0/8\n"
#define MINIMAL LISTEN TRUSTED
#define ROUTES LISTEN "domains: {name: a.example, routes: "
#define CODE(column, code)                                                                         \
    "2:" #column ": '" code                                                                        \
    "' cannot count as a failure of the server: 400 to 599 can, but 401 and 407\n"
#define NOT_OF_THIS_MACHINE                                                                        \
    "a listener needs an address of this machine: a multicast or broadcast address, an IPv4 one "  \
    "written as IPv6, or 0.x.x.x is none\n"
#define LONG_54 "sipward-sipward-sipward-sipward-sipward-sipward-sipwar"

static char path[TEMP_PATH_MAX];

struct told {
    char text[2048];
    size_t len;
};

static void tell(void *arg, struct ad_conf_place at, const char *what)
{
    struct told *t = arg;

    t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "%u:%u: %s\n", at.line,
                               at.column, what);
    assert_true(t->len < sizeof t->text);
}

static void write_text(const char *text)
{
    temp_file(path, "x.yaml", text);
}

static int read_text(struct sw_settings **s, struct told *told, const char *text)
{
    *told = (struct told){0};
    write_text(text);
    return sw_settings_read(s, path, NULL, tell, told);
}

static struct sw_settings *must_read(const char *text)
{
    struct sw_settings *s;
    struct told told;

    int rc = read_text(&s, &told, text);
    assert_string_equal(told.text, "");
    assert_int_equal(rc, 0);
    return s;
}

static bool is_denied(const struct sw_settings *s, const char *addr)
{
    const struct sw_policy *p = &s->proxy.policy;
    struct sw_netaddr a;

    assert_true(sw_netaddr_parse(sw_slice_str(addr), &a));
    for (size_t i = 0; i < p->denied_count; i++)
        if (sw_network_has(&p->denied[i], &a))
            return true;
    return false;
}

static void two_keys_are_enough(void **state)
{
    struct sw_settings *s = must_read("listen: udp:192.0.2.1\ntrusted: 192.0.2.0/24\n");

    (void)state;
    assert_int_equal(s->proxy.listener_count, 1);
    assert_int_equal(s->proxy.listeners[0].transport, SW_UDP);
    assert_int_equal(s->proxy.listeners[0].endpoint.port, 5060);
    assert_int_equal(s->proxy.policy.transport_count, 1);
    assert_int_equal(s->proxy.policy.transports[0], SW_UDP);
    assert_int_equal(s->proxy.trusted_count, 1);
    assert_int_equal(s->proxy.trusted[0].prefix_len, 24);
    assert_int_equal(s->proxy.domains->by_name.count, 0);
    assert_int_equal(s->dns.source, AD_DNS_SYSTEM);
    assert_true(s->dns.dnssec);
    assert_int_equal(s->proxy.transaction_us, SW_SECONDS(32));
    assert_int_equal(s->drain_us, SW_SECONDS(32));
    assert_int_equal(s->log.level, AD_LOG_INFO);
    assert_null(s->log.file);
    assert_false(s->proxy.record_route);
    assert_false(s->has_seed);
    sw_settings_free(s);
}

static void listeners_have_two_forms(void **state)
{
    static const struct {
        const char *text, *want;
        enum sw_transport transport;
    } rows[] = {
        {"listen: udp:127.0.0.1:5070\n", "127.0.0.1:5070", SW_UDP},
        {"listen: [\"tcp:[::1]:5070\"]\n", "[::1]:5070", SW_TCP},
        {"listen: TCP:::1\n", "[::1]:5060", SW_TCP},
        {"listen:\n- {transport: tcp, address: 192.0.2.1}\n", "192.0.2.1:5060", SW_TCP},
        {"listen: {port: 5080, transport: udp, address: '2001:db8::1'}\n", "[2001:db8::1]:5080",
         SW_UDP},
    };

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char text[256], room[64];
        struct sw_buf b = sw_buf(room, sizeof room);
        snprintf(text, sizeof text, "%s%s", rows[i].text, TRUSTED);
        struct sw_settings *s = must_read(text);
        assert_int_equal(s->proxy.listener_count, 1);
        assert_int_equal(s->proxy.listeners[0].transport, rows[i].transport);
        sw_endpoint_write(&b, &s->proxy.listeners[0].endpoint);
        assert_slice_equal(sw_buf_slice(&b), rows[i].want);
        sw_settings_free(s);
    }
}

static void every_kind_of_value_arrives(void **state)
{
    struct sw_settings *s =
        must_read("listen: [udp:127.0.0.1:5060, tcp:127.0.0.1:5060]\n"
                  "domains: [Vocal.COM., example.org]\n"
                  "names: proxy.vocal.com\n"
                  "allow-addresses: [127.0.0.11, 10.0.0.0/8]\n"
                  "transports: [tcp, udp]\n"
                  "family: prefer-6\nfailover: all\nsrv-draw: literal\nrecord-route: yes\n"
                  "recurse: yes\n"
                  "resolver: {zones: [x.yaml, /dev/null], dnssec: off, stale: 90 min, "
                  "timeout: 2s}\n"
                  "timers: {t1: 100 ms, idle: 1 h, connect: 750ms}\n"
                  "limits: {message: 32 KiB, transactions: 5}\n"
                  "log: {level: debug, format: json, file: log/sipward.log}\n"
                  "seed: 18446744073709551615\n");

    (void)state;
    assert_int_equal(s->proxy.domains->by_name.count, 2);
    assert_non_null(px_domains_find(s->proxy.domains, SW_LIT("vocal.com")));
    assert_non_null(px_domains_find(s->proxy.domains, SW_LIT("example.org")));
    assert_slice_equal(s->proxy.names[0], "proxy.vocal.com");
    assert_int_equal(s->proxy.policy.allowed_count, 2);
    assert_true(s->proxy.recurse);
    assert_int_equal(s->proxy.policy.transports[0], SW_TCP);
    assert_int_equal(s->proxy.policy.transport_count, 2);
    assert_int_equal(s->proxy.policy.family, SW_FAMILY_PREFER_6);
    assert_int_equal(s->proxy.policy.failover, SW_FAILOVER_ALL);
    assert_int_equal(s->proxy.policy.draw, SW_DRAW_LITERAL);
    assert_true(s->proxy.record_route);
    assert_int_equal(s->dns.source, AD_DNS_ZONES);
    assert_int_equal(s->dns.zone_file_count, 2);
    char beside[TEMP_PATH_MAX];
    snprintf(beside, sizeof beside, "%s/x.yaml", temp_folder());
    assert_string_equal(s->dns.zone_files[0], beside);
    assert_string_equal(s->dns.zone_files[1], "/dev/null");
    assert_false(s->dns.dnssec);
    assert_int_equal(s->dns.stale_max_s, 5400);
    assert_int_equal(s->proxy.policy.deadline_us, SW_SECONDS(2));
    assert_int_equal(s->proxy.times.t1_us, SW_MS(100));
    assert_int_equal(s->proxy.transaction_us, SW_MS(6400));
    assert_int_equal(s->proxy.idle_us, SW_SECONDS(3600));
    assert_int_equal(s->proxy.connect_us, SW_MS(750));
    assert_int_equal(s->proxy.limits.message_len, 32768);
    assert_int_equal(s->proxy.transactions_max, 5);
    assert_int_equal(s->log.level, AD_LOG_DEBUG);
    assert_int_equal(s->log.format, AD_LOG_JSON);
    snprintf(beside, sizeof beside, "%s/log/sipward.log", temp_folder());
    assert_string_equal(s->log.file, beside);
    assert_true(s->has_seed);
    assert_true(s->seed == UINT64_MAX);
    sw_settings_free(s);
}

static void c3_routes_arrive(void **state)
{
    struct sw_settings *s =
        must_read(LISTEN "domains:\n"
                         "- a.example\n"
                         "- name: B.Example.\n"
                         "  routes:\n"
                         "  - {user: alice, to: \"sip:{user}@pbx.example;transport=tcp\", "
                         "recurse: off}\n"
                         "  - {prefix: +49, via: \"sip:gw.example;lr\", "
                         "failover-codes: [500, 502]}\n"
                         "  - {to: \"sip:{user}@rest.example\"}\n"
                         "- {name: c.example, routes: []}\n");
    const struct px_domains *d = s->proxy.domains;

    (void)state;
    assert_int_equal(d->by_name.count, 3);
    assert_int_equal(px_domains_find(d, SW_LIT("a.example"))->route_count, 0);
    assert_int_equal(px_domains_find(d, SW_LIT("c.example"))->route_count, 0);
    const struct px_domain *b = px_domains_find(d, SW_LIT("b.example"));
    const struct px_route *route = px_domains_route(d, b, SW_LIT("alice"));
    assert_slice_equal(route->to, "sip:{user}@pbx.example;transport=tcp");
    assert_int_equal(route->via.len, 0);
    assert_true(route->has_recurse && !route->recurse);
    route = px_domains_route(d, b, SW_LIT("+4930"));
    assert_int_equal(route->to.len, 0);
    assert_slice_equal(route->via, "sip:gw.example;lr");
    assert_int_equal(route->failover_codes[0], 500);
    assert_int_equal(route->failover_codes[1], 502);
    assert_int_equal(route->failover_codes[2], 0);
    assert_false(route->has_recurse);
    route = px_domains_route(d, b, SW_LIT("bob"));
    assert_slice_equal(route->to, "sip:{user}@rest.example");
    sw_settings_free(s);
}

static void c4_dialogs_of_served_domains_are_recorded_unless_a_key_says_no(void **state)
{
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {MINIMAL, false},
        {MINIMAL "record-route: true\n", true},
        {LISTEN "domains: d.t\n", true},
        {MINIMAL "domains: d.t\n", true},
        {LISTEN "domains: d.t\nrecord-route: false\n", false},
    };

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        struct sw_settings *s = must_read(rows[i].text);
        assert_int_equal(s->proxy.record_route, rows[i].want);
        sw_settings_free(s);
    }
}

static void f1_n9_r7_a_profile_gives_defaults_and_keys_count_more(void **state)
{
    static const struct {
        const char *text;
        enum sw_failover failover;
        uint64_t try_us;
    } rows[] = {
        {"", SW_FAILOVER_RFC, SW_SECONDS(4)},
        {"profile: rfc\n", SW_FAILOVER_RFC, SW_SECONDS(4)},
        {"profile: edge\n", SW_FAILOVER_ALL, SW_SECONDS(2)},
        {"failover: none\nprofile: edge\n", SW_FAILOVER_NONE, SW_SECONDS(2)},
        {"profile: edge\ntimers: {try: 3 s}\n", SW_FAILOVER_ALL, SW_SECONDS(3)},
        {"timers: {try: 1 s}\n", SW_FAILOVER_RFC, SW_SECONDS(1)},
    };

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char text[256];
        snprintf(text, sizeof text, "%s%s", MINIMAL, rows[i].text);
        struct sw_settings *s = must_read(text);
        assert_int_equal(s->proxy.policy.failover, rows[i].failover);
        assert_int_equal(s->proxy.try_us, rows[i].try_us);
        assert_false(s->proxy.policy.allow_downgrade);
        sw_settings_free(s);
    }
    struct sw_settings *s = must_read(MINIMAL "failover-codes: [500, 404]\n"
                                              "limits: {source-rate: 7, source-burst: 9, "
                                              "sources: 100, trusted-too: yes}\n");
    assert_int_equal(s->proxy.failover_codes[0], 500);
    assert_int_equal(s->proxy.failover_codes[1], 404);
    assert_int_equal(s->proxy.failover_codes[2], 0);
    assert_int_equal(s->proxy.source_rate.per_s, 7);
    assert_int_equal(s->proxy.source_rate.burst, 9);
    assert_int_equal(s->proxy.sources_max, 100);
    assert_true(s->proxy.limits_trusted);
    sw_settings_free(s);
}

static void servers_alone_make_the_source_servers(void **state)
{
    struct sw_settings *s = must_read(
        MINIMAL "resolver: {servers: [192.0.2.53, '[2001:db8::53]:5353'], zones: x.yaml}\n");

    (void)state;
    assert_int_equal(s->dns.source, AD_DNS_SERVERS);
    assert_int_equal(s->dns.server_count, 2);
    assert_int_equal(s->dns.servers[0].port, 0);
    assert_int_equal(s->dns.servers[1].port, 5353);
    assert_int_equal(s->dns.zone_file_count, 1);
    sw_settings_free(s);
}

static void h4_loopback_link_local_and_ourselves_are_denied(void **state)
{
    struct sw_settings *s = must_read("listen: [udp:192.0.2.1, 'udp:[2001:db8::1]']\n" TRUSTED
                                      "deny-addresses: 198.51.100.0/24\n");

    (void)state;
    assert_true(is_denied(s, "127.0.0.1"));
    assert_true(is_denied(s, "127.255.0.1"));
    assert_true(is_denied(s, "::1"));
    assert_true(is_denied(s, "169.254.7.7"));
    assert_true(is_denied(s, "fe80::1"));
    assert_true(is_denied(s, "192.0.2.1"));
    assert_true(is_denied(s, "2001:db8::1"));
    assert_true(is_denied(s, "198.51.100.9"));
    assert_false(is_denied(s, "192.0.2.2"));
    assert_false(is_denied(s, "2001:db8::2"));
    assert_false(is_denied(s, "10.0.0.1"));
    assert_true(s->proxy.policy.allow_local_zones);
    sw_settings_free(s);
}

static void an_open_relay_must_be_asked_for(void **state)
{
    static const char *const wide[] = {"0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3"};
    static const char *const narrow[] = {"10.0.0.0/8", "fc00::/7", "fe80::/10", "2001:db8::/32"};
    char text[512];

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(wide); i++) {
        struct sw_settings *s;
        struct told told;
        snprintf(text, sizeof text, LISTEN "trusted: ['%s']\n", wide[i]);
        assert_int_equal(read_text(&s, &told, text), SW_E_CONF);
        assert_string_equal(told.text,
                            "2:1: trusted takes in the whole world or a large part of it, which "
                            "makes this proxy an open relay: name your own networks, or ask for "
                            "it with the key open-relay\n");
        snprintf(text, sizeof text,
                 LISTEN "trusted: ['%s']\n"
                        "open-relay: anybody may send anything anywhere through this proxy\n",
                 wide[i]);
        sw_settings_free(must_read(text));
        snprintf(text, sizeof text, LISTEN "trusted: ['%s']\n", narrow[i]);
        sw_settings_free(must_read(text));
    }
}

/* One row a mistake; the sentence is what a person sees behind FILE:. */
static void each_mistake_is_told_where_it_stands(void **state)
{
    static const struct {
        const char *name, *text, *want;
    } rows[] = {
        {"nothing at all", "",
         "1:1: listen is missing: it names where to listen, like "
         "listen: [udp:192.0.2.1:5060, tcp:192.0.2.1:5060]\n"},
        {"nobody may use it", LISTEN,
         "1:1: nothing could be forwarded: name your networks with trusted, or the domains you "
         "serve with domains\n"},
        {"no mapping", "- udp\n",
         "1:1: the file must be a mapping of keys, like trusted: 192.0.2.0/24\n"},
        {"unknown key", MINIMAL "zzz: 1\n",
         "3:1: unknown key 'zzz': sipward.yaml(5) has all there are\n"},
        {"slip of the pen", MINIMAL "trustde: 1\ntimers: {\n  idel: 3 s}\n",
         "3:1: unknown key 'trustde': did you mean trusted?\n"
         "5:3: unknown key 'idel': did you mean idle?\n"},
        {"hostile key", MINIMAL "\"a\\e[2J\": 1\n",
         "3:1: unknown key 'a\\027[2J': sipward.yaml(5) has all there are\n"},
        {"section that is none", MINIMAL "log: info\n",
         "3:6: log must be a mapping of keys: sipward.yaml(5) has them\n"},
        {"several at once", "listen: udp\nfamily: 5\nlog: {level: loud}\n",
         "1:9: 'udp' is not a listener like udp:192.0.2.1:5060\n"
         "2:9: '5' is not known: family must be any, 4, 6, prefer-4 or prefer-6\n"
         "3:14: 'loud' is not known: log.level must be error, warn, info or debug\n"},
        {"values that are lists and mappings",
         MINIMAL "timers: {t1: [500 ms]}\nlimits: {message: [1], via: {a: 1}}\n"
                 "open-relay: []\nadmin: []\nlog: {file: []}\n",
         "3:14: a list stands here: it must be a time with its unit, like 500 ms, 3 s, 10 min or "
         "1 h\n"
         "4:19: a list stands here: it must be a size, like 65536, 64 KiB or 4 MiB\n"
         "4:29: a mapping stands here: it must be a whole number\n"
         "5:13: a list stands here: it must be \"anybody may send anything anywhere through this "
         "proxy\"\n"
         "6:8: a list stands here: it must be an address and port\n"
         "7:13: a list stands here: it must be the name of a file\n"},
        {"members of lists that are lists",
         LISTEN "trusted: [[10.0.0.0/8]]\nnames: [[a.t]]\ntransports: [[udp]]\n"
                "failover-codes: [{a: 500}]\n",
         "2:11: a list stands here: it must be a network\n"
         "3:9: a list stands here: it must be a domain name\n"
         "4:14: a list stands here: it must be a transport\n"
         "5:18: a mapping stands here: it must be a response code\n"},
        {"listener that is a list", "listen: [[udp:127.0.0.1]]\n" TRUSTED,
         "1:10: a list stands here: it must be a listener\n"},
        {"listener whose members are lists",
         "listen: {transport: [udp], address: [127.0.0.1], port: [5060]}\n" TRUSTED,
         "1:21: a list stands here: it must be udp, tcp or tls\n"
         "1:37: a list stands here: it must be an address\n"
         "1:56: a list stands here: it must be a port\n"},
        {"listener at a name", "listen: {transport: udp, address: a.t}\n" TRUSTED,
         "1:35: 'a.t' is not an address like 192.0.2.1 or 2001:db8::1\n"},
        {"listener without address", "listen: [{transport: udp}]\n" TRUSTED,
         "1:10: a listener needs address\n"},
        {"listener without transport", "listen: [{address: 127.0.0.1}]\n" TRUSTED,
         "1:10: a listener needs transport\n"},
        {"listener with more", "listen: [{transport: udp, address: 127.0.0.1, prot: 1}]\n" TRUSTED,
         "1:47: unknown key 'prot': a listener has transport, address and port\n"},
        {"listener on port 0", "listen: udp:127.0.0.1:0\n" TRUSTED,
         "1:9: '127.0.0.1:0' is not an address and port like 192.0.2.1:5060 or "
         "[2001:db8::1]:5060\n"},
        {"listener on port 65536",
         "listen: {transport: udp, address: '::1', port: 65536}\n" TRUSTED,
         "1:48: '65536' is not a port between 1 and 65535\n"},
        {"listener by name", "listen: udp:localhost:5060\n" TRUSTED,
         "1:9: 'localhost:5060' is not an address and port like 192.0.2.1:5060 or "
         "[2001:db8::1]:5060\n"},
        {"listener everywhere", "listen: [udp:0.0.0.0, 'udp:[::]:5060']\n" TRUSTED,
         "1:10: a listener needs an address of this machine: others must find it in Via and "
         "Record-Route\n"
         "1:23: a listener needs an address of this machine: others must find it in Via and "
         "Record-Route\n"},
        {"listener for many", "listen: ['udp:224.0.0.1', 'udp:[::ffff:192.0.2.1]']\n" TRUSTED,
         "1:10: " NOT_OF_THIS_MACHINE "1:27: " NOT_OF_THIS_MACHINE},
        {"listener twice", "listen: [udp:127.0.0.1, udp:127.0.0.1:5060]\n" TRUSTED,
         "1:25: this listener is given twice: leave one out\n"},
        {"transport unknown", "listen: quic:127.0.0.1\n" TRUSTED,
         "1:9: 'quic' is not a transport: udp, tcp and tls are\n"},
        {"transport not here", "listen: [sctp:127.0.0.1, wss:127.0.0.1]\n" TRUSTED,
         "1:10: sctp is not available in this program: udp, tcp and tls are\n"
         "1:26: wss is not available in this program: udp, tcp and tls are\n"},
        {"tcp and tls at one port", "listen: [tcp:127.0.0.1:5061, tls:127.0.0.1]\n" TRUSTED,
         "1:30: tcp and tls cannot share an address and port\n"},
        {"tls without a certificate", "listen: tls:127.0.0.1\n" TRUSTED,
         "1:1: listen has tls, so tls.certificate and tls.key must name files\n"},
        {"certificate without a key", MINIMAL "tls: {certificate: a.pem}\n",
         "3:7: tls.key is missing: the private key of that certificate\n"},
        {"key without a certificate", MINIMAL "tls: {key: a.key}\n",
         "3:7: tls.certificate is missing: the certificate of that key\n"},
        {"certificate that is not there",
         MINIMAL "tls: {key: /nonexistent.key, certificate: /nonexistent.pem}\n",
         "3:43: tls.certificate '/nonexistent.pem': No such file or directory\n"},
        {"certificate that is none", MINIMAL "tls: {key: x.yaml, certificate: x.yaml}\n",
         "3:33: tls.certificate 'x.yaml': no start line\n"},
        {"names of clients that nobody asks", MINIMAL "tls: {trusted-names: a.t}\n",
         "3:7: trusted-names needs tls.client: ask or require, else no client shows a "
         "certificate\n"},
        {"client otherwise", MINIMAL "tls: {client: perhaps}\n",
         "3:15: 'perhaps' is not known: tls.client must be none, ask or require\n"},
        {"an old version", MINIMAL "tls: {min-version: 1.1}\n",
         "3:20: '1.1' is not known: tls.min-version must be 1.2 or 1.3\n"},
        {"listen empty", "listen: []\n" TRUSTED,
         "1:1: listen is empty: it names where to listen, like udp:192.0.2.1:5060\n"},
        {"transport without listener", MINIMAL "transports: [udp, tcp]\n",
         "3:1: transports has tcp, but there is no listener to send from\n"},
        {"transport twice", MINIMAL "transports: [udp, udp]\n",
         "3:19: udp is given twice: leave one out\n"},
        {"no transports", MINIMAL "transports: []\n",
         "3:1: transports is empty: nothing could be sent\n"},
        {"family without listener", MINIMAL "family: 6\n",
         "3:1: family is 6, but no listener has an IPv6 address to send from\n"},
        {"time without unit", MINIMAL "timers: {t1: 500}\n",
         "3:14: '500' is not a time with its unit, like 500 ms, 3 s, 10 min or 1 h\n"},
        {"time too long", MINIMAL "timers: {t1: 5 s}\n",
         "3:14: timers.t1 must lie between 10 ms and 4 s\n"},
        {"time beyond counting", MINIMAL "timers: {t1: 99999999999999999 h}\n",
         "3:14: '99999999999999999 h' is not a time with its unit, like 500 ms, 3 s, 10 min or "
         "1 h\n"},
        {"less than RFC 3261 allows", MINIMAL "timers: {timer-c: 180 s}\n",
         "3:19: timers.timer-c must lie between 181 s and 24 h\n"},
        {"times that do not fit", MINIMAL "timers: {t1: 3 s, t2: 2 s}\n",
         "3:10: t1 must not be longer than t2\n"},
        {"transaction too short", MINIMAL "timers: {transaction: 2 s}\n",
         "3:10: the whole transaction must not be shorter than resolver.timeout\n"},
        {"size with a wrong unit", MINIMAL "limits: {message: 64 kB}\n",
         "3:19: '64 kB' is not a size, like 65536, 64 KiB or 4 MiB\n"},
        {"size out of range", MINIMAL "limits: {message: 1 MiB}\n",
         "3:19: limits.message must lie between 1 KiB and 64 KiB\n"},
        {"negative number", MINIMAL "limits: {via: -1}\n", "3:15: '-1' is not a whole number\n"},
        {"list for a value", MINIMAL "record-route: [true]\n",
         "3:15: a list stands here: it must be true or false\n"},
        {"neither true nor false", MINIMAL "record-route: maybe\n",
         "3:15: 'maybe' is neither true nor false\n"},
        {"network with host bits", LISTEN "trusted: 10.0.0.1/8\n",
         "2:10: '10.0.0.1/8' is not a network like 192.0.2.0/24 or 2001:db8::/32 (no bits may be "
         "set behind the prefix)\n"},
        {"no domain", LISTEN "domains: ['a..b', 'x y']\n",
         "2:11: 'a..b' is not a domain name like example.com\n2:19: 'x y' is not a domain name "
         "like example.com\n"},
        {"domain twice", LISTEN "domains: [a.example, {name: A.example.}]\n",
         "2:29: the domain a.example is given twice: its routes go together\n"},
        {"domain without a name", LISTEN "domains: [{routes: []}]\n",
         "2:11: a domain needs its name, like {name: a.example, routes: [...]}\n"},
        {"domain with more", LISTEN "domains: {name: a.example, route: 1}\n",
         "2:28: unknown key 'route': a domain has name and routes\n"},
        {"domain in a list of its own", LISTEN "domains: [[a.example]]\n",
         "2:11: a list stands here: it must be a domain name, or {name: a.example, routes: "
         "[...]}\n"},
        {"routes that are no list", ROUTES "{user: a, to: 'sip:b@c'}}\n",
         "2:36: routes must be a list like [{user: alice, to: \"sip:alice@pbx.example\"}]\n"},
        {"route that is no mapping", ROUTES "['sip:b@c']}\n",
         "2:37: a route is a mapping like {user: alice, to: \"sip:alice@pbx.example\"}\n"},
        {"route with more", ROUTES "[{usr: a, to: 'sip:b@c'}]}\n",
         "2:38: unknown key 'usr': a route has user or prefix, to or via, failover-codes and "
         "recurse\n"},
        {"route that may follow or not", ROUTES "[{to: 'sip:b@c', recurse: perhaps}]}\n",
         "2:62: 'perhaps' is neither true nor false\n"},
        {"route of two kinds", ROUTES "[{user: a, prefix: b, to: 'sip:b@c'}]}\n",
         "2:47: a route is for a user or for a prefix, not both\n"},
        {"route to nowhere", ROUTES "[{user: a}]}\n",
         "2:37: a route needs to (the new Request-URI) or via (the next hop)\n"},
        {"route for no user", ROUTES "[{user: '', to: 'sip:b@c'}]}\n",
         "2:44: '' is not the user part of a SIP URI, like alice or +4930\n"},
        {"route for what no URI can have", ROUTES "[{prefix: 'a@b', to: 'sip:b@c'}]}\n",
         "2:46: 'a@b' is not the user part of a SIP URI, like alice or +4930\n"},
        {"route for too long a prefix",
         ROUTES "[{prefix: '0123456789012345678901234567890123456789012345678901234567890123x', "
                "to: 'sip:b@c'}]}\n",
         "2:46: '0123456789012345678901234567890123456789012345678901234567890123x' is longer than "
         "64 characters\n"},
        {"route to no URI", ROUTES "[{to: pbx.example}]}\n",
         "2:42: 'pbx.example' is not a SIP URI for requests, like sip:{user}@pbx.example\n"},
        {"route to what is no user", ROUTES "[{to: 'sip:{usr}@pbx.example'}]}\n",
         "2:42: 'sip:{usr}@pbx.example' is not a SIP URI for requests, like "
         "sip:{user}@pbx.example\n"},
        {"route with header fields", ROUTES "[{to: 'sip:a@b?Subject=x'}]}\n",
         "2:42: 'sip:a@b?Subject=x' is not a SIP URI for requests, like sip:{user}@pbx.example\n"},
        {"route via no URI", ROUTES "[{via: 'sip:{user}@gw'}]}\n",
         "2:43: 'sip:{user}@gw' is not a SIP URI of a next hop, like "
         "sip:gw.example;transport=tcp\n"},
        {"route of lists", ROUTES "[{user: [a], to: [b], via: {c: d}}]}\n",
         "2:44: a list stands here: it must be the user part of a URI\n"
         "2:53: a list stands here: it must be a SIP URI\n"
         "2:63: a mapping stands here: it must be a SIP URI\n"},
        {"routes twice",
         ROUTES "[{user: a, to: 'sip:b@c'}, {user: '%61', to: 'sip:c@c'}, "
                "{via: 'sip:d'}, {via: 'sip:e'}]}\n",
         "2:63: this is the second route of a.example for user %61\n"
         "2:109: this is the second route of a.example for everybody else\n"},
        {"codes that are no failures",
         ROUTES "[{via: 'sip:d', failover-codes: [200, 407, 603, x, 399, 500]}]}\n",
         CODE(69, "200") CODE(74, "407") CODE(79, "603") CODE(84, "x") CODE(87, "399")},
        {"codes without end",
         ROUTES "[{via: 'sip:d', failover-codes: [500, 501, 502, 504, 505, 404, 408, 410, 480]}]}"
                "\n",
         "2:109: more than 8 codes: leave this one out\n"},
        {"code that is no failure", MINIMAL "failover-codes: 301\n",
         "3:17: '301' cannot count as a failure of the server: 400 to 599 can, but 401 and 407\n"},
        {"profile unknown", MINIMAL "profile: core\n",
         "3:10: 'core' is not known: profile must be rfc or edge\n"},
        {"try time too short", MINIMAL "timers: {try: 500 ms}\n",
         "3:15: timers.try must lie between 1 s and 32 s\n"},
        {"burst of nothing", MINIMAL "limits: {source-burst: 0}\n",
         "3:24: limits.source-burst must lie between 1 and 1000000\n"},
        {"relay by accident", LISTEN "trusted: 0.0.0.0/0\nopen-relay: true\n",
         "3:13: an open relay must be asked for in these words: open-relay: \"anybody may send "
         "anything anywhere through this proxy\"\n"
         "2:1: trusted takes in the whole world or a large part of it, which makes this proxy an "
         "open relay: name your own networks, or ask for it with the key open-relay\n"},
        {"servers without servers", MINIMAL "resolver: {source: servers}\n",
         "3:20: source is servers, but resolver.servers names none\n"},
        {"servers nobody asks", MINIMAL "resolver: {source: root, servers: 192.0.2.53}\n",
         "3:26: servers are only asked when source is servers\n"},
        {"a stub without servers to ask", MINIMAL "resolver: {mode: stub, source: root}\n",
         "3:32: a stub asks servers: source must be system or servers\n"},
        {"a stub with zones", MINIMAL "resolver:\n  mode: stub\n  zones: x.yaml\n",
         "5:3: a stub reads no zone files: take them out, or mode stub\n"},
        {"a stub with an anchor", MINIMAL "resolver: {mode: stub, trust-anchor: x.yaml}\n",
         "3:24: a stub leaves validating to its servers: take trust-anchor out, or mode stub\n"},
        {"files of the resolver that are not there",
         MINIMAL "resolver:\n  zones: [x.yaml, n.zone]\n  trust-anchor: n.key\n"
                 "  resolv-conf: /n/r.conf\n",
         "4:19: resolver.zones 'n.zone': No such file or directory\n"
         "5:17: resolver.trust-anchor 'n.key': No such file or directory\n"
         "6:16: resolver.resolv-conf '/n/r.conf': No such file or directory\n"},
        {"a mode of ours", MINIMAL "resolver: {mode: forward}\n",
         "3:18: 'forward' is not known: resolver.mode must be validate or stub\n"},
        {"zones without zones", MINIMAL "resolver: {source: zones}\n",
         "3:20: source is zones, but resolver.zones names no file\n"},
        {"server by name", MINIMAL "resolver: {servers: dns.example}\n",
         "3:21: 'dns.example' is not an address like 192.0.2.53 or [2001:db8::53]:5353\n"},
        {"servers in a list of their own", MINIMAL "resolver: {servers: [[192.0.2.53]]}\n",
         "3:22: a list stands here: it must be an address\n"},
        {"zones in a mapping", MINIMAL "resolver: {zones: {a: b}}\n",
         "3:19: a mapping stands here: it must be the name of a file\n"},
        {"file without a name", MINIMAL "log: {file: ''}\n",
         "3:13: log.file is empty: it must name a file\n"},
        {"socket whose path is too long", MINIMAL "control: /" LONG_54 LONG_54 "\n",
         "3:1: the path of a socket has at most 107 octets, and this one has 109\n"},
        {"socket without a name", MINIMAL "control: ''\n",
         "3:10: control is empty: it must name a file\n"},
        {"metrics without a port", MINIMAL "admin: 127.0.0.1\n",
         "3:8: '127.0.0.1' is not an address and port like 127.0.0.1:9090\n"},
        {"metrics for everybody", MINIMAL "admin: 192.0.2.1:9090\n",
         "3:1: admin is not a loopback address, and whoever reaches it may read it: set "
         "admin-exposed: true when that is meant\n"},
        {"too long a history", MINIMAL "log: {history: 2000000}\n",
         "3:16: log.history must lie between 0 and 1000000\n"},
        {"given twice and wrong too", MINIMAL "seed: 1\nseed: 2\nlog: {level: x}\n",
         "4:1: the key 'seed' is given twice\n"
         "5:14: 'x' is not known: log.level must be error, warn, info or debug\n"},
        {"not YAML", "listen: [\n",
         "2:1: not YAML: while parsing a flow node: did not find expected node content\n"},
    };
    struct sw_settings *s = NULL;
    struct told told;

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(read_text(&s, &told, rows[i].text), SW_E_CONF);
        assert_string_equal(told.text, rows[i].want);
        assert_null(s);
    }
}

static void more_listeners_than_there_is_room_for_are_told(void **state)
{
    char text[2048];
    struct sw_settings *s;
    struct told told;
    int len = snprintf(text, sizeof text, TRUSTED "listen:\n");

    (void)state;
    for (int i = 0; i < PX_LISTENERS_MAX + 2; i++)
        len += snprintf(text + len, sizeof text - (size_t)len, "- udp:127.0.0.1:%d\n", 6000 + i);
    assert_int_equal(read_text(&s, &told, text), SW_E_CONF);
    assert_string_equal(told.text, "67:3: more than 64 listeners: leave this one out\n");
}

static void a_file_that_is_not_there_is_told(void **state)
{
    struct sw_settings *s;
    struct told told = {0};

    (void)state;
    assert_int_equal(sw_settings_read(&s, "/nonexistent.yaml", NULL, tell, &told), SW_E_CONF);
    assert_string_equal(told.text, "0:0: cannot be read: No such file or directory\n");
}

static size_t read_whole(const char *file, char *room, size_t cap)
{
    int fd = open(file, O_RDONLY);

    assert_true(fd >= 0);
    ssize_t n = read(fd, room, cap - 1);
    assert_true(n > 0 && (size_t)n < cap - 1);
    close(fd);
    room[n] = '\0';
    return (size_t)n;
}

/* The line of the sample that has the key, commented out or not. */
static bool sample_has(const char *sample, const char *name)
{
    const char *dot = strchr(name, '.');
    const char *key = dot == NULL ? name : dot + 1;
    char pattern[64];

    snprintf(pattern, sizeof pattern, "\n%s%s:", dot == NULL ? "" : "  ", key);
    if (strstr(sample, pattern) != NULL)
        return true;
    snprintf(pattern, sizeof pattern, "\n%s# %s:", dot == NULL ? "" : "  ", key);
    return strstr(sample, pattern) != NULL;
}

static void the_sample_is_right_and_names_every_key(void **state)
{
    static char sample[32768];
    struct sw_conf_key_doc doc;
    struct sw_settings *s;
    struct told told = {0};

    (void)state;
    assert_int_equal(sw_settings_read(&s, "examples/sipward.yaml", NULL, tell, &told), 0);
    assert_string_equal(told.text, "");
    assert_int_equal(s->proxy.listener_count, 4);
    sw_settings_free(s);
    read_whole("examples/sipward.yaml", sample, sizeof sample);
    for (size_t i = 0; sw_conf_key_doc(i, &doc); i++) {
        print_message("%s\n", doc.name);
        assert_true(sample_has(sample, doc.name));
        assert_true(strlen(doc.help) > 10);
    }
}

static const struct sw_conf_key *row_of(const char *name, struct sw_slice *section,
                                        struct sw_slice *rest)
{
    const char *dot = strchr(name, '.');

    *section = sw_slice(name, dot == NULL ? 0 : (size_t)(dot - name));
    *rest = sw_slice_str(dot == NULL ? name : dot + 1);
    const struct sw_conf_key *key = sw_conf_key_find(*section, *rest);
    assert_non_null(key);
    return key;
}

/* The minimal file, and that key with that value. */
static void write_with(char *text, size_t size, const char *name, const char *value)
{
    struct sw_slice section, rest;

    (void)row_of(name, &section, &rest);
    snprintf(text, size, section.len == 0 ? MINIMAL "%.*s%s: %s\n" : MINIMAL "%.*s: {%s: %s}\n",
             (int)section.len, section.p, rest.p, value);
}

/* " (1 s to 24 h)", " (rfc or edge)": what the reader says of a value that is none; "" for keys
 * that have no bounds. */
static void write_values(char *out, size_t size, const char *name)
{
    struct sw_slice section, rest;
    const struct sw_conf_key *key = row_of(name, &section, &rest);
    struct sw_settings *s;
    struct told told;
    char text[256], phrase[64];
    const char *wrong = key->words != NULL              ? "no-such-word"
                        : key->read == sw_conf_duration ? "99999 h"
                        : key->read == sw_conf_size     ? "99999 GiB"
                        : key->read == sw_conf_number   ? "99999999999"
                                                        : NULL;

    out[0] = '\0';
    if (wrong == NULL)
        return;
    write_with(text, sizeof text, name, wrong);
    assert_int_equal(read_text(&s, &told, text), SW_E_CONF);
    snprintf(phrase, sizeof phrase, "%s must %s ", name, key->words != NULL ? "be" : "lie between");
    char *values = strstr(told.text, phrase);
    assert_non_null(values);
    values += strlen(phrase);
    *strchr(values, '\n') = '\0';
    char *between = strstr(values, " and ");
    if (between == NULL)
        snprintf(out, size, " (%s)", values);
    else
        snprintf(out, size, " (%.*s to %s)", (int)(between - values), values, between + 5);
}

/* A key, its default, its sentence and what it may be stand in the document as the program has
 * them. */
static void the_document_has_every_key(void **state)
{
    static char text[32768];
    struct sw_conf_key_doc doc;

    (void)state;
    read_whole("docs/configuration.md", text, sizeof text);
    for (size_t i = 0; sw_conf_key_doc(i, &doc); i++) {
        char row[512], values[128];
        write_values(values, sizeof values, doc.name);
        snprintf(row, sizeof row, "\n| `%s` | %s | %.*s%s. |\n", doc.name, doc.fallback,
                 (int)strlen(doc.help) - 1, doc.help, values);
        if (strstr(text, row) == NULL)
            fail_msg("docs/configuration.md needs this row:%s", row);
    }
}

/* The default a document names is the one that counts: given in the file it changes nothing. */
static void every_documented_default_is_the_real_one(void **state)
{
    struct sw_conf_key_doc doc;
    struct sw_settings *plain = must_read(MINIMAL);
    unsigned compared = 0;

    (void)state;
    for (size_t i = 0; sw_conf_key_doc(i, &doc); i++) {
        struct sw_slice section, rest;
        const struct sw_conf_key *key = row_of(doc.name, &section, &rest);
        char text[256];
        if (doc.fallback[0] == '\0' || key->size == 0 || key->size > 8 ||
            key->read == sw_conf_path || strstr(doc.fallback, "times") != NULL ||
            strstr(doc.fallback, "core") != NULL || strstr(doc.fallback, "with ") != NULL)
            continue;
        print_message("%s\n", doc.name);
        write_with(text, sizeof text, doc.name, doc.fallback);
        struct sw_settings *given = must_read(text);
        assert_memory_equal((char *)given + key->offset, (char *)plain + key->offset, key->size);
        sw_settings_free(given);
        compared++;
    }
    assert_true(compared > 25);
    sw_settings_free(plain);
}

/* Read a file while another one is in force. */
static int read_while(const char *in_force, const char *text, struct told *told)
{
    struct sw_settings *old = must_read(in_force), *s = NULL;

    write_text(text);
    *told = (struct told){0};
    int rc = sw_settings_read(&s, path, old, tell, told);
    sw_settings_free(s);
    sw_settings_free(old);
    return rc;
}

/* They were counted once; the machine may have others by now. */
static void cores_that_come_or_go_are_no_mistake_of_a_reload(void **state)
{
    struct sw_settings *old = must_read(MINIMAL), *s = NULL;
    struct told told = {0};

    (void)state;
    old->worker_count++;
    assert_int_equal(sw_settings_read(&s, path, old, tell, &told), 0);
    assert_string_equal(told.text, "");
    assert_int_equal(s->worker_count, old->worker_count);
    assert_true(s->has_usual_workers);
    sw_settings_free(s);
    sw_settings_free(old);
}

static void what_needs_a_restart_is_a_mistake_of_a_reload(void **state)
{
    static const struct {
        const char *before, *after, *want;
    } rows[] = {
        {"", "workers: 1\n", "3:1: workers changes only with a restart\n"},
        {"workers: 2\nseed: 1\n", "workers: 2\n", "1:1: seed changes only with a restart\n"},
        {"workers: 2\n", "workers: 3\ncontrol: /x\n",
         "4:1: control changes only with a restart\n3:1: workers changes only with a restart\n"},
        {"control: /x\n", "control: /y\n", "3:1: control changes only with a restart\n"},
        {"control: /x\n", "control: /x\n", ""},
        {"admin: 127.0.0.1:9\n", "admin: 127.0.0.1:10\n",
         "3:1: admin changes only with a restart\n"},
        {"admin: 127.0.0.1:9\n", "admin: 127.0.0.1:9\n", ""},
        {"log: {file: /a, level: info}\n", "log: {file: /b, level: debug}\n",
         "3:7: log.file changes only with a restart\n"},
        {"limits: {health: 100}\n", "limits: {health: 100, via: 9, routes: 99}\n", ""},
        {"", "names: [a.t]\ntimers: {t1: 100 ms}\nresolver: {cache: 1 MiB}\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        char before[512], after[512];
        const char *workers = strstr(rows[i].before, "workers") != NULL ? "" : "workers: 2\n";
        struct told told;
        bool is_told = rows[i].want[0] != '\0';
        snprintf(before, sizeof before, MINIMAL "%s%s", rows[i].before, workers);
        snprintf(after, sizeof after, MINIMAL "%s%s", rows[i].after,
                 strstr(rows[i].after, "workers") != NULL ? "" : workers);
        print_message("%s", after);
        int rc = read_while(before, after, &told);
        assert_string_equal(told.text, rows[i].want);
        assert_int_equal(rc, is_told ? SW_E_CONF : 0);
    }
}

/* The document names each of them, in the paragraph that is about them. */
static void the_document_tells_what_needs_a_restart(void **state)
{
    static char text[32768];
    struct sw_conf_key_doc doc;
    unsigned count = 0;

    (void)state;
    read_whole("docs/configuration.md", text, sizeof text);
    char *from = strstr(text, "These keys change only with a restart");
    assert_non_null(from);
    *strstr(from, "\n\n") = '\0';
    for (size_t i = 0; sw_conf_key_doc(i, &doc); i++) {
        char name[64];
        snprintf(name, sizeof name, "`%s`", doc.name);
        if ((strstr(from, name) != NULL) != doc.needs_restart)
            fail_msg("docs/configuration.md, what needs a restart: %s", name);
        count += doc.needs_restart;
    }
    assert_true(count > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_keys_are_enough),
        cmocka_unit_test(listeners_have_two_forms),
        cmocka_unit_test(every_kind_of_value_arrives),
        cmocka_unit_test(c3_routes_arrive),
        cmocka_unit_test(c4_dialogs_of_served_domains_are_recorded_unless_a_key_says_no),
        cmocka_unit_test(f1_n9_r7_a_profile_gives_defaults_and_keys_count_more),
        cmocka_unit_test(servers_alone_make_the_source_servers),
        cmocka_unit_test(h4_loopback_link_local_and_ourselves_are_denied),
        cmocka_unit_test(an_open_relay_must_be_asked_for),
        cmocka_unit_test(each_mistake_is_told_where_it_stands),
        cmocka_unit_test(more_listeners_than_there_is_room_for_are_told),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
        cmocka_unit_test(the_sample_is_right_and_names_every_key),
        cmocka_unit_test(the_document_has_every_key),
        cmocka_unit_test(every_documented_default_is_the_real_one),
        cmocka_unit_test(cores_that_come_or_go_are_no_mistake_of_a_reload),
        cmocka_unit_test(what_needs_a_restart_is_a_mistake_of_a_reload),
        cmocka_unit_test(the_document_tells_what_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
