// SPDX-License-Identifier: Apache-2.0
// The rules of a school: its members judged together, and the shortest ways to lift it.
#include "flow/judging.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "judge/rule.h"
#include "judge/smallest_step.h"
#include "junheng/plugin.h"

#define MEMBERS_MAX 64

// The members that exist at the stage; a NULL row is a member that was not measured.
struct rule_case {
    const struct indicator *members[MEMBERS_MAX];
    const struct result *rows[MEMBERS_MAX];
    size_t n;
    unsigned pass_min;
};

static bool has_stage(const struct indicator *ind, enum stage stage)
{
    return ind->stages == 0 ? stage == STAGE_NONE : (ind->stages >> stage & 1u) != 0;
}

// A standard may set it: setting "school_rule.pass_min" for resource.school_rule; else as the plugin
// declares.
static unsigned pass_min_of(const struct judging *j, const struct indicator *rule)
{
    const char *dot = strchr(rule->id, '.');
    CLEANUP_FREE char *name = str_printf("%s.pass_min", dot ? dot + 1 : rule->id);
    double n = standards_number(j->standards, name, j->date, rule->pass_min);
    return n >= 0 && n <= MEMBERS_MAX ? (unsigned)n : rule->pass_min;
}

static struct rule_case rule_case_of(const struct judging *j, const struct indicator *rule, enum stage stage,
                                     const char *entity, const struct result_list *units)
{
    struct rule_case c = {.pass_min = pass_min_of(j, rule)};
    for (char **id = rule->members; id && *id && c.n < MEMBERS_MAX; id++) {
        const struct indicator *ind = catalog_indicator(j->catalog, *id);
        if (!ind || !has_stage(ind, stage)) {
            c.pass_min -= c.pass_min > 0; // fewer members, as many may stay below
            continue;
        }
        c.members[c.n] = ind;
        c.rows[c.n++] = judging_row(units, *id, stage, entity);
    }
    return c;
}

static json_t *steps_json(const struct judging *j, const struct rule_case *c)
{
    struct step_member members[MEMBERS_MAX];
    struct threshold thresholds[MEMBERS_MAX];
    for (size_t i = 0; i < c->n; i++) {
        const struct result *r = c->rows[i];
        members[i] = (struct step_member){
            c->members[i], r ? judging_threshold(j, c->members[i], r->stage, &thresholds[i]) : NULL,
            r ? r->verdict : VERDICT_NO_DATA, r ? r->numerator : NAN, r ? r->denominator : NAN};
    }
    CLEANUP_FREE struct step *steps = mem_array(STEPS_MAX, sizeof *steps);
    size_t n = smallest_steps(members, c->n, c->pass_min, steps);
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *parts = json_array();
        for (size_t k = 0; k < steps[i].n; k++) {
            const struct step_part *p = &steps[i].parts[k];
            json_array_append_new(parts,
                                  json_pack("{s:s, s:s, s:f, s:f}", "indicator", c->members[p->member]->id,
                                            "to", p->to_floor ? "floor" : "threshold", "amount", p->amount,
                                            "target", p->target));
        }
        json_array_append_new(all, parts);
    }
    return all;
}

static json_t *rule_detail(const struct judging *j, const struct rule_case *c,
                           const struct rule_judgement *judged)
{
    json_t *members = json_object();
    for (size_t i = 0; i < c->n; i++)
        json_object_set_new(members, c->members[i]->id,
                            json_string(verdict_id(c->rows[i] ? c->rows[i]->verdict : VERDICT_NO_DATA)));
    json_t *detail = json_object();
    json_object_set_new(detail, "allowed", json_integer((json_int_t)judged->allowed));
    json_object_set_new(detail, "members", members);
    if (judged->verdict == VERDICT_FAIL)
        json_object_set_new(detail, "steps", steps_json(j, c));
    return detail;
}

static void explain(struct result *r, const struct rule_case *c, const struct rule_judgement *judged)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct result *m = c->rows[i];
        if (isnan(r->pupils) && m)
            r->pupils = m->pupils;
        r->flags |= m ? m->flags & JH_NEW_SCHOOL : 0;
        if (judged->verdict == VERDICT_NO_DATA && m && m->verdict == VERDICT_NO_DATA)
            r->missing = judging_unite_words(r->missing, m->missing);
        if (judged->verdict == VERDICT_EXEMPT && !r->note && m)
            r->note = str_dup(m->note);
        if (judged->at_floor && !r->note && m && m->verdict == VERDICT_FLOOR)
            r->note =
                str_printf(_("%s is below its standard, but reaches 85 %% of it."), c->members[i]->title);
    }
}

static void judge_one(const struct judging *j, const struct indicator *rule, enum stage stage,
                      const char *entity, const struct result_list *units, struct result_list *ret)
{
    struct rule_case c = rule_case_of(j, rule, stage, entity, units);
    struct rule_member members[MEMBERS_MAX];
    for (size_t i = 0; i < c.n; i++)
        members[i] = (struct rule_member){c.rows[i] ? c.rows[i]->verdict : VERDICT_NO_DATA,
                                          c.rows[i] && c.rows[i]->estimated};
    struct rule_judgement judged = rule_judge(members, c.n, c.pass_min);
    struct result *r = judging_add(j, ret, rule->id, entity, stage);
    r->verdict = judged.verdict;
    r->estimated = judged.estimated;
    r->state = judged.verdict == VERDICT_NO_DATA  ? JH_NO_DATA
               : judged.verdict == VERDICT_EXEMPT ? JH_EXEMPT
                                                  : JH_OK;
    if (judged.verdict != VERDICT_EXEMPT) {
        r->value = r->numerator = (double)judged.passed;
        r->denominator = (double)judged.counted;
        r->threshold = judged.counted > judged.allowed ? (double)(judged.counted - judged.allowed) : 0;
        r->gap = judged.verdict == VERDICT_PASS ? 0 : NAN;
    }
    explain(r, &c, &judged);
    judging_set_detail(r, rule_detail(j, &c, &judged));
}

// Whether a member before the k-th has a row of the same unit: then the rule of that unit has been judged.
static bool seen_before(const struct indicator *rule, size_t k, const struct result_list *units,
                        const struct result *row)
{
    for (size_t i = 0; i < k; i++) {
        if (judging_row(units, rule->members[i], row->stage, row->entity))
            return true;
    }
    return false;
}

static void judge_rule(const struct judging *j, const struct indicator *rule, const struct result_list *units,
                       struct result_list *ret)
{
    struct result_group g;
    for (size_t k = 0; rule->members && rule->members[k]; k++) {
        for (size_t at = 0; result_group_next(j, units, &at, &g);) {
            if (strcmp(g.indicator->id, rule->members[k]) != 0)
                continue;
            for (size_t i = 0; i < g.n; i++) {
                if (!seen_before(rule, k, units, &g.rows[i]))
                    judge_one(j, rule, g.stage, g.rows[i].entity, units, ret);
            }
        }
    }
}

void judging_rules(const struct judging *j, const struct result_list *units, struct result_list *ret)
{
    for (size_t i = 0; i < j->catalog->n_indicators; i++) {
        const struct indicator *rule = j->catalog->indicators[i];
        if (rule->kind == INDICATOR_RULE && strcmp(rule->plugin, j->plugin->name) == 0)
            judge_rule(j, rule, units, ret);
    }
}
