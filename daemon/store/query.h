// SPDX-License-Identifier: Apache-2.0
// Reads for the command line: lists and counts.
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "store/store.h"
#include "store/submission.h"

// Newest first; `state` and `source` NULL: all; `limit` 0: all. Not 0 from fn ends the walk.
int query_submissions(struct store *s, const char *state, const char *source, int64_t limit,
                      submission_fn *fn, void *arg, struct error *err);

// "stored" 12, "rejected" 1 … and the like: a count for each word of one column.
struct query_count {
    char *word;
    int64_t n;
};
struct query_counts {
    struct query_count *items;
    size_t n;
};
void query_counts_deinit(struct query_counts *c);
int64_t query_counts_of(const struct query_counts *c, const char *word);
int query_submission_states(struct store *s, struct query_counts *ret, struct error *err);
int query_alert_states(struct store *s, struct query_counts *ret, struct error *err);
int query_outbox_states(struct store *s, struct query_counts *ret, struct error *err);

// Plugins and files set aside: "plugin", name, scope, reason.
typedef int query_set_aside_fn(const char *kind, const char *name, const char *scope, const char *reason,
                               int64_t since, void *arg);
int query_set_aside(struct store *s, query_set_aside_fn *fn, void *arg, struct error *err);

// The last run of a plugin: outcome NULL if none. Strings are the caller's.
struct query_run {
    char *outcome, *message, *version, *sha256;
    int64_t started_at, ended_at;
};
void query_run_deinit(struct query_run *r);
int query_last_run(struct store *s, const char *plugin, struct query_run *ret, struct error *err);

// Public ids of alerts, newest first; `state` NULL: all, "open": not resolved. The list and its texts are the
// caller's.
int query_alert_ids(struct store *s, const char *state, const char *county, char ***ret, size_t *ret_n,
                    struct error *err);
// What happened to an alert, oldest first.
typedef int query_event_fn(int64_t at, const char *kind, const char *actor, const char *detail, void *arg);
int query_alert_events(struct store *s, int64_t alert, query_event_fn *fn, void *arg, struct error *err);
