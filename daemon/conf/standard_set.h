// SPDX-License-Identifier: Apache-2.0
// What standards are made of, between loading and look-up.
#pragma once

#include "conf/standard.h"

// One number of one file: a threshold (`pattern` is an indicator id, * stands for one part of it) or a
// setting.
struct standard_entry {
    char *pattern;
    enum stage stage; // STAGE_NONE: every stage
    double value;
    bool has_op, has_floor;
    enum op op;
    double floor;
    char *document, *clause;
    int from, until; // YYYYMMDD; 0: open
    int layer;       // number of the file, later ones win
    int line;
    const char *file; // borrowed from the set
};

struct standards {
    char **files;
    struct standard_entry *thresholds, *settings;
    size_t n_thresholds, n_settings;
    char version[65];
};

// Whether `pattern` covers the dotted id; *ret_stars counts its stars: fewer are nearer.
bool standard_matches(const char *pattern, const char *id, int *ret_stars);
void standards_make_version(struct standards *s);
