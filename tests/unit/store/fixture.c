// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/mem.h"
#include "read/wire.h"

void fixture_add_column(struct dataset *d, struct column c)
{
    d->columns = mem_grow(d->columns, d->n_columns + 1, sizeof *d->columns);
    d->columns[d->n_columns++] = c;
}

static struct dataset *dataset_new(const char *id, enum period_kind period, const struct column *columns,
                                   size_t n)
{
    struct dataset *d = mem_alloc(sizeof *d);
    d->id = (char *)id;
    d->title = (char *)id;
    d->period = period;
    for (size_t i = 0; i < n; i++)
        fixture_add_column(d, columns[i]);
    return d;
}

struct column *fixture_column(struct dataset *d, const char *id)
{
    for (size_t i = 0; i < d->n_columns; i++)
        if (strcmp(d->columns[i].id, id) == 0)
            return &d->columns[i];
    fail_msg("no column %s", id);
    return NULL;
}

static struct code_value types[] = {
    {.value = "小学"}, {.value = "初中"}, {.value = "特殊教育学校"}, {.value = "职业学校"}};
static struct code_value statuses[] = {
    {.value = "在办"}, {.value = "新建"}, {.value = "停办"}, {.value = "撤并"}};

static void make_catalog(struct fixture *f)
{
    const struct column year = {
        .id = "year", .header = "学年", .type = COLUMN_TEXT, .key = true, .is_period = true};
    const struct column county = {
        .id = "county", .header = "区县代码", .type = COLUMN_TEXT, .is_county = true};
    const struct column school = {
        .id = "school", .header = "学校代码", .type = COLUMN_TEXT, .key = true, .owed = OWED_ALWAYS};
    const struct column name = {.id = "name", .header = "学校名称", .type = COLUMN_TEXT, .is_name = true};
    const struct column type = {
        .id = "school_type", .header = "学校类型", .type = COLUMN_CODE, .values = types, .n_values = 4};
    const struct column roster[] = {
        year,
        county,
        school,
        name,
        type,
        {.id = "counts_as_school", .header = "是否计校数", .type = COLUMN_BOOL},
        {.id = "status", .header = "办学状态", .type = COLUMN_CODE, .values = statuses, .n_values = 4},
    };
    const struct column resource[] = {
        year,
        county,
        school,
        {.id = "campus", .header = "校区代码", .type = COLUMN_TEXT, .key = true},
        name,
        {.id = "pupils_primary", .header = "小学学生人数", .type = COLUMN_INTEGER},
        {.id = "pupils_junior", .header = "初中学生人数", .type = COLUMN_INTEGER},
        {.id = "area", .header = "教学及辅助用房总面积", .type = COLUMN_DECIMAL},
    };
    const struct column kinds[] = {
        year,
        school,
        {.id = "text", .header = "文", .type = COLUMN_TEXT},
        {.id = "integer", .header = "整", .type = COLUMN_INTEGER},
        {.id = "decimal", .header = "小数", .type = COLUMN_DECIMAL},
        {.id = "percent", .header = "百分", .type = COLUMN_PERCENT},
        {.id = "bool", .header = "是否", .type = COLUMN_BOOL},
        {.id = "code", .header = "码", .type = COLUMN_CODE, .values = types, .n_values = 4},
        {.id = "date", .header = "日期", .type = COLUMN_DATE},
        {.id = "time", .header = "时刻", .type = COLUMN_TIME},
    };
    const struct column homework[] = {
        {.id = "date", .header = "日期", .type = COLUMN_DATE, .key = true, .is_period = true},
        school,
        {.id = "class", .header = "班级代码", .type = COLUMN_TEXT, .key = true, .owed = OWED_ALWAYS},
        {.id = "subject", .header = "学科", .type = COLUMN_TEXT, .key = true},
        {.id = "no", .header = "作业序号", .type = COLUMN_INTEGER, .key = true, .default_value = (char *)"1"},
        {.id = "minutes", .header = "书面作业时长", .type = COLUMN_DECIMAL},
    };
    f->datasets[0] = dataset_new("school", PERIOD_SCHOOL_YEAR, roster, ARRAY_SIZE(roster));
    f->datasets[1] = dataset_new("school_resource", PERIOD_SCHOOL_YEAR, resource, ARRAY_SIZE(resource));
    f->datasets[2] = dataset_new("kinds", PERIOD_SCHOOL_YEAR, kinds, ARRAY_SIZE(kinds));
    f->datasets[3] = dataset_new("homework", PERIOD_DAY, homework, ARRAY_SIZE(homework));
    f->catalog = (struct catalog){.datasets = f->datasets, .n_datasets = ARRAY_SIZE(f->datasets)};
}

static char *one_county[] = {(char *)"330102", NULL};
static char *two_counties[] = {(char *)"330102", (char *)"330103", NULL};
static struct county_config configured[] = {{.code = (char *)"330102", .name = (char *)"滨江区"},
                                            {.code = (char *)"330103", .name = (char *)"东区"}};

static void make_config(struct fixture *f)
{
    f->sources[0] = (struct source_config){.name = (char *)"city", .all_counties = true};
    f->sources[1] = (struct source_config){.name = (char *)"east", .counties = one_county};
    f->sources[2] = (struct source_config){.name = (char *)"west", .counties = two_counties};
    f->sources[3] = (struct source_config){.name = (char *)"top", .all_counties = true, .precedence = 5};
    f->config = (struct config){
        .sources = f->sources, .n_sources = ARRAY_SIZE(f->sources), .counties = configured, .n_counties = 2};
}

int fixture_setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    struct error err = {0};
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/junheng-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof f->path, "%s/junheng.db", f->dir);
    make_catalog(f);
    make_config(f);
    ok(store_open(&f->store, f->path, STORE_WRITE, &err));
    ok(store_sync_catalog(f->store, &f->catalog, &err));
    *state = f;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    (void)store_close(f->store);
    for (size_t i = 0; i < ARRAY_SIZE(f->datasets); i++) {
        free(f->datasets[i]->columns);
        free(f->datasets[i]);
    }
    DIR *dir = opendir(f->dir);
    for (struct dirent *e; dir && (e = readdir(dir));)
        (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        (void)closedir(dir);
    (void)rmdir(f->dir);
    free(f);
    return 0;
}

void fixture_reopen(struct fixture *f)
{
    struct error err = {0};
    f->store = store_close(f->store);
    ok(store_open(&f->store, f->path, STORE_WRITE, &err));
}

const char *fixture_text(struct fixture *f, const char *sql)
{
    static char out[512];
    struct error err = {0};
    struct sql *q = sql_get(f->store, sql, &err);
    if (!q)
        fail_msg("%s", err.msg);
    int r = sql_step(q, &err);
    if (r < 0)
        fail_msg("%s", err.msg);
    (void)snprintf(out, sizeof out, "%s", r == 0 ? "none" : sql_is_null(q, 0) ? "NULL" : sql_text(q, 0));
    sql_done(q);
    return out;
}

int64_t fixture_int(struct fixture *f, const char *sql)
{
    return strtoll(fixture_text(f, sql), NULL, 10);
}

void said_deinit(struct said *w)
{
    buf_deinit(&w->out);
    *w = (struct said){0};
}

void say(struct said *w, char type, const char *json)
{
    frame_add(&w->out, (uint8_t)type, json, strlen(json));
}

void say_table(struct said *w, const char *dataset, const char *kind, const char *columns)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT, list = BUF_INIT, layout = BUF_INIT;
    char letter = 'A';
    for (const char *p = columns; *p; letter++) {
        size_t n = strcspn(p, " ");
        buf_addf(&list, "%s\"%.*s\"", list.len ? "," : "", (int)n, p);
        buf_addf(&layout, "%s\"%.*s\":\"%c\"", layout.len ? "," : "", (int)n, p, letter);
        p += n + (p[n] == ' ');
    }
    buf_addf(
        &b,
        "{\"table\":%d,\"dataset\":\"%s\",\"sheet\":\"表%d\",\"kind\":\"%s\",\"period\":null,\"columns\":[%s],"
        "\"layout\":{%s},\"headers\":{\"name\":\"校名\"},\"header_rows\":[1],\"first_row\":2}",
        w->tables, dataset, w->tables, kind, buf_str(&list), buf_str(&layout));
    w->tables++;
    say(w, WIRE_TABLE, buf_str(&b));
}

static void add_le(struct buf *b, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        buf_addc(b, (char)(v >> (8 * i) & 0xff));
}

static void add_cell(struct buf *b, const char *p, size_t n, bool period)
{
    CLEANUP_FREE char *text = str_ndup(p, n);
    bool quoted = n && p[0] == '\'', number = !quoted && !period && n && strspn(text, "-0123456789.") == n;
    if (!n) {
        buf_addc(b, WIRE_NULL);
    } else if (number && strchr(text, '.')) {
        double v = strtod(text, NULL);
        uint64_t bits;
        memcpy(&bits, &v, 8);
        buf_addc(b, WIRE_REAL);
        add_le(b, bits, 8);
    } else if (number) {
        buf_addc(b, WIRE_INT);
        add_le(b, (uint64_t)strtoll(text, NULL, 10), 8);
    } else {
        buf_addc(b, WIRE_TEXT);
        add_le(b, n - quoted, 4);
        buf_add(b, p + quoted, n - quoted);
    }
}

void say_row(struct said *w, int table, unsigned row, const char *cells)
{
    CLEANUP(buf_deinit) struct buf b = BUF_INIT;
    add_le(&b, (uint64_t)table, 2);
    add_le(&b, 1, 4);
    add_le(&b, row, 4);
    for (const char *p = cells, *end;; p = end + 1) {
        end = strchrnul(p, '|');
        add_cell(&b, p, (size_t)(end - p), p == cells);
        if (!*end)
            break;
    }
    frame_add(&w->out, WIRE_ROWS, b.data, b.len);
    w->rows++;
}

void say_end(struct said *w)
{
    CLEANUP_FREE char *json = str_printf("{\"state\":\"ok\",\"rows_ok\":%d,\"rows_bad\":0}", w->rows);
    say(w, WIRE_END, json);
}

static int64_t new_submission(struct fixture *f, const char *source)
{
    struct error err = {0};
    CLEANUP_FREE char *sql = str_printf(
        "INSERT INTO submission(id, public_id, source, file, received_at, state) VALUES (%lld, 'S-%lld', '%s', 'f', 0, "
        "'received')",
        (long long)f->submissions + 1, (long long)f->submissions + 1, source);
    ok(sql_exec(f->store, sql, &err));
    return ++f->submissions;
}

static int ingest_all(struct fixture *f, const char *source, const struct said *w, struct ingest_result *ret,
                      struct error *err)
{
    struct ingest *in;
    int64_t id = new_submission(f, source);
    int r = ingest_begin(f->store, &f->catalog, &f->config, config_source(&f->config, source), id, "v1",
                         1000 * id, &in, err);
    if (r < 0)
        return r;
    for (size_t at = 0; r == 0 && at < w->out.len;) {
        struct frame frame;
        assert_int_equal(frame_next((const uint8_t *)w->out.data + at, w->out.len - at, &frame), 1);
        r = ingest_frame(in, &frame, err);
        at += FRAME_HEAD + frame.len;
    }
    if (r == 0)
        r = ingest_finish(in, ret, err);
    (void)ingest_free(in);
    return r;
}

int fixture_hand_in(struct fixture *f, const char *source, struct said *w, struct ingest_result *ret,
                    struct error *err)
{
    struct error own = {0};
    struct ingest_result result = {0};
    int r = store_begin(f->store, &own);
    assert_int_equal(r, 0);
    r = ingest_all(f, source, w, &result, err);
    assert_int_equal(store_commit(f->store, &own), 0);
    if (ret)
        *ret = result;
    said_deinit(w);
    return r;
}

const char *fixture_complaints(struct fixture *f)
{
    static char out[8192];
    struct error err = {0};
    struct sql *q = sql_get(
        f->store,
        "SELECT level || ' ' || code || ' ' || coalesce(sheet, '') || '!' || coalesce(cell, row, '') || ' ' || "
        "coalesce(entity, '') || ': ' || message FROM submission_error WHERE submission = :id ORDER BY seq",
        &err);
    assert_non_null(q);
    sql_bind_int(q, ":id", f->submissions);
    size_t n = 0;
    out[0] = '\0';
    while (sql_step(q, &err) == 1)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", n ? "\n" : "", sql_text(q, 0));
    return out;
}
