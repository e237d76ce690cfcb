// SPDX-License-Identifier: Apache-2.0
// The 差异系数 of each indicator in a county, what drives it, and the mean over a rule's members.
#include "flow/judging.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "judge/cv.h"
#include "judge/value.h"
#include "junheng/plugin.h"

// More than a text prints; who asks for the share of another school has it from judge/cv.h and the rows.
#define CONTRIBUTORS_MAX 20

struct contributor {
    const struct result *row;
    struct cv_share share;
};

struct cv_case {
    const struct result_group *group;
    struct cv_point *points;
    struct contributor *who; // of each point
    size_t n;
    size_t n_new;   // of them in schools that are not full yet
    size_t missing; // schools that would count but have no figure
    double missing_pupils, pupils;
    bool estimated;
    char *missing_columns;
};

static void cv_case_deinit(struct cv_case *c)
{
    free(c->points);
    free(c->who);
    free(c->missing_columns);
}

static struct cv_case cv_case_of(const struct result_group *g, bool leave_out_new)
{
    struct cv_case c = {.group = g};
    c.points = mem_array(g->n, sizeof *c.points);
    c.who = mem_array(g->n, sizeof *c.who);
    for (size_t i = 0; i < g->n; i++) {
        const struct result *r = &g->rows[i];
        bool is_new = (r->flags & JH_NEW_SCHOOL) != 0;
        if (r->flags & JH_NOT_IN_CV || r->state == JH_EXEMPT || (is_new && leave_out_new))
            continue;
        c.pupils += isnan(r->pupils) ? 0 : r->pupils;
        if (!judging_has_figure(r)) {
            c.missing++;
            c.missing_pupils += isnan(r->pupils) ? 0 : r->pupils;
            c.missing_columns = judging_unite_words(c.missing_columns, r->missing);
            continue;
        }
        c.points[c.n] = (struct cv_point){r->numerator, r->denominator};
        c.who[c.n++].row = r;
        c.n_new += is_new;
        c.estimated |= r->estimated;
    }
    return c;
}

static int by_share(const void *a, const void *b)
{
    const struct contributor *x = a, *y = b;
    if (x->share.share != y->share.share)
        return x->share.share > y->share.share ? -1 : 1;
    return strcmp(x->row->entity, y->row->entity);
}

static void add_contributors(struct cv_case *c, json_t *detail)
{
    qsort(c->who, c->n, sizeof *c->who, by_share);
    json_t *list = json_array();
    double listed = 0;
    size_t n = c->n < CONTRIBUTORS_MAX ? c->n : CONTRIBUTORS_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct contributor *w = &c->who[i];
        listed += w->share.share;
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:f, s:f, s:o}", "entity", w->row->entity, "pupils",
                                        judging_number(w->row->denominator), "value", w->row->value, "share",
                                        w->share.share, "without", judging_number(w->share.without)));
    }
    json_object_set_new(detail, "contributors", list);
    if (c->n > n)
        json_object_set_new(
            detail, "others",
            json_pack("{s:I, s:f}", "schools", (json_int_t)(c->n - n), "share", fmax(0, 1 - listed)));
}

static void add_without_new(const struct cv_case *c, json_t *detail)
{
    if (c->n_new == 0)
        return;
    CLEANUP(cv_case_deinit) struct cv_case old = cv_case_of(c->group, true);
    struct cv cv = cv_compute(old.points, old.n, NULL);
    json_object_set_new(detail, "without_new",
                        json_pack("{s:I, s:o}", "schools", (json_int_t)old.n, "cv", judging_number(cv.cv)));
}

static json_t *cv_detail(const struct judging *j, struct cv_case *c, const struct cv *cv)
{
    json_t *detail = json_object();
    json_object_set_new(detail, "schools", json_integer((json_int_t)c->n));
    if (c->missing > 0)
        json_object_set_new(detail, "missing",
                            json_pack("{s:I, s:f, s:o}", "schools", (json_int_t)c->missing, "pupils",
                                      c->missing_pupils, "share",
                                      judging_number(c->pupils > 0 ? c->missing_pupils / c->pupils : NAN)));
    if (cv->state == CV_KNOWN)
        add_contributors(c, detail);
    add_without_new(c, detail);
    json_object_set_new(detail, "coverage", coverage_json(j->coverage));
    return detail;
}

static void judge_cv(const struct judging *j, const struct indicator *ind, const struct cv *cv,
                     struct result *r)
{
    struct threshold storage;
    const struct threshold *limit = judging_threshold(j, ind, r->stage, &storage);
    r->threshold = limit ? limit->value : NAN;
    switch (cv->state) {
    case CV_NONE:
        r->verdict = VERDICT_NO_DATA;
        r->note = str_dup(_("No school has the data for it yet."));
        break;
    case CV_ONE:
        r->verdict = VERDICT_EXEMPT;
        r->note = str_dup(_("There is only one school, hence nothing to compare."));
        break;
    case CV_ZERO_MEAN:
        r->verdict = VERDICT_NO_DATA;
        r->note = str_dup(_("The mean of the county is 0, hence there is nothing to divide by."));
        break;
    case CV_KNOWN: {
        struct indicator plain = *ind; // a CV has no unit: whatever scale it has in print is not its own
        plain.scale = 1;
        plain.whole_gap = false;
        struct judgement judged = judge_value(&plain, limit, cv->cv, 1);
        r->value = judged.value;
        r->verdict = judged.verdict;
        r->gap = judged.gap;
        break;
    }
    }
}

static void cv_row(const struct judging *j, const struct indicator *ind, const struct result_group *g,
                   struct result_list *ret)
{
    CLEANUP(cv_case_deinit) struct cv_case c = cv_case_of(g, false);
    if (c.n == 0 && c.missing == 0)
        return;
    CLEANUP_FREE struct cv_share *shares = mem_array(c.n + 1, sizeof *shares);
    struct cv cv = cv_compute(c.points, c.n, shares);
    for (size_t i = 0; i < c.n; i++)
        c.who[i].share = shares[i];
    struct result *r = judging_add_county(j, ret, ind->id, g->stage, c.estimated);
    judge_cv(j, ind, &cv, r);
    r->state = r->verdict == VERDICT_NO_DATA ? JH_NO_DATA : r->verdict == VERDICT_EXEMPT ? JH_EXEMPT : JH_OK;
    if (cv.state != CV_NONE) {
        r->numerator = cv.s * (g->indicator->scale != 0 ? g->indicator->scale : 1);
        r->denominator = judge_ratio(cv.mean, 1, g->indicator->scale);
        r->pupils = cv.pupils;
    }
    if (r->verdict == VERDICT_NO_DATA)
        r->missing = TAKE(c.missing_columns);
    judging_set_detail(r, cv_detail(j, &c, &cv));
}

void judging_cv(const struct judging *j, const struct result_list *units, struct result_list *ret)
{
    struct result_group g;
    for (size_t at = 0; result_group_next(j, units, &at, &g);) {
        if (!g.indicator->with_cv || g.indicator->level == LEVEL_COUNTY || g.indicator->level == LEVEL_CITY)
            continue;
        CLEANUP_FREE char *id = str_printf("%s.cv", g.indicator->id);
        const struct indicator *ind = catalog_indicator(j->catalog, id);
        if (ind)
            cv_row(j, ind, &g, ret);
    }
}

struct mean {
    json_t *members;
    double sum, pupils;
    size_t n, known, exempt;
    bool estimated;
};

// A member may be named by its own id or by that of its CV.
static void mean_add(const struct judging *j, struct mean *m, const char *member, enum stage stage,
                     const struct result_list *rows)
{
    const struct indicator *ind = catalog_indicator(j->catalog, member);
    CLEANUP_FREE char *id = ind && ind->kind == INDICATOR_CV ? str_dup(member) : str_printf("%s.cv", member);
    const struct result *row = judging_row(rows, id, stage, j->county);
    m->n++;
    json_object_set_new(m->members, id, judging_number(row ? row->value : NAN));
    if (!row)
        return;
    m->exempt += row->verdict == VERDICT_EXEMPT && isnan(row->value);
    m->estimated |= row->estimated;
    m->pupils = isnan(m->pupils) ? row->pupils : m->pupils;
    if (!isnan(row->value)) {
        m->known++;
        m->sum += row->value;
    }
}

static void judge_mean(const struct judging *j, const struct indicator *ind, const struct mean *m,
                       struct result *r)
{
    if (m->known < m->n) {
        r->verdict = m->exempt == m->n ? VERDICT_EXEMPT : VERDICT_NO_DATA;
        return;
    }
    struct threshold storage;
    const struct threshold *limit = judging_threshold(j, ind, r->stage, &storage);
    struct indicator plain = *ind;
    plain.scale = 1;
    plain.whole_gap = false;
    struct judgement judged = judge_value(&plain, limit, m->sum, (double)m->n);
    r->numerator = m->sum;
    r->denominator = (double)m->n;
    r->value = judged.value;
    r->verdict = judged.verdict;
    r->threshold = limit ? limit->value : NAN;
    if (limit)
        r->gap = fmax(0, judged.verdict == VERDICT_PASS ? 0 : judged.value - limit->value);
    else
        r->note = str_dup(_("It is published; the test is on each of its members."));
}

static void mean_row(const struct judging *j, const struct indicator *ind, enum stage stage,
                     const struct result_list *rows, struct result_list *ret)
{
    struct mean m = {.members = json_object(), .pupils = NAN};
    for (char **id = ind->members; id && *id; id++)
        mean_add(j, &m, *id, stage, rows);
    struct result *r = judging_add_county(j, ret, ind->id, stage, m.estimated);
    r->pupils = m.pupils;
    judge_mean(j, ind, &m, r);
    r->state = r->verdict == VERDICT_NO_DATA ? JH_NO_DATA : m.known == m.n ? JH_OK : JH_EXEMPT;
    json_t *detail = json_object();
    json_object_set_new(detail, "members", m.members);
    json_object_set_new(detail, "coverage", coverage_json(j->coverage));
    judging_set_detail(r, detail);
}

static bool stage_has_cv(const struct judging *j, const struct result_list *rows,
                         const struct indicator *mean, enum stage stage)
{
    struct result_group g;
    for (size_t at = 0; result_group_next(j, rows, &at, &g);) {
        if (g.indicator->kind != INDICATOR_CV || g.stage != stage)
            continue;
        for (char **id = mean->members; id && *id; id++) {
            if (strcmp(g.indicator->id, *id) == 0 ||
                (g.indicator->parent && strcmp(g.indicator->parent, *id) == 0))
                return true;
        }
    }
    return false;
}

void judging_cv_means(const struct judging *j, const struct result_list *rows, struct result_list *ret)
{
    for (size_t i = 0; i < j->catalog->n_indicators; i++) {
        const struct indicator *ind = j->catalog->indicators[i];
        if (ind->kind != INDICATOR_CV_MEAN || strcmp(ind->plugin, j->plugin->name) != 0)
            continue;
        for (int stage = 0; stage < STAGE_COUNT; stage++) {
            if (stage_has_cv(j, rows, ind, (enum stage)stage))
                mean_row(j, ind, (enum stage)stage, rows, ret);
        }
    }
}
