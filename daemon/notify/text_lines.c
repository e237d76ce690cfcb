// SPDX-License-Identifier: Apache-2.0
// Lines that end every text: what it refers to, where the figures lie, who is asked to do what.
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/text_parts.h"

#define CELLS_SHOWN 16

void line_reference(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf period = BUF_INIT, now = BUF_INIT, before = BUF_INIT;
    part_period(&period, v->period);
    part_amount(&now, v->pupils, 0, NULL);
    part_amount(&before, v->pupils_before, 0, NULL);
    const char *stage = v->stage == STAGE_NONE ? NULL : stage_title(v->stage);
    bool last_year = isfinite(v->pupils_before);
    if (!isfinite(v->pupils))
        buf_addf(out, _("Reference: %s\n"), buf_str(&period));
    else if (stage && last_year)
        buf_addf(out, _("Reference: %1$s, pupils (%2$s): %3$s, last year %4$s\n"), buf_str(&period), stage,
                 buf_str(&now), buf_str(&before));
    else if (stage)
        buf_addf(out, _("Reference: %1$s, pupils (%2$s): %3$s\n"), buf_str(&period), stage, buf_str(&now));
    else
        buf_addf(out, _("Reference: %1$s, pupils: %2$s\n"), buf_str(&period), buf_str(&now));
}

static void one_origin(struct buf *out, const struct view_origin *o, const char *timezone)
{
    bool sheet = o->sheet && *o->sheet; // CSV has none
    if (sheet && o->row > 0)
        buf_addf(out, _("%1$s / sheet \"%2$s\" row %3$lld"), o->file, o->sheet, (long long)o->row);
    else if (sheet)
        buf_addf(out, _("%1$s / sheet \"%2$s\""), o->file, o->sheet);
    else if (o->row > 0)
        buf_addf(out, _("%1$s row %2$lld"), o->file, (long long)o->row);
    else
        buf_adds(out, o->file);
    if (o->n) {
        CLEANUP(buf_deinit) struct buf cells = BUF_INIT;
        for (size_t i = 0; i < o->n && i < CELLS_SHOWN; i++)
            buf_addf(&cells, "%s%s %s %s", i ? _(", ") : "", o->cells[i].cell, o->cells[i].header,
                     o->cells[i].value);
        if (o->n > CELLS_SHOWN)
            buf_addf(&cells, _(" and %zu more"), o->n - CELLS_SHOWN);
        buf_addf(out, _(" (%s)"), buf_str(&cells));
    }
    CLEANUP(buf_deinit) struct buf at = BUF_INIT;
    part_minute(&at, timezone, o->received_at_ms);
    buf_addf(out, _(" handed in %s"), buf_str(&at));
}

void line_origins(struct buf *out, const struct alert_view *v)
{
    for (size_t i = 0; i < v->n_origins; i++) {
        CLEANUP(buf_deinit) struct buf text = BUF_INIT;
        one_origin(&text, &v->origins[i], v->timezone);
        buf_addf(out, _("Data: %s\n"), buf_str(&text));
    }
}

void line_responsible(struct buf *out, const struct alert_view *v)
{
    if (v->responsible && v->inspector)
        buf_addf(out, _("Responsible: %1$s; inspector %2$s\n"), v->responsible, v->inspector);
    else if (v->responsible)
        buf_addf(out, _("Responsible: %s\n"), v->responsible);
    else if (v->inspector)
        buf_addf(out, _("Inspector: %s\n"), v->inspector);
}

void line_request(struct buf *out, const struct alert_view *v)
{
    if (!v->due_at_ms)
        return;
    CLEANUP(buf_deinit) struct buf day = BUF_INIT;
    part_day(&day, v->timezone, v->due_at_ms);
    buf_addf(
        out,
        _("Please report measures and a completion date by %s; if the data are wrong, correct them and hand them in again "
          "(a correction is to be confirmed by an inspector)\n"),
        buf_str(&day));
}

void line_number(struct buf *out, const struct alert_view *v)
{
    buf_addf(out, _("No. %1$s | %2$s\n"), v->public_id, v->indicator->id);
}
