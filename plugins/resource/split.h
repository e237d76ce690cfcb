/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a stage of one row: as given, or allotted. */
#ifndef RESOURCE_SPLIT_H
#define RESOURCE_SPLIT_H

#include "setting.h"

/* A sum in the making: what it is, and what kept it from being more. */
struct sum {
    double value;
    bool estimated;              /* allotted by an assumption */
    bool by_teachers, by_pupils; /* how figures were split */
    bool contradicts;            /* parts are more than the whole */
    char missing[512];           /* column ids; empty: nothing */
};

void sum_miss(struct sum *s, const char *id);

/* Who shares what the row has: a weight for each stage and for kindergarten; missing: a column that would be
 * needed. */
struct shares {
    double weight[SHARERS];
    const char *missing; /* NULL: known */
};

/* One row as it is to be split. */
struct part {
    const struct row *row;
    double pupils[STAGES];  /* what the row's type owes and lacks is NAN */
    struct shares premises; /* weighted pupils, kindergarten too */
    struct shares teachers; /* teachers by stage, else weighted pupils */
    bool teachers_known;    /* the former */
};

/* `sole`: the school has no other row; `other`: pupils of a stage are given in another row of the school. */
void part_init(struct part *p, const struct row *row, const char *school_type, const bool other[STAGES],
               const struct settings *settings);

/* Adds `sign` times what of the staged figure `f` belongs to the stage. `of_teachers`: split as teachers are,
 * and then estimated. `none_is_zero`: not given counts as none. */
void sum_add(struct sum *s, const struct part *p, int stage, enum figure f, double sign, bool of_teachers,
             bool none_is_zero);

#endif
