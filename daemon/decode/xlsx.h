// SPDX-License-Identifier: Apache-2.0
// Inside of the XLSX decoder: the container, its parts as streamed XML, and what the workbook says of its
// sheets.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zip.h>

#include "base/buf.h"
#include "decode/decoder.h"

struct xlsx_sheet {
    char *name, *rel_id;
    bool hidden;
};

struct xlsx {
    struct decoder *d;
    zip_t *zip;
    char **names; // of the container's entries, lower case, with / and without a leading one
    size_t n_names;
    struct xlsx_sheet *sheets; // as the workbook orders them
    size_t n_sheets;
    bool epoch_1904;
    uint8_t *formats; // per cell style: DATE_FORMAT_* or 0
    size_t n_formats;
    struct buf strings;     // shared strings, each NUL-terminated
    uint32_t *string_start; // n_strings + 1 offsets
    size_t n_strings;
};

// A relation of a part to another one inside the container.
struct xlsx_rel {
    char *id, *type, *target; // type: the last word of its URI; target: as in `names`
};

struct xlsx_rels {
    struct xlsx_rel *items;
    size_t n;
};

// xlsx_part.c
int xlsx_open(struct xlsx *x, struct error *err);
void xlsx_close(struct xlsx *x);
int64_t xlsx_part_find(const struct xlsx *x, const char *name);     // -1: there is none
char *xlsx_part_resolve(const char *from_part, const char *target); // as in `names`; the caller's
// The uncompressed size that the container claims; what is read is counted on its own.
uint64_t xlsx_part_size(struct xlsx *x, int64_t part);

// xlsx_xml.c: names come without namespace prefix. Each returns 0 to go on, 1 to stop quietly, -errno.
struct xml_handlers {
    int (*start)(void *arg, const char *name, const char **attrs, struct error *err);
    int (*end)(void *arg, const char *name, struct error *err);
    int (*text)(void *arg, const char *s, size_t n, struct error *err);
};
const char *xml_attr(const char **attrs, const char *name); // by local name; NULL if there is none
int xlsx_part_parse(struct xlsx *x, int64_t part, const struct xml_handlers *h, void *arg, struct error *err);
int xlsx_memory_parse(struct xlsx *x, const struct buf *xml, int64_t part, const struct xml_handlers *h,
                      void *arg, struct error *err);
// A whole part of at most `max` bytes.
int xlsx_part_load(struct xlsx *x, int64_t part, size_t max, struct buf *out, struct error *err);
int xlsx_damaged(struct xlsx *x, int64_t part, struct error *err);

// xlsx_book.c
int xlsx_read_rels(struct xlsx *x, const char *of_part, struct xlsx_rels *ret, struct error *err);
void xlsx_rels_free(struct xlsx_rels *rels);
const struct xlsx_rel *xlsx_rel_by_type(const struct xlsx_rels *rels, const char *type);
const struct xlsx_rel *xlsx_rel_by_id(const struct xlsx_rels *rels, const char *id);
int xlsx_read_workbook(struct xlsx *x, int64_t part, struct error *err);
int xlsx_read_styles(struct xlsx *x, int64_t part, struct error *err);

// xlsx_strings.c
int xlsx_read_strings(struct xlsx *x, int64_t part, struct error *err);
// Undoes _x000D_ and the like in place; returns the new length.
size_t xlsx_unescape(char *s, size_t n);

// xlsx_merge.c
int xlsx_read_merges(struct xlsx *x, const struct buf *xml, int64_t part, struct merge **ret, size_t *ret_n,
                     struct error *err);

// xlsx_sheet.c
enum { XLSX_LAST_ROW = 1 << 20 }; // Excel's own
// Column of "AB12", 0-based; false if it begins with no letter or more than three.
bool xlsx_column(const char *ref, uint32_t *ret);
int xlsx_read_sheet(struct xlsx *x, unsigned index, int64_t part, struct error *err);
