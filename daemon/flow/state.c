// SPDX-License-Identifier: Apache-2.0
// The state folder.
#include "flow/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "flow/folder.h"

#define LOCK_PAUSE_MS 20
#define LOCK_TRIES 250 // 5 s

static int make(const char *dir, const char *sub, mode_t mode, struct error *err)
{
    CLEANUP_FREE char *path = str_printf("%s/%s", dir, sub);
    if (mkdir(path, mode) < 0 && errno != EEXIST)
        return error_sys(err, -errno, _("cannot make the folder %s"), path);
    return 0;
}

static pid_t lock_holder(int fd)
{
    char text[32] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    return n > 0 ? (pid_t)strtol(text, NULL, 10) : 0;
}

// A child of a killed daemon that was just being started holds its lock until it has become a worker: that is
// waited for, a daemon that lives is not.
static int lock(int fd, const char *dir, const char *path, struct error *err)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
        if (errno != EWOULDBLOCK)
            return error_sys(err, -errno, _("cannot lock %s"), path);
        pid_t pid = lock_holder(fd);
        bool alive = pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
        if (alive || tries >= LOCK_TRIES)
            return error_set(err, -EBUSY, _("another junhengd works in %s already (process %d)"), dir,
                             (int)pid);
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}

static int take_lock(const char *dir, int *ret_lock, struct error *err)
{
    CLEANUP_FREE char *path = str_printf("%s/lock", dir);
    CLEANUP_FD int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    char text[32];
    if (fd < 0)
        return error_sys(err, -errno, _("cannot open %s"), path);
    int r = lock(fd, dir, path, err);
    if (r)
        return r;
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return error_sys(err, errno ? -errno : -EIO, _("cannot write %s"), path);
    *ret_lock = fd;
    fd = -1;
    return 0;
}

static void sweep_spool(const char *dir)
{
    CLEANUP_FREE char *path = str_printf("%s/spool", dir);
    DIR *d = opendir(path);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);
        if (n > 5 && strcmp(e->d_name + n - 5, ".part") == 0)
            (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        (void)closedir(d);
}

int state_open(const char *dir, int *ret_lock, struct error *err)
{
    static const struct {
        const char *name;
        mode_t mode;
    } subs[] = {{"spool", 0700}, {"archive", 0750}, {"quarantine", 0750}};
    CLEANUP_FREE char *parent = str_dup(dir);
    char *slash = strrchr(parent, '/');
    int r = 0;
    if (slash && slash != parent) {
        *slash = '\0';
        r = folder_make(parent, err);
    }
    if (!r && mkdir(dir, 0750) < 0 && errno != EEXIST)
        r = error_sys(err, -errno, _("cannot make the folder %s"), dir);
    for (size_t i = 0; i < ARRAY_SIZE(subs) && !r; i++)
        r = make(dir, subs[i].name, subs[i].mode, err);
    if (!r)
        r = take_lock(dir, ret_lock, err);
    if (!r)
        sweep_spool(dir);
    return r;
}
