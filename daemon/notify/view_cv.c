// SPDX-License-Identifier: Apache-2.0
// Reads a 差异系数's detail.
#include "notify/view_cv.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/entity.h"

#define SHARES_SHOWN 5

static double number(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    return json_is_number(v) ? json_number_value(v) : NAN;
}

static int64_t whole(const json_t *j, const char *key)
{
    const json_t *v = json_object_get(j, key);
    return json_is_integer(v) ? json_integer_value(v) : -1;
}

static int share_load(struct store *s, const struct alert_context *ctx, const json_t *from,
                      const struct alert_view *v, struct view_share *to, struct error *err)
{
    const char *entity = json_string_value(json_object_get(from, "entity"));
    *to = (struct view_share){.pupils = number(from, "pupils"),
                              .value = number(from, "value"),
                              .share = number(from, "share"),
                              .cv_without = number(from, "without")};
    if (!entity)
        entity = "?";
    enum indicator_level level = v->parent ? v->parent->level : LEVEL_SCHOOL;
    int r = entity_name(s, ctx->catalog, ctx->config, level, entity, v->period, &to->name, err);
    if (r == 0 && !to->name)
        to->name = str_dup(entity);
    return r;
}

static int detail_load(struct store *s, const struct alert_context *ctx, const json_t *detail,
                       struct alert_view *v, struct error *err)
{
    const json_t *coverage = json_object_get(detail, "coverage");
    v->reported = whole(detail, "schools");
    if (json_is_true(json_object_get(coverage, "known"))) {
        v->due = whole(coverage, "owed");
        v->reported = whole(coverage, "reported");
        v->covered = number(coverage, "pupils_share");
    }
    const json_t *list = json_object_get(detail, "contributors");
    v->shares = mem_array(SHARES_SHOWN, sizeof *v->shares);
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(list) && v->n_shares < SHARES_SHOWN; i++)
        r = share_load(s, ctx, json_array_get(list, i), v, &v->shares[v->n_shares++], err);
    return r;
}

static void trend_add(struct alert_view *v, const char *period, double value)
{
    if (v->n_trend == VIEW_TREND_MAX) {
        memmove(v->trend, v->trend + 1, (VIEW_TREND_MAX - 1) * sizeof v->trend[0]);
        v->n_trend--;
    }
    struct view_trend *t = &v->trend[v->n_trend++];
    (void)snprintf(t->period, sizeof t->period, "%s", period);
    t->value = value;
}

int view_load_cv(struct store *s, const struct alert_context *ctx, const struct county *county,
                 struct alert_view *v, struct error *err)
{
    CLEANUP(result_list_deinit) struct result_list history = {0};
    int r = result_history(s, v->indicator->id, v->entity, v->stage, &history, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < history.n; i++) {
        if (isfinite(history.items[i].value) && strcmp(history.items[i].period, v->period) <= 0)
            trend_add(v, history.items[i].period, history.items[i].value);
    }
    const struct result *now = county_result(county, v->indicator->id, v->stage, v->entity);
    if (!now)
        return 0;
    v->mean = now->denominator;
    v->pupils = now->pupils;
    json_t *detail = now->detail ? json_loads(now->detail, 0, NULL) : NULL;
    r = detail_load(s, ctx, detail, v, err);
    json_decref(detail);
    return r;
}
