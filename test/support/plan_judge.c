/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/plan_judge.h"

void pj_init(struct pj_judge *j, const struct sw_policy *policy, bool is_sips, size_t request_len)
{
    memset(j, 0, sizeof *j);
    j->policy = policy;
    j->is_sips = is_sips;
    j->is_big = request_len > SW_BIG_REQUEST_LEN;
}

bool pj_is_printable(struct sw_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    return s.len == 0 || (s.p[0] != ' ' && s.p[s.len - 1] != ' ');
}

/* Reads every byte of a name, so that a sanitizer sees a view that points nowhere. */
static bool is_sound_name(struct sw_name n)
{
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    struct sw_name_room room;
    struct sw_name copy;
    if (sw_name_from_wire(n.wire, n.len, &room, &copy) < 0 || !sw_name_eq(copy, n))
        return false;
    sw_name_write(&b, n);
    return !b.overflow && pj_is_printable(sw_buf_slice(&b));
}

static bool lies_in(const struct sw_network *list, size_t count, const struct sw_netaddr *a)
{
    for (size_t i = 0; i < count; i++)
        if (sw_network_has(&list[i], a))
            return true;
    return false;
}

static const char *judge_address(const struct pj_judge *j, const struct sw_candidate *c)
{
    const struct sw_policy *p = j->policy;
    const struct sw_netaddr *a = &c->endpoint.addr;
    if (a->family != 4 && a->family != 6)
        return "the address has no family";
    if ((p->family == SW_FAMILY_4 && a->family != 4) ||
        (p->family == SW_FAMILY_6 && a->family != 6))
        return "I4: a family that the policy leaves out";
    if (c->endpoint.port == 0)
        return "V6: port 0";
    if (c->host.len > 0 && sw_netaddr_is_unusable(a))
        return "A5: not an address one can send to";
    bool is_denied = lies_in(p->denied, p->denied_count, a) &&
                     !lies_in(p->allowed, p->allowed_count, a) && !p->allow_local_zones;
    return c->host.len > 0 && is_denied ? "H4: a denied network" : NULL;
}

static const char *judge_tls(const struct sw_candidate *c)
{
    if (!sw_transport_row(c->transport)->is_tls)
        return c->tls_name_count != 0 ? "H1: TLS names without TLS" : NULL;
    if (c->tls_name_count == 0 || c->tls_name_count > SW_TLS_NAMES_MAX)
        return "H1: TLS without a name to verify";
    for (size_t i = 0; i < c->tls_name_count; i++) {
        struct sw_slice name = c->tls_names[i];
        if (name.len == 0 || !pj_is_printable(name) || name.p[name.len - 1] == '.' ||
            name.p[0] == '[')
            return "H1: a TLS name that no certificate can hold";
    }
    return NULL;
}

static const char *judge_transport(const struct pj_judge *j, const struct sw_candidate *c)
{
    const struct sw_policy *p = j->policy;
    bool is_tls = sw_transport_row(c->transport)->is_tls;
    if (!sw_policy_has(p, c->transport))
        return "I5: a transport that the policy does not support";
    if (j->is_sips && !is_tls)
        return "T1: clear text for a sips URI";
    if (!is_tls && j->has_met_tls && !p->allow_downgrade)
        return "N9: clear text after TLS";
    bool is_other = j->seen_count > 0 && j->seen[0].transport != c->transport;
    if (p->failover == SW_FAILOVER_NONE && is_other && !j->is_big)
        return "N9: another transport without failover";
    if (!c->is_only_if_refused)
        return NULL;
    if (c->transport != SW_UDP || !j->is_big)
        return "T7: only UDP waits behind TCP, for a big request";
    return j->has_met_refusal ? NULL : "T7: UDP although no TCP attempt was refused";
}

static const char *judge_origin(const struct sw_candidate *c)
{
    if (c->host.len > 0 && !is_sound_name(c->host))
        return "the host is not a name";
    if (c->has_srv && (c->srv_owner.len <= 1 || !is_sound_name(c->srv_owner)))
        return "the SRV owner is not a name";
    if (c->has_naptr && !c->has_srv && c->host.len == 0)
        return "a NAPTR record led to a numeric target";
    if (c->has_naptr && (c->service.len == 0 || !pj_is_printable(c->service)))
        return "H6: the service is not printable";
    return NULL;
}

static const char *judge_place(struct pj_judge *j, const struct sw_candidate *c)
{
    for (size_t i = 0; i < j->seen_count; i++)
        if (j->seen[i].transport == c->transport &&
            sw_endpoint_eq(&j->seen[i].endpoint, &c->endpoint))
            return "A4: a candidate twice";
    if (j->seen_count == SW_CANDIDATES_MAX)
        return "D9: too many candidates";
    j->seen[j->seen_count++] = (struct sw_health_key){c->transport, c->endpoint};
    return NULL;
}

const char *pj_candidate(struct pj_judge *j, const struct sw_candidate *c)
{
    const char *wrong = judge_address(j, c);
    if (wrong == NULL)
        wrong = judge_tls(c);
    if (wrong == NULL)
        wrong = judge_transport(j, c);
    if (wrong == NULL)
        wrong = judge_origin(c);
    if (wrong == NULL)
        wrong = judge_place(j, c);
    j->has_met_tls |= sw_transport_row(c->transport)->is_tls;
    return wrong;
}

void pj_tried(struct pj_judge *j, enum sw_try why)
{
    bool was_tcp = j->seen_count > 0 && j->seen[j->seen_count - 1].transport == SW_TCP;
    j->has_met_refusal |= was_tcp && why == SW_TRY_REFUSED;
}
