/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A YAML file as a tree of values that know where they stand. What the keys mean is the reader's
 * business; that no key is given twice, that there is one document, and that there are no aliases
 * is checked here.
 *
 *     struct ad_conf_file *file;
 *     rc = ad_conf_file_read(&file, "sipward.yaml", tell, me);
 *     for (n = ad_conf_file_root(file)->first; n != NULL; n = n->next)
 *         use(n->key, n);
 *     ad_conf_file_free(file);
 */
#ifndef SW_ADAPTER_CONF_FILE_H
#define SW_ADAPTER_CONF_FILE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/slice.h"

struct ad_conf_file;

enum {
    AD_CONF_FILE_MAX_LEN = 4 << 20, /* octets: ten thousand routes and some comments */
    AD_CONF_DEPTH_MAX = 8           /* of lists and mappings inside each other */
};

struct ad_conf_place { /* from 1; line 0: the file as a whole */
    uint32_t line, column;
};

enum ad_conf_kind { AD_CONF_SCALAR, AD_CONF_LIST, AD_CONF_MAP };

struct ad_conf_node {
    enum ad_conf_kind kind;
    struct ad_conf_place place;
    struct sw_slice text;       /* scalars; a NUL follows it */
    struct ad_conf_node *first; /* members of a list or mapping, in the order of the file */
    struct ad_conf_node *next;
    struct sw_slice key; /* members of a mapping */
    struct ad_conf_place key_place;
};

/* A mistake. @p what is valid during the call, one line, escaped. */
typedef void ad_conf_problem_fn(void *arg, struct ad_conf_place at, const char *what);

/**
 * Read a file.
 *
 * @param[out] out  also written when keys were given twice, so that other mistakes can be found.
 * @param fn        called once a mistake.
 * @retval 0             no mistake so far.
 * @retval SW_E_CONF     keys given twice: *out is written, and the first of each counts.
 * @retval SW_E_SYNTAX   not YAML, or nested too deep; *out is untouched.
 * @retval SW_E_FILE     cannot be read, or too long; *out is untouched.
 * @retval SW_E_NOMEM    *out is untouched.
 */
SW_MUST_USE int ad_conf_file_read(struct ad_conf_file **out, const char *path,
                                  ad_conf_problem_fn *fn, void *arg);
/* The nodes go with it. NULL is allowed. */
void ad_conf_file_free(struct ad_conf_file *file);

/* A mapping, empty for an empty file; or what the file has instead of one. */
const struct ad_conf_node *ad_conf_file_root(const struct ad_conf_file *file);

#endif
