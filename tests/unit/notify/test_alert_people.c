// SPDX-License-Identifier: Apache-2.0
// What people do to alerts, and the daemon's own alerts.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "world.h"

static const struct world_result rule = {.indicator = "resource.school_rule",
                                         .entity = "3301020009",
                                         .county = "330102",
                                         .period = "2025-2026",
                                         .stage = STAGE_PRIMARY,
                                         .verdict = VERDICT_FAIL,
                                         .value = 1,
                                         .numerator = 1,
                                         .denominator = 3,
                                         .threshold = 2,
                                         .gap = NAN,
                                         .pupils = 1661};

static struct world_result with(struct world_result r, enum verdict verdict, const char *period)
{
    r.verdict = verdict;
    r.period = period;
    return r;
}

#define check(sql, expect) assert_string_equal(world_text(w, sql), expect)

static void people_acknowledge_and_silence(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    (void)world_apply(w, &rule, 1);
    const int64_t now = w->ctx.now_ms;
    ok(alert_ack(w->store, "2025-0001", "王督学", "已约谈", 0, now, &err));
    check("SELECT state || acked_by || ack_note FROM alert", "acknowledged王督学已约谈");
    ok(alert_silence(w->store, "2025-0001", "王督学", NULL, now + HOUR_MS, now, &err));
    check("SELECT state || (silenced_until > 0) || (ack_until IS NULL) FROM alert", "silenced11");
    check("SELECT group_concat(kind || ':' || actor, ' ') FROM alert_event WHERE actor <> 'junheng'",
          "acknowledged:王督学 silenced:王督学");
    (void)world_apply(w, &rule, 1);
    check("SELECT state FROM alert", "silenced");
    w->ctx.now_ms = now + HOUR_MS;
    (void)world_apply(w, &rule, 1);
    check("SELECT state FROM alert", "firing");
    check("SELECT count(*) FROM outbox", "3");
}

static void people_are_told_what_cannot_be_done(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    (void)world_apply(w, &rule, 1);
    assert_int_equal(alert_ack(w->store, "2025-0099", "a", NULL, 0, NOW_MS, &err), -ENOENT);
    assert_string_equal(err.msg, "没有编号为 2025-0099 的预警；可用 `junheng alerts` 查看全部编号");
    assert_int_equal(alert_ack(w->store, "2025-0001", "a", NULL, NOW_MS - 1, NOW_MS, &err), -EINVAL);
    assert_string_equal(err.msg, "截止时间必须晚于现在");
    const struct world_result pass = with(rule, VERDICT_PASS, "2026-2027");
    (void)world_apply(w, &pass, 1);
    assert_int_equal(alert_silence(w->store, "2025-0001", "a", NULL, 0, NOW_MS, &err), -EALREADY);
    assert_string_equal(err.msg, "预警 2025-0001 已解除，无需再处理");
}

static void an_acknowledged_alert_still_tells_its_end(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    (void)world_apply(w, &rule, 1);
    ok(alert_ack(w->store, "2025-0001", "王督学", NULL, 0, NOW_MS, &err));
    const struct world_result pass = with(rule, VERDICT_PASS, "2026-2027");
    (void)world_apply(w, &pass, 1);
    check("SELECT count(*) FROM outbox WHERE kind = 'resolved'", "3");
}

static void raise(struct world *w, const char *sentence)
{
    struct error err = {0};
    ok(store_begin(w->store, &err));
    ok(alert_own_raise(w->store, &w->ctx, "plugin", "local\nsize", "orange", sentence, &err));
    ok(store_commit(w->store, &err));
}

static void the_daemons_own_alerts_are_told_once_an_episode(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    raise(w, "插件 local 已停用：两次崩溃。");
    raise(w, "插件 local 已停用：两次崩溃。");
    raise(w, "插件 local 已停用：三次\n崩溃。");
    check("SELECT public_id || ' ' || indicator || ' ' || entity || ' ' || severity FROM alert",
          "2025-0001 junheng.plugin local size orange");
    check("SELECT group_concat(key, ' ') FROM (SELECT key FROM outbox ORDER BY id)",
          "2025-0001/opened/office 2025-0001/opened/mail 2025-0001/opened/log");
    check("SELECT text FROM alert",
          "【系统提醒】插件 local 已停用：三次 崩溃。\n编号 2025-0001 ｜ junheng.plugin\n");
    ok(alert_own_clear(w->store, &w->ctx, "plugin", "local\nsize", &err));
    ok(alert_own_clear(w->store, &w->ctx, "plugin", "local\nsize", &err));
    ok(alert_own_clear(w->store, &w->ctx, "plugin", "other", &err));
    check("SELECT state FROM alert", "resolved");
    check("SELECT subject FROM outbox WHERE key = '2025-0001/resolved/office'",
          "【系统提醒·已解除】插件 local 已停用：三次 崩溃。");
    raise(w, "插件 local 已停用：又崩溃。");
    check("SELECT count(*) || max(public_id) FROM alert", "22025-0002");
    check("SELECT count(*) FROM outbox", "9");
}

int main(void)
{
    i18n_init("zh_CN");
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(people_acknowledge_and_silence),
        TEST(people_are_told_what_cannot_be_done),
        TEST(an_acknowledged_alert_still_tells_its_end),
        TEST(the_daemons_own_alerts_are_told_once_an_episode),
    };
    return cmocka_run_group_tests_name("alert-people", tests, NULL, NULL);
}
