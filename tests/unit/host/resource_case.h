// SPDX-License-Identifier: Apache-2.0
// Schools as rows, and what the plugin `resource` must make of them.
#pragma once

#include <junheng/plugin.h>

#include "runner.h"

#define S "3301020001"
#define PRIMARY_DEGREES                                                                                      \
    "teachers_college_primary=10 teachers_bachelor_primary=18 teachers_master_primary=2 teachers_doctor_primary=0 "
#define JUNIOR_DEGREES "teachers_bachelor_junior=20 teachers_master_junior=5 teachers_doctor_junior=1 "
#define SPECIALISTS "backbone_teachers=6 pe_teachers=2 music_teachers=2 art_teachers=1 "
#define PREMISES                                                                                             \
    "teaching_area=4000 indoor_sports_area=600 gym_area=800 sports_ground_area=5200 equipment_value=1500000 multimedia_rooms=20 "
#define PRIMARY_SCHOOL "school_type=小学 " PRIMARY_DEGREES SPECIALISTS PREMISES
#define NINE_YEAR "school_type=九年一贯制学校 " PRIMARY_DEGREES JUNIOR_DEGREES SPECIALISTS PREMISES
// More of a job: one setting as a standard may give it.
#define SETTING(period, name, value)                                                                         \
    "{\"settings\": [{\"period\": \"" period "\", \"name\": \"" name "\", \"value\": " value "}]}"
#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

extern const char *const seven[7], *const facilities[4];

// Computes over school rows (NULL-terminated) and one roster row, hands the outcome to the test.
void given(const char *const *rows, const char *roster, const char *job, struct outcome *o);

double number(const json_t *m, const char *key);
// Fails the test if there is none.
const json_t *at(const struct outcome *o, const char *indicator, const char *entity, const char *stage);
// Of school S: JH_OK with these figures.
void is(const struct outcome *o, const char *indicator, const char *stage, double n, double d,
        unsigned flags);
// Of school S: `state` with exactly these missing columns and a note that contains this.
void is_not(const struct outcome *o, const char *indicator, const char *stage, int state, const char *missing,
            const char *note);
void all_seven_are(const struct outcome *o, const char *stage, int state, const char *missing,
                   const char *note);
