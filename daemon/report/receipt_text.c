// SPDX-License-Identifier: Apache-2.0
// The words of a receipt.
#include "report/receipt_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "base/i18n.h"
#include "base/mem.h"

#define ITEMS_MAX 200 // of one section; the rest is counted, and all stand in the database
#define ABSENT_MAX 20 // schools named of one county
#define COUNTIES_SHOWN 30
#define TABLES_SHOWN 12
#define NAME_MAX_BYTES 120

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

// Names out of the file: on one line, without control characters, not endless.
static char *name_new(const char *name)
{
    char *clean = clean_line(name ? name : "");
    size_t n = strlen(clean);
    if (n <= NAME_MAX_BYTES)
        return clean;
    for (n = NAME_MAX_BYTES; ((unsigned char)clean[n] & 0xC0) == 0x80; n--)
        ;
    char *cut = str_printf("%.*s…", (int)n, clean);
    free(clean);
    return cut;
}

static void add_name(struct buf *out, const char *name)
{
    CLEANUP_FREE char *clean = name_new(name);
    buf_adds(out, clean);
}

// 学校资源（学年 2025-2026，滨江区 330102）
static void add_scope(const struct receipt_data *r, const char *title, const char *period, const char *county,
                      struct buf *out)
{
    CLEANUP(buf_deinit) struct buf scope = BUF_INIT;
    if (period && *period)
        buf_addf(&scope, strlen(period) == 9 ? _("school year %s") : "%s", period);
    if (county && *county)
        buf_addf(&scope, "%s%s%s%s", scope.len ? _(", of ") : "", r->county_name ? r->county_name : "",
                 r->county_name ? " " : "", county);
    if (scope.len)
        buf_addf(out, _("%1$s (%2$s)"), title, buf_str(&scope));
    else
        buf_adds(out, title);
}

// 工作表“学校资源”，表头第 3—4 行，数据 42 行
static void add_table(const struct receipt_data *r, size_t i, struct buf *out)
{
    const struct submission_table *t = &r->detail.tables[i];
    const struct receipt_table *n = &r->tables[i];
    if (t->sheet[0]) {
        buf_adds(out, _("sheet “"));
        add_name(out, t->sheet);
        buf_adds(out, _("”, "));
    }
    if (strcmp(t->kind, "form") == 0)
        buf_adds(out, _("a form of one school or county"));
    else if (n->rows < 0)
        buf_adds(out, _("a table"));
    else if (n->header_last > n->header_first)
        buf_addf(out, _("header in rows %1$d to %2$d, %3$d rows of data"), n->header_first, n->header_last,
                 n->rows);
    else
        buf_addf(out, _("header in row %1$d, %2$d rows of data"), n->header_first, n->rows);
}

static void tables(const struct receipt_data *r, struct buf *out)
{
    for (size_t i = 0; i < r->detail.n_tables && i < TABLES_SHOWN; i++) {
        buf_addf(out, " %zu) ", i + 1);
        add_table(r, i, out);
        buf_adds(out, _(": "));
        add_scope(r, r->tables[i].title, r->detail.tables[i].period, NULL, out);
        buf_addc(out, '\n');
    }
    if (r->detail.n_tables > TABLES_SHOWN)
        buf_addf(out, _(" … and %zu more tables.\n"), r->detail.n_tables - TABLES_SHOWN);
}

static void heading(const struct receipt_data *r, struct buf *out)
{
    const struct submission *s = &r->detail.sub;
    CLEANUP(buf_deinit) struct buf file = BUF_INIT, table = BUF_INIT, scope = BUF_INIT;
    add_name(&file, s->file);
    buf_addf(out, "%s\n", _("Receipt for education monitoring data"));
    if (r->detail.n_tables == 1) {
        add_table(r, 0, &table);
        buf_addf(out, _("File: %1$s (%2$s)   Received: %3$s\n"), buf_str(&file), buf_str(&table),
                 r->received);
    } else {
        buf_addf(out, _("File: %1$s   Received: %2$s\n"), buf_str(&file), r->received);
    }
    if (!r->dataset_title) {
        buf_addf(out, _("Number: %1$s   Handed in by: %2$s\n"), s->public_id, r->submitter);
        return;
    }
    add_scope(r, r->dataset_title, s->period, s->county, &scope);
    buf_addf(out,
             r->detail.n_tables > 1
                 ? _("Recognised as: %1$s and others   Number: %2$s   Handed in by: %3$s\n")
                 : _("Recognised as: %1$s   Number: %2$s   Handed in by: %3$s\n"),
             buf_str(&scope), s->public_id, r->submitter);
    if (r->detail.n_tables > 1)
        tables(r, out);
}

static void skipped(const struct receipt_data *r, struct buf *out)
{
    if (r->skipped_totals && r->skipped_notes)
        buf_addf(out, _(" %1$d rows of totals and %2$d of notes were left out by themselves."),
                 r->skipped_totals, r->skipped_notes);
    else if (r->skipped_totals)
        buf_addf(out, _(" %d rows of totals were left out by themselves."), r->skipped_totals);
    else if (r->skipped_notes)
        buf_addf(out, _(" %d rows of notes were left out by themselves."), r->skipped_notes);
    if (!r->n_units)
        return;
    CLEANUP(buf_deinit) struct buf units = BUF_INIT;
    for (size_t i = 0; i < r->n_units; i++)
        buf_addf(&units, _("“%s”"), r->units[i]);
    buf_addf(out, _(" Units recognised: %s."), buf_str(&units));
}

static void stored(const struct receipt_data *r, struct buf *out)
{
    const struct submission *s = &r->detail.sub;
    size_t asks = submission_detail_count(&r->detail, "ask");
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

static void outcome(const struct receipt_data *r, struct buf *out)
{
    const struct submission *s = &r->detail.sub;
    if (is_state(r, "duplicate"))
        buf_addf(out, _("Result: nothing to do. %s\n"), s->message ? s->message : "");
    else if (is_state(r, "quarantined"))
        buf_addf(out, _("Result: set aside. %s The file is kept; the office has been told.\n"),
                 s->message ? s->message : "");
    else if (!is_state(r, "stored"))
        buf_addf(out, _("Result: not stored. %s\n"),
                 s->message ? s->message : _("No row of the file could be stored."));
    else
        stored(r, out);
}

static void item(const struct receipt_data *r, const struct submission_error *e, int n, struct buf *out)
{
    buf_addf(out, " %d. ", n);
    if (r->detail.n_tables > 1 && e->sheet && e->sheet[0]) {
        buf_adds(out, _("sheet “"));
        add_name(out, e->sheet);
        buf_adds(out, _("” "));
    }
    if (e->row > 0)
        buf_addf(out, _("row %d "), e->row);
    bool named = e->name && *e->name;
    if (named)
        add_name(out, e->name);
    if (e->entity && *e->entity) {
        CLEANUP_FREE char *entity = name_new(e->entity);
        buf_addf(out, named ? _(" (%s) ") : "%s ", entity);
    } else if (named) {
        buf_addc(out, ' ');
    }
    CLEANUP_FREE char *message = clean_line(e->message);
    buf_addf(out, "%s\n", message);
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

static void absent(const struct receipt_coverage *c, struct buf *out)
{
    for (size_t i = 0; i < c->n_absent && i < ABSENT_MAX; i++)
        buf_addf(out, _("%1$s%2$s (%3$s)"), i ? _(", ") : "", c->absent[i].name, c->absent[i].code);
    if (c->n_absent > ABSENT_MAX)
        buf_addf(out, _(" and %zu more"), c->n_absent - ABSENT_MAX);
    buf_adds(out, _(".\n"));
}

static size_t counties_waiting(const struct receipt_data *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_coverage; i++)
        n += r->coverage[i].n_absent > 0;
    return n;
}

static void by_county(const struct receipt_data *r, int number, struct buf *out)
{
    size_t shown = 0, waiting = counties_waiting(r);
    buf_addf(out, _("\n%1$s. Not yet handed in, by the roster:\n"), ordinal(number));
    for (size_t i = 0; i < r->n_coverage && shown < COUNTIES_SHOWN; i++) {
        const struct receipt_coverage *c = &r->coverage[i];
        if (!c->n_absent)
            continue;
        shown++;
        buf_addf(out, _("   %1$s %2$s: %3$d schools owe this table, %4$d have handed in so far; missing: "),
                 c->county_name ? c->county_name : "", c->county, c->owed, c->handed_in);
        absent(c, out);
    }
    if (shown < waiting)
        buf_addf(out, _("   … and %zu more counties.\n"), waiting - shown);
}

static bool not_handed_in(const struct receipt_data *r, int number, struct buf *out)
{
    size_t waiting = counties_waiting(r);
    if (r->roster_unknown && r->county_figures) {
        buf_addf(
            out,
            _("\n%s. Not yet handed in: unknown. There is no roster of schools for this year and county, so "
              "it cannot be told who is missing.\n"),
            ordinal(number));
        return true;
    }
    if (!waiting)
        return false;
    if (r->n_coverage > 1) {
        by_county(r, number, out);
    } else {
        const struct receipt_coverage *c = &r->coverage[0];
        buf_addf(
            out,
            r->detail.sub.rows_bad
                ? _("\n%1$s. Not yet handed in: by the roster %2$d schools owe this table, %3$d have handed in "
                    "so far (rows not stored count as missing); missing: ")
                : _("\n%1$s. Not yet handed in: by the roster %2$d schools owe this table, %3$d have handed in "
                    "so far; missing: "),
            ordinal(number), c->owed, c->handed_in);
        absent(c, out);
    }
    if (r->county_figures)
        buf_adds(out,
                 _("   Until all have handed in, the county figures are provisional and raise no alert."));
    if (r->due)
        buf_addf(out, _(" Due date: %s."), r->due);
    buf_adds(out, r->county_figures || r->due ? "\n" : "");
    return true;
}

static void advice(const struct receipt_data *r, const char *correction, struct buf *out)
{
    bool rejected = is_state(r, "rejected");
    buf_addc(out, '\n');
    if (correction)
        buf_addf(
            out,
            _("What to do: open “%s” in the same folder (only the rows named above; cells to correct are red), correct it and "
              "put it back into the folder where you dropped this file; its name does not matter. The whole table need not be handed in again.\n"),
            correction);
    else if (rejected)
        buf_adds(
            out,
            _("What to do: correct the file by the reason given above and drop it again. An empty table of the right form is "
              "written by “junheng template”, or ask the office for it.\n"));
    if (is_state(r, "stored") || correction)
        buf_adds(
            out,
            _("If a school is handed in again the last one counts; the earlier figures are kept for reference."));
    if (r->office_phone)
        buf_addf(out, _(" Questions: %s."), r->office_phone);
    if (is_state(r, "stored") || correction || r->office_phone)
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
