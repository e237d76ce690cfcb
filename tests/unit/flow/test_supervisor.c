// SPDX-License-Identifier: Apache-2.0
// Workers started ahead.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <uv.h>

#include "flow/supervisor.h"

struct bench {
    uv_loop_t loop;
    struct supervisor *sv;
    char said[64];
    size_t n, ends;
    struct worker_end end;
    bool closed;
};

static int setup(void **state)
{
    static struct bench bench;
    bench = (struct bench){0};
    assert_int_equal(uv_loop_init(&bench.loop), 0);
    bench.sv = supervisor_open(&bench.loop);
    *state = &bench;
    return 0;
}

static void on_closed(void *arg)
{
    ((struct bench *)arg)->closed = true;
}

static int teardown(void **state)
{
    struct bench *b = *state;
    supervisor_close(b->sv, on_closed, b);
    (void)uv_run(&b->loop, UV_RUN_DEFAULT);
    return b->closed ? uv_loop_close(&b->loop) : -1;
}

static void on_output(void *arg, const char *data, size_t len)
{
    struct bench *b = arg;
    assert_true(b->n + len < sizeof b->said);
    memcpy(b->said + b->n, data, len);
    b->n += len;
}

static void on_end(void *arg, const struct worker_end *end)
{
    struct bench *b = arg;
    b->end = *end;
    b->ends++;
}

static const char *const cat[] = {"/bin/cat", NULL};
static const char *const other[] = {"/bin/cat", "-", NULL};

static struct worker *start(struct bench *b, const char *const *argv)
{
    struct worker *w = NULL;
    struct error err;
    const struct worker_spec spec = {.name = "cat",
                                     .argv = argv,
                                     .input = "hello",
                                     .input_len = 5,
                                     .fd3 = -1,
                                     .max_output = 100,
                                     .on_output = on_output,
                                     .on_end = on_end,
                                     .arg = b};
    assert_int_equal(supervisor_start(b->sv, &spec, &w, &err), 0);
    return w;
}

static void run_to_end(struct bench *b)
{
    while (!b->ends)
        (void)uv_run(&b->loop, UV_RUN_ONCE);
    assert_int_equal(b->end.exit_code, 0);
    assert_int_equal(b->end.signal, 0);
    assert_string_equal(b->said, "hello");
}

static void work_goes_to_the_spare_of_the_same_program(void **state)
{
    struct bench *b = *state;
    const struct worker_spec spare = {.name = "cat", .argv = cat};
    supervisor_prepare(b->sv, &spare);
    supervisor_prepare(b->sv, &spare); // one is enough
    assert_int_equal(supervisor_running(b->sv), 1);
    (void)start(b, cat);
    assert_int_equal(supervisor_running(b->sv), 1);
    run_to_end(b);
}

static void another_command_line_is_another_program(void **state)
{
    struct bench *b = *state;
    const struct worker_spec spare = {.name = "cat", .argv = cat};
    supervisor_prepare(b->sv, &spare);
    (void)start(b, other);
    assert_int_equal(supervisor_running(b->sv), 2);
    run_to_end(b);
}

static void what_was_killed_is_not_given_work_again(void **state)
{
    struct bench *b = *state;
    const struct worker_spec spare = {.name = "cat", .argv = cat};
    supervisor_prepare(b->sv, &spare);
    struct worker *w = start(b, cat);
    worker_kill(w);
    while (!b->ends)
        (void)uv_run(&b->loop, UV_RUN_ONCE);
    assert_int_equal(b->end.signal, 9);
    b->ends = b->n = 0;
    (void)start(b, cat);
    run_to_end(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(work_goes_to_the_spare_of_the_same_program, setup, teardown),
        cmocka_unit_test_setup_teardown(another_command_line_is_another_program, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_killed_is_not_given_work_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
