// SPDX-License-Identifier: Apache-2.0
// Computing made-up schools.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "resource_case.h"

const char *const seven[] = {"above_degree_teachers", "backbone_teachers", "pe_art_teachers", "teaching_area",
                             "sports_area",           "equipment_value",   "multimedia_rooms"};
const char *const facilities[] = {"teaching_area", "sports_area", "equipment_value", "multimedia_rooms"};

static void compute(struct world *w, const char *more, struct outcome *o)
{
    CLEANUP_FREE char *plugin = plugin_path("resource");
    CLEANUP_FREE char *job = world_job(w, more);
    run_job(plugin, job, o);
    if (o->failure)
        fail_msg("%s", o->failure);
    assert_true(WIFEXITED(o->status));
    assert_int_equal(WEXITSTATUS(o->status), 0);
    assert_int_equal(o->ended, json_array_size(o->measures));
}

double number(const json_t *m, const char *key)
{
    return json_number_value(json_object_get(m, key));
}

const json_t *at(const struct outcome *o, const char *indicator, const char *entity, const char *stage)
{
    const json_t *m = find_measure(o, indicator, entity, stage);
    if (!m)
        fail_msg("no %s of %s %s", indicator, entity, stage);
    return m;
}

void is(const struct outcome *o, const char *indicator, const char *stage, double n, double d, unsigned flags)
{
    const json_t *m = at(o, indicator, S, stage);
    CLEANUP_FREE char *text = json_dumps(m, 0);
    if (json_integer_value(json_object_get(m, "state")) != JH_OK ||
        fabs(number(m, "n") - n) > 1e-9 * fabs(n) || number(m, "d") != d || number(m, "flags") != flags)
        fail_msg("expected %.12g / %.12g flags %u, got %s", n, d, flags, text);
}

void is_not(const struct outcome *o, const char *indicator, const char *stage, int state, const char *missing,
            const char *note)
{
    const json_t *m = at(o, indicator, S, stage);
    CLEANUP_FREE char *text = json_dumps(m, 0);
    const char *has_missing = json_string_value(json_object_get(m, "missing"));
    const char *has_note = json_string_value(json_object_get(m, "note"));
    if (json_integer_value(json_object_get(m, "state")) != state ||
        strcmp(missing, has_missing ? has_missing : "") != 0 || !strstr(has_note ? has_note : "", note))
        fail_msg("expected state %d missing \"%s\" note \"%s\", got %s", state, missing, note, text);
}

void all_seven_are(const struct outcome *o, const char *stage, int state, const char *missing,
                   const char *note)
{
    for (size_t i = 0; i < ARRAY_SIZE(seven); i++)
        is_not(o, seven[i], stage, state, missing, note);
}

// Computes over school rows (NULL-terminated) and one roster row, hands the outcome to the test.
void given(const char *const *rows, const char *roster, const char *job, struct outcome *o)
{
    struct world w;
    world_init(&w);
    for (; *rows; rows++)
        world_add(&w, "school_resource", *rows);
    if (roster)
        world_add(&w, "school", roster);
    compute(&w, job, o);
    world_deinit(&w);
}
