// SPDX-License-Identifier: Apache-2.0
// The daemon's program: options, environment, lock, signals, loop. Everything else is in flow/.
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "base/exit.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "flow/daemon.h"
#include "flow/state.h"

#define STOP_LIMIT_S 5

struct options {
    const char *config;
    bool once;
    enum log_level level;
};

struct program {
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct daemon *daemon;
    int exit_code;
    bool stopped;
};

static int usage(FILE *out)
{
    (void)fprintf(
        out,
        _("Usage: junhengd [--config FILE] [--once] [--log-level LEVEL]\n"
          "Watches folders, reads the tables dropped there, computes indicators and raises alerts.\n\n"
          "  --config FILE      configuration (default %s/junheng.yaml)\n"
          "  --once             take what lies in the folders, try each delivery once, and end\n"
          "  --log-level LEVEL  error, warning, notice, info (default) or debug\n"
          "  --version, --help\n\n"
          "SIGHUP reads the configuration again, SIGTERM ends within 5 seconds. See junhengd(8).\n"),
        JUNHENG_SYSCONFDIR);
    return out == stdout ? EX_OK : EX_USAGE;
}

static bool parse_level(const char *text, enum log_level *ret)
{
    static const struct {
        const char *name;
        enum log_level level;
    } names[] = {{"error", LOG_LEVEL_ERROR},
                 {"warning", LOG_LEVEL_WARN},
                 {"notice", LOG_LEVEL_NOTICE},
                 {"info", LOG_LEVEL_INFO},
                 {"debug", LOG_LEVEL_DEBUG}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i].name) == 0) {
            *ret = names[i].level;
            return true;
        }
    }
    return false;
}

// -1: go on; else the exit code.
static int parse_options(int argc, char **argv, struct options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'},    {"once", no_argument, NULL, 'o'},
        {"log-level", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},         {0}};
    int c;
    while ((c = getopt_long(argc, argv, "c:hv", longs, NULL)) != -1) {
        switch (c) {
        case 'c':
            o->config = optarg;
            break;
        case 'o':
            o->once = true;
            break;
        case 'l':
            if (!parse_level(optarg, &o->level))
                return usage(stderr);
            break;
        case 'h':
            return usage(stdout);
        case 'v':
            (void)printf("junhengd %s\n", JUNHENG_VERSION);
            return EX_OK;
        default:
            return usage(stderr);
        }
    }
    return optind < argc ? usage(stderr) : -1;
}

// A mask or an ignored signal inherited from who started us would be inherited by workers in turn.
static void reset_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++) {
        if (s != SIGKILL && s != SIGSTOP && s != SIGPIPE)
            (void)signal(s, SIG_DFL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

// Everything may be killed at any moment: a stop that hangs (a dead share) is cut off rather than waited for.
static void on_alarm(int sig)
{
    static const char text[] =
        "<4>junhengd: not everything ended within 5 s; the rest is taken up by the next start\n";
    (void)sig;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EX_OK);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct program *p = handle->data;
    if (p->stopped || !p->daemon)
        return;
    if (signum == SIGHUP) {
        daemon_reload(p->daemon);
        return;
    }
    log_notice("%s: stopping", signum == SIGINT ? "SIGINT" : "SIGTERM");
    (void)signal(SIGALRM, on_alarm);
    (void)alarm(STOP_LIMIT_S);
    daemon_stop(p->daemon);
}

static void on_stopped(void *arg, int exit_code)
{
    struct program *p = arg;
    p->stopped = true;
    p->daemon = NULL;
    if (exit_code)
        p->exit_code = exit_code;
    for (size_t i = 0; i < ARRAY_SIZE(p->signals); i++) {
        if (!uv_is_closing((uv_handle_t *)&p->signals[i]))
            uv_close((uv_handle_t *)&p->signals[i], NULL);
    }
}

static void watch_signals(struct program *p)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        (void)uv_signal_init(&p->loop, &p->signals[i]);
        p->signals[i].data = p;
        (void)uv_signal_start(&p->signals[i], on_signal, numbers[i]);
    }
}

static int exit_code_of(int r)
{
    switch (r) {
    case -EBUSY:
        return EX_TEMPFAIL;
    case -EACCES:
    case -EPERM:
    case -EROFS:
        return EX_NOPERM;
    case -ENOSPC:
    case -EIO:
        return EX_IOERR;
    case -EUCLEAN:
        return EX_DATAERR;
    default:
        return EX_OSERR;
    }
}

static int run(struct program *p, struct plan *plan, bool once)
{
    struct error err;
    const struct daemon_setup setup = {
        .loop = &p->loop, .plan = plan, .once = once, .on_stopped = on_stopped, .arg = p};
    (void)uv_loop_init(&p->loop);
    watch_signals(p);
    int r = daemon_open(&p->daemon, &setup, &err);
    plan_unref(plan);
    if (r) {
        log_error("%s", err.msg);
        p->exit_code = exit_code_of(r);
        p->daemon = NULL;
        on_stopped(p, 0);
    }
    (void)uv_run(&p->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&p->loop))
        log_debug("handles were still open at the end");
    return p->exit_code;
}

// A dozen threads would each keep an arena of what a run's measures took. Fixed thresholds: what is freed
// goes back.
static void bound_arenas(void)
{
    (void)mallopt(M_ARENA_MAX, 2);
    (void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
    (void)mallopt(M_TRIM_THRESHOLD, 1 << 20);
}

int main(int argc, char **argv)
{
    bound_arenas();
    struct options o = {.config = JUNHENG_SYSCONFDIR "/junheng.yaml", .level = LOG_LEVEL_INFO};
    struct plan *plan = NULL;
    struct program program = {0};
    struct error err;
    int lock = -1;
    i18n_init(NULL);
    int code = parse_options(argc, argv, &o);
    if (code >= 0)
        return code;
    reset_signals();
    (void)umask(umask(0) | 0002); // a drop folder may be its group's; everything else asks for less anyway
    log_init("junhengd", o.level);
    (void)setenv("UV_THREADPOOL_SIZE", "8", 0); // a share that hangs holds a thread for each of its folders
    if (plan_load(o.config, &plan, &err)) {
        log_error("%s", err.msg);
        return err.code == -ENOENT ? EX_NOINPUT : EX_CONFIG;
    }
    (void)setenv("TZ", plan->config->timezone, 1);
    tzset();
    i18n_init(plan->config->language);
    if (state_open(plan->config->state, &lock, &err)) {
        log_error("%s", err.msg);
        plan_unref(plan);
        return exit_code_of(err.code);
    }
    code = run(&program, plan, o.once);
    (void)close(lock);
    return code;
}
