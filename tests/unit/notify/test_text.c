// SPDX-License-Identifier: Apache-2.0
// What people read, whole: the numbers are those of the office's model texts.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "golden.h"
#include "base/clean.h"
#include "notify/digest.h"
#include "notify/text.h"
#include "notify/text_parts.h"
#include "sample.h"

static void check(struct alert_view *v, const char *file)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    text_alert(v, &text);
    golden_check(buf_str(&text), file);
    alert_view_deinit(v);
}

static void a_school_below_the_rule_is_told_with_what_mends_it(void **state)
{
    (void)state;
    struct alert_view v;
    sample_rule(&v);
    check(&v, "rule_opened.txt");
}

static void an_estimated_rule_with_gaps_says_both(void **state)
{
    (void)state;
    struct alert_view v;
    sample_rule(&v);
    v.estimated = v.figures[2].estimated = v.standard_changed = true;
    v.figures[5].verdict = VERDICT_NO_DATA;
    v.figures[5].value = NAN;
    v.figures[6].verdict = VERDICT_EXEMPT;
    v.origins[0].row = 0; // a form
    check(&v, "rule_estimated.txt");
}

static void a_cv_names_the_schools_that_drive_it(void **state)
{
    (void)state;
    struct alert_view v;
    sample_cv(&v);
    check(&v, "cv_opened.txt");
}

static void a_cv_without_roster_says_so(void **state)
{
    (void)state;
    struct alert_view v;
    sample_cv(&v);
    v.due = -1;
    v.covered = NAN;
    v.value = 0.5004; // prints as the limit
    v.trend[2].value = 0.5004;
    check(&v, "cv_no_roster.txt");
}

static void a_measure_near_the_line_prints_a_digit_more(void **state)
{
    (void)state;
    struct alert_view v;
    sample_measure(&v);
    check(&v, "measure_opened.txt");
}

static void a_correction_is_to_be_confirmed(void **state)
{
    (void)state;
    struct alert_view v;
    sample_rule(&v);
    v.what = TRANSITION_RESOLVE;
    v.reason = CLOSE_CORRECTED;
    for (size_t i = 0; i < v.n_figures; i++)
        v.figures[i].verdict = VERDICT_PASS;
    v.figures[2].value = 0.9031;
    v.figures[4].value = 7.5;
    check(&v, "rule_corrected.txt");
}

static void a_cv_back_under_its_limit(void **state)
{
    (void)state;
    struct alert_view v;
    sample_cv(&v);
    v.what = TRANSITION_RESOLVE;
    v.reason = CLOSE_RECTIFIED;
    v.value_before_resolve = v.value;
    v.value = 0.48;
    check(&v, "cv_resolved.txt");
}

static void what_no_longer_applies_says_why(void **state)
{
    (void)state;
    struct alert_view v;
    sample_measure(&v);
    v.what = TRANSITION_RESOLVE;
    v.reason = CLOSE_NOT_APPLICABLE;
    v.value = NAN;
    v.figures[0].note = str_dup("本学段无学生。");
    check(&v, "measure_not_applicable.txt");
}

static struct digest_view digest(const struct alert_view *const *alerts, size_t n, bool first)
{
    struct digest_view d = {.first_load = first,
                            .county = "210102",
                            .county_name = "城南区",
                            .period = "2025-2026",
                            .alerts = alerts,
                            .n_alerts = n};
    d.due = 33;
    d.reported = 31;
    d.covered = 0.969;
    d.provisional = true;
    d.stages = mem_array(2, sizeof *d.stages);
    d.stages[d.n_stages++] = (struct digest_stage){
        STAGE_PRIMARY, {.judged = 24, .failing = 8, .no_data = 1}, alerts[0]->indicator};
    d.stages[d.n_stages++] = (struct digest_stage){STAGE_JUNIOR, {.judged = 9}, alerts[0]->indicator};
    d.gaps = mem_array(2, sizeof *d.gaps);
    d.gaps[d.n_gaps++] = (struct digest_gap){str_dup("南岸中学"), str_dup("2101020030"), STAGE_JUNIOR,
                                             str_dup("高中学生人数")};
    d.gaps[d.n_gaps++] =
        (struct digest_gap){str_dup("西岭教学点"), str_dup("2101020041"), STAGE_PRIMARY, NULL};
    return d;
}

static void the_first_load_is_one_overview(void **state)
{
    (void)state;
    struct alert_view views[6];
    const struct alert_view *list[6];
    for (size_t i = 0; i < 4; i++)
        sample_rule(&views[i]);
    sample_cv(&views[4]);
    sample_measure(&views[5]);
    views[5].what = TRANSITION_RESOLVE;
    for (size_t i = 0; i < 6; i++)
        list[i] = &views[i];
    struct digest_view d = digest(list, 6, true);
    d.cvs = mem_array(3, sizeof *d.cvs);
    d.cvs[d.n_cvs++] = (struct digest_cv){
        views[4].indicator, views[4].parent, STAGE_PRIMARY, VERDICT_FAIL, 0.5124, 0.5, false, false, 0};
    d.cvs[d.n_cvs++] = (struct digest_cv){
        views[4].indicator, views[4].parent, STAGE_JUNIOR, VERDICT_FAIL, 0.51, 0.45, false, true, 1};
    d.cvs[d.n_cvs++] = (struct digest_cv){
        views[4].indicator, views[4].parent, STAGE_JUNIOR, VERDICT_NO_DATA, NAN, 0.45, false, false, 2};
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    digest_text(&d, &text);
    golden_check(buf_str(&text), "digest_first.txt");
    digest_view_deinit(&d);
    for (size_t i = 0; i < 6; i++)
        alert_view_deinit(&views[i]);
}

static void few_alerts_are_given_whole_in_the_overview(void **state)
{
    (void)state;
    struct alert_view v;
    sample_rule(&v);
    const struct alert_view *list[] = {&v};
    struct digest_view d = digest(list, 1, false);
    CLEANUP(buf_deinit) struct buf text = BUF_INIT, alone = BUF_INIT;
    digest_text(&d, &text);
    text_alert(&v, &alone);
    assert_non_null(strstr(buf_str(&text), buf_str(&alone)));
    assert_memory_equal(buf_str(&text), "【变化·汇总】", strlen("【变化·汇总】"));
    digest_view_deinit(&d);
    alert_view_deinit(&v);
}

static void the_subject_is_the_first_line(void **state)
{
    (void)state;
    CLEANUP_FREE char *subject = text_subject("一\n二\n");
    assert_string_equal(subject, "一");
}

static void html_is_escaped(void **state)
{
    (void)state;
    CLEANUP(buf_deinit) struct buf html = BUF_INIT;
    text_html("a <script> & \"b\"\n c>d\n", SEVERITY_RED, &html);
    assert_non_null(strstr(buf_str(&html), "a &lt;script&gt; &amp; &quot;b&quot;</h2>"));
    assert_non_null(strstr(buf_str(&html), "c&gt;d</p>"));
    assert_null(strstr(buf_str(&html), "<script"));
    assert_non_null(strstr(buf_str(&html), "#c00000"));
}

static void json_of_an_alert_has_the_promised_keys(void **state)
{
    (void)state;
    struct alert_view v;
    sample_rule(&v);
    json_t *j = text_alert_json(&v);
    static const char *const keys[] = {"id",     "indicator", "title",  "entity",    "name",
                                       "county", "stage",     "period", "state",     "severity",
                                       "value",  "threshold", "gap",    "opened_at", "resolved_at"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        assert_non_null(json_object_get(j, keys[i]));
    assert_string_equal(json_string_value(json_object_get(j, "opened_at")), "2025-10-13T09:41:07+08:00");
    assert_true(json_is_null(json_object_get(j, "resolved_at")));
    assert_int_equal(json_array_size(json_object_get(j, "members")), 7);
    json_decref(j);
    alert_view_deinit(&v);
}

static void clauses_of_one_document_are_joined(void **state)
{
    (void)state;
    static const struct part_basis bases[] = {
        {"教督〔2017〕6号", "资源配置第（三）项"}, {"教督〔2017〕6号", "资源配置第（五）项"},
        {"省教督〔2020〕1号", "第（二）条"},       {"教督〔2017〕6号", "综合要求"},
        {"教督〔2017〕6号", "综合要求"},           {NULL, "无"}};
    CLEANUP(buf_deinit) struct buf out = BUF_INIT;
    part_bases(&out, bases, ARRAY_SIZE(bases));
    assert_string_equal(buf_str(&out),
                        "教督〔2017〕6号 资源配置第（三）、（五）项、综合要求；省教督〔2020〕1号 第（二）条");
}

static void hostile_names_become_printable(void **state)
{
    (void)state;
    static const struct {
        const char *in, *line;
    } rows[] = {
        {"第三小学", "第三小学"},
        {"a\nb\tc\x7f", "a b c "},
        {"\xb5\xda\xc8\xfd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, // GB18030 bytes
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                 // overlong
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                 // surrogate
        {"\xe7\xac", "\xef\xbf\xbd\xef\xbf\xbd"},                                 // cut
        {"\xf0\xa0\x80\x80", "\xf0\xa0\x80\x80"},                                 // beyond the BMP
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP_FREE char *line = clean_line(rows[i].in);
        assert_string_equal(line, rows[i].line);
    }
    CLEANUP_FREE char *text = clean_text("a\nb\r");
    assert_string_equal(text, "a\nb ");
    assert_null(clean_line(NULL));
}

int main(void)
{
    i18n_init("zh_CN");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_school_below_the_rule_is_told_with_what_mends_it),
        cmocka_unit_test(an_estimated_rule_with_gaps_says_both),
        cmocka_unit_test(a_cv_names_the_schools_that_drive_it),
        cmocka_unit_test(a_cv_without_roster_says_so),
        cmocka_unit_test(a_measure_near_the_line_prints_a_digit_more),
        cmocka_unit_test(a_correction_is_to_be_confirmed),
        cmocka_unit_test(a_cv_back_under_its_limit),
        cmocka_unit_test(what_no_longer_applies_says_why),
        cmocka_unit_test(the_first_load_is_one_overview),
        cmocka_unit_test(few_alerts_are_given_whole_in_the_overview),
        cmocka_unit_test(the_subject_is_the_first_line),
        cmocka_unit_test(html_is_escaped),
        cmocka_unit_test(json_of_an_alert_has_the_promised_keys),
        cmocka_unit_test(clauses_of_one_document_are_joined),
        cmocka_unit_test(hostile_names_become_printable),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
