// SPDX-License-Identifier: Apache-2.0
// Where files end: STATE/archive/YYYY/MM/DD/PUBLICID_NAME.zst, or STATE/quarantine/PUBLICID_NAME with the
// reasons beside it in PUBLICID_NAME.txt. Blocks: thread pool.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct archive_request {
    const char *state_dir;
    const char *folder, *claimed; // the original; claimed NULL: it is gone already
    const char *spool;            // name within STATE/spool, NULL: take the original
    const char *public_id, *file;
    const char *timezone;
    int64_t received_at; // ms UTC: the day of the archive folder
    bool refused;        // to quarantine, with `reasons`
    const char *reasons;
    int64_t size, mtime_ns; // of the original as it was copied; mtime_ns 0: not known any more
};

// Compresses, syncs and names the file; the same request again writes the same name over. *ret_path is
// relative to STATE, the caller's. -ENOENT: neither spool nor original is there, nor an archive from before.
int archive_store(const struct archive_request *q, char **ret_path, struct error *err);
// Takes away original and spool once archive_store has ended well. An original that was written to after it
// was copied goes back into the folder instead and will be found as a file of its own; so does what is no
// regular file of its own (a link), which then is left alone there.
int archive_remove(const struct archive_request *q, struct error *err);
