/* SPDX-License-Identifier: Apache-2.0 */
/* The seven indicators: the raw total of a stage from one row. */
#ifndef RESOURCE_INDICATOR_H
#define RESOURCE_INDICATOR_H

#include "split.h"

enum indicator {
    ABOVE_DEGREE_TEACHERS,
    BACKBONE_TEACHERS,
    PE_ART_TEACHERS,
    TEACHING_AREA_PER_PUPIL,
    SPORTS_AREA_PER_PUPIL,
    EQUIPMENT_VALUE,
    MULTIMEDIA_ROOMS,
    INDICATORS
};

extern const char *const indicator_ids[INDICATORS];
extern const double indicator_scales[INDICATORS];

/* What the school as a whole decides. */
struct reliefs {
    bool visiting; /* small rural school: 交流轮岗、兼职、走教 count */
};

/* Adds what the row has of the stage. */
void indicator_add(enum indicator i, const struct part *p, int stage, const struct reliefs *r, struct sum *s);
/* The ready-made ratio of 表Ⅱ-2, NAN if there is none. */
double indicator_ratio(enum indicator i, const struct row *row, int stage);
/* Whether the row has more teachers or sports grounds through a relief: for the note. */
bool indicator_visiting(const struct row *row);
bool indicator_leased(const struct row *row);

#endif
