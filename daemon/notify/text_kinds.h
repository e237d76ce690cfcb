// SPDX-License-Identifier: Apache-2.0
// The kinds of alert texts, each in its file.
#pragma once

#include "base/buf.h"
#include "notify/view.h"

void text_rule_opened(struct buf *out, const struct alert_view *v);
void text_measure_opened(struct buf *out, const struct alert_view *v);
void text_cv_opened(struct buf *out, const struct alert_view *v);
void text_resolved(struct buf *out, const struct alert_view *v);

void text_tag_opened(struct buf *out, const struct alert_view *v);
// One figure in full: value, standard, share of it, what it lacks, last year's.
void text_figure(struct buf *out, const struct view_figure *f);
// Basis, data, responsible, request and number.
void text_tail(struct buf *out, const struct alert_view *v);
