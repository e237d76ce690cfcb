// SPDX-License-Identifier: Apache-2.0
// Alerts through the database: what T2 writes, who is told, what people do.
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "golden.h"
#include "notify/outbox.h"
#include "store/sql.h"
#include "world.h"

#define SCHOOL "3301020009"
#define RULE "resource.school_rule"

static const struct world_result pe = {.indicator = "resource.pe_art_teachers",
                                       .entity = SCHOOL,
                                       .county = "330102",
                                       .period = "2025-2026",
                                       .stage = STAGE_PRIMARY,
                                       .verdict = VERDICT_FAIL,
                                       .value = 11 / 16.61,
                                       .numerator = 11,
                                       .denominator = 1661,
                                       .threshold = 0.9,
                                       .gap = 4,
                                       .pupils = 1661};
static const struct world_result sports = {.indicator = "resource.sports_area",
                                           .entity = SCHOOL,
                                           .county = "330102",
                                           .period = "2025-2026",
                                           .stage = STAGE_PRIMARY,
                                           .verdict = VERDICT_FAIL,
                                           .value = 9300 / 1661.0,
                                           .numerator = 9300,
                                           .denominator = 1661,
                                           .threshold = 7.5,
                                           .gap = 3157.5,
                                           .pupils = 1661};
static const struct world_result equipment = {.indicator = "resource.equipment_value",
                                              .entity = SCHOOL,
                                              .county = "330102",
                                              .period = "2025-2026",
                                              .stage = STAGE_PRIMARY,
                                              .verdict = VERDICT_PASS,
                                              .value = 5250382 / 1661.0,
                                              .numerator = 5250382,
                                              .denominator = 1661,
                                              .threshold = 2000,
                                              .gap = 0,
                                              .pupils = 1661};
static const struct world_result rule = {
    .indicator = RULE,
    .entity = SCHOOL,
    .county = "330102",
    .period = "2025-2026",
    .stage = STAGE_PRIMARY,
    .verdict = VERDICT_FAIL,
    .value = 1,
    .numerator = 1,
    .denominator = 3,
    .threshold = 2,
    .gap = NAN,
    .pupils = 1661,
    .detail =
        "{\"steps\":[[{\"indicator\":\"resource.pe_art_teachers\",\"to\":\"threshold\",\"amount\":4,\"target\":15},{\"indicator\":\"resource.sports_area\",\"to\":\"floor\",\"amount\":1288.875,\"target\":10588.875}]]}"};

static struct world_result with(struct world_result r, enum verdict verdict, const char *period)
{
    r.verdict = verdict;
    r.period = period;
    return r;
}

static int64_t number(struct world *w, const char *sql)
{
    return strtoll(world_text(w, sql), NULL, 10);
}

#define check(sql, expect) assert_string_equal(world_text(w, sql), expect)

// A school with facts, its three members' results and its rule.
static void fail_school(struct world *w)
{
    w->ctx.submission = world_submission(w, "S-20251013-0031", "滨江区_学校资源_2025-2026.xlsx");
    world_school(w, w->ctx.submission, SCHOOL, "江北小学", "330102", "2025-2026");
    world_put(w, &pe);
    world_put(w, &sports);
    world_put(w, &equipment);
    struct world_result last_year = with(sports, VERDICT_FAIL, "2024-2025");
    last_year.value = 5.769;
    last_year.pupils = 1612;
    world_put(w, &last_year);
    (void)world_apply(w, &rule, 1);
}

static void a_failure_opens_one_alert_and_tells_its_audience(void **state)
{
    struct world *w = *state;
    fail_school(w);
    check("SELECT count(*) FROM alert", "1");
    check("SELECT public_id || ' ' || severity || ' ' || state || ' ' || name FROM alert",
          "2025-0001 red firing 江北小学");
    check("SELECT group_concat(key, ' ') FROM (SELECT key FROM outbox ORDER BY id)",
          "2025-0001/opened/office 2025-0001/opened/mail 2025-0001/opened/log");
    check("SELECT group_concat(kind || ' ' || actor, ',') FROM alert_event", "opened junheng,queued junheng");
    golden_check(world_text(w, "SELECT text FROM alert"), "from_database.txt");
    check(
        "SELECT subject FROM outbox ORDER BY id LIMIT 1",
        "【不达标·新增】滨江区江北小学（3301020009）小学段 3 项中 2 项不达标，未达到“至少 2 项达标、余项不低于 85%”");
    check(
        "SELECT json_extract(fields, '$.JUNHENG_INDICATOR') || json_extract(fields, '$.JUNHENG_ENTITY') FROM outbox",
        RULE SCHOOL);
}

static void the_webhook_body_has_the_promised_keys(void **state)
{
    struct world *w = *state;
    fail_school(w);
    json_t *j = json_loads(world_text(w, "SELECT body_json FROM outbox WHERE channel = 'office'"), 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
    static const struct {
        const char *key, *value;
    } texts[] = {{"kind", "alert"},
                 {"key", "2025-0001/opened/office"},
                 {"office", "市政府教育督导室"},
                 {"sent_at", "2025-10-13T09:41:07+08:00"}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_string_equal(json_string_value(json_object_get(j, texts[i].key)), texts[i].value);
    const json_t *a = json_array_get(json_object_get(j, "alerts"), 0);
    assert_string_equal(json_string_value(json_object_get(a, "id")), "2025-0001");
    assert_string_equal(json_string_value(json_object_get(a, "county")), "330102");
    assert_string_equal(json_string_value(json_object_get(a, "stage")), "primary");
    json_decref(j);
}

static void the_same_again_moves_and_tells_nothing(void **state)
{
    struct world *w = *state;
    fail_school(w);
    for (int i = 0; i < 2; i++) {
        struct alert_counts counts = world_apply(w, &rule, 1);
        assert_int_equal(counts.opened + counts.resolved + counts.queued, 0);
        world_reopen(w);
    }
    check("SELECT count(*) FROM outbox", "3");
    check("SELECT count(*) FROM alert_event", "2");
}

static void a_rolled_back_t2_leaves_nothing(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    struct alert_counts counts;
    world_put(w, &rule);
    const struct finding f = world_finding(w, &rule);
    ok(store_begin(w->store, &err));
    ok(alert_apply(w->store, &w->ctx, &f, 1, &counts, &err));
    assert_int_equal(counts.opened, 1);
    store_rollback(w->store);
    check("SELECT count(*) FROM alert", "0");
    check("SELECT count(*) FROM outbox", "0");
    (void)world_apply(w, &rule, 1);
    check("SELECT public_id FROM alert", "2025-0001");
}

static void a_new_figure_is_kept_without_a_word(void **state)
{
    struct world *w = *state;
    fail_school(w);
    struct world_result next = with(rule, VERDICT_FAIL, "2026-2027");
    next.value = 0;
    w->ctx.now_ms += HOUR_MS;
    (void)world_apply(w, &next, 1);
    check("SELECT period || ' ' || value || ' ' || state FROM alert", "2026-2027 0.0 firing");
    check("SELECT json_extract(detail, '$.period_before') FROM alert_event WHERE kind = 'changed'",
          "2025-2026");
    check("SELECT count(*) FROM outbox", "3");
}

static void a_newer_pass_is_rectified_and_told_to_the_same(void **state)
{
    struct world *w = *state;
    struct world_result estimated = rule;
    estimated.estimated = true; // yellow at most: the mail route is from orange
    (void)world_apply(w, &estimated, 1);
    check("SELECT severity FROM alert", "yellow");
    check("SELECT count(*) FROM outbox WHERE channel = 'mail'", "0");
    const struct world_result pass = with(rule, VERDICT_PASS, "2026-2027");
    struct alert_counts counts = world_apply(w, &pass, 1);
    assert_int_equal(counts.resolved, 1);
    check("SELECT state || ' ' || close_reason || ' ' || (resolved_at > 0) FROM alert",
          "resolved rectified 1");
    check("SELECT group_concat(key, ' ') FROM (SELECT key FROM outbox WHERE kind = 'resolved' ORDER BY id)",
          "2025-0001/resolved/office 2025-0001/resolved/log");
    (void)world_apply(w, &pass, 1);
    check("SELECT count(*) FROM outbox", "4");
}

static void a_correction_of_the_same_period_says_so(void **state)
{
    struct world *w = *state;
    fail_school(w);
    const struct world_result pass = with(rule, VERDICT_PASS, "2025-2026");
    (void)world_apply(w, &pass, 1);
    check("SELECT close_reason FROM alert", "corrected");
    assert_non_null(strstr(world_text(w, "SELECT text FROM alert"), "更正需督学核实"));
    // It fails again: another episode under another number.
    (void)world_apply(w, &rule, 1);
    check("SELECT group_concat(public_id || state, ' ') FROM (SELECT * FROM alert ORDER BY id)",
          "2025-0001resolved 2025-0002firing");
    check("SELECT count(*) FROM outbox WHERE kind = 'alert'", "6");
}

static void a_floor_ends_a_rule_but_not_a_measure(void **state)
{
    struct world *w = *state;
    struct world_result measure = equipment;
    measure.verdict = VERDICT_FAIL;
    measure.value = 1500;
    const struct world_result both[] = {rule, measure};
    (void)world_apply(w, both, 2);
    const struct world_result floor[] = {with(rule, VERDICT_FLOOR, "2026-2027"),
                                         with(measure, VERDICT_FLOOR, "2026-2027")};
    (void)world_apply(w, floor, 2);
    check(
        "SELECT group_concat(indicator || ' ' || state || ' ' || severity, ',') FROM (SELECT * FROM alert ORDER BY indicator)",
        "resource.equipment_value firing yellow,resource.school_rule resolved red");
}

static void back_fill_neither_opens_nor_closes_nor_tells(void **state)
{
    struct world *w = *state;
    fail_school(w);
    const struct world_result older[] = {with(rule, VERDICT_PASS, "2023-2024"),
                                         with(rule, VERDICT_FAIL, "2024-2025")};
    for (size_t i = 0; i < 2; i++) {
        struct alert_counts counts = world_apply(w, &older[i], 1);
        assert_int_equal(counts.opened + counts.resolved + counts.queued, 0);
    }
    check("SELECT period || state FROM alert", "2025-2026firing");
    struct world_result other = with(rule, VERDICT_PASS, "2025-2026");
    other.entity = "3301020010";
    (void)world_apply(w, &other, 1);
    other = with(other, VERDICT_FAIL, "2024-2025");
    (void)world_apply(w, &other, 1);
    check("SELECT count(*) FROM alert", "1");
}

static void provisional_and_missing_move_nothing(void **state)
{
    struct world *w = *state;
    struct world_result cv = {.indicator = "resource.sports_area.cv",
                              .entity = "330102",
                              .county = "330102",
                              .period = "2025-2026",
                              .stage = STAGE_PRIMARY,
                              .verdict = VERDICT_FAIL,
                              .value = 0.51,
                              .numerator = 4,
                              .denominator = 8,
                              .threshold = 0.5,
                              .gap = 0.01,
                              .pupils = 20000,
                              .provisional = true};
    (void)world_apply(w, &cv, 1);
    check("SELECT count(*) FROM alert", "0");
    cv.provisional = false;
    (void)world_apply(w, &cv, 1);
    cv.provisional = true;
    cv.verdict = VERDICT_PASS;
    (void)world_apply(w, &cv, 1);
    const struct world_result missing = with(cv, VERDICT_NO_DATA, "2026-2027");
    (void)world_apply(w, &missing, 1);
    check("SELECT state || ' ' || period FROM alert", "firing 2025-2026");
}

static void what_does_not_apply_any_more_ends(void **state)
{
    struct world *w = *state;
    fail_school(w);
    struct finding gone = world_finding(w, &rule);
    gone.verdict = VERDICT_EXEMPT;
    gone.value = gone.threshold = NAN;
    struct error err = {0};
    struct alert_counts counts;
    ok(store_begin(w->store, &err));
    ok(alert_apply(w->store, &w->ctx, &gone, 1, &counts, &err));
    ok(store_commit(w->store, &err));
    check("SELECT close_reason || ' ' || coalesce(value, 'none') FROM alert", "not_applicable none");
}

static void a_standard_that_changed_is_in_the_heading(void **state)
{
    struct world *w = *state;
    w->ctx.standard_changed = true;
    (void)world_apply(w, &rule, 1);
    assert_non_null(strstr(world_text(w, "SELECT subject FROM outbox"), "【标准调整·不达标】"));
    const struct world_result pass = with(rule, VERDICT_PASS, "2025-2026");
    (void)world_apply(w, &pass, 1);
    check("SELECT close_reason FROM alert", "not_applicable");
}

static void numbers_follow_the_year_of_the_zone_and_are_not_reused(void **state)
{
    struct world *w = *state;
    w->ctx.now_ms = 1767195000000; // 2025-12-31 23:30 in Shanghai
    struct world_result r = rule;
    static const char *const schools[] = {"1", "2", "3"};
    for (size_t i = 0; i < 3; i++) {
        r.entity = schools[i];
        (void)world_apply(w, &r, 1);
        w->ctx.now_ms += HOUR_MS; // then 2026-01-01 00:30, which is 2025 in UTC
    }
    check("SELECT group_concat(public_id, ' ') FROM (SELECT * FROM alert ORDER BY id)",
          "2025-0001 2026-0001 2026-0002");
}

static struct alert_counts many(struct world *w, size_t n, const char *county)
{
    struct world_result *r = mem_array(n, sizeof *r);
    char(*codes)[16] = mem_array(n, sizeof *codes);
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(codes[i], sizeof codes[i], "%s%04zu", county, i + 1);
        r[i] = rule;
        r[i].entity = codes[i];
        r[i].county = county;
    }
    r[n - 1].verdict = VERDICT_NO_DATA;
    r[n - 1].missing = "pupils_senior";
    struct alert_counts counts = world_apply(w, r, n);
    free(r);
    free(codes);
    return counts;
}

static void the_first_load_of_a_county_is_one_digest_a_channel(void **state)
{
    struct world *w = *state;
    w->ctx.submission = world_submission(w, "S-20251013-0031", "a.xlsx");
    w->ctx.first_load = true;
    struct alert_counts counts = many(w, 40, "330102");
    assert_int_equal(counts.opened, 39);
    assert_int_equal(counts.queued, 3);
    check("SELECT count(*) || ' ' || min(kind) || ' ' || max(kind) FROM outbox", "3 digest digest");
    check("SELECT key FROM outbox ORDER BY id LIMIT 1",
          "digest/330102/2025-2026/S-20251013-0031/2025-0001-opened/office");
    check("SELECT json_array_length(alerts) FROM outbox", "39");
    assert_non_null(strstr(world_text(w, "SELECT body_text FROM outbox"),
                           "【首次入库·汇总】滨江区 2025-2026 学年：小学 39 个单元中 39 个不达标"));
    assert_non_null(strstr(world_text(w, "SELECT body_text FROM outbox"), "缺 高中学生人数"));
    assert_true(number(w, "SELECT min(length(text)) FROM alert") >
                100); // each has its own text for `alerts show`
}

static void more_than_a_few_at_once_are_one_digest(void **state)
{
    struct world *w = *state;
    (void)many(w, 6, "330102"); // five open: still single
    check("SELECT count(*) FROM outbox WHERE kind = 'alert'", "15");
    (void)many(w, 12, "330103"); // eleven
    check(
        "SELECT group_concat(channel, ' ') FROM (SELECT channel FROM outbox WHERE kind = 'digest' ORDER BY id)",
        "office mail log east");
    assert_non_null(
        strstr(world_text(w, "SELECT body_text FROM outbox WHERE kind = 'digest'"), "【变化·汇总】东区"));
}

static void the_end_is_told_where_a_digest_told_the_beginning(void **state)
{
    struct world *w = *state;
    w->ctx.first_load = true;
    (void)many(w, 8, "330103");
    w->ctx.first_load = false;
    struct world_result pass = with(rule, VERDICT_PASS, "2026-2027");
    pass.entity = "3301030001";
    pass.county = "330103";
    (void)world_apply(w, &pass, 1);
    check(
        "SELECT group_concat(channel, ' ') FROM (SELECT channel FROM outbox WHERE kind = 'resolved' ORDER BY id)",
        "office mail log east");
}

static void a_route_for_a_county_hears_of_no_other(void **state)
{
    struct world *w = *state;
    fail_school(w);
    check("SELECT count(*) FROM outbox WHERE channel = 'east'", "0");
    struct world_result east = rule;
    east.county = "330103";
    east.entity = "3301030001";
    (void)world_apply(w, &east, 1);
    check("SELECT count(*) FROM outbox WHERE channel = 'east'", "1");
}

static void names_that_are_no_text_do_not_stop_a_message(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    fail_school(w);
    ok(sql_exec(w->store, "UPDATE alert SET name = CAST(x'b5dac8fd' AS TEXT)", &err));
    ok(sql_exec(w->store, "UPDATE d_school SET school_name = CAST(x'b5da0a' AS TEXT)", &err));
    struct world_result other = rule;
    other.stage = STAGE_JUNIOR;
    (void)world_apply(w, &other, 1);
    const struct world_result pass = with(rule, VERDICT_PASS, "2026-2027");
    (void)world_apply(w, &pass, 1);
    check("SELECT count(*) FROM outbox WHERE json_valid(body_json)", "9");
    json_t *jobs;
    int64_t next;
    ok(outbox_due(w->store, &w->config, w->ctx.now_ms, 100, &jobs, &next, &err));
    assert_int_equal(json_array_size(jobs), 6);
    json_decref(jobs);
}

int main(void)
{
    i18n_init("zh_CN");
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_failure_opens_one_alert_and_tells_its_audience),
        TEST(the_webhook_body_has_the_promised_keys),
        TEST(the_same_again_moves_and_tells_nothing),
        TEST(a_rolled_back_t2_leaves_nothing),
        TEST(a_new_figure_is_kept_without_a_word),
        TEST(a_newer_pass_is_rectified_and_told_to_the_same),
        TEST(a_correction_of_the_same_period_says_so),
        TEST(a_floor_ends_a_rule_but_not_a_measure),
        TEST(back_fill_neither_opens_nor_closes_nor_tells),
        TEST(provisional_and_missing_move_nothing),
        TEST(what_does_not_apply_any_more_ends),
        TEST(a_standard_that_changed_is_in_the_heading),
        TEST(numbers_follow_the_year_of_the_zone_and_are_not_reused),
        TEST(the_first_load_of_a_county_is_one_digest_a_channel),
        TEST(more_than_a_few_at_once_are_one_digest),
        TEST(the_end_is_told_where_a_digest_told_the_beginning),
        TEST(a_route_for_a_county_hears_of_no_other),
        TEST(names_that_are_no_text_do_not_stop_a_message),
    };
    return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
