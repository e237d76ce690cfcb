// SPDX-License-Identifier: Apache-2.0
// Owed cells.
#include "read/owed.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BIT(s) (1u << (s))

static unsigned stages_of_type(const char *type, size_t len)
{
    static const struct {
        const char *type;
        unsigned stages;
    } table[] = {
        {"小学", BIT(STAGE_PRIMARY)},
        {"教学点", BIT(STAGE_PRIMARY)},
        {"初中", BIT(STAGE_JUNIOR)},
        {"九年一贯制学校", BIT(STAGE_PRIMARY) | BIT(STAGE_JUNIOR)},
        {"完全中学", BIT(STAGE_JUNIOR) | BIT(STAGE_SENIOR)},
        {"十二年一贯制学校", BIT(STAGE_PRIMARY) | BIT(STAGE_JUNIOR) | BIT(STAGE_SENIOR)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (strlen(table[i].type) == len && memcmp(table[i].type, type, len) == 0)
            return table[i].stages;
    }
    return 0;
}

unsigned owed_stages(const struct table *t)
{
    const struct plan *p = t->plan;
    const struct value *type = p->school_type == NO_COLUMN ? NULL : &t->values[p->school_type];
    if (type && type->kind == VALUE_TEXT)
        return stages_of_type(type->text, type->len);
    unsigned stages = 0;
    for (int s = STAGE_PRIMARY; s < STAGE_COUNT; s++) {
        const struct value *v = p->pupils[s] == NO_COLUMN ? NULL : &t->values[p->pupils[s]];
        if (v && v->kind == VALUE_INT && v->integer > 0)
            stages |= BIT(s);
    }
    return stages;
}

static bool value_is(const struct value *v, const char *text)
{
    switch (v->kind) {
    case VALUE_TEXT:
        return strlen(text) == v->len && memcmp(text, v->text, v->len) == 0;
    case VALUE_INT:
    case VALUE_REAL:
        return strtod(text, NULL) == v->real;
    case VALUE_EMPTY:
    case VALUE_BAD:
        break;
    }
    return false;
}

bool conditions_hold(const struct table *t, const struct plan_condition *when, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool one = false;
        for (char *const *v = when[i].values; when[i].column != NO_COLUMN && v && *v; v++)
            one = one || value_is(&t->values[when[i].column], *v);
        if (!one)
            return false;
    }
    return true;
}

static bool stage_fits(enum stage s, unsigned stages)
{
    return s == STAGE_NONE || (stages & BIT(s));
}

bool owed_column(const struct table *t, size_t column, unsigned stages)
{
    const struct column *c = &t->plan->d->columns[column];
    if (c->none_is_zero || c->default_value || c->is_period)
        return false;
    switch (c->owed) {
    case OWED_ALWAYS:
        return stage_fits(c->owed_stage, stages);
    case OWED_WHEN:
        return stage_fits(c->owed_stage, stages) &&
               conditions_hold(t, t->plan->columns[column].owed_when, c->n_owed_when);
    case OWED_NO:
        break;
    }
    // 是否必填 on the form is read by the school's type.
    return t->columns[column].form_owed && stage_fits(c->stage, stages) && stage_fits(c->owed_stage, stages);
}

static bool is_filled(const struct value *v)
{
    return v->kind != VALUE_EMPTY && v->kind != VALUE_BAD;
}

bool owed_is_given(const struct table *t, size_t column, unsigned stages)
{
    if (is_filled(&t->values[column]))
        return true;
    bool any = false;
    for (int s = STAGE_PRIMARY; s < STAGE_COUNT; s++) {
        if (!(stages & BIT(s)))
            continue;
        size_t part = t->plan->columns[column].part[s];
        if (part == NO_COLUMN && s == STAGE_SENIOR)
            continue; // compulsory stages are what is asked for
        if (part == NO_COLUMN || !is_filled(&t->values[part]))
            return false;
        any = true;
    }
    return any;
}

size_t owed_place(const struct table *t, size_t column, unsigned stages)
{
    if (t->columns[column].there)
        return column;
    for (int s = STAGE_PRIMARY; s < STAGE_COUNT; s++) {
        size_t part = t->plan->columns[column].part[s];
        if ((stages & BIT(s)) && part != NO_COLUMN && t->columns[part].there && !is_filled(&t->values[part]))
            return part;
    }
    return NO_COLUMN;
}
