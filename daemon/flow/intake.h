// SPDX-License-Identifier: Apache-2.0
// The way of a file from .claimed/ to its end state: record → copy → read → T1 → receipt → archive → mark.
// Each step is done off the loop and can be taken again after a kill (flow/kill_point.h says what each
// leaves). Files of one source are stored in the order in which they were claimed, whatever their readers
// take; a step before T1 that fails for lack of space or a broken share is tried again in its place. What
// fails after T1 (receipt, archive) is let go and taken up by the next intake_recover().
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "flow/folder.h"
#include "flow/plan.h"
#include "flow/reader_pool.h"
#include "flow/receipts.h"
#include "flow/writer.h"

struct intake;

struct intake_setup {
    uv_loop_t *loop;
    struct writer *writer;
    struct reader_pool *readers;
    struct receipts *receipts;
    const char *state_dir;
    void (*on_stored)(void *arg); // facts changed: scopes may be dirty
    void (*on_room)(void *arg);   // a file has ended: there may be room, or nothing left to do
    void *arg;
};

struct intake *intake_open(const struct intake_setup *setup);
void intake_set_plan(struct intake *in, struct plan *plan);
size_t intake_room(const struct intake *in);
void intake_claimed(struct intake *in, const char *source, const struct folder_claim *claims, size_t n);
void intake_found(struct intake *in, const char *source, char *const *claimed, size_t n);
// Takes up what the database says is unfinished and is not under way. `done` (may be NULL) comes once it is
// listed.
void intake_recover(struct intake *in, void (*done)(void *arg), void *arg);
void intake_readers_ready(struct intake *in);
bool intake_idle(const struct intake *in);
bool intake_stuck(
    const struct intake *in); // all that is under way waits to be tried again, not for the first time
size_t intake_unstored(const struct intake *in); // files that are still before T1
size_t intake_running(const struct intake *in);
json_t *intake_status(const struct intake *in); // {"files":n,"reading":n,"waiting_for_space":bool}
// Steps under way are waited for, none is begun. The writer must have been stopped.
void intake_close(struct intake *in, void (*closed)(void *arg), void *arg);
