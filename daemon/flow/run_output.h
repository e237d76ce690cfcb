// SPDX-License-Identifier: Apache-2.0
// What one run of a plugin said, as a whole: frames to measures. Knows no loop.
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct run_output {
    json_t *measures; // array; NULL when the run failed
    char **logs;      // what the plugin logged
    size_t n_logs;
};

// Every frame in order: M, L, then Z once and last with the right count. -ECANCELED: the plugin reported a
// failure (its message); -EPROTO: nonsense, or it stopped in the middle. *ret is filled either way (logs).
int run_output_parse(const struct buf *frames, struct run_output *ret, struct error *err);
void run_output_deinit(struct run_output *o);
