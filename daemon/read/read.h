// SPDX-License-Identifier: Apache-2.0
// One file to rows: finds the tables, recognises datasets and periods, types and checks the values, and says
// it all in frames (read/wire.h). Runs in the sandboxed child: opens nothing.
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalog/catalog.h"

struct read_job {
    const char *file; // name as dropped: a source of dataset and period
    int64_t mtime_ms;
    const char *source;
    const char *const *counties; // NULL-terminated codes the source may speak for, or NULL: all
    const char *const *datasets; // NULL-terminated ids the source may hand in, or NULL: all
    const char *period;          // the source's `period:`, or NULL
    const char *school_system;   // 六三制 or 五四制
    uint64_t max_cells;          // 0: the default
};

// Where frames go: called with whole frames, about 64 KiB at a time. -errno stops the reading.
typedef int read_write_fn(void *arg, const void *frames, size_t len);

// The catalogue made ready for reading: worth doing once, before the children of the fork server are made.
// The catalogue must outlive it.
struct read_prepared;
struct read_prepared *read_prepare(const struct catalog *c);
struct read_prepared *read_prepared_free(struct read_prepared *p);

// 0 once WIRE_END has been written, also for a file that is refused (its state says why); -errno only when
// `write` fails or the descriptor cannot be read.
int read_file(int fd, const struct catalog *c, const struct read_job *job, read_write_fn *write, void *arg,
              struct error *err);
// The same with a catalogue that is ready; one file at a time.
int read_file_prepared(int fd, struct read_prepared *p, const struct read_job *job, read_write_fn *write,
                       void *arg, struct error *err);
