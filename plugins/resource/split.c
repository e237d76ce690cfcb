/* SPDX-License-Identifier: Apache-2.0 */
/* Allotting what a school has to its stages. */
#include "split.h"

#include <string.h>

void sum_miss(struct sum *s, const char *id)
{
    size_t have = strlen(s->missing), n = strlen(id);
    for (const char *at = strstr(s->missing, id); at; at = strstr(at + n, id))
        if ((at == s->missing || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return;
    if (have + n + 2 > sizeof s->missing)
        return; /* enough is named to be chased */
    if (have)
        s->missing[have++] = ' ';
    memcpy(s->missing + have, id, n + 1);
}

static void share_premises(struct part *p, bool type_known, const struct settings *settings)
{
    struct shares *s = &p->premises;
    double kindergarten = p->row->f[PUPILS_KINDERGARTEN];
    s->missing = type_known ? NULL : "school_type";
    for (int i = 0; i < STAGES; i++) {
        s->weight[i] = p->pupils[i] * settings->v[SPLIT_WEIGHT + i];
        if (isnan(p->pupils[i]))
            s->missing = figure_ids[PUPILS + i];
    }
    s->weight[KINDERGARTEN] =
        isnan(kindergarten) ? 0 : kindergarten * settings->v[SPLIT_WEIGHT + KINDERGARTEN];
}

/* 专任教师人数 per stage: two of whole, primary and junior give the third, except where a senior stage
 * shares. */
static bool share_by_teachers(const struct part *p, unsigned stages, double weight[SHARERS])
{
    const double *t = p->row->f + TEACHERS;
    double primary = stages & 1u << PRIMARY ? t[OF_PRIMARY] : 0,
           junior = stages & 1u << JUNIOR ? t[OF_JUNIOR] : 0;
    double senior = 0;
    if (stages & 1u << SENIOR)
        senior = t[WHOLE] - primary - junior;
    else if (isnan(primary))
        primary = t[WHOLE] - junior;
    else if (isnan(junior))
        junior = t[WHOLE] - primary;
    bool good =
        primary >= 0 && junior >= 0 && senior >= 0 && primary + junior + senior > 0; /* false for NAN too */
    if (good) {
        weight[PRIMARY] = primary;
        weight[JUNIOR] = junior;
        weight[SENIOR] = senior;
        weight[KINDERGARTEN] = 0;
    }
    return good;
}

static void share_teachers(struct part *p, unsigned stages)
{
    p->teachers = p->premises;
    p->teachers.weight[KINDERGARTEN] = 0; /* 专任教师 of the compulsory stages and above */
    if (!stages || !(stages & (stages - 1)) || !share_by_teachers(p, stages, p->teachers.weight))
        return;
    p->teachers.missing = NULL;
    p->teachers_known = true;
}

void part_init(struct part *p, const struct row *row, const char *school_type, const bool other[STAGES],
               const struct settings *settings)
{
    unsigned stages;
    enum kind kind = type_kind(row->type ? row->type : school_type, &stages);
    *p = (struct part){.row = row};
    for (int i = 0; i < STAGES; i++) {
        double n = row->f[PUPILS + i];
        bool owed = stages & 1u << i && !other[i];
        p->pupils[i] = isnan(n) && !owed ? 0 : n;
    }
    share_premises(p, kind != KIND_UNKNOWN, settings);
    share_teachers(p, stages);
}

/* The stage's share of what is not given by stage; NAN with the reason noted. *ret_others: somebody else
 * shares. */
static double share(struct sum *s, const struct part *p, int stage, enum figure f, bool of_teachers,
                    bool *ret_others)
{
    const struct shares *w = of_teachers ? &p->teachers : &p->premises;
    double all = 0, others = 0;
    if (w->missing) {
        sum_miss(s, w->missing);
        return NAN;
    }
    for (int i = 0; i <= KINDERGARTEN; i++) {
        bool given = i < COMPULSORY && !isnan(p->row->f[(int)f + OF_PRIMARY + i]);
        all += given ? 0 : w->weight[i];
        others += given || i == stage ? 0 : w->weight[i];
    }
    *ret_others = others > 0;
    return all > 0 ? w->weight[stage] / all : 0;
}

void sum_add(struct sum *s, const struct part *p, int stage, enum figure f, double sign, bool of_teachers,
             bool none_is_zero)
{
    const double *f0 = p->row->f + f;
    double own = f0[OF_PRIMARY + stage], rest = f0[WHOLE];
    if (!isnan(own)) {
        s->value += sign * own;
        return;
    }
    if (p->pupils[stage] == 0 || (isnan(rest) && none_is_zero))
        return;
    if (isnan(rest)) {
        sum_miss(s, figure_ids[f]);
        return;
    }
    for (int i = OF_PRIMARY; i < STAGED; i++)
        rest -= isnan(f0[i]) ? 0 : f0[i];
    bool others = false;
    double part = share(s, p, stage, f, of_teachers, &others);
    if (rest < 0)
        s->contradicts = true;
    if (isnan(part))
        return;
    s->value += sign * rest * part;
    if (others && rest != 0) {
        s->estimated |= of_teachers;
        s->by_teachers |= of_teachers && p->teachers_known;
        s->by_pupils |= !of_teachers || !p->teachers_known;
    }
}
