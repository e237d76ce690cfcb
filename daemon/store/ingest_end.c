// SPDX-License-Identifier: Apache-2.0
// The end of a file: what it no longer lists, whose figures it replaced, and the scopes it changed.
#include "store/ingest_internal.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "store/scope.h"

#define ABSENT_NAMED 20

static bool is_yearly(const struct dataset *d)
{
    return d->period == PERIOD_YEAR || d->period == PERIOD_SCHOOL_YEAR || d->period == PERIOD_TERM;
}

static bool was_refused(const struct ingest *in, const char *entity)
{
    for (size_t i = 0; i < in->n_issues; i++)
        if (strcmp(in->issues[i].level, "refuse") == 0 && in->issues[i].entity &&
            strcmp(in->issues[i].entity, entity) == 0)
            return true;
    return false;
}

static struct slot slot_of_column(sqlite3_stmt *q, int column)
{
    switch (sqlite3_column_type(q, column)) {
    case SQLITE_INTEGER:
        return (struct slot){.kind = SLOT_INT, .i = sqlite3_column_int64(q, column)};
    case SQLITE_FLOAT:
        return (struct slot){.kind = SLOT_REAL, .r = sqlite3_column_double(q, column)};
    default:
        return (struct slot){.kind = SLOT_NULL};
    }
}

static struct sql *rows_of_source(struct ingest *in, const struct fact_table *t, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_adds(&b, "SELECT ");
    if (t->name < t->n_columns)
        buf_addf(&b, "\"%s\"", t->columns[t->name].column->id);
    else
        buf_adds(&b, "NULL");
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].key)
            buf_addf(&b, ", \"%s\"", t->columns[i].column->id);
    buf_addf(&b, " FROM \"d_%s\" WHERE _period = :period AND _county = :county AND _source = :source",
             t->dataset->id);
    return sql_get(in->store, buf_str(&b), err);
}

struct absent {
    int64_t n;
    struct buf names;
};

static void note_absent(struct ingest *in, const struct fact_table *t, const struct slot *slots,
                        const char *name, struct absent *a)
{
    size_t entity = t->school;
    for (size_t i = 0; entity >= t->n_columns && i < t->n_columns; i++)
        if (t->columns[i].key)
            entity = i;
    if (entity >= t->n_columns || slots[entity].kind != SLOT_INT)
        return;
    const char *code = code_text(in->store, slots[entity].i);
    if (was_refused(in, code) || a->n++ >= ABSENT_NAMED)
        return;
    buf_adds(&a->names, a->names.len ? _(", ") : "");
    if (name)
        buf_addf(&a->names, _("%1$s (%2$s)"), name, code);
    else
        buf_adds(&a->names, code);
}

static int find_absent(struct ingest *in, const struct fact_table *t, const struct tally *tally,
                       struct absent *ret, struct error *err)
{
    struct sql *q = rows_of_source(in, t, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", tally->period);
    sql_bind_int(q, ":county", tally->county);
    sql_bind_int(q, ":source", in->source_code);
    CLEANUP_FREE struct slot *slots = mem_array(t->n_columns + 1, sizeof *slots);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        int column = 1;
        for (size_t i = 0; i < t->n_columns; i++)
            if (t->columns[i].key)
                slots[i] = slot_of_column(sql_stmt(q), column++);
        if (!key_set_has(&in->keys, fact_key_hash(t, tally->period, slots)))
            note_absent(in, t, slots, sql_text(q, 0), ret);
    }
    return r;
}

static int absent_of(struct ingest *in, const struct tally *tally, struct error *err)
{
    const struct fact_table *t = in->facts[tally->dataset];
    CLEANUP(buf_deinit) struct buf names = BUF_INIT;
    struct absent a = {0};
    int r = find_absent(in, t, tally, &a, err);
    names = a.names;
    // Fewer rows than are lacking: a correction of some, not a table of all.
    if (r < 0 || a.n == 0 || a.n > tally->rows)
        return r;
    if (a.n > ABSENT_NAMED)
        buf_addf(&names, _(" and %lld more"), (long long)(a.n - ABSENT_NAMED));
    struct issue issue = {
        .level = "ask",
        .table = -1,
        .row = -1,
        .code = str_dup("absent"),
        .message = str_printf(
            _("%1$s %2$s: %3$lld entries of the former table are not in this one: %4$s. Are they void, or were "
              "they forgotten? Until this is settled they stand as before."),
            t->dataset->title, code_text(in->store, tally->period), (long long)a.n, buf_str(&names))};
    ingest_issue_add(in, issue);
    return 0;
}

static void ask_for_counties(struct ingest *in)
{
    int64_t rows = 0;
    for (size_t i = 0; i < in->n_tallies; i++)
        rows += in->tallies[i].county == NO_COUNTY ? in->tallies[i].rows : 0;
    if (rows)
        ingest_complain(
            in, "ask", "county_unknown", &(struct issue_at){.row = -1},
            str_printf(
                _("It is not known to which county %lld rows belong. They were stored, but count for no county "
                  "until the county's code is filled in or the roster is handed in."),
                (long long)rows));
}

// Counties that the configuration does not know: perhaps a slip of the pen.
static void ask_about_counties(struct ingest *in)
{
    for (size_t i = 0; in->config->n_counties && i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        const char *county = code_text(in->store, t->county);
        if (!t->rows || t->county == NO_COUNTY || config_county_name(in->config, county))
            continue;
        ingest_complain(
            in, "ask", "county_not_configured", &(struct issue_at){.row = -1},
            str_printf(
                _("%1$lld rows of %2$s are of county %3$s, which the configuration does not have. Is its code "
                  "right?"),
                (long long)t->rows, code_text(in->store, t->period), county));
    }
}

int ingest_ask(struct ingest *in, struct error *err)
{
    ask_for_counties(in);
    ask_about_counties(in);
    for (size_t i = 0; i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        const struct dataset *d = in->catalog->datasets[t->dataset];
        bool correction = !t->wide || t->rows <= 1 || !is_yearly(d);
        int r = correction ? 0 : ingest_is_correction(in, d, &correction, err);
        if (r == 0 && !correction)
            r = absent_of(in, t, err);
        if (r < 0)
            return r;
    }
    if (in->replaced_others)
        ingest_complain(
            in, "ask", "replaces_source", &(struct issue_at){.row = -1},
            str_printf(
                _("%1$lld rows replace other figures of the source \"%2$s\", which has less precedence. Settle "
                  "which of the two is right."),
                (long long)in->replaced_others, code_text(in->store, in->replaced_source)));
    return 0;
}

static void keep_newer(struct period *newest, const char *text)
{
    struct period p;
    if (period_parse(text, &p) && (newest->kind == PERIOD_NONE || period_compare(&p, newest) > 0))
        *newest = p;
}

// The newest period that the dataset has had in the county, this file's included.
static int newest_period(struct ingest *in, const struct tally *of, struct period *ret, struct error *err)
{
    *ret = (struct period){.kind = PERIOD_NONE};
    for (size_t i = 0; i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        if (t->dataset == of->dataset && t->county == of->county && (t->rows || t->changed))
            keep_newer(ret, code_text(in->store, t->period));
    }
    struct sql *q =
        sql_get(in->store,
                "SELECT p.text FROM scope s JOIN code p ON p.id = s.period "
                "WHERE s.dataset = (SELECT id FROM code WHERE text = :dataset) AND s.county = :county",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":dataset", in->catalog->datasets[of->dataset]->id);
    sql_bind_int(q, ":county", of->county);
    int r;
    while ((r = sql_step(q, err)) == 1)
        keep_newer(ret, sql_text(q, 0));
    return r;
}

int ingest_touch_scopes(struct ingest *in, int64_t *ret_n, struct error *err)
{
    for (size_t i = 0; i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        struct period newest, own;
        if (!t->changed)
            continue;
        int r = newest_period(in, t, &newest, err);
        if (r < 0)
            return r;
        const char *period = code_text(in->store, t->period);
        bool backfill =
            period_parse(period, &own) && newest.kind != PERIOD_NONE && period_compare(&own, &newest) < 0;
        r = scope_touch(in->store, in->catalog->datasets[t->dataset]->id, period,
                        code_text(in->store, t->county), in->submission, backfill, in->now_ms, err);
        if (r < 0)
            return r;
        ++*ret_n;
    }
    return 0;
}
