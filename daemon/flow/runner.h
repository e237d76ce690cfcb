// SPDX-License-Identifier: Apache-2.0
// Computing: finds dirty scopes, runs each plugin over a batch of them, one process a plugin at most,
// and hands the measures to T2. Happy path: kick → list (writer) → junheng-run → parse (thread pool) →
// evaluate_apply (writer) → list again, until nothing is dirty. A run that dies, runs out of time or talks
// nonsense counts against its scopes; after a death they run one by one, and the second death of a pair sets
// it aside with an alert. A kill anywhere leaves the scopes dirty.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "flow/plan.h"
#include "flow/supervisor.h"
#include "flow/writer.h"

struct runner;

struct runner_setup {
    uv_loop_t *loop;
    struct writer *writer;
    struct supervisor *supervisor;
    const char *db_path;
    void (*on_evaluated)(void *arg);      // results or alerts changed: the outbox may have something
    void (*on_plugin_changed)(void *arg); // a plugin's file is not the one that was described
    bool (*gathering)(void *arg); // more files are coming: runner_kick follows, no run needs to begin before
    void *arg;
};

struct runner *runner_open(const struct runner_setup *setup);
void runner_set_plan(struct runner *r,
                     struct plan *plan); // also lists anew, and tells of plugins that failed
void runner_kick(struct runner *r);
void runner_prepare(struct runner *r); // a file is coming: starts processes ahead
void runner_run_as_described(
    struct runner *r); // the reload for a changed plugin failed: go on with the old plan
bool runner_idle(const struct runner *r);
size_t runner_running(const struct runner *r);
json_t *
runner_status(const struct runner *r); // [{"name","version","running":bool,"runs":n,"deaths":n,"last_error"}]
// Runs are killed. The writer must have been stopped.
void runner_close(struct runner *r, void (*closed)(void *arg), void *arg);
