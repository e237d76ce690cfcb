// SPDX-License-Identifier: Apache-2.0
// The words of a receipt.
#include "report/receipt_text.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

#define ITEMS_MAX 200 // of one section; the rest is counted, and all stand in the database
#define ABSENT_MAX 60

static const struct section {
    const char *level, *title;
} sections[] = {
    {"refuse", N_("To be corrected (these rows were not stored; only they need to be handed in again)")},
    {"missing",
     N_("Data missing (these rows were stored; the indicators concerned are not computed for now)")},
    {"ask", N_("To be checked (stored and computed as filled in)")},
    {"note", N_("Remarks")},
};

static const char *ordinal(int n)
{
    static const char *const words[] = {N_("1"), N_("2"), N_("3"), N_("4"), N_("5"), N_("6")};
    return n < (int)ARRAY_SIZE(words) ? _(words[n]) : "";
}

static bool is_state(const struct receipt_data *r, const char *state)
{
    return strcmp(r->detail.sub.state, state) == 0;
}

static bool nothing_stored(const struct receipt_data *r)
{
    return !is_state(r, "stored");
}

static void heading(const struct receipt_data *r, struct buf *out)
{
    const struct submission *s = &r->detail.sub;
    buf_addf(out, "%s\n", _("Receipt for education monitoring data"));
    if (r->detail.n_tables == 1 && r->detail.tables[0].sheet[0])
        buf_addf(out, _("File: %1$s (sheet “%2$s”)   Received: %3$s\n"), s->file, r->detail.tables[0].sheet,
                 r->received);
    else
        buf_addf(out, _("File: %1$s   Received: %2$s\n"), s->file, r->received);
    if (r->dataset_title) {
        CLEANUP(buf_deinit) struct buf scope = BUF_INIT;
        if (s->period)
            buf_addf(&scope, strlen(s->period) == 9 ? _("school year %s") : "%s", s->period);
        if (s->county && s->county[0])
            buf_addf(&scope, "%s%s%s%s", scope.len ? _(", ") : "", r->county_name ? r->county_name : "",
                     r->county_name ? " " : "", s->county);
        buf_addf(out, _("Recognised as: %1$s (%2$s)   Number: %3$s   Handed in by: %4$s\n"), r->dataset_title,
                 buf_str(&scope), s->public_id, s->source);
    } else {
        buf_addf(out, _("Number: %1$s   Handed in by: %2$s\n"), s->public_id, s->source);
    }
}

static void skipped(const struct receipt_data *r, struct buf *out)
{
    if (r->skipped_totals || r->skipped_notes)
        buf_addf(out, _(" Left out by themselves: %1$d total rows, %2$d notes."), r->skipped_totals,
                 r->skipped_notes);
    for (size_t i = 0; i < r->n_units; i++)
        buf_addf(out, _(" Unit “%s” recognised."), r->units[i]);
}

static void outcome(const struct receipt_data *r, struct buf *out)
{
    const struct submission *s = &r->detail.sub;
    size_t asks = submission_detail_count(&r->detail, "ask");
    if (is_state(r, "duplicate")) {
        buf_addf(out, _("Result: nothing to do. %s\n"), s->message ? s->message : "");
        return;
    }
    if (is_state(r, "quarantined")) {
        buf_addf(out, _("Result: set aside. %s The file is kept; the office has been told.\n"),
                 s->message ? s->message : "");
        return;
    }
    if (nothing_stored(r)) {
        buf_addf(out, _("Result: not stored. %s\n"),
                 s->message ? s->message : _("No row of the file could be stored."));
        return;
    }
    if (s->rows_bad == 0)
        buf_addf(out, _("Result: stored. %lld rows stored"), (long long)s->rows_ok);
    else
        buf_addf(out, _("Result: stored in part. %lld rows stored"), (long long)s->rows_ok);
    if (r->rows_missing)
        buf_addf(out, _(" (%d of them with data missing)"), r->rows_missing);
    if (s->rows_bad)
        buf_addf(out, _(", %lld rows not stored"), (long long)s->rows_bad);
    if (asks)
        buf_addf(out, _(", %zu places to be checked"), asks);
    buf_adds(out, _("."));
    skipped(r, out);
    buf_addc(out, '\n');
}

static void item(const struct receipt_data *r, const struct submission_error *e, int n, struct buf *out)
{
    buf_addf(out, " %d. ", n);
    if (r->detail.n_tables > 1 && e->sheet && e->sheet[0])
        buf_addf(out, _("sheet “%s” "), e->sheet);
    if (e->row > 0)
        buf_addf(out, _("row %d "), e->row);
    if (e->name && e->entity && e->entity[0])
        buf_addf(out, _("%1$s (%2$s) "), e->name, e->entity);
    else if (e->name || e->entity)
        buf_addf(out, "%s ", e->name ? e->name : e->entity);
    buf_addf(out, "%s\n", e->message);
}

static bool complaints(const struct receipt_data *r, const struct section *section, int number,
                       struct buf *out)
{
    size_t n = submission_detail_count(&r->detail, section->level);
    if (n == 0)
        return false;
    buf_addf(out, _("\n%1$s. %2$s\n"), ordinal(number), _(section->title));
    int shown = 0;
    for (size_t i = 0; i < r->detail.n_errors && shown < ITEMS_MAX; i++) {
        if (strcmp(r->detail.errors[i].level, section->level) == 0)
            item(r, &r->detail.errors[i], ++shown, out);
    }
    if ((size_t)shown < n)
        buf_addf(out, _(" … and %zu more of this kind.\n"), n - (size_t)shown);
    return true;
}

static bool not_handed_in(const struct receipt_data *r, int number, struct buf *out)
{
    if (!r->has_roster || r->n_absent == 0)
        return false;
    buf_addf(
        out,
        _("\n%1$s. Not yet handed in: by the roster %2$d schools owe this table, %3$d have handed in so far; missing: "),
        ordinal(number), r->owed, r->handed_in);
    for (size_t i = 0; i < r->n_absent && i < ABSENT_MAX; i++)
        buf_addf(out, _("%1$s%2$s (%3$s)"), i ? _(", ") : "", r->absent[i].name, r->absent[i].code);
    if (r->n_absent > ABSENT_MAX)
        buf_addf(out, _(" and %zu more"), r->n_absent - ABSENT_MAX);
    buf_adds(out, _(".\n"));
    if (r->county_figures)
        buf_adds(out,
                 _("   Until all have handed in, the county figures are provisional and raise no alert.\n"));
    if (r->due)
        buf_addf(out, _("   Due date: %s.\n"), r->due);
    return true;
}

static void advice(const struct receipt_data *r, const char *correction, struct buf *out)
{
    buf_addc(out, '\n');
    if (correction)
        buf_addf(
            out,
            _("What to do: open “%s” in the same folder (only the rows named above; cells to correct are red), correct it and "
              "put it back into the folder where you dropped this file; its name does not matter. The whole table need not be handed in again.\n"),
            correction);
    else if (is_state(r, "rejected"))
        buf_adds(
            out,
            _("What to do: correct the file by the reason given above and drop it again. An empty table of the right form is "
              "written by “junheng template”, or ask the office for it.\n"));
    if (!is_state(r, "duplicate"))
        buf_adds(
            out,
            _("If a school is handed in again the last one counts; the earlier figures are kept for reference."));
    if (r->office_phone)
        buf_addf(out, _(" Questions: %s."), r->office_phone);
    buf_addc(out, '\n');
}

void receipt_text_write(const struct receipt_data *r, const char *correction, struct buf *out)
{
    heading(r, out);
    outcome(r, out);
    int number = 0;
    for (size_t i = 0; i < 3; i++)
        number += complaints(r, &sections[i], number, out);
    number += not_handed_in(r, number, out);
    (void)complaints(r, &sections[3], number, out);
    advice(r, correction, out);
}
