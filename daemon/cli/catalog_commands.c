// SPDX-License-Identifier: Apache-2.0
// junheng plugins, datasets and template: what can be measured, what can be handed in, and on which form.
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "cli/table.h"
#include "report/template.h"
#include "store/query.h"

static int need_plan(struct cli *cli)
{
    struct error err;
    if (cli->plan || plan_load(cli->config_path, &cli->plan, &err) == 0)
        return 0;
    return cli_fail(EX_CONFIG, "%s", err.msg);
}

struct aside {
    const char *plugin;
    json_t *list;
};

static int on_aside(const char *kind, const char *name, const char *scope, const char *reason, int64_t since,
                    void *arg)
{
    struct aside *a = arg;
    (void)since;
    if (strcmp(kind, "plugin") == 0 && strcmp(name, a->plugin) == 0)
        json_array_append_new(a->list, json_pack("{s:s, s:s}", "scope", scope, "reason", reason));
    return 0;
}

static unsigned indicators_of(const struct catalog *c, const char *plugin)
{
    unsigned n = 0;
    for (size_t i = 0; i < c->n_indicators; i++)
        n += c->indicators[i]->plugin && strcmp(c->indicators[i]->plugin, plugin) == 0;
    return n;
}

static json_t *plugin_json(struct cli *cli, struct store *s, const struct plugin_info *p)
{
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "name", p->name, "version", p->version, "title",
                          p->title, "path", p->path, "sha256", p->sha256, "indicators",
                          (int)indicators_of(cli->plan->catalog, p->name));
    struct aside aside = {.plugin = p->name, .list = json_array()};
    struct query_run run = {0};
    struct error err;
    if (s && query_set_aside(s, on_aside, &aside, &err) == 0)
        (void)query_last_run(s, p->name, &run, &err); // what is not there shows as null
    json_object_set_new(j, "state", json_string(json_array_size(aside.list) ? "set_aside" : "active"));
    json_object_set_new(j, "set_aside", aside.list);
    json_object_set_new(j, "last_outcome", cli_json_text(run.outcome));
    json_object_set_new(j, "last_message", cli_json_text(run.message));
    query_run_deinit(&run);
    return j;
}

static json_t *plugins_json(struct cli *cli)
{
    struct store *s = NULL;
    struct error err;
    CLEANUP_FREE char *path = str_printf("%s/junheng.db", cli->plan->config->state);
    (void)store_open(&s, path, STORE_READ,
                     &err); // before the first start there is none: plugins are shown all the same
    json_t *all = json_array();
    for (size_t i = 0; i < cli->plan->catalog->n_plugins; i++)
        json_array_append_new(all, plugin_json(cli, s, cli->plan->catalog->plugins[i]));
    for (size_t i = 0; i < cli->plan->n_failures; i++) {
        const struct plugin_failure *f = &cli->plan->failures[i];
        json_array_append_new(all, json_pack("{s:s, s:n, s:n, s:s, s:n, s:i, s:s, s:[], s:n, s:s}", "name",
                                             f->name, "version", "title", "path", f->path, "sha256",
                                             "indicators", 0, "state", "failed", "set_aside", "last_outcome",
                                             "last_message", f->message));
    }
    if (s)
        (void)store_close(s);
    return all;
}

static void print_plugins(struct cli *cli, const json_t *all)
{
    struct table *t = table_new();
    static const char *const heads[] = {N_("Plugin"),     N_("Version"), N_("Title"),
                                        N_("Indicators"), N_("State"),   N_("Last run")};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        table_column(t, _(heads[i]), i == 3 ? TABLE_RIGHT : TABLE_LEFT);
    size_t k;
    const json_t *p;
    json_array_foreach(all, k, p)
    {
        const char *state = json_string_value(json_object_get(p, "state"));
        const char *message = json_string_value(json_object_get(p, "last_message"));
        const json_t *aside = json_array_get(json_object_get(p, "set_aside"), 0);
        table_row(t);
        table_cell(t, json_string_value(json_object_get(p, "name")));
        table_cell(t, json_string_value(json_object_get(p, "version")));
        table_cell(t, json_string_value(json_object_get(p, "title")));
        table_cellf(t, "%lld", (long long)json_integer_value(json_object_get(p, "indicators")));
        table_cell(t, strcmp(state, "active") == 0   ? _("active")
                      : strcmp(state, "failed") == 0 ? _("not loaded")
                                                     : _("set aside"));
        table_colour(t, strcmp(state, "active") == 0 ? "32" : "31");
        if (aside)
            table_cellf(t, "%s: %s", json_string_value(json_object_get(aside, "scope")),
                        json_string_value(json_object_get(aside, "reason")));
        else
            table_cell(t,
                       message && *message ? message : json_string_value(json_object_get(p, "last_outcome")));
    }
    table_print(t, cli->out, cli->colour);
    (void)table_free(t);
}

static int retry(struct cli *cli, const char *plugin)
{
    int r = cli_need_config(cli);
    if (r)
        return r;
    struct error err;
    json_t *reply;
    r = cli_control(cli, json_pack("{s:s, s:s}", "cmd", "retry", "plugin", plugin), &reply, &err);
    if (r < 0)
        return cli_fail_error(&err);
    json_decref(reply);
    fprintf(cli->out, _("%s: runs again on what had been set aside\n"), plugin);
    return 0;
}

static int run_plugins(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_plugins, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_plugins, 0, 2);
    if (r)
        return r;
    if (cli->argc == 2 && strcmp(cli->argv[0], "retry") == 0)
        return retry(cli, cli->argv[1]);
    if (cli->argc > 0 && strcmp(cli->argv[0], "list") != 0)
        return cli_fail(EX_USAGE, _("usage: junheng %1$s %2$s"), cli_plugins.name, cli_plugins.arguments);
    r = need_plan(cli);
    if (r)
        return r;
    json_t *all = plugins_json(cli);
    if (cli->json)
        cli_print_json(cli, json_incref(all));
    else
        print_plugins(cli, all);
    json_decref(all);
    return 0;
}

static json_t *dataset_json(const struct dataset *d)
{
    json_t *columns = json_array(), *key = json_array();
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct column *c = &d->columns[i];
        if (c->is_period || c->key)
            json_array_append_new(key, json_string(c->header));
        if (c->hidden)
            continue;
        json_array_append_new(columns,
                              json_pack("{s:s, s:s, s:o, s:b}", "id", c->id, "header", c->header, "unit",
                                        cli_json_text(c->unit), "owed", c->owed == OWED_ALWAYS));
    }
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "id", d->id, "title", d->title, "period",
                     period_kind_name(d->period), "key", key, "columns", columns);
}

static void print_datasets(struct cli *cli)
{
    struct table *t = table_new();
    table_column(t, _("Dataset"), TABLE_LEFT);
    table_column(t, _("Title"), TABLE_LEFT);
    table_column(t, _("Columns"), TABLE_RIGHT);
    table_column(t, _("Key"), TABLE_LEFT);
    for (size_t i = 0; i < cli->plan->catalog->n_datasets; i++) {
        const struct dataset *d = cli->plan->catalog->datasets[i];
        CLEANUP(buf_deinit) struct buf key = BUF_INIT;
        for (size_t k = 0; k < d->n_columns; k++) {
            if (d->columns[k].is_period || d->columns[k].key)
                buf_addf(&key, "%s%s", key.len ? " + " : "", d->columns[k].header);
        }
        table_row(t);
        table_cell(t, d->id);
        table_cell(t, d->title);
        table_cellf(t, "%zu", d->n_columns);
        table_cell(t, buf_str(&key));
    }
    table_print(t, cli->out, cli->colour);
    (void)table_free(t);
}

static int run_datasets(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_datasets, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_datasets, 0, 0);
    if (r == 0)
        r = need_plan(cli);
    if (r)
        return r;
    if (!cli->json) {
        print_datasets(cli);
        return 0;
    }
    json_t *all = json_array();
    for (size_t i = 0; i < cli->plan->catalog->n_datasets; i++)
        json_array_append_new(all, dataset_json(cli->plan->catalog->datasets[i]));
    cli_print_json(cli, all);
    return 0;
}

static int run_template(struct cli *cli)
{
    const char *output = NULL;
    const struct cli_option options[] = {{"-o", &output, NULL, NULL}, {"--output", &output, NULL, NULL}};
    int r = cli_take_options(cli, &cli_template, options, ARRAY_SIZE(options));
    if (r == 0)
        r = cli_operands(cli, &cli_template, 1, 1);
    if (r == 0)
        r = need_plan(cli);
    if (r)
        return r;
    const struct dataset *d = catalog_dataset(cli->plan->catalog, cli->argv[0]);
    if (!d)
        return cli_fail(EX_USAGE, _("there is no dataset %s; “junheng datasets” lists them"), cli->argv[0]);
    CLEANUP_FREE char *path = output ? str_dup(output) : str_printf("%s.xlsx", d->title);
    struct error err;
    i18n_init(
        cli->plan->config->language); // the form speaks the office's language, whatever this terminal's is
    r = template_write(d, path, &err);
    if (r < 0)
        return cli_fail(EX_CANTCREAT, "%s", err.msg);
    if (cli->json)
        cli_print_json(cli, json_pack("{s:s, s:s}", "dataset", d->id, "file", path));
    else
        fprintf(cli->out, _("%1$s: empty form of %2$s\n"), path, d->title);
    return 0;
}

const struct command cli_plugins = {
    .name = "plugins",
    .arguments = "[list | retry NAME]",
    .summary = N_("plugins, and what was set aside"),
    .help = N_(
        "A plugin that failed twice on the same county and period is set aside for that pair until its file changes or "
        "“junheng plugins retry NAME” lifts it.\n"),
    .run = run_plugins,
};

const struct command cli_datasets = {
    .name = "datasets",
    .arguments = "",
    .summary = N_("tables that can be handed in"),
    .help = N_("With --json also their columns.\n"),
    .run = run_datasets,
};

const struct command cli_template = {
    .name = "template",
    .arguments = "DATASET [-o FILE.xlsx]",
    .summary = N_("write the empty form of a dataset"),
    .help = N_("A workbook with drop-down lists, comments and checks that reads back without a complaint.\n"
               "Example: junheng template school_resource -o school_resource.xlsx\n"),
    .run = run_template,
};
