// SPDX-License-Identifier: Apache-2.0
// Numbers, names and dates as texts print them.
#include "notify/text_parts.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/period.h"
#include "base/zone.h"
#include "store/entity.h"

// Words (人, 间) stand apart from the number, signs (㎡, %) close to it.
static bool is_word(const char *unit)
{
    unsigned char c = (unsigned char)unit[0];
    bool han = c >= 0xe4 && c <= 0xe9;
    return han || (c >= 'A' && c <= 'z');
}

static void add_unit(struct buf *out, const char *unit)
{
    if (!unit || !*unit)
        return;
    if (is_word(unit))
        buf_addc(out, ' ');
    buf_adds(out, unit);
}

void part_amount(struct buf *out, double v, int max_decimals, const char *unit)
{
    char text[NUMBER_TEXT_MAX];
    number_format_short(v, max_decimals, text);
    buf_adds(out, text);
    add_unit(out, unit);
}

void part_need(struct buf *out, double v, const char *unit)
{
    bool money = unit && strcmp(unit, "元") == 0 && v >= 10000; // told as it is handed in: 58.68 万元
    int decimals = money ? 2 : 1;
    double steps = money ? v / 100 : v * 10;
    double up = ceil(steps - 1e-9 * fmax(1.0, fabs(steps)));
    if (fabs(v) >= 1e15)
        up = steps;
    part_amount(out, money ? up / 100 : up / 10, decimals, money ? "万元" : unit);
}

void part_value(struct buf *out, const struct indicator *ind, double v, double threshold,
                enum verdict verdict)
{
    char rounded[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX], exact[NUMBER_TEXT_MAX];
    number_format(v, ind->decimals, rounded);
    number_format(threshold, ind->decimals, limit);
    bool hidden = (verdict == VERDICT_FAIL || verdict == VERDICT_FLOOR) && isfinite(threshold) &&
                  strcmp(rounded, limit) == 0;
    if (!hidden) {
        buf_adds(out, rounded);
        add_unit(out, ind->unit);
        return;
    }
    int digits = ind->decimals;
    do
        number_format(v, ++digits, exact);
    while (digits < 12 && strtod(exact, NULL) == threshold);
    CLEANUP(buf_deinit) struct buf with_unit = BUF_INIT;
    buf_adds(&with_unit, exact);
    add_unit(&with_unit, ind->unit);
    buf_addf(out, _("%1$s (rounded %2$s; judged by the exact value, fails)"), buf_str(&with_unit), rounded);
}

void part_limit(struct buf *out, double v)
{
    char text[NUMBER_TEXT_MAX], exact[NUMBER_TEXT_MAX];
    number_format(v, 2, text);
    number_format_short(v, 6, exact);
    buf_adds(out, strtod(text, NULL) == strtod(exact, NULL) ? text : exact);
}

void part_threshold(struct buf *out, const struct indicator *ind, double v)
{
    static const char *const ops[] = {[OP_AT_LEAST] = "≥", [OP_AT_MOST] = "≤", [OP_BELOW] = "＜"};
    buf_adds(out, ops[ind->op]);
    if (ind->kind == INDICATOR_CV || ind->kind == INDICATOR_CV_MEAN) {
        part_limit(out, v);
        return;
    }
    part_amount(out, v, 4, ind->unit);
}

void part_percent(struct buf *out, double share)
{
    char text[NUMBER_TEXT_MAX];
    number_format(share * 100, 1, text);
    buf_addf(out, "%s%%", strcmp(text, "100.0") == 0 ? "100" : text);
}

void part_numeral(struct buf *out, size_t i)
{
    if (i >= 20) {
        buf_addf(out, "(%zu)", i + 1);
        return;
    }
    const char circled[] = {(char)0xe2, (char)0x91, (char)(0xa0 + i), '\0'}; // U+2460 …
    buf_adds(out, circled);
}

void part_period(struct buf *out, const char *period)
{
    struct period p;
    if (!period_parse(period, &p)) {
        buf_adds(out, period);
        return;
    }
    switch (p.kind) {
    case PERIOD_SCHOOL_YEAR:
        buf_addf(out, _("school year %s, at its beginning (1 September)"), period);
        return;
    case PERIOD_YEAR:
        buf_addf(out, _("year %s"), period);
        return;
    case PERIOD_TERM:
        buf_addf(out,
                 p.part == 1 ? _("school year %1$d-%2$d, first term")
                             : _("school year %1$d-%2$d, second term"),
                 p.year, p.year + 1);
        return;
    case PERIOD_NONE:
    case PERIOD_MONTH:
    case PERIOD_DAY:
    case PERIOD_KIND_COUNT:
        break;
    }
    buf_adds(out, period);
}

void part_period_name(struct buf *out, const char *period)
{
    struct period p;
    bool parsed = period_parse(period, &p);
    if (parsed && p.kind == PERIOD_SCHOOL_YEAR)
        buf_addf(out, _("the school year %s"), period);
    else if (parsed && (p.kind == PERIOD_YEAR || p.kind == PERIOD_TERM))
        part_period(out, period);
    else
        buf_adds(out, period);
}

void part_date(struct buf *out, const char *timezone, int64_t wall_ms)
{
    struct civil c = zone_civil(timezone, wall_ms);
    buf_addf(out, _("%1$d-%2$02d-%3$02d"), c.year, c.month, c.day);
}

void part_day(struct buf *out, const char *timezone, int64_t wall_ms)
{
    struct civil c = zone_civil(timezone, wall_ms);
    buf_addf(out, _("%1$02d-%2$02d"), c.month, c.day);
}

void part_minute(struct buf *out, const char *timezone, int64_t wall_ms)
{
    struct civil c = zone_civil(timezone, wall_ms);
    buf_addf(out, _("%1$02d-%2$02d %3$02d:%4$02d"), c.month, c.day, c.hour, c.minute);
}

void part_entity(struct buf *out, const struct alert_view *v)
{
    bool is_county = strcmp(v->entity, v->county) == 0;
    if (!is_county && v->county_name &&
        !(v->name && strncmp(v->name, v->county_name, strlen(v->county_name)) == 0))
        buf_adds(out, v->county_name);
    if (is_county && v->county_name)
        buf_adds(out, v->county_name);
    else if (v->name && entity_has_code(v->entity))
        buf_addf(out, _("%1$s (%2$s)"), v->name, v->entity);
    else if (v->name)
        buf_addf(out, _("%s (no code known)"), v->name);
    else
        buf_adds(out, v->entity);
}

// "资源配置第（三）项" and "资源配置第（五）项" → the length of what they share before and after the number;
// false if they differ in more than one bracket.
static bool same_but_number(const char *a, const char *b, size_t *ret_head, size_t *ret_tail)
{
    static const char open[] = "（", close[] = "）";
    const char *a1 = strstr(a, open), *b1 = strstr(b, open);
    const char *a2 = a1 ? strstr(a1, close) : NULL, *b2 = b1 ? strstr(b1, close) : NULL;
    if (!a2 || !b2 || a1 - a != b1 - b || memcmp(a, b, (size_t)(a1 - a)) != 0 || strcmp(a2, b2) != 0)
        return false;
    *ret_head = (size_t)(a1 - a);
    *ret_tail = strlen(a2) - strlen(close);
    return true;
}

static void add_clause(struct buf *out, size_t start, const char *last, const char *clause)
{
    size_t head, tail;
    if (last && same_but_number(last, clause, &head, &tail)) {
        CLEANUP_FREE char *rest = str_dup(out->data + out->len - tail);
        out->len -= tail;
        buf_addf(out, "、%.*s%s", (int)(strlen(clause) - head - tail), clause + head, rest);
        return;
    }
    if (out->len > start)
        buf_adds(out, "、");
    buf_adds(out, clause);
}

void part_bases(struct buf *out, const struct part_basis *bases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool first = bases[i].document && *bases[i].document;
        for (size_t k = 0; first && k < i; k++)
            first = !bases[k].document || strcmp(bases[k].document, bases[i].document) != 0;
        if (!first)
            continue;
        if (out->len && out->data[out->len - 1] != '\n' && i > 0)
            buf_adds(out, "；");
        buf_adds(out, bases[i].document);
        size_t start = 0;
        const char *last = NULL;
        for (size_t k = i; k < n; k++) {
            const char *clause = bases[k].clause;
            if (!clause || !*clause || !bases[k].document ||
                strcmp(bases[k].document, bases[i].document) != 0 || (last && strcmp(last, clause) == 0))
                continue;
            if (!last) {
                buf_addc(out, ' ');
                start = out->len;
            }
            add_clause(out, start, last, clause);
            last = clause;
        }
    }
}
