// SPDX-License-Identifier: Apache-2.0
// junheng status and reload: how the daemon fares, also while it is stopped.
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "store/query.h"

static json_t *counts_json(const struct query_counts *c)
{
    json_t *j = json_object();
    for (size_t i = 0; i < c->n; i++)
        json_object_set_new(j, c->items[i].word, json_integer(c->items[i].n));
    return j;
}

typedef int counts_fn(struct store *s, struct query_counts *ret, struct error *err);

static int add_counts(struct store *s, json_t *to, const char *key, counts_fn *fn)
{
    struct query_counts c = {0};
    struct error err;
    if (fn(s, &c, &err) < 0)
        return cli_fail_error(&err);
    json_object_set_new(to, key, counts_json(&c));
    query_counts_deinit(&c);
    return 0;
}

static int on_set_aside(const char *kind, const char *name, const char *scope, const char *reason,
                        int64_t since, void *arg)
{
    (void)since;
    json_array_append_new(
        arg, json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "name", name, "scope", scope, "reason", reason));
    return 0;
}

static int from_database(struct cli *cli, json_t *status)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    json_t *aside = json_array();
    struct error err;
    if (query_set_aside(s, on_set_aside, aside, &err) < 0)
        r = cli_fail_error(&err);
    json_object_set_new(status, "set_aside", aside);
    if (r == 0)
        r = add_counts(s, status, "submissions", query_submission_states);
    if (r == 0)
        r = add_counts(s, status, "alerts", query_alert_states);
    if (r == 0)
        r = add_counts(s, status, "outbox", query_outbox_states);
    (void)store_close(s);
    return r;
}

static int from_daemon(struct cli *cli, json_t *status)
{
    struct error err;
    json_t *reply;
    int r = cli_control(cli, json_pack("{s:s}", "cmd", "status"), &reply, &err);
    bool stopped = r == -ENOENT || r == -ECONNREFUSED;
    json_object_set_new(status, "running", stopped ? json_false() : json_true());
    if (r == 0) {
        json_object_del(reply, "ok");
        json_object_set_new(status, "daemon", reply);
    } else if (!stopped) {
        json_object_set_new(status, "daemon_error",
                            json_string(err.msg)); // running, but this user may not ask it
    }
    return 0;
}

struct word {
    const char *id, *title;
};
static const struct word submission_words[] = {
    {"received", N_("being read")},        {"stored", N_("stored")},
    {"rejected", N_("refused")},           {"quarantined", N_("set aside")},
    {"duplicate", N_("handed in before")}, {NULL, NULL},
};
static const struct word alert_words[] = {
    {"pending", N_("pending")},   {"firing", N_("not handled")}, {"acknowledged", N_("acknowledged")},
    {"silenced", N_("silenced")}, {"resolved", N_("resolved")},  {NULL, NULL},
};
static const struct word outbox_words[] = {
    {"pending", N_("waiting to be sent")}, {"sent", N_("sent")}, {"dead", N_("given up")}, {NULL, NULL}};

static const char *title_of(const struct word *words, const char *id)
{
    for (; words->id; words++) {
        if (strcmp(words->id, id) == 0)
            return _(words->title);
    }
    return id;
}

static void print_counts(struct cli *cli, const char *title, const struct word *words, const json_t *counts)
{
    fprintf(cli->out, "%s", title);
    const char *key;
    const json_t *n;
    bool any = false;
    json_object_foreach((json_t *)(uintptr_t)counts, key, n)
    {
        fprintf(cli->out, "%s%s %lld", any ? _(", ") : "", title_of(words, key),
                (long long)json_integer_value(n));
        any = true;
    }
    fputs(any ? "\n" : _("none\n"), cli->out);
}

static void print_daemon(struct cli *cli, const json_t *status)
{
    const json_t *daemon = json_object_get(status, "daemon");
    const char *error = json_string_value(json_object_get(status, "daemon_error"));
    if (json_is_false(json_object_get(status, "running")))
        fputs(_("Daemon:      not running; what follows is the state it left\n"), cli->out);
    else if (error)
        fprintf(cli->out, _("Daemon:      running, but does not tell this user more (%s)\n"), error);
    else
        fputs(_("Daemon:      running\n"), cli->out);
    const char *key;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)daemon, key, value)
    {
        CLEANUP_FREE char *text =
            json_is_string(value)
                ? str_dup(json_string_value(value))
                : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        fprintf(cli->out, "  %-18s %s\n", key, text);
    }
}

static int run_status(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_status, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_status, 0, 0);
    if (r == 0)
        r = cli_need_config(cli);
    if (r)
        return r;
    json_t *status = json_pack("{s:s, s:s, s:s}", "version", JUNHENG_VERSION, "config", cli->config->path,
                               "state", cli->config->state);
    (void)from_daemon(cli, status);
    r = from_database(cli, status);
    if (r) {
        json_decref(status);
        return r;
    }
    if (cli->json) {
        cli_print_json(cli, status);
        return 0;
    }
    print_daemon(cli, status);
    print_counts(cli, _("Files:       "), submission_words, json_object_get(status, "submissions"));
    print_counts(cli, _("Alerts:      "), alert_words, json_object_get(status, "alerts"));
    print_counts(cli, _("Messages:    "), outbox_words, json_object_get(status, "outbox"));
    size_t i;
    const json_t *a;
    json_array_foreach(json_object_get(status, "set_aside"), i, a) fprintf(
        cli->out, _("Set aside:   %1$s %2$s %3$s: %4$s\n"), json_string_value(json_object_get(a, "kind")),
        json_string_value(json_object_get(a, "name")), json_string_value(json_object_get(a, "scope")),
        json_string_value(json_object_get(a, "reason")));
    json_decref(status);
    return 0;
}

static int run_reload(struct cli *cli)
{
    int r = cli_take_options(cli, &cli_reload, NULL, 0);
    if (r == 0)
        r = cli_operands(cli, &cli_reload, 0, 0);
    if (r == 0)
        r = cli_need_config(cli);
    if (r)
        return r;
    struct error err;
    json_t *reply;
    r = cli_control(cli, json_pack("{s:s}", "cmd", "reload"), &reply, &err);
    if (r == -ENOENT || r == -ECONNREFUSED)
        return cli_fail(EX_UNAVAILABLE, _("the daemon is not running"));
    if (r < 0)
        return cli_fail(EX_CONFIG, _("not reloaded, the old configuration goes on: %s"), err.msg);
    if (cli->json) {
        cli_print_json(cli, reply);
        return 0;
    }
    json_decref(reply);
    fputs(_("Reloaded.\n"), cli->out);
    return 0;
}

const struct command cli_status = {
    .name = "status",
    .arguments = "",
    .summary = N_("how the daemon fares; files, alerts and messages in numbers"),
    .help = N_("Works while the daemon is stopped too, from what it left.\n"),
    .run = run_status,
};

const struct command cli_reload = {
    .name = "reload",
    .arguments = "",
    .summary = N_("have the daemon read its configuration again, and wait for the outcome"),
    .help = N_(
        "A configuration with a mistake is refused with its place; the daemon goes on with the old one.\n"),
    .run = run_reload,
};
