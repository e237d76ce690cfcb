// SPDX-License-Identifier: Apache-2.0
// junheng explain: how one figure came about: formula, inputs with their cells, threshold with its clause,
// gap.
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "cli/names.h"
#include "cli/show.h"
#include "cli/table.h"
#include "store/provenance.h"
#include "store/result.h"

struct member {
    char *id;
    struct result result;
};

// Everything that one explanation shows, fetched before the database is closed.
struct explanation {
    struct result result;
    const struct indicator *indicator;
    struct threshold limit;
    bool has_limit;
    char *name;
    struct provenance provenance;
    struct result_list members; // of a rule; of a county's figure the schools it is made of
    char **member_names;
};

static void explanation_deinit(struct explanation *e)
{
    for (size_t i = 0; i < e->members.n; i++)
        free(e->member_names[i]);
    free(e->member_names);
    result_deinit(&e->result);
    free(e->name);
    provenance_deinit(&e->provenance);
    result_list_deinit(&e->members);
}

static int add_member(struct store *s, struct explanation *e, const char *indicator, const char *entity,
                      struct error *err)
{
    struct result *r = result_list_add(&e->members);
    int found = result_find(s, indicator, entity, e->result.stage, e->result.period, r, err);
    if (found == -ENOENT)
        e->members.n--;
    return found == -ENOENT ? 0 : found;
}

// A rule's members; for a county's CV, mean or rate the schools' rows of the indicator behind it.
static int fetch_members(struct store *s, struct explanation *e, struct error *err)
{
    const struct indicator *ind = e->indicator;
    for (char **id = ind->members; id && *id; id++) {
        int r = add_member(s, e, *id, e->result.entity, err);
        if (r < 0)
            return r;
    }
    if (ind->members && *ind->members)
        return 0;
    if (ind->kind != INDICATOR_CV && ind->kind != INDICATOR_RATE &&
        strcmp(e->result.entity, e->result.county) != 0)
        return 0;
    struct result_filter f = RESULT_FILTER_ALL;
    f.period = e->result.period;
    f.county = e->result.county;
    f.indicator = ind->parent ? ind->parent : ind->id;
    f.stage = (int)e->result.stage;
    return result_select(s, &f, &e->members, err);
}

static int fetch_one(struct cli *cli, struct store *s, const struct result *result, struct explanation *e,
                     struct error *err)
{
    int r = result_find(s, result->indicator, result->entity, result->stage, result->period, &e->result, err);
    if (r < 0)
        return r;
    struct period period;
    e->indicator = cli_indicator(cli, e->result.indicator);
    if (!e->indicator)
        return error_set(err, -ENOENT, _("%s: no plugin that is loaded declares this indicator"),
                         e->result.indicator);
    if (period_parse(e->result.period, &period))
        e->has_limit = standards_threshold(cli->plan->standards, e->indicator, e->result.stage,
                                           period_reference_date(&period), &e->limit);
    r = provenance_load(s, cli->plan->catalog, e->indicator, NULL, e->result.entity, e->result.stage,
                        e->result.period, &e->provenance, err);
    if (r == 0)
        r = fetch_members(s, e, err);
    if (r < 0)
        return r;
    struct names *names = names_new(cli, s);
    e->name = str_dup(names_of(names, &e->result));
    e->member_names = mem_array(e->members.n, sizeof *e->member_names);
    for (size_t i = 0; i < e->members.n; i++)
        e->member_names[i] = str_dup(names_of(names, &e->members.items[i]));
    (void)names_free(names);
    return 0;
}

static json_t *inputs_json(const struct provenance *p)
{
    json_t *all = json_array();
    for (size_t i = 0; i < p->n; i++) {
        const struct provenance_row *row = &p->rows[i];
        for (size_t k = 0; k < row->n; k++) {
            const struct provenance_cell *c = &row->cells[k];
            json_t *j = json_object();
            json_object_set_new(j, "dataset", json_string(row->dataset->id));
            json_object_set_new(j, "column", json_string(c->header ? c->header : c->column->header));
            json_object_set_new(j, "column_id", json_string(c->column->id));
            json_object_set_new(j, "value",
                                isfinite(c->number) ? json_real(c->number) : cli_json_text(c->text));
            json_object_set_new(j, "unit", cli_json_text(c->column->stored_unit));
            json_object_set_new(j, "file", cli_json_text(row->file));
            json_object_set_new(j, "submission", cli_json_text(row->public_id));
            json_object_set_new(j, "source", cli_json_text(row->source));
            json_object_set_new(j, "sheet", cli_json_text(row->sheet));
            json_object_set_new(j, "row", row->row ? json_integer(row->row) : json_null());
            json_object_set_new(j, "cell", cli_json_text(c->cell));
            json_array_append_new(all, j);
        }
    }
    return all;
}

static json_t *members_json(const struct explanation *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < e->members.n; i++) {
        const struct result *r = &e->members.items[i];
        json_t *j = json_object();
        json_object_set_new(j, "indicator", json_string(r->indicator));
        json_object_set_new(j, "entity", json_string(r->entity));
        json_object_set_new(j, "name", json_string(e->member_names[i]));
        json_object_set_new(j, "value", cli_json_real(r->value));
        json_object_set_new(j, "numerator", cli_json_real(r->numerator));
        json_object_set_new(j, "denominator", cli_json_real(r->denominator));
        json_object_set_new(j, "verdict", json_string(verdict_id(r->verdict)));
        json_object_set_new(j, "gap", cli_json_real(r->gap));
        json_array_append_new(all, j);
    }
    return all;
}

static json_t *limit_json(const struct explanation *e)
{
    static const char *const ops[] = {[OP_AT_LEAST] = ">=", [OP_AT_MOST] = "<=", [OP_BELOW] = "<"};
    if (!e->has_limit)
        return json_null();
    json_t *j = json_object();
    json_object_set_new(j, "op", json_string(ops[e->limit.op]));
    json_object_set_new(j, "value", cli_json_real(e->limit.value));
    json_object_set_new(j, "floor",
                        e->limit.floor_ratio > 0 ? json_real(e->limit.floor_ratio * e->limit.value)
                                                 : json_null());
    json_object_set_new(j, "document", cli_json_text(e->limit.document));
    json_object_set_new(j, "clause", cli_json_text(e->limit.clause));
    json_object_set_new(j, "file", cli_json_text(e->limit.file));
    json_object_set_new(j, "line", json_integer(e->limit.line));
    return j;
}

static json_t *as_json(const struct explanation *e)
{
    const struct result *r = &e->result;
    json_t *j = json_object();
    json_object_set_new(j, "indicator", json_string(r->indicator));
    json_object_set_new(j, "title", json_string(e->indicator->title));
    json_object_set_new(j, "formula", cli_json_text(e->indicator->formula));
    json_object_set_new(j, "unit", cli_json_text(e->indicator->unit));
    json_object_set_new(j, "entity", json_string(r->entity));
    json_object_set_new(j, "name", cli_json_text(e->name));
    json_object_set_new(j, "county", json_string(r->county));
    json_object_set_new(j, "stage", json_string(stage_id(r->stage)));
    json_object_set_new(j, "period", json_string(r->period));
    json_object_set_new(j, "value", cli_json_real(r->value));
    json_object_set_new(j, "numerator", cli_json_real(r->numerator));
    json_object_set_new(j, "denominator", cli_json_real(r->denominator));
    json_object_set_new(j, "threshold", cli_json_real(r->threshold));
    json_object_set_new(j, "standard", limit_json(e));
    json_object_set_new(j, "verdict", json_string(verdict_id(r->verdict)));
    json_object_set_new(j, "gap", cli_json_real(r->gap));
    json_object_set_new(j, "estimated", json_boolean(r->estimated));
    json_object_set_new(j, "provisional", json_boolean(r->provisional));
    json_object_set_new(j, "missing", cli_json_text(r->missing));
    json_object_set_new(j, "note", cli_json_text(r->note));
    json_object_set_new(j, "plugin", cli_json_text(r->plugin));
    json_object_set_new(j, "inputs", inputs_json(&e->provenance));
    json_object_set_new(j, "members", members_json(e));
    json_t *detail = r->detail ? json_loads(r->detail, 0, NULL) : NULL;
    json_object_set_new(j, "detail", detail ? detail : json_null());
    return j;
}

static void print_head(struct cli *cli, const struct explanation *e)
{
    const struct result *r = &e->result;
    char value[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX], gap[NUMBER_TEXT_MAX];
    const char *unit = e->indicator->unit ? e->indicator->unit : "";
    show_value(e->indicator, r->value, r->threshold, r->verdict, value);
    show_threshold(e->indicator, r->threshold, limit);
    fprintf(cli->out, "%s\n", e->indicator->title);
    fprintf(cli->out, _("%1$s %2$s  %3$s  %4$s\n\n"), e->name ? e->name : "", r->entity,
            stage_title(r->stage), r->period);
    const char *sgr = cli->colour ? show_verdict_colour(r->verdict) : NULL;
    fprintf(cli->out, _("Verdict:   %1$s%2$s%3$s"), sgr ? "\033[" : "", sgr ? sgr : "", sgr ? "m" : "");
    fprintf(cli->out, "%s%s", verdict_title(r->verdict), sgr ? "\033[0m" : "");
    fprintf(cli->out, "%s%s\n", r->estimated ? _("  estimated") : "",
            r->provisional ? _("  provisional") : "");
    if (*value)
        fprintf(cli->out, _("Value:     %1$s %2$s"), value, unit);
    if (*value && isfinite(r->numerator) && isfinite(r->denominator)) {
        char n[NUMBER_TEXT_MAX], d[NUMBER_TEXT_MAX];
        number_format_short(r->numerator, 4, n);
        number_format_short(r->denominator, 4, d);
        fprintf(cli->out, e->indicator->scale != 1 ? "  (%s ÷ %s × %g)" : "  (%s ÷ %s)", n, d,
                e->indicator->scale);
    }
    fputs(*value ? "\n" : "", cli->out);
    if (*limit)
        fprintf(cli->out, _("Standard:  %1$s %2$s\n"), limit, unit);
    if (e->has_limit && e->limit.document)
        fprintf(cli->out, _("Basis:     %1$s %2$s (%3$s:%4$d)\n"), e->limit.document,
                e->limit.clause ? e->limit.clause : "", e->limit.file ? e->limit.file : "", e->limit.line);
    if (isfinite(r->gap) && r->gap > 0) {
        number_format_short(r->gap, e->indicator->whole_gap ? 0 : 2, gap);
        fprintf(cli->out, _("Gap:       %s\n"), gap);
    }
    if (e->indicator->formula)
        fprintf(cli->out, _("Formula:   %s\n"), e->indicator->formula);
    if (r->note)
        fprintf(cli->out, _("Note:      %s\n"), r->note);
}

static void print_missing(struct cli *cli, const struct explanation *e)
{
    if (!e->result.missing || !*e->result.missing)
        return;
    fputs(_("Missing:   "), cli->out);
    CLEANUP_FREE char *words = str_dup(e->result.missing);
    char *rest = words, *word;
    bool first = true;
    while ((word = strsep(&rest, " ")) != NULL) {
        const char *header = word;
        for (size_t i = 0; i < e->provenance.n; i++) {
            const struct column *c = dataset_column(e->provenance.rows[i].dataset, word);
            header = c ? c->header : header;
        }
        fprintf(cli->out, "%s%s", first ? "" : _(", "), header);
        first = false;
    }
    fputc('\n', cli->out);
}

static void print_inputs(struct cli *cli, const struct explanation *e)
{
    for (size_t i = 0; i < e->provenance.n; i++) {
        const struct provenance_row *row = &e->provenance.rows[i];
        char at[40];
        cli_time(cli, row->received_at, at);
        fprintf(cli->out, _("\nFrom %1$s, sheet “%2$s” (%3$s, %4$s, %5$s)\n"), row->file,
                row->sheet ? row->sheet : "", row->public_id, row->source, at);
        struct table *t = table_new();
        table_column(t, _("Cell"), TABLE_LEFT);
        table_column(t, _("Column"), TABLE_LEFT);
        table_column(t, _("Value"), TABLE_RIGHT);
        for (size_t k = 0; k < row->n; k++) {
            const struct provenance_cell *c = &row->cells[k];
            if (!c->cell && !c->text)
                continue; // a column that the file does not have; --json names it
            table_row(t);
            table_cell(t, c->cell);
            table_cell(t, c->header ? c->header : c->column->header);
            table_cell(t, c->text);
        }
        table_print(t, cli->out, cli->colour);
        (void)table_free(t);
    }
}

static void print_members(struct cli *cli, const struct explanation *e)
{
    if (e->members.n == 0)
        return;
    struct table *t = table_new();
    static const char *const heads[] = {N_("Indicator"), N_("Who"),     N_("Value"),
                                        N_("Standard"),  N_("Verdict"), N_("Gap")};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        table_column(t, _(heads[i]), i == 2 || i == 3 || i == 5 ? TABLE_RIGHT : TABLE_LEFT);
    for (size_t i = 0; i < e->members.n; i++) {
        const struct result *r = &e->members.items[i];
        const struct indicator *ind = cli_indicator(cli, r->indicator);
        char value[NUMBER_TEXT_MAX], limit[NUMBER_TEXT_MAX], gap[NUMBER_TEXT_MAX] = "";
        show_value(ind, r->value, r->threshold, r->verdict, value);
        show_threshold(ind, r->threshold, limit);
        if (isfinite(r->gap) && r->gap > 0)
            number_format_short(r->gap, 2, gap);
        table_row(t);
        table_cell(t, ind ? ind->title : r->indicator);
        table_cellf(t, "%s %s", r->entity, e->member_names[i]);
        table_cell(t, value);
        table_cell(t, limit);
        table_cell(t, verdict_title(r->verdict));
        table_colour(t, show_verdict_colour(r->verdict));
        table_cell(t, gap);
    }
    fputc('\n', cli->out);
    table_print(t, cli->out, cli->colour);
    (void)table_free(t);
}

static const char *member_name(const struct explanation *e, const char *entity)
{
    for (size_t i = 0; i < e->members.n; i++) {
        if (strcmp(e->members.items[i].entity, entity) == 0)
            return e->member_names[i];
    }
    return "";
}

// What drives a CV: the schools with the largest shares, and the CV without each.
static void print_contributors(struct cli *cli, const struct explanation *e)
{
    json_t *detail = e->result.detail ? json_loads(e->result.detail, 0, NULL) : NULL;
    const json_t *list = json_object_get(detail, "contributors");
    if (json_array_size(list)) {
        struct table *t = table_new();
        static const char *const heads[] = {N_("School"), N_("Pupils"), N_("Value"),
                                            N_("Share of the dispersion"), N_("CV without it")};
        for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
            table_column(t, _(heads[i]), i ? TABLE_RIGHT : TABLE_LEFT);
        size_t i;
        const json_t *c;
        json_array_foreach(list, i, c)
        {
            static const char *const keys[] = {"pupils", "value", "share", "without"};
            static const int decimals[] = {0, 2, 1, 3};
            table_row(t);
            const char *entity = json_string_value(json_object_get(c, "entity"));
            table_cellf(t, "%s %s", entity ? entity : "", entity ? member_name(e, entity) : "");
            for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
                const json_t *v = json_object_get(c, keys[k]);
                char text[NUMBER_TEXT_MAX] = "";
                if (json_is_number(v))
                    number_format(json_number_value(v) * (k == 2 ? 100 : 1), decimals[k], text);
                table_cellf(t, "%s%s", text, k == 2 ? "%" : "");
            }
        }
        fputc('\n', cli->out);
        table_print(t, cli->out, cli->colour);
        (void)table_free(t);
    }
    json_decref(detail);
}

// The results that are asked for: of the period, else of the latest one; of the stage, else of each.
static int find(struct cli *cli, struct store *s, struct result_filter *f, struct result_list *ret,
                struct error *err)
{
    CLEANUP_FREE char *latest = NULL;
    if (!f->period) {
        int r = result_latest_period(s, f->indicator, f->entity, &latest, err);
        if (r < 0 && r != -ENOENT)
            return r;
        f->period = latest ? latest : "";
    }
    int r = result_select(s, f, ret, err);
    f->period = NULL;
    (void)cli;
    return r;
}

static int explain(struct cli *cli, struct result_filter *f)
{
    struct store *s;
    int r = cli_open(cli, &s);
    if (r)
        return r;
    struct error err;
    const char *period = f->period;
    struct result_list list = {0};
    struct explanation all[STAGE_COUNT] = {0};
    size_t n = 0;
    r = find(cli, s, f, &list, &err);
    for (; r >= 0 && n < list.n && n < STAGE_COUNT; n++)
        r = fetch_one(cli, s, &list.items[n], &all[n], &err);
    result_list_deinit(&list);
    (void)store_close(s);
    if (r < 0)
        r = cli_fail_error(&err);
    else if (n == 0)
        r = cli_fail(
            EX_NOINPUT,
            period ? _("there is no result of %1$s for %2$s in %3$s; see “junheng results --entity %2$s”")
                   : _("there is no result of %1$s for %2$s; see “junheng results --entity %2$s”"),
            f->indicator, f->entity, period);
    json_t *json = json_array();
    for (size_t i = 0; i < n; i++) {
        if (r == 0 && cli->json) {
            json_array_append_new(json, as_json(&all[i]));
        } else if (r == 0) {
            fputs(i ? "\n\n" : "", cli->out);
            print_head(cli, &all[i]);
            print_missing(cli, &all[i]);
            print_inputs(cli, &all[i]);
            print_contributors(cli, &all[i]);
            print_members(cli, &all[i]);
        }
        explanation_deinit(&all[i]);
    }
    if (r == 0 && cli->json)
        cli_print_json(cli, json_incref(n == 1 ? json_array_get(json, 0) : json));
    json_decref(json);
    return r;
}

static int run(struct cli *cli)
{
    struct result_filter f = RESULT_FILTER_ALL;
    const char *stage = NULL;
    const struct cli_option options[] = {{"--stage", &stage, NULL, NULL},
                                         {"--period", &f.period, NULL, NULL}};
    int r = cli_take_options(cli, &cli_explain, options, ARRAY_SIZE(options));
    if (r == 0)
        r = cli_operands(cli, &cli_explain, 2, 2);
    enum stage s;
    if (r == 0 && stage && !stage_parse(stage, &s))
        r = cli_fail(EX_USAGE, _("--stage: expected primary or junior, got “%s”"), stage);
    if (r)
        return r;
    f.indicator = cli->argv[0];
    f.entity = cli->argv[1];
    if (stage)
        f.stage = (int)s;
    struct error err;
    if (plan_load(cli->config_path, &cli->plan, &err) < 0)
        return cli_fail(EX_CONFIG, "%s", err.msg);
    return explain(cli, &f);
}

const struct command cli_explain = {
    .name = "explain",
    .arguments = "INDICATOR ENTITY [--stage S] [--period P]",
    .summary = N_("how one figure came about: formula, cells, standard with its clause, gap"),
    .help = N_("ENTITY is the code of a school or a county. Without --period the latest one.\n"
               "Example: junheng explain resource.sports_area 2101020031 --stage primary\n"
               "         junheng explain resource.sports_area.cv 210102\n"),
    .run = run,
};
