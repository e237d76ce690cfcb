/* SPDX-License-Identifier: Apache-2.0 */
/* From the rows of a school to its measures by stage. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indicator.h"

enum { NOTE_MAX = 1024 };

struct unit {
    struct jh_run *run;
    const struct school *school;
    const struct settings *settings;
    const struct row *main; /* NULL: only campuses handed in */
    struct part *parts;     /* one a row */
    enum kind kind;
    unsigned stages;       /* of all rows' types */
    double pupils[STAGES]; /* of all rows; NAN: owed and missing */
    double given;          /* pupils in all, as far as given */
    struct reliefs reliefs;
    uint32_t flags[COMPULSORY]; /* of every measure of the stage */
};

static void emit(const struct unit *u, int indicator, int stage, struct jh_measure m)
{
    m.size = sizeof m;
    m.stage = stage == PRIMARY ? JH_PRIMARY : JH_JUNIOR;
    m.indicator = indicator_ids[indicator];
    m.entity = u->school->entity;
    m.period = u->school->period;
    m.county = u->school->county;
    m.denominator = m.pupils = u->pupils[stage];
    m.flags |= u->flags[stage];
    jh_emit(u->run, &m);
}

static void emit_all(const struct unit *u, int stage, uint32_t state, const char *missing, const char *note)
{
    for (int i = 0; i < INDICATORS; i++)
        emit(u, i, stage, (struct jh_measure){.state = state, .missing = missing, .note = note});
}

static void say(char note[NOTE_MAX], const char *sentence)
{
    size_t n = strlen(note);
    (void)snprintf(note + n, NOTE_MAX - n, "%s%s", n ? "；" : "", sentence);
}

/* 小学:初中:高中＝1:1.1:1.32, and 附设幼儿班 where it shares. */
static void say_weights(const struct unit *u, bool kindergarten, const char *how, char note[NOTE_MAX])
{
    const double *w = u->settings->v + SPLIT_WEIGHT;
    char sentence[320];
    if (kindergarten)
        (void)snprintf(sentence, sizeof sentence, "%s（小学:初中:高中:附设幼儿班＝%g:%g:%g:%g）拆分", how,
                       w[PRIMARY], w[JUNIOR], w[SENIOR], w[KINDERGARTEN]);
    else
        (void)snprintf(sentence, sizeof sentence, "%s（小学:初中:高中＝%g:%g:%g）拆分", how, w[PRIMARY],
                       w[JUNIOR], w[SENIOR]);
    say(note, sentence);
}

static void explain(const struct unit *u, int indicator, const struct sum *s, char note[NOTE_MAX])
{
    bool teachers = indicator <= PE_ART_TEACHERS, visiting = false, leased = false, kindergarten = false;
    for (size_t i = 0; i < u->school->n; i++) {
        visiting |= indicator_visiting(&u->school->rows[i]);
        leased |= indicator_leased(&u->school->rows[i]);
        kindergarten |= u->school->rows[i].f[PUPILS_KINDERGARTEN] > 0;
    }
    if (s->by_teachers)
        say(note, "未分学段填报，按各学段专任教师人数拆分");
    if (s->by_pupils)
        say_weights(u, kindergarten && !teachers,
                    teachers ? "未分学段填报，按加权学生数" : "校舍设备按加权学生数", note);
    if (indicator == PE_ART_TEACHERS && visiting)
        say(note, u->reliefs.visiting
                      ? "乡村小规模学校，计入交流轮岗、兼职、走教教师"
                      : "是否乡村小规模学校、城乡类型与学生数不一致，未计入交流轮岗、兼职、走教教师");
    if (indicator == SPORTS_AREA_PER_PUPIL && leased)
        say(note, "人口密度过高的大城市中心城区学校，计入校外租赁和校内其他场馆");
}

/* 表Ⅱ-2 gives ratios instead of figures: judged, the total taken as ratio × pupils. */
static bool emit_ratio(const struct unit *u, int indicator, int stage)
{
    double ratio =
        u->school->n == 1 ? indicator_ratio((enum indicator)indicator, &u->school->rows[0], stage) : NAN;
    if (isnan(ratio))
        return false;
    emit(u, indicator, stage,
         (struct jh_measure){.numerator = ratio * u->pupils[stage] / indicator_scales[indicator],
                             .flags = JH_ESTIMATED,
                             .note = "只报了比值，总量按比值×学生数推算"});
    return true;
}

static void emit_measure(const struct unit *u, int indicator, int stage)
{
    struct sum s = {0};
    char note[NOTE_MAX] = "";
    for (size_t i = 0; i < u->school->n; i++)
        indicator_add((enum indicator)indicator, &u->parts[i], stage, &u->reliefs, &s);
    if (s.contradicts || s.value < 0)
        say(note, "分项之和大于总数，请核对");
    bool whole = !s.missing[0] && !note[0];
    if (!whole && emit_ratio(u, indicator, stage))
        return;
    if (whole)
        explain(u, indicator, &s, note);
    emit(u, indicator, stage,
         (struct jh_measure){.state = whole ? JH_OK : JH_NO_DATA,
                             .numerator = s.value,
                             .flags = whole && s.estimated ? JH_ESTIMATED : 0,
                             .missing = s.missing[0] ? s.missing : NULL,
                             .note = note[0] ? note : NULL});
}

static void emit_stage(const struct unit *u, int stage)
{
    if (u->stages & 1u << stage && isnan(u->pupils[stage]))
        emit_all(u, stage, JH_NO_DATA, figure_ids[PUPILS + stage], NULL);
    else if (u->stages & 1u << stage && u->pupils[stage] == 0)
        emit_all(u, stage, JH_EXEMPT, NULL, "本学段无学生");
    else if (u->pupils[stage] > 0 && u->kind != KIND_UNKNOWN && !(u->stages & 1u << stage))
        emit_all(u, stage, JH_NO_DATA, "school_type", "学校类型没有本学段，却填有学生人数，请核对");
    else if (u->pupils[stage] > 0)
        for (int i = 0; i < INDICATORS; i++)
            emit_measure(u, i, stage);
}

/* Why the school as a whole is not judged; NULL: it is. */
static const char *exemption(const struct unit *u, char room[NOTE_MAX])
{
    const char *status = u->main->status ? u->main->status : "";
    if (strcmp(status, "停办") == 0 || strcmp(status, "撤并") == 0) {
        (void)snprintf(room, NOTE_MAX, "学校已%s", status);
        return room;
    }
    if (u->kind == KIND_SPECIAL)
        return "特殊教育学校不参加资源配置评估";
    if (u->kind == KIND_VOCATIONAL)
        return "职业学校不参加资源配置评估";
    if (u->kind == KIND_POINT && !isnan(u->pupils[PRIMARY]) && u->given < u->settings->v[POINT_MIN]) {
        (void)snprintf(room, NOTE_MAX, "教学点学生 %.0f 人，不足 %g 人，不参加资源配置评估", u->given,
                       u->settings->v[POINT_MIN]);
        return room;
    }
    return NULL;
}

static void emit_unjudged(const struct unit *u, uint32_t state, const char *missing, const char *note)
{
    for (int stage = 0; stage < COMPULSORY; stage++)
        if (u->stages & 1u << stage || u->pupils[stage] > 0)
            emit_all(u, stage, state, missing, note);
}

/* 新建未满年级: fewer grades than the stage has, or a first intake too short ago to fill them. */
static bool is_new(const struct unit *u, int stage)
{
    static const int grades[2][STAGES] = {{6, 3, 3}, {5, 4, 3}};
    const int *full = grades[u->main->system && strcmp(u->main->system, "五四制") == 0];
    const double *given = u->main->f + GRADES;
    int first = u->main->first_enrolment ? atoi(u->main->first_enrolment) : 0, all = 0;
    if (u->main->status && strcmp(u->main->status, "新建") == 0)
        return true;
    if (first > 0 && atoi(u->school->period) - first < full[stage])
        return true;
    if (u->kind == KIND_POINT || u->school->n > 1)
        return false; /* a 教学点 rarely has all grades; of campuses the whole is not known */
    if (!isnan(given[OF_PRIMARY + stage]))
        return given[OF_PRIMARY + stage] > 0 && given[OF_PRIMARY + stage] < full[stage];
    for (int i = 0; i < STAGES; i++)
        all += u->stages & 1u << i ? full[i] : 0;
    return given[WHOLE] > 0 && given[WHOLE] < all;
}

/* The flag, the 城乡类型 and the pupils must agree. */
static bool counts_visiting(const struct unit *u)
{
    return u->main->f[SMALL_RURAL] > 0 && u->main->area && strcmp(u->main->area, "乡村") == 0 &&
           u->given >= u->settings->v[SMALL_MIN] && u->given <= u->settings->v[SMALL_MAX];
}

static void add_row(struct unit *u, size_t at)
{
    const struct school *s = u->school;
    const char *type = u->main ? u->main->type : NULL;
    bool other[STAGES] = {false};
    unsigned stages;
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; i != at && k < STAGES; k++)
            other[k] |= !isnan(s->rows[i].f[PUPILS + k]);
    part_init(&u->parts[at], &s->rows[at], type, other, u->settings);
    (void)type_kind(s->rows[at].type ? s->rows[at].type : type, &stages);
    u->stages |= stages;
    for (int k = 0; k < STAGES; k++) {
        u->pupils[k] += u->parts[at].pupils[k];
        u->given += isnan(s->rows[at].f[PUPILS + k]) ? 0 : s->rows[at].f[PUPILS + k];
    }
}

static void judge(struct unit *u, const struct school *s)
{
    char room[NOTE_MAX];
    if (!u->main) {
        emit_unjudged(u, JH_NO_DATA, NULL, "主校未报送，校区的数据要与主校合并计算");
        return;
    }
    const char *why = exemption(u, room);
    if (why) {
        emit_unjudged(u, JH_EXEMPT, NULL, why);
        return;
    }
    if (s->n == 1 && !u->main->counts && !u->main->has_parent && u->kind != KIND_POINT) {
        emit_unjudged(u, JH_NO_DATA, "parent_school", "不计校数的校区要写明主校代码，与主校合并计算");
        return;
    }
    u->reliefs.visiting = counts_visiting(u);
    uint32_t new_school =
        JH_NEW_SCHOOL | (jh_option(u->run, "new_school_in_cv") != 0 ? 0 : (uint32_t)JH_NOT_IN_CV);
    for (int stage = 0; stage < COMPULSORY; stage++) {
        u->flags[stage] = is_new(u, stage) ? new_school : 0;
        emit_stage(u, stage);
    }
}

void emit_school(struct jh_run *run, const struct school *s, const struct settings_list *settings)
{
    struct unit u = {.run = run,
                     .school = s,
                     .settings = settings_in(settings, s->period),
                     .main = school_main(s),
                     .parts = calloc(s->n, sizeof *u.parts)};
    unsigned ignored;
    if (!u.parts)
        abort();
    u.kind = type_kind(u.main ? u.main->type : NULL, &ignored);
    for (size_t i = 0; i < s->n; i++)
        add_row(&u, i);
    judge(&u, s);
    free(u.parts);
}
