/* SPDX-License-Identifier: Apache-2.0 */
/* Reading schools: the table beside the roster, rows of one school together. */
#include "school.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOTH(id) id "_primary", id "_junior"
#define STAGED_IDS(id) id, BOTH(id)

const char *const figure_ids[FIGURES] = {
    "pupils_primary",
    "pupils_junior",
    "pupils_senior",
    "pupils_kindergarten",
    STAGED_IDS("grades"),
    STAGED_IDS("teachers"),
    "teachers_college_primary",
    BOTH("teachers_bachelor"),
    BOTH("teachers_master"),
    BOTH("teachers_doctor"),
    STAGED_IDS("backbone_teachers"),
    STAGED_IDS("pe_teachers"),
    STAGED_IDS("music_teachers"),
    STAGED_IDS("art_teachers"),
    STAGED_IDS("arts_teachers"),
    "pe_visiting",
    "music_visiting",
    "art_visiting",
    "arts_visiting",
    STAGED_IDS("teaching_area"),
    STAGED_IDS("indoor_sports_area"),
    STAGED_IDS("gym_area"),
    STAGED_IDS("sports_ground_area"),
    STAGED_IDS("leased_sports_area"),
    STAGED_IDS("other_sports_area"),
    STAGED_IDS("equipment_value"),
    STAGED_IDS("multimedia_rooms"),
    "crowded_city_centre",
    "small_rural_50_99",
    BOTH("ratio_above_degree_teachers"),
    BOTH("ratio_backbone_teachers"),
    BOTH("ratio_pe_art_teachers"),
    BOTH("ratio_teaching_area"),
    BOTH("ratio_sports_area"),
    BOTH("ratio_equipment_value"),
    BOTH("ratio_multimedia_rooms"),
};

/* The roster wins where it speaks (是否计校数 is 是 by default in both, so that either's 否 holds); of a
 * campus the table itself knows more. A 教学点 is never a campus: where it is filed under the code of its
 * 中心校, its code is that code with the campus number behind. */
static const char front[] =
    "WITH roster AS MATERIALIZED (SELECT period, school, school_type, status, first_enrolment, school_system, "
    "counts_as_school, parent_school, area_type FROM school), "
    "told AS (SELECT r.*, coalesce(r.campus, '') AS site, s.status AS now, s.first_enrolment AS first, "
    "s.school_system AS system, "
    "CASE WHEN coalesce(r.campus, '') <> '' THEN coalesce(r.school_type, s.school_type) "
    "ELSE coalesce(s.school_type, r.school_type) END AS type, "
    "coalesce(s.area_type, r.area_type) AS area, "
    "min(coalesce(s.counts_as_school, 1), coalesce(r.counts_as_school, 1)) AS counts, "
    "coalesce(nullif(s.parent_school, ''), r.parent_school, '') AS parent "
    "FROM school_resource r LEFT JOIN roster s ON s.period = r.period AND s.school = r.school), "
    "placed AS (SELECT *, CASE "
    "WHEN type = '教学点' AND site <> '' AND max(type IS NOT '教学点') OVER (PARTITION BY period, school) THEN school || site "
    "WHEN type IS NOT '教学点' AND NOT counts AND parent <> '' THEN parent ELSE school END AS entity FROM told) "
    "SELECT period, county, entity, school, site, type, now, area, first, system, counts, parent <> ''";
static const char back[] = " FROM placed ORDER BY period, county, entity, school <> entity, school, site";

enum { FRONT_COLUMNS = 12 };

static char *sql_text(void)
{
    size_t room = sizeof front + sizeof back + FIGURES * 48, at = 0;
    char *sql = malloc(room);
    if (!sql)
        abort();
    at += (size_t)snprintf(sql + at, room - at, "%s", front);
    for (int i = 0; i < FIGURES; i++)
        at += (size_t)snprintf(sql + at, room - at, ", %s", figure_ids[i]);
    (void)snprintf(sql + at, room - at, "%s", back);
    return sql;
}

static char *copy(const char *s)
{
    char *out = s ? strdup(s) : NULL;
    if (s && !out)
        abort();
    return out;
}

static void clear(struct school *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct row *r = &s->rows[i];
        free(r->school);
        free(r->campus);
        free(r->type);
        free(r->status);
        free(r->area);
        free(r->first_enrolment);
        free(r->system);
    }
    free(s->period);
    free(s->county);
    free(s->entity);
    s->period = s->county = s->entity = NULL;
    s->n = 0;
}

static void add_row(struct jh_run *run, struct jh_rows *q, struct school *s)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 4;
        s->rows = realloc(s->rows, s->cap * sizeof *s->rows);
        if (!s->rows)
            abort();
    }
    struct row *r = &s->rows[s->n++];
    *r = (struct row){.school = copy(jh_text(run, q, 3)),
                      .campus = copy(jh_text(run, q, 4)),
                      .type = copy(jh_text(run, q, 5)),
                      .status = copy(jh_text(run, q, 6)),
                      .area = copy(jh_text(run, q, 7)),
                      .first_enrolment = copy(jh_text(run, q, 8)),
                      .system = copy(jh_text(run, q, 9)),
                      .counts = jh_number(run, q, 10) != 0,
                      .has_parent = jh_number(run, q, 11) != 0};
    for (int i = 0; i < FIGURES; i++)
        r->f[i] = jh_number(run, q, FRONT_COLUMNS + i);
}

void each_school(struct jh_run *run,
                 void (*fn)(struct jh_run *run, const struct school *s, const struct settings_list *settings),
                 const struct settings_list *settings)
{
    struct school s = {0};
    char *sql = sql_text();
    struct jh_rows *q = jh_query(run, sql);
    while (jh_next(run, q)) {
        const char *period = jh_text(run, q, 0), *county = jh_text(run, q, 1), *entity = jh_text(run, q, 2);
        bool same = s.n && strcmp(s.period, period) == 0 && strcmp(s.county, county) == 0 &&
                    strcmp(s.entity, entity) == 0;
        if (!same) {
            if (s.n)
                fn(run, &s, settings);
            clear(&s);
            s.period = copy(period);
            s.county = copy(county);
            s.entity = copy(entity);
        }
        add_row(run, q, &s);
    }
    if (s.n)
        fn(run, &s, settings);
    clear(&s);
    free(s.rows);
    free(sql);
}

const struct row *school_main(const struct school *s)
{
    /* A 教学点 under its 中心校's code is one row, and itself. */
    bool itself = s->n == 1 && s->rows[0].type && strcmp(s->rows[0].type, "教学点") == 0;
    return itself || strcmp(s->rows[0].school, s->entity) == 0 ? &s->rows[0] : NULL;
}

enum kind type_kind(const char *type, unsigned *ret_stages)
{
    static const struct {
        const char *type;
        enum kind kind;
        unsigned stages;
    } types[] = {
        {"小学", KIND_REGULAR, 1u << PRIMARY},
        {"初中", KIND_REGULAR, 1u << JUNIOR},
        {"九年一贯制学校", KIND_REGULAR, 1u << PRIMARY | 1u << JUNIOR},
        {"完全中学", KIND_REGULAR, 1u << JUNIOR | 1u << SENIOR},
        {"十二年一贯制学校", KIND_REGULAR, 1u << PRIMARY | 1u << JUNIOR | 1u << SENIOR},
        {"教学点", KIND_POINT, 1u << PRIMARY},
        {"高级中学", KIND_REGULAR, 1u << SENIOR},
        {"特殊教育学校", KIND_SPECIAL, 0},
        {"职业学校", KIND_VOCATIONAL, 0},
    };
    *ret_stages = 0;
    for (size_t i = 0; type && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].type, type) == 0) {
            *ret_stages = types[i].stages;
            return types[i].kind;
        }
    }
    return KIND_UNKNOWN;
}
