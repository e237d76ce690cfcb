// SPDX-License-Identifier: Apache-2.0
// SQL of alerts.
#include "store/alert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/verdict.h"
#include "base/zone.h"
#include "store/dataset_table.h"
#include "store/sql.h"

#define COLUMNS                                                                                                          \
    "id, public_id, indicator, entity, stage, period, county, name, severity, state, close_reason, acked_by, ack_note, " \
    "text, value, threshold, opened_at, changed_at, resolved_at, submission, ack_until, silenced_until"

void alert_row_deinit(struct alert_row *a)
{
    char **texts[] = {&a->public_id, &a->indicator, &a->entity,   &a->stage, &a->period,
                      &a->county,    &a->name,      &a->severity, &a->state, &a->close_reason,
                      &a->acked_by,  &a->ack_note,  &a->text};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(*texts[i]);
    *a = (struct alert_row){0};
}

static void read_row(struct sql *q, struct alert_row *a)
{
    char **texts[] = {&a->public_id, &a->indicator, &a->entity,   &a->stage, &a->period,
                      &a->county,    &a->name,      &a->severity, &a->state, &a->close_reason,
                      &a->acked_by,  &a->ack_note,  &a->text};
    a->id = sql_int(q, 0);
    int at = 1;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = str_dup(sql_text(q, at++));
    a->value = sql_real(q, at++);
    a->threshold = sql_real(q, at++);
    int64_t *numbers[] = {&a->opened_at,  &a->changed_at, &a->resolved_at,
                          &a->submission, &a->ack_until,  &a->silenced_until};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        *numbers[i] = sql_int(q, at++);
}

static int one_row(struct sql *q, struct alert_row *ret, struct error *err)
{
    int r = sql_step(q, err);
    if (r == 1) {
        *ret = (struct alert_row){0};
        read_row(q, ret);
        sql_done(q);
    }
    return r;
}

int alert_row_find_open(struct store *s, const char *indicator, const char *entity, const char *stage,
                        struct alert_row *ret, struct error *err)
{
    struct sql *q =
        sql_get(s,
                "SELECT " COLUMNS " FROM alert WHERE indicator = :indicator AND entity = :entity AND "
                "stage = :stage AND state <> 'resolved'",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":indicator", indicator);
    sql_bind_text(q, ":entity", entity);
    sql_bind_text(q, ":stage", stage);
    return one_row(q, ret, err);
}

int alert_row_find(struct store *s, const char *public_id, struct alert_row *ret, struct error *err)
{
    struct sql *q = sql_get(s, "SELECT " COLUMNS " FROM alert WHERE public_id = :id", err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":id", public_id);
    return one_row(q, ret, err);
}

// The counter stands in `meta`, not in max(): a number once given stays given even if rows are ever removed.
static int next_number(struct store *s, int year, int64_t *ret, struct error *err)
{
    char key[32];
    (void)snprintf(key, sizeof key, "alert_number/%d", year);
    struct sql *q =
        sql_get(s,
                "INSERT INTO meta(key, value) VALUES (:key, '1') ON CONFLICT(key) DO UPDATE SET "
                "value = CAST(CAST(value AS INTEGER) + 1 AS TEXT) RETURNING CAST(value AS INTEGER)",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":key", key);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = sql_int(q, 0);
    return sql_run(q, err);
}

static void bind_changing(struct sql *q, const struct alert_row *a)
{
    sql_bind_text(q, ":period", a->period);
    sql_bind_text(q, ":county", a->county);
    sql_bind_text(q, ":name", a->name);
    sql_bind_text(q, ":severity", a->severity);
    sql_bind_text(q, ":state", a->state);
    sql_bind_text(q, ":close_reason", a->close_reason);
    sql_bind_text(q, ":acked_by", a->acked_by);
    sql_bind_text(q, ":ack_note", a->ack_note);
    sql_bind_text(q, ":text", a->text);
    sql_bind_real(q, ":value", a->value);
    sql_bind_real(q, ":threshold", a->threshold);
    sql_bind_int(q, ":changed_at", a->changed_at);
    static const char *const names[] = {":resolved_at", ":submission", ":ack_until", ":silenced_until"};
    const int64_t values[] = {a->resolved_at, a->submission, a->ack_until, a->silenced_until};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (values[i])
            sql_bind_int(q, names[i], values[i]);
    }
}

int alert_row_insert(struct store *s, struct alert_row *a, const char *timezone, struct error *err)
{
    int64_t number = 0;
    int year = zone_civil(timezone, a->opened_at).year;
    int r = next_number(s, year, &number, err);
    if (r < 0)
        return r;
    char id[40];
    (void)snprintf(id, sizeof id, "%d-%04lld", year, (long long)number);
    struct sql *q = sql_get(
        s,
        "INSERT INTO alert(public_id, indicator, entity, stage, period, county, name, severity, state, close_reason, "
        "acked_by, ack_note, text, value, threshold, opened_at, changed_at, resolved_at, submission, ack_until, "
        "silenced_until) VALUES (:public_id, :indicator, :entity, :stage, :period, :county, :name, :severity, :state, "
        ":close_reason, :acked_by, :ack_note, :text, :value, :threshold, :opened_at, :changed_at, :resolved_at, "
        ":submission, :ack_until, :silenced_until)",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":public_id", id);
    sql_bind_text(q, ":indicator", a->indicator);
    sql_bind_text(q, ":entity", a->entity);
    sql_bind_text(q, ":stage", a->stage);
    sql_bind_int(q, ":opened_at", a->opened_at);
    bind_changing(q, a);
    r = sql_run(q, err);
    if (r < 0)
        return r;
    a->id = sqlite3_last_insert_rowid(store_db(s));
    free(a->public_id);
    a->public_id = str_dup(id);
    return 0;
}

int alert_row_update(struct store *s, const struct alert_row *a, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "UPDATE alert SET period = :period, county = :county, name = :name, severity = :severity, state = :state, "
        "close_reason = :close_reason, acked_by = :acked_by, ack_note = :ack_note, text = :text, value = :value, "
        "threshold = :threshold, changed_at = :changed_at, resolved_at = :resolved_at, submission = :submission, "
        "ack_until = :ack_until, silenced_until = :silenced_until WHERE id = :id",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":id", a->id);
    bind_changing(q, a);
    return sql_run(q, err);
}

int alert_event_add(struct store *s, int64_t alert, int64_t at_ms, const char *kind, const char *actor,
                    const char *detail, struct error *err)
{
    struct sql *q = sql_get(
        s,
        "INSERT INTO alert_event(alert, at, kind, actor, detail) VALUES (:alert, :at, :kind, :actor, :detail)",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":alert", alert);
    sql_bind_int(q, ":at", at_ms);
    sql_bind_text(q, ":kind", kind);
    sql_bind_text(q, ":actor", actor);
    sql_bind_text(q, ":detail", detail);
    return sql_run(q, err);
}

int alert_event_last(struct store *s, int64_t alert, const char *kind, char **ret, struct error *err)
{
    struct sql *q = sql_get(
        s, "SELECT detail FROM alert_event WHERE alert = :alert AND kind = :kind ORDER BY id DESC LIMIT 1",
        err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":alert", alert);
    sql_bind_text(q, ":kind", kind);
    int r = sql_step(q, err);
    if (r < 0)
        return r;
    *ret = r == 1 ? str_dup(sql_text(q, 0)) : NULL;
    sql_done(q);
    return 0;
}

int alert_row_expire(struct store *s, int64_t now_ms, struct error *err)
{
    static const char *const texts[] = {
        "INSERT INTO alert_event(alert, at, kind, actor) SELECT id, :now, 'expired', 'junheng' FROM alert WHERE "
        "(state = 'acknowledged' AND ack_until <= :now) OR (state = 'silenced' AND silenced_until <= :now)",
        "UPDATE alert SET state = 'firing', changed_at = :now, ack_until = NULL, silenced_until = NULL WHERE "
        "(state = 'acknowledged' AND ack_until <= :now) OR (state = 'silenced' AND silenced_until <= :now)",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct sql *q = sql_get(s, texts[i], err);
        if (!q)
            return sql_failed(err);
        sql_bind_int(q, ":now", now_ms);
        int r = sql_run(q, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int alert_later_results(struct store *s, const char *indicator, const char *entity, int stage,
                        const struct period *than, bool *ret_any, bool *ret_judged, struct error *err)
{
    int64_t entity_code = 0, indicator_code = 0;
    int r = code_find(s, entity, &entity_code, err);
    if (r == 0)
        r = code_find(s, indicator, &indicator_code, err);
    if (r < 0)
        return r;
    struct sql *q =
        sql_get(s,
                "SELECT c.text, r.verdict, r.provisional FROM result r JOIN code c ON c.id = r.period WHERE "
                "r.entity = :entity AND r.indicator = :indicator AND r.stage = :stage",
                err);
    if (!q)
        return sql_failed(err);
    sql_bind_int(q, ":entity", entity_code);
    sql_bind_int(q, ":indicator", indicator_code);
    sql_bind_int(q, ":stage", stage);
    bool any = false, judged = false;
    while ((r = sql_step(q, err)) == 1) {
        struct period p;
        if (!period_parse(sql_text(q, 0), &p) || period_compare(&p, than) <= 0)
            continue;
        any = true;
        judged = judged || (sql_int(q, 1) != VERDICT_NO_DATA && !sql_int(q, 2));
    }
    if (r < 0)
        return r;
    *ret_any = any;
    *ret_judged = judged;
    return 0;
}

int alert_county_is_past(struct store *s, const char *county, const struct period *than, int today, bool *ret,
                         struct error *err)
{
    *ret = false;
    struct sql *q = sql_get(s,
                            "SELECT DISTINCT p.text FROM scope s JOIN code p ON p.id = s.period "
                            "WHERE s.county = (SELECT id FROM code WHERE text = :county) "
                            "AND s.dataset IS NOT (SELECT id FROM code WHERE text = '" ROSTER_DATASET "')",
                            err);
    if (!q)
        return sql_failed(err);
    sql_bind_text(q, ":county", county);
    int r;
    while ((r = sql_step(q, err)) == 1) {
        struct period p;
        if (period_parse(sql_text(q, 0), &p) && p.kind == than->kind && period_compare(&p, than) > 0 &&
            period_first_date(&p) <= today)
            *ret = true;
    }
    return r;
}
