// SPDX-License-Identifier: Apache-2.0
// Which Excel number formats show dates or times, and the dates behind serial numbers.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "decode/decimal.h"

// ECMA-376 part 1, 18.8.30, with the Chinese meanings of 27 to 58.
unsigned date_format_builtin(unsigned id)
{
    if (id == 22)
        return DATE_FORMAT_DATE | DATE_FORMAT_TIME;
    if (id == 46)
        return DATE_FORMAT_TIME | DATE_FORMAT_ELAPSED;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
        return DATE_FORMAT_TIME;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return DATE_FORMAT_DATE;
    return 0;
}

// Past what stands for itself: "text", \c, _c, *c. Returns `p` when there is nothing of that kind.
static const char *skip_literal(const char *p)
{
    if (*p == '"') {
        const char *close = strchr(p + 1, '"');
        return close ? close + 1 : p + strlen(p);
    }
    if (*p == '\\' || *p == '_' || *p == '*')
        return p[1] ? p + 2 : p + 1;
    return p;
}

// [h], [mm], [ss] show elapsed time; other brackets are colours, conditions and locales.
static const char *skip_bracket(const char *p, unsigned *shows)
{
    const char *close = strchr(p, ']');
    if (!close)
        return p + strlen(p);
    size_t n = (size_t)(close - p) - 1;
    if (n && strspn(p + 1, "hHmMsS") >= n)
        *shows |= DATE_FORMAT_TIME | DATE_FORMAT_ELAPSED;
    return close + 1;
}

// An m is minutes after hours or before seconds, else months.
static bool is_minutes(const char *p, char before)
{
    if (before == 'h')
        return true;
    while (*p == 'm' || *p == 'M')
        p++;
    while (*p && strchr(":. \\\"", *p))
        p++;
    return *p == 's' || *p == 'S';
}

unsigned date_format_of_code(const char *code)
{
    unsigned shows = 0;
    char before = 0;
    for (const char *p = code; *p && *p != ';';) {
        const char *next = skip_literal(p);
        if (next != p) {
            p = next;
            continue;
        }
        if (*p == '[') {
            p = skip_bracket(p, &shows);
            before = shows & DATE_FORMAT_ELAPSED ? 'h' : before;
            continue;
        }
        if (strncasecmp(p, "AM/PM", 5) == 0 || strncasecmp(p, "A/P", 3) == 0 ||
            strncasecmp(p, "general", 7) == 0) {
            p += *p == 'g' || *p == 'G' ? 7 : p[1] == '/' ? 3 : 5;
            continue;
        }
        char c = (char)(*p | 0x20);
        if (c == 'y' || c == 'd')
            shows |= DATE_FORMAT_DATE;
        else if (c == 'h' || c == 's')
            shows |= DATE_FORMAT_TIME;
        else if (c == 'm' && before != 'm')
            shows |= is_minutes(p, before) ? DATE_FORMAT_TIME : DATE_FORMAT_DATE;
        if (strchr("ymdhs", c))
            before = c;
        p++;
    }
    return shows;
}

// Days since 1970-01-01 to the civil calendar (Howard Hinnant's algorithm, years from 0 on).
static void civil_from_days(int64_t days, int *y, int *m, int *d)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = (int)(doy - (153 * mp + 2) / 5 + 1);
    *m = (int)(mp < 10 ? mp + 3 : mp - 9);
    *y = (int)(yoe + era * 400 + (*m <= 2));
}

enum {
    DAYS_1899_12_30 = -25569, // before 1970-01-01
    DAYS_1904_01_01 = -24107,
    LAST_SERIAL = 2958465, // 9999-12-31
    FEIGNED_LEAP_DAY = 60, // 1900-02-29 of Lotus 1-2-3, kept by Excel
};

static size_t put_time(char *out, size_t room, int64_t hours, int64_t seconds)
{
    int n = snprintf(out, room, "%02lld:%02d", (long long)hours, (int)(seconds / 60 % 60));
    if (seconds % 60)
        n += snprintf(out + n, room - (size_t)n, ":%02d", (int)(seconds % 60));
    return (size_t)n;
}

bool date_format_serial(double serial, unsigned format, bool epoch_1904, char out[DECIMAL_TEXT_MAX])
{
    if (!(serial >= 0 && serial < LAST_SERIAL + 1))
        return false;
    int64_t day = (int64_t)floor(serial), seconds = (int64_t)llround((serial - floor(serial)) * 86400);
    day += seconds / 86400;
    seconds %= 86400;
    if ((format & DATE_FORMAT_ELAPSED) || (day == 0 && (format & DATE_FORMAT_TIME))) {
        (void)put_time(out, DECIMAL_TEXT_MAX, day * 24 + seconds / 3600, seconds);
        return true;
    }
    if (!(format & DATE_FORMAT_DATE)) {
        (void)put_time(out, DECIMAL_TEXT_MAX, seconds / 3600, seconds);
        return true;
    }
    if (!epoch_1904 && day < FEIGNED_LEAP_DAY)
        day++;
    int y, m, d;
    civil_from_days(day + (epoch_1904 ? DAYS_1904_01_01 : DAYS_1899_12_30), &y, &m, &d);
    int n = snprintf(out, DECIMAL_TEXT_MAX, "%04d-%02d-%02d", y, m, d);
    if ((format & DATE_FORMAT_TIME) && seconds) {
        out[n++] = ' ';
        (void)put_time(out + n, DECIMAL_TEXT_MAX - (size_t)n, seconds / 3600, seconds);
    }
    return true;
}
