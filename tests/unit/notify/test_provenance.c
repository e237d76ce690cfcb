// SPDX-License-Identifier: Apache-2.0
// From an indicator back to its cells, and what tables say of entities.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "store/entity.h"
#include "store/provenance.h"
#include "store/sql.h"
#include "world.h"

#define SCHOOL "3301020009"

static const struct provenance_cell *cell(const struct provenance *p, const char *column)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->rows[i].n; k++)
            if (strcmp(p->rows[i].cells[k].column->id, column) == 0)
                return &p->rows[i].cells[k];
    return NULL;
}

static struct provenance load(struct world *w, const char *indicator, const char *const *only,
                              enum stage stage)
{
    struct error err = {0};
    struct provenance p;
    ok(provenance_load(w->store, w->catalog, catalog_indicator(w->catalog, indicator), only, SCHOOL, stage,
                       "2025-2026", &p, &err));
    return p;
}

static void school(struct world *w)
{
    world_school(w, world_submission(w, "S-20251013-0031", "资源.xlsx"), SCHOOL, "江北小学", "330102",
                 "2025-2026");
}

static void a_figure_is_traced_to_file_sheet_row_and_cell(void **state)
{
    struct world *w = *state;
    school(w);
    CLEANUP(provenance_deinit) struct provenance p = load(w, "resource.sports_area", NULL, STAGE_PRIMARY);
    assert_int_equal(p.n, 1);
    assert_string_equal(p.rows[0].file, "资源.xlsx");
    assert_string_equal(p.rows[0].sheet, "学校资源");
    assert_string_equal(p.rows[0].public_id, "S-20251013-0031");
    assert_int_equal(p.rows[0].row, 14);
    assert_int_equal(p.rows[0].received_at, NOW_MS);
    const struct provenance_cell *gym = cell(&p, "gym_area"), *ground = cell(&p, "sports_ground_area");
    assert_string_equal(gym->cell, "AD14");
    assert_string_equal(gym->header, "体育馆"); // as written in the file
    assert_string_equal(gym->text, "400");
    assert_string_equal(ground->header, "校内体育场面积"); // the file's own words are not known
    assert_float_equal(ground->number, 8900, 0);
}

static void a_form_names_its_cells_whole(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    school(w);
    ok(sql_exec(w->store, "UPDATE submission_table SET kind = 'form', layout = '{\"gym_area\":\"E11\"}'",
                &err));
    CLEANUP(provenance_deinit) struct provenance p = load(w, "resource.sports_area", NULL, STAGE_PRIMARY);
    assert_int_equal(p.rows[0].row, 0);
    assert_string_equal(cell(&p, "gym_area")->cell, "E11");
    assert_null(cell(&p, "sports_ground_area")->cell);
}

static void a_rule_is_traced_through_its_members(void **state)
{
    struct world *w = *state;
    school(w);
    static const char *const one[] = {"resource.pe_art_teachers", NULL};
    CLEANUP(provenance_deinit) struct provenance all = load(w, "resource.school_rule", NULL, STAGE_PRIMARY);
    assert_non_null(cell(&all, "gym_area"));
    assert_non_null(cell(&all, "pe_teachers"));
    CLEANUP(provenance_deinit) struct provenance some = load(w, "resource.school_rule", one, STAGE_PRIMARY);
    assert_null(cell(&some, "gym_area"));
    assert_non_null(cell(&some, "pe_teachers"));
}

static void columns_of_another_stage_are_left_out_but_for_pupils(void **state)
{
    struct world *w = *state;
    school(w);
    CLEANUP(provenance_deinit) struct provenance p = load(w, "resource.pe_art_teachers", NULL, STAGE_JUNIOR);
    assert_null(cell(&p, "pe_teachers_primary"));
    assert_non_null(cell(&p, "pupils_primary")); // shared premises are split by them
    assert_non_null(cell(&p, "pe_teachers"));
}

static void values_are_told_in_the_unit_they_are_kept_in(void **state)
{
    struct world *w = *state;
    school(w);
    CLEANUP(provenance_deinit) struct provenance p = load(w, "resource.equipment_value", NULL, STAGE_PRIMARY);
    assert_string_equal(cell(&p, "equipment_value")->text, "5250382 元"); // handed in as 万元
}

static void without_facts_there_are_no_rows(void **state)
{
    struct world *w = *state;
    CLEANUP(provenance_deinit) struct provenance p = load(w, "resource.sports_area", NULL, STAGE_PRIMARY);
    assert_int_equal(p.n, 0);
}

static void names_come_from_the_period_or_the_one_before(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    school(w);
    static const struct {
        enum indicator_level level;
        const char *entity, *period, *name;
    } rows[] = {
        {LEVEL_SCHOOL, SCHOOL, "2025-2026", "江北小学"}, {LEVEL_SCHOOL, SCHOOL, "2026-2027", "江北小学"},
        {LEVEL_SCHOOL, SCHOOL, "2028-2029", NULL},       {LEVEL_SCHOOL, "404", "2025-2026", NULL},
        {LEVEL_SCHOOL, SCHOOL, "nonsense", NULL},        {LEVEL_COUNTY, "330102", "2025-2026", "滨江区"},
        {LEVEL_COUNTY, "330199", "2025-2026", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP_FREE char *name = NULL;
        ok(entity_name(w->store, w->catalog, &w->config, rows[i].level, rows[i].entity, rows[i].period, &name,
                       &err));
        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
        else
            assert_null(name);
    }
}

static void a_county_without_configuration_is_named_by_the_roster(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    school(w);
    w->config.n_counties = 0;
    ok(sql_exec(w->store, "UPDATE d_school SET county_name = '滨江新区'", &err));
    CLEANUP_FREE char *name = NULL;
    ok(entity_name(w->store, w->catalog, &w->config, LEVEL_COUNTY, "330102", "2026-2027", &name, &err));
    assert_string_equal(name, "滨江新区");
}

int main(void)
{
    i18n_init("zh_CN");
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_figure_is_traced_to_file_sheet_row_and_cell),
        TEST(a_form_names_its_cells_whole),
        TEST(a_rule_is_traced_through_its_members),
        TEST(columns_of_another_stage_are_left_out_but_for_pupils),
        TEST(values_are_told_in_the_unit_they_are_kept_in),
        TEST(without_facts_there_are_no_rows),
        TEST(names_come_from_the_period_or_the_one_before),
        TEST(a_county_without_configuration_is_named_by_the_roster),
    };
    return cmocka_run_group_tests_name("provenance", tests, NULL, NULL);
}
