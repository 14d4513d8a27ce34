/* SPDX-License-Identifier: BSD-2-Clause */
/* Every configuration key, one row each: the reader, the documents and the sample are held to it.
 */
#include "run/conf_read.h"

#define AT(member) offsetof(struct sw_settings, member), sizeof(((struct sw_settings *)0)->member)
#define NO_MEMBER 0, 0
#define HOUR SW_SECONDS(3600)
#define MIB ((uint64_t)1 << 20)

static const struct sw_conf_word sources[] = {{"system", AD_DNS_SYSTEM},
                                              {"servers", AD_DNS_SERVERS},
                                              {"root", AD_DNS_ROOT},
                                              {"zones", AD_DNS_ZONES},
                                              {NULL, 0}};
static const struct sw_conf_word modes[] = {
    {"validate", AD_DNS_VALIDATE}, {"stub", AD_DNS_STUB}, {NULL, 0}};
static const struct sw_conf_word failovers[] = {
    {"none", SW_FAILOVER_NONE}, {"rfc", SW_FAILOVER_RFC}, {"all", SW_FAILOVER_ALL}, {NULL, 0}};
static const struct sw_conf_word profiles[] = {
    {"rfc", SW_PROFILE_RFC}, {"edge", SW_PROFILE_EDGE}, {NULL, 0}};
static const struct sw_conf_word bid_downs[] = {
    {"alert", SW_BID_DOWN_ALERT}, {"reject", SW_BID_DOWN_REJECT}, {NULL, 0}};
static const struct sw_conf_word draws[] = {
    {"even", SW_DRAW_EVEN}, {"literal", SW_DRAW_LITERAL}, {NULL, 0}};
static const struct sw_conf_word families[] = {{"any", SW_FAMILY_ANY},
                                               {"4", SW_FAMILY_4},
                                               {"6", SW_FAMILY_6},
                                               {"prefer-4", SW_FAMILY_PREFER_4},
                                               {"prefer-6", SW_FAMILY_PREFER_6},
                                               {NULL, 0}};
static const struct sw_conf_word levels[] = {
#define X(constant, name) {name, constant},
    AD_LOG_LEVELS(X)
#undef X
        {NULL, 0}};
static const struct sw_conf_word clients[] = {
#define X(constant, name) {name, constant},
    AD_TLS_CLIENTS(X)
#undef X
        {NULL, 0}};
static const struct sw_conf_word versions[] = {{"1.2", AD_TLS_1_2}, {"1.3", AD_TLS_1_3}, {NULL, 0}};
static const struct sw_conf_word formats[] = {
    {"logfmt", AD_LOG_LOGFMT}, {"json", AD_LOG_JSON}, {NULL, 0}};

/* name, reader, member, min, max, words, default, help */
static const struct sw_conf_key keys[] = {
    {"listen", sw_conf_listeners, NO_MEMBER, 0, 0, NULL, "",
     "Where requests and responses come in, and from where they leave."},
    {"names", sw_conf_domain_list, AT(names), 0, 0, NULL, "[]",
     "Names that mean this proxy in a Route or Request-URI; its addresses always do."},
    {"domains", sw_conf_domains, NO_MEMBER, 0, 0, NULL, "[]",
     "Domains it serves, with their routes: everybody may send to them."},
    {"trusted", sw_conf_network_list, AT(trusted), 0, 0, NULL, "[]",
     "Networks whose requests may go anywhere."},
    {"open-relay", sw_conf_open_relay, AT(may_be_open_relay), 0, 0, NULL, "",
     "Allows `trusted` to name the whole world, when it holds the sentence that says so."},
    {"allow-addresses", sw_conf_network_list, AT(allowed), 0, 0, NULL, "[]",
     "Networks that DNS answers may lead to although they are denied."},
    {"deny-addresses", sw_conf_network_list, AT(denied), 0, 0, NULL, "[]",
     "Networks that DNS answers may not lead to, besides loopback, link-local and our own "
     "addresses."},
    {"record-route", sw_conf_bool, AT(proxy.record_route), 0, 0, NULL, "true with domains",
     "Stay on the path of later requests of a dialog."},

    {"transports", sw_conf_transports, NO_MEMBER, 0, 0, NULL, "those listened on, udp first",
     "Transports to send with, in order of preference."},
    {"family", sw_conf_word_read, AT(proxy.policy.family), 0, 0, families, "any",
     "Addresses to send to."},
    {"profile", sw_conf_word_read, AT(profile), 0, 0, profiles, "rfc",
     "Defaults that go together: edge is failover all and timers.try 2 s."},
    {"failover", sw_conf_word_read, AT(proxy.policy.failover), 0, 0, failovers, "rfc",
     "Whether to go on with another transport when one has failed."},
    {"failover-codes", sw_conf_codes, AT(proxy.failover_codes), 0, 0, NULL, "[]",
     "Responses besides 503 after which the next server is tried."},
    {"recurse", sw_conf_bool, AT(proxy.recurse), 0, 0, NULL, "false",
     "Try the contacts of a 300, 301 or 302 here, for domains it serves, instead of passing it "
     "on."},
    {"bid-down", sw_conf_word_read, AT(proxy.policy.bid_down), 0, 0, bid_downs, "alert",
     "When a domain that offered SIPS does no longer: say so, or send nothing there either."},
    {"srv-draw", sw_conf_word_read, AT(proxy.policy.draw), 0, 0, draws, "even",
     "How the weights of SRV records are drawn."},

    {"tls.certificate", sw_conf_path, AT(tls.certificate), 0, 0, NULL, "",
     "PEM file with this proxy's certificate and those between it and an authority."},
    {"tls.key", sw_conf_path, AT(tls.key), 0, 0, NULL, "",
     "PEM file with the certificate's private key, without a passphrase."},
    {"tls.ca", sw_conf_path, AT(tls.ca), 0, 0, NULL, "the system's",
     "PEM file with the authorities that others' certificates must come from."},
    {"tls.client", sw_conf_word_read, AT(tls.client), 0, 0, clients, "none",
     "Whether who connects is asked for a certificate."},
    {"tls.trusted-names", sw_conf_domain_list, AT(trusted_names), 0, 0, NULL, "[]",
     "Names in client certificates whose requests may go anywhere, as those of `trusted` may."},
    {"tls.min-version", sw_conf_word_read, AT(tls.version_min), 0, 0, versions, "1.2",
     "The oldest version of TLS."},
    {"tls.depth", sw_conf_number, AT(tls.depth_max), 0, 100, NULL, "9",
     "Certificates allowed between an authority and a peer's own."},
    {"tls.wildcards", sw_conf_bool, AT(proxy.identity.wildcards), 0, 0, NULL, "false",
     "Let `*.example.com` in a certificate stand for one label (RFC 5922 7.2 says no)."},
    {"tls.common-name", sw_conf_bool, AT(proxy.identity.common_name), 0, 0, NULL, "false",
     "Let the common name count in a certificate without a subjectAltName."},
    {"tls.strict-identity", sw_conf_bool, AT(proxy.policy.strict_identity), 0, 0, NULL, "false",
     "Ask of a certificate to name the SRV target and the NAPTR replacement too (RFC 3263 4.1)."},

    {"resolver.source", sw_conf_word_read, AT(dns.source), 0, 0, sources, "system",
     "Whom to ask: the system's resolvers, given servers, the root, or nobody but zone files."},
    {"resolver.mode", sw_conf_word_read, AT(dns.mode), 0, 0, modes, "validate",
     "How to ask: as a resolver that validates, or as a stub of servers that are trusted, which is "
     "cheaper."},
    {"resolver.servers", sw_conf_server_list, NO_MEMBER, 0, 0, NULL, "[]", "Name servers to ask."},
    {"resolver.zones", sw_conf_path_list, AT(zone_files), 0, 0, NULL, "[]",
     "RFC 1035 zone files to answer from."},
    {"resolver.resolv-conf", sw_conf_path, AT(resolv_conf), 0, 0, NULL, "/etc/resolv.conf",
     "Where the system's resolvers stand."},
    {"resolver.dnssec", sw_conf_bool, AT(dns.dnssec), 0, 0, NULL, "true", "Validate answers."},
    {"resolver.trust-anchor", sw_conf_path, AT(trust_anchor_file), 0, 0, NULL,
     "the installed root anchor", "DNSSEC trust anchors."},
    {"resolver.stale", sw_conf_duration, AT(stale_us), 0, 168 * HOUR, NULL, "0 s",
     "How long past its time an answer is used when it cannot be had anew."},
    {"resolver.cache", sw_conf_size, AT(dns.cache_len), 65536, 4096 * MIB, NULL, "4 MiB",
     "Memory for records."},
    {"resolver.questions", sw_conf_number, AT(dns.inflight_max), 1, 1000000, NULL, "16384",
     "Questions under way at the same time."},
    {"resolver.timeout", sw_conf_duration, AT(proxy.policy.deadline_us), SW_MS(100), SW_SECONDS(32),
     NULL, "5 s", "How long a location may take in all."},

    {"timers.t1", sw_conf_duration, AT(proxy.times.t1_us), SW_MS(10), SW_SECONDS(4), NULL, "500 ms",
     "Estimated round trip (RFC 3261 17.1.1.1): the first retransmission."},
    {"timers.t2", sw_conf_duration, AT(proxy.times.t2_us), SW_MS(10), SW_SECONDS(60), NULL, "4 s",
     "The longest time between retransmissions."},
    {"timers.t4", sw_conf_duration, AT(proxy.times.t4_us), SW_MS(10), SW_SECONDS(60), NULL, "5 s",
     "How long a message may linger in the network."},
    {"timers.transaction", sw_conf_duration, AT(proxy.transaction_us), SW_MS(500), SW_SECONDS(180),
     NULL, "64 times t1", "All tries of a request together."},
    {"timers.try", sw_conf_duration, AT(proxy.try_us), SW_SECONDS(1), SW_SECONDS(32), NULL, "4 s",
     "The longest an INVITE waits for a first response while other servers are left."},
    {"timers.timer-c", sw_conf_duration, AT(proxy.timer_c_us), SW_SECONDS(181), 24 * HOUR, NULL,
     "181 s", "How long an INVITE may ring; RFC 3261 wants more than three minutes."},
    {"timers.dialog", sw_conf_duration, AT(proxy.dialog_us), SW_SECONDS(60), 8760 * HOUR, NULL,
     "168 h", "How long after its beginning a dialog's requests are let through by record-route."},
    {"timers.connect", sw_conf_duration, AT(proxy.connect_us), SW_MS(50), SW_SECONDS(32), NULL,
     "3 s", "How long a connection may take to open."},
    {"timers.idle", sw_conf_duration, AT(proxy.idle_us), SW_SECONDS(1), 24 * HOUR, NULL, "10 min",
     "When a connection that carries nothing, and leads back into no call, is closed."},
    {"timers.header", sw_conf_duration, AT(proxy.header_us), SW_MS(100), SW_SECONDS(60), NULL,
     "10 s", "How long the header section of a message may take to arrive on a stream."},
    {"timers.drain", sw_conf_duration, AT(drain_us), 0, HOUR, NULL, "32 s",
     "How long to wait, when told to end, for what is under way."},

    {"limits.message", sw_conf_size, AT(proxy.limits.message_len), 1024, 65536, NULL, "64 KiB",
     "Octets of a message."},
    {"limits.header-field", sw_conf_size, AT(proxy.limits.hdr_len), 256, 65536, NULL, "8 KiB",
     "Octets of a header field."},
    {"limits.header-fields", sw_conf_number, AT(proxy.limits.hdr_count), 16, SW_MSG_HDRS_MAX, NULL,
     "200", "Header fields of a message."},
    {"limits.via", sw_conf_number, AT(proxy.limits.via_count), 1, 200, NULL, "70",
     "Via values of a message."},
    {"limits.transactions", sw_conf_number, AT(proxy.transactions_max), 1, 10000000, NULL, "100000",
     "Transactions at the same time; above it new requests are answered 503, those in dialogs a "
     "quarter later."},
    {"limits.connections", sw_conf_number, AT(proxy.connections_max), 1, 1000000, NULL, "16384",
     "Connections at the same time, at most half of the files the process may open."},
    {"limits.write-queue", sw_conf_size, AT(write_queue_len), 65536, 1024 * MIB, NULL, "1 MiB",
     "Octets that wait for a peer on a connection to read them."},
    {"limits.receive-buffer", sw_conf_size, AT(receive_len), 0, 1024 * MIB, NULL, "4 MiB",
     "Octets the kernel may hold for a UDP socket; 0: as the system has it."},
    {"limits.lag", sw_conf_duration, AT(proxy.lag_us), 0, SW_SECONDS(10), NULL, "5 ms",
     "When everything waits longer than this to be read, new requests are answered 503; 0: never."},
    {"limits.source-rate", sw_conf_number, AT(proxy.source_rate.per_s), 0, 1000000, NULL, "100",
     "Requests a second of one source (IPv4 address, /64 of IPv6); 0: no limit."},
    {"limits.source-burst", sw_conf_number, AT(proxy.source_rate.burst), 1, 1000000, NULL, "500",
     "Requests of one source at once."},
    {"limits.sources", sw_conf_number, AT(proxy.sources_max), 16, 10000000, NULL, "65536",
     "Sources whose requests are counted; who was not seen for longest is forgotten first."},
    {"limits.trusted-too", sw_conf_bool, AT(proxy.limits_trusted), 0, 0, NULL, "false",
     "Count the requests of trusted sources too."},
    {"limits.health", sw_conf_number, AT(proxy.health_max), 16, 10000000, NULL, "65536",
     "Places whose health is remembered."},
    {"limits.routes", sw_conf_number, AT(proxy.routes_max), 16, 10000000, NULL, "4096",
     "Domains whose records are kept ready for use."},

    {"log.level", sw_conf_word_read, AT(log.level), 0, 0, levels, "info",
     "Lines to write: those of this level and graver ones."},
    {"log.format", sw_conf_word_read, AT(log.format), 0, 0, formats, "logfmt", "Form of a line."},
    {"log.file", sw_conf_path, AT(log_file), 0, 0, NULL, "standard error",
     "File to write to; opened again on SIGHUP."},
    {"log.rate", sw_conf_number, AT(log.lines_per_s), 0, 1000000, NULL, "5000",
     "Lines a second; what is above is left out and counted; 0: no limit."},
    {"log.history", sw_conf_number, AT(proxy.log_history), 0, 1000000, NULL, "1000",
     "Transactions a worker keeps for `sipward ctl why`, 2 KiB each; 0: none."},

    {"state", sw_conf_path, AT(state_path), 0, 0, NULL, "",
     "File that keeps over a restart which domains offered SIPS."},
    {"control", sw_conf_path, AT(control_path), 0, 0, NULL, "",
     "Unix socket for `sipward ctl`; none when not given."},
    {"admin", sw_conf_endpoint, AT(admin), 0, 0, NULL, "",
     "Address and port where /metrics, /livez and /readyz are answered over HTTP; nowhere when not "
     "given."},
    {"admin-exposed", sw_conf_bool, AT(may_be_exposed), 0, 0, NULL, "false",
     "Allows `admin` to be another address than a loopback one: everybody who reaches it may read "
     "it."},

    {"workers", sw_conf_number, AT(worker_count), 1, PX_WORKERS_MAX, NULL, "one a core",
     "Threads that forward."},
    {"seed", sw_conf_seed, AT(seed), 0, UINT64_MAX, NULL, "",
     "For demonstrations and tests only: makes every random choice repeat itself, secrets too."},
};

/* What is made of them is made once: threads, files that others have open, tables that calls point
 * into. */
static const char *const restart_keys[] = {"limits.receive-buffer",
                                           "limits.sources",
                                           "limits.health",
                                           "log.format",
                                           "log.file",
                                           "log.rate",
                                           "log.history",
                                           "control",
                                           "admin",
                                           "state",
                                           "workers",
                                           "seed"};

static bool needs_restart(const struct sw_conf_key *key)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(restart_keys); i++)
        if (strcmp(restart_keys[i], key->name) == 0)
            return true;
    return false;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool differs(const struct sw_conf_key *key, const void *a, const void *b)
{
    if (key->read == sw_conf_path)
        return !is_same_text(*(const char *const *)a, *(const char *const *)b);
    if (key->read == sw_conf_endpoint)
        return !sw_endpoint_eq(a, b);
    return memcmp(a, b, key->size) != 0; /* a number */
}

void sw_conf_check_restart(struct sw_conf_reading *r)
{
    const char *now = (const char *)r->in_force, *wanted = (const char *)r->settings;

    for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++) {
        const struct sw_conf_key *key = &keys[i];
        if (!needs_restart(key) || !differs(key, now + key->offset, wanted + key->offset))
            continue;
        const struct ad_conf_node *n = sw_conf_find(r, key->name);
        sw_conf_problem(r, n == NULL ? r->root->place : n->key_place,
                        "%s changes only with a restart", key->name);
    }
}

/* "timers" of "timers.t1"; empty for a key of no section. */
static struct sw_slice section_of(const struct sw_conf_key *key)
{
    struct sw_slice name = sw_slice_str(key->name);
    size_t dot = sw_slice_find(name, '.');

    return dot == SIZE_MAX ? (struct sw_slice){0} : sw_slice_sub(name, 0, dot);
}

static struct sw_slice rest_of(const struct sw_conf_key *key)
{
    struct sw_slice name = sw_slice_str(key->name);
    struct sw_slice section = section_of(key);

    return section.len == 0 ? name : sw_slice_sub(name, section.len + 1, name.len);
}

const struct sw_conf_key *sw_conf_key_find(struct sw_slice section, struct sw_slice name)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++)
        if (sw_slice_eq(section_of(&keys[i]), section) && sw_slice_eq(rest_of(&keys[i]), name))
            return &keys[i];
    return NULL;
}

bool sw_conf_is_section(struct sw_slice name)
{
    for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++)
        if (name.len > 0 && sw_slice_eq(section_of(&keys[i]), name))
            return true;
    return false;
}

/* How many letters must be put in, taken out or changed to make b of a (Levenshtein). */
static size_t distance(struct sw_slice a, struct sw_slice b)
{
    size_t row[32];

    if (a.len >= SW_ARRAY_LEN(row) || b.len >= SW_ARRAY_LEN(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t best = diagonal + (a.p[i - 1] == b.p[j - 1] ? 0 : 1);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b.len];
}

const char *sw_conf_key_like(struct sw_slice section, struct sw_slice name)
{
    const char *best = NULL;
    size_t best_distance = 3; /* more than two slips make another word */

    for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++) {
        if (!sw_slice_eq(section_of(&keys[i]), section))
            continue;
        size_t d = distance(rest_of(&keys[i]), name);
        if (d < best_distance && d < name.len) {
            best_distance = d;
            best = rest_of(&keys[i]).p;
        }
    }
    return best;
}

bool sw_conf_key_doc(size_t i, struct sw_conf_key_doc *out)
{
    if (i >= SW_ARRAY_LEN(keys))
        return false;
    *out = (struct sw_conf_key_doc){keys[i].name, keys[i].fallback, keys[i].help,
                                    needs_restart(&keys[i])};
    return true;
}
