// SPDX-License-Identifier: Apache-2.0
// The value of a plugin's option, from its text in the configuration.
#pragma once

#include <junheng/plugin.h>

#include "base/error.h"

// JH_OPTION_NUMBER: a number within min–max (both 0: any); JH_OPTION_BOOL: yes/no, true/false, on/off, 1/0,
// 是/否 → 1 or 0. JH_OPTION_TEXT: *ret is NAN. -EINVAL with what was expected.
int option_parse(const struct jh_option *o, const char *text, double *ret, struct error *err);
