// SPDX-License-Identifier: Apache-2.0
// Views with the numbers of the office's model texts.
#pragma once

#include "notify/view.h"

// A school of 1661 pupils, two of seven indicators below. The caller releases it.
void sample_rule(struct alert_view *v);
// A county whose 差异系数 of sports areas is over the limit.
void sample_cv(struct alert_view *v);
// One measure below its standard by a hair: 4.196 of 4.2.
void sample_measure(struct alert_view *v);
