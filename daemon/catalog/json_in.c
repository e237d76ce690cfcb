// SPDX-License-Identifier: Apache-2.0
// Members of JSON objects from another process, read with complaints that name the member.
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "catalog/catalog_json.h"
#include "catalog/texts.h"

int json_in_fail(struct json_in *in, const char *key, const char *expected)
{
    if (in->result == 0)
        in->result = error_set(in->err, -EINVAL, _("%1$s: \"%2$s\": expected %3$s"), in->what, key, expected);
    return in->result;
}

static const json_t *member(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    return json_is_null(v) ? NULL : v;
}

char *json_in_text(struct json_in *in, const json_t *o, const char *key)
{
    const json_t *v = member(o, key);
    if (v && (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))) {
        json_in_fail(in, key, _("a text"));
        return NULL;
    }
    return str_dup(v ? json_string_value(v) : NULL);
}

char *json_in_need(struct json_in *in, const json_t *o, const char *key)
{
    char *text = json_in_text(in, o, key);
    if (!text || !*text)
        json_in_fail(in, key, _("a text, got nothing"));
    return text;
}

double json_in_number(struct json_in *in, const json_t *o, const char *key)
{
    const json_t *v = member(o, key);
    if (v && (!json_is_number(v) || !isfinite(json_number_value(v)))) {
        json_in_fail(in, key, _("a number"));
        return 0;
    }
    return v ? json_number_value(v) : 0;
}

int64_t json_in_int(struct json_in *in, const json_t *o, const char *key, int64_t min, int64_t max)
{
    const json_t *v = member(o, key);
    int64_t n = v ? json_integer_value(v) : 0;
    if (v && (!json_is_integer(v) || n < min || n > max)) {
        CLEANUP_FREE char *what =
            str_printf(_("a whole number from %lld to %lld"), (long long)min, (long long)max);
        json_in_fail(in, key, what);
        return min;
    }
    return n;
}

bool json_in_bool(struct json_in *in, const json_t *o, const char *key)
{
    const json_t *v = member(o, key);
    if (v && !json_is_boolean(v))
        json_in_fail(in, key, _("true or false"));
    return json_is_true(v);
}

const json_t *json_in_array(struct json_in *in, const json_t *o, const char *key)
{
    const json_t *v = member(o, key);
    if (v && !json_is_array(v)) {
        json_in_fail(in, key, _("an array"));
        return NULL;
    }
    return v;
}

char **json_in_texts(struct json_in *in, const json_t *o, const char *key)
{
    const json_t *a = json_in_array(in, o, key);
    if (!a)
        return NULL;
    char **list = mem_array(json_array_size(a) + 1, sizeof *list);
    size_t i, n = 0;
    json_t *v;
    json_array_foreach(a, i, v)
    {
        if (json_is_string(v))
            list[n++] = str_dup(json_string_value(v));
        else
            json_in_fail(in, key, _("an array of texts"));
    }
    return list;
}
