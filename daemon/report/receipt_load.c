// SPDX-License-Identifier: Apache-2.0
// Gathers what a receipt says, so that it can be written without holding a transaction.
#include "report/receipt.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/zone.h"
#include "report/receipt_data.h"
#include "store/roster.h"

#define COUNTIES_MAX 200

static void take_summary(struct receipt_data *r)
{
    json_t *end = r->detail.sub.summary ? json_loads(r->detail.sub.summary, 0, NULL) : NULL;
    const json_t *skipped = json_object_get(end, "skipped");
    r->skipped_totals = (int)json_integer_value(json_object_get(skipped, "total"));
    r->skipped_notes = (int)json_integer_value(json_object_get(skipped, "note"));
    const json_t *units = json_object_get(end, "units");
    r->units = mem_array(json_array_size(units), sizeof *r->units);
    for (size_t i = 0; i < json_array_size(units); i++) {
        const char *unit = json_string_value(json_array_get(units, i));
        if (unit)
            r->units[r->n_units++] = str_dup(unit);
    }
    json_decref(end);
}

static void take_tables(struct receipt_data *r, const struct catalog *c)
{
    json_t *end = r->detail.sub.summary ? json_loads(r->detail.sub.summary, 0, NULL) : NULL;
    const json_t *tables = json_object_get(end, "tables");
    r->tables = mem_array(r->detail.n_tables + 1, sizeof *r->tables);
    for (size_t i = 0; i < r->detail.n_tables; i++) {
        const json_t *t = json_array_get(tables, (size_t)r->detail.tables[i].no);
        const struct dataset *d = catalog_dataset(c, r->detail.tables[i].dataset);
        r->tables[i] = (struct receipt_table){
            .title = str_dup(d ? d->title : r->detail.tables[i].dataset),
            .header_first = (int)json_integer_value(json_object_get(t, "header_first")),
            .header_last = (int)json_integer_value(json_object_get(t, "header_last")),
            .rows = t ? (int)json_integer_value(json_object_get(t, "rows")) : -1};
    }
    json_decref(end);
}

static void take_received(struct receipt_data *r, const struct config *conf)
{
    struct civil c = zone_civil(conf->timezone, r->detail.sub.received_at);
    (void)snprintf(r->received, sizeof r->received, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
                   c.hour, c.minute, c.second);
}

// Rows with something missing: complaints are in order of rows, so a change of row is a new one. What the
// table as a whole lacks is no row.
static void count_missing_rows(struct receipt_data *r)
{
    int table = -1, row = -1;
    for (size_t i = 0; i < r->detail.n_errors; i++) {
        const struct submission_error *e = &r->detail.errors[i];
        if (strcmp(e->level, "missing") != 0 || e->row < 0 || (e->row == row && e->table_no == table))
            continue;
        row = e->row;
        table = e->table_no;
        r->rows_missing++;
    }
}

// "10-20" as people write it; a full date stays as it is.
static char *due_words(const char *date)
{
    int month, day;
    if (strlen(date) == 5 && sscanf(date, "%d-%d", &month, &day) == 2)
        return str_printf(_("%1$d/%2$d"), month, day);
    return str_dup(date);
}

// "linjiang" says little to a clerk: a source of one county is named by it as well.
static char *submitter(const struct config *conf, const char *source)
{
    const struct source_config *c = config_source(conf, source);
    bool one = c && !c->all_counties && c->counties && c->counties[0] && !c->counties[1];
    const char *county = one ? config_county_name(conf, c->counties[0]) : NULL;
    return county ? str_printf(_("%1$s (%2$s)"), county, source) : str_dup(source);
}

static void take_names(struct receipt_data *r, const struct catalog *c, const struct config *conf)
{
    const struct submission *s = &r->detail.sub;
    const struct dataset *d = s->dataset ? catalog_dataset(c, s->dataset) : NULL;
    r->dataset_title = d ? str_dup(d->title) : NULL;
    r->submitter = submitter(conf, s->source);
    r->office_phone = str_dup(conf->office_phone);
    if (s->county)
        r->county_name = str_dup(config_county_name(conf, s->county));
    for (size_t i = 0; i < conf->n_due; i++) {
        if (s->dataset && strcmp(conf->due[i].dataset, s->dataset) == 0 && !r->due)
            r->due = due_words(conf->due[i].date);
    }
    for (size_t i = 0; i < c->n_plugins && s->dataset; i++) {
        const struct plugin_info *p = c->plugins[i];
        for (size_t k = 0; k < p->n_inputs; k++)
            r->county_figures |= p->inputs[k].dataset && strcmp(p->inputs[k].dataset, s->dataset) == 0;
    }
}

static void add_coverage(struct receipt_data *r, const struct config *conf, const char *county,
                         const struct roster_coverage *c)
{
    struct receipt_coverage cover = {.county = str_dup(county),
                                     .county_name = str_dup(config_county_name(conf, county)),
                                     .owed = (int)c->owed,
                                     .handed_in = (int)c->reported};
    cover.absent = mem_array(c->n_missing + 1, sizeof *cover.absent);
    for (size_t i = 0; i < c->n_missing; i++)
        cover.absent[cover.n_absent++] =
            (struct receipt_absent){.code = str_dup(c->missing[i].code), .name = str_dup(c->missing[i].name)};
    r->coverage = mem_grow(r->coverage, r->n_coverage + 1, sizeof *r->coverage);
    r->coverage[r->n_coverage++] = cover;
}

// Of a county named by the file, or one of several that it may have rows of: then only if any is there.
static int cover_county(struct store *s, struct receipt_data *r, const struct config *conf,
                        const char *county, struct error *err)
{
    const struct submission *sub = &r->detail.sub;
    struct roster_coverage c = {0};
    int e = roster_coverage_load(s, sub->dataset, sub->period, county, &c, err);
    bool one = sub->county && sub->county[0];
    if (e == 0 && c.known && (one || c.reported))
        add_coverage(r, conf, county, &c);
    r->roster_unknown |= e == 0 && one && !c.known;
    roster_coverage_deinit(&c);
    return e;
}

// Who owes the main dataset in the file's period and counties, and has not handed in yet.
static int take_coverage(struct store *s, struct receipt_data *r, const struct catalog *c,
                         const struct config *conf, struct error *err)
{
    const struct submission *sub = &r->detail.sub;
    const struct source_config *source = config_source(conf, sub->source);
    const struct dataset *d = sub->dataset ? catalog_dataset(c, sub->dataset) : NULL;
    const struct column *school = d ? dataset_column(d, "school") : NULL;
    if (strcmp(sub->state, "stored") != 0 || !school || !school->key || !sub->period ||
        strcmp(sub->dataset, "school") == 0)
        return 0;
    if (sub->county && sub->county[0])
        return cover_county(s, r, conf, sub->county, err);
    int e = 0;
    for (size_t i = 0; e == 0 && source && i < conf->n_counties && i < COUNTIES_MAX; i++) {
        if (source_may_speak_for(source, conf->counties[i].code, NULL))
            e = cover_county(s, r, conf, conf->counties[i].code, err);
    }
    return e;
}

int receipt_load(struct store *s, const struct catalog *c, const struct config *conf, int64_t submission,
                 struct receipt_data **ret, struct error *err)
{
    struct receipt_data *r = mem_alloc(sizeof *r);
    int e = submission_detail_load(s, submission, &r->detail, err);
    if (e == 0)
        e = take_coverage(s, r, c, conf, err);
    if (e == 0)
        take_tables(r, c);
    if (e < 0) {
        (void)receipt_free(r);
        return e;
    }
    take_summary(r);
    take_received(r, conf);
    count_missing_rows(r);
    take_names(r, c, conf);
    *ret = r;
    return 0;
}
