/* SPDX-License-Identifier: BSD-2-Clause */
/* The readers of single values. */
#include "run/conf_read.h"

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit times[] = {{"us", 1},         {"ms", 1000},      {"s", 1000000},
                                    {"min", 60000000}, {"h", 3600000000}, {NULL, 0}};

static const struct unit sizes[] = {
    {"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {NULL, 0}};

static void *member_of(struct sw_conf_reading *r, const struct sw_conf_key *key)
{
    return (char *)r->settings + key->offset;
}

/* Into an unsigned member of any width; the table's max fits it. */
static void put_number(struct sw_conf_reading *r, const struct sw_conf_key *key, uint64_t value)
{
    void *to = member_of(r, key);

    switch (key->size) {
    case 2:
        *(uint16_t *)to = (uint16_t)value;
        return;
    case 4:
        *(uint32_t *)to = (uint32_t)value;
        return;
    default:
        *(uint64_t *)to = value;
        return;
    }
}

/* "10 min" is 10 and "min". */
static bool split_quantity(struct sw_slice text, uint64_t *number, struct sw_slice *unit)
{
    size_t len = 0;

    while (len < text.len && sw_is_digit(text.p[len]))
        len++;
    *unit = sw_slice_trim(sw_slice_sub(text, len, text.len));
    return sw_slice_u64(sw_slice_sub(text, 0, len), UINT64_MAX, number);
}

static bool read_quantity(struct sw_slice text, const struct unit *units, uint64_t *out)
{
    struct sw_slice unit;
    uint64_t number;

    if (!split_quantity(text, &number, &unit))
        return false;
    for (; units->name != NULL; units++) {
        if (!sw_slice_eq(unit, sw_slice_str(units->name)))
            continue;
        if (number > UINT64_MAX / units->factor)
            return false;
        *out = number * units->factor;
        return true;
    }
    return false;
}

/* A bound as a person would write it: in the largest unit that leaves no rest; nothing has none. */
static const char *quantity_text(struct sw_conf_reading *r, uint64_t value,
                                 const struct unit *units)
{
    const struct unit *best = units;
    char room[40];
    struct sw_buf b = sw_buf(room, sizeof room);

    for (const struct unit *u = units; u->name != NULL; u++)
        if (value != 0 && value % u->factor == 0)
            best = u;
    sw_buf_u64(&b, value / best->factor);
    if (value != 0 && best->name[0] != '\0') {
        sw_buf_char(&b, ' ');
        sw_buf_str(&b, best->name);
    }
    return sw_conf_shown(r, sw_buf_slice(&b));
}

static void read_in_units(struct sw_conf_reading *r, const struct sw_conf_key *key,
                          const struct ad_conf_node *n, const struct unit *units,
                          const char *example)
{
    uint64_t value;

    if (!sw_conf_is_scalar(r, n, example))
        return;
    if (!read_quantity(n->text, units, &value))
        sw_conf_problem(r, n->place, "'%s' is not %s", sw_conf_shown(r, n->text), example);
    else if (value < key->min || value > key->max)
        sw_conf_problem(r, n->place, "%s must lie between %s and %s", key->name,
                        quantity_text(r, key->min, units), quantity_text(r, key->max, units));
    else
        put_number(r, key, value);
}

void sw_conf_duration(struct sw_conf_reading *r, const struct sw_conf_key *key,
                      const struct ad_conf_node *n)
{
    read_in_units(r, key, n, times, "a time with its unit, like 500 ms, 3 s, 10 min or 1 h");
}

void sw_conf_size(struct sw_conf_reading *r, const struct sw_conf_key *key,
                  const struct ad_conf_node *n)
{
    read_in_units(r, key, n, sizes, "a size, like 65536, 64 KiB or 4 MiB");
}

void sw_conf_number(struct sw_conf_reading *r, const struct sw_conf_key *key,
                    const struct ad_conf_node *n)
{
    read_in_units(r, key, n, (const struct unit[]){{"", 1}, {NULL, 0}}, "a whole number");
}

static bool is_one_of(struct sw_slice text, const char *a, const char *b, const char *c)
{
    return sw_slice_eq(text, sw_slice_str(a)) || sw_slice_eq(text, sw_slice_str(b)) ||
           sw_slice_eq(text, sw_slice_str(c));
}

bool sw_conf_bool_read(struct sw_conf_reading *r, const struct ad_conf_node *n, bool *out)
{
    if (!sw_conf_is_scalar(r, n, "true or false"))
        return false;
    bool is_true = is_one_of(n->text, "true", "yes", "on");
    if (!is_true && !is_one_of(n->text, "false", "no", "off")) {
        sw_conf_problem(r, n->place, "'%s' is neither true nor false", sw_conf_shown(r, n->text));
        return false;
    }
    *out = is_true;
    return true;
}

void sw_conf_bool(struct sw_conf_reading *r, const struct sw_conf_key *key,
                  const struct ad_conf_node *n)
{
    (void)sw_conf_bool_read(r, n, member_of(r, key)); /* it has told what is wrong */
}

/* "none, rfc or all" */
static void write_words(struct sw_buf *b, const struct sw_conf_word *words)
{
    for (size_t i = 0; words[i].name != NULL; i++) {
        if (i > 0)
            sw_buf_str(b, words[i + 1].name == NULL ? " or " : ", ");
        sw_buf_str(b, words[i].name);
    }
}

void sw_conf_word_read(struct sw_conf_reading *r, const struct sw_conf_key *key,
                       const struct ad_conf_node *n)
{
    char room[128];
    struct sw_buf b = sw_buf(room, sizeof room);

    write_words(&b, key->words);
    const char *choice = sw_buf_cstr(&b);
    if (!sw_conf_is_scalar(r, n, choice))
        return;
    for (const struct sw_conf_word *w = key->words; w->name != NULL; w++) {
        if (sw_slice_eq(n->text, sw_slice_str(w->name))) {
            put_number(r, key, w->value);
            return;
        }
    }
    sw_conf_problem(r, n->place, "'%s' is not known: %s must be %s", sw_conf_shown(r, n->text),
                    key->name, choice);
}

void sw_conf_seed(struct sw_conf_reading *r, const struct sw_conf_key *key,
                  const struct ad_conf_node *n)
{
    sw_conf_number(r, key, n);
    r->settings->has_seed = true;
}

void sw_conf_path(struct sw_conf_reading *r, const struct sw_conf_key *key,
                  const struct ad_conf_node *n)
{
    if (!sw_conf_is_scalar(r, n, "the name of a file"))
        return;
    if (n->text.len == 0)
        sw_conf_problem(r, n->place, "%s is empty: it must name a file", key->name);
    else
        *(const char **)member_of(r, key) = sw_conf_path_text(r, n->text);
}

/* Long enough that nobody writes it without reading it. */
#define OPEN_RELAY_PHRASE "anybody may send anything anywhere through this proxy"

void sw_conf_open_relay(struct sw_conf_reading *r, const struct sw_conf_key *key,
                        const struct ad_conf_node *n)
{
    if (!sw_conf_is_scalar(r, n, "\"" OPEN_RELAY_PHRASE "\""))
        return;
    if (sw_slice_eq(n->text, SW_LIT(OPEN_RELAY_PHRASE)))
        *(bool *)member_of(r, key) = true;
    else
        sw_conf_problem(r, n->place, "an open relay must be asked for in these words: %s: \"%s\"",
                        key->name, OPEN_RELAY_PHRASE);
}
