// SPDX-License-Identifier: Apache-2.0
// The state folder: its subfolders and its lock.
#pragma once

#include "base/error.h"

// Makes STATE (0750), spool (0700), archive and quarantine (0750), removes half-made copies from the spool,
// and takes STATE/lock for this process; *ret_lock is held until exit. -EBUSY names the daemon that has it.
int state_open(const char *dir, int *ret_lock, struct error *err);
