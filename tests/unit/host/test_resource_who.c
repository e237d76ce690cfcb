// SPDX-License-Identifier: Apache-2.0
// The plugin `resource` against hand-computed schools: who counts, as what, a test a rule.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resource_case.h"

static void an_empty_stage_that_the_type_has_is_no_data_and_an_explicit_zero_is_exempt(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome empty;
    given(ROWS("school=" S " pupils_primary=600 " NINE_YEAR), NULL, NULL, &empty);
    all_seven_are(&empty, "junior", JH_NO_DATA, "pupils_junior", "");
    is_not(&empty, "teaching_area", "primary", JH_NO_DATA, "pupils_junior", "");
    is(&empty, "above_degree_teachers", "primary", 30, 600, 0);
    CLEANUP(outcome_deinit) struct outcome zero;
    given(ROWS("school=" S " pupils_primary=600 pupils_junior=0 " NINE_YEAR), NULL, NULL, &zero);
    all_seven_are(&zero, "junior", JH_EXEMPT, "", "本学段无学生");
    is(&zero, "teaching_area", "primary", 3400, 600, 0);
    is(&zero, "backbone_teachers", "primary", 6, 600, 0);
}

static void pupils_of_a_stage_that_the_type_lacks_are_asked_about(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 pupils_junior=100 " PRIMARY_SCHOOL), NULL, NULL, &o);
    all_seven_are(&o, "junior", JH_NO_DATA, "school_type", "请核对");
    is(&o, "teaching_area", "primary", 3400 * 500.0 / 610, 500, 0);
}

static void without_a_type_nothing_is_split(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_DEGREES SPECIALISTS PREMISES), NULL, NULL, &o);
    is_not(&o, "teaching_area", "primary", JH_NO_DATA, "school_type", "");
    is_not(&o, "backbone_teachers", "primary", JH_NO_DATA, "school_type", "");
    is(&o, "above_degree_teachers", "primary", 30, 500, 0);
}

static void a_teaching_point_counts_from_fifty_pupils(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome small;
    given(ROWS("school=" S " school_type=教学点 pupils_primary=49 " PRIMARY_DEGREES SPECIALISTS PREMISES),
          NULL, NULL, &small);
    all_seven_are(&small, "primary", JH_EXEMPT, "", "不足 50 人");
    CLEANUP(outcome_deinit) struct outcome large;
    given(
        ROWS(
            "school=" S
            " school_type=教学点 counts_as_school=0 parent_school=3301020009 pupils_primary=50 " PRIMARY_DEGREES
                SPECIALISTS PREMISES),
        NULL, NULL, &large);
    is(&large, "teaching_area", "primary", 3400, 50, 0);
    CLEANUP(outcome_deinit) struct outcome local;
    given(ROWS("school=" S " school_type=教学点 pupils_primary=50 " PRIMARY_DEGREES SPECIALISTS PREMISES),
          NULL, SETTING("2025-2026", "teaching_point.min_pupils", "60"), &local);
    all_seven_are(&local, "primary", JH_EXEMPT, "", "教学点学生 50 人，不足 60 人");
}

static void a_teaching_point_under_its_centre_school_is_judged_by_itself(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL,
               "school=" S
               " campus=01 school_type=教学点 pupils_primary=60 " PRIMARY_DEGREES SPECIALISTS PREMISES),
          "school=" S " school_type=小学", NULL, &o);
    is(&o, "teaching_area", "primary", 3400, 500, 0);
    assert_true(number(at(&o, "teaching_area", S "01", "primary"), "d") == 60);
    assert_int_equal(json_array_size(o.measures), 14);
}

static void special_and_vocational_schools_are_exempt(void **state)
{
    (void)state;
    static const char *const types[] = {"特殊教育学校", "职业学校"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row = str_printf(
            "school=" S " school_type=%s pupils_junior=120 " JUNIOR_DEGREES SPECIALISTS PREMISES, types[i]);
        given(ROWS(row), NULL, NULL, &o);
        all_seven_are(&o, "junior", JH_EXEMPT, "", types[i]);
    }
}

static void a_closed_or_merged_school_is_exempt(void **state)
{
    (void)state;
    static const char *const all[] = {"停办", "撤并"};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *roster = str_printf("school=" S " status=%s", all[i]);
        given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL), roster, NULL, &o);
        all_seven_are(&o, "primary", JH_EXEMPT, "", all[i]);
    }
}

static void campuses_are_allotted_by_themselves_and_added_to_their_school(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    // The junior campus has all of its premises for 400 pupils; pooling would give it 440/1040 of 8000.
    given(
        ROWS(
            "school=" S " pupils_primary=600 pupils_junior=0 " NINE_YEAR,
            "school=3301020077 school_type=初中 counts_as_school=0 parent_school=" S
            " pupils_junior=400 " JUNIOR_DEGREES
            "backbone_teachers=3 pe_teachers=1 music_teachers=1 art_teachers=1 teaching_area=5000 indoor_sports_area=400 gym_area=400 "
            "sports_ground_area=3000 equipment_value=900000 multimedia_rooms=12"),
        NULL, NULL, &o);
    assert_int_equal(json_array_size(o.measures), 14);
    is(&o, "teaching_area", "primary", 3400, 600, 0);
    is(&o, "teaching_area", "junior", 4600, 400, 0);
    is(&o, "multimedia_rooms", "junior", 12, 400, 0);
    is(&o, "backbone_teachers", "junior", 3, 400, 0);
}

static void campuses_under_one_code_are_one_school(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " campus=A pupils_primary=300 " NINE_YEAR,
               "school=" S " campus=B pupils_primary=100 pupils_junior=200 " NINE_YEAR),
          NULL, NULL, &o);
    double b = 100 / (100 + 1.1 * 200);
    is(&o, "teaching_area", "primary", 3400 + 3400 * b, 400, 0);
    is(&o, "teaching_area", "junior", 3400 * (1 - b), 200, 0);
    is(&o, "above_degree_teachers", "primary", 60, 400, 0);
}

static void a_campus_without_its_school_waits(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=3301020077 school_type=小学 counts_as_school=0 parent_school=" S
               " pupils_primary=100 " PRIMARY_DEGREES),
          NULL, NULL, &o);
    all_seven_are(&o, "primary", JH_NO_DATA, "", "主校未报送");
    CLEANUP(outcome_deinit) struct outcome nameless;
    given(ROWS("school=" S " school_type=小学 counts_as_school=0 pupils_primary=100 " PRIMARY_DEGREES), NULL,
          NULL, &nameless);
    all_seven_are(&nameless, "primary", JH_NO_DATA, "parent_school", "主校代码");
}

static void the_roster_wins_where_it_speaks(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " pupils_primary=80 small_rural_50_99=1 area_type=乡村 pe_visiting=2 school_type=九年一贯制学校 " PRIMARY_DEGREES
                SPECIALISTS PREMISES),
        "school=" S " school_type=小学 area_type=镇区", NULL, &o);
    assert_int_equal(json_array_size(o.measures), 7);
    is(&o, "teaching_area", "primary", 3400, 80, 0);
    is(&o, "pe_art_teachers", "primary", 5, 80, 0);
    CLEANUP(outcome_deinit) struct outcome silent;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL), "school=" S, NULL, &silent);
    is(&silent, "teaching_area", "primary", 3400, 500, 0);
}

static void a_roster_of_another_year_says_nothing(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL),
          "_period=2024-2025 school=" S " status=停办", NULL, &o);
    is(&o, "teaching_area", "primary", 3400, 500, 0);
}

static void a_new_school_is_tagged_and_counts_in_the_cv_by_default(void **state)
{
    (void)state;
    static const struct {
        const char *row, *roster, *job;
        unsigned flags;
    } cases[] = {
        {"grades=4 ", NULL, NULL, JH_NEW_SCHOOL},
        {"grades=6 ", NULL, NULL, 0},
        {"grades=5 ", "school_system=五四制", NULL, 0},
        {"grades=4 ", "school_system=五四制", NULL, JH_NEW_SCHOOL},
        {"grades_primary=5 ", NULL, NULL, JH_NEW_SCHOOL},
        {"grades_primary=6 ", NULL, NULL, 0},
        {"", "first_enrolment=2020-2021", NULL, JH_NEW_SCHOOL},
        {"", "first_enrolment=2019-2020", NULL, 0},
        {"", "status=新建", NULL, JH_NEW_SCHOOL},
        {"", "status=在办", NULL, 0},
        {"grades=4 ", NULL, "{\"options\": {\"new_school_in_cv\": \"no\"}}", JH_NEW_SCHOOL | JH_NOT_IN_CV},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row =
            str_printf("school=" S " pupils_primary=500 %s" PRIMARY_SCHOOL, cases[i].row);
        CLEANUP_FREE char *roster = cases[i].roster ? str_printf("school=" S " %s", cases[i].roster) : NULL;
        given(ROWS(row), roster, cases[i].job, &o);
        is(&o, "teaching_area", "primary", 3400, 500, cases[i].flags);
    }
}

static void a_school_may_be_new_in_one_stage(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS("school=" S " pupils_primary=600 pupils_junior=400 grades_primary=6 grades_junior=1 " NINE_YEAR),
        NULL, NULL, &o);
    is(&o, "above_degree_teachers", "primary", 30, 600, 0);
    is(&o, "above_degree_teachers", "junior", 26, 400, JH_NEW_SCHOOL);
}

static void the_default_of_the_roster_does_not_unmake_a_campus(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=600 " PRIMARY_SCHOOL,
               "school=3301020077 counts_as_school=0 parent_school=" S " pupils_primary=100 " PRIMARY_SCHOOL),
          "school=3301020077 school_type=小学 counts_as_school=1", NULL, &o);
    assert_int_equal(json_array_size(o.measures), 7);
    is(&o, "teaching_area", "primary", 6800, 700, 0);
}

static void a_senior_school_has_no_compulsory_stage(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " school_type=高级中学 pupils_senior=900 " PREMISES), NULL, NULL, &o);
    assert_int_equal(json_array_size(o.measures), 0);
}

static void only_the_scopes_of_the_run_are_computed(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL,
               "_county=330103 school=3301030001 pupils_primary=300 " PRIMARY_SCHOOL,
               "_period=2024-2025 school=" S " pupils_primary=480 " PRIMARY_SCHOOL),
          NULL, NULL, &o);
    assert_int_equal(json_array_size(o.measures), 7);
    is(&o, "teaching_area", "primary", 3400, 500, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_stage_that_the_type_has_is_no_data_and_an_explicit_zero_is_exempt),
        cmocka_unit_test(pupils_of_a_stage_that_the_type_lacks_are_asked_about),
        cmocka_unit_test(without_a_type_nothing_is_split),
        cmocka_unit_test(a_teaching_point_counts_from_fifty_pupils),
        cmocka_unit_test(a_teaching_point_under_its_centre_school_is_judged_by_itself),
        cmocka_unit_test(special_and_vocational_schools_are_exempt),
        cmocka_unit_test(a_closed_or_merged_school_is_exempt),
        cmocka_unit_test(campuses_are_allotted_by_themselves_and_added_to_their_school),
        cmocka_unit_test(campuses_under_one_code_are_one_school),
        cmocka_unit_test(a_campus_without_its_school_waits),
        cmocka_unit_test(the_roster_wins_where_it_speaks),
        cmocka_unit_test(a_roster_of_another_year_says_nothing),
        cmocka_unit_test(a_new_school_is_tagged_and_counts_in_the_cv_by_default),
        cmocka_unit_test(a_school_may_be_new_in_one_stage),
        cmocka_unit_test(the_default_of_the_roster_does_not_unmake_a_campus),
        cmocka_unit_test(a_senior_school_has_no_compulsory_stage),
        cmocka_unit_test(only_the_scopes_of_the_run_are_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
