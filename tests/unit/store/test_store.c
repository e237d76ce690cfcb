// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/schema.h"

static void a_fresh_database_is_wal_durable_and_of_our_version(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(fixture_text(f, "PRAGMA journal_mode"), "wal");
    assert_int_equal(fixture_int(f, "PRAGMA synchronous"), 2);
    assert_int_equal(fixture_int(f, "PRAGMA foreign_keys"), 1);
    assert_int_equal(fixture_int(f, "PRAGMA trusted_schema"), 0);
    assert_int_equal(fixture_int(f, "PRAGMA user_version"), SCHEMA_VERSION);
    assert_string_equal(fixture_text(f, "SELECT text FROM code WHERE id = 1"), "");
}

static void what_was_committed_is_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char *value;
    ok(store_begin(f->store, &err));
    ok(store_meta_set(f->store, "a", "1", &err));
    ok(store_meta_set(f->store, "a", "2", &err));
    ok(store_commit(f->store, &err));
    fixture_reopen(f);
    ok(store_meta_get(f->store, "a", &value, &err));
    assert_string_equal(value, "2");
    free(value);
    ok(store_meta_get(f->store, "b", &value, &err));
    assert_null(value);
    ok(store_check(f->store, &value, &err));
    assert_null(value);
}

static void a_newer_database_is_refused_with_both_numbers(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    ok(sql_exec(f->store, "PRAGMA user_version = 77", &err));
    for (enum store_mode mode = STORE_WRITE; mode <= STORE_READ; mode++) {
        struct store *other = NULL;
        assert_int_equal(store_open(&other, f->path, mode, &err), -ENOTSUP);
        assert_null(other);
        assert_non_null(strstr(err.msg, "77"));
        assert_non_null(strstr(err.msg, "1"));
        assert_non_null(strstr(err.msg, f->path));
    }
}

static void write_file(const char *path, const void *data, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, n), n);
    assert_int_equal(close(fd), 0);
}

static void a_file_that_is_no_database_is_named_and_left_untouched(void **state)
{
    struct fixture *f = *state;
    static const char *const contents[] = {"hello, I am a text file\n", "SQLite format 3"};
    char path[128], big[8192];
    for (size_t i = 0; i <= ARRAY_SIZE(contents); i++) {
        const void *data = i < ARRAY_SIZE(contents) ? contents[i] : memset(big, 'x', sizeof big);
        size_t n = i < ARRAY_SIZE(contents) ? strlen(contents[i]) : sizeof big;
        (void)snprintf(path, sizeof path, "%s/garbage%zu.db", f->dir, i);
        write_file(path, data, n);
        for (enum store_mode mode = STORE_WRITE; mode <= STORE_READ; mode++) {
            struct error err = {0};
            struct store *other = NULL;
            struct stat st;
            char now[sizeof big];
            assert_int_equal(store_open(&other, path, mode, &err), -EUCLEAN);
            assert_non_null(strstr(err.msg, path));
            assert_int_equal(stat(path, &st), 0);
            assert_int_equal(st.st_size, n);
            int fd = open(path, O_RDONLY);
            assert_int_equal(read(fd, now, sizeof now), n);
            (void)close(fd);
            assert_memory_equal(now, data, n);
            CLEANUP_FREE char *wal = str_printf("%s-wal", path);
            assert_int_equal(access(wal, F_OK), -1);
        }
    }
}

static void the_database_of_another_program_is_refused(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char path[128];
    (void)snprintf(path, sizeof path, "%s/foreign.db", f->dir);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE mine(a)", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(db);
    struct store *other = NULL;
    assert_int_equal(store_open(&other, path, STORE_WRITE, &err), -EUCLEAN);
    assert_non_null(strstr(err.msg, "another program"));
}

static void a_reader_without_a_database_is_told_to_start_the_daemon(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct store *other = NULL;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/none.db", f->dir);
    assert_int_equal(store_open(&other, path, STORE_READ, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "start junhengd"));
    assert_int_equal(access(path, F_OK), -1);
}

// What a user who may only read the folder sees: in a child, without root's right to write everywhere.
static int read_as_nobody(const char *path, char *said, size_t size)
{
    int out[2];
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct error err = {0};
        struct store *s = NULL;
        char *value = NULL;
        if (geteuid() == 0 && (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0))
            _exit(3);
        int r = store_open(&s, path, STORE_READ, &err);
        if (r == 0)
            r = store_meta_get(s, "a", &value, &err);
        const char *text = r == 0 ? (value ? value : "nothing") : err.msg;
        ssize_t n = write(out[1], text, strlen(text));
        free(value);
        (void)store_close(s);
        _exit(r == 0 && n > 0 ? 0 : 1);
    }
    (void)close(out[1]);
    ssize_t n = read(out[0], said, size - 1);
    said[n > 0 ? n : 0] = '\0';
    (void)close(out[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_read_only_folder_is_readable_with_the_daemon_running_or_stopped(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char said[1200];
    ok(store_meta_set(f->store, "a", "last word", &err));
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(read_as_nobody(f->path, said, sizeof said), 0);
    assert_string_equal(said, "last word");
    f->store = store_close(f->store);
    CLEANUP_FREE char *wal = str_printf("%s-wal", f->path);
    assert_int_equal(access(wal, F_OK), 0); // kept
    assert_int_equal(read_as_nobody(f->path, said, sizeof said), 0);
    assert_string_equal(said, "last word");
    // A copy of the database alone.
    CLEANUP_FREE char *shm = str_printf("%s-shm", f->path);
    assert_int_equal(chmod(f->dir, 0755), 0);
    assert_int_equal(unlink(wal), 0);
    assert_int_equal(unlink(shm), 0);
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(read_as_nobody(f->path, said, sizeof said), 0);
    assert_string_equal(said, "last word");
    // … but not when there is a log that cannot be taken into account.
    assert_int_equal(chmod(f->dir, 0755), 0);
    write_file(wal, "some log", 8);
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_int_equal(read_as_nobody(f->path, said, sizeof said), 1);
    assert_non_null(strstr(said, "Start the daemon once"));
    assert_int_equal(chmod(f->dir, 0755), 0);
}

static void a_rolled_back_code_is_forgotten(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    int64_t a, b, again;
    ok(store_begin(f->store, &err));
    ok(code_of(f->store, "甲", &a, &err));
    ok(store_savepoint(f->store, &err));
    ok(code_of(f->store, "乙", &b, &err));
    ok(store_rollback_savepoint(f->store, &err));
    ok(code_find(f->store, "乙", &again, &err));
    assert_int_equal(again, 0);
    assert_string_equal(code_text(f->store, b), "");
    ok(code_find(f->store, "甲", &again, &err));
    assert_int_equal(again, a);
    store_rollback(f->store);
    ok(code_find(f->store, "甲", &again, &err));
    assert_int_equal(again, 0);
    ok(store_begin(f->store, &err));
    ok(code_of(f->store, "丙", &again, &err));
    ok(store_commit(f->store, &err));
    assert_int_equal(again, a); // the id is free again, and means the new text
    assert_string_equal(code_text(f->store, a), "丙");
    fixture_reopen(f);
    assert_string_equal(code_text(f->store, a), "丙");
}

static void the_dictionary_keeps_thousands_apart(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    enum { N = 5000 };
    int64_t *ids = mem_array(N, sizeof *ids), id;
    char text[32];
    ok(store_begin(f->store, &err));
    for (int i = 0; i < N; i++) {
        (void)snprintf(text, sizeof text, "code %d", i);
        ok(code_of(f->store, text, &ids[i], &err));
    }
    ok(store_commit(f->store, &err));
    for (int i = 0; i < N; i++) {
        (void)snprintf(text, sizeof text, "code %d", i);
        ok(code_find(f->store, text, &id, &err));
        assert_int_equal(id, ids[i]);
        assert_string_equal(code_text(f->store, id), text);
    }
    free(ids);
}

static void a_damaged_page_is_found_by_the_check_and_an_unreadable_schema_at_once(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char *problems = NULL, junk[4096];
    ok(sql_exec(f->store, "PRAGMA wal_checkpoint(TRUNCATE)", &err));
    int64_t root = fixture_int(f, "SELECT rootpage FROM sqlite_schema WHERE name = 'submission'");
    f->store = store_close(f->store);
    int fd = open(f->path, O_WRONLY);
    memset(junk, 0xa5, sizeof junk);
    assert_int_equal(pwrite(fd, junk, sizeof junk, (root - 1) * 4096), sizeof junk);
    ok(store_open(&f->store, f->path, STORE_WRITE, &err));
    ok(store_check(f->store, &problems, &err));
    assert_non_null(problems);
    free(problems);
    f->store = store_close(f->store);
    assert_int_equal(pwrite(fd, junk, 3000, 100), 3000); // the first page, behind the header
    (void)close(fd);
    assert_int_equal(store_open(&f->store, f->path, STORE_WRITE, &err), -EUCLEAN);
    assert_non_null(strstr(err.msg, "is damaged"));
    assert_non_null(strstr(err.msg, f->path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_fresh_database_is_wal_durable_and_of_our_version, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_committed_is_there_after_reopening, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_newer_database_is_refused_with_both_numbers, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_database_is_named_and_left_untouched, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_database_of_another_program_is_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_reader_without_a_database_is_told_to_start_the_daemon,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_read_only_folder_is_readable_with_the_daemon_running_or_stopped,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_page_is_found_by_the_check_and_an_unreadable_schema_at_once,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_rolled_back_code_is_forgotten, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_dictionary_keeps_thousands_apart, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
