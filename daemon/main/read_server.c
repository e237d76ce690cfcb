// SPDX-License-Identifier: Apache-2.0
#include "main/read_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "decode/sheet.h"
#include "main/read_child.h"

enum {
    MESSAGE_MAX = 1 << 20,
    FDS_MAX = 4,
    CATALOG_MAX = 64 << 20,
    CHILDREN_MAX = 256,
};

struct child {
    uint64_t id;
    pid_t pid;
};

struct read_server {
    int sock, signals;
    pid_t pid;
    struct catalog *catalog;       // NULL before the hello
    struct read_prepared *reading; // made of it once, for all children
    struct decode_prepared *prepared;
    struct child children[CHILDREN_MAX];
    size_t n_children;
    char *message; // MESSAGE_MAX bytes
};

struct received {
    json_t *json;
    int fds[FDS_MAX];
    size_t n_fds;
};

static void received_deinit(struct received *m)
{
    for (size_t i = 0; i < m->n_fds; i++)
        (void)close(m->fds[i]);
    json_decref(m->json);
    *m = (struct received){0};
}

static void take_fds(struct msghdr *msg, struct received *ret)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        ret->n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(ret->fds, CMSG_DATA(c), ret->n_fds * sizeof(int));
    }
}

// 1 a message, 0 the other end has closed, -errno.
static int receive(struct read_server *s, struct received *ret, struct error *err)
{
    union {
        char space[CMSG_SPACE(FDS_MAX * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec iov = {.iov_base = s->message, .iov_len = MESSAGE_MAX};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.space,
                         .msg_controllen = sizeof control.space};
    *ret = (struct received){0};
    ssize_t n;
    do
        n = recvmsg(s->sock, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != ECONNRESET)
        return error_sys(err, -errno, _("the daemon cannot be heard"));
    if (n <= 0)
        return 0;
    take_fds(&msg, ret);
    json_error_t why;
    if (!(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        ret->json = json_loadb(s->message, (size_t)n, 0, &why);
    if (json_is_object(ret->json))
        return 1;
    received_deinit(ret);
    return error_set(err, -EPROTO, _("the daemon sent a message that cannot be understood"));
}

static int say(struct read_server *s, json_t *answer, struct error *err)
{
    CLEANUP_FREE char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    ssize_t n;
    do
        n = send(s->sock, text, strlen(text), MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? error_sys(err, -errno, _("the daemon cannot be answered")) : 0;
}

static int say_ended(struct read_server *s, uint64_t id, int status, struct error *err)
{
    int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return say(s,
               json_pack("{s:I,s:i,s:i}", "id", (json_int_t)id, "exit", sig ? 0 : WEXITSTATUS(status),
                         "signal", sig),
               err);
}

static int load_catalog(int fd, struct catalog **ret, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > CATALOG_MAX)
        return error_set(err, -EPROTO, _("the daemon sent a catalogue that cannot be understood"));
    size_t n = (size_t)st.st_size;
    void *text = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return error_sys(err, -errno, _("the catalogue cannot be read"));
    json_error_t why;
    json_t *j = json_loadb(text, n, 0, &why);
    (void)munmap(text, n);
    int r = j ? catalog_from_json(j, ret, err)
              : error_set(err, -EPROTO, _("the daemon sent a catalogue that cannot be understood"));
    json_decref(j);
    return r;
}

// Children can open nothing. A message that no catalogue has makes gettext look at all of them, for our texts
// and for those of the C library, and remember.
static void load_texts(void)
{
    static const char unknown[] = "\x01";
    (void)gettext(unknown);
    (void)dgettext("libc", unknown);
}

static int on_hello(struct read_server *s, const struct received *m, struct error *err)
{
    if (s->catalog || m->n_fds != 1)
        return error_set(err, -EPROTO, _("the daemon sent a message that cannot be understood"));
    i18n_init(json_string_value(json_object_get(m->json, "language")));
    load_texts();
    int r = s->prepared ? 0 : decode_prepare(&s->prepared, err);
    if (r == 0)
        r = load_catalog(m->fds[0], &s->catalog, err);
    if (r == 0)
        s->reading = read_prepare(s->catalog);
    return r;
}

static int start_child(struct read_server *s, const struct read_request *request, const int *fds,
                       struct error *err)
{
    if (s->n_children == CHILDREN_MAX)
        return say_ended(s, request->id, EX_TEMPFAIL << 8, err);
    pid_t pid = fork();
    if (pid == 0)
        read_child_run(request, s->reading, s->pid, fds[0], fds[1]);
    if (pid < 0) {
        log_error("fork: %s", strerror(errno));
        return say_ended(s, request->id, EX_OSERR << 8, err);
    }
    (void)setpgid(pid, pid); // the child does so too: whoever comes first
    s->children[s->n_children++] = (struct child){.id = request->id, .pid = pid};
    return say(s, json_pack("{s:I,s:i}", "id", (json_int_t)request->id, "pid", (int)pid), err);
}

static int on_job(struct read_server *s, struct received *m, struct error *err)
{
    struct read_request request;
    int r = read_request_from_json(json_incref(m->json), &request, err);
    if (r < 0)
        return r;
    if (!s->catalog || m->n_fds != 2)
        r = error_set(err, -EPROTO, _("the daemon sent a message that cannot be understood"));
    else
        r = start_child(s, &request, m->fds, err);
    read_request_deinit(&request);
    return r;
}

static void on_kill(struct read_server *s, uint64_t id)
{
    for (size_t i = 0; i < s->n_children; i++)
        if (s->children[i].id == id)
            (void)kill(-s->children[i].pid, SIGKILL);
}

static int on_message(struct read_server *s, struct received *m, struct error *err)
{
    const json_t *victim = json_object_get(m->json, "kill");
    if (json_object_get(m->json, "hello"))
        return on_hello(s, m, err);
    if (!victim)
        return on_job(s, m, err);
    on_kill(s, (uint64_t)json_integer_value(victim));
    return 0;
}

static int on_child_end(struct read_server *s, struct error *err)
{
    struct signalfd_siginfo info;
    (void)!read(s->signals, &info, sizeof info); // several children may stand behind one signal
    for (size_t i = 0; i < s->n_children;) {
        int status;
        struct child c = s->children[i];
        if (waitpid(c.pid, &status, WNOHANG) != c.pid) {
            i++;
            continue;
        }
        s->children[i] = s->children[--s->n_children];
        int r = say_ended(s, c.id, status, err);
        if (r < 0)
            return r;
    }
    return 0;
}

// 0 when the daemon has hung up.
static int serve(struct read_server *s, struct error *err)
{
    struct pollfd fds[] = {{.fd = s->sock, .events = POLLIN}, {.fd = s->signals, .events = POLLIN}};
    for (;;) {
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0) {
            if (errno == EINTR)
                continue;
            return error_sys(err, -errno, "poll");
        }
        int r = fds[1].revents ? on_child_end(s, err) : 0;
        if (r == 0 && fds[0].revents) {
            struct received m;
            r = receive(s, &m, err);
            if (r == 0)
                return 0;
            if (r > 0) {
                r = on_message(s, &m, err);
                received_deinit(&m);
            }
        }
        if (r == -EPIPE || r == -ECONNRESET)
            return 0;
        if (r < 0)
            return r;
    }
}

static void end_children(struct read_server *s)
{
    for (size_t i = 0; i < s->n_children; i++)
        (void)kill(-s->children[i].pid, SIGKILL);
    for (size_t i = 0; i < s->n_children; i++)
        while (waitpid(s->children[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
}

int read_server_run(int sock, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
        return error_sys(err, -errno, "sigprocmask");
    struct read_server *s = mem_alloc(sizeof *s);
    s->sock = sock;
    s->pid = getpid();
    s->message = mem_alloc(MESSAGE_MAX);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    int r = s->signals < 0 ? error_sys(err, -errno, "signalfd") : serve(s, err);
    end_children(s);
    if (s->signals >= 0)
        (void)close(s->signals);
    (void)read_prepared_free(s->reading);
    (void)catalog_free(s->catalog);
    (void)decode_prepared_free(s->prepared);
    free(s->message);
    free(s);
    return r;
}
