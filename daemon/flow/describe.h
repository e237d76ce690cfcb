// SPDX-License-Identifier: Apache-2.0
// Asks a plugin what it declares, in a process of its own: `junheng-run --describe FILE.so`.
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"

// Blocks until the worker has ended, `timeout_ms` at most; it is killed then. *ret is a new reference. On
// failure the message ends with the last line that the worker wrote to stderr.
int describe_plugin(const char *worker, const char *so_path, int64_t timeout_ms, json_t **ret,
                    struct error *err);
