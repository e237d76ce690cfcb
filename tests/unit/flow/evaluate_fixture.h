// SPDX-License-Identifier: Apache-2.0
// A catalogue like that of the plugin `resource` (seven indicators at the junior and primary stage, their
// .cv, the rule, the mean) and of a small plugin `local`, and standards that a test can change.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "catalog/catalog.h"
#include "conf/standard.h"
#include "flow/judging.h"

// The fake of conf/standard.h: declared defaults, and one threshold that a city has changed.
struct standards {
    const char *version, *indicator;
    double value;
    double pass_min; // of school_rule; 0: as declared
    double weight;   // setting "local.weight"; 0: as declared
};

struct plans {
    struct catalog catalog;
    struct indicator *indicators[32];
    struct plugin_info *plugins[2]; // resource, local
    struct plugin_info resource, local;
    struct standards standards;
};

extern const char *const seven[7];

void plans_init(struct plans *p);
void plans_deinit(struct plans *p);
// The indicator, for changing in place.
struct indicator *plans_indicator(struct plans *p, const char *id);
void assert_close(double got, double want); // to 1e-9, relative above 1
// The row, or the test fails.
const struct result *row_of(const struct result_list *l, const char *indicator, enum stage stage,
                            const char *entity);
// A number or text within the detail by path: "contributors/0/share".
double detail_number(const struct result *r, const char *path);
