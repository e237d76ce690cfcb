// SPDX-License-Identifier: Apache-2.0
// The command line: finds the command, gives it its arguments, sets language and colour.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"

static const struct command *const commands[] = {
    &cli_status, &cli_submissions, &cli_errors,   &cli_results,  &cli_explain, &cli_alerts,
    &cli_check,  &cli_plugins,     &cli_datasets, &cli_template, &cli_reload,
};

static void print_usage(FILE *out)
{
    fputs(_("usage: junheng [--config FILE] [--json] COMMAND …\n\n"
            "Shows what the monitoring of compulsory education has found. Commands:\n"),
          out);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(out, "  %-12s %s\n", commands[i]->name, _(commands[i]->summary));
    fprintf(out,
            _("\nOptions:\n"
              "  --config FILE   configuration (default %s)\n"
              "  --json          for programs\n"
              "  --color WHEN    always, never or auto (default: on a terminal)\n"
              "  --help          this, or with a command what that command does\n"
              "  --version\n\n"
              "Start with: junheng status; junheng alerts; junheng explain INDICATOR ENTITY\n"),
            JUNHENG_SYSCONFDIR "/junheng.yaml");
}

static void print_help(const struct command *c)
{
    printf(_("usage: junheng %1$s %2$s\n\n%3$s.\n\n%4$s"), c->name, c->arguments, _(c->summary), _(c->help));
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

struct globals {
    const char *color;
    const struct command *command;
    bool version;
};

// Takes the options that stand for every command out of argv, wherever they stand before "--".
static int take_globals(struct cli *cli, struct globals *g)
{
    int left = 0;
    for (int i = 0; i < cli->argc; i++) {
        char *arg = cli->argv[i];
        bool has_next = i + 1 < cli->argc;
        if (strcmp(arg, "--") == 0) {
            while (i < cli->argc)
                cli->argv[left++] = cli->argv[i++];
        } else if (strcmp(arg, "--json") == 0) {
            cli->json = true;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            cli->help = true;
        } else if (strcmp(arg, "--version") == 0) {
            g->version = true;
        } else if (strncmp(arg, "--config=", 9) == 0) {
            cli->config_path = arg + 9;
        } else if (strncmp(arg, "--color=", 8) == 0) {
            g->color = arg + 8;
        } else if (strcmp(arg, "--config") == 0 || strcmp(arg, "--color") == 0) {
            if (!has_next)
                return cli_fail(EX_USAGE, _("%s needs a value"), arg);
            *(arg[4] == 'n' ? &cli->config_path : &g->color) = cli->argv[++i];
        } else if (!g->command && arg[0] != '-') {
            g->command = find_command(arg);
            if (!g->command)
                return cli_fail(EX_USAGE, _("there is no command “%s”; “junheng --help” lists them"), arg);
        } else if (!g->command) {
            return cli_fail(EX_USAGE, _("unknown option %s; see “junheng --help”"), arg);
        } else {
            cli->argv[left++] = arg;
        }
    }
    cli->argc = left;
    return 0;
}

static int set_colour(struct cli *cli, const char *when)
{
    if (!when || strcmp(when, "auto") == 0)
        cli->colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    else if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
        cli->colour = when[0] == 'a';
    else
        return cli_fail(EX_USAGE, _("--color: expected always, never or auto, got “%s”"), when);
    return 0;
}

int main(int argc, char **argv)
{
    i18n_init(NULL);
    log_init("junheng", LOG_LEVEL_WARN);
    struct cli cli = {
        .config_path = JUNHENG_SYSCONFDIR "/junheng.yaml", .argc = argc - 1, .argv = argv + 1, .out = stdout};
    struct globals g = {0};
    int status = take_globals(&cli, &g);
    if (status == 0)
        status = set_colour(&cli, g.color);
    if (status)
        return status;
    if (g.version) {
        puts("junheng " JUNHENG_VERSION);
    } else if (g.command && cli.help) {
        print_help(g.command);
    } else if (g.command) {
        status = g.command->run(&cli);
    } else {
        print_usage(cli.help ? stdout : stderr);
        status = cli.help ? EX_OK : EX_USAGE;
    }
    plan_unref(cli.plan);
    (void)config_free(cli.config);
    if (fflush(stdout) != 0 && status == 0)
        status = cli_fail(EX_IOERR, _("the output could not be written"));
    return status;
}
