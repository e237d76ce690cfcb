// SPDX-License-Identifier: Apache-2.0
// Batches of rows with a dictionary, and JSON frames between them.
#include "read/emit.h"

#include <errno.h>
#include <string.h>

#include "base/frame.h"
#include "base/mem.h"
#include "read/fold.h"

#define BATCH_BYTES (60u << 10)
#define WRITE_BYTES (64u << 10)
#define HOLD_BYTES (8u << 20) // as the daemon waits before it opens a transaction
#define DICTIONARY_MAX (1u << 18)
#define DICTIONARY_BYTES (16u << 20)

struct word {
    size_t at; // in the arena
    uint32_t len;
    uint32_t index; // from 1; 0: free
};

struct emit {
    read_write_fn *write;
    void *arg;
    int error;
    bool started;
    struct buf out;
    struct buf batch; // one WIRE_ROWS payload in the making
    unsigned batch_table;
    uint32_t batch_rows;
    struct word *words; // dictionary, open addressing
    size_t words_size;
    uint32_t n_words;
    struct buf arena;
};

struct emit *emit_new(read_write_fn *write, void *arg)
{
    struct emit *e = mem_alloc(sizeof *e);
    e->write = write;
    e->arg = arg;
    e->words_size = 1024;
    e->words = mem_array(e->words_size, sizeof *e->words);
    return e;
}

struct emit *emit_free(struct emit *e)
{
    if (!e)
        return NULL;
    buf_deinit(&e->out);
    buf_deinit(&e->batch);
    buf_deinit(&e->arena);
    free(e->words);
    free(e);
    return NULL;
}

// Writes whole frames of about WRITE_BYTES at a time.
static void write_out(struct emit *e)
{
    size_t from = 0, to = 0;
    while (to < e->out.len && e->error == 0) {
        struct frame f;
        int r = frame_next((const uint8_t *)e->out.data + to, e->out.len - to, &f);
        if (r <= 0) {
            e->error = -EPROTO;
            break;
        }
        to += FRAME_HEAD + f.len;
        if (to - from >= WRITE_BYTES || to == e->out.len) {
            e->started = true;
            e->error = e->write(e->arg, e->out.data + from, to - from);
            from = to;
        }
    }
    buf_reset(&e->out);
}

static void settle(struct emit *e)
{
    if (e->out.len >= (e->started ? WRITE_BYTES : HOLD_BYTES))
        write_out(e);
}

static void put_u16(char *to, unsigned v)
{
    to[0] = (char)(v & 0xff);
    to[1] = (char)(v >> 8 & 0xff);
}

static void put_u32(char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(v >> (8 * i) & 0xff);
}

static void put_u64(char *to, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        to[i] = (char)(v >> (8 * i) & 0xff);
}

static void end_batch(struct emit *e)
{
    if (!e->batch_rows)
        return;
    put_u16(e->batch.data, e->batch_table);
    put_u32(e->batch.data + 2, e->batch_rows);
    frame_add(&e->out, WIRE_ROWS, e->batch.data, e->batch.len);
    buf_reset(&e->batch);
    e->batch_rows = 0;
    settle(e);
}

void emit_json(struct emit *e, enum wire_type type, json_t *j)
{
    end_batch(e);
    char *text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    if (!text) { // a text that is not UTF-8 has got in
        e->error = e->error ? e->error : -EILSEQ;
        return;
    }
    frame_add(&e->out, (uint8_t)type, text, strlen(text));
    free(text);
    settle(e);
}

static struct word *word_slot(const struct emit *e, const char *text, size_t len)
{
    size_t i = (size_t)text_hash(text, len, 0) & (e->words_size - 1);
    for (;; i = (i + 1) & (e->words_size - 1)) {
        struct word *w = &e->words[i];
        if (!w->index || (w->len == len && memcmp(e->arena.data + w->at, text, len) == 0))
            return w;
    }
}

static void grow_dictionary(struct emit *e)
{
    struct word *old = e->words;
    size_t n = e->words_size;
    e->words_size *= 2;
    e->words = mem_array(e->words_size, sizeof *e->words);
    for (size_t i = 0; i < n; i++) {
        if (old[i].index)
            *word_slot(e, e->arena.data + old[i].at, old[i].len) = old[i];
    }
    free(old);
}

static void put_text(struct emit *e, enum wire_tag tag, const char *text, size_t len)
{
    char head[5] = {(char)tag};
    put_u32(head + 1, (uint32_t)len);
    buf_add(&e->batch, head, sizeof head);
    buf_add(&e->batch, text, len);
}

static void put_word(struct emit *e, const char *text, size_t len)
{
    struct word *w = word_slot(e, text, len);
    if (w->index) {
        char cell[5] = {WIRE_DICT};
        put_u32(cell + 1, w->index - 1);
        buf_add(&e->batch, cell, sizeof cell);
        return;
    }
    if (e->n_words >= DICTIONARY_MAX || e->arena.len + len > DICTIONARY_BYTES) {
        put_text(e, WIRE_TEXT, text, len);
        return;
    }
    *w = (struct word){.at = e->arena.len, .len = (uint32_t)len, .index = ++e->n_words};
    buf_add(&e->arena, text, len);
    put_text(e, WIRE_DICT_NEW, text, len);
    if (2 * (size_t)e->n_words > e->words_size)
        grow_dictionary(e);
}

void emit_row_begin(struct emit *e, unsigned table, uint32_t row, const char *period)
{
    if (e->batch_rows && (e->batch_table != table || e->batch.len >= BATCH_BYTES))
        end_batch(e);
    if (!e->batch_rows) {
        buf_reset(&e->batch);
        buf_add(&e->batch, "\0\0\0\0\0\0", 6); // table and count, known at the end
        e->batch_table = table;
    }
    char number[4];
    put_u32(number, row);
    buf_add(&e->batch, number, sizeof number);
    put_word(e, period, strlen(period));
}

void emit_value(struct emit *e, const struct value *v, enum column_type type, bool recurs)
{
    char cell[9] = {WIRE_NULL};
    uint64_t bits;
    bool real = type == COLUMN_DECIMAL || type == COLUMN_PERCENT;
    switch (v->kind) {
    case VALUE_INT:
    case VALUE_REAL:
        cell[0] = real ? WIRE_REAL : WIRE_INT;
        if (real)
            memcpy(&bits, &v->real, sizeof bits);
        else
            bits = (uint64_t)v->integer;
        put_u64(cell + 1, bits);
        buf_add(&e->batch, cell, 9);
        return;
    case VALUE_TEXT:
        if (recurs)
            put_word(e, v->text, v->len);
        else
            put_text(e, WIRE_TEXT, v->text, v->len);
        return;
    case VALUE_EMPTY:
    case VALUE_BAD:
        break;
    }
    buf_add(&e->batch, cell, 1);
}

void emit_row_end(struct emit *e)
{
    e->batch_rows++;
}

bool emit_started(const struct emit *e)
{
    return e->started;
}

int emit_error(const struct emit *e)
{
    return e->error;
}

int emit_flush(struct emit *e)
{
    end_batch(e);
    write_out(e);
    return e->error;
}
