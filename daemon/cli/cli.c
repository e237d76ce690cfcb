// SPDX-License-Identifier: Apache-2.0
// What the commands share: options, loading, complaints, JSON.
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/zone.h"

int cli_fail(int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fputs("junheng: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
    return status;
}

int cli_fail_error(const struct error *err)
{
    int status = EX_SOFTWARE;
    switch (-err->code) {
    case ENOENT:
        status = EX_NOINPUT;
        break;
    case EACCES:
    case EPERM:
        status = EX_NOPERM;
        break;
    case EINVAL:
        status = EX_CONFIG;
        break;
    case EUCLEAN:
    case EPROTO:
        status = EX_DATAERR;
        break;
    case EIO:
    case ENOSPC:
    case EROFS:
        status = EX_IOERR;
        break;
    case EBUSY:
    case EAGAIN:
        status = EX_TEMPFAIL;
        break;
    case ECONNREFUSED:
        status = EX_UNAVAILABLE;
        break;
    default:
        break;
    }
    return cli_fail(status, "%s", err->msg);
}

static const struct cli_option *find_option(const struct cli_option *options, size_t n, const char *arg,
                                            const char **ret_value)
{
    size_t len = strcspn(arg, "=");
    for (size_t i = 0; i < n; i++) {
        if (strlen(options[i].name) == len && strncmp(options[i].name, arg, len) == 0) {
            *ret_value = arg[len] == '=' ? arg + len + 1 : NULL;
            return &options[i];
        }
    }
    return NULL;
}

static int bad_option(const struct command *command, const char *arg)
{
    return cli_fail(EX_USAGE, _("%1$s: unknown option %2$s; see “junheng %1$s --help”"), command->name, arg);
}

int cli_take_options(struct cli *cli, const struct command *command, const struct cli_option *options,
                     size_t n)
{
    int left = 0;
    bool only_operands = false;
    for (int i = 0; i < cli->argc; i++) {
        char *arg = cli->argv[i];
        if (only_operands || arg[0] != '-' || !arg[1]) {
            cli->argv[left++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            only_operands = true;
            continue;
        }
        const char *value;
        const struct cli_option *o = find_option(options, n, arg, &value);
        if (!o)
            return bad_option(command, arg);
        if (o->flag) {
            *o->flag = true;
            continue;
        }
        if (!value && i + 1 < cli->argc)
            value = cli->argv[++i];
        if (!value)
            return cli_fail(EX_USAGE, _("%1$s: %2$s needs a value"), command->name, o->name);
        *o->value = value;
    }
    cli->argc = left;
    return 0;
}

int cli_operands(struct cli *cli, const struct command *command, int at_least, int at_most)
{
    if (cli->argc >= at_least && cli->argc <= at_most)
        return 0;
    return cli_fail(EX_USAGE, _("usage: junheng %1$s %2$s"), command->name, command->arguments);
}

int cli_need_config(struct cli *cli)
{
    struct error err;
    if (cli->config || config_load(cli->config_path, &cli->config, &err) == 0)
        return 0;
    (void)cli_fail(EX_CONFIG, "%s", err.msg);
    return err.code == -ENOENT ? EX_NOINPUT : EX_CONFIG;
}

void cli_want_plan(struct cli *cli)
{
    struct error err;
    if (!cli->plan && plan_load(cli->config_path, &cli->plan, &err) < 0)
        (void)cli_fail(0, _("%s; names of indicators are shown as their ids"), err.msg);
}

int cli_open(struct cli *cli, struct store **ret)
{
    int r = cli_need_config(cli);
    if (r)
        return r;
    CLEANUP_FREE char *path = str_printf("%s/junheng.db", cli->config->state);
    struct error err;
    r = store_open(ret, path, STORE_READ, &err);
    if (r == -ENOENT)
        return cli_fail(
            EX_NOINPUT,
            _("%s: there is no database yet; has the daemon been started with this configuration?"), path);
    return r < 0 ? cli_fail_error(&err) : 0;
}

const struct indicator *cli_indicator(const struct cli *cli, const char *id)
{
    return cli->plan ? catalog_indicator(cli->plan->catalog, id) : NULL;
}

void cli_print_json(struct cli *cli, json_t *j)
{
    (void)json_dumpf(j, cli->out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', cli->out);
    json_decref(j);
}

json_t *cli_json_real(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

json_t *cli_json_text(const char *s)
{
    return s ? json_string(s) : json_null();
}

void cli_time(const struct cli *cli, int64_t ms, char out[40])
{
    out[0] = '\0';
    if (!ms)
        return;
    struct civil c = zone_civil(cli->config ? cli->config->timezone : "Asia/Shanghai", ms);
    (void)snprintf(out, 40, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                   c.second);
}
