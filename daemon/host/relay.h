// SPDX-License-Identifier: Apache-2.0
// Standing between a sandboxed worker and files: RLIMIT_FSIZE = 0 ends a process that writes to one, and
// plugin authors write `junheng-run --describe p.so > p.json`.
#pragma once

#include "base/error.h"

// If standard output or error is a file, forks: the child returns with pipes in their place; the parent
// passes on what comes and exits as the child ended (128 + signal). Otherwise nothing happens.
int relay_if_files(struct error *err);
