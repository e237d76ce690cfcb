// SPDX-License-Identifier: Apache-2.0
// Reads a dataset from YAML; checks are written as "a + b <= c + 1".
#include "catalog/dataset_yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/dataset.h"
#include "catalog/texts.h"
#include "catalog/yaml_value.h"

static const char *const type_names[] = {"text", "integer", "decimal", "percent", "bool",
                                         "code", "date",    "time",    NULL};
static const char *const stage_names[] = {"primary", "junior", "senior", NULL}; // enum stage less one
static const char *const level_names[] = {"refuse", "ask", NULL};
static const char *const only_names[] = {"form", "wide", NULL};
static const char *const by_stage_names[] = {"no", "yes", "only", NULL};
static const char *const period_names[] = {"year", "school_year", "term", "month", "day", NULL}; // less one

// What the columns and checks came from, so that a later complaint can say where.
struct load {
    struct dataset *dataset;
    const struct yaml **column_node;
    const struct yaml **check_node;
    struct error *err;
};

// `{column: value, column: [a, b]}`; keys in `skip` are not columns.
static int read_conditions(const struct yaml *map, const char *skip, struct condition **ret, size_t *ret_n,
                           struct error *err)
{
    if (map->kind != YAML_MAP)
        return yaml_expected(map, err, _("conditions such as {ownership: [公办]}"));
    for (size_t i = 0; i < map->n_items; i++) {
        const struct yaml *n = map->items[i];
        if (skip && strcmp(n->key, skip) == 0)
            continue;
        char **values = NULL;
        int r = yaml_texts(n, &values, err);
        if (r < 0)
            return r;
        *ret = mem_grow(*ret, *ret_n + 1, sizeof **ret);
        (*ret)[(*ret_n)++] = (struct condition){str_dup(n->key), values};
    }
    return 0;
}

static int read_stage(const struct yaml *n, enum stage *ret, struct error *err)
{
    int i;
    int r = yaml_choice(n, stage_names, &i, err);
    if (r == 0)
        *ret = (enum stage)(i + 1);
    return r;
}

// owed: no, always, stage (where the school has the column's stage) or conditions.
static int read_owed(const struct yaml *n, struct column *c, struct error *err)
{
    static const char *const names[] = {"no", "always", "stage", NULL};
    if (n->kind != YAML_MAP) {
        int i;
        int r = yaml_choice(n, names, &i, err);
        if (r < 0)
            return r;
        c->owed = (enum owed)i;
        c->owed_stage = i == OWED_WHEN ? c->stage : STAGE_NONE;
        return 0;
    }
    c->owed = OWED_WHEN;
    const struct yaml *stage = yaml_get(n, "stage");
    if (stage) {
        int r = read_stage(stage, &c->owed_stage, err);
        if (r < 0)
            return r;
    }
    return read_conditions(n, "stage", &c->owed_when, &c->n_owed_when, err);
}

static int read_code_values(const struct yaml *map, struct column *c, struct error *err)
{
    if (map->kind != YAML_MAP)
        return yaml_expected(map, err, _("values with their synonyms, such as {公办: , 民办: [民办学校]}"));
    c->values = mem_array(map->n_items ? map->n_items : 1, sizeof *c->values);
    for (size_t i = 0; i < map->n_items; i++) {
        struct code_value *v = &c->values[c->n_values++];
        v->value = str_dup(map->items[i]->key);
        int r = yaml_is_null(map->items[i]) ? 0 : yaml_texts(map->items[i], &v->synonyms, err);
        if (r < 0)
            return r;
    }
    return 0;
}

// What a column's block holds beside the column itself.
struct column_extra {
    int type, by_stage;
    char *unit, *stage_header;
    char **stage_aliases;
};

static int read_limits(const struct yaml *n, struct column *c, struct error *err)
{
    const struct yaml *min = yaml_get(n, "min"), *max = yaml_get(n, "max");
    int r = min ? yaml_number(min, &c->min, err) : 0;
    if (r == 0 && max)
        r = yaml_number(max, &c->max, err);
    c->has_min = min != NULL;
    c->has_max = max != NULL;
    return r;
}

static int read_extra(const struct yaml *n, struct column_extra *x, struct error *err)
{
    static const struct yaml_field fields[] = {
        {YAML_FIELD("type", YAML_CHOICE, struct column_extra, type), .required = true, .names = type_names},
        {YAML_FIELD("unit", YAML_TEXT, struct column_extra, unit)},
        {YAML_FIELD("by_stage", YAML_CHOICE, struct column_extra, by_stage), .names = by_stage_names},
        {YAML_FIELD("stage_header", YAML_TEXT, struct column_extra, stage_header)},
        {YAML_FIELD("stage_aliases", YAML_TEXTS, struct column_extra, stage_aliases)},
        {.key = "id"},
        {.key = "header"},
        {.key = "aliases"},
        {.key = "key"},
        {.key = "period"},
        {.key = "county"},
        {.key = "name"},
        {.key = "none_is_zero"},
        {.key = "default"},
        {.key = "help"},
        {.key = "used_by"},
        {.key = "hidden"},
        {.key = "stage"},
        {.key = "owed"},
        {.key = "min"},
        {.key = "max"},
        {.key = "values"},
    };
    return yaml_fill(n, fields, ARRAY_SIZE(fields), x, err);
}

static int read_plain(const struct yaml *n, struct column *c, struct error *err)
{
    static const struct yaml_field fields[] = {
        {YAML_FIELD("id", YAML_TEXT, struct column, id), .required = true},
        {YAML_FIELD("header", YAML_TEXT, struct column, header), .required = true},
        {YAML_FIELD("aliases", YAML_TEXTS, struct column, aliases)},
        {YAML_FIELD("key", YAML_BOOL, struct column, key)},
        {YAML_FIELD("period", YAML_BOOL, struct column, is_period)},
        {YAML_FIELD("county", YAML_BOOL, struct column, is_county)},
        {YAML_FIELD("name", YAML_BOOL, struct column, is_name)},
        {YAML_FIELD("none_is_zero", YAML_BOOL, struct column, none_is_zero)},
        {.key = "default"},
        {YAML_FIELD("help", YAML_TEXT, struct column, help)},
        {YAML_FIELD("used_by", YAML_TEXT, struct column, used_by)},
        {YAML_FIELD("hidden", YAML_BOOL, struct column, hidden)},
        {.key = "type"},
        {.key = "unit"},
        {.key = "by_stage"},
        {.key = "stage_header"},
        {.key = "stage_aliases"},
        {.key = "stage"},
        {.key = "owed"},
        {.key = "min"},
        {.key = "max"},
        {.key = "values"},
    };
    return yaml_fill(n, fields, ARRAY_SIZE(fields), c, err);
}

static int read_one_column(const struct yaml *n, struct column *c, struct column_extra *x, struct error *err)
{
    int r = read_extra(n, x, err);
    if (r == 0)
        r = read_plain(n, c, err);
    if (r < 0)
        return r;
    c->type = (enum column_type)x->type;
    column_set_unit(c, x->unit);
    const struct yaml *stage = yaml_get(n, "stage"), *owed = yaml_get(n, "owed"),
                      *values = yaml_get(n, "values");
    const struct yaml *otherwise = yaml_get(n, "default");
    if (stage && (r = read_stage(stage, &c->stage, err)) < 0)
        return r;
    if (otherwise && otherwise->kind == YAML_SCALAR && otherwise->quoted) // "" is a default too
        c->default_value = str_dup(otherwise->text);
    else if (otherwise && (r = yaml_text(otherwise, &c->default_value, err)) < 0)
        return r;
    if (owed && (r = read_owed(owed, c, err)) < 0)
        return r;
    if (values && (r = read_code_values(values, c, err)) < 0)
        return r;
    return read_limits(n, c, err);
}

static void add_column(struct load *l, const struct column *c, const struct yaml *node)
{
    l->column_node = mem_grow(l->column_node, l->dataset->n_columns + 1, sizeof *l->column_node);
    l->column_node[l->dataset->n_columns] = node;
    dataset_add_column(l->dataset, c);
}

// The columns of primary and junior stage. With `only` there is no column for both together, and what is owed
// is owed by each stage that the school has.
static void add_stage_columns(struct load *l, const struct column *c, const struct column_extra *x,
                              const struct yaml *node)
{
    bool only = x->by_stage == 2;
    for (enum stage s = STAGE_PRIMARY; s <= STAGE_JUNIOR; s++) {
        struct column part;
        column_of_stage(c, s, x->stage_header, x->stage_aliases, &part);
        if (only) {
            free(TAKE(part.base));
            part.owed = c->owed == OWED_NO ? OWED_NO : OWED_WHEN;
            part.owed_stage = c->owed == OWED_NO ? STAGE_NONE : s;
            for (size_t i = 0; i < c->n_owed_when; i++) {
                part.owed_when = mem_grow(part.owed_when, i + 1, sizeof *part.owed_when);
                part.owed_when[part.n_owed_when++] =
                    (struct condition){str_dup(c->owed_when[i].column), texts_dup(c->owed_when[i].values)};
            }
        }
        add_column(l, &part, node);
    }
}

static int read_columns(struct load *l, const struct yaml *list)
{
    if (list->kind != YAML_LIST)
        return yaml_expected(list, l->err, _("a list of columns"));
    for (size_t i = 0; i < list->n_items; i++) {
        struct column c = {0};
        struct column_extra x = {0};
        int r = read_one_column(list->items[i], &c, &x, l->err);
        bool only = x.by_stage == 2;
        if (r == 0 && !only) {
            struct column whole = c;
            add_column(l, &whole, list->items[i]);
        }
        if (r == 0 && x.by_stage)
            add_stage_columns(l, &c, &x, list->items[i]);
        if (r < 0 || only)
            column_deinit(&c);
        free(x.unit);
        free(x.stage_header);
        texts_free(x.stage_aliases);
        if (r < 0)
            return r;
    }
    return 0;
}

// One side of a rule: columns and at most one number, joined by '+'.
static int read_side(const struct yaml *n, const char *text, char ***ret, double *constant, struct error *err)
{
    CLEANUP(texts_free_at) char **words = texts_split(text, " ");
    size_t count = texts_count(words);
    *ret = mem_array(1, sizeof **ret);
    for (size_t i = 0; i < count; i++) {
        bool plus = strcmp(words[i], "+") == 0;
        if (plus != (i % 2 == 1))
            return yaml_expected(n, err, _("a rule such as a + b <= c + 1"));
        if (plus)
            continue;
        char *end;
        double v = strtod(words[i], &end);
        if (constant && *words[i] >= '0' && *words[i] <= '9' && !*end)
            *constant += v;
        else
            texts_add(ret, words[i]);
    }
    return count % 2 ? 0 : yaml_expected(n, err, _("a rule such as a + b <= c + 1"));
}

static int read_rule(const struct yaml *n, struct check *k, struct error *err)
{
    static const struct {
        const char *text;
        char op;
    } ops[] = {{" <= ", '<'}, {" >= ", '>'}, {" = ", '='}};
    for (size_t i = 0; n->kind == YAML_SCALAR && i < ARRAY_SIZE(ops); i++) {
        const char *at = strstr(n->text, ops[i].text);
        if (!at)
            continue;
        CLEANUP_FREE char *left = str_ndup(n->text, (size_t)(at - n->text));
        k->op = ops[i].op;
        int r = read_side(n, left, &k->left, NULL, err);
        return r < 0 ? r : read_side(n, at + strlen(ops[i].text), &k->right, &k->constant, err);
    }
    return yaml_expected(n, err, _("a rule such as a + b <= c + 1"));
}

struct check_extra {
    int level, only;
};

static int read_check(const struct yaml *n, struct check *k, struct error *err)
{
    static const struct yaml_field own[] = {
        {YAML_FIELD("id", YAML_TEXT, struct check, id), .required = true},
        {YAML_FIELD("text", YAML_TEXT, struct check, text)},
        {YAML_FIELD("missing_is_zero", YAML_BOOL, struct check, missing_is_zero)},
        {YAML_FIELD("tolerance", YAML_NUMBER, struct check, tolerance)},
        {.key = "rule", .required = true},
        {.key = "when"},
        {.key = "level"},
        {.key = "only"},
    };
    static const struct yaml_field extra[] = {
        {YAML_FIELD("level", YAML_CHOICE, struct check_extra, level), .required = true, .names = level_names},
        {YAML_FIELD("only", YAML_CHOICE, struct check_extra, only), .names = only_names},
        {.key = "id"},
        {.key = "text"},
        {.key = "missing_is_zero"},
        {.key = "tolerance"},
        {.key = "rule"},
        {.key = "when"},
    };
    struct check_extra x = {.only = -1};
    int r = yaml_fill(n, own, ARRAY_SIZE(own), k, err);
    if (r == 0)
        r = yaml_fill(n, extra, ARRAY_SIZE(extra), &x, err);
    if (r == 0)
        r = read_rule(yaml_get(n, "rule"), k, err);
    const struct yaml *when = yaml_get(n, "when");
    if (r == 0 && when)
        r = read_conditions(when, NULL, &k->when, &k->n_when, err);
    k->level = (enum check_level)x.level;
    k->only = x.only >= 0 ? str_dup(only_names[x.only]) : NULL;
    return r;
}

static int read_checks(struct load *l, const struct yaml *list)
{
    if (list->kind != YAML_LIST)
        return yaml_expected(list, l->err, _("a list of checks"));
    struct dataset *d = l->dataset;
    d->checks = mem_array(list->n_items ? list->n_items : 1, sizeof *d->checks);
    l->check_node = mem_array(list->n_items ? list->n_items : 1, sizeof *l->check_node);
    for (size_t i = 0; i < list->n_items; i++) {
        l->check_node[d->n_checks] = list->items[i];
        int r = read_check(list->items[i], &d->checks[d->n_checks++], l->err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_head(struct load *l, const struct yaml *root)
{
    static const struct yaml_field fields[] = {
        {YAML_FIELD("id", YAML_TEXT, struct dataset, id), .required = true},
        {YAML_FIELD("title", YAML_TEXT, struct dataset, title), .required = true},
        {YAML_FIELD("name_pattern", YAML_TEXT, struct dataset, name_pattern)},
        {YAML_FIELD("needs_one_of", YAML_TEXTS, struct dataset, needs_one_of)},
        {.key = "period", .required = true},
        {.key = "columns", .required = true},
        {.key = "checks"},
    };
    int r = yaml_fill(root, fields, ARRAY_SIZE(fields), l->dataset, l->err), period;
    if (r == 0 && (r = yaml_choice(yaml_get(root, "period"), period_names, &period, l->err)) == 0)
        l->dataset->period = (enum period_kind)(period + 1);
    return r;
}

static int read_dataset(struct load *l, const struct yaml *root)
{
    int r = read_head(l, root);
    if (r == 0)
        r = read_columns(l, yaml_get(root, "columns"));
    const struct yaml *checks = yaml_get(root, "checks");
    if (r == 0 && checks)
        r = read_checks(l, checks);
    if (r < 0)
        return r;
    dataset_canonical(l->dataset);
    struct dataset_fault fault;
    struct error why = {0};
    if (dataset_check(l->dataset, &fault, &why) == 0)
        return 0;
    const struct yaml *n = root;
    if (fault.where == FAULT_COLUMN && l->column_node)
        n = l->column_node[fault.index];
    else if (fault.where == FAULT_CHECK && l->check_node)
        n = l->check_node[fault.index];
    return yaml_complain(n, l->err, "%s", why.msg);
}

static int dataset_from_doc(const struct yaml_doc *doc, struct dataset **ret, struct error *err)
{
    CLEANUP(dataset_free_at) struct dataset *d = mem_alloc(sizeof *d);
    struct load l = {.dataset = d, .err = err};
    int r = read_dataset(&l, doc->root);
    free(l.column_node);
    free(l.check_node);
    if (r == 0)
        *ret = TAKE(d);
    return r;
}

int dataset_parse(const char *name, const char *text, size_t len, struct dataset **ret, struct error *err)
{
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
    int r = yaml_parse(name, text, len, &doc, err);
    return r < 0 ? r : dataset_from_doc(doc, ret, err);
}

int dataset_load(const char *path, struct dataset **ret, struct error *err)
{
    CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
    int r = yaml_load(path, &doc, err);
    return r < 0 ? r : dataset_from_doc(doc, ret, err);
}
