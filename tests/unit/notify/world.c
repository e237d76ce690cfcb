// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/result.h"
#include "store/sql.h"

static char **list(const char *words)
{
    size_t n = 0;
    char **l = mem_array(16, sizeof *l);
    CLEANUP_FREE char *copy = str_dup(words);
    char *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        l[n++] = str_dup(w);
    return l;
}

static void add(struct catalog *c, struct indicator ind, const char *inputs, const char *members)
{
    struct indicator *copy = mem_alloc(sizeof *copy);
    *copy = ind;
    copy->id = str_dup(ind.id);
    copy->title = str_dup(ind.title);
    copy->unit = str_dup(ind.unit);
    copy->parent = str_dup(ind.parent);
    copy->plugin = str_dup("resource");
    copy->inputs = inputs ? list(inputs) : NULL;
    copy->members = members ? list(members) : NULL;
    c->indicators = mem_grow(c->indicators, c->n_indicators + 1, sizeof(struct indicator *));
    c->indicators[c->n_indicators++] = copy;
}

#define STAGES (1u << STAGE_PRIMARY | 1u << STAGE_JUNIOR)

static void add_indicators(struct catalog *c)
{
    add(c,
        (struct indicator){.id = (char *)"resource.pe_art_teachers",
                           .title = (char *)"每百名学生拥有体育、艺术专任教师数",
                           .unit = (char *)"人",
                           .decimals = 2,
                           .scale = 100,
                           .whole_gap = true,
                           .with_floor = true,
                           .stages = STAGES},
        "school_resource.pupils_primary school_resource.pe_teachers school_resource.music_teachers school_resource.art_teachers "
        "school_resource.pe_visiting",
        NULL);
    add(c,
        (struct indicator){.id = (char *)"resource.sports_area",
                           .title = (char *)"生均体育运动场馆面积",
                           .unit = (char *)"㎡",
                           .decimals = 2,
                           .scale = 1,
                           .with_floor = true,
                           .with_cv = true,
                           .stages = STAGES},
        "school_resource.gym_area school_resource.sports_ground_area", NULL);
    add(c,
        (struct indicator){.id = (char *)"resource.equipment_value",
                           .title = (char *)"生均教学仪器设备值",
                           .unit = (char *)"元",
                           .decimals = 2,
                           .scale = 1,
                           .with_floor = true,
                           .stages = STAGES,
                           .alerts = true},
        "school_resource.equipment_value", NULL);
    add(c,
        (struct indicator){.id = (char *)"resource.school_rule",
                           .title = (char *)"资源配置综合要求",
                           .unit = (char *)"",
                           .kind = INDICATOR_RULE,
                           .pass_min = 2,
                           .stages = STAGES,
                           .alerts = true},
        NULL, "resource.pe_art_teachers resource.sports_area resource.equipment_value");
    add(c,
        (struct indicator){.id = (char *)"resource.sports_area.cv",
                           .title = (char *)"生均体育运动场馆面积差异系数",
                           .unit = (char *)"",
                           .parent = (char *)"resource.sports_area",
                           .kind = INDICATOR_CV,
                           .level = LEVEL_COUNTY,
                           .op = OP_AT_MOST,
                           .decimals = 3,
                           .scale = 1,
                           .stages = STAGES,
                           .alerts = true},
        NULL, NULL);
}

static char *office_log[] = {(char *)"office", (char *)"log", NULL}, *mail[] = {(char *)"mail", NULL};
static char *east[] = {(char *)"east", NULL}, *east_county[] = {(char *)"330103", NULL},
            *to[] = {(char *)"a@b.cn", NULL};
static struct county_config counties[] = {{(char *)"330102", (char *)"滨江区"},
                                          {(char *)"330103", (char *)"东区"}};

static void make_config(struct world *w)
{
    const struct channel_config base = {
        .timeout_ms = 30000, .retry_initial_ms = 10000, .retry_max_ms = 3600000};
    for (size_t i = 0; i < ARRAY_SIZE(w->channels); i++)
        w->channels[i] = base;
    w->channels[0].name = (char *)"office";
    w->channels[0].url = (char *)"http://127.0.0.1:9000/hook";
    w->channels[1].name = (char *)"mail";
    w->channels[1].type = CHANNEL_SMTP;
    w->channels[1].host = (char *)"mail.example.cn";
    w->channels[1].port = 587;
    w->channels[1].tls = TLS_STARTTLS;
    w->channels[1].from = (char *)"dudao@example.cn";
    w->channels[1].to = to;
    w->channels[1].password_file = (char *)"/etc/junheng/mail.password";
    w->channels[1].max_attempts = 3;
    w->channels[2].name = (char *)"log";
    w->channels[2].type = CHANNEL_JOURNAL;
    w->channels[3].name = (char *)"east";
    w->channels[3].url = (char *)"https://east.example.cn/";
    w->routes[0] = (struct route_config){.notify = office_log};
    w->routes[1] = (struct route_config){.notify = mail, .min_severity = (char *)"orange"};
    w->routes[2] = (struct route_config){.notify = east, .counties = east_county};
    w->config = (struct config){.timezone = (char *)"Asia/Shanghai",
                                .office_name = (char *)"市政府教育督导室",
                                .channels = w->channels,
                                .n_channels = ARRAY_SIZE(w->channels),
                                .routes = w->routes,
                                .n_routes = ARRAY_SIZE(w->routes),
                                .counties = counties,
                                .n_counties = ARRAY_SIZE(counties),
                                .digest_above = 5};
}

int world_setup(void **state)
{
    struct world *w = mem_alloc(sizeof *w);
    struct error err = {0};
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/junheng-notify-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->path, sizeof w->path, "%s/junheng.db", w->dir);
    const char *const standards[] = {TEST_SOURCE_DIR "/conf/standards/national-2017.yaml", NULL};
    ok(catalog_load(TEST_SOURCE_DIR "/conf/datasets", &w->catalog, &err));
    ok(standards_load(standards, &w->standards, &err));
    add_indicators(w->catalog);
    make_config(w);
    ok(store_open(&w->store, w->path, STORE_WRITE, &err));
    ok(store_sync_catalog(w->store, w->catalog, &err));
    w->ctx = (struct alert_context){
        .catalog = w->catalog, .config = &w->config, .standards = w->standards, .now_ms = NOW_MS};
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    struct world *w = *state;
    (void)store_close(w->store);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        CLEANUP_FREE char *path = str_printf("%s%s", w->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(w->dir);
    (void)catalog_free(w->catalog);
    (void)standards_free(w->standards);
    free(w);
    return 0;
}

void world_reopen(struct world *w)
{
    struct error err = {0};
    (void)store_close(w->store);
    ok(store_open(&w->store, w->path, STORE_WRITE, &err));
}

void world_put(struct world *w, const struct world_result *r)
{
    struct error err = {0};
    const struct result result = {.period = (char *)(uintptr_t)r->period,
                                  .county = (char *)(uintptr_t)r->county,
                                  .indicator = (char *)(uintptr_t)r->indicator,
                                  .entity = (char *)(uintptr_t)r->entity,
                                  .stage = r->stage,
                                  .verdict = r->verdict,
                                  .value = r->value,
                                  .numerator = r->numerator,
                                  .denominator = r->denominator,
                                  .threshold = r->threshold,
                                  .gap = r->gap,
                                  .pupils = r->pupils,
                                  .estimated = r->estimated,
                                  .provisional = r->provisional,
                                  .missing = (char *)(uintptr_t)r->missing,
                                  .detail = (char *)(uintptr_t)r->detail,
                                  .run = 1};
    bool own = sqlite3_get_autocommit(store_db(w->store));
    if (own)
        ok(store_begin(w->store, &err));
    ok(result_put(w->store, &result, &err));
    if (own)
        ok(store_commit(w->store, &err));
}

struct finding world_finding(struct world *w, const struct world_result *r)
{
    return (struct finding){.indicator = catalog_indicator(w->catalog, r->indicator),
                            .entity = r->entity,
                            .county = r->county,
                            .period = r->period,
                            .stage = r->stage,
                            .verdict = r->verdict,
                            .verdict_before = VERDICT_COUNT,
                            .value = r->value,
                            .threshold = r->threshold,
                            .pupils = r->pupils,
                            .estimated = r->estimated,
                            .provisional = r->provisional};
}

struct alert_counts world_apply(struct world *w, const struct world_result *r, size_t n)
{
    struct error err = {0};
    struct alert_counts counts;
    struct finding *findings = mem_array(n, sizeof *findings);
    ok(store_begin(w->store, &err));
    for (size_t i = 0; i < n; i++) {
        world_put(w, &r[i]);
        findings[i] = world_finding(w, &r[i]);
    }
    ok(alert_apply(w->store, &w->ctx, findings, n, &counts, &err));
    ok(store_commit(w->store, &err));
    free(findings);
    return counts;
}

int64_t world_submission(struct world *w, const char *public_id, const char *file)
{
    struct error err = {0};
    static const char layout[] =
        "{\"pe_teachers\":\"V\",\"music_teachers\":\"X\",\"art_teachers\":\"Z\",\"gym_area\":\"AD\","
        "\"sports_ground_area\":\"AE\",\"equipment_value\":\"AF\",\"pe_visiting\":\"W\"}";
    CLEANUP_FREE char *text = str_printf(
        "INSERT INTO submission(public_id, source, file, received_at, state) VALUES ('%s', 'city', '%s', %lld, 'stored');"
        "INSERT INTO submission_table(submission, no, dataset, sheet, kind, layout, headers) VALUES (last_insert_rowid(), 0, "
        "'school_resource', '学校资源', 'wide', '%s', '{\"gym_area\":\"体育馆\",\"pe_teachers\":\"体育\"}')",
        public_id, file, (long long)NOW_MS, layout);
    ok(sql_exec(w->store, text, &err));
    return strtoll(world_text(w, "SELECT max(id) FROM submission"), NULL, 10);
}

void world_school(struct world *w, int64_t submission, const char *code, const char *name, const char *county,
                  const char *period)
{
    struct error err = {0};
    int64_t school, area, year, source;
    ok(store_begin(w->store, &err));
    ok(code_of(w->store, code, &school, &err));
    ok(code_of(w->store, county, &area, &err));
    ok(code_of(w->store, period, &year, &err));
    ok(code_of(w->store, "city", &source, &err));
    CLEANUP_FREE char *text = str_printf(
        "INSERT INTO d_school(_period, school, school_name, inspector, _county, _source, _sub, _tab, _row) VALUES (%lld, %lld, '%s', "
        "'王××', %lld, %lld, %lld, 0, 14); INSERT INTO d_school_resource(_period, school, campus, school_name, pupils_primary, pe_teachers, "
        "music_teachers, art_teachers, pe_visiting, gym_area, sports_ground_area, equipment_value, _county, _source, _sub, _tab, _row) "
        "VALUES (%lld, %lld, 1, '%s', 1661, 5, 3, 3, 0, 400, 8900, 5250382, %lld, %lld, %lld, 0, 14)",
        (long long)year, (long long)school, name, (long long)area, (long long)source, (long long)submission,
        (long long)year, (long long)school, name, (long long)area, (long long)source, (long long)submission);
    ok(sql_exec(w->store, text, &err));
    ok(store_commit(w->store, &err));
}

const char *world_text(struct world *w, const char *sql)
{
    struct error err = {0};
    struct sql *q = sql_get(w->store, sql, &err);
    if (!q)
        fail_msg("%s", err.msg);
    int r = sql_step(q, &err);
    if (r <= 0) {
        if (r < 0)
            fail_msg("%s", err.msg);
        return "none";
    }
    const char *text = sql_text(q, 0);
    return text ? text : "NULL";
}
