// SPDX-License-Identifier: Apache-2.0
// Gathers what a receipt says, so that it can be written without holding a transaction.
#include "report/receipt.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/i18n.h"
#include "report/receipt_data.h"
#include "store/roster.h"

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

static void take_received(struct receipt_data *r)
{
    time_t at = (time_t)(r->detail.sub.received_at / 1000);
    struct tm local;
    if (localtime_r(&at, &local))
        (void)strftime(r->received, sizeof r->received, "%Y-%m-%d %H:%M:%S", &local);
}

// Rows with something missing: complaints are in order of rows, so a change of row is a new one.
static void count_missing_rows(struct receipt_data *r)
{
    int table = -1, row = -1;
    for (size_t i = 0; i < r->detail.n_errors; i++) {
        const struct submission_error *e = &r->detail.errors[i];
        if (strcmp(e->level, "missing") != 0 || (e->row == row && e->table_no == table))
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

static void take_names(struct receipt_data *r, const struct catalog *c, const struct config *conf)
{
    const struct submission *s = &r->detail.sub;
    const struct dataset *d = s->dataset ? catalog_dataset(c, s->dataset) : NULL;
    r->dataset_title = d ? str_dup(d->title) : NULL;
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

// Who owes the main dataset in the file's period and county, and has not handed in yet.
static int take_coverage(struct store *s, struct receipt_data *r, struct error *err)
{
    const struct submission *sub = &r->detail.sub;
    bool stands = strcmp(sub->state, "stored") == 0 || strcmp(sub->state, "rejected") == 0;
    if (!stands || !sub->dataset || !sub->period || !sub->county || !sub->county[0])
        return 0;
    struct roster_coverage c = {0};
    int e = roster_coverage_load(s, sub->dataset, sub->period, sub->county, &c, err);
    if (e == 0 && c.known) {
        r->has_roster = true;
        r->owed = (int)c.owed;
        r->handed_in = (int)c.reported;
        r->absent = mem_array(c.n_missing, sizeof *r->absent);
        for (size_t i = 0; i < c.n_missing; i++)
            r->absent[r->n_absent++] = (struct receipt_absent){.code = str_dup(c.missing[i].code),
                                                               .name = str_dup(c.missing[i].name)};
    }
    roster_coverage_deinit(&c);
    return e;
}

int receipt_load(struct store *s, const struct catalog *c, const struct config *conf, int64_t submission,
                 struct receipt_data **ret, struct error *err)
{
    struct receipt_data *r = mem_alloc(sizeof *r);
    int e = submission_detail_load(s, submission, &r->detail, err);
    if (e == 0)
        e = take_coverage(s, r, err);
    if (e < 0) {
        (void)receipt_free(r);
        return e;
    }
    take_summary(r);
    take_received(r);
    count_missing_rows(r);
    take_names(r, c, conf);
    *ret = r;
    return 0;
}
