// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "judge/rule.h"

#define MEMBERS 7

// p pass, o floor, f fail, ? no_data, - exempt; upper case: estimated (X for an estimated gap).
static struct rule_judgement judge(const char *letters, unsigned pass_min)
{
    struct rule_member m[MEMBERS];
    size_t n = strlen(letters);
    assert_true(n <= MEMBERS);
    for (size_t i = 0; i < n; i++) {
        char c = letters[i];
        m[i].estimated = c == 'P' || c == 'O' || c == 'F';
        m[i].verdict = strchr("pP", c)   ? VERDICT_PASS
                       : strchr("oO", c) ? VERDICT_FLOOR
                       : strchr("fF", c) ? VERDICT_FAIL
                       : c == '?'        ? VERDICT_NO_DATA
                                         : VERDICT_EXEMPT;
    }
    return rule_judge(m, n, pass_min);
}

static void six_pass_and_the_rest_reaches_its_floor(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        unsigned pass_min;
        enum verdict verdict;
        bool at_floor;
    } cases[] = {
        {"ppppppp", 6, VERDICT_PASS, false},    {"ppppppo", 6, VERDICT_PASS, true},
        {"ppppppf", 6, VERDICT_FAIL, false},    {"pppppoo", 6, VERDICT_FAIL, false},
        {"ppppp?o", 6, VERDICT_NO_DATA, false}, {"pppppp?", 6, VERDICT_NO_DATA, false},
        {"???????", 6, VERDICT_NO_DATA, false}, {"?????oo", 6, VERDICT_FAIL, false},
        {"??????f", 6, VERDICT_FAIL, false},    {"pppppp-", 6, VERDICT_PASS, false},
        {"ppppp-o", 6, VERDICT_PASS, true},     {"pppp-oo", 6, VERDICT_FAIL, false},
        {"-------", 6, VERDICT_EXEMPT, false},  {"", 6, VERDICT_EXEMPT, false},
        {"------o", 6, VERDICT_PASS, true},     {"ppo", 3, VERDICT_FAIL, false},
        {"ppp", 3, VERDICT_PASS, false},        {"ooo", 0, VERDICT_PASS, true},
        {"pp", 5, VERDICT_PASS, false},         {"po", 5, VERDICT_FAIL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rule_judgement j = judge(cases[i].members, cases[i].pass_min);
        if (j.verdict != cases[i].verdict || j.at_floor != cases[i].at_floor)
            fail_msg("%s: %s", cases[i].members, verdict_id(j.verdict));
    }
}

static void counts_what_it_saw(void **state)
{
    (void)state;
    struct rule_judgement j = judge("ppof?-p", 6);
    assert_int_equal(j.counted, 6);
    assert_int_equal(j.passed, 3);
    assert_int_equal(j.below, 2);
    assert_int_equal(j.failed, 1);
    assert_int_equal(j.unknown, 1);
    assert_int_equal(j.allowed, 1);
}

static void estimated_only_where_the_estimate_decides(void **state)
{
    (void)state;
    assert_true(judge("ppppppP", 6).estimated);
    assert_true(judge("pppppoF", 6).estimated);
    assert_true(judge("pppppoO", 6).estimated);
    assert_false(judge("ppppFff", 6).estimated); // fails without it, too
    assert_false(judge("PPPPPoo", 6).estimated);
    assert_false(judge("PPPPP??", 6).estimated); // unknown either way
    assert_false(judge("ppppppp", 6).estimated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_pass_and_the_rest_reaches_its_floor),
        cmocka_unit_test(counts_what_it_saw),
        cmocka_unit_test(estimated_only_where_the_estimate_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
