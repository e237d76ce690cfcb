// SPDX-License-Identifier: Apache-2.0
// junheng alerts: what is open, one of them whole, and what a person does about it.
#include "cli/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/stage.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/alert.h"
#include "store/query.h"

static const struct {
    const char *id, *title, *sgr;
} severities[] = {
    {"red", N_("red"), "31"},
    {"orange", N_("orange"), "33"},
    {"yellow", N_("yellow"), "33"},
    {"blue", N_("blue"), "34"},
};

static const struct {
    const char *id, *title;
} states[] = {
    {"pending", N_("pending")},   {"firing", N_("not handled")}, {"acknowledged", N_("acknowledged")},
    {"silenced", N_("silenced")}, {"resolved", N_("resolved")},
};

static const struct {
    const char *id, *title;
} reasons[] = {
    {"rectified", N_("rectified")},
    {"corrected", N_("data corrected")},
    {"not_applicable", N_("no longer applies")},
};

static const char *state_title(const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        if (strcmp(states[i].id, id) == 0)
            return _(states[i].title);
    }
    return id;
}

static const char *reason_title(const char *id)
{
    for (size_t i = 0; id && i < ARRAY_SIZE(reasons); i++) {
        if (strcmp(reasons[i].id, id) == 0)
            return _(reasons[i].title);
    }
    return id ? id : "";
}

static void add_severity(struct table *t, const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
        if (strcmp(severities[i].id, id) == 0) {
            table_cell(t, _(severities[i].title));
            table_colour(t, severities[i].sgr);
            return;
        }
    }
    table_cell(t, id);
}

static void put_time(struct cli *cli, json_t *j, const char *key, int64_t ms)
{
    char text[40];
    cli_time(cli, ms, text);
    json_object_set_new(j, key, text[0] ? json_string(text) : json_null());
}

static json_t *as_json(struct cli *cli, const struct alert_row *a)
{
    json_t *j = json_object();
    json_object_set_new(j, "id", json_string(a->public_id));
    json_object_set_new(j, "indicator", json_string(a->indicator));
    json_object_set_new(j, "entity", json_string(a->entity));
    json_object_set_new(j, "name", cli_json_text(a->name));
    json_object_set_new(j, "county", json_string(a->county));
    json_object_set_new(j, "stage", json_string(a->stage));
    json_object_set_new(j, "period", json_string(a->period));
    json_object_set_new(j, "severity", json_string(a->severity));
    json_object_set_new(j, "state", json_string(a->state));
    json_object_set_new(j, "value", cli_json_real(a->value));
    json_object_set_new(j, "threshold", cli_json_real(a->threshold));
    put_time(cli, j, "opened_at", a->opened_at);
    put_time(cli, j, "resolved_at", a->resolved_at);
    json_object_set_new(j, "close_reason", cli_json_text(a->close_reason));
    json_object_set_new(j, "acknowledged_by", cli_json_text(a->acked_by));
    json_object_set_new(j, "note", cli_json_text(a->ack_note));
    return j;
}

static void add_row(struct cli *cli, struct table *t, const struct alert_row *a)
{
    char at[40], value[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX];
    const struct indicator *ind = cli_indicator(cli, a->indicator);
    enum stage stage;
    show_value(ind, a->value, a->threshold, VERDICT_FAIL, value);
    show_threshold(ind, a->threshold, limit);
    cli_time(cli, a->opened_at, at);
    table_row(t);
    table_cell(t, a->public_id);
    add_severity(t, a->severity);
    table_cell(t, state_title(a->state));
    table_cell(t, ind ? ind->title : a->indicator);
    table_cellf(t, "%s %s", a->name ? a->name : "", a->entity);
    table_cell(t, stage_parse(a->stage, &stage) ? stage_title(stage) : a->stage);
    table_cell(t, a->period);
    table_cell(t, value);
    table_cell(t, limit);
    table_cell(t, at);
    table_cell(t, reason_title(a->close_reason));
}

static struct table *new_table(void)
{
    static const char *const heads[] = {N_("Number"),   N_("Severity"), N_("State"),  N_("Indicator"),
                                        N_("Who"),      N_("Stage"),    N_("Period"), N_("Value"),
                                        N_("Standard"), N_("Opened"),   N_("Closed")};
    struct table *t = table_new();
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        table_column(t, _(heads[i]), i == 7 || i == 8 ? TABLE_RIGHT : TABLE_LEFT);
    return t;
}

static int fetch_list(struct cli *cli, const char *state, const char *county, json_t *json,
                      struct table *table)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    struct error err;
    char **ids = NULL;
    size_t n = 0;
    r = query_alert_ids(s, state, county, &ids, &n, &err);
    for (size_t i = 0; i < n; i++) {
        struct alert_row a = {0};
        if (r >= 0)
            r = alert_row_find(s, ids[i], &a, &err);
        if (r > 0 && json)
            json_array_append_new(json, as_json(cli, &a));
        else if (r > 0)
            add_row(cli, table, &a);
        alert_row_deinit(&a);
        free(ids[i]);
    }
    free(ids);
    (void)store_close(s);
    return r < 0 ? cli_fail_error(&err) : 0;
}

static int list(struct cli *cli, const char *state, const char *county)
{
    json_t *json = cli->json ? json_array() : NULL;
    struct table *table = cli->json ? NULL : new_table();
    int r = fetch_list(cli, state, county, json, table);
    if (r == 0 && json)
        cli_print_json(cli, json_incref(json));
    else if (r == 0 && table_rows(table))
        table_print(table, cli->out, cli->colour);
    else if (r == 0)
        fputs(_("No alert.\n"), cli->out);
    json_decref(json);
    (void)table_free(table);
    return r;
}

static int on_event(int64_t at, const char *kind, const char *actor, const char *detail, void *arg)
{
    json_array_append_new(arg, json_pack("{s:I, s:s, s:s?, s:s?}", "at", (json_int_t)at, "kind", kind,
                                         "actor", actor, "detail", detail));
    return 0;
}

static void print_one(struct cli *cli, const struct alert_row *a, const json_t *events)
{
    fprintf(cli->out, "%s  %s", a->public_id, state_title(a->state));
    if (a->close_reason)
        fprintf(cli->out, " (%s)", reason_title(a->close_reason));
    fprintf(cli->out, "\n\n%s\n\n", a->text ? a->text : "");
    size_t i;
    const json_t *e;
    json_array_foreach(events, i, e)
    {
        char at[40];
        const char *detail = json_string_value(json_object_get(e, "detail"));
        cli_time(cli, json_integer_value(json_object_get(e, "at")), at);
        fprintf(cli->out, "%s  %-12s %s%s%s\n", at, json_string_value(json_object_get(e, "kind")),
                json_string_value(json_object_get(e, "actor"))
                    ? json_string_value(json_object_get(e, "actor"))
                    : "",
                detail ? "  " : "", detail ? detail : "");
    }
}

static int show(struct cli *cli, const char *id)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    struct alert_row a = {0};
    struct error err;
    json_t *events = json_array();
    r = alert_row_find(s, id, &a, &err);
    if (r > 0)
        r = query_alert_events(s, a.id, on_event, events, &err) < 0 ? -1 : 1;
    (void)store_close(s);
    if (r < 0)
        r = cli_fail_error(&err);
    else if (r == 0)
        r = cli_fail(EX_NOINPUT, _("there is no alert %s; “junheng alerts” lists them"), id);
    else if (cli->json) {
        json_t *j = as_json(cli, &a);
        json_object_set_new(j, "text", cli_json_text(a.text));
        json_object_set(j, "history", events);
        cli_print_json(cli, j);
        r = 0;
    } else {
        print_one(cli, &a, events);
        r = 0;
    }
    json_decref(events);
    alert_row_deinit(&a);
    return r;
}

// "4h", "3d", "2026-12-01": until when; 0 for none given.
static int parse_until(const char *text, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (!text)
        return 0;
    struct tm day = {0};
    char *end = strptime(text, "%Y-%m-%d", &day);
    if (end && !*end) {
        day.tm_hour = 23;
        day.tm_min = 59;
        *ret_ms = ((int64_t)timegm(&day) - 8 * 3600) * 1000; // the office's day, UTC+8
        return 0;
    }
    char *unit;
    long n = strtol(text, &unit, 10);
    int64_t seconds = strcmp(unit, "h") == 0 ? 3600 : strcmp(unit, "d") == 0 ? 86400 : 0;
    if (n <= 0 || n > 3650 || !seconds)
        return cli_fail(EX_USAGE,
                        _("--until: expected a date such as 2026-12-01 or a time such as 4h or 3d, got “%s”"),
                        text);
    *ret_ms = ((int64_t)time(NULL) + n * seconds) * 1000;
    return 0;
}

static int act(struct cli *cli, const char *cmd, const char *id, const char *note, const char *until)
{
    int64_t until_ms;
    int r = parse_until(until, &until_ms);
    if (r == 0)
        r = cli_need_config(cli);
    if (r)
        return r;
    struct error err;
    json_t *reply;
    r = cli_control(cli,
                    json_pack("{s:s, s:s, s:s, s:I}", "cmd", cmd, "id", id, "note", note ? note : "",
                              "until_ms", (json_int_t)until_ms),
                    &reply, &err);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return cli_fail(EX_UNAVAILABLE, _("the daemon is not running; changes go through it"));
    if (r < 0)
        return cli_fail_error(&err);
    if (cli->json) {
        cli_print_json(cli, reply);
        return 0;
    }
    json_decref(reply);
    fprintf(cli->out, cmd[0] == 'a' ? _("%s is acknowledged.\n") : _("%s is silenced.\n"), id);
    return 0;
}

static int run(struct cli *cli)
{
    const char *state = NULL, *county = NULL, *note = NULL, *until = NULL;
    const struct cli_option options[] = {{"--state", &state, NULL, NULL},
                                         {"--county", &county, NULL, NULL},
                                         {"--note", &note, NULL, NULL},
                                         {"--until", &until, NULL, NULL}};
    int r = cli_take_options(cli, &cli_alerts, options, ARRAY_SIZE(options));
    if (r == 0)
        r = cli_operands(cli, &cli_alerts, 0, 2);
    if (r)
        return r;
    const char *verb = cli->argc ? cli->argv[0] : "list", *id = cli->argc == 2 ? cli->argv[1] : NULL;
    if (strcmp(verb, "list") == 0 && !id) {
        cli_want_plan(cli);
        return list(cli, state, county);
    }
    if (strcmp(verb, "show") == 0 && id)
        return show(cli, id);
    if ((strcmp(verb, "ack") == 0 || strcmp(verb, "silence") == 0) && id)
        return act(cli, verb, id, note, until);
    return cli_fail(EX_USAGE, _("usage: junheng %1$s %2$s"), cli_alerts.name, cli_alerts.arguments);
}

const struct command cli_alerts = {
    .name = "alerts",
    .arguments =
        "[list [--state STATE] [--county C] | show ID | ack ID [--note TEXT] [--until T] | silence ID [--note TEXT] [--until T]]",
    .summary = N_("what is out of compliance, and what is done about it"),
    .help = N_(
        "STATE is pending, firing, acknowledged, silenced, resolved, or open for all that are not resolved. T is a date or a time such "
        "as 4h or 3d.\n"
        "Example: junheng alerts list --state open\n"
        "         junheng alerts ack 2025-0137 --note \"school visited, plan by 27 October\" --until 14d\n"),
    .run = run,
};
