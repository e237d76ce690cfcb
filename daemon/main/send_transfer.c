// SPDX-License-Identifier: Apache-2.0
// Sets up curl for a webhook or a mail.
#include "main/send_transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "main/send_mail.h"

#define REPLY_MAX 65536
#define REPLY_KEPT 256
#define CONNECT_MAX_MS 10000

struct send_transfer {
    CURL *easy;
    struct send_job *job;
    struct curl_slist *list; // headers or recipients
    struct buf mail, reply;
    size_t mail_sent, received;
    bool cut;
    char detail[CURL_ERROR_SIZE];
};

CURL *send_transfer_handle(struct send_transfer *t)
{
    return t->easy;
}

struct send_job *send_transfer_job(struct send_transfer *t)
{
    return t->job;
}

struct send_transfer *send_transfer_free(struct send_transfer *t)
{
    if (!t)
        return NULL;
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->list);
    buf_deinit(&t->mail);
    buf_deinit(&t->reply);
    free(t);
    return NULL;
}

// Keeps the beginning of the answer for the error message, and stops one that does not end.
static size_t on_reply(char *data, size_t size, size_t n, void *arg)
{
    struct send_transfer *t = arg;
    size_t length = size * n;
    size_t keep = t->reply.len < REPLY_KEPT ? REPLY_KEPT - t->reply.len : 0;
    buf_add(&t->reply, data, length < keep ? length : keep);
    t->received += length;
    t->cut = t->received > REPLY_MAX;
    return t->cut ? 0 : length;
}

static size_t on_mail(char *data, size_t size, size_t n, void *arg)
{
    struct send_transfer *t = arg;
    size_t length = size * n, left = t->mail.len - t->mail_sent;
    if (length > left)
        length = left;
    if (length)
        memcpy(data, t->mail.data + t->mail_sent, length);
    t->mail_sent += length;
    return length;
}

static void list_add(struct send_transfer *t, const char *text)
{
    struct curl_slist *longer = curl_slist_append(t->list, text);
    if (!longer)
        abort(); // memory is out
    t->list = longer;
}

static void common(struct send_transfer *t)
{
    CURL *c = t->easy;
    long timeout_ms = (long)t->job->timeout_ms;
    (void)curl_easy_setopt(c, CURLOPT_PRIVATE, t);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, timeout_ms);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                           timeout_ms < CONNECT_MAX_MS ? timeout_ms : CONNECT_MAX_MS);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_reply);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_NOPROGRESS, 1L);
    if (t->job->ca_file)
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, t->job->ca_file);
}

// The key as a header value: printable ASCII, everything else as %XX.
static char *header_value(const char *text)
{
    struct buf b = BUF_INIT;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c > 0x20 && *c < 0x7f && *c != '%')
            buf_addc(&b, (char)*c);
        else
            buf_addf(&b, "%%%02X", *c);
    }
    buf_add(&b, "", 0);
    return buf_take(&b);
}

static int setup_webhook(struct send_transfer *t, struct error *err)
{
    CURL *c = t->easy;
    CLEANUP_FREE char *key = header_value(t->job->key);
    CLEANUP_FREE char *idempotency = str_printf("Idempotency-Key: %s", key);
    list_add(t, "Content-Type: application/json; charset=utf-8");
    list_add(t, "Expect:");
    for (char **h = t->job->headers; *h; h++)
        list_add(t, *h);
    list_add(t, idempotency);
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->list);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "junheng/" JUNHENG_VERSION);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, t->job->body);
    (void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(t->job->body));
    if (curl_easy_setopt(c, CURLOPT_URL, t->job->url) != CURLE_OK)
        return error_set(err, -EINVAL, "the address of the webhook is not valid");
    return 0;
}

static int setup_smtp(struct send_transfer *t, int64_t now_s, struct error *err)
{
    CURL *c = t->easy;
    struct send_job *job = t->job;
    bool v6 = strchr(job->host, ':') != NULL;
    CLEANUP_FREE char *url = str_printf("%s://%s%s%s:%d", job->tls == SEND_TLS_IMPLICIT ? "smtps" : "smtp",
                                        v6 ? "[" : "", job->host, v6 ? "]" : "", job->port);
    CLEANUP_FREE char *from = NULL;
    if (!send_address(job->from, &from, NULL))
        return error_set(err, -EINVAL, "the sender's address is not valid");
    for (char **to = job->to; *to; to++) {
        CLEANUP_FREE char *address = NULL;
        if (!send_address(*to, &address, NULL))
            return error_set(err, -EINVAL, "a recipient's address is not valid");
        list_add(t, address);
    }
    int r = send_mail_build(job, now_s, &t->mail, err);
    if (r < 0)
        return r;
    (void)curl_easy_setopt(c, CURLOPT_URL, url);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(c, CURLOPT_USE_SSL,
                           job->tls == SEND_TLS_NONE ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
    (void)curl_easy_setopt(c, CURLOPT_MAIL_FROM, from);
    (void)curl_easy_setopt(c, CURLOPT_MAIL_RCPT, t->list);
    // One address that is refused must not keep the message from the others.
    (void)curl_easy_setopt(c, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    (void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(c, CURLOPT_READFUNCTION, on_mail);
    (void)curl_easy_setopt(c, CURLOPT_READDATA, t);
    if (job->user)
        (void)curl_easy_setopt(c, CURLOPT_USERNAME, job->user);
    if (job->password)
        (void)curl_easy_setopt(c, CURLOPT_PASSWORD, job->password);
    return 0;
}

int send_transfer_new(struct send_job *job, int64_t now_s, struct send_transfer **ret, struct error *err)
{
    struct send_transfer *t = mem_alloc(sizeof *t);
    t->job = job;
    t->easy = curl_easy_init();
    if (!t->easy)
        abort(); // memory is out
    common(t);
    int r = job->type == SEND_SMTP ? setup_smtp(t, now_s, err) : setup_webhook(t, err);
    send_job_wipe(job);
    if (r < 0) {
        (void)send_transfer_free(t);
        return r;
    }
    *ret = t;
    return 0;
}

struct send_outcome send_transfer_end(struct send_transfer *t, CURLcode code)
{
    struct send_end end = {.code = code, .cut = t->cut, .detail = t->detail, .reply = buf_str(&t->reply)};
    curl_off_t after = 0;
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &end.status);
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
    end.retry_after_s = after > 0 && after < 1000000 ? (long)after : 0;
    return t->job->type == SEND_SMTP ? send_outcome_smtp(&end) : send_outcome_webhook(&end);
}
