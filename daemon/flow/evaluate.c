// SPDX-License-Identifier: Apache-2.0
// T2. Measures are checked before the transaction begins; then, scope by scope: what stands is loaded,
// everything is judged anew in memory, the difference is written, findings go to the alerts, the scope is
// marked clean. One commit. On any failure everything is rolled back and the scopes stay dirty.
#include "flow/evaluate.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"
#include "flow/coverage.h"
#include "flow/judging.h"
#include "flow/measures.h"
#include "notify/alert.h"
#include "store/result.h"
#include "store/run.h"

struct finding_list {
    struct finding *items;
    size_t n, cap;
};

// One scope on its way.
struct work {
    const struct evaluation *e;
    const struct scope_item *item;
    const char *version;
    int64_t run;
    struct result_list before, after; // both sorted; findings borrow from them
    struct finding_list findings;
};

static void work_deinit(struct work *w)
{
    result_list_deinit(&w->before);
    result_list_deinit(&w->after);
    free(w->findings.items);
}

// Figures of a county made from its schools are read, never alerted on: their schools are.
static bool may_alert(const struct indicator *ind, const struct result *r)
{
    bool unit = ind->level == LEVEL_SCHOOL || ind->level == LEVEL_CLASS;
    return ind->alerts && !(unit && strcmp(r->entity, r->county) == 0);
}

static void add_finding(struct work *w, const struct result *r, enum verdict verdict, enum verdict before)
{
    const struct indicator *ind = catalog_indicator(w->e->catalog, r->indicator);
    if (!ind || !may_alert(ind, r))
        return;
    struct finding_list *l = &w->findings;
    if (l->n == l->cap) {
        l->cap = l->cap ? l->cap * 2 : 64;
        l->items = mem_grow(l->items, l->cap, sizeof *l->items);
    }
    bool gone = verdict == VERDICT_EXEMPT;
    l->items[l->n++] = (struct finding){
        .indicator = ind,
        .entity = r->entity,
        .county = r->county,
        .period = r->period,
        .stage = r->stage,
        .verdict = verdict,
        .verdict_before = before,
        .value = gone ? NAN : r->value,
        .threshold = gone ? NAN : r->threshold,
        .pupils = r->pupils,
        .estimated = r->estimated,
        .provisional = r->provisional,
    };
}

static int put(struct store *s, struct work *w, struct result *r, struct evaluation_result *counts,
               struct error *err)
{
    r->run = w->run;
    r->judged_at = w->e->now_ms;
    counts->results_changed++;
    return result_put(s, r, err);
}

// Whether another county has the same figure: a school that moved did not cease to be, and its alert is that
// county's.
static int moved(struct store *s, const struct result *old, bool *ret, struct error *err)
{
    struct result elsewhere;
    int r = result_find(s, old->indicator, old->entity, old->stage, old->period, &elsewhere, err);
    *ret = r == 0;
    if (r == 0)
        result_deinit(&elsewhere);
    return r == -ENOENT ? 0 : r;
}

static int take_away(struct store *s, struct work *w, const struct result *old,
                     struct evaluation_result *counts, struct error *err)
{
    bool elsewhere = false;
    int r = result_delete(s, old, err);
    counts->results_changed++;
    if (r == 0)
        r = moved(s, old, &elsewhere, err);
    if (r == 0 && !elsewhere)
        add_finding(w, old, VERDICT_EXEMPT, old->verdict);
    return r;
}

// Walks both sorted lists side by side: what is gone is deleted, what differs is written, what is the same is
// left.
static int write_changes(struct store *s, struct work *w, struct evaluation_result *counts, struct error *err)
{
    size_t b = 0, a = 0;
    while (b < w->before.n || a < w->after.n) {
        struct result *old = b < w->before.n ? &w->before.items[b] : NULL;
        struct result *new = a < w->after.n ? &w->after.items[a] : NULL;
        assert(old || new);
        int side = !old ? 1 : !new ? -1 : result_compare(old, new);
        int r = 0;
        if (side < 0) {
            r = take_away(s, w, old, counts, err);
        } else {
            if (side > 0 || !result_same(old, new))
                r = put(s, w, new, counts, err);
            add_finding(w, new, new->verdict, side > 0 ? VERDICT_COUNT : old->verdict);
        }
        if (r < 0)
            return r;
        b += side <= 0;
        a += side >= 0;
    }
    return 0;
}

static int judge(struct store *s, struct work *w, const struct measure_list *measures, size_t index,
                 struct error *err)
{
    struct period period;
    if (!period_parse(w->item->period, &period))
        return error_set(err, -EINVAL, _("\"%s\" is not a period"), w->item->period);
    struct coverage coverage;
    int r = coverage_load(s, w->e, w->item, &coverage, err);
    if (r < 0)
        return r;
    struct judging j = {
        .catalog = w->e->catalog,
        .standards = w->e->standards,
        .plugin = w->e->plugin,
        .period = w->item->period,
        .county = w->item->county,
        .date = period_reference_date(&period),
        .coverage = &coverage,
    };
    CLEANUP(measure_list_deinit) struct measure_list stored = {0};
    if (w->item->rejudge_only) {
        r = measures_from_results(w->e, index, &w->before, &stored, err);
        if (r < 0)
            return r;
        measures = &stored;
    }
    size_t first, n = measures_of_scope(measures, index, &first);
    judging_scope(&j, measures->items + first, n, &w->after);
    return 0;
}

// Whether thresholds or settings moved, not only a due date that passed.
static int standard_changed(struct store *s, const struct work *w, bool *ret, struct error *err)
{
    *ret = false;
    if (!w->item->standards_only)
        return 0;
    CLEANUP_FREE char *judged = NULL;
    int r = run_judged_version(s, w->e->plugin, w->item, &judged, err);
    if (r < 0)
        return r;
    const char *now = standards_version(w->e->standards);
    size_t n = judged ? strcspn(judged, "+") : 0;
    *ret = !judged || strlen(now) != n || strncmp(judged, now, n) != 0;
    return 0;
}

static int alert(struct store *s, struct work *w, bool first_load, struct evaluation_result *counts,
                 struct error *err)
{
    struct alert_context ctx = {
        .catalog = w->e->catalog,
        .config = w->e->config,
        .standards = w->e->standards,
        .now_ms = w->e->now_ms,
        .submission = w->item->standards_only ? 0 : w->item->submission,
        .first_load = first_load,
    };
    int r = standard_changed(s, w, &ctx.standard_changed, err);
    if (r < 0)
        return r;
    struct alert_counts c = {0};
    r = alert_apply(s, &ctx, w->findings.items, w->findings.n, &c, err);
    if (r < 0)
        return r;
    counts->alerts_opened += c.opened;
    counts->alerts_resolved += c.resolved;
    counts->outbox_added += c.queued;
    return 0;
}

static int apply_scope(struct store *s, struct work *w, const struct measure_list *measures, size_t index,
                       struct evaluation_result *counts, struct error *err)
{
    const struct evaluation *e = w->e;
    const struct result_scope scope = {e->catalog, e->plugin, w->item->period, w->item->county};
    int r = result_load_scope(s, &scope, &w->before, err);
    if (r < 0)
        return r;
    bool known = w->before.n > 0;
    if (!known)
        r = result_county_known(s, &scope, &known, err);
    if (r == 0)
        r = judge(s, w, measures, index, err);
    if (r == 0)
        r = write_changes(s, w, counts, err);
    if (r == 0)
        r = alert(s, w, !known, counts, err);
    return r < 0 ? r : scope_mark_done(s, e->plugin, w->version, w->item, err);
}

static int apply_all(struct store *s, const struct evaluation *e, const struct measure_list *measures,
                     struct evaluation_result *counts, struct error *err)
{
    int64_t run;
    const struct run_row row = {.plugin = e->plugin,
                                .started_ms = e->started_ms,
                                .ended_ms = e->now_ms,
                                .outcome = e->measures ? "ok" : "rejudged",
                                .scopes = e->scopes->n};
    int r = run_record(s, &row, &run, err);
    for (size_t i = 0; i < e->scopes->n && r == 0; i++) {
        const struct scope_item *item = &e->scopes->items[i];
        CLEANUP(work_deinit)
        struct work w = {
            .e = e,
            .item = item,
            .version = e->version ? e->version : standards_version(e->standards),
            .run = run,
        };
        r = apply_scope(s, &w, measures, i, counts, err);
        if (r < 0)
            (void)error_prefix(err, "%s %s %s", e->plugin->name, item->period, item->county);
    }
    return r;
}

static int check_request(const struct evaluation *e, struct error *err)
{
    for (size_t i = 0; i < e->scopes->n; i++) {
        if (!e->scopes->items[i].rejudge_only && !json_is_array(e->measures))
            return error_set(err, -EPROTO, _("plugin %s sent no list of measures"), e->plugin->name);
    }
    return 0;
}

int evaluate_apply(struct store *s, const struct evaluation *e, struct evaluation_result *ret,
                   struct error *err)
{
    CLEANUP(measure_list_deinit) struct measure_list measures = {0};
    int r = check_request(e, err);
    if (r == 0 && e->measures)
        r = measures_read(e, &measures, err);
    if (r == 0)
        r = store_begin(s, err);
    if (r < 0)
        return r;
    struct evaluation_result counts = {.measures_skipped = (int64_t)measures.skipped};
    r = apply_all(s, e, &measures, &counts, err);
    if (r == 0)
        r = store_commit(s, err);
    if (r < 0) {
        store_rollback(s);
        return r;
    }
    *ret = counts;
    return 0;
}

char *evaluate_version(const struct config *conf, const struct standards *standards, int64_t now_ms)
{
    struct buf text = BUF_INIT;
    buf_adds(&text, standards_version(standards));
    int today = coverage_today(conf, now_ms);
    for (size_t i = 0; i < conf->n_due; i++)
        buf_addf(&text, "%c%d", i ? ',' : '+', coverage_dues_passed(conf->due[i].date, today));
    return buf_take(&text);
}
