/* SPDX-License-Identifier: BSD-2-Clause */
/* The answers of `sipward ctl status` and `targets` as text. */
#include "base/attr.h"
#include "cmd/sipward/ctl.h"
#include "cmd/sipward/term.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *sw_ctl_text(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));

    return text == NULL ? "" : text;
}

double sw_ctl_number(const json_t *o, const char *name)
{
    return json_number_value(json_object_get(o, name));
}

/* "2 d 3 h", "4 min 5 s", "1.2 s", "340 ms": two units at most. */
static void write_span(char room[32], double seconds)
{
    double days = seconds / 86400, hours = seconds / 3600, minutes = seconds / 60;

    if (days >= 1)
        snprintf(room, 32, "%d d %d h", (int)days, (int)hours % 24);
    else if (hours >= 1)
        snprintf(room, 32, "%d h %d min", (int)hours, (int)minutes % 60);
    else if (minutes >= 1)
        snprintf(room, 32, "%d min %d s", (int)minutes, (int)seconds % 60);
    else if (seconds >= 1)
        snprintf(room, 32, "%.1f s", seconds);
    else
        snprintf(room, 32, "%.0f ms", seconds * 1000);
}

/* --- status ------------------------------------------------------------------------------ */

static void print_line(const struct sw_term *t, const char *name)
{
    sw_term_putf(t, SW_FAINT, "  %-14s", name);
}

static void print_number(const struct sw_term *t, const json_t *o, const char *name,
                         const char *field)
{
    print_line(t, name);
    printf("%.0f\n", sw_ctl_number(o, field));
}

static void print_listeners(const struct sw_term *t, const char *name, const json_t *list)
{
    const json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        print_line(t, i == 0 ? name : "");
        printf("%s\n", json_string_value(one));
    }
}

/* Those that are not 0, below an empty line. */
static void print_counters(const json_t *answer)
{
    json_t *counters = json_object_get(answer, "counters"), *value;
    const char *name, *before = "\n";

    json_object_foreach(counters, name, value)
    {
        if (json_integer_value(value) == 0)
            continue;
        printf("%s  %12" JSON_INTEGER_FORMAT "  ", before, json_integer_value(value));
        before = "";
        for (const char *p = name; *p != '\0'; p++)
            putchar(*p == '_' ? ' ' : *p);
        printf("\n");
    }
}

void sw_ctl_print_status(const json_t *answer)
{
    struct sw_term t = sw_term_open();
    bool is_draining = json_is_true(json_object_get(answer, "draining"));
    time_t loaded = (time_t)sw_ctl_number(answer, "loaded_at");
    struct tm at;
    char room[32];

    write_span(room, sw_ctl_number(answer, "uptime_s"));
    sw_term_putf(&t, SW_TITLE, "sipwardd %s", sw_ctl_text(answer, "version"));
    printf(", pid %.0f, up %s, ", sw_ctl_number(answer, "pid"), room);
    sw_term_put(&t, is_draining ? SW_TROUBLE : SW_USED, is_draining ? "draining" : "ready");
    printf("\n");
    print_line(&t, "configuration");
    printf("%s", sw_ctl_text(answer, "config"));
    if (gmtime_r(&loaded, &at) != NULL && strftime(room, sizeof room, "%Y-%m-%d %H:%M:%S", &at) > 0)
        sw_term_putf(&t, SW_FAINT, "  read %s UTC", room);
    printf("\n");
    print_listeners(&t, "listens at", json_object_get(answer, "listeners"));
    print_listeners(&t, "leaving", json_object_get(answer, "listeners_leaving"));
    print_line(&t, "log");
    printf("%s\n", sw_ctl_text(answer, "log_level"));
    print_number(&t, answer, "workers", "workers");
    print_number(&t, answer, "transactions", "transactions_open");
    print_number(&t, answer, "connections", "connections_open");
    print_number(&t, answer, "questions", "questions_open");
    print_line(&t, "places");
    printf("%.0f, %.0f of them penalised\n", sw_ctl_number(answer, "places"),
           sw_ctl_number(answer, "places_penalised"));
    print_counters(answer);
}

/* --- targets ----------------------------------------------------------------------------- */

enum { CELL_LEN = 300, COLUMN_COUNT = 9 };

static const char *const titles[COLUMN_COUNT] = {"",       "address", "host",  "state", "cause",
                                                 "failed", "INVITE",  "other", "heard"};

static void write_time(char room[CELL_LEN], const json_t *o, const char *mean,
                       const char *deviation)
{
    if (json_object_get(o, mean) != NULL)
        snprintf(room, CELL_LEN, "%.1f +- %.1f ms", sw_ctl_number(o, mean),
                 sw_ctl_number(o, deviation));
}

static void write_cell(char room[CELL_LEN], const json_t *o, size_t column)
{
    const char *address = sw_ctl_text(o, "address");
    bool is_6 = strchr(address, ':') != NULL;
    char span[32];

    room[0] = '\0';
    switch (column) {
    case 0:
        snprintf(room, CELL_LEN, "%s", sw_ctl_text(o, "transport"));
        return;
    case 1:
        snprintf(room, CELL_LEN, "%s%s%s:%.0f", is_6 ? "[" : "", address, is_6 ? "]" : "",
                 sw_ctl_number(o, "port"));
        return;
    case 2:
        snprintf(room, CELL_LEN, "%s", sw_ctl_text(o, "host"));
        return;
    case 3:
        write_span(span, sw_ctl_number(o, "for_ms") / 1000);
        snprintf(room, CELL_LEN, "%s%s%s", sw_ctl_text(o, "state"),
                 json_object_get(o, "for_ms") == NULL ? "" : " for ",
                 json_object_get(o, "for_ms") == NULL ? "" : span);
        return;
    case 4:
        snprintf(room, CELL_LEN, "%s", sw_ctl_text(o, "cause"));
        return;
    case 5:
        if (sw_ctl_number(o, "failures") > 0)
            snprintf(room, CELL_LEN, "%.0f", sw_ctl_number(o, "failures"));
        return;
    case 6:
        write_time(room, o, "invite_ms", "invite_deviation_ms");
        return;
    case 7:
        write_time(room, o, "other_ms", "other_deviation_ms");
        return;
    default:
        write_span(span, sw_ctl_number(o, "heard_ms_ago") / 1000);
        snprintf(room, CELL_LEN, "%s ago", span);
        return;
    }
}

static size_t width_of(const json_t *all, size_t column)
{
    size_t width = strlen(titles[column]), i;
    const json_t *one;
    char room[CELL_LEN];

    json_array_foreach(all, i, one)
    {
        write_cell(room, one, column);
        width = strlen(room) > width ? strlen(room) : width;
    }
    return width;
}

static enum sw_style style_of(const json_t *one, size_t column)
{
    if (column <= 1)
        return SW_PLACE;
    if (column == 3)
        return strcmp(sw_ctl_text(one, "state"), "healthy") == 0 ? SW_USED : SW_UNUSED;
    return SW_PLAIN;
}

/* No line ends in blanks: they are held back until a cell comes. */
static void print_row(const struct sw_term *t, const json_t *one, const size_t *widths)
{
    int gap = 2;

    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        char room[CELL_LEN];
        if (one == NULL)
            snprintf(room, sizeof room, "%s", titles[c]);
        else
            write_cell(room, one, c);
        if (room[0] != '\0') {
            printf("%*s", gap, "");
            sw_term_put(t, one == NULL ? SW_FAINT : style_of(one, c), room);
            gap = 0;
        }
        gap += (int)(widths[c] - strlen(room)) + 2;
    }
    printf("\n");
}

void sw_ctl_print_targets(const json_t *answer)
{
    const json_t *all = json_object_get(answer, "targets"), *one;
    struct sw_term t = sw_term_open();
    size_t widths[COLUMN_COUNT], i;

    if (json_array_size(all) == 0) {
        printf("nothing has been sent anywhere yet\n");
        return;
    }
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        widths[c] = width_of(all, c);
    print_row(&t, NULL, widths);
    json_array_foreach(all, i, one)
    {
        print_row(&t, one, widths);
    }
}
