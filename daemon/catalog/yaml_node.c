// SPDX-License-Identifier: Apache-2.0
// libyaml's events to a tree of nodes, with the limits that keep a hostile file small.
#include "catalog/yaml_node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define MAX_BYTES (1u << 20)
#define MAX_DEPTH 32
#define MAX_NODES 100000
#define MAX_ANCHORS 1000

struct anchor {
    char *name;
    const struct yaml *node; // NULL while it is still being read
};

struct parse {
    yaml_parser_t parser;
    const char *file;
    size_t nodes;
    struct anchor *anchors;
    size_t n_anchors;
    struct error *err;
};

static int at(struct parse *p, yaml_mark_t mark, const char *what)
{
    return error_set(p->err, -EINVAL, "%s:%zu:%zu: %s", p->file, mark.line + 1, mark.column + 1, what);
}

static void node_free(struct yaml *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n_items; i++)
        node_free(n->items[i]);
    free(n->items);
    free(n->key);
    free(n->text);
    free(n);
}

static void node_free_at(struct yaml **n)
{
    node_free(*n);
}

static struct yaml *node_new(struct parse *p, enum yaml_kind kind, yaml_mark_t mark)
{
    if (++p->nodes > MAX_NODES) {
        at(p, mark, _("the file is too large: more than 100,000 values, aliases included"));
        return NULL;
    }
    struct yaml *n = mem_alloc(sizeof *n);
    n->kind = kind;
    n->line = (int)mark.line + 1;
    n->column = (int)mark.column + 1;
    n->file = p->file;
    return n;
}

static void node_add(struct yaml *parent, struct yaml *child)
{
    if ((parent->n_items & (parent->n_items - 1)) == 0)
        parent->items =
            mem_grow(parent->items, parent->n_items ? parent->n_items * 2 : 1, sizeof *parent->items);
    child->parent = parent;
    parent->items[parent->n_items++] = child;
}

static int parser_failed(struct parse *p)
{
    const yaml_parser_t *y = &p->parser;
    if (y->error == YAML_READER_ERROR)
        return error_set(p->err, -EINVAL,
                         _("%s: byte %zu: the file is not UTF-8 text; save it as UTF-8 (%s)"), p->file,
                         y->problem_offset + 1, y->problem ? y->problem : "");
    if (y->problem && strstr(y->problem, "cannot start any token"))
        return at(
            p, y->problem_mark,
            _("unexpected character: YAML is indented with spaces, never tabs, and texts that begin with a "
              "special sign stand in quotes"));
    char what[256];
    (void)snprintf(what, sizeof what, _("not valid YAML: %s"), y->problem ? y->problem : "");
    return at(p, y->problem_mark, what);
}

static int next_event(struct parse *p, yaml_event_t *ret)
{
    if (!yaml_parser_parse(&p->parser, ret))
        return parser_failed(p);
    return 0;
}

// A copy, so that what an alias costs is counted; positions stay those of the anchor's text.
static struct yaml *node_copy(struct parse *p, const struct yaml *from, yaml_mark_t alias)
{
    struct yaml *n = node_new(p, from->kind, alias);
    if (!n)
        return NULL;
    n->line = from->line;
    n->column = from->column;
    n->key_line = from->key_line;
    n->key_column = from->key_column;
    n->key = str_dup(from->key);
    n->text = str_dup(from->text);
    n->quoted = from->quoted;
    for (size_t i = 0; i < from->n_items; i++) {
        struct yaml *child = node_copy(p, from->items[i], alias);
        if (!child) {
            node_free(n);
            return NULL;
        }
        node_add(n, child);
    }
    return n;
}

static int anchor_begin(struct parse *p, const yaml_char_t *name, yaml_mark_t mark, size_t *ret)
{
    *ret = SIZE_MAX;
    if (!name)
        return 0;
    if (p->n_anchors == MAX_ANCHORS)
        return at(p, mark, _("more than 1,000 anchors"));
    p->anchors = mem_grow(p->anchors, p->n_anchors + 1, sizeof *p->anchors);
    p->anchors[p->n_anchors] = (struct anchor){.name = str_dup((const char *)name)};
    *ret = p->n_anchors++;
    return 0;
}

static int read_alias(struct parse *p, const yaml_event_t *e, struct yaml **ret)
{
    const char *name = (const char *)e->data.alias.anchor;
    for (size_t i = p->n_anchors; i-- > 0;) {
        if (strcmp(p->anchors[i].name, name) != 0)
            continue;
        if (!p->anchors[i].node)
            return at(p, e->start_mark, _("an alias may not stand inside its own anchor"));
        *ret = node_copy(p, p->anchors[i].node, e->start_mark);
        if (!*ret)
            return -EINVAL;
        free((*ret)->key);
        (*ret)->key = NULL;
        return 0;
    }
    return at(p, e->start_mark, _("an alias without an anchor before it"));
}

static int read_scalar(struct parse *p, const yaml_event_t *e, struct yaml **ret)
{
    const char *text = (const char *)e->data.scalar.value;
    if (memchr(text, '\0', e->data.scalar.length))
        return at(p, e->start_mark, _("a text may not contain a NUL byte"));
    struct yaml *n = node_new(p, YAML_SCALAR, e->start_mark);
    if (!n)
        return -EINVAL;
    n->text = str_ndup(text, e->data.scalar.length);
    n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    *ret = n;
    return 0;
}

static int read_value(struct parse *p, yaml_event_t *e, int depth, struct yaml **ret);

static int read_items(struct parse *p, struct yaml *list, int depth)
{
    for (;;) {
        yaml_event_t e;
        int r = next_event(p, &e);
        if (r < 0)
            return r;
        struct yaml *child = NULL;
        bool end = e.type == YAML_SEQUENCE_END_EVENT;
        if (!end)
            r = read_value(p, &e, depth, &child);
        yaml_event_delete(&e);
        if (end || r < 0)
            return r;
        node_add(list, child);
    }
}

static int read_key(struct parse *p, const struct yaml *map, const yaml_event_t *e)
{
    if (e->type != YAML_SCALAR_EVENT || !e->data.scalar.length)
        return at(p, e->start_mark, _("expected a key"));
    const char *key = (const char *)e->data.scalar.value;
    if (strlen(key) != e->data.scalar.length)
        return at(p, e->start_mark, _("a text may not contain a NUL byte"));
    const struct yaml *before = yaml_get(map, key);
    if (!before)
        return 0;
    char what[256];
    (void)snprintf(what, sizeof what, _("\"%.80s\" stands here for the second time; the first is in line %d"),
                   key, before->key_line);
    return at(p, e->start_mark, what);
}

static int read_pairs(struct parse *p, struct yaml *map, int depth)
{
    for (;;) {
        yaml_event_t k, v;
        int r = next_event(p, &k);
        if (r < 0)
            return r;
        if (k.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&k);
            return 0;
        }
        struct yaml *child = NULL;
        r = read_key(p, map, &k);
        if (r == 0)
            r = next_event(p, &v);
        if (r == 0) {
            r = read_value(p, &v, depth, &child);
            yaml_event_delete(&v);
        }
        if (r == 0) {
            child->key = str_dup((const char *)k.data.scalar.value);
            child->key_line = (int)k.start_mark.line + 1;
            child->key_column = (int)k.start_mark.column + 1;
            node_add(map, child);
        }
        yaml_event_delete(&k);
        if (r < 0)
            return r;
    }
}

static const yaml_char_t *event_tag(const yaml_event_t *e)
{
    return e->type == YAML_SCALAR_EVENT           ? e->data.scalar.tag
           : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.tag
                                                  : e->data.mapping_start.tag;
}

static const yaml_char_t *event_anchor(const yaml_event_t *e)
{
    return e->type == YAML_SCALAR_EVENT           ? e->data.scalar.anchor
           : e->type == YAML_SEQUENCE_START_EVENT ? e->data.sequence_start.anchor
                                                  : e->data.mapping_start.anchor;
}

static int read_value(struct parse *p, yaml_event_t *e, int depth, struct yaml **ret)
{
    if (e->type == YAML_ALIAS_EVENT)
        return read_alias(p, e, ret);
    if (e->type != YAML_SCALAR_EVENT && e->type != YAML_SEQUENCE_START_EVENT &&
        e->type != YAML_MAPPING_START_EVENT)
        return at(p, e->start_mark, _("expected a value"));
    if (depth >= MAX_DEPTH)
        return at(p, e->start_mark, _("nested more than 32 levels deep"));
    if (event_tag(e))
        return at(p, e->start_mark,
                  _("tags (!…) are not used here; write the value alone, in quotes if need be"));
    size_t anchor;
    int r = anchor_begin(p, event_anchor(e), e->start_mark, &anchor);
    if (r < 0)
        return r;
    CLEANUP(node_free_at) struct yaml *n = NULL;
    if (e->type == YAML_SCALAR_EVENT) {
        r = read_scalar(p, e, &n);
    } else {
        bool list = e->type == YAML_SEQUENCE_START_EVENT;
        n = node_new(p, list ? YAML_LIST : YAML_MAP, e->start_mark);
        r = !n ? -EINVAL : list ? read_items(p, n, depth + 1) : read_pairs(p, n, depth + 1);
    }
    if (r < 0)
        return r;
    if (anchor != SIZE_MAX)
        p->anchors[anchor].node = n;
    *ret = TAKE(n);
    return 0;
}

// Stream start, document start, the value, document end, stream end.
static int read_document(struct parse *p, struct yaml **ret)
{
    for (;;) {
        yaml_event_t e;
        int r = next_event(p, &e);
        if (r < 0)
            return r;
        yaml_event_type_t type = e.type;
        if (type == YAML_DOCUMENT_START_EVENT && *ret)
            r = at(p, e.start_mark, _("a second document (---) begins here; one file holds one"));
        else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
                 type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT)
            r = read_value(p, &e, 0, ret);
        yaml_event_delete(&e);
        if (r < 0)
            return r;
        if (type == YAML_STREAM_END_EVENT)
            return *ret ? 0 : error_set(p->err, -EINVAL, _("%s:1:1: the file is empty"), p->file);
    }
}

int yaml_parse(const char *name, const char *text, size_t len, struct yaml_doc **ret, struct error *err)
{
    if (len > MAX_BYTES)
        return error_set(err, -EFBIG, _("%s: larger than 1 MiB"), name);
    struct yaml_doc *doc = mem_alloc(sizeof *doc);
    doc->file = str_dup(name);
    struct parse p = {.file = doc->file, .err = err};
    if (!yaml_parser_initialize(&p.parser))
        abort(); // memory is out
    yaml_parser_set_encoding(&p.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&p.parser, (const unsigned char *)text, len);
    int r = read_document(&p, &doc->root);
    yaml_parser_delete(&p.parser);
    for (size_t i = 0; i < p.n_anchors; i++)
        free(p.anchors[i].name);
    free(p.anchors);
    if (r < 0)
        doc = yaml_doc_free(doc);
    else
        *ret = doc;
    return r;
}

int yaml_load(const char *path, struct yaml_doc **ret, struct error *err)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_sys(err, -errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(err, -EINVAL, _("%s: not a regular file"), path);
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    while (b.len <= MAX_BYTES) {
        buf_reserve(&b, 65536);
        ssize_t n = read(fd, b.data + b.len, 65536);
        if (n < 0)
            return error_sys(err, -errno, "%s", path);
        if (n == 0)
            break;
        b.len += (size_t)n;
    }
    return yaml_parse(path, buf_str(&b), b.len, ret, err);
}

struct yaml_doc *yaml_doc_free(struct yaml_doc *doc)
{
    if (doc) {
        node_free(doc->root);
        free(doc->file);
        free(doc);
    }
    return NULL;
}

void yaml_doc_free_at(struct yaml_doc **doc)
{
    *doc = yaml_doc_free(*doc);
}
