// SPDX-License-Identifier: Apache-2.0
// The copy of our own: from .claimed/ into STATE/spool, hashed on the way. Blocks: thread pool.
#pragma once

#include <stdint.h>

#include "base/error.h"

struct spool_request {
    const char *folder, *claimed; // the source's folder and the name within .claimed/
    const char *spool_dir, *name; // where to
    int64_t max_bytes;
};

struct spool_result {
    char sha256[65];
    int64_t size, mtime_ns;
};

// Synced to disk before it has its name. -EAGAIN: the file changed while it was copied (someone still writes:
// settle again); -EFBIG; -EINVAL: not a regular file with one name; -ENOENT: it is gone; -ENOSPC: the spool
// is full. Nothing is left in the spool on error. A kill within leaves a *.part, which is written over.
int spool_copy(const struct spool_request *q, struct spool_result *ret, struct error *err);
