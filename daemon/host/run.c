// SPDX-License-Identifier: Apache-2.0
// The host's side of a run. compute() calls back for rows and measures; its first failure ends the process.
#include "host/run.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "host/input.h"
#include "host/measure.h"

#define RUN_BATCH_BYTES (1u << 20) // far enough below FRAME_MAX for one more measure

struct jh_rows {
    struct run *run;
    sqlite3_stmt *stmt; // NULL: ended
    struct jh_rows *next;
};

struct run {
    struct jh_run front; // what the plugin sees: first
    struct jh_host host;
    const struct plugin *plugin;
    const struct job *job;
    sqlite3 *db;
    struct input_guard guard;
    struct option_value *options;
    struct jh_rows *rows; // all that were opened
    int out_fd;
    struct buf batch; // the M frame in the making
    uint32_t in_batch;
    uint64_t measures;
};

void run_write_failure(int out_fd, const char *message)
{
    json_t *j = json_pack("{s:s}", "message", message);
    CLEANUP_FREE char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
    json_decref(j);
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    frame_add(&b, 'X', text ? text : "{}", text ? strlen(text) : 2);
    (void)frame_write_all(out_fd, b.data, b.len);
}

__attribute__((noreturn, format(printf, 2, 3))) static void fail(struct run *run, const char *fmt, ...)
{
    char message[1024];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    run_write_failure(run->out_fd, message);
    _exit(EX_SOFTWARE);
}

__attribute__((noreturn)) static void fail_statement(struct run *run, const char *sql)
{
    if (sqlite3_errcode(run->db) == SQLITE_INTERRUPT)
        fail(run, _("the time limit of %1$u s was reached in: %2$.300s"), run->job->cpu_s, sql);
    if (run->guard.refused[0])
        fail(
            run,
            _("%1$s may not be used: a plugin reads its declared inputs, `scopes` and `settings`. In: %2$.300s"),
            run->guard.refused, sql);
    fail(run, "%s: %.300s", sqlite3_errmsg(run->db), sql);
}

static struct jh_rows *on_query(struct jh_run *front, const char *sql)
{
    struct run *run = (struct run *)front;
    struct jh_rows *rows = mem_alloc(sizeof *rows);
    const char *rest = NULL;
    if (!sql)
        fail(run, _("a query without a statement"));
    run->guard.refused[0] = '\0';
    if (sqlite3_prepare_v2(run->db, sql, -1, &rows->stmt, &rest) != SQLITE_OK)
        fail_statement(run, sql);
    if (!rows->stmt || rest[strspn(rest, " \t\r\n;")])
        fail(run, _("a query is exactly one statement: %.300s"), sql);
    rows->run = run;
    rows->next = run->rows;
    run->rows = rows;
    return rows;
}

static int on_next(struct jh_rows *rows)
{
    if (!rows->stmt)
        return 0;
    int r = sqlite3_step(rows->stmt);
    if (r == SQLITE_ROW)
        return 1;
    if (r != SQLITE_DONE)
        fail_statement(rows->run, sqlite3_sql(rows->stmt));
    (void)sqlite3_finalize(rows->stmt);
    rows->stmt = NULL;
    return 0;
}

static void check_column(struct jh_rows *rows, int column)
{
    if (!rows->stmt)
        fail(rows->run, _("a column was read after the end of the rows"));
    if (column < 0 || column >= sqlite3_data_count(rows->stmt))
        fail(rows->run, _("column %1$d was read of %2$d: %3$.300s"), column, sqlite3_data_count(rows->stmt),
             sqlite3_sql(rows->stmt));
}

static double on_number(struct jh_rows *rows, int column)
{
    check_column(rows, column);
    return sqlite3_column_type(rows->stmt, column) == SQLITE_NULL ? NAN
                                                                  : sqlite3_column_double(rows->stmt, column);
}

static const char *on_text(struct jh_rows *rows, int column)
{
    check_column(rows, column);
    return (const char *)sqlite3_column_text(rows->stmt, column);
}

static int send(struct run *run, uint8_t type, const char *text, size_t len)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    frame_add(&b, type, text, len);
    return frame_write_all(run->out_fd, b.data, b.len);
}

static int flush(struct run *run)
{
    if (!run->in_batch)
        return 0;
    buf_addc(&run->batch, ']');
    int r = send(run, 'M', run->batch.data, run->batch.len);
    buf_reset(&run->batch);
    run->in_batch = 0;
    return r;
}

static void on_emit(struct jh_run *front, const struct jh_measure *measure)
{
    struct run *run = (struct run *)front;
    struct error err;
    buf_addc(&run->batch, run->in_batch ? ',' : '[');
    if (!measure)
        fail(run, _("a measure that is NULL"));
    if (measure_add(&run->batch, run->plugin, run->job, measure, &err) < 0)
        fail(run, "%s", err.msg);
    if (++run->measures > RUN_MEASURES_MAX)
        fail(run, _("more than %u measures in one run"), RUN_MEASURES_MAX);
    bool full = ++run->in_batch == RUN_BATCH || run->batch.len > RUN_BATCH_BYTES;
    if (full && flush(run) < 0)
        _exit(EX_IOERR); // nobody listens any more
}

static const struct option_value *find_option(struct run *run, const char *name)
{
    for (uint32_t i = 0; name && i < run->plugin->d.options.count; i++)
        if (strcmp(plugin_option(run->plugin, i)->name, name) == 0)
            return &run->options[i];
    fail(run, _("option `%.100s` was asked for, which the plugin does not declare"), name ? name : "");
}

static double on_option_number(struct jh_run *front, const char *name)
{
    return find_option((struct run *)front, name)->number;
}

static const char *on_option_text(struct jh_run *front, const char *name)
{
    return find_option((struct run *)front, name)->text;
}

static void on_log(struct jh_run *front, const char *message)
{
    struct run *run = (struct run *)front;
    size_t n = message ? strnlen(message, RUN_NOTE_MAX) : 0;
    if (send(run, 'L', message ? message : "", n) < 0)
        _exit(EX_IOERR);
}

static int finish(struct run *run, struct error *err)
{
    int r = flush(run);
    CLEANUP_FREE char *end = str_printf("{\"measures\":%llu,\"sha256\":\"%s\"}",
                                        (unsigned long long)run->measures, run->plugin->sha256);
    if (r == 0)
        r = send(run, 'Z', end, strlen(end));
    return r < 0 ? error_sys(err, r, "stdout") : 0;
}

static void run_deinit(struct run *run)
{
    for (struct jh_rows *rows = run->rows, *next; rows; rows = next) {
        next = rows->next;
        (void)sqlite3_finalize(rows->stmt);
        free(rows);
    }
    buf_deinit(&run->batch);
    free(run->options);
}

int run_plugin(const struct plugin *p, const struct job *j, sqlite3 *db, int out_fd, struct error *err)
{
    CLEANUP(run_deinit)
    struct run run = {.host = {.size = sizeof(struct jh_host),
                               .major = JH_ABI_MAJOR,
                               .minor = JH_ABI_MINOR,
                               .query = on_query,
                               .next = on_next,
                               .number = on_number,
                               .text = on_text,
                               .emit = on_emit,
                               .option_number = on_option_number,
                               .option_text = on_option_text,
                               .log = on_log},
                      .plugin = p,
                      .job = j,
                      .db = db,
                      .out_fd = out_fd,
                      .guard = {.plugin = p, .cpu_limit_s = j->cpu_s}};
    run.front.host = &run.host;
    run.options = mem_array(p->d.options.count, sizeof *run.options);
    int r = job_options(j, p, run.options, err);
    if (r == 0)
        r = input_narrow(db, p, j, err);
    if (r < 0)
        return r;
    input_guard(db, &run.guard);
    int failed = p->d.compute ? p->d.compute(&run.front) : 0;
    if (failed)
        fail(&run, _("compute returned %d; the reason should be in the log before it"), failed);
    return finish(&run, err);
}
