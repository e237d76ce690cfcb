// SPDX-License-Identifier: Apache-2.0
// How much of what is owed has come in: whether a county's figures are provisional (暂算).
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/period.h"
#include "conf/config.h"
#include "flow/evaluate.h"
#include "store/scope.h"
#include "store/store.h"

struct coverage {
    bool known; // there is a roster of the period and county
    int64_t owed, reported;
    double pupils_share; // of the pupils of owing schools, those of schools that reported; NAN: not known
    int due;             // YYYYMMDD, 0: none is set
    bool due_passed;
};

// Not all owing schools have a row and the due date has not passed. Without a roster: not provisional.
bool coverage_provisional(const struct coverage *c);
// {"known":true,"owed":24,"reported":23,"pupils_share":0.97,"due":"2025-10-20"} or {"known":false}. New
// reference.
json_t *coverage_json(const struct coverage *c);
// The due date of a dataset's period (YYYYMMDD): "10-20" is the first such day on or after the period's first
// day; a full date counts for periods that began before it. 0: none.
int coverage_due(const struct config *conf, const char *dataset, const struct period *period);
// How often the due date has come and gone by `today`; it changes on the day after.
int coverage_dues_passed(const char *date, int today);
// Today in the configured zone, YYYYMMDD.
int coverage_today(const struct config *conf, int64_t now_ms);
// Coverage of the plugin's first input in the scope, from the roster.
int coverage_load(struct store *s, const struct evaluation *e, const struct scope_item *item,
                  struct coverage *ret, struct error *err);
