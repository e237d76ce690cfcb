/* SPDX-License-Identifier: Apache-2.0 */
/* One school as it was handed in: its rows (itself and its campuses) with the figures of each. */
#ifndef RESOURCE_SCHOOL_H
#define RESOURCE_SCHOOL_H

#include <junheng/plugin.h>
#include <stdbool.h>

enum { PRIMARY, JUNIOR, SENIOR, STAGES };
enum { COMPULSORY = 2 }; /* PRIMARY and JUNIOR are judged */

/* A figure that may be given for the whole school and for each stage. */
enum { WHOLE, OF_PRIMARY, OF_JUNIOR, STAGED };

enum figure {
    PUPILS,
    PUPILS_KINDERGARTEN = PUPILS + STAGES,
    GRADES,
    TEACHERS = GRADES + STAGED,
    COLLEGE_PRIMARY = TEACHERS + STAGED,
    BACHELOR,
    MASTER = BACHELOR + COMPULSORY,
    DOCTOR = MASTER + COMPULSORY,
    BACKBONE = DOCTOR + COMPULSORY,
    PE = BACKBONE + STAGED,
    MUSIC = PE + STAGED,
    ART = MUSIC + STAGED,
    ARTS = ART + STAGED,
    PE_VISITING = ARTS + STAGED,
    MUSIC_VISITING,
    ART_VISITING,
    ARTS_VISITING,
    TEACHING_AREA,
    INDOOR_SPORTS = TEACHING_AREA + STAGED,
    GYM = INDOOR_SPORTS + STAGED,
    GROUND = GYM + STAGED,
    LEASED = GROUND + STAGED,
    OTHER_SPORTS = LEASED + STAGED,
    EQUIPMENT = OTHER_SPORTS + STAGED,
    ROOMS = EQUIPMENT + STAGED,
    CROWDED_CENTRE = ROOMS + STAGED,
    SMALL_RURAL,
    RATIO, /* seven indicators by two stages */
    FIGURES = RATIO + 7 * COMPULSORY
};

extern const char *const figure_ids[FIGURES]; /* column ids of dataset school_resource */

struct row {
    char *school, *campus, *type, *status, *area, *first_enrolment, *system; /* NULL: not said */
    bool counts;                                                             /* 是否计校数 */
    bool has_parent;
    double f[FIGURES]; /* NAN: not said */
};

struct settings_list; /* setting.h */

/* All rows that make up one school: entity is the code under which it is judged. */
struct school {
    char *period, *county, *entity;
    struct row *rows;
    size_t n, cap;
};

/* Calls `fn` for each school of the run's scopes; the school is good during the call. */
void each_school(struct jh_run *run,
                 void (*fn)(struct jh_run *run, const struct school *s, const struct settings_list *settings),
                 const struct settings_list *settings);

/* The row of the school itself, not of a campus; NULL if only campuses handed in. */
const struct row *school_main(const struct school *s);

enum kind { KIND_UNKNOWN, KIND_REGULAR, KIND_POINT, KIND_SPECIAL, KIND_VOCATIONAL };
/* 学校类型: bit 1 << PRIMARY … for its stages. */
enum kind type_kind(const char *type, unsigned *ret_stages);

#endif
