// SPDX-License-Identifier: Apache-2.0
// Reads dropped files in sandboxed children: a fork server on descriptor 3, or one file for developers.
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "main/read_dump.h"
#include "main/read_server.h"

enum { SOCKET = 3 };

static const char usage[] =
    "Usage: junheng-read            (started by junhengd, with its socket on descriptor 3)\n"
    "       junheng-read --file F [--catalog DIR] [--period P] [--language zh_CN] [--rows]\n"
    "\n"
    "The second form prints what the reader makes of a file, for developers: a line per frame\n"
    "(daemon/read/wire.h), with --rows the cells too. It runs without a sandbox.\n";

static bool is_seqpacket(int fd)
{
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
}

static int serve(void)
{
    struct error err;
    if (!is_seqpacket(SOCKET) || fcntl(SOCKET, F_SETFD, FD_CLOEXEC) < 0) {
        (void)fputs(usage, stderr);
        return EX_USAGE;
    }
    if (read_server_run(SOCKET, &err) == 0)
        return EX_OK;
    log_error("%s", err.msg);
    return err.code == -EPROTO ? EX_PROTOCOL : EX_OSERR;
}

static int show(const struct read_dump *dump)
{
    struct error err;
    int r = read_dump_run(dump, &err);
    if (r == 0 && fflush(stdout) == 0)
        return EX_OK;
    log_error("%s", r < 0 ? err.msg : strerror(errno));
    return EX_IOERR;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"file", required_argument, NULL, 'f'},   {"catalog", required_argument, NULL, 'c'},
        {"period", required_argument, NULL, 'p'}, {"language", required_argument, NULL, 'l'},
        {"rows", no_argument, NULL, 'r'},         {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},      {0},
    };
    struct read_dump dump = {.job = {.source = "file"}};
    const char *language = NULL;
    log_init("junheng-read", LOG_LEVEL_INFO);
    (void)signal(SIGPIPE, SIG_IGN);
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'f')
            dump.path = optarg;
        else if (c == 'c')
            dump.catalog_dir = optarg;
        else if (c == 'p')
            dump.job.period = optarg;
        else if (c == 'l')
            language = optarg;
        else if (c == 'r')
            dump.rows = true;
        else if (c == 'V')
            return printf("junheng-read %s\n", JUNHENG_VERSION) < 0 ? EX_IOERR : EX_OK;
        else
            return fputs(usage, c == 'h' ? stdout : stderr) >= 0 && c == 'h' ? EX_OK : EX_USAGE;
    }
    i18n_init(language);
    return dump.path ? show(&dump) : serve();
}
