// SPDX-License-Identifier: Apache-2.0
// `junheng-read --file`: what the reader makes of a file, in print, for developers. No sandbox.
#pragma once

#include <stdbool.h>

#include "catalog/catalog.h"
#include "read/read.h"

struct read_dump {
    const char *path, *catalog_dir; // NULL: the built-in datasets
    bool rows;                      // print every cell, not only counts
    struct read_job job;            // `file` and `mtime_ms` are taken from the path
};

int read_dump_run(const struct read_dump *d, struct error *err);
