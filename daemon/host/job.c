// SPDX-License-Identifier: Apache-2.0
// Reading and checking a run's job.
#include "host/job.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "host/option.h"

struct source {
    int fd;
    size_t total;
    int error;
};

static size_t read_some(void *buffer, size_t n, void *arg)
{
    struct source *s = arg;
    ssize_t got;
    do
        got = read(s->fd, buffer, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        s->error = -errno;
    s->total += got > 0 ? (size_t)got : 0;
    if (s->total > JOB_BYTES_MAX)
        s->error = -EFBIG;
    return s->error || got < 0 ? (size_t)-1 : (size_t)got;
}

static int compare_scopes(const void *a, const void *b)
{
    const struct job_scope *x = a, *y = b;
    int r = strcmp(x->period, y->period);
    return r ? r : strcmp(x->county, y->county);
}

static int parse_scopes(struct job *j, struct error *err)
{
    const json_t *list = json_object_get(j->root, "scopes");
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > JOB_SCOPES_MAX)
        return error_set(err, -EPROTO, "job: \"scopes\" must be a list of 1 to %u", JOB_SCOPES_MAX);
    j->scopes = mem_array(json_array_size(list), sizeof *j->scopes);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *s = json_array_get(list, i);
        struct job_scope scope = {json_string_value(json_object_get(s, "period")),
                                  json_string_value(json_object_get(s, "county"))};
        if (!scope.period || !*scope.period || !scope.county)
            return error_set(err, -EPROTO, "job: scope %zu must have \"period\" and \"county\"", i);
        j->scopes[j->n_scopes++] = scope;
    }
    qsort(j->scopes, j->n_scopes, sizeof *j->scopes, compare_scopes);
    size_t n = 1;
    for (size_t i = 1; i < j->n_scopes; i++)
        if (compare_scopes(&j->scopes[i], &j->scopes[n - 1]) != 0)
            j->scopes[n++] = j->scopes[i];
    j->n_scopes = n;
    return 0;
}

static int parse_limit(const json_t *limits, const char *name, json_int_t max, json_int_t *ret,
                       struct error *err)
{
    const json_t *v = json_object_get(limits, name);
    *ret = json_integer_value(v);
    if (v && !json_is_null(v) && (!json_is_integer(v) || *ret < 0 || *ret > max))
        return error_set(err, -EPROTO, "job: limits.%s must be an integer from 0 to %lld", name,
                         (long long)max);
    return 0;
}

static int parse(struct job *j, struct error *err)
{
    j->db = json_string_value(json_object_get(j->root, "db"));
    if (!j->db || j->db[0] != '/')
        return error_set(err, -EPROTO, "job: \"db\" must be an absolute path");
    const json_t *datasets = json_object_get(j->root, "datasets"),
                 *options = json_object_get(j->root, "options");
    if (datasets && !json_is_array(datasets))
        return error_set(err, -EPROTO, "job: \"datasets\" must be a list");
    if (options && !json_is_object(options))
        return error_set(err, -EPROTO, "job: \"options\" must be an object");
    const json_t *settings = json_object_get(j->root, "settings");
    if (settings && !json_is_array(settings))
        return error_set(err, -EPROTO, "job: \"settings\" must be a list");
    const json_t *limits = json_object_get(j->root, "limits");
    json_int_t memory = 0, cpu = 0;
    int r = parse_limit(limits, "memory_bytes", (json_int_t)1 << 50, &memory, err);
    if (r == 0)
        r = parse_limit(limits, "cpu_s", 1000000, &cpu, err);
    j->memory_bytes = (uint64_t)memory;
    j->cpu_s = (uint32_t)cpu;
    return r < 0 ? r : parse_scopes(j, err);
}

static int finish(json_t *root, const json_error_t *je, struct job *ret, struct error *err)
{
    struct job j = {.root = root};
    int r = json_is_object(root) ? parse(&j, err)
                                 : error_set(err, -EPROTO, "job: %s", root ? "expected an object" : je->text);
    if (r < 0)
        job_deinit(&j);
    else
        *ret = j;
    return r;
}

int job_read(int fd, struct job *ret, struct error *err)
{
    struct source s = {.fd = fd};
    json_error_t je;
    json_t *root = json_load_callback(read_some, &s, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &je);
    if (!root && s.error)
        return error_sys(err, s.error, "job");
    return finish(root, &je, ret, err);
}

int job_parse(const char *text, size_t len, struct job *ret, struct error *err)
{
    json_error_t je;
    return finish(json_loadb(text, len, JSON_REJECT_DUPLICATES, &je), &je, ret, err);
}

void job_deinit(struct job *j)
{
    free(j->scopes);
    json_decref(j->root);
    *j = (struct job){0};
}

bool job_has_scope(const struct job *j, const char *period, const char *county)
{
    struct job_scope key = {period, county};
    return bsearch(&key, j->scopes, j->n_scopes, sizeof key, compare_scopes) != NULL;
}

const json_t *job_dataset(const struct job *j, const char *id)
{
    size_t i;
    json_t *d;
    json_array_foreach(json_object_get(j->root, "datasets"), i, d)
    {
        const char *name = json_string_value(json_object_get(d, "id"));
        if (name && strcmp(name, id) == 0)
            return d;
    }
    return NULL;
}

static int option_index(const struct plugin *p, const char *name, uint32_t *ret, struct error *err)
{
    for (*ret = 0; *ret < p->d.options.count; ++*ret)
        if (strcmp(plugin_option(p, *ret)->name, name) == 0)
            return 0;
    return error_set(err, -EINVAL, _("plugin %1$s has no option `%2$.60s`"), p->d.name, name);
}

// The configuration may have kept a plain number or boolean as such.
static const char *option_spelling(const json_t *v, char number[32])
{
    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_boolean(v))
        return json_is_true(v) ? "yes" : "no";
    if (!json_is_number(v))
        return NULL;
    (void)snprintf(number, 32, "%.17g", json_number_value(v));
    return number;
}

int job_options(const struct job *j, const struct plugin *p, struct option_value *ret, struct error *err)
{
    for (uint32_t i = 0; i < p->d.options.count; i++) {
        const struct jh_option *o = plugin_option(p, i);
        ret[i].text = o->default_text ? o->default_text : "";
        int r = option_parse(o, ret[i].text, &ret[i].number, err);
        if (r < 0)
            return r;
    }
    const char *name;
    json_t *v;
    json_object_foreach(json_object_get(j->root, "options"), name, v)
    {
        uint32_t i = 0;
        char number[32];
        int r = option_index(p, name, &i, err);
        const char *text = option_spelling(v, number);
        if (r == 0 && !text)
            r = error_set(err, -EINVAL, _("option %s: expected a text or a number"), name);
        if (r == 0)
            r = option_parse(plugin_option(p, i), text, &ret[i].number, err);
        if (r < 0)
            return r;
        if (json_is_string(v))
            ret[i].text = text;
    }
    return 0;
}
