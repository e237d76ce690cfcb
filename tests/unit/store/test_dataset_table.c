// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "store/dataset_table.h"
#include "store/view.h"

static void each_type_has_its_place_and_codes_are_told_from_numbers(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *column, *type;
    } cases[] = {{"school", "INT"},   {"text", "TEXT"},    {"integer", "INTEGER"}, {"decimal", "REAL"},
                 {"percent", "REAL"}, {"bool", "INTEGER"}, {"code", "INT"},        {"date", "TEXT"},
                 {"time", "INTEGER"}, {"_period", "INT"},  {"_county", "INT"},     {"_sub", "INTEGER"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char sql[160];
        (void)snprintf(sql, sizeof sql, "SELECT type FROM pragma_table_info('d_kinds') WHERE name = '%s'",
                       cases[i].column);
        assert_string_equal(fixture_text(f, sql), cases[i].type);
    }
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM pragma_table_info('d_kinds') WHERE name = 'year'"),
                     0);
    assert_string_equal(
        fixture_text(f, "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('d_homework') "
                        "WHERE pk > 0 ORDER BY pk)"),
        "_period,school,class,subject,no");
}

static void a_second_sync_changes_nothing_and_a_new_column_is_added(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    ok(store_sync_catalog(f->store, &f->catalog, &err));
    fixture_add_column(f->datasets[2],
                       (struct column){.id = "later", .header = "后", .type = COLUMN_DECIMAL});
    ok(store_sync_catalog(f->store, &f->catalog, &err));
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM pragma_table_info('d_kinds') WHERE name = 'later'"),
                     1);
    // History keeps the new column too.
    ok(sql_exec(
        f->store,
        "INSERT INTO submission(id, public_id, source, file, received_at, state, stored_at) VALUES "
        "(1, 'S-1', 's', 'f', 0, 'stored', 100), (2, 'S-2', 's', 'f', 0, 'stored', 200);"
        "INSERT INTO d_kinds(_period, school, later, _county, _source, _sub, _tab, _row) VALUES (1, 1, 2.5, 1, 1, 1, 0, 5);"
        "UPDATE d_kinds SET later = 3, _sub = 2, _row = 6;"
        "UPDATE d_kinds SET _county = 9",
        &err));
    assert_string_equal(
        fixture_text(f, "SELECT later || ' ' || _sub || ' ' || _row || ' by ' || replaced_by || ' at ' || "
                        "replaced_at || ' of ' || count(*) FROM h_kinds"),
        "2.5 1 5 by 2 at 200 of 1");
}

static void what_contradicts_the_stored_table_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct column *c = fixture_column(f->datasets[2], "integer");
    c->type = COLUMN_CODE;
    assert_int_equal(store_sync_catalog(f->store, &f->catalog, &err), -EINVAL);
    assert_string_equal(
        err.msg, "dataset kinds: column integer is stored as INTEGER and is declared as INT now; give the "
                 "column a new id");
    c->type = COLUMN_INTEGER;
    c->key = true;
    assert_int_equal(store_sync_catalog(f->store, &f->catalog, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "the key has changed"));
    c->key = false;
    c->id = "drop table";
    assert_int_equal(store_sync_catalog(f->store, &f->catalog, &err), -EINVAL);
    assert_non_null(strstr(err.msg, "an id is a-z"));
}

static const struct view_column view_columns[] = {{.id = "year", .period = true},
                                                  {.id = "county", .code = true},
                                                  {.id = "school", .code = true},
                                                  {.id = "campus", .code = true},
                                                  {.id = "name"},
                                                  {.id = "pupils_primary"}};

static void make_view(struct fixture *f, const struct view_scope *scopes, size_t n)
{
    struct error err = {0};
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    ok(sql_exec(f->store, "DROP VIEW IF EXISTS temp.school_resource", &err));
    assert_int_equal(view_sql(&b, NULL, "school_resource", view_columns, ARRAY_SIZE(view_columns), scopes, n),
                     0);
    ok(sql_exec(f->store, buf_str(&b), &err));
}

static void fill(struct fixture *f)
{
    struct error err = {0};
    ok(sql_exec(
        f->store,
        "INSERT INTO code(id, text) VALUES (10, '2025-2026'), (11, '2024-2025'), (20, '330102'), (21, '330103'), "
        "(30, 'A'), (31, 'B'), (32, 'C');"
        "INSERT INTO d_school_resource(_period, county, school, campus, name, pupils_primary, _county, _source, _sub, "
        "_tab, _row) VALUES (10, 20, 30, 1, '甲校', 100, 20, 1, 1, 0, 1), (10, NULL, 31, 1, NULL, NULL, 21, 1, 1, 0, 2), "
        "(11, 20, 30, 1, '甲校', 90, 20, 1, 1, 0, 3), (11, 21, 31, 1, '乙校', 80, 21, 1, 1, 0, 4)",
        &err));
}

static void a_view_shows_texts_and_only_its_scopes(void **state)
{
    struct fixture *f = *state;
    fill(f);
    make_view(f, (const struct view_scope[]){{"2025-2026", "330102"}, {"2024-2025", "330103"}}, 2);
    assert_string_equal(
        fixture_text(f,
                     "SELECT group_concat(period || ' ' || year || ' ' || county || ' ' || school || ' ' || "
                     "name || ' ' || pupils_primary, '; ') FROM (SELECT * FROM school_resource ORDER BY 1)"),
        "2024-2025 2024-2025 330103 B 乙校 80; 2025-2026 2025-2026 330102 A 甲校 100");
    make_view(f, (const struct view_scope[]){{"2025-2026", "330103"}}, 1);
    assert_string_equal(
        fixture_text(f, "SELECT school || ' ' || coalesce(name, '-') || campus FROM school_resource"), "B -");
    make_view(f, (const struct view_scope[]){{"1999-2000", "none'; DROP TABLE code; --"}}, 1);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM school_resource"), 0);
    make_view(f, NULL, 0);
    assert_int_equal(fixture_int(f, "SELECT count(*) FROM school_resource"), 0);
}

static void a_view_finds_its_rows_by_index_not_by_scanning_history(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    fill(f);
    make_view(f, (const struct view_scope[]){{"2025-2026", "330102"}}, 1);
    struct sql *q =
        sql_get(f->store, "EXPLAIN QUERY PLAN SELECT school, pupils_primary FROM school_resource", &err);
    assert_non_null(q);
    bool found = false;
    while (sql_step(q, &err) == 1) {
        const char *line = sql_text(q, 3);
        assert_null(strstr(line, "SCAN d"));
        found |=
            strstr(line, "SEARCH d USING INDEX d_school_resource.county (_period=? AND _county=?)") != NULL;
    }
    assert_true(found);
}

static int steps_of_view(struct fixture *f)
{
    struct error err = {0};
    make_view(f, (const struct view_scope[]){{"2025-2026", "330102"}}, 1);
    struct sql *q = sql_get(f->store, "SELECT sum(pupils_primary), max(school) FROM school_resource", &err);
    assert_non_null(q);
    (void)sqlite3_stmt_status(sql_stmt(q), SQLITE_STMTSTATUS_VM_STEP, 1);
    assert_int_equal(sql_step(q, &err), 1);
    assert_int_equal(sql_int(q, 0), 100);
    sql_done(q);
    return sqlite3_stmt_status(sql_stmt(q), SQLITE_STMTSTATUS_VM_STEP, 1);
}

static void a_view_costs_the_same_over_twenty_times_the_history(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    fill(f);
    int once = steps_of_view(f);
    ok(sql_exec(
        f->store,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
        "INSERT INTO d_school_resource(_period, county, school, campus, pupils_primary, _county, _source, _sub, _tab, _row) "
        "SELECT 11, 20, 1000 + i, 1, 5, 20, 1, 1, 0, i FROM n UNION ALL SELECT 10, 21, 1000 + i, 1, 5, 21, 1, 1, 0, i FROM n",
        &err));
    assert_true(steps_of_view(f) <= once + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_type_has_its_place_and_codes_are_told_from_numbers,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_second_sync_changes_nothing_and_a_new_column_is_added,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_contradicts_the_stored_table_is_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_view_shows_texts_and_only_its_scopes, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_view_finds_its_rows_by_index_not_by_scanning_history, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_view_costs_the_same_over_twenty_times_the_history, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
