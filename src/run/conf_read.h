/* SPDX-License-Identifier: BSD-2-Clause */
/* Private to the reading of a configuration: one reading in progress, and what a row of the table
 * of keys (conf_keys.c) is made of. */
#ifndef SW_RUN_CONF_READ_H
#define SW_RUN_CONF_READ_H

#include "run/settings.h"

struct sw_conf_reading {
    struct sw_settings *settings;
    const struct sw_settings *in_force; /* NULL: nothing is */
    const struct ad_conf_node *root;
    struct sw_slice folder; /* of the file, with its final '/'; empty: where we are */
    ad_conf_problem_fn *fn;
    void *arg;
    unsigned problem_count;
    bool is_out_of_memory;
};

struct sw_conf_word { /* a value with a name */
    const char *name;
    unsigned value;
};

struct sw_conf_key;

/* Read a value into the settings, or tell what is wrong with it. */
typedef void sw_conf_read_fn(struct sw_conf_reading *r, const struct sw_conf_key *key,
                             const struct ad_conf_node *n);

struct sw_conf_key {
    const char *name; /* "section.key" or "key" */
    sw_conf_read_fn *read;
    size_t offset, size; /* of the member of struct sw_settings */
    uint64_t min, max;   /* inclusive, in microseconds or octets where it is a time or a size */
    const struct sw_conf_word *words; /* ends with a NULL name */
    const char *fallback;
    const char *help;
};

/* The readers; conf_value.c has those of single values, conf_list.c those of lists. */
sw_conf_read_fn sw_conf_duration; /* "500 ms", "3 s", "10 min", "1 h" */
sw_conf_read_fn sw_conf_size;     /* "65536", "64 KiB", "4 MiB" */
sw_conf_read_fn sw_conf_number;
sw_conf_read_fn sw_conf_bool;
sw_conf_read_fn sw_conf_word_read; /* one of key->words */
sw_conf_read_fn sw_conf_seed;
sw_conf_read_fn sw_conf_path; /* const char * */
sw_conf_read_fn sw_conf_open_relay;
sw_conf_read_fn sw_conf_listeners;
sw_conf_read_fn sw_conf_transports;
sw_conf_read_fn sw_conf_network_list; /* struct sw_conf_networks */
sw_conf_read_fn sw_conf_domain_list;  /* struct sw_conf_texts, lower case */
sw_conf_read_fn sw_conf_domains;      /* with their routes; conf_domains.c */
sw_conf_read_fn sw_conf_codes;        /* uint16_t [PX_FAILOVER_CODES_MAX] */
sw_conf_read_fn sw_conf_path_list;    /* struct sw_conf_texts */
sw_conf_read_fn sw_conf_server_list;
sw_conf_read_fn sw_conf_endpoint; /* struct sw_endpoint, with a port */

/* Tell a mistake. Texts of the file are handed in through sw_conf_shown(). */
void sw_conf_problem(struct sw_conf_reading *r, struct ad_conf_place at, const char *fmt, ...)
    SW_PRINTF(3, 4);
/* A text of the file as it may be shown: escaped and cut; valid as long as the settings. */
const char *sw_conf_shown(struct sw_conf_reading *r, struct sw_slice text);
/* Room in the settings' arena, cleared; NULL after noting that memory is out. */
void *sw_conf_room(struct sw_conf_reading *r, size_t count, size_t size);
/* A text with a NUL behind it; a path that is not absolute begins at the file's folder. */
const char *sw_conf_path_text(struct sw_conf_reading *r, struct sw_slice text);
/* Tells when the node is not one plain value. */
bool sw_conf_is_scalar(struct sw_conf_reading *r, const struct ad_conf_node *n, const char *want);

/* A domain name in lower case without a trailing dot. Tells when it is none. */
bool sw_conf_domain_read(struct sw_conf_reading *r, const struct ad_conf_node *n,
                         struct sw_slice *out);
/* True or false. Tells when it is neither; *out is as it was then. */
bool sw_conf_bool_read(struct sw_conf_reading *r, const struct ad_conf_node *n, bool *out);
/* Response codes that count as failure (F1): PX_FAILOVER_CODES_MAX at most, the rest 0. */
void sw_conf_codes_read(struct sw_conf_reading *r, const struct ad_conf_node *list, uint16_t *out);

/* The row of a key, or NULL. */
const struct sw_conf_key *sw_conf_key_find(struct sw_slice section, struct sw_slice name);
/* True when there are keys "name.something". */
bool sw_conf_is_section(struct sw_slice name);
/* The key of that section most like it, or NULL when none is. */
const char *sw_conf_key_like(struct sw_slice section, struct sw_slice name);

/* The value of "section.key" or "key" in the file, or NULL. */
const struct ad_conf_node *sw_conf_find(const struct sw_conf_reading *r, const char *name);
/* What shows only when keys are compared. */
void sw_conf_check(struct sw_conf_reading *r);
/* The same of the section tls, and whether its files can be used. */
void sw_conf_check_tls(struct sw_conf_reading *r);
/* What is different from what is in force, and cannot become so without a restart; when the parts
 * are together. */
void sw_conf_check_restart(struct sw_conf_reading *r);
/* Put the parts together, after everything was found right. */
void sw_conf_finish(struct sw_conf_reading *r);

#endif
