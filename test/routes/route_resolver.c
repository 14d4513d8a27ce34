/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs .route files through the real resolver adapter: each zone is written to files, libunbound
 * answers from them, and the candidates must be those that the zone in memory led to. Cases whose
 * DNS misbehaves cannot be had from a file, nor can the order of records that a literal draw goes
 * by: those are left out.
 *
 *     route_resolver FILE|FOLDER...
 */
#include "adapter/dns_unbound.h"
#include "adapter/loop_epoll.h"
#include "route_check.h"
#include "support/temp.h"

#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ZONES_MAX = 8, ANSWER_WAIT_MS = 5000 };

struct resolver {
    struct ad_loop_epoll *loop;
    struct ad_dns *dns;
    const struct tz_zone *zone; /* what dns answers from */
    struct sw_arena arena;      /* what the newest answer points to */
    struct tz_reply *reply;     /* where it goes */
    bool is_answered;
};

struct tally {
    unsigned good, bad, left_out;
};

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "route_resolver: %s\n", what);
    exit(2);
}

/* ---- zone files ---- */

/* The last label of a name: each gets a zone file of its own. */
static struct sw_name top_of(struct sw_name n)
{
    while (n.len > 1u + n.wire[0] + 1u) {
        n.len = (uint8_t)(n.len - n.wire[0] - 1);
        n.wire += n.wire[0] + 1;
    }
    return n;
}

static void write_name(FILE *f, struct sw_name n)
{
    char text[SW_NAME_TEXT_MAX];
    struct sw_buf b = sw_buf(text, sizeof text);
    sw_name_write_fqdn(&b, n);
    fputs(sw_buf_cstr(&b), f);
}

static void write_record(FILE *f, const struct tz_record *r)
{
    char text[4096];
    struct sw_buf b = sw_buf(text, sizeof text);
    write_name(f, r->owner);
    fprintf(f, " %u IN ", r->ttl_s);
    if (r->is_alias) {
        fputs("CNAME ", f);
        write_name(f, r->alias);
    } else {
        sw_rr_write(&b, &r->rr);
        fprintf(f, "%s %s", sw_rrtype_name(r->rr.type), sw_buf_cstr(&b));
    }
    fputc('\n', f);
}

static void write_zone(char *path, const struct tz_zone *z, struct sw_name top, unsigned number)
{
    char *text = NULL, name[32];
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        give_up("no memory");
    fputs("$ORIGIN ", f);
    write_name(f, top);
    fprintf(f, "\n@ %u IN SOA ns hostmaster 1 3600 900 604800 %u\n", z->negative_ttl_s,
            z->negative_ttl_s);
    fputs("@ 300 IN NS ns\nns 300 IN A 127.0.0.1\n", f);
    for (const struct tz_record *r = z->records; r != NULL; r = r->next)
        if (sw_name_eq(top_of(r->owner), top))
            write_record(f, r);
    fclose(f);
    snprintf(name, sizeof name, "%u.zone", number);
    temp_file(path, name, text);
    free(text);
}

/* @return the number of files; their names go to paths. */
static size_t write_zones(const struct tz_zone *z, char paths[][TEMP_PATH_MAX])
{
    struct sw_name_room room;
    struct sw_name tops[ZONES_MAX];
    size_t count = 1;
    if (sw_name_from_text(SW_LIT("t"), &room, &tops[0]) < 0)
        give_up("t is not a name");
    for (const struct tz_record *r = z->records; r != NULL; r = r->next) {
        struct sw_name top = top_of(r->owner);
        size_t i = 0;
        while (i < count && !sw_name_eq(tops[i], top))
            i++;
        if (i == ZONES_MAX)
            give_up("too many zones");
        if (i == count)
            tops[count++] = top;
    }
    for (size_t i = 0; i < count; i++)
        write_zone(paths[i], z, tops[i], (unsigned)i);
    return count;
}

static void load(struct resolver *r, const struct tz_zone *zone)
{
    char paths[ZONES_MAX][TEMP_PATH_MAX];
    const char *files[ZONES_MAX];
    struct ad_dns_error error;
    if (r->zone == zone)
        return;
    struct ad_dns_conf conf = {.source = AD_DNS_ZONES, .zone_files = files};
    conf.zone_file_count = write_zones(zone, paths);
    for (size_t i = 0; i < conf.zone_file_count; i++)
        files[i] = paths[i];
    ad_dns_free(r->dns);
    r->dns = NULL;
    r->zone = zone;
    if (ad_dns_new(&r->dns, &conf, ad_loop_epoll_loop(r->loop), &error) < 0)
        give_up(error.text);
}

/* ---- questions ---- */

static struct sw_slice keep_text(struct resolver *r, struct sw_slice s)
{
    return sw_slice(sw_arena_dup(&r->arena, s.p, s.len), s.len);
}

static struct sw_name keep_name(struct resolver *r, struct sw_name n)
{
    const char *wire = sw_arena_dup(&r->arena, n.wire, n.len);
    return (struct sw_name){(const uint8_t *)wire, n.len};
}

static void on_answer(void *arg, const struct sw_answer *answer)
{
    struct resolver *r = arg;
    struct tz_reply *out = r->reply;
    r->is_answered = true;
    out->answer = *answer;
    out->answer.rrs = out->rrs;
    for (size_t i = 0; i < answer->rr_count && i < TZ_RECORDS_MAX; i++) {
        struct sw_rr *rr = &out->rrs[i];
        *rr = answer->rrs[i];
        if (rr->type == SW_RR_SRV) {
            rr->srv.target = keep_name(r, rr->srv.target);
        } else if (rr->type == SW_RR_NAPTR) {
            rr->naptr.flags = keep_text(r, rr->naptr.flags);
            rr->naptr.service = keep_text(r, rr->naptr.service);
            rr->naptr.regexp = keep_text(r, rr->naptr.regexp);
            rr->naptr.replacement = keep_name(r, rr->naptr.replacement);
        }
    }
}

static void ask_resolver(void *user, const struct sw_question *q, struct tz_reply *out)
{
    struct resolver *r = user;
    struct ad_dns_id id;
    sw_arena_reset(&r->arena);
    r->reply = out;
    r->is_answered = false;
    if (ad_dns_ask(r->dns, q, SW_SECONDS(5), on_answer, r, &id) < 0)
        give_up("no memory");
    for (int i = 0; i < ANSWER_WAIT_MS && !r->is_answered; i++) {
        struct pollfd p = {.fd = ad_loop_epoll_fd(r->loop), .events = POLLIN};
        poll(&p, 1, 1);
        ad_loop_epoll_process(r->loop);
    }
    if (!r->is_answered)
        give_up("no answer");
}

/* ---- cases ---- */

static bool can_be_had_from_files(const struct rt_case *c)
{
    for (const struct rt_step *s = c->steps; s != NULL; s = s->next)
        if (tz_zone_has_faults(s->zone) || s->client->policy.draw == SW_DRAW_LITERAL)
            return false;
    return true;
}

static bool run_step(struct resolver *r, const struct rt_case *c, const struct rt_step *step,
                     struct rt_world *here, struct rt_world *there)
{
    static struct rt_story in_memory, resolved;
    const struct rt_source source = {.ask = ask_resolver, .user = r};
    const struct rt_variant plain = {.fail_at = SIZE_MAX, .is_instant = true};
    const struct rt_variant through = {.fail_at = SIZE_MAX, .is_instant = true, .source = &source};
    load(r, step->zone);
    rt_story_run(&in_memory, here, step, &plain, NULL);
    rt_story_run(&resolved, there, step, &through, NULL);
    bool is_good = resolved.broken == NULL && rt_same_hops(&in_memory, &resolved);
    if (!is_good) {
        fprintf(stderr, "%s:%d: through the resolver: %s (the zone in memory second):\n", c->path,
                step->line, resolved.broken == NULL ? "other candidates" : resolved.broken);
        rt_story_print(&resolved, stderr);
        rt_story_print(&in_memory, stderr);
    }
    rt_story_end(&in_memory);
    rt_story_end(&resolved);
    return is_good;
}

static void run_file(struct resolver *r, const char *path, struct tally *tally)
{
    struct rt_case c;
    if (!rt_case_read(&c, path))
        give_up("a case that cannot be read");
    if (!can_be_had_from_files(&c)) {
        tally->left_out++;
        rt_case_free(&c);
        return;
    }
    struct rt_world here, there;
    rt_world_init(&here, SIZE_MAX);
    rt_world_init(&there, SIZE_MAX);
    bool is_good = true;
    for (const struct rt_step *s = c.steps; s != NULL; s = s->next)
        is_good &= run_step(r, &c, s, &here, &there);
    is_good &= rt_world_fini(&here);
    is_good &= rt_world_fini(&there);
    tally->good += is_good;
    tally->bad += !is_good;
    r->zone = NULL; /* the case's memory goes */
    rt_case_free(&c);
}

static int is_case_file(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');
    return dot != NULL && strcmp(dot, ".route") == 0;
}

static void run_folder(struct resolver *r, const char *path, struct tally *tally)
{
    struct dirent **found = NULL;
    int count = scandir(path, &found, is_case_file, alphasort);
    for (int i = 0; i < count; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, found[i]->d_name);
        run_file(r, file, tally);
        free(found[i]);
    }
    free(found);
}

int main(int argc, char **argv)
{
    struct resolver r = {0};
    struct tally tally = {0};
    sw_arena_init(&r.arena, NULL, NULL, 0, 65536);
    if (ad_loop_epoll_new(&r.loop) < 0)
        give_up("no loop");
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
            run_folder(&r, argv[i], &tally);
        else
            run_file(&r, argv[i], &tally);
    }
    ad_dns_free(r.dns);
    ad_loop_epoll_free(r.loop);
    sw_arena_fini(&r.arena);
    printf("%u cases as in memory, %u not, %u left out\n", tally.good, tally.bad, tally.left_out);
    return tally.bad > 0 || tally.good == 0;
}
