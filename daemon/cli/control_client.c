// SPDX-License-Identifier: Apache-2.0
// One request to the running daemon: a JSON line each way over its control socket.
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/frame.h"
#include "base/mem.h"

#define REPLY_MAX (8u << 20)
#define PATIENCE_S 60 // a reload describes plugins before it answers

static int connect_to(const char *path, int *ret_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof address.sun_path)
        return error_set(err, -ENAMETOOLONG, "%s: too long for a socket's name", path);
    memcpy(address.sun_path, path, len + 1);
    CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
        return error_sys(err, -errno, "%s", path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        return error_sys(err, -errno, "%s", path);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static int read_line(int fd, struct buf *line, struct error *err)
{
    char part[4096];
    while (line->len < REPLY_MAX) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_sys(err, -errno, "the daemon did not answer");
        if (n == 0)
            return error_set(err, -EPROTO, "the daemon closed the connection without an answer");
        buf_add(line, part, (size_t)n);
        if (memchr(part, '\n', (size_t)n))
            return 0;
    }
    return error_set(err, -EPROTO, "the daemon's answer is too long");
}

int cli_control(const struct cli *cli, json_t *request, json_t **ret_reply, struct error *err)
{
    CLEANUP_FREE char *text = json_dumps(request, JSON_COMPACT);
    json_decref(request);
    CLEANUP_FD int fd = -1;
    int r = connect_to(cli->config->control_socket, &fd, err);
    if (r < 0)
        return r;
    CLEANUP_FREE char *line = str_printf("%s\n", text);
    r = frame_write_all(fd, line, strlen(line));
    if (r < 0)
        return error_sys(err, r, "the daemon did not take the request");
    CLEANUP(buf_deinit) struct buf reply = BUF_INIT;
    r = read_line(fd, &reply, err);
    if (r < 0)
        return r;
    json_error_t why;
    json_t *j = json_loads(buf_str(&reply), JSON_DISABLE_EOF_CHECK, &why);
    if (!json_is_object(j)) {
        json_decref(j);
        return error_set(err, -EPROTO, "the daemon's answer is not to be understood: %s", why.text);
    }
    if (!json_is_true(json_object_get(j, "ok"))) {
        const char *said = json_string_value(json_object_get(j, "error"));
        r = error_set(err, -EREMOTEIO, "%s", said ? said : "the daemon refused without a reason");
        json_decref(j);
        return r;
    }
    *ret_reply = j;
    return 0;
}
