/* SPDX-License-Identifier: Apache-2.0 */
/*
 * junheng/plugin.h: everything a plugin needs. C11, also valid C++.
 *
 * A plugin is a shared object that exports one constant, `junheng_plugin`. It declares datasets (tables that are
 * handed in) and indicators, and one pure function: rows in (SQL over its inputs, narrowed to the scopes of the run),
 * measures out. The host derives value, verdict, gap and 差异系数 from numerator and denominator; plugins measure,
 * the core judges. The function runs in a process of its own, with a time and a memory limit, without network and
 * without write access; it may be ended at any moment and run again.
 *
 * ABI: magic, major, minor and size stand first and never move. A host loads a plugin of its own major whose minor is
 * not newer, and reads no more of a structure than both sides know: arrays carry the size of their element.
 */
#ifndef JUNHENG_PLUGIN_H
#define JUNHENG_PLUGIN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JH_PLUGIN_MAGIC 0x4a48504cu /* "JHPL" */
#define JH_ABI_MAJOR 1u
#define JH_ABI_MINOR 0u
#define JH_EXPORT __attribute__((visibility("default")))

struct jh_array {
    const void *items;
    uint32_t count;
    uint32_t size; /* of one element, in the plugin's own view */
};
#ifdef __cplusplus
#define JH_ARRAY(a) {(a), (uint32_t)(sizeof(a) / sizeof((a)[0])), (uint32_t)sizeof((a)[0])}
#else
#define JH_ARRAY(a) {.items = (a), .count = (uint32_t)(sizeof(a) / sizeof((a)[0])), .size = (uint32_t)sizeof((a)[0])}
#endif

enum { /* jh_column.type */
    JH_TEXT, JH_INTEGER, JH_DECIMAL, JH_PERCENT, JH_BOOL, JH_CODE, JH_DATE, JH_TIME
};

enum { /* jh_column.flags */
    JH_KEY = 1u << 0,          /* part of the natural key, after the period; text */
    JH_PERIOD = 1u << 1,       /* carries the period of the row */
    JH_OWED = 1u << 2,         /* missing gives no_data, is named in the receipt and is chased; the row is stored */
    JH_NONE_IS_ZERO = 1u << 3, /* exists for a relief only: empty counts as none */
    JH_BY_STAGE = 1u << 4,     /* also accepted as header（小学） and header（初中）, columns id_primary, id_junior */
    JH_COUNTY = 1u << 5,       /* names the county of the row */
    JH_NAME = 1u << 6          /* the entity's name, for people */
};

struct jh_column {
    const char *id;      /* ASCII, [a-z][a-z0-9_]*: the column of the SQL view */
    const char *header;  /* what a clerk writes above the column */
    const char *aliases; /* further spellings, separated by | ; may be NULL */
    const char *unit;    /* assumed when the header names none: 人 ㎡ 元 万元 %; values are stored in 元, ㎡, 人 */
    const char *values;  /* JH_CODE: "小学|初中=初级中学" (canonical=synonym=synonym) */
    uint32_t type;
    uint32_t flags;
    double min, max;     /* both 0: no range */
};

enum { JH_YEARLY = 1, JH_SCHOOL_YEAR, JH_TERM, JH_MONTHLY, JH_DAILY }; /* jh_dataset.period */

struct jh_dataset {
    const char *id;
    const char *title;
    struct jh_array columns; /* struct jh_column */
    uint32_t period;
    uint32_t reserved;
};

enum { JH_MEASURE, JH_RULE }; /* jh_indicator.kind */
enum { JH_SCHOOL, JH_CLASS, JH_COUNTY_LEVEL, JH_CITY }; /* jh_indicator.level */
enum { JH_AT_LEAST, JH_AT_MOST, JH_BELOW }; /* jh_indicator.op; JH_BELOW is strict */
enum { JH_PRIMARY = 1u << 0, JH_JUNIOR = 1u << 1, JH_SENIOR = 1u << 2 }; /* jh_indicator.stages; 0: no stage */
enum { /* jh_indicator.flags */
    JH_WITH_CV = 1u << 0,     /* county indicator ID.cv: pupil-weighted 差异系数 over numerator and denominator */
    JH_WITH_RATE = 1u << 1,   /* county indicator ID.rate: share of judged units that pass */
    JH_WITH_FLOOR = 1u << 2,  /* 85 % of the threshold is `floor` instead of `fail` */
    JH_WHOLE_GAP = 1u << 3,   /* the gap is in whole units (teachers, rooms), rounded up */
    JH_ALERTS = 1u << 4       /* a failing verdict opens an alert */
};

struct jh_threshold {
    uint32_t stage;      /* one of JH_PRIMARY…, or 0 for all */
    uint32_t reserved;
    double value;
    const char *basis;   /* document and clause */
};

struct jh_indicator {
    const char *id;      /* dotted and stable: local.dormitory_area */
    const char *title;   /* official name, for people */
    const char *unit;    /* of the value: 人 ㎡ 元 间 % */
    const char *formula; /* in words, for `explain` */
    const char *inputs;  /* "school_resource.pupils_primary school_resource.teaching_area", for `explain` */
    const char *members; /* JH_RULE: indicator ids separated by spaces, judged together */
    const char *cv_mean; /* JH_RULE: id of the county indicator that is the mean of the members' .cv, or NULL */
    struct jh_array thresholds; /* struct jh_threshold: defaults; standards in YAML override them */
    double scale;        /* value = numerator / denominator * scale; 100 for "per hundred pupils" */
    uint32_t kind, level, op, stages, flags;
    uint32_t decimals;   /* in print */
    uint32_t pass_min;   /* JH_RULE: so many members pass, the others reach their floor */
    uint32_t reserved;
};

enum { JH_OPTION_NUMBER, JH_OPTION_TEXT, JH_OPTION_BOOL };
struct jh_option {
    const char *name, *default_text, *help;
    double min, max;
    uint32_t type, reserved;
};

struct jh_setting {    /* a number that a standard may set for a time (settings: of its YAML), as it does a threshold */
    const char *name;  /* dotted: split_weight.junior */
    const char *help;
    double value;      /* where no standard sets it */
};

struct jh_input {
    const char *dataset;       /* or NULL */
    const char *indicator;     /* or NULL: results of another indicator */
    const int32_t *offsets;    /* periods beside the current one: {-1, -3} */
    uint32_t offset_count;
    uint32_t reserved;
};

/* ---- computing ---- */

enum { JH_OK, JH_NO_DATA, JH_EXEMPT }; /* jh_measure.state */
enum {
    JH_ESTIMATED = 1u << 0, /* from an assumption (估算) */
    JH_NOT_IN_CV = 1u << 1, /* left out of .cv and .rate */
    JH_NEW_SCHOOL = 1u << 2 /* 新建未满年级: the CV is also given without it */
};

struct jh_measure {
    uint32_t size; /* sizeof(struct jh_measure) */
    uint32_t state, flags, stage;
    const char *indicator, *entity, *period, *county;
    double numerator, denominator; /* read when state is JH_OK: numbers; a denominator not above 0 makes it JH_NO_DATA */
    double pupils;                 /* of the entity and stage; NAN if not known */
    const char *missing;           /* column ids separated by spaces, for JH_NO_DATA */
    const char *note;              /* one sentence for people: why exempt, how estimated, which relief */
};

struct jh_run;
struct jh_rows;

struct jh_host {
    uint32_t size, major, minor, reserved;
    /* One SELECT over views named by dataset id, with columns `period`, `county` and those declared, over the table
     * scopes(period, county), over settings(period, name, value) with each declared setting as it holds for each
     * period of the scopes and offsets, and, where indicators are inputs, the view results(period, county, indicator, entity,
     * stage, verdict, value, numerator, denominator, threshold, estimated, provisional). A statement that fails ends
     * the run with its message: never NULL. */
    struct jh_rows *(*query)(struct jh_run *run, const char *sql);
    int (*next)(struct jh_rows *rows);                    /* 1 a row, 0 the end (rows are released) */
    double (*number)(struct jh_rows *rows, int column);   /* NAN for NULL */
    const char *(*text)(struct jh_rows *rows, int column); /* NULL for NULL; good until the next row */
    void (*emit)(struct jh_run *run, const struct jh_measure *measure);
    double (*option_number)(struct jh_run *run, const char *name);
    const char *(*option_text)(struct jh_run *run, const char *name);
    void (*log)(struct jh_run *run, const char *message);
};

/* The front of what the host passes in; what follows is the host's own. */
struct jh_run {
    const struct jh_host *host;
};

static inline struct jh_rows *jh_query(struct jh_run *run, const char *sql) { return run->host->query(run, sql); }
static inline int jh_next(struct jh_run *run, struct jh_rows *rows) { return run->host->next(rows); }
static inline double jh_number(struct jh_run *run, struct jh_rows *rows, int column) { return run->host->number(rows, column); }
static inline const char *jh_text(struct jh_run *run, struct jh_rows *rows, int column) { return run->host->text(rows, column); }
static inline void jh_emit(struct jh_run *run, const struct jh_measure *measure) { run->host->emit(run, measure); }
static inline double jh_option(struct jh_run *run, const char *name) { return run->host->option_number(run, name); } /* JH_OPTION_BOOL: 1 or 0 */
static inline const char *jh_option_text(struct jh_run *run, const char *name) { return run->host->option_text(run, name); }
static inline void jh_log(struct jh_run *run, const char *message) { run->host->log(run, message); }

struct jh_plugin {
    uint32_t magic;
    uint16_t abi_major, abi_minor;
    uint32_t size; /* sizeof(struct jh_plugin) */
    uint32_t reserved;
    const char *name, *version, *title;
    struct jh_array datasets;   /* struct jh_dataset */
    struct jh_array indicators; /* struct jh_indicator */
    struct jh_array inputs;     /* struct jh_input */
    struct jh_array options;    /* struct jh_option */
    int (*compute)(struct jh_run *run); /* 0, or not 0 after a log: the run failed */
    struct jh_array settings;   /* struct jh_setting */
};

#define JH_PLUGIN_HEAD JH_PLUGIN_MAGIC, JH_ABI_MAJOR, JH_ABI_MINOR, sizeof(struct jh_plugin), 0

extern JH_EXPORT const struct jh_plugin junheng_plugin;

#ifdef __cplusplus
}
#endif
#endif
