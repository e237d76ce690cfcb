/* SPDX-License-Identifier: Apache-2.0 */
/* Raw totals by standard.md, section 1. */
#include "indicator.h"

const char *const indicator_ids[INDICATORS] = {
    "resource.above_degree_teachers", "resource.backbone_teachers", "resource.pe_art_teachers",
    "resource.teaching_area",         "resource.sports_area",       "resource.equipment_value",
    "resource.multimedia_rooms",
};

const double indicator_scales[INDICATORS] = {100, 100, 100, 1, 1, 1, 100};

/* The degree columns are of a stage already; 专科 is above what is asked of primary teachers only. */
static void add_above_degree(const struct part *p, int stage, struct sum *s)
{
    static const enum figure degrees[COMPULSORY][4] = {{COLLEGE_PRIMARY, BACHELOR, MASTER, DOCTOR},
                                                       {BACHELOR + 1, MASTER + 1, DOCTOR + 1, DOCTOR + 1}};
    int n = stage == PRIMARY ? 4 : 3;
    for (int i = 0; i < n; i++) {
        double v = p->row->f[degrees[stage][i]];
        if (!isnan(v))
            s->value += v;
        else if (p->pupils[stage] != 0)
            sum_miss(s, figure_ids[degrees[stage][i]]);
    }
}

bool indicator_visiting(const struct row *row)
{
    for (int i = PE_VISITING; i <= ARTS_VISITING; i++)
        if (row->f[i] > 0)
            return true;
    return false;
}

/* They are not given by stage: a school of several stages shares them as it shares its teachers. */
static void add_visiting(const struct part *p, int stage, struct sum *s)
{
    double all = 0, weights = 0;
    for (int i = PE_VISITING; i <= ARTS_VISITING; i++)
        all += isnan(p->row->f[i]) ? 0 : p->row->f[i];
    for (int i = 0; i < STAGES; i++)
        weights += p->teachers.weight[i];
    if (all == 0 || p->pupils[stage] == 0)
        return;
    if (p->teachers.missing) {
        sum_miss(s, p->teachers.missing);
        return;
    }
    double own = p->teachers.weight[stage];
    s->value += all * (own / weights);
    s->estimated |= own < weights;
}

static void add_pe_art(const struct part *p, int stage, const struct reliefs *r, struct sum *s)
{
    sum_add(s, p, stage, PE, 1, true, false);
    sum_add(s, p, stage, MUSIC, 1, true, false);
    sum_add(s, p, stage, ART, 1, true, false);
    sum_add(s, p, stage, ARTS, 1, true, true); /* 艺术 is optional: schools that divide it leave it empty */
    if (r->visiting)
        add_visiting(p, stage, s);
}

bool indicator_leased(const struct row *row)
{
    return row->f[CROWDED_CENTRE] > 0 && (row->f[LEASED] > 0 || row->f[OTHER_SPORTS] > 0);
}

static void add_sports_area(const struct part *p, int stage, struct sum *s)
{
    sum_add(s, p, stage, GYM, 1, false, false);
    sum_add(s, p, stage, GROUND, 1, false, false);
    if (p->row->f[CROWDED_CENTRE] > 0) {
        sum_add(s, p, stage, LEASED, 1, false, true);
        sum_add(s, p, stage, OTHER_SPORTS, 1, false, true);
    }
}

void indicator_add(enum indicator i, const struct part *p, int stage, const struct reliefs *r, struct sum *s)
{
    switch (i) {
    case ABOVE_DEGREE_TEACHERS:
        add_above_degree(p, stage, s);
        break;
    case BACKBONE_TEACHERS:
        sum_add(s, p, stage, BACKBONE, 1, true, false);
        break;
    case PE_ART_TEACHERS:
        add_pe_art(p, stage, r, s);
        break;
    case TEACHING_AREA_PER_PUPIL:
        sum_add(s, p, stage, TEACHING_AREA, 1, false, false);
        sum_add(s, p, stage, INDOOR_SPORTS, -1, false, false);
        break;
    case SPORTS_AREA_PER_PUPIL:
        add_sports_area(p, stage, s);
        break;
    case EQUIPMENT_VALUE:
        sum_add(s, p, stage, EQUIPMENT, 1, false, false);
        break;
    case MULTIMEDIA_ROOMS:
        sum_add(s, p, stage, ROOMS, 1, false, false);
        break;
    case INDICATORS:
        break;
    }
}

double indicator_ratio(enum indicator i, const struct row *row, int stage)
{
    return row->f[RATIO + (int)i * COMPULSORY + stage];
}
