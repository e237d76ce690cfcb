// SPDX-License-Identifier: Apache-2.0
// A text as simple HTML: mail clients of offices know inline styles and little else.
#include <string.h>

#include "base/mem.h"
#include "notify/colour.h"
#include "notify/text.h"

static void add_escaped(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
        case '&':
            buf_adds(out, "&amp;");
            break;
        case '<':
            buf_adds(out, "&lt;");
            break;
        case '>':
            buf_adds(out, "&gt;");
            break;
        case '"':
            buf_adds(out, "&quot;");
            break;
        default:
            buf_addc(out, s[i]);
        }
    }
}

char *text_subject(const char *text)
{
    return str_ndup(text, strcspn(text, "\n"));
}

void text_html(const char *text, enum severity severity, struct buf *out)
{
    buf_adds(
        out,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"></head>\n"
        "<body style=\"margin:0;padding:16px;font-family:'Microsoft YaHei','PingFang SC',sans-serif;font-size:15px;"
        "line-height:1.7;color:#222\">\n");
    bool first = true;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        size_t indent = strspn(at, " ");
        if (first)
            buf_addf(
                out,
                "<h2 style=\"margin:0 0 12px;padding:6px 12px;border-left:6px solid %s;font-size:17px\">",
                severity_colour(severity));
        else
            buf_addf(out, "<p style=\"margin:4px 0 4px %zuem\">", indent > 8 ? 8 : indent);
        add_escaped(out, at + indent, n - indent);
        buf_adds(out, first ? "</h2>\n" : "</p>\n");
        first = false;
        at += n + (at[n] == '\n');
    }
    buf_adds(out, "</body></html>\n");
}
