// SPDX-License-Identifier: Apache-2.0
// Entering the sandbox: first what can only shrink, the system call filter last.
#include "sandbox/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"

// AddressSanitizer maps terabytes of shadow memory and makes calls of its own: such a build goes without
// seccomp and without a limit on memory. Its search for leaks at the end runs in a clone that reads /proc, or
// spins for ever where it may not: such a build may read that, too. This is the only place that says so.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitizer = true;
#else
static const bool sanitizer = false;
#endif

const char *const sandbox_network_paths[] = {"/etc",
                                             "/run",
                                             "/lib",
                                             "/lib64",
                                             "/usr/lib",
                                             "/usr/lib64",
                                             "/usr/share/ca-certificates",
                                             "/usr/local/share/ca-certificates",
                                             "/usr/share/zoneinfo",
                                             "/dev/urandom",
                                             "/dev/null",
                                             NULL};

void sandbox_support(struct sandbox_support *ret)
{
    *ret = (struct sandbox_support){
        .seccomp = filter_supported(), .landlock_abi = landlock_abi(), .sanitizer = sanitizer};
}

char *sandbox_missing(const struct sandbox_support *have)
{
    if (have->sanitizer)
        return str_dup(_(
            "this is a test build with AddressSanitizer: workers run without system call filter and memory limit"));
    if (!have->seccomp && !have->landlock_abi)
        return str_dup(
            _("this kernel has neither seccomp nor landlock: workers run with resource limits only"));
    if (!have->seccomp)
        return str_dup(_("this kernel has no seccomp: workers are not kept from forbidden system calls"));
    if (!have->landlock_abi)
        return str_dup(_("this kernel has no landlock: workers could read files that are not theirs"));
    if (have->landlock_abi < 4)
        return str_dup(_(
            "this kernel's landlock has no network rules: the system call filter alone keeps workers from the network"));
    return NULL;
}

static int limit(int resource, rlim_t soft, rlim_t hard, struct error *err)
{
    struct rlimit now;
    if (getrlimit((__rlimit_resource_t)resource, &now) < 0)
        return error_sys(err, -errno, _("sandbox: a resource limit cannot be set"));
    // What is there already may be narrower, and cannot be raised.
    struct rlimit want = {.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max,
                          .rlim_max = hard < now.rlim_max ? hard : now.rlim_max};
    if (setrlimit((__rlimit_resource_t)resource, &want) < 0)
        return error_sys(err, -errno, _("sandbox: a resource limit cannot be set"));
    return 0;
}

static int set_limits(const struct sandbox_rules *rules, struct error *err)
{
    bool sender = rules->profile == SANDBOX_SENDER;
    rlim_t fds = rules->max_fds ? rules->max_fds : sender ? 256 : 64;
    int r = limit(RLIMIT_CORE, 0, 0, err);
    if (r == 0)
        r = limit(RLIMIT_FSIZE, 0, 0, err);
    if (r == 0)
        r = limit(RLIMIT_NOFILE, fds, fds, err);
    if (r == 0 && !sender &&
        !sanitizer) // the sender resolves names in threads, and the limit counts all of the user's
        r = limit(RLIMIT_NPROC, 0, 0, err);
    if (r == 0 && rules->memory_bytes && !sanitizer)
        r = limit(RLIMIT_AS, rules->memory_bytes, rules->memory_bytes, err);
    if (r == 0 && rules->cpu_s)
        r = limit(RLIMIT_CPU, rules->cpu_s, (rlim_t)rules->cpu_s + 1, err);
    return r;
}

static int bind_to_parent(pid_t parent, struct error *err)
{
    if (getpgrp() != getpid() && setpgid(0, 0) < 0)
        return error_sys(err, -errno, _("sandbox: no process group of its own"));
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return error_sys(err, -errno, _("sandbox: cannot be tied to its parent"));
    if (getppid() != parent) // it died before the line above
        return error_set(err, -ESRCH, _("sandbox: the parent process is gone"));
    return 0;
}

static int shut_files(const struct sandbox_rules *rules, struct error *err)
{
    static const char *const none[] = {NULL};
    const char *const *paths =
        rules->profile == SANDBOX_READER || !rules->read_paths ? none : rules->read_paths;
    size_t n = 0;
    while (paths[n])
        n++;
    CLEANUP_FREE const char **all = mem_array(n + 2, sizeof *all);
    memcpy(all, paths, n * sizeof *all);
    if (sanitizer)
        all[n] = "/proc";
    return landlock_apply(all, rules->profile == SANDBOX_SENDER, err);
}

int sandbox_enter(const struct sandbox_rules *rules, struct error *err)
{
    int r = bind_to_parent(rules->parent ? rules->parent : getppid(), err);
    if (r < 0)
        return r;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_sys(err, -errno, _("sandbox: privileges cannot be given up"));
    if (!sanitizer && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return error_sys(err, -errno, _("sandbox: cannot be shut to debuggers"));
    r = shut_files(rules, err);
    if (r == 0)
        r = set_limits(rules, err);
    if (r == 0 && !sanitizer && filter_supported())
        r = filter_apply(rules->profile, err);
    return r;
}
