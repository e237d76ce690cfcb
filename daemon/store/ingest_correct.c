// SPDX-License-Identifier: Apache-2.0
// Correction rows and what the daemon itself refuses: a name that the roster does not know can be corrected
// by the clerk, figures of another source's school cannot. And a correction that comes back is known by its
// rows, since its name is free.
#include "store/ingest_internal.h"

#include <string.h>

#include "base/mem.h"

enum remedy { REMEDY_NONE, REMEDY_CLERK, REMEDY_OTHERS };

static enum remedy remedy_of(const struct issue *i)
{
    static const struct {
        const char *code;
        enum remedy remedy;
    } known[] = {{"name_unknown", REMEDY_CLERK},    {"name_ambiguous", REMEDY_CLERK},
                 {"county_unknown", REMEDY_CLERK},  {"duplicate_key", REMEDY_CLERK},
                 {"key_missing", REMEDY_CLERK},     {"key_too_long", REMEDY_CLERK},
                 {"not_authorised", REMEDY_OTHERS}, {"other_source", REMEDY_OTHERS}};
    for (size_t k = 0; i->row >= 0 && i->table >= 0 && k < ARRAY_SIZE(known); k++)
        if (strcmp(i->level, "refuse") == 0 && strcmp(i->code, known[k].code) == 0)
            return known[k].remedy;
    return REMEDY_NONE;
}

// 0-based column of "T9"; −1 if there is none.
static int64_t column_of(const char *cell)
{
    int64_t n = 0;
    for (; cell && *cell >= 'A' && *cell <= 'Z' && n < 20000; cell++)
        n = n * 26 + (*cell - 'A' + 1);
    return n - 1;
}

static int settle(struct ingest *in, const struct issue *i, enum remedy remedy, struct error *err)
{
    const char *sql =
        remedy == REMEDY_CLERK
            ? "UPDATE submission_bad_row SET spare = 0, "
              "bad = iif(:column < 0, bad, json_insert(bad, '$[#]', :column)) WHERE submission = :submission "
              "AND table_no = :table AND row = :row AND json_type(bad) = 'array'"
            : "DELETE FROM submission_bad_row WHERE submission = :submission AND table_no = :table "
              "AND row = :row AND json_type(bad) = 'array'";
    struct sql *q = sql_get(in->store, sql, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", in->submission);
    sql_bind_int(q, ":table", i->table);
    sql_bind_int(q, ":row", i->row);
    if (remedy == REMEDY_CLERK)
        sql_bind_int(q, ":column", column_of(i->cell));
    return sql_run(q, err);
}

int ingest_settle_corrections(struct ingest *in, struct error *err)
{
    int r = 0;
    if (!in->n_bad_rows)
        return 0;
    for (size_t i = 0; r == 0 && i < in->n_issues; i++) {
        enum remedy remedy = remedy_of(&in->issues[i]);
        if (remedy != REMEDY_NONE)
            r = settle(in, &in->issues[i], remedy, err);
    }
    if (r < 0)
        return r;
    struct sql *q = sql_get(
        in->store, "DELETE FROM submission_bad_row WHERE submission = :submission AND spare = 1", err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", in->submission);
    return sql_run(q, err);
}

static int row_was_asked_for(struct ingest *in, const struct fact_found *found, bool *ret, struct error *err)
{
    struct sql *q = sql_get(in->store,
                            "SELECT 1 FROM submission_bad_row WHERE submission = :submission "
                            "AND table_no = :table AND row = :row",
                            err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":submission", found->submission);
    sql_bind_int(q, ":table", found->table);
    sql_bind_int(q, ":row", found->row);
    int64_t one;
    int r = sql_one_int(q, 0, &one, err);
    *ret = r == 0 && one;
    return r;
}

int ingest_note_replaced(struct ingest *in, const struct fact_found *found, struct error *err)
{
    bool asked = false;
    // The first row of an ordinary table settles it.
    if (in->not_corrected || found->submission == in->submission)
        return 0;
    int r = row_was_asked_for(in, found, &asked, err);
    in->not_corrected = r == 0 && !asked;
    return r;
}

int ingest_is_correction(struct ingest *in, const struct dataset *d, bool *ret, struct error *err)
{
    *ret = false;
    if (in->not_corrected)
        return 0;
    // As many new rows as the source's last file of the kind had to correct.
    struct sql *q = sql_get(in->store,
                            "SELECT count(*) FROM submission_bad_row WHERE json_type(bad) = 'array' AND "
                            "submission = (SELECT max(id) FROM submission WHERE source = :source AND "
                            "dataset = :dataset AND id < :id AND state IN ('stored', 'rejected'))",
                            err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":source", in->source->name);
    sql_bind_text(q, ":dataset", d->id);
    sql_bind_int(q, ":id", in->submission);
    int64_t asked = 0;
    int r = sql_one_int(q, 0, &asked, err);
    *ret = r == 0 && in->rows_new <= asked;
    return r;
}
