// SPDX-License-Identifier: Apache-2.0
// The daemon's side of reading, against a stand-in for junheng-read (fake_reader.py).
#include "flow_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "flow/reader_pool.h"
#include "flow/reading.h"

struct bench {
    struct flow_fixture *f;
    struct supervisor *sv;
    struct reader_pool *pool;
    struct plan plan;
    struct catalog catalog;
    struct config config;
    bool ready, ended;
    enum reading_state last;
};

static void on_ready(void *arg)
{
    ((struct bench *)arg)->ready = true;
}

static void on_event(void *arg, enum reading_state state)
{
    struct bench *b = arg;
    b->last = state;
    b->ended = true;
}

static void bench_open(struct bench *b, struct flow_fixture *f)
{
    struct error err;
    *b = (struct bench){.f = f};
    b->config.language = (char *)(uintptr_t) "en";
    b->plan = (struct plan){.catalog = &b->catalog, .config = &b->config};
    i18n_init("en");
    CLEANUP_FREE char *worker = flow_path(f, "junheng-read");
    assert_int_equal(symlink(TEST_SOURCE_DIR "/tests/unit/flow/fake_reader.py", worker), 0);
    (void)setenv("JUNHENG_WORKER_DIR", f->dir, 1);
    b->sv = supervisor_open(&f->loop);
    b->pool = reader_pool_open(&f->loop, b->sv, on_ready, b);
    assert_int_equal(reader_pool_set_plan(b->pool, &b->plan, &err), 0);
    flow_run_until(f, &b->ready);
}

static void bench_close(struct bench *b)
{
    bool pool = false, sv = false;
    reader_pool_close(b->pool, flow_closed, &pool);
    supervisor_close(b->sv, flow_closed, &sv);
    flow_run_until(b->f, &pool);
    flow_run_until(b->f, &sv);
}

static struct reading *begin(struct bench *b, const char *order, int64_t timeout_ms)
{
    CLEANUP_FREE char *path = flow_path(b->f, "order");
    struct reading *r = NULL;
    struct error err;
    flow_write(path, order);
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    json_t *request = json_pack("{s:s}", "file", "a.csv");
    b->ended = false;
    assert_int_equal(reading_start(&r, &b->f->loop, b->pool, request, fd, timeout_ms, on_event, b, &err), 0);
    json_decref(request);
    return r;
}

static void frames_are_whole_when_the_end_has_come(void **state)
{
    struct bench b;
    bench_open(&b, *state);
    struct reading *r = begin(&b, "say 200000", 10000);
    flow_run_until(b.f, &b.ended);
    assert_int_equal(b.last, READING_WHOLE);
    assert_true(reading_frames(r)->len > 200000);
    reading_close(r);
    bench_close(&b);
}

static void a_reader_that_fails_is_told_apart(void **state)
{
    static const struct {
        const char *order, *why;
        int64_t timeout_ms;
    } cases[] = {
        {"half", "stopped in the middle of its answer", 10000},
        {"junk", "stopped in the middle of its answer", 10000},
        {"hang", "ran out of time", 100},
        {"die", "the reading service ended", 10000},
    };
    struct bench b;
    bench_open(&b, *state);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct reading *r = begin(&b, cases[i].order, cases[i].timeout_ms);
        flow_run_until(b.f, &b.ended);
        assert_int_equal(b.last, READING_DIED);
        assert_string_equal(reading_why(r), cases[i].why);
        reading_close(r);
    }
    bench_close(&b);
}

static void the_server_is_started_again_after_its_death(void **state)
{
    struct bench b;
    bench_open(&b, *state);
    struct reading *r = begin(&b, "die", 10000);
    b.ready = false;
    flow_run_until(b.f, &b.ended);
    reading_close(r);
    flow_run_until(b.f, &b.ready);
    r = begin(&b, "say 10", 10000);
    flow_run_until(b.f, &b.ended);
    assert_int_equal(b.last, READING_WHOLE);
    reading_close(r);
    bench_close(&b);
}

static void a_big_file_is_held_at_eight_mebibytes_and_read_on_through_its_pipe(void **state)
{
    struct bench b;
    char chunk[65536];
    bench_open(&b, *state);
    struct reading *r = begin(&b, "say 20000000", 10000);
    flow_run_until(b.f, &b.ended);
    assert_int_equal(b.last, READING_BIG);
    size_t total = reading_frames(r)->len;
    assert_true(total >= READING_BUFFER && total < READING_BUFFER + (1 << 20));
    int fd = reading_fd(r);
    assert_int_equal(fcntl(fd, F_SETFL, 0), 0); // as the writer does, but blocking
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        total += (size_t)n;
    assert_true(total > 20000000);
    reading_close(r);
    bench_close(&b);
}

static void a_reading_may_be_given_up_at_any_time(void **state)
{
    struct bench b;
    bench_open(&b, *state);
    reading_close(begin(&b, "hang", 10000));
    reading_close(begin(&b, "say 20000000", 10000));
    struct reading *r = begin(&b, "say 20000000", 10000);
    flow_run_until(b.f, &b.ended);
    reading_close(r);
    bench_close(&b);
}

static void a_new_plan_gets_a_new_server_and_the_old_one_ends_its_job(void **state)
{
    struct bench b;
    struct error err;
    bench_open(&b, *state);
    struct reading *r = begin(&b, "say 3000000", 10000);
    b.ready = false;
    assert_int_equal(reader_pool_set_plan(b.pool, &b.plan, &err), 0);
    assert_true(b.ready);
    flow_run_until(b.f, &b.ended);
    assert_int_equal(b.last, READING_WHOLE);
    reading_close(r);
    while (supervisor_running(b.sv) > 1)
        (void)uv_run(&b.f->loop, UV_RUN_ONCE);
    bench_close(&b);
}

#define T(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(frames_are_whole_when_the_end_has_come),
        T(a_reader_that_fails_is_told_apart),
        T(the_server_is_started_again_after_its_death),
        T(a_big_file_is_held_at_eight_mebibytes_and_read_on_through_its_pipe),
        T(a_reading_may_be_given_up_at_any_time),
        T(a_new_plan_gets_a_new_server_and_the_old_one_ends_its_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
