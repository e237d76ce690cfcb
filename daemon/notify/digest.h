// SPDX-License-Identifier: Apache-2.0
// One message instead of many: what stands in a county after a first load or a large change.
#pragma once

#include "base/buf.h"
#include "notify/alert.h"
#include "notify/county.h"
#include "notify/move.h"
#include "notify/route.h"
#include "notify/view.h"

// A move with all that is said of it, and who is told.
struct announced {
    struct move *move;
    struct alert_view view;
    struct channel_set to;
};

struct digest_scope {
    const struct finding *first; // one of the scope: names county, period and plugin
    const struct finding *findings;
    size_t n_findings;
};

// One message for each channel that any of the moves goes to, with only those moves in it.
int digest_queue(struct store *s, const struct alert_context *ctx, const struct digest_scope *scope,
                 const struct county *county, const struct announced *list, size_t n, int64_t *ret_queued,
                 struct error *err);

// What the text of a digest says, as plain values.
struct digest_stage {
    enum stage stage;
    struct county_units units;
    const struct indicator *indicator;
};

struct digest_gap {
    char *name, *entity;
    enum stage stage;
    char *missing; // headers, joined for print; NULL: not known
};

struct digest_cv {
    const struct indicator *indicator, *parent;
    enum stage stage;
    enum verdict verdict;
    double value, threshold;
    bool estimated, provisional;
    size_t place; // in the catalogue
};

struct digest_view {
    bool first_load, standard_changed;
    const char *county, *county_name, *period;
    const struct alert_view *const *alerts; // opened and resolved
    size_t n_alerts;
    struct digest_stage *stages;
    size_t n_stages;
    struct digest_cv *cvs;
    size_t n_cvs;
    struct digest_gap *gaps;
    size_t n_gaps;
    int64_t due, reported; // schools; due −1: no roster
    double covered;        // share of pupils, NAN: not known
    bool provisional;      // county figures: not all have reported, and there is time yet
};

void digest_view_deinit(struct digest_view *v);
void digest_text(const struct digest_view *v, struct buf *out);
