// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "flow/writer.h"
#include "store/store.h"

struct task {
    struct writer_job job;
    const char *key;
    int result; // of the work
    int *countdown;
    bool *all_done;
};

static int work_set(struct store *s, struct writer_job *job)
{
    struct task *t = job->arg;
    int r = store_meta_set(s, t->key, "set", &job->err);
    if (!r && t->result)
        r = error_set(&job->err, t->result, "as told");
    return r;
}

static void on_done(struct writer_job *job)
{
    struct task *t = job->arg;
    if (--*t->countdown == 0)
        *t->all_done = true;
}

static bool is_set(const char *db, const char *key)
{
    struct store *s;
    struct error err;
    char *value = NULL;
    assert_int_equal(store_open(&s, db, STORE_READ, &err), 0);
    assert_int_equal(store_meta_get(s, key, &value, &err), 0);
    bool set = value != NULL;
    free(value);
    (void)store_close(s);
    return set;
}

static struct writer *open_writer(struct flow_fixture *f, char **ret_db)
{
    struct writer *w;
    struct error err;
    *ret_db = flow_path(f, "junheng.db");
    assert_int_equal(writer_open(&w, &f->loop, *ret_db, &err), 0);
    return w;
}

static void close_writer(struct flow_fixture *f, struct writer *w)
{
    bool closed = false;
    writer_close(w, flow_closed, &closed);
    flow_run_until(f, &closed);
}

static void a_job_that_fails_is_rolled_back_alone(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *db = NULL;
    struct writer *w = open_writer(f, &db);
    bool done = false;
    int countdown = 3;
    struct task tasks[] = {{.key = "a"}, {.key = "b", .result = -EINVAL}, {.key = "c"}};
    for (size_t i = 0; i < ARRAY_SIZE(tasks); i++) {
        tasks[i].countdown = &countdown;
        tasks[i].all_done = &done;
        tasks[i].job =
            (struct writer_job){.mode = WRITER_SHARED, .work = work_set, .done = on_done, .arg = &tasks[i]};
        writer_submit(w, &tasks[i].job);
    }
    assert_int_equal(writer_waiting(w), 3);
    flow_run_until(f, &done);
    assert_int_equal(tasks[0].job.r, 0);
    assert_int_equal(tasks[1].job.r, -EINVAL);
    assert_string_equal(tasks[1].job.err.msg, "as told");
    assert_int_equal(tasks[2].job.r, 0);
    assert_true(is_set(db, "a"));
    assert_false(is_set(db, "b"));
    assert_true(is_set(db, "c"));
    close_writer(f, w);
}

static int work_break_transaction(struct store *s, struct writer_job *job)
{
    (void)job;
    store_rollback(s); // as SQLite does by itself when the disk is full
    return 0;
}

static void a_lost_transaction_fails_its_whole_group(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *db = NULL;
    struct writer *w = open_writer(f, &db);
    bool done = false;
    int countdown = 2;
    struct task tasks[2] = {{.key = "a"}, {.key = "b"}};
    for (size_t i = 0; i < 2; i++) {
        tasks[i].countdown = &countdown;
        tasks[i].all_done = &done;
    }
    tasks[0].job =
        (struct writer_job){.mode = WRITER_SHARED, .work = work_set, .done = on_done, .arg = &tasks[0]};
    tasks[1].job = (struct writer_job){
        .mode = WRITER_SHARED, .work = work_break_transaction, .done = on_done, .arg = &tasks[1]};
    writer_submit(w, &tasks[0].job);
    writer_submit(w, &tasks[1].job);
    flow_run_until(f, &done);
    assert_true(tasks[1].job.r < 0);
    assert_int_equal(tasks[0].job.r == 0,
                     is_set(db, "a")); // done means committed, whichever group it fell into
    close_writer(f, w);
}

static int work_wait(struct store *s, struct writer_job *job)
{
    (void)s;
    uv_sem_wait(job->arg);
    return 0;
}

static void on_nothing(struct writer_job *job)
{
    (void)job;
}

static void what_waits_when_it_stops_is_cancelled_and_told(void **state)
{
    struct flow_fixture *f = *state;
    CLEANUP_FREE char *db = NULL;
    struct writer *w = open_writer(f, &db);
    uv_sem_t hold;
    bool done = false;
    int countdown = 2;
    (void)uv_sem_init(&hold, 0);
    struct writer_job blocking = {.mode = WRITER_OWN, .work = work_wait, .done = on_nothing, .arg = &hold};
    struct task tasks[2] = {{.key = "a", .countdown = &countdown, .all_done = &done},
                            {.key = "b", .countdown = &countdown, .all_done = &done}};
    writer_submit(w, &blocking);
    tasks[0].job =
        (struct writer_job){.mode = WRITER_SHARED, .work = work_set, .done = on_done, .arg = &tasks[0]};
    writer_submit(w, &tasks[0].job);
    while (writer_waiting(w) != 2)
        (void)uv_run(&f->loop, UV_RUN_NOWAIT);
    uv_sem_post(&hold);
    writer_stop(w);
    tasks[1].job =
        (struct writer_job){.mode = WRITER_OWN, .work = work_set, .done = on_done, .arg = &tasks[1]};
    writer_submit(w, &tasks[1].job); // after the stop: accepted, and ended the same way
    flow_run_until(f, &done);
    assert_int_equal(tasks[1].job.r, UV_ECANCELED);
    assert_int_equal(tasks[0].job.r == 0, is_set(db, "a"));
    close_writer(f, w);
    uv_sem_destroy(&hold);
}

#define T(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_job_that_fails_is_rolled_back_alone),
        T(a_lost_transaction_fails_its_whole_group),
        T(what_waits_when_it_stops_is_cancelled_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
