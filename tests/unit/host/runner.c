// SPDX-License-Identifier: Apache-2.0
// Running junheng-run from a test.
#include "runner.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/frame.h"
#include "base/mem.h"
#include "base/paths.h"
#include "store/dataset_table.h"

static void must(int r, const struct error *err)
{
    if (r < 0) {
        fprintf(stderr, "%s\n", err->msg);
        abort();
    }
}

static void must_exec(sqlite3 *db, const char *sql)
{
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", message, sql);
        abort();
    }
}

void world_init(struct world *w)
{
    struct error err;
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/junheng-host-XXXXXX");
    assert(mkdtemp(w->dir));
    (void)snprintf(w->db_path, sizeof w->db_path, "%s/junheng.db", w->dir);
    must(catalog_load(TEST_SOURCE_DIR "/conf/datasets", &w->catalog, &err), &err);
    must(store_open(&w->store, w->db_path, STORE_WRITE, &err), &err);
    must(store_sync_catalog(w->store, w->catalog, &err), &err);
    w->db = store_db(w->store);
}

void world_deinit(struct world *w)
{
    static const char *const files[] = {"junheng.db", "junheng.db-wal", "junheng.db-shm", "written"};
    store_close(w->store);
    catalog_free(w->catalog);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        CLEANUP_FREE char *path = str_printf("%s/%s", w->dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(w->dir);
}

static bool is_coded(const struct dataset *d, const char *id)
{
    const struct column *c = dataset_column(d, id);
    if (!c && id[0] != '_') {
        fprintf(stderr, "dataset %s has no column %s\n", d->id, id);
        abort();
    }
    return !c || column_stored(c) == STORED_CODE;
}

static void add_value(struct world *w, const struct dataset *d, struct buf *names, struct buf *values,
                      const char *at, size_t n)
{
    const char *eq = memchr(at, '=', n);
    assert(eq);
    CLEANUP_FREE char *id = str_ndup(at, (size_t)(eq - at));
    char *text = sqlite3_mprintf("%.*Q", (int)(at + n - eq - 1), eq + 1);
    if (is_coded(d, id)) {
        char *sql = sqlite3_mprintf("INSERT OR IGNORE INTO code(text) VALUES (%s)", text);
        must_exec(w->db, sql);
        sqlite3_free(sql);
        buf_addf(values, ", (SELECT id FROM code WHERE text = %s)", text);
    } else {
        buf_addf(values, ", %s", text);
    }
    buf_addf(names, ", \"%s\"", id);
    sqlite3_free(text);
}

void world_add(struct world *w, const char *dataset, const char *row)
{
    const struct dataset *d = catalog_dataset(w->catalog, dataset);
    CLEANUP(buf_deinit) struct buf names = BUF_INIT;
    CLEANUP(buf_deinit) struct buf values = BUF_INIT;
    CLEANUP(buf_deinit) struct buf all = BUF_INIT;
    if (!strstr(row, "_period="))
        buf_adds(&all, "_period=2025-2026 ");
    if (!strstr(row, "_county="))
        buf_adds(&all, "_county=330102 ");
    if (!strstr(row, "campus=") && dataset_column(d, "campus"))
        buf_adds(&all, "campus= ");
    buf_adds(&all, row);
    for (const char *at = buf_str(&all); *at; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        add_value(w, d, &names, &values, at, n);
        at += n;
    }
    CLEANUP_FREE char *sql = str_printf("INSERT INTO d_%s(_source, _sub, _tab, _row%s) VALUES (1, 1, 1, 1%s)",
                                        dataset, buf_str(&names), buf_str(&values));
    must_exec(w->db, sql);
}

char *world_job(const struct world *w, const char *more)
{
    json_t *datasets = json_array();
    for (size_t i = 0; i < w->catalog->n_datasets; i++)
        (void)json_array_append_new(datasets, dataset_describe(w->catalog->datasets[i]));
    json_t *job = json_pack("{s:s, s:[{s:s, s:s}], s:o, s:{}, s:{s:i, s:i}}", "db", w->db_path, "scopes",
                            "period", "2025-2026", "county", "330102", "datasets", datasets, "options",
                            "limits", "memory_bytes", 1 << 29, "cpu_s", 20);
    assert(job);
    if (more) {
        json_t *change = json_loads(more, 0, NULL);
        assert(change);
        (void)json_object_update(job, change);
        json_decref(change);
    }
    char *text = json_dumps(job, 0);
    json_decref(job);
    return text;
}

static void take_frames(struct outcome *o, const struct buf *out)
{
    CLEANUP(buf_deinit) struct buf log = BUF_INIT;
    struct frame f;
    size_t at = 0;
    while (frame_next((const uint8_t *)buf_str(out) + at, out->len - at, &f) == 1) {
        at += FRAME_HEAD + f.len;
        json_t *j = f.type == 'L' ? NULL : json_loadb((const char *)f.data, f.len, 0, NULL);
        if (f.type == 'L')
            buf_addf(&log, "%.*s\n", (int)f.len, (const char *)f.data);
        else if (f.type == 'M')
            (void)json_array_extend(o->measures, j);
        else if (f.type == 'X')
            o->failure = str_dup(json_string_value(json_object_get(j, "message")));
        else if (f.type == 'Z')
            o->ended = json_integer_value(json_object_get(j, "measures"));
        json_decref(j);
    }
    o->log = str_dup(buf_str(&log));
}

static void collect(int out, int err, struct buf *from_out, struct buf *from_err)
{
    struct pollfd fds[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        assert(poll(fds, 2, 60000) > 0);
        for (int i = 0; i < 2; i++) {
            char chunk[65536];
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, chunk, sizeof chunk);
            if (n > 0)
                buf_add(i ? from_err : from_out, chunk, (size_t)n);
            else
                fds[i].fd = -1;
        }
    }
}

static void run(char *const *argv, const char *input, struct outcome *ret)
{
    int in[2], out[2], err[2];
    assert(pipe(in) == 0 && pipe(out) == 0 && pipe(err) == 0);
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)dup2(err[1], 2);
        for (int i = 0; i < 2; i++) {
            (void)close(in[i]);
            (void)close(out[i]);
            (void)close(err[i]);
        }
        (void)unsetenv("LANGUAGE");
        (void)setenv("LC_ALL", "C.UTF-8", 1);
        (void)execv(argv[0], argv);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)frame_write_all(in[1], input, strlen(input));
    CLEANUP(buf_deinit) struct buf from_out = BUF_INIT;
    CLEANUP(buf_deinit) struct buf from_err = BUF_INIT;
    collect(out[0], err[0], &from_out, &from_err); // stdin stays open: the job's end is in the JSON
    (void)close(in[1]);
    (void)close(out[0]);
    (void)close(err[0]);
    *ret = (struct outcome){.measures = json_array(), .ended = -1};
    assert(waitpid(pid, &ret->status, 0) == pid);
    take_frames(ret, &from_out);
    ret->err = str_dup(buf_str(&from_err));
    ret->out = str_dup(buf_str(&from_out));
}

void run_job(const char *plugin, const char *job, struct outcome *ret)
{
    CLEANUP_FREE char *worker = paths_worker("junheng-run");
    char *argv[] = {worker, (char *)(uintptr_t)plugin, NULL};
    run(argv, job, ret);
}

void run_describe(const char *plugin, struct outcome *ret)
{
    CLEANUP_FREE char *worker = paths_worker("junheng-run");
    char *argv[] = {worker, (char *)(uintptr_t) "--describe", (char *)(uintptr_t)plugin, NULL};
    run(argv, "", ret);
}

void outcome_deinit(struct outcome *o)
{
    json_decref(o->measures);
    free(o->failure);
    free(o->log);
    free(o->err);
    free(o->out);
}

char *fixture_path(const char *name)
{
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    assert(n > 0);
    exe[n] = '\0';
    *strrchr(exe, '/') = '\0';
    return str_printf("%s/host/%s.so", exe, name);
}

char *plugin_path(const char *name)
{
    CLEANUP_FREE char *dir = paths_plugin_dir();
    return str_printf("%s/%s/%s.so", dir, name, name);
}

const json_t *find_measure(const struct outcome *o, const char *indicator, const char *entity,
                           const char *stage)
{
    size_t i;
    json_t *m;
    json_array_foreach(o->measures, i, m)
    {
        const char *id = json_string_value(json_object_get(m, "i"));
        const char *dot = strchr(id, '.');
        if ((strcmp(id, indicator) == 0 || (dot && strcmp(dot + 1, indicator) == 0)) &&
            strcmp(json_string_value(json_object_get(m, "e")), entity) == 0 &&
            strcmp(json_string_value(json_object_get(m, "s")), stage) == 0)
            return m;
    }
    return NULL;
}
