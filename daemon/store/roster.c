// SPDX-License-Identifier: Apache-2.0
// The roster of schools.
#include "store/roster.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/dataset_table.h"
#include "store/name_same.h"
#include "store/sql.h"

bool roster_period(const char *period, char out[PERIOD_TEXT_MAX])
{
    struct period p;
    if (!period_parse(period, &p))
        return false;
    if (p.kind == PERIOD_MONTH || p.kind == PERIOD_DAY)
        p.year -= p.part < 9;
    p.kind = PERIOD_SCHOOL_YEAR;
    period_format(&p, out);
    return true;
}

void roster_coverage_deinit(struct roster_coverage *c)
{
    for (size_t i = 0; i < c->n_missing; i++) {
        free(c->missing[i].code);
        free(c->missing[i].name);
    }
    free(c->missing);
    *c = (struct roster_coverage){.pupils_share = NAN};
}

int roster_known(struct store *s, int64_t period, int64_t county, bool *ret, struct error *err)
{
    bool there;
    int r = dataset_table_exists(s, ROSTER_DATASET, &there, err);
    if (r < 0 || !there) {
        *ret = false;
        return r;
    }
    struct sql *q =
        sql_get(s,
                county ? "SELECT 1 FROM d_school WHERE _period = :period AND _county = :county LIMIT 1"
                       : "SELECT 1 FROM d_school WHERE _period = :period LIMIT 1",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":period", period);
    if (county)
        sql_bind_int(q, ":county", county);
    int64_t one;
    r = sql_one_int(q, 0, &one, err);
    if (r == 0)
        *ret = one != 0;
    return r;
}

int roster_open(struct store *s, struct roster_lookup *ret, struct error *err)
{
    bool there;
    CLEANUP_FREE char *name = NULL;
    struct roster_lookup l = {0};
    int r = dataset_table_exists(s, ROSTER_DATASET, &there, err);
    if (r == 0 && there)
        r = dataset_name_column(s, ROSTER_DATASET, &name, err);
    if (r < 0)
        return r;
    *ret = l;
    if (!there)
        return 0;
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    buf_addf(&b, "SELECT _county, %s FROM d_school WHERE _period = :period AND " SCHOOL_COLUMN " = :school",
             name ? name : "NULL");
    l.by_code = sql_get(s, buf_str(&b), err);
    if (!l.by_code)
        return sql_failed(err);
    if (name) {
        buf_reset(&b);
        buf_addf(&b,
                 "SELECT " SCHOOL_COLUMN ", %s FROM d_school WHERE _period = :period AND _county = :county",
                 name);
        l.by_name = sql_get(s, buf_str(&b), err);
        if (!l.by_name)
            return sql_failed(err);
    }
    *ret = l;
    return 0;
}

int roster_find(struct roster_lookup *l, int64_t period, int64_t school, struct roster_entry *ret,
                struct error *err)
{
    ret->found = false;
    ret->county = 0;
    buf_reset(&ret->name);
    if (!l->by_code)
        return 0;
    sql_bind_int(l->by_code, ":period", period);
    sql_bind_int(l->by_code, ":school", school);
    int r = sql_step(l->by_code, err);
    if (r <= 0)
        return r;
    ret->found = true;
    ret->county = sql_int(l->by_code, 0);
    if (!sql_is_null(l->by_code, 1))
        buf_adds(&ret->name, sql_text(l->by_code, 1));
    sql_done(l->by_code);
    return 0;
}

int roster_find_name(struct roster_lookup *l, int64_t period, int64_t county, const char *name, int *ret_n,
                     int64_t *ret_school, struct error *err)
{
    size_t len = strlen(name);
    *ret_n = 0;
    if (!l->by_name)
        return 0;
    sql_bind_int(l->by_name, ":period", period);
    sql_bind_int(l->by_name, ":county", county);
    int r;
    while ((r = sql_step(l->by_name, err)) == 1) {
        const char *other = sql_text(l->by_name, 1);
        if (!other || !name_same(name, len, other, strlen(other)))
            continue;
        *ret_school = sql_int(l->by_name, 0);
        if (++*ret_n == 2) {
            sql_done(l->by_name);
            return 0;
        }
    }
    return r;
}

// A condition on a code column of the roster that may not be there.
static int add_condition(struct store *s, struct buf *b, const char *column, const char *condition,
                         struct error *err)
{
    bool there;
    int r = dataset_has_column(s, ROSTER_DATASET, column, &there, err);
    if (r == 0 && there)
        buf_adds(b, condition);
    return r;
}

// The pupils that a school told of in one period of the dataset; NULL without a row.
static int add_pupils(struct store *s, struct buf *b, const char *dataset, const char *period,
                      struct error *err)
{
    static const char *const columns[] = {"pupils_primary", "pupils_junior"};
    CLEANUP(buf_deinit) struct buf sum = BUF_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
        bool there;
        int r = dataset_has_column(s, dataset, columns[i], &there, err);
        if (r < 0)
            return r;
        if (there)
            buf_addf(&sum, "%stotal(x.%s)", sum.len ? " + " : "", columns[i]);
    }
    if (!sum.len)
        buf_adds(b, "NULL");
    else
        buf_addf(
            b,
            "(SELECT CASE WHEN count(*) THEN %s END FROM \"d_%s\" x WHERE x._period = %s AND x." SCHOOL_COLUMN
            " = r." SCHOOL_COLUMN ")",
            buf_str(&sum), dataset, period);
    return 0;
}

static int coverage_query(struct store *s, const char *dataset, struct buf *b, struct error *err)
{
    CLEANUP_FREE char *name = NULL;
    int r = dataset_name_column(s, ROSTER_DATASET, &name, err);
    if (r < 0)
        return r;
    buf_addf(b, "SELECT c.text, %s%s, ", name ? "r." : "", name ? name : "''");
    buf_addf(b,
             "EXISTS (SELECT 1 FROM \"d_%s\" x WHERE x._period = :period AND x." SCHOOL_COLUMN
             " = r." SCHOOL_COLUMN "), ",
             dataset);
    r = add_pupils(s, b, dataset, ":period", err);
    buf_adds(b, ", ");
    if (r == 0)
        r = add_pupils(s, b, dataset, ":before", err);
    buf_adds(b, ", :before FROM d_school r JOIN code c ON c.id = r." SCHOOL_COLUMN
                " WHERE r._period = :roster AND r._county = :county");
    if (r == 0)
        r = add_condition(
            s, b, "status",
            " AND coalesce((SELECT text FROM code WHERE id = r.status), '') IN ('', '在办', '新建')", err);
    if (r == 0)
        r = add_condition(
            s, b, "school_type",
            " AND coalesce((SELECT text FROM code WHERE id = r.school_type), '') NOT IN ('特殊教育学校', '职业学校')",
            err);
    if (r == 0)
        r = add_condition(s, b, "counts_as_school", " AND r.counts_as_school IS NOT 0", err);
    buf_adds(b, " ORDER BY c.text");
    return r;
}

static int read_coverage(struct sql *q, struct roster_coverage *c, struct error *err)
{
    double told = 0, of_missing = 0;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        c->owed++;
        if (sql_int(q, 2)) {
            c->reported++;
            told += sql_real(q, 3);
            continue;
        }
        of_missing += sql_real(q, 4);
        c->missing = mem_grow(c->missing, c->n_missing + 1, sizeof *c->missing);
        c->missing[c->n_missing++] = (struct roster_school){
            .code = str_dup(sql_text(q, 0)), .name = str_dup(sql_is_null(q, 1) ? "" : sql_text(q, 1))};
    }
    if (r == 0 && told + of_missing > 0)
        c->pupils_share = told / (told + of_missing);
    return r;
}

static int bind_codes(struct store *s, struct sql *q, const char *period, const char *roster,
                      const char *county, struct error *err)
{
    char before[PERIOD_TEXT_MAX] = "";
    struct period p;
    if (period_parse(period, &p)) {
        p = period_shift(&p, -1);
        period_format(&p, before);
    }
    const struct {
        const char *name, *text;
    } codes[] = {{":period", period}, {":before", before}, {":roster", roster}, {":county", county}};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        int64_t id; // 0, if unknown, is no row's
        int r = code_find(s, codes[i].text, &id, err);
        if (r < 0)
            return r;
        sql_bind_int(q, codes[i].name, id);
    }
    return 0;
}

static int load_known(struct store *s, const char *dataset, const char *period, const char *roster,
                      const char *county, struct roster_coverage *c, struct error *err)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    int r = coverage_query(s, dataset, &b, err);
    if (r < 0)
        return r;
    struct sql *q = sql_get(s, buf_str(&b), err);
    if (!q)
        return sql_failed(err);
    r = bind_codes(s, q, period, roster, county, err);
    return r < 0 ? r : read_coverage(q, c, err);
}

static int has_roster(struct store *s, const char *dataset, const char *roster, const char *county, bool *ret,
                      struct error *err)
{
    bool there = false, by_school = false;
    int64_t period_code = 0, county_code = 0;
    int r = dataset_table_exists(s, ROSTER_DATASET, &there, err);
    if (r == 0 && there)
        r = dataset_has_column(s, dataset, SCHOOL_COLUMN, &by_school, err);
    if (r == 0)
        r = code_find(s, roster, &period_code, err);
    if (r == 0)
        r = code_find(s, county, &county_code, err);
    *ret = false;
    return r < 0 || !by_school || !period_code || !county_code
               ? r
               : roster_known(s, period_code, county_code, ret, err);
}

int roster_coverage_load(struct store *s, const char *dataset, const char *period, const char *county,
                         struct roster_coverage *ret, struct error *err)
{
    CLEANUP(roster_coverage_deinit) struct roster_coverage c = {.pupils_share = NAN};
    char roster[PERIOD_TEXT_MAX];
    int r = 0;
    if (roster_period(period, roster))
        r = has_roster(s, dataset, roster, county, &c.known, err);
    if (r == 0 && c.known)
        r = load_known(s, dataset, period, roster, county, &c, err);
    if (r < 0)
        return r;
    *ret = c;
    c = (struct roster_coverage){0};
    return 0;
}
