// SPDX-License-Identifier: Apache-2.0
#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define OPENED_MS 1760319667000 // 2025-10-13 09:41:07 in Shanghai
#define DAY_MS 86400000LL

static const struct indicator measures[] = {
    {.id = (char *)"resource.above_degree_teachers",
     .title = (char *)"每百名学生拥有高于规定学历教师数",
     .unit = (char *)"人",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 100,
     .whole_gap = true},
    {.id = (char *)"resource.backbone_teachers",
     .title = (char *)"每百名学生拥有县级以上骨干教师数",
     .unit = (char *)"人",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 100,
     .whole_gap = true},
    {.id = (char *)"resource.pe_art_teachers",
     .title = (char *)"每百名学生拥有体育、艺术专任教师数",
     .unit = (char *)"人",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 100,
     .whole_gap = true},
    {.id = (char *)"resource.teaching_area",
     .title = (char *)"生均教学及辅助用房面积",
     .unit = (char *)"㎡",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 1},
    {.id = (char *)"resource.sports_area",
     .title = (char *)"生均体育运动场馆面积",
     .unit = (char *)"㎡",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 1},
    {.id = (char *)"resource.equipment_value",
     .title = (char *)"生均教学仪器设备值",
     .unit = (char *)"元",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 1},
    {.id = (char *)"resource.multimedia_rooms",
     .title = (char *)"每百名学生拥有网络多媒体教室数",
     .unit = (char *)"间",
     .op = OP_AT_LEAST,
     .decimals = 2,
     .scale = 100,
     .whole_gap = true},
};
static const struct indicator rule = {.id = (char *)"resource.school_rule",
                                      .title = (char *)"资源配置综合要求",
                                      .kind = INDICATOR_RULE,
                                      .pass_min = 6};
static const struct indicator cv = {.id = (char *)"resource.sports_area.cv",
                                    .title = (char *)"生均体育运动场馆面积差异系数",
                                    .kind = INDICATOR_CV,
                                    .op = OP_AT_MOST,
                                    .level = LEVEL_COUNTY,
                                    .decimals = 3};

static void basics(struct alert_view *v, const struct indicator *ind, const char *number)
{
    *v = (struct alert_view){
        .what = TRANSITION_OPEN,
        .public_id = str_dup(number),
        .indicator = ind,
        .severity = SEVERITY_RED,
        .stage = STAGE_PRIMARY,
        .entity = str_dup("2101020031"),
        .name = str_dup("第三小学"),
        .county = str_dup("210102"),
        .county_name = str_dup("城南区"),
        .period = str_dup("2025-2026"),
        .state = str_dup("firing"),
        .value = NAN,
        .threshold = NAN,
        .value_before_resolve = NAN,
        .pupils = 1661,
        .pupils_before = 1612,
        .opened_at_ms = OPENED_MS,
        .now_ms = OPENED_MS,
        .due_at_ms = OPENED_MS + 14 * DAY_MS,
        .timezone = str_dup("Asia/Shanghai"),
        .due = -1,
        .reported = -1,
        .covered = NAN,
        .mean = NAN,
        .responsible = str_dup("城南区人民政府（教育局）"),
    };
}

static struct view_figure figure(size_t i, enum verdict verdict, double n, double threshold)
{
    double value = n / 1661 * measures[i].scale;
    return (struct view_figure){.indicator = &measures[i],
                                .verdict = verdict,
                                .value = value,
                                .numerator = n,
                                .denominator = 1661,
                                .threshold = threshold,
                                .floor = threshold * 0.85,
                                .gap = 0,
                                .value_before = NAN,
                                .units_failing = -1};
}

static void add_cell(struct view_origin *o, const char *cell, const char *header, const char *value)
{
    o->cells = mem_grow(o->cells, o->n + 1, sizeof *o->cells);
    o->cells[o->n++] = (struct view_cell){str_dup(cell), str_dup(header), str_dup(value)};
}

static void rule_origins(struct alert_view *v)
{
    v->origins = mem_array(1, sizeof *v->origins);
    struct view_origin *o = &v->origins[v->n_origins++];
    *o = (struct view_origin){.file = str_dup("城南区_学校资源_2025-2026.xlsx"),
                              .sheet = str_dup("学校资源"),
                              .row = 14,
                              .received_at_ms = OPENED_MS};
    add_cell(o, "V14", "体育", "5");
    add_cell(o, "X14", "音乐", "3");
    add_cell(o, "Z14", "美术", "3");
    add_cell(o, "AD14", "体育馆", "400");
    add_cell(o, "AE14", "校内体育场", "8900");
}

static void rule_steps(struct alert_view *v)
{
    v->steps = mem_array(2, sizeof *v->steps);
    v->n_steps = 2;
    for (size_t i = 0; i < 2; i++) {
        v->steps[i].parts = mem_array(2, sizeof *v->steps[i].parts);
        v->steps[i].n = 2;
    }
    v->steps[0].parts[0] = (struct view_step_part){2, false, 4, 15};
    v->steps[0].parts[1] = (struct view_step_part){4, true, 6.375 * 1661 - 9300, 6.375 * 1661};
    v->steps[1].parts[0] = (struct view_step_part){2, true, 2, 13};
    v->steps[1].parts[1] = (struct view_step_part){4, false, 3157.5, 12457.5};
}

void sample_rule(struct alert_view *v)
{
    basics(v, &rule, "2025-0137");
    v->pass_min = 6;
    static const double thresholds[] = {4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3};
    static const double totals[] = {70, 17, 11, 8000, 9300, 4000000, 40};
    v->figures = mem_array(7, sizeof *v->figures);
    for (v->n_figures = 0; v->n_figures < 7; v->n_figures++)
        v->figures[v->n_figures] =
            figure(v->n_figures, VERDICT_PASS, totals[v->n_figures], thresholds[v->n_figures]);
    struct view_figure *teachers = &v->figures[2], *area = &v->figures[4];
    teachers->verdict = area->verdict = VERDICT_FAIL;
    teachers->gap = 4;
    teachers->units_failing = 3;
    teachers->document = str_dup("教督〔2017〕6号");
    teachers->clause = str_dup("资源配置第（三）项");
    area->gap = 3157.5;
    area->units_failing = 7;
    area->value_before = 5.769;
    area->document = str_dup("教督〔2017〕6号");
    area->clause = str_dup("资源配置第（五）项");
    v->document = str_dup("教督〔2017〕6号");
    v->clause = str_dup("综合要求");
    v->units = 24;
    v->units_failing = 8;
    v->inspector = str_dup("王××");
    rule_origins(v);
    rule_steps(v);
}

void sample_cv(struct alert_view *v)
{
    basics(v, &cv, "2025-0144");
    free(v->entity);
    v->entity = str_dup("210102");
    free(v->name);
    v->name = str_dup("城南区");
    v->parent = &measures[4];
    v->value = 0.5124;
    v->threshold = 0.5;
    v->pupils = 25678;
    v->pupils_before = NAN;
    v->mean = 8.264;
    v->due = 24;
    v->reported = 24;
    v->covered = 1;
    static const double trend[] = {0.452, 0.470, 0.5124};
    for (; v->n_trend < 3; v->n_trend++) {
        (void)snprintf(v->trend[v->n_trend].period, sizeof v->trend[0].period, "%zu-%zu", 2023 + v->n_trend,
                       2024 + v->n_trend);
        v->trend[v->n_trend].value = trend[v->n_trend];
    }
    v->shares = mem_array(3, sizeof *v->shares);
    v->shares[v->n_shares++] = (struct view_share){str_dup("荆山小学"), 62, 55, 0.328, 0.404};
    v->shares[v->n_shares++] = (struct view_share){str_dup("北塘小学"), 3067, 3.1, 0.198, 0.420};
    v->shares[v->n_shares++] = (struct view_share){str_dup("河东中心小学"), 282, 23, 0.148, 0.459};
    v->figures = mem_array(1, sizeof *v->figures);
    v->n_figures = 1;
    v->figures[0] = (struct view_figure){.indicator = &cv,
                                         .verdict = VERDICT_FAIL,
                                         .value = v->value,
                                         .threshold = 0.5,
                                         .gap = 0.0124,
                                         .value_before = 0.47,
                                         .units_failing = 1,
                                         .numerator = NAN,
                                         .denominator = NAN,
                                         .floor = NAN};
    v->figures[0].document = str_dup("教督〔2017〕6号");
    v->figures[0].clause = str_dup("差异系数");
}

void sample_measure(struct alert_view *v)
{
    basics(v, &measures[0], "2025-0150");
    v->severity = SEVERITY_ORANGE;
    v->pupils = 1001;
    v->pupils_before = NAN;
    v->value = 4.1958;
    v->threshold = 4.2;
    v->figures = mem_array(1, sizeof *v->figures);
    v->n_figures = 1;
    v->figures[0] = (struct view_figure){.indicator = &measures[0],
                                         .verdict = VERDICT_FLOOR,
                                         .value = 4.1958,
                                         .numerator = 42,
                                         .denominator = 1001,
                                         .threshold = 4.2,
                                         .floor = 3.57,
                                         .gap = 1,
                                         .value_before = NAN,
                                         .units_failing = 2};
    v->units = 24;
    v->units_failing = 2;
}
