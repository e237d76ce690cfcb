// SPDX-License-Identifier: Apache-2.0
// Worker processes.
#include "flow/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"

#define LINE_MAX_BYTES 2000 // of one line of stderr in the log
#define LINES_MAX 200       // of one worker: a plugin that prints without end must not fill the journal
#define TICK_MS 500
#define SPARE_MS 60000

struct worker {
    struct supervisor *owner;
    struct worker *next;
    uv_process_t process;
    uv_pipe_t in, out, err;
    uv_write_t write;
    uv_timer_t timer;
    struct buf input, line;
    char *name, *field;
    char *argv; // joined, of a spare
    bool waits; // a spare without work
    int64_t since_ms;
    size_t max_output, said, lines;
    void (*on_output)(void *arg, const char *data, size_t len);
    void (*on_end)(void *arg, const struct worker_end *end);
    void *arg;
    struct worker_end end;
    int open;    // handles not yet closed
    int awaited; // exit and ends of pipes still to come
    char chunk[65536];
};

struct supervisor {
    uv_loop_t *loop;
    uv_timer_t tick;
    struct worker *workers;
    size_t running;
    uint64_t beat;
    bool closing;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void supervisor_maybe_closed(struct supervisor *s);

static void log_line(struct worker *w)
{
    if (!w->line.len || ++w->lines > LINES_MAX) {
        if (w->lines == LINES_MAX + 1)
            log_warn("%s: further lines are left out", w->name);
        buf_reset(&w->line);
        return;
    }
    CLEANUP_FREE char *text =
        str_printf("%s[%d]: %s", w->name, uv_process_get_pid(&w->process), buf_str(&w->line));
    CLEANUP_FREE char *worker = str_printf("WORKER=%s", w->name);
    const char *fields[] = {worker, w->field, NULL};
    log_fields(LOG_LEVEL_NOTICE, fields, text);
    buf_reset(&w->line);
}

static void on_closed(uv_handle_t *handle)
{
    struct worker *w = handle->data;
    if (--w->open)
        return;
    struct supervisor *s = w->owner;
    struct worker **at = &s->workers;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    s->running--;
    buf_deinit(&w->input);
    buf_deinit(&w->line);
    free(w->name);
    free(w->field);
    free(w->argv);
    free(w);
    supervisor_maybe_closed(s);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void on_part_ended(struct worker *w)
{
    if (--w->awaited)
        return;
    log_line(w);
    close_handle((uv_handle_t *)&w->process);
    close_handle((uv_handle_t *)&w->in);
    close_handle((uv_handle_t *)&w->out);
    close_handle((uv_handle_t *)&w->err);
    close_handle((uv_handle_t *)&w->timer);
    if (!w->waits)
        w->on_end(w->arg, &w->end);
}

// Descendants that hold the pipes open would keep us waiting: the whole group goes with its leader.
static void on_exit_(uv_process_t *process, int64_t status, int signal)
{
    struct worker *w = process->data;
    w->end.exit_code = (int)status;
    w->end.signal = signal;
    (void)kill(-uv_process_get_pid(process), SIGKILL);
    on_part_ended(w);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct worker *w = handle->data;
    *buf = uv_buf_init(w->chunk, sizeof w->chunk);
}

static void on_out(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct worker *w = stream->data;
    if (n < 0) {
        (void)uv_read_stop(stream);
        on_part_ended(w);
        return;
    }
    w->said += (size_t)n;
    if (w->said > w->max_output && !w->end.too_much) {
        w->end.too_much = true;
        worker_kill(w);
    }
    if (n > 0 && !w->end.too_much)
        w->on_output(w->arg, buf->base, (size_t)n);
}

static void on_err(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct worker *w = stream->data;
    if (n < 0) {
        (void)uv_read_stop(stream);
        on_part_ended(w);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buf->base[i] == '\n')
            log_line(w);
        else if (w->line.len < LINE_MAX_BYTES)
            buf_addc(&w->line, buf->base[i]);
    }
}

static void on_written(uv_write_t *write, int status)
{
    struct worker *w = write->data;
    if (status < 0 && status != UV_EPIPE && status != UV_ECANCELED)
        log_debug("%s: its input: %s", w->name, uv_strerror(status));
    buf_reset(&w->input);
    close_handle((uv_handle_t *)&w->in);
}

static void on_timeout(uv_timer_t *timer)
{
    struct worker *w = timer->data;
    w->end.timed_out = true;
    worker_kill(w);
}

static struct worker *worker_new(struct supervisor *s, const struct worker_spec *spec)
{
    struct worker *w = mem_alloc(sizeof *w);
    *w = (struct worker){.owner = s,
                         .next = s->workers,
                         .max_output = spec->max_output,
                         .on_output = spec->on_output,
                         .on_end = spec->on_end,
                         .arg = spec->arg,
                         .open = 5,
                         .awaited = 3};
    w->name = str_dup(spec->name);
    w->field = str_dup(spec->field);
    s->workers = w;
    s->running++;
    (void)uv_pipe_init(s->loop, &w->in, 0);
    (void)uv_pipe_init(s->loop, &w->out, 0);
    (void)uv_pipe_init(s->loop, &w->err, 0);
    (void)uv_timer_init(s->loop, &w->timer);
    w->process.data = w->in.data = w->out.data = w->err.data = w->timer.data = w->write.data = w;
    return w;
}

static int spawn(struct worker *w, const struct worker_spec *spec)
{
    const uv_stdio_flags ours = UV_CREATE_PIPE;
    uv_stdio_container_t stdio[4] = {
        {.flags = ours | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&w->in},
        {.flags = ours | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&w->out},
        {.flags = ours | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&w->err},
        {.flags = UV_INHERIT_FD, .data.fd = spec->fd3},
    };
    const uv_process_options_t options = {
        .file = spec->argv[0],
        .args = (char **)(uintptr_t)spec->argv,
        .flags = UV_PROCESS_DETACHED, // a session, and so a process group, of its own
        .stdio = stdio,
        .stdio_count = spec->fd3 >= 0 ? 4 : 3,
        .exit_cb = on_exit_,
    };
    return uv_spawn(w->owner->loop, &w->process, &options);
}

static void close_all(struct worker *w)
{
    close_handle((uv_handle_t *)&w->process);
    close_handle((uv_handle_t *)&w->in);
    close_handle((uv_handle_t *)&w->out);
    close_handle((uv_handle_t *)&w->err);
    close_handle((uv_handle_t *)&w->timer);
}

static int start(struct supervisor *s, const struct worker_spec *spec, struct worker **ret, struct error *err)
{
    if (s->closing)
        return error_set(err, UV_ECANCELED, "the daemon is stopping");
    struct worker *w = worker_new(s, spec);
    int r = spawn(w, spec);
    if (r) {
        close_all(w);
        return error_set(err, r, _("cannot start %s: %s"), spec->argv[0], uv_strerror(r));
    }
    (void)uv_read_start((uv_stream_t *)&w->out, on_alloc, on_out);
    (void)uv_read_start((uv_stream_t *)&w->err, on_alloc, on_err);
    *ret = w;
    return 0;
}

static void give_work(struct worker *w, const struct worker_spec *spec)
{
    if (spec->timeout_ms)
        (void)uv_timer_start(&w->timer, on_timeout, (uint64_t)spec->timeout_ms, 0);
    if (!spec->input_len)
        return;
    buf_add(&w->input, spec->input, spec->input_len);
    uv_buf_t b = uv_buf_init(w->input.data, (unsigned)w->input.len);
    if (uv_write(&w->write, (uv_stream_t *)&w->in, &b, 1, on_written) != 0)
        close_handle((uv_handle_t *)&w->in);
}

static char *join(const char *const *argv)
{
    struct buf b = BUF_INIT;
    for (; *argv; argv++)
        buf_addf(&b, "%s\n", *argv);
    return buf_take(&b);
}

// One that has begun to end is none.
static struct worker *find_spare(struct supervisor *s, const char *argv)
{
    struct worker *w = s->workers;
    while (w && (!w->waits || w->awaited < 3 || strcmp(w->argv, argv) != 0))
        w = w->next;
    return w;
}

void supervisor_prepare(struct supervisor *s, const struct worker_spec *spec)
{
    CLEANUP_FREE char *argv = join(spec->argv);
    struct worker *w = find_spare(s, argv);
    const struct worker_spec spare = {
        .name = spec->name, .argv = spec->argv, .field = spec->field, .fd3 = -1};
    struct error ignored;
    if (!w && start(s, &spare, &w, &ignored) == 0) {
        w->waits = true;
        w->argv = TAKE(argv);
    }
    if (w)
        w->since_ms = (int64_t)uv_now(s->loop);
}

int supervisor_start(struct supervisor *s, const struct worker_spec *spec, struct worker **ret,
                     struct error *err)
{
    CLEANUP_FREE char *argv = join(spec->argv);
    struct worker *w = spec->fd3 < 0 && !s->closing ? find_spare(s, argv) : NULL;
    if (w) {
        w->waits = false;
        w->max_output = spec->max_output;
        w->on_output = spec->on_output;
        w->on_end = spec->on_end;
        w->arg = spec->arg;
    } else {
        int r = start(s, spec, &w, err);
        if (r)
            return r;
    }
    give_work(w, spec);
    *ret = w;
    return 0;
}

void worker_kill(struct worker *w)
{
    int pid = uv_process_get_pid(&w->process);
    if (pid > 0 && uv_is_active((uv_handle_t *)&w->process) && kill(-pid, SIGKILL) < 0)
        (void)kill(pid, SIGKILL); // not yet in its own group
}

int worker_pid(const struct worker *w)
{
    return uv_process_get_pid(&w->process);
}

size_t supervisor_running(const struct supervisor *s)
{
    return s->running;
}

uint64_t supervisor_beat(const struct supervisor *s)
{
    return s->beat;
}

static void on_tick(uv_timer_t *timer)
{
    struct supervisor *s = timer->data;
    s->beat++;
    for (struct worker *w = s->workers; w; w = w->next) {
        if (w->waits && (int64_t)uv_now(s->loop) - w->since_ms > SPARE_MS)
            worker_kill(w);
    }
}

struct supervisor *supervisor_open(uv_loop_t *loop)
{
    struct supervisor *s = mem_alloc(sizeof *s);
    s->loop = loop;
    s->tick.data = s;
    (void)uv_timer_init(loop, &s->tick);
    (void)uv_timer_start(&s->tick, on_tick, TICK_MS, TICK_MS);
    return s;
}

static void on_tick_closed(uv_handle_t *handle)
{
    struct supervisor *s = handle->data;
    void (*closed)(void *) = s->closed;
    void *arg = s->closed_arg;
    free(s);
    closed(arg);
}

static void supervisor_maybe_closed(struct supervisor *s)
{
    if (s->closing && !s->workers && !uv_is_closing((uv_handle_t *)&s->tick))
        uv_close((uv_handle_t *)&s->tick, on_tick_closed);
}

void supervisor_close(struct supervisor *s, void (*closed)(void *arg), void *arg)
{
    s->closing = true;
    s->closed = closed;
    s->closed_arg = arg;
    for (struct worker *w = s->workers; w; w = w->next)
        worker_kill(w);
    supervisor_maybe_closed(s);
}

void worker_end_text(const struct worker_end *end, char *out, size_t size)
{
    if (end->timed_out)
        (void)snprintf(out, size, "%s", _("ran out of time"));
    else if (end->too_much)
        (void)snprintf(out, size, "%s", _("said more than it may"));
    else if (end->signal)
        (void)snprintf(out, size, _("died of signal %d (%s)"), end->signal, strsignal(end->signal));
    else
        (void)snprintf(out, size, _("ended with exit code %d"), end->exit_code);
}
