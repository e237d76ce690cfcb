// SPDX-License-Identifier: Apache-2.0
// What the files of ingest share. The way of a frame: ingest.c hands it to ingest_frame.c (JSON) or
// ingest_rows.c (binary), which types the cells; ingest_row.c decides the row's fate; ingest_end.c draws the
// sum.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/frame.h"
#include "base/period.h"
#include "store/fact_table.h"
#include "store/entity.h"
#include "store/ingest.h"
#include "store/key_set.h"
#include "store/roster.h"

#define TABLES_MAX 1000
#define ISSUES_MAX 10000   // complaints kept of one file; the rest is counted
#define BAD_ROWS_MAX 20000 // refused rows kept for the correction file
#define NO_COUNTY 1        // code of the empty text: not known (yet)
#define KEY_TEXT_MAX 200   // bytes; longer is a sentence in the wrong column
#define TEXT_MAX (128u << 10)
#define WORDS_MAX (4u << 20) // entries of a file's dictionary
#define WORDS_BYTES_MAX (256u << 20)

// One complaint. Strings are owned; NULL where there is nothing to say.
struct issue {
    const char *level;  // refuse, missing, ask, note
    int64_t table, row; // −1: none
    char *sheet, *column, *column_id, *cell, *entity, *name, *code, *message;
};

struct word {
    char *text;
    size_t len;
    int64_t code; // 0: not asked for yet
};

struct ingest_table {
    struct fact_table *facts;
    char *sheet, *kind, *period; // period NULL: each row carries its own
    json_t *layout, *headers;
    size_t n_columns;
    size_t *slot_of; // of each column on the wire; facts->n_columns for the one that is the period
    bool *given;     // as facts->columns
    bool refused;    // the source may not hand it in
    bool told_of_names;
};

// Rows and changes of one dataset, period and county.
struct tally {
    size_t dataset; // index in the catalogue
    int64_t period, county;
    int64_t rows; // that stand
    bool changed;
    bool wide; // from a table of many rows
};

// Rows of one dataset, period and county of which another source says something else.
struct conflict {
    size_t dataset;
    int64_t period, county, other, rows; // codes; other: a source
    bool replaced;                       // some of ours took the place of theirs
    struct buf schools;                  // the first of them, for people
};

struct ingest {
    struct store *store;
    const struct catalog *catalog;
    const struct config *config;
    const struct source_config *source;
    int64_t submission, source_code, now_ms;
    char *reader_version;
    bool savepoint;

    struct ingest_table *tables;
    size_t n_tables;
    struct fact_table **facts; // as catalog->datasets, made when needed
    struct word *words;
    size_t n_words, cap_words, words_bytes;
    struct buf scratch;

    struct key_set keys;
    struct tally *tallies;
    size_t n_tallies, cap_tallies;
    struct key_set tally_index;
    struct conflict *conflicts;
    size_t n_conflicts;
    struct issue *issues;
    size_t n_issues, cap_issues;
    int64_t issues_dropped, n_bad_rows;
    int64_t rows_read, rows_ok, rows_bad, rows_unchanged;
    int64_t rows_new;        // that stood under no key before
    bool not_corrected;      // a row was replaced that no correction file had asked for
    int64_t replaced_others; // rows of sources of lower precedence
    int64_t replaced_source; // one of them
    bool roster_changed;

    // What the last row asked, since neighbours ask the same.
    struct {
        int64_t period;
        enum period_kind kind;
        char text[PERIOD_TEXT_MAX];
        int64_t roster; // code of the school year whose roster holds; 0: not asked for yet
    } last_period;
    struct {
        bool valid;
        int64_t roster, school;
        struct roster_entry entry;
    } last_school;
    struct roster_lookup roster;

    bool ended;
    json_t *end;
    char *summary;
};

// ingest_frame.c. -EPROTO: nonsense.
int ingest_table_frame(struct ingest *in, const struct frame *f, struct error *err);
int ingest_error_frame(struct ingest *in, const struct frame *f, struct error *err);
int ingest_bad_row_frame(struct ingest *in, const struct frame *f, struct error *err);
int ingest_end_frame(struct ingest *in, const struct frame *f, struct error *err);
int ingest_facts(struct ingest *in, size_t dataset, struct fact_table **ret, struct error *err);
void ingest_table_deinit(struct ingest_table *t);
// ingest_rows.c
int ingest_rows_frame(struct ingest *in, const struct frame *f, struct error *err);
// ingest_row.c (and ingest_whose.c): `row` has period, slots, table and row; the rest is found here.
int ingest_row(struct ingest *in, struct ingest_table *t, struct fact_row *row, struct error *err);
struct tally *ingest_tally(struct ingest *in, size_t dataset, int64_t period, int64_t county);
// ingest_issue.c
struct issue_at {
    const struct ingest_table *table; // NULL: the whole file
    int64_t row;                      // −1: the whole table
    size_t column;                    // of the facts; n_columns: none
    const struct fact_row *fact;      // entity and name are taken from it; may be NULL
};
// Takes the message over; cells and names are worked out here. False: too many, only counted.
void ingest_complain(struct ingest *in, const char *level, const char *code, const struct issue_at *at,
                     char *message);
void ingest_issue_add(struct ingest *in, struct issue issue);
int ingest_write_issues(struct ingest *in, struct error *err);
void issue_deinit(struct issue *i);
size_t ingest_table_no(const struct ingest *in, const struct ingest_table *t);
// ingest_end.c
// What the file as a whole gives cause to ask: entries it no longer lists, other sources replaced, counties
// unknown.
int ingest_ask(struct ingest *in, struct error *err);
int ingest_touch_scopes(struct ingest *in, int64_t *ret_n, struct error *err);
// ingest_correct.c: drops the correction rows that the clerk cannot or need not correct.
int ingest_settle_corrections(struct ingest *in, struct error *err);
// Notes what a row replaces; *ret of ingest_is_correction: the file has only rows that an earlier one's
// correction file asked for, so that what it does not list is not lacking.
int ingest_note_replaced(struct ingest *in, const struct fact_found *found, struct error *err);
int ingest_is_correction(struct ingest *in, const struct dataset *d, bool *ret, struct error *err);
// roster_apply.c: rows that a new or changed roster puts into another county, and rows known by name alone.
int ingest_apply_roster(struct ingest *in, struct error *err);
