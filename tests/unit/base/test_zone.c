// SPDX-License-Identifier: Apache-2.0
// Civil time in named zones.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/zone.h"

static void wall_clock_of_a_zone(void **state)
{
    (void)state;
    static const struct {
        const char *zone;
        int64_t ms;
        const char *expect;
    } rows[] = {
        {"Asia/Shanghai", 1760319667000, "2025-10-13T09:41:07+08:00"},
        {"Asia/Shanghai", 1767196800000, "2026-01-01T00:00:00+08:00"}, // New Year is not that of UTC
        {"Asia/Urumqi", 1760319667000, "2025-10-13T07:41:07+06:00"},
        {"America/New_York", 1760319667000, "2025-10-12T21:41:07-04:00"}, // summer time
        {"America/New_York", 1768000000000, "2026-01-09T18:06:40-05:00"}, // winter time
        {"UTC", -1, "1969-12-31T23:59:59+00:00"},
        {"No/Such", 1760319667000, "2025-10-13T09:41:07+08:00"},
        {"../../etc/passwd", 1760319667000, "2025-10-13T09:41:07+08:00"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char out[ZONE_RFC3339_MAX];
        zone_rfc3339(rows[i].zone, rows[i].ms, out);
        assert_string_equal(out, rows[i].expect);
    }
}

static void unknown_zones_are_said_to_be_unknown(void **state)
{
    (void)state;
    assert_true(zone_known("Asia/Shanghai"));
    assert_false(zone_known("Asia/Shangrila"));
    assert_false(zone_known(""));
    assert_false(zone_known("/etc/localtime"));
    assert_false(zone_known("tzdata.zi"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wall_clock_of_a_zone),
        cmocka_unit_test(unknown_zones_are_said_to_be_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
