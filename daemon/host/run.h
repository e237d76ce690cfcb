// SPDX-License-Identifier: Apache-2.0
// One run: the plugin's compute over its inputs, its measures as frames.
#pragma once

#include <sqlite3.h>

#include "base/error.h"
#include "host/job.h"
#include "host/plugin.h"

#define RUN_BATCH 500             // measures in one frame
#define RUN_MEASURES_MAX 4000000u // of one run
#define RUN_NOTE_MAX 2000u        // bytes of a note or a list of missing columns

// Computes and writes frames to `out_fd`: M…, then Z. A failure of the plugin (a statement that fails, a
// measure that is nonsense, compute not 0) writes X and ends the process with EX_SOFTWARE: the plugin's
// frames are still on the stack and cannot be unwound. 0, or -errno when the inputs cannot be set up.
int run_plugin(const struct plugin *p, const struct job *j, sqlite3 *db, int out_fd, struct error *err);
// Frame X with {"message":…}; failure to write is ignored, the run counts as dead then.
void run_write_failure(int out_fd, const char *message);
