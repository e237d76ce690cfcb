// SPDX-License-Identifier: Apache-2.0
// Standards from YAML: thresholds by indicator and stage, named settings, each with document, clause and
// dates.
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/texts.h"
#include "catalog/yaml_value.h"
#include "conf/standard_set.h"

static const char *const op_names[] = {"at_least", "at_most", "below", NULL}; // enum op
static const char *const stage_names[] = {"", "primary", "junior", "senior"}; // enum stage

// The file being read and what it says for all of its entries.
struct load {
    struct standards *s;
    const char *file;
    int layer;
    char *document;
    int issued;
    struct error *err;
};

// What an entry says beside its values.
struct entry_head {
    char *name; // indicator or setting
    char *document, *clause;
    int from, until;
    bool has_op, has_floor;
    int op;
    double floor;
};

static void head_deinit(struct entry_head *h)
{
    free(h->name);
    free(h->document);
    free(h->clause);
}

// Dotted parts of small letters, digits and _; `stars` allows a part to be *.
static bool is_dotted(const char *s, bool stars)
{
    for (;;) {
        size_t n = strcspn(s, ".");
        bool star = stars && n == 1 && *s == '*';
        if (!star &&
            (!n || !islower((unsigned char)*s) || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != n))
            return false;
        if (!s[n])
            return true;
        s += n + 1;
    }
}

static int read_dates(struct load *l, const struct yaml *n, struct entry_head *h)
{
    const struct yaml *from = yaml_get(n, "from"), *until = yaml_get(n, "until");
    h->from = l->issued;
    int r = from ? yaml_date(from, &h->from, l->err) : 0;
    if (r == 0 && until)
        r = yaml_date(until, &h->until, l->err);
    if (r == 0 && until && h->until < h->from)
        r = yaml_complain(until, l->err, _("ends before it begins"));
    return r;
}

static int read_judging(struct load *l, const struct yaml *n, struct entry_head *h)
{
    const struct yaml *op = yaml_get(n, "op"), *floor = yaml_get(n, "floor");
    h->has_op = op != NULL;
    h->has_floor = floor != NULL;
    int r = op ? yaml_choice(op, op_names, &h->op, l->err) : 0;
    if (r == 0 && floor && (r = yaml_number(floor, &h->floor, l->err)) == 0 &&
        (h->floor <= 0 || h->floor > 1))
        r = yaml_expected(floor, l->err, _("a share above 0 and at most 1, such as 0.85"));
    return r;
}

static int read_head(struct load *l, const struct yaml *n, const char *name_key, struct entry_head *h)
{
    const struct yaml *document = yaml_get(n, "document"), *clause = yaml_get(n, "clause");
    int r = yaml_text(yaml_get(n, name_key), &h->name, l->err);
    if (r == 0)
        r = document ? yaml_text(document, &h->document, l->err) : 0;
    if (r == 0 && !document)
        h->document = str_dup(l->document ? l->document : "");
    if (r == 0)
        r = clause ? yaml_text(clause, &h->clause, l->err) : 0;
    if (r == 0 && !clause)
        h->clause = str_dup("");
    if (r == 0)
        r = read_dates(l, n, h);
    return r == 0 ? read_judging(l, n, h) : r;
}

static void add_entry(const struct load *l, bool is_setting, const struct entry_head *h, enum stage stage,
                      double value, int line)
{
    struct standard_entry **list = is_setting ? &l->s->settings : &l->s->thresholds;
    size_t *n = is_setting ? &l->s->n_settings : &l->s->n_thresholds;
    *list = mem_grow(*list, *n + 1, sizeof **list);
    (*list)[(*n)++] = (struct standard_entry){
        .pattern = str_dup(h->name),
        .stage = stage,
        .value = value,
        .has_op = h->has_op,
        .has_floor = h->has_floor,
        .op = (enum op)h->op,
        .floor = h->floor,
        .document = str_dup(h->document),
        .clause = str_dup(h->clause),
        .from = h->from,
        .until = h->until,
        .layer = l->layer,
        .line = line,
        .file = l->file,
    };
}

static int add_values(struct load *l, const struct yaml *n, const struct entry_head *h)
{
    bool any = false;
    const struct yaml *all = yaml_get(n, "value");
    double value;
    for (enum stage stage = STAGE_PRIMARY; stage < STAGE_COUNT; stage++) {
        const struct yaml *at = yaml_get(n, stage_names[stage]);
        if (!at)
            continue;
        int r = yaml_number(at, &value, l->err);
        if (r < 0)
            return r;
        add_entry(l, false, h, stage, value, at->line);
        any = true;
    }
    if (all && any)
        return yaml_complain_key(all, l->err,
                                 _("either one value, or one for each stage (primary, junior, senior)"));
    if (!all && !any)
        return yaml_complain(n, l->err, _("expected primary: and junior:, or value: for every stage"));
    if (!all)
        return 0;
    int r = yaml_number(all, &value, l->err);
    if (r == 0)
        add_entry(l, false, h, STAGE_NONE, value, all->line);
    return r;
}

static int read_threshold(struct load *l, const struct yaml *n)
{
    static const struct yaml_field fields[] = {
        {.key = "indicator", .required = true},
        {.key = "primary"},
        {.key = "junior"},
        {.key = "senior"},
        {.key = "value"},
        {.key = "op"},
        {.key = "floor"},
        {.key = "document"},
        {.key = "clause"},
        {.key = "from"},
        {.key = "until"},
    };
    CLEANUP(head_deinit) struct entry_head h = {0};
    int r = yaml_fill(n, fields, ARRAY_SIZE(fields), &h, l->err);
    if (r == 0)
        r = read_head(l, n, "indicator", &h);
    if (r == 0 && (!is_dotted(h.name, true) || !strchr(h.name, '.')))
        r = yaml_expected(
            yaml_get(n, "indicator"), l->err,
            _("the id of an indicator such as resource.teaching_area, or a pattern such as resource.*.cv"));
    return r == 0 ? add_values(l, n, &h) : r;
}

static int read_setting(struct load *l, const struct yaml *n)
{
    static const struct yaml_field fields[] = {
        {.key = "name", .required = true},
        {.key = "value", .required = true},
        {.key = "document"},
        {.key = "clause"},
        {.key = "from"},
        {.key = "until"},
    };
    CLEANUP(head_deinit) struct entry_head h = {0};
    int r = yaml_fill(n, fields, ARRAY_SIZE(fields), &h, l->err);
    if (r == 0)
        r = read_head(l, n, "name", &h);
    if (r == 0 && !is_dotted(h.name, false))
        r = yaml_expected(yaml_get(n, "name"), l->err,
                          _("the name of a setting such as split_weight.junior"));
    double value;
    if (r == 0)
        r = yaml_number(yaml_get(n, "value"), &value, l->err);
    if (r == 0)
        add_entry(l, true, &h, STAGE_NONE, value, yaml_get(n, "value")->line);
    return r;
}

static int read_list(struct load *l, const struct yaml *root, const char *key,
                     int (*read)(struct load *l, const struct yaml *n))
{
    const struct yaml *list = yaml_get(root, key);
    if (!list)
        return 0;
    if (list->kind != YAML_LIST)
        return yaml_expected(list, l->err, _("a list"));
    int r = 0;
    for (size_t i = 0; r == 0 && i < list->n_items; i++)
        r = read(l, list->items[i]);
    return r;
}

static int read_file(struct load *l, const struct yaml *root)
{
    static const struct yaml_field fields[] = {
        {.key = "title"},    {YAML_FIELD("document", YAML_TEXT, struct load, document)},
        {.key = "issued"},   {.key = "thresholds"},
        {.key = "settings"},
    };
    int r = yaml_fill(root, fields, ARRAY_SIZE(fields), l, l->err);
    const struct yaml *issued = yaml_get(root, "issued");
    if (r == 0 && issued)
        r = yaml_date(issued, &l->issued, l->err);
    if (r == 0)
        r = read_list(l, root, "thresholds", read_threshold);
    if (r == 0)
        r = read_list(l, root, "settings", read_setting);
    if (r == 0 && !yaml_get(root, "thresholds") && !yaml_get(root, "settings"))
        r = yaml_complain(root, l->err, _("neither thresholds: nor settings: stand here"));
    return r;
}

int standards_load(const char *const *files, struct standards **ret, struct error *err)
{
    struct standards *s = mem_alloc(sizeof *s);
    int r = 0;
    for (int i = 0; r == 0 && files[i]; i++) {
        CLEANUP(yaml_doc_free_at) struct yaml_doc *doc = NULL;
        texts_add(&s->files, files[i]);
        struct load l = {.s = s, .layer = i, .file = s->files[i], .err = err};
        r = yaml_load(files[i], &doc, err);
        if (r == 0)
            r = read_file(&l, doc->root);
        free(l.document);
    }
    if (r < 0) {
        standards_free(s);
        return r;
    }
    standards_make_version(s);
    *ret = s;
    return 0;
}
