// SPDX-License-Identifier: Apache-2.0
// Submissions: one row for each file handed in, from claim to its end state.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct submission {
    int64_t id;
    char *public_id, *source, *file, *claimed, *spool, *sha256, *state;
    char *dataset, *period, *county, *code, *message, *summary, *archived, *receipt;
    int64_t size, mtime_ms, received_at, stored_at, rows_ok, rows_bad, attempts;
};

void submission_deinit(struct submission *s);
// Records a claimed file, state `received`; the same (source, claimed) again gives the row that is there. The
// day of the public id is that of now_ms in `timezone`.
int submission_record(struct store *s, const char *source, const char *file, const char *claimed,
                      int64_t mtime_ms, int64_t now_ms, const char *timezone, struct submission *ret,
                      struct error *err);
int submission_spooled(struct store *s, int64_t id, const char *spool, const char *sha256, int64_t size,
                       struct error *err);
// Whether the file is a duplicate (design.md, "Duplicates"): the source's last stored submission of some
// dataset and period has the same bytes and was read by `reader_version`. *ret_of gets its public id (the
// caller's) or NULL.
int submission_find_duplicate(struct store *s, int64_t id, const char *reader_version, char **ret_of,
                              struct error *err);
// Ends without facts: state rejected, quarantined or duplicate, with a sentence.
int submission_end(struct store *s, int64_t id, const char *state, const char *code, const char *message,
                   int64_t now_ms, struct error *err);
// As a duplicate of the submission with the public id `of`: dataset, period and county are those of it.
int submission_end_duplicate(struct store *s, int64_t id, const char *of, const char *message, int64_t now_ms,
                             struct error *err);
int submission_attempt(struct store *s, int64_t id, int64_t *ret_attempts, struct error *err);
int submission_claim_removed(struct store *s, int64_t id, struct error *err); // claimed → NULL
int submission_archived(struct store *s, int64_t id, const char *path,
                        struct error *err); // also spool → NULL
int submission_receipt_written(struct store *s, int64_t id, const char *name, struct error *err);
int submission_load(struct store *s, int64_t id, struct submission *ret, struct error *err); // -ENOENT
int submission_find(struct store *s, const char *public_id, struct submission *ret,
                    struct error *err); // also by numeric id
typedef int submission_fn(const struct submission *sub, void *arg);
// What restart must take up again: still received, claimed not removed, spool not archived, receipt not
// written.
int submission_each_unfinished(struct store *s, submission_fn *fn, void *arg, struct error *err);
