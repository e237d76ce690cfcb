// SPDX-License-Identifier: Apache-2.0
// The text of an alert that ends: why, and what the figures are now.
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "notify/text_kinds.h"
#include "notify/text_parts.h"

static void head(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf who = BUF_INIT;
    part_entity(&who, v);
    const char *title =
        v->indicator->kind == INDICATOR_CV && v->parent ? v->parent->title : v->indicator->title;
    const char *kind = v->indicator->kind == INDICATOR_CV ? _(" coefficient of variation") : "";
    if (v->stage == STAGE_NONE)
        buf_addf(out, _("[resolved: %1$s] %2$s: %3$s%4$s\n"), close_reason_title(v->reason), buf_str(&who),
                 title, kind);
    else
        buf_addf(out, _("[resolved: %1$s] %2$s (%3$s): %4$s%5$s\n"), close_reason_title(v->reason),
                 buf_str(&who), stage_title(v->stage), title, kind);
}

static void line_values(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf now = BUF_INIT, before = BUF_INIT, threshold = BUF_INIT;
    if (!isfinite(v->value) || v->indicator->kind == INDICATOR_RULE)
        return;
    part_value(&now, v->indicator, v->value, v->threshold, VERDICT_PASS);
    part_threshold(&threshold, v->indicator, v->threshold);
    if (isfinite(v->value_before_resolve)) {
        part_value(&before, v->indicator, v->value_before_resolve, NAN, VERDICT_PASS);
        buf_addf(out, _("Now %1$s (standard %2$s); when the alert stood: %3$s\n"), buf_str(&now),
                 buf_str(&threshold), buf_str(&before));
    } else
        buf_addf(out, _("Now %1$s (standard %2$s)\n"), buf_str(&now), buf_str(&threshold));
}

static void line_members(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf all = BUF_INIT;
    size_t passing = 0;
    for (size_t i = 0; i < v->n_figures; i++) {
        const struct view_figure *f = &v->figures[i];
        passing += f->verdict == VERDICT_PASS;
        if (!isfinite(f->value))
            continue;
        CLEANUP(buf_deinit) struct buf value = BUF_INIT, threshold = BUF_INIT;
        part_value(&value, f->indicator, f->value, f->threshold, f->verdict);
        part_threshold(&threshold, f->indicator, f->threshold);
        buf_addf(&all, _("%1$s%2$s %3$s (%4$s)"), all.len ? _("; ") : "", f->indicator->title,
                 buf_str(&value), buf_str(&threshold));
    }
    if (v->indicator->kind == INDICATOR_RULE && all.len)
        buf_addf(out, _("%2$zu of %1$zu now meet the standard: %3$s\n"), v->n_figures, passing,
                 buf_str(&all));
}

static void line_reason(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf period = BUF_INIT;
    part_period_name(&period, v->period);
    switch (v->reason) {
    case CLOSE_RECTIFIED:
        buf_addf(out, _("The figures of %s meet the standard.\n"), buf_str(&period));
        break;
    case CLOSE_CORRECTED:
        buf_addf(
            out,
            _("The figures of %s were corrected and meet the standard now; the correction is to be confirmed by an inspector.\n"),
            buf_str(&period));
        break;
    case CLOSE_NOT_APPLICABLE:
        if (v->standard_changed)
            buf_addf(out,
                     _("The standard was changed; by the standard in force the figures of %s do not fail.\n"),
                     buf_str(&period));
        else if (v->n_figures == 1 && v->figures[0].note)
            buf_addf(out, _("The indicator no longer applies: %s\n"), v->figures[0].note);
        else
            buf_adds(
                out,
                _("The indicator no longer applies: merged, without pupils, or the figures were withdrawn.\n"));
        break;
    case CLOSE_REASON_COUNT:
        break;
    }
}

void text_resolved(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf opened = BUF_INIT;
    head(out, v);
    line_reason(out, v);
    line_reference(out, v);
    line_values(out, v);
    line_members(out, v);
    part_date(&opened, v->timezone, v->opened_at_ms);
    buf_addf(out, _("The alert was opened on %s\n"), buf_str(&opened));
    line_origins(out, v);
    line_number(out, v);
}
