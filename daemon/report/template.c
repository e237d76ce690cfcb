// SPDX-License-Identifier: Apache-2.0
// The empty workbook of a dataset: one sheet to fill in, one that explains the columns.
#include "report/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define LAST_ROW 5000u     // checks reach this far; more rows are read all the same
#define LIST_TEXT_MAX 255u // of a drop-down list written into the cell's own rule

struct book {
    lxw_workbook *workbook;
    lxw_worksheet *data, *notes;
    lxw_format *owed, *optional, *text, *wrap, *bold;
};

static void header_text(const struct column *c, struct buf *out)
{
    buf_adds(out, c->header);
    if (c->unit)
        buf_addf(out, "（%s）", c->unit);
}

static const char *type_words(const struct column *c)
{
    switch (c->type) {
    case COLUMN_INTEGER:
        return _("whole number");
    case COLUMN_DECIMAL:
        return _("number");
    case COLUMN_PERCENT:
        return _("percentage, such as 95%");
    case COLUMN_BOOL:
        return _("yes or no");
    case COLUMN_CODE:
        return _("one of the list");
    case COLUMN_DATE:
        return _("date, such as 2025-10-01");
    case COLUMN_TIME:
        return _("time, such as 08:20");
    case COLUMN_TEXT:
    case COLUMN_TYPE_COUNT:
        break;
    }
    return c->key ? _("text (codes keep their leading zeros)") : _("text");
}

static const char *owed_words(const struct column *c)
{
    if (c->key || c->owed == OWED_ALWAYS)
        return _("required");
    if (c->owed_stage == STAGE_PRIMARY)
        return _("required of schools with primary pupils");
    if (c->owed_stage == STAGE_JUNIOR)
        return _("required of schools with junior pupils");
    if (c->owed_stage == STAGE_SENIOR)
        return _("required of schools with senior pupils");
    return c->owed == OWED_WHEN ? _("required where it applies") : _("optional");
}

static void join_values(const struct column *c, struct buf *out)
{
    for (size_t i = 0; i < c->n_values; i++)
        buf_addf(out, "%s%s", i ? "、" : "", c->values[i].value);
}

static void comment(struct book *b, lxw_col_t col, const struct column *c)
{
    CLEANUP(buf_deinit) struct buf text = BUF_INIT;
    buf_addf(&text, _("%1$s; %2$s."), type_words(c), owed_words(c));
    if (c->n_values) {
        buf_addc(&text, '\n');
        join_values(c, &text);
    }
    if (c->help)
        buf_addf(&text, "\n%s", c->help);
    (void)worksheet_write_comment(b->data, 0, col, buf_str(&text));
}

static void list_rule(struct book *b, lxw_col_t col, const char *const *values, size_t n)
{
    size_t chars = 0;
    for (size_t i = 0; i < n; i++)
        chars += strlen(values[i]) + 1;
    if (chars > LIST_TEXT_MAX)
        return;                                                // the comment and the second sheet name them
    CLEANUP_FREE char **list = mem_array(n + 1, sizeof *list); // the library does not change them
    memcpy(list, values, n * sizeof *list);
    CLEANUP_FREE char *title = str_printf("%s", _("Please choose from the list"));
    lxw_data_validation rule = {.validate = LXW_VALIDATION_TYPE_LIST,
                                .value_list = list,
                                .ignore_blank = LXW_VALIDATION_ON,
                                .error_type = LXW_VALIDATION_ERROR_TYPE_WARNING,
                                .error_title = title};
    (void)worksheet_data_validation_range(b->data, 1, col, LAST_ROW, col, &rule);
}

static void number_rule(struct book *b, lxw_col_t col, const struct column *c)
{
    CLEANUP_FREE char *message = str_printf(_("Please fill in a %s."), type_words(c));
    lxw_data_validation rule = {
        .validate = c->type == COLUMN_INTEGER ? LXW_VALIDATION_TYPE_INTEGER : LXW_VALIDATION_TYPE_DECIMAL,
        .criteria = c->has_min && c->has_max ? LXW_VALIDATION_CRITERIA_BETWEEN
                                             : LXW_VALIDATION_CRITERIA_GREATER_THAN_OR_EQUAL_TO,
        .value_number = c->has_min ? c->min : -1e15,
        .minimum_number = c->has_min ? c->min : -1e15,
        .maximum_number = c->has_max ? c->max : 1e15,
        .ignore_blank = LXW_VALIDATION_ON,
        .error_type = LXW_VALIDATION_ERROR_TYPE_WARNING, // "—" for not applicable must stay possible
        .error_message = message,
    };
    (void)worksheet_data_validation_range(b->data, 1, col, LAST_ROW, col, &rule);
}

static void column_rule(struct book *b, lxw_col_t col, const struct column *c)
{
    if (c->type == COLUMN_BOOL) {
        static const char *const yes_no[] = {"是", "否"};
        list_rule(b, col, yes_no, 2);
    } else if (c->type == COLUMN_CODE && c->n_values) {
        CLEANUP_FREE const char **values = mem_array(c->n_values, sizeof *values);
        for (size_t i = 0; i < c->n_values; i++)
            values[i] = c->values[i].value;
        list_rule(b, col, values, c->n_values);
    } else if ((c->type == COLUMN_INTEGER || c->type == COLUMN_DECIMAL) && (c->has_min || c->has_max)) {
        number_rule(b, col, c);
    }
}

static void data_column(struct book *b, lxw_col_t col, const struct column *c)
{
    CLEANUP(buf_deinit) struct buf header = BUF_INIT;
    header_text(c, &header);
    bool owed = c->key || c->owed != OWED_NO;
    bool text = c->type == COLUMN_TEXT || c->type == COLUMN_CODE;
    double width = (double)header.len / 3 * 1.6 + 4;
    (void)worksheet_set_column(b->data, col, col, width > 28 ? 28 : width, text ? b->text : NULL);
    (void)worksheet_write_string(b->data, 0, col, buf_str(&header), owed ? b->owed : b->optional);
    comment(b, col, c);
    column_rule(b, col, c);
}

static void notes_row(struct book *b, lxw_row_t row, const struct column *c)
{
    CLEANUP(buf_deinit) struct buf values = BUF_INIT;
    join_values(c, &values);
    if (c->help)
        buf_addf(&values, "%s%s", values.len ? "。" : "", c->help);
    (void)worksheet_write_string(b->notes, row, 0, c->header, b->wrap);
    (void)worksheet_write_string(b->notes, row, 1, c->unit ? c->unit : "", NULL);
    (void)worksheet_write_string(b->notes, row, 2, type_words(c), b->wrap);
    (void)worksheet_write_string(b->notes, row, 3, owed_words(c), b->wrap);
    (void)worksheet_write_string(b->notes, row, 4, buf_str(&values), b->wrap);
}

static void notes_head(struct book *b)
{
    const char *const heads[] = {_("Column"), _("Unit"), _("What to fill in"), _("Required?"),
                                 _("Values and remarks")};
    static const double widths[] = {36, 8, 24, 24, 60};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        lxw_col_t col = (lxw_col_t)i;
        (void)worksheet_write_string(b->notes, 0, col, heads[i], b->bold);
        (void)worksheet_set_column(b->notes, col, col, widths[i], NULL);
    }
}

static void make_formats(struct book *b)
{
    lxw_format **heads[] = {&b->owed, &b->optional};
    static const lxw_color_t colours[] = {0xFFE699, 0xDDEBF7};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        lxw_format *f = *heads[i] = workbook_add_format(b->workbook);
        format_set_bold(f);
        format_set_text_wrap(f);
        format_set_align(f, LXW_ALIGN_CENTER);
        format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
        format_set_border(f, LXW_BORDER_THIN);
        format_set_bg_color(f, colours[i]);
    }
    b->text = workbook_add_format(b->workbook);
    format_set_num_format(b->text, "@");
    b->wrap = workbook_add_format(b->workbook);
    format_set_text_wrap(b->wrap);
    b->bold = workbook_add_format(b->workbook);
    format_set_bold(b->bold);
}

int template_write(const struct dataset *d, const char *path, struct error *err)
{
    struct book b = {.workbook = workbook_new(path)};
    if (!b.workbook)
        return error_set(err, -ENOMEM, "%s: cannot be made", path);
    b.data = workbook_add_worksheet(b.workbook, d->title);
    b.notes = workbook_add_worksheet(b.workbook, _("Explanations"));
    if (!b.data || !b.notes) {
        (void)workbook_close(b.workbook);
        return error_set(err, -EINVAL, "%s: “%s” cannot be the name of a sheet", path, d->title);
    }
    make_formats(&b);
    notes_head(&b);
    lxw_col_t col = 0;
    for (size_t i = 0; i < d->n_columns; i++) {
        if (d->columns[i].hidden)
            continue;
        data_column(&b, col, &d->columns[i]);
        notes_row(&b, (lxw_row_t)col + 1, &d->columns[i]);
        col++;
    }
    (void)worksheet_set_row(b.data, 0, 48, NULL);
    worksheet_freeze_panes(b.data, 1, 0);
    lxw_error e = workbook_close(b.workbook);
    if (e != LXW_NO_ERROR)
        return error_set(err, e == LXW_ERROR_CREATING_XLSX_FILE ? -EACCES : -EIO, "%s: %s", path,
                         lxw_strerror(e));
    return 0;
}
