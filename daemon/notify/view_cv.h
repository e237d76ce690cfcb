// SPDX-License-Identifier: Apache-2.0
// What the text of a 差异系数 needs beside its value.
#pragma once

#include "notify/alert.h"
#include "notify/county.h"
#include "notify/view.h"

// Trend, coverage, mean and the schools that drive it (detail of the result, see flow/judging_cv.c).
int view_load_cv(struct store *s, const struct alert_context *ctx, const struct county *county,
                 struct alert_view *v, struct error *err);
