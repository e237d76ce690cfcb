// SPDX-License-Identifier: Apache-2.0
// Passing on what a sandboxed child prints.
#include "host/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/frame.h"

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void pass_on(const int from[2])
{
    static const int to[2] = {STDOUT_FILENO, STDERR_FILENO};
    struct pollfd fds[2] = {{.fd = from[0], .events = POLLIN}, {.fd = from[1], .events = POLLIN}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++) {
            char chunk[16384];
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, chunk, sizeof chunk);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0 || frame_write_all(to[i], chunk, (size_t)n) < 0)
                fds[i].fd = -1;
        }
    }
}

static _Noreturn void wait_and_exit(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

int relay_if_files(struct error *err)
{
    int out[2], diag[2];
    if (!is_file(STDOUT_FILENO) && !is_file(STDERR_FILENO))
        return 0;
    if (pipe(out) < 0 || pipe(diag) < 0)
        return error_sys(err, -errno, "pipe");
    pid_t child = fork();
    if (child < 0)
        return error_sys(err, -errno, "fork");
    if (!child && (dup2(out[1], STDOUT_FILENO) < 0 || dup2(diag[1], STDERR_FILENO) < 0))
        return error_sys(err, -errno, "dup2");
    (void)close(out[1]);
    (void)close(diag[1]);
    if (!child) {
        (void)close(out[0]);
        (void)close(diag[0]);
        return 0;
    }
    const int from[2] = {out[0], diag[0]};
    pass_on(from);
    (void)close(out[0]); // a child that still writes must not wait for us
    (void)close(diag[0]);
    wait_and_exit(child);
}
