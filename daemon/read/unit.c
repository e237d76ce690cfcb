// SPDX-License-Identifier: Apache-2.0
// Units: names, conversion, splitting from headers.
#include "read/unit.h"

#include <string.h>

#include "base/mem.h"
#include "read/fold.h"

static const struct unit units[] = {
    {"元", UNIT_MONEY, 0, 1},       {"千元", UNIT_MONEY, 3, 1},       {"万元", UNIT_MONEY, 4, 1},
    {"百万元", UNIT_MONEY, 6, 1},   {"亿元", UNIT_MONEY, 8, 1},       {"人民币元", UNIT_MONEY, 0, 1},
    {"元人民币", UNIT_MONEY, 0, 1}, {"人民币万元", UNIT_MONEY, 4, 1}, {"万", UNIT_MONEY, 4, 1},
    {"平方米", UNIT_AREA, 0, 1},    {"平米", UNIT_AREA, 0, 1},        {"平方", UNIT_AREA, 0, 1},
    {"万平方米", UNIT_AREA, 4, 1},  {"人", UNIT_PIECES, 0, 1},        {"名", UNIT_PIECES, 0, 1},
    {"万人", UNIT_PIECES, 4, 1},    {"千人", UNIT_PIECES, 3, 1},      {"间", UNIT_PIECES, 0, 1},
    {"个", UNIT_PIECES, 0, 1},      {"所", UNIT_PIECES, 0, 1},        {"台", UNIT_PIECES, 0, 1},
    {"套", UNIT_PIECES, 0, 1},      {"册", UNIT_PIECES, 0, 1},        {"本", UNIT_PIECES, 0, 1},
    {"万册", UNIT_PIECES, 4, 1},    {"节", UNIT_PIECES, 0, 1},        {"天", UNIT_PIECES, 0, 1},
    {"次", UNIT_PIECES, 0, 1},      {"份", UNIT_PIECES, 0, 1},        {"班", UNIT_PIECES, 0, 1},
    {"床", UNIT_PIECES, 0, 1},      {"%", UNIT_SHARE, 0, 1},          {"百分比", UNIT_SHARE, 0, 1},
    {"分钟", UNIT_DURATION, 0, 1},  {"分", UNIT_DURATION, 0, 1},      {"小时", UNIT_DURATION, 0, 60},
    {"时", UNIT_DURATION, 0, 60},   {"年", UNIT_YEAR, 0, 1},
};

const struct unit *unit_find(const char *folded, size_t len)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strlen(units[i].text) == len && memcmp(units[i].text, folded, len) == 0)
            return &units[i];
    }
    return NULL;
}

bool unit_conversion(const struct unit *from, const struct unit *to, int *ret_shift, int *ret_factor)
{
    if (from->dimension != to->dimension || from->factor < to->factor)
        return false;
    *ret_shift = from->shift - to->shift;
    *ret_factor = from->factor / to->factor;
    return true;
}

// 单位:万元 in brackets means the same as 万元.
static const struct unit *find_named(const char *s, size_t len)
{
    static const char *const before[] = {"单位:", "计量单位:", "单位"};
    for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
        size_t n = strlen(before[i]);
        if (len > n && memcmp(s, before[i], n) == 0)
            return unit_find(s + n, len - n);
    }
    return unit_find(s, len);
}

// The last bracket of s[0..len): from its "(" on, or NULL if s does not end in one.
static char *last_bracket(char *s, size_t len)
{
    if (len < 3 || s[len - 1] != ')')
        return NULL;
    for (size_t i = len - 1; i > 0; i--) {
        if (s[i - 1] == '(')
            return s + i - 1;
    }
    return NULL;
}

const struct unit *unit_split(char *folded, size_t *len)
{
    char *open = last_bracket(folded, *len);
    if (open && open > folded) {
        const struct unit *u = find_named(open + 1, (size_t)(folded + *len - open) - 2);
        if (u) {
            *len = (size_t)(open - folded);
            folded[*len] = '\0';
            return u;
        }
        char *before = last_bracket(folded, (size_t)(open - folded));
        u = before && before > folded ? find_named(before + 1, (size_t)(open - before) - 2) : NULL;
        if (u) {
            size_t rest = (size_t)(folded + *len - open);
            memmove(before, open, rest + 1);
            *len = (size_t)(before - folded) + rest;
        }
        return u;
    }
    char *slash = memrchr(folded, '/', *len);
    const struct unit *u =
        slash && slash > folded ? find_named(slash + 1, (size_t)(folded + *len - slash) - 1) : NULL;
    if (u) {
        *len = (size_t)(slash - folded);
        folded[*len] = '\0';
    }
    return u;
}

size_t unit_line(const char *folded, const struct unit *ret[UNIT_LIST_MAX])
{
    const char *s = strstr(folded, "单位:");
    if (!s)
        return 0;
    s += strlen("单位:");
    size_t n = 0;
    while (*s && n < UNIT_LIST_MAX) {
        size_t len = strcspn(s, "/,;)");
        const char *comma = strstr(s, "、");
        if (comma && (size_t)(comma - s) < len)
            len = (size_t)(comma - s);
        const struct unit *u = unit_find(s, len);
        if (!u)
            break;
        ret[n++] = u;
        s += len;
        s += *s == '\0' ? 0 : comma == s ? strlen("、") : 1;
    }
    return n;
}
