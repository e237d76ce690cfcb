// SPDX-License-Identifier: Apache-2.0
// An alert as a program reads it.
#include <math.h>

#include "base/zone.h"
#include "notify/text.h"

static void set_number(json_t *j, const char *key, double v)
{
    (void)json_object_set_new(j, key, isfinite(v) ? json_real(v) : json_null());
}

static void set_text(json_t *j, const char *key, const char *text)
{
    json_t *t = text ? json_string(text) : NULL;
    (void)json_object_set_new(j, key, t ? t : json_null());
}

static void set_time(json_t *j, const char *key, const char *zone, int64_t wall_ms)
{
    char text[ZONE_RFC3339_MAX];
    zone_rfc3339(zone, wall_ms, text);
    (void)json_object_set_new(j, key, wall_ms ? json_string(text) : json_null());
}

json_t *text_alert_json(const struct alert_view *v)
{
    json_t *j = json_object();
    set_text(j, "id", v->public_id);
    set_text(j, "indicator", v->indicator->id);
    set_text(j, "title", v->indicator->title);
    set_text(j, "entity", v->entity);
    set_text(j, "name", v->name);
    set_text(j, "county", v->county);
    set_text(j, "stage", stage_id(v->stage));
    set_text(j, "period", v->period);
    set_text(j, "severity", severity_id(v->severity));
    set_text(j, "state", v->what == TRANSITION_RESOLVE ? "resolved" : "firing");
    set_number(j, "value", v->value);
    set_number(j, "threshold", v->threshold);
    set_number(j, "gap", v->n_figures == 1 ? v->figures[0].gap : NAN);
    set_time(j, "opened_at", v->timezone, v->opened_at_ms);
    set_time(j, "resolved_at", v->timezone, v->resolved_at_ms);
    set_text(j, "close_reason", v->what == TRANSITION_RESOLVE ? close_reason_id(v->reason) : NULL);
    json_t *figures = json_array();
    for (size_t i = 0; v->indicator->kind == INDICATOR_RULE && i < v->n_figures; i++) {
        const struct view_figure *f = &v->figures[i];
        json_t *m = json_object();
        set_text(m, "indicator", f->indicator->id);
        set_text(m, "title", f->indicator->title);
        set_text(m, "verdict", verdict_id(f->verdict));
        set_number(m, "value", f->value);
        set_number(m, "threshold", f->threshold);
        set_number(m, "gap", f->gap);
        (void)json_array_append_new(figures, m);
    }
    (void)json_object_set_new(j, "members", figures);
    return j;
}
