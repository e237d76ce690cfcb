// SPDX-License-Identifier: Apache-2.0
// The judging of one scope: units, rules, county figures, in that order; and what these share.
#include "flow/judging.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "judge/value.h"
#include "junheng/plugin.h"

bool result_group_next(const struct judging *j, const struct result_list *sorted, size_t *at,
                       struct result_group *ret)
{
    if (*at >= sorted->n)
        return false;
    const struct result *first = &sorted->items[*at];
    size_t n = 1;
    while (*at + n < sorted->n && sorted->items[*at + n].stage == first->stage &&
           strcmp(sorted->items[*at + n].indicator, first->indicator) == 0)
        n++;
    *ret = (struct result_group){catalog_indicator(j->catalog, first->indicator), first->stage, first, n};
    assert(ret->indicator); // every row was made from one
    *at += n;
    return true;
}

const struct result *judging_row(const struct result_list *sorted, const char *indicator, enum stage stage,
                                 const char *entity)
{
    struct result key = {.indicator = (char *)indicator, .entity = (char *)entity, .stage = stage};
    return sorted->n ? bsearch(&key, sorted->items, sorted->n, sizeof key, result_compare) : NULL;
}

struct result *judging_add(const struct judging *j, struct result_list *to, const char *indicator,
                           const char *entity, enum stage stage)
{
    struct result *r = result_list_add(to);
    r->period = str_dup(j->period);
    r->county = str_dup(j->county);
    r->indicator = str_dup(indicator);
    r->entity = str_dup(entity);
    r->stage = stage;
    return r;
}

struct result *judging_add_county(const struct judging *j, struct result_list *to, const char *indicator,
                                  enum stage stage, bool estimated)
{
    struct result *r = judging_add(j, to, indicator, j->county, stage);
    r->estimated = estimated;
    r->provisional = coverage_provisional(j->coverage);
    return r;
}

const struct threshold *judging_threshold(const struct judging *j, const struct indicator *ind,
                                          enum stage stage, struct threshold *storage)
{
    return standards_threshold(j->standards, ind, stage, j->date, storage) ? storage : NULL;
}

bool judging_has_figure(const struct result *r)
{
    return r->state == JH_OK && !isnan(r->value) && r->denominator > 0;
}

static bool has_word(const char *list, const char *word, size_t n)
{
    for (const char *w = list; *w;) {
        size_t len = strcspn(w, " ");
        if (len == n && memcmp(w, word, n) == 0)
            return true;
        w += len + (w[len] == ' ');
    }
    return false;
}

char *judging_unite_words(char *have, const char *more)
{
    for (const char *w = more ? more : ""; *w;) {
        size_t n = strcspn(w, " ");
        if (n > 0 && !(have && has_word(have, w, n))) {
            char *longer = str_printf("%s%s%.*s", have ? have : "", have ? " " : "", (int)n, w);
            free(have);
            have = longer;
        }
        w += n + (w[n] == ' ');
    }
    return have;
}

void judging_set_detail(struct result *r, json_t *detail)
{
    // 15 digits: what was written as 0.1 prints as 0.1, and a last bit is no change.
    char *text = json_dumps(detail, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(detail);
    free(r->detail);
    r->detail = text;
}

json_t *judging_number(double v)
{
    return isnan(v) ? json_null() : json_real(v);
}

static void judge_unit(const struct judging *j, const struct measure *m, const struct threshold *threshold,
                       struct result_list *ret)
{
    struct result *r = judging_add(j, ret, m->indicator->id, m->entity, m->stage);
    r->state = m->state;
    r->flags = m->flags & ~JH_ESTIMATED;
    r->estimated = (m->flags & JH_ESTIMATED) != 0;
    r->pupils = m->pupils;
    r->missing = str_dup(m->missing);
    r->note = str_dup(m->note);
    r->verdict = m->state == JH_EXEMPT ? VERDICT_EXEMPT : VERDICT_NO_DATA;
    if (m->state == JH_EXEMPT)
        return;
    r->threshold = threshold ? threshold->value : NAN;
    if (m->state != JH_OK)
        return;
    struct judgement judged = judge_value(m->indicator, threshold, m->numerator, m->denominator);
    r->numerator = m->numerator;
    r->denominator = m->denominator;
    r->value = judged.value;
    r->verdict = judged.verdict;
    r->gap = judged.gap;
}

void judging_units(const struct judging *j, const struct measure *measures, size_t n, struct result_list *ret)
{
    struct threshold storage;
    const struct threshold *t = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct measure *m = &measures[i], *before = i ? m - 1 : NULL;
        if (!before || before->indicator != m->indicator || before->stage != m->stage)
            t = judging_threshold(j, m->indicator, m->stage, &storage);
        judge_unit(j, m, t, ret);
    }
}

static void move_all(struct result_list *from, struct result_list *to)
{
    for (size_t i = 0; i < from->n; i++)
        *result_list_add(to) = from->items[i];
    free(from->items);
    *from = (struct result_list){0};
}

static void sort(struct result_list *l)
{
    if (l->n > 0)
        qsort(l->items, l->n, sizeof *l->items, result_compare);
}

void judging_scope(const struct judging *j, const struct measure *measures, size_t n, struct result_list *ret)
{
    struct result_list rows = {0}, more = {0};
    judging_units(j, measures, n, &rows);
    sort(&rows);
    judging_rules(j, &rows, &more);
    if (*j->county) {
        judging_cv(j, &rows, &more);
        move_all(&more, &rows);
        sort(&rows);
        judging_county(j, &rows, &more);
        judging_cv_means(j, &rows, &more);
    }
    move_all(&more, &rows);
    sort(&rows);
    *ret = rows;
}
