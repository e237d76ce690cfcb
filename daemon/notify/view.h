// SPDX-License-Identifier: Apache-2.0
// Everything that the text of one alert says, as plain values: loaded by view_load.c, written by text_*.c.
// Numbers that are not known are NAN, counts -1, texts NULL. Texts are owned by the view.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/stage.h"
#include "base/verdict.h"
#include "catalog/catalog.h"
#include "judge/severity.h"
#include "notify/transition.h"

#define VIEW_TREND_MAX 4

// One indicator of the entity: the alert's own, or a member of its rule.
struct view_figure {
    const struct indicator *indicator; // borrowed
    enum verdict verdict;
    double value, numerator, denominator, threshold, floor, gap;
    double value_before;   // a period earlier
    int64_t units_failing; // units of the county and stage below the threshold, this one included
    bool estimated;
    char *document, *clause;
    char *missing; // headers of what is not there, joined for print
    char *note;
};

// One way to mend a rule: all its parts together.
struct view_step {
    struct view_step_part {
        size_t figure; // index into figures
        bool to_floor;
        double amount, target;
    } * parts;
    size_t n;
};

struct view_cell {
    char *cell, *header, *value;
};

// A row of a file that the figures come from.
struct view_origin {
    char *file, *sheet;
    int64_t row; // 0: the form has a cell each
    int64_t received_at_ms;
    struct view_cell *cells;
    size_t n;
};

// A school's part in a 差异系数.
struct view_share {
    char *name;
    double pupils, value, share, cv_without;
};

struct view_trend {
    char period[16];
    double value;
};

struct alert_view {
    enum transition what;
    enum close_reason reason;
    char *public_id;
    const struct indicator *indicator; // borrowed
    enum severity severity;
    enum stage stage;
    char *entity, *name, *county, *county_name, *period, *state;
    double value, threshold, value_before_resolve;
    double pupils, pupils_before;
    bool estimated, standard_changed;
    int64_t opened_at_ms, resolved_at_ms, now_ms, due_at_ms; // due 0: none
    char *timezone;
    char *document, *clause;     // of the alert's own threshold
    struct view_figure *figures; // a rule's members in their order; else the one
    size_t n_figures;
    unsigned pass_min;            // of a rule: so many must meet their standard
    int64_t units, units_failing; // of the county and stage that were judged by this indicator
    struct view_step *steps;
    size_t n_steps;
    struct view_origin *origins;
    size_t n_origins;
    // Of a 差异系数:
    struct view_trend trend[VIEW_TREND_MAX]; // oldest first, the alert's period last
    size_t n_trend;
    int64_t due, reported; // schools
    double covered;        // share of pupils, 0…1
    double mean;
    struct view_share *shares; // the largest first
    size_t n_shares;
    const struct indicator *parent; // borrowed: the indicator that disperses
    char *responsible, *inspector;
};

void alert_view_deinit(struct alert_view *v);
