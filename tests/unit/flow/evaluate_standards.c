// SPDX-License-Identifier: Apache-2.0
// A fake of conf/standard.h.
#include "evaluate_fixture.h"

#include <string.h>

bool standards_threshold(const struct standards *s, const struct indicator *ind, enum stage stage, int date,
                         struct threshold *ret)
{
    assert_in_range(date, 19000101, 22001231);
    double floor_ratio = ind->with_floor ? 0.85 : 0;
    if (s->indicator && strcmp(s->indicator, ind->id) == 0) {
        *ret = (struct threshold){.value = s->value, .op = ind->op, .floor_ratio = floor_ratio};
        return true;
    }
    for (size_t i = 0; i < ind->n_thresholds; i++) {
        const struct indicator_threshold *t = &ind->thresholds[i];
        if (t->stage != STAGE_NONE && t->stage != stage)
            continue;
        *ret = (struct threshold){.value = t->value, .op = ind->op, .floor_ratio = floor_ratio};
        return true;
    }
    return false;
}

const char *standards_version(const struct standards *s)
{
    return s->version;
}

double standards_number(const struct standards *s, const char *name, int date, double otherwise)
{
    assert_in_range(date, 19000101, 22001231);
    if (s->weight > 0 && strcmp(name, "local.weight") == 0)
        return s->weight;
    return s->pass_min > 0 && strcmp(name, "school_rule.pass_min") == 0 ? s->pass_min : otherwise;
}

bool standards_setting(const struct standards *s, const char *name, int date, struct threshold *ret)
{
    (void)name;
    (void)date;
    (void)ret;
    return s->pass_min < 0; // texts do without a clause here
}
