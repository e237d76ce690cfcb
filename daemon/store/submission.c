// SPDX-License-Identifier: Apache-2.0
// Submissions: one row for each file handed in.
#include "store/submission.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/zone.h"
#include "store/sql.h"

#define COLUMNS                                                                                                     \
    "id, public_id, source, file, claimed, spool, sha256, state, dataset, period, county, code, message, summary, " \
    "archived, receipt, size, mtime_ms, received_at, stored_at, rows_ok, rows_bad, attempts"
#define DAY_MAX 16

void submission_deinit(struct submission *s)
{
    char **texts[] = {&s->public_id, &s->source,  &s->file,    &s->claimed,  &s->spool,
                      &s->sha256,    &s->state,   &s->dataset, &s->period,   &s->county,
                      &s->code,      &s->message, &s->summary, &s->archived, &s->receipt};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    *s = (struct submission){0};
}

static void take_row(struct sql *q, struct submission *ret)
{
    char **texts[] = {&ret->public_id, &ret->source,  &ret->file,    &ret->claimed,  &ret->spool,
                      &ret->sha256,    &ret->state,   &ret->dataset, &ret->period,   &ret->county,
                      &ret->code,      &ret->message, &ret->summary, &ret->archived, &ret->receipt};
    int64_t *numbers[] = {&ret->size,    &ret->mtime_ms, &ret->received_at, &ret->stored_at,
                          &ret->rows_ok, &ret->rows_bad, &ret->attempts};
    *ret = (struct submission){.id = sql_int(q, 0)};
    int column = 1;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = str_dup(sql_text(q, column++));
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        *numbers[i] = sql_int(q, column++);
}

// 1 and *ret when there is a row. `q` has its parameters bound.
static int one(struct sql *q, struct submission *ret, struct error *err)
{
    int r = sql_step(q, err);
    if (r == 1) {
        take_row(q, ret);
        sql_done(q);
    }
    return r;
}

// Runs a statement whose parameters are :id and, if it has one, :text.
static int update_text(struct store *s, const char *sql, int64_t id, const char *text, struct error *err)
{
    struct sql *q = sql_get(s, sql, err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    if (text)
        sql_bind_text(q, ":text", text);
    return sql_run(q, err);
}

static int next_number(struct store *s, const char *day, int64_t *ret, struct error *err)
{
    CLEANUP_FREE char *last = NULL;
    int r = store_meta_get(s, "submission_number", &last, err);
    if (r < 0)
        return r;
    size_t n = strlen(day);
    if (last && strncmp(last, day, n) == 0 && last[n] == ' ') {
        *ret = strtoll(last + n + 1, NULL, 10) + 1;
    } else {
        // A new day, or a clock that was set back: then the day has numbers already.
        struct sql *q = sql_get(s,
                                "SELECT max(CAST(substr(public_id, 12) AS INTEGER)) + 1 FROM submission "
                                "WHERE public_id >= 'S-' || :day || '-' AND public_id < 'S-' || :day || '.'",
                                err);
        if (!q)
            return sql_failed(err);
        sql_bind_text(q, ":day", day);
        r = sql_one_int(q, 1, ret, err);
        if (r < 0)
            return r;
    }
    CLEANUP_FREE char *value = str_printf("%s %lld", day, (long long)*ret);
    return store_meta_set(s, "submission_number", value, err);
}

static int find_claimed(struct store *s, const char *source, const char *claimed, struct submission *ret,
                        struct error *err)
{
    struct sql *q =
        sql_get(s, "SELECT " COLUMNS " FROM submission WHERE source = :source AND claimed = :claimed", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":source", source);
    sql_bind_text(q, ":claimed", claimed);
    return one(q, ret, err);
}

int submission_record(struct store *s, const char *source, const char *file, const char *claimed,
                      int64_t mtime_ms, int64_t now_ms, const char *timezone, struct submission *ret,
                      struct error *err)
{
    int r = find_claimed(s, source, claimed, ret, err);
    if (r != 0)
        return r < 0 ? r : 0;
    struct civil today = zone_civil(timezone, now_ms);
    char day[DAY_MAX];
    int64_t number = 0;
    (void)snprintf(day, sizeof day, "%04d%02d%02d", today.year, today.month, today.day);
    r = next_number(s, day, &number, err);
    if (r < 0)
        return r;
    CLEANUP_FREE char *public_id = str_printf("S-%s-%04lld", day, (long long)number);
    struct sql *q =
        sql_get(s,
                "INSERT INTO submission(public_id, source, file, claimed, mtime_ms, received_at, state) "
                "VALUES (:public_id, :source, :file, :claimed, :mtime, :now, 'received')",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":public_id", public_id);
    sql_bind_text(q, ":source", source);
    sql_bind_text(q, ":file", file);
    sql_bind_text(q, ":claimed", claimed);
    sql_bind_int(q, ":mtime", mtime_ms);
    sql_bind_int(q, ":now", now_ms);
    r = sql_run(q, err);
    return r < 0 ? r : submission_load(s, sqlite3_last_insert_rowid(store_db(s)), ret, err);
}

int submission_spooled(struct store *s, int64_t id, const char *spool, const char *sha256, int64_t size,
                       struct error *err)
{
    struct sql *q = sql_get(
        s, "UPDATE submission SET spool = :spool, sha256 = :sha256, size = :size WHERE id = :id", err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_text(q, ":spool", spool);
    sql_bind_text(q, ":sha256", sha256);
    sql_bind_int(q, ":size", size);
    return sql_run(q, err);
}

// A file whose rows were refused for a reason outside it (who may speak, what the roster knows, what another
// source said) is worth reading again. So is one after which the source handed in another table of the same
// kind.
int submission_find_duplicate(struct store *s, int64_t id, const char *reader_version, char **ret_of,
                              struct error *err)
{
    struct sql *q = sql_get(
        s,
        "SELECT o.public_id FROM submission n JOIN submission o ON o.source = n.source AND o.sha256 = n.sha256 "
        "WHERE n.id = :id AND o.id <> n.id AND o.state = 'stored' AND o.reader_version = :version "
        "AND NOT EXISTS (SELECT 1 FROM submission_error e WHERE e.submission = o.id AND e.code IN "
        "('not_authorised', 'county_unknown', 'name_unknown', 'name_ambiguous', 'other_source')) "
        "AND NOT EXISTS (SELECT 1 FROM submission l JOIN submission_table lt ON lt.submission = l.id "
        "JOIN submission_table ot ON ot.submission = o.id AND ot.dataset = lt.dataset "
        "AND (ot.period IS NULL OR lt.period IS NULL OR ot.period = lt.period) "
        "WHERE l.source = o.source AND l.id > o.id AND l.state = 'stored') "
        "ORDER BY o.id DESC LIMIT 1",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_text(q, ":version", reader_version);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret_of = r == 1 ? str_dup(sql_text(q, 0)) : NULL;
    sql_done(q);
    return 0;
}

int submission_end(struct store *s, int64_t id, const char *state, const char *code, const char *message,
                   int64_t now_ms, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "UPDATE submission SET state = :state, code = :code, message = :message, stored_at = :now WHERE id = :id",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_text(q, ":state", state);
    sql_bind_text(q, ":code", code);
    sql_bind_text(q, ":message", message);
    sql_bind_int(q, ":now", now_ms);
    return sql_run(q, err);
}

int submission_end_duplicate(struct store *s, int64_t id, const char *of, const char *message, int64_t now_ms,
                             struct error *err)
{
    struct sql *q =
        sql_get(s,
                "UPDATE submission SET (dataset, period, county) = "
                "(SELECT dataset, period, county FROM submission WHERE public_id = :of) WHERE id = :id",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    sql_bind_text(q, ":of", of);
    int r = sql_run(q, err);
    return r < 0 ? r : submission_end(s, id, "duplicate", "duplicate", message, now_ms, err);
}

int submission_attempt(struct store *s, int64_t id, int64_t *ret_attempts, struct error *err)
{
    int r = update_text(s, "UPDATE submission SET attempts = attempts + 1 WHERE id = :id", id, NULL, err);
    if (r < 0)
        return r;
    struct sql *q = sql_get(s, "SELECT attempts FROM submission WHERE id = :id", err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    return sql_one_int(q, 0, ret_attempts, err);
}

int submission_claim_removed(struct store *s, int64_t id, struct error *err)
{
    return update_text(s, "UPDATE submission SET claimed = NULL WHERE id = :id", id, NULL, err);
}

int submission_archived(struct store *s, int64_t id, const char *path, struct error *err)
{
    assert(path);
    return update_text(s, "UPDATE submission SET archived = :text, spool = NULL WHERE id = :id", id, path,
                       err);
}

int submission_receipt_written(struct store *s, int64_t id, const char *name, struct error *err)
{
    assert(name);
    return update_text(s, "UPDATE submission SET receipt = :text WHERE id = :id", id, name, err);
}

int submission_load(struct store *s, int64_t id, struct submission *ret, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT " COLUMNS " FROM submission WHERE id = :id", err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", id);
    int r = one(q, ret, err);
    return r == 0 ? error_set(err, -ENOENT, "no submission %lld", (long long)id) : r < 0 ? r : 0;
}

int submission_find(struct store *s, const char *public_id, struct submission *ret, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT " COLUMNS " FROM submission WHERE public_id = :public_id", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":public_id", public_id);
    int r = one(q, ret, err);
    if (r != 0)
        return r < 0 ? r : 0;
    char *end;
    errno = 0;
    long long id = strtoll(public_id, &end, 10);
    if (errno || end == public_id || *end || id <= 0)
        return error_set(err, -ENOENT, "no submission %s", public_id);
    return submission_load(s, id, ret, err);
}

static int unfinished_ids(struct store *s, int64_t **ret, size_t *ret_n, struct error *err)
{
    struct sql *q = sql_get(s,
                            "SELECT id FROM submission WHERE state = 'received' UNION "
                            "SELECT id FROM submission WHERE claimed IS NOT NULL UNION "
                            "SELECT id FROM submission WHERE receipt IS NULL UNION "
                            "SELECT id FROM submission WHERE spool IS NOT NULL ORDER BY id",
                            err);
    if (!q)
        return sql_failed(err);
    size_t n = 0, cap = 0;
    int r;
    while ((r = sql_step(q, err)) == 1) {
        if (n == cap) {
            cap = cap ? cap * 2 : 64;
            *ret = mem_grow(*ret, cap, sizeof **ret);
        }
        (*ret)[n++] = sql_int(q, 0);
    }
    *ret_n = n;
    return r;
}

// The list is taken first: the callback may end submissions.
int submission_each_unfinished(struct store *s, submission_fn *fn, void *arg, struct error *err)
{
    CLEANUP_FREE int64_t *ids = NULL;
    size_t n = 0;
    int r = unfinished_ids(s, &ids, &n, err);
    for (size_t i = 0; r == 0 && i < n; i++) {
        struct submission sub;
        r = submission_load(s, ids[i], &sub, err);
        if (r < 0)
            return r;
        r = fn(&sub, arg);
        submission_deinit(&sub);
    }
    return r;
}
