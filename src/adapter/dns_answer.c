/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/dns_answer.h"

#include "adapter/dns_context.h"
#include "adapter/dns_log.h"
#include "dns/rdata.h"

enum { NOERROR = 0, SERVFAIL = 2, SECURITY_BOGUS = 1, SECURITY_SECURE = 2 };

/* ---- why it failed ---- */

static bool has(struct sw_slice text, struct sw_slice part)
{
    return text.len >= part.len && memmem(text.p, text.len, part.p, part.len) != NULL;
}

/* "SERVFAIL <vocal.com. SRV IN>: all servers failed ...": what is behind the colon, when it is
 * about this question. */
static struct sw_slice logged_reason(const struct sw_question *q)
{
    char head[SW_NAME_TEXT_MAX + 32];
    struct sw_buf b = sw_buf(head, sizeof head);
    struct sw_slice log = ad_dns_log_last();
    sw_buf_str(&b, "SERVFAIL <");
    sw_name_write_fqdn(&b, q->name);
    sw_buf_char(&b, ' ');
    sw_buf_str(&b, sw_rrtype_name(q->type));
    sw_buf_str(&b, " IN>: ");
    if (log.len <= b.len || memcmp(log.p, head, b.len) != 0)
        return (struct sw_slice){0};
    return sw_slice_sub(log, b.len, log.len);
}

/* "... from 192.0.2.1 got REFUSED" */
static uint8_t logged_rcode(struct sw_slice reason)
{
    static const struct {
        struct sw_slice text;
        uint8_t rcode;
    } rows[] = {
        {{"got FORMERR", 11}, 1}, {{"got NXDOMAIN", 12}, 3}, {{"got NOTIMPL", 11}, 4},
        {{"got REFUSED", 11}, 5}, {{"got YXDOMAIN", 12}, 6}, {{"got YXRRSET", 11}, 7},
        {{"got NXRRSET", 11}, 8}, {{"got NOTAUTH", 11}, 9},  {{"got NOTZONE", 11}, 10},
    };
    for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
        if (has(reason, rows[i].text))
            return rows[i].rcode;
    }
    return SERVFAIL;
}

static const char *keep_text(struct sw_arena *arena, struct sw_slice text)
{
    char *kept = sw_arena_get(arena, text.len + 1);
    if (kept == NULL)
        return NULL; /* an answer without its reason is better than none */
    memcpy(kept, text.p, text.len);
    kept[text.len] = '\0';
    return kept;
}

static void explain_failure(const struct sw_question *q, struct sw_arena *arena,
                            struct sw_answer *a)
{
    struct sw_slice reason = logged_reason(q);
    if (reason.len == 0)
        return;
    a->why = keep_text(arena, reason);
    if (a->rcode == SERVFAIL)
        a->rcode = logged_rcode(reason);
    if (has(reason, SW_LIT("upstream server timeout")))
        a->outcome = SW_OUTCOME_TIMEOUT;
}

/* ---- staleness ---- */

/* A stale answer carries a TTL that no record has (dns_context.h); it is replaced by one that may
 * be used. */
static int unmark_stale(struct sw_arena *arena, struct sw_answer *a)
{
    struct sw_rr *rrs = NULL;
    if (a->rr_count > 0) {
        rrs = sw_arena_get(arena, a->rr_count * sizeof *rrs);
        if (rrs == NULL)
            return SW_E_NOMEM;
        memcpy(rrs, a->rrs, a->rr_count * sizeof *rrs);
    }
    for (size_t i = 0; i < a->rr_count; i++) {
        if (rrs[i].ttl_s > AD_DNS_STALE_TTL_S)
            rrs[i].ttl_s = AD_DNS_STALE_TTL_S;
    }
    a->rrs = rrs;
    if (a->ttl_s > AD_DNS_STALE_TTL_S)
        a->ttl_s = AD_DNS_STALE_TTL_S;
    a->is_stale = true;
    return 0;
}

/* ---- */

static void make_bogus(const struct ad_dns_raw *raw, struct sw_arena *arena, struct sw_answer *a)
{
    *a = (struct sw_answer){.outcome = SW_OUTCOME_BOGUS, .rcode = a->rcode};
    a->why = keep_text(arena, raw->why == NULL ? SW_LIT("DNSSEC validation failed")
                                               : sw_slice_str(raw->why));
}

int ad_dns_answer_read(const struct ad_dns_raw *raw, const struct sw_question *q,
                       struct sw_arena *arena, struct sw_answer *out)
{
    struct sw_answer a = {.outcome = SW_OUTCOME_SERVFAIL, .rcode = SERVFAIL};
    int rc = 0;
    if (raw->rcode == NOERROR && raw->packet != NULL && raw->packet_len > 0)
        rc = sw_answer_read(raw->packet, (size_t)raw->packet_len, q, arena, &a);
    else if (raw->rcode != NOERROR)
        a.rcode = (uint8_t)raw->rcode;
    if (rc < 0)
        return rc;
    if (raw->security == SECURITY_BOGUS) {
        make_bogus(raw, arena, &a);
    } else if (a.outcome == SW_OUTCOME_SERVFAIL) {
        explain_failure(q, arena, &a);
    } else if (a.outcome != SW_OUTCOME_MALFORMED) {
        a.is_secure = raw->security == SECURITY_SECURE;
        if (sw_message_has_ttl(raw->packet, (size_t)raw->packet_len, AD_DNS_STALE_MARK_S))
            rc = unmark_stale(arena, &a);
    }
    ad_dns_log_clear();
    if (rc < 0)
        return rc;
    *out = a;
    return 0;
}
