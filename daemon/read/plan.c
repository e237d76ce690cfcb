// SPDX-License-Identifier: Apache-2.0
// Resolves the names of a dataset once, before the first row.
#include "read/plan.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

static size_t find_column(const struct dataset *d, const char *id)
{
    size_t i = id ? dataset_column_index(d, id) : d->n_columns;
    return i < d->n_columns ? i : NO_COLUMN;
}

static size_t find_header(const struct dataset *d, const char *header)
{
    for (size_t i = 0; i < d->n_columns; i++) {
        if (strcmp(d->columns[i].header, header) == 0)
            return i;
    }
    return NO_COLUMN;
}

static struct plan_condition *conditions_new(const struct dataset *d, const struct condition *c, size_t n)
{
    struct plan_condition *p = n ? mem_array(n, sizeof *p) : NULL;
    for (size_t i = 0; i < n; i++)
        p[i] = (struct plan_condition){.column = find_column(d, c[i].column), .values = c[i].values};
    return p;
}

static size_t *columns_new(const struct dataset *d, char *const *ids, size_t *ret_n)
{
    size_t n = 0;
    while (ids && ids[n])
        n++;
    size_t *list = n ? mem_array(n, sizeof *list) : NULL;
    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t c = find_column(d, ids[i]);
        if (c != NO_COLUMN)
            list[(*ret_n)++] = c;
    }
    return list;
}

static const struct unit *unit_of(const char *text)
{
    struct buf folded = BUF_INIT;
    if (text)
        fold_text(text, strlen(text), &folded);
    const struct unit *u = unit_find(buf_str(&folded), folded.len);
    buf_deinit(&folded);
    return u;
}

static void init_columns(struct plan *p)
{
    const struct dataset *d = p->d;
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        struct plan_column *pc = &p->columns[i];
        pc->base = find_column(d, c->base);
        for (int s = 0; s < STAGE_COUNT; s++)
            pc->part[s] = NO_COLUMN;
        pc->declared = unit_of(c->unit);
        pc->stored = unit_of(c->stored_unit);
        pc->owed_when = conditions_new(d, c->owed_when, c->n_owed_when);
        pc->identity = c->type == COLUMN_TEXT && (c->key || c->is_county);
        if (c->type == COLUMN_CODE)
            pc->codes = code_list_new(c->values, c->n_values);
    }
    for (size_t i = 0; i < d->n_columns; i++) {
        size_t base = p->columns[i].base;
        if (base != NO_COLUMN && d->columns[i].stage != STAGE_NONE)
            p->columns[base].part[d->columns[i].stage] = i;
    }
}

static void find_roles(struct plan *p)
{
    const struct dataset *d = p->d;
    p->period = p->term = p->county = p->name = p->entity = NO_COLUMN;
    for (size_t i = d->n_columns; i-- > 0;) {
        const struct column *c = &d->columns[i];
        if (c->is_period) {
            p->term = p->period;
            p->period = i;
        }
        p->county = c->is_county ? i : p->county;
        p->name = c->is_name ? i : p->name;
        p->entity = c->key && !c->is_county ? i : p->entity;
    }
    if (find_column(d, "school") != NO_COLUMN && dataset_column(d, "school")->key)
        p->entity = find_column(d, "school");
    if (p->entity == NO_COLUMN)
        p->entity = p->county;
    p->school_type = find_header(d, "学校类型");
    p->school_system = find_header(d, "学制");
    p->pupils[STAGE_NONE] = NO_COLUMN;
    p->pupils[STAGE_PRIMARY] = find_column(d, "pupils_primary");
    p->pupils[STAGE_JUNIOR] = find_column(d, "pupils_junior");
    p->pupils[STAGE_SENIOR] = find_column(d, "pupils_senior");
}

struct plan *plan_new(const struct dataset *d)
{
    struct plan *p = mem_alloc(sizeof *p);
    *p = (struct plan){.d = d, .allowed = true};
    p->columns = mem_array(d->n_columns + 1, sizeof *p->columns);
    p->checks = mem_array(d->n_checks + 1, sizeof *p->checks);
    init_columns(p);
    find_roles(p);
    for (size_t i = 0; i < d->n_checks; i++) {
        const struct check *c = &d->checks[i];
        struct plan_check *pc = &p->checks[i];
        pc->c = c;
        pc->left = columns_new(d, c->left, &pc->n_left);
        pc->right = columns_new(d, c->right, &pc->n_right);
        pc->when = conditions_new(d, c->when, c->n_when);
    }
    p->needs = columns_new(d, d->needs_one_of, &p->n_needs);
    return p;
}

void plan_mark_later(struct plan *p, const struct catalog *c)
{
    for (size_t i = 0; i < p->d->n_columns; i++) {
        const char *plugin = p->d->columns[i].used_by;
        p->columns[i].later = plugin && !catalog_plugin(c, plugin);
    }
}

struct plan *plan_free(struct plan *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < p->d->n_columns; i++) {
        code_list_free(p->columns[i].codes);
        free(p->columns[i].owed_when);
    }
    for (size_t i = 0; i < p->d->n_checks; i++) {
        free(p->checks[i].left);
        free(p->checks[i].right);
        free(p->checks[i].when);
    }
    free(p->columns);
    free(p->checks);
    free(p->needs);
    free(p);
    return NULL;
}

bool plan_key_needed(const struct plan *p, size_t column)
{
    const struct column *c = &p->d->columns[column];
    return c->key && c->owed == OWED_ALWAYS && !c->default_value;
}
