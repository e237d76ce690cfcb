// SPDX-License-Identifier: Apache-2.0
// T1. Happy path: begin opens a savepoint; each frame is checked and its rows are written as they come;
// finish draws the sum and releases. Failure: whatever goes wrong, ingest_free rolls the savepoint back and
// nothing is left. A file that the reader rejects after some of its rows were sent leaves none of them.
#include "store/ingest.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "read/wire.h"
#include "store/ingest_conflict.h"

static int mark_begun(struct ingest *in, struct error *err)
{
    static const char *const steps[] = {"DELETE FROM submission_error WHERE submission = :id",
                                        "DELETE FROM submission_bad_row WHERE submission = :id",
                                        "DELETE FROM submission_table WHERE submission = :id",
                                        // The time of what it replaces: the history's trigger reads it here.
                                        "UPDATE submission SET stored_at = :now WHERE id = :id"};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct sql *q = sql_get(in->store, steps[i], err);
        if (!q)
            return sql_failed(err);
        sql_bind_int(q, ":id", in->submission);
        if (i == ARRAY_SIZE(steps) - 1)
            sql_bind_int(q, ":now", in->now_ms);
        int r = sql_run(q, err);
        if (r < 0)
            return r;
    }
    if (sql_changes(in->store) != 1)
        return error_set(err, -ENOENT, "no submission %lld", (long long)in->submission);
    return 0;
}

static void free_at(struct ingest **in)
{
    (void)ingest_free(*in);
}

int ingest_begin(struct store *s, const struct catalog *c, const struct config *conf,
                 const struct source_config *source, int64_t submission, const char *reader_version,
                 int64_t now_ms, struct ingest **ret, struct error *err)
{
    CLEANUP(free_at) struct ingest *in = mem_alloc(sizeof *in);
    *in = (struct ingest){.store = s,
                          .catalog = c,
                          .config = conf,
                          .source = source,
                          .submission = submission,
                          .now_ms = now_ms,
                          .reader_version = str_dup(reader_version)};
    in->facts = mem_array(c->n_datasets + 1, sizeof *in->facts);
    int r = store_savepoint(s, err);
    if (r < 0)
        return r;
    in->savepoint = true;
    r = mark_begun(in, err);
    if (r == 0)
        r = code_of(s, source->name, &in->source_code, err);
    if (r == 0)
        r = roster_open(s, &in->roster, err);
    if (r < 0)
        return r;
    *ret = TAKE(in);
    return 0;
}

struct ingest *ingest_free(struct ingest *in)
{
    if (!in)
        return NULL;
    if (in->savepoint)
        (void)store_rollback_savepoint(in->store, NULL);
    for (size_t i = 0; i < in->n_tables; i++)
        ingest_table_deinit(&in->tables[i]);
    for (size_t i = 0; i < in->catalog->n_datasets; i++)
        (void)fact_table_free(in->facts[i]);
    for (size_t i = 0; i < in->n_words; i++)
        free(in->words[i].text);
    for (size_t i = 0; i < in->n_issues; i++)
        issue_deinit(&in->issues[i]);
    key_set_deinit(&in->keys);
    key_set_deinit(&in->tally_index);
    buf_deinit(&in->scratch);
    buf_deinit(&in->last_school.entry.name);
    json_decref(in->end);
    free(in->tables);
    free(in->facts);
    free(in->words);
    free(in->issues);
    ingest_drop_conflicts(in);
    free(in->conflicts);
    free(in->tallies);
    free(in->summary);
    free(in->reader_version);
    free(in);
    return NULL;
}

int ingest_frame(struct ingest *in, const struct frame *f, struct error *err)
{
    if (in->ended)
        return error_set(err, -EPROTO, "the reader went on after its end");
    switch (f->type) {
    case WIRE_TABLE:
        return ingest_table_frame(in, f, err);
    case WIRE_ROWS:
        return ingest_rows_frame(in, f, err);
    case WIRE_ERROR:
        return ingest_error_frame(in, f, err);
    case WIRE_BAD_ROW:
        return ingest_bad_row_frame(in, f, err);
    case WIRE_END:
        return ingest_end_frame(in, f, err);
    default:
        return error_set(err, -EPROTO, "the reader sent a frame of type %u", (unsigned)f->type);
    }
}

static const char *end_text(const struct ingest *in, const char *key)
{
    return json_string_value(json_object_get(in->end, key));
}

static int64_t end_int(const struct ingest *in, const char *key)
{
    return json_integer_value(json_object_get(in->end, key));
}

static int64_t rows_of(const struct ingest *in, const struct tally *t)
{
    int64_t rows = 0;
    for (size_t i = 0; i < in->n_tallies; i++)
        if (in->tallies[i].dataset == t->dataset && in->tallies[i].period == t->period)
            rows += in->tallies[i].rows;
    return rows;
}

// The main dataset and period: most rows. *ret_county: that of all rows of the file, 0 if they differ.
static const struct tally *main_tally(const struct ingest *in, int64_t *ret_county)
{
    const struct tally *best = NULL;
    int64_t best_rows = 0, county = 0;
    bool one_county = true;
    for (size_t i = 0; i < in->n_tallies; i++) {
        const struct tally *t = &in->tallies[i];
        if (!t->rows)
            continue;
        one_county &= !county || county == t->county;
        county = t->county;
        int64_t rows = rows_of(in, t);
        if (rows > best_rows) {
            best = t;
            best_rows = rows;
        }
    }
    *ret_county = one_county ? county : 0;
    return best;
}

struct verdict_of_file {
    const char *state, *code, *message;
};

static int write_submission(struct ingest *in, const struct verdict_of_file *v, struct error *err)
{
    int64_t county;
    const struct tally *t = main_tally(in, &county);
    const char *dataset = t ? in->catalog->datasets[t->dataset]->id : end_text(in, "dataset");
    const char *period = t ? code_text(in->store, t->period) : end_text(in, "period");
    struct sql *q =
        sql_get(in->store,
                "UPDATE submission SET state = :state, code = :code, message = :message, dataset = :dataset, "
                "period = :period, county = :county, rows_ok = :ok, rows_bad = :bad, summary = :summary, "
                "reader_version = :version, stored_at = :now WHERE id = :id",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":state", v->state);
    sql_bind_text(q, ":code", v->code);
    sql_bind_text(q, ":message", v->message);
    sql_bind_text(q, ":dataset", dataset && catalog_dataset(in->catalog, dataset) ? dataset : NULL);
    sql_bind_text(q, ":period", period);
    sql_bind_text(q, ":county", county > 1 ? code_text(in->store, county) : NULL);
    sql_bind_int(q, ":ok", in->rows_ok);
    sql_bind_int(q, ":bad", in->rows_bad);
    sql_bind_text(q, ":summary", in->summary);
    sql_bind_text(q, ":version", in->reader_version);
    sql_bind_int(q, ":now", in->now_ms);
    sql_bind_int(q, ":id", in->submission);
    return sql_run(q, err);
}

// Rows that the reader sent before it gave the file up are taken back, its complaints are kept.
static int take_back(struct ingest *in, struct error *err)
{
    for (size_t i = 0; i < in->n_tallies; i++)
        in->tallies[i] = (struct tally){.dataset = in->tallies[i].dataset};
    in->rows_ok = in->rows_unchanged = 0;
    ingest_drop_conflicts(in);
    in->savepoint = false;
    int r = store_rollback_savepoint(in->store, err);
    if (r == 0)
        r = store_savepoint(in->store, err);
    if (r == 0)
        in->savepoint = true;
    return r;
}

static int conclude(struct ingest *in, struct verdict_of_file *v, int64_t *ret_scopes, struct error *err)
{
    int r = 0;
    *ret_scopes = 0;
    in->rows_bad += end_int(in, "rows_bad");
    *v = (struct verdict_of_file){.state = "stored"};
    if (strcmp(end_text(in, "state"), "rejected") == 0) {
        *v = (struct verdict_of_file){
            .state = "rejected", .code = end_text(in, "code"), .message = end_text(in, "message")};
        return in->rows_read ? take_back(in, err) : 0;
    }
    if (in->rows_ok == 0) {
        const char *code = end_text(in, "code"), *message = end_text(in, "message");
        *v = (struct verdict_of_file){
            .state = "rejected",
            .code = code && message ? code : "no_row_stood",
            .message = code && message
                           ? message
                           : _("No row of the file could be stored; the reasons stand with the rows.")};
        return 0;
    }
    r = in->roster_changed ? ingest_apply_roster(in, err) : 0;
    if (r == 0)
        r = ingest_ask(in, err);
    if (r == 0)
        r = ingest_touch_scopes(in, ret_scopes, err);
    return r;
}

int ingest_finish(struct ingest *in, struct ingest_result *ret, struct error *err)
{
    struct verdict_of_file v;
    struct ingest_result result = {0};
    if (!in->ended)
        return error_set(err, -EPROTO, "the reader ended without saying so");
    int r = conclude(in, &v, &result.changed_scopes, err);
    if (r == 0)
        r = ingest_settle_corrections(in, err);
    if (r == 0)
        r = ingest_write_issues(in, err);
    if (r == 0)
        r = write_submission(in, &v, err);
    if (r == 0)
        r = store_release(in->store, err);
    if (r < 0)
        return r;
    in->savepoint = false;
    (void)memcpy(result.state, v.state, strlen(v.state) + 1);
    result.rows_ok = in->rows_ok;
    result.rows_bad = in->rows_bad;
    result.rows_unchanged = in->rows_unchanged;
    *ret = result;
    return 0;
}
