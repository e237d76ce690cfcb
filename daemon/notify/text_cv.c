// SPDX-License-Identifier: Apache-2.0
// The text of a county's 差异系数 over its limit: how far, since when, which schools drive it.
#include <math.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "base/number.h"
#include "notify/text_kinds.h"
#include "notify/text_parts.h"

#define SMALL_SCHOOL 200.0 // pupils; below, one building moves the figure per pupil by much
#define LARGE_SCHOOL 2000.0

static void head(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf who = BUF_INIT, value = BUF_INIT, limit = BUF_INIT, over = BUF_INIT;
    part_entity(&who, v);
    part_value(&value, v->indicator, v->value, v->threshold, VERDICT_FAIL);
    part_limit(&limit, v->threshold);
    char text[NUMBER_TEXT_MAX];
    double excess = v->value - v->threshold;
    number_format_short(excess, excess < 0.0005 ? 6 : 3, text);
    buf_adds(&over, text);
    text_tag_opened(out, v);
    const char *subject =
        v->parent && v->indicator->kind == INDICATOR_CV ? v->parent->title : v->indicator->title;
    buf_addf(out, _("%1$s (%2$s) \"%3$s\": coefficient of variation %4$s (limit %5$s), %6$s over%7$s\n"),
             buf_str(&who), stage_title(v->stage), subject, buf_str(&value), buf_str(&limit), buf_str(&over),
             v->estimated ? _(" (estimated)") : "");
}

static void line_trend(struct buf *out, const struct alert_view *v)
{
    if (v->n_trend < 2)
        return;
    bool rising = true;
    for (size_t i = 0; i < v->n_trend; i++) {
        char text[NUMBER_TEXT_MAX];
        number_format(v->trend[i].value, v->indicator->decimals, text);
        buf_adds(out, i ? " → " : "");
        part_period_name(out, v->trend[i].period);
        buf_addf(out, " %s", text);
        rising = rising && (i == 0 || v->trend[i].value > v->trend[i - 1].value);
    }
    if (rising && v->n_trend > 2)
        buf_addf(out, _(", rising for %zu years"), v->n_trend);
    buf_addc(out, '\n');
}

static void line_coverage(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf pupils = BUF_INIT, covered = BUF_INIT, mean = BUF_INIT;
    if (isfinite(v->pupils))
        part_amount(&pupils, v->pupils, 0, NULL);
    if (v->due < 0)
        buf_addf(
            out,
            _("%1$lld schools have reported (%2$s pupils); without a roster it is not known how many are due"),
            (long long)v->reported, pupils.len ? buf_str(&pupils) : "?");
    else if (isfinite(v->covered)) {
        part_percent(&covered, v->covered);
        buf_addf(out, _("%1$lld schools due, %2$lld reported (%3$s pupils, %4$s)"), (long long)v->due,
                 (long long)v->reported, pupils.len ? buf_str(&pupils) : "?", buf_str(&covered));
    } else
        buf_addf(out, _("%1$lld schools due, %2$lld reported (%3$s pupils)"), (long long)v->due,
                 (long long)v->reported, pupils.len ? buf_str(&pupils) : "?");
    if (isfinite(v->mean) && v->parent) {
        part_value(&mean, v->parent, v->mean, NAN, VERDICT_PASS);
        buf_addf(out, _("; mean of the county %s"), buf_str(&mean));
    }
    buf_addc(out, '\n');
}

static const char *why(const struct alert_view *v, const struct view_share *s)
{
    if (!isfinite(s->pupils) || !isfinite(v->mean))
        return NULL;
    bool high = s->value > v->mean;
    if (s->pupils < SMALL_SCHOOL && high)
        return _("small, much per pupil");
    if (s->pupils > LARGE_SCHOOL && !high)
        return _("large, little per pupil");
    return high ? _("much per pupil") : _("little per pupil");
}

static void lines_shares(struct buf *out, const struct alert_view *v)
{
    if (!v->n_shares)
        return;
    buf_adds(out, _("What drives it (share of the dispersion | coefficient without that school):\n"));
    for (size_t i = 0; i < v->n_shares; i++) {
        const struct view_share *s = &v->shares[i];
        CLEANUP(buf_deinit) struct buf pupils = BUF_INIT, value = BUF_INIT, share = BUF_INIT;
        char without[NUMBER_TEXT_MAX] = "—"; // one school is left
        part_amount(&pupils, s->pupils, 0, NULL);
        part_value(&value, v->parent ? v->parent : v->indicator, s->value, NAN, VERDICT_PASS);
        part_percent(&share, s->share);
        if (isfinite(s->cv_without))
            number_format(s->cv_without, v->indicator->decimals, without);
        buf_addf(out, _(" %1$s, %2$s pupils, each %3$s: %4$s | %5$s"), s->name, buf_str(&pupils),
                 buf_str(&value), buf_str(&share), without);
        const char *reason = why(v, s);
        if (reason)
            buf_addf(out, _(" (%s)"), reason);
        buf_addc(out, '\n');
    }
}

void text_cv_opened(struct buf *out, const struct alert_view *v)
{
    CLEANUP(buf_deinit) struct buf period = BUF_INIT;
    head(out, v);
    part_period(&period, v->period);
    buf_addf(out, _("Reference: %s\n"), buf_str(&period));
    line_trend(out, v);
    line_coverage(out, v);
    lines_shares(out, v);
    text_tail(out, v);
}
