// SPDX-License-Identifier: Apache-2.0
// A receiver of frames for tests.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"
#include "read/wire.h"

struct catalog *reading_catalog(void)
{
    struct catalog *c = NULL;
    struct error err = {0};
    if (catalog_load(TEST_SOURCE_DIR "/conf/datasets", &c, &err) < 0)
        fail_msg("%s", err.msg);
    return c;
}

void reading_init(struct reading *r)
{
    *r = (struct reading){
        .tables = json_array(), .rows = json_array(), .errors = json_array(), .bad_rows = json_array()};
}

void reading_deinit(struct reading *r)
{
    json_decref(r->tables);
    json_decref(r->rows);
    json_decref(r->errors);
    json_decref(r->bad_rows);
    json_decref(r->end);
    for (size_t i = 0; i < r->n_words; i++)
        free(r->words[i]);
    free(r->words);
    *r = (struct reading){0};
}

struct read_job reading_job(const char *file)
{
    return (struct read_job){.file = file, .source = "city", .school_system = "六三制"};
}

struct cursor {
    const uint8_t *p, *end;
};

static uint64_t take(struct cursor *c, unsigned bytes)
{
    uint64_t v = 0;
    assert_true((size_t)(c->end - c->p) >= bytes);
    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)*c->p++ << (8 * i);
    return v;
}

static json_t *take_text(struct reading *r, struct cursor *c, bool new_word)
{
    size_t n = (size_t)take(c, 4);
    assert_true((size_t)(c->end - c->p) >= n);
    char *text = str_ndup((const char *)c->p, n);
    c->p += n;
    assert_int_equal(strlen(text), n);
    json_t *j = json_string(text);
    assert_non_null(j);
    if (new_word) {
        r->words = mem_grow(r->words, r->n_words + 1, sizeof *r->words);
        r->words[r->n_words++] = text;
    } else {
        free(text);
    }
    return j;
}

static json_t *take_cell(struct reading *r, struct cursor *c)
{
    double real;
    uint64_t bits;
    size_t index;
    switch (take(c, 1)) {
    case WIRE_NULL:
        return json_null();
    case WIRE_INT:
        return json_integer((json_int_t)take(c, 8));
    case WIRE_REAL:
        bits = take(c, 8);
        memcpy(&real, &bits, sizeof real);
        return json_real(real);
    case WIRE_TEXT:
        return take_text(r, c, false);
    case WIRE_DICT_NEW:
        return take_text(r, c, true);
    case WIRE_DICT:
        index = (size_t)take(c, 4);
        assert_true(index < r->n_words);
        return json_string(r->words[index]);
    default:
        fail_msg("unknown tag");
        return NULL;
    }
}

static void take_rows(struct reading *r, const struct frame *f)
{
    struct cursor c = {f->data, f->data + f->len};
    json_int_t table = (json_int_t)take(&c, 2);
    uint64_t n = take(&c, 4);
    json_t *columns = json_object_get(json_array_get(r->tables, (size_t)table), "columns");
    assert_non_null(columns);
    for (uint64_t i = 0; i < n; i++) {
        json_t *row = json_object(), *cells = json_object(), *column;
        size_t k;
        json_object_set_new(row, "table", json_integer(table));
        json_object_set_new(row, "row", json_integer((json_int_t)take(&c, 4)));
        json_object_set_new(row, "period", take_cell(r, &c));
        json_array_foreach(columns, k, column)
        {
            json_object_set_new(cells, json_string_value(column), take_cell(r, &c));
        }
        json_object_set_new(row, "cells", cells);
        json_array_append_new(r->rows, row);
    }
    assert_true(c.p == c.end);
}

static int on_frames(void *arg, const void *frames, size_t len)
{
    struct reading *r = arg;
    struct frame f;
    const uint8_t *p = frames;
    r->largest = len > r->largest ? len : r->largest;
    while (len) {
        assert_int_equal(frame_next(p, len, &f), 1);
        assert_null(r->end);
        r->frames++;
        json_t *j = f.type == WIRE_ROWS ? NULL : json_loadb((const char *)f.data, f.len, 0, NULL);
        if (f.type == WIRE_ROWS)
            take_rows(r, &f);
        else if (f.type == WIRE_TABLE)
            json_array_append_new(r->tables, j);
        else if (f.type == WIRE_ERROR)
            json_array_append_new(r->errors, j);
        else if (f.type == WIRE_BAD_ROW)
            json_array_append_new(r->bad_rows, j);
        else if (f.type == WIRE_END)
            r->end = j;
        else
            fail_msg("unknown frame %c", f.type);
        if (f.type == WIRE_ERROR && json_is_integer(json_object_get(j, "table")))
            assert_true((size_t)json_integer_value(json_object_get(j, "table")) < json_array_size(r->tables));
        p += FRAME_HEAD + f.len;
        len -= FRAME_HEAD + f.len;
    }
    return 0;
}

int reading_run_fd(struct reading *r, const struct catalog *c, const struct read_job *job, int fd)
{
    struct error err = {0};
    int result = read_file(fd, c, job, on_frames, r, &err);
    if (result == 0)
        assert_non_null(r->end);
    return result;
}

int reading_run(struct reading *r, const struct catalog *c, const struct read_job *job, const void *bytes,
                size_t len)
{
    int fd = memfd_create("reading", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(frame_write_all(fd, bytes, len), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    int result = reading_run_fd(r, c, job, fd);
    close(fd);
    return result;
}

int reading_run_text(struct reading *r, const struct catalog *c, const char *file, const char *text)
{
    struct read_job job = reading_job(file);
    return reading_run(r, c, &job, text, strlen(text));
}

json_t *reading_row(const struct reading *r, const char *school)
{
    size_t i;
    json_t *row;
    json_array_foreach(r->rows, i, row)
    {
        json_t *cells = json_object_get(row, "cells");
        const char *code = json_string_value(json_object_get(cells, "school"));
        const char *name = json_string_value(json_object_get(cells, "school_name"));
        if ((code && strcmp(code, school) == 0) || (!code && name && strcmp(name, school) == 0))
            return cells;
    }
    return NULL;
}

double reading_number(const struct reading *r, const char *school, const char *column)
{
    json_t *v = json_object_get(reading_row(r, school), column);
    if (!json_is_number(v)) {
        reading_print(r);
        fail_msg("%s of %s is no number", column, school);
    }
    return json_number_value(v);
}

const char *reading_text(const struct reading *r, const char *school, const char *column)
{
    return json_string_value(json_object_get(reading_row(r, school), column));
}

json_t *reading_error(const struct reading *r, const char *code, size_t n)
{
    size_t i;
    json_t *e;
    json_array_foreach(r->errors, i, e)
    {
        if (strcmp(json_string_value(json_object_get(e, "code")), code) == 0 && n-- == 0)
            return e;
    }
    return NULL;
}

const char *reading_message(const struct reading *r, const char *code)
{
    json_t *e = reading_error(r, code, 0);
    return e ? json_string_value(json_object_get(e, "message")) : "";
}

static void print_all(const char *what, const json_t *list)
{
    size_t i;
    json_t *j;
    json_array_foreach(list, i, j)
    {
        char *text = json_dumps(j, JSON_COMPACT);
        print_message("%s %s\n", what, text);
        free(text);
    }
}

void reading_print(const struct reading *r)
{
    print_all("T", r->tables);
    print_all("R", r->rows);
    print_all("E", r->errors);
    print_all("B", r->bad_rows);
    char *text = json_dumps(r->end ? r->end : json_null(), JSON_COMPACT);
    print_message("Z %s\n", text);
    free(text);
}
