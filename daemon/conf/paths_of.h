// SPDX-License-Identifier: Apache-2.0
// Paths of the configuration as text: joined, cleaned, compared.
#pragma once

#include <stdbool.h>

// `path` against the absolute folder `dir`, without "." and ".." and doubled slashes. The caller's.
char *path_join(const char *dir, const char *path);
// As path_join against the working folder.
char *path_absolute(const char *path);
// Where the path leads once links are followed, as far as it exists yet. The caller's.
char *path_real(const char *path);
bool path_within(const char *path, const char *folder); // the same, or below it
char *path_folder(const char *path);
