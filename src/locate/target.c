/* SPDX-License-Identifier: BSD-2-Clause */
#include "locate/target.h"

#include "base/hmap.h"

static void end_with(struct sw_target *t, enum sw_note note)
{
    t->way = SW_WAY_NOWHERE;
    t->note = note;
}

/* I2, I6. False when the host can be no TARGET. */
static bool set_host(struct sw_target *t, const struct sw_host *host, struct sw_name_room *room)
{
    if (host->kind != SW_HOST_NAME) {
        t->addr = host->addr;
        return true;
    }
    if (sw_name_from_text(host->text, room, &t->name) == 0 && t->name.len > 1)
        return true;
    end_with(t, SW_NOTE_OK);
    t->is_invalid = true;
    return false;
}

/* T1, I5: the transport the URI names. False when that is the end. */
static bool set_named_transport(struct sw_target *t, const struct sw_policy *policy,
                                struct sw_slice token)
{
    enum sw_transport named;
    if (!sw_transport_by_token(token, &named)) {
        end_with(t, SW_NOTE_TRANSPORT_UNKNOWN);
        return false;
    }
    if (t->is_sips && !sw_transport_over_tls(named, &named)) {
        end_with(t, SW_NOTE_SIPS_UDP);
        return false;
    }
    t->transport = named;
    if (sw_policy_has(policy, named))
        return true;
    end_with(t, SW_NOTE_TRANSPORT_UNSUPPORTED);
    return false;
}

/* T2, T3, T5: UDP for sip and TLS for sips, or what comes nearest. */
static bool set_default_transport(struct sw_target *t, const struct sw_policy *policy)
{
    enum sw_transport wanted = t->is_sips ? SW_TLS : SW_UDP;
    bool has_any = sw_policy_has(policy, wanted);
    t->transport = wanted;
    for (unsigned i = 0; i < policy->transport_count && !has_any; i++) {
        t->transport = policy->transports[i];
        has_any = sw_transport_row(t->transport)->is_tls == t->is_sips;
    }
    if (!has_any && !t->is_sips && policy->transport_count > 0) {
        t->transport = policy->transports[0];
        for (unsigned i = 0; i < policy->transport_count; i++)
            if (policy->transports[i] == SW_TLS)
                t->transport = SW_TLS;
        has_any = true;
    }
    if (!has_any)
        end_with(t, SW_NOTE_TRANSPORT_UNSUPPORTED);
    return has_any;
}

/* A5 and the family policy hold for an address the URI itself gives, too. */
static void set_numeric(struct sw_target *t, const struct sw_policy *policy)
{
    bool is_wanted = (t->addr.family == 4 && policy->family != SW_FAMILY_6) ||
                     (t->addr.family == 6 && policy->family != SW_FAMILY_4);
    t->way = SW_WAY_NUMERIC;
    if (!is_wanted || sw_netaddr_is_unusable(&t->addr))
        end_with(t, SW_NOTE_ADDRESS_UNUSABLE);
}

static void set_way(struct sw_target *t, const struct sw_policy *policy, bool has_transport,
                    bool has_port)
{
    if (t->addr.family != 0) {
        set_numeric(t, policy);
        t->step = SW_STEP_TRANSPORT_NUMERIC;
    } else if (has_port) {
        t->way = SW_WAY_ADDRESS;
        t->step = SW_STEP_TRANSPORT_PORT;
    } else {
        t->way = has_transport ? SW_WAY_SRV : SW_WAY_NAPTR;
        t->step = SW_STEP_ASK_NAPTR;
    }
    if (has_transport)
        t->step = SW_STEP_TRANSPORT_PARAM;
}

/* T7 concerns those who could use either. */
static bool is_too_big_for_udp(const struct sw_policy *policy, size_t request_len)
{
    return request_len > SW_BIG_REQUEST_LEN && sw_policy_has(policy, SW_UDP) &&
           sw_policy_has(policy, SW_TCP);
}

void sw_target_of_uri(const struct sw_policy *policy, const struct sw_uri *uri, size_t request_len,
                      struct sw_name_room *room, struct sw_target *out)
{
    *out = (struct sw_target){.is_maddr = uri->has_maddr, .is_sips = uri->scheme == SW_SCHEME_SIPS};
    if (!set_host(out, uri->has_maddr ? &uri->maddr : &uri->host, room))
        return;
    bool has_transport = uri->has_transport;
    if (has_transport ? !set_named_transport(out, policy, uri->transport)
                      : !set_default_transport(out, policy))
        return;
    out->port = uri->has_port ? uri->port : sw_transport_row(out->transport)->default_port;
    out->is_big = !out->is_sips && is_too_big_for_udp(policy, request_len) &&
                  (!has_transport || out->transport == SW_UDP);
    set_way(out, policy, has_transport, uri->has_port);
}

void sw_target_of_via(const struct sw_policy *policy, const struct sw_via_target *via,
                      struct sw_name_room *room, struct sw_target *out)
{
    *out = (struct sw_target){.transport = via->transport};
    if (!set_host(out, via->sent_by, room))
        return;
    if (!sw_policy_has(policy, via->transport)) {
        end_with(out, SW_NOTE_TRANSPORT_UNSUPPORTED);
        return;
    }
    out->port = via->has_port ? via->port : sw_transport_row(via->transport)->default_port;
    set_way(out, policy, true, via->has_port);
    out->step = SW_STEP_RESPONSE;
}

/* Whether the scheme matters: with a transport decided, it says all. */
static bool is_sips_only(const struct sw_target *t)
{
    return t->way == SW_WAY_NAPTR && t->is_sips;
}

bool sw_target_eq(const struct sw_target *a, const struct sw_target *b)
{
    return a->way == b->way && a->transport == b->transport && a->port == b->port &&
           a->is_big == b->is_big && is_sips_only(a) == is_sips_only(b) &&
           sw_name_eq(a->name, b->name) && sw_netaddr_eq(&a->addr, &b->addr);
}

uint64_t sw_target_hash(const struct sw_target *t, uint64_t seed)
{
    uint64_t kind = (uint64_t)t->way | (uint64_t)t->transport << 8 | (uint64_t)t->port << 16 |
                    (uint64_t)t->is_big << 32 | (uint64_t)is_sips_only(t) << 33;
    return sw_hash(t->name.wire, t->name.len, seed ^ kind);
}
