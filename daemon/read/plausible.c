// SPDX-License-Identifier: Apache-2.0
// Amounts per pupil that no school has: mostly a unit mistaken by four places.
#include "read/plausible.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"

// Far above anything reported, so that only slips are asked about. Tiny schools may have much room for each
// pupil.
#define EQUIPMENT_PER_PUPIL_MAX 30000.0 // 元
#define AREA_PER_PUPIL_MAX 200.0        // ㎡
#define AREA_PUPILS_MIN 50.0

static double pupils_of(const struct table *t)
{
    double sum = 0;
    for (int s = STAGE_PRIMARY; s < STAGE_COUNT; s++) {
        const struct value *v = t->plan->pupils[s] == NO_COLUMN ? NULL : &t->values[t->plan->pupils[s]];
        if (v && v->kind == VALUE_INT && v->integer > 0)
            sum += v->real;
    }
    return sum;
}

static const char *header_unit(const struct table *t, size_t column)
{
    const struct column *c = &t->plan->d->columns[column];
    bool as_declared = t->columns[column].rule.shift == c->unit_shift;
    return as_declared && c->unit ? c->unit : c->stored_unit ? c->stored_unit : "";
}

static char *cell_text(const struct value *v)
{
    char text[NUMBER_TEXT_MAX];
    if (v->cell)
        return str_ndup(v->cell->text, v->cell->len);
    number_format_short(v->real, 2, text);
    return str_dup(text);
}

static void ask_equipment(struct reader *r, const struct table *t, uint32_t row, size_t column, double pupils)
{
    char heads[NUMBER_TEXT_MAX], each[NUMBER_TEXT_MAX];
    double per_pupil = t->values[column].real / pupils / 1e4;
    number_format_short(pupils, 0, heads);
    number_format_short(per_pupil, per_pupil >= 100 ? 0 : 1, each);
    CLEANUP_FREE char *label = table_label(t, row, column), *text = cell_text(&t->values[column]);
    struct place p = table_place_of(t, row, column);
    complain(
        r->complaints, COMPLAINT_ASK, "per_pupil_too_high", &p,
        str_printf(
            _("%1$s = %2$s (unit of the column: %3$s; the school has %4$s pupils, which makes %5$s 万元 for each). "
              "Was it filled in as 元 by mistake?"),
            label, text, header_unit(t, column), heads, each));
}

static void ask_area(struct reader *r, const struct table *t, uint32_t row, size_t column, double pupils)
{
    char heads[NUMBER_TEXT_MAX], each[NUMBER_TEXT_MAX];
    number_format_short(pupils, 0, heads);
    number_format_short(t->values[column].real / pupils, 1, each);
    CLEANUP_FREE char *label = table_label(t, row, column), *text = cell_text(&t->values[column]);
    struct place p = table_place_of(t, row, column);
    complain(
        r->complaints, COMPLAINT_ASK, "per_pupil_too_high", &p,
        str_printf(
            _("%1$s = %2$s (the school has %3$s pupils, which makes %4$s ㎡ for each). Is the figure or its unit "
              "right?"),
            label, text, heads, each));
}

void plausible_row(struct reader *r, struct table *t, uint32_t row)
{
    double pupils = pupils_of(t);
    if (pupils <= 0)
        return;
    for (size_t i = 0; i < t->plan->d->n_columns; i++) {
        const struct column *c = &t->plan->d->columns[i];
        const struct unit *unit = t->plan->columns[i].stored;
        if (!unit || !t->columns[i].there || t->values[i].kind != VALUE_REAL || c->hidden)
            continue;
        double each = t->values[i].real / pupils;
        if (unit->dimension == UNIT_MONEY && strstr(c->header, "设备") && each > EQUIPMENT_PER_PUPIL_MAX)
            ask_equipment(r, t, row, i, pupils);
        else if (unit->dimension == UNIT_AREA && pupils >= AREA_PUPILS_MIN && each > AREA_PER_PUPIL_MAX)
            ask_area(r, t, row, i, pupils);
    }
}
