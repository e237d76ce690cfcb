# SPDX-License-Identifier: Apache-2.0
"""Templates as clerks use them: filled in, dropped, no complaint; dropped empty, refused kindly."""
import io
import subprocess

import pytest
import tables
from conftest import BUILD, BOUND
from openpyxl import load_workbook
from test_correction import facts, hand_in, one_county, receipt

EXPLANATIONS = "填报说明"


def template(daemon, dataset):
    path = daemon.folder / f"{dataset}.xlsx"
    run = subprocess.run([BUILD / "daemon" / "junheng", "--config", daemon.config, "template", dataset, "-o", path],
                         capture_output=True, text=True, env=daemon.environment(), timeout=BOUND)
    assert run.returncode == 0, run.stderr
    return path


def headers(sheet):
    """Column titles without their unit, to columns."""
    return {str(c.value).split("（万元")[0].split("（人")[0].split("（㎡")[0].split("（个")[0].split("（间")[0].split("（年")[0]: c.column
            for c in sheet[1]}


def fill(path, rows):
    book = load_workbook(path)
    sheet = book.worksheets[0]
    at = headers(sheet)
    for i, row in enumerate(rows):
        for title, value in row.items():
            assert title in at, (title, sorted(at))
            sheet.cell(2 + i, at[title]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def complaints(daemon):
    return daemon.rows("SELECT s.file, e.level, e.code, e.message FROM submission_error e JOIN submission s ON s.id = e.submission")


PRIMARY = tables.primary_school(1) | {"家庭住址在划片范围内的在校学生人数（小学）": 390}
PRIMARY.pop("区县名称")
STAGES = {"初中学生人数": 300, "家庭住址在划片范围内的在校学生人数（初中）": 280, "本科学历教师人数（初中）": 20, "硕士学历教师人数（初中）": 5, "博士研究生学历教师人数（初中）": 0, "本届毕业学生人数": 100,
          "毕业年级初一时在校学生数": 101, "毕业年级三年转入学生数": 1, "毕业年级三年转出学生数": 2, "毕业年级三年死亡学生数": 0}
NINE = PRIMARY | {"学校代码": tables.code(2), "学校名称": "第2学校", "学校类型": "九年一贯制学校", "专任教师总人数": 51, "班级总数": 18} | STAGES
SENIOR = PRIMARY | {"学校代码": tables.code(3), "学校名称": "第3中学", "学校类型": "完全中学", "高中学生人数": 200, "专任教师总人数": 51, "班级总数": 18} | STAGES
for k in ("小学学生人数", "家庭住址在划片范围内的在校学生人数（小学）", "专科学历教师人数（小学）", "本科学历教师人数（小学）", "硕士学历教师人数（小学）", "博士研究生学历教师人数（小学）"):
    SENIOR.pop(k)


def test_a_template_filled_in_with_schools_of_different_types_reads_back_without_a_complaint(daemon):
    one_county(daemon)
    roster = [{k: s[k] for k in ("学年", "区县代码", "学校代码", "学校名称", "学校类型", "办学性质", "城乡类型")} | {"区县名称": "临江区", "是否寄宿制学校": "否"}
              for s in (PRIMARY, NINE, SENIOR)]
    hand_in(daemon, "名册.xlsx", fill(template(daemon, "school"), roster))
    hand_in(daemon, "资源.xlsx", fill(template(daemon, "school_resource"), [PRIMARY, NINE, SENIOR]))
    assert complaints(daemon) == [], receipt(daemon)
    assert [s[1:] for s in daemon.submissions()] == [("stored", 3, 0)] * 2
    assert facts(daemon, ["equipment_value"]) == {tables.code(n): (1200000.0,) for n in (1, 2, 3)}


@pytest.mark.parametrize("dataset", ["school", "school_resource"])
def test_an_empty_template_is_refused_kindly(daemon, dataset):
    hand_in(daemon, "空表.xlsx", template(daemon, dataset).read_bytes())
    assert daemon.submissions()[0][1:] == ("rejected", 0, 0)
    assert "请填好后重新报送" in receipt(daemon) or "没有数据行" in receipt(daemon), receipt(daemon)
    assert not [n for n in daemon.receipts() if "待更正" in n]


@pytest.mark.parametrize("dataset", ["school", "school_resource"])
def test_lists_comments_and_checks_stand_where_excel_finds_them(daemon, dataset):
    book = load_workbook(template(daemon, dataset))
    data, notes = book.worksheets
    assert notes.title == EXPLANATIONS and data.freeze_panes == "B2" or data.freeze_panes
    assert all(c.comment and c.comment.text for c in data[1])
    rules = {v.sqref.ranges[0].min_col: v for v in data.data_validations.dataValidation}
    at = {c.value: c.column for c in data[1]}
    types = rules[at["学校类型"]]
    assert types.type == "list" and (len(types.formula1) <= 257 or types.formula1.startswith(f"'{EXPLANATIONS}'") or "!" in types.formula1)
    assert all(v.type != "list" or "!" in v.formula1 or len(v.formula1.encode()) <= 257 for v in rules.values())
    for v in rules.values():
        if v.type == "list" and "!" in v.formula1:
            sheet, cells = v.formula1.lstrip("=").replace("$", "").replace("'", "").split("!")
            assert all(c.value for row in book[sheet][cells] for c in row)


def test_an_explicit_output_is_written_over_and_a_bad_one_is_named(daemon):
    assert template(daemon, "school") == template(daemon, "school")
    run = subprocess.run([BUILD / "daemon" / "junheng", "--config", daemon.config, "template", "school", "-o", daemon.folder / "no" / "x.xlsx"],
                         capture_output=True, text=True, env=daemon.environment(), timeout=BOUND)
    assert run.returncode != 0 and "x.xlsx" in run.stderr
