// SPDX-License-Identifier: Apache-2.0
// One file's conversation with its reader.
#include "flow/reading.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "read/wire.h"

#define GRACE_MS 5000 // between the kill and giving up on an answer

struct reading {
    struct reader_job job;
    uv_pipe_t pipe;
    uv_timer_t timer;
    struct buf frames;
    enum reading_state state;
    reading_fn *on_event;
    void *arg;
    bool pipe_ended, job_ended, timed_out, killed, closed;
    int open; // handles
    char why[160];
    char chunk[65536];
};

static void maybe_free(struct reading *r)
{
    if (!r->closed || r->open || !r->job_ended)
        return;
    buf_deinit(&r->frames);
    free(r);
}

static void on_closed(uv_handle_t *handle)
{
    struct reading *r = handle->data;
    r->open--;
    maybe_free(r);
}

static void set_why(struct reading *r, const char *why)
{
    if (!r->why[0])
        (void)snprintf(r->why, sizeof r->why, "%s", why);
}

// Whole frames, WIRE_END last and once.
static bool frames_are_whole(const struct buf *b)
{
    size_t at = 0;
    struct frame f = {0};
    while (at < b->len) {
        if (frame_next((const uint8_t *)b->data + at, b->len - at, &f) != 1)
            return false;
        at += FRAME_HEAD + f.len;
        if (f.type == WIRE_END)
            return at == b->len;
    }
    return false;
}

static void finish(struct reading *r)
{
    if (r->closed || r->state == READING_WHOLE || r->state == READING_DIED)
        return;
    (void)uv_timer_stop(&r->timer);
    r->state = frames_are_whole(&r->frames) ? READING_WHOLE : READING_DIED;
    if (r->state == READING_DIED)
        set_why(r, _("stopped in the middle of its answer"));
    r->on_event(r->arg, r->state);
}

// A big one's pipe is read by the writer: the end of the child is then the writer's to notice, by the end of
// the pipe.
static void part_ended(struct reading *r)
{
    if (r->closed)
        maybe_free(r);
    else if (r->pipe_ended && r->job_ended && r->state == READING_RUNS)
        finish(r);
}

static void on_job_end(struct reader_job *job, const struct worker_end *end, bool server_died)
{
    struct reading *r = (struct reading *)(void *)job;
    r->job_ended = true;
    char text[128];
    r->killed = !r->timed_out && (server_died || end->signal == SIGKILL);
    struct worker_end e = *end;
    e.timed_out = r->timed_out;
    worker_end_text(&e, text, sizeof text);
    if (server_died && !r->timed_out)
        set_why(r, _("the reading service ended"));
    else if (e.exit_code || e.signal)
        set_why(r, text);
    part_ended(r);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct reading *r = handle->data;
    *buf = uv_buf_init(r->chunk, sizeof r->chunk);
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct reading *r = stream->data;
    if (n < 0) {
        (void)uv_read_stop(stream);
        r->pipe_ended = true;
        part_ended(r);
        return;
    }
    if (n > 0)
        buf_add(&r->frames, buf->base, (size_t)n);
    if (r->frames.len < READING_BUFFER)
        return;
    (void)uv_read_stop(stream);
    (void)uv_timer_stop(&r->timer); // it may wait for its turn; from then on the writer has a limit
    r->state = READING_BIG;
    r->on_event(r->arg, READING_BIG);
}

static void on_timeout(uv_timer_t *timer)
{
    struct reading *r = timer->data;
    if (!r->timed_out) {
        r->timed_out = true;
        reader_kill(&r->job);
        (void)uv_timer_start(timer, on_timeout, GRACE_MS, 0);
        return;
    }
    set_why(r, _("ran out of time"));
    finish(r);
}

static int open_pipe(struct reading *r, uv_loop_t *loop, int *ret_theirs, struct error *err)
{
    int p[2];
    if (pipe2(p, O_CLOEXEC) < 0)
        return error_sys(err, -errno, "pipe");
    (void)fcntl(p[1], F_SETPIPE_SZ, 1 << 20); // fewer turns of the loop; the default does too
    (void)uv_pipe_init(loop, &r->pipe, 0);
    (void)uv_timer_init(loop, &r->timer);
    r->pipe.data = r->timer.data = r;
    r->open = 2;
    int e = uv_pipe_open(&r->pipe, p[0]);
    if (e)
        (void)close(p[0]);
    *ret_theirs = p[1];
    return e ? error_set(err, e, "pipe: %s", uv_strerror(e)) : 0;
}

int reading_start(struct reading **ret, uv_loop_t *loop, struct reader_pool *pool, json_t *request, int in_fd,
                  int64_t timeout_ms, reading_fn *on_event, void *arg, struct error *err)
{
    struct reading *r = mem_alloc(sizeof *r);
    *r = (struct reading){.on_event = on_event, .arg = arg, .job.on_end = on_job_end, .job_ended = true};
    CLEANUP_FD int theirs = -1;
    int e = open_pipe(r, loop, &theirs, err);
    if (!e)
        e = reader_start(pool, &r->job, request, in_fd, theirs, err);
    if (!e)
        r->job_ended = false;
    if (e) {
        if (r->open)
            reading_close(r);
        else
            free(r);
        return e;
    }
    (void)uv_timer_start(&r->timer, on_timeout, (uint64_t)timeout_ms, 0);
    (void)uv_read_start((uv_stream_t *)&r->pipe, on_alloc, on_bytes);
    *ret = r;
    return 0;
}

enum reading_state reading_state(const struct reading *r)
{
    return r->state;
}

struct buf *reading_frames(struct reading *r)
{
    return &r->frames;
}

int reading_fd(struct reading *r)
{
    uv_os_fd_t fd = -1;
    (void)uv_fileno((uv_handle_t *)&r->pipe, &fd);
    return fd;
}

bool reading_was_killed(const struct reading *r)
{
    return r->killed;
}

const char *reading_why(const struct reading *r)
{
    return r->why;
}

void reading_close(struct reading *r)
{
    if (!r)
        return;
    assert(!r->closed);
    r->closed = true;
    if (!r->job_ended)
        reader_kill(&r->job);
    uv_close((uv_handle_t *)&r->pipe, on_closed);
    uv_close((uv_handle_t *)&r->timer, on_closed);
}
