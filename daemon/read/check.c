// SPDX-License-Identifier: Apache-2.0
// Sums against sums.
#include "read/check.h"

#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "read/owed.h"

// Adds up the terms. False if one that may not be missing is missing.
static bool sum(const struct table *t, const size_t *columns, size_t n, bool missing_is_zero, double *ret)
{
    double total = 0;
    size_t there = 0;
    for (size_t i = 0; i < n; i++) {
        const struct value *v = &t->values[columns[i]];
        if (v->kind == VALUE_INT || v->kind == VALUE_REAL) {
            total += v->real;
            there++;
        } else if (v->kind == VALUE_BAD ||
                   !(missing_is_zero || t->plan->d->columns[columns[i]].none_is_zero)) {
            return false;
        }
    }
    *ret = total;
    return n == 0 || there > 0;
}

enum check_outcome check_row(const struct table *t, const struct plan_check *c, double *ret_left,
                             double *ret_right)
{
    double left, right;
    const char *kind = t->kind == TABLE_FORM ? "form" : "wide";
    if ((c->c->only && strcmp(c->c->only, kind) != 0) || c->n_left == 0 ||
        !conditions_hold(t, c->when, c->c->n_when))
        return CHECK_SKIPPED;
    if (!sum(t, c->left, c->n_left, c->c->missing_is_zero, &left) ||
        !sum(t, c->right, c->n_right, false, &right))
        return CHECK_SKIPPED;
    right += c->c->constant;
    double slack = 1e-9 * fmax(1, fabs(right));
    if (c->c->op == '=')
        slack = fmax(slack, c->c->tolerance * fabs(right));
    bool fails = c->c->op == '<'   ? left > right + slack
                 : c->c->op == '>' ? left < right - slack
                                   : fabs(left - right) > slack;
    *ret_left = left;
    *ret_right = right;
    return fails ? CHECK_FAILS : CHECK_HOLDS;
}

const char *check_code(const struct plan_check *c)
{
    return c->c->op == '<' ? "sum_exceeds" : c->c->op == '>' ? "sum_below" : "sum_differs";
}

// T9“A”＋“B”: the first with its cell, the others that are filled in by name.
static char *terms(const struct table *t, uint32_t row, const size_t *columns, size_t n, bool with_cell)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        const struct value *v = &t->values[columns[i]];
        if (n > 1 && v->kind != VALUE_INT && v->kind != VALUE_REAL)
            continue;
        if (b.len) {
            buf_addf(&b, "＋“%s”", t->plan->d->columns[columns[i]].header);
            continue;
        }
        char *label = with_cell ? table_label(t, row, columns[i])
                                : str_printf("“%s”", t->plan->d->columns[columns[i]].header);
        buf_adds(&b, label);
        free(label);
    }
    return buf_take(&b);
}

// What the file says of a single term, else the sum.
static char *figure(const struct table *t, const size_t *columns, size_t n, double sum_of)
{
    const struct value *v = n == 1 ? &t->values[columns[0]] : NULL;
    bool plain = v && v->cell && v->kind == VALUE_INT;
    if (plain)
        return str_ndup(v->cell->text, v->cell->len);
    char text[NUMBER_TEXT_MAX];
    number_format_short(sum_of, 4, text);
    return str_dup(text);
}

char *check_message(const struct table *t, uint32_t row, const struct plan_check *c, double left,
                    double right)
{
    CLEANUP_FREE char *a = terms(t, row, c->left, c->n_left, true),
                      *b = terms(t, row, c->right, c->n_right, false);
    CLEANUP_FREE char *x = figure(t, c->left, c->n_left, left);
    CLEANUP_FREE char *y = figure(t, c->right, c->c->constant != 0 ? 0 : c->n_right, right);
    char *message;
    if (c->n_right == 0) {
        const char *say = c->c->op == '<'   ? _("%1$s = %2$s; it should be %3$s at most.")
                          : c->c->op == '>' ? _("%1$s = %2$s; it should be %3$s at least.")
                                            : _("%1$s = %2$s; it should be %3$s.");
        message = str_printf(say, a, x, y);
    } else {
        const char *say = c->c->op == '<'   ? _("%1$s = %2$s is more than %3$s = %4$s.")
                          : c->c->op == '>' ? _("%1$s = %2$s is less than %3$s = %4$s.")
                                            : _("%1$s = %2$s differs from %3$s = %4$s.");
        message = str_printf(say, a, x, b, y);
    }
    if (!c->c->text)
        return message;
    char *whole = str_printf("%s%s", message, c->c->text);
    free(message);
    return whole;
}
