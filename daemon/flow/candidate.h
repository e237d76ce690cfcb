// SPDX-License-Identifier: Apache-2.0
// The files that lie in a drop folder: what is known of each, and which may be taken next. Knows no loop.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/folder.h"
#include "flow/settle.h"

struct candidate {
    char *name;
    struct settle settle;
    const char *unfit;
    bool barred;   // claiming failed for a reason that only a change or a rescan lifts
    int refusal;   // that reason, -errno
    bool reported; // the log has it
};

struct name_list {
    char **names;
    size_t n;
};

struct candidate_list {
    struct candidate *items; // sorted by name
    size_t n;
    struct name_list open; // created here and not closed since: their writer pauses
};

void candidate_list_deinit(struct candidate_list *l);
void name_list_add(struct name_list *l, const char *name, size_t max);
void name_list_deinit(struct name_list *l);
// Events: a file was created, or closed by its writer (or renamed in). A file that is open waits for its end,
// but no longer than OPEN_MAX_MS without growing: not every way of creating one ends with a close.
#define OPEN_MAX_MS 60000
void candidate_list_opened(struct candidate_list *l, const char *name);
void candidate_list_closed(struct candidate_list *l, const char *name);
// Merges a listing in (taking its names): what is no longer there is forgotten, `moved` names were renamed
// in. `lift`: barred ones get another chance.
void candidate_list_merge(struct candidate_list *l, struct folder_listing *listing, struct name_list *moved,
                          bool lift, int64_t now_ms);
// The ready ones as claims, earliest mtime first, then name; at most `max`. The array is the caller's, names
// are copied. *ret_again_ms: when the next one may become ready.
size_t candidate_list_ready(const struct candidate_list *l, int64_t now_ms, int64_t quiet_ms, size_t max,
                            struct folder_claim **ret, int64_t *ret_again_ms);
// What became of claims: taken ones are forgotten, refused ones barred. True if some were no longer what was
// seen.
bool candidate_list_claimed(struct candidate_list *l, const struct folder_claim *claims, size_t n);
