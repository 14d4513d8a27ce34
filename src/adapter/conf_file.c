/* SPDX-License-Identifier: BSD-2-Clause */
#include "adapter/conf_file.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <yaml.h>

enum { PROBLEM_MAX = 512 };

struct ad_conf_file {
    struct sw_arena arena;
    struct ad_conf_node *root;
};

struct level { /* a list or mapping that is open */
    struct ad_conf_node *node;
    struct ad_conf_node *last; /* member */
    bool has_key;              /* a mapping's key waits for its value */
    struct sw_slice key;
    struct ad_conf_place key_place;
};

struct reading {
    struct ad_conf_file *file;
    ad_conf_problem_fn *fn;
    void *arg;
    bool has_twin;     /* a key was given twice */
    bool has_document; /* its beginning was met */
    struct level levels[AD_CONF_DEPTH_MAX];
    unsigned depth;
};

static struct ad_conf_place place_of(yaml_mark_t mark)
{
    return (struct ad_conf_place){(uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static void tell(struct reading *r, struct ad_conf_place at, const char *what)
{
    r->fn(r->arg, at, what);
}

/* "before 'text' after", the text escaped. */
static void tell_about(struct reading *r, struct ad_conf_place at, const char *before,
                       struct sw_slice text, const char *after)
{
    char room[PROBLEM_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);

    sw_buf_str(&b, before);
    sw_buf_escaped(&b, sw_slice_sub(text, 0, 80));
    sw_buf_str(&b, after);
    tell(r, at, sw_buf_cstr(&b));
}

/* --- the file ---------------------------------------------------------------------------- */

/* SW_E_FILE leaves the reason in errno. */
static int read_all(struct sw_arena *arena, int fd, struct sw_slice *out)
{
    char *room = sw_arena_get(arena, AD_CONF_FILE_MAX_LEN + 1);
    size_t len = 0;

    if (room == NULL)
        return SW_E_NOMEM;
    while (len <= AD_CONF_FILE_MAX_LEN) {
        ssize_t n = read(fd, room + len, AD_CONF_FILE_MAX_LEN + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return SW_E_FILE;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > AD_CONF_FILE_MAX_LEN) {
        errno = EFBIG;
        return SW_E_FILE;
    }
    *out = sw_slice(room, len);
    return 0;
}

static int load(struct reading *r, const char *path, struct sw_slice *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 ? SW_E_FILE : read_all(&r->file->arena, fd, out);
    int err = errno;

    if (fd >= 0)
        close(fd);
    if (rc == SW_E_FILE)
        tell_about(r, (struct ad_conf_place){0},
                   "cannot be read: ", sw_slice_str(strerrordesc_np(err)), "");
    return rc;
}

/* --- the tree ---------------------------------------------------------------------------- */

static struct ad_conf_node *find_key(const struct ad_conf_node *map, struct sw_slice key)
{
    for (struct ad_conf_node *n = map->first; n != NULL; n = n->next)
        if (sw_slice_eq(n->key, key))
            return n;
    return NULL;
}

static void append(struct level *level, struct ad_conf_node *n)
{
    if (level->last == NULL)
        level->node->first = n;
    else
        level->last->next = n;
    level->last = n;
}

/* A key's second value is read, so that what is wrong in it is said too, but not kept. */
static void add_to_map(struct reading *r, struct level *level, struct ad_conf_node *n)
{
    n->key = level->key;
    n->key_place = level->key_place;
    level->has_key = false;
    if (find_key(level->node, n->key) == NULL) {
        append(level, n);
        return;
    }
    r->has_twin = true;
    tell_about(r, n->key_place, "the key '", n->key, "' is given twice");
}

static int take_key(struct reading *r, struct level *level, const struct ad_conf_node *n)
{
    if (n->kind != AD_CONF_SCALAR) {
        tell(r, n->place, "a key must be a word");
        return SW_E_SYNTAX;
    }
    level->key = n->text;
    level->key_place = n->place;
    level->has_key = true;
    return 0;
}

/* Put a node where it belongs. */
static int place_node(struct reading *r, struct ad_conf_node *n)
{
    if (r->depth == 0) {
        r->file->root = n;
        return 0;
    }
    struct level *level = &r->levels[r->depth - 1];
    if (level->node->kind == AD_CONF_LIST)
        append(level, n);
    else if (!level->has_key)
        return take_key(r, level, n);
    else
        add_to_map(r, level, n);
    return 0;
}

static struct ad_conf_node *new_node(struct reading *r, enum ad_conf_kind kind,
                                     const yaml_event_t *ev)
{
    struct ad_conf_node *n = sw_arena_zget(&r->file->arena, 1, sizeof *n);

    if (n == NULL)
        return NULL;
    n->kind = kind;
    n->place = place_of(ev->start_mark);
    return n;
}

static int begin_level(struct reading *r, enum ad_conf_kind kind, const yaml_event_t *ev)
{
    if (r->depth == AD_CONF_DEPTH_MAX) {
        tell(r, place_of(ev->start_mark), "nested too deep");
        return SW_E_SYNTAX;
    }
    struct ad_conf_node *n = new_node(r, kind, ev);
    if (n == NULL)
        return SW_E_NOMEM;
    int rc = place_node(r, n);
    if (rc == 0)
        r->levels[r->depth++] = (struct level){.node = n};
    return rc;
}

static int add_scalar(struct reading *r, const yaml_event_t *ev)
{
    struct ad_conf_node *n = new_node(r, AD_CONF_SCALAR, ev);
    size_t len = ev->data.scalar.length;
    char *text = sw_arena_dup(&r->file->arena, ev->data.scalar.value, len + 1);

    if (n == NULL || text == NULL)
        return SW_E_NOMEM;
    n->text = sw_slice(text, len);
    return place_node(r, n);
}

/* > 0: go on; 0: the end of the stream. */
static int take_event(struct reading *r, const yaml_event_t *ev)
{
    int rc = 0;

    switch (ev->type) {
    case YAML_STREAM_END_EVENT:
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        if (!r->has_document) {
            r->has_document = true;
            break;
        }
        tell(r, place_of(ev->start_mark), "a second document begins here: one is enough");
        return SW_E_SYNTAX;
    case YAML_ALIAS_EVENT:
        tell(r, place_of(ev->start_mark), "aliases are not used here: write the value out");
        return SW_E_SYNTAX;
    case YAML_SCALAR_EVENT:
        rc = add_scalar(r, ev);
        break;
    case YAML_SEQUENCE_START_EVENT:
        rc = begin_level(r, AD_CONF_LIST, ev);
        break;
    case YAML_MAPPING_START_EVENT:
        rc = begin_level(r, AD_CONF_MAP, ev);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        r->depth--;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return rc < 0 ? rc : 1;
}

/* What libyaml found, in its words, where it found it. */
static int tell_syntax(struct reading *r, const yaml_parser_t *parser)
{
    char room[PROBLEM_MAX];
    struct sw_buf b = sw_buf(room, sizeof room);

    if (parser->error == YAML_MEMORY_ERROR)
        return SW_E_NOMEM;
    sw_buf_str(&b, "not YAML: ");
    if (parser->context != NULL) {
        sw_buf_str(&b, parser->context);
        sw_buf_str(&b, ": ");
    }
    sw_buf_str(&b, parser->problem == NULL ? "unreadable" : parser->problem);
    tell(r, place_of(parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark),
         sw_buf_cstr(&b));
    return SW_E_SYNTAX;
}

static int parse(struct reading *r, struct sw_slice text)
{
    yaml_parser_t parser;
    int rc = 1;

    if (!yaml_parser_initialize(&parser))
        return SW_E_NOMEM;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.len);
    while (rc > 0) {
        yaml_event_t ev;
        if (!yaml_parser_parse(&parser, &ev)) {
            rc = tell_syntax(r, &parser);
            break;
        }
        rc = take_event(r, &ev);
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    return rc;
}

static const struct ad_conf_node nothing = {.kind = AD_CONF_MAP, .place = {1, 1}};

int ad_conf_file_read(struct ad_conf_file **out, const char *path, ad_conf_problem_fn *fn,
                      void *arg)
{
    struct ad_conf_file *file = sw_zalloc(NULL, sizeof *file);
    struct reading r = {.file = file, .fn = fn, .arg = arg};
    struct sw_slice text;

    if (file == NULL)
        return SW_E_NOMEM;
    sw_arena_init(&file->arena, NULL, NULL, 0, 4096);
    int rc = load(&r, path, &text);
    if (rc == 0)
        rc = parse(&r, text);
    if (rc < 0) {
        ad_conf_file_free(file);
        return rc;
    }
    *out = file;
    return r.has_twin ? SW_E_CONF : 0;
}

void ad_conf_file_free(struct ad_conf_file *file)
{
    if (file == NULL)
        return;
    sw_arena_fini(&file->arena);
    sw_free(NULL, file);
}

const struct ad_conf_node *ad_conf_file_root(const struct ad_conf_file *file)
{
    return file->root == NULL ? &nothing : file->root;
}
