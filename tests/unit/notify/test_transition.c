// SPDX-License-Identifier: Apache-2.0
// What a finding does to an alert.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "notify/transition.h"

#define GONE VERDICT_COUNT
#define REASON_NONE CLOSE_REASON_COUNT

struct row {
    const char *claim;
    struct transition_input in;
    enum transition expect;
    enum close_reason reason;
};

static void check(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum close_reason reason = REASON_NONE;
        enum transition got = transition_of(&rows[i].in, &reason);
        if (got != rows[i].expect || reason != rows[i].reason)
            fail_msg("%s: got transition %d reason %d", rows[i].claim, (int)got, (int)reason);
    }
}

static void nothing_open(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a failure opens", {.verdict = VERDICT_FAIL}, TRANSITION_OPEN, REASON_NONE},
        {"a pass does nothing", {.verdict = VERDICT_PASS}, TRANSITION_NONE, REASON_NONE},
        {"the floor does nothing", {.verdict = VERDICT_FLOOR}, TRANSITION_NONE, REASON_NONE},
        {"want of data never opens", {.verdict = VERDICT_NO_DATA}, TRANSITION_NONE, REASON_NONE},
        {"exempt does nothing", {.verdict = VERDICT_EXEMPT}, TRANSITION_NONE, REASON_NONE},
        {"a result that is gone does nothing", {.verdict = GONE}, TRANSITION_NONE, REASON_NONE},
        {"provisional never opens",
         {.verdict = VERDICT_FAIL, .provisional = true},
         TRANSITION_NONE,
         REASON_NONE},
        {"a back-filled period does not open",
         {.verdict = VERDICT_FAIL, .later = true, .later_judged = true},
         TRANSITION_NONE,
         REASON_NONE},
        {"not even before a later one without data",
         {.verdict = VERDICT_FAIL, .later = true},
         TRANSITION_NONE,
         REASON_NONE},
    };
    check(rows, ARRAY_SIZE(rows));
}

static void one_open(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a failure keeps it", {.verdict = VERDICT_FAIL, .open = true}, TRANSITION_KEEP, REASON_NONE},
        {"a failure of a newer period keeps it",
         {.verdict = VERDICT_FAIL, .open = true, .against_open = 1},
         TRANSITION_KEEP,
         REASON_NONE},
        {"want of data keeps it as it is",
         {.verdict = VERDICT_NO_DATA, .open = true, .against_open = 1},
         TRANSITION_NONE,
         REASON_NONE},
        {"the floor keeps a measure's",
         {.verdict = VERDICT_FLOOR, .open = true},
         TRANSITION_KEEP,
         REASON_NONE},
        {"the floor ends a rule's",
         {.verdict = VERDICT_FLOOR, .floor_resolves = true, .open = true},
         TRANSITION_RESOLVE,
         CLOSE_CORRECTED},
        {"same period, other figure",
         {.verdict = VERDICT_PASS, .open = true},
         TRANSITION_RESOLVE,
         CLOSE_CORRECTED},
        {"newer period",
         {.verdict = VERDICT_PASS, .open = true, .against_open = 1},
         TRANSITION_RESOLVE,
         CLOSE_RECTIFIED},
        {"same figure, other standard",
         {.verdict = VERDICT_PASS, .open = true, .standard_changed = true},
         TRANSITION_RESOLVE,
         CLOSE_NOT_APPLICABLE},
        {"other figure under another standard",
         {.verdict = VERDICT_PASS, .open = true, .standard_changed = true, .against_open = 1},
         TRANSITION_RESOLVE,
         CLOSE_RECTIFIED},
        {"exempt", {.verdict = VERDICT_EXEMPT, .open = true}, TRANSITION_RESOLVE, CLOSE_NOT_APPLICABLE},
        {"withdrawn", {.verdict = GONE, .open = true}, TRANSITION_RESOLVE, CLOSE_NOT_APPLICABLE},
        {"another period is withdrawn",
         {.verdict = GONE, .open = true, .against_open = 1},
         TRANSITION_NONE,
         REASON_NONE},
        {"provisional never closes",
         {.verdict = VERDICT_PASS, .provisional = true, .open = true},
         TRANSITION_NONE,
         REASON_NONE},
        {"provisional does not move it",
         {.verdict = VERDICT_FAIL, .provisional = true, .open = true},
         TRANSITION_NONE,
         REASON_NONE},
        {"an older period does not close",
         {.verdict = VERDICT_PASS, .open = true, .against_open = -1},
         TRANSITION_NONE,
         REASON_NONE},
        {"an older period does not move it",
         {.verdict = VERDICT_FAIL, .open = true, .against_open = -1},
         TRANSITION_NONE,
         REASON_NONE},
        {"a period between the alert's and the newest",
         {.verdict = VERDICT_PASS, .open = true, .against_open = 1, .later = true},
         TRANSITION_NONE,
         REASON_NONE},
        {"its own period while the newest has no data",
         {.verdict = VERDICT_PASS, .open = true, .later = true},
         TRANSITION_RESOLVE,
         CLOSE_CORRECTED},
        {"its own period while a later one was judged",
         {.verdict = VERDICT_PASS, .open = true, .later = true, .later_judged = true},
         TRANSITION_NONE,
         REASON_NONE},
    };
    check(rows, ARRAY_SIZE(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_open), cmocka_unit_test(one_open)};
    return cmocka_run_group_tests_name("transition", tests, NULL, NULL);
}
