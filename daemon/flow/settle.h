// SPDX-License-Identifier: Apache-2.0
// Whether a file in a drop folder may be taken. Values and a time in, a verdict out: no folder, no clock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum settle_verdict { SETTLE_WAIT, SETTLE_READY };

struct settle_seen {
    int64_t size, mtime_ns;
    uint64_t ino;
};

// What is known of one name. Zero is "never seen".
struct settle {
    struct settle_seen seen;
    int times;          // looked at in a row with the same size and time
    bool moved_in;      // renamed into the folder: complete by convention
    int64_t changed_ms; // monotonic: when it was last seen to change
};

// Names that are not files handed in: dot files, ~$x.xlsx, *.tmp, *.part, *.filepart, *.crdownload.
bool settle_ignored(const char *name);
// Adds one look at the file. `moved_in`: a rename into the folder was reported since the last look.
void settle_observe(struct settle *s, const struct settle_seen *seen, bool moved_in, int64_t now_ms);
// Ready at once when renamed in; else after `quiet_ms` without change and two equal looks. Empty files wait.
// quiet_ms < 0 takes everything at once (--once), empty files too. *ret_again_ms: when to look again,
// INT64_MAX only after an event.
enum settle_verdict settle_decide(const struct settle *s, int64_t now_ms, int64_t quiet_ms,
                                  int64_t *ret_again_ms);
