// SPDX-License-Identifier: Apache-2.0
// The real junheng-read over its socket: files in, frames out, children that are killed or run out of memory.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/frame.h"
#include "base/mem.h"
#include "base/paths.h"
#include "catalog/catalog.h"
#include "read/wire.h"
#include "sandbox/sandbox.h"
#include "../decode/recorder.h"
#include "../decode/workbook.h"

enum { PATIENCE_MS = 20000 };

struct server {
    pid_t pid;
    int sock;
};

static void wait_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
}

static void send_message(const struct server *s, const char *text, const int *fds, size_t n)
{
    union {
        char space[CMSG_SPACE(2 * sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct iovec iov = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (n) {
        msg.msg_control = control.space;
        msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    }
    assert_int_equal(sendmsg(s->sock, &msg, MSG_NOSIGNAL), strlen(text));
}

static json_t *next_answer(const struct server *s)
{
    char text[4096];
    wait_readable(s->sock);
    ssize_t n = recv(s->sock, text, sizeof text, 0);
    assert_true(n > 0);
    json_t *j = json_loadb(text, (size_t)n, 0, NULL);
    assert_non_null(j);
    return j;
}

static long answer_int(const struct server *s, long id, const char *key)
{
    json_t *j = next_answer(s);
    json_t *value = json_object_get(j, key);
    assert_int_equal(json_integer_value(json_object_get(j, "id")), id);
    assert_true(json_is_integer(value));
    long v = (long)json_integer_value(value);
    json_decref(j);
    return v;
}

static void expect_end(const struct server *s, long id, int exit_code, int sig)
{
    json_t *j = next_answer(s);
    assert_int_equal(json_integer_value(json_object_get(j, "id")), id);
    assert_int_equal(json_integer_value(json_object_get(j, "signal")), sig);
    assert_int_equal(json_integer_value(json_object_get(j, "exit")), exit_code);
    json_decref(j);
}

static struct server start(void)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    CLEANUP_FREE char *path = paths_worker("junheng-read");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct stat st;
        int theirs = pair[1] == 3 ? dup(pair[1]) : pair[1];
        (void)dup2(theirs, 3);
        if (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode)) // a worker must not write to files
            (void)dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        (void)execl(path, "junheng-read", (char *)NULL);
        _exit(127);
    }
    (void)close(pair[1]);
    return (struct server){.pid = pid, .sock = pair[0]};
}

static void greet(const struct server *s)
{
    struct catalog *c = NULL;
    struct error err;
    CLEANUP_FREE char *dir = paths_data("datasets");
    if (catalog_load(dir, &c, &err) < 0)
        fail_msg("%s", err.msg);
    json_t *j = catalog_to_json(c);
    CLEANUP_FREE char *text = json_dumps(j, JSON_COMPACT);
    int fd = memory_file(text, strlen(text));
    send_message(s, "{\"hello\":1,\"language\":\"zh_CN\"}", &fd, 1);
    (void)close(fd);
    json_decref(j);
    (void)catalog_free(c);
}

static struct server start_greeted(void)
{
    struct server s = start();
    greet(&s);
    return s;
}

static int end_status(struct server *s)
{
    int status;
    if (s->sock >= 0)
        (void)close(s->sock);
    s->sock = -1;
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    return status;
}

// Hands a file over and closes it; returns the end of the pipe where its frames come out.
static int hand_over_fd(const struct server *s, int id, const char *file, int fd, const char *limits)
{
    int out[2];
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    const int fds[2] = {fd, out[1]};
    CLEANUP_FREE char *job = str_printf(
        "{\"id\":%d,\"file\":\"%s\",\"mtime_ms\":1760000000000,\"source\":{\"name\":\"city\",\"counties\":null,"
        "\"datasets\":null,\"period\":null,\"school_system\":\"六三制\"},\"limits\":%s}",
        id, file, limits);
    send_message(s, job, fds, 2);
    (void)close(fd);
    (void)close(out[1]);
    return out[0];
}

static int hand_over(const struct server *s, int id, const char *file, const char *bytes, size_t n,
                     const char *limits)
{
    return hand_over_fd(s, id, file, memory_file(bytes, n), limits);
}

// Reads all frames; the last must be WIRE_END, whose JSON is returned. Counts the rows of WIRE_ROWS.
static json_t *read_frames(int fd, unsigned *ret_rows)
{
    CLEANUP(buf_deinit) struct buf in = BUF_INIT;
    struct frame f;
    json_t *end = NULL;
    *ret_rows = 0;
    for (wait_readable(fd); frame_read(fd, &in, &f) > 0; wait_readable(fd)) {
        assert_null(end);
        if (f.type == WIRE_ROWS)
            *ret_rows += (unsigned)(f.data[2] | f.data[3] << 8);
        if (f.type == WIRE_END)
            end = json_loadb((const char *)f.data, f.len, 0, NULL);
    }
    (void)close(fd);
    return end;
}

static const char header[] = "学年,区县代码,区县名称,学校代码,学校名称,学校类型,办学性质,城乡类型\n";

static char *roster(unsigned n)
{
    struct buf b = BUF_INIT;
    buf_adds(&b, header);
    for (unsigned i = 0; i < n; i++)
        buf_addf(&b, "2025-2026,330102,滨江区,33010%05u,第%u小学,小学,公办,城区\n", 20000 + i, i + 1);
    return buf_take(&b);
}

static const char name[] = "330102_学校名册_2025-2026.csv";

static void reads_a_file_in_a_child(void **state)
{
    (void)state;
    struct server s = start_greeted();
    CLEANUP_FREE char *csv = roster(40);
    unsigned rows;
    int out = hand_over(&s, 7, name, csv, strlen(csv), "{\"memory_bytes\":536870912,\"cpu_s\":20}");
    assert_true(answer_int(&s, 7, "pid") > 1);
    json_t *end = read_frames(out, &rows);
    assert_string_equal(json_string_value(json_object_get(end, "state")), "ok");
    assert_string_equal(json_string_value(json_object_get(end, "dataset")), "school");
    assert_string_equal(json_string_value(json_object_get(end, "encoding")), "utf-8");
    assert_int_equal(json_integer_value(json_object_get(end, "rows_ok")), 40);
    assert_int_equal(rows, 40);
    json_decref(end);
    expect_end(&s, 7, 0, 0);
    assert_int_equal(end_status(&s), 0);
}

static void reads_a_workbook_in_a_child(void **state)
{
    (void)state;
    static const char *const cells[][8] = {
        {"学年", "区县代码", "区县名称", "学校代码", "学校名称", "学校类型", "办学性质", "城乡类型"},
        {"2025-2026", "330102", "滨江区", "3301020001", "第一小学", "小学", "公办", "城区"},
    };
    CLEANUP(buf_deinit) struct buf rows = BUF_INIT;
    for (size_t r = 0; r < ARRAY_SIZE(cells); r++) {
        buf_adds(&rows, "<row>");
        for (size_t c = 0; c < ARRAY_SIZE(cells[r]); c++)
            buf_addf(&rows, "<c t='inlineStr'><is><t>%s</t></is></c>", cells[r][c]);
        buf_adds(&rows, "</row>");
    }
    struct server s = start_greeted();
    unsigned n;
    int out = hand_over_fd(&s, 1, "330102_学校名册_2025-2026.xlsx", workbook_of_rows(rows.data, ""), "{}");
    (void)answer_int(&s, 1, "pid");
    json_t *end = read_frames(out, &n);
    assert_string_equal(json_string_value(json_object_get(end, "state")), "ok");
    assert_string_equal(json_string_value(json_object_get(end, "encoding")), "xlsx");
    assert_int_equal(n, 1);
    json_decref(end);
    expect_end(&s, 1, 0, 0);
    assert_int_equal(end_status(&s), 0);
}

// Conversion tables and messages must be there before the child is shut in.
static void what_the_child_needs_was_opened_before(void **state)
{
    (void)state;
    static const struct {
        const char *what, *bytes, *encoding, *code, *message; // encoding or code and message
    } cases[] = {
        {"another kind of table", "\xd6\xb0\xb9\xa4,\xd0\xd5\xc3\xfb\n1,2\n", "gb18030", NULL, NULL},
        {"a broken encoding", "a,b\n\xff\xff,c\n", NULL, "encoding",
         "既不是 UTF-8 也不是 GB18030（第 2 行）"},
        {"a broken workbook", "PK\3\4 and nothing else", NULL, "bad_zip", "工作簿无法打开"},
        {"a picture", "\x89PNG\r\n", NULL, "not_a_table", "该文件不是表格，而是图片"},
        {"rubbish", "\x01\x02\x03\xfe\xff", NULL, "not_a_table", "该文件不是表格"},
    };
    struct server s = start_greeted();
    for (int i = 0; i < (int)ARRAY_SIZE(cases); i++) {
        unsigned rows;
        int out = hand_over(&s, i + 1, name, cases[i].bytes, strlen(cases[i].bytes), "{}");
        (void)answer_int(&s, i + 1, "pid");
        json_t *end = read_frames(out, &rows);
        if (!end)
            fail_msg("%s: no end", cases[i].what);
        const char *code = json_string_value(json_object_get(end, "code")),
                   *message = json_string_value(json_object_get(end, "message"));
        if (cases[i].encoding)
            assert_string_equal(json_string_value(json_object_get(end, "encoding")), cases[i].encoding);
        else if (!code || strcmp(code, cases[i].code) != 0 || !strstr(message, cases[i].message))
            fail_msg("%s: %s: %s", cases[i].what, code ? code : "-", message ? message : "-");
        json_decref(end);
        expect_end(&s, i + 1, 0, 0);
    }
    assert_int_equal(end_status(&s), 0);
}

// Its output is not read, so the child waits in write() once the pipe is full.
static int hand_over_endless(const struct server *s, int id)
{
    CLEANUP_FREE char *csv = roster(30000);
    return hand_over(s, id, name, csv, strlen(csv), "{}");
}

static void a_job_can_be_killed(void **state)
{
    (void)state;
    struct server s = start_greeted();
    int first = hand_over_endless(&s, 1), second = hand_over_endless(&s, 2);
    (void)answer_int(&s, 1, "pid");
    (void)answer_int(&s, 2, "pid");
    send_message(&s, "{\"kill\":1}", NULL, 0);
    expect_end(&s, 1, 0, SIGKILL);
    send_message(&s, "{\"kill\":1}", NULL, 0); // long gone
    send_message(&s, "{\"kill\":2}", NULL, 0);
    expect_end(&s, 2, 0, SIGKILL);
    (void)close(first);
    (void)close(second);
    assert_int_equal(end_status(&s), 0);
}

static void children_go_with_the_server(void **state)
{
    (void)state;
    static const bool killed[] = {false, true};
    for (size_t i = 0; i < ARRAY_SIZE(killed); i++) {
        struct server s = start_greeted();
        int out = hand_over_endless(&s, 1);
        (void)answer_int(&s, 1, "pid");
        wait_readable(out); // it is at work
        if (killed[i])
            assert_int_equal(kill(s.pid, SIGKILL), 0);
        int status = end_status(&s);
        assert_int_equal(status, killed[i] ? SIGKILL : 0);
        struct pollfd p = {.fd = out, .events = 0};
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1); // no writer is left
        (void)close(out);
    }
}

static void a_child_that_ends_badly_is_reported(void **state)
{
    (void)state;
    struct sandbox_support have;
    sandbox_support(&have);
    if (have.sanitizer) {
        print_message("left out: AddressSanitizer and a limit on address space exclude each other\n");
        skip();
        return;
    }
    struct server s = start_greeted();
    CLEANUP_FREE char *csv = roster(30000);
    int out = hand_over(&s, 1, name, csv, strlen(csv), "{\"memory_bytes\":1048576}");
    (void)answer_int(&s, 1, "pid");
    expect_end(&s, 1, 0, SIGABRT);
    (void)close(out);
    out = hand_over(&s, 2, name, csv, strlen(csv), "{}"); // nobody listens
    (void)close(out);
    (void)answer_int(&s, 2, "pid");
    expect_end(&s, 2, EX_IOERR, 0);
    assert_int_equal(end_status(&s), 0);
}

static void many_files_at_once_all_end(void **state)
{
    (void)state;
    enum { JOBS = 12 };
    struct server s = start_greeted();
    int out[JOBS], started = 0, ended = 0;
    CLEANUP_FREE char *csv = roster(20);
    for (int i = 0; i < JOBS; i++)
        out[i] = hand_over(&s, i + 1, name, csv, strlen(csv), "{}");
    while (started + ended < 2 * JOBS) {
        json_t *j = next_answer(&s);
        started += json_object_get(j, "pid") != NULL;
        ended += json_object_get(j, "exit") && json_integer_value(json_object_get(j, "exit")) == 0;
        json_decref(j);
    }
    for (int i = 0; i < JOBS; i++) {
        unsigned rows;
        json_t *end = read_frames(out[i], &rows);
        assert_int_equal(rows, 20);
        json_decref(end);
    }
    assert_int_equal(end_status(&s), 0);
}

static void nonsense_ends_the_server(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "nonsense",
        "[]",
        "{\"hello\":1,\"language\":\"zh_CN\"}",
        "{\"id\":1,\"file\":\"a.csv\",\"source\":{\"name\":\"city\"}}",
        "{\"id\":0}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
        struct server s = start();
        int status;
        send_message(&s, messages[i], NULL, 0);
        assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != EX_PROTOCOL)
            fail_msg("%s: status %d", messages[i], status);
        (void)close(s.sock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_file_in_a_child),
        cmocka_unit_test(reads_a_workbook_in_a_child),
        cmocka_unit_test(what_the_child_needs_was_opened_before),
        cmocka_unit_test(a_job_can_be_killed),
        cmocka_unit_test(children_go_with_the_server),
        cmocka_unit_test(a_child_that_ends_badly_is_reported),
        cmocka_unit_test(many_files_at_once_all_end),
        cmocka_unit_test(nonsense_ends_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
