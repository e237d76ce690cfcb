// SPDX-License-Identifier: Apache-2.0
// The built-in datasets (conf/datasets): every spelling a clerk uses finds its one column.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/paths.h"
#include "catalog/catalog.h"
#include "catalog/header.h"
#include "catalog/texts.h"

static int load(void **state)
{
    CLEANUP_FREE char *dir = paths_data("datasets");
    struct error err = {0};
    if (catalog_load(dir, (struct catalog **)state, &err) < 0) {
        print_error("%s\n", err.msg);
        return -1;
    }
    return 0;
}

static int unload(void **state)
{
    catalog_free(*state);
    return 0;
}

static bool claims(const struct column *c, const char *folded)
{
    for (size_t k = 0; k <= texts_count(c->aliases); k++) {
        CLEANUP(buf_deinit) struct buf b = BUF_INIT;
        header_fold(k == 0 ? c->header : c->aliases[k - 1], &b);
        if (strcmp(buf_str(&b), folded) == 0)
            return true;
    }
    return false;
}

// The id of the one column that the header belongs to; fails the test if there is none or more than one.
static const char *resolve(const struct dataset *d, const char *header)
{
    CLEANUP(buf_deinit) struct buf folded = BUF_INIT;
    header_fold(header, &folded);
    const char *found = NULL;
    for (size_t i = 0; i < d->n_columns; i++) {
        if (!claims(&d->columns[i], buf_str(&folded)))
            continue;
        if (found)
            fail_msg("%s belongs to %s and to %s", header, found, d->columns[i].id);
        found = d->columns[i].id;
    }
    if (!found)
        fail_msg("no column of %s for %s", d->id, header);
    return found;
}

struct header_case {
    const char *header, *id;
};

static void resolves_all(const struct dataset *d, const struct header_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_string_equal(resolve(d, cases[i].header), cases[i].id);
}

// The 68 items, exactly as printed in the office's form.
static const struct header_case school_form[] = {
    {"学校名称", "school_name"},
    {"学校类型", "school_type"},
    {"学校代码", "school"},
    {"建校时间", "founded_year"},
    {"是否2010年及之前规划并建成", "built_by_2010"},
    {"是否2016年及之前规划并建成", "built_by_2016"},
    {"是否人口密度过高的大城市中心城区学校", "crowded_city_centre"},
    {"是否50人及以上但不足100人的乡村小规模学校和教学点", "small_rural_50_99"},
    {"是否最大班额低于30人的农村小规模学校", "largest_class_under_30"},
    {"小学学生人数", "pupils_primary"},
    {"初中学生人数", "pupils_junior"},
    {"进城务工人员随迁子女在校生人数", "migrant_pupils"},
    {"家庭住址在划片范围内的在校学生人数（小学）", "zone_pupils_primary"},
    {"家庭住址在划片范围内的在校学生人数（初中）", "zone_pupils_junior"},
    {"班级总数", "classes"},
    {"每班25人以下班级个数", "classes_25"},
    {"每班26-30人班级个数", "classes_26"},
    {"每班31-35人班级个数", "classes_31"},
    {"每班36-40人班级个数", "classes_36"},
    {"每班41-45人班级个数", "classes_41"},
    {"每班46-50人班级个数", "classes_46"},
    {"每班51-55人班级个数", "classes_51"},
    {"每班56-60人班级个数", "classes_56"},
    {"每班61-65人班级个数", "classes_61"},
    {"每班66人以上班级个数", "classes_66"},
    {"专任教师总人数", "teachers"},
    {"专科学历教师人数（小学）", "teachers_college_primary"},
    {"本科学历教师人数（小学）", "teachers_bachelor_primary"},
    {"本科学历教师人数（初中）", "teachers_bachelor_junior"},
    {"硕士学历教师人数（小学）", "teachers_master_primary"},
    {"硕士学历教师人数（初中）", "teachers_master_junior"},
    {"博士研究生学历教师人数（小学）", "teachers_doctor_primary"},
    {"博士研究生学历教师人数（初中）", "teachers_doctor_junior"},
    {"县级及以上骨干教师数", "backbone_teachers"},
    {"持有教师资格证的专任教师人数", "certified_teachers"},
    {"近5年培训满360学时专任教师人数", "trained_360"},
    {"体育专任教师人数", "pe_teachers"},
    {"音乐专任教师人数", "music_teachers"},
    {"美术专任教师人数", "art_teachers"},
    {"艺术专任教师人数", "arts_teachers"},
    {"体育交流轮岗/兼职/走教教师人数", "pe_visiting"},
    {"音乐交流轮岗/兼职/走教教师人数", "music_visiting"},
    {"美术交流轮岗/兼职/走教教师人数", "art_visiting"},
    {"艺术交流轮岗/兼职/走教教师人数", "arts_visiting"},
    {"教学及辅助用房总面积", "teaching_area"},
    {"室内体育用房面积", "indoor_sports_area"},
    {"学校体育馆面积", "gym_area"},
    {"校内体育场面积", "sports_ground_area"},
    {"校外租赁场馆面积", "leased_sports_area"},
    {"校内其他体育场面积", "other_sports_area"},
    {"教学仪器设备资产值（账面原值）", "equipment_value"},
    {"网络多媒体教室间数", "multimedia_rooms"},
    {"音乐教室总间数", "music_rooms"},
    {"单间面积≥96㎡的音乐教室间数", "music_rooms_96"},
    {"73㎡≤单间面积＜96㎡的音乐教室间数", "music_rooms_73"},
    {"61㎡≤单间面积＜73㎡的音乐教室间数", "music_rooms_61"},
    {"美术教室总间数", "art_rooms"},
    {"单间面积≥90㎡的美术教室间数", "art_rooms_90"},
    {"67㎡≤单间面积＜90㎡的美术教室间数", "art_rooms_67"},
    {"61㎡≤单间面积＜67㎡的美术教室间数", "art_rooms_61"},
    {"上一年度公用经费预算总额", "funding_budget"},
    {"上一年度公用经费决算总额", "funding_final"},
    {"上一年度教师培训经费预算总额", "training_budget"},
    {"本届毕业学生人数", "graduates"},
    {"毕业年级初一时在校学生数", "cohort_entered"},
    {"毕业年级三年转入学生数", "cohort_in"},
    {"毕业年级三年转出学生数", "cohort_out"},
    {"毕业年级三年死亡学生数", "cohort_died"},
};

static void every_item_of_the_school_form_has_its_column(void **state)
{
    assert_int_equal(ARRAY_SIZE(school_form), 68);
    resolves_all(catalog_dataset(*state, "school_resource"), school_form, ARRAY_SIZE(school_form));
}

// The reader tries the header with the block's stage in brackets, then the header alone.
static void every_header_of_table_ii_2_has_its_column(void **state)
{
    static const struct header_case form[] = {
        {"学校名称", "school_name"},
        {"举办者 类型", "sponsor"},
        {"在校生数（小学）", "pupils_primary"},
        {"在校生数（初中）", "pupils_junior"},
        {"年级数（小学）", "grades_primary"},
        {"班级数（初中）", "classes_junior"},
        {"每百名学生拥有高于规定学历教师数（小学）", "ratio_above_degree_teachers_primary"},
        {"每百名学生拥有县级及以上骨干教师数（初中）", "ratio_backbone_teachers_junior"},
        {"每百名学生拥有体育、艺术 (美术、音乐)专任教师数（小学）", "ratio_pe_art_teachers_primary"},
        {"生均教学及辅助用 房面积（小学）", "ratio_teaching_area_primary"},
        {"生均体育运动场馆面积（小学）", "ratio_sports_area_primary"},
        {"生均教学仪器设备值（初中）", "ratio_equipment_value_junior"},
        {"每百名学生拥有网络多媒体 教室数（初中）", "ratio_multimedia_rooms_junior"},
        {"该校综合评估是否达标（小学）", "declared_pass_primary"},
        {"备注（注 明有哪几项指标达标，哪几项指标达    到 85%）（初中）", "remark_junior"},
    };
    resolves_all(catalog_dataset(*state, "school_resource"), form, ARRAY_SIZE(form));
}

static void headers_match_however_they_are_written(void **state)
{
    static const struct header_case cases[] = {
        {"学 校 名 称", "school_name"},
        {"学校\n代码", "school"},
        {"学校(机构)标识码", "school"},
        {"体育专任教师人数(小学)", "pe_teachers_primary"},
        {"小学体育专任教师人数", "pe_teachers_primary"},
        {"每班２６－３０人班级个数", "classes_26"},
        {"每班26—30人班级个数（初中）", "classes_26_junior"},
        {"单间面积≥96平方米的音乐教室间数", "music_rooms_96"},
        {"73m²≤单间面积<96m2的音乐教室间数", "music_rooms_73"},
        {"教学仪器设备资产值(账面原值)（小学）", "equipment_value_primary"},
        {"县级以上骨干教师数", "backbone_teachers"},
        {"班级数（小学）", "classes_primary"},
        {"专任教师人数（初中）", "teachers_junior"},
        {"是否计入学校数", "counts_as_school"},
    };
    resolves_all(catalog_dataset(*state, "school_resource"), cases, ARRAY_SIZE(cases));
}

static void every_header_and_alias_resolves_uniquely(void **state)
{
    const struct catalog *c = *state;
    size_t n = 0;
    for (size_t i = 0; i < c->n_datasets; i++) {
        for (size_t k = 0; k < c->datasets[i]->n_columns; k++) {
            const struct column *col = &c->datasets[i]->columns[k];
            assert_string_equal(resolve(c->datasets[i], col->header), col->id);
            for (size_t a = 0; a < texts_count(col->aliases); a++, n++)
                assert_string_equal(resolve(c->datasets[i], col->aliases[a]), col->id);
        }
    }
    assert_true(n > 400);
}

static const char *canonical(const struct column *c, const char *text)
{
    for (size_t i = 0; i < c->n_values; i++) {
        if (strcmp(c->values[i].value, text) == 0 || texts_has(c->values[i].synonyms, text))
            return c->values[i].value;
    }
    return "";
}

static void code_lists_know_the_usual_words(void **state)
{
    static const struct {
        const char *column, *text, *value;
    } cases[] = {
        {"school_type", "小学", "小学"},
        {"school_type", "初级中学", "初中"},
        {"school_type", "九年一贯制", "九年一贯制学校"},
        {"school_type", "九年制", "九年一贯制学校"},
        {"school_type", "十二年一贯制", "十二年一贯制学校"},
        {"school_type", "完中", "完全中学"},
        {"school_type", "小学教学点", "教学点"},
        {"school_type", "高级中学", "高级中学"},
        {"area_type", "111", "城区"},
        {"area_type", "112", "城区"},
        {"area_type", "121", "镇区"},
        {"area_type", "122", "镇区"},
        {"area_type", "123", "镇区"},
        {"area_type", "210", "乡村"},
        {"area_type", "220", "乡村"},
        {"sponsor", "1", "中央教育部门"},
        {"sponsor", "7", "县级教育部门"},
        {"sponsor", "9", "地方企业"},
        {"sponsor", "10", "民办"},
        {"ownership", "民办", "民办"},
    };
    static const char *const datasets[] = {"school", "school_resource"};
    for (size_t d = 0; d < ARRAY_SIZE(datasets); d++) {
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
            const struct column *c = dataset_column(catalog_dataset(*state, datasets[d]), cases[i].column);
            assert_non_null(c);
            assert_string_equal(canonical(c, cases[i].text), cases[i].value);
        }
    }
}

static void ids_that_other_parts_rely_on_are_there(void **state)
{
    static const char *const school[] = {"school_year",
                                         "county",
                                         "county_name",
                                         "school",
                                         "school_name",
                                         "school_type",
                                         "ownership",
                                         "sponsor",
                                         "subordination",
                                         "area_type",
                                         "school_system",
                                         "founded_year",
                                         "built_by_2010",
                                         "built_by_2016",
                                         "boarding",
                                         "migrant_school",
                                         "purchased_service",
                                         "counts_as_school",
                                         "parent_school",
                                         "status",
                                         "status_date",
                                         "merged_into",
                                         "first_enrolment",
                                         "recognition_unit",
                                         "township",
                                         "education_group",
                                         "inspection_area",
                                         "inspector",
                                         "head",
                                         "phone",
                                         "credit_code"};
    static const char *const by_stage[] = {"classes",           "teachers",           "backbone_teachers",
                                           "pe_teachers",       "music_teachers",     "art_teachers",
                                           "arts_teachers",     "teaching_area",      "indoor_sports_area",
                                           "gym_area",          "sports_ground_area", "leased_sports_area",
                                           "other_sports_area", "equipment_value",    "multimedia_rooms"};
    static const char *const stage_only[] = {
        "zone_pupils",           "teachers_bachelor",           "teachers_master",
        "teachers_doctor",       "ratio_above_degree_teachers", "ratio_backbone_teachers",
        "ratio_pe_art_teachers", "ratio_teaching_area",         "ratio_sports_area",
        "ratio_equipment_value", "ratio_multimedia_rooms"};
    const struct dataset *s = catalog_dataset(*state, "school"),
                         *r = catalog_dataset(*state, "school_resource");
    for (size_t i = 0; i < ARRAY_SIZE(school); i++)
        assert_non_null(dataset_column(s, school[i]));
    for (size_t i = 0; i < ARRAY_SIZE(by_stage) + ARRAY_SIZE(stage_only); i++) {
        bool both = i < ARRAY_SIZE(by_stage);
        const char *id = both ? by_stage[i] : stage_only[i - ARRAY_SIZE(by_stage)];
        CLEANUP_FREE char *primary = str_printf("%s_primary", id), *junior = str_printf("%s_junior", id);
        assert_int_equal(dataset_column(r, id) != NULL, both);
        assert_int_equal(dataset_column(r, primary)->stage, STAGE_PRIMARY);
        assert_int_equal(dataset_column(r, junior)->stage, STAGE_JUNIOR);
        if (both)
            assert_string_equal(dataset_column(r, primary)->base, id);
        else
            assert_null(dataset_column(r, primary)->base);
    }
}

static void equipment_is_written_in_ten_thousands_and_stored_in_yuan(void **state)
{
    const struct dataset *r = catalog_dataset(*state, "school_resource");
    static const char *const ids[] = {"equipment_value", "equipment_value_primary", "funding_budget"};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        const struct column *c = dataset_column(r, ids[i]);
        assert_string_equal(c->unit, "万元");
        assert_string_equal(c->stored_unit, "元");
        assert_int_equal(c->unit_shift, 4);
    }
    assert_int_equal(dataset_column(r, "ratio_equipment_value_primary")->unit_shift, 0);
    assert_string_equal(dataset_column(r, "teaching_area")->stored_unit, "㎡");
}

static void what_is_owed_depends_on_the_school(void **state)
{
    const struct dataset *r = catalog_dataset(*state, "school_resource");
    const struct column *c = dataset_column(r, "pupils_senior");
    assert_int_equal(c->owed, OWED_WHEN);
    assert_string_equal(c->owed_when[0].column, "school_type");
    assert_string_equal(c->owed_when[0].values[1], "十二年一贯制学校");
    assert_int_equal(c->owed_stage, STAGE_NONE);
    c = dataset_column(r, "zone_pupils_junior");
    assert_int_equal(c->owed, OWED_WHEN);
    assert_int_equal(c->owed_stage, STAGE_JUNIOR);
    assert_int_equal(c->n_owed_when, 2);
    c = dataset_column(r, "teachers_college_primary");
    assert_int_equal(c->owed_stage, STAGE_PRIMARY);
    assert_int_equal(dataset_column(r, "pupils_primary")->owed_stage, STAGE_PRIMARY);
    assert_int_equal(dataset_column(r, "teaching_area")->owed, OWED_ALWAYS);
    assert_int_equal(dataset_column(r, "teaching_area_primary")->owed, OWED_NO);
    assert_int_equal(dataset_column(r, "arts_teachers")->owed, OWED_NO);
    assert_true(dataset_column(r, "pe_visiting")->none_is_zero);
    assert_string_equal(dataset_column(r, "counts_as_school")->default_value, "1");
    assert_string_equal(dataset_column(r, "small_rural_50_99")->default_value, "0");
    assert_string_equal(dataset_column(r, "parent_school")->owed_when[0].values[0], "0");
}

static const struct check *check_of(const struct dataset *d, const char *id)
{
    for (size_t i = 0; i < d->n_checks; i++) {
        if (strcmp(d->checks[i].id, id) == 0)
            return &d->checks[i];
    }
    fail_msg("no check %s", id);
    return NULL;
}

static void cross_checks_are_as_the_office_declares_them(void **state)
{
    const struct dataset *r = catalog_dataset(*state, "school_resource");
    const struct check *k = check_of(r, "degrees_within_teachers");
    assert_int_equal(texts_count(k->left), 7);
    assert_string_equal(k->right[0], "teachers");
    assert_int_equal(k->op, '<');
    assert_int_equal(k->level, CHECK_REFUSE);
    assert_true(k->missing_is_zero);
    k = check_of(r, "class_bands_over_form");
    assert_string_equal(k->only, "form");
    assert_int_equal(k->level, CHECK_REFUSE);
    assert_int_equal(texts_count(k->left), 10);
    assert_int_equal(check_of(r, "class_bands_over_wide")->level, CHECK_ASK);
    k = check_of(r, "founded_after_2016");
    assert_true(k->constant == 2016);
    assert_int_equal(texts_count(k->right), 0);
    assert_string_equal(k->when[0].values[0], "1");
    assert_true(check_of(r, "cohort_explained")->tolerance == 0.05);
    assert_int_equal(check_of(r, "gym_within_indoor")->level, CHECK_ASK);
    assert_int_equal(check_of(r, "primary_school_pupils")->level, CHECK_REFUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_of_the_school_form_has_its_column),
        cmocka_unit_test(every_header_of_table_ii_2_has_its_column),
        cmocka_unit_test(headers_match_however_they_are_written),
        cmocka_unit_test(every_header_and_alias_resolves_uniquely),
        cmocka_unit_test(code_lists_know_the_usual_words),
        cmocka_unit_test(ids_that_other_parts_rely_on_are_there),
        cmocka_unit_test(equipment_is_written_in_ten_thousands_and_stored_in_yuan),
        cmocka_unit_test(what_is_owed_depends_on_the_school),
        cmocka_unit_test(cross_checks_are_as_the_office_declares_them),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
