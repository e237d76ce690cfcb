// SPDX-License-Identifier: Apache-2.0
// Checking a measure and writing it as JSON.
#include "host/measure.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/stage.h"
#include "host/run.h"

#define ENTITY_MAX 128u

static const uint32_t measure_flags = JH_ESTIMATED | JH_NOT_IN_CV | JH_NEW_SCHOOL;

static int check_string(const char *s, const char *member, size_t max, struct error *err)
{
    if (!s || !*s)
        return error_set(err, -EINVAL, _("a measure without `%s`"), member);
    if (strnlen(s, max + 1) > max)
        return error_set(err, -EINVAL, _("a measure whose `%1$s` is longer than %2$zu bytes"), member, max);
    return 0;
}

static int check_place(const struct plugin *p, const struct job *j, const struct jh_measure *m,
                       struct error *err)
{
    int r = check_string(m->indicator, "indicator", ENTITY_MAX, err);
    if (r == 0)
        r = check_string(m->entity, "entity", ENTITY_MAX, err);
    if (r == 0)
        r = check_string(m->period, "period", ENTITY_MAX, err);
    if (r == 0 && !m->county) // "" stands for rows whose county nobody knows
        r = error_set(err, -EINVAL, _("a measure without `%s`"), "county");
    if (r < 0)
        return r;
    const struct jh_indicator *in = plugin_indicator_by_id(p, m->indicator);
    if (!in)
        return error_set(err, -EINVAL, _("a measure of `%s`, which the plugin does not declare"),
                         m->indicator);
    if (in->kind != JH_MEASURE)
        return error_set(err, -EINVAL,
                         _("a measure of `%s`, which is a rule: rules are judged, not measured"),
                         m->indicator);
    if (in->stages ? !(m->stage & in->stages) || (m->stage & (m->stage - 1)) : m->stage != 0)
        return error_set(err, -EINVAL,
                         _("a measure of `%1$s` for stage %2$u, which the indicator does not declare"),
                         m->indicator, m->stage);
    if (!job_has_scope(j, m->period, m->county))
        return error_set(
            err, -EINVAL,
            _("a measure of `%1$s` for period %2$s, county %3$s, which this run was not asked for; take both from the row"),
            m->indicator, m->period, m->county);
    return 0;
}

static int check_figures(const struct jh_measure *m, struct error *err)
{
    if (m->state > JH_EXEMPT || (m->flags & ~measure_flags))
        return error_set(
            err, -EINVAL,
            _("a measure of `%1$s` (entity %2$s) whose `state` or `flags` this junheng does not know"),
            m->indicator, m->entity);
    if (m->state != JH_OK)
        return 0;
    if (!isfinite(m->numerator) || !isfinite(m->denominator))
        return error_set(
            err, -EINVAL,
            _("a measure of `%1$s` (entity %2$s) that is not a number; emit JH_NO_DATA where a figure is missing"),
            m->indicator, m->entity);
    return 0;
}

// Codes and ids need no escaping; anything else goes through the JSON library.
static int add_string(struct buf *out, const char *key, const char *s, struct error *err)
{
    buf_addf(out, "%s:", key);
    bool plain = true;
    for (const unsigned char *at = (const unsigned char *)s; plain && *at; at++)
        plain = *at >= 0x20 && *at < 0x7f && *at != '"' && *at != '\\';
    if (plain) {
        buf_addf(out, "\"%s\"", s);
        return 0;
    }
    json_t *j = json_string(s);
    CLEANUP_FREE char *text = j ? json_dumps(j, JSON_ENCODE_ANY) : NULL;
    json_decref(j);
    if (!text)
        return error_set(err, -EINVAL, _("a measure with a text that is not UTF-8"));
    buf_adds(out, text);
    return 0;
}

static int add_optional(struct buf *out, const char *key, const char *s, struct error *err)
{
    if (!s || !*s) {
        buf_addf(out, "%s:null", key);
        return 0;
    }
    if (strnlen(s, RUN_NOTE_MAX + 1) > RUN_NOTE_MAX)
        return error_set(err, -EINVAL, _("a measure whose `%1$s` is longer than %2$zu bytes"), key,
                         (size_t)RUN_NOTE_MAX);
    return add_string(out, key, s, err);
}

static const char *stage_of(uint32_t bit)
{
    return stage_id(bit == JH_PRIMARY  ? STAGE_PRIMARY
                    : bit == JH_JUNIOR ? STAGE_JUNIOR
                    : bit == JH_SENIOR ? STAGE_SENIOR
                                       : STAGE_NONE);
}

static int add_json(struct buf *out, const struct jh_measure *m, struct error *err)
{
    int r = add_string(out, "{\"i\"", m->indicator, err);
    if (r == 0)
        r = add_string(out, ",\"e\"", m->entity, err);
    if (r == 0)
        r = add_string(out, ",\"p\"", m->period, err);
    if (r == 0)
        r = add_string(out, ",\"c\"", m->county, err);
    if (r < 0)
        return r;
    bool ok = m->state == JH_OK;
    buf_addf(out, ",\"s\":\"%s\",\"state\":%u,\"flags\":%u,\"n\":%.17g,\"d\":%.17g", stage_of(m->stage),
             m->state, m->flags, ok ? m->numerator : 0.0, ok ? m->denominator : 0.0);
    if (isfinite(m->pupils))
        buf_addf(out, ",\"pupils\":%.17g", m->pupils);
    else
        buf_adds(out, ",\"pupils\":null");
    r = add_optional(out, ",\"missing\"", m->state == JH_NO_DATA ? m->missing : NULL, err);
    if (r == 0)
        r = add_optional(out, ",\"note\"", m->note, err);
    buf_addc(out, '}');
    return r;
}

int measure_add(struct buf *out, const struct plugin *p, const struct job *j, const struct jh_measure *raw,
                struct error *err)
{
    struct jh_measure m = {.pupils = NAN};
    if (raw->size < offsetof(struct jh_measure, pupils))
        return error_set(err, -EINVAL, _("a measure whose `size` is %u; set it to sizeof(struct jh_measure)"),
                         raw->size);
    memcpy(&m, raw, raw->size < sizeof m ? raw->size : sizeof m);
    int r = check_place(p, j, &m, err);
    if (r == 0)
        r = check_figures(&m, err);
    if (r == 0 && m.state == JH_OK && m.denominator <= 0) {
        // One school without pupils must not cost the others their figures.
        m.state = JH_NO_DATA;
        m.missing = NULL;
        m.note =
            m.note && *m.note ? m.note : _("there is nothing to divide by: the denominator is not above 0");
    }
    return r < 0 ? r : add_json(out, &m, err);
}
