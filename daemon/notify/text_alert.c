// SPDX-License-Identifier: Apache-2.0
// The text of an alert that opens: a school rule, a single measure.
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/text.h"
#include "notify/text_kinds.h"
#include "notify/text_parts.h"

static const char *estimated_mark(bool estimated)
{
    return estimated ? _(" (estimated)") : "";
}

static bool below(const struct view_figure *f)
{
    return f->verdict == VERDICT_FAIL || f->verdict == VERDICT_FLOOR;
}

static size_t count(const struct alert_view *v, enum verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_figures; i++)
        n += v->figures[i].verdict == verdict;
    return n;
}

// The number by which a figure is called in the text: its place among those that are below.
static size_t numeral_of(const struct alert_view *v, size_t figure)
{
    size_t k = 0;
    for (size_t i = 0; i < figure; i++)
        k += below(&v->figures[i]);
    return k;
}

void text_tag_opened(struct buf *out, const struct alert_view *v)
{
    buf_adds(out, v->standard_changed ? _("[standard changed: fails] ") : _("[fails: new] "));
}

void text_figure(struct buf *out, const struct view_figure *f)
{
    CLEANUP(buf_deinit) struct buf value = BUF_INIT, threshold = BUF_INIT, share = BUF_INIT;
    const struct indicator *ind = f->indicator;
    part_value(&value, ind, f->value, f->threshold, f->verdict);
    part_threshold(&threshold, ind, f->threshold);
    part_percent(&share, f->value / f->threshold);
    if (ind->whole_gap && isfinite(f->numerator)) {
        CLEANUP(buf_deinit) struct buf n = BUF_INIT;
        part_amount(&n, f->numerator, 1, ind->unit);
        buf_addf(&value, _(" (%s)"), buf_str(&n));
    }
    buf_addf(out, _("%1$s %2$s, standard %3$s, which is %4$s of the standard"), ind->title, buf_str(&value),
             buf_str(&threshold), buf_str(&share));
    if (f->verdict == VERDICT_FAIL && !ind->whole_gap && isfinite(f->floor) && f->value < f->floor) {
        CLEANUP(buf_deinit) struct buf floor = BUF_INIT, ratio = BUF_INIT;
        part_amount(&floor, f->floor, 4, ind->unit);
        part_amount(&ratio, f->floor / f->threshold * 100, 1, "%");
        buf_addf(out, _(" (below the %1$s floor of %2$s)"), buf_str(&ratio), buf_str(&floor));
    }
    if (isfinite(f->gap) && f->gap > 0) {
        CLEANUP(buf_deinit) struct buf gap = BUF_INIT, need = BUF_INIT;
        part_need(&gap, f->gap, ind->unit);
        buf_addf(out, _("; lacks %s"), buf_str(&gap));
        if (ind->whole_gap && isfinite(f->numerator)) {
            part_need(&need, f->numerator + f->gap, ind->unit);
            buf_addf(out, _(" (needs %s)"), buf_str(&need));
        }
    }
    if (isfinite(f->value_before)) {
        CLEANUP(buf_deinit) struct buf before = BUF_INIT;
        part_value(&before, ind, f->value_before, NAN, VERDICT_PASS);
        buf_addf(out, _(". Last year %s"), buf_str(&before));
    }
    buf_adds(out, estimated_mark(f->estimated));
}

static void line_rest(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf missing = BUF_INIT, counts = BUF_INIT;
    size_t k = 0;
    for (size_t i = 0; i < v->n_figures; i++) {
        const struct view_figure *f = &v->figures[i];
        if (f->verdict == VERDICT_NO_DATA)
            buf_addf(&missing, "%s%s", missing.len ? _(", ") : "", f->indicator->title);
        if (!below(f))
            continue;
        if (f->units_failing >= 0) {
            CLEANUP(buf_deinit) struct buf numeral = BUF_INIT;
            part_numeral(&numeral, k);
            buf_addf(&counts, counts.len ? _(", %1$s fails in %2$lld") : _("%1$s fails in %2$lld"),
                     buf_str(&numeral), (long long)f->units_failing);
        }
        k++;
    }
    size_t passing = count(v, VERDICT_PASS), lacking = count(v, VERDICT_NO_DATA),
           exempt = count(v, VERDICT_EXEMPT);
    if (passing)
        buf_addf(out, _("The other %zu meet the standard. "), passing);
    if (lacking)
        buf_addf(out, _("%1$zu without data (%2$s). "), lacking, buf_str(&missing));
    if (exempt)
        buf_addf(out, _("%zu do not apply. "), exempt);
    if (v->units > 0 && counts.len)
        buf_addf(out, _("Of %3$lld units (%2$s) in %1$s: %4$s"), v->county_name ? v->county_name : v->county,
                 v->stage == STAGE_NONE ? _("schools") : stage_title(v->stage), (long long)v->units,
                 buf_str(&counts));
    buf_addc(out, '\n');
}

static void one_step(struct buf *out, const struct alert_view *v, const struct view_step *step)
{
    for (size_t i = 0; i < step->n; i++) {
        const struct view_step_part *p = &step->parts[i];
        const char *unit = v->figures[p->figure].indicator->unit;
        CLEANUP(buf_deinit) struct buf numeral = BUF_INIT, amount = BUF_INIT, target = BUF_INIT;
        part_numeral(&numeral, numeral_of(v, p->figure));
        part_need(&amount, p->amount, unit);
        part_need(&target, p->target, unit);
        if (i)
            buf_adds(out, _(", and "));
        buf_addf(out,
                 p->to_floor ? _("%1$s up by %2$s to the floor (to %3$s)") : _("%1$s up by %2$s (to %3$s)"),
                 buf_str(&numeral), buf_str(&amount), buf_str(&target));
    }
}

static void line_steps(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf ways = BUF_INIT;
    for (size_t i = 0; i < v->n_steps && i < 3; i++) {
        if (i)
            buf_adds(&ways, _("; or "));
        one_step(&ways, v, &v->steps[i]);
    }
    if (ways.len)
        buf_addf(out, _("Shortest way to the standard: %s\n"), buf_str(&ways));
}

static void line_basis(struct buf *out, const struct alert_view *v)
{
    struct part_basis *bases = mem_array(v->n_figures + 1, sizeof *bases);
    size_t n = 0;
    for (size_t i = 0; i < v->n_figures; i++) {
        if (below(&v->figures[i]) && v->figures[i].document)
            bases[n++] = (struct part_basis){v->figures[i].document, v->figures[i].clause};
    }
    if (v->document)
        bases[n++] = (struct part_basis){v->document, v->clause};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    part_bases(&text, bases, n);
    free(bases);
    if (text.len)
        buf_addf(out, _("Basis: %s\n"), buf_str(&text));
}

void text_tail(struct buf *out, const struct alert_view *v)
{
    line_basis(out, v);
    line_origins(out, v);
    line_responsible(out, v);
    line_request(out, v);
    line_number(out, v);
}

void text_rule_opened(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf who = BUF_INIT;
    part_entity(&who, v);
    size_t failing = count(v, VERDICT_FAIL) + count(v, VERDICT_FLOOR);
    text_tag_opened(out, v);
    if (v->stage == STAGE_NONE)
        buf_addf(
            out,
            _("%1$s: %3$zu of %2$zu below the standard; \"at least %4$u meet it, the rest reach 85 %%\" is not met%5$s\n"),
            buf_str(&who), v->n_figures, failing, v->pass_min, estimated_mark(v->estimated));
    else
        buf_addf(
            out,
            _("%1$s (%2$s): %4$zu of %3$zu below the standard; \"at least %5$u meet it, the rest reach 85 %%\" is not met%6$s\n"),
            buf_str(&who), stage_title(v->stage), v->n_figures, failing, v->pass_min,
            estimated_mark(v->estimated));
    line_reference(out, v);
    for (size_t i = 0; i < v->n_figures; i++) {
        if (!below(&v->figures[i]))
            continue;
        part_numeral(out, numeral_of(v, i));
        buf_addc(out, ' ');
        text_figure(out, &v->figures[i]);
        buf_addc(out, '\n');
    }
    line_rest(out, v);
    line_steps(out, v);
    text_tail(out, v);
}

void text_measure_opened(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf who = BUF_INIT, value = BUF_INIT, threshold = BUF_INIT;
    part_entity(&who, v);
    part_value(&value, v->indicator, v->value, v->threshold, VERDICT_FAIL);
    part_threshold(&threshold, v->indicator, v->threshold);
    text_tag_opened(out, v);
    if (v->stage == STAGE_NONE)
        buf_addf(out, _("%1$s: %2$s %3$s, standard %4$s%5$s\n"), buf_str(&who), v->indicator->title,
                 buf_str(&value), buf_str(&threshold), estimated_mark(v->estimated));
    else
        buf_addf(out, _("%1$s (%2$s): %3$s %4$s, standard %5$s%6$s\n"), buf_str(&who), stage_title(v->stage),
                 v->indicator->title, buf_str(&value), buf_str(&threshold), estimated_mark(v->estimated));
    line_reference(out, v);
    if (v->n_figures == 1) {
        text_figure(out, &v->figures[0]);
        buf_addc(out, '\n');
    }
    if (v->units > 0)
        buf_addf(out, _("Of %2$lld units in %1$s, %3$lld fail\n"),
                 v->county_name ? v->county_name : v->county, (long long)v->units,
                 (long long)v->units_failing);
    text_tail(out, v);
}

void text_alert(const struct alert_view *v, struct buf *out)
{
    bool cv = v->indicator->kind == INDICATOR_CV || v->indicator->kind == INDICATOR_CV_MEAN;
    if (v->what == TRANSITION_RESOLVE)
        text_resolved(out, v);
    else if (cv)
        text_cv_opened(out, v);
    else if (v->indicator->kind == INDICATOR_RULE)
        text_rule_opened(out, v);
    else
        text_measure_opened(out, v);
}
