// SPDX-License-Identifier: Apache-2.0
// A roster that came later: rows without a county of their own get the roster's, and schools that were stored
// under their name get their code. Leaves provenance alone; touches the scopes.
#include "store/ingest_internal.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

struct code_list {
    int64_t *ids;
    size_t n;
};

static void code_list_deinit(struct code_list *l)
{
    free(l->ids);
}

// The first column of all rows.
static int collect(struct sql *q, struct code_list *l, struct error *err)
{
    int r;
    while ((r = sql_step(q, err)) == 1) {
        l->ids = mem_grow(l->ids, l->n + 1, sizeof *l->ids);
        l->ids[l->n++] = sql_int(q, 0);
    }
    return r;
}

// One dataset in one of its periods, against one roster.
struct place {
    struct ingest *in;
    size_t dataset;
    struct fact_table *facts;
    int64_t period, roster;
};

static void mark(const struct place *p, int64_t county)
{
    ingest_tally(p->in, p->dataset, p->period, county)->changed = true;
}

// "FROM d_X d JOIN d_school r …": rows that the roster puts elsewhere. In tables of days only those without a
// county.
static void add_moved(struct buf *b, const struct place *p)
{
    const struct fact_table *t = p->facts;
    bool all = t->dataset->period != PERIOD_DAY && t->dataset->period != PERIOD_MONTH;
    buf_addf(b,
             " FROM \"d_%s\" d JOIN d_school r ON r._period = :roster AND r." SCHOOL_COLUMN
             " = d." SCHOOL_COLUMN
             " WHERE d._period = :period AND r._county <> 1 AND d._county <> r._county%s",
             t->dataset->id, all ? "" : " AND d._county = 1");
    if (t->county < t->n_columns)
        buf_addf(b, " AND coalesce(d.\"%s\", 1) = 1", t->columns[t->county].column->id);
}

static struct sql *bound(const struct place *p, const struct buf *b, struct error *err)
{
    struct sql *q = sql_get(p->in->store, buf_str(b), err);
    if (q) {
        sql_bind_int(q, ":roster", p->roster);
        sql_bind_int(q, ":period", p->period);
    }
    return q;
}

static int move_rows(const struct place *p, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    bool any = false;
    int r;
    buf_adds(&b, "SELECT DISTINCT d._county, r._county");
    add_moved(&b, p);
    struct sql *q = bound(p, &b, err);
    if (!q)
        return sql_failed(err);
    while ((r = sql_step(q, err)) == 1) {
        any = true;
        mark(p, sql_int(q, 0));
        mark(p, sql_int(q, 1));
    }
    if (r < 0 || !any)
        return r;
    buf_reset(&b);
    buf_addf(&b, "UPDATE \"d_%s\" AS d SET _county = r._county", p->facts->dataset->id);
    buf_adds(&b, " FROM d_school r WHERE r._period = :roster AND r." SCHOOL_COLUMN " = d." SCHOOL_COLUMN
                 " AND d._period = :period AND r._county <> 1 AND d._county <> r._county");
    if (p->facts->dataset->period == PERIOD_DAY || p->facts->dataset->period == PERIOD_MONTH)
        buf_adds(&b, " AND d._county = 1");
    if (p->facts->county < p->facts->n_columns)
        buf_addf(&b, " AND coalesce(d.\"%s\", 1) = 1", p->facts->columns[p->facts->county].column->id);
    q = bound(p, &b, err);
    return q ? sql_run(q, err) : sql_failed(err);
}

// Gives the rows the code. Where a row of the code stands already, that of the name goes into history.
static int rename_rows(const struct place *p, int64_t name, int64_t school, struct error *err)
{
    struct store *s = p->in->store;
    const char *id = p->facts->dataset->id;
    CLEANUP(buf_deinit) struct buf columns = BUF_INIT;
    fact_table_names(p->facts, &columns);
    CLEANUP_FREE char *update =
        str_printf("UPDATE OR IGNORE \"d_%s\" SET " SCHOOL_COLUMN " = :school WHERE _period = :period "
                   "AND " SCHOOL_COLUMN " = :name",
                   id);
    CLEANUP_FREE char *keep = str_printf(
        "INSERT OR IGNORE INTO \"h_%s\"(%s, replaced_by, replaced_at) SELECT %s, :submission, :now "
        "FROM \"d_%s\" WHERE _period = :period AND " SCHOOL_COLUMN " = :name",
        id, buf_str(&columns), buf_str(&columns), id);
    CLEANUP_FREE char *drop =
        str_printf("DELETE FROM \"d_%s\" WHERE _period = :period AND " SCHOOL_COLUMN " = :name", id);
    const char *const steps[] = {update, keep, drop};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct sql *q = sql_get(s, steps[i], err);
        if (!q)
            return sql_failed(err);
        sql_bind_int(q, ":period", p->period);
        sql_bind_int(q, ":name", name);
        if (i == 0)
            sql_bind_int(q, ":school", school);
        if (i == 1) {
            sql_bind_int(q, ":submission", p->in->submission);
            sql_bind_int(q, ":now", p->in->now_ms);
        }
        int r = sql_run(q, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int rename_one(const struct place *p, int64_t name, struct error *err)
{
    CLEANUP_FREE char *text = str_printf(
        "SELECT _county FROM \"d_%s\" WHERE _period = :period AND " SCHOOL_COLUMN " = :name LIMIT 1",
        p->facts->dataset->id);
    struct sql *q = sql_get(p->in->store, text, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", p->period);
    sql_bind_int(q, ":name", name);
    int64_t county, school;
    int n;
    int r = sql_one_int(q, 0, &county, err);
    if (r < 0 || county <= 1) // a name alone is never enough
        return r;
    const char *plain = code_text(p->in->store, name) + strlen(ENTITY_NAME_AS_CODE);
    r = roster_find_name(&p->in->roster, p->roster, county, plain, &n, &school, err);
    if (r < 0 || n != 1)
        return r;
    mark(p, county);
    return rename_rows(p, name, school, err);
}

static int apply_to(const struct place *p, const struct code_list *names, struct error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < names->n; i++)
        r = rename_one(p, names->ids[i], err);
    return r < 0 ? r : move_rows(p, err);
}

static int apply_to_dataset(struct ingest *in, size_t dataset, int64_t roster, const struct code_list *names,
                            struct error *err)
{
    CLEANUP(code_list_deinit) struct code_list periods = {0};
    struct place p = {.in = in, .dataset = dataset, .roster = roster};
    struct sql *q = sql_get(
        in->store,
        "SELECT DISTINCT period FROM scope WHERE dataset = (SELECT id FROM code WHERE text = :dataset)", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":dataset", in->catalog->datasets[dataset]->id);
    int r = collect(q, &periods, err);
    // Also what this very file brought before its roster.
    for (size_t i = 0; i < in->n_tallies; i++) {
        if (in->tallies[i].dataset != dataset || !in->tallies[i].changed)
            continue;
        periods.ids = mem_grow(periods.ids, periods.n + 1, sizeof *periods.ids);
        periods.ids[periods.n++] = in->tallies[i].period;
    }
    if (r == 0 && periods.n)
        r = ingest_facts(in, dataset, &p.facts, err);
    for (size_t i = 0; r == 0 && i < periods.n; i++) {
        char year[PERIOD_TEXT_MAX];
        p.period = periods.ids[i];
        if (roster_period(code_text(in->store, p.period), year) &&
            strcmp(year, code_text(in->store, roster)) == 0)
            r = apply_to(&p, names, err);
    }
    return r;
}

static int apply_year(struct ingest *in, int64_t roster, const struct code_list *names, struct error *err)
{
    for (size_t i = 0; i < in->catalog->n_datasets; i++) {
        const struct dataset *d = in->catalog->datasets[i];
        if (strcmp(d->id, ROSTER_DATASET) == 0 || !dataset_school_column(d))
            continue;
        int r = apply_to_dataset(in, i, roster, names, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int ingest_apply_roster(struct ingest *in, struct error *err)
{
    CLEANUP(code_list_deinit) struct code_list names = {0}, years = {0};
    struct sql *q = sql_get(
        in->store, "SELECT id FROM code WHERE text >= '" ENTITY_NAME_AS_CODE "' AND text < 'name;'", err);
    if (!q)
        return sql_failed(err);
    int r = collect(q, &names, err);
    for (size_t i = 0; r == 0 && i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        if (!t->changed || strcmp(in->catalog->datasets[t->dataset]->id, ROSTER_DATASET) != 0)
            continue;
        bool seen = false;
        for (size_t k = 0; k < years.n; k++)
            seen |= years.ids[k] == t->period;
        if (seen)
            continue;
        years.ids = mem_grow(years.ids, years.n + 1, sizeof *years.ids);
        years.ids[years.n++] = t->period;
    }
    for (size_t i = 0; r == 0 && i < years.n; i++)
        r = apply_year(in, years.ids[i], &names, err);
    return r;
}
