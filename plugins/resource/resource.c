/* SPDX-License-Identifier: Apache-2.0 */
/* 资源配置: the seven indicators of 义务教育优质均衡, per school and stage (教督〔2017〕6号). */
#include "indicator.h"
#include "setting.h"
#include "unit.h"

#define PUPIL_COLUMNS "school_resource.pupils_primary school_resource.pupils_junior"
#define SPLIT_COLUMNS " school_resource.pupils_senior school_resource.pupils_kindergarten"
#define TEACHER_COLUMNS                                                                                      \
    " school_resource.teachers school_resource.teachers_primary school_resource.teachers_junior"
#define STAGED(id) " school_resource." id " school_resource." id "_primary school_resource." id "_junior"
#define CLAUSE(n) "教督〔2017〕6号 资源配置第（" n "）项"
#define OF_STAGES(clause, primary, junior)                                                                   \
    {.stage = JH_PRIMARY, .value = (primary), .basis = clause},                                              \
    {                                                                                                        \
        .stage = JH_JUNIOR, .value = (junior), .basis = clause                                               \
    }

static const struct jh_threshold above_degree[] = {OF_STAGES(CLAUSE("一"), 4.2, 5.3)};
static const struct jh_threshold backbone[] = {OF_STAGES(CLAUSE("二"), 1, 1)};
static const struct jh_threshold pe_art[] = {OF_STAGES(CLAUSE("三"), 0.9, 0.9)};
static const struct jh_threshold teaching_area[] = {OF_STAGES(CLAUSE("四"), 4.5, 5.8)};
static const struct jh_threshold sports_area[] = {OF_STAGES(CLAUSE("五"), 7.5, 10.2)};
static const struct jh_threshold equipment[] = {OF_STAGES(CLAUSE("六"), 2000, 2500)};
static const struct jh_threshold rooms[] = {OF_STAGES(CLAUSE("七"), 2.3, 2.4)};

#define PER_SCHOOL                                                                                           \
    .kind = JH_MEASURE, .level = JH_SCHOOL, .op = JH_AT_LEAST, .stages = JH_PRIMARY | JH_JUNIOR, .decimals = 2

static const struct jh_indicator indicators[] = {
    {.id = "resource.above_degree_teachers",
     .title = "每百名学生拥有高于规定学历教师数",
     .unit = "人",
     .formula = "小学：专科及以上学历教师数÷小学学生数×100；初中：本科及以上学历教师数÷初中学生数×100",
     .inputs =
         PUPIL_COLUMNS " school_resource.teachers_college_primary school_resource.teachers_bachelor_primary "
                       "school_resource.teachers_bachelor_junior school_resource.teachers_master_primary "
                       "school_resource.teachers_master_junior school_resource.teachers_doctor_primary "
                       "school_resource.teachers_doctor_junior",
     .thresholds = JH_ARRAY(above_degree),
     .scale = 100,
     .flags = JH_WITH_CV | JH_WITH_FLOOR | JH_WHOLE_GAP,
     PER_SCHOOL},
    {.id = "resource.backbone_teachers",
     .title = "每百名学生拥有县级以上骨干教师数",
     .unit = "人",
     .formula = "县级及以上骨干教师数÷学生数×100",
     .inputs = PUPIL_COLUMNS STAGED("backbone_teachers") TEACHER_COLUMNS,
     .thresholds = JH_ARRAY(backbone),
     .scale = 100,
     .flags = JH_WITH_CV | JH_WITH_FLOOR | JH_WHOLE_GAP,
     PER_SCHOOL},
    {.id = "resource.pe_art_teachers",
     .title = "每百名学生拥有体育、艺术（美术、音乐）专任教师数",
     .unit = "人",
     .formula = "（体育＋音乐＋美术＋艺术专任教师数，乡村小规模学校另加交流轮岗、兼职、走教教师）÷学生数×100",
     .inputs = PUPIL_COLUMNS STAGED("pe_teachers") STAGED("music_teachers") STAGED("art_teachers")
         STAGED("arts_teachers") TEACHER_COLUMNS
     " school_resource.pe_visiting school_resource.music_visiting school_resource.art_visiting "
     "school_resource.arts_visiting school_resource.small_rural_50_99",
     .thresholds = JH_ARRAY(pe_art),
     .scale = 100,
     .flags = JH_WITH_CV | JH_WITH_FLOOR | JH_WHOLE_GAP,
     PER_SCHOOL},
    {.id = "resource.teaching_area",
     .title = "生均教学及辅助用房面积",
     .unit = "㎡",
     .formula = "（教学及辅助用房总面积－室内体育用房面积）÷学生数",
     .inputs = PUPIL_COLUMNS SPLIT_COLUMNS STAGED("teaching_area") STAGED("indoor_sports_area"),
     .thresholds = JH_ARRAY(teaching_area),
     .scale = 1,
     .flags = JH_WITH_CV | JH_WITH_FLOOR,
     PER_SCHOOL},
    {.id = "resource.sports_area",
     .title = "生均体育运动场馆面积",
     .unit = "㎡",
     .formula =
         "（学校体育馆面积＋校内体育场面积，人口密度过高的大城市中心城区学校另加校外租赁和校内其他场馆）÷学生数",
     .inputs = PUPIL_COLUMNS SPLIT_COLUMNS STAGED("gym_area") STAGED("sports_ground_area")
         STAGED("leased_sports_area") STAGED("other_sports_area") " school_resource.crowded_city_centre",
     .thresholds = JH_ARRAY(sports_area),
     .scale = 1,
     .flags = JH_WITH_CV | JH_WITH_FLOOR,
     PER_SCHOOL},
    {.id = "resource.equipment_value",
     .title = "生均教学仪器设备值",
     .unit = "元",
     .formula = "教学仪器设备资产值（账面原值）÷学生数",
     .inputs = PUPIL_COLUMNS SPLIT_COLUMNS STAGED("equipment_value"),
     .thresholds = JH_ARRAY(equipment),
     .scale = 1,
     .flags = JH_WITH_CV | JH_WITH_FLOOR,
     PER_SCHOOL},
    {.id = "resource.multimedia_rooms",
     .title = "每百名学生拥有网络多媒体教室数",
     .unit = "间",
     .formula = "网络多媒体教室间数÷学生数×100",
     .inputs = PUPIL_COLUMNS SPLIT_COLUMNS STAGED("multimedia_rooms"),
     .thresholds = JH_ARRAY(rooms),
     .scale = 100,
     .flags = JH_WITH_CV | JH_WITH_FLOOR | JH_WHOLE_GAP,
     PER_SCHOOL},
    {.id = "resource.school_rule",
     .title = "资源配置综合要求",
     .unit = "项",
     .formula = "7 项指标至少 6 项达标，余项不低于标准的 85%",
     .members =
         "resource.above_degree_teachers resource.backbone_teachers resource.pe_art_teachers resource.teaching_area "
         "resource.sports_area resource.equipment_value resource.multimedia_rooms",
     .cv_mean = "resource.cv",
     .scale = 1,
     .kind = JH_RULE,
     .level = JH_SCHOOL,
     .op = JH_AT_LEAST,
     .stages = JH_PRIMARY | JH_JUNIOR,
     .flags = JH_ALERTS | JH_WITH_RATE,
     .pass_min = 6},
};

static const struct jh_input inputs[] = {{.dataset = "school_resource"}, {.dataset = "school"}};

static const struct jh_option options[] = {
    {.name = "new_school_in_cv",
     .default_text = "yes",
     .help = "新建未满年级的学校是否计入差异系数（计入时同时给出不含新建校的差异系数）",
     .type = JH_OPTION_BOOL},
};

static int compute(struct jh_run *run)
{
    struct settings_list settings = {0};
    settings_read(run, &settings);
    each_school(run, emit_school, &settings);
    settings_free(&settings);
    return 0;
}

const struct jh_plugin junheng_plugin = {
    JH_PLUGIN_HEAD,
    .name = "resource",
    .version = "1.0",
    .title = "资源配置",
    .indicators = JH_ARRAY(indicators),
    .inputs = JH_ARRAY(inputs),
    .options = JH_ARRAY(options),
    .compute = compute,
    .settings = JH_ARRAY(setting_declared),
};
