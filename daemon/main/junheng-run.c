// SPDX-License-Identifier: Apache-2.0
// Loads one plugin in a sandbox: describes it, or computes with it over a read-only view of the data.
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/frame.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "host/describe.h"
#include "host/input.h"
#include "host/relay.h"
#include "host/run.h"
#include "sandbox/sandbox.h"

#define DESCRIBE_CPU_S 10
#define DESCRIBE_MEMORY (512u << 20)

static int usage(FILE *to)
{
    fputs(_("usage: junheng-run --describe FILE.so   print what a plugin declares, as JSON\n"
            "       junheng-run FILE.so < job.json   compute; frames on standard output\n"
            "\n"
            "Started by junhengd. Plugin authors use --describe to see whether a plugin loads.\n"),
          to);
    return to == stdout ? EX_OK : EX_USAGE;
}

// The plugin's own printing goes where diagnostics go; ours goes to a descriptor that it does not know.
static int keep_stdout_aside(struct error *err)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    if (out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return error_sys(err, -errno, "stdout");
    return out;
}

static int shut_stdin(struct error *err)
{
    CLEANUP_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return error_sys(err, -errno, "stdin");
    return 0;
}

static char *folder_of(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash)
        return str_dup(path ? "." : NULL);
    return str_ndup(path, slash == path ? 1 : (size_t)(slash - path));
}

// Readable: what dlopen needs, what lies beside the plugin, and the folder of the database (its -wal and -shm
// may be made anew at any time).
static int enter_sandbox(const char *plugin, const char *db, uint64_t memory_bytes, uint32_t cpu_s,
                         struct error *err)
{
    CLEANUP_FREE char *beside = folder_of(plugin);
    CLEANUP_FREE char *state = folder_of(db);
    const char *const paths[] = {"/usr/lib",         "/lib", "/usr/lib64", "/lib64", "/usr/local/lib",
                                 "/etc/ld.so.cache", beside, state,        NULL};
    struct sandbox_rules rules = {
        .profile = SANDBOX_RUNNER, .read_paths = paths, .memory_bytes = memory_bytes, .cpu_s = cpu_s};
    (void)gettext(""); // opens the catalogue
    return sandbox_enter(&rules, err);
}

// Negative errno as the exit code that says whose matter it is.
static int exit_code(int r)
{
    switch (-r) {
    case 0:
        return EX_OK;
    case ENOENT:
    case EACCES:
    case EISDIR:
        return EX_NOINPUT;
    case ENOEXEC:
    case ENOSYS:
    case EINVAL:
    case EFBIG:
        return EX_DATAERR;
    case EPROTO:
        return EX_PROTOCOL;
    default:
        return EX_IOERR;
    }
}

static int print_description(const struct plugin *p, int out, struct error *err)
{
    json_t *j = plugin_describe(p);
    CLEANUP_FREE char *text = json_dumps(j, JSON_SORT_KEYS | JSON_INDENT(2));
    json_decref(j);
    if (!text)
        return error_set(err, -ENOMEM, "JSON");
    int r = frame_write_all(out, text, strlen(text));
    if (r == 0)
        r = frame_write_all(out, "\n", 1);
    return r < 0 ? error_sys(err, r, "stdout") : 0;
}

static int describe(const char *path, int out, struct error *err)
{
    struct plugin_file f;
    struct plugin *p = NULL;
    int r = plugin_file_copy(path, &f, err);
    if (r < 0)
        return r;
    r = enter_sandbox(path, NULL, DESCRIBE_MEMORY, DESCRIBE_CPU_S, err);
    if (r == 0)
        r = plugin_load(&f, path, &p, err);
    if (r == 0)
        r = print_description(p, out, err);
    plugin_free(p);
    plugin_file_deinit(&f);
    return r;
}

static int load_and_run(const struct plugin_file *f, const char *path, const struct job *j, sqlite3 *db,
                        int out, struct error *err)
{
    struct plugin *p = NULL;
    // A second more than the statement guard has, so that a slow statement is named before the kernel ends
    // the run.
    int r = enter_sandbox(path, j->db, j->memory_bytes, j->cpu_s + 1, err);
    if (r == 0)
        r = plugin_load(f, path, &p, err);
    if (r == 0)
        r = run_plugin(p, j, db, out, err);
    plugin_free(p);
    return r;
}

static int run(const char *path, int out, struct error *err)
{
    struct plugin_file f = {.fd = -1};
    struct job j = {0};
    sqlite3 *db = NULL;
    int r = job_read(STDIN_FILENO, &j, err);
    if (r == 0)
        r = shut_stdin(err);
    if (r == 0)
        r = plugin_file_copy(path, &f, err);
    if (r == 0)
        r = input_open(j.db, &db, err);
    if (r == 0)
        r = load_and_run(&f, path, &j, db, out, err);
    if (r < 0)
        run_write_failure(out, err->msg);
    (void)sqlite3_close(db);
    plugin_file_deinit(&f);
    job_deinit(&j);
    return r;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    log_init("junheng-run", LOG_LEVEL_INFO);
    i18n_init(NULL);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return usage(stdout);
    bool describing = argc == 3 && strcmp(argv[1], "--describe") == 0;
    if (!describing && (argc != 2 || argv[1][0] == '-'))
        return usage(stderr);
    int out = relay_if_files(&err);
    if (out == 0)
        out = keep_stdout_aside(&err);
    int r = out < 0 ? out : describing ? describe(argv[2], out, &err) : run(argv[1], out, &err);
    // A run's failure went out as a frame; the last line of stderr is what the daemon quotes for a
    // description.
    if (r < 0 && (describing || out < 0))
        fprintf(stderr, "%s\n", err.msg);
    (void)fflush(NULL);
    _exit(exit_code(r)); // without the plugin's destructors: what had to be said is said
}
