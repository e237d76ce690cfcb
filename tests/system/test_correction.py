# SPDX-License-Identifier: Apache-2.0
"""The correction file: only its red cells are corrected, it comes back under any name, and all is as if the first file had been right."""
import csv
import io

import tables
from openpyxl import Workbook, load_workbook

RED = "FFFFC7CE"


def receipt(daemon, number=-1):
    names = sorted(n for n in daemon.receipts() if n.endswith("_回执.txt"))
    return daemon.receipts()[names[number]].decode("utf-8-sig")


def correction(daemon):
    """The newest correction file's name and bytes."""
    name = sorted(n for n in daemon.receipts() if "待更正" in n)[-1]
    return name, daemon.receipts()[name]


def red_cells(book):
    return [c for sheet in book for row in sheet.iter_rows() for c in row if c.fill.fgColor.rgb == RED]


def correct(book, values):
    """Fills the red cells, by (key, header) or by header, and nothing else; every one must be asked for and say why."""
    cells = red_cells(book)
    left = dict(values)
    for c in cells:
        assert c.comment and c.comment.text, c.coordinate
        key = next(k for k in left if k(c))
        c.value = left.pop(key)
    assert not left, [c.coordinate for c in cells]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def at(sheet_row_contains, column_title):
    """A red cell in the row that holds a text, under a header that holds another."""
    def matches(c):
        row = [str(x.value) for x in c.parent[c.row]]
        above = [str(c.parent.cell(r, c.column).value) for r in range(1, c.row)]
        return any(sheet_row_contains in x for x in row) and any(column_title in x for x in above)
    return matches


def one_county(daemon, period="2024-2025"):
    """A source of one county. Its period is not what the files are of: their names say so."""
    daemon.write_config(period=period)
    daemon.config.write_text(daemon.config.read_text().replace("counties: all", f"counties: [{tables.COUNTY}]"))


def hand_in(daemon, name, data):
    daemon.put(name, data)
    code, stderr = daemon.once()
    assert code == 0, stderr


def facts(daemon, columns, dataset="school_resource"):
    names = ", ".join(f'"{c}"' for c in columns)
    return dict((r[0], r[1:]) for r in daemon.rows(
        f'SELECT c.text, {names} FROM "d_{dataset}" d JOIN code c ON c.id = d.school ORDER BY 1'))


def no_complaints(daemon):
    last = daemon.rows("SELECT max(id) FROM submission")[0][0]
    assert daemon.rows("SELECT level, code, message FROM submission_error WHERE submission = ?", last) == [], receipt(daemon)
    assert daemon.rows("SELECT state, rows_bad FROM submission WHERE id = ?", last) == [("stored", 0)], receipt(daemon)


WIDE = ["学校代码", "学校名称", "学校类型", "小学学生人数", "班级总数", "专任教师总人数", "专科学历教师人数（小学）", "本科学历教师人数（小学）",
        "硕士学历教师人数（小学）", "博士研究生学历教师人数（小学）", "县级及以上骨干教师数", "体育专任教师人数", "音乐专任教师人数", "美术专任教师人数",
        "教学及辅助用房总面积", "室内体育用房面积", "学校体育馆面积", "校内体育场面积", "教学仪器设备资产值（账面原值）", "网络多媒体教室间数"]


def wide_book(rows):
    """Title, unit line in 元, header of two rows with merged cells, total and note below."""
    book = Workbook()
    sheet = book.active
    sheet.title = "学校资源"
    sheet.append(["临江区义务教育学校资源配置情况"])
    sheet.merge_cells("A1:T1")
    sheet.append([None] * 17 + ["单位：人、平方米、元"])
    groups = {4: "学生和班级", 6: "教师", 15: "场馆与设备"}
    sheet.append([WIDE[i] if i < 3 else groups.get(i + 1) for i in range(len(WIDE))])
    sheet.append([None if i < 3 else WIDE[i] for i in range(len(WIDE))])
    for column in "ABC":
        sheet.merge_cells(f"{column}3:{column}4")
    for span in ("D3:E3", "F3:N3", "O3:T3"):
        sheet.merge_cells(span)
    for row in rows:
        sheet.append([row.get(h) for h in WIDE])
    sheet.append(["合计"] + [None] * 2 + [sum(r["小学学生人数"] for r in rows)])
    sheet.append(["注：数据截至 9 月 1 日"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def in_yuan(n, **changes):
    row = tables.primary_school(n, **changes)
    row["教学仪器设备资产值（账面原值）"] = row["教学仪器设备资产值（账面原值）"] * 10000
    return row


def test_a_workbook_with_its_unit_line_and_merged_header_comes_back_and_is_complete(daemon):
    one_county(daemon)
    rows = [in_yuan(n) for n in range(1, 7)]
    rows[1]["县级及以上骨干教师数"] = 900
    rows[2]["校内体育场面积"] = None
    rows[3]["学校代码"] = "9.9E+09"
    hand_in(daemon, "临江区_学校资源_2025-2026.xlsx", wide_book(rows))
    assert daemon.submissions()[-1][2:] == (4, 2), receipt(daemon)
    columns = ["pupils_primary", "backbone_teachers", "sports_ground_area", "equipment_value", "_row"]
    before = facts(daemon, columns)

    name, data = correction(daemon)
    assert name.endswith(".xlsx")
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["学校资源"]
    sheet = book.active
    assert sheet.max_row == 3 + 3 and sheet.freeze_panes == "A4"
    assert {str(r) for r in sheet.merged_cells.ranges} >= {"A2:A3", "D2:E2", "O2:T2"}
    hand_in(daemon, "改好的.xlsx", correct(book, {
        at("第2小学", "骨干"): 5, at("第3小学", "体育场"): 3600, at("第4小学", "学校代码"): tables.code(4)}))

    no_complaints(daemon)
    after = facts(daemon, columns)
    assert sorted(after) == [tables.code(n) for n in range(1, 7)]
    assert {v[0:4] for v in after.values()} == {(400, 5, 3600.0, 1200000.0)}
    for n in (1, 5, 6):
        assert after[tables.code(n)] == before[tables.code(n)]
    assert daemon.rows("SELECT period FROM submission ORDER BY id") == [("2025-2026",)] * 2


def test_a_gb18030_csv_comes_back_as_csv_that_excel_reads(daemon):
    rows = [tables.primary_school(n) for n in range(1, 5)]
    rows[0]["县级及以上骨干教师数"] = 900
    rows[1]["专任教师总人数"] = "约30"
    rows[2]["学校名称"] = "㐂田小学, 东\"校区\""
    rows[2]["网络多媒体教室间数"] = ""
    rows[3]["学校名称"] = "=1+1"
    rows[3]["网络多媒体教室间数"] = ""
    headers = [h for h in tables.RESOURCE if h != "学年"]
    hand_in(daemon, "学校资源_2025-2026.csv", tables.to_csv(rows, headers, "gb18030"))
    name, data = correction(daemon)
    assert name.endswith(".csv") and data.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [r["学校名称"] for r in read] == ["第1小学", "第2小学", rows[2]["学校名称"], "'=1+1"]
    read[0]["县级及以上骨干教师数"] = 5
    read[1]["专任教师总人数"] = 26
    read[2]["网络多媒体教室间数"] = read[3]["网络多媒体教室间数"] = 20
    hand_in(daemon, "x.csv", tables.to_csv(read, read[0].keys()))
    no_complaints(daemon)
    after = facts(daemon, ["backbone_teachers", "teachers", "multimedia_rooms", "school_name"])
    assert {v[:3] for v in after.values()} == {(5, 26, 20)}
    assert after[tables.code(4)][3] == "=1+1" and after[tables.code(3)][3] == rows[2]["学校名称"]


FORM = [("学校代码", "", tables.code(1)), ("学校名称", "", "第1小学"), ("学校类型", "", "小学"), ("小学学生人数", "人", 400),
        ("班级总数", "个", 10), ("专任教师总人数", "人", 26), ("专科学历教师人数（小学）", "人", 1), ("本科学历教师人数（小学）", "人", 25),
        ("硕士学历教师人数（小学）", "人", 0), ("博士研究生学历教师人数（小学）", "人", 0), ("县级及以上骨干教师数", "人", 5),
        ("体育专任教师人数", "人", 4), ("音乐专任教师人数", "人", 2), ("美术专任教师人数", "人", 2), ("教学及辅助用房总面积", "㎡", 2400),
        ("室内体育用房面积", "㎡", 400), ("学校体育馆面积", "㎡", 400), ("校内体育场面积", "㎡", 3600),
        ("教学仪器设备资产值（账面原值）", "元", 1200000), ("网络多媒体教室间数", "间", 20)]


def form_book(**changes):
    book = Workbook()
    sheet = book.active
    sheet.title = "学校填报数据"
    sheet.append(["义务教育优质均衡学校填报表"])
    sheet.append(["序号", "类别", "填报项目", "单位", "填报值", "是否必填", "备注说明"])
    for i, (item, unit, value) in enumerate(FORM):
        sheet.append([i + 1, "基本情况" if i == 0 else None, item, unit, changes.get(item, value), "是", None])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_form_comes_back_whole_refused_or_with_items_missing(daemon):
    one_county(daemon)
    for file, changes, values in (
            ("第1小学_2025-2026.xlsx", {"县级及以上骨干教师数": 900}, {at("骨干", "填报值"): 5}),
            ("第1小学2025.xlsx", {"校内体育场面积": None, "班级总数": "十"}, {at("体育场", "填报值"): 3600, at("班级", "填报值"): 10})):
        hand_in(daemon, file, form_book(**changes))
        book = load_workbook(io.BytesIO(correction(daemon)[1]))
        assert book.active.max_row == 1 + len(FORM) + 1  # header, items, the year
        hand_in(daemon, "表格.xlsx", correct(book, values))
        no_complaints(daemon)
        after = facts(daemon, ["classes", "backbone_teachers", "sports_ground_area", "equipment_value"])
        assert after == {tables.code(1): (10, 5, 3600.0, 1200000.0)}
        assert daemon.rows("SELECT period FROM submission ORDER BY id DESC LIMIT 1") == [("2025-2026",)]


II_2 = ["序号", "学校名称", "举办者类型", "在校生数", "年级数", "班级数", "每百名学生拥有高于规定学历教师数", "每百名学生拥有县级及以上骨干教师数",
        "每百名学生拥有体育、艺术（美术、音乐）专任教师数", "生均教学及辅助用房面积（㎡）", "生均体育运动场馆面积（㎡）", "生均教学仪器设备值（元）",
        "每百名学生拥有网络多媒体教室数", "该校综合评估是否达标", "备注"]


def ratios(n, name, **changes):
    row = [n, name, 7, 500, 6, 12, 4.3, 1.2, 1.0, 4.6, 7.6, 2100, 2.4, "是", None]
    for i, h in enumerate(II_2):
        row[i] = changes.get(h, row[i])
    return row


def test_rows_of_ratios_come_back_under_their_stage_with_names_that_the_roster_knows(daemon):
    one_county(daemon)
    schools = [tables.primary_school(1, 学校名称="江北小学"), tables.primary_school(2, 学校名称="江南小学"),
               tables.primary_school(3, 学校名称="南岸学校", 学校类型="九年一贯制学校")]
    daemon.put("学校名册_2025-2026.csv", tables.roster(schools))
    assert daemon.once()[0] == 0
    book = Workbook()
    sheet = book.active
    sheet.title = "表Ⅱ-2"
    sheet.append(["表Ⅱ-2 2025-2026学年"])
    sheet.append(II_2)
    sheet.append(["小学"])
    sheet.append(ratios(1, "江北小学", 在校生数="很多"))
    sheet.append(ratios(2, "江南路小学"))
    sheet.append(ratios(3, "南岸学校"))
    sheet.append(["初中"])
    sheet.append(ratios(1, "南岸学校", **{"生均体育运动场馆面积（㎡）": "11平"}))
    out = io.BytesIO()
    book.save(out)
    hand_in(daemon, "表2-2.xlsx", out.getvalue())
    book = load_workbook(io.BytesIO(correction(daemon)[1]))
    print(receipt(daemon), [[c.value for c in row] for row in book.active.iter_rows()])
    hand_in(daemon, "y.xlsx", correct(book, {
        at("江北小学", "在校生"): 500, at("江南路小学", "学校名称"): "江南小学", at("11平", "体育运动"): 11}))
    last = daemon.rows("SELECT max(id) FROM submission")[0][0]
    left = daemon.rows("SELECT level, message FROM submission_error WHERE submission = ? AND level NOT IN ('note', 'ask')", last)
    assert [m for _, m in left if "没有列" not in m and "没有以下" not in m] == [], receipt(daemon)
    after = facts(daemon, ["pupils_primary", "pupils_junior"])
    assert after == {tables.code(1): (500, None), tables.code(2): (500, None), tables.code(3): (500, 500)}


def test_a_correction_of_many_rows_is_not_taken_for_a_table_that_lacks_the_others(daemon):
    rows = [tables.primary_school(n) for n in range(1, 11)]
    for row in rows[:7]:
        row["校内体育场面积"] = None
    hand_in(daemon, "学校资源_2025-2026.xlsx", tables.resource_xlsx(rows))
    book = load_workbook(io.BytesIO(correction(daemon)[1]))
    hand_in(daemon, "z.xlsx", correct(book, {at(f"第{n}小学", "体育场"): 3600 for n in range(1, 8)}))
    no_complaints(daemon)
    assert len(facts(daemon, ["sports_ground_area"])) == 10
    assert "作废" not in receipt(daemon)
