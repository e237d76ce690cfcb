// SPDX-License-Identifier: Apache-2.0
// A database, dirty scopes and measures for T2; alert_apply is a recorder.
#pragma once

#include "evaluate_fixture.h"

#include <jansson.h>

#include "flow/evaluate.h"
#include "notify/alert.h"
#include "store/result.h"

#define COUNTY "330102"
#define YEAR "2025-2026"
#define AREA "resource.sports_area"
#define NOW 1760000000000
#define FINDINGS_MAX 40000

struct recorder {
    struct {
        char indicator[64], entity[64];
        enum stage stage;
        enum verdict verdict, before;
        double value;
        bool provisional;
    } * findings;
    size_t n, calls;
    struct alert_context last;
    int fail;
};

extern struct recorder recorder;

struct fixture {
    struct plans plans;
    struct config config;
    struct due_config due;
    char dir[64];
    struct store *store;
    json_t *measures;
    struct evaluation_result result;
    struct error err;
    int64_t now;
    const char *version;
};

int t2_setup(void **state);
int t2_teardown(void **state);
// The one number of a query.
int64_t number(struct fixture *f, const char *sql);
// A change of facts, as T1 marks it.
void touch(struct fixture *f, const char *period, const char *county);
json_t *measure_in(struct fixture *f, const char *period, const char *county, const char *indicator,
                   const char *stage, const char *entity, double n, double d);
json_t *measure(struct fixture *f, const char *entity, double n, double d);
// Five schools of standard.md, replacing the measures.
void published_example(struct fixture *f);
// Lists what is dirty and applies the measures to it.
int evaluate(struct fixture *f, const struct plugin_info *plugin);
void run(struct fixture *f);
size_t dirty(struct fixture *f, const struct plugin_info *plugin);
// A primary figure of the year, the caller's, or the test fails.
struct result stored(struct fixture *f, const char *indicator, const char *entity);
// The finding's place in the recorder, or the test fails.
size_t found(const char *indicator, const char *entity);
