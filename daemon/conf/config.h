// SPDX-License-Identifier: Apache-2.0
// junheng.yaml: parsed whole or not at all; every complaint is `file:line:column: what, what was expected`.
// Relative paths are resolved against the folder of the file. Immutable once loaded.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct source_config {
    char *name;
    char *path;
    bool all_counties;   // counties: all
    char **counties;     // NULL-terminated codes; NULL with all_counties or when only schools are given
    char **schools;      // NULL-terminated codes, or NULL: every school of the counties
    char **datasets;     // NULL-terminated ids, or NULL: all
    char *period;        // for files that carry none, or NULL
    char *school_system; // 六三制 (default) or 五四制
    int precedence;      // higher wins where two sources speak of one entity; default 0
    int64_t settle_ms;   // quiet period for files written in place; default 2000
};

enum channel_type { CHANNEL_WEBHOOK, CHANNEL_SMTP, CHANNEL_JOURNAL, CHANNEL_TYPE_COUNT };
enum tls_mode { TLS_NONE, TLS_STARTTLS, TLS_IMPLICIT };

struct channel_config {
    char *name;
    enum channel_type type;
    char *url;      // webhook: http(s)://; smtp: host:port is built from the fields below
    char **headers; // webhook: "Name: value"
    char *host;
    int port;
    enum tls_mode tls;          // smtp; default starttls
    char *ca_file;              // NULL: the system's
    char *user, *password_file; // secrets are read from files when used, never kept in the configuration
    char *from;
    char **to;
    int64_t timeout_ms;                     // default 30000
    int64_t retry_initial_ms, retry_max_ms; // default 10 s, 1 h
    int max_attempts;                       // default 0: keep trying
};

struct route_config {
    char **notify;      // channel names
    char **counties;    // NULL: all
    char **indicators;  // prefixes, NULL: all
    char *min_severity; // NULL: all
};

struct county_config {
    char *code, *name;
};

struct due_config {
    char *dataset;
    char *date; // "10-20" each year of the period, or a full date
};

struct plugin_config {
    char *name;
    char **option_names, **option_values; // parallel, NULL-terminated
};

struct config {
    char *path; // the file, absolute
    char *state;
    char *language;                   // default zh_CN
    char *office_name, *office_phone; // default 市人民政府教育督导室; NULL
    char *timezone;                   // default Asia/Shanghai
    struct source_config *sources;
    size_t n_sources;
    struct channel_config *channels;
    size_t n_channels;
    struct route_config *routes; // `alerts:`
    size_t n_routes;
    struct county_config *counties;
    size_t n_counties;
    struct due_config *due;
    size_t n_due;
    bool all_plugins; // no `plugins:` key
    struct plugin_config *plugins;
    size_t n_plugins;
    char *plugin_dir;  // default paths_plugin_dir()
    char **standards;  // files, absolute, lowest precedence first; default the national one; NULL-terminated
    int64_t rescan_ms; // default 60000
    int64_t read_timeout_ms, run_timeout_ms;     // defaults 120000, 120000
    int64_t max_file_bytes;                      // default 2 GiB
    int64_t read_memory_bytes, run_memory_bytes; // address space; defaults 512 MiB, 1 GiB
    int digest_above;     // more transitions than this in one go and county make one digest; default 5
    char *control_socket; // default STATE/control.sock
};

int config_load(const char *path, struct config **ret, struct error *err);
struct config *config_free(struct config *c);
const struct source_config *config_source(const struct config *c, const char *name);
const struct channel_config *config_channel(const struct config *c, const char *name);
const char *config_county_name(const struct config *c, const char *code); // NULL if not configured
// Whether the source may speak for this county and school ("" or NULL: not known, which only an unrestricted
// source may).
bool source_may_speak_for(const struct source_config *s, const char *county, const char *school);
