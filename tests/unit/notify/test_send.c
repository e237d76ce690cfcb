// SPDX-License-Identifier: Apache-2.0
// Jobs of the sender, the mails it builds, and what the ends of transfers mean. No network.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"
#include "main/send_job.h"
#include "main/send_mail.h"
#include "main/send_outcome.h"

static struct send_batch parse_ok(const char *text)
{
    json_t *j = json_loads(text, 0, NULL);
    assert_non_null(j);
    struct send_batch b;
    struct error err = {0};
    if (send_batch_parse(j, &b, &err) < 0)
        fail_msg("%s", err.msg);
    json_decref(j);
    return b;
}

static void a_job_that_could_break_out_is_refused(void **state)
{
    (void)state;
#define SMTP(config, rest)                                                                                   \
    "[{\"id\":1,\"key\":\"k\",\"type\":\"smtp\",\"config\":{\"name\":\"m\"," config "}," rest "}]"
#define HOOK(config)                                                                                         \
    "[{\"id\":1,\"key\":\"k\",\"type\":\"webhook\",\"config\":{\"name\":\"w\"," config "},\"json\":{}}]"
#define GOOD "\"host\":\"mail.example.cn\",\"port\":25,\"from\":\"a@b.cn\",\"to\":[\"c@d.cn\"]"
#define TEXT "\"subject\":\"s\",\"text\":\"t\""
    static const struct {
        const char *job, *complaint; // NULL: fine
        bool for_good;
    } rows[] = {
        {SMTP(GOOD, TEXT), NULL, false},
        {SMTP(GOOD, "\"subject\":\"s\\r\\nBcc: x@y.cn\",\"text\":\"t\""), "the subject is more than one line",
         true},
        {SMTP("\"host\":\"h\",\"port\":25,\"from\":\"a@b.cn\\nX: y\",\"to\":[\"c@d.cn\"]", TEXT),
         "the sender's address is not valid", false},
        {SMTP("\"host\":\"h\",\"port\":25,\"from\":\"a@b.cn\",\"to\":[\"c@d.cn>\\r\\nRCPT TO:<e@f.cn\"]",
              TEXT),
         "a recipient's address is not valid", false},
        {SMTP("\"host\":\"h\",\"port\":25,\"from\":\"a@b.cn\",\"to\":[]", TEXT), "there is no recipient",
         false},
        {SMTP("\"host\":\"h/../x\",\"port\":25,\"from\":\"a@b.cn\",\"to\":[\"c@d.cn\"]", TEXT),
         "the mail server is not a host name and port", false},
        {SMTP("\"host\":\"h\",\"port\":0,\"from\":\"a@b.cn\",\"to\":[\"c@d.cn\"]", TEXT),
         "the mail server is not a host name and port", false},
        {SMTP(GOOD ",\"password_file\":\"/nonexistent/p\"", TEXT),
         "password file /nonexistent/p: No such file or directory", false},
        {SMTP(GOOD, "\"subject\":\"s\""), "the message has no text", true},
        {HOOK("\"url\":\"http://h/\""), NULL, false},
        {HOOK("\"url\":\"HTTPS://h/\",\"headers\":[\"X-Token: a\"]"), NULL, false},
        {HOOK("\"url\":\"file:///etc/passwd\""),
         "the address of the webhook must begin with http:// or https://", false},
        {HOOK("\"url\":\"gopher://h/\""), "the address of the webhook must begin with http:// or https://",
         false},
        {HOOK("\"url\":\"http://h/\\r\\nX: y\""),
         "the address of the webhook must begin with http:// or https://", false},
        {HOOK("\"url\":\"http://h/\",\"headers\":[\"X: a\\r\\nY: b\"]"),
         "a header of the webhook is not \"Name: value\" on one line", false},
        {HOOK("\"url\":\"http://h/\",\"headers\":[\"nothing\"]"),
         "a header of the webhook is not \"Name: value\" on one line", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(send_batch_deinit) struct send_batch b = parse_ok(rows[i].job);
        assert_int_equal(b.n, 1);
        if (!rows[i].complaint && b.jobs[0].wrong.code)
            fail_msg("row %zu: %s", i, b.jobs[0].wrong.msg);
        if (rows[i].complaint) {
            assert_int_not_equal(b.jobs[0].wrong.code, 0);
            assert_string_equal(b.jobs[0].wrong.msg, rows[i].complaint);
            assert_int_equal(b.jobs[0].wrong_for_good, rows[i].for_good);
        }
    }
}

static void nonsense_is_no_batch(void **state)
{
    (void)state;
    static const char *const texts[] = {"{}", "[1]", "[{}]", "[{\"id\":1}]",
                                        "[{\"id\":1,\"key\":\"k\",\"type\":\"pigeon\",\"config\":{}}]"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        json_t *j = json_loads(texts[i], 0, NULL);
        struct send_batch b;
        struct error err = {0};
        assert_int_equal(send_batch_parse(j, &b, &err), -22);
        assert_true(strlen(err.msg) > 0);
        json_decref(j);
    }
}

static void the_password_is_the_one_line_of_its_file(void **state)
{
    (void)state;
    static const struct {
        const char *content, *password; // NULL: refused
    } rows[] = {{"geheim\n", "geheim"}, {"a b\r\n", "a b"}, {"", NULL}, {"\n", NULL}, {"a\nb\n", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char path[] = "/tmp/test-send-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, rows[i].content, strlen(rows[i].content)), strlen(rows[i].content));
        (void)close(fd);
        CLEANUP_FREE char *job = str_printf(SMTP(GOOD ",\"password_file\":\"%s\"", TEXT), path);
        CLEANUP(send_batch_deinit) struct send_batch b = parse_ok(job);
        (void)unlink(path);
        if (rows[i].password) {
            assert_string_equal(b.jobs[0].password, rows[i].password);
            send_job_wipe(&b.jobs[0]);
        } else
            assert_non_null(strstr(b.jobs[0].wrong.msg, "expected one line of at most 1024 bytes"));
        assert_null(b.jobs[0].password);
    }
}

static void addresses_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *mailbox, *address, *name;
    } rows[] = {
        {"a@b.cn", "a@b.cn", NULL},
        {"督导室 <a@b.cn>", "a@b.cn", "督导室"},
        {"\"市, 督导室\" <a@b.cn>", "a@b.cn", "市, 督导室"},
        {"<a@b.cn>", "a@b.cn", NULL},
        {"a", NULL, NULL},
        {"@b.cn", NULL, NULL},
        {"a@", NULL, NULL},
        {"a b@c.cn", NULL, NULL},
        {"a@b.cn, c@d.cn", NULL, NULL},
        {"x <a@b.cn> <", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP_FREE char *address = NULL, *name = NULL;
        assert_int_equal(send_address(rows[i].mailbox, &address, &name), rows[i].address != NULL);
        if (rows[i].address)
            assert_string_equal(address, rows[i].address);
        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
        else
            assert_null(name);
    }
}

static void a_mail_is_ascii_with_short_lines(void **state)
{
    (void)state;
    char *to[] = {(char *)"督导 <c@d.cn>", (char *)"e@f.cn", NULL};
    CLEANUP(buf_deinit) struct buf subject = BUF_INIT;
    for (int i = 0; i < 40; i++)
        buf_adds(&subject, "【不达标】𠮷"); // beyond the BMP too
    const struct send_job job = {.type = SEND_SMTP,
                                 .key = (char *)"2025-0137/opened/mail_督导",
                                 .from = (char *)"市政府教育督导室 <a@b.cn>",
                                 .to = to,
                                 .subject = subject.data,
                                 .text = (char *)".\n.\n一\n",
                                 .html = (char *)"<p>一</p>"};
    CLEANUP(buf_deinit) struct buf mail = BUF_INIT;
    struct error err = {0};
    assert_int_equal(send_mail_build(&job, 1760319667, &mail, &err), 0);
    size_t line = 0;
    for (size_t i = 0; i < mail.len; i++) {
        assert_true((unsigned char)mail.data[i] < 0x80);
        if (mail.data[i] == '\n')
            assert_int_equal(mail.data[i - 1], '\r');
        line = mail.data[i] == '\n' ? 0 : line + 1;
        assert_true(line <= 100);
    }
    assert_non_null(strstr(mail.data, "Date: Mon, 13 Oct 2025 01:41:07 +0000\r\n"));
    assert_non_null(strstr(mail.data, "Auto-Submitted: auto-generated\r\n"));
    assert_non_null(
        strstr(mail.data, "Message-ID: <2025-0137_2fopened_2fmail_5f_e7_9d_a3_e5_af_bc@b.cn>\r\n"));
    assert_non_null(strstr(mail.data, "To: =?UTF-8?B?552j5a+8?= <c@d.cn>,\r\n <e@f.cn>\r\n"));
    assert_non_null(strstr(mail.data, "Content-Type: multipart/alternative;"));
}

static void a_header_that_would_break_is_no_mail(void **state)
{
    (void)state;
    char *to[] = {(char *)"e@f.cn", NULL};
    const struct send_job job = {.key = (char *)"k\r\nX: y",
                                 .from = (char *)"a@b.cn",
                                 .to = to,
                                 .subject = (char *)"s",
                                 .text = (char *)"t"};
    CLEANUP(buf_deinit) struct buf mail = BUF_INIT;
    struct error err = {0};
    assert_int_equal(send_mail_build(&job, 0, &mail, &err), -22);
    assert_string_equal(err.msg, "a header of the mail is more than one line");
    assert_int_equal(mail.len, 0);
}

static void what_a_webhook_answers_decides(void **state)
{
    (void)state;
    static const struct {
        struct send_end end;
        bool ok, permanent;
        const char *error;
    } rows[] = {
        {{CURLE_OK, 200, 0, false, "", "ok"}, true, false, ""},
        {{CURLE_OK, 204, 0, false, "", ""}, true, false, ""},
        {{CURLE_WRITE_ERROR, 200, 0, true, "Failure writing output", ""}, true, false, ""},
        {{CURLE_OK, 500, 0, false, "", "oh\nno"}, false, false, "the receiver answered 500: oh no"},
        {{CURLE_OK, 429, 30, false, "", ""}, false, false, "the receiver answered 429"},
        {{CURLE_OK, 408, 0, false, "", ""}, false, false, "the receiver answered 408"},
        {{CURLE_OK, 425, 0, false, "", ""}, false, false, "the receiver answered 425"},
        {{CURLE_OK, 404, 0, false, "", ""}, false, true, "the receiver answered 404"},
        {{CURLE_OK, 302, 0, false, "", ""},
         false,
         true,
         "the receiver answered 302: the address has moved, and redirects are not followed"},
        {{CURLE_COULDNT_CONNECT, 0, 0, false, "Failed to connect", ""}, false, false, "Failed to connect"},
        {{CURLE_OPERATION_TIMEDOUT, 0, 0, false, "", ""}, false, false, "Timeout was reached"},
        {{CURLE_OPERATION_TIMEDOUT, 200, 0, false, "timed out", ""}, false, false, "timed out"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct send_outcome o = send_outcome_webhook(&rows[i].end);
        assert_int_equal(o.ok, rows[i].ok);
        assert_int_equal(o.permanent, rows[i].permanent);
        assert_string_equal(o.error, rows[i].error);
        assert_int_equal(o.retry_after_s, rows[i].end.retry_after_s);
    }
}

static void what_a_mail_server_answers_decides(void **state)
{
    (void)state;
    static const struct {
        struct send_end end;
        bool ok, permanent;
    } rows[] = {
        {{CURLE_OK, 250, 0, false, "", ""}, true, false},
        {{CURLE_SEND_ERROR, 550, 0, false, "RCPT failed: 550", ""}, false, true},
        {{CURLE_SEND_ERROR, 451, 0, false, "RCPT failed: 451", ""}, false, false},
        {{CURLE_WEIRD_SERVER_REPLY, 554, 0, false, "", ""}, false, true},
        {{CURLE_LOGIN_DENIED, 535, 0, false, "Login denied", ""},
         false,
         false}, // the office corrects its password
        {{CURLE_SEND_ERROR, 530, 0, false, "", ""}, false, false},
        {{CURLE_PEER_FAILED_VERIFICATION, 220, 0, false, "", ""}, false, false},
        {{CURLE_COULDNT_CONNECT, 0, 0, false, "", ""}, false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct send_outcome o = send_outcome_smtp(&rows[i].end);
        assert_int_equal(o.ok, rows[i].ok);
        assert_int_equal(o.permanent, rows[i].permanent);
        assert_true(o.ok || strlen(o.error) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_could_break_out_is_refused),
        cmocka_unit_test(nonsense_is_no_batch),
        cmocka_unit_test(the_password_is_the_one_line_of_its_file),
        cmocka_unit_test(addresses_are_taken_apart),
        cmocka_unit_test(a_mail_is_ascii_with_short_lines),
        cmocka_unit_test(a_header_that_would_break_is_no_mail),
        cmocka_unit_test(what_a_webhook_answers_decides),
        cmocka_unit_test(what_a_mail_server_answers_decides),
    };
    return cmocka_run_group_tests_name("send", tests, NULL, NULL);
}
