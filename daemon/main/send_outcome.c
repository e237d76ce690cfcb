// SPDX-License-Identifier: Apache-2.0
// From curl's results to outcomes.
#include "main/send_outcome.h"

#include <stdio.h>

#include "base/clean.h"
#include "base/i18n.h"
#include "base/mem.h"

static void say(struct send_outcome *o, const char *text)
{
    CLEANUP_FREE char *clean = clean_line(text);
    // The cut may fall into a character: cleaned once more by the one who writes it down.
    (void)snprintf(o->error, sizeof o->error, "%s", clean);
}

static void say_curl(struct send_outcome *o, const struct send_end *end)
{
    say(o, end->detail && *end->detail ? end->detail : curl_easy_strerror(end->code));
}

static void say_status(struct send_outcome *o, const struct send_end *end)
{
    CLEANUP_FREE char *text =
        end->reply && *end->reply
            ? str_printf(_("the receiver answered %1$ld: %2$.200s"), end->status, end->reply)
            : str_printf(_("the receiver answered %ld"), end->status);
    say(o, text);
}

struct send_outcome send_outcome_webhook(const struct send_end *end)
{
    struct send_outcome o = {.retry_after_s = end->retry_after_s};
    bool answered = end->code == CURLE_OK || (end->code == CURLE_WRITE_ERROR && end->cut);
    if (!answered || end->status == 0) {
        say_curl(&o, end);
        return o;
    }
    if (end->status >= 200 && end->status < 300) {
        o.ok = true;
        return o;
    }
    bool later = end->status >= 500 || end->status == 408 || end->status == 425 || end->status == 429;
    o.permanent = !later;
    if (end->status >= 300 && end->status < 400) {
        CLEANUP_FREE char *text =
            str_printf(_("the receiver answered %ld: the address has moved, and redirects are not followed"),
                       end->status);
        say(&o, text);
    } else
        say_status(&o, end);
    return o;
}

struct send_outcome send_outcome_smtp(const struct send_end *end)
{
    struct send_outcome o = {0};
    if (end->code == CURLE_OK) {
        o.ok = true;
        return o;
    }
    // 530, 534, 535, 538: the account or its encryption. That is set right in the configuration, and then the
    // mail can go.
    bool account =
        end->code == CURLE_LOGIN_DENIED || end->status == 530 || (end->status >= 534 && end->status <= 538);
    bool refused = end->code == CURLE_SEND_ERROR || end->code == CURLE_WEIRD_SERVER_REPLY ||
                   end->code == CURLE_RECV_ERROR;
    o.permanent = refused && !account && end->status >= 500 && end->status < 600;
    say_curl(&o, end);
    return o;
}
