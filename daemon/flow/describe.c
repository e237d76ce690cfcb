// SPDX-License-Identifier: Apache-2.0
// Asks a plugin what it declares, in a process of its own.
#include "flow/describe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define DESCRIBE_OUTPUT_MAX (4u << 20)
#define DESCRIBE_STDERR_MAX (64u << 10)

struct child {
    pid_t pid;
    int in, out, err; // our ends; stdin is held open, since its end tells a worker to go
};

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int spawn_with(const int theirs[3], char *const *argv, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all, none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    for (int i = 0; i < 3; i++)
        (void)posix_spawn_file_actions_adddup2(&actions, theirs[i], i);
    (void)posix_spawnattr_setpgroup(&attr, 0);
    (void)posix_spawnattr_setsigdefault(&attr, &all);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setflags(&attr,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int r = posix_spawn(ret_pid, argv[0], &actions, &attr, argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attr);
    return -r;
}

static int child_start(char *const *argv, struct child *ret, struct error *err)
{
    int p[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    int r = 0;
    for (int i = 0; i < 3 && !r; i++)
        r = pipe2(p[i], O_CLOEXEC) < 0 ? -errno : 0;
    const int theirs[3] = {p[0][0], p[1][1], p[2][1]};
    if (!r)
        r = spawn_with(theirs, argv, &ret->pid);
    for (int i = 0; i < 3; i++) {
        if (theirs[i] >= 0)
            (void)close(theirs[i]);
    }
    ret->in = p[0][1];
    ret->out = p[1][0];
    ret->err = p[2][0];
    if (!r)
        return 0;
    for (int i = 0; i < 3; i++) {
        if (p[i][i == 0] >= 0)
            (void)close(p[i][i == 0]);
    }
    return error_sys(err, r, _("cannot start %s"), argv[0]);
}

// Reads what is there; false at the end of the stream.
static bool drain(int fd, struct buf *into, size_t max)
{
    char chunk[16384];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0)
        return errno == EINTR;
    if (n > 0 && into->len + (size_t)n <= max)
        buf_add(into, chunk, (size_t)n);
    else if (n > 0 && into->len <= max)
        into->len = max + 1; // marks "too much"; the terminator is still in place
    return n > 0;
}

static int child_collect(struct child *c, int64_t timeout_ms, struct buf *out, struct buf *diag)
{
    int64_t until = now_ms() + timeout_ms;
    struct pollfd fds[2] = {{.fd = c->out, .events = POLLIN}, {.fd = c->err, .events = POLLIN}};
    buf_reserve(out, DESCRIBE_OUTPUT_MAX + 2);
    buf_reserve(diag, DESCRIBE_STDERR_MAX + 2);
    while (fds[0].fd >= 0) {
        int64_t left = until - now_ms();
        if (left <= 0)
            return -ETIMEDOUT;
        int r = poll(fds, 2, (int)left);
        if (r < 0 && errno != EINTR)
            return -errno;
        if (r <= 0)
            continue;
        if (fds[1].revents && !drain(c->err, diag, DESCRIBE_STDERR_MAX))
            fds[1].fd = -1;
        if (fds[0].revents && !drain(c->out, out, DESCRIBE_OUTPUT_MAX))
            fds[0].fd = -1;
        if (out->len > DESCRIBE_OUTPUT_MAX)
            return -EFBIG;
    }
    while (fds[1].fd >= 0 && poll(&fds[1], 1, 50) > 0 && drain(c->err, diag, DESCRIBE_STDERR_MAX))
        continue;
    return 0;
}

static int child_end(struct child *c, bool kill_it, int64_t grace_ms)
{
    int status = 0;
    int64_t until = now_ms() + grace_ms;
    if (kill_it)
        (void)kill(-c->pid, SIGKILL);
    (void)close(c->in);
    (void)close(c->out);
    (void)close(c->err);
    for (;;) {
        pid_t r = waitpid(c->pid, &status, WNOHANG);
        if (r == c->pid || (r < 0 && errno != EINTR))
            break;
        if (now_ms() >= until)
            (void)kill(-c->pid, SIGKILL);
        (void)poll(NULL, 0, 2);
    }
    (void)kill(-c->pid, SIGKILL); // whatever it left behind in its group
    return status;
}

static const char *last_line(struct buf *diag)
{
    if (diag->len > DESCRIBE_STDERR_MAX)
        diag->len = DESCRIBE_STDERR_MAX;
    while (diag->len && diag->data[diag->len - 1] == '\n')
        diag->len--;
    if (!diag->data)
        return "";
    diag->data[diag->len] = '\0';
    char *nl = memrchr(diag->data, '\n', diag->len);
    return nl ? nl + 1 : diag->data;
}

static int judge_end(int collected, int status, struct buf *diag, struct error *err)
{
    const char *said = last_line(diag);
    const char *sep = *said ? ": " : "";
    if (collected == -ETIMEDOUT)
        return error_set(err, collected, _("the plugin did not describe itself in time%s%s"), sep, said);
    if (collected == -EFBIG)
        return error_set(err, collected, _("the plugin's description is larger than 4 MiB%s%s"), sep, said);
    if (collected)
        return error_sys(err, collected, _("reading the plugin's description"));
    if (WIFSIGNALED(status))
        return error_set(err, -EPROTO, _("the plugin died of signal %d (%s) while describing itself%s%s"),
                         WTERMSIG(status), strsignal(WTERMSIG(status)), sep, said);
    if (WEXITSTATUS(status))
        return error_set(err, -EPROTO, _("the plugin cannot be loaded (exit code %d)%s%s"),
                         WEXITSTATUS(status), sep, said);
    return 0;
}

int describe_plugin(const char *worker, const char *so_path, int64_t timeout_ms, json_t **ret,
                    struct error *err)
{
    char *argv[] = {(char *)(uintptr_t)worker, (char *)(uintptr_t) "--describe", (char *)(uintptr_t)so_path,
                    NULL};
    CLEANUP(buf_deinit) struct buf out = BUF_INIT;
    CLEANUP(buf_deinit) struct buf diag = BUF_INIT;
    struct child c;
    int r = child_start(argv, &c, err);
    if (r)
        return r;
    int collected = child_collect(&c, timeout_ms, &out, &diag);
    int status = child_end(&c, collected != 0, 2000);
    r = judge_end(collected, status, &diag, err);
    if (r)
        return r;
    json_error_t je;
    json_t *j = json_loadb(buf_str(&out), out.len, JSON_REJECT_DUPLICATES, &je);
    if (!json_is_object(j)) {
        json_decref(j);
        return error_set(err, -EPROTO, _("the plugin's description is not a JSON object: %s"), je.text);
    }
    *ret = j;
    return 0;
}
