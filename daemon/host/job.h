// SPDX-License-Identifier: Apache-2.0
// What the daemon asks of one run, as it comes over stdin (daemon/README.md, "Run").
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "host/plugin.h"

#define JOB_BYTES_MAX (64u << 20)
#define JOB_SCOPES_MAX 200000u

struct job_scope {
    const char *period, *county;
};

// The strings lie in `root`.
struct job {
    json_t *root;
    const char *db;
    struct job_scope *scopes; // by (period, county), each once
    size_t n_scopes;
    uint64_t memory_bytes; // 0: no limit
    uint32_t cpu_s;        // 0: no limit
};

// Reads one JSON object from `fd`; what follows it is left unread, so the writer may keep the pipe open.
int job_read(int fd, struct job *ret, struct error *err);
// The same from memory, for tests.
int job_parse(const char *text, size_t len, struct job *ret, struct error *err);
void job_deinit(struct job *j);

bool job_has_scope(const struct job *j, const char *period, const char *county);
const json_t *job_dataset(const struct job *j, const char *id); // NULL if the job does not describe it

// A plugin's options as this run has them: one value for each that the plugin declares.
struct option_value {
    double number; // NAN for JH_OPTION_TEXT
    const char *text;
};

// `ret` has room for p->d.options.count. The job naming an option that the plugin does not have is an error.
int job_options(const struct job *j, const struct plugin *p, struct option_value *ret, struct error *err);
