// SPDX-License-Identifier: Apache-2.0
// Severities as people see them: 红 橙 黄 蓝, and the same in HTML.
#pragma once

#include "judge/severity.h"

const char *severity_title(enum severity s);  // translated
const char *severity_colour(enum severity s); // "#c00000"
