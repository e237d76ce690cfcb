// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/number.h"

static void rounds_half_up_in_decimal(void **state)
{
    (void)state;
    static const struct {
        double v;
        int decimals;
        const char *full, *brief;
    } cases[] = {
        {5.6, 2, "5.60", "5.6"},
        {0.125, 2, "0.13", "0.13"},
        {1.005, 2, "1.01", "1.01"},
        {0.5004, 3, "0.500", "0.5"},
        {-0.005, 2, "-0.01", "-0.01"},
        {-0.001, 2, "0.00", "0"},
        {9.995, 2, "10.00", "10"},
        {0.999, 0, "1", "1"},
        {3157.5, 1, "3157.5", "3157.5"},
        {0, 2, "0.00", "0"},
        {1234567.0, 0, "1234567", "1234567"},
        {0.04, 1, "0.0", "0"},
        {1e-9, 2, "0.00", "0"},
        {4.196, 2, "4.20", "4.2"},
        {0.05, 1, "0.1", "0.1"},
        {100, 0, "100", "100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[NUMBER_TEXT_MAX];
        number_format(cases[i].v, cases[i].decimals, out);
        assert_string_equal(out, cases[i].full);
        number_format_short(cases[i].v, cases[i].decimals, out);
        assert_string_equal(out, cases[i].brief);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rounds_half_up_in_decimal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
