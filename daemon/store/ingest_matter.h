// SPDX-License-Identifier: Apache-2.0
// One row on its way into the database; shared by ingest_whose.c and ingest_row.c.
#pragma once

#include "store/ingest_internal.h"

// A row in the making, with what was found out about it.
struct matter {
    struct ingest *in;
    struct ingest_table *table;
    struct fact_row *row;
    int64_t school; // code, 0 if the dataset has no schools or the row none
    bool refused;
};

// `column` is an index into the facts, n_columns for the whole row. Both take the message over.
void matter_refuse(struct matter *m, const char *code, size_t column, char *message);
void matter_ask(struct matter *m, const char *code, size_t column, char *message);
// Finds school and county and asks whether the source may speak for them.
int matter_whose(struct matter *m, struct error *err);
