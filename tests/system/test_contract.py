# SPDX-License-Identifier: Apache-2.0
"""What programs outside rely on: configuration, commands, the keys of --json, exit codes, files and their recognition."""
import io
import os
import subprocess

import pytest
import tables
from cli import alerts, command, explain, junheng, one, results, submissions
from conftest import BUILD
from tables import code, failing_school, primary_school, whole

SMALLEST = """state: ./state
sources:
  - name: city
    path: ./drop/city
    counties: all
channels:
  - name: office
    type: webhook
    url: http://127.0.0.1:9/hook
alerts:
  - notify: [office]
"""
RESULT = {"period", "indicator", "entity", "stage", "value", "numerator", "denominator", "threshold", "verdict", "gap", "estimated",
          "provisional", "plugin"}
SUBMISSION = {"id", "file", "sha256", "source", "dataset", "period", "state", "rows_ok", "rows_bad", "received_at"}
ERROR = {"sheet", "row", "column", "cell", "code", "message"}
ALERT = {"id", "indicator", "entity", "stage", "period", "severity", "state", "value", "threshold", "opened_at", "resolved_at"}
BROKEN = primary_school(3, 县级及以上骨干教师数=999)


@pytest.fixture
def smallest(daemon):
    daemon.config.write_text(SMALLEST)
    return daemon


@pytest.fixture
def loaded(daemon):
    daemon.put(f"学校资源_{tables.YEAR}.csv", whole([primary_school(1), failing_school(2), BROKEN]))
    assert daemon.once()[0] == 0
    return daemon


# ---- configuration and commands ----

def test_the_smallest_configuration_works_as_it_stands(smallest):
    assert command(smallest, "check").returncode == 0
    smallest.put("名册.csv", tables.roster([primary_school(1), failing_school(2)]))
    smallest.put("资源.csv", tables.resource([primary_school(1), failing_school(2)]))
    exit_code, stderr = smallest.once()
    assert exit_code == 0 and "1" in stderr  # nobody listens on port 9: one message stays
    assert {s["state"] for s in submissions(smallest)} == {"stored"}
    assert one(smallest, "resource.school_rule", code(2), "primary")["verdict"] == "fail"


def test_keys_of_json(loaded):
    found = junheng(loaded, "results")
    assert found and all(RESULT <= set(r) for r in found)
    assert all(SUBMISSION <= set(s) for s in submissions(loaded))
    errors = junheng(loaded, "errors", submissions(loaded)[0]["id"])
    assert errors and all(ERROR <= set(e) for e in errors)
    assert alerts(loaded) and all(ALERT <= set(a) for a in alerts(loaded))
    assert isinstance(junheng(loaded, "status"), dict)
    for name in ("plugins", "datasets"):
        assert isinstance(junheng(loaded, name), list)
    assert {d["id"] for d in junheng(loaded, "datasets")} >= {"school", "school_resource"}
    shown = junheng(loaded, "alerts", "show", alerts(loaded)[0]["id"])
    assert ALERT <= set(shown)
    assert junheng(loaded, "alerts", "list") == alerts(loaded)


def test_filters_of_results(loaded):
    everything = junheng(loaded, "results")
    for filters in ({"period": "2025-2026"}, {"indicator": "resource.sports_area"}, {"entity": code(2)}, {"stage": "primary"}, {"verdict": "fail"}):
        found = list(results(loaded, **filters).values())
        [(key, value)] = filters.items()
        assert found == [r for r in everything if r[key] == value], filters
    assert junheng(loaded, "results", "--period", "2019-2020") == []


def test_an_error_names_sheet_row_column_cell_and_what_was_expected(loaded):
    [e] = [e for e in junheng(loaded, "errors", submissions(loaded)[0]["id"]) if e["row"]]
    column = list(BROKEN).index("县级及以上骨干教师数")
    assert (e["row"], e["column"], e["cell"]) == (4, "县级及以上骨干教师数", f"{chr(ord('A') + column)}4")
    assert "999" in e["message"] and "专任教师总人数" in e["message"] and code(3) in str(e)


def test_explain_gives_formula_cells_threshold_with_clause_and_gap(loaded):
    e = explain(loaded, "resource.sports_area", code(2), "--stage", "primary", "--period", "2025-2026")
    assert (e["verdict"], e["value"], e["gap"], e["threshold"]) == ("fail", 1.0, 2600.0, 7.5)
    assert e["formula"] and "第（五）项" in e["standard"]["clause"] and "教督〔2017〕6号" in e["standard"]["document"]
    assert all({"file", "sheet", "row", "cell"} <= set(i) for i in e["inputs"])
    ground = next(i for i in e["inputs"] if i["column"] == "校内体育场面积")
    assert ground["row"] == 3 and ground["cell"].endswith("3") and ground["value"] == 400


def test_explain_of_a_cv_shows_who_drives_it(loaded):
    e = explain(loaded, "resource.sports_area.cv", tables.COUNTY)
    # x = 10 and 1 of 400 pupils each: mean 5.5, S 4.5; each has half of S²; without one there is nothing left to differ
    assert e["value"] == pytest.approx(4.5 / 5.5, rel=1e-9)
    assert code(1) in str(e) and code(2) in str(e)


@pytest.mark.parametrize("text,place,says", [
    ("state: ./state\nsources:\n  - name: city\n    path: ./drop\n    countys: all\n", ":5:5:", "countys"),
    ("state: ./state\nsources:\n  - name: city\n    path: ./drop\n", ":3:", "counties"),
    ("state: ./state\nsources: city\n", ":2:10:", ""),
    ("state: [\n", ":2:1:", ""),
    (SMALLEST.replace("[office]", "[offise]"), ":11:", "offise"),
    (SMALLEST.replace("webhook", "weebhook"), ":8:11:", "weebhook"),
    (SMALLEST + "rescan: soon\n", ":12:9:", "soon"),
    (SMALLEST + "standards: [./no.yaml]\n", ":12:", "no.yaml"),
    (SMALLEST + "due: {school_resource: 13-45}\n", ":12:", "13-45"),
    (SMALLEST + "due: {no_such_table: 10-20}\n", ":12:7:", "no_such_table"),
    (SMALLEST.replace("counties: all", "counties: all\n    datasets: [schools]"), ":6:16:", "schools"),
    (SMALLEST + "    indicators: [resorce]\n", ":12:18:", "resorce"),
    (SMALLEST + "timezone: Mars/Olympus\n", ":12:11:", "Mars/Olympus"),
])
def test_check_says_file_line_column_and_ends_with_1(daemon, text, place, says):
    daemon.config.write_text(text)
    for language in ("en", "zh_CN"):
        run = command(daemon, "check", LANGUAGE=language)
        assert run.returncode == 1, (run.stdout, run.stderr)
        assert f"junheng.yaml{place}" in run.stderr and says in run.stderr, run.stderr
    assert daemon.once()[0] == 78  # EX_CONFIG


def test_a_plugin_that_is_not_there_is_named_with_its_place_and_stops_nothing(daemon):
    daemon.config.write_text(SMALLEST + "plugins: [resource, nobody]\n")
    run = command(daemon, "check")
    assert run.returncode == 1 and "junheng.yaml:12:21" in run.stderr and "nobody" in run.stderr, run.stderr
    daemon.put("a.csv", whole([primary_school(1)]))
    assert daemon.once()[0] == 0
    assert results(daemon)


def test_a_mailbox_may_have_a_name(daemon):
    daemon.config.write_text(SMALLEST.replace("type: webhook\n    url: http://127.0.0.1:9/hook",
                                              "type: smtp\n    host: mail.example.cn\n    from: 督导室 <a@example.cn>\n    to: [王敏 <b@example.cn>]"))
    assert command(daemon, "check").returncode == 0


def test_a_configuration_that_is_not_there(daemon):
    daemon.config.unlink()
    run = command(daemon, "check")
    assert run.returncode == 1 and "junheng.yaml" in run.stderr
    assert command(daemon, "results").returncode in (66, 78)


@pytest.mark.parametrize("arguments,exit_code", [
    (["nonsense"], 64), ([], 64), (["results", "--colour"], 64), (["results", "--verdict", "good"], 64), (["explain"], 64), (["errors"], 64),
    (["explain", "resource.sports_area", "nobody"], 66), (["errors", "S-1"], 66), (["template", "nobody", "-o", "x.xlsx"], 64),
    (["alerts", "ack", "2026-0001"], 69), (["reload"], 69), (["--help"], 0), (["results", "--help"], 0), (["--version"], 0)])
def test_exit_codes_follow_sysexits(loaded, arguments, exit_code):
    run = command(loaded, *arguments)
    assert run.returncode == exit_code, (run.stdout, run.stderr)
    assert (run.stderr if exit_code else run.stdout).strip()


def test_a_user_who_can_only_read_the_state_folder_sees_everything(loaded):
    if os.geteuid() != 0:
        pytest.skip("needs another user")
    reachable = loaded.folder
    while reachable != reachable.parent:  # pytest's folders are closed to others
        reachable.chmod(0o755) if str(reachable).startswith("/tmp/pytest") else None
        reachable = reachable.parent
    before = sorted(p.name for p in loaded.state.iterdir())
    subprocess.run(["chmod", "-R", "a+rX", loaded.folder], check=True)
    for arguments in (["status"], ["submissions"], ["results"], ["alerts"], ["plugins"], ["explain", "resource.sports_area", code(2)]):
        run = subprocess.run([BUILD / "daemon" / "junheng", "--config", loaded.config, "--json", *arguments], capture_output=True, text=True,
                             user=65534, group=65534, extra_groups=[], env=loaded.environment())
        assert run.returncode == 0 and len(run.stdout) > 20, (arguments, run.stderr)
    assert sorted(p.name for p in loaded.state.iterdir()) == before


def test_once_leaves_the_exit_code_0_for_files_that_are_refused(daemon):
    daemon.put("菜单.csv", "日期,早餐\n10月13日,稀饭\n".encode())
    daemon.put("坏.xlsx", b"PK\x03\x04 half a workbook")
    assert daemon.once()[0] == 0
    assert {s["state"] for s in submissions(daemon)} == {"rejected"}
    assert daemon.lying() == []


# ---- files ----

ROWS = [primary_school(1), failing_school(2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_encoding_with_every_separator(daemon, encoding, delimiter):
    daemon.put("资源.csv", whole(ROWS, encoding, delimiter))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    if encoding == "utf-16":  # not promised: refused, and the receipt says what to do
        assert s["state"] in ("stored", "rejected") and (s["state"] == "stored" or "UTF-8" in s["message"]), s
        return
    assert (s["state"], s["rows_ok"], s["rows_bad"]) == ("stored", 2, 0), s
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "fail"


def workbook(sheets):
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def wide_rows(rows):
    headers = list(dict.fromkeys(h for r in rows for h in r))
    return [headers] + [[r.get(h) for h in headers] for r in rows]


def test_a_workbook_as_offices_send_it(daemon):
    table = wide_rows([{k: v for k, v in r.items() if k not in ("学年",)} for r in ROWS])
    n = len(table[0])
    table[0] = [h.replace("人数", " 人\n数 ").replace("（账面原值）", "（账面原值）（万元）") for h in table[0]]
    sheet = [["临江区义务教育学校资源配置情况（2025-2026学年）"], ["单位：人、平方米"], table[0], ["甲", "乙"] + list(range(1, n - 1)), table[1], [],
             table[0], table[2], ["合计"] + [None] * 3 + [800] * (n - 4), ["…"], ["注：学生人数按 9 月 1 日在籍学生填报。"]]
    daemon.put("上报.xlsx", workbook([("封面", [["临江区教育局"]]), ("学校资源", sheet), ("说明", [["填表说明"], ["一、按实填写"]])]))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    assert (s["state"], s["rows_ok"], s["rows_bad"]) == ("stored", 2, 0), (s, junheng(daemon, "errors", s["id"]))
    assert s["period"] == "2025-2026"
    assert one(daemon, "resource.equipment_value", code(1), "primary")["value"] == 3000


def test_one_workbook_may_feed_several_datasets(daemon):
    roster = [tables.ROSTER] + [[r[h] for h in tables.ROSTER] for r in ROWS]
    daemon.put("全部.xlsx", workbook([("学校名册", roster), ("学校资源", wide_rows(ROWS))]))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    assert (s["state"], s["rows_ok"], s["rows_bad"]) == ("stored", 4, 0), s
    assert one(daemon, "resource.sports_area.cv", tables.COUNTY, "primary")["detail"]["coverage"]["known"]


def test_numbers_as_people_write_them(daemon):
    row = {k: str(v) for k, v in primary_school(1).items()}
    row |= {"小学学生人数": "４００", "校内体育场面积": "3,600.00", "学校体育馆面积": "400㎡", "教学仪器设备资产值（账面原值）": " 120 ", "网络多媒体教室间数": "20间"}
    daemon.put("资源.csv", whole([row]))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    assert (s["state"], s["rows_ok"]) == ("stored", 1), (s, junheng(daemon, "errors", s["id"]))
    assert one(daemon, "resource.sports_area", code(1), "primary")["value"] == 10


def test_units_in_the_header_are_converted(daemon):
    row = primary_school(1)
    row["教学仪器设备资产值（元）"] = 900000
    del row["教学仪器设备资产值（账面原值）"]
    daemon.put("资源.csv", whole([row]))
    assert daemon.once()[0] == 0
    assert one(daemon, "resource.equipment_value", code(1), "primary")["value"] == 900000 / 400


@pytest.mark.parametrize("name,period", [("资源_2025.csv", "2025-2026"), ("资源2024-2025.csv", "2024-2025"), ("2023学年资源.csv", "2023-2024"),
                                         ("资源（2022—2023学年度）.csv", "2022-2023")])
def test_the_year_comes_from_the_files_name(smallest, name, period):
    smallest.put(name, whole([{k: v for k, v in r.items() if k != "学年"} for r in ROWS]))
    assert smallest.once()[0] == 0
    assert (submissions(smallest)[0]["state"], submissions(smallest)[0]["period"]) == ("stored", period)


def test_without_any_year_the_file_is_refused_with_that_reason(smallest):
    smallest.put("资源.csv", whole([{k: v for k, v in r.items() if k != "学年"} for r in ROWS]))
    assert smallest.once()[0] == 0
    s = submissions(smallest)[0]
    assert s["state"] == "rejected" and "学年" in s["message"] and "2025-2026" in s["message"], s


def test_a_destroyed_code_is_refused_with_a_hint(daemon):
    daemon.put("资源.csv", whole([primary_school(1), primary_school(2, 学校代码="1.1E+09")]))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    assert (s["rows_ok"], s["rows_bad"]) == (1, 1)
    [e] = [e for e in junheng(daemon, "errors", s["id"]) if e["row"]]
    assert "科学计数" in e["message"] and "文本" in e["message"], e


def test_a_source_that_may_hand_in_one_dataset_only(daemon):
    daemon.config.write_text(daemon.config.read_text().replace("counties: all", "counties: all\n    datasets: [school_resource]"))
    daemon.put("名册.csv", tables.roster(ROWS))
    assert daemon.once()[0] == 0
    assert submissions(daemon)[0]["state"] == "rejected", submissions(daemon)[0]


def test_a_duplicate_says_of_what(loaded):
    loaded.put("又一份.csv", whole([primary_school(1), failing_school(2), BROKEN]))
    assert loaded.once()[0] == 0
    s = submissions(loaded)[0]
    assert (s["state"], s["dataset"], s["period"]) == ("duplicate", "school_resource", "2025-2026")


def test_the_table_names_its_county_until_a_roster_does(loaded):
    assert {r["name"] for r in junheng(loaded, "results", "--entity", tables.COUNTY)} == {"临江区"}
    assert not [e for e in junheng(loaded, "errors", submissions(loaded)[0]["id"]) if e["code"] == "header_unknown"]


def test_status_in_chinese_is_chinese(loaded):
    text = command(loaded, "status", LANGUAGE="zh_CN").stdout
    assert "已入库 1" in text and "未处理" in text and "stored" not in text and "firing" not in text, text


COUNTY_FORM = {"区县名称": "临江区", "区县代码": "990101", "填报年度": 2025, "规定的小学生均公用经费标准": 1150, "规定的初中生均公用经费标准": 1350,
               "特殊教育学校经费总额": 800000, "特殊教育学校学生人数": 100, "上年度义务教育学校教师年平均工资收入水平（不含民办学校）": 11.5,
               "当地公务员年平均工资收入": 11.2, "符合交流条件教师总数": 1000, "实际交流轮岗教师数": 120, "实际交流骨干教师数量": 30,
               "优质高中招生计划总人数": 2000, "优质高中招生分配指标数": 1200, "向农村学校分配指标数": 300, "符合条件的随迁子女总人数": 500,
               "在县域内公办学校就读的随迁子女人数": 300, "在政府购买服务的民办学校就读随迁子女人数": 150, "适龄残疾儿童少年总数": 131,
               "适龄残疾儿童少年入学总人数": 130}


@pytest.mark.parametrize("changes,state", [({}, "stored"), ({"实际交流轮岗教师数": 1001}, "rejected"), ({"当地公务员年平均工资收入": None}, "stored")])
def test_the_vertical_county_form(daemon, changes, state):
    units = {"规定的小学生均公用经费标准": "元", "特殊教育学校经费总额": "元", "上年度义务教育学校教师年平均工资收入水平（不含民办学校）": "万元", "当地公务员年平均工资收入": "万元"}
    rows = [["序号", "类别", "填报项目", "单位", "填报值", "是否必填", "备注说明"]]
    rows += [[i, "县级", item, units.get(item), value, "是", None] for i, (item, value) in enumerate((COUNTY_FORM | changes).items(), 1)]
    daemon.put("临江区.xlsx", workbook([("区县填报数据", rows)]))
    assert daemon.once()[0] == 0
    s = submissions(daemon)[0]
    assert (s["state"], s["dataset"], s["period"]) == (state, "county_year", "2025"), (s, junheng(daemon, "errors", s["id"]))
    complaints = [e for e in junheng(daemon, "errors", s["id"]) if e["level"] in ("refuse", "missing")]
    assert len(complaints) == len(changes), complaints
    if state == "stored" and not changes:
        assert daemon.rows("SELECT teacher_pay, special_funding FROM d_county_year") == [(115000, 800000)]


def test_the_template_reads_back_without_a_complaint(daemon):
    from openpyxl import load_workbook

    for dataset, row in (("school_resource", primary_school(1)), ("school", primary_school(1))):
        path = daemon.folder / f"{dataset}.xlsx"
        assert command(daemon, "template", dataset, "-o", path).returncode == 0
        book = load_workbook(path)
        sheet = book.worksheets[0]
        at = next(r for r in range(1, 20) if any(c.value and str(c.value).startswith("学校代码") for c in sheet[r]))
        headers = {str(c.value).split("（")[0] if str(c.value).startswith("教学仪器") else str(c.value): c.column for c in sheet[at] if c.value}
        below = at + 1
        for header, value in row.items():
            column = headers.get(header) or next((c for h, c in headers.items() if h.startswith(header.split("（")[0]) and "（小学）" not in h and "（初中）" not in h), None)
            if column:
                sheet.cell(below, column).value = value
        book.save(path)
        daemon.put(f"{dataset}_{tables.YEAR}.xlsx", path.read_bytes())
        assert daemon.once()[0] == 0
        s = submissions(daemon)[0]
        assert (s["state"], s["dataset"], s["rows_ok"], s["rows_bad"]) == ("stored", dataset, 1, 0), (s, junheng(daemon, "errors", s["id"]))


# ---- standards ----

PROVINCE = """title: 某省标准
document: 浙教督〔2025〕1号
issued: 2025-01-01
thresholds:
  - {indicator: resource.sports_area, primary: 12, clause: 第三条}
"""


def test_a_province_overrides_one_number_and_rejudges_on_reload_without_a_run(daemon):
    daemon.start()
    daemon.put("资源.csv", whole([primary_school(1), primary_school(2)]))
    daemon.wait_idle()
    assert one(daemon, "resource.sports_area", code(1), "primary")["verdict"] == "pass"
    runs = daemon.rows("SELECT count(*) FROM run WHERE outcome = 'ok'")
    (daemon.folder / "province.yaml").write_text(PROVINCE)
    daemon.config.write_text(daemon.config.read_text() + "standards: [national-2017, ./province.yaml]\n")
    assert command(daemon, "reload").returncode == 0
    daemon.wait_idle()
    r = one(daemon, "resource.sports_area", code(1), "primary")
    assert (r["threshold"], r["verdict"], r["gap"]) == (12, "fail", 800)  # 12·400 − 4000
    assert one(daemon, "resource.teaching_area", code(1), "primary")["threshold"] == 4.5
    assert daemon.rows("SELECT count(*) FROM run WHERE outcome = 'ok'") == runs  # judged anew, not computed
    e = explain(daemon, "resource.sports_area", code(1))
    assert (e["standard"]["document"], e["standard"]["clause"]) == ("浙教督〔2025〕1号", "第三条")
    assert any("标准调整" in str(body) for _, body in daemon.sink.messages), daemon.sink.messages
