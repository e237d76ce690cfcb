// SPDX-License-Identifier: Apache-2.0
// How serious a finding is. The national documents fix no colours; these are the defaults of the project:
//  red     a school fails the school rule; a county's 差异系数 is over its limit. Either one by itself keeps
//  the county
//          from being recognised as 优质均衡, and neither is mended by one more hand-in.
//  orange  any other indicator that alerts and fails.
//  yellow  below the standard but at the floor; every failure that rests on an estimate (估算) or on a unit
//  of fewer
//          than 100 pupils, where one teacher moves the figure by points.
//  blue    data missing, or still provisional (暂算).
#pragma once

#include <stdbool.h>

#include "base/verdict.h"
#include "catalog/catalog.h"

enum severity { SEVERITY_RED, SEVERITY_ORANGE, SEVERITY_YELLOW, SEVERITY_BLUE, SEVERITY_COUNT };

const char *severity_id(enum severity s); // "red", "orange", "yellow", "blue"
bool severity_parse(const char *id, enum severity *ret);

// `pupils` of the entity and stage, NAN if not known (then nothing is toned down).
enum severity severity_of(const struct indicator *ind, enum verdict verdict, double pupils, bool estimated,
                          bool provisional);
