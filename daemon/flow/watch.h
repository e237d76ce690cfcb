// SPDX-License-Identifier: Apache-2.0
// The drop folders: told of changes by inotify, looked through again every so often, because shares raise no
// events and queues overflow. What is ready is claimed in batches, by time and name, as far as the flow has
// room. Happy path of a source: event → list (thread pool) → settle → claim (thread pool) → on_claimed. One
// of the two runs at a time for a source, so a name is never judged by a look from before it was claimed. A
// folder that is missing is tried again every second; a watch that cannot be set is degraded to the rescan.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "base/error.h"
#include "flow/folder.h"
#include "flow/plan.h"

struct watch;

struct watch_hooks {
    size_t (*room)(void *arg); // files that may be claimed now; 0: the drop folder is the buffer
    // In order; claims with r != 0 are to be passed over. Names stay the watch's.
    void (*on_claimed)(void *arg, const char *source, const struct folder_claim *claims, size_t n);
    // What lies in .claimed/ at the first look at a folder.
    void (*on_found)(void *arg, const char *source, char *const *claimed, size_t n);
    void *arg;
};

// at_once: no settling time (--once).
int watch_open(struct watch **ret, uv_loop_t *loop, const struct watch_hooks *hooks, bool at_once,
               struct error *err);
void watch_set_plan(struct watch *w,
                    struct plan *plan); // sources that stay keep what is known of their files
void watch_rescan(struct watch *w);
void watch_poke(struct watch *w); // there may be room again
bool watch_standing(
    const struct watch *w);             // every folder has been looked at once (or is known to be missing)
bool watch_idle(const struct watch *w); // nothing is being looked at, settling or ready
bool watch_troubled(const struct watch *w);  // a folder is missing, or a file cannot be taken
json_t *watch_status(const struct watch *w); // array of {"name","path","state","problem","waiting","unfit"}
void watch_close(struct watch *w, void (*closed)(void *arg), void *arg);
