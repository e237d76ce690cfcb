// SPDX-License-Identifier: Apache-2.0
// What may be handed in (datasets) and what is measured (indicators): built-in datasets from
// conf/datasets/*.yaml, united with what plugins declare. Immutable once built; shared between threads by
// reference.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/period.h"
#include "base/stage.h"

enum column_type {
    COLUMN_TEXT,
    COLUMN_INTEGER,
    COLUMN_DECIMAL,
    COLUMN_PERCENT,
    COLUMN_BOOL,
    COLUMN_CODE,
    COLUMN_DATE,
    COLUMN_TIME,
    COLUMN_TYPE_COUNT
};

// How each type is stored and handed to plugins: text TEXT; integer INTEGER; decimal and percent REAL (95 %
// is 0.95); bool INTEGER 0/1; code TEXT (canonical); date TEXT 2026-10-01; time INTEGER minutes after
// midnight.

// One accepted value of a code list with its synonyms.
struct code_value {
    char *value;
    char **synonyms; // NULL-terminated
};

// A condition on the row: column `column` holds one of `values`; all of a list must hold. A column that is
// missing or empty fulfils none. Canonical texts: of a bool "1" and "0", of a code its value.
struct condition {
    char *column;
    char **values; // NULL-terminated, canonical
};

enum owed { OWED_NO, OWED_ALWAYS, OWED_WHEN };

struct column {
    char *id, *header;
    char **aliases; // NULL-terminated
    enum column_type type;
    char *unit;        // as printed in headers: 万元; NULL none
    char *stored_unit; // 元; equal to unit where nothing is converted
    int unit_shift;    // decimal places from unit to stored unit: 万元 → 元 is 4
    bool key, is_period, is_county, is_name, none_is_zero;
    enum stage stage; // of a column made by a stage suffix, else STAGE_NONE
    char *base;       // id of the column this one is the stage part of, else NULL
    enum owed owed;
    struct condition *owed_when; // n_owed_when, for OWED_WHEN; empty column = stage condition in owed_stage
    size_t n_owed_when;
    enum stage owed_stage; // owed only where the school's type has this stage; STAGE_NONE: no such condition
    bool has_min, has_max;
    double min, max; // in the stored unit
    struct code_value *values;
    size_t n_values;
    char *default_value; // canonical text ("1" and "0" of a bool), or NULL
    char *help;          // comment in templates
    char *used_by;       // the one plugin whose indicators need it, or NULL: not known, or several
    bool hidden;         // accepted, but not in templates
};

enum check_level { CHECK_REFUSE, CHECK_ASK };

// sum(left) op sum(right) + constant: what should hold. Skipped when a term is missing; with
// `missing_is_zero`, terms of the left side that are missing count as 0 as long as one of them is there. '='
// holds within `tolerance` × |right|. `only` restricts to "form" or "wide" files (NULL both).
struct check {
    char *id;
    char **left, **right; // column ids, NULL-terminated
    char op;              // '<' (≤), '=' , '>' (≥)
    double constant;
    double tolerance;     // relative, 0: exact
    bool missing_is_zero; // left side only
    struct condition *when;
    size_t n_when;
    enum check_level level;
    char *only;
    char *text; // explanation for people (Chinese in built-in data), may be NULL
};

struct dataset {
    char *id, *title;
    enum period_kind period;
    char **
        needs_one_of; // column ids: a row is stored when its key and one of these are there; NULL none needed
    struct column *columns;
    size_t n_columns;
    struct check *checks;
    size_t n_checks;
    char *name_pattern; // word that file or sheet names of this dataset contain, or NULL
};

enum indicator_kind { INDICATOR_MEASURE, INDICATOR_RULE, INDICATOR_CV, INDICATOR_CV_MEAN, INDICATOR_RATE };
enum indicator_level { LEVEL_SCHOOL, LEVEL_CLASS, LEVEL_COUNTY, LEVEL_CITY };
enum op { OP_AT_LEAST, OP_AT_MOST, OP_BELOW };

struct indicator_threshold {
    enum stage stage; // STAGE_NONE: every stage
    double value;
    char *basis;
};

// Derived county indicators (ID.cv, ID.rate, the cv_mean) are entries of their own with `parent` set.
struct indicator {
    char *id, *title, *unit, *formula;
    char *plugin;
    char *parent;   // indicator it is derived from, or NULL
    char **inputs;  // "dataset.column"
    char **members; // of a rule or a mean
    enum indicator_kind kind;
    enum indicator_level level;
    enum op op;
    unsigned stages; // bit 1 << STAGE_x; 0: no stage
    bool with_floor, whole_gap, alerts, with_cv, with_rate;
    int decimals;
    double scale;
    unsigned pass_min;
    struct indicator_threshold *thresholds; // declared defaults
    size_t n_thresholds;
};

struct plugin_input {
    char *dataset, *indicator; // one of them
    int *offsets;
    size_t n_offsets;
};

struct plugin_option {
    char *name, *default_text, *help;
    enum { OPTION_NUMBER, OPTION_TEXT, OPTION_BOOL } type;
    double min, max;
};

// A number that the standards may set and the plugin computes by.
struct plugin_setting {
    char *name, *help;
    double value; // where no standard sets it
};

// As described by junheng-run --describe.
struct plugin_info {
    char *name, *version, *title, *path, *sha256;
    struct plugin_input *inputs;
    size_t n_inputs;
    struct plugin_option *options;
    size_t n_options;
    struct plugin_setting *settings;
    size_t n_settings;
};

struct catalog {
    struct dataset **datasets;
    size_t n_datasets;
    struct indicator **indicators;
    size_t n_indicators;
    struct plugin_info **plugins;
    size_t n_plugins;
};

// Built-in datasets: every *.yaml in `dir` (paths_data("datasets")). Complaints carry file:line:column.
int catalog_load(const char *dir, struct catalog **ret, struct error *err);
struct catalog *catalog_free(struct catalog *c);
// Unites the description of one plugin (JSON of junheng-run --describe, see host/describe.h). A dataset id
// that is there already must agree on period, key and types; columns are united. On error the catalogue is
// unchanged; on success pointers into it that were taken before are no longer valid.
int catalog_add_plugin(struct catalog *c, const json_t *description, const char *path, const char *sha256,
                       struct error *err);
// Everything as JSON, for the reader's fork server, and back. new reference.
json_t *catalog_to_json(const struct catalog *c);
int catalog_from_json(const json_t *j, struct catalog **ret, struct error *err);
// Hex hash of what decides how a file is read: datasets with columns and checks. Part of the reader version.
void catalog_dataset_version(const struct dataset *d, char out[17]);

const struct dataset *catalog_dataset(const struct catalog *c, const char *id);      // NULL if there is none
const struct indicator *catalog_indicator(const struct catalog *c, const char *id);  // NULL if there is none
const struct plugin_info *catalog_plugin(const struct catalog *c, const char *name); // NULL if there is none
const struct column *dataset_column(const struct dataset *d, const char *id);        // NULL if there is none
size_t dataset_column_index(const struct dataset *d, const char *id); // n_columns if there is none
