// SPDX-License-Identifier: Apache-2.0
// Allow lists by profile; whatever is not named kills the process. Calls that libraries try and can do
// without are answered with an error number instead.
#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

// What the C library needs for memory, time, stdio on open descriptors, sorting (sysinfo), abort and exit.
static const char *const common[] = {"read",
                                     "readv",
                                     "pread64",
                                     "preadv",
                                     "write",
                                     "writev",
                                     "close",
                                     "fstat",
                                     "lseek",
                                     "dup",
                                     "munmap",
                                     "mremap",
                                     "brk",
                                     "madvise",
                                     "futex",
                                     "sched_yield",
                                     "sched_getaffinity",
                                     "sysinfo",
                                     "membarrier",
                                     "clock_gettime",
                                     "clock_getres",
                                     "gettimeofday",
                                     "time",
                                     "times",
                                     "getrusage",
                                     "nanosleep",
                                     "clock_nanosleep",
                                     "getrandom",
                                     "poll",
                                     "ppoll",
                                     "select",
                                     "pselect6",
                                     "restart_syscall",
                                     "rt_sigreturn",
                                     "rt_sigaction",
                                     "rt_sigprocmask",
                                     "sigaltstack",
                                     "set_robust_list",
                                     "rseq",
                                     "set_tid_address",
                                     "getpid",
                                     "getppid",
                                     "gettid",
                                     "getuid",
                                     "geteuid",
                                     "getgid",
                                     "getegid",
                                     "uname",
                                     "exit",
                                     "exit_group",
                                     NULL};

// Finding and reading files; landlock says which.
static const char *const files[] = {"stat",      "lstat",      "newfstatat", "statx",      "access",
                                    "faccessat", "faccessat2", "readlink",   "readlinkat", "getdents64",
                                    "getcwd",    "statfs",     "fstatfs",    "fadvise64",  "readahead",
                                    "flock",     NULL};

// Tried by SQLite and others on the way to a read-only open; they can do without.
static const char *const refused_writes[] = {
    "ftruncate", "fallocate", "pwrite64",  "pwritev",   "unlink",   "unlinkat", "mkdir",
    "mkdirat",   "rename",    "renameat",  "renameat2", "fchmod",   "fchown",   "chmod",
    "utimensat", "fsync",     "fdatasync", "creat",     "truncate", "openat2",  NULL};

static const char *const network[] = {"connect",
                                      "bind",
                                      "getsockname",
                                      "getpeername",
                                      "getsockopt",
                                      "setsockopt",
                                      "sendto",
                                      "recvfrom",
                                      "sendmsg",
                                      "recvmsg",
                                      "sendmmsg",
                                      "recvmmsg",
                                      "shutdown",
                                      "socketpair",
                                      "eventfd2",
                                      "pipe",
                                      "pipe2",
                                      "epoll_create1",
                                      "epoll_ctl",
                                      "epoll_wait",
                                      "epoll_pwait",
                                      "alarm",
                                      "setitimer",
                                      "rt_sigtimedwait",
                                      "sched_getparam",
                                      "sched_getscheduler",
                                      NULL};

static const int lock_commands[] = {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
static const int fd_commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC};
static const int socket_families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

static int add_names(scmp_filter_ctx ctx, uint32_t action, const char *const *names)
{
    for (; *names; names++) {
        int nr = seccomp_syscall_resolve_name(*names);
        if (nr < 0)
            continue; // this architecture has no such call
        int r = seccomp_rule_add(ctx, action, nr, 0);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_values(scmp_filter_ctx ctx, uint32_t action, int nr, unsigned arg, const int *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct scmp_arg_cmp is = {.arg = arg, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)values[i]};
        int r = seccomp_rule_add_array(ctx, action, nr, 1, &is);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_common(scmp_filter_ctx ctx)
{
    int r = add_names(ctx, SCMP_ACT_ALLOW, common);
    if (r == 0)
        r = add_values(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, fd_commands, ARRAY_SIZE(fd_commands));
    if (r == 0) // abort() and nothing else
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    if (r == 0) // asking for limits, not setting them
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, SCMP_A2(SCMP_CMP_EQ, 0));
    if (r == 0)
        r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
                             SCMP_A0(SCMP_CMP_NE, PR_SET_NAME));
    if (r == 0)
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    return r;
}

static int add_reader(scmp_filter_ctx ctx)
{
    static const int data_only[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(data_only); i++)
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, data_only[i], 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (r == 0) // fstat of glibc 2.33 and later
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                             SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
    if (r == 0)
        r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    return r;
}

// Opening for reading is allowed, for writing is refused with EACCES: SQLite then falls back to reading.
static int add_open(scmp_filter_ctx ctx, int nr, unsigned flags_arg)
{
    static const uint64_t forbidden = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    struct scmp_arg_cmp reading = {
        .arg = flags_arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = forbidden, .datum_b = O_RDONLY};
    int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &reading);
    static const uint64_t each[] = {O_WRONLY, O_RDWR, O_CREAT, O_TRUNC};
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(each); i++) {
        struct scmp_arg_cmp writing = {
            .arg = flags_arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = each[i], .datum_b = each[i]};
        r = seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EACCES), nr, 1, &writing);
    }
    return r;
}

static int add_files(scmp_filter_ctx ctx)
{
    int r = add_names(ctx, SCMP_ACT_ALLOW, files);
    if (r == 0)
        r = add_names(ctx, SCMP_ACT_ALLOW, NAMES("mmap", "mprotect"));
    if (r == 0)
        r = add_names(ctx, SCMP_ACT_ERRNO(EACCES), refused_writes);
    if (r == 0)
        r = add_open(ctx, SCMP_SYS(openat), 2);
    if (r == 0 && SCMP_SYS(open) >= 0) // not on newer architectures
        r = add_open(ctx, SCMP_SYS(open), 1);
    if (r == 0)
        r = add_values(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, lock_commands, ARRAY_SIZE(lock_commands));
    return r;
}

static int add_network(scmp_filter_ctx ctx)
{
    static const int requests[] = {FIONREAD, FIONBIO};
    static const int terminal[] = {TCGETS, TIOCGWINSZ};
    int r = add_names(ctx, SCMP_ACT_ALLOW, network);
    if (r == 0)
        r = add_values(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 0, socket_families,
                       ARRAY_SIZE(socket_families));
    if (r == 0)
        r = add_values(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, requests, ARRAY_SIZE(requests));
    if (r == 0) // stdio asks whether it writes to a terminal
        r = add_values(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 1, terminal, ARRAY_SIZE(terminal));
    if (r == 0) // threads for name resolution, not processes
        r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM));
    if (r == 0) // its flags lie in memory: the C library then takes clone
        r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return r;
}

static int add_profile(scmp_filter_ctx ctx, enum sandbox_profile profile)
{
    int r = add_common(ctx);
    if (r < 0)
        return r;
    switch (profile) {
    case SANDBOX_READER:
        return add_reader(ctx);
    case SANDBOX_RUNNER:
        r = add_files(ctx);
        return r < 0 ? r : seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    case SANDBOX_SENDER:
        r = add_files(ctx);
        return r < 0 ? r : add_network(ctx);
    case SANDBOX_PROFILE_COUNT:
        break;
    }
    return -EINVAL;
}

bool filter_supported(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 && seccomp_api_get() >= 3;
}

int filter_apply(enum sandbox_profile profile, struct error *err)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!ctx)
        return error_set(err, -ENOMEM, _("sandbox: no memory for the system call filter"));
    int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
    if (r == 0)
        r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); // binary tree: the lists are long
    if (r == 0)
        r = add_profile(ctx, profile);
    if (r == 0)
        r = seccomp_load(ctx);
    seccomp_release(ctx);
    return r < 0 ? error_sys(err, r, _("sandbox: the system call filter cannot be entered")) : 0;
}
