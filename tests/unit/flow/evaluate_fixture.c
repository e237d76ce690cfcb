// SPDX-License-Identifier: Apache-2.0
#include "evaluate_fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const seven[7] = {"resource.above_degree_teachers", "resource.backbone_teachers",
                              "resource.pe_art_teachers",       "resource.teaching_area",
                              "resource.sports_area",           "resource.equipment_value",
                              "resource.multimedia_rooms"};
static const double limits[7][2] = {{4.2, 5.3},  {1, 1},       {0.9, 0.9}, {4.5, 5.8},
                                    {7.5, 10.2}, {2000, 2500}, {2.3, 2.4}};

#define BOTH_STAGES (1u << STAGE_PRIMARY | 1u << STAGE_JUNIOR)

static struct indicator_threshold *two_limits(double primary, double junior)
{
    struct indicator_threshold *t = mem_array(2, sizeof *t);
    t[0] = (struct indicator_threshold){STAGE_PRIMARY, primary, NULL};
    t[1] = (struct indicator_threshold){STAGE_JUNIOR, junior, NULL};
    return t;
}

static void add(struct plans *p, struct indicator ind)
{
    struct indicator *copy = mem_alloc(sizeof *copy);
    *copy = ind;
    copy->id = str_dup(ind.id);
    copy->title = str_dup(ind.title ? ind.title : ind.id);
    p->indicators[p->catalog.n_indicators++] = copy;
}

static char **ids(const char *suffix)
{
    char **list = mem_array(8, sizeof *list);
    for (size_t i = 0; i < 7; i++)
        list[i] = str_printf("%s%s", seven[i], suffix);
    return list;
}

static void add_seven(struct plans *p)
{
    for (size_t i = 0; i < 7; i++) {
        bool whole = i < 3 || i == 6;
        add(p, (struct indicator){.id = (char *)seven[i],
                                  .title = i == 4 ? (char *)"生均体育运动场馆面积" : NULL,
                                  .plugin = p->resource.name,
                                  .level = LEVEL_SCHOOL,
                                  .stages = BOTH_STAGES,
                                  .with_floor = true,
                                  .with_cv = true,
                                  .whole_gap = whole,
                                  .scale = whole ? 100 : 1,
                                  .thresholds = two_limits(limits[i][0], limits[i][1]),
                                  .n_thresholds = 2});
        CLEANUP_FREE char *cv = str_printf("%s.cv", seven[i]);
        add(p, (struct indicator){.id = cv,
                                  .plugin = p->resource.name,
                                  .parent = str_dup(seven[i]),
                                  .kind = INDICATOR_CV,
                                  .level = LEVEL_COUNTY,
                                  .op = OP_AT_MOST,
                                  .stages = BOTH_STAGES,
                                  .alerts = true,
                                  .thresholds = two_limits(0.50, 0.45),
                                  .n_thresholds = 2});
    }
}

static void add_rule(struct plans *p)
{
    add(p, (struct indicator){.id = (char *)"resource.school_rule",
                              .plugin = p->resource.name,
                              .kind = INDICATOR_RULE,
                              .level = LEVEL_SCHOOL,
                              .stages = BOTH_STAGES,
                              .alerts = true,
                              .pass_min = 6,
                              .members = ids("")});
    add(p, (struct indicator){.id = (char *)"resource.cv",
                              .plugin = p->resource.name,
                              .kind = INDICATOR_CV_MEAN,
                              .level = LEVEL_COUNTY,
                              .op = OP_AT_MOST,
                              .stages = BOTH_STAGES,
                              .members = ids(".cv")});
}

static void add_local(struct plans *p)
{
    add(p, (struct indicator){.id = (char *)"local.size",
                              .plugin = p->local.name,
                              .level = LEVEL_SCHOOL,
                              .op = OP_AT_MOST,
                              .with_rate = true,
                              .alerts = true,
                              .whole_gap = true,
                              .scale = 1,
                              .thresholds = mem_alloc(sizeof(struct indicator_threshold)),
                              .n_thresholds = 1});
    plans_indicator(p, "local.size")->thresholds[0].value = 2000;
    add(p, (struct indicator){.id = (char *)"local.size.rate",
                              .plugin = p->local.name,
                              .parent = str_dup("local.size"),
                              .kind = INDICATOR_RATE,
                              .level = LEVEL_COUNTY,
                              .scale = 100});
    add(p, (struct indicator){
               .id = (char *)"local.budget", .plugin = p->local.name, .level = LEVEL_COUNTY, .scale = 1});
}

static struct plugin_input inputs[] = {{.dataset = (char *)"school_resource"}, {.dataset = (char *)"school"}};

void plans_init(struct plans *p)
{
    *p = (struct plans){.standards.version = "v1"};
    p->resource = (struct plugin_info){.name = (char *)"resource",
                                       .version = (char *)"1.0",
                                       .sha256 = (char *)"aa",
                                       .inputs = inputs,
                                       .n_inputs = 2};
    p->local = (struct plugin_info){.name = (char *)"local",
                                    .version = (char *)"0.1",
                                    .sha256 = (char *)"bb",
                                    .inputs = inputs,
                                    .n_inputs = 2};
    p->plugins[0] = &p->resource;
    p->plugins[1] = &p->local;
    p->catalog = (struct catalog){.indicators = p->indicators, .plugins = p->plugins, .n_plugins = 2};
    add_seven(p);
    add_rule(p);
    add_local(p);
}

void plans_deinit(struct plans *p)
{
    for (size_t i = 0; i < p->catalog.n_indicators; i++) {
        struct indicator *ind = p->indicators[i];
        for (char **m = ind->members; m && *m; m++)
            free(*m);
        free(ind->members);
        free(ind->thresholds);
        free(ind->parent);
        free(ind->title);
        free(ind->id);
        free(ind);
    }
}

struct indicator *plans_indicator(struct plans *p, const char *id)
{
    for (size_t i = 0; i < p->catalog.n_indicators; i++)
        if (strcmp(p->indicators[i]->id, id) == 0)
            return p->indicators[i];
    fail_msg("no indicator %s", id);
    return NULL;
}

void assert_close(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("got %.17g, want %.17g", got, want);
}

const struct result *row_of(const struct result_list *l, const char *indicator, enum stage stage,
                            const char *entity)
{
    const struct result *r = judging_row(l, indicator, stage, entity);
    if (!r)
        fail_msg("no row of %s for %s", indicator, entity);
    return r;
}

double detail_number(const struct result *r, const char *path)
{
    json_t *detail = json_loads(r->detail, 0, NULL);
    CLEANUP_FREE char *copy = str_dup(path);
    const json_t *j = detail;
    for (char *key = copy, *next; key && j; key = next) {
        next = strchr(key, '/');
        if (next)
            *next++ = '\0';
        j = json_is_array(j) ? json_array_get(j, (size_t)atoi(key)) : json_object_get(j, key);
    }
    double v = json_is_boolean(j) ? json_is_true(j) : json_is_number(j) ? json_number_value(j) : NAN;
    json_decref(detail);
    return v;
}
