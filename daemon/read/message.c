// SPDX-License-Identifier: Apache-2.0
// Each sentence names cell, header, what stands there and what should.
#include "read/message.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "read/fold.h"

#define SHOWN_MAX 60

// The cell's text, cut at a character, on one line.
static char *shown(const struct value *v)
{
    struct buf b = BUF_INIT;
    if (v->cell)
        text_add_cut(&b, v->cell->text, v->cell->len, SHOWN_MAX);
    return buf_take(&b);
}

static char *accepted_values(const struct column *c)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < c->n_values && i < 12; i++)
        buf_addf(&b, "%s%s", i ? "、" : "", c->values[i].value);
    if (c->n_values > 12)
        buf_adds(&b, "…");
    return buf_take(&b);
}

static const char *fault_sentence(enum value_fault fault)
{
    switch (fault) {
    case FAULT_NOT_NUMBER:
        return _("%1$s = %2$s. A number is expected.");
    case FAULT_FRACTION:
        return _("%1$s = %2$s. A whole number is expected.");
    case FAULT_BELOW:
        return _("%1$s = %2$s. It should be %3$s at least.");
    case FAULT_ABOVE:
        return _("%1$s = %2$s. It should be %3$s at most.");
    case FAULT_NOT_IN_LIST:
        return _("%1$s = %2$s. One of these is expected: %3$s.");
    case FAULT_NOT_BOOL:
        return _("%1$s = %2$s. “是” or “否” is expected.");
    case FAULT_NOT_DATE:
        return _("%1$s = %2$s. A date such as 2025-10-01 is expected.");
    case FAULT_NOT_TIME:
        return _("%1$s = %2$s. A time such as 8:20 is expected.");
    case FAULT_UNIT:
        return _("%1$s = %2$s. The unit does not fit; %3$s is expected.");
    case FAULT_SCIENTIFIC:
        return _(
            "%1$s = %2$s. Excel has turned the code into scientific notation and its digits are lost. Please set "
            "the column to text and fill in the %3$s again.");
    case FAULT_NOT_A_CODE:
        return _("%1$s = %2$s. A code is expected, not a name.");
    case FAULT_TOO_LONG:
        return _("%1$s = %2$s. The text is too long.");
    case FAULT_FORMULA:
        return _(
            "%1$s = %2$s, an error of the formula. Please mend the formula or fill in the figure itself.");
    case FAULT_NO_RESULT:
        return _(
            "%1$s is a formula without a result. Please open the file in Excel or WPS, let it calculate, save it and "
            "hand it in again.");
    case FAULT_NONE:
    case FAULT_COUNT:
        break;
    }
    return _("%1$s = %2$s cannot be read.");
}

static char *expectation(const struct table *t, size_t column, enum value_fault fault)
{
    const struct column *c = &t->plan->d->columns[column];
    char text[NUMBER_TEXT_MAX];
    switch (fault) {
    case FAULT_NOT_IN_LIST:
        return accepted_values(c);
    case FAULT_UNIT:
        return str_dup(c->unit ? c->unit : "");
    case FAULT_SCIENTIFIC:
        if (c->is_county)
            return str_dup(_("6-digit code"));
        return str_dup(strcmp(c->id, "school") == 0 ? _("10-digit code") : _("whole code"));
    case FAULT_BELOW:
    case FAULT_ABOVE:
        // In the unit the clerk sees.
        number_format_short(fault == FAULT_BELOW ? c->min : c->has_max ? c->max : 1e15, 4, text);
        return str_printf("%s%s", text, c->unit_shift && c->stored_unit ? c->stored_unit : "");
    case FAULT_NONE:
    case FAULT_NOT_NUMBER:
    case FAULT_FRACTION:
    case FAULT_NOT_BOOL:
    case FAULT_NOT_DATE:
    case FAULT_NOT_TIME:
    case FAULT_NOT_A_CODE:
    case FAULT_TOO_LONG:
    case FAULT_FORMULA:
    case FAULT_NO_RESULT:
    case FAULT_COUNT:
        break;
    }
    return str_dup("");
}

char *message_fault(const struct table *t, uint32_t row, size_t column)
{
    const struct value *v = &t->values[column];
    CLEANUP_FREE char *label = table_label(t, row, column), *text = shown(v);
    CLEANUP_FREE char *expected = expectation(t, column, v->fault);
    return str_printf(fault_sentence(v->fault), label, text, expected);
}

const char *message_fault_code(enum value_fault fault)
{
    static const char *const codes[FAULT_COUNT] = {[FAULT_NONE] = "unreadable",
                                                   [FAULT_NOT_NUMBER] = "not_a_number",
                                                   [FAULT_FRACTION] = "not_whole",
                                                   [FAULT_BELOW] = "too_small",
                                                   [FAULT_ABOVE] = "too_large",
                                                   [FAULT_NOT_IN_LIST] = "not_in_list",
                                                   [FAULT_NOT_BOOL] = "not_yes_no",
                                                   [FAULT_NOT_DATE] = "not_a_date",
                                                   [FAULT_NOT_TIME] = "not_a_time",
                                                   [FAULT_UNIT] = "unit_mismatch",
                                                   [FAULT_SCIENTIFIC] = "digits_lost",
                                                   [FAULT_NOT_A_CODE] = "not_a_code",
                                                   [FAULT_TOO_LONG] = "too_long",
                                                   [FAULT_FORMULA] = "formula_error",
                                                   [FAULT_NO_RESULT] = "formula_no_result"};
    return codes[fault];
}

char *message_empty(const struct table *t, uint32_t row, size_t column)
{
    const struct column *c = &t->plan->d->columns[column];
    CLEANUP_FREE char *label = table_label(t, row, column);
    bool senior = t->plan->pupils[STAGE_SENIOR] == column;
    if (senior)
        return str_printf(
            _("%s is empty. Premises and equipment of such a school are divided by its pupils of each "
              "stage, the senior ones too; until it is filled in, the four indicators per pupil are marked "
              "as data missing, not taken as 0."),
            label);
    if (c->key)
        return str_printf(_("%s is empty. Without it the row cannot be stored."), label);
    return str_printf(
        _("%s is empty. Until it is filled in, the indicators that need it are marked as data missing; it "
          "is not taken as 0."),
        label);
}

const char *message_period_word(enum period_kind kind)
{
    static const char *const words[PERIOD_KIND_COUNT] = {
        [PERIOD_NONE] = "",         [PERIOD_YEAR] = N_("year"),   [PERIOD_SCHOOL_YEAR] = N_("school year"),
        [PERIOD_TERM] = N_("term"), [PERIOD_MONTH] = N_("month"), [PERIOD_DAY] = N_("date")};
    return kind == PERIOD_NONE ? "" : _(words[kind]);
}

const char *message_period_example(enum period_kind kind)
{
    static const char *const examples[PERIOD_KIND_COUNT] = {[PERIOD_NONE] = "",
                                                            [PERIOD_YEAR] = "2025",
                                                            [PERIOD_SCHOOL_YEAR] = "2025-2026",
                                                            [PERIOD_TERM] = "2025-2026-1",
                                                            [PERIOD_MONTH] = "2026-10",
                                                            [PERIOD_DAY] = "2026-10-01"};
    return examples[kind];
}

char *message_period(const struct table *t, uint32_t row, size_t column)
{
    CLEANUP_FREE char *label = table_label(t, row, column), *text = shown(&t->values[column]);
    enum period_kind kind = t->plan->d->period;
    return str_printf(_("%1$s = %2$s. A %3$s such as %4$s is expected."), label, text,
                      message_period_word(kind), message_period_example(kind));
}
