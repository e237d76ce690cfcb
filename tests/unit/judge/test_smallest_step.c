// SPDX-License-Identifier: Apache-2.0
// The numbers of model text A1: 1661 pupils, 9300 ㎡ of sports area, 11 teachers of PE and arts.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "judge/smallest_step.h"

static const struct indicator arts = {.op = OP_AT_LEAST, .whole_gap = true, .scale = 100};
static const struct indicator area = {.op = OP_AT_LEAST, .scale = 1};
static const struct threshold arts_limit = {.value = 0.9, .op = OP_AT_LEAST, .floor_ratio = 0.85};
static const struct threshold area_limit = {.value = 7.5, .op = OP_AT_LEAST, .floor_ratio = 0.85};

static struct step_member fine(void)
{
    return (struct step_member){&area, &area_limit, VERDICT_PASS, 99999, 1661};
}

static void model_text_gives_two_ways(void **state)
{
    (void)state;
    struct step_member m[7];
    for (size_t i = 0; i < 7; i++)
        m[i] = fine();
    m[4] = (struct step_member){&area, &area_limit, VERDICT_FAIL, 9300, 1661};
    m[5] = (struct step_member){&arts, &arts_limit, VERDICT_FAIL, 11, 1661};
    struct step steps[STEPS_MAX];
    assert_int_equal(smallest_steps(m, 7, 6, steps), 2);

    assert_int_equal(steps[0].n, 2); // the area stays at its floor: 1288.9 ㎡, and 4 teachers
    assert_int_equal(steps[0].parts[0].member, 4);
    assert_true(steps[0].parts[0].to_floor);
    assert_float_equal(steps[0].parts[0].amount, 1288.875, 1e-9);
    assert_false(steps[0].parts[1].to_floor);
    assert_true(steps[0].parts[1].amount == 4 && steps[0].parts[1].target == 15);

    assert_int_equal(steps[1].n, 2); // the teachers stay at their floor: 3157.5 ㎡, and 2 teachers (13)
    assert_false(steps[1].parts[0].to_floor);
    assert_float_equal(steps[1].parts[0].amount, 3157.5, 1e-9);
    assert_true(steps[1].parts[1].to_floor);
    assert_true(steps[1].parts[1].amount == 2 && steps[1].parts[1].target == 13);
}

static void one_failure_needs_only_its_floor(void **state)
{
    (void)state;
    struct step_member m[7];
    for (size_t i = 0; i < 7; i++)
        m[i] = fine();
    m[6] = (struct step_member){&area, &area_limit, VERDICT_FAIL, 9300, 1661};
    struct step steps[STEPS_MAX];
    assert_int_equal(smallest_steps(m, 7, 6, steps), 1);
    assert_int_equal(steps[0].n, 1);
    assert_float_equal(steps[0].parts[0].amount, 1288.875, 1e-9);
}

static void a_member_at_its_floor_may_stay_there(void **state)
{
    (void)state;
    struct step_member m[3] = {fine()};
    m[1] = (struct step_member){&area, &area_limit, VERDICT_FLOOR, 6.5 * 1661, 1661};
    m[2] = (struct step_member){&area, &area_limit, VERDICT_FLOOR, 7.0 * 1661, 1661};
    struct step steps[STEPS_MAX];
    assert_int_equal(smallest_steps(m, 3, 2, steps), 2);
    assert_int_equal(steps[0].n, 1);
    assert_int_equal(steps[0].parts[0].member, 2);
    assert_float_equal(steps[0].parts[0].amount, 0.5 * 1661, 1e-9);
    assert_int_equal(steps[1].parts[0].member, 1);
    assert_float_equal(steps[1].parts[0].amount, 1661, 1e-9);
}

static void no_steps_where_none_help(void **state)
{
    (void)state;
    struct step steps[STEPS_MAX];
    struct step_member passes[2] = {fine(), {&area, &area_limit, VERDICT_FLOOR, 6.5 * 1661, 1661}};
    assert_int_equal(smallest_steps(passes, 2, 1, steps), 0); // holds already

    struct threshold most = {.value = 45, .op = OP_AT_MOST};
    struct step_member size = {&area, &most, VERDICT_FAIL, 60, 1};
    assert_int_equal(smallest_steps(&size, 1, 1, steps), 0);

    struct step_member many[STEP_PARTS_MAX + 1];
    for (size_t i = 0; i < STEP_PARTS_MAX + 1; i++)
        many[i] = (struct step_member){&area, &area_limit, VERDICT_FAIL, 1, 1661};
    assert_int_equal(smallest_steps(many, STEP_PARTS_MAX + 1, 3, steps), 0);
    assert_int_equal(smallest_steps(many, STEP_PARTS_MAX, 8, steps), STEPS_MAX); // bounded
}

static void without_a_floor_all_go_to_the_threshold(void **state)
{
    (void)state;
    struct threshold hard = {.value = 7.5, .op = OP_AT_LEAST};
    struct step_member m[2] = {{&area, &hard, VERDICT_FAIL, 9300, 1661},
                               {&area, &area_limit, VERDICT_FAIL, 9300, 1661}};
    struct step steps[STEPS_MAX];
    assert_int_equal(smallest_steps(m, 2, 1, steps), 1);
    assert_false(steps[0].parts[0].to_floor);
    assert_true(steps[0].parts[1].to_floor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_text_gives_two_ways),
        cmocka_unit_test(one_failure_needs_only_its_floor),
        cmocka_unit_test(a_member_at_its_floor_may_stay_there),
        cmocka_unit_test(no_steps_where_none_help),
        cmocka_unit_test(without_a_floor_all_go_to_the_threshold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
