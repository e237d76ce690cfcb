// SPDX-License-Identifier: Apache-2.0
// The client of junheng-read's fork server.
#include "flow/reader_pool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 30000
#define STEADY_MS 60000 // a server that has lived so long starts with the short pause again
#define MESSAGE_MAX 65536

struct reader_server {
    struct reader_pool *pool;
    struct reader_server *next;
    struct worker *worker; // NULL once it has ended
    uv_poll_t poll;
    int fd;
    struct reader_job *jobs;
    bool draining, poll_closing, poll_closed;
    int64_t started_ms;
};

struct reader_pool {
    uv_loop_t *loop;
    struct supervisor *sv;
    void (*on_ready)(void *arg);
    void *arg;
    struct reader_server *servers; // all that are not yet gone
    struct reader_server *current; // takes jobs; NULL while none runs
    uv_timer_t timer;
    int64_t backoff_ms;
    char *catalog, *language; // what a server is greeted with
    uint64_t last_id;
    bool closing, timer_open;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void start_server(struct reader_pool *p);

static void maybe_closed(struct reader_pool *p)
{
    if (!p->closing || p->servers || p->timer_open)
        return;
    void (*closed)(void *) = p->closed;
    void *arg = p->closed_arg;
    free(p->catalog);
    free(p->language);
    free(p);
    closed(arg);
}

static void server_maybe_free(struct reader_server *s)
{
    if (s->worker || !s->poll_closed)
        return;
    struct reader_pool *p = s->pool;
    struct reader_server **at = &p->servers;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    free(s);
    maybe_closed(p);
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct reader_server *s = handle->data;
    (void)close(s->fd); // its end tells the server to go
    s->poll_closed = true;
    server_maybe_free(s);
}

static void server_hang_up(struct reader_server *s)
{
    if (s->pool->current == s)
        s->pool->current = NULL;
    if (s->poll_closing)
        return;
    s->poll_closing = true;
    if (s->worker)
        worker_kill(s->worker);
    uv_close((uv_handle_t *)&s->poll, on_poll_closed);
}

static void job_end(struct reader_job *job, const struct worker_end *end, bool server_died)
{
    struct reader_server *s = job->server;
    struct reader_job **at = &s->jobs;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->server = NULL;
    job->on_end(job, end, server_died);
}

static void server_fail_jobs(struct reader_server *s)
{
    const struct worker_end end = {.signal = SIGKILL};
    while (s->jobs)
        job_end(s->jobs, &end, true);
}

static void on_retry(uv_timer_t *timer)
{
    start_server(timer->data);
}

static void restart_later(struct reader_pool *p)
{
    if (p->closing || p->current)
        return;
    (void)uv_timer_start(&p->timer, on_retry, (uint64_t)p->backoff_ms, 0);
    p->backoff_ms = p->backoff_ms * 2 < BACKOFF_MAX_MS ? p->backoff_ms * 2 : BACKOFF_MAX_MS;
}

static void on_worker_end(void *arg, const struct worker_end *end)
{
    struct reader_server *s = arg;
    struct reader_pool *p = s->pool;
    bool was_current = p->current == s;
    s->worker = NULL;
    if (!s->draining && !p->closing) {
        char text[128];
        worker_end_text(end, text, sizeof text);
        if ((int64_t)uv_now(p->loop) - s->started_ms >= STEADY_MS)
            p->backoff_ms = BACKOFF_MIN_MS;
        log_warn("junheng-read %s; started again in %lld ms", text, (long long)p->backoff_ms);
    }
    server_hang_up(s);
    server_fail_jobs(s);
    if (was_current || !p->current)
        restart_later(p);
    server_maybe_free(s);
}

static void handle_message(struct reader_server *s, const char *text, size_t len)
{
    json_t *m = json_loadb(text, len, 0, NULL);
    json_t *exit_code = json_object_get(m, "exit");
    uint64_t id = (uint64_t)json_integer_value(json_object_get(m, "id"));
    struct reader_job *job = s->jobs;
    while (job && job->id != id)
        job = job->next;
    if (job && json_is_integer(exit_code)) {
        const struct worker_end end = {.exit_code = (int)json_integer_value(exit_code),
                                       .signal = (int)json_integer_value(json_object_get(m, "signal"))};
        job_end(job, &end, false);
    }
    json_decref(m);
    if (s->draining && !s->jobs)
        server_hang_up(s);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct reader_server *s = poll->data;
    char text[MESSAGE_MAX];
    (void)events;
    while (status >= 0 && !s->poll_closing) {
        ssize_t n = recv(s->fd, text, sizeof text, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            break;
        handle_message(s, text, (size_t)n);
    }
    if (s->poll_closing)
        return;
    // It hung up: whatever it is doing, it is of no use any more.
    (void)uv_poll_stop(poll);
    if (s->worker)
        worker_kill(s->worker);
}

static int send_with_fds(int sock, json_t *message, const int *fds, size_t n)
{
    CLEANUP_FREE char *text = json_dumps(message, JSON_COMPACT);
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {.iov_base = text, .iov_len = strlen(text)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n) {
        msg.msg_control = control.space;
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    }
    return sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int greet(struct reader_pool *p, int sock)
{
    CLEANUP_FD int fd = memfd_create("catalog", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = frame_write_all(fd, p->catalog, strlen(p->catalog));
    if (!r && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    json_t *hello = json_pack("{s:i, s:s}", "hello", 1, "language", p->language);
    if (!r)
        r = send_with_fds(sock, hello, &fd, 1);
    json_decref(hello);
    return r;
}

static int spawn_server(struct reader_pool *p, int theirs, struct reader_server *s, struct error *err)
{
    CLEANUP_FREE char *path = paths_worker("junheng-read");
    const char *argv[] = {path, NULL};
    const struct worker_spec spec = {
        .name = "junheng-read", .argv = argv, .fd3 = theirs, .on_end = on_worker_end, .arg = s};
    return supervisor_start(p->sv, &spec, &s->worker, err);
}

static int try_start(struct reader_pool *p, struct error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_sys(err, -errno, "socketpair");
    struct reader_server *s = mem_alloc(sizeof *s);
    *s = (struct reader_server){
        .pool = p, .fd = pair[0], .next = p->servers, .started_ms = (int64_t)uv_now(p->loop)};
    int r = greet(p, pair[0]);
    if (r)
        (void)error_sys(err, r, "junheng-read");
    else
        r = spawn_server(p, pair[1], s, err);
    (void)close(pair[1]);
    if (r) {
        (void)close(pair[0]);
        free(s);
        return r;
    }
    s->poll.data = s;
    (void)uv_poll_init(p->loop, &s->poll, s->fd);
    (void)uv_poll_start(&s->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    p->servers = s;
    p->current = s;
    return 0;
}

static void start_server(struct reader_pool *p)
{
    struct error err;
    if (p->closing || p->current)
        return;
    if (try_start(p, &err)) {
        log_error("%s; next try in %lld ms", err.msg, (long long)p->backoff_ms);
        restart_later(p);
        return;
    }
    p->on_ready(p->arg);
}

struct reader_pool *reader_pool_open(uv_loop_t *loop, struct supervisor *sv, void (*on_ready)(void *arg),
                                     void *arg)
{
    struct reader_pool *p = mem_alloc(sizeof *p);
    *p = (struct reader_pool){.loop = loop,
                              .sv = sv,
                              .on_ready = on_ready,
                              .arg = arg,
                              .backoff_ms = BACKOFF_MIN_MS,
                              .timer_open = true};
    p->timer.data = p;
    (void)uv_timer_init(loop, &p->timer);
    return p;
}

int reader_pool_set_plan(struct reader_pool *p, const struct plan *plan, struct error *err)
{
    json_t *j = catalog_to_json(plan->catalog);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    if (!text)
        return error_set(err, -EINVAL, "the catalogue cannot be written as JSON");
    free(p->catalog);
    free(p->language);
    p->catalog = text;
    p->language = str_dup(plan->config->language);
    struct reader_server *old = p->current;
    p->current = NULL;
    if (old) {
        old->draining = true;
        if (!old->jobs)
            server_hang_up(old);
    }
    start_server(p);
    return 0;
}

bool reader_pool_ready(const struct reader_pool *p)
{
    return p->current != NULL;
}

int reader_start(struct reader_pool *p, struct reader_job *job, json_t *request, int in_fd, int out_fd,
                 struct error *err)
{
    if (!p->current)
        return error_set(err, -EAGAIN, "junheng-read is not running");
    job->id = ++p->last_id;
    (void)json_object_set_new(request, "id", json_integer((json_int_t)job->id));
    const int fds[2] = {in_fd, out_fd};
    int r = send_with_fds(p->current->fd, request, fds, 2);
    if (r)
        return error_sys(err, r == -EPIPE || r == -ECONNRESET ? -EAGAIN : r, "junheng-read");
    job->server = p->current;
    job->next = job->server->jobs;
    job->server->jobs = job;
    return 0;
}

void reader_kill(struct reader_job *job)
{
    if (!job->server || job->server->poll_closing)
        return;
    json_t *m = json_pack("{s:I}", "kill", (json_int_t)job->id);
    (void)send_with_fds(job->server->fd, m, NULL, 0);
    json_decref(m);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct reader_pool *p = handle->data;
    p->timer_open = false;
    maybe_closed(p);
}

void reader_pool_close(struct reader_pool *p, void (*closed)(void *arg), void *arg)
{
    p->closing = true;
    p->closed = closed;
    p->closed_arg = arg;
    uv_close((uv_handle_t *)&p->timer, on_timer_closed);
    for (struct reader_server *s = p->servers; s; s = s->next)
        server_hang_up(s);
}
