// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "flow/supervisor.h"
#include "flow/watch.h"

struct bench {
    struct flow_fixture *f;
    struct watch *watch;
    struct plan plan;
    struct config config;
    struct source_config source;
    char *path;
    char taken[20][64]; // names as dropped, in order
    size_t n, wanted, found;
    size_t room;
    bool enough;
};

static size_t on_room(void *arg)
{
    return ((struct bench *)arg)->room;
}

static void on_claimed(void *arg, const char *source, const struct folder_claim *claims, size_t n)
{
    struct bench *b = arg;
    assert_string_equal(source, "city");
    for (size_t i = 0; i < n && b->n < 20; i++) {
        if (claims[i].r == 0)
            (void)snprintf(b->taken[b->n++], 64, "%s", claims[i].name);
    }
    b->enough = b->n >= b->wanted;
}

static void on_found(void *arg, const char *source, char *const *claimed, size_t n)
{
    (void)source;
    (void)claimed;
    ((struct bench *)arg)->found += n;
}

static void bench_open(struct bench *b, struct flow_fixture *f, int64_t settle_ms, size_t wanted)
{
    const struct watch_hooks hooks = {
        .room = on_room, .on_claimed = on_claimed, .on_found = on_found, .arg = b};
    struct error err;
    *b = (struct bench){.f = f, .room = 100, .wanted = wanted, .path = flow_path(f, "drop")};
    b->source =
        (struct source_config){.name = (char *)(uintptr_t) "city", .path = b->path, .settle_ms = settle_ms};
    b->config = (struct config){.sources = &b->source, .n_sources = 1, .rescan_ms = 60000};
    b->plan = (struct plan){.config = &b->config};
    assert_int_equal(watch_open(&b->watch, &f->loop, &hooks, false, &err), 0);
}

static void bench_go(struct bench *b)
{
    watch_set_plan(b->watch, &b->plan);
    while (!watch_standing(b->watch))
        (void)uv_run(&b->f->loop, UV_RUN_ONCE);
}

static void bench_close(struct bench *b)
{
    bool closed = false;
    watch_close(b->watch, flow_closed, &closed);
    flow_run_until(b->f, &closed);
    free(b->path);
}

static void drop(struct bench *b, const char *name, const char *text)
{
    CLEANUP_FREE char *elsewhere = flow_path(b->f, "elsewhere");
    CLEANUP_FREE char *to = str_printf("%s/%s", b->path, name);
    flow_write(elsewhere, text);
    assert_int_equal(rename(elsewhere, to), 0);
}

static void a_file_renamed_in_is_taken_without_waiting(void **state)
{
    struct bench b;
    bench_open(&b, *state, 3600 * 1000, 1);
    bench_go(&b);
    drop(&b, "a.csv", "x");
    flow_run_until(b.f, &b.enough);
    assert_string_equal(b.taken[0], "a.csv");
    bench_close(&b);
}

static void a_file_written_in_place_is_taken_when_it_has_settled(void **state)
{
    struct bench b;
    bench_open(&b, *state, 50, 1);
    bench_go(&b);
    CLEANUP_FREE char *path = str_printf("%s/a.csv", b.path);
    flow_write(path, "x");
    flow_run_until(b.f, &b.enough);
    assert_string_equal(b.taken[0], "a.csv");
    bench_close(&b);
}

static void what_lay_there_before_is_taken_too(void **state)
{
    struct bench b;
    bench_open(&b, *state, 20, 2);
    assert_int_equal(mkdir(b.path, 0755), 0);
    drop(&b, "b.csv", "x");
    drop(&b, "a.csv", "x");
    bench_go(&b);
    flow_run_until(b.f, &b.enough);
    assert_int_equal(b.n, 2);
    bench_close(&b);
}

static void without_room_files_stay_in_the_folder(void **state)
{
    struct bench b;
    bench_open(&b, *state, 0, 1);
    b.room = 0;
    bench_go(&b);
    drop(&b, "a.csv", "x");
    drop(&b, "b.csv", "x");
    for (int i = 0; i < 20; i++) {
        watch_rescan(b.watch);
        do
            (void)uv_run(&b.f->loop, UV_RUN_ONCE);
        while (!watch_standing(b.watch));
    }
    assert_int_equal(b.n, 0);
    assert_false(watch_idle(b.watch));
    b.room = 1;
    watch_poke(b.watch);
    flow_run_until(b.f, &b.enough);
    assert_string_equal(b.taken[0], "a.csv");
    bench_close(&b);
}

static void a_folder_that_vanishes_and_comes_back_is_watched_again(void **state)
{
    struct bench b;
    bench_open(&b, *state, 3600 * 1000, 1);
    bench_go(&b);
    CLEANUP_FREE char *away = flow_path(b.f, "away");
    assert_int_equal(rename(b.path, away), 0);
    json_t *status = NULL;
    const char *text = "";
    while (strcmp(text, "missing") != 0) {
        (void)uv_run(&b.f->loop, UV_RUN_ONCE);
        json_decref(status);
        status = watch_status(b.watch);
        text = json_string_value(json_object_get(json_array_get(status, 0), "state"));
    }
    json_decref(status);
    assert_true(watch_troubled(b.watch));
    assert_int_equal(rename(away, b.path), 0);
    while (watch_troubled(b.watch))
        (void)uv_run(&b.f->loop, UV_RUN_ONCE);
    drop(&b, "a.csv", "x");
    flow_run_until(b.f, &b.enough);
    assert_string_equal(b.taken[0], "a.csv");
    bench_close(&b);
}

static void what_lies_claimed_is_reported_once(void **state)
{
    struct bench b;
    bench_open(&b, *state, 0, 1);
    CLEANUP_FREE char *claimed = str_printf("%s/.claimed", b.path);
    CLEANUP_FREE char *file = str_printf("%s/0000000000000001-0000-a.csv", claimed);
    assert_int_equal(mkdir(b.path, 0755), 0);
    assert_int_equal(mkdir(claimed, 0755), 0);
    flow_write(file, "x");
    bench_go(&b);
    assert_int_equal(b.found, 1);
    watch_rescan(b.watch);
    drop(&b, "b.csv", "x");
    flow_run_until(b.f, &b.enough);
    assert_int_equal(b.found, 1);
    bench_close(&b);
}

static void a_source_that_is_no_longer_configured_is_let_go(void **state)
{
    struct bench b;
    bench_open(&b, *state, 0, 1);
    bench_go(&b);
    struct config none = {.rescan_ms = 60000};
    struct plan later = {.config = &none};
    watch_set_plan(b.watch, &later);
    json_t *status = watch_status(b.watch);
    while (json_array_size(status)) {
        json_decref(status);
        (void)uv_run(&b.f->loop, UV_RUN_ONCE);
        status = watch_status(b.watch);
    }
    json_decref(status);
    bench_close(&b);
}

// ---- supervisor ----

struct said {
    char text[256];
    size_t len;
    struct worker_end end;
    bool ended;
};

static void on_output(void *arg, const char *data, size_t len)
{
    struct said *s = arg;
    if (s->len + len < sizeof s->text)
        memcpy(s->text + s->len, data, len);
    s->len += len;
}

static void on_end(void *arg, const struct worker_end *end)
{
    struct said *s = arg;
    s->end = *end;
    s->ended = true;
}

static void run_script(struct flow_fixture *f, const char *script, const char *input, int64_t timeout_ms,
                       struct said *ret)
{
    struct supervisor *sv = supervisor_open(&f->loop);
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    const struct worker_spec spec = {.name = "sh",
                                     .argv = argv,
                                     .input = input,
                                     .input_len = strlen(input),
                                     .fd3 = -1,
                                     .timeout_ms = timeout_ms,
                                     .max_output = 100,
                                     .on_output = on_output,
                                     .on_end = on_end,
                                     .arg = ret};
    struct worker *w;
    struct error err;
    bool closed = false;
    *ret = (struct said){0};
    assert_int_equal(supervisor_start(sv, &spec, &w, &err), 0);
    flow_run_until(f, &ret->ended);
    supervisor_close(sv, flow_closed, &closed);
    flow_run_until(f, &closed);
}

static void a_worker_is_fed_heard_and_ended_by_its_limits(void **state)
{
    static const struct {
        const char *script, *input, *output, *text;
        int64_t timeout_ms;
    } cases[] = {
        {"cat", "hello", "hello", "ended with exit code 0", 10000},
        {"exit 7", "", "", "ended with exit code 7", 10000},
        {"kill -9 $$", "", "", "died of signal 9 (Killed)", 10000},
        {"sleep 600 & sleep 600", "", "", "ran out of time", 100}, // the group goes, not the leader alone
        {"yes", "", NULL, "said more than it may", 10000},
        {"sleep 600 & echo gone", "", "gone\n", "ended with exit code 0",
         10000}, // nor do those who hold its pipes stay
    };
    i18n_init("en");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct said said;
        char text[128];
        run_script(*state, cases[i].script, cases[i].input, cases[i].timeout_ms, &said);
        worker_end_text(&said.end, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        if (cases[i].output)
            assert_string_equal(said.text, cases[i].output);
    }
}

static void a_program_that_is_not_there_is_named(void **state)
{
    struct flow_fixture *f = *state;
    struct supervisor *sv = supervisor_open(&f->loop);
    const char *argv[] = {"/nowhere/junheng-run", NULL};
    const struct worker_spec spec = {.name = "junheng-run", .argv = argv, .fd3 = -1, .on_end = on_end};
    struct worker *w;
    struct error err;
    bool closed = false;
    assert_int_equal(supervisor_start(sv, &spec, &w, &err), UV_ENOENT);
    assert_string_equal(err.msg, "cannot start /nowhere/junheng-run: no such file or directory");
    supervisor_close(sv, flow_closed, &closed);
    flow_run_until(f, &closed);
}

#define T(name) cmocka_unit_test_setup_teardown(name, flow_setup, flow_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_file_renamed_in_is_taken_without_waiting),
        T(a_file_written_in_place_is_taken_when_it_has_settled),
        T(what_lay_there_before_is_taken_too),
        T(without_room_files_stay_in_the_folder),
        T(a_folder_that_vanishes_and_comes_back_is_watched_again),
        T(what_lies_claimed_is_reported_once),
        T(a_source_that_is_no_longer_configured_is_let_go),
        T(a_worker_is_fed_heard_and_ended_by_its_limits),
        T(a_program_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
