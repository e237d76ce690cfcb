// SPDX-License-Identifier: Apache-2.0
// Views over the facts for one run.
#include "host/input.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"
#include "store/view.h"

#define RESULTS_VIEW "results"
#define PROGRESS_OPS 20000 // SQLite instructions between two looks at the clock

static int failed(sqlite3 *db, const char *doing, struct error *err)
{
    return error_set(err, -EIO, "%.200s: %s", doing, sqlite3_errmsg(db));
}

static int exec(sqlite3 *db, const char *sql, struct error *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(db, sql, err);
}

int input_open(const char *path, sqlite3 **ret, struct error *err)
{
    CLEANUP(buf_deinit) struct buf uri = BUF_INIT;
    buf_adds(&uri, "file:");
    for (const unsigned char *at = (const unsigned char *)path; *at; at++) {
        if (isalnum(*at) || strchr("/._-", *at))
            buf_addc(&uri, (char)*at);
        else
            buf_addf(&uri, "%%%02x", *at);
    }
    buf_adds(&uri, "?mode=ro&readonly_shm=1");
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (sqlite3_open_v2(buf_str(&uri), &db, flags, NULL) != SQLITE_OK) {
        (void)error_set(err, -EIO, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
        (void)sqlite3_close(db);
        return -EIO;
    }
    (void)sqlite3_busy_timeout(db, 10000);
    *ret = db;
    return 0;
}

struct wanted {
    struct view_scope *scopes;
    size_t n;
    char (*periods)[PERIOD_TEXT_MAX]; // what the offsets made; scopes point into it
};

static void wanted_deinit(struct wanted *w)
{
    free(w->scopes);
    free(w->periods);
}

static int compare_wanted(const void *a, const void *b)
{
    const struct view_scope *x = a, *y = b;
    int r = strcmp(x->period, y->period);
    return r ? r : strcmp(x->county, y->county);
}

// The run's scopes, and each of them moved by the input's offsets; a period that cannot be moved stays alone.
static void wanted_init(struct wanted *w, const struct job *j, const struct jh_input *in)
{
    size_t max = j->n_scopes * ((size_t)in->offset_count + 1), n = 0;
    w->scopes = mem_array(max, sizeof *w->scopes);
    w->periods = mem_array(max, sizeof *w->periods);
    for (size_t i = 0; i < j->n_scopes; i++) {
        struct period p;
        w->scopes[n++] = (struct view_scope){j->scopes[i].period, j->scopes[i].county};
        if (!period_parse(j->scopes[i].period, &p))
            continue;
        for (uint32_t k = 0; k < in->offset_count; k++) {
            struct period moved = period_shift(&p, in->offsets[k]);
            period_format(&moved, w->periods[n]);
            w->scopes[n] = (struct view_scope){w->periods[n], j->scopes[i].county};
            n++;
        }
    }
    qsort(w->scopes, n, sizeof *w->scopes, compare_wanted);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || compare_wanted(&w->scopes[i], &w->scopes[w->n - 1]) != 0)
            w->scopes[w->n++] = w->scopes[i];
}

static int dataset_columns(const json_t *dataset, struct view_column **ret, size_t *ret_n, struct error *err)
{
    const json_t *list = json_object_get(dataset, "columns");
    struct view_column *columns = mem_array(json_array_size(list), sizeof *columns);
    size_t i;
    json_t *c;
    json_array_foreach(list, i, c)
    {
        columns[i] = (struct view_column){.id = json_string_value(json_object_get(c, "id")),
                                          .code = json_is_true(json_object_get(c, "code")),
                                          .period = json_is_true(json_object_get(c, "period"))};
        if (!columns[i].id) {
            free(columns);
            return error_set(err, -EPROTO, "job: a column of %s has no id",
                             json_string_value(json_object_get(dataset, "id")));
        }
    }
    *ret = columns;
    *ret_n = json_array_size(list);
    return 0;
}

static int make_dataset_view(sqlite3 *db, const struct job *j, const struct jh_input *in, struct error *err)
{
    const json_t *dataset = job_dataset(j, in->dataset);
    if (!dataset)
        return error_set(
            err, -ENOENT,
            _("the plugin reads dataset `%s`, which this junheng does not know; declare it in the plugin or correct the input"),
            in->dataset);
    struct view_column *columns = NULL;
    size_t n_columns = 0;
    int r = dataset_columns(dataset, &columns, &n_columns, err);
    if (r < 0)
        return r;
    CLEANUP(wanted_deinit) struct wanted w = {0};
    wanted_init(&w, j, in);
    CLEANUP(buf_deinit) struct buf sql = BUF_INIT;
    r = view_sql(&sql, NULL, in->dataset, columns, n_columns, w.scopes, w.n);
    if (r < 0)
        (void)error_set(err, r, "job: dataset %s has a column whose id is no id", in->dataset);
    free(columns);
    return r < 0 ? r : exec(db, buf_str(&sql), err);
}

// Results of other indicators: one view over all that are declared.
static int make_results_view(sqlite3 *db, const struct plugin *p, const struct job *j, struct error *err)
{
    CLEANUP(buf_deinit) struct buf sql = BUF_INIT;
    buf_adds(
        &sql,
        "CREATE TEMP VIEW " RESULTS_VIEW
        " AS SELECT p.text AS period, c.text AS county, i.text AS indicator, "
        "(SELECT text FROM main.code WHERE id = r.entity) AS entity, "
        "CASE r.stage WHEN 1 THEN 'primary' WHEN 2 THEN 'junior' WHEN 3 THEN 'senior' ELSE '' END AS stage, "
        "CASE r.verdict WHEN 0 THEN 'pass' WHEN 1 THEN 'floor' WHEN 2 THEN 'fail' WHEN 3 THEN 'no_data' "
        "ELSE 'exempt' END AS verdict, r.value, r.numerator, r.denominator, r.threshold, r.estimated, r.provisional "
        "FROM main.result r JOIN main.code p ON p.id = r.period JOIN main.code c ON c.id = r.county "
        "JOIN main.code i ON i.id = r.indicator WHERE (p.text, c.text, i.text) IN (VALUES ");
    bool any = false;
    for (uint32_t i = 0; i < p->d.inputs.count; i++) {
        const struct jh_input *in = plugin_input(p, i);
        if (!in->indicator)
            continue;
        CLEANUP(wanted_deinit) struct wanted w = {0};
        wanted_init(&w, j, in);
        for (size_t k = 0; k < w.n; k++) {
            char *row = sqlite3_mprintf("%s(%Q, %Q, %Q)", any ? ", " : "", w.scopes[k].period,
                                        w.scopes[k].county, in->indicator);
            buf_adds(&sql, row ? row : "");
            sqlite3_free(row);
            any = true;
        }
    }
    buf_addc(&sql, ')');
    return any ? exec(db, buf_str(&sql), err) : 0;
}

static int make_scopes(sqlite3 *db, const struct job *j, struct error *err)
{
    int r = exec(
        db,
        "CREATE TEMP TABLE scopes(period TEXT NOT NULL, county TEXT NOT NULL, PRIMARY KEY (period, county)) WITHOUT ROWID",
        err);
    sqlite3_stmt *q = NULL;
    if (r == 0 &&
        sqlite3_prepare_v2(db, "INSERT INTO temp.scopes VALUES (?1, ?2)", -1, &q, NULL) != SQLITE_OK)
        r = failed(db, "scopes", err);
    for (size_t i = 0; r == 0 && i < j->n_scopes; i++) {
        (void)sqlite3_bind_text(q, 1, j->scopes[i].period, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(q, 2, j->scopes[i].county, -1, SQLITE_STATIC);
        if (sqlite3_step(q) != SQLITE_DONE)
            r = failed(db, "scopes", err);
        (void)sqlite3_reset(q);
    }
    (void)sqlite3_finalize(q);
    return r;
}

static int put_setting(sqlite3 *db, sqlite3_stmt *q, const char *period, const char *name, double value,
                       struct error *err)
{
    (void)sqlite3_bind_text(q, 1, period, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(q, 2, name, -1, SQLITE_STATIC);
    (void)sqlite3_bind_double(q, 3, value);
    int r = sqlite3_step(q) == SQLITE_DONE ? 0 : failed(db, "settings", err);
    (void)sqlite3_reset(q);
    return r;
}

static bool declares_setting(const struct plugin *p, const char *name)
{
    for (uint32_t i = 0; i < p->d.settings.count; i++)
        if (strcmp(plugin_setting(p, i)->name, name) == 0)
            return true;
    return false;
}

static int put_given_settings(sqlite3 *db, sqlite3_stmt *q, const struct plugin *p, const struct job *j,
                              struct error *err)
{
    size_t i;
    json_t *s;
    int r = 0;
    json_array_foreach(json_object_get(j->root, "settings"), i, s)
    {
        const char *period = json_string_value(json_object_get(s, "period"));
        const char *name = json_string_value(json_object_get(s, "name"));
        const json_t *value = json_object_get(s, "value");
        if (!period || !name || !json_is_number(value))
            return error_set(err, -EPROTO,
                             "job: setting %zu must have \"period\", \"name\" and a number \"value\"", i);
        if (!declares_setting(p, name))
            return error_set(err, -EPROTO, "job: the plugin declares no setting \"%.100s\"", name);
        r = put_setting(db, q, period, name, json_number_value(value), err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool begins_period(const struct wanted *w, size_t k)
{
    return k == 0 || strcmp(w->scopes[k].period, w->scopes[k - 1].period) != 0;
}

// What the job does not say of a period in reach is as the plugin declares it.
static int put_declared_settings(sqlite3 *db, sqlite3_stmt *q, const struct plugin *p, const struct job *j,
                                 struct error *err)
{
    static const struct jh_input nothing;
    int r = 0;
    for (uint32_t i = 0; r == 0 && p->d.settings.count && i <= p->d.inputs.count; i++) {
        CLEANUP(wanted_deinit) struct wanted w = {0};
        wanted_init(&w, j, i < p->d.inputs.count ? plugin_input(p, i) : &nothing);
        for (size_t k = 0; r == 0 && k < w.n; k++)
            for (uint32_t n = 0; r == 0 && n < p->d.settings.count && begins_period(&w, k); n++)
                r = put_setting(db, q, w.scopes[k].period, plugin_setting(p, n)->name,
                                plugin_setting(p, n)->value, err);
    }
    return r;
}

static int make_settings(sqlite3 *db, const struct plugin *p, const struct job *j, struct error *err)
{
    int r = exec(
        db,
        "CREATE TEMP TABLE settings(period TEXT NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (period, name)) WITHOUT ROWID",
        err);
    sqlite3_stmt *q = NULL;
    if (r == 0 && sqlite3_prepare_v2(db, "INSERT OR IGNORE INTO temp.settings VALUES (?1, ?2, ?3)", -1, &q,
                                     NULL) != SQLITE_OK)
        r = failed(db, "settings", err);
    if (r == 0)
        r = put_given_settings(db, q, p, j, err);
    if (r == 0)
        r = put_declared_settings(db, q, p, j, err);
    (void)sqlite3_finalize(q);
    return r;
}

int input_narrow(sqlite3 *db, const struct plugin *p, const struct job *j, struct error *err)
{
    // Reading the schema takes the snapshot: all of a run's statements see one committed state.
    int r = exec(
        db,
        "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; PRAGMA trusted_schema = OFF; BEGIN; SELECT count(*) FROM sqlite_schema",
        err);
    if (r == 0)
        r = make_scopes(db, j, err);
    if (r == 0)
        r = make_settings(db, p, j, err);
    for (uint32_t i = 0; r == 0 && i < p->d.inputs.count; i++)
        if (plugin_input(p, i)->dataset)
            r = make_dataset_view(db, j, plugin_input(p, i), err);
    if (r == 0)
        r = make_results_view(db, p, j, err);
    return r;
}

static bool is_view(const struct plugin *p, const char *name)
{
    for (uint32_t i = 0; i < p->d.inputs.count; i++) {
        const struct jh_input *in = plugin_input(p, i);
        if (strcmp(name, in->dataset ? in->dataset : RESULTS_VIEW) == 0)
            return true;
    }
    return false;
}

// A table of the database is read through one of the views only; `through` is that view.
static bool may_read(const struct plugin *p, const char *table, const char *schema, const char *through)
{
    bool ours = strcmp(table, "scopes") == 0 || strcmp(table, "settings") == 0 || is_view(p, table);
    if (schema && strcmp(schema, "temp") == 0)
        return ours;
    // count(*) reads no column, and then a name without a schema has none here either: ours come first.
    if (!schema && ours)
        return true;
    if (!through)
        return false;
    return strcmp(table, "code") == 0 || strcmp(table, "result") == 0 ||
           (strncmp(table, "d_", 2) == 0 && is_view(p, table + 2));
}

// `what` has one place for a name.
static int refuse(struct input_guard *g, const char *what, const char *name)
{
    (void)snprintf(g->refused, sizeof g->refused, what, name ? name : "");
    return SQLITE_DENY;
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *schema,
                     const char *through)
{
    struct input_guard *g = arg;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_READ:
        return may_read(g->plugin, a, schema, through) ? SQLITE_OK : refuse(g, _("table %.100s"), a);
    case SQLITE_FUNCTION:
        return strcmp(b, "load_extension") == 0 || strcmp(b, "fts3_tokenizer") == 0
                   ? refuse(g, _("function %.100s"), b)
                   : SQLITE_OK;
    case SQLITE_PRAGMA:
        return refuse(g, "PRAGMA %.100s", a);
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        return refuse(g, "ATTACH%.0s", NULL);
    default:
        return refuse(g, _("a statement that is no SELECT%.0s"), NULL);
    }
}

// Rather a failed statement with its text than a death by SIGXCPU a moment later; the kernel counts in ticks.
static int out_of_time(void *arg)
{
    const struct input_guard *g = arg;
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9 > g->cpu_limit_s * 0.95 - 0.3;
}

void input_guard(sqlite3 *db, struct input_guard *g)
{
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_set_authorizer(db, authorize, g);
    if (g->cpu_limit_s > 0)
        sqlite3_progress_handler(db, PROGRESS_OPS, out_of_time, g);
}
