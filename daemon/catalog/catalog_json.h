// SPDX-License-Identifier: Apache-2.0
// Parts of the catalogue as JSON; what is absent (NULL, false, 0) is left out.
#pragma once

#include "catalog/catalog.h"

json_t *dataset_to_json(const struct dataset *d); // new reference
int dataset_from_json(const json_t *j, struct dataset **ret, struct error *err);

// Readers for JSON from elsewhere: absent gives the fallback, a wrong type is an error that names the member.
struct json_in {
    const char *what; // where we are, for complaints: "indicator local.x"
    struct error *err;
    int result; // 0, or the first error; later reads do nothing
};
char *json_in_text(struct json_in *in, const json_t *o, const char *key);    // NULL if absent; the caller's
char *json_in_need(struct json_in *in, const json_t *o, const char *key);    // absent or empty is an error
double json_in_number(struct json_in *in, const json_t *o, const char *key); // 0 if absent
int64_t json_in_int(struct json_in *in, const json_t *o, const char *key, int64_t min, int64_t max);
bool json_in_bool(struct json_in *in, const json_t *o, const char *key);
char **json_in_texts(struct json_in *in, const json_t *o, const char *key);        // NULL if absent
const json_t *json_in_array(struct json_in *in, const json_t *o, const char *key); // NULL if absent
int json_in_fail(struct json_in *in, const char *key, const char *expected);

// Name, version, title, inputs, options and settings; members are named alike in the catalogue's JSON and a
// description.
void plugin_info_from_json(struct json_in *in, const json_t *o, struct plugin_info *p);
