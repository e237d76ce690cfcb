// SPDX-License-Identifier: Apache-2.0
// Builds mails. Bodies are base64, so that no relay rewrites them.
#include "main/send_mail.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define WORD_BYTES 45

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_base64(struct buf *out, const char *data, size_t n, size_t line_max)
{
    size_t line = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)(unsigned char)data[i] << 16;
        v |= i + 1 < n ? (unsigned)(unsigned char)data[i + 1] << 8 : 0;
        v |= i + 2 < n ? (unsigned)(unsigned char)data[i + 2] : 0;
        char four[4] = {base64_digits[v >> 18], base64_digits[v >> 12 & 63],
                        i + 1 < n ? base64_digits[v >> 6 & 63] : '=',
                        i + 2 < n ? base64_digits[v & 63] : '='};
        if (line_max && line + 4 > line_max) {
            buf_adds(out, "\r\n");
            line = 0;
        }
        buf_add(out, four, 4);
        line += 4;
    }
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return false;
    }
    return true;
}

// Bytes of `text` that make one encoded word: whole characters, 60 characters of base64 beside =?UTF-8?B??=.
static size_t word_length(const char *text)
{
    size_t n = 0;
    while (text[n]) {
        size_t next = n + 1;
        while (((unsigned char)text[next] & 0xc0) == 0x80)
            next++;
        if (next > WORD_BYTES)
            break;
        n = next;
    }
    return n ? n : strnlen(text, WORD_BYTES); // 0: bytes that are no text at all
}

// RFC 2047: words of at most 75 characters, folded.
static void add_words(struct buf *out, const char *text)
{
    for (bool first = true; *text; first = false) {
        size_t n = word_length(text);
        buf_adds(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
        add_base64(out, text, n, 0);
        buf_adds(out, "?=");
        text += n;
    }
}

static void add_subject(struct buf *out, const char *text)
{
    if (is_ascii(text) && strlen(text) <= 60 && !strstr(text, "=?"))
        buf_adds(out, text);
    else
        add_words(out, text);
}

static void add_mailbox(struct buf *out, const char *mailbox)
{
    CLEANUP_FREE char *address = NULL, *name = NULL;
    if (!send_address(mailbox, &address, &name))
        return; // checked when the job was read
    if (name) {
        // Encoded even if ASCII: no quoting rules, nothing in it can be read as an address.
        add_words(out, name);
        buf_addf(out, " <%s>", address);
    } else
        buf_addf(out, "<%s>", address);
}

static void add_message_id(struct buf *out, const char *key, const char *from)
{
    CLEANUP_FREE char *address = NULL;
    bool ok = send_address(from, &address, NULL);
    const char *domain = ok ? strchr(address, '@') + 1 : "localhost";
    buf_adds(out, "Message-ID: <");
    for (const unsigned char *c = (const unsigned char *)key; *c; c++) {
        bool plain =
            (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '-';
        if (plain)
            buf_addc(out, (char)*c);
        else
            buf_addf(out, "_%02x", *c); // '_' itself too, so that no two keys meet
    }
    buf_addf(out, "@%s>\r\n", domain);
}

static void add_date(struct buf *out, int64_t now_s)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t t = (time_t)now_s;
    struct tm tm = {0};
    (void)gmtime_r(&t, &tm);
    buf_addf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
             months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_part(struct buf *out, const char *boundary, const char *type, const char *text)
{
    if (boundary)
        buf_addf(out, "--%s\r\n", boundary);
    buf_addf(out, "Content-Type: text/%s; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
    add_base64(out, text, strlen(text), 76);
    buf_adds(out, "\r\n");
}

static void add_head(const struct send_job *job, int64_t now_s, struct buf *out)
{
    add_date(out, now_s);
    buf_adds(out, "From: ");
    add_mailbox(out, job->from);
    buf_adds(out, "\r\nTo: ");
    for (char **to = job->to; *to; to++) {
        buf_adds(out, to == job->to ? "" : ",\r\n ");
        add_mailbox(out, *to);
    }
    buf_adds(out, "\r\nSubject: ");
    add_subject(out, job->subject);
    buf_adds(out, "\r\n");
    add_message_id(out, job->key, job->from);
    buf_adds(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n");
}

int send_mail_build(const struct send_job *job, int64_t now_s, struct buf *out, struct error *err)
{
    if (strpbrk(job->subject, "\r\n") || strpbrk(job->key, "\r\n") || strpbrk(job->from, "\r\n"))
        return error_set(err, -EINVAL, "a header of the mail is more than one line");
    add_head(job, now_s, out);
    if (!job->html) {
        add_part(out, NULL, "plain", job->text);
        return 0;
    }
    // Parts are base64: no line of theirs can begin with the boundary's hyphens.
    static const char boundary[] = "=_junheng_alternative";
    buf_addf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", boundary);
    add_part(out, boundary, "plain", job->text);
    add_part(out, boundary, "html", job->html);
    buf_addf(out, "--%s--\r\n", boundary);
    return 0;
}
