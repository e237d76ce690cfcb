// SPDX-License-Identifier: Apache-2.0
// Typed values out of YAML nodes, one by one or a whole map by a table of its keys.
#pragma once

#include "catalog/texts.h"
#include "catalog/yaml_node.h"

int yaml_text(const struct yaml *n, char **ret, struct error *err); // not empty; replaces *ret
int yaml_texts(const struct yaml *n, char ***ret,
               struct error *err);                                 // list of texts, or one; NULL-terminated
int yaml_bool(const struct yaml *n, bool *ret, struct error *err); // true/false, yes/no, on/off, 是/否
int yaml_int(const struct yaml *n, int64_t min, int64_t max, int64_t *ret, struct error *err);
int yaml_number(const struct yaml *n, double *ret, struct error *err); // finite, decimal
int yaml_duration(const struct yaml *n, int64_t *ret_ms,
                  struct error *err); // 500ms 2s 5m 4h 1d, at most 3650 d
int yaml_size(const struct yaml *n, int64_t *ret_bytes, struct error *err); // 4096, 512KiB, 512MiB, 2GiB
int yaml_date(const struct yaml *n, int *ret_yyyymmdd, struct error *err);  // 2017-05-18
// One of `names` (NULL-terminated); the index.
int yaml_choice(const struct yaml *n, const char *const *names, int *ret, struct error *err);

enum yaml_type {
    YAML_NODE,     // known, read by the caller
    YAML_TEXT,     // char *
    YAML_TEXTS,    // char **
    YAML_BOOL,     // bool
    YAML_INT,      // int, within min and max
    YAML_NUMBER,   // double
    YAML_DURATION, // int64_t milliseconds
    YAML_SIZE,     // int64_t bytes
    YAML_CHOICE    // an enum (int), by `names`
};

struct yaml_field {
    const char *key;
    enum yaml_type type;
    size_t offset; // into the target; unused for YAML_NODE
    bool required;
    int64_t min, max;         // YAML_INT
    const char *const *names; // YAML_CHOICE
};

#define YAML_FIELD(k, t, s, m) .key = (k), .type = (t), .offset = offsetof(s, m)

// Fills `target` from the keys of `map`; a key that is not in the table is refused with "did you mean".
int yaml_fill(const struct yaml *map, const struct yaml_field *fields, size_t n_fields, void *target,
              struct error *err);
// Only that the keys of `map` are among the table's (the caller's own handling of values).
int yaml_known_keys(const struct yaml *map, const struct yaml_field *fields, size_t n_fields,
                    struct error *err);
// The spelling among n names that is nearest to `word`, or NULL when none is near.
const char *yaml_nearest(const char *word, const char *(*name)(const void *arg, size_t i), const void *arg,
                         size_t n);
