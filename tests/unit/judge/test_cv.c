// SPDX-License-Identifier: Apache-2.0
// Expected numbers: python3, exact fractions, square root in 40 digits:
//   m = F(sum(X), sum(P)); ss = sum(p*(F(x,p)-m)**2 for p,x in zip(P,X))/sum(P); cv =
//   Decimal(ss).sqrt()/Decimal(m)
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "judge/cv.h"

static void assert_close(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void published_example_to_nine_digits(void **state)
{
    (void)state;
    static const struct cv_point points[] = {{279, 45}, {137, 37}, {935, 89}, {160, 76}, {402, 55}};
    static const struct cv_share want[] = {
        {0.00025280200885258083, 0.5563973844766961}, {0.07965547995979148, 0.4957357329999473},
        {0.4813244030519165, 0.4769777592811752},     {0.42252704306758154, 0.3209546937147316},
        {0.016240271911857864, 0.5840686897800204},
    };
    struct cv_share shares[5];
    struct cv cv = cv_compute(points, 5, shares);
    assert_int_equal(cv.state, CV_KNOWN);
    assert_close(cv.mean, 6.334437086092715);
    assert_close(cv.s, 3.263860705195376);
    assert_close(cv.cv, 0.5152566298844765);
    assert_close(cv.pupils, 302);
    double total = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_close(shares[i].share, want[i].share);
        assert_close(shares[i].without, want[i].without);
        total += shares[i].share;
    }
    assert_close(total, 1);
}

// As the python above: s = (s*1103515245 + 12345) mod 2^31 twice a school.
static struct cv_point *made_up(size_t n)
{
    struct cv_point *points = mem_array(n, sizeof *points);
    uint64_t s = 12345;
    for (size_t i = 0; i < n; i++) {
        s = (s * 1103515245u + 12345u) % (1ull << 31);
        points[i].p = (double)(20 + s / 65536 % 3000);
        s = (s * 1103515245u + 12345u) % (1ull << 31);
        points[i].x = (double)(100 + s / 65536 % 30000);
    }
    return points;
}

static void holds_for_a_country_of_schools(void **state)
{
    (void)state;
    const size_t n = 200000;
    CLEANUP_FREE struct cv_point *points = made_up(n);
    CLEANUP_FREE struct cv_share *shares = mem_array(n, sizeof *shares);
    struct cv cv = cv_compute(points, n, shares);
    assert_close(cv.pupils, 302032323);
    assert_close(cv.mean, 9.2327338124006019);
    assert_close(cv.s, 14.964124086832090);
    assert_close(cv.cv, 1.6207684951052727);
    assert_close(shares[0].share * 1e6, 9.44213243248905e-07 * 1e6);
    assert_close(shares[0].without, 1.6207722838899640);
    assert_close(shares[n / 2].without, 1.6207685560118737);
    assert_close(shares[n - 1].without, 1.6207673592523979);
}

static void without_the_school_that_is_all_the_variance(void **state)
{
    (void)state;
    // One pupil beside 10^9 ㎡: taken out of the sums it would leave no digit of the rest.
    static const struct cv_point points[] = {{24000, 3000}, {24001, 3000}, {24003, 3000}, {23999, 3000},
                                             {24000, 3000}, {24002, 3000}, {1e9, 1}};
    struct cv_share shares[7];
    struct cv cv = cv_compute(points, 7, shares);
    assert_close(cv.cv, 134.14476006046498);
    if (!(fabs(shares[6].without / 5.598595707300823e-05 - 1) < 1e-9))
        fail_msg("got %.17g", shares[6].without);
    assert_close(shares[0].without, 122.45979037217857);
}

static void states_without_a_cv(void **state)
{
    (void)state;
    struct cv_share share;
    static const struct cv_point one = {279, 45};
    static const struct cv_point zero[] = {{0, 45}, {0, 37}, {0, 20}};
    static const struct cv_point equal[] = {{0.3, 1}, {0.6, 2}, {2.1, 7}, {3.3, 11}};
    struct cv_share shares[4];

    assert_int_equal(cv_compute(NULL, 0, NULL).state, CV_NONE);
    struct cv cv = cv_compute(&one, 1, &share);
    assert_int_equal(cv.state, CV_ONE);
    assert_close(cv.mean, 6.2);
    assert_true(isnan(cv.cv) && isnan(share.without));
    cv = cv_compute(zero, 3, shares);
    assert_int_equal(cv.state, CV_ZERO_MEAN);
    assert_true(isnan(cv.cv) && cv.mean == 0 && isnan(shares[0].without));
    cv = cv_compute(equal, 4, shares);
    assert_int_equal(cv.state, CV_KNOWN);
    assert_true(cv.cv == 0); // rounding of x/p is no inequality
    assert_true(shares[2].without == 0 && shares[2].share == 0);
}

static void two_schools_leave_none_without_one(void **state)
{
    (void)state;
    static const struct cv_point two[] = {{100, 10}, {10, 10}};
    struct cv_share shares[2];
    struct cv cv = cv_compute(two, 2, shares);
    assert_close(cv.cv, 4.5 / 5.5);
    assert_close(shares[0].share, 0.5);
    assert_true(isnan(shares[0].without) && isnan(shares[1].without));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_example_to_nine_digits),
        cmocka_unit_test(holds_for_a_country_of_schools),
        cmocka_unit_test(without_the_school_that_is_all_the_variance),
        cmocka_unit_test(states_without_a_cv),
        cmocka_unit_test(two_schools_leave_none_without_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
