// SPDX-License-Identifier: Apache-2.0
// Waiting times between attempts.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "notify/backoff.h"

static void waits_longer_up_to_a_limit(void **state)
{
    (void)state;
    static const struct {
        int64_t attempts, initial_ms, max_ms, retry_after_ms;
        double jitter;
        int64_t expect_ms;
    } rows[] = {
        {1, 10000, 3600000, 0, 1, 10000},
        {1, 10000, 3600000, 0, 0, 5000},
        {2, 10000, 3600000, 0, 1, 20000},
        {3, 10000, 3600000, 0, 0.5, 30000},
        {9, 10000, 3600000, 0, 1, 2560000},
        {10, 10000, 3600000, 0, 1, 3600000},
        {1000000, 10000, 3600000, 0, 1, 3600000},
        {1, 10000, 3600000, 120000, 1, 120000},         // the receiver asks for more
        {10, 10000, 3600000, 1000, 1, 3600000},         // for less
        {1, 10000, 3600000, 400000000000, 1, 86400000}, // for a year: a day is enough
        {1, 10000, 3600000, 0, NAN, 10000},
        {1, 0, 0, 0, 1, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(backoff_ms(rows[i].attempts, rows[i].initial_ms, rows[i].max_ms,
                                    rows[i].retry_after_ms, rows[i].jitter),
                         rows[i].expect_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(waits_longer_up_to_a_limit)};
    return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
