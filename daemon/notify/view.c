// SPDX-License-Identifier: Apache-2.0
// Releases a view.
#include "notify/view.h"

#include <stdlib.h>

#include "base/mem.h"

static void origin_deinit(struct view_origin *o)
{
    for (size_t i = 0; i < o->n; i++) {
        free(o->cells[i].cell);
        free(o->cells[i].header);
        free(o->cells[i].value);
    }
    free(o->cells);
    free(o->file);
    free(o->sheet);
}

void alert_view_deinit(struct alert_view *v)
{
    for (size_t i = 0; i < v->n_figures; i++) {
        char *texts[] = {v->figures[i].document, v->figures[i].clause, v->figures[i].missing,
                         v->figures[i].note};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
    }
    for (size_t i = 0; i < v->n_steps; i++)
        free(v->steps[i].parts);
    for (size_t i = 0; i < v->n_origins; i++)
        origin_deinit(&v->origins[i]);
    for (size_t i = 0; i < v->n_shares; i++)
        free(v->shares[i].name);
    char *texts[] = {v->public_id, v->entity,   v->name,   v->county,      v->county_name, v->period,
                     v->state,     v->timezone, v->clause, v->responsible, v->inspector,   v->document};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        free(texts[i]);
    free(v->figures);
    free(v->steps);
    free(v->origins);
    free(v->shares);
    *v = (struct alert_view){0};
}
