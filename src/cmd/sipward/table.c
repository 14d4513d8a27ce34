/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/sipward/table.h"

#include "base/attr.h"

enum { CELL_LEN = 300, ROW_MAX = SW_FINDING_CANDIDATES_MAX + 1 };

/* A column writes one candidate's cell into `room`, empty when it has nothing to say; a column that
 * says nothing about any candidate is left out. */
struct column {
    const char *title;
    bool is_right; /* aligned */
    enum sw_style style;
    void (*write)(char room[CELL_LEN], const struct sw_finding *f, size_t i);
};

static void write_number(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    (void)f;
    snprintf(room, CELL_LEN, "%zu", i + 1);
}

static void write_transport(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    snprintf(room, CELL_LEN, "%s", sipward_transport_name(f->found[i].candidate.transport));
}

static void write_place(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    bool is_6 = f->found[i].candidate.addr.sa.sa_family == AF_INET6;
    snprintf(room, CELL_LEN, "%s%s%s:%u", is_6 ? "[" : "", f->found[i].words.address,
             is_6 ? "]" : "", (unsigned)f->found[i].candidate.port);
}

static void write_host(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    snprintf(room, CELL_LEN, "%s", f->found[i].words.host);
}

static void write_priority(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    if (f->found[i].candidate.flags & SIPWARD_HAS_SRV)
        snprintf(room, CELL_LEN, "%u", (unsigned)f->found[i].candidate.priority);
}

static void write_weight(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    if (f->found[i].candidate.flags & SIPWARD_HAS_SRV)
        snprintf(room, CELL_LEN, "%u", (unsigned)f->found[i].candidate.weight);
}

static void write_first(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    if (f->share_count > 0)
        snprintf(room, CELL_LEN, "%.1f %%",
                 100.0 * (double)f->found[i].first_count / (double)f->share_count);
}

static void write_ttl(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    if (f->found[i].candidate.ttl_s > 0)
        snprintf(room, CELL_LEN, "%u s", (unsigned)f->found[i].candidate.ttl_s);
}

static void write_tls(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    const struct sw_found *found = &f->found[i];
    int at = 0;
    for (unsigned n = 0; n < found->candidate.tls_name_count && n < SIPWARD_TLS_NAMES_MAX; n++) {
        const char *sep = (found->candidate.flags & SIPWARD_TLS_NAMES_ALL) ? " and " : " or ";
        int more = snprintf(room + at, CELL_LEN - (size_t)at, "%s%s", n == 0 ? "" : sep,
                            found->words.tls_names[n]);
        if (more < 0 || at + more >= CELL_LEN)
            return;
        at += more;
    }
}

static void write_remarks(char room[CELL_LEN], const struct sw_finding *f, size_t i)
{
    static const struct {
        unsigned flag;
        const char *text;
    } rows[] = {
        {SIPWARD_ONLY_IF_REFUSED, "only if refused"},
        {SIPWARD_SECURE, "secure"},
        {SIPWARD_STALE, "stale"},
    };
    int at = 0;
    for (size_t r = 0; r < SW_ARRAY_LEN(rows); r++)
        if (f->found[i].candidate.flags & rows[r].flag)
            at += snprintf(room + at, CELL_LEN - (size_t)at, "%s%s", at == 0 ? "" : ", ",
                           rows[r].text);
}

static const struct column columns[] = {
    {"", true, SW_PLAIN, write_number},           {"", false, SW_PLACE, write_transport},
    {"address", false, SW_PLACE, write_place},    {"host", false, SW_PLAIN, write_host},
    {"priority", true, SW_PLAIN, write_priority}, {"weight", true, SW_PLAIN, write_weight},
    {"first", true, SW_TITLE, write_first},       {"ttl", true, SW_FAINT, write_ttl},
    {"certificate", false, SW_PLAIN, write_tls},  {"", false, SW_WHY, write_remarks},
};

static size_t width_of(const struct column *c, const struct sw_finding *f)
{
    size_t width = 0;
    for (size_t i = 0; i < f->found_count; i++) {
        char room[CELL_LEN] = "";
        c->write(room, f, i);
        size_t len = strlen(room);
        width = len > width ? len : width;
    }
    return width == 0 || width > strlen(c->title) ? width : strlen(c->title);
}

static void print_cell(const struct sw_term *t, const struct column *c, const char *text,
                       size_t width, enum sw_style style)
{
    int pad = (int)(width - strlen(text));
    if (c->is_right)
        printf("%*s", pad, "");
    sw_term_put(t, style, text);
    if (!c->is_right)
        printf("%*s", pad, "");
}

/* Blanks before a cell are held back until a cell comes: no line ends in blanks. */
static void print_row(const struct sw_term *t, const struct sw_finding *f, const size_t *widths,
                      size_t row)
{
    int gap = 2;
    for (size_t c = 0; c < SW_ARRAY_LEN(columns); c++) {
        char room[CELL_LEN] = "";
        if (widths[c] == 0)
            continue;
        if (row > 0)
            columns[c].write(room, f, row - 1);
        const char *text = row > 0 ? room : columns[c].title;
        if (text[0] == '\0') {
            gap += (int)widths[c] + 2;
            continue;
        }
        printf("%*s", gap, "");
        size_t width = columns[c].is_right ? widths[c] : strlen(text);
        print_cell(t, &columns[c], text, width, row > 0 ? columns[c].style : SW_FAINT);
        gap = 2 + (int)(widths[c] - width);
    }
    printf("\n");
}

static void print_candidates(const struct sw_term *t, const struct sw_finding *f)
{
    size_t widths[SW_ARRAY_LEN(columns)];
    for (size_t c = 0; c < SW_ARRAY_LEN(columns); c++)
        widths[c] = width_of(&columns[c], f);
    for (size_t row = 0; row <= f->found_count; row++)
        print_row(t, f, widths, row);
    if (f->share_count > 0)
        sw_term_putf(t, SW_FAINT, "  first: of %zu locations\n", f->share_count);
}

const char *sw_table_subject(const struct sw_finding *f, const struct sipward_event *e)
{
    if (e->kind == SIPWARD_EVENT_STEP && strcmp(e->rule, "I2") == 0)
        return e->name;
    return strcmp(e->subject, f->target) == 0 ? "" : e->subject;
}

void sw_table_print_title(const struct sw_term *t, const struct sw_finding *f)
{
    sw_term_put(t, SW_TITLE, "");
    if (t->has_colour)
        printf("\033[1m");
    sw_term_put_safe(stdout, f->uri);
    if (t->has_colour)
        printf("\033[0m");
    printf("\n");
}

void sw_table_print(const struct sw_term *t, const struct sw_finding *f)
{
    if (f->found_count > 0) {
        print_candidates(t, f);
        return;
    }
    printf("  ");
    sw_term_put(t, SW_TROUBLE, sipward_result_name(f->result));
    printf(": ");
    sw_term_put_safe(stdout, f->reason);
    printf("\n");
}

void sw_table_print_error(const struct sw_finding *f)
{
    size_t column = 0, used = 0;
    fflush(stdout);
    for (const char *p = f->uri; *p != '\0'; p++) {
        if ((size_t)(p - f->uri) == f->error.offset)
            column = used;
        used += sw_term_put_safe(stderr, (char[]){*p, '\0'});
    }
    if (f->error.offset >= strlen(f->uri))
        column = used;
    fprintf(stderr, "\n%*s^\nsipward: invalid URI: %s (%s)\n", (int)column, "", f->error.text,
            f->error.rule);
}
