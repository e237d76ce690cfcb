// SPDX-License-Identifier: Apache-2.0
// Whether a dataset makes sense: its names, key, types, conditions, checks and headers.
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/dataset.h"
#include "catalog/header.h"
#include "catalog/texts.h"

#define MAX_COLUMNS 400
#define MAX_ID 48

// Words that would need quotes in a plugin's SQL, or that the views of a dataset use themselves.
static bool is_reserved(const char *id)
{
    static const char *const words[] = {
        "abort",   "add",     "all",      "alter",     "analyze",     "and",        "as",      "asc",
        "begin",   "between", "by",       "case",      "cast",        "check",      "collate", "column",
        "commit",  "create",  "cross",    "current",   "default",     "delete",     "desc",    "distinct",
        "drop",    "else",    "end",      "escape",    "except",      "exists",     "filter",  "for",
        "foreign", "from",    "full",     "glob",      "group",       "having",     "if",      "in",
        "index",   "inner",   "insert",   "intersect", "into",        "is",         "isnull",  "join",
        "key",     "left",    "like",     "limit",     "match",       "natural",    "not",     "notnull",
        "null",    "of",      "offset",   "on",        "or",          "order",      "outer",   "over",
        "period",  "plan",    "pragma",   "primary",   "query",       "references", "regexp",  "rename",
        "replace", "right",   "rollback", "row",       "rowid",       "rows",       "select",  "set",
        "table",   "temp",    "then",     "to",        "transaction", "trigger",    "union",   "unique",
        "update",  "using",   "values",   "view",      "virtual",     "when",       "where",   "window",
        "with",    "without"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcmp(id, words[i]) == 0)
            return true;
    }
    return false;
}

static int check_id(const char *id, struct error *err)
{
    size_t n = strlen(id), good = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (!islower((unsigned char)id[0]) || good != n || n > MAX_ID)
        return error_set(err, -EINVAL,
                         _("id \"%.60s\": expected small letters, digits and _, a letter first, at most %d"),
                         id, MAX_ID);
    if (is_reserved(id))
        return error_set(err, -EINVAL, _("id \"%s\" is a word of SQL; choose another, such as %s_name"), id,
                         id);
    return 0;
}

static bool is_number(enum column_type t)
{
    return t == COLUMN_INTEGER || t == COLUMN_DECIMAL || t == COLUMN_PERCENT || t == COLUMN_BOOL;
}

static bool has_value(const struct column *c, const char *value)
{
    if (c->type == COLUMN_BOOL)
        return strcmp(value, "0") == 0 || strcmp(value, "1") == 0;
    for (size_t i = 0; i < c->n_values; i++) {
        if (strcmp(c->values[i].value, value) == 0)
            return true;
    }
    return c->type != COLUMN_CODE;
}

static int check_conditions(const struct dataset *d, const struct condition *when, size_t n,
                            struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct column *c = dataset_column(d, when[i].column);
        if (!c)
            return error_set(err, -EINVAL, _("the condition names \"%s\", which is no column of %s"),
                             when[i].column, d->id);
        if (!texts_count(when[i].values))
            return error_set(err, -EINVAL, _("the condition on %s names no value"), c->id);
        for (size_t k = 0; when[i].values[k]; k++) {
            if (!has_value(c, when[i].values[k]))
                return error_set(err, -EINVAL,
                                 _("the condition asks for %s = \"%s\", which is not a value of that column"),
                                 c->id, when[i].values[k]);
        }
    }
    return 0;
}

static int check_values(const struct column *c, struct error *err)
{
    if ((c->type == COLUMN_CODE) != (c->n_values > 0))
        return error_set(err, -EINVAL,
                         c->n_values ? _("%s: only columns of type code have values")
                                     : _("%s: a column of type code needs its values"),
                         c->id);
    CLEANUP(texts_free_at) char **seen = NULL;
    for (size_t i = 0; i < c->n_values; i++) {
        const struct code_value *v = &c->values[i];
        for (size_t k = 0; k <= texts_count(v->synonyms); k++) {
            const char *text = k == 0 ? v->value : v->synonyms[k - 1];
            CLEANUP(buf_deinit) struct buf folded = BUF_INIT;
            header_fold(text, &folded);
            if (!folded.len || texts_has(seen, buf_str(&folded)))
                return error_set(err, -EINVAL, _("%s: the value \"%s\" stands there twice or is empty"),
                                 c->id, text);
            texts_add(&seen, buf_str(&folded));
        }
    }
    return 0;
}

static int check_column(const struct dataset *d, const struct column *c, struct error *err)
{
    int r = check_id(c->id, err);
    if (r == 0 && !*c->header)
        r = error_set(err, -EINVAL, _("%s: the header is empty"), c->id);
    if (r == 0 && strcmp(c->id, "county") == 0 && !c->is_county)
        r = error_set(err, -EINVAL,
                      _("the id \"county\" is kept for the column that names the county of the row"));
    if (r == 0 && dataset_column(d, c->id) != c)
        r = error_set(err, -EINVAL, _("the id \"%s\" is used twice"), c->id);
    if (r == 0)
        r = check_values(c, err);
    if (r == 0)
        r = check_conditions(d, c->owed_when, c->n_owed_when, err);
    if (r < 0)
        return r;
    if ((c->has_min && c->has_max && c->min > c->max) || !isfinite(c->min) || !isfinite(c->max))
        return error_set(err, -EINVAL, _("%s: the smallest value is above the largest"), c->id);
    if ((c->has_min || c->has_max) && !is_number(c->type))
        return error_set(err, -EINVAL, _("%s: only numbers have a smallest and a largest value"), c->id);
    if (c->key && c->type != COLUMN_TEXT && c->type != COLUMN_CODE && c->type != COLUMN_DATE)
        return error_set(err, -EINVAL, _("%s: a key column is a text, a code or a date"), c->id);
    if (c->is_period && c->key)
        return error_set(err, -EINVAL,
                         _("%s: the period is part of every key already; it is not marked as one"), c->id);
    if (c->default_value && !has_value(c, c->default_value))
        return error_set(err, -EINVAL, _("%s: the default \"%s\" is not a value of the column"), c->id,
                         c->default_value);
    return 0;
}

static int check_terms(const struct dataset *d, const struct check *k, struct error *err)
{
    if (!texts_count(k->left))
        return error_set(err, -EINVAL, _("check %s: the left side names no column"), k->id);
    for (size_t i = 0, n = texts_count(k->left); i < n + texts_count(k->right); i++) {
        const char *id = i < n ? k->left[i] : k->right[i - n];
        const struct column *c = dataset_column(d, id);
        if (!c)
            return error_set(err, -EINVAL, _("check %s: \"%s\" is no column of %s"), k->id, id, d->id);
        if (!is_number(c->type))
            return error_set(err, -EINVAL, _("check %s: \"%s\" is not a number"), k->id, id);
    }
    if (!strchr("<=>", k->op) || !isfinite(k->constant))
        return error_set(err, -EINVAL, _("check %s: expected <=, = or >="), k->id);
    if (k->tolerance < 0 || k->tolerance >= 1 || (k->tolerance > 0 && k->op != '='))
        return error_set(err, -EINVAL, _("check %s: a tolerance from 0 to below 1 goes with = only"), k->id);
    return check_conditions(d, k->when, k->n_when, err);
}

struct claim {
    char *folded;
    size_t column;
};

static int claim_compare(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int r = strcmp(x->folded, y->folded);
    return r ? r : x->column < y->column ? -1 : x->column > y->column;
}

static size_t claims_of(const struct dataset *d, struct claim **ret)
{
    struct claim *claims = NULL;
    size_t n = 0;
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        for (size_t k = 0; k <= texts_count(c->aliases); k++) {
            struct buf folded = BUF_INIT;
            header_fold(k == 0 ? c->header : c->aliases[k - 1], &folded);
            claims = mem_grow(claims, n + 1, sizeof *claims);
            claims[n++] = (struct claim){buf_take(&folded), i};
        }
    }
    *ret = claims;
    return n;
}

static int check_headers(const struct dataset *d, size_t *ret_column, struct error *err)
{
    struct claim *claims;
    size_t n = claims_of(d, &claims);
    if (n)
        qsort(claims, n, sizeof *claims, claim_compare);
    int r = 0;
    for (size_t i = 1; r == 0 && i < n; i++) {
        if (claims[i].column == claims[i - 1].column || strcmp(claims[i].folded, claims[i - 1].folded) != 0)
            continue;
        *ret_column = claims[i].column;
        r = error_set(err, -EINVAL, _("%1$s claims the header \"%2$s\", which %3$s has already"),
                      d->columns[claims[i].column].id, claims[i].folded, d->columns[claims[i - 1].column].id);
    }
    for (size_t i = 0; i < n; i++)
        free(claims[i].folded);
    free(claims);
    return r;
}

static int check_whole(const struct dataset *d, struct error *err)
{
    size_t keys = 0, periods = 0, counties = 0, names = 0;
    for (size_t i = 0; i < d->n_columns; i++) {
        keys += d->columns[i].key;
        periods += d->columns[i].is_period;
        counties += d->columns[i].is_county;
        names += d->columns[i].is_name;
    }
    if (d->n_columns > MAX_COLUMNS)
        return error_set(err, -EINVAL, _("more than %d columns"), MAX_COLUMNS);
    if (!keys)
        return error_set(err, -EINVAL, _("no column is marked as key"));
    if (periods > 1 || counties > 1 || names > 1)
        return error_set(err, -EINVAL, _("more than one column for the period, the county or the name"));
    if (d->period == PERIOD_NONE || d->period >= PERIOD_KIND_COUNT)
        return error_set(err, -EINVAL, _("the kind of period is missing"));
    for (size_t i = 0; d->needs_one_of && d->needs_one_of[i]; i++) {
        if (!dataset_column(d, d->needs_one_of[i]))
            return error_set(err, -EINVAL, _("needs_one_of names \"%s\", which is no column"),
                             d->needs_one_of[i]);
    }
    return check_id(d->id, err);
}

int dataset_check(const struct dataset *d, struct dataset_fault *ret_fault, struct error *err)
{
    *ret_fault = (struct dataset_fault){FAULT_DATASET, 0};
    int r = check_whole(d, err);
    for (size_t i = 0; r == 0 && i < d->n_columns; i++) {
        *ret_fault = (struct dataset_fault){FAULT_COLUMN, i};
        r = check_column(d, &d->columns[i], err);
    }
    for (size_t i = 0; r == 0 && i < d->n_checks; i++) {
        *ret_fault = (struct dataset_fault){FAULT_CHECK, i};
        for (size_t k = 0; r == 0 && k < i; k++) {
            if (strcmp(d->checks[k].id, d->checks[i].id) == 0)
                r = error_set(err, -EINVAL, _("the id \"%s\" is used twice"), d->checks[i].id);
        }
        if (r == 0)
            r = check_terms(d, &d->checks[i], err);
    }
    size_t column = 0;
    if (r == 0 && (r = check_headers(d, &column, err)) < 0)
        *ret_fault = (struct dataset_fault){FAULT_COLUMN, column};
    return r;
}
