// SPDX-License-Identifier: Apache-2.0
// Names and other texts of entities, out of the tables of facts.
#include "store/entity.h"

#include <string.h>

#include "base/mem.h"
#include "base/period.h"
#include "store/dataset_table.h"
#include "store/sql.h"

struct lookup {
    const char *key;    // id of the key column that holds the entity
    const char *column; // id of the wanted one, NULL: the one that is_name
    int64_t entity, period;
};

static const struct column *wanted(const struct dataset *d, const struct lookup *l)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        if (l->column ? strcmp(c->id, l->column) == 0 : c->is_name)
            return c;
    }
    return NULL;
}

// Datasets keyed by the entity first: a class-day table has a million rows of a school and is not asked.
static bool keyed_by(const struct dataset *d, const char *key)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        if (d->columns[i].key && !d->columns[i].is_period)
            return strcmp(d->columns[i].id, key) == 0;
    }
    return false;
}

static int look_in(struct store *s, const struct dataset *d, const struct lookup *l, char **ret,
                   struct error *err)
{
    const struct column *c = wanted(d, l);
    bool there;
    if (!c || column_stored(c) == STORED_NOT || !keyed_by(d, l->key))
        return 0;
    int r = dataset_table_exists(s, d->id, &there, err);
    if (r < 0 || !there)
        return r;
    bool code = column_stored(c) == STORED_CODE;
    CLEANUP_FREE char *text = str_printf(
        "SELECT \"%s\" FROM \"d_%s\" WHERE _period = :period AND \"%s\" = :entity AND \"%s\" IS NOT NULL LIMIT 1",
        c->id, d->id, l->key, c->id);
    struct sql *q = sql_get(s, text, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", l->period);
    sql_bind_int(q, ":entity", l->entity);
    r = sql_step(q, err);
    if (r != 1)
        return r;
    *ret = str_dup(code ? code_text(s, sql_int(q, 0)) : sql_text(q, 0));
    sql_done(q);
    return 0;
}

static int look_everywhere(struct store *s, const struct catalog *c, const struct lookup *l, char **ret,
                           struct error *err)
{
    const struct dataset *roster = catalog_dataset(c, ROSTER_DATASET);
    int r = roster ? look_in(s, roster, l, ret, err) : 0;
    for (size_t i = 0; r == 0 && !*ret && i < c->n_datasets; i++) {
        if (c->datasets[i] != roster)
            r = look_in(s, c->datasets[i], l, ret, err);
    }
    return r;
}

static int look(struct store *s, const struct catalog *c, struct lookup l, const char *entity,
                const char *period, char **ret, struct error *err)
{
    char *found = NULL;
    int r = code_find(s, entity, &l.entity, err);
    struct period p;
    bool parsed = period_parse(period, &p);
    for (int back = 0; r == 0 && l.entity && parsed && !found && back < 2; back++) {
        struct period q = period_shift(&p, -back);
        char text[PERIOD_TEXT_MAX];
        period_format(&q, text);
        r = code_find(s, text, &l.period, err);
        if (r == 0 && l.period)
            r = look_everywhere(s, c, &l, &found, err);
    }
    if (r < 0) {
        free(found);
        return r;
    }
    *ret = found;
    return 0;
}

static int name_on_rows_of(struct store *s, const struct dataset *d, int64_t county, int64_t period,
                           char **ret, struct error *err)
{
    bool there;
    if (!dataset_column(d, "county_name"))
        return 0;
    int r = dataset_table_exists(s, d->id, &there, err);
    if (r < 0 || !there)
        return r;
    CLEANUP_FREE char *text = str_printf(
        "SELECT county_name FROM \"d_%s\" WHERE _period = :period AND _county = :county AND county_name IS NOT NULL LIMIT 1",
        d->id);
    struct sql *q = sql_get(s, text, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", period);
    sql_bind_int(q, ":county", county);
    r = sql_step(q, err);
    if (r == 1)
        *ret = str_dup(sql_text(q, 0));
    sql_done(q);
    return r < 0 ? r : 0;
}

// The county's name that stands beside its code on the rows of a table, the roster first.
static int name_on_rows(struct store *s, const struct catalog *c, const char *county, const char *period,
                        char **ret, struct error *err)
{
    const struct dataset *roster = catalog_dataset(c, ROSTER_DATASET);
    struct period p;
    int64_t county_code = 0;
    bool parsed = period_parse(period, &p);
    int r = code_find(s, county, &county_code, err);
    for (int back = 0; r == 0 && parsed && county_code && !*ret && back < 2; back++) {
        struct period q = period_shift(&p, -back);
        char text[PERIOD_TEXT_MAX];
        int64_t code = 0;
        period_format(&q, text);
        r = code_find(s, text, &code, err);
        if (r == 0 && code && roster)
            r = name_on_rows_of(s, roster, county_code, code, ret, err);
        for (size_t i = 0; r == 0 && code && !*ret && i < c->n_datasets; i++)
            r = name_on_rows_of(s, c->datasets[i], county_code, code, ret, err);
    }
    return r;
}

int entity_name(struct store *s, const struct catalog *c, const struct config *conf,
                enum indicator_level level, const char *entity, const char *period, char **ret,
                struct error *err)
{
    switch (level) {
    case LEVEL_SCHOOL:
        return look(s, c, (struct lookup){.key = SCHOOL_COLUMN}, entity, period, ret, err);
    case LEVEL_COUNTY:
    case LEVEL_CITY: {
        const char *name = config_county_name(conf, entity);
        if (name) {
            *ret = str_dup(name);
            return 0;
        }
        char *found = NULL;
        int r = look(s, c, (struct lookup){.key = "county"}, entity, period, &found, err);
        if (r == 0 && !found)
            r = name_on_rows(s, c, entity, period, &found, err);
        if (r == 0)
            *ret = found;
        return r;
    }
    case LEVEL_CLASS:
        break;
    }
    *ret = NULL;
    return 0;
}

int entity_text(struct store *s, const struct catalog *c, const char *key, const char *column,
                const char *entity, const char *period, char **ret, struct error *err)
{
    return look(s, c, (struct lookup){.key = key, .column = column}, entity, period, ret, err);
}

bool entity_has_code(const char *entity)
{
    return strncmp(entity, ENTITY_NAME_AS_CODE, sizeof ENTITY_NAME_AS_CODE - 1) != 0;
}
