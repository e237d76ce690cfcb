// SPDX-License-Identifier: Apache-2.0
// junheng submissions and junheng errors: what was handed in, and what was wrong with it.
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "cli/table.h"
#include "store/query.h"
#include "store/submission_detail.h"

static const struct {
    const char *id, *title, *sgr;
} states[] = {
    {"received", N_("being read"), NULL},        {"stored", N_("stored"), "32"},
    {"rejected", N_("refused"), "31"},           {"quarantined", N_("set aside"), "31"},
    {"duplicate", N_("handed in before"), NULL},
};

struct listing {
    struct cli *cli;
    json_t *json;
    struct table *table;
};

static json_t *as_json(const struct submission *s)
{
    json_t *j = json_object();
    json_object_set_new(j, "id", json_string(s->public_id));
    json_object_set_new(j, "file", json_string(s->file));
    json_object_set_new(j, "sha256", cli_json_text(s->sha256));
    json_object_set_new(j, "source", json_string(s->source));
    json_object_set_new(j, "dataset", cli_json_text(s->dataset));
    json_object_set_new(j, "period", cli_json_text(s->period));
    json_object_set_new(j, "county", cli_json_text(s->county));
    json_object_set_new(j, "state", json_string(s->state));
    json_object_set_new(j, "rows_ok", json_integer(s->rows_ok));
    json_object_set_new(j, "rows_bad", json_integer(s->rows_bad));
    json_object_set_new(j, "code", cli_json_text(s->code));
    json_object_set_new(j, "message", cli_json_text(s->message));
    json_object_set_new(j, "receipt", cli_json_text(s->receipt));
    json_object_set_new(j, "archived", cli_json_text(s->archived));
    return j;
}

static void add_time(struct cli *cli, json_t *j, const char *key, int64_t ms)
{
    char text[40];
    cli_time(cli, ms, text);
    json_object_set_new(j, key, text[0] ? json_string(text) : json_null());
}

static int on_submission(const struct submission *s, void *arg)
{
    struct listing *l = arg;
    if (l->json) {
        json_t *j = as_json(s);
        add_time(l->cli, j, "received_at", s->received_at);
        json_array_append_new(l->json, j);
        return 0;
    }
    char at[40];
    cli_time(l->cli, s->received_at, at);
    table_row(l->table);
    table_cell(l->table, s->public_id);
    table_cell(l->table, at);
    table_cell(l->table, s->source);
    table_cell(l->table, s->file);
    const struct dataset *d =
        l->cli->plan && s->dataset ? catalog_dataset(l->cli->plan->catalog, s->dataset) : NULL;
    table_cell(l->table, d ? d->title : s->dataset);
    table_cell(l->table, s->period);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        if (strcmp(states[i].id, s->state) == 0) {
            table_cell(l->table, _(states[i].title));
            table_colour(l->table, states[i].sgr);
        }
    }
    table_cellf(l->table, "%lld", (long long)s->rows_ok);
    table_cellf(l->table, "%lld", (long long)s->rows_bad);
    return 0;
}

static struct table *submissions_table(void)
{
    struct table *t = table_new();
    static const char *const left[] = {N_("Number"),  N_("Received"), N_("Source"), N_("File"),
                                       N_("Dataset"), N_("Period"),   N_("State")};
    for (size_t i = 0; i < ARRAY_SIZE(left); i++)
        table_column(t, _(left[i]), TABLE_LEFT);
    table_column(t, _("Rows stored"), TABLE_RIGHT);
    table_column(t, _("Rows refused"), TABLE_RIGHT);
    return t;
}

static int run_submissions(struct cli *cli)
{
    const char *state = NULL, *source = NULL, *limit = NULL;
    const struct cli_option options[] = {
        {"--state", &state, NULL, NULL}, {"--source", &source, NULL, NULL}, {"--limit", &limit, NULL, NULL}};
    int r = cli_take_options(cli, &cli_submissions, options, ARRAY_SIZE(options));
    if (r == 0)
        r = cli_operands(cli, &cli_submissions, 0, 0);
    struct store *s = NULL;
    if (r == 0 && !cli->json)
        cli_want_plan(cli);
    if (r == 0)
        r = cli_open(cli, &s);
    if (r)
        return r;
    struct listing l = {
        .cli = cli, .json = cli->json ? json_array() : NULL, .table = cli->json ? NULL : submissions_table()};
    struct error err;
    r = query_submissions(s, state, source, limit ? strtoll(limit, NULL, 10) : 0, on_submission, &l, &err);
    (void)store_close(s);
    if (r < 0)
        r = cli_fail_error(&err);
    else if (cli->json)
        cli_print_json(cli, json_incref(l.json));
    else
        table_print(l.table, cli->out, cli->colour);
    json_decref(l.json);
    (void)table_free(l.table);
    return r;
}

static json_t *error_json(const struct submission_error *e)
{
    json_t *j = json_object();
    json_object_set_new(j, "level", json_string(e->level));
    json_object_set_new(j, "sheet", cli_json_text(e->sheet));
    json_object_set_new(j, "row", e->row < 0 ? json_null() : json_integer(e->row));
    json_object_set_new(j, "column", cli_json_text(e->column));
    json_object_set_new(j, "cell", cli_json_text(e->cell));
    json_object_set_new(j, "entity", cli_json_text(e->entity));
    json_object_set_new(j, "name", cli_json_text(e->name));
    json_object_set_new(j, "code", json_string(e->code));
    json_object_set_new(j, "message", json_string(e->message));
    return j;
}

// A file refused as a whole has no row to complain of: its reason is the one complaint.
static json_t *whole_file_json(const struct submission *s)
{
    json_t *j = json_object();
    json_object_set_new(j, "level", json_string("refuse"));
    static const char *const none[] = {"sheet", "row", "column", "cell", "entity", "name"};
    for (size_t i = 0; i < ARRAY_SIZE(none); i++)
        json_object_set_new(j, none[i], json_null());
    json_object_set_new(j, "code", json_string(s->code ? s->code : s->state));
    json_object_set_new(j, "message", json_string(s->message));
    return j;
}

static const char *level_title(const char *level)
{
    return strcmp(level, "refuse") == 0    ? _("not stored")
           : strcmp(level, "missing") == 0 ? _("missing")
           : strcmp(level, "ask") == 0     ? _("to be checked")
                                           : _("remark");
}

static void print_errors(struct cli *cli, const struct submission_detail *d)
{
    struct table *t = table_new();
    static const char *const left[] = {N_("Kind"), N_("Sheet"), N_("Row"),
                                       N_("Cell"), N_("Who"),   N_("Complaint")};
    for (size_t i = 0; i < ARRAY_SIZE(left); i++)
        table_column(t, _(left[i]), TABLE_LEFT);
    for (size_t i = 0; i < d->n_errors; i++) {
        const struct submission_error *e = &d->errors[i];
        table_row(t);
        table_cell(t, level_title(e->level));
        table_colour(t, strcmp(e->level, "refuse") == 0 ? "31" : NULL);
        table_cell(t, e->sheet);
        if (e->row < 0)
            table_cell(t, NULL);
        else
            table_cellf(t, "%d", e->row);
        table_cell(t, e->cell);
        table_cellf(t, "%s%s%s", e->entity ? e->entity : "", e->entity && e->name ? " " : "",
                    e->name ? e->name : "");
        table_cell(t, e->message);
    }
    if (d->sub.message)
        fprintf(cli->out, "%s: %s\n", d->sub.public_id, d->sub.message);
    if (table_rows(t))
        table_print(t, cli->out, cli->colour);
    else if (!d->sub.message)
        fputs(_("No complaint about this file.\n"), cli->out);
    (void)table_free(t);
}

static int load_detail(struct cli *cli, const char *id, struct submission_detail *ret)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    struct error err;
    struct submission sub = {0};
    r = submission_find(s, id, &sub, &err);
    if (r == 0)
        r = submission_detail_load(s, sub.id, ret, &err);
    submission_deinit(&sub);
    (void)store_close(s);
    if (r == -ENOENT)
        return cli_fail(EX_NOINPUT, _("there is no submission %s; “junheng submissions” lists them"), id);
    return r < 0 ? cli_fail_error(&err) : 0;
}

static int run_errors(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_errors, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_errors, 1, 1);
    struct submission_detail d = {0};
    if (r == 0)
        r = load_detail(cli, cli->argv[0], &d);
    if (r)
        return r;
    if (cli->json) {
        json_t *all = json_array();
        if (d.n_errors == 0 && d.sub.message && strcmp(d.sub.state, "duplicate") != 0)
            json_array_append_new(all, whole_file_json(&d.sub));
        for (size_t i = 0; i < d.n_errors; i++)
            json_array_append_new(all, error_json(&d.errors[i]));
        cli_print_json(cli, all);
    } else {
        print_errors(cli, &d);
    }
    submission_detail_deinit(&d);
    return 0;
}

const struct command cli_submissions = {
    .name = "submissions",
    .arguments = "[--state STATE] [--source NAME] [--limit N]",
    .summary = N_("files handed in, newest first"),
    .help = N_("STATE is one of received, stored, rejected, quarantined, duplicate.\n"
               "Example: junheng submissions --state rejected --limit 20\n"),
    .run = run_submissions,
};

const struct command cli_errors = {
    .name = "errors",
    .arguments = "SUBMISSION",
    .summary = N_("what was wrong with one file, cell by cell"),
    .help = N_("SUBMISSION is a number as “junheng submissions” and the receipts show it.\n"
               "Example: junheng errors S-20251013-0031\n"),
    .run = run_errors,
};
