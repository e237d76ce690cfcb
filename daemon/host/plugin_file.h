// SPDX-License-Identifier: Apache-2.0
// A private, sealed copy of a plugin's file in memory: overwriting the file during a run is harmless.
#pragma once

#include <stddef.h>

#include "base/error.h"

#define PLUGIN_FILE_MAX (64u << 20)

struct plugin_file {
    int fd; // memfd, sealed against every change
    size_t size;
    char sha256[65]; // hex, of exactly the bytes that are loaded
};

// Copies, hashes, and looks at the ELF headers, so that a foreign or cut file is refused with a sentence
// instead of a fault in the loader. -ENOENT, -EACCES …; -ENOEXEC: not a shared object for this machine, or
// cut short.
int plugin_file_copy(const char *path, struct plugin_file *ret, struct error *err);
void plugin_file_deinit(struct plugin_file *f);
