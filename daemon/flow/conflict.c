// SPDX-License-Identifier: Apache-2.0
// 数据来源不一致: an alert of the daemon's own where two sources say different things.
#include "flow/conflict.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/mem.h"

struct report {
    struct store *store;
    const struct alert_context *ctx;
    const char *source;
    bool changed;
};

static int report_one(const struct ingest_conflict *c, void *arg, struct error *err)
{
    struct report *r = arg;
    const char *county = config_county_name(r->ctx->config, c->county);
    CLEANUP_FREE char *name = str_printf("%s %s %s", c->county, c->dataset->title, c->period);
    if (!c->rows)
        return alert_own_clear(r->store, r->ctx, "source_conflict", name, err);
    r->changed = true;
    CLEANUP_FREE char *text = str_printf(
        _("Sources disagree: of %1$s %2$s, county %3$s, \"%4$s\" and \"%5$s\" handed in different figures for %6$lld rows: "
          "%7$s. The figures of \"%8$s\" stand. Have both check, and the one that is wrong hand in again."),
        c->dataset->title, c->period, county ? county : c->county, r->source, c->other, (long long)c->rows,
        c->schools, c->replaced ? r->source : c->other);
    return alert_own_raise(r->store, r->ctx, "source_conflict", name, "yellow", text, err);
}

int conflict_report(struct store *s, const struct alert_context *ctx, const char *source, struct ingest *in,
                    bool *ret_changed, struct error *err)
{
    struct report report = {.store = s, .ctx = ctx, .source = source};
    int r = ingest_conflicts(in, report_one, &report, err);
    *ret_changed = report.changed;
    return r;
}
