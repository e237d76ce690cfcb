// SPDX-License-Identifier: Apache-2.0
// What one run of a plugin said.
#include "flow/run_output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/frame.h"
#include "base/i18n.h"
#include "base/mem.h"

#define LOGS_MAX 200u

void run_output_deinit(struct run_output *o)
{
    json_decref(o->measures);
    for (size_t i = 0; i < o->n_logs; i++)
        free(o->logs[i]);
    free(o->logs);
    *o = (struct run_output){0};
}

static int add_measures(struct run_output *o, const struct frame *f, struct error *err)
{
    json_error_t je;
    json_t *batch = json_loadb((const char *)f->data, f->len, JSON_REJECT_DUPLICATES, &je);
    int r = json_is_array(batch) ? json_array_extend(o->measures, batch) : -1;
    if (r)
        (void)error_set(err, -EPROTO, _("its measures are not JSON: %s"), je.text);
    json_decref(batch);
    return r ? -EPROTO : 0;
}

static void add_log(struct run_output *o, const struct frame *f)
{
    if (o->n_logs >= LOGS_MAX)
        return;
    o->logs = mem_grow(o->logs, o->n_logs + 1, sizeof *o->logs);
    o->logs[o->n_logs++] = str_ndup((const char *)f->data, f->len);
}

static int failure(const struct frame *f, struct error *err)
{
    json_t *j = json_loadb((const char *)f->data, f->len, 0, NULL);
    const char *message = json_string_value(json_object_get(j, "message"));
    int r =
        error_set(err, -ECANCELED, "%s", message ? message : _("it reported a failure without a message"));
    json_decref(j);
    return r;
}

static int check_end(const struct run_output *o, const struct frame *f, struct error *err)
{
    json_t *j = json_loadb((const char *)f->data, f->len, 0, NULL);
    json_t *n = json_object_get(j, "measures");
    bool ok = json_is_integer(n) && (size_t)json_integer_value(n) == json_array_size(o->measures);
    json_decref(j);
    return ok ? 0 : error_set(err, -EPROTO, "%s", _("it counted its measures wrongly"));
}

static int add_frame(struct run_output *o, const struct frame *f, struct error *err)
{
    switch (f->type) {
    case 'M':
        return add_measures(o, f, err);
    case 'L':
        add_log(o, f);
        return 0;
    case 'X':
        return failure(f, err);
    case 'Z':
        return check_end(o, f, err);
    default:
        return error_set(err, -EPROTO, _("it sent a frame of unknown type %d"), f->type);
    }
}

int run_output_parse(const struct buf *frames, struct run_output *ret, struct error *err)
{
    *ret = (struct run_output){.measures = json_array()};
    size_t at = 0;
    int r = 0;
    struct frame f = {0};
    while (!r && f.type != 'Z') {
        int n = frame_next((const uint8_t *)frames->data + at, frames->len - at, &f);
        if (n != 1)
            r = error_set(err, -EPROTO, "%s", _("stopped in the middle of its answer"));
        else
            r = add_frame(ret, &f, err);
        at += FRAME_HEAD + f.len;
    }
    if (!r && at != frames->len)
        r = error_set(err, -EPROTO, "%s", _("it went on after its end"));
    if (r) {
        json_decref(ret->measures);
        ret->measures = NULL;
    }
    return r;
}
