// SPDX-License-Identifier: Apache-2.0
// Reads typed values out of YAML nodes; every complaint says where, what was expected and what stood there.
#include "catalog/yaml_value.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/period.h"

const struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->n_items; i++) {
        if (strcmp(map->items[i]->key, key) == 0)
            return map->items[i];
    }
    return NULL;
}

bool yaml_is_null(const struct yaml *n)
{
    return n->kind == YAML_SCALAR && !n->quoted &&
           (!*n->text || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0);
}

// The keys that lead to the node: alerts.repeat. Positions in lists are left to the line number.
static void add_path(struct buf *b, const struct yaml *n)
{
    if (n->parent)
        add_path(b, n->parent);
    if (n->key)
        buf_addf(b, "%s%s", b->len ? "." : "", n->key);
}

static int complain_at(const struct yaml *n, int line, int column, struct error *err, const char *what)
{
    CLEANUP(buf_deinit) struct buf path = BUF_INIT;
    add_path(&path, n);
    return error_set(err, -EINVAL, "%s:%d:%d: %s%s%s", n->file, line, column, buf_str(&path),
                     path.len ? ": " : "", what);
}

int yaml_complain(const struct yaml *n, struct error *err, const char *fmt, ...)
{
    char what[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return complain_at(n, n->line, n->column, err, what);
}

int yaml_complain_key(const struct yaml *n, struct error *err, const char *fmt, ...)
{
    char what[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return complain_at(n, n->key ? n->key_line : n->line, n->key ? n->key_column : n->column, err, what);
}

int yaml_expected(const struct yaml *n, struct error *err, const char *what)
{
    if (n->kind == YAML_LIST)
        return yaml_complain(n, err, _("expected %s, got a list"), what);
    if (n->kind == YAML_MAP)
        return yaml_complain(n, err, _("expected %s, got a block of keys"), what);
    if (!*n->text)
        return yaml_complain(n, err, _("expected %s, got nothing"), what);
    return yaml_complain(n, err, _("expected %s, got \"%.200s\""), what, n->text);
}

int yaml_text(const struct yaml *n, char **ret, struct error *err)
{
    if (n->kind != YAML_SCALAR || yaml_is_null(n) || !*n->text)
        return yaml_expected(n, err, _("a text"));
    free(*ret);
    *ret = str_dup(n->text);
    return 0;
}

int yaml_texts(const struct yaml *n, char ***ret, struct error *err)
{
    if (n->kind == YAML_MAP || (n->kind == YAML_SCALAR && yaml_is_null(n)))
        return yaml_expected(n, err, _("a list of texts"));
    size_t count = n->kind == YAML_LIST ? n->n_items : 1;
    char **list = mem_array(count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        int r = yaml_text(n->kind == YAML_LIST ? n->items[i] : n, &list[i], err);
        if (r < 0) {
            texts_free(list);
            return r;
        }
    }
    texts_free(*ret);
    *ret = list;
    return 0;
}

int yaml_bool(const struct yaml *n, bool *ret, struct error *err)
{
    static const char *const yes[] = {"true", "yes", "on", "是"}, *const no[] = {"false", "no", "off", "否"};
    for (size_t i = 0; n->kind == YAML_SCALAR && i < ARRAY_SIZE(yes); i++) {
        if (strcasecmp(n->text, yes[i]) == 0 || strcasecmp(n->text, no[i]) == 0) {
            *ret = strcasecmp(n->text, yes[i]) == 0;
            return 0;
        }
    }
    return yaml_expected(n, err, _("true or false"));
}

// Digits with an optional decimal part, then the rest. Neither hex, nor exponents, nor "inf".
static bool split_number(const char *s, double *ret, const char **ret_rest)
{
    const char *p = s + (*s == '-');
    if (!isdigit((unsigned char)*p))
        return false;
    size_t digits = strspn(p, "0123456789");
    const char *end = p + digits;
    if (*end == '.' && isdigit((unsigned char)end[1]))
        end += 1 + strspn(end + 1, "0123456789");
    if (end - s > 30)
        return false;
    char text[32];
    (void)snprintf(text, sizeof text, "%.*s", (int)(end - s), s);
    *ret = strtod(text, NULL);
    *ret_rest = end;
    return true;
}

int yaml_number(const struct yaml *n, double *ret, struct error *err)
{
    double v;
    const char *rest;
    if (n->kind != YAML_SCALAR || !split_number(n->text, &v, &rest) || *rest)
        return yaml_expected(n, err, _("a number such as 4.2"));
    *ret = v;
    return 0;
}

int yaml_int(const struct yaml *n, int64_t min, int64_t max, int64_t *ret, struct error *err)
{
    double v;
    const char *rest;
    bool ok = n->kind == YAML_SCALAR && split_number(n->text, &v, &rest) && !*rest && !strchr(n->text, '.');
    if (!ok || v < (double)min || v > (double)max) {
        char what[120];
        (void)snprintf(what, sizeof what, _("a whole number from %lld to %lld"), (long long)min,
                       (long long)max);
        return yaml_expected(n, err, what);
    }
    *ret = (int64_t)v;
    return 0;
}

struct suffix {
    const char *text;
    double factor;
};

static bool with_suffix(const struct yaml *n, const struct suffix *s, size_t n_s, double max, int64_t *ret)
{
    double v;
    const char *rest;
    if (n->kind != YAML_SCALAR || !split_number(n->text, &v, &rest) || v < 0)
        return false;
    while (*rest == ' ')
        rest++;
    for (size_t i = 0; i < n_s; i++) {
        if (strcmp(rest, s[i].text) == 0 && v * s[i].factor <= max) {
            *ret = (int64_t)llround(v * s[i].factor);
            return true;
        }
    }
    return false;
}

int yaml_duration(const struct yaml *n, int64_t *ret_ms, struct error *err)
{
    static const struct suffix s[] = {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 36e5}, {"d", 864e5}};
    if (with_suffix(n, s, ARRAY_SIZE(s), 3650 * 864e5, ret_ms))
        return 0;
    if (n->kind == YAML_SCALAR && strcmp(n->text, "0") == 0) {
        *ret_ms = 0;
        return 0;
    }
    return yaml_expected(n, err, _("a duration such as 4h"));
}

int yaml_size(const struct yaml *n, int64_t *ret_bytes, struct error *err)
{
    static const struct suffix s[] = {{"", 1},         {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30},
                                      {"TiB", 0x1p40}, {"K", 0x1p10},   {"M", 0x1p20},   {"G", 0x1p30}};
    return with_suffix(n, s, ARRAY_SIZE(s), 0x1p50, ret_bytes)
               ? 0
               : yaml_expected(n, err, _("a size such as 512MiB"));
}

int yaml_date(const struct yaml *n, int *ret_yyyymmdd, struct error *err)
{
    struct period p;
    if (n->kind != YAML_SCALAR || !period_parse(n->text, &p) || p.kind != PERIOD_DAY)
        return yaml_expected(n, err, _("a date such as 2017-04-19"));
    *ret_yyyymmdd = p.year * 10000 + p.part * 100 + p.day;
    return 0;
}

int yaml_choice(const struct yaml *n, const char *const *names, int *ret, struct error *err)
{
    CLEANUP(buf_deinit) struct buf list = BUF_INIT;
    for (int i = 0; names[i]; i++) {
        if (n->kind == YAML_SCALAR && strcmp(n->text, names[i]) == 0) {
            *ret = i;
            return 0;
        }
        buf_addf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    CLEANUP_FREE char *what = str_printf(_("one of %s"), buf_str(&list));
    return yaml_expected(n, err, what);
}

// Edit distance with transpositions of neighbours (optimal string alignment), for words of up to 63 bytes.
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63)
        return SIZE_MAX;
    size_t row[3][64];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);
            best = up[j] + 1 < best ? up[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *yaml_nearest(const char *word, const char *(*name)(const void *arg, size_t i), const void *arg,
                         size_t n)
{
    const char *best = NULL;
    size_t limit = strlen(word) / 3 < 3 ? strlen(word) / 3 + 1 : 3;
    for (size_t i = 0; i < n; i++) {
        const char *candidate = name(arg, i);
        size_t d = edit_distance(word, candidate);
        if (d < limit || (d == limit && !best)) {
            best = candidate;
            limit = d;
        }
    }
    return best;
}

static const char *field_name(const void *arg, size_t i)
{
    return ((const struct yaml_field *)arg)[i].key;
}

static const struct yaml_field *field_find(const struct yaml_field *fields, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    }
    return NULL;
}

int yaml_known_keys(const struct yaml *map, const struct yaml_field *fields, size_t n_fields,
                    struct error *err)
{
    if (map->kind != YAML_MAP)
        return yaml_expected(map, err, _("a block of keys"));
    for (size_t i = 0; i < map->n_items; i++) {
        const struct yaml *n = map->items[i];
        if (field_find(fields, n_fields, n->key))
            continue;
        const char *near = yaml_nearest(n->key, field_name, fields, n_fields);
        if (near)
            return yaml_complain_key(n, err, _("unknown key; did you mean \"%s\"?"), near);
        CLEANUP(buf_deinit) struct buf list = BUF_INIT;
        for (size_t k = 0; k < n_fields; k++)
            buf_addf(&list, "%s%s", k ? ", " : "", fields[k].key);
        return yaml_complain_key(n, err, _("unknown key; known here: %s"), buf_str(&list));
    }
    return 0;
}

static int fill_one(const struct yaml *n, const struct yaml_field *f, char *target, struct error *err)
{
    void *to = target + f->offset;
    int64_t whole = 0;
    int r = 0;
    switch (f->type) {
    case YAML_NODE:
        return 0;
    case YAML_TEXT:
        return yaml_text(n, to, err);
    case YAML_TEXTS:
        return yaml_texts(n, to, err);
    case YAML_BOOL:
        return yaml_bool(n, to, err);
    case YAML_INT:
        r = yaml_int(n, f->min, f->max, &whole, err);
        if (r == 0)
            *(int *)to = (int)whole;
        return r;
    case YAML_NUMBER:
        return yaml_number(n, to, err);
    case YAML_DURATION:
        return yaml_duration(n, to, err);
    case YAML_SIZE:
        return yaml_size(n, to, err);
    case YAML_CHOICE:
        return yaml_choice(n, f->names, to, err);
    }
    return -EINVAL;
}

int yaml_fill(const struct yaml *map, const struct yaml_field *fields, size_t n_fields, void *target,
              struct error *err)
{
    int r = yaml_known_keys(map, fields, n_fields, err);
    for (size_t i = 0; r == 0 && i < map->n_items; i++)
        r = fill_one(map->items[i], field_find(fields, n_fields, map->items[i]->key), target, err);
    for (size_t i = 0; r == 0 && i < n_fields; i++) {
        if (fields[i].required && !yaml_get(map, fields[i].key))
            r = yaml_complain(map, err, _("\"%s\" is missing here"), fields[i].key);
    }
    return r;
}
