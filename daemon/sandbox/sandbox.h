// SPDX-License-Identifier: Apache-2.0
// What a worker gives up before it touches input: resource limits, no new privileges, landlock, seccomp, own
// process group, death with its parent. There is no way back.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum sandbox_profile {
    SANDBOX_READER, // works on descriptors it has: opens nothing, no sockets, no executable memory
    SANDBOX_RUNNER, // opens for reading below read_paths (dlopen, SQLite read-only with WAL, locks); writing
                    // gives EACCES
    SANDBOX_SENDER, // as the runner, and TCP, UDP and name resolution with threads; no other processes
    SANDBOX_PROFILE_COUNT
};

struct sandbox_rules {
    enum sandbox_profile profile;
    const char *const *read_paths; // NULL-terminated files and folders; a missing one is skipped. NULL: none
    uint64_t memory_bytes;         // address space of the process; 0: no limit
    uint32_t cpu_s;   // SIGXCPU after so much processor time, SIGKILL a second later; 0: no limit
    uint32_t max_fds; // highest descriptor + 1 that may still be made; 0: 64 (sender 256)
    pid_t parent;     // the process this one must not outlive; 0: the parent at the time of the call
};

// What this kernel and this build offer; `status` says what is missing.
struct sandbox_support {
    bool seccomp;
    int landlock_abi; // 0: none; network rules from 4
    bool sanitizer;   // built with AddressSanitizer: neither seccomp nor a memory limit can be had
};

void sandbox_support(struct sandbox_support *ret);
// A sentence about what is missing for people, or NULL when all is there. The caller's.
char *sandbox_missing(const struct sandbox_support *have);

// Paths that name resolution and TLS need: for read_paths of a sender, before its own.
extern const char *const sandbox_network_paths[];

// From here on a forbidden call ends the process with SIGSYS and is logged by the kernel's audit. What the
// kernel lacks is left out; what it has and refuses is an error. All descriptors stay; stdio, iconv, gettext
// and TZ must have been used before.
int sandbox_enter(const struct sandbox_rules *rules, struct error *err);
