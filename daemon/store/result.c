// SPDX-License-Identifier: Apache-2.0
// Results in SQL: one row shape for reading, one for writing.
#include "store/result.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"
#include "store/sql.h"

// CROSS JOIN fixes the order: rows by key or index first, then the dictionary by id.
#define RESULT_FROM                                                                                                    \
    "SELECT p.text, c.text, i.text, e.text, r.stage, r.verdict, r.value, r.numerator, r.denominator, r.threshold,"     \
    " r.gap, r.pupils, r.estimated, r.provisional, r.flags, r.state, r.missing, r.note, r.detail, r.run, r.judged_at," \
    " (SELECT plugin FROM run WHERE run.id = r.run)"                                                                   \
    " FROM result r CROSS JOIN code p ON p.id = r.period CROSS JOIN code c ON c.id = r.county"                         \
    " CROSS JOIN code i ON i.id = r.indicator CROSS JOIN code e ON e.id = r.entity"
#define RESULT_ORDER " ORDER BY p.text, c.text, i.text, r.stage, e.text"

void result_deinit(struct result *r)
{
    char *strings[] = {r->period,  r->county, r->indicator, r->entity,
                       r->missing, r->note,   r->detail,    r->plugin};
    for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
        free(strings[i]);
    *r = (struct result){0};
}

void result_list_deinit(struct result_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        result_deinit(&l->items[i]);
    free(l->items);
    *l = (struct result_list){0};
}

struct result *result_list_add(struct result_list *l)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->items = mem_grow(l->items, l->cap, sizeof *l->items);
    }
    struct result *r = &l->items[l->n++];
    *r = (struct result){
        .value = NAN, .numerator = NAN, .denominator = NAN, .threshold = NAN, .gap = NAN, .pupils = NAN};
    return r;
}

int result_compare(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    int d = strcmp(x->indicator, y->indicator);
    if (d == 0)
        d = (x->stage > y->stage) - (x->stage < y->stage);
    return d ? d : strcmp(x->entity, y->entity);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

// NAN is NULL in the table and equal to itself.
static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

bool result_same(const struct result *a, const struct result *b)
{
    return a->stage == b->stage && a->verdict == b->verdict && same_number(a->value, b->value) &&
           same_number(a->numerator, b->numerator) && same_number(a->denominator, b->denominator) &&
           same_number(a->threshold, b->threshold) && same_number(a->gap, b->gap) &&
           same_number(a->pupils, b->pupils) && a->estimated == b->estimated &&
           a->provisional == b->provisional && a->flags == b->flags && a->state == b->state &&
           same_text(a->period, b->period) && same_text(a->county, b->county) &&
           same_text(a->indicator, b->indicator) && same_text(a->entity, b->entity) &&
           same_text(a->missing, b->missing) && same_text(a->note, b->note) &&
           same_text(a->detail, b->detail);
}

static int read_row(struct sql *q, struct result *ret, struct error *err)
{
    int64_t stage = sql_int(q, 4), verdict = sql_int(q, 5);
    if (stage < 0 || stage >= STAGE_COUNT || verdict < 0 || verdict >= VERDICT_COUNT)
        return error_set(
            err, -EUCLEAN,
            _("the result of %1$s for %2$s has stage %3$lld and verdict %4$lld, which this version does not know"),
            sql_text(q, 2), sql_text(q, 3), (long long)stage, (long long)verdict);
    *ret = (struct result){
        .period = str_dup(sql_text(q, 0)),
        .county = str_dup(sql_text(q, 1)),
        .indicator = str_dup(sql_text(q, 2)),
        .entity = str_dup(sql_text(q, 3)),
        .stage = (enum stage)stage,
        .verdict = (enum verdict)verdict,
        .value = sql_real(q, 6),
        .numerator = sql_real(q, 7),
        .denominator = sql_real(q, 8),
        .threshold = sql_real(q, 9),
        .gap = sql_real(q, 10),
        .pupils = sql_real(q, 11),
        .estimated = sql_int(q, 12) != 0,
        .provisional = sql_int(q, 13) != 0,
        .flags = (unsigned)sql_int(q, 14),
        .state = (unsigned)sql_int(q, 15),
        .missing = str_dup(sql_text(q, 16)),
        .note = str_dup(sql_text(q, 17)),
        .detail = str_dup(sql_text(q, 18)),
        .run = sql_int(q, 19),
        .judged_at = sql_int(q, 20),
        .plugin = str_dup(sql_text(q, 21)),
    };
    return 0;
}

// 1 and the row, 0 at the end, -errno.
static int next_row(struct sql *q, struct result *ret, struct error *err)
{
    int r = sql_step(q, err);
    if (r <= 0)
        return r;
    r = read_row(q, ret, err);
    if (r < 0)
        sql_done(q);
    return r < 0 ? r : 1;
}

static int collect(struct sql *q, struct result_list *ret, struct error *err)
{
    for (;;) {
        struct result row;
        int r = next_row(q, &row, err);
        if (r <= 0)
            return r;
        *result_list_add(ret) = row;
    }
}

int result_find(struct store *s, const char *indicator, const char *entity, enum stage stage,
                const char *period, struct result *ret, struct error *err)
{
    struct sql *q =
        sql_get(s,
                RESULT_FROM " WHERE r.entity = (SELECT id FROM code WHERE text = :entity)"
                            " AND r.indicator = (SELECT id FROM code WHERE text = :indicator)"
                            " AND r.stage = :stage"
                            " AND r.period = (SELECT id FROM code WHERE text = :period)"
                            " ORDER BY r.judged_at DESC LIMIT 1", // a school that moved county: the newest
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":entity", entity);
    sql_bind_text(q, ":indicator", indicator);
    sql_bind_int(q, ":stage", stage);
    sql_bind_text(q, ":period", period);
    int r = next_row(q, ret, err);
    sql_done(q);
    if (r == 0)
        return error_set(err, -ENOENT, _("there is no result of %1$s for %2$s in %3$s"), indicator, entity,
                         period);
    return r < 0 ? r : 0;
}

int result_find_previous(struct store *s, const char *indicator, const char *entity, enum stage stage,
                         const char *period, struct result *ret, struct error *err)
{
    struct period p;
    if (!period_parse(period, &p))
        return error_set(err, -EINVAL, _("\"%s\" is not a period"), period);
    char before[PERIOD_TEXT_MAX];
    p = period_shift(&p, -1);
    period_format(&p, before);
    return result_find(s, indicator, entity, stage, before, ret, err);
}

int result_history(struct store *s, const char *indicator, const char *entity, enum stage stage,
                   struct result_list *ret, struct error *err)
{
    struct result_filter f = RESULT_FILTER_ALL;
    f.indicator = indicator;
    f.entity = entity;
    f.stage = (int)stage;
    return result_select(s, &f, ret, err);
}

int result_latest_period(struct store *s, const char *indicator, const char *entity, char **ret,
                         struct error *err)
{
    struct sql *q =
        sql_get(s,
                "SELECT DISTINCT p.text FROM result r CROSS JOIN code p ON p.id = r.period"
                " WHERE r.entity = (SELECT id FROM code WHERE text = :entity)"
                " AND (:indicator IS NULL OR r.indicator = (SELECT id FROM code WHERE text = :indicator))",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":entity", entity);
    sql_bind_text(q, ":indicator", indicator);
    CLEANUP_FREE char *best = NULL;
    struct period latest = {0}, p;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        const char *text = sql_text(q, 0);
        if (period_parse(text, &p) && (!best || period_compare(&p, &latest) > 0)) {
            free(best);
            best = str_dup(text);
            latest = p;
        }
    }
    if (r < 0)
        return r;
    if (!best)
        return error_set(err, -ENOENT, _("there is no result for %s"), entity);
    *ret = TAKE(best);
    return 0;
}

static void filter_sql(const struct result_filter *f, struct buf *sql)
{
    const struct {
        const char *value, *condition;
    } texts[] = {
        {f->period, " AND r.period = (SELECT id FROM code WHERE text = :period)"},
        {f->county, " AND r.county = (SELECT id FROM code WHERE text = :county)"},
        {f->indicator, " AND r.indicator = (SELECT id FROM code WHERE text = :indicator)"},
        {f->entity, " AND r.entity = (SELECT id FROM code WHERE text = :entity)"},
    };
    buf_adds(sql, RESULT_FROM " WHERE 1");
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (texts[i].value)
            buf_adds(sql, texts[i].condition);
    }
    if (f->stage >= 0)
        buf_adds(sql, " AND r.stage = :stage");
    if (f->verdict >= 0)
        buf_adds(sql, " AND r.verdict = :verdict");
    buf_adds(sql, RESULT_ORDER);
}

static struct sql *filter_query(struct store *s, const struct result_filter *f, struct error *err)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    filter_sql(f, &text); // 64 texts at most: they stay in the cache
    struct sql *q = sql_get(s, buf_str(&text), err);
    if (!q)
        return NULL;
    if (f->period)
        sql_bind_text(q, ":period", f->period);
    if (f->county)
        sql_bind_text(q, ":county", f->county);
    if (f->indicator)
        sql_bind_text(q, ":indicator", f->indicator);
    if (f->entity)
        sql_bind_text(q, ":entity", f->entity);
    if (f->stage >= 0)
        sql_bind_int(q, ":stage", f->stage);
    if (f->verdict >= 0)
        sql_bind_int(q, ":verdict", f->verdict);
    return q;
}

int result_each(struct store *s, const struct result_filter *f, result_fn *fn, void *arg, struct error *err)
{
    struct sql *q = filter_query(s, f, err);
    if (!q)
        return sql_failed(err);
    for (;;) {
        struct result row;
        int r = next_row(q, &row, err);
        if (r <= 0)
            return r;
        r = fn(&row, arg);
        result_deinit(&row);
        if (r != 0) {
            sql_done(q);
            return r;
        }
    }
}

int result_select(struct store *s, const struct result_filter *f, struct result_list *ret, struct error *err)
{
    struct sql *q = filter_query(s, f, err);
    if (!q)
        return sql_failed(err);
    struct result_list list = {0};
    int r = collect(q, &list, err);
    if (r < 0) {
        result_list_deinit(&list);
        return r;
    }
    *ret = list;
    return 0;
}
