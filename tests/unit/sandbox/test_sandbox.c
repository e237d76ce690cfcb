// SPDX-License-Identifier: Apache-2.0
// Children that enter the sandbox and then do what they must, or what they must not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "sandbox/sandbox.h"

struct world {
    char dir[32];
    char inside[64], outside[32];
    int file;     // open for writing
    int listener; // on 127.0.0.1
    uint16_t port;
    iconv_t gb18030;
};

typedef int child_fn(const struct world *w); // exit status

static bool with_seccomp(void)
{
    struct sandbox_support have;
    sandbox_support(&have);
    return have.seccomp && !have.sanitizer;
}

static int child(const struct world *w, enum sandbox_profile profile, child_fn *fn, uint64_t memory_bytes)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *const paths[] = {w->dir, "/usr/lib", "/lib", "/proc/self", "/etc", "/not/there", NULL};
        struct sandbox_rules rules = {
            .profile = profile, .read_paths = paths, .memory_bytes = memory_bytes, .cpu_s = 1};
        struct error err;
        if (sandbox_enter(&rules, &err) < 0) {
            (void)!write(STDERR_FILENO, err.msg, strlen(err.msg));
            _exit(99);
        }
        _exit(fn(w));
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int opens(const struct world *w)
{
    return open(w->inside, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int opens_outside(const struct world *w)
{
    return open(w->outside, O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int opens_for_writing(const struct world *w)
{
    return open(w->inside, O_RDWR | O_CLOEXEC) < 0 ? errno : 0;
}

static int creates(const struct world *w)
{
    (void)w;
    return open("/tmp/junheng-must-not-be", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static int makes_socket(const struct world *w)
{
    (void)w;
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

static int forks(const struct world *w)
{
    (void)w;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid < 0 ? errno : 0;
}

static int executes(const struct world *w)
{
    (void)w;
    (void)execl("/bin/true", "true", (char *)NULL);
    return errno;
}

static int traces(const struct world *w)
{
    (void)w;
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) < 0 ? errno : 0;
}

static int signals_parent(const struct world *w)
{
    (void)w;
    return kill(getppid(), SIGCONT) < 0 ? errno : 0;
}

static int makes_code(const struct world *w)
{
    (void)w;
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? errno : 0;
}

static int writes_to_file(const struct world *w)
{
    return write(w->file, "x", 1) < 0 ? errno : 0;
}

static int takes_memory(const struct world *w)
{
    (void)w;
    for (int i = 0; i < 18; i++) {
        char *p = malloc(16u << 20);
        if (!p)
            return ENOMEM;
        memset(p, 1, 16u << 20);
    }
    return 0;
}

static int spins(const struct world *w)
{
    for (volatile unsigned i = 0; w; i++)
        ;
    return 0;
}

static int aborts(const struct world *w)
{
    (void)w;
    abort();
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b;
}

// What reading a file needs of the C library.
static int reads_as_readers_do(const struct world *w)
{
    enum { N = 1 << 20 };
    int *v = malloc(N * sizeof *v);
    for (int i = 0; i < N; i++)
        v[i] = (int)((unsigned)i * 2654435761u >> 1);
    qsort(v, N, sizeof *v, by_value);
    bool sorted = v[0] <= v[1] && v[N - 2] <= v[N - 1];
    v = realloc(v, 3 * N * sizeof *v);
    free(v);
    char in[] = "\xc4\xcf", out[8], *from = in, *to = out;
    size_t left = 2, room = sizeof out;
    if (iconv(w->gb18030, &from, &left, &to, &room) == (size_t)-1 || memcmp(out, "南", 3) != 0)
        return 1;
    struct stat st;
    struct rusage used;
    char line[256], byte;
    (void)snprintf(line, sizeof line, "%.17g %s %ld", 0.95, gettext("primary"), (long)time(NULL));
    if (fstat(w->file, &st) < 0 || pread(w->file, &byte, 1, 0) != 1 || getrusage(RUSAGE_SELF, &used) < 0)
        return 2;
    return sorted ? 0 : 3;
}

static int loads_library(const struct world *w)
{
    (void)w;
    void *lib = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    void *other = dlopen("libexpat.so.1", RTLD_NOW | RTLD_LOCAL);
    return lib && other ? 0 : 1;
}

static int queries(const struct world *w)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s/db", w->dir);
    sqlite3 *db;
    sqlite3_stmt *stmt;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        return 1;
    if (sqlite3_exec(db, "PRAGMA query_only=1; PRAGMA temp_store=memory; PRAGMA mmap_size=1048576", NULL,
                     NULL, NULL) != SQLITE_OK)
        return 2;
    if (sqlite3_prepare_v2(db, "SELECT sum(x) FROM (SELECT x FROM t ORDER BY random())", -1, &stmt, NULL) !=
        SQLITE_OK)
        return 3;
    int sum = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
    (void)sqlite3_finalize(stmt);
    bool refused = sqlite3_exec(db, "INSERT INTO t VALUES (9)", NULL, NULL, NULL) == SQLITE_READONLY;
    (void)sqlite3_close(db);
    return sum == 42 && refused ? 0 : 4;
}

static void *resolve(void *arg)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int r = getaddrinfo("localhost", NULL, &hints, &found);
    if (r == 0)
        freeaddrinfo(found);
    *(int *)arg = r;
    return NULL;
}

static int connects(const struct world *w)
{
    int resolved = -1;
    pthread_t thread;
    if (pthread_create(&thread, NULL, resolve, &resolved) != 0 || pthread_join(thread, NULL) != 0 ||
        resolved != 0)
        return 1;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(w->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0)
        return 2;
    return send(s, "x", 1, MSG_NOSIGNAL) == 1 ? 0 : 3;
}

static int makes_raw_socket(const struct world *w)
{
    (void)w;
    return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) < 0 ? errno : 0;
}

struct attempt {
    const char *what;
    enum sandbox_profile profile;
    child_fn *fn;
    int signal, status; // how it ends
    bool needs_seccomp;
};

static const struct attempt attempts[] = {
    {"reader opens a file", SANDBOX_READER, opens, SIGSYS, 0, true},
    {"reader makes a socket", SANDBOX_READER, makes_socket, SIGSYS, 0, true},
    {"reader forks", SANDBOX_READER, forks, SIGSYS, 0, true},
    {"reader executes", SANDBOX_READER, executes, SIGSYS, 0, true},
    {"reader traces", SANDBOX_READER, traces, SIGSYS, 0, true},
    {"reader signals its parent", SANDBOX_READER, signals_parent, SIGSYS, 0, true},
    {"reader makes code", SANDBOX_READER, makes_code, SIGSYS, 0, true},
    {"reader writes to a file", SANDBOX_READER, writes_to_file, SIGXFSZ, 0, false},
    {"reader computes for ever", SANDBOX_READER, spins, SIGXCPU, 0, false},
    {"reader aborts", SANDBOX_READER, aborts, SIGABRT, 0, false},
    {"reader reads", SANDBOX_READER, reads_as_readers_do, 0, 0, false},
    {"runner opens its folder", SANDBOX_RUNNER, opens, 0, 0, false},
    {"runner opens elsewhere", SANDBOX_RUNNER, opens_outside, 0, EACCES, false},
    {"runner opens for writing", SANDBOX_RUNNER, opens_for_writing, 0, EACCES, false},
    {"runner creates", SANDBOX_RUNNER, creates, 0, EACCES, false},
    {"runner loads a library", SANDBOX_RUNNER, loads_library, 0, 0, false},
    {"runner queries a WAL database", SANDBOX_RUNNER, queries, 0, 0, false},
    {"runner reads", SANDBOX_RUNNER, reads_as_readers_do, 0, 0, false},
    {"runner makes a socket", SANDBOX_RUNNER, makes_socket, SIGSYS, 0, true},
    {"runner forks", SANDBOX_RUNNER, forks, SIGSYS, 0, true},
    {"runner executes", SANDBOX_RUNNER, executes, SIGSYS, 0, true},
    {"runner traces", SANDBOX_RUNNER, traces, SIGSYS, 0, true},
    {"sender connects", SANDBOX_SENDER, connects, 0, 0, false},
    {"sender opens elsewhere", SANDBOX_SENDER, opens_outside, 0, EACCES, false},
    {"sender opens for writing", SANDBOX_SENDER, opens_for_writing, 0, EACCES, false},
    {"sender forks", SANDBOX_SENDER, forks, SIGSYS, 0, true},
    {"sender executes", SANDBOX_SENDER, executes, SIGSYS, 0, true},
    {"sender makes a raw socket", SANDBOX_SENDER, makes_raw_socket, SIGSYS, 0, true},
};

static void each_worker_can_do_its_work_and_nothing_else(void **state)
{
    const struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
        const struct attempt *a = &attempts[i];
        if (a->needs_seccomp && !with_seccomp()) {
            print_message("left out, no seccomp here (AddressSanitizer or an old kernel): %s\n", a->what);
            continue;
        }
        int status = child(w, a->profile, a->fn, 0);
        int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        if (sig != a->signal || code != a->status)
            fail_msg("%s: ended with signal %d, status %d; expected %d, %d", a->what, sig, code, a->signal,
                     a->status);
    }
}

static void memory_ends_at_the_limit(void **state)
{
    if (!with_seccomp()) {
        print_message("left out: AddressSanitizer and a limit on address space exclude each other\n");
        skip();
    }
    int status = child(*state, SANDBOX_READER, takes_memory, 256u << 20);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ENOMEM);
    status = child(*state, SANDBOX_READER, takes_memory, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void dies_with_its_parent(void **state)
{
    (void)state;
    int alive[2];
    assert_int_equal(pipe2(alive, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int ready[2];
        if (pipe2(ready, O_CLOEXEC) < 0)
            _exit(1);
        if (fork() == 0) {
            struct sandbox_rules rules = {.profile = SANDBOX_READER, .parent = getppid()};
            if (sandbox_enter(&rules, NULL) == 0 && write(ready[1], "r", 1) == 1)
                (void)poll(NULL, 0, -1);
            _exit(1);
        }
        char byte;
        _exit(read(ready[0], &byte, 1) == 1 ? 0 : 1);
    }
    int status;
    (void)close(alive[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    struct pollfd p = {.fd = alive[0], .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1); // the grandchild held the other end
    char byte;
    assert_int_equal(read(alive[0], &byte, 1), 0);
    (void)close(alive[0]);
}

static void an_orphan_is_refused(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_rules rules = {.profile = SANDBOX_READER, .parent = 1};
        struct error err;
        _exit(sandbox_enter(&rules, &err) == -ESRCH &&
                      strcmp(err.msg, "sandbox: the parent process is gone") == 0
                  ? 0
                  : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, getpid() == 1 ? 1 << 8 : 0);
}

static void says_what_this_kernel_lacks(void **state)
{
    (void)state;
    static const struct {
        struct sandbox_support have;
        const char *says;
    } cases[] = {
        {{true, 7, false}, NULL},          {{true, 1, false}, "network"},
        {{true, 0, false}, "no landlock"}, {{false, 7, false}, "no seccomp"},
        {{false, 0, false}, "neither"},    {{true, 7, true}, "AddressSanitizer"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP_FREE char *text = sandbox_missing(&cases[i].have);
        if (cases[i].says)
            assert_non_null(strstr(text, cases[i].says));
        else
            assert_null(text);
    }
}

static void make_database(const char *dir)
{
    char path[80];
    (void)snprintf(path, sizeof path, "%s/db", dir);
    sqlite3 *db;
    int keep = 1;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA journal_mode=wal; CREATE TABLE t(x); INSERT INTO t VALUES (20),(22)", NULL,
                     NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int setup(void **state)
{
    struct world *w = mem_alloc(sizeof *w);
    (void)snprintf(w->dir, sizeof w->dir, "/tmp/junheng-in-XXXXXX");
    (void)snprintf(w->outside, sizeof w->outside, "/tmp/junheng-out-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    int out = mkostemp(w->outside, O_CLOEXEC);
    assert_true(out >= 0);
    (void)close(out);
    (void)snprintf(w->inside, sizeof w->inside, "%s/file", w->dir);
    w->file = open(w->inside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(w->file, "hello", 5), 5);
    w->gb18030 = iconv_open("UTF-8", "GB18030");
    make_database(w->dir);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(w->listener, 4), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &len), 0);
    w->port = ntohs(at.sin_port);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"file", "db", "db-wal", "db-shm"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[80];
        (void)snprintf(path, sizeof path, "%s/%s", w->dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(w->dir);
    (void)unlink(w->outside);
    (void)iconv_close(w->gb18030);
    (void)close(w->file);
    (void)close(w->listener);
    free(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_worker_can_do_its_work_and_nothing_else),
        cmocka_unit_test(memory_ends_at_the_limit),
        cmocka_unit_test(dies_with_its_parent),
        cmocka_unit_test(an_orphan_is_refused),
        cmocka_unit_test(says_what_this_kernel_lacks),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
