// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/submission.h"

#define NOW 1760319667000 // 2025-10-13 09:41:07 in Shanghai, 01:41:07 UTC
#define ZONE "Asia/Shanghai"

static int64_t record(struct fixture *f, const char *claimed, int64_t now_ms, char public_id[32])
{
    struct error err = {0};
    struct submission sub;
    ok(submission_record(f->store, "city", "表.csv", claimed, 77, now_ms, ZONE, &sub, &err));
    int64_t id = sub.id;
    assert_string_equal(sub.state, "received");
    (void)snprintf(public_id, 32, "%s", sub.public_id);
    submission_deinit(&sub);
    return id;
}

static void public_ids_count_within_the_day_of_the_zone(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char id[32];
    (void)record(f, "a", NOW, id);
    assert_string_equal(id, "S-20251013-0001");
    (void)record(f, "b", NOW, id);
    assert_string_equal(id, "S-20251013-0002");
    (void)record(f, "c", NOW + 14 * 3600000 + 19 * 60000, id); // 00:00:07 in Shanghai, still the 13th in UTC
    assert_string_equal(id, "S-20251014-0001");
    (void)record(f, "d", NOW, id); // the clock was set back
    assert_string_equal(id, "S-20251013-0003");
    ok(store_meta_set(f->store, "submission_number", "20251013 9999", &err));
    (void)record(f, "e", NOW, id);
    assert_string_equal(id, "S-20251013-10000");
    ok(store_meta_set(f->store, "submission_number", "", &err));
    (void)record(f, "g", NOW, id);
    assert_string_equal(id, "S-20251013-10001");
}

static void a_claim_recorded_twice_is_one_submission(void **state)
{
    struct fixture *f = *state;
    char a[32], b[32];
    assert_int_equal(record(f, "x", NOW, a), record(f, "x", NOW + 5, b));
    assert_string_equal(a, b);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM submission"), 1);
}

static void its_way_is_kept_step_by_step_and_ends(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char public_id[32];
    struct submission sub;
    int64_t attempts, id = record(f, "x", NOW, public_id);
    ok(submission_spooled(f->store, id, "7.spool", "abc", 123, &err));
    ok(submission_attempt(f->store, id, &attempts, &err));
    ok(submission_attempt(f->store, id, &attempts, &err));
    assert_int_equal(attempts, 2);
    ok(submission_end(f->store, id, "rejected", "no_table", "没有表", NOW + 9, &err));
    ok(submission_claim_removed(f->store, id, &err));
    ok(submission_find(f->store, public_id, &sub, &err));
    assert_string_equal(sub.state, "rejected");
    assert_string_equal(sub.message, "没有表");
    assert_string_equal(sub.spool, "7.spool");
    assert_string_equal(sub.sha256, "abc");
    assert_int_equal(sub.size, 123);
    assert_int_equal(sub.stored_at, NOW + 9);
    assert_int_equal(sub.attempts, 2);
    assert_null(sub.claimed);
    submission_deinit(&sub);
    ok(submission_archived(f->store, id, "archive/2025/x.zst", &err));
    ok(submission_receipt_written(f->store, id, "x_回执.txt", &err));
    ok(submission_find(f->store, "1", &sub, &err));
    assert_null(sub.spool);
    assert_string_equal(sub.archived, "archive/2025/x.zst");
    assert_string_equal(sub.receipt, "x_回执.txt");
    submission_deinit(&sub);
    assert_int_equal(submission_find(f->store, "S-20251013-9999", &sub, &err), -ENOENT);
    assert_string_equal(err.msg, "no submission S-20251013-9999");
    assert_int_equal(submission_load(f->store, 99, &sub, &err), -ENOENT);
}

static int count_one(const struct submission *sub, void *arg)
{
    int64_t *ids = arg;
    ids[++ids[0]] = sub->id;
    return 0;
}

static void a_restart_takes_up_whatever_is_not_at_its_end(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char public_id[32];
    int64_t ids[8] = {0};
    for (int i = 0; i < 5; i++) {
        char claimed[] = {(char)('a' + i), '\0'};
        int64_t id = record(f, claimed, NOW, public_id);
        if (i == 0)
            continue; // still received
        ok(submission_spooled(f->store, id, "s", "x", 1, &err));
        ok(submission_end(f->store, id, "duplicate", NULL, NULL, NOW, &err));
        if (i != 1)
            ok(submission_claim_removed(f->store, id, &err));
        if (i != 2)
            ok(submission_archived(f->store, id, "p", &err));
        if (i != 3)
            ok(submission_receipt_written(f->store, id, "r", &err));
    }
    ok(submission_each_unfinished(f->store, count_one, ids, &err));
    assert_int_equal(ids[0], 4);
    for (int i = 1; i <= 4; i++)
        assert_int_equal(ids[i], i);
}

struct earlier {
    const char *source, *sha256, *state, *reader, *dataset, *period, *error_code;
};

static void put(struct fixture *f, int64_t id, const struct earlier *e)
{
    struct error err = {0};
    CLEANUP_FREE char *sql = str_printf(
        "INSERT INTO submission(id, public_id, source, file, received_at, state, sha256, reader_version) VALUES "
        "(%lld, 'S-%lld', '%s', 'f', 0, '%s', '%s', '%s');"
        "INSERT INTO submission_table(submission, no, dataset, period, sheet, kind, layout, headers) "
        "VALUES (%lld, 0, '%s', '%s', '', 'wide', '{}', '{}')",
        (long long)id, (long long)id, e->source, e->state, e->sha256, e->reader, (long long)id, e->dataset,
        e->period);
    ok(sql_exec(f->store, sql, &err));
    if (!e->error_code)
        return;
    CLEANUP_FREE char *error =
        str_printf("INSERT INTO submission_error(submission, seq, level, code, message) VALUES "
                   "(%lld, 1, 'refuse', '%s', 'm')",
                   (long long)id, e->error_code);
    ok(sql_exec(f->store, error, &err));
}

static void only_the_same_bytes_as_the_last_stored_file_are_a_duplicate(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *what;
        struct earlier earlier[2];
        const char *of;
    } cases[] = {
        {"the same", {{"city", "A", "stored", "v", "school", "2025-2026", NULL}}, "S-1"},
        {"never seen", {{"city", "B", "stored", "v", "school", "2025-2026", NULL}}, NULL},
        {"another source", {{"county", "A", "stored", "v", "school", "2025-2026", NULL}}, NULL},
        {"was rejected", {{"city", "A", "rejected", "v", "school", "2025-2026", NULL}}, NULL},
        {"another reader", {{"city", "A", "stored", "old", "school", "2025-2026", NULL}}, NULL},
        {"A, B, A",
         {{"city", "A", "stored", "v", "school", "2025-2026", NULL},
          {"city", "B", "stored", "v", "school", "2025-2026", NULL}},
         NULL},
        {"A, other year, A",
         {{"city", "A", "stored", "v", "school", "2025-2026", NULL},
          {"city", "B", "stored", "v", "school", "2024-2025", NULL}},
         "S-1"},
        {"A, B refused, A",
         {{"city", "A", "stored", "v", "school", "2025-2026", NULL},
          {"city", "B", "rejected", "v", "school", "2025-2026", NULL}},
         "S-1"},
        {"A, other source, A",
         {{"city", "A", "stored", "v", "school", "2025-2026", NULL},
          {"county", "B", "stored", "v", "school", "2025-2026", NULL}},
         "S-1"},
        {"rows wrong in the file",
         {{"city", "A", "stored", "v", "school", "2025-2026", "sum_exceeds"}},
         "S-1"},
        {"rows refused for the roster",
         {{"city", "A", "stored", "v", "school", "2025-2026", "name_unknown"}},
         NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        char public_id[32], *of = NULL;
        ok(store_begin(f->store, &err));
        for (size_t e = 0; e < 2 && cases[i].earlier[e].source; e++)
            put(f, (int64_t)e + 1, &cases[i].earlier[e]);
        int64_t id = record(f, "now", NOW, public_id);
        ok(submission_spooled(f->store, id, "s", "A", 1, &err));
        ok(submission_find_duplicate(f->store, id, "v", &of, &err));
        if (cases[i].of ? !of || strcmp(of, cases[i].of) != 0 : of != NULL)
            fail_msg("%s: duplicate of %s", cases[i].what, of ? of : "nothing");
        free(of);
        store_rollback(f->store);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(public_ids_count_within_the_day_of_the_zone, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_claim_recorded_twice_is_one_submission, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(its_way_is_kept_step_by_step_and_ends, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_restart_takes_up_whatever_is_not_at_its_end, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(only_the_same_bytes_as_the_last_stored_file_are_a_duplicate,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
