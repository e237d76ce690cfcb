// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

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
        .id = "type", .header = "学校类型", .type = COLUMN_CODE, .values = types, .n_values = 4};
    const struct column roster[] = {
        year,
        county,
        school,
        name,
        type,
        {.id = "counted", .header = "是否计校数", .type = COLUMN_BOOL},
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

int fixture_setup(void **state)
{
    struct fixture *f = mem_alloc(sizeof *f);
    struct error err = {0};
    (void)snprintf(f->dir, sizeof f->dir, "/tmp/junheng-store-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    (void)snprintf(f->path, sizeof f->path, "%s/junheng.db", f->dir);
    make_catalog(f);
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
