// SPDX-License-Identifier: Apache-2.0
// Headers of columns.
#include "notify/columns.h"

#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

static const struct column *in_inputs(const struct catalog *c, const struct indicator *ind, const char *id)
{
    for (char **input = ind->inputs; input && *input; input++) {
        const char *dot = strchr(*input, '.');
        if (!dot || strcmp(dot + 1, id) != 0)
            continue;
        CLEANUP_FREE char *dataset = str_ndup(*input, (size_t)(dot - *input));
        const struct dataset *d = catalog_dataset(c, dataset);
        const struct column *column = d ? dataset_column(d, id) : NULL;
        if (column)
            return column;
    }
    return NULL;
}

static const char *header_of(const struct catalog *c, const struct indicator *ind, const char *id)
{
    const struct column *column = in_inputs(c, ind, id);
    for (char **m = ind->members; !column && m && *m; m++) {
        const struct indicator *member = catalog_indicator(c, *m);
        column = member ? in_inputs(c, member, id) : NULL;
    }
    for (size_t i = 0; !column && i < c->n_datasets; i++)
        column = dataset_column(c->datasets[i], id);
    return column ? column->header : id;
}

char *columns_print(const struct catalog *c, const struct indicator *ind, const char *ids)
{
    if (!ids || !*ids)
        return NULL;
    struct buf out = BUF_INIT;
    CLEANUP_FREE char *copy = str_dup(ids);
    char *save = NULL;
    for (char *id = strtok_r(copy, " ", &save); id; id = strtok_r(NULL, " ", &save))
        buf_addf(&out, "%s%s", out.len ? _(", ") : "", header_of(c, ind, id));
    buf_reserve(&out, 1);
    buf_add(&out, "", 0);
    return buf_take(&out);
}
