// SPDX-License-Identifier: Apache-2.0
// The outbox: what is due, in which order, and what outcomes do to it.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "notify/outbox.h"
#include "store/alert.h"
#include "store/outbox.h"
#include "store/sql.h"
#include "world.h"

#define check(sql, expect) assert_string_equal(world_text(w, sql), expect)
#define NEVER INT64_MAX

static bool push(struct world *w, const char *key, const char *channel)
{
    struct error err = {0};
    bool added;
    const struct outbox_row o = {.key = (char *)(uintptr_t)key,
                                 .channel = (char *)(uintptr_t)channel,
                                 .kind = (char *)"alert",
                                 .alerts = (char *)"[]",
                                 .subject = (char *)"一",
                                 .text = (char *)"一\n二\n",
                                 .html = (char *)"<p>一</p>",
                                 .json = (char *)"{\"version\":1}",
                                 .fields = (char *)"{\"JUNHENG_SEVERITY\":\"red\"}",
                                 .created_at = NOW_MS,
                                 .next_at = NOW_MS};
    ok(store_begin(w->store, &err));
    ok(outbox_row_add(w->store, &o, &added, &err));
    ok(store_commit(w->store, &err));
    return added;
}

// Ids of the due jobs, joined.
static const char *due(struct world *w, int64_t now_ms, size_t limit, int64_t *ret_next)
{
    static char text[256];
    struct error err = {0};
    json_t *jobs;
    int64_t next;
    ok(outbox_due(w->store, &w->config, now_ms, limit, &jobs, &next, &err));
    if (ret_next)
        *ret_next = next;
    text[0] = '\0';
    for (size_t i = 0; i < json_array_size(jobs); i++) {
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, "%s%lld", i ? " " : "",
                       (long long)json_integer_value(json_object_get(json_array_get(jobs, i), "id")));
    }
    json_decref(jobs);
    return text;
}

static void report(struct world *w, const char *outcomes, int64_t now_ms, double jitter)
{
    struct error err = {0};
    json_t *j = json_loads(outcomes, 0, NULL);
    assert_non_null(j);
    ok(outbox_report(w->store, &w->config, j, now_ms, jitter, &err));
    json_decref(j);
}

static void a_key_is_delivered_once(void **state)
{
    struct world *w = *state;
    assert_true(push(w, "a/opened/office", "office"));
    assert_false(push(w, "a/opened/office", "office"));
    report(w, "[{\"id\":1,\"ok\":true}]", NOW_MS + 5, 1);
    check("SELECT state || attempts || (sent_at > 0) FROM outbox", "sent11");
    assert_false(push(w, "a/opened/office", "office"));
    int64_t next;
    assert_string_equal(due(w, NOW_MS, 10, &next), "");
    assert_true(next == NEVER);
}

static void a_job_carries_the_channel_but_no_secret(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    push(w, "a/opened/mail", "mail");
    push(w, "a/opened/office", "office");
    json_t *jobs;
    int64_t next;
    ok(outbox_due(w->store, &w->config, NOW_MS, 10, &jobs, &next, &err));
    const json_t *mail = json_array_get(jobs, 0), *hook = json_array_get(jobs, 1);
    const json_t *config = json_object_get(mail, "config");
    assert_string_equal(json_string_value(json_object_get(mail, "type")), "smtp");
    assert_string_equal(json_string_value(json_object_get(config, "tls")), "starttls");
    assert_string_equal(json_string_value(json_object_get(config, "password_file")),
                        "/etc/junheng/mail.password");
    assert_null(json_object_get(config, "password"));
    assert_string_equal(json_string_value(json_array_get(json_object_get(config, "to"), 0)), "a@b.cn");
    assert_string_equal(json_string_value(json_object_get(mail, "html")), "<p>一</p>");
    assert_string_equal(json_string_value(json_object_get(hook, "type")), "webhook");
    assert_string_equal(json_string_value(json_object_get(hook, "key")), "a/opened/office");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(hook, "json"), "version")), 1);
    json_decref(jobs);
}

static void the_journal_has_a_list_of_its_own(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    push(w, "a/opened/log", "log");
    assert_string_equal(due(w, NOW_MS, 10, NULL), "");
    json_t *entries;
    ok(outbox_due_journal(w->store, &w->config, NOW_MS, 10, &entries, &err));
    const json_t *e = json_array_get(entries, 0);
    assert_string_equal(json_string_value(json_object_get(e, "severity")), "red");
    assert_string_equal(json_string_value(json_object_get(e, "text")), "一\n二\n");
    assert_string_equal(json_string_value(json_object_get(json_object_get(e, "fields"), "JUNHENG_SEVERITY")),
                        "red");
    json_decref(entries);
}

static void each_alert_of_a_digest_has_a_line_of_its_own_in_the_journal(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    bool added;
    struct alert_row a = {.indicator = (char *)"resource.school_rule",
                          .entity = (char *)"9901010003",
                          .stage = (char *)"primary",
                          .period = (char *)"2025-2026",
                          .county = (char *)"990101",
                          .severity = (char *)"red",
                          .state = (char *)"firing",
                          .text = (char *)"标题\n正文\n",
                          .value = NAN,
                          .threshold = NAN,
                          .opened_at = NOW_MS};
    ok(store_begin(w->store, &err));
    ok(alert_row_insert(w->store, &a, "Asia/Shanghai", &err));
    CLEANUP_FREE char *ids = str_printf("[\"%s\"]", a.public_id);
    const struct outbox_row o = {.key = (char *)"d/log",
                                 .channel = (char *)"log",
                                 .kind = (char *)"digest",
                                 .alerts = ids,
                                 .subject = (char *)"汇总",
                                 .text = (char *)"汇总\n",
                                 .json = (char *)"{}",
                                 .created_at = NOW_MS,
                                 .next_at = NOW_MS};
    ok(outbox_row_add(w->store, &o, &added, &err));
    ok(store_commit(w->store, &err));
    json_t *entries;
    ok(outbox_due_journal(w->store, &w->config, NOW_MS, 10, &entries, &err));
    const json_t *each = json_object_get(json_array_get(entries, 0), "each");
    assert_int_equal(json_array_size(each), 1);
    const json_t *line = json_array_get(each, 0), *fields = json_object_get(line, "fields");
    assert_string_equal(json_string_value(json_object_get(line, "text")), "标题");
    assert_string_equal(json_string_value(json_object_get(fields, "JUNHENG_INDICATOR")), a.indicator);
    assert_string_equal(json_string_value(json_object_get(fields, "JUNHENG_ENTITY")), a.entity);
    assert_string_equal(json_string_value(json_object_get(fields, "JUNHENG_ALERT")), a.public_id);
    json_decref(entries);
    free(a.public_id);
}

static void a_failure_waits_longer_each_time_over_restarts(void **state)
{
    struct world *w = *state;
    static const char failed[] = "[{\"id\":1,\"ok\":false,\"error\":\"no route\",\"permanent\":false}]";
    int64_t now = NOW_MS, next;
    push(w, "a/opened/office", "office");
    for (int64_t wait = 10000; wait <= 80000; wait *= 2) {
        assert_string_equal(due(w, now, 10, NULL), "1");
        report(w, failed, now, 1);
        world_reopen(w);
        assert_string_equal(due(w, now + wait - 1, 10, &next), "");
        assert_int_equal(next, now + wait);
        now += wait;
    }
    check("SELECT attempts || ' ' || last_error FROM outbox", "4 no route");
}

static void the_receivers_wish_is_waited_for(void **state)
{
    struct world *w = *state;
    int64_t next;
    push(w, "a/opened/office", "office");
    report(w, "[{\"id\":1,\"ok\":false,\"error\":\"429\",\"permanent\":false,\"retry_after_s\":120}]", NOW_MS,
           0);
    (void)due(w, NOW_MS, 10, &next);
    assert_int_equal(next, NOW_MS + 120000);
}

static void what_cannot_be_delivered_is_dead(void **state)
{
    struct world *w = *state;
    struct error err = {0};
    int64_t pending, dead;
    push(w, "a/opened/office", "office");
    push(w, "a/opened/mail", "mail"); // three attempts at most
    report(w, "[{\"id\":1,\"ok\":false,\"error\":\"404\",\"permanent\":true}]", NOW_MS, 1);
    for (int i = 0; i < 3; i++)
        report(w, "[{\"id\":2,\"ok\":false,\"error\":\"451\",\"permanent\":false}]", NOW_MS + 3600000LL * i,
               1);
    ok(outbox_pending(w->store, &pending, &dead, &err));
    assert_int_equal(pending, 0);
    assert_int_equal(dead, 2);
    report(w, "[{\"id\":2,\"ok\":false,\"error\":\"late\",\"permanent\":false}]", NOW_MS, 1);
    check("SELECT last_error FROM outbox WHERE id = 2", "451");
}

static void a_channel_keeps_its_order_while_its_oldest_waits(void **state)
{
    struct world *w = *state;
    int64_t next;
    push(w, "a/opened/office", "office");
    push(w, "a/resolved/office", "office");
    push(w, "b/opened/mail", "mail");
    report(
        w,
        "[{\"id\":1,\"ok\":false,\"error\":\"x\",\"permanent\":false},{\"id\":2,\"ok\":false,\"tried\":false,\"error\":\"y\",\"permanent\":false}]",
        NOW_MS, 1);
    check("SELECT attempts || (last_error IS NULL) FROM outbox WHERE id = 2", "01");
    assert_string_equal(due(w, NOW_MS, 10, &next), "3");
    assert_int_equal(next, NOW_MS + 10000);
    assert_string_equal(due(w, NOW_MS + 10000, 10, NULL), "1 2 3");
}

static void one_that_its_receiver_never_takes_does_not_block_the_rest(void **state)
{
    struct world *w = *state;
    push(w, "a/opened/office", "office");
    push(w, "b/opened/office", "office");
    int64_t now = NOW_MS;
    for (int i = 0; i < OUTBOX_HOLD_ATTEMPTS; i++) {
        assert_string_equal(due(w, now, 10, NULL), "1 2");
        report(w, "[{\"id\":1,\"ok\":false,\"error\":\"500\",\"permanent\":false}]", now, 1);
        if (i + 1 < OUTBOX_HOLD_ATTEMPTS)
            assert_string_equal(due(w, now, 10, NULL), "");
        else
            assert_string_equal(due(w, now, 10, NULL), "2");
        now += 3600000;
    }
}

static void more_than_the_limit_is_due_at_once(void **state)
{
    struct world *w = *state;
    int64_t next;
    push(w, "a", "office");
    push(w, "b", "office");
    push(w, "c", "office");
    assert_string_equal(due(w, NOW_MS, 2, &next), "1 2");
    assert_int_equal(next, NOW_MS);
}

static void a_channel_that_is_gone_keeps_its_messages(void **state)
{
    struct world *w = *state;
    int64_t next;
    push(w, "a", "pigeon");
    assert_string_equal(due(w, NOW_MS, 10, &next), "");
    assert_true(next == NEVER);
    w->channels[0].name = (char *)"pigeon";
    assert_string_equal(due(w, NOW_MS, 10, &next), "1");
}

int main(void)
{
    i18n_init("zh_CN");
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_delivered_once),
        TEST(a_job_carries_the_channel_but_no_secret),
        TEST(the_journal_has_a_list_of_its_own),
        TEST(each_alert_of_a_digest_has_a_line_of_its_own_in_the_journal),
        TEST(a_failure_waits_longer_each_time_over_restarts),
        TEST(the_receivers_wish_is_waited_for),
        TEST(what_cannot_be_delivered_is_dead),
        TEST(a_channel_keeps_its_order_while_its_oldest_waits),
        TEST(one_that_its_receiver_never_takes_does_not_block_the_rest),
        TEST(more_than_the_limit_is_due_at_once),
        TEST(a_channel_that_is_gone_keeps_its_messages),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
