// SPDX-License-Identifier: Apache-2.0
// Reads bytes as a dropped file and keeps what the reader says, frame by frame.
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "read/read.h"

struct reading {
    json_t *tables, *rows, *errors, *bad_rows, *end; // rows: {"table","row","period","cells":{id: value}}
    size_t frames, largest;
    // Of the decoder of frames.
    char **words;
    size_t n_words;
};

// The built-in datasets.
struct catalog *reading_catalog(void);
void reading_init(struct reading *r);
void reading_deinit(struct reading *r);
// The job of the tests: file "f", source city, everything allowed.
struct read_job reading_job(const char *file);
int reading_run(struct reading *r, const struct catalog *c, const struct read_job *job, const void *bytes,
                size_t len);
int reading_run_text(struct reading *r, const struct catalog *c, const char *file, const char *text);
// As reading_run for a descriptor.
int reading_run_fd(struct reading *r, const struct catalog *c, const struct read_job *job, int fd);

json_t *reading_row(const struct reading *r, const char *school); // the cells, NULL if there is none
double reading_number(const struct reading *r, const char *school,
                      const char *column); // fails the test if it is no number
const char *reading_text(const struct reading *r, const char *school, const char *column); // NULL if empty
json_t *reading_error(const struct reading *r, const char *code, size_t n); // the n-th of that code, NULL
const char *reading_message(const struct reading *r, const char *code); // of the first, "" if there is none
void reading_print(const struct reading *r);
