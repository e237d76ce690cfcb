// SPDX-License-Identifier: Apache-2.0
// The command line: what a command is given, and the table of commands. A command fetches, closes the
// database, then prints.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "conf/config.h"
#include "flow/plan.h"
#include "store/store.h"

struct cli {
    const char *config_path;
    bool json;
    bool colour;
    bool help;
    int argc; // what follows the command, options taken out
    char **argv;
    struct config *config; // loaded on first need
    struct plan *plan;     // loaded on first need; NULL where it cannot be built
    FILE *out;
};

// One option of a command: its value, if given, is stored in *value.
struct cli_option {
    const char *name; // "--period"
    const char **value;
    bool *flag;       // for an option without value
    const char *help; // N_()
};

struct command {
    const char *name;
    const char *arguments; // "[--period P] …", for the usage line
    const char *summary;   // N_(): one line
    const char *help;      // N_(): what it shows, an example
    int (*run)(struct cli *cli);
};

extern const struct command cli_check, cli_status, cli_submissions, cli_errors, cli_results, cli_explain,
    cli_alerts, cli_plugins, cli_datasets, cli_template, cli_reload;

// Exit status (sysexits). Each prints its complaint to stderr before it returns other than 0.
int cli_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int cli_fail_error(const struct error *err); // status from err->code
// Takes the command's options out of argv; what is left are its operands. EX_USAGE with a complaint.
int cli_take_options(struct cli *cli, const struct command *command, const struct cli_option *options,
                     size_t n);
int cli_operands(struct cli *cli, const struct command *command, int at_least, int at_most);

int cli_need_config(struct cli *cli);
// The plan gives titles and units; without it (a plugin folder that is gone) commands fall back to ids.
void cli_want_plan(struct cli *cli);
int cli_open(struct cli *cli, struct store **ret);                            // needs no plan; read-only
const struct indicator *cli_indicator(const struct cli *cli, const char *id); // NULL without plan

void cli_print_json(struct cli *cli, json_t *j);                // takes the reference
json_t *cli_json_real(double v);                                // null for NAN
json_t *cli_json_text(const char *s);                           // null for NULL
void cli_time(const struct cli *cli, int64_t ms, char out[40]); // local to the office, "" for 0

// One request to the daemon's control socket. -ECONNREFUSED or -ENOENT when it does not run.
int cli_control(const struct cli *cli, json_t *request, json_t **ret_reply, struct error *err);
