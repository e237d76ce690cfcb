// SPDX-License-Identifier: Apache-2.0
// A drop folder as the file system shows it: listing, claiming by rename into .claimed/, and its two own
// subfolders. Everything here may block on a share: thread pool. Folders are opened by descriptor; no link
// below one is followed.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "flow/settle.h"

#define FOLDER_CLAIMED ".claimed"
#define FOLDER_RECEIPTS "receipts"

struct folder_entry {
    char *name;
    struct settle_seen seen;
    const char *unfit; // why it is never taken (N_() text), or NULL
};

struct folder_listing {
    struct folder_entry *entries; // sorted by name; what settle_ignored() names is left out
    size_t n;
    char **claimed; // names in .claimed/, sorted; only when asked for
    size_t n_claimed;
};

struct folder_claim {
    char *name;              // in
    struct settle_seen seen; // in: as it was when it was found ready
    int r;                   // out: 0, -ESTALE it is no longer that file, -EACCES …
    char *claimed;           // out: name within .claimed/
    int64_t mtime_ms;        // out
};

int folder_make(const char *path, struct error *err); // with parents; fine if it is there
// Opens the folder, or one of the two subfolders, which is made if missing. A descriptor, the caller's, or
// -errno.
int folder_open(const char *path, const char *sub, struct error *err);
// .claimed/ of a file that was claimed: not made, so that an unmounted share is not taken for an empty one.
int folder_open_claimed(const char *path, struct error *err);
// Opens a file for reading: a regular one with one name, looked at before it is opened. -EINVAL: it is not
// that.
int folder_open_file(int dir, const char *name, struct stat *ret, struct error *err);
int folder_list(const char *path, bool with_claimed, struct folder_listing *ret, struct error *err);
void folder_listing_deinit(struct folder_listing *l);
// Renames into .claimed/ what is still the file that was seen: regular, one name, readable. Each claim
// carries its own outcome; the return value is about the folder. A kill within leaves files in one place or
// the other: those in .claimed/ are recorded by recovery. `stamp` makes names unique: nanoseconds of the wall
// clock.
int folder_claim(const char *path, struct folder_claim *claims, size_t n, uint64_t stamp, struct error *err);
// Names within .claimed/ are unique for ever (a name that came back could be taken for the file before it):
// STAMP-NUMBER-NAME, the name cut where it would be too long. The caller's.
char *folder_claimed_name(const char *name, uint64_t stamp, unsigned number);
// The name as it was dropped, from the claimed one; cleaned for logs, mails and reports. The caller's.
char *folder_dropped_name(const char *claimed);
// Valid UTF-8 without control characters or marks that turn text around; others become '_'. The caller's.
char *folder_clean_name(const char *name);
