// SPDX-License-Identifier: Apache-2.0
// The parts that say where the sheets are and what their number formats show.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/decimal.h"
#include "decode/xlsx.h"

enum { MAX_RELS = 10000, MAX_STYLES = 100000 };

struct rels_parse {
    struct xlsx *x;
    const char *of_part;
    struct xlsx_rels *rels;
};

static int on_rel(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct rels_parse *p = arg;
    (void)err;
    const char *id = xml_attr(attrs, "Id"), *type = xml_attr(attrs, "Type"),
               *target = xml_attr(attrs, "Target");
    const char *mode = xml_attr(attrs, "TargetMode");
    if (strcmp(name, "Relationship") != 0 || !id || !type || !target || p->rels->n >= MAX_RELS ||
        (mode && strcmp(mode, "External") == 0))
        return 0;
    const char *slash = strrchr(type, '/');
    p->rels->items = mem_grow(p->rels->items, p->rels->n + 1, sizeof *p->rels->items);
    p->rels->items[p->rels->n++] = (struct xlsx_rel){.id = str_dup(id),
                                                     .type = str_dup(slash ? slash + 1 : type),
                                                     .target = xlsx_part_resolve(p->of_part, target)};
    return 0;
}

// The relations of a/b.xml are in a/_rels/b.xml.rels; none is fine.
int xlsx_read_rels(struct xlsx *x, const char *of_part, struct xlsx_rels *ret, struct error *err)
{
    static const struct xml_handlers handlers = {.start = on_rel};
    const char *slash = strrchr(of_part, '/');
    int folder = slash ? (int)(slash - of_part + 1) : 0;
    CLEANUP_FREE char *name = str_printf("%.*s_rels/%s.rels", folder, of_part, of_part + folder);
    int64_t part = xlsx_part_find(x, name);
    struct rels_parse p = {.x = x, .of_part = of_part, .rels = ret};
    return part < 0 ? 0 : xlsx_part_parse(x, part, &handlers, &p, err);
}

void xlsx_rels_free(struct xlsx_rels *rels)
{
    for (size_t i = 0; i < rels->n; i++) {
        free(rels->items[i].id);
        free(rels->items[i].type);
        free(rels->items[i].target);
    }
    free(rels->items);
    *rels = (struct xlsx_rels){0};
}

const struct xlsx_rel *xlsx_rel_by_type(const struct xlsx_rels *rels, const char *type)
{
    for (size_t i = 0; i < rels->n; i++)
        if (strcmp(rels->items[i].type, type) == 0)
            return &rels->items[i];
    return NULL;
}

const struct xlsx_rel *xlsx_rel_by_id(const struct xlsx_rels *rels, const char *id)
{
    for (size_t i = 0; i < rels->n; i++)
        if (strcmp(rels->items[i].id, id) == 0)
            return &rels->items[i];
    return NULL;
}

static bool is_true(const char *s)
{
    return s && (strcmp(s, "1") == 0 || strcmp(s, "true") == 0 || strcmp(s, "on") == 0);
}

static int on_workbook(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct xlsx *x = arg;
    if (strcmp(name, "workbookPr") == 0)
        x->epoch_1904 = is_true(xml_attr(attrs, "date1904"));
    if (strcmp(name, "sheet") != 0)
        return 0;
    const char *title = xml_attr(attrs, "name"), *id = xml_attr(attrs, "id"),
               *state = xml_attr(attrs, "state");
    if (x->n_sheets >= x->d->limits->max_sheets)
        return decoder_refuse(x->d, "too_large", err, _("The workbook has more than %u sheets."),
                              x->d->limits->max_sheets);
    x->sheets = mem_grow(x->sheets, x->n_sheets + 1, sizeof *x->sheets);
    x->sheets[x->n_sheets++] = (struct xlsx_sheet){.name = str_dup(title ? title : ""),
                                                   .rel_id = str_dup(id ? id : ""),
                                                   .hidden = state && strcmp(state, "visible") != 0};
    return 0;
}

int xlsx_read_workbook(struct xlsx *x, int64_t part, struct error *err)
{
    static const struct xml_handlers handlers = {.start = on_workbook};
    return xlsx_part_parse(x, part, &handlers, x, err);
}

struct styles_parse {
    struct xlsx *x;
    unsigned *custom_ids; // number formats that show dates or times
    uint8_t *custom_shows;
    size_t n_custom;
    bool in_cell_xfs;
};

static unsigned number_of(const char *s)
{
    unsigned long v = s ? strtoul(s, NULL, 10) : 0;
    return v > UINT32_MAX ? 0 : (unsigned)v;
}

static void add_custom(struct styles_parse *p, const char **attrs)
{
    const char *code = xml_attr(attrs, "formatCode");
    if (!code || p->n_custom >= MAX_STYLES)
        return;
    p->custom_ids = mem_grow(p->custom_ids, p->n_custom + 1, sizeof *p->custom_ids);
    p->custom_shows = mem_grow(p->custom_shows, p->n_custom + 1, 1);
    p->custom_ids[p->n_custom] = number_of(xml_attr(attrs, "numFmtId"));
    p->custom_shows[p->n_custom++] = (uint8_t)date_format_of_code(code);
}

static unsigned shows(const struct styles_parse *p, unsigned id)
{
    for (size_t i = 0; i < p->n_custom; i++)
        if (p->custom_ids[i] == id)
            return p->custom_shows[i];
    return date_format_builtin(id);
}

static int on_style_start(void *arg, const char *name, const char **attrs, struct error *err)
{
    struct styles_parse *p = arg;
    struct xlsx *x = p->x;
    (void)err;
    if (strcmp(name, "numFmt") == 0) {
        add_custom(p, attrs);
    } else if (strcmp(name, "cellXfs") == 0) {
        p->in_cell_xfs = true;
    } else if (p->in_cell_xfs && strcmp(name, "xf") == 0 && x->n_formats < MAX_STYLES) {
        x->formats = mem_grow(x->formats, x->n_formats + 1, 1);
        x->formats[x->n_formats++] = (uint8_t)shows(p, number_of(xml_attr(attrs, "numFmtId")));
    }
    return 0;
}

static int on_style_end(void *arg, const char *name, struct error *err)
{
    struct styles_parse *p = arg;
    (void)err;
    if (strcmp(name, "cellXfs") == 0)
        p->in_cell_xfs = false;
    return 0;
}

int xlsx_read_styles(struct xlsx *x, int64_t part, struct error *err)
{
    static const struct xml_handlers handlers = {.start = on_style_start, .end = on_style_end};
    struct styles_parse p = {.x = x};
    int r = xlsx_part_parse(x, part, &handlers, &p, err);
    free(p.custom_ids);
    free(p.custom_shows);
    return r;
}
