// SPDX-License-Identifier: Apache-2.0
// The view by which a plugin sees a dataset.
#include "store/view.h"

#include <errno.h>
#include <string.h>

static bool id_valid(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

static void add_literal(struct buf *out, const char *text)
{
    buf_addc(out, '\'');
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            buf_addc(out, '\'');
        buf_addc(out, *p);
    }
    buf_addc(out, '\'');
}

static void add_decoded(struct buf *out, const char *schema, const char *column, const char *as)
{
    buf_addf(out, "(SELECT text FROM \"%s\".code WHERE id = d.\"%s\") AS \"%s\"", schema, column, as);
}

static void add_narrowing(struct buf *out, const char *schema, const struct view_scope *scopes, size_t n)
{
    if (!n) {
        buf_adds(out, " WHERE 0");
        return;
    }
    buf_adds(out, " WHERE (d._period, d._county) IN (WITH wanted(period, county) AS (VALUES ");
    for (size_t i = 0; i < n; i++) {
        buf_adds(out, i ? ", (" : "(");
        add_literal(out, scopes[i].period);
        buf_adds(out, ", ");
        add_literal(out, scopes[i].county);
        buf_addc(out, ')');
    }
    buf_addf(out,
             ") SELECT (SELECT id FROM \"%s\".code WHERE text = wanted.period), "
             "(SELECT id FROM \"%s\".code WHERE text = wanted.county) FROM wanted)",
             schema, schema);
}

int view_sql(struct buf *out, const char *schema, const char *dataset, const struct view_column *columns,
             size_t n_columns, const struct view_scope *scopes, size_t n_scopes)
{
    if (!schema)
        schema = "main";
    if (!id_valid(dataset) || !id_valid(schema))
        return -EINVAL;
    for (size_t i = 0; i < n_columns; i++)
        if (!id_valid(columns[i].id))
            return -EINVAL;
    buf_addf(out, "CREATE TEMP VIEW \"%s\" AS SELECT ", dataset);
    add_decoded(out, schema, "_period", "period");
    buf_adds(out, ", ");
    add_decoded(out, schema, "_county", "county");
    for (size_t i = 0; i < n_columns; i++) {
        const struct view_column *c = &columns[i];
        if (strcmp(c->id, "period") == 0 || strcmp(c->id, "county") == 0)
            continue;
        buf_adds(out, ", ");
        if (c->code || c->period)
            add_decoded(out, schema, c->period ? "_period" : c->id, c->id);
        else
            buf_addf(out, "d.\"%s\" AS \"%s\"", c->id, c->id);
    }
    // Left to itself the planner reads the whole period by the primary key and then looks at each row's
    // county.
    buf_addf(out, " FROM \"%s\".\"d_%s\" AS d INDEXED BY \"d_%s.county\"", schema, dataset, dataset);
    add_narrowing(out, schema, scopes, n_scopes);
    return 0;
}
