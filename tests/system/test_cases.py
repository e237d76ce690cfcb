# SPDX-License-Identifier: Apache-2.0
"""The rules of real cases: each test is named after its rule; its numbers are worked out by hand beside it."""
import pytest
import tables
from cli import alerts, junheng, one, results, submissions
from tables import code, failing_school, primary_school, stage_school, whole

RESOURCE = f"学校资源_{tables.YEAR}.csv"
ROSTER = f"学校名册_{tables.YEAR}.csv"
FACILITIES = ["teaching_area", "sports_area", "equipment_value", "multimedia_rooms"]


def take(daemon, *files):
    """Drops files one after the other, each to its end."""
    for name, data in files:
        daemon.put(name, data)
        code_, stderr = daemon.once()
        assert code_ == 0, stderr


def load(daemon, *rows):
    take(daemon, (RESOURCE, whole(rows)))
    assert submissions(daemon)[0]["state"] == "stored", submissions(daemon)[0]


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


# ---- splitting by stage ----

def test_nine_year_school_is_split_one_to_one_point_one(daemon):
    load(daemon, stage_school(1, "九年一贯制学校", 600, 400))
    # weights 600·1 + 400·1.1 = 1040
    assert one(daemon, "resource.teaching_area", code(1), "primary")["value"] == near(5000 / 1040)
    assert one(daemon, "resource.teaching_area", code(1), "junior")["value"] == near(5000 * 1.1 / 1040)
    assert one(daemon, "resource.sports_area", code(1), "junior")["numerator"] == near(10000 * 440 / 1040)
    assert one(daemon, "resource.equipment_value", code(1), "primary")["value"] == near(3000000 / 1040)
    assert one(daemon, "resource.multimedia_rooms", code(1), "junior")["value"] == near(40 * 1.1 / 1040 * 100)
    assert not one(daemon, "resource.multimedia_rooms", code(1), "junior")["estimated"]
    # degrees are handed in by stage: primary 2+30+2+0, junior 28+4+0
    assert one(daemon, "resource.above_degree_teachers", code(1), "primary")["value"] == near(34 / 600 * 100)
    assert one(daemon, "resource.above_degree_teachers", code(1), "junior")["value"] == near(32 / 400 * 100)
    # backbone teachers are not: by weighted pupils, estimated
    r = one(daemon, "resource.backbone_teachers", code(1), "junior")
    assert r["numerator"] == near(12 * 440 / 1040) and r["estimated"]


def test_unsplit_teachers_go_by_full_time_teachers_of_the_stage_where_given(daemon):
    load(daemon, stage_school(1, "九年一贯制学校", 600, 400, **{"专任教师人数（小学）": 50, "专任教师人数（初中）": 40}))
    r = one(daemon, "resource.backbone_teachers", code(1), "primary")
    assert r["numerator"] == near(12 * 50 / 90) and r["estimated"]
    assert one(daemon, "resource.pe_art_teachers", code(1), "junior")["numerator"] == near(12 * 40 / 90)


def test_complete_middle_school_shares_with_the_senior_stage(daemon):
    load(daemon, stage_school(1, "完全中学", None, 500, 500))
    # 初:高 = 1 : 1.2, so the junior stage has 500 / 1100 of the premises
    r = one(daemon, "resource.sports_area", code(1), "junior")
    assert r["numerator"] == near(10000 * 500 / 1100) and r["value"] == near(10000 / 1100)
    assert {k[2] for k in results(daemon, entity=code(1))} == {"junior"}


def test_twelve_year_school_is_split_in_three(daemon):
    load(daemon, stage_school(1, "十二年一贯制学校", 500, 400, 300))
    total = 500 + 400 * 1.1 + 300 * 1.32  # 1336
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == near(10000 / total)
    assert one(daemon, "resource.sports_area", code(1), "junior")["value"] == near(11000 / total)


@pytest.mark.parametrize("kind,stages", [("完全中学", ["junior"]), ("十二年一贯制学校", ["primary", "junior"])])
def test_without_senior_pupils_the_facilities_are_no_data_and_the_column_is_named(daemon, kind, stages):
    load(daemon, stage_school(1, kind, 500 if "primary" in stages else None, 400, None))
    for stage in stages:
        for name in FACILITIES:
            r = one(daemon, f"resource.{name}", code(1), stage)
            assert (r["verdict"], r["value"]) == ("no_data", None) and "pupils_senior" in r["missing"], r
        assert one(daemon, "resource.above_degree_teachers", code(1), stage)["verdict"] == "pass"
    text = "\n".join(v.decode() for v in daemon.receipts().values() if b"\xe9\xab\x98\xe4\xb8\xad" in v)
    assert "高中学生人数" in text


def test_kindergarten_children_share_premises_and_are_no_pupils(daemon):
    load(daemon, stage_school(1, "小学", 400, 附设幼儿班幼儿人数=100))
    r = one(daemon, "resource.sports_area", code(1), "primary")
    assert (r["numerator"], r["denominator"], r["value"]) == (near(8000), 400, near(20))


def test_figures_given_by_stage_are_taken_as_they_stand(daemon):
    load(daemon, stage_school(1, "九年一贯制学校", 600, 400, **{"校内体育场面积（小学）": 3000, "校内体育场面积（初中）": 6000,
                                                       "学校体育馆面积（小学）": 1000, "学校体育馆面积（初中）": 0}))
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == near(4000 / 600)
    assert one(daemon, "resource.sports_area", code(1), "junior")["value"] == near(15)


# ---- who counts ----

def test_teaching_point_under_50_is_exempt_with_its_reason_and_out_of_the_cv(daemon):
    load(daemon, primary_school(1), primary_school(2), primary_school(3, pupils=49, 学校类型="教学点", 主校代码=code(1)))
    r = one(daemon, "resource.sports_area", code(3), "primary")
    assert r["verdict"] == "exempt" and r["note"], r
    assert one(daemon, "resource.school_rule", code(3), "primary")["verdict"] == "exempt"
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["pupils"] == 800


def test_teaching_point_of_50_is_measured(daemon):
    load(daemon, primary_school(1), primary_school(2), primary_school(3, pupils=50, 学校类型="教学点", 主校代码=code(1)))
    assert one(daemon, "resource.sports_area", code(3), "primary")["value"] == near(10)
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["pupils"] == 850


@pytest.mark.parametrize("kind", ["特殊教育学校", "职业学校"])
def test_special_and_vocational_schools_are_not_measured(daemon, kind):
    load(daemon, primary_school(1), primary_school(2), primary_school(3, 学校类型=kind))
    found = {k[0]: v["verdict"] for k, v in results(daemon, entity=code(3)).items()}
    assert set(found.values()) <= {"exempt"}, found
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["pupils"] == 800


def test_zero_pupils_is_exempt_and_the_premises_go_to_the_other_stage(daemon):
    load(daemon, stage_school(1, "九年一贯制学校", 500, 0))
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == near(20)
    r = results(daemon, entity=code(1), stage="junior").get(("resource.sports_area", code(1), "junior"))
    assert r is None or (r["verdict"] == "exempt" and "无学生" in r["note"]), r


def test_empty_pupils_in_a_stage_of_the_type_is_no_data(daemon):
    load(daemon, stage_school(1, "九年一贯制学校", 500, None))
    for stage in ("primary", "junior"):
        r = one(daemon, "resource.sports_area", code(1), stage)
        assert r["verdict"] == "no_data" and "pupils_junior" in r["missing"], r


def test_an_empty_cell_is_never_zero(daemon):
    load(daemon, primary_school(1, 校内体育场面积=None), primary_school(2))
    r = one(daemon, "resource.sports_area", code(1), "primary")
    assert (r["verdict"], r["value"]) == ("no_data", None) and "sports_ground_area" in r["missing"]
    rule = one(daemon, "resource.school_rule", code(1), "primary")
    assert rule["verdict"] == "no_data"


def test_a_campus_of_one_stage_is_allotted_by_itself_and_added_to_its_school(daemon):
    # site A primary only, 9000+1000 ㎡; site B both stages, 300/200 pupils, 9000+1000 ㎡, split 300 : 220
    load(daemon, stage_school(1, "九年一贯制学校", 300, 200, 校区代码="B"),
         stage_school(1, "九年一贯制学校", 400, 0, 校区代码="A", **{"本科学历教师人数（初中）": None, "硕士学历教师人数（初中）": None, "博士研究生学历教师人数（初中）": None}))
    r = one(daemon, "resource.sports_area", code(1), "primary")
    assert r["denominator"] == 700 and r["numerator"] == near(10000 + 10000 * 300 / 520), r
    assert one(daemon, "resource.sports_area", code(1), "junior")["value"] == near(10000 * 220 / 520 / 200)


def test_a_campus_not_counted_as_school_is_added_to_its_parent(daemon):
    load(daemon, primary_school(1, 是否计校数="是"), primary_school(2, pupils=200, 是否计校数="否", 主校代码=code(1)), primary_school(3))
    r = one(daemon, "resource.sports_area", code(1), "primary")
    assert (r["denominator"], r["numerator"]) == (600, near(6000))
    assert ("resource.sports_area", code(2), "primary") not in results(daemon, entity=code(2))
    assert one(daemon, "resource.school_rule.rate", tables.COUNTY, "primary")["denominator"] == 2


# ---- the relief items ----

def test_visiting_teachers_count_in_rural_schools_of_50_to_99_with_the_flag(daemon):
    flag = {"是否50人及以上但不足100人的乡村小规模学校和教学点": "是", "体育交流轮岗/兼职/走教教师人数": 1}
    base = dict(体育专任教师人数=0, 音乐专任教师人数=0, 美术专任教师人数=0)
    load(daemon, primary_school(1, pupils=80, 城乡类型="乡村", **base, **flag), primary_school(2, pupils=80, 城乡类型="城区", **base, **flag),
         primary_school(3, pupils=100, 城乡类型="乡村", **base, **flag), primary_school(4, pupils=99, 城乡类型="乡村", **base, **flag))
    values = {n: one(daemon, "resource.pe_art_teachers", code(n), "primary")["numerator"] for n in (1, 2, 3, 4)}
    assert values == {1: 1, 2: 0, 3: 0, 4: 1}


def test_leased_grounds_count_in_crowded_city_centres_alone(daemon):
    extra = {"校外租赁场馆面积": 700, "校内其他体育场面积": 300}
    load(daemon, primary_school(1, 是否人口密度过高的大城市中心城区学校="是", **extra), primary_school(2, 是否人口密度过高的大城市中心城区学校="否", **extra))
    assert one(daemon, "resource.sports_area", code(1), "primary")["numerator"] == near(5000)
    assert one(daemon, "resource.sports_area", code(2), "primary")["numerator"] == near(4000)


# ---- verdicts ----

def with_sports(n, area, **more):
    return primary_school(n, 学校体育馆面积=0, 室内体育用房面积=0, 校内体育场面积=area, **more)


def test_three_valued_school_rule(daemon):
    low = {"网络多媒体教室间数": 0}
    load(daemon,
         with_sports(1, 3000),                                # all seven
         with_sports(2, 2550),                                # 6.375: exactly 85 %, six pass
         with_sports(3, 2549.9),                              # one below 85 %
         with_sports(4, 2600, 网络多媒体教室间数=8),            # two at floor: 6.5 and 2.0 (85 % of 2.3 is 1.955)
         with_sports(5, 3000, 网络多媒体教室间数=None),         # six pass, one unknown
         with_sports(6, 2600, 网络多媒体教室间数=None),         # five pass, one floor, one unknown
         with_sports(7, 100, 网络多媒体教室间数=None),          # one below 85 %, one unknown
         with_sports(8, 3000, **low))
    verdicts = {n: one(daemon, "resource.school_rule", code(n), "primary")["verdict"] for n in range(1, 9)}
    assert verdicts == {1: "pass", 2: "pass", 3: "fail", 4: "fail", 5: "no_data", 6: "no_data", 7: "fail", 8: "fail"}
    assert one(daemon, "resource.sports_area", code(2), "primary")["verdict"] == "floor"
    assert one(daemon, "resource.sports_area", code(3), "primary")["verdict"] == "fail"
    assert one(daemon, "resource.multimedia_rooms", code(4), "primary")["verdict"] == "floor"


def test_gap_is_whole_persons_and_rooms_and_exact_areas(daemon):
    # 410 pupils: 0.9 % is 3.69 → 4 of 1 teachers; 2.3 % is 9.43 → 10 of 8 rooms; 7.5·410 = 3075 of 1000.5 ㎡; 2000·410 = 82 万 of 50
    load(daemon, primary_school(1, pupils=410, 体育专任教师人数=1, 音乐专任教师人数=0, 美术专任教师人数=0, 网络多媒体教室间数=8, 学校体育馆面积=0,
                                校内体育场面积=1000.5, **{"教学仪器设备资产值（账面原值）": 50}), primary_school(2))
    gaps = {i: one(daemon, f"resource.{i}", code(1), "primary")["gap"] for i in ("pe_art_teachers", "multimedia_rooms", "sports_area", "equipment_value")}
    assert gaps == {"pe_art_teachers": 3, "multimedia_rooms": 2, "sports_area": near(2074.5), "equipment_value": near(320000)}
    # the county's sum does not let the good school make up for the other
    assert one(daemon, "resource.sports_area", tables.COUNTY, "primary")["gap"] == near(2074.5)


def test_one_school_has_no_cv_and_a_mean_of_nothing_is_no_data(daemon):
    load(daemon, primary_school(1))
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["verdict"] == "exempt"


def test_cv_with_mean_zero_is_no_data(daemon):
    none = dict(县级及以上骨干教师数=0)
    load(daemon, primary_school(1, **none), primary_school(2, **none))
    r = one(daemon, "resource.backbone_teachers.cv", tables.COUNTY, "primary")
    assert (r["verdict"], r["value"]) == ("no_data", None)


def test_a_cv_exactly_at_its_limit_passes(daemon):
    # equal pupils, x = 5 and 15: mean 10, S 5, CV exactly 0.5; and 0.5004 fails though it prints 0.500
    load(daemon, with_sports(1, 2000), with_sports(2, 6000),
         with_sports(3, 1998.4, county="990102"), with_sports(4, 6001.6, county="990102"))
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")
    assert (r["value"], r["verdict"]) == (near(0.5), "pass")
    r = one(daemon, "resource.sports_area.cv", "990102", "primary")
    assert (r["value"], r["verdict"]) == (near(0.5004), "fail")


def test_junior_limits(daemon):
    load(daemon, stage_school(1, "初中", None, 1000), stage_school(2, "初中", None, 1000, 学校体育馆面积=0, 校内体育场面积=3600))
    # x = 10 and 3.6: mean 6.8, S 3.2, CV 0.470588… > 0.45
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "junior")
    assert (r["value"], r["threshold"], r["verdict"]) == (near(3.2 / 6.8), 0.45, "fail")
    assert one(daemon, "resource.sports_area", code(1), "junior")["verdict"] == "floor"  # 10.0 of 10.2


def test_the_mean_of_the_seven_is_published_and_not_tested(daemon):
    load(daemon, primary_school(1), failing_school(2))
    seven = [v["value"] for k, v in results(daemon).items() if k[0].endswith(".cv") and k[0] != "resource.cv"]
    r = one(daemon, "resource.cv", tables.COUNTY, "primary")
    assert len(seven) == 7 and r["value"] == near(sum(seven) / 7) and r["threshold"] is None
    assert not [a for a in alerts(daemon) if a["indicator"] == "resource.cv"]


# ---- who may speak, which stage ----

def test_five_four_system_does_not_change_a_table_by_stage(daemon):
    take(daemon, (ROSTER, tables.whole([dict(学年=tables.YEAR, 区县代码=tables.COUNTY, 学校代码=code(1), 学校名称="第1学校", 学校类型="九年一贯制学校", 办学性质="公办",
                                          城乡类型="城区", 学制="五四制")])),
         (RESOURCE, whole([stage_school(1, "九年一贯制学校", 500, 400)])))
    assert one(daemon, "resource.sports_area", code(1), "junior")["denominator"] == 400


def test_county_comes_from_the_roster_where_the_table_has_none(daemon):
    row = primary_school(1, county="990102")
    take(daemon, (ROSTER, tables.roster([row])))
    bare = {k: v for k, v in row.items() if k not in ("区县代码", "区县名称")}
    load(daemon, bare)
    assert one(daemon, "resource.sports_area", row["学校代码"], "primary")["county"] == "990102"


def test_a_row_outside_the_sources_scope_is_refused(daemon):
    text = daemon.config.read_text().replace("counties: all", "counties: [990101]")
    daemon.config.write_text(text)
    load(daemon, primary_school(1), primary_school(2, county="990102"))
    s = submissions(daemon)[0]
    assert (s["rows_ok"], s["rows_bad"]) == (1, 1)
    errors = junheng(daemon, "errors", s["id"])
    assert [e for e in errors if "990102" in e["message"]], errors
    assert {k[1] for k in results(daemon)} == {code(1), tables.COUNTY}


# ---- provisional ----

def test_provisional_until_every_school_of_the_roster_has_handed_in(daemon):
    rows = [primary_school(1), with_sports(2, 100), primary_school(3)]
    daemon.config.write_text(daemon.config.read_text() + "due: {school_resource: 2099-10-20}\n")
    take(daemon, (ROSTER, tables.roster(rows)), ("a.csv", whole(rows[:2])))
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")
    assert r["provisional"] and r["verdict"] == "fail", r
    assert (r["detail"]["coverage"]["owed"], r["detail"]["coverage"]["reported"]) == (3, 2)
    assert {a["entity"] for a in alerts(daemon)} == {code(2)}  # the school is told, the county is not
    take(daemon, ("b.csv", whole(rows[2:])))
    assert not one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["provisional"]
    assert "resource.sports_area.cv" in {a["indicator"] for a in alerts(daemon)}


def test_after_the_due_date_what_there_is_is_judged(daemon):
    rows = [primary_school(1), with_sports(2, 100), primary_school(3)]
    daemon.config.write_text(daemon.config.read_text() + "due: {school_resource: 2025-10-20}\n")
    take(daemon, (ROSTER, tables.roster(rows)), ("a.csv", whole(rows[:2])))
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")
    assert not r["provisional"] and r["verdict"] == "fail", r
    assert "resource.sports_area.cv" in {a["indicator"] for a in alerts(daemon)}


def test_without_a_roster_the_figure_stands_and_says_that_coverage_is_unknown(daemon):
    load(daemon, primary_school(1), with_sports(2, 100))
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")
    assert r["detail"]["coverage"]["known"] is False, r


def test_a_refused_row_counts_as_not_reported(daemon):
    rows = [primary_school(1), primary_school(2), primary_school(3, 县级及以上骨干教师数=999)]
    take(daemon, (ROSTER, tables.roster(rows)), (RESOURCE, whole(rows)))
    s = submissions(daemon)[0]
    assert (s["rows_ok"], s["rows_bad"]) == (2, 1)
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["provisional"]


# ---- estimated ----

def test_estimated_values_never_alert_above_yellow(daemon):
    # only what was split by pupils is lacking: 4 backbone teachers and 2 of PE over 1000 pupils
    load(daemon, stage_school(1, "九年一贯制学校", 600, 400, 县级及以上骨干教师数=4, 体育专任教师人数=2, 音乐专任教师人数=0, 美术专任教师人数=0,
                              教学及辅助用房总面积=8000, 校内体育场面积=12000))
    found = {(a["indicator"], a["stage"]): a["severity"] for a in alerts(daemon) if a["entity"] == code(1)}
    assert found == {("resource.school_rule", "primary"): "yellow", ("resource.school_rule", "junior"): "yellow"}


def test_tiny_schools_never_alert_above_yellow(daemon):
    load(daemon, primary_school(1, pupils=62, 学校体育馆面积=0, 校内体育场面积=10), primary_school(2))
    found = {a["severity"] for a in alerts(daemon) if a["entity"] == code(1)}
    assert found == {"yellow"}, alerts(daemon)


# ---- replacement, correction, conflict ----

def test_a_correction_that_crosses_a_threshold_stays_to_be_confirmed(daemon):
    take(daemon, (RESOURCE, whole([primary_school(1), failing_school(2)])))
    before = {a["indicator"]: a["state"] for a in alerts(daemon) if a["entity"] == code(2)}
    assert before == {"resource.school_rule": "firing"}
    take(daemon, ("更正.csv", whole([primary_school(2)])))
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "pass"
    after = [a for a in alerts(daemon) if a["entity"] == code(2)]
    assert len(after) == 1 and after[0]["state"] in ("pending", "resolved"), after


def test_a_school_that_is_closed_ends_its_alert_as_no_longer_applicable(daemon):
    rows = [primary_school(1), primary_school(3), failing_school(2)]
    take(daemon, (ROSTER, tables.roster(rows)), (RESOURCE, whole(rows)))
    assert [a["state"] for a in alerts(daemon) if a["entity"] == code(2)] == ["firing"]
    take(daemon, ("新名册.csv", whole([{h: r.get(h, "") for h in tables.ROSTER} | ({"办学状态": "撤并", "并入学校代码": code(1)} if r is rows[2] else {"办学状态": "在办"}) for r in rows])))
    after = [a for a in alerts(daemon) if a["entity"] == code(2)]
    assert [(a["state"], a["close_reason"]) for a in after] == [("resolved", "not_applicable")], after
    assert one(daemon, "resource.sports_area", code(2), "primary")["verdict"] == "exempt"


def two_sources(daemon, more=""):
    daemon.config.write_text(daemon.config.read_text().replace("channels:", f"  - name: bureau\n    path: ./drop/bureau\n    counties: all\n    period: 2025-2026\n{more}channels:"))
    return daemon.folder / "drop" / "bureau"


def put_in(folder, name, data):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


@pytest.mark.parametrize("precedence,expected", [(10, 25), (-10, 10)])
def test_between_sources_precedence_decides_and_the_difference_is_an_alert(daemon, precedence, expected):
    other = two_sources(daemon, f"    precedence: {precedence}\n")
    load(daemon, primary_school(1), primary_school(2))
    put_in(other, "b.csv", whole([primary_school(1, 校内体育场面积=9600)]))  # + 400 ㎡ hall: 25 ㎡ each instead of 10
    assert daemon.once()[0] == 0
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == near(expected)
    [alert] = [a for a in alerts(daemon) if a["indicator"] == "junheng.source_conflict"]
    assert alert["state"] == "firing" and tables.COUNTY in alert["entity"]
    text = str([body for _, body in daemon.sink.messages])
    assert "数据来源不一致" in text and code(1) in text and code(2) not in text
    put_in(other, "c.csv", whole([primary_school(1)]))  # the bureau agrees after all
    assert daemon.once()[0] == 0
    assert [a["state"] for a in alerts(daemon) if a["indicator"] == "junheng.source_conflict"] == ["resolved"]


def test_a_later_file_of_the_same_source_replaces_the_rows_of_its_keys_alone(daemon):
    load(daemon, primary_school(1), primary_school(2))
    take(daemon, ("更正.csv", whole([primary_school(2, 校内体育场面积=4000)])))
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == near(10)
    assert one(daemon, "resource.sports_area", code(2), "primary")["value"] == near(11)


def test_a_back_filled_old_year_tells_nobody(daemon):
    load(daemon, primary_school(1), primary_school(2))
    told = len(daemon.sink.messages)
    take(daemon, ("旧.csv", whole([r | {"学年": "2023-2024"} for r in (failing_school(1), failing_school(2))])))
    assert one(daemon, "resource.school_rule", code(1), "primary", period="2023-2024")["verdict"] == "fail"
    assert len(daemon.sink.messages) == told, daemon.sink.messages[told:]


def test_a_back_fill_tells_nobody_of_a_school_that_is_no_more(daemon):
    load(daemon, primary_school(1), primary_school(2))
    take(daemon, ("旧.csv", whole([r | {"学年": "2023-2024"} for r in (primary_school(1), primary_school(2), failing_school(3))])))
    assert one(daemon, "resource.school_rule", code(3), "primary", period="2023-2024")["verdict"] == "fail"
    assert alerts(daemon) == [] and daemon.sink.messages == []


def test_of_two_years_in_one_file_only_the_newest_is_told(daemon):
    old = [r | {"学年": "2024-2025"} for r in (failing_school(1), primary_school(2), failing_school(3))]
    take(daemon, ("两年.csv", whole(old + [primary_school(1), failing_school(2)])))
    assert {(a["entity"], a["period"]) for a in alerts(daemon) if a["indicator"] == "resource.school_rule" and a["state"] == "firing"} == {(code(2), "2025-2026")}
    assert all(code(1) not in b["text"] and code(3) not in b["text"] for _, b in daemon.sink.messages)


def test_rows_carry_their_own_year(daemon):
    load(daemon, primary_school(1), primary_school(1, 校内体育场面积=4000) | {"学年": "2024-2025"})
    assert one(daemon, "resource.sports_area", code(1), "primary", period="2025-2026")["value"] == near(10)
    assert one(daemon, "resource.sports_area", code(1), "primary", period="2024-2025")["value"] == near(11)


II_2 = ["序 号", "学校名称", "举办者 类型", "在校生数", "年级数", "班级数", "每百名学生拥有高于规定学历教师数", "每百名学生拥有县级及以上骨干教师数",
        "每百名学生拥有体育、艺术 (美术、音乐)专任教师数", "生均教学及辅助用 房面积（ ㎡）", "生均体育运动场馆面积（㎡）", "生均教学仪器设备值(元)",
        "每百名学生拥有网络多媒体 教室数", "该校综合评估是否达标", "备注（注 明有哪几项指标达标，哪几项指标达    到 85%）"]


def test_form_ii_2_is_matched_by_county_name_and_stage(daemon):
    """Ready-made ratios in two blocks: totals are ratio × pupils, estimated, at most yellow; 小学部 and 初中部 are one school."""
    import io

    from openpyxl import Workbook

    daemon.config.write_text(daemon.config.read_text().replace("counties: all", "counties: [990101]"))
    book = Workbook()
    sheet = book.active
    sheet.append(["表Ⅱ-2  小学、初中资源配置基本情况（分学校）"])
    sheet.append(II_2)
    sheet.append([f"L{i}" for i in range(1, 15)])
    for i, (name, pupils, sports) in enumerate([("第1小学", 400, 10), ("第2小学", 400, 5), ("第3学校（小学部）", 500, 8)], 1):
        sheet.append([i, name, 7, pupils, 6, 10, 6.5, 1.25, 0.5 if i == 2 else 2, 5, sports, 3000, 5, "是"])
    sheet.append([None, "…"])
    sheet.append([1, "第3学校初中部", 7, 400, 3, 9, 6.5, 1.25, 2, 6, 12, 3000, 5, "是"])
    sheet.append(["注： 1.小学学校总数＿＿所"])
    out = io.BytesIO()
    book.save(out)
    rows = [primary_school(1), primary_school(2), stage_school(3, "九年一贯制学校", 500, 400)]
    take(daemon, (ROSTER, tables.roster(rows)), ("表Ⅱ-2_2025-2026.xlsx", out.getvalue()))
    s = submissions(daemon)[0]
    assert (s["state"], s["rows_ok"], s["rows_bad"]) == ("stored", 4, 0), junheng(daemon, "errors", s["id"])
    for stage, value, total in (("primary", 8, 4000), ("junior", 12, 4800)):
        r = one(daemon, "resource.sports_area", code(3), stage)
        assert (r["value"], r["numerator"]) == (near(value), near(total)), r
    # mean (4000 + 2000 + 4000) / 1300; S² = (400·(10−m)² + 400·(5−m)² + 500·(8−m)²) / 1300
    m = 10000 / 1300
    expected = ((400 * (10 - m) ** 2 + 400 * (5 - m) ** 2 + 500 * (8 - m) ** 2) / 1300) ** 0.5 / m
    r = one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")
    assert r["value"] == near(expected) and r["estimated"] and not r["provisional"]
    assert {a["severity"] for a in alerts(daemon) if a["entity"] == code(2)} == {"yellow"}
