// SPDX-License-Identifier: Apache-2.0
// The receipt (回执) of one submission, rebuilt from the database at any time: text, and a small file with
// just the bad rows to correct (待更正), XLSX for XLSX and CSV for CSV.
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "conf/config.h"
#include "store/store.h"

struct receipt_data;

// Everything the receipt says, read in one go so that writing it holds no transaction. Any thread with its
// own store.
int receipt_load(struct store *s, const struct catalog *c, const struct config *conf, int64_t submission,
                 struct receipt_data **ret, struct error *err);
struct receipt_data *receipt_free(struct receipt_data *r);
void receipt_text(const struct receipt_data *r, struct buf *out);
// Writes NAME_回执.txt and, if rows were refused or cells are missing, the correction file into the folder
// `dir_fd` (temporary name, fsync, rename; no link followed). *ret_name: the receipt's file name, the
// caller's. Thread pool.
int receipt_write(const struct receipt_data *r, int dir_fd, char **ret_name, struct error *err);
