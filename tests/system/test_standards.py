# SPDX-License-Identifier: Apache-2.0
"""A city's standard file changes what is computed and what is judged, by its dates, after `junheng reload`.

The county has one 九年一贯制学校 in two school years: 600 and 400 pupils, 5000 ㎡ for teaching, 10000 ㎡ for sports."""
import pytest
import tables
from cli import alerts, command, explain, one
from conftest import SOURCE
from tables import code, stage_school, whole

NATIONAL = SOURCE / "conf" / "standards" / "national-2017.yaml"
YEARS = ["2024-2025", "2025-2026"]
SPLIT = """title: 临江市调整
document: 临教督〔2025〕3号
issued: 2025-06-01
settings:
  - {name: split_weight.junior, value: 1.8, from: 2025-09-01}
"""
LOWER = SPLIT + "thresholds:\n  - {indicator: resource.teaching_area, primary: 4.4, from: 2025-09-01}\n"
HIGHER = SPLIT + "thresholds:\n  - {indicator: resource.sports_area, junior: 30, from: 2025-09-01}\n"


def near(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def by_city_file(daemon, text):
    """Has the daemon take up the city's file, and lets it come to rest; the runs that followed, as (outcome, scopes)."""
    before = daemon.rows("SELECT coalesce(max(id), 0) FROM run")[0][0]
    (daemon.folder / "city.yaml").write_text(text, encoding="utf-8")
    reply = command(daemon, "reload")
    assert reply.returncode == 0, reply.stderr
    daemon.wait_idle()
    return sorted(daemon.rows("SELECT outcome, scopes FROM run WHERE id > ? AND plugin = 'resource'", before))


@pytest.fixture
def county(daemon):
    (daemon.folder / "city.yaml").write_text("title: 临江市\ndocument: 无\nissued: 2025-06-01\nsettings: []\nthresholds: []\n", encoding="utf-8")
    daemon.write_config(extra=f"standards:\n  - {NATIONAL}\n  - ./city.yaml\n")
    daemon.start()
    for year in YEARS:
        school = stage_school(1, "九年一贯制学校", 600, 400, 学年=year, 县级及以上骨干教师数=24)
        daemon.put(f"学校资源_{year}.csv", whole([school]))
        daemon.wait_idle()
    assert [s[1] for s in daemon.submissions()] == ["stored", "stored"], daemon.tail()
    assert alerts(daemon) == []
    return daemon


def area(daemon, year, stage, indicator="teaching_area"):
    return one(daemon, f"resource.{indicator}", code(1), stage, period=year)


def sent(daemon, since):
    return "\n".join(str(body) for _, body in daemon.sink.messages[since:])


def test_a_setting_runs_the_plugin_again_for_its_years_only(county):
    told = len(county.sink.messages)
    assert by_city_file(county, SPLIT) == [("ok", 1), ("rejudged", 1)]
    # weights 600·1 + 400·1.1 = 1040 until then, 600·1 + 400·1.8 = 1320 from then on
    for year, weight, total in (("2024-2025", 1.1, 1040), ("2025-2026", 1.8, 1320)):
        assert area(county, year, "primary")["value"] == near(5000 / total)
        assert area(county, year, "junior")["value"] == near(5000 * weight / total)
        assert area(county, year, "primary", "sports_area")["numerator"] == near(10000 * 600 / total)
        said = str(explain(county, "resource.teaching_area", code(1), "--stage", "primary", "--period", year))
        assert f"小学:初中:高中＝1:{weight}:1.32" in said, said
    # 5000 / 1320 = 3.79 ㎡ is under 85 % of 4.5 ㎡: the rule fails for the primary stage
    opened = alerts(county)
    assert [(a["indicator"], a["stage"], a["period"], a["state"]) for a in opened] == [("resource.school_rule", "primary", "2025-2026", "firing")]
    assert "标准调整·不达标" in sent(county, told) and code(1) in sent(county, told)
    assert by_city_file(county, SPLIT) == []


def test_a_threshold_judges_again_without_running_the_plugin(county):
    by_city_file(county, SPLIT)
    told = len(county.sink.messages)
    assert by_city_file(county, LOWER) == [("rejudged", 2)]
    # 3.79 ㎡ is not under 85 % of 4.4 ㎡ = 3.74 ㎡
    row = area(county, "2025-2026", "primary")
    assert (row["verdict"], row["threshold"], row["value"]) == ("floor", 4.4, near(5000 / 1320))
    assert area(county, "2024-2025", "primary")["threshold"] == 4.5
    assert county.rows("SELECT state, close_reason FROM alert") == [("resolved", "not_applicable")]
    assert "标准已调整" in sent(county, told)
    told = len(county.sink.messages)
    assert by_city_file(county, HIGHER) == [("rejudged", 2)]
    # 10000·1.8 / 1320 = 13.6 ㎡ is under 85 % of 30 ㎡; the primary stage fails by 4.5 ㎡ again
    assert {(a["stage"], a["state"]) for a in alerts(county) if a["state"] != "resolved"} == {("primary", "firing"), ("junior", "firing")}
    assert "标准调整·不达标" in sent(county, told)


def test_a_setting_taken_back_gives_the_old_figures(county):
    before = county.results()
    by_city_file(county, SPLIT)
    assert county.results() != before
    assert by_city_file(county, "title: 临江市\ndocument: 无\nissued: 2025-06-01\nsettings: []\nthresholds: []\n") == [("ok", 1), ("rejudged", 1)]
    assert county.results() == before
    assert county.rows("SELECT state FROM alert") == [("resolved",)]


def test_an_option_that_changes_computes_again(county):
    before = county.rows("SELECT max(id) FROM run")[0][0]
    text = county.config.read_text(encoding="utf-8")
    county.config.write_text(text + "plugins:\n  - name: resource\n    options: {new_school_in_cv: no}\n", encoding="utf-8")
    assert command(county, "reload").returncode == 0
    county.wait_idle()
    assert county.rows("SELECT DISTINCT outcome FROM run WHERE id > ?", before) == [("ok",)]
    assert county.rows("SELECT sum(scopes) FROM run WHERE id > ?", before) == [(2,)]
    assert alerts(county) == []


def test_bounds_of_who_is_measured_are_settings_too(daemon):
    (daemon.folder / "city.yaml").write_text(SPLIT, encoding="utf-8")
    daemon.write_config(extra=f"standards:\n  - {NATIONAL}\n  - ./city.yaml\n")
    daemon.start()
    daemon.put(f"学校资源_{tables.YEAR}.csv", whole([tables.primary_school(1), tables.primary_school(2, pupils=60, 学校类型="教学点", 主校代码=code(1))]))
    daemon.wait_idle()
    assert one(daemon, "resource.sports_area", code(2), "primary")["verdict"] == "pass"
    assert by_city_file(daemon, SPLIT + "  - {name: teaching_point.min_pupils, value: 61, from: 2025-09-01}\n") == [("ok", 1)]
    row = one(daemon, "resource.sports_area", code(2), "primary")
    assert row["verdict"] == "exempt" and "不足 61 人" in row["note"], row
