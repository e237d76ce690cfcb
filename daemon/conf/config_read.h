// SPDX-License-Identifier: Apache-2.0
// The parts of junheng.yaml, each read by a file of its own; for config.c alone.
#pragma once

#include "catalog/yaml_value.h"
#include "conf/config.h"

// Folders of the file: relative paths are taken from `dir`.
struct config_read {
    struct config *config;
    char *dir;
    struct error *err;
};

int read_sources(struct config_read *r, const struct yaml *list);
int read_channels(struct config_read *r, const struct yaml *list);
int read_routes(struct config_read *r, const struct yaml *list);
int read_counties(struct config_read *r, const struct yaml *list);
int read_due(struct config_read *r, const struct yaml *map);
int read_plugins(struct config_read *r, const struct yaml *list);
int read_standards(struct config_read *r, const struct yaml *list);
// What only the whole can show: names that meet, folders inside one another.
int check_config(struct config_read *r, const struct yaml *root);

// Letters of any script, digits, - _ and dots inside; at most 64 bytes: fit for folders, logs and the command
// line.
int read_name(const struct yaml *n, char **ret, struct error *err);
// A path against the file's folder, without . and .. in it.
int read_path(const struct config_read *r, const struct yaml *n, char **ret);
int need_list(const struct yaml *n, const char *what, struct error *err); // a list with something in it
