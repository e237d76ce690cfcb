// SPDX-License-Identifier: Apache-2.0
// Cells for texts, out of the provenance of the figures.
#include "notify/view_origin.h"

#include <string.h>

#include "base/mem.h"
#include "store/provenance.h"

#define ORIGINS_SHOWN 4

// What a reader needs to see: a value that is there, and not the nought or 否 of a relief that nobody uses.
static bool worth_showing(const struct provenance_cell *c)
{
    bool unused = c->number == 0 && (c->column->none_is_zero || c->column->type == COLUMN_BOOL);
    return c->cell && c->text && *c->text && !unused;
}

// 体育专任教师人数 beside 体育专任教师人数（小学）: the latter is what was computed with.
static bool has_stage_part(const struct provenance_row *r, const struct provenance_cell *c)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct provenance_cell *part = &r->cells[i];
        if (part->text && part->column->base && strcmp(part->column->base, c->column->id) == 0)
            return true;
    }
    return false;
}

static void origin_add(struct alert_view *v, const struct provenance_row *r)
{
    struct view_origin *o = &v->origins[v->n_origins++];
    *o = (struct view_origin){.file = str_dup(r->file),
                              .sheet = str_dup(r->sheet ? r->sheet : ""),
                              .row = r->row,
                              .received_at_ms = r->received_at,
                              .cells = mem_array(r->n + 1, sizeof *o->cells)};
    for (size_t i = 0; i < r->n; i++) {
        const struct provenance_cell *c = &r->cells[i];
        if (worth_showing(c) && !has_stage_part(r, c))
            o->cells[o->n++] = (struct view_cell){str_dup(c->cell), str_dup(c->header), str_dup(c->text)};
    }
}

int view_load_origins(struct store *s, const struct alert_context *ctx, struct alert_view *v,
                      struct error *err)
{
    if (v->indicator->level == LEVEL_COUNTY || v->indicator->level == LEVEL_CITY || v->indicator->parent)
        return 0;
    CLEANUP_FREE const char **failing = mem_array(v->n_figures + 1, sizeof *failing);
    size_t n = 0;
    for (size_t i = 0; i < v->n_figures; i++) {
        if (v->figures[i].verdict == VERDICT_FAIL || v->figures[i].verdict == VERDICT_FLOOR)
            failing[n++] = v->figures[i].indicator->id;
    }
    CLEANUP(provenance_deinit) struct provenance p = {0};
    int r = provenance_load(s, ctx->catalog, v->indicator, n ? failing : NULL, v->entity, v->stage, v->period,
                            &p, err);
    if (r < 0)
        return r;
    v->origins = mem_array(ORIGINS_SHOWN, sizeof *v->origins);
    for (size_t i = 0; i < p.n && v->n_origins < ORIGINS_SHOWN; i++)
        origin_add(v, &p.rows[i]);
    return 0;
}
