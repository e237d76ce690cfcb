// SPDX-License-Identifier: Apache-2.0
// Reads the datasets of a plugin's description and unites them with those in the catalogue.
#include "catalog/plugin_dataset.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/catalog_json.h"
#include "catalog/dataset.h"
#include "catalog/texts.h"
#include "junheng/plugin.h"

#define MAX_DESCRIBED 400

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

// "小学|初中=初级中学": canonical=synonym=synonym.
static void split_values(const char *text, struct column *c)
{
    CLEANUP(texts_free_at) char **entries = texts_split(text, "|");
    for (size_t i = 0; entries && entries[i]; i++) {
        CLEANUP(texts_free_at) char **words = texts_split(entries[i], "=");
        if (!words[0])
            continue;
        c->values = mem_grow(c->values, c->n_values + 1, sizeof *c->values);
        struct code_value *v = &c->values[c->n_values++];
        *v = (struct code_value){str_dup(words[0]), words[1] ? texts_dup(words + 1) : NULL};
    }
}

static void read_column(struct json_in *in, const json_t *o, struct column *c, int64_t *ret_flags)
{
    c->id = json_in_need(in, o, "id");
    c->header = json_in_need(in, o, "header");
    CLEANUP_FREE char *aliases = json_in_text(in, o, "aliases");
    CLEANUP_FREE char *unit = json_in_text(in, o, "unit");
    CLEANUP_FREE char *values = json_in_text(in, o, "values");
    c->aliases = texts_split(aliases, "|");
    column_set_unit(c, unit && *unit ? unit : NULL);
    split_values(values, c);
    c->type =
        (enum column_type)json_in_int(in, o, "type", 0, COLUMN_TYPE_COUNT - 1); // JH_TEXT … in the same order
    int64_t flags = json_in_int(in, o, "flags", 0, UINT32_MAX);
    c->key = flags & JH_KEY;
    c->is_period = flags & JH_PERIOD;
    c->is_county = flags & JH_COUNTY;
    c->is_name = flags & JH_NAME;
    c->none_is_zero = flags & JH_NONE_IS_ZERO;
    c->owed = flags & JH_OWED ? OWED_ALWAYS : OWED_NO;
    c->min = json_in_number(in, o, "min");
    c->max = json_in_number(in, o, "max");
    c->has_min = c->has_max = c->min != 0 || c->max != 0;
    *ret_flags = flags;
}

static void read_columns(struct json_in *in, const json_t *columns, struct dataset *d)
{
    const char *outer = in->what;
    for (size_t i = 0; in->result == 0 && i < json_array_size(columns); i++) {
        const json_t *o = json_array_get(columns, i);
        const char *id = json_string_value(json_object_get(o, "id"));
        CLEANUP_FREE char *what = id ? str_printf(_("%1$s: column %2$s"), outer, id)
                                     : str_printf(_("%1$s: column number %2$zu"), outer, i + 1);
        in->what = what;
        struct column c = {0};
        int64_t flags = 0;
        read_column(in, o, &c, &flags);
        in->what = outer;
        dataset_add_column(d, &c);
        for (enum stage s = STAGE_PRIMARY; in->result == 0 && flags & JH_BY_STAGE && s <= STAGE_JUNIOR; s++) {
            struct column part;
            column_of_stage(&c, s, NULL, NULL, &part);
            dataset_add_column(d, &part);
        }
    }
}

int plugin_dataset_read(const json_t *o, const char *what, struct dataset **ret, struct error *err)
{
    const char *id = json_string_value(json_object_get(o, "id"));
    CLEANUP_FREE char *where =
        id ? str_printf(_("%1$s: dataset %2$s"), what, id) : str_printf(_("%s: a dataset"), what);
    struct json_in in = {.what = where, .err = err};
    CLEANUP(dataset_free_at) struct dataset *d = mem_alloc(sizeof *d);
    d->id = json_in_need(&in, o, "id");
    d->title = json_in_need(&in, o, "title");
    d->period =
        (enum period_kind)json_in_int(&in, o, "period", PERIOD_YEAR, PERIOD_DAY); // JH_YEARLY … likewise
    const json_t *columns = json_in_array(&in, o, "columns");
    if (in.result == 0 && (!columns || json_array_size(columns) > MAX_DESCRIBED))
        json_in_fail(&in, "columns", _("one to 400 columns"));
    if (in.result == 0)
        read_columns(&in, columns, d);
    if (in.result == 0)
        *ret = TAKE(d);
    return in.result;
}

static int agree_on_keys(const struct dataset *have, const struct dataset *d, const char *what,
                         struct error *err)
{
    size_t keys = 0;
    for (size_t i = 0; i < d->n_columns; i++)
        keys += d->columns[i].key;
    for (size_t i = 0; keys && i < have->n_columns; i++) {
        const struct column *c = dataset_column(d, have->columns[i].id);
        if (have->columns[i].key && (!c || !c->key))
            return error_set(
                err, -EINVAL,
                _("%1$s: dataset %2$s: column %3$s belongs to the key there; mark it as key, or no column at all"),
                what, d->id, have->columns[i].id);
    }
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = dataset_column(have, d->columns[i].id);
        if (d->columns[i].key && (!c || !c->key))
            return error_set(err, -EINVAL,
                             _("%1$s: dataset %2$s: column %3$s is not part of the key that the dataset has"),
                             what, d->id, d->columns[i].id);
    }
    return 0;
}

static int agree_on_column(const struct column *have, const struct column *c, const char *id,
                           const char *what, struct error *err)
{
    if (have->type != c->type)
        return error_set(
            err, -EINVAL,
            _("%1$s: dataset %2$s: column %3$s is of type %4$s here, but %5$s where it is declared already"),
            what, id, c->id, column_type_name(c->type), column_type_name(have->type));
    if (c->stored_unit && !same_text(have->stored_unit, c->stored_unit))
        return error_set(
            err, -EINVAL,
            _("%1$s: dataset %2$s: column %3$s is stored in %4$s here, but in %5$s where it is declared already"),
            what, id, c->id, c->stored_unit, have->stored_unit ? have->stored_unit : _("no unit"));
    if (have->is_period != c->is_period && c->is_period)
        return error_set(err, -EINVAL, _("%1$s: dataset %2$s: column %3$s does not carry the period there"),
                         what, id, c->id);
    return 0;
}

static void unite_values(struct column *have, const struct column *c)
{
    for (size_t i = 0; i < c->n_values; i++) {
        size_t k = 0;
        while (k < have->n_values && strcmp(have->values[k].value, c->values[i].value) != 0)
            k++;
        if (k == have->n_values) {
            have->values = mem_grow(have->values, k + 1, sizeof *have->values);
            have->values[have->n_values++] = (struct code_value){str_dup(c->values[i].value), NULL};
        }
        char **synonyms = c->values[i].synonyms;
        for (size_t s = 0; synonyms && synonyms[s]; s++) {
            if (!texts_has(have->values[k].synonyms, synonyms[s]))
                texts_add(&have->values[k].synonyms, synonyms[s]);
        }
    }
}

static void unite_column(struct column *have, const struct column *c)
{
    if (strcmp(have->header, c->header) != 0 && !texts_has(have->aliases, c->header))
        texts_add(&have->aliases, c->header);
    for (size_t i = 0; c->aliases && c->aliases[i]; i++) {
        if (strcmp(have->header, c->aliases[i]) != 0 && !texts_has(have->aliases, c->aliases[i]))
            texts_add(&have->aliases, c->aliases[i]);
    }
    unite_values(have, c);
    if (have->owed == OWED_NO && !have->none_is_zero)
        have->owed = c->owed;
}

int plugin_dataset_unite(struct dataset *have, const struct dataset *d, const char *what, struct error *err)
{
    if (have->period != d->period)
        return error_set(
            err, -EINVAL,
            _("%1$s: dataset %2$s is of period %3$s here, but %4$s where it is declared already"), what,
            d->id, period_kind_name(d->period), period_kind_name(have->period));
    int r = agree_on_keys(have, d, what, err);
    for (size_t i = 0; r == 0 && i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        size_t k = dataset_column_index(have, c->id);
        if (k == have->n_columns) {
            struct column copy = {0};
            column_copy(&copy, c);
            dataset_add_column(have, &copy);
            continue;
        }
        r = agree_on_column(&have->columns[k], c, d->id, what, err);
        if (r == 0)
            unite_column(&have->columns[k], c);
    }
    return r;
}
