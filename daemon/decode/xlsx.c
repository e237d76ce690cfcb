// SPDX-License-Identifier: Apache-2.0
// A workbook from its container: which parts it has, then sheet after sheet in the workbook's order.
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/xlsx.h"

// Other things that are zip archives too.
static int refuse_container(struct xlsx *x, struct error *err)
{
    if (xlsx_part_find(x, "xl/workbook.bin") >= 0)
        return decoder_refuse(
            x->d, "not_a_table", err,
            _("The workbook is in the binary format .xlsb. Please save it as .xlsx and hand that in."));
    if (xlsx_part_find(x, "word/document.xml") >= 0)
        return decoder_refuse(
            x->d, "not_a_table", err,
            _("The file is a text document (Word or WPS Writer). Please hand in the table as .xlsx or .csv."));
    if (xlsx_part_find(x, "content.xml") >= 0)
        return decoder_refuse(
            x->d, "not_a_table", err,
            _("The file is in the OpenDocument format. Please save it as .xlsx and hand that in."));
    return decoder_refuse(
        x->d, "not_a_table", err,
        _("The file is a zip archive without a workbook. Please unpack it and hand in the tables themselves."));
}

static int find_workbook(struct xlsx *x, int64_t *ret, struct error *err)
{
    struct xlsx_rels rels = {0};
    int r = xlsx_read_rels(x, "", &rels, err);
    const struct xlsx_rel *rel = r < 0 ? NULL : xlsx_rel_by_type(&rels, "officeDocument");
    int64_t part = rel ? xlsx_part_find(x, rel->target) : -1;
    if (part < 0)
        part = xlsx_part_find(x, "xl/workbook.xml");
    bool other = part >= 0 && !strstr(x->names[part], "workbook.xml") &&
                 xlsx_part_find(x, "xl/workbook.xml") < 0 &&
                 (xlsx_part_find(x, "word/document.xml") >= 0 || xlsx_part_find(x, "xl/workbook.bin") >= 0 ||
                  xlsx_part_find(x, "ppt/presentation.xml") >= 0);
    xlsx_rels_free(&rels);
    if (r < 0)
        return r;
    if (part < 0 || other)
        return refuse_container(x, err);
    *ret = part;
    return 0;
}

// Relations name the part; a workbook without them keeps it in the usual place.
static int64_t find_part(const struct xlsx *x, const struct xlsx_rels *rels, const char *type,
                         const char *usual)
{
    const struct xlsx_rel *rel = xlsx_rel_by_type(rels, type);
    int64_t part = rel ? xlsx_part_find(x, rel->target) : -1;
    return part >= 0 ? part : xlsx_part_find(x, usual);
}

static int read_common(struct xlsx *x, const struct xlsx_rels *rels, struct error *err)
{
    int64_t styles = find_part(x, rels, "styles", "xl/styles.xml");
    int64_t strings = find_part(x, rels, "sharedStrings", "xl/sharedstrings.xml");
    int r = styles < 0 ? 0 : xlsx_read_styles(x, styles, err);
    if (r == 0 && strings >= 0)
        r = xlsx_read_strings(x, strings, err);
    return r;
}

static int read_sheets(struct xlsx *x, const struct xlsx_rels *rels, struct error *err)
{
    unsigned read = 0;
    for (unsigned i = 0; i < x->n_sheets; i++) {
        const struct xlsx_rel *rel = xlsx_rel_by_id(rels, x->sheets[i].rel_id);
        CLEANUP_FREE char *usual = str_printf("xl/worksheets/sheet%u.xml", i + 1);
        if (rel && strcmp(rel->type, "worksheet") != 0)
            continue; // a chart, a dialogue, old macros
        int64_t part = xlsx_part_find(x, rel ? rel->target : usual);
        if (part < 0)
            return decoder_refuse(x->d, "damaged", err,
                                  _("The sheet \"%s\" is named in the workbook but not there. "
                                    "Please open the file in Excel or WPS, save it again and hand that in."),
                                  x->sheets[i].name);
        int r = xlsx_read_sheet(x, i, part, err);
        if (r < 0)
            return r;
        read++;
    }
    return read ? 0 : decoder_refuse(x->d, "empty", err, _("The workbook has no sheet with cells."));
}

static int read_book(struct xlsx *x, struct error *err)
{
    int64_t workbook = -1;
    struct xlsx_rels rels = {0};
    int r = xlsx_open(x, err);
    if (r == 0)
        r = find_workbook(x, &workbook, err);
    if (r == 0)
        r = xlsx_read_workbook(x, workbook, err);
    if (r == 0)
        r = xlsx_read_rels(x, x->names[workbook], &rels, err);
    if (r == 0)
        r = read_common(x, &rels, err);
    x->d->info->n_sheets = (unsigned)x->n_sheets;
    if (r == 0)
        r = read_sheets(x, &rels, err);
    xlsx_rels_free(&rels);
    return r;
}

int xlsx_decode(struct decoder *d, struct error *err)
{
    struct xlsx x = {.d = d};
    memcpy(d->info->encoding, "xlsx", sizeof "xlsx");
    int r = read_book(&x, err);
    xlsx_close(&x);
    return r;
}
