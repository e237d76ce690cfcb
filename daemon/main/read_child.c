// SPDX-License-Identifier: Apache-2.0
// What the child does between fork and exit.
#include "main/read_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/frame.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "sandbox/sandbox.h"

// When the job does not say.
static const uint64_t default_memory_bytes = 1ull << 30;
static const uint32_t default_cpu_s = 300;

static const char *text_or_null(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key)); // NULL for null
}

static const char **texts_or_null(const json_t *array)
{
    if (!json_is_array(array))
        return NULL;
    size_t n = json_array_size(array), used = 0;
    const char **out = mem_array(n + 1, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        const char *s = json_string_value(json_array_get(array, i));
        if (s)
            out[used++] = s;
    }
    return out;
}

static uint64_t positive_or(const json_t *o, const char *key, uint64_t otherwise)
{
    json_int_t v = json_integer_value(json_object_get(o, key));
    return v > 0 ? (uint64_t)v : otherwise;
}

int read_request_from_json(json_t *j, struct read_request *ret, struct error *err)
{
    const json_t *source = json_object_get(j, "source"), *limits = json_object_get(j, "limits");
    const char *file = text_or_null(j, "file"), *name = text_or_null(source, "name");
    json_int_t id = json_integer_value(json_object_get(j, "id"));
    if (id <= 0 || !file || !name) {
        json_decref(j);
        return error_set(err, -EPROTO, _("a job for the reader needs id, file and source"));
    }
    uint64_t cpu_s = positive_or(limits, "cpu_s", default_cpu_s);
    *ret = (struct read_request){
        .id = (uint64_t)id,
        .json = j,
        .counties = texts_or_null(json_object_get(source, "counties")),
        .datasets = texts_or_null(json_object_get(source, "datasets")),
        .memory_bytes = positive_or(limits, "memory_bytes", default_memory_bytes),
        .cpu_s = cpu_s < UINT32_MAX ? (uint32_t)cpu_s : UINT32_MAX,
    };
    ret->job = (struct read_job){
        .file = file,
        .mtime_ms = json_integer_value(json_object_get(j, "mtime_ms")),
        .source = name,
        .counties = ret->counties,
        .datasets = ret->datasets,
        .period = text_or_null(source, "period"),
        .school_system = text_or_null(source, "school_system"),
        .max_cells = positive_or(limits, "max_cells", 0),
    };
    return 0;
}

void read_request_deinit(struct read_request *r)
{
    free(r->counties);
    free(r->datasets);
    json_decref(r->json);
    *r = (struct read_request){0};
}

enum { INPUT = 3, OUTPUT = 4 };

// Input on 3, output on 4, standard streams as they are, all else closed.
static int keep_only(int input, int output)
{
    int in = fcntl(input, F_DUPFD_CLOEXEC, OUTPUT + 1), out = fcntl(output, F_DUPFD_CLOEXEC, OUTPUT + 1);
    if (in < 0 || out < 0 || dup3(in, INPUT, O_CLOEXEC) < 0 || dup3(out, OUTPUT, O_CLOEXEC) < 0)
        return -errno;
    return close_range(OUTPUT + 1, ~0u, 0) < 0 ? -errno : 0;
}

static int write_frames(void *arg, const void *frames, size_t len)
{
    (void)arg;
    return frame_write_all(OUTPUT, frames, len);
}

static int run(const struct read_request *r, struct read_prepared *p, pid_t parent, int input, int output,
               struct error *err)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    int result = keep_only(input, output);
    if (result < 0)
        return error_sys(err, result, "close_range");
    struct sandbox_rules rules = {
        .profile = SANDBOX_READER, .memory_bytes = r->memory_bytes, .cpu_s = r->cpu_s, .parent = parent};
    result = sandbox_enter(&rules, err);
    return result < 0 ? result : read_file_prepared(INPUT, p, &r->job, write_frames, NULL, err);
}

_Noreturn void read_child_run(const struct read_request *r, struct read_prepared *p, pid_t parent, int input,
                              int output)
{
    struct error err;
    if (run(r, p, parent, input, output, &err) < 0) {
        if (err.code != -EPIPE) // the daemon has lost interest
            log_error("%s: %s", r->job.file, err.msg);
        _exit(EX_IOERR);
    }
    _exit(EX_OK);
}
