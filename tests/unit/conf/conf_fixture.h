// SPDX-License-Identifier: Apache-2.0
// A folder of its own for each test, with files in it.
#pragma once

struct folder {
    char path[64];
};

int folder_setup(void **state); // *state is a struct folder *
int folder_teardown(void **state);
// Writes `name` in the folder; the path is the caller's.
char *folder_write(const struct folder *f, const char *name, const char *text);
