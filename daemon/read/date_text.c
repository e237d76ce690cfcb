// SPDX-License-Identifier: Apache-2.0
// Dates and times from text and Excel serials.
#include "read/date_text.h"

#include <math.h>
#include <string.h>

#include "base/period.h"
#include "read/fold.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Up to `max` digits; how many there were.
static int take_number(const char **s, int max, int *ret)
{
    int n = 0, v = 0;
    while (n < max && is_digit(**s)) {
        v = v * 10 + (*(*s)++ - '0');
        n++;
    }
    *ret = v;
    return n;
}

static bool take_any(const char **s, const char *const *words)
{
    for (; *words; words++) {
        if (text_begins(*s, *words)) {
            *s += strlen(*words);
            return true;
        }
    }
    return false;
}

static bool day_exists(int year, int month, int day)
{
    if (year < 1900 || year > 2200 || month < 1 || month > 12 || day < 1)
        return false;
    struct period p = {.kind = PERIOD_MONTH, .year = year, .part = month};
    return day <= period_reference_date(&p) % 100;
}

// What may follow a date: nothing, or a time of day.
static bool only_time_follows(const char *s)
{
    int minutes;
    if (*s == 't')
        s++;
    return !*s || time_parse(s, &minutes);
}

bool date_parse(const char *folded, int *ret)
{
    static const char *const after_year[] = {"-", "/", ".", "年", NULL};
    static const char *const after_month[] = {"-", "/", ".", "月", NULL};
    static const char *const after_day[] = {"日", "号", NULL};
    const char *s = folded;
    int year, month, day;
    if (take_number(&s, 4, &year) != 4)
        return false;
    if (is_digit(*s)) {
        if (take_number(&s, 2, &month) != 2 || take_number(&s, 2, &day) != 2 || is_digit(*s))
            return false;
    } else {
        if (!take_any(&s, after_year) || take_number(&s, 2, &month) == 0)
            return false;
        // White space is gone from folded text: 2025-10-01 08:20 has become 2025-10-0108:20.
        if (!take_any(&s, after_month) || take_number(&s, 2, &day) == 0)
            return false;
        (void)take_any(&s, after_day);
    }
    if (!day_exists(year, month, day) || !only_time_follows(s))
        return false;
    *ret = year * 10000 + month * 100 + day;
    return true;
}

bool date_from_serial(double serial, int *ret)
{
    if (!(serial >= 20000 && serial < 80500))
        return false;
    // Days since 1970 to a civil date (Howard Hinnant's algorithm): 25569 is 1970-01-01.
    int z = (int)floor(serial) - 25569 + 719468;
    int era = z / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;
    int day = doy - (153 * mp + 2) / 5 + 1;
    int month = mp < 10 ? mp + 3 : mp - 9;
    int year = yoe + era * 400 + (month <= 2);
    *ret = year * 10000 + month * 100 + day;
    return true;
}

bool time_parse(const char *folded, int *ret)
{
    static const char *const after_hour[] = {":", "点", "时", NULL};
    static const char *const after_minute[] = {"分", NULL};
    const char *s = folded;
    int hour, minute = 0, second;
    if (take_number(&s, 2, &hour) == 0 || !take_any(&s, after_hour))
        return false;
    bool words = s[-1] != ':';
    if (words && text_begins(s, "半")) {
        minute = 30;
        s += strlen("半");
    } else if (*s || !words) {
        int n = take_number(&s, 2, &minute);
        if (n == 0 || (!words && n != 2))
            return false;
        (void)take_any(&s, after_minute);
    }
    if (*s == ':') {
        s++;
        if (take_number(&s, 2, &second) != 2 || second > 59)
            return false;
    }
    if (*s || hour > 23 || minute > 59)
        return false;
    *ret = hour * 60 + minute;
    return true;
}

bool time_from_serial(double serial, int *ret)
{
    if (!(serial >= 0 && serial < 80500))
        return false;
    double fraction = serial - floor(serial);
    if (serial >= 1 && fraction == 0)
        return false;
    *ret = (int)floor(fraction * 1440 + 0.5) % 1440;
    return true;
}
