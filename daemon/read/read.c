// SPDX-License-Identifier: Apache-2.0
// The way of one file through the reader: decode, find tables, judge rows, WIRE_END. A file in which two rows
// of a key turn out to differ after the first has been let through is read a second time, knowing which ones.
#include "read/read.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "decode/sheet.h"
#include "read/fold.h"
#include "read/sheet_reader.h"

static bool listed(const char *const *list, const char *id)
{
    for (; list && *list; list++) {
        if (strcmp(*list, id) == 0)
            return true;
    }
    return false;
}

struct read_prepared {
    struct plan **plans;
    size_t n_plans;
    struct header_index *index;
};

struct read_prepared *read_prepare(const struct catalog *c)
{
    struct read_prepared *p = mem_alloc(sizeof *p);
    p->plans = mem_array(c->n_datasets + 1, sizeof *p->plans);
    for (size_t i = 0; i < c->n_datasets; i++) {
        p->plans[p->n_plans] = plan_new(c->datasets[i]);
        plan_mark_later(p->plans[p->n_plans++], c);
    }
    p->index = header_index_new(p->plans, p->n_plans);
    return p;
}

struct read_prepared *read_prepared_free(struct read_prepared *p)
{
    if (!p)
        return NULL;
    for (size_t i = 0; i < p->n_plans; i++)
        plan_free(p->plans[i]);
    free(p->plans);
    header_index_free(p->index);
    free(p);
    return NULL;
}

static void reader_init(struct reader *r, struct read_prepared *p, const struct read_job *job)
{
    *r = (struct reader){.job = job, .plans = p->plans, .n_plans = p->n_plans, .index = p->index};
    for (size_t i = 0; i < p->n_plans; i++)
        p->plans[i]->allowed = !job->datasets || listed(job->datasets, p->plans[i]->d->id);
    r->duplicates = duplicate_rows_new();
    struct buf folded = BUF_INIT;
    const char *file = job->file ? job->file : "", *dot = strrchr(file, '.');
    CLEANUP_FREE char *stem = str_ndup(file, dot && dot > file ? (size_t)(dot - file) : strlen(file));
    fold_text(stem, strlen(stem), &folded);
    r->file_folded = buf_take(&folded);
}

static void reader_deinit(struct reader *r)
{
    duplicate_rows_free(r->duplicates);
    buf_deinit(&r->scratch);
    free(r->file_folded);
}

// Reads the file once into fresh frames. 1: it must be read again; -errno.
static int read_once(struct reader *r, int fd, const struct decode_limits *limits, read_write_fn *write,
                     void *arg, struct error *err)
{
    struct error why = {0};
    const char *code = NULL;
    r->emit = emit_new(write, arg);
    r->complaints = complaints_new(r->emit);
    r->summary = summary_new();
    r->n_tables = r->n_correct = 0;
    r->info = (struct file_info){0};
    struct sheet_reader *s = sheet_reader_new(r);
    struct sheet_sink sink = sheet_reader_sink(s);
    int result = decode_file(fd, limits, &sink, &r->info, &code, &why);
    if (emit_error(r->emit) < 0) {
        result = error_sys(err, emit_error(r->emit), _("writing the rows of %s"), r->job->file);
    } else if (result < 0 && code && strcmp(code, "io") == 0) {
        result = error_set(err, result, "%s", why.msg);
    } else {
        if (result < 0)
            summary_reject(r->summary, code ? code : "not_a_table", why.msg);
        result = duplicate_rows_late(r->duplicates);
        sheet_reader_finish(s);
    }
    if (result == 1 && emit_started(r->emit)) {
        // So much has been passed on that it cannot be taken back here; the daemon drops it all with this
        // end.
        summary_reject(
            r->summary, "contradictions",
            _("Rows of the same key contradict each other in a file too large to sort them out. Nothing was "
              "stored; please correct the rows listed and hand it in again."));
        result = 0;
    }
    if (result == 0) {
        complaints_finish(r->complaints);
        emit_json(r->emit, WIRE_END, summary_end(r->summary, &r->info));
        result = emit_flush(r->emit);
        if (result < 0)
            result = error_sys(err, result, _("writing the rows of %s"), r->job->file);
    }
    sheet_reader_free(s);
    complaints_free(r->complaints);
    summary_free(r->summary);
    emit_free(r->emit);
    return result;
}

int read_file_prepared(int fd, struct read_prepared *p, const struct read_job *job, read_write_fn *write,
                       void *arg, struct error *err)
{
    struct reader r;
    struct decode_limits limits = decode_limits_default;
    if (job->max_cells)
        limits.max_cells = job->max_cells;
    reader_init(&r, p, job);
    int result = read_once(&r, fd, &limits, write, arg, err);
    // Every contradiction is known after one reading; a second round settles all of them.
    if (result == 1) {
        duplicate_rows_rewind(r.duplicates);
        result = read_once(&r, fd, &limits, write, arg, err);
        assert(result != 1);
    }
    reader_deinit(&r);
    return result;
}

int read_file(int fd, const struct catalog *c, const struct read_job *job, read_write_fn *write, void *arg,
              struct error *err)
{
    struct read_prepared *p = read_prepare(c);
    int result = read_file_prepared(fd, p, job, write, arg, err);
    read_prepared_free(p);
    return result;
}
