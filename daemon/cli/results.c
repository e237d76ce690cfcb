// SPDX-License-Identifier: Apache-2.0
// junheng results: what was measured of whom, and the verdict.
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "cli/names.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/result.h"

static json_t *as_json(const struct result *r, const char *name)
{
    json_t *j = json_object();
    json_object_set_new(j, "period", json_string(r->period));
    json_object_set_new(j, "indicator", json_string(r->indicator));
    json_object_set_new(j, "entity", json_string(r->entity));
    json_object_set_new(j, "name", name && *name ? json_string(name) : json_null());
    json_object_set_new(j, "county", json_string(r->county));
    json_object_set_new(j, "stage", json_string(stage_id(r->stage)));
    json_object_set_new(j, "value", cli_json_real(r->value));
    json_object_set_new(j, "numerator", cli_json_real(r->numerator));
    json_object_set_new(j, "denominator", cli_json_real(r->denominator));
    json_object_set_new(j, "threshold", cli_json_real(r->threshold));
    json_object_set_new(j, "verdict", json_string(verdict_id(r->verdict)));
    json_object_set_new(j, "gap", cli_json_real(r->gap));
    json_object_set_new(j, "estimated", json_boolean(r->estimated));
    json_object_set_new(j, "provisional", json_boolean(r->provisional));
    json_object_set_new(j, "plugin", cli_json_text(r->plugin));
    json_object_set_new(j, "pupils", cli_json_real(r->pupils));
    json_object_set_new(j, "missing", cli_json_text(r->missing));
    json_object_set_new(j, "note", cli_json_text(r->note));
    json_t *detail = r->detail ? json_loads(r->detail, 0, NULL) : NULL;
    json_object_set_new(j, "detail", detail ? detail : json_null());
    return j;
}

static void add_row(struct cli *cli, struct table *t, const struct result *r, const char *name)
{
    char value[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX], gap[NUMBER_TEXT_MAX] = "";
    const struct indicator *ind = cli_indicator(cli, r->indicator);
    show_value(ind, r->value, r->threshold, r->verdict, value);
    show_threshold(ind, r->threshold, limit);
    if (isfinite(r->gap) && r->gap > 0)
        number_format_short(r->gap, ind && ind->whole_gap ? 0 : 2, gap);
    table_row(t);
    table_cell(t, r->period);
    table_cell(t, ind ? ind->title : r->indicator);
    table_cell(t, stage_title(r->stage));
    table_cell(t, r->entity);
    table_cell(t, name);
    table_cell(t, value);
    table_cell(t, limit);
    table_cell(t, verdict_title(r->verdict));
    table_colour(t, show_verdict_colour(r->verdict));
    table_cell(t, gap);
    table_cellf(t, "%s%s%s", r->estimated ? _("estimated") : "", r->estimated && r->provisional ? " " : "",
                r->provisional ? _("provisional") : "");
    if (!r->estimated && !r->provisional)
        table_colour(t, NULL);
}

static struct table *new_table(void)
{
    static const struct {
        const char *title;
        enum table_align align;
    } heads[] = {
        {N_("Period"), TABLE_LEFT},    {N_("Indicator"), TABLE_LEFT}, {N_("Stage"), TABLE_LEFT},
        {N_("Code"), TABLE_LEFT},      {N_("Name"), TABLE_LEFT},      {N_("Value"), TABLE_RIGHT},
        {N_("Standard"), TABLE_RIGHT}, {N_("Verdict"), TABLE_LEFT},   {N_("Gap"), TABLE_RIGHT},
        {N_("Marks"), TABLE_LEFT},
    };
    struct table *t = table_new();
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        table_column(t, _(heads[i].title), heads[i].align);
    return t;
}

static int make_filter(const char *stage, const char *verdict, struct result_filter *f)
{
    enum stage s;
    enum verdict v;
    if (stage && !stage_parse(stage, &s))
        return cli_fail(EX_USAGE, _("--stage: expected primary or junior, got “%s”"), stage);
    if (verdict && !verdict_parse(verdict, &v))
        return cli_fail(EX_USAGE, _("--verdict: expected pass, floor, fail, no_data or exempt, got “%s”"),
                        verdict);
    if (stage)
        f->stage = (int)s;
    if (verdict)
        f->verdict = (int)v;
    return 0;
}

// Everything is fetched, names too, before the database is closed; only then is anything printed.
static int fetch(struct cli *cli, const struct result_filter *f, json_t **ret_json, struct table **ret_table)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    struct result_list all = {0};
    struct error err;
    r = result_select(s, f, &all, &err);
    struct names *names = names_new(cli, s);
    if (r < 0)
        r = cli_fail_error(&err);
    else if (cli->json)
        *ret_json = json_array();
    else
        *ret_table = new_table();
    for (size_t i = 0; r == 0 && i < all.n; i++) {
        const char *name = names_of(names, &all.items[i]);
        if (*ret_json)
            json_array_append_new(*ret_json, as_json(&all.items[i], name));
        else
            add_row(cli, *ret_table, &all.items[i], name);
    }
    (void)names_free(names);
    result_list_deinit(&all);
    (void)store_close(s);
    return r;
}

static int run(struct cli *cli)
{
    struct result_filter f = RESULT_FILTER_ALL;
    const char *stage = NULL, *verdict = NULL;
    const struct cli_option options[] = {
        {"--period", &f.period, NULL, NULL}, {"--indicator", &f.indicator, NULL, NULL},
        {"--entity", &f.entity, NULL, NULL}, {"--county", &f.county, NULL, NULL},
        {"--stage", &stage, NULL, NULL},     {"--verdict", &verdict, NULL, NULL},
    };
    int r = cli_take_options(cli, &cli_results, options, ARRAY_SIZE(options));
    if (r == 0)
        r = cli_operands(cli, &cli_results, 0, 0);
    if (r == 0)
        r = make_filter(stage, verdict, &f);
    if (r)
        return r;
    cli_want_plan(cli);
    json_t *json = NULL;
    struct table *table = NULL;
    r = fetch(cli, &f, &json, &table);
    if (r)
        return r;
    if (json)
        cli_print_json(cli, json);
    else if (table_rows(table))
        table_print(table, cli->out, cli->colour);
    else
        fputs(_("No result matches.\n"), cli->out);
    (void)table_free(table);
    return 0;
}

const struct command cli_results = {
    .name = "results",
    .arguments = "[--period P] [--indicator I] [--entity E] [--county C] [--stage S] [--verdict V]",
    .summary = N_("what was measured of whom, and the verdict"),
    .help = N_("S is primary or junior; V is pass, floor, fail, no_data or exempt.\n"
               "Example: junheng results --period 2025-2026 --verdict fail\n"),
    .run = run,
};
