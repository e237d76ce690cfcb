// SPDX-License-Identifier: Apache-2.0
// A YAML file as a tree whose every node knows where it stands, and getters whose complaints say so:
// `junheng.yaml:12:5: alerts.repeat: expected a duration such as 4h, got "often"`.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

// Children of a map carry their key. Numbers and codes stay the text that was written.
struct yaml {
    enum yaml_kind kind;
    int line, column; // of the value, from 1
    int key_line, key_column;
    char *key;  // in a map, else NULL
    char *text; // of a scalar, never NULL there
    bool quoted;
    struct yaml **items; // of a list or map, in the order written
    size_t n_items;
    const struct yaml *parent;
    const char *file; // borrowed from the document
};

struct yaml_doc {
    char *file;
    struct yaml *root;
};

// At most 1 MiB, 32 levels and 100,000 nodes (aliases count as copies); one document; duplicate keys, tags
// and anything but UTF-8 are refused. `path` stands in complaints as given.
int yaml_load(const char *path, struct yaml_doc **ret, struct error *err);
int yaml_parse(const char *name, const char *text, size_t len, struct yaml_doc **ret, struct error *err);
struct yaml_doc *yaml_doc_free(struct yaml_doc *doc);
void yaml_doc_free_at(struct yaml_doc **doc); // for CLEANUP

const struct yaml *yaml_get(const struct yaml *map, const char *key); // NULL if there is none
bool yaml_is_null(const struct yaml *n);                              // `key:` without a value, ~ or null

// Complains about the value (or the key) of `n` and returns -EINVAL.
int yaml_complain(const struct yaml *n, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int yaml_complain_key(const struct yaml *n, struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
// As yaml_complain: "expected WHAT, got VALUE".
int yaml_expected(const struct yaml *n, struct error *err, const char *what);
