// SPDX-License-Identifier: Apache-2.0
// The writer: a thread that owns the only read-write store. Jobs run in the order they came; waiting small
// jobs share one COMMIT, each in a savepoint of its own. Happy path: submit → queue → work (writer thread) →
// COMMIT → uv_async → done (loop). A job that fails is rolled back alone; a COMMIT that fails fails every job
// of its group. At closing the job at hand is finished, the rest end with UV_ECANCELED. Every submitted job
// is done exactly once, always on the loop, never within writer_submit().
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "store/store.h"

struct writer;
struct writer_job;

enum writer_mode {
    WRITER_SHARED, // within the group's transaction, in a savepoint; what only reads sees the group's work
    WRITER_OWN,    // begins and commits by itself (or only reads)
};

typedef int writer_work_fn(struct store *s,
                           struct writer_job *job);  // Writer thread. Fills job->err when not 0.
typedef void writer_done_fn(struct writer_job *job); // Loop. job->r says how it ended.

// Embedded in its owner, which is found through `arg` and lives until done.
struct writer_job {
    enum writer_mode mode;
    writer_work_fn *work;
    writer_done_fn *done;
    void *arg;
    int r;
    struct error err;
    struct writer_job *next;
};

// Opens (and migrates) the database in the calling thread, then starts the writer.
int writer_open(struct writer **ret, uv_loop_t *loop, const char *db_path, struct error *err);
void writer_submit(struct writer *w, struct writer_job *job);
size_t writer_waiting(const struct writer *w); // jobs not yet done: back-pressure for those who claim files
uint64_t writer_beat(struct writer *w);        // rises while the thread is alive; also within long jobs
void writer_beat_here(struct writer *w);       // Writer thread: for long jobs
bool writer_stopping(struct writer *w);        // any thread: long jobs give up with -ECANCELED
// Ends the thread after the job at hand; what waits, and what is still submitted, is done with UV_ECANCELED.
void writer_stop(struct writer *w);
typedef void writer_closed_fn(void *arg);
// Stops, calls every done that is due, closes the database and frees the writer.
void writer_close(struct writer *w, writer_closed_fn *closed, void *arg);
