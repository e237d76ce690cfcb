// SPDX-License-Identifier: Apache-2.0
#include "flow_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"

#define LIMIT_MS 20000

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int flow_setup(void **state)
{
    struct flow_fixture *f = mem_alloc(sizeof *f);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/junheng-flow-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(uv_loop_init(&f->loop), 0);
    *state = f;
    return 0;
}

int flow_teardown(void **state)
{
    struct flow_fixture *f = *state;
    (void)uv_run(&f->loop, UV_RUN_DEFAULT);
    int open = uv_loop_close(&f->loop);
    (void)nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return open; // not 0: a handle was left open
}

static void on_limit(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void on_limit_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

void flow_run_until(struct flow_fixture *f, const bool *flag)
{
    bool late = false, closed = false;
    (void)uv_timer_init(&f->loop, &f->limit);
    f->limit.data = &late;
    (void)uv_timer_start(&f->limit, on_limit, LIMIT_MS, 0);
    while (!*flag && !late)
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    f->limit.data = &closed;
    uv_close((uv_handle_t *)&f->limit, on_limit_closed);
    while (!closed)
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    assert_true(*flag);
}

void flow_closed(void *flag)
{
    *(bool *)flag = true;
}

char *flow_path(const struct flow_fixture *f, const char *name)
{
    return str_printf("%s/%s", f->dir, name);
}

void flow_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(frame_write_all(fd, text, strlen(text)), 0);
    (void)close(fd);
}

char *flow_read(const char *path)
{
    char text[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t n = read(fd, text, sizeof text);
    (void)close(fd);
    return n < 0 ? NULL : str_ndup(text, (size_t)n);
}

bool flow_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
