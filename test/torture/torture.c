/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Feeds a folder of messages to the proxy core, over UDP and over TCP, and compares what becomes of
 * each with a table.
 *
 *     torture [-v] [-a] TABLE FOLDER every file of the folder, every row of the table
 *     torture -g COUNT [-s SEED]     made-up messages: all go on as they came (make.h)
 *
 * Over TCP a message comes in one piece, octet by octet and in sevens; with -a also in two pieces,
 * cut at every place. A row is: section, name, what is wanted over UDP, what over TCP, and why. A
 * message is the file of that name, whatever follows its first dot. What may be wanted is in
 * README.md.
 */
#include "base/attr.h"
#include "torture/make.h"
#include "torture/play.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MESSAGE_MAX = 65536, ROWS_MAX = 200, WORD_MAX = 48, LINE_LEN_MAX = 400 };

struct row {
    char section[WORD_MAX], name[WORD_MAX], udp[WORD_MAX], tcp[WORD_MAX];
    bool was_met;
};

static struct row rows[ROWS_MAX];
static size_t row_count;
static unsigned wrong_count, played_count;
static bool is_verbose, cuts_everywhere;

static void give_up(const char *what, const char *which)
{
    fprintf(stderr, "torture: %s %s\n", what, which);
    exit(2);
}

static void read_table(const char *path)
{
    char line[LINE_LEN_MAX];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        give_up("cannot open", path);
    while (fgets(line, sizeof line, f) != NULL) {
        struct row *r = &rows[row_count];
        if (line[0] == '#' || strncmp(line, "rule ", 5) == 0)
            continue;
        if (row_count == ROWS_MAX ||
            sscanf(line, "%47s %47s %47s %47s", r->section, r->name, r->udp, r->tcp) != 4)
            give_up("bad row:", line);
        row_count++;
    }
    fclose(f);
}

static struct row *find_row(const char *file)
{
    for (size_t i = 0; i < row_count; i++) {
        size_t len = strlen(rows[i].name);
        if (strncmp(rows[i].name, file, len) == 0 && (file[len] == '.' || file[len] == '\0'))
            return &rows[i];
    }
    return NULL;
}

/* As the table writes it. */
static void write_seen(const struct tt_seen *s, char *out, size_t cap)
{
    size_t len = 0;
    for (unsigned i = 0; i < s->forward_count + s->pong_count && len < cap; i++)
        len += (size_t)snprintf(out + len, cap - len, "%s%s", len > 0 ? "+" : "",
                                i < s->forward_count ? "forward" : "pong");
    if (s->status != 0 && len < cap)
        len += (size_t)snprintf(out + len, cap - len, "%s%u%s%s", len > 0 ? "+" : "", s->status,
                                strncmp(s->reason, "Bad ", 4) == 0 && s->status == 400 ? ":" : "",
                                s->status == 400 ? s->reason + 4 : "");
    if (s->dropped != NULL && len < cap)
        len += (size_t)snprintf(out + len, cap - len, "%sdrop:%s", len > 0 ? "+" : "", s->dropped);
    if (s->is_closed && len < cap)
        len += (size_t)snprintf(out + len, cap - len, "%sclose", len > 0 ? "+" : "");
    if (len == 0)
        snprintf(out, cap, s->is_closed_late ? "wait" : "absorb");
    for (; *out != '\0'; out++)
        *out = *out == ' ' ? '-' : *out;
}

static void judge(const struct row *r, const char *how, const struct tt_seen *seen,
                  const char *want)
{
    char got[160];
    write_seen(seen, got, sizeof got);
    bool is_wrong = strcmp(got, want) != 0 || seen->complaint != NULL;
    played_count++;
    wrong_count += is_wrong;
    if (is_wrong || is_verbose)
        printf("%-5s %-10s %-32s %-8s %s%s%s%s%s\n", is_wrong ? "WRONG" : "ok", r->section, r->name,
               how, got, is_wrong ? ", wanted " : "", is_wrong ? want : "",
               seen->complaint != NULL ? "; not as it was: " : "",
               seen->complaint != NULL ? seen->complaint : "");
}

static void play_all_ways(struct row *r, struct sw_slice message)
{
    static const struct {
        const char *name;
        struct tt_way way;
    } ways[] = {
        {"udp", {.transport = SW_UDP}},
        {"tcp", {.transport = SW_TCP}},
        {"tcp/1", {.transport = SW_TCP, .piece_len = 1}},
        {"tcp/7", {.transport = SW_TCP, .piece_len = 7}},
    };
    r->was_met = true;
    for (size_t i = 0; i < SW_ARRAY_LEN(ways); i++) {
        struct tt_seen seen;
        tt_play(message, &ways[i].way, &seen);
        judge(r, ways[i].name, &seen, ways[i].way.transport == SW_UDP ? r->udp : r->tcp);
    }
}

/* Wherever it is cut, the same comes of it (X2). */
static void play_all_cuts(const struct row *r, struct sw_slice message)
{
    for (size_t at = 1; at < message.len; at++) {
        struct tt_way way = {.transport = SW_TCP, .first_len = at};
        struct tt_seen seen;
        char how[32];
        snprintf(how, sizeof how, "tcp@%zu", at);
        tt_play(message, &way, &seen);
        judge(r, how, &seen, r->tcp);
    }
}

static void play_file(const char *folder, const char *file)
{
    static char room[MESSAGE_MAX];
    char path[1024];
    struct row *r = find_row(file);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        give_up("cannot open", path);
    size_t len = fread(room, 1, sizeof room, f);
    fclose(f);
    if (r != NULL) {
        play_all_ways(r, sw_slice(room, len));
        if (cuts_everywhere)
            play_all_cuts(r, sw_slice(room, len));
        return;
    }
    printf("WRONG no row for %s\n", file);
    wrong_count++;
}

static void play_folder(const char *folder)
{
    struct dirent **list;
    int count = scandir(folder, &list, NULL, alphasort);
    if (count < 0)
        give_up("cannot open", folder);
    for (int i = 0; i < count; i++) {
        if (list[i]->d_name[0] != '.')
            play_file(folder, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].was_met)
            continue;
        printf("WRONG no message for %s\n", rows[i].name);
        wrong_count++;
    }
}

static void play_made_up(unsigned count, uint64_t seed)
{
    static char room[MESSAGE_MAX];
    for (unsigned i = 0; i < count; i++) {
        struct row r = {.section = "made", .udp = "forward", .tcp = "forward"};
        struct sw_buf b = sw_buf(room, sizeof room);
        uint64_t message_seed = seed + i;
        snprintf(r.name, sizeof r.name, "-g 1 -s %llu", (unsigned long long)message_seed);
        tt_make(message_seed, &b);
        play_all_ways(&r, sw_buf_slice(&b));
    }
}

int main(int argc, char **argv)
{
    unsigned made_count = 0;
    uint64_t seed = 1;
    int option;
    while ((option = getopt(argc, argv, "avg:s:")) != -1) {
        if (option == 'v')
            is_verbose = true;
        else if (option == 'a')
            cuts_everywhere = true;
        else if (option == 'g')
            made_count = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else
            give_up("usage: torture [-v] [-a] TABLE FOLDER |", "torture [-v] -g COUNT [-s SEED]");
    }
    if (made_count > 0) {
        play_made_up(made_count, seed);
    } else if (argc - optind == 2) {
        read_table(argv[optind]);
        play_folder(argv[optind + 1]);
    } else {
        give_up("usage: torture [-v] [-a] TABLE FOLDER |", "torture [-v] -g COUNT [-s SEED]");
    }
    printf("%u played, %u wrong\n", played_count, wrong_count);
    return wrong_count > 0;
}
