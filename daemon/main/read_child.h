// SPDX-License-Identifier: Apache-2.0
// The reader's child: one file, in the sandbox, to frames on a pipe.
#pragma once

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

#include "catalog/catalog.h"
#include "read/read.h"

struct read_request {
    uint64_t id;
    struct read_job job; // its strings belong to `json`
    const char **counties, **datasets;
    uint64_t memory_bytes;
    uint32_t cpu_s;
    json_t *json;
};

// Takes the reference to `j`. On error there is nothing to release.
int read_request_from_json(json_t *j, struct read_request *ret, struct error *err);
void read_request_deinit(struct read_request *r);

// In the child after fork; does not return. `parent` is the server.
_Noreturn void read_child_run(const struct read_request *r, struct read_prepared *p, pid_t parent, int input,
                              int output);
