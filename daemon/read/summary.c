// SPDX-License-Identifier: Apache-2.0
// The last frame of a file.
#include "read/summary.h"

#include <string.h>

#include "base/mem.h"

#define GROUPS_MAX 64
#define UNITS_MAX 16
#define SHEETS_MAX 256
#define FOOTERS_MAX 32

// Rows of one dataset and period.
struct group {
    const struct dataset *d;
    char period[PERIOD_TEXT_MAX];
    uint64_t rows;
};

struct summary {
    uint64_t skipped[SKIPPED_COUNT], ok, bad;
    struct group groups[GROUPS_MAX];
    size_t n_groups, last_group;
    json_t *units, *footer, *sheets, *tables;
    char *code, *message;             // why the file is rejected
    char *empty_code, *empty_message; // why, if no row is stored
};

struct summary *summary_new(void)
{
    struct summary *s = mem_alloc(sizeof *s);
    s->units = json_array();
    s->footer = json_object();
    s->sheets = json_array();
    s->tables = json_array();
    return s;
}

struct summary *summary_free(struct summary *s)
{
    if (!s)
        return NULL;
    json_decref(s->units);
    json_decref(s->footer);
    json_decref(s->sheets);
    json_decref(s->tables);
    free(s->code);
    free(s->message);
    free(s->empty_code);
    free(s->empty_message);
    free(s);
    return NULL;
}

void summary_skip(struct summary *s, enum skipped kind)
{
    s->skipped[kind]++;
}

void summary_unit(struct summary *s, const char *unit)
{
    size_t i;
    json_t *u;
    json_array_foreach(s->units, i, u)
    {
        if (strcmp(json_string_value(u), unit) == 0)
            return;
    }
    if (json_array_size(s->units) < UNITS_MAX)
        json_array_append_new(s->units, json_string(unit));
}

void summary_footer(struct summary *s, const char *key, const char *value, size_t len)
{
    if (json_object_size(s->footer) < FOOTERS_MAX)
        json_object_set_new(s->footer, key, json_stringn(value, len));
}

static bool same_group(const struct group *g, const struct dataset *d, const char *period)
{
    return g->d == d && strcmp(g->period, period) == 0;
}

void summary_row(struct summary *s, const struct dataset *d, const char *period, bool stored)
{
    if (stored)
        s->ok++;
    else
        s->bad++;
    size_t i = s->last_group;
    if (i >= s->n_groups || !same_group(&s->groups[i], d, period)) {
        for (i = 0; i < s->n_groups && !same_group(&s->groups[i], d, period); i++)
            ;
        if (i == GROUPS_MAX)
            return;
        if (i == s->n_groups) {
            struct group *g = &s->groups[s->n_groups++];
            g->d = d;
            size_t n = strnlen(period, sizeof g->period - 1);
            memcpy(g->period, period, n);
            g->period[n] = '\0';
        }
        s->last_group = i;
    }
    s->groups[i].rows++;
}

void summary_sheet(struct summary *s, const char *sheet, bool hidden, bool used, const char *why)
{
    if (json_array_size(s->sheets) >= SHEETS_MAX)
        return;
    json_t *j = json_object();
    json_object_set_new(j, "sheet", json_string(sheet));
    json_object_set_new(j, "hidden", json_boolean(hidden));
    json_object_set_new(j, "used", json_boolean(used));
    json_object_set_new(j, "why", why ? json_string(why) : json_null());
    json_array_append_new(s->sheets, j);
}

void summary_table(struct summary *s, uint32_t header_first, uint32_t header_last, size_t rows)
{
    json_t *j = json_object();
    json_object_set_new(j, "header_first", json_integer(header_first));
    json_object_set_new(j, "header_last", json_integer(header_last));
    json_object_set_new(j, "rows", json_integer((json_int_t)rows));
    json_array_append_new(s->tables, j);
}

uint64_t summary_rows(const struct summary *s)
{
    return s->ok + s->bad;
}

void summary_reject(struct summary *s, const char *code, const char *message)
{
    if (s->code)
        return;
    s->code = str_dup(code);
    s->message = str_dup(message);
}

void summary_reject_if_empty(struct summary *s, const char *code, const char *message)
{
    if (s->empty_code)
        return;
    s->empty_code = str_dup(code);
    s->empty_message = str_dup(message);
}

bool summary_rejected(const struct summary *s)
{
    return s->code != NULL;
}

// The dataset and period of most rows.
static const struct group *main_group(const struct summary *s)
{
    const struct group *best = NULL;
    for (size_t i = 0; i < s->n_groups; i++) {
        if (!best || s->groups[i].rows > best->rows)
            best = &s->groups[i];
    }
    return best;
}

json_t *summary_end(struct summary *s, const struct file_info *info)
{
    static const char *const names[SKIPPED_COUNT] = {
        [SKIPPED_TITLE] = "title",      [SKIPPED_TOTAL] = "total",
        [SKIPPED_NOTE] = "note",        [SKIPPED_BLANK] = "blank",
        [SKIPPED_FILLER] = "filler",    [SKIPPED_REPEATED_HEADER] = "repeated_header",
        [SKIPPED_CODE_ROW] = "code_row"};
    if (s->ok == 0 && s->empty_code)
        summary_reject(s, s->empty_code, s->empty_message);
    const struct group *g = main_group(s);
    char delimiter[2] = {info->delimiter, '\0'};
    json_t *skipped = json_object();
    for (int i = 0; i < SKIPPED_COUNT; i++)
        json_object_set_new(skipped, names[i], json_integer((json_int_t)s->skipped[i]));
    json_t *j = json_object();
    json_object_set_new(j, "state", json_string(s->code ? "rejected" : "ok"));
    json_object_set_new(j, "code", s->code ? json_string(s->code) : json_null());
    json_object_set_new(j, "message", s->message ? json_string(s->message) : json_null());
    json_object_set_new(j, "dataset", g ? json_string(g->d->id) : json_null());
    json_object_set_new(j, "period", g && *g->period ? json_string(g->period) : json_null());
    json_object_set_new(j, "rows_ok", json_integer(s->code ? 0 : (json_int_t)s->ok));
    json_object_set_new(j, "rows_bad", json_integer((json_int_t)s->bad));
    json_object_set_new(j, "encoding", json_string(info->encoding));
    json_object_set_new(j, "delimiter", json_string(delimiter));
    json_object_set_new(j, "skipped", skipped);
    json_object_set(j, "units", s->units);
    json_object_set(j, "footer", s->footer);
    json_object_set(j, "sheets", s->sheets);
    json_object_set(j, "tables", s->tables);
    return j;
}
