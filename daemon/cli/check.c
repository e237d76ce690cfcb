// SPDX-License-Identifier: Apache-2.0
// junheng check: configuration, standards, datasets and plugins, as start and reload would take them.
#include "cli/cli.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"

static int report_json(struct cli *cli, const struct error *err)
{
    json_t *errors = json_array();
    if (err)
        json_array_append_new(errors, json_string(err->msg));
    for (size_t i = 0; cli->plan && i < cli->plan->n_failures; i++) {
        CLEANUP_FREE char *text =
            str_printf("%s: %s", cli->plan->failures[i].path, cli->plan->failures[i].message);
        json_array_append_new(errors, json_string(text));
    }
    int status = json_array_size(errors) > 0;
    json_t *j = json_pack("{s:b, s:s, s:o}", "ok", !status, "config", cli->config_path, "errors", errors);
    if (cli->plan) {
        json_object_set_new(j, "sources", json_integer((json_int_t)cli->plan->config->n_sources));
        json_object_set_new(j, "channels", json_integer((json_int_t)cli->plan->config->n_channels));
        json_object_set_new(j, "plugins", json_integer((json_int_t)cli->plan->catalog->n_plugins));
        json_object_set_new(j, "datasets", json_integer((json_int_t)cli->plan->catalog->n_datasets));
        json_object_set_new(j, "indicators", json_integer((json_int_t)cli->plan->catalog->n_indicators));
    }
    cli_print_json(cli, j);
    return status;
}

static int run(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_check, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_check, 0, 0);
    if (r)
        return r;
    struct error err;
    bool bad = plan_load(cli->config_path, &cli->plan, &err) < 0;
    if (cli->json)
        return report_json(cli, bad ? &err : NULL);
    if (bad) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    const struct plan *p = cli->plan;
    for (size_t i = 0; i < p->n_failures; i++)
        fprintf(stderr, "%s: %s\n", p->failures[i].path, p->failures[i].message);
    fprintf(cli->out,
            _("%1$s: %2$zu sources, %3$zu channels, %4$zu plugins, %5$zu datasets, %6$zu indicators\n"),
            cli->config_path, p->config->n_sources, p->config->n_channels, p->catalog->n_plugins,
            p->catalog->n_datasets, p->catalog->n_indicators);
    if (p->n_failures == 0)
        fputs(_("Nothing to complain about.\n"), cli->out);
    return p->n_failures > 0;
}

const struct command cli_check = {
    .name = "check",
    .arguments = "",
    .summary = N_("check configuration, standards and plugins"),
    .help = N_(
        "Reads everything as the daemon would at its start and says what is wrong: FILE:LINE:COLUMN, what was found, what was "
        "expected. Exit status 1 if there is a complaint.\n"),
    .run = run,
};
