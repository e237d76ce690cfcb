// SPDX-License-Identifier: Apache-2.0
// The three-valued rule.
#include "judge/rule.h"

static void count(struct rule_judgement *j, enum verdict v)
{
    j->counted += v != VERDICT_EXEMPT;
    switch (v) {
    case VERDICT_PASS:
        j->passed++;
        break;
    case VERDICT_FAIL:
        j->failed++;
        j->below++;
        break;
    case VERDICT_FLOOR:
        j->below++;
        break;
    case VERDICT_NO_DATA:
        j->unknown++;
        break;
    case VERDICT_EXEMPT:
    case VERDICT_COUNT:
        break;
    }
}

static enum verdict decide(const struct rule_judgement *j)
{
    if (j->counted == 0)
        return VERDICT_EXEMPT;
    if (j->failed > 0 || j->below > j->allowed)
        return VERDICT_FAIL;
    return j->unknown > 0 ? VERDICT_NO_DATA : VERDICT_PASS;
}

struct rule_judgement rule_judge(const struct rule_member *members, size_t n, unsigned pass_min)
{
    size_t allowed = n > pass_min ? n - pass_min : 0;
    struct rule_judgement all = {.allowed = allowed}, measured = {.allowed = allowed};
    for (size_t i = 0; i < n; i++) {
        enum verdict v = members[i].verdict;
        count(&all, v);
        count(&measured, members[i].estimated && v != VERDICT_EXEMPT ? VERDICT_NO_DATA : v);
    }
    all.verdict = decide(&all);
    all.at_floor = all.verdict == VERDICT_PASS && all.below > 0;
    all.estimated = all.verdict != decide(&measured);
    return all;
}
