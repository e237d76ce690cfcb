// SPDX-License-Identifier: Apache-2.0
// WIRE_ERROR frames and their limit.
#include "read/complaint.h"

#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"

#define CODES_MAX 48

struct unsaid {
    const char *code;
    enum level level;
    uint64_t count;
};

struct complaints {
    struct emit *emit;
    unsigned said[COMPLAINT_LEVEL_COUNT];
    struct unsaid unsaid[CODES_MAX];
    size_t n_unsaid;
    json_t *held; // while the table they speak of is not announced
};

// What must be corrected is listed longest; each level has its own limit, so that none hides another.
static const unsigned limits[COMPLAINT_LEVEL_COUNT] = {
    [COMPLAINT_REFUSE] = 1000, [COMPLAINT_MISSING] = 1000, [COMPLAINT_ASK] = 500, [COMPLAINT_NOTE] = 200};
static const char *const level_names[COMPLAINT_LEVEL_COUNT] = {[COMPLAINT_REFUSE] = "refuse",
                                                               [COMPLAINT_MISSING] = "missing",
                                                               [COMPLAINT_ASK] = "ask",
                                                               [COMPLAINT_NOTE] = "note"};

struct complaints *complaints_new(struct emit *e)
{
    struct complaints *c = mem_alloc(sizeof *c);
    c->emit = e;
    return c;
}

struct complaints *complaints_free(struct complaints *c)
{
    if (c)
        json_decref(c->held);
    free(c);
    return NULL;
}

void complaints_hold(struct complaints *c)
{
    if (!c->held)
        c->held = json_array();
}

void complaints_release(struct complaints *c)
{
    size_t i;
    json_t *j;
    json_array_foreach(c->held, i, j)
    {
        emit_json(c->emit, WIRE_ERROR, json_incref(j));
    }
    json_decref(c->held);
    c->held = NULL;
}

bool complaints_room(struct complaints *c, enum level level, const char *code)
{
    if (c->said[level] < limits[level])
        return true;
    for (size_t i = 0; i < c->n_unsaid; i++) {
        if (c->unsaid[i].level == level && strcmp(c->unsaid[i].code, code) == 0) {
            c->unsaid[i].count++;
            return false;
        }
    }
    if (c->n_unsaid < CODES_MAX)
        c->unsaid[c->n_unsaid++] = (struct unsaid){.code = code, .level = level, .count = 1};
    return false;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *part_or_null(const char *text, size_t len)
{
    return text ? json_stringn(text, len) : json_null();
}

static void say(struct complaints *c, enum level level, const char *code, const struct place *at,
                const char *message)
{
    char cell[CELL_NAME_MAX] = "";
    if (at->cell_col != NO_CELL)
        cell_name(at->cell_row, at->cell_col, cell);
    json_t *j = json_object();
    json_object_set_new(j, "table", at->table < 0 ? json_null() : json_integer(at->table));
    json_object_set_new(j, "level", json_string(level_names[level]));
    json_object_set_new(j, "sheet", text_or_null(at->sheet));
    json_object_set_new(j, "row", at->row == NO_ROW ? json_null() : json_integer(at->row));
    json_object_set_new(j, "column", text_or_null(at->column));
    json_object_set_new(j, "column_id", text_or_null(at->column_id));
    json_object_set_new(j, "cell", *cell ? json_string(cell) : json_null());
    json_object_set_new(j, "entity", part_or_null(at->entity, at->entity_len));
    json_object_set_new(j, "name", part_or_null(at->name, at->name_len));
    json_object_set_new(j, "code", json_string(code));
    json_object_set_new(j, "message", json_string(message));
    if (c->held)
        json_array_append_new(c->held, j);
    else
        emit_json(c->emit, WIRE_ERROR, j);
}

void complain(struct complaints *c, enum level level, const char *code, const struct place *at, char *message)
{
    if (complaints_room(c, level, code)) {
        c->said[level]++;
        say(c, level, code, at, message);
    }
    free(message);
}

void complaints_finish(struct complaints *c)
{
    for (size_t i = 0; i < c->n_unsaid; i++) {
        const struct unsaid *u = &c->unsaid[i];
        struct place nowhere = {.table = -1, .cell_col = NO_CELL};
        char *message = str_printf(_("%llu more of the kind \"%s\" are not listed one by one."),
                                   (unsigned long long)u->count, u->code);
        say(c, u->level, u->code, &nowhere, message);
        free(message);
    }
}
