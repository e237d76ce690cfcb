// SPDX-License-Identifier: Apache-2.0
// The daemon as a whole: opens its parts in order, joins them, reloads, and closes them in the opposite
// order. Start: database → catalogue's tables → unfinished files → folders watched → READY. Stop: nothing new
// is claimed, the delivery under way may end (3 s), the writer finishes its job, workers are killed,
// everything else is handed back to the next start by what the database and .claimed/ say.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "flow/plan.h"

struct daemon;

struct daemon_setup {
    uv_loop_t *loop;
    struct plan *plan;                            // a reference is taken
    bool once;                                    // take what lies there, deliver once, stop
    void (*on_stopped)(void *arg, int exit_code); // everything is closed; the daemon is gone
    void *arg;
};

// The state folder must be locked by the caller. On failure nothing is left but closing handles: run the loop
// out.
int daemon_open(struct daemon **ret, const struct daemon_setup *setup, struct error *err);
void daemon_reload(struct daemon *d); // SIGHUP
void daemon_stop(struct daemon *d);   // SIGTERM; on_stopped follows. Again: no effect
