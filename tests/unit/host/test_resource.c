// SPDX-License-Identifier: Apache-2.0
// The plugin `resource` against hand-computed schools: one test a rule of the field.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <junheng/plugin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "runner.h"

#define S "3301020001"

static const char *const seven[] = {"above_degree_teachers", "backbone_teachers", "pe_art_teachers",
                                    "teaching_area",         "sports_area",       "equipment_value",
                                    "multimedia_rooms"};
static const char *const facilities[] = {"teaching_area", "sports_area", "equipment_value",
                                         "multimedia_rooms"};

// A complete 小学 but for its pupils: 30 with a degree above, 6 backbone, 5 PE and arts, 3400 ㎡, 6000
// ㎡, 1.5 million, 20.
#define PRIMARY_DEGREES                                                                                      \
    "teachers_college_primary=10 teachers_bachelor_primary=18 teachers_master_primary=2 teachers_doctor_primary=0 "
#define JUNIOR_DEGREES "teachers_bachelor_junior=20 teachers_master_junior=5 teachers_doctor_junior=1 "
#define SPECIALISTS "backbone_teachers=6 pe_teachers=2 music_teachers=2 art_teachers=1 "
#define PREMISES                                                                                             \
    "teaching_area=4000 indoor_sports_area=600 gym_area=800 sports_ground_area=5200 equipment_value=1500000 multimedia_rooms=20 "
#define PRIMARY_SCHOOL "school_type=小学 " PRIMARY_DEGREES SPECIALISTS PREMISES
#define NINE_YEAR "school_type=九年一贯制学校 " PRIMARY_DEGREES JUNIOR_DEGREES SPECIALISTS PREMISES

static void compute(struct world *w, const char *more, struct outcome *o)
{
    CLEANUP_FREE char *plugin = plugin_path("resource");
    CLEANUP_FREE char *job = world_job(w, more);
    run_job(plugin, job, o);
    if (o->failure)
        fail_msg("%s", o->failure);
    assert_true(WIFEXITED(o->status));
    assert_int_equal(WEXITSTATUS(o->status), 0);
    assert_int_equal(o->ended, json_array_size(o->measures));
}

static double number(const json_t *m, const char *key)
{
    return json_number_value(json_object_get(m, key));
}

static const json_t *at(const struct outcome *o, const char *indicator, const char *entity, const char *stage)
{
    const json_t *m = find_measure(o, indicator, entity, stage);
    if (!m)
        fail_msg("no %s of %s %s", indicator, entity, stage);
    return m;
}

static void is(const struct outcome *o, const char *indicator, const char *stage, double n, double d,
               unsigned flags)
{
    const json_t *m = at(o, indicator, S, stage);
    CLEANUP_FREE char *text = json_dumps(m, 0);
    if (json_integer_value(json_object_get(m, "state")) != JH_OK ||
        fabs(number(m, "n") - n) > 1e-9 * fabs(n) || number(m, "d") != d || number(m, "flags") != flags)
        fail_msg("expected %.12g / %.12g flags %u, got %s", n, d, flags, text);
}

static void is_not(const struct outcome *o, const char *indicator, const char *stage, int state,
                   const char *missing, const char *note)
{
    const json_t *m = at(o, indicator, S, stage);
    CLEANUP_FREE char *text = json_dumps(m, 0);
    const char *has_missing = json_string_value(json_object_get(m, "missing"));
    const char *has_note = json_string_value(json_object_get(m, "note"));
    if (json_integer_value(json_object_get(m, "state")) != state ||
        strcmp(missing, has_missing ? has_missing : "") != 0 || !strstr(has_note ? has_note : "", note))
        fail_msg("expected state %d missing \"%s\" note \"%s\", got %s", state, missing, note, text);
}

static void all_seven_are(const struct outcome *o, const char *stage, int state, const char *missing,
                          const char *note)
{
    for (size_t i = 0; i < ARRAY_SIZE(seven); i++)
        is_not(o, seven[i], stage, state, missing, note);
}

// Computes over school rows (NULL-terminated) and one roster row, hands the outcome to the test.
static void given(const char *const *rows, const char *roster, const char *job, struct outcome *o)
{
    struct world w;
    world_init(&w);
    for (; *rows; rows++)
        world_add(&w, "school_resource", *rows);
    if (roster)
        world_add(&w, "school", roster);
    compute(&w, job, o);
    world_deinit(&w);
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

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
                 {"{\"options\": {\"kindergarten_weight\": \"0.5\"}}", 0.5},
                 {"{\"options\": {\"kindergarten_weight\": 0}}", 0}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        given(ROWS("school=" S " pupils_primary=500 pupils_kindergarten=100 " PRIMARY_SCHOOL), NULL,
              cases[i].job, &o);
        is(&o, "teaching_area", "primary", 3400 * 500 / (500 + 100 * cases[i].weight), 500, 0);
        is(&o, "backbone_teachers", "primary", 6, 500, 0);
    }
}

static void visiting_teachers_count_only_when_flag_area_and_pupils_agree(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        double pupils, teachers;
    } cases[] = {
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=80 ", 80, 8},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=50 ", 50, 8},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=99 ", 99, 8},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=100 ", 100, 5},
        {"small_rural_50_99=1 area_type=乡村 pupils_primary=49 ", 49, 5},
        {"small_rural_50_99=1 area_type=镇区 pupils_primary=80 ", 80, 5},
        {"small_rural_50_99=0 area_type=乡村 pupils_primary=80 ", 80, 5},
        {"area_type=乡村 pupils_primary=80 ", 80, 5},
        {"small_rural_50_99=1 pupils_primary=80 ", 80, 5},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(outcome_deinit) struct outcome o;
        CLEANUP_FREE char *row =
            str_printf("school=" S " pe_visiting=2 arts_visiting=1 %s" PRIMARY_SCHOOL, cases[i].row);
        given(ROWS(row), NULL, NULL, &o);
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

static void a_new_school_is_tagged_and_counts_in_the_cv_by_default(void **state)
{
    (void)state;
    static const struct {
        const char *row, *roster, *job;
        unsigned flags;
    } cases[] = {
        {"grades=4 ", NULL, NULL, JH_NEW_SCHOOL},
        {"grades=6 ", NULL, NULL, 0},
        {"", "first_enrolment=2020-2021", NULL, JH_NEW_SCHOOL},
        {"", "first_enrolment=2019-2020", NULL, 0},
        {"", "status=新建", NULL, JH_NEW_SCHOOL},
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
        cmocka_unit_test(a_primary_school_is_measured_by_its_raw_totals),
        cmocka_unit_test(junior_teachers_need_a_bachelor_degree),
        cmocka_unit_test(premises_of_a_nine_year_school_are_split_one_to_one_point_one),
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
        cmocka_unit_test(ready_made_ratios_are_judged_as_estimated),
        cmocka_unit_test(a_new_school_is_tagged_and_counts_in_the_cv_by_default),
        cmocka_unit_test(only_the_scopes_of_the_run_are_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
