/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/state.h"

#include "adapter/state_file.h"
#include "base/alloc.h"
#include "run/inbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEADING "# sipward: domains that offered SIPS\n"

enum { FILE_LEN_MAX = SW_OFFERS_DEFAULT * (SW_NAME_TEXT_MAX + 1) + 64 }; /* of those kept */

struct learned {
    struct sw_list link;
    size_t len;
    char name[];
};

struct sw_state {
    struct sw_offers *offers;
    struct sw_inbox inbox; /* struct learned */
    bool is_foreign;       /* the file is not ours to write */
    bool is_changed;
    bool was_told; /* that it cannot be written */
    char path[];
};

int sw_state_new(struct sw_state **out, const char *path)
{
    struct sw_state *s = sw_zalloc(NULL, sizeof *s + strlen(path) + 1);

    if (s == NULL)
        return SW_E_NOMEM;
    memcpy(s->path, path, strlen(path));
    int rc = sw_inbox_init(&s->inbox);
    if (rc < 0) {
        sw_free(NULL, s);
        return rc;
    }
    rc = sw_offers_new(&s->offers, NULL, 0, 0); /* names from here go into tables with a secret */
    if (rc < 0) {
        sw_state_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

/* What was left since the last time. */
static void take_in(struct sw_state *s)
{
    struct sw_list list, *at, *tmp;
    struct sw_name_room room;
    struct sw_name name;

    sw_list_init(&list);
    sw_inbox_take(&s->inbox, &list);
    SW_LIST_EACH (at, tmp, &list) {
        struct learned *l = SW_LIST_ITEM(at, struct learned, link);
        bool is_name = sw_name_from_escaped(sw_slice(l->name, l->len), &room, &name) == 0;
        s->is_changed = s->is_changed || (is_name && !sw_offers_has(s->offers, name));
        if (is_name)
            sw_offers_hear(s->offers, name);
        sw_free(NULL, l);
    }
}

void sw_state_free(struct sw_state *s)
{
    if (s == NULL)
        return;
    if (s->offers != NULL)
        take_in(s);
    sw_offers_free(s->offers);
    sw_inbox_fini(&s->inbox);
    sw_free(NULL, s);
}

static void tell(const struct sw_state *s, struct sw_state_problem *problem, const char *what)
{
    snprintf(problem->text, sizeof problem->text, "%s: %s", s->path, what);
}

static void read_lines(struct sw_state *s, struct sw_slice text, struct sw_state_problem *problem)
{
    struct sw_name_room room;
    struct sw_name name;
    size_t number = 1, bad = 0, first_bad = 0;

    while (text.len > 0) {
        size_t end = sw_slice_find(text, '\n');
        struct sw_slice line = sw_slice_trim(sw_slice_sub(text, 0, end));
        text = sw_slice_sub(text, end == SIZE_MAX ? end : end + 1, SIZE_MAX);
        number++;
        if (line.len == 0 || line.p[0] == '#')
            continue;
        if (sw_name_from_escaped(line, &room, &name) == 0 && !sw_name_is_root(name)) {
            sw_offers_hear(s->offers, name);
        } else {
            first_bad = bad++ == 0 ? number : first_bad;
        }
    }
    if (bad == 0)
        return;
    char what[96];
    snprintf(what, sizeof what, "%zu lines are no names of domains, line %zu being the first", bad,
             first_bad);
    tell(s, problem, what);
}

static void read_file(struct sw_state *s, char *room, struct sw_state_problem *problem)
{
    struct sw_slice text = {NULL, 0};
    size_t head_len = sizeof HEADING - 1;
    int rc = ad_state_read(s->path, room, FILE_LEN_MAX, &text);

    if (rc == SW_E_NOTFOUND || (rc == 0 && text.len == 0))
        return;
    if (rc == SW_E_FILE) {
        s->is_foreign = true; /* another would take its place, and what is in it be lost */
        tell(s, problem, strerrordesc_np(errno));
        return;
    }
    s->is_foreign = rc < 0 || !sw_slice_eq(sw_slice_sub(text, 0, head_len), SW_LIT(HEADING));
    if (s->is_foreign)
        tell(s, problem, "not a file of sipward: it is left alone, and nothing is kept");
    else
        read_lines(s, sw_slice_sub(text, head_len, text.len), problem);
}

void sw_state_load(struct sw_state *s, struct sw_state_problem *problem)
{
    char *room = sw_alloc(NULL, FILE_LEN_MAX);

    problem->text[0] = '\0';
    if (room == NULL)
        tell(s, problem, sw_err_text(SW_E_NOMEM));
    else
        read_file(s, room, problem);
    sw_free(NULL, room);
}

static void write_name(void *arg, struct sw_name domain)
{
    struct sw_buf *b = arg;

    sw_name_write(b, domain);
    sw_buf_char(b, '\n');
}

void sw_state_save(struct sw_state *s, struct sw_state_problem *problem)
{
    problem->text[0] = '\0';
    take_in(s);
    if (!s->is_changed || s->is_foreign)
        return;
    size_t cap = sizeof HEADING + sw_offers_count(s->offers) * (SW_NAME_TEXT_MAX + 1);
    char *room = sw_alloc(NULL, cap);
    struct sw_buf b = sw_buf(room, room == NULL ? 0 : cap);
    if (room == NULL)
        return; /* the next time */
    sw_buf_str(&b, HEADING);
    sw_offers_each(s->offers, write_name, &b);
    bool is_written = ad_state_write(s->path, sw_buf_slice(&b)) == 0;
    if (!is_written && !s->was_told) /* a full disk is told once, and tried again */
        tell(s, problem, strerrordesc_np(errno));
    s->was_told = !is_written;
    s->is_changed = !is_written;
    sw_free(NULL, room);
}

const struct sw_offers *sw_state_offers(const struct sw_state *s)
{
    return s->offers;
}

void sw_state_learn(struct sw_state *s, struct sw_slice domain)
{
    struct learned *l = sw_alloc(NULL, sizeof *l + domain.len);

    if (l == NULL)
        return;
    *l = (struct learned){.len = domain.len};
    memcpy(l->name, domain.p, domain.len);
    sw_inbox_put(&s->inbox, &l->link);
}
