// SPDX-License-Identifier: Apache-2.0
// Reads a batch; nothing that could break out of a header line or an address passes.
#include "main/send_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"

#define PASSWORD_MAX 1024
#define BATCH_MAX 10000
#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_MS 600000

static char *text_of(const json_t *j, const char *key)
{
    return str_dup(json_string_value(json_object_get(j, key)));
}

static char **texts_of(const json_t *j, const char *key)
{
    const json_t *list = json_object_get(j, key);
    size_t n = json_array_size(list), k = 0;
    char **texts = mem_array(n + 1, sizeof *texts);
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text)
            texts[k++] = str_dup(text);
    }
    return texts;
}

static void texts_free(char **texts)
{
    for (char **t = texts; t && *t; t++)
        free(*t);
    free(texts);
}

static bool has_control(const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
    }
    return false;
}

static void wrong(struct send_job *job, bool for_good, const char *message)
{
    if (job->wrong.code)
        return;
    (void)error_set(&job->wrong, -EINVAL, "%s", message);
    job->wrong_for_good = for_good;
}

static void read_password(struct send_job *job, const char *path)
{
    CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char text[PASSWORD_MAX + 1];
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (n < 0) {
        (void)error_sys(&job->wrong, -errno, _("password file %s"), path);
        return;
    }
    size_t length = (size_t)n;
    while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length == 0 || length > PASSWORD_MAX || memchr(text, '\0', length) || memchr(text, '\n', length))
        (void)error_set(&job->wrong, -EINVAL, _("password file %s: expected one line of at most %d bytes"),
                        path, PASSWORD_MAX);
    else
        job->password = str_ndup(text, length);
    explicit_bzero(text, sizeof text);
}

static bool url_allowed(const char *url)
{
    return url && !has_control(url) &&
           (strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0);
}

static void parse_webhook(struct send_job *job, const json_t *j, const json_t *config)
{
    job->url = text_of(config, "url");
    job->headers = texts_of(config, "headers");
    const json_t *body = json_object_get(j, "json");
    job->body = body ? json_dumps(body, JSON_COMPACT) : NULL;
    if (!job->body)
        wrong(job, true, _("the message has no body"));
    if (!url_allowed(job->url))
        wrong(job, false, _("the address of the webhook must begin with http:// or https://"));
    for (char **h = job->headers; *h; h++) {
        if (has_control(*h) || !strchr(*h, ':'))
            wrong(job, false, _("a header of the webhook is not \"Name: value\" on one line"));
    }
}

// One address: something@something without blanks, brackets or control bytes.
static bool address_plain(const char *a)
{
    const char *at = strchr(a, '@');
    return at && at != a && at[1] && !strpbrk(a, " \t<>()[],;:\\\"") && !has_control(a) && strlen(a) < 320;
}

bool send_address(const char *mailbox, char **ret_address, char **ret_name)
{
    if (has_control(mailbox))
        return false;
    const char *open = strrchr(mailbox, '<');
    size_t n = strlen(mailbox);
    bool named = open && n > 2 && mailbox[n - 1] == '>';
    CLEANUP_FREE char *address =
        named ? str_ndup(open + 1, (size_t)(mailbox + n - 1 - (open + 1))) : str_dup(mailbox);
    if (!address_plain(address))
        return false;
    size_t length = named ? (size_t)(open - mailbox) : 0;
    while (length && (mailbox[length - 1] == ' ' || mailbox[length - 1] == '"'))
        length--;
    size_t skip = strspn(mailbox, " \"");
    if (ret_name)
        *ret_name = length > skip ? str_ndup(mailbox + skip, length - skip) : NULL;
    *ret_address = TAKE(address);
    return true;
}

static bool mailbox_valid(const char *mailbox)
{
    CLEANUP_FREE char *address = NULL;
    return mailbox && send_address(mailbox, &address, NULL);
}

static bool host_valid(const char *host)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
    return host && *host && strlen(host) < 256 && strspn(host, allowed) == strlen(host);
}

static void parse_smtp(struct send_job *job, const json_t *j, const json_t *config)
{
    job->host = text_of(config, "host");
    job->port = (int)json_integer_value(json_object_get(config, "port"));
    job->user = text_of(config, "user");
    job->from = text_of(config, "from");
    job->to = texts_of(config, "to");
    job->subject = text_of(j, "subject");
    job->text = text_of(j, "text");
    job->html = text_of(j, "html");
    const char *tls = json_string_value(json_object_get(config, "tls"));
    job->tls = tls && strcmp(tls, "none") == 0       ? SEND_TLS_NONE
               : tls && strcmp(tls, "implicit") == 0 ? SEND_TLS_IMPLICIT
                                                     : SEND_TLS_STARTTLS;
    if (!job->subject || !job->text)
        wrong(job, true, _("the message has no text"));
    if (has_control(job->subject))
        wrong(job, true, _("the subject is more than one line"));
    if (!host_valid(job->host) || job->port < 1 || job->port > 65535)
        wrong(job, false, _("the mail server is not a host name and port"));
    if (!mailbox_valid(job->from))
        wrong(job, false, _("the sender's address is not valid"));
    if (!job->to[0])
        wrong(job, false, _("there is no recipient"));
    for (char **to = job->to; *to; to++) {
        if (!mailbox_valid(*to))
            wrong(job, false, _("a recipient's address is not valid"));
    }
    const char *password_file = json_string_value(json_object_get(config, "password_file"));
    if (password_file && !job->wrong.code)
        read_password(job, password_file);
}

static int parse_job(const json_t *j, struct send_job *job, struct error *err)
{
    const json_t *id = json_object_get(j, "id"), *config = json_object_get(j, "config");
    const char *type = json_string_value(json_object_get(j, "type"));
    *job = (struct send_job){
        .key = text_of(j, "key"), .channel = text_of(config, "name"), .ca_file = text_of(config, "ca_file")};
    if (!json_is_integer(id) || !job->key || !type || !json_is_object(config))
        return error_set(err, -EINVAL, "expected a job with id, key, type and config");
    job->id = json_integer_value(id);
    job->timeout_ms = json_integer_value(json_object_get(config, "timeout_ms"));
    if (job->timeout_ms <= 0 || job->timeout_ms > TIMEOUT_MAX_MS)
        job->timeout_ms = TIMEOUT_DEFAULT_MS;
    if (has_control(job->key))
        wrong(job, true, _("the key is more than one line"));
    if (strcmp(type, "webhook") == 0)
        parse_webhook(job, j, config);
    else if (strcmp(type, "smtp") == 0) {
        job->type = SEND_SMTP;
        parse_smtp(job, j, config);
    } else
        return error_set(err, -EINVAL, "job %lld: there is no delivery of type \"%.40s\"", (long long)job->id,
                         type);
    return 0;
}

int send_batch_parse(const json_t *j, struct send_batch *ret, struct error *err)
{
    if (!json_is_array(j) || json_array_size(j) > BATCH_MAX)
        return error_set(err, -EINVAL, "expected an array of at most %d jobs", BATCH_MAX);
    struct send_batch b = {.jobs = mem_array(json_array_size(j) + 1, sizeof *b.jobs)};
    int r = 0;
    for (size_t i = 0; r == 0 && i < json_array_size(j); i++)
        r = parse_job(json_array_get(j, i), &b.jobs[b.n++], err);
    if (r < 0) {
        send_batch_deinit(&b);
        return r;
    }
    *ret = b;
    return 0;
}

void send_job_wipe(struct send_job *job)
{
    if (job->password)
        explicit_bzero(job->password, strlen(job->password));
    free(job->password);
    job->password = NULL;
}

void send_batch_deinit(struct send_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        struct send_job *job = &b->jobs[i];
        send_job_wipe(job);
        char *texts[] = {job->channel, job->key,  job->ca_file, job->url,  job->body, job->host,
                         job->user,    job->from, job->subject, job->text, job->html};
        for (size_t k = 0; k < ARRAY_SIZE(texts); k++)
            free(texts[k]);
        texts_free(job->headers);
        texts_free(job->to);
    }
    free(b->jobs);
    *b = (struct send_batch){0};
}
