// SPDX-License-Identifier: Apache-2.0
// Landlock by system call: Debian 12 has neither wrappers nor the names of the later versions.
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"

// struct landlock_ruleset_attr as of ABI 6; older kernels take the front of it.
struct ruleset_attr {
    uint64_t handled_access_fs, handled_access_net, scoped;
};

enum {
    FS_ABI_1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,     // ABI 2
    FS_TRUNCATE = 1 << 14,  // ABI 3
    FS_IOCTL_DEV = 1 << 15, // ABI 5
    NET_TCP = 3,            // ABI 4: bind, connect
    SCOPE_ALL = 3,          // ABI 6: abstract sockets, signals
};

int landlock_abi(void)
{
    long r = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return r > 0 ? (int)r : 0;
}

static struct ruleset_attr attr_for(int abi, bool network)
{
    struct ruleset_attr a = {.handled_access_fs = FS_ABI_1};
    if (abi >= 2)
        a.handled_access_fs |= FS_REFER;
    if (abi >= 3)
        a.handled_access_fs |= FS_TRUNCATE;
    if (abi >= 4 && !network)
        a.handled_access_net = NET_TCP;
    if (abi >= 5)
        a.handled_access_fs |= FS_IOCTL_DEV;
    if (abi >= 6)
        a.scoped = SCOPE_ALL;
    return a;
}

static size_t attr_size(int abi)
{
    return abi >= 6   ? sizeof(struct ruleset_attr)
           : abi >= 4 ? offsetof(struct ruleset_attr, scoped)
                      : offsetof(struct ruleset_attr, handled_access_net);
}

static int allow_reading(int ruleset, const char *path, struct error *err)
{
    CLEANUP_FD int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_sys(err, -errno, _("sandbox: cannot allow reading %s"), path);
    struct landlock_path_beneath_attr rule = {.parent_fd = fd,
                                              .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
    if (S_ISDIR(st.st_mode))
        rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        return error_sys(err, -errno, _("sandbox: cannot allow reading %s"), path);
    return 0;
}

int landlock_apply(const char *const *paths, bool network, struct error *err)
{
    int abi = landlock_abi();
    if (!abi)
        return 0;
    struct ruleset_attr attr = attr_for(abi, network);
    CLEANUP_FD int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, attr_size(abi), 0);
    if (ruleset < 0)
        return error_sys(err, -errno, _("sandbox: landlock is there but cannot be set up"));
    for (; paths && *paths; paths++) {
        int r = allow_reading(ruleset, *paths, err);
        if (r < 0)
            return r;
    }
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return error_sys(err, -errno, _("sandbox: landlock is there but cannot be entered"));
    return 0;
}
