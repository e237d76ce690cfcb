// SPDX-License-Identifier: Apache-2.0
// What a plugin describes becomes part of the catalogue, or is refused in one sentence.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/paths.h"
#include "catalog/catalog.h"
#include "catalog/texts.h"
#include "junheng/plugin.h"

static int load(void **state)
{
    CLEANUP_FREE char *dir = paths_data("datasets");
    struct error err = {0};
    return catalog_load(dir, (struct catalog **)state, &err);
}

static int unload(void **state)
{
    catalog_free(*state);
    return 0;
}

static int add(struct catalog *c, json_t *j, struct error *err)
{
    assert_non_null(j);
    int r = catalog_add_plugin(c, j, "/p/x.so", "abc", err);
    json_decref(j);
    return r;
}

static json_t *describe(const char *datasets, const char *indicators)
{
    CLEANUP_FREE char *text =
        str_printf("{\"abi\":[1,0],\"name\":\"local\",\"version\":\"1\",\"title\":\"本地\","
                   "\"datasets\":[%s],\"indicators\":[%s],\"inputs\":[],\"options\":[]}",
                   datasets, indicators);
    json_error_t e;
    json_t *j = json_loads(text, 0, &e);
    if (!j)
        fail_msg("%s in %s", e.text, text);
    return j;
}

#define FLAGS_MEASURE "11" // JH_WITH_CV | JH_WITH_RATE | JH_WHOLE_GAP
#define AREA                                                                                                       \
    "{\"id\":\"local.area\",\"title\":\"生均面积\",\"unit\":\"㎡\",\"formula\":\"面积÷人数\","           \
    "\"inputs\":\"school_resource.pupils_primary school_resource.teaching_area\",\"kind\":0,\"level\":0,\"op\":0," \
    "\"stages\":3,\"flags\":" FLAGS_MEASURE                                                                        \
    ",\"decimals\":2,\"scale\":1,\"thresholds\":[{\"stage\":1,\"value\":4.5,"                                      \
    "\"basis\":\"本地\"},{\"stage\":2,\"value\":5.8}]}"
#define ROOMS                                                                                                \
    "{\"id\":\"local.rooms\",\"title\":\"每百人教室\",\"kind\":0,\"level\":0,\"stages\":3,\"flags\":1,\"scale\":100}"
#define RULE                                                                                                 \
    "{\"id\":\"local.rule\",\"title\":\"综合要求\",\"kind\":1,\"level\":0,\"stages\":3,\"flags\":18,"    \
    "\"members\":\"local.area local.rooms\",\"pass_min\":1,\"cv_mean\":\"local.cv\"}"

static void indicators_bring_those_derived_from_them(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    if (add(c, describe("", AREA "," ROOMS "," RULE), &err) < 0)
        fail_msg("%s", err.msg);
    const struct indicator *area = catalog_indicator(c, "local.area");
    assert_int_equal(area->stages, 1u << STAGE_PRIMARY | 1u << STAGE_JUNIOR);
    assert_true(area->whole_gap && area->with_cv && area->with_rate && !area->with_floor && !area->alerts);
    assert_string_equal(area->inputs[1], "school_resource.teaching_area");
    assert_int_equal(area->n_thresholds, 2);
    assert_int_equal(area->thresholds[1].stage, STAGE_JUNIOR);
    assert_true(area->thresholds[0].value == 4.5);

    const struct indicator *cv = catalog_indicator(c, "local.area.cv");
    assert_string_equal(cv->title, "生均面积差异系数");
    assert_string_equal(cv->parent, "local.area");
    assert_string_equal(cv->plugin, "local");
    assert_int_equal(cv->kind, INDICATOR_CV);
    assert_int_equal(cv->level, LEVEL_COUNTY);
    assert_int_equal(cv->op, OP_AT_MOST);
    assert_int_equal(cv->stages, area->stages);

    const struct indicator *rate = catalog_indicator(c, "local.area.rate");
    assert_string_equal(rate->title, "生均面积达标率");
    assert_int_equal(rate->kind, INDICATOR_RATE);
    assert_null(catalog_indicator(c, "local.rooms.rate"));
    assert_non_null(catalog_indicator(c, "local.rule.rate"));
    assert_null(catalog_indicator(c, "local.rule.cv"));

    const struct indicator *mean = catalog_indicator(c, "local.cv");
    assert_string_equal(mean->title, "综合差异系数");
    assert_int_equal(mean->kind, INDICATOR_CV_MEAN);
    assert_string_equal(mean->members[0], "local.area.cv");
    assert_string_equal(mean->members[1], "local.rooms.cv");
    assert_string_equal(mean->parent, "local.rule");
    assert_int_equal(mean->n_thresholds, 0);
    assert_string_equal(catalog_plugin(c, "local")->path, "/p/x.so");
}

// 18 = JH_WITH_RATE | JH_ALERTS: the rule alerts, its members do not.
static void a_spread_alerts_where_the_rule_over_it_does(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    assert_int_equal(add(c, describe("", AREA "," ROOMS "," RULE), &err), 0);
    assert_true(catalog_indicator(c, "local.rule")->alerts);
    assert_true(catalog_indicator(c, "local.area.cv")->alerts);
    assert_true(catalog_indicator(c, "local.rooms.cv")->alerts);
    assert_false(catalog_indicator(c, "local.area")->alerts);
    assert_false(catalog_indicator(c, "local.area.rate")->alerts);
    assert_false(catalog_indicator(c, "local.cv")->alerts);
}

static void a_spread_without_a_rule_stays_quiet(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    assert_int_equal(add(c, describe("", AREA), &err), 0);
    assert_false(catalog_indicator(c, "local.area.cv")->alerts);
}

static void a_new_dataset_is_made_with_its_stage_columns(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    int r = add(
        c,
        describe(
            "{\"id\":\"dorm\",\"title\":\"宿舍\",\"period\":2,\"columns\":["
            "{\"id\":\"school\",\"header\":\"学校代码\",\"aliases\":\"标识码|机构代码\",\"type\":0,\"flags\":5},"
            "{\"id\":\"kind\",\"header\":\"类型\",\"type\":5,\"flags\":0,\"values\":\"小学|初中=初级中学=初中部\"},"
            "{\"id\":\"beds\",\"header\":\"床位数\",\"type\":1,\"unit\":\"个\",\"flags\":20,\"min\":0,\"max\":900},"
            "{\"id\":\"money\",\"header\":\"投入\",\"type\":2,\"unit\":\"万元\",\"flags\":0}]}",
            ""),
        &err);
    if (r < 0)
        fail_msg("%s", err.msg);
    const struct dataset *d = catalog_dataset(c, "dorm");
    assert_int_equal(d->period, PERIOD_SCHOOL_YEAR);
    assert_int_equal(d->n_columns, 6);
    assert_string_equal(dataset_column(d, "school")->aliases[1], "机构代码");
    assert_true(dataset_column(d, "school")->key);
    assert_string_equal(dataset_column(d, "kind")->values[1].synonyms[1], "初中部");
    assert_int_equal(dataset_column(d, "beds")->owed, OWED_ALWAYS);
    assert_true(dataset_column(d, "beds")->has_max);
    assert_string_equal(dataset_column(d, "beds_junior")->header, "床位数（初中）");
    assert_int_equal(dataset_column(d, "money")->unit_shift, 4);
}

static void a_shared_dataset_is_united(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    size_t before = catalog_dataset(c, "school_resource")->n_columns;
    int r = add(
        c,
        describe(
            "{\"id\":\"school_resource\",\"title\":\"学校资源\",\"period\":2,\"columns\":["
            "{\"id\":\"books\",\"header\":\"馆藏册数\",\"type\":1,\"flags\":4},"
            "{\"id\":\"pupils_senior\",\"header\":\"高中学生人数\",\"type\":1,\"unit\":\"人\",\"flags\":4},"
            "{\"id\":\"pe_visiting\",\"header\":\"走教体育教师\",\"type\":1,\"flags\":4},"
            "{\"id\":\"pianos\",\"header\":\"钢琴台数\",\"type\":1,\"unit\":\"台\",\"flags\":0}]}",
            ""),
        &err);
    if (r < 0)
        fail_msg("%s", err.msg);
    const struct dataset *d = catalog_dataset(c, "school_resource");
    assert_int_equal(d->n_columns, before + 1);
    assert_true(texts_has(dataset_column(d, "books")->aliases, "馆藏册数"));
    assert_int_equal(dataset_column(d, "books")->owed, OWED_ALWAYS);
    // What the built-in dataset says more exactly stays, and an item that exists for a relief is never
    // chased.
    assert_int_equal(dataset_column(d, "pupils_senior")->owed, OWED_WHEN);
    assert_int_equal(dataset_column(d, "pe_visiting")->owed, OWED_NO);
    assert_non_null(dataset_column(d, "pianos"));
}

#define SHARED(period, columns)                                                                              \
    "{\"id\":\"school_resource\",\"title\":\"x\",\"period\":" period ",\"columns\":[" columns "]}"
#define ONE(fields) "{\"id\":\"local.x\",\"title\":\"x\",\"kind\":0,\"level\":0,\"flags\":0" fields "}"

static const struct {
    const char *datasets, *indicators, *message;
} complaints[] = {
    {SHARED("1", ""), "",
     "plugin local: dataset school_resource is of period year here, but school_year where it is declared already"},
    {SHARED("2", "{\"id\":\"teachers\",\"header\":\"x\",\"type\":0,\"flags\":0}"), "",
     "plugin local: dataset school_resource: column teachers is of type text here, but integer where it is declared "
     "already"},
    {SHARED("2", "{\"id\":\"teaching_area\",\"header\":\"x\",\"type\":2,\"unit\":\"间\",\"flags\":0}"), "",
     "plugin local: dataset school_resource: column teaching_area is stored in 间 here, but in ㎡ where it is declared "
     "already"},
    {SHARED(
         "2",
         "{\"id\":\"room\",\"header\":\"x\",\"type\":0,\"flags\":1},{\"id\":\"school\",\"header\":\"学校代码\","
         "\"type\":0,\"flags\":1},{\"id\":\"campus\",\"header\":\"校区代码\",\"type\":0,\"flags\":1}"),
     "", "plugin local: dataset school_resource: column room is not part of the key that the dataset has"},
    {SHARED("2", "{\"id\":\"school\",\"header\":\"学校代码\",\"type\":0,\"flags\":1}"), "",
     "plugin local: dataset school_resource: column campus belongs to the key there; mark it as key, or no column at "
     "all"},
    {SHARED("2", "{\"id\":\"pianos\",\"header\":\"学校名称\",\"type\":1,\"flags\":0}"), "",
     "plugin local: dataset school_resource: pianos claims the header \"学校名称\", which school_name has already"},
    {SHARED("2", "{\"id\":\"pianos\",\"header\":\"x\",\"type\":99,\"flags\":0}"), "",
     "plugin local: dataset school_resource: column pianos: \"type\": expected a whole number from 0 to 7"},
    {SHARED("2", "{\"header\":\"x\",\"type\":1,\"flags\":0}"), "",
     "plugin local: dataset school_resource: column number 1: \"id\": expected a text, got nothing"},
    {"{\"id\":\"dorm\",\"title\":\"x\",\"period\":2,\"columns\":[{\"id\":\"beds\",\"header\":\"x\",\"type\":1}]}",
     "", "plugin local: dataset dorm: no column is marked as key"},
    {"{\"id\":\"dorm\",\"period\":2,\"columns\":[]}", "",
     "plugin local: dataset dorm: \"title\": expected a text, got nothing"},
    {"", ONE(",\"inputs\":\"dorm.beds\""),
     "plugin local: indicator local.x: input dorm.beds: there is no dataset dorm"},
    {"", ONE(",\"inputs\":\"school.beds\""),
     "plugin local: indicator local.x: input school.beds: dataset school has no such column"},
    {"", ONE(",\"op\":7"), "plugin local: indicator local.x: \"op\": expected a whole number from 0 to 2"},
    {"", ONE(",\"thresholds\":[{\"stage\":3,\"value\":1}]"),
     "plugin local: indicator local.x: \"stage\": expected one stage for each threshold, or 0"},
    {"", ONE(",\"members\":\"local.y\""),
     "plugin local: indicator local.x: \"members\": expected none: only rules have members and a cv_mean"},
    {"", ONE("") "," ONE(""), "plugin local: indicator local.x is declared by plugin local already"},
    {"", "{\"id\":\"Local\",\"title\":\"x\"}",
     "plugin local: indicator \"Local\": expected a dotted id of small letters, digits and _, such as "
     "local.dormitory_area"},
    {"", "{\"id\":\"local.r\",\"title\":\"x\",\"kind\":1,\"members\":\"local.y\",\"pass_min\":1}",
     "plugin local: indicator local.r: there is no indicator local.y to be a member"},
    {"", "{\"id\":\"local.r\",\"title\":\"x\",\"kind\":1,\"members\":\"local.x\",\"pass_min\":2}",
     "plugin local: indicator local.r: \"pass_min\": expected members, and not more to pass than there are"},
    {"",
     ONE("") ",{\"id\":\"local.r\",\"title\":\"x\",\"kind\":1,\"members\":\"local.x\",\"cv_mean\":\"local.cv\"}",
     "plugin local: indicator local.r: cv_mean needs a .cv of local.x, which has none"},
};

static void complaints_name_plugin_dataset_and_column(void **state)
{
    struct catalog *c = *state;
    json_t *before = catalog_to_json(c);
    for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
        struct error err = {0};
        assert_true(add(c, describe(complaints[i].datasets, complaints[i].indicators), &err) < 0);
        assert_string_equal(err.msg, complaints[i].message);
        json_t *after = catalog_to_json(c);
        assert_true(json_equal(before, after)); // a refused plugin leaves nothing behind
        json_decref(after);
    }
    json_decref(before);
}

static void names_of_plugins_are_checked_and_unique(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    assert_int_equal(add(c, json_pack("{s:s}", "name", "Bad Name"), &err), -EINVAL);
    assert_string_equal(err.msg, "/p/x.so: the plugin's name: expected small letters, digits, - and _");
    assert_int_equal(add(c, json_array(), &err), -EINVAL);
    assert_int_equal(add(c, describe("", ""), &err), 0);
    assert_int_equal(add(c, describe("", ""), &err), -EEXIST);
    assert_string_equal(err.msg, "/p/x.so: a plugin named local was loaded from /p/x.so already");
}

static void inputs_options_and_settings_are_kept(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    json_t *j = describe("", "");
    json_t *inputs = json_pack("[{s:s,s:[i,i]},{s:s,s:[]}]", "dataset", "school", "offsets", -1, -3,
                               "indicator", "resource.teaching_area", "offsets");
    json_object_set_new(j, "inputs", inputs);
    json_object_set_new(j, "options",
                        json_pack("[{s:s,s:s,s:s,s:i,s:f,s:f}]", "name", "weight", "default_text", "1.1",
                                  "help", "h", "type", JH_OPTION_NUMBER, "min", 0.5, "max", 2.0));
    json_object_set_new(j, "settings", json_pack("[{s:s,s:n,s:f}]", "name", "local.w", "help", "value", 1.1));
    assert_int_equal(add(c, j, &err), 0);
    const struct plugin_info *p = catalog_plugin(c, "local");
    assert_int_equal(p->n_inputs, 2);
    assert_int_equal(p->inputs[0].offsets[1], -3);
    assert_string_equal(p->inputs[1].indicator, "resource.teaching_area");
    assert_string_equal(p->options[0].default_text, "1.1");
    assert_true(p->options[0].max == 2.0);
    assert_string_equal(p->settings[0].name, "local.w");
    assert_true(p->settings[0].value == 1.1 && p->n_settings == 1);
    // And through the reader's copy.
    json_t *whole = catalog_to_json(c);
    struct catalog *copy = NULL;
    assert_int_equal(catalog_from_json(whole, &copy, &err), 0);
    json_t *again = catalog_to_json(copy);
    assert_true(json_equal(whole, again));
    json_decref(whole);
    json_decref(again);
    catalog_free(copy);
}

static void an_input_that_is_not_there_is_named(void **state)
{
    struct catalog *c = *state;
    struct error err = {0};
    json_t *j = describe("", "");
    json_object_set_new(j, "inputs", json_pack("[{s:s}]", "dataset", "dorm"));
    assert_int_equal(add(c, j, &err), -EINVAL);
    assert_string_equal(err.msg, "plugin local: input dorm: there is no such dataset");
    j = describe("", "");
    json_object_set_new(j, "inputs", json_pack("[{s:s,s:s}]", "dataset", "school", "indicator", "a.b"));
    assert_int_equal(add(c, j, &err), -EINVAL);
    assert_string_equal(err.msg, "plugin local: an input names one dataset or one indicator");
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, load, unload)
int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(indicators_bring_those_derived_from_them),
        WITH(a_spread_alerts_where_the_rule_over_it_does),
        WITH(a_spread_without_a_rule_stays_quiet),
        WITH(a_new_dataset_is_made_with_its_stage_columns),
        WITH(a_shared_dataset_is_united),
        WITH(complaints_name_plugin_dataset_and_column),
        WITH(names_of_plugins_are_checked_and_unique),
        WITH(inputs_options_and_settings_are_kept),
        WITH(an_input_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
