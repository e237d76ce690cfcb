// SPDX-License-Identifier: Apache-2.0
// Named points at which tests kill the daemon.
#include "flow/kill_point.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Counts passages of the one point that a test names; the only state here, and nothing but a test reads it.
static atomic_int kill_point_passages;

void kill_point(const char *name)
{
    const char *at = getenv("JUNHENG_KILL_AT");
    size_t n = strlen(name);
    if (!at || strncmp(at, name, n) != 0 || (at[n] && at[n] != ':'))
        return;
    int nth = at[n] == ':' ? atoi(at + n + 1) : 1;
    if (atomic_fetch_add(&kill_point_passages, 1) + 1 >= nth)
        (void)kill(getpid(), SIGKILL);
}
