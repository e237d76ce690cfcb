// SPDX-License-Identifier: Apache-2.0
// The plugin `resource` against hand-computed schools: what is measured and how it is split, a test a rule.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resource_case.h"

static void a_primary_school_is_measured_by_its_raw_totals(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=500 " PRIMARY_SCHOOL), NULL, NULL, &o);
    assert_int_equal(json_array_size(o.measures), 7);
    static const double n[] = {30, 6, 5, 3400, 6000, 1500000, 20};
    for (size_t i = 0; i < ARRAY_SIZE(seven); i++)
        is(&o, seven[i], "primary", n[i], 500, 0);
    assert_true(number(at(&o, "teaching_area", S, "primary"), "pupils") == 500);
    assert_true(json_is_null(json_object_get(at(&o, "teaching_area", S, "primary"), "note")));
}

static void junior_teachers_need_a_bachelor_degree(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S
               " pupils_junior=400 school_type=初中 teachers_college_primary=40 " JUNIOR_DEGREES SPECIALISTS
                   PREMISES),
          NULL, NULL, &o);
    is(&o, "above_degree_teachers", "junior", 26, 400, 0);
    assert_null(find_measure(&o, "above_degree_teachers", S, "primary"));
}

static void premises_of_a_nine_year_school_are_split_one_to_one_point_one(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=600 pupils_junior=400 " NINE_YEAR), NULL, NULL, &o);
    double primary = 600.0 / (600 + 440), junior = 440.0 / (600 + 440);
    is(&o, "teaching_area", "primary", 3400 * primary, 600, 0);
    is(&o, "teaching_area", "junior", 3400 * junior, 400, 0);
    is(&o, "sports_area", "junior", 6000 * junior, 400, 0);
    is(&o, "equipment_value", "primary", 1500000 * primary, 600, 0);
    is(&o, "multimedia_rooms", "junior", 20 * junior, 400, 0);
    is(&o, "above_degree_teachers", "primary", 30, 600, 0);
    is(&o, "above_degree_teachers", "junior", 26, 400, 0);
}

static void a_standard_sets_the_weights_and_the_note_says_them(void **state)
{
    (void)state;
    static const struct {
        const char *job;
        double junior;
        const char *note;
    } cases[] = {
        {NULL, 1.1, "校舍设备按加权学生数（小学:初中:高中＝1:1.1:1.32）拆分"},
        {SETTING("2025-2026", "split_weight.junior", "1.25"), 1.25,
         "校舍设备按加权学生数（小学:初中:高中＝1:1.25:1.32）拆分"},
        {SETTING("2024-2025", "split_weight.junior", "1.25"), 1.1,
         "校舍设备按加权学生数（小学:初中:高中＝1:1.1:1.32）拆分"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        given(ROWS("school=" S " pupils_primary=600 pupils_junior=400 " NINE_YEAR), NULL, cases[i].job, &o);
        is(&o, "teaching_area", "primary", 3400 * 600 / (600 + 400 * cases[i].junior), 600, 0);
        is(&o, "teaching_area", "junior", 3400 * 400 * cases[i].junior / (600 + 400 * cases[i].junior), 400,
           0);
        assert_string_equal(json_string_value(json_object_get(at(&o, "teaching_area", S, "junior"), "note")),
                            cases[i].note);
    }
}

static void unsplit_teachers_follow_weighted_pupils_and_are_estimated(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=600 pupils_junior=400 pupils_kindergarten=90 " NINE_YEAR), NULL,
          NULL, &o);
    is(&o, "backbone_teachers", "primary", 6 * 600.0 / 1040, 600, JH_ESTIMATED);
    is(&o, "pe_art_teachers", "junior", 5 * 440.0 / 1040, 400, JH_ESTIMATED);
    assert_non_null(strstr(
        json_string_value(json_object_get(at(&o, "backbone_teachers", S, "primary"), "note")), "加权学生数"));
}

static void unsplit_teachers_follow_teachers_per_stage_where_given(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " pupils_primary=600 pupils_junior=400 teachers=80 teachers_primary=50 teachers_junior=30 " NINE_YEAR),
        NULL, NULL, &o);
    is(&o, "backbone_teachers", "primary", 6 * 50.0 / 80, 600, JH_ESTIMATED);
    is(&o, "pe_art_teachers", "junior", 5 * 30.0 / 80, 400, JH_ESTIMATED);
    assert_non_null(strstr(json_string_value(json_object_get(at(&o, "pe_art_teachers", S, "junior"), "note")),
                           "专任教师人数"));
}

static void senior_teachers_take_their_share_by_the_total(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " school_type=完全中学 pupils_junior=500 pupils_senior=700 teachers=100 teachers_junior=40 " JUNIOR_DEGREES
                SPECIALISTS PREMISES),
        NULL, NULL, &o);
    is(&o, "backbone_teachers", "junior", 6 * 0.4, 500, JH_ESTIMATED);
}

static void figures_per_stage_are_used_as_they_stand(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " pupils_primary=600 pupils_junior=400 backbone_teachers_primary=4 backbone_teachers_junior=2 "
            "pe_teachers_primary=1 pe_teachers_junior=1 music_teachers_primary=2 music_teachers_junior=0 art_teachers_primary=0 "
            "art_teachers_junior=1 multimedia_rooms_primary=15 multimedia_rooms_junior=5 teaching_area_primary=2500 "
            "teaching_area_junior=1500 indoor_sports_area_primary=0 indoor_sports_area_junior=600 " NINE_YEAR),
        NULL, NULL, &o);
    is(&o, "backbone_teachers", "primary", 4, 600, 0);
    is(&o, "backbone_teachers", "junior", 2, 400, 0);
    is(&o, "pe_art_teachers", "primary", 3, 600, 0);
    is(&o, "multimedia_rooms", "primary", 15, 600, 0);
    is(&o, "teaching_area", "primary", 2500, 600, 0);
    is(&o, "teaching_area", "junior", 900, 400, 0);
    is(&o, "sports_area", "junior", 6000 * 440.0 / 1040, 400, 0);
}

static void one_stage_given_leaves_the_rest_to_the_other(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " pupils_primary=600 pupils_junior=400 backbone_teachers_primary=4 multimedia_rooms_junior=5 " NINE_YEAR),
        NULL, NULL, &o);
    is(&o, "backbone_teachers", "junior", 2, 400, 0);
    is(&o, "multimedia_rooms", "primary", 15, 600, 0);
}

static void parts_above_the_whole_are_no_data(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(ROWS("school=" S " pupils_primary=600 pupils_junior=400 backbone_teachers_primary=9 " NINE_YEAR),
          NULL, NULL, &o);
    is_not(&o, "backbone_teachers", "junior", JH_NO_DATA, "", "大于总数");
    is(&o, "backbone_teachers", "primary", 9, 600, 0);
}

static void a_complete_middle_school_shares_with_its_senior_stage(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " school_type=完全中学 pupils_junior=500 pupils_senior=700 " JUNIOR_DEGREES SPECIALISTS PREMISES),
        NULL, NULL, &o);
    is(&o, "teaching_area", "junior", 3400 * 500.0 / (500 + 1.2 * 700), 500, 0);
    is(&o, "backbone_teachers", "junior", 6 * 500.0 / (500 + 1.2 * 700), 500, JH_ESTIMATED);
    assert_int_equal(json_array_size(o.measures), 7);
}

static void a_twelve_year_school_shares_by_three_weights(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " school_type=十二年一贯制学校 pupils_primary=600 pupils_junior=400 pupils_senior=300 " PRIMARY_DEGREES
                JUNIOR_DEGREES SPECIALISTS PREMISES),
        NULL, NULL, &o);
    double all = 600 + 1.1 * 400 + 1.32 * 300;
    is(&o, "sports_area", "primary", 6000 * 600 / all, 600, 0);
    is(&o, "sports_area", "junior", 6000 * 440 / all, 400, 0);
}

static void without_the_senior_pupils_the_four_facility_indicators_are_no_data(void **state)
{
    (void)state;
    static const char *const types[] = {"完全中学", "十二年一贯制学校"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row = str_printf(
            "school=" S
            " school_type=%s pupils_primary=10 pupils_junior=500 " JUNIOR_DEGREES SPECIALISTS PREMISES
            "backbone_teachers_junior=5",
            types[i]);
        given(ROWS(row), NULL, NULL, &o);
        for (size_t k = 0; k < ARRAY_SIZE(facilities); k++)
            is_not(&o, facilities[k], "junior", JH_NO_DATA, "pupils_senior", "");
        is(&o, "above_degree_teachers", "junior", 26, 500, 0);
        is(&o, "backbone_teachers", "junior", 5, 500, 0);
    }
}

static void kindergarten_pupils_share_the_premises_by_a_weight(void **state)
{
    (void)state;
    static const struct {
        const char *job;
        double weight;
    } cases[] = {{NULL, 1},
                 {SETTING("2025-2026", "split_weight.kindergarten", "0.5"), 0.5},
                 {SETTING("2025-2026", "split_weight.kindergarten", "0"), 0},
                 {SETTING("2024-2025", "split_weight.kindergarten", "0.5"), 1}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        given(ROWS("school=" S " pupils_primary=500 pupils_kindergarten=100 " PRIMARY_SCHOOL), NULL,
              cases[i].job, &o);
        is(&o, "teaching_area", "primary", 3400 * 500 / (500 + 100 * cases[i].weight), 500, 0);
        is(&o, "backbone_teachers", "primary", 6, 500, 0);
        CLEANUP_FREE char *weight = str_printf("附设幼儿班＝1:1.1:1.32:%g）", cases[i].weight);
        const char *note = json_string_value(json_object_get(at(&o, "teaching_area", S, "primary"), "note"));
        assert_true(cases[i].weight > 0 ? note && strstr(note, weight) : !note); // alone, it shares nothing
    }
}

static void visiting_teachers_count_only_when_flag_area_and_pupils_agree(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        double pupils, teachers;
        const char *job;
    } cases[] = {
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=80 ", 80, 8, NULL},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=50 ", 50, 8, NULL},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=99 ", 99, 8, NULL},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=100 ", 100, 5, NULL},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=49 ", 49, 5, NULL},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=120 ", 120, 8,
         SETTING("2025-2026", "small_rural.max_pupils", "120")},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=80 ", 80, 5,
         SETTING("2025-2026", "small_rural.min_pupils", "81")},
        {"small_rural_50_99=1 area_type=镇区 pupils_primary=80 ", 80, 5, NULL},
        {"small_rural_50_99=0 area_type=乡村 pupils_primary=80 ", 80, 5, NULL},
        {"area_type=乡村 pupils_primary=80 ", 80, 5, NULL},
        {"small_rural_50_99=1 pupils_primary=80 ", 80, 5, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row =
            str_printf("school=" S " pe_visiting=2 arts_visiting=1 %s" PRIMARY_SCHOOL, cases[i].row);
        given(ROWS(row), NULL, cases[i].job, &o);
        is(&o, "pe_art_teachers", "primary", cases[i].teachers, cases[i].pupils, 0);
    }
}

static void leased_grounds_count_only_in_crowded_city_centres(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        double area;
    } cases[] = {{"crowded_city_centre=1 leased_sports_area=1000 other_sports_area=300 ", 7300},
                 {"crowded_city_centre=1 ", 6000},
                 {"crowded_city_centre=0 leased_sports_area=1000 ", 6000},
                 {"leased_sports_area=1000 other_sports_area=300 ", 6000}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row =
            str_printf("school=" S " pupils_primary=500 %s" PRIMARY_SCHOOL, cases[i].row);
        given(ROWS(row), NULL, NULL, &o);
        is(&o, "sports_area", "primary", cases[i].area, 500, 0);
    }
}

static void what_is_left_out_is_no_data_and_named(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " school_type=小学 pupils_primary=500 teachers_college_primary=10 teachers_bachelor_primary=18 "
            "teachers_doctor_primary=0 pe_teachers=2 art_teachers=1 teaching_area=4000 gym_area=800 multimedia_rooms=20"),
        NULL, NULL, &o);
    is_not(&o, "above_degree_teachers", "primary", JH_NO_DATA, "teachers_master_primary", "");
    is_not(&o, "backbone_teachers", "primary", JH_NO_DATA, "backbone_teachers", "");
    is_not(&o, "pe_art_teachers", "primary", JH_NO_DATA, "music_teachers", "");
    is_not(&o, "teaching_area", "primary", JH_NO_DATA, "indoor_sports_area", "");
    is_not(&o, "sports_area", "primary", JH_NO_DATA, "sports_ground_area", "");
    is_not(&o, "equipment_value", "primary", JH_NO_DATA, "equipment_value", "");
    is(&o, "multimedia_rooms", "primary", 20, 500, 0);
}

static void ready_made_ratios_are_judged_as_estimated(void **state)
{
    (void)state;
    CLEANUP(outcome_deinit) struct outcome o;
    given(
        ROWS(
            "school=" S
            " pupils_primary=500 ratio_above_degree_teachers_primary=4.25 ratio_backbone_teachers_primary=1.2 "
            "ratio_pe_art_teachers_primary=0.95 ratio_teaching_area_primary=5.1 ratio_sports_area_primary=7.6 "
            "ratio_equipment_value_primary=2100 ratio_multimedia_rooms_primary=2.4 multimedia_rooms_primary=13"),
        NULL, NULL, &o);
    is(&o, "above_degree_teachers", "primary", 4.25 * 500 / 100, 500, JH_ESTIMATED);
    is(&o, "teaching_area", "primary", 5.1 * 500, 500, JH_ESTIMATED);
    is(&o, "equipment_value", "primary", 2100 * 500, 500, JH_ESTIMATED);
    is(&o, "multimedia_rooms", "primary", 13, 500, 0);
}

static void the_plugin_fits_the_built_in_datasets(void **state)
{
    (void)state;
    struct catalog *c = NULL;
    struct error err;
    CLEANUP(outcome_deinit) struct outcome o;
    CLEANUP_FREE char *path = plugin_path("resource");
    assert_int_equal(catalog_load(TEST_SOURCE_DIR "/conf/datasets", &c, &err), 0);
    run_describe(path, &o);
    json_t *j = json_loads(o.out, 0, NULL);
    if (catalog_add_plugin(c, j, path, json_string_value(json_object_get(j, "sha256")), &err) < 0)
        fail_msg("%s", err.msg);
    json_decref(j);
    assert_non_null(catalog_indicator(c, "resource.cv"));
    assert_non_null(catalog_indicator(c, "resource.multimedia_rooms.cv"));
    assert_non_null(catalog_indicator(c, "resource.school_rule.rate"));
    catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_primary_school_is_measured_by_its_raw_totals),
        cmocka_unit_test(junior_teachers_need_a_bachelor_degree),
        cmocka_unit_test(premises_of_a_nine_year_school_are_split_one_to_one_point_one),
        cmocka_unit_test(a_standard_sets_the_weights_and_the_note_says_them),
        cmocka_unit_test(unsplit_teachers_follow_weighted_pupils_and_are_estimated),
        cmocka_unit_test(unsplit_teachers_follow_teachers_per_stage_where_given),
        cmocka_unit_test(senior_teachers_take_their_share_by_the_total),
        cmocka_unit_test(figures_per_stage_are_used_as_they_stand),
        cmocka_unit_test(one_stage_given_leaves_the_rest_to_the_other),
        cmocka_unit_test(parts_above_the_whole_are_no_data),
        cmocka_unit_test(a_complete_middle_school_shares_with_its_senior_stage),
        cmocka_unit_test(a_twelve_year_school_shares_by_three_weights),
        cmocka_unit_test(without_the_senior_pupils_the_four_facility_indicators_are_no_data),
        cmocka_unit_test(kindergarten_pupils_share_the_premises_by_a_weight),
        cmocka_unit_test(visiting_teachers_count_only_when_flag_area_and_pupils_agree),
        cmocka_unit_test(leased_grounds_count_only_in_crowded_city_centres),
        cmocka_unit_test(what_is_left_out_is_no_data_and_named),
        cmocka_unit_test(ready_made_ratios_are_judged_as_estimated),
        cmocka_unit_test(the_plugin_fits_the_built_in_datasets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
