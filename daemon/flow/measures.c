// SPDX-License-Identifier: Apache-2.0
// Measures: a plugin is trusted like the administrator, but a mistake in it must not reach the results.
#include "flow/measures.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "junheng/plugin.h"

#define ENTITY_MAX 128
#define SENTENCE_MAX 2000
#define MEASURE_FLAGS (JH_ESTIMATED | JH_NOT_IN_CV | JH_NEW_SCHOOL)

void measure_list_deinit(struct measure_list *l)
{
    free(l->items);
    *l = (struct measure_list){0};
}

static void add(struct measure_list *l, const struct measure *m)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 256;
        l->items = mem_grow(l->items, l->cap, sizeof *l->items);
    }
    l->items[l->n++] = *m;
}

static int compare(const void *a, const void *b)
{
    const struct measure *x = a, *y = b;
    if (x->scope != y->scope)
        return x->scope < y->scope ? -1 : 1;
    int d = x->indicator == y->indicator ? 0 : strcmp(x->indicator->id, y->indicator->id);
    if (d == 0)
        d = (x->stage > y->stage) - (x->stage < y->stage);
    return d ? d : strcmp(x->entity, y->entity);
}

static const char *text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s ? s : "";
}

static const char *optional_text(const json_t *j, const char *key)
{
    const char *s = text_of(j, key);
    return *s && strlen(s) <= SENTENCE_MAX ? s : NULL;
}

static double number_of(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    return json_is_number(v) && isfinite(json_number_value(v)) ? json_number_value(v) + 0.0 : NAN;
}

static int read_indicator(const struct evaluation *e, const json_t *j, struct measure *m, struct error *err)
{
    const char *id = text_of(j, "i");
    m->indicator = catalog_indicator(e->catalog, id);
    if (!m->indicator)
        return error_set(err, -EPROTO, _("it measured an indicator that it does not declare: \"%s\""), id);
    if (strcmp(m->indicator->plugin, e->plugin->name) != 0)
        return error_set(err, -EPROTO, _("it measured \"%1$s\", which belongs to plugin %2$s"), id,
                         m->indicator->plugin);
    if (m->indicator->kind != INDICATOR_MEASURE)
        return error_set(err, -EPROTO, _("it measured \"%s\", which the core derives by itself"), id);
    const char *stage = text_of(j, "s");
    bool known = stage_parse(stage, &m->stage);
    if (!known ||
        (m->indicator->stages == 0 ? m->stage != STAGE_NONE : !(m->indicator->stages >> m->stage & 1u)))
        return error_set(err, -EPROTO,
                         _("it measured \"%1$s\" at a stage that the indicator does not have: \"%2$s\""), id,
                         stage);
    return 0;
}

static bool is_scope(const struct scope_item *item, const char *period, const char *county)
{
    return !item->rejudge_only && strcmp(item->period, period) == 0 && strcmp(item->county, county) == 0;
}

// `m->scope` holds the scope of the measure before: they come in runs.
static int read_scope(const struct evaluation *e, const json_t *j, struct measure *m, struct error *err)
{
    const char *period = text_of(j, "p"), *county = text_of(j, "c");
    size_t n = e->scopes->n, at = m->scope;
    if (at >= n || !is_scope(&e->scopes->items[at], period, county)) {
        for (at = 0; at < n && !is_scope(&e->scopes->items[at], period, county);)
            at++;
    }
    if (at == n)
        return error_set(err, -EPROTO,
                         _("it measured period \"%1$s\" of county \"%2$s\", which it was not asked for"),
                         period, county);
    m->scope = at;
    m->entity = text_of(j, "e");
    if (!*m->entity || strlen(m->entity) > ENTITY_MAX)
        return error_set(err, -EPROTO,
                         _("it measured \"%1$s\" of an entity without a usable code: \"%2$.80s\""),
                         m->indicator->id, m->entity);
    if (m->indicator->level == LEVEL_COUNTY && strcmp(m->entity, county) != 0)
        return error_set(
            err, -EPROTO,
            _("it measured \"%1$s\" of \"%2$s\" in county \"%3$s\", but that is an indicator of the county itself"),
            m->indicator->id, m->entity, county);
    return 0;
}

static int read_values(const json_t *j, struct measure *m, struct error *err)
{
    const json_t *given = json_object_get(j, "state");
    json_int_t state = json_is_integer(given) ? json_integer_value(given) : -1;
    if (state != JH_OK && state != JH_NO_DATA && state != JH_EXEMPT)
        return error_set(err, -EPROTO, _("it gave \"%1$s\" of \"%2$s\" a state that is not known: %3$lld"),
                         m->indicator->id, m->entity, (long long)state);
    m->state = (unsigned)state;
    m->flags = (unsigned)json_integer_value(json_object_get(j, "flags")) & MEASURE_FLAGS;
    m->pupils = number_of(j, "pupils");
    m->missing = optional_text(j, "missing");
    m->note = optional_text(j, "note");
    m->numerator = m->denominator = NAN;
    if (m->state != JH_OK)
        return 0;
    m->numerator = number_of(j, "n");
    m->denominator = number_of(j, "d");
    if (isnan(m->numerator) || isnan(m->denominator))
        return error_set(err, -EPROTO, _("it gave \"%1$s\" of \"%2$s\" something that is not a number"),
                         m->indicator->id, m->entity);
    if (m->denominator <= 0 || !isfinite(m->numerator / m->denominator)) {
        m->state = JH_NO_DATA; // nothing to divide by is no figure, and no failure either
        m->numerator = m->denominator = NAN;
    }
    return 0;
}

static bool is_unit(const struct indicator *ind)
{
    return ind->level == LEVEL_SCHOOL || ind->level == LEVEL_CLASS;
}

static int read_one(const struct evaluation *e, const json_t *j, struct measure *m, struct error *err)
{
    if (!json_is_object(j))
        return error_set(err, -EPROTO, _("it sent something that is not a measure"));
    int r = read_indicator(e, j, m, err);
    if (r == 0)
        r = read_scope(e, j, m, err);
    return r < 0 ? r : read_values(j, m, err);
}

static int sort_unique(const struct evaluation *e, struct measure_list *l, struct error *err)
{
    if (l->n > 0)
        qsort(l->items, l->n, sizeof *l->items, compare);
    for (size_t i = 1; i < l->n; i++) {
        const struct measure *m = &l->items[i];
        if (compare(m - 1, m) == 0)
            return error_set(err, -EPROTO, _("it measured \"%1$s\" of \"%2$s\" in %3$s twice"),
                             m->indicator->id, m->entity, e->scopes->items[m->scope].period);
    }
    return 0;
}

int measures_read(const struct evaluation *e, struct measure_list *ret, struct error *err)
{
    struct measure_list list = {0};
    struct measure m = {0};
    int r = 0;
    size_t i;
    const json_t *j;
    json_array_foreach(e->measures, i, j)
    {
        r = read_one(e, j, &m, err);
        if (r < 0)
            break;
        if (is_unit(m.indicator) && strcmp(m.entity, e->scopes->items[m.scope].county) == 0)
            list.skipped++;
        else
            add(&list, &m);
    }
    if (r == 0)
        r = sort_unique(e, &list, err);
    if (r < 0) {
        measure_list_deinit(&list);
        return error_prefix(err, _("plugin %s"), e->plugin->name);
    }
    *ret = list;
    return 0;
}

int measures_from_results(const struct evaluation *e, size_t scope, const struct result_list *stored,
                          struct measure_list *ret, struct error *err)
{
    struct measure_list list = {0};
    for (size_t i = 0; i < stored->n; i++) {
        const struct result *r = &stored->items[i];
        const struct indicator *ind = catalog_indicator(e->catalog, r->indicator);
        if (!ind || ind->kind != INDICATOR_MEASURE || (is_unit(ind) && strcmp(r->entity, r->county) == 0))
            continue; // derived: derived again
        struct measure m = {scope,          ind,       r->entity,  r->stage, r->state, r->flags, r->numerator,
                            r->denominator, r->pupils, r->missing, r->note};
        if (r->estimated)
            m.flags |= JH_ESTIMATED;
        add(&list, &m);
    }
    int r = sort_unique(e, &list, err);
    if (r < 0) {
        measure_list_deinit(&list);
        return r;
    }
    *ret = list;
    return 0;
}

size_t measures_of_scope(const struct measure_list *l, size_t scope, size_t *ret_first)
{
    size_t first = 0, n = 0;
    while (first < l->n && l->items[first].scope < scope)
        first++;
    while (first + n < l->n && l->items[first + n].scope == scope)
        n++;
    *ret_first = first;
    return n;
}
