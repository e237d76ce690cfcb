// SPDX-License-Identifier: Apache-2.0
// Where the program's own parts lie: beside the running build, else where they were installed.
// Each returned string is the caller's. JUNHENG_DATA_DIR overrides the data folder, JUNHENG_WORKER_DIR that
// of the workers (tests, relocations).
#pragma once

char *paths_worker(const char *name); // e.g. "junheng-read"
char *paths_data(const char *sub);    // e.g. "standards", "datasets"; "" for the folder itself
char *
paths_plugin_dir(void); // installed plugins; in a build tree the `plugins` folder, one level of subfolders
char *paths_locale_dir(void);
