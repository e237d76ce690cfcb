// SPDX-License-Identifier: Apache-2.0
// The text of a digest.
#include <math.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/colour.h"
#include "notify/digest.h"
#include "notify/text.h"
#include "notify/text_parts.h"

#define FULL_TEXTS 3 // so few opened alerts are given whole after the overview

static const char *stage_or_units(enum stage stage)
{
    return stage == STAGE_NONE ? _("schools") : stage_title(stage);
}

static size_t count(const struct digest_view *v, enum transition what)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_alerts; i++)
        n += v->alerts[i]->what == what;
    return n;
}

static size_t cvs_over(const struct digest_view *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_cvs; i++)
        n += v->cvs[i].verdict == VERDICT_FAIL && !v->cvs[i].provisional;
    return n;
}

static void head(const struct digest_view *v, struct buf *out)
{
    CLEANUP(buf_deinit) struct buf units = BUF_INIT;
    for (size_t i = 0; i < v->n_stages; i++)
        buf_addf(&units,
                 i ? _(", %1$s: %2$lld of %3$lld units fail") : _("%1$s: %2$lld of %3$lld units fail"),
                 stage_or_units(v->stages[i].stage), (long long)v->stages[i].units.failing,
                 (long long)v->stages[i].units.judged);
    if (cvs_over(v))
        buf_addf(&units, _("%1$s%2$zu coefficients of variation over the limit"), units.len ? _("; ") : "",
                 cvs_over(v));
    if (!units.len)
        buf_addf(&units, _("%1$zu new alerts, %2$zu resolved"), count(v, TRANSITION_OPEN),
                 count(v, TRANSITION_RESOLVE));
    const char *tag = v->standard_changed ? _("[standard changed: overview]")
                      : v->first_load     ? _("[first data: overview]")
                                          : _("[overview of changes]");
    CLEANUP(buf_deinit) struct buf period = BUF_INIT, name = BUF_INIT;
    part_period_name(&name, v->period);
    buf_addf(out, _("%1$s %2$s, %3$s: %4$s\n"), tag, v->county_name ? v->county_name : v->county,
             buf_str(&name), buf_str(&units));
    part_period(&period, v->period);
    buf_addf(
        out,
        _("Reference: %1$s. County %2$s. %3$zu alerts opened, %4$zu resolved; they are told in this one message.\n"),
        buf_str(&period), v->county, count(v, TRANSITION_OPEN), count(v, TRANSITION_RESOLVE));
}

// "生均体育运动场馆面积 5.60㎡（≥7.5㎡，缺 3157.5㎡）"
static void short_figure(struct buf *out, const struct view_figure *f)
{
    CLEANUP(buf_deinit) struct buf value = BUF_INIT, threshold = BUF_INIT, gap = BUF_INIT;
    part_value(&value, f->indicator, f->value, f->threshold, f->verdict);
    part_threshold(&threshold, f->indicator, f->threshold);
    if (isfinite(f->gap) && f->gap > 0) {
        part_need(&gap, f->gap, f->indicator->unit);
        buf_addf(out, _("%1$s %2$s (%3$s, lacks %4$s)"), f->indicator->title, buf_str(&value),
                 buf_str(&threshold), buf_str(&gap));
    } else
        buf_addf(out, _("%1$s %2$s (%3$s)"), f->indicator->title, buf_str(&value), buf_str(&threshold));
}

static void figures(const struct alert_view *a, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_figures; i++) {
        const struct view_figure *f = &a->figures[i];
        if (f->verdict != VERDICT_FAIL && f->verdict != VERDICT_FLOOR)
            continue;
        buf_adds(out, n++ ? _("; ") : "");
        short_figure(out, f);
    }
}

static void one_opened(const struct alert_view *a, size_t no, struct buf *out)
{
    CLEANUP(buf_deinit) struct buf who = BUF_INIT, what = BUF_INIT;
    part_entity(&who, a);
    figures(a, &what);
    buf_addf(out, _(" %1$zu. [%2$s] %3$s, %4$s: %5$s%6$s. No. %7$s\n"), no, severity_title(a->severity),
             buf_str(&who), stage_or_units(a->stage), buf_str(&what), a->estimated ? _(" (estimated)") : "",
             a->public_id);
}

static bool is_cv(const struct alert_view *a)
{
    return a->indicator->kind == INDICATOR_CV || a->indicator->kind == INDICATOR_CV_MEAN;
}

static void section_opened(const struct digest_view *v, struct buf *out)
{
    size_t no = 0;
    for (size_t i = 0; i < v->n_alerts; i++) {
        const struct alert_view *a = v->alerts[i];
        if (a->what != TRANSITION_OPEN || is_cv(a))
            continue;
        if (no == 0)
            buf_adds(out, _("Failing:\n"));
        one_opened(a, ++no, out);
    }
}

static void section_resolved(const struct digest_view *v, struct buf *out)
{
    size_t no = 0;
    for (size_t i = 0; i < v->n_alerts; i++) {
        const struct alert_view *a = v->alerts[i];
        if (a->what != TRANSITION_RESOLVE)
            continue;
        if (no == 0)
            buf_adds(out, _("Resolved:\n"));
        CLEANUP(buf_deinit) struct buf who = BUF_INIT;
        part_entity(&who, a);
        buf_addf(out, _(" %1$zu. %2$s, %3$s: %4$s (%5$s). No. %6$s\n"), ++no, buf_str(&who),
                 stage_or_units(a->stage), a->indicator->title, close_reason_title(a->reason), a->public_id);
    }
}

static const char *number_of(const struct digest_view *v, const struct digest_cv *cv)
{
    for (size_t i = 0; i < v->n_alerts; i++) {
        if (v->alerts[i]->indicator == cv->indicator && v->alerts[i]->stage == cv->stage &&
            v->alerts[i]->what == TRANSITION_OPEN)
            return v->alerts[i]->public_id;
    }
    return NULL;
}

static void one_cv(const struct digest_view *v, const struct digest_cv *cv, struct buf *out)
{
    CLEANUP(buf_deinit) struct buf value = BUF_INIT, limit = BUF_INIT;
    part_value(&value, cv->indicator, cv->value, cv->threshold, cv->verdict);
    bool mean = cv->indicator->kind == INDICATOR_CV_MEAN;
    const char *title = cv->parent && !mean ? cv->parent->title : cv->indicator->title;
    const char *marks = cv->provisional ? _(" (provisional)") : cv->estimated ? _(" (estimated)") : "";
    const char *number = number_of(v, cv);
    if (isfinite(cv->threshold)) {
        part_limit(&limit, cv->threshold);
        buf_addf(out, _(" %1$s, %2$s: %3$s (limit %4$s), %5$s%6$s"), stage_or_units(cv->stage), title,
                 buf_str(&value), buf_str(&limit),
                 cv->verdict == VERDICT_FAIL ? _("over the limit") : _("within the limit"), marks);
    } else
        buf_addf(out, _(" %1$s, %2$s: %3$s%4$s"), stage_or_units(cv->stage), title, buf_str(&value), marks);
    if (number)
        buf_addf(out, _(". No. %s"), number);
    buf_addc(out, '\n');
}

static void section_cvs(const struct digest_view *v, struct buf *out)
{
    size_t no = 0;
    for (size_t i = 0; i < v->n_cvs; i++) {
        if (!isfinite(v->cvs[i].value))
            continue;
        if (no++ == 0)
            buf_adds(out, _("Coefficients of variation between schools:\n"));
        one_cv(v, &v->cvs[i], out);
    }
}

static void section_gaps(const struct digest_view *v, struct buf *out)
{
    if (v->n_gaps)
        buf_addf(out,
                 _("Cannot be judged for want of data (%zu units, not counted as meeting the standard):\n"),
                 v->n_gaps);
    for (size_t i = 0; i < v->n_gaps; i++) {
        const struct digest_gap *g = &v->gaps[i];
        if (g->missing)
            buf_addf(out, _(" %1$zu. %2$s (%3$s), %4$s: missing %5$s\n"), i + 1, g->name ? g->name : "",
                     g->entity, stage_or_units(g->stage), g->missing);
        else
            buf_addf(out, _(" %1$zu. %2$s (%3$s), %4$s\n"), i + 1, g->name ? g->name : "", g->entity,
                     stage_or_units(g->stage));
    }
}

static void full_texts(const struct digest_view *v, struct buf *out)
{
    if (count(v, TRANSITION_OPEN) > FULL_TEXTS)
        return;
    for (size_t i = 0; i < v->n_alerts; i++) {
        if (v->alerts[i]->what != TRANSITION_OPEN)
            continue;
        buf_addc(out, '\n');
        text_alert(v->alerts[i], out);
    }
}

static void line_coverage(const struct digest_view *v, struct buf *out)
{
    if (v->due < 0)
        return;
    CLEANUP(buf_deinit) struct buf covered = BUF_INIT;
    if (isfinite(v->covered))
        part_percent(&covered, v->covered);
    if (covered.len)
        buf_addf(out, _("%1$lld schools due, %2$lld reported (%3$s of the pupils)."), (long long)v->due,
                 (long long)v->reported, buf_str(&covered));
    else
        buf_addf(out, _("%1$lld schools due, %2$lld reported."), (long long)v->due, (long long)v->reported);
    if (v->provisional)
        buf_adds(out,
                 _(" Not all have reported: figures of the county are provisional and raise no alert yet."));
    buf_addc(out, '\n');
}

void digest_text(const struct digest_view *v, struct buf *out)
{
    head(v, out);
    line_coverage(v, out);
    section_opened(v, out);
    section_resolved(v, out);
    section_cvs(v, out);
    section_gaps(v, out);
    full_texts(v, out);
}
