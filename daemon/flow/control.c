// SPDX-License-Identifier: Apache-2.0
// The control socket.
#include "flow/control.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"

#define LINE_MAX_BYTES (64u << 10)
#define PEERS_MAX 32

struct peer {
    struct control *owner;
    struct peer *next;
    uv_pipe_t pipe;
    struct buf in;
    struct control_request *request; // being answered
    uid_t uid;
    bool gone;
    char chunk[4096];
};

struct control_request {
    struct peer *peer; // NULL once it has gone
    json_t *body;
    uid_t uid;
};

struct reply {
    uv_write_t write;
    char *text;
};

struct control {
    uv_loop_t *loop;
    uv_pipe_t pipe;
    control_fn *handle;
    void *arg;
    char *path;
    struct peer *peers;
    size_t n_peers;
    bool closing, pipe_closed;
    void (*closed)(void *arg);
    void *closed_arg;
};

static void serve(struct peer *p);

static void maybe_closed(struct control *c)
{
    if (!c->closing || c->peers || !c->pipe_closed)
        return;
    void (*closed)(void *) = c->closed;
    void *arg = c->closed_arg;
    free(c->path);
    free(c);
    closed(arg);
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct peer *p = handle->data;
    struct control *c = p->owner;
    struct peer **at = &c->peers;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    c->n_peers--;
    if (p->request)
        p->request->peer = NULL;
    buf_deinit(&p->in);
    free(p);
    maybe_closed(c);
}

static void hang_up(struct peer *p)
{
    if (!uv_is_closing((uv_handle_t *)&p->pipe))
        uv_close((uv_handle_t *)&p->pipe, on_peer_closed);
}

static void begin_request(struct peer *p, const char *line, size_t len)
{
    struct control_request *q = mem_alloc(sizeof *q);
    q->peer = p;
    q->body = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    q->uid = p->uid;
    p->request = q;
    if (json_is_object(q->body) && control_text(q, "cmd"))
        p->owner->handle(p->owner->arg, q);
    else
        control_fail(q, _("expected one line of JSON with a \"cmd\""));
}

// One request at a time for a peer: replies come in order.
static void serve(struct peer *p)
{
    while (!p->request && !uv_is_closing((uv_handle_t *)&p->pipe)) {
        char *nl = p->in.len ? memchr(p->in.data, '\n', p->in.len) : NULL;
        if (!nl) {
            if (p->in.len > LINE_MAX_BYTES || p->gone)
                hang_up(p);
            return;
        }
        size_t len = (size_t)(nl - p->in.data);
        CLEANUP_FREE char *line = str_ndup(p->in.data, len);
        buf_consume(&p->in, len + 1);
        begin_request(p, line, len);
    }
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct peer *p = handle->data;
    (void)suggested;
    *buf = uv_buf_init(p->chunk, sizeof p->chunk);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct peer *p = stream->data;
    if (n < 0)
        p->gone = true;
    else
        buf_add(&p->in, buf->base, (size_t)n);
    if (n == UV_EOF && p->request)
        return; // it may still read
    if (n < 0 && n != UV_EOF)
        hang_up(p);
    else if (p->in.len > 4 * LINE_MAX_BYTES)
        hang_up(p);
    else
        serve(p);
}

static void on_connection(uv_stream_t *server, int status)
{
    struct control *c = server->data;
    struct peer *p = mem_alloc(sizeof *p);
    p->owner = c;
    p->pipe.data = p;
    (void)uv_pipe_init(c->loop, &p->pipe, 0);
    p->next = c->peers;
    c->peers = p;
    c->n_peers++;
    if (status < 0 || uv_accept(server, (uv_stream_t *)&p->pipe) < 0 || c->n_peers > PEERS_MAX ||
        c->closing) {
        hang_up(p);
        return;
    }
    uv_os_fd_t fd;
    struct ucred cred = {.uid = (uid_t)-1};
    socklen_t len = sizeof cred;
    if (uv_fileno((uv_handle_t *)&p->pipe, &fd) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0) {
        hang_up(p);
        return;
    }
    p->uid = cred.uid;
    (void)uv_read_start((uv_stream_t *)&p->pipe, on_alloc, on_read);
}

int control_open(struct control **ret, uv_loop_t *loop, const char *path, control_fn *handle, void *arg,
                 struct error *err)
{
    struct control *c = mem_alloc(sizeof *c);
    *c = (struct control){.loop = loop, .handle = handle, .arg = arg, .path = str_dup(path)};
    c->pipe.data = c;
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        (void)unlink(path);
    (void)uv_pipe_init(loop, &c->pipe, 0);
    mode_t before = umask(0117);
    int r = strlen(path) < sizeof((struct sockaddr_un){0}).sun_path ? uv_pipe_bind(&c->pipe, path)
                                                                    : UV_ENAMETOOLONG;
    (void)umask(before);
    if (!r)
        r = uv_listen((uv_stream_t *)&c->pipe, 16, on_connection);
    *ret = c; // also on failure: the handle has to be closed by the loop
    return r ? error_set(err, r, _("cannot listen on %s: %s"), path, uv_strerror(r)) : 0;
}

const json_t *control_body(const struct control_request *q)
{
    return q->body;
}

const char *control_text(const struct control_request *q, const char *key)
{
    return json_string_value(json_object_get(q->body, key));
}

uid_t control_uid(const struct control_request *q)
{
    return q->uid;
}

void control_actor(uid_t uid, char *out, size_t size)
{
    struct passwd pw, *found = NULL;
    char space[4096];
    if (getpwuid_r(uid, &pw, space, sizeof space, &found) == 0 && found)
        (void)snprintf(out, size, "%s", found->pw_name);
    else
        (void)snprintf(out, size, "uid %u", (unsigned)uid);
}

static void on_written(uv_write_t *write, int status)
{
    struct reply *r = (struct reply *)(void *)write;
    (void)status;
    free(r->text);
    free(r);
}

void control_reply(struct control_request *q, json_t *reply)
{
    struct peer *p = q->peer;
    if (p && !uv_is_closing((uv_handle_t *)&p->pipe)) {
        struct reply *r = mem_alloc(sizeof *r);
        CLEANUP_FREE char *text = json_dumps(reply, JSON_COMPACT);
        r->text = str_printf("%s\n", text ? text : "{\"ok\":false}");
        uv_buf_t b = uv_buf_init(r->text, (unsigned)strlen(r->text));
        if (uv_write(&r->write, (uv_stream_t *)&p->pipe, &b, 1, on_written) < 0)
            on_written(&r->write, -1);
    }
    json_decref(reply);
    json_decref(q->body);
    free(q);
    if (p) {
        p->request = NULL;
        serve(p);
    }
}

void control_fail(struct control_request *q, const char *message)
{
    control_reply(q, json_pack("{s:b, s:s}", "ok", 0, "error", message));
}

static void on_pipe_closed(uv_handle_t *handle)
{
    struct control *c = handle->data;
    c->pipe_closed = true;
    maybe_closed(c);
}

void control_close(struct control *c, void (*closed)(void *arg), void *arg)
{
    c->closing = true;
    c->closed = closed;
    c->closed_arg = arg;
    uv_close((uv_handle_t *)&c->pipe, on_pipe_closed); // libuv removes the socket's name
    for (struct peer *p = c->peers; p; p = p->next)
        hang_up(p);
}
