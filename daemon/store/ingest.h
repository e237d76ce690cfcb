// SPDX-License-Identifier: Apache-2.0
// T1: the reader's frames of one file become facts, row errors, dirty scopes and the submission's end state,
// within one savepoint of the caller's transaction. Checks again what the reader says: types, authority of
// the source. Resolves county (column, roster, source's only county, six digits that are a configured county,
// else unknown "") and names without code (表Ⅱ-2) by the roster.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/frame.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "store/store.h"

struct ingest;

struct ingest_result {
    char state[16]; // stored, or rejected when no row stood
    int64_t rows_ok, rows_bad, rows_unchanged;
    int64_t changed_scopes;
};

int ingest_begin(struct store *s, const struct catalog *c, const struct config *conf,
                 const struct source_config *source, int64_t submission, const char *reader_version,
                 int64_t now_ms, struct ingest **ret, struct error *err);
// -EPROTO when the frame is nonsense: the caller rolls back and counts the reader as dead.
int ingest_frame(struct ingest *in, const struct frame *f, struct error *err);
// After WIRE_END: writes submission, errors and scopes. The caller commits.
int ingest_finish(struct ingest *in, struct ingest_result *ret, struct error *err);

// What two sources say of one dataset, period and county. Strings are good until ingest_free.
struct ingest_conflict {
    const struct dataset *dataset;
    const char *period, *county;
    const char *other;   // the source that said something else
    int64_t rows;        // 0: this file had rows there, and none that differ
    bool replaced;       // this source's figures stand now; else the other's
    const char *schools; // the first of them, for people
};
typedef int ingest_conflict_fn(const struct ingest_conflict *c, void *arg, struct error *err);
// After ingest_finish, before the COMMIT.
int ingest_conflicts(struct ingest *in, ingest_conflict_fn *fn, void *arg, struct error *err);
struct ingest *ingest_free(struct ingest *in);
