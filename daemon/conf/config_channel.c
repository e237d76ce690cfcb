// SPDX-License-Identifier: Apache-2.0
// `channels:`, the ways in which alerts leave the house, and `alerts:`, who is told what.
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "conf/config_read.h"

static const char *const type_names[] = {"webhook", "smtp", "journal", NULL};  // enum channel_type
static const char *const tls_names[] = {"none", "starttls", "implicit", NULL}; // enum tls_mode

static bool has_control(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    }
    return false;
}

static int check_texts(const struct yaml *n, struct error *err)
{
    if (n->kind == YAML_SCALAR)
        return has_control(n->text)
                   ? yaml_complain(n, err, _("line breaks and control characters have no place here"))
                   : 0;
    int r = 0;
    for (size_t i = 0; r == 0 && i < n->n_items; i++)
        r = check_texts(n->items[i], err);
    return r;
}

// Secrets lie in files of their own, so that this one can be shown, mailed and kept under version control.
static int check_secrets(const struct yaml *n, struct error *err)
{
    static const char *const words[] = {"password", "secret", "token"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        const struct yaml *p = yaml_get(n, words[i]);
        if (p)
            return yaml_complain_key(
                p, err,
                _("no secrets in this file, which many may read; write the secret alone into a file "
                  "that only junheng reads and name it with password_file"));
    }
    return 0;
}

static int read_headers(const struct yaml *n, char ***ret, struct error *err)
{
    if (n->kind == YAML_SCALAR)
        return yaml_expected(n, err, _("a list of headers such as \"X-Office: 3301\""));
    for (size_t i = 0; i < n->n_items; i++) {
        const struct yaml *item = n->items[i];
        char *value = NULL;
        int r = yaml_text(item, &value, err);
        if (r < 0)
            return r;
        CLEANUP_FREE char *header = item->key ? str_printf("%s: %s", item->key, value) : str_dup(value);
        free(value);
        size_t name = strspn(header, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
        if (!name || strncmp(header + name, ": ", 2) != 0)
            return yaml_expected(item, err, _("a header such as \"X-Office: 3301\""));
        if (strncasecmp(header, "authorization:", 14) == 0 || strncasecmp(header, "cookie:", 7) == 0)
            return yaml_complain(
                item, err, _("this header would keep a secret in this file; use user and password_file"));
        texts_add(ret, header);
    }
    return 0;
}

static int check_url(const struct yaml *n, const char *url, struct error *err)
{
    size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
    const char *host = url + scheme, *end = host + strcspn(host, "/?#");
    if (!scheme || end == host || strpbrk(url, " \t\"<>"))
        return yaml_expected(n, err, _("an address such as https://example.org/hook"));
    if (memchr(host, '@', (size_t)(end - host)))
        return yaml_complain(n, err, _("no user or password in the address; use user and password_file"));
    return 0;
}

// office@example.org, or 督导室 <office@example.org>.
static int check_address(const struct yaml *n, const char *mailbox, struct error *err)
{
    const char *open = strchr(mailbox, '<');
    size_t len = strlen(mailbox);
    bool named = open && open > mailbox && open[-1] == ' ' && mailbox[len - 1] == '>';
    CLEANUP_FREE char *address =
        named ? str_ndup(open + 1, (size_t)(mailbox + len - 1 - open - 1)) : str_dup(mailbox);
    const char *sign = strrchr(address, '@');
    if (!sign || sign == address || !sign[1] || strpbrk(address, " <>,;"))
        return yaml_expected(n, err, _("a mail address such as office@example.org"));
    return 0;
}

// A key that means nothing for the channel's type is a mistake that would otherwise stay unseen.
static int check_keys_of_type(const struct yaml *n, enum channel_type type, struct error *err)
{
    static const struct {
        const char *key;
        unsigned types;
    } keys[] = {
        {"url", 1u << CHANNEL_WEBHOOK},
        {"headers", 1u << CHANNEL_WEBHOOK},
        {"host", 1u << CHANNEL_SMTP},
        {"port", 1u << CHANNEL_SMTP},
        {"tls", 1u << CHANNEL_SMTP},
        {"from", 1u << CHANNEL_SMTP},
        {"to", 1u << CHANNEL_SMTP},
        {"ca_file", 1u << CHANNEL_WEBHOOK | 1u << CHANNEL_SMTP},
        {"user", 1u << CHANNEL_WEBHOOK | 1u << CHANNEL_SMTP},
        {"password_file", 1u << CHANNEL_WEBHOOK | 1u << CHANNEL_SMTP},
    };
    static const char *const needed[CHANNEL_TYPE_COUNT][4] = {
        [CHANNEL_WEBHOOK] = {"url"}, [CHANNEL_SMTP] = {"host", "from", "to"}, [CHANNEL_JOURNAL] = {NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const struct yaml *at = yaml_get(n, keys[i].key);
        if (at && !(keys[i].types & 1u << type))
            return yaml_complain_key(at, err, _("a channel of type %s has no such key"), type_names[type]);
    }
    for (size_t i = 0; i < 4 && needed[type][i]; i++) {
        if (!yaml_get(n, needed[type][i]))
            return yaml_complain(n, err, _("a channel of type %1$s needs \"%2$s\""), type_names[type],
                                 needed[type][i]);
    }
    return 0;
}

static bool is_local(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strncmp(host, "127.", 4) == 0;
}

static int check_login(const struct yaml *n, const struct channel_config *c, struct error *err)
{
    const struct yaml *user = yaml_get(n, "user"), *file = yaml_get(n, "password_file");
    if (!user != !file)
        return yaml_complain_key(user ? user : file, err, _("user and password_file go together"));
    if (user && c->type == CHANNEL_SMTP && c->tls == TLS_NONE && !is_local(c->host))
        return yaml_complain(yaml_get(n, "tls"), err,
                             _("the password would travel unencrypted; expected starttls or implicit"));
    return 0;
}

static int check_mail(const struct yaml *n, struct channel_config *c, struct error *err)
{
    const struct yaml *to = yaml_get(n, "to");
    int r = check_address(yaml_get(n, "from"), c->from, err);
    if (r == 0 && !c->to[0])
        r = yaml_expected(to, err, _("a list of mail addresses"));
    for (size_t i = 0; r == 0 && c->to[i]; i++)
        r = check_address(to->kind == YAML_LIST ? to->items[i] : to, c->to[i], err);
    if (r == 0 && (strpbrk(c->host, " /@") || *c->host == '-'))
        r = yaml_expected(yaml_get(n, "host"), err, _("the name of a mail server"));
    if (!c->port)
        c->port = c->tls == TLS_STARTTLS ? 587 : c->tls == TLS_IMPLICIT ? 465 : 25;
    return r;
}

static int read_files(struct config_read *r, const struct yaml *n, struct channel_config *c)
{
    const struct yaml *ca = yaml_get(n, "ca_file"), *password = yaml_get(n, "password_file");
    const struct yaml *headers = yaml_get(n, "headers");
    int result = ca ? read_path(r, ca, &c->ca_file) : 0;
    if (result == 0 && password)
        result = read_path(r, password, &c->password_file);
    return result == 0 && headers ? read_headers(headers, &c->headers, r->err) : result;
}

static int read_type(const struct yaml *n, struct channel_config *c, struct error *err)
{
    const struct yaml *type = yaml_get(n, "type");
    if (!type)
        return yaml_complain(n, err, _("\"%s\" is missing here"), "type");
    int which = 0;
    if (yaml_choice(type, type_names, &which, NULL) < 0)
        return yaml_expected(type, err,
                             _("webhook, smtp or journal, the channel types that this version knows"));
    c->type = (enum channel_type)which;
    return 0;
}

static int read_channel(struct config_read *r, const struct yaml *n, struct channel_config *c)
{
    static const struct yaml_field fields[] = {
        {.key = "name", .required = true},
        {.key = "type", .required = true},
        {YAML_FIELD("url", YAML_TEXT, struct channel_config, url)},
        {.key = "headers"},
        {YAML_FIELD("host", YAML_TEXT, struct channel_config, host)},
        {YAML_FIELD("port", YAML_INT, struct channel_config, port), .min = 1, .max = 65535},
        {YAML_FIELD("tls", YAML_CHOICE, struct channel_config, tls), .names = tls_names},
        {.key = "ca_file"},
        {YAML_FIELD("user", YAML_TEXT, struct channel_config, user)},
        {.key = "password_file"},
        {YAML_FIELD("from", YAML_TEXT, struct channel_config, from)},
        {YAML_FIELD("to", YAML_TEXTS, struct channel_config, to)},
        {YAML_FIELD("timeout", YAML_DURATION, struct channel_config, timeout_ms)},
        {YAML_FIELD("retry_initial", YAML_DURATION, struct channel_config, retry_initial_ms)},
        {YAML_FIELD("retry_max", YAML_DURATION, struct channel_config, retry_max_ms)},
        {YAML_FIELD("max_attempts", YAML_INT, struct channel_config, max_attempts), .min = 0, .max = 1000000},
    };
    *c = (struct channel_config){
        .tls = TLS_STARTTLS, .timeout_ms = 30000, .retry_initial_ms = 10000, .retry_max_ms = 3600000};
    if (n->kind != YAML_MAP)
        return yaml_expected(n, r->err, _("a block of keys"));
    int result = check_secrets(n, r->err);
    if (result == 0)
        result = read_type(n, c, r->err);
    if (result == 0)
        result = yaml_fill(n, fields, ARRAY_SIZE(fields), c, r->err);
    if (result == 0)
        result = check_texts(n, r->err);
    if (result == 0)
        result = read_name(yaml_get(n, "name"), &c->name, r->err);
    if (result == 0)
        result = check_keys_of_type(n, c->type, r->err);
    if (result == 0)
        result = read_files(r, n, c);
    if (result == 0 && c->type == CHANNEL_WEBHOOK)
        result = check_url(yaml_get(n, "url"), c->url, r->err);
    if (result == 0 && c->type == CHANNEL_SMTP)
        result = check_mail(n, c, r->err);
    if (result == 0)
        result = check_login(n, c, r->err);
    if (result == 0 && c->timeout_ms < 1000)
        result = yaml_expected(yaml_get(n, "timeout"), r->err, _("a duration of at least 1s"));
    if (result == 0 && (c->retry_initial_ms < 100 || c->retry_max_ms < c->retry_initial_ms)) {
        const struct yaml *at =
            yaml_get(n, "retry_max") ? yaml_get(n, "retry_max") : yaml_get(n, "retry_initial");
        result = yaml_complain(at, r->err, _("retry_initial is at least 100ms and not above retry_max"));
    }
    return result;
}

int read_channels(struct config_read *r, const struct yaml *list)
{
    struct config *c = r->config;
    int result = need_list(list, _("a list of channels, each with name and type"), r->err);
    if (result < 0)
        return result;
    c->channels = mem_array(list->n_items, sizeof *c->channels);
    for (size_t i = 0; result == 0 && i < list->n_items; i++) {
        result = read_channel(r, list->items[i], &c->channels[c->n_channels++]);
        if (result == 0 && config_channel(c, c->channels[i].name) != &c->channels[i])
            result = yaml_complain(yaml_get(list->items[i], "name"), r->err,
                                   _("another channel is called \"%s\" already"), c->channels[i].name);
    }
    return result;
}

int read_routes(struct config_read *r, const struct yaml *list)
{
    static const char *const severities[] = {"red", "orange", "yellow", "blue", NULL};
    static const struct yaml_field fields[] = {
        {YAML_FIELD("notify", YAML_TEXTS, struct route_config, notify), .required = true},
        {YAML_FIELD("counties", YAML_TEXTS, struct route_config, counties)},
        {YAML_FIELD("indicators", YAML_TEXTS, struct route_config, indicators)},
        {.key = "min_severity"},
    };
    struct config *c = r->config;
    int result =
        list->kind == YAML_LIST ? 0 : yaml_expected(list, r->err, _("a list such as - notify: [office]"));
    if (result < 0)
        return result;
    c->routes = mem_array(list->n_items ? list->n_items : 1, sizeof *c->routes);
    for (size_t i = 0; result == 0 && i < list->n_items; i++) {
        const struct yaml *n = list->items[i];
        struct route_config *route = &c->routes[c->n_routes++];
        result = yaml_fill(n, fields, ARRAY_SIZE(fields), route, r->err);
        const struct yaml *severity = yaml_get(n, "min_severity"), *counties = yaml_get(n, "counties");
        int which = 0;
        if (result == 0 && severity && (result = yaml_choice(severity, severities, &which, r->err)) == 0)
            route->min_severity = str_dup(severities[which]);
        if (result == 0 && counties && counties->kind == YAML_SCALAR && strcmp(counties->text, "all") == 0)
            route->counties = texts_free(route->counties);
    }
    return result;
}
