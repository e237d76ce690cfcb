// SPDX-License-Identifier: Apache-2.0
// Memory, stage columns, units and look-up of datasets.
#include "catalog/dataset.h"

#include <jansson.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "catalog/catalog_json.h"
#include "catalog/texts.h"

void conditions_free(struct condition *c, size_t n)
{
    for (size_t i = 0; c && i < n; i++) {
        free(c[i].column);
        texts_free(c[i].values);
    }
    free(c);
}

void column_deinit(struct column *c)
{
    free(c->id);
    free(c->header);
    texts_free(c->aliases);
    free(c->unit);
    free(c->stored_unit);
    free(c->base);
    conditions_free(c->owed_when, c->n_owed_when);
    for (size_t i = 0; i < c->n_values; i++) {
        free(c->values[i].value);
        texts_free(c->values[i].synonyms);
    }
    free(c->values);
    free(c->default_value);
    free(c->help);
    free(c->used_by);
    *c = (struct column){0};
}

void check_deinit(struct check *c)
{
    free(c->id);
    texts_free(c->left);
    texts_free(c->right);
    conditions_free(c->when, c->n_when);
    free(c->only);
    free(c->text);
    *c = (struct check){0};
}

struct dataset *dataset_free(struct dataset *d)
{
    if (!d)
        return NULL;
    free(d->id);
    free(d->title);
    texts_free(d->needs_one_of);
    for (size_t i = 0; i < d->n_columns; i++)
        column_deinit(&d->columns[i]);
    free(d->columns);
    for (size_t i = 0; i < d->n_checks; i++)
        check_deinit(&d->checks[i]);
    free(d->checks);
    free(d->name_pattern);
    free(d);
    return NULL;
}

void dataset_free_at(struct dataset **d)
{
    *d = dataset_free(*d);
}

void dataset_add_column(struct dataset *d, const struct column *c)
{
    d->columns = mem_grow(d->columns, d->n_columns + 1, sizeof *d->columns);
    d->columns[d->n_columns++] = *c;
}

static void add_stage_alias(char ***aliases, const char *format, const char *a, const char *b)
{
    CLEANUP_FREE char *text = str_printf(format, a, b);
    if (!texts_has(*aliases, text))
        texts_add(aliases, text);
}

void column_copy(struct column *to, const struct column *from)
{
    *to = *from;
    to->id = str_dup(from->id);
    to->header = str_dup(from->header);
    to->aliases = texts_dup(from->aliases);
    to->unit = str_dup(from->unit);
    to->stored_unit = str_dup(from->stored_unit);
    to->base = str_dup(from->base);
    to->default_value = str_dup(from->default_value);
    to->help = str_dup(from->help);
    to->used_by = str_dup(from->used_by);
    to->owed_when = from->n_owed_when ? mem_array(from->n_owed_when, sizeof *to->owed_when) : NULL;
    for (size_t i = 0; i < from->n_owed_when; i++)
        to->owed_when[i] =
            (struct condition){str_dup(from->owed_when[i].column), texts_dup(from->owed_when[i].values)};
    to->values = from->n_values ? mem_array(from->n_values, sizeof *to->values) : NULL;
    for (size_t i = 0; i < from->n_values; i++)
        to->values[i] =
            (struct code_value){str_dup(from->values[i].value), texts_dup(from->values[i].synonyms)};
}

void column_of_stage(const struct column *c, enum stage stage, const char *header, char *const *aliases,
                     struct column *ret)
{
    // Words of the headers themselves: data, never translated.
    const char *word = stage == STAGE_PRIMARY ? "小学" : stage == STAGE_JUNIOR ? "初中" : "高中";
    const char *name = header ? header : c->header;
    char *const *others = aliases ? aliases : c->aliases;
    column_copy(ret, c);
    free(ret->id);
    free(ret->header);
    free(ret->base);
    texts_free(ret->aliases);
    conditions_free(ret->owed_when, ret->n_owed_when);
    ret->id = str_printf("%s_%s", c->id, stage_id(stage));
    ret->header = str_printf("%s（%s）", name, word);
    ret->aliases = NULL;
    add_stage_alias(&ret->aliases, "%s%s", word, name);
    for (size_t i = 0; others && others[i]; i++) {
        add_stage_alias(&ret->aliases, "%s（%s）", others[i], word);
        add_stage_alias(&ret->aliases, "%s%s", word, others[i]);
    }
    ret->stage = stage;
    ret->base = str_dup(c->id);
    ret->owed = OWED_NO;
    ret->owed_when = NULL;
    ret->n_owed_when = 0;
    ret->owed_stage = STAGE_NONE;
}

void column_set_unit(struct column *c, const char *unit)
{
    static const struct {
        const char *unit, *stored;
        int shift;
    } table[] = {
        {"万元", "元", 4}, {"亿元", "元", 8}, {"万人", "人", 4}, {"公顷", "㎡", 4}, {"平方米", "㎡", 0}};
    free(c->unit);
    free(c->stored_unit);
    c->unit = str_dup(unit);
    c->stored_unit = str_dup(unit);
    c->unit_shift = 0;
    for (size_t i = 0; unit && i < ARRAY_SIZE(table); i++) {
        if (strcmp(unit, table[i].unit) == 0) {
            free(c->stored_unit);
            c->stored_unit = str_dup(table[i].stored);
            c->unit_shift = table[i].shift;
        }
    }
}

static void canonical_bool(char **text)
{
    static const char *const yes[] = {"是", "true", "yes"}, *const no[] = {"否", "false", "no"};
    for (size_t i = 0; *text && i < ARRAY_SIZE(yes); i++) {
        bool is_yes = strcmp(*text, yes[i]) == 0;
        if (is_yes || strcmp(*text, no[i]) == 0) {
            free(*text);
            *text = str_dup(is_yes ? "1" : "0");
        }
    }
}

static void canonical_conditions(const struct dataset *d, struct condition *when, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct column *c = dataset_column(d, when[i].column);
        for (size_t k = 0; c && c->type == COLUMN_BOOL && when[i].values[k]; k++)
            canonical_bool(&when[i].values[k]);
    }
}

void dataset_canonical(struct dataset *d)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        struct column *c = &d->columns[i];
        if (c->type == COLUMN_BOOL)
            canonical_bool(&c->default_value);
        canonical_conditions(d, c->owed_when, c->n_owed_when);
    }
    for (size_t i = 0; i < d->n_checks; i++)
        canonical_conditions(d, d->checks[i].when, d->checks[i].n_when);
}

const char *column_type_name(enum column_type t)
{
    static const char *const names[COLUMN_TYPE_COUNT] = {"text", "integer", "decimal", "percent",
                                                         "bool", "code",    "date",    "time"};
    return names[t];
}

size_t dataset_column_index(const struct dataset *d, const char *id)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        if (strcmp(d->columns[i].id, id) == 0)
            return i;
    }
    return d->n_columns;
}

const struct column *dataset_column(const struct dataset *d, const char *id)
{
    size_t i = dataset_column_index(d, id);
    return i < d->n_columns ? &d->columns[i] : NULL;
}

void catalog_dataset_version(const struct dataset *d, char out[17])
{
    json_t *j = dataset_to_json(d);
    size_t i;
    json_t *c;
    json_array_foreach(json_object_get(j, "columns"), i, c)
    {
        (void)json_object_del(c, "help"); // what only people read decides nothing
    }
    json_array_foreach(json_object_get(j, "checks"), i, c)
    {
        (void)json_object_del(c, "text");
    }
    CLEANUP_FREE char *text = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(j);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)text, strlen(text), hash);
    for (size_t k = 0; k < 8; k++)
        (void)snprintf(out + 2 * k, 3, "%02x", hash[k]);
}
