// SPDX-License-Identifier: Apache-2.0
// Whose a row is: its school, by code or by name, its county, and whether the source may speak for them.
#include "store/ingest_matter.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "store/name_same.h"

#define COUNTY_DIGITS 6

static int64_t slot_code(const struct fact_table *t, const struct fact_row *row, size_t column)
{
    return column < t->n_columns && row->slots[column].kind == SLOT_INT ? row->slots[column].i : 0;
}

void matter_refuse(struct matter *m, const char *code, size_t column, char *message)
{
    m->refused = true;
    ingest_complain(
        m->in, "refuse", code,
        &(struct issue_at){.table = m->table, .row = m->row->row, .column = column, .fact = m->row}, message);
}

void matter_ask(struct matter *m, const char *code, size_t column, char *message)
{
    ingest_complain(
        m->in, "ask", code,
        &(struct issue_at){.table = m->table, .row = m->row->row, .column = column, .fact = m->row}, message);
}

static int64_t only_county(struct ingest *in, struct error *err, int *ret_r)
{
    char **c = in->source->counties;
    int64_t code = 0;
    *ret_r = !in->source->all_counties && c && c[0] && !c[1] ? code_of(in->store, c[0], &code, err) : 0;
    return code;
}

// The school year whose roster holds for the row's period; 0 if none was ever named.
static int roster_year(struct ingest *in, const struct fact_row *row, int64_t *ret, struct error *err)
{
    if (in->last_period.period != row->period || !in->last_period.roster) {
        char text[PERIOD_TEXT_MAX];
        int64_t code = 0;
        if (roster_period(code_text(in->store, row->period), text)) {
            int r = code_of(in->store, text, &code, err);
            if (r < 0)
                return r;
        }
        if (in->last_period.period != row->period) {
            *ret = code;
            return 0;
        }
        in->last_period.roster = code;
    }
    *ret = in->last_period.roster;
    return 0;
}

static int look_up(struct matter *m, const struct roster_entry **ret, struct error *err)
{
    struct ingest *in = m->in;
    int64_t year;
    int r = roster_year(in, m->row, &year, err);
    if (r < 0)
        return r;
    if (!in->last_school.valid || in->last_school.roster != year || in->last_school.school != m->school) {
        in->last_school.valid = false;
        r = roster_find(&in->roster, year, m->school, &in->last_school.entry, err);
        if (r < 0)
            return r;
        in->last_school.roster = year;
        in->last_school.school = m->school;
        in->last_school.valid = true;
    }
    *ret = &in->last_school.entry;
    return 0;
}

static void compare_with_roster(struct matter *m, const struct roster_entry *e, int64_t county)
{
    const struct fact_table *t = m->table->facts;
    const struct slot *name = t->name < t->n_columns ? &m->row->slots[t->name] : NULL;
    if (name && name->kind == SLOT_TEXT && e->name.len &&
        !name_same(name->text, name->len, e->name.data, e->name.len)) {
        CLEANUP_FREE char *written = str_ndup(name->text, name->len);
        matter_ask(
            m, "name_differs", t->name,
            str_printf(
                _("\"%1$s\" is \"%2$s\" in the roster. Is the code right? It was stored under the code."),
                written, e->name.data));
    }
    if (county > NO_COUNTY && e->county > NO_COUNTY && county != e->county)
        matter_ask(m, "county_differs", t->county,
                   str_printf(_("The county is %1$s here and %2$s in the roster; it was counted in %1$s."),
                              code_text(m->in->store, county), code_text(m->in->store, e->county)));
}

// Column, roster, the source's only county, six digits of the code that are a configured county; else
// unknown.
static int find_county(struct matter *m, struct error *err)
{
    struct ingest *in = m->in;
    const struct fact_table *t = m->table->facts;
    int64_t county = slot_code(t, m->row, t->county);
    county = county > NO_COUNTY ? county : 0;
    int r = 0;
    if (m->school && strcmp(t->dataset->id, ROSTER_DATASET) != 0) {
        const struct roster_entry *e;
        r = look_up(m, &e, err);
        if (r < 0)
            return r;
        if (e->found) {
            compare_with_roster(m, e, county);
            county = county ? county : e->county > NO_COUNTY ? e->county : 0;
        }
    }
    if (!county)
        county = only_county(in, err, &r);
    const char *school = m->school ? code_text(in->store, m->school) : "";
    if (r == 0 && !county && strlen(school) >= COUNTY_DIGITS) {
        CLEANUP_FREE char *digits = str_ndup(school, COUNTY_DIGITS);
        if (config_county_name(in->config, digits))
            r = code_of(in->store, digits, &county, err);
    }
    m->row->county = county ? county : NO_COUNTY;
    return r;
}

static void check_authority(struct matter *m)
{
    struct ingest *in = m->in;
    const struct fact_table *t = m->table->facts;
    const char *county = code_text(in->store, m->row->county),
               *school = m->school ? code_text(in->store, m->school) : "";
    if (source_may_speak_for(in->source, county, school))
        return;
    if (m->row->county == NO_COUNTY && in->source->counties && !in->source->all_counties)
        matter_refuse(
            m, "county_unknown", t->county,
            str_printf(
                _("It is not known to which county the row belongs, and the source \"%s\" speaks for some only. Fill in "
                  "the county's code, or hand in the roster first."),
                in->source->name));
    else if (m->school)
        matter_refuse(m, "not_authorised", t->school,
                      str_printf(_("The source \"%1$s\" may not speak for school %2$s (county %3$s)."),
                                 in->source->name, school, *county ? county : _("unknown")));
    else
        matter_refuse(m, "not_authorised", t->county,
                      str_printf(_("The source \"%1$s\" may not speak for county %2$s."), in->source->name,
                                 *county ? county : _("unknown")));
}

static int name_as_code(struct matter *m, const char *name, struct error *err)
{
    CLEANUP_FREE char *code = str_printf(ENTITY_NAME_AS_CODE "%s", name);
    const struct fact_table *t = m->table->facts;
    if (!m->table->told_of_names)
        ingest_complain(
            m->in, "note", "name_as_code",
            &(struct issue_at){.table = m->table, .row = -1, .column = t->name},
            str_dup(_(
                "There is no roster yet that gives the schools' codes; they were stored under their names.")));
    m->table->told_of_names = true;
    m->row->slots[t->school] = (struct slot){.kind = SLOT_INT};
    return code_of(m->in->store, code, &m->row->slots[t->school].i, err);
}

// 东风学校（小学部） and 东风学校初中部 in the blocks of 表Ⅱ-2 are 东风学校: the length of the name without
// that part.
static size_t without_stage(const char *name)
{
    static const char *const parts[] = {"（小学部）", "(小学部)", "（初中部）",
                                        "(初中部)",   "小学部",   "初中部"};
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        size_t n = strlen(parts[i]);
        if (len > n && strcmp(name + len - n, parts[i]) == 0)
            return len - n;
    }
    return len;
}

// A school of that name; else one without the stage behind it, and then the row is that school's.
static int find_name(struct matter *m, int64_t year, int64_t county, const char *name, int *ret_n,
                     int64_t *ret_school, struct error *err)
{
    struct ingest *in = m->in;
    size_t len = without_stage(name);
    int r = roster_find_name(&in->roster, year, county, name, ret_n, ret_school, err);
    if (r < 0 || *ret_n || !name[len])
        return r;
    CLEANUP_FREE char *plain = str_ndup(name, len);
    r = roster_find_name(&in->roster, year, county, plain, ret_n, ret_school, err);
    if (r == 0 && *ret_n == 1)
        m->row->slots[m->table->facts->name].len = len;
    return r;
}

static int match_name(struct matter *m, int64_t year, int64_t county, const char *name, struct error *err)
{
    struct ingest *in = m->in;
    size_t column = m->table->facts->name;
    int n;
    int64_t school;
    int r = find_name(m, year, county, name, &n, &school, err);
    if (r < 0)
        return r;
    if (n == 1)
        m->row->slots[m->table->facts->school] = (struct slot){.kind = SLOT_INT, .i = school};
    else if (n == 0)
        matter_refuse(
            m, "name_unknown", column,
            str_printf(
                _("The roster of county %1$s has no school \"%2$s\". Write the name as in the roster, or add the code."),
                code_text(in->store, county), name));
    else
        matter_refuse(m, "name_ambiguous", column,
                      str_printf(_("The roster of county %1$s has several schools \"%2$s\"; add the code."),
                                 code_text(in->store, county), name));
    return 0;
}

// 表Ⅱ-2 has names and no codes: county and name are matched with the roster. Where there is none, the name
// stands in.
static int find_school_by_name(struct matter *m, struct error *err)
{
    struct ingest *in = m->in;
    const struct fact_table *t = m->table->facts;
    const struct slot *slot = &m->row->slots[t->name];
    CLEANUP_FREE char *name = str_ndup(slot->text, slot->len);
    int64_t year, county = slot_code(t, m->row, t->county);
    bool known = false;
    if (slot->len > KEY_TEXT_MAX - strlen(ENTITY_NAME_AS_CODE)) {
        matter_refuse(m, "key_too_long", t->name,
                      str_printf(_("\"%s\" is longer than a code or name can be; the row was not stored."),
                                 t->columns[t->name].column->header));
        return 0;
    }
    int r = roster_year(in, m->row, &year, err);
    if (r == 0 && county <= NO_COUNTY)
        county = only_county(in, err, &r);
    if (r == 0)
        r = roster_known(in->store, year, county > NO_COUNTY ? county : 0, &known, err);
    if (r < 0)
        return r;
    if (!known)
        return name_as_code(m, name, err);
    if (county > NO_COUNTY)
        return match_name(m, year, county, name, err);
    matter_refuse(
        m, "county_unknown", t->name,
        str_printf(
            _("The same school name stands in many counties: say the county of \"%s\", or add the code."),
            name));
    return 0;
}

int matter_whose(struct matter *m, struct error *err)
{
    const struct fact_table *t = m->table->facts;
    int r = 0;
    if (t->school < t->n_columns && m->row->slots[t->school].kind == SLOT_NULL)
        r = find_school_by_name(m, err);
    m->school = slot_code(t, m->row, t->school);
    m->school = m->school > 1 ? m->school : 0; // the empty code is a county's own row
    if (r == 0 && !m->refused)
        r = find_county(m, err);
    if (r == 0 && !m->refused)
        check_authority(m);
    return r;
}
