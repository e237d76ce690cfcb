# SPDX-License-Identifier: Apache-2.0
"""Small tables of a made-up county, as bytes of a file."""
import csv
import io

YEAR = "2025-2026"
COUNTY = "990101"
ROSTER = ["学年", "区县代码", "区县名称", "学校代码", "学校名称", "学校类型", "办学性质", "城乡类型"]
RESOURCE = ["学年", "区县代码", "学校代码", "学校名称", "学校类型", "小学学生人数", "班级总数", "专任教师总人数", "专科学历教师人数（小学）",
            "本科学历教师人数（小学）", "硕士学历教师人数（小学）", "博士研究生学历教师人数（小学）", "县级及以上骨干教师数", "体育专任教师人数",
            "音乐专任教师人数", "美术专任教师人数", "教学及辅助用房总面积", "室内体育用房面积", "学校体育馆面积", "校内体育场面积",
            "教学仪器设备资产值（账面原值）", "网络多媒体教室间数"]


def code(n, county=COUNTY):
    return f"{county}{n:04d}"


def primary_school(n, county=COUNTY, pupils=400, **changes):
    """A primary school that meets every standard, but for `changes` (by header)."""
    row = {"学年": YEAR, "区县代码": county, "区县名称": "临江区", "学校代码": code(n, county), "学校名称": f"第{n}小学", "学校类型": "小学",
           "办学性质": "公办", "城乡类型": "城区", "小学学生人数": pupils, "班级总数": max(1, pupils // 40), "专任教师总人数": pupils // 15,
           "专科学历教师人数（小学）": 1, "本科学历教师人数（小学）": pupils // 15 - 1, "硕士学历教师人数（小学）": 0, "博士研究生学历教师人数（小学）": 0,
           "县级及以上骨干教师数": pupils // 80, "体育专任教师人数": pupils // 100, "音乐专任教师人数": pupils // 200,
           "美术专任教师人数": pupils // 200, "教学及辅助用房总面积": pupils * 6, "室内体育用房面积": pupils, "学校体育馆面积": pupils,
           "校内体育场面积": pupils * 9, "教学仪器设备资产值（账面原值）": pupils * 0.3, "网络多媒体教室间数": pupils // 20}
    row.update(changes)
    return row


def failing_school(n, county=COUNTY):
    """Too little sports ground, and too few teachers of physical education and arts."""
    return primary_school(n, county, 校内体育场面积=400, 学校体育馆面积=0, 室内体育用房面积=0, 体育专任教师人数=1, 音乐专任教师人数=0, 美术专任教师人数=0)


def to_csv(rows, headers, encoding="utf-8-sig"):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerows([[row.get(h, "") for h in headers] for row in rows])
    return text.getvalue().encode(encoding)


def roster(rows, encoding="utf-8-sig"):
    return to_csv(rows, ROSTER, encoding)


def resource(rows, encoding="utf-8-sig"):
    return to_csv(rows, RESOURCE, encoding)


def resource_xlsx(rows):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "学校资源"
    sheet.append(["临江区义务教育学校资源配置情况"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(RESOURCE))
    sheet.append(RESOURCE)
    for row in rows:
        sheet.append([row.get(h) for h in RESOURCE])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def whole(rows, encoding="utf-8-sig", delimiter=","):
    """A wide table with every column that any of the rows has, in the order of their appearance."""
    headers = list(dict.fromkeys(h for row in rows for h in row))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(headers)
    writer.writerows([[row.get(h, "") for h in headers] for row in rows])
    return text.getvalue().encode(encoding)


def stage_school(n, kind, primary=None, junior=None, senior=None, county=COUNTY, **changes):
    """A school of any type whose totals are round: ground 9000 ㎡, teaching 6000 ㎡ of which 1000 ㎡ sports hall, 300 万元, 40 rooms."""
    row = {"学年": YEAR, "区县代码": county, "区县名称": "临江区", "学校代码": code(n, county), "学校名称": f"第{n}学校", "学校类型": kind,
           "办学性质": "公办", "城乡类型": "城区", "小学学生人数": primary, "初中学生人数": junior, "高中学生人数": senior, "班级总数": 20,
           "专任教师总人数": 90, "专科学历教师人数（小学）": 2 if primary else None, "本科学历教师人数（小学）": 30 if primary else None,
           "硕士学历教师人数（小学）": 2 if primary else None, "博士研究生学历教师人数（小学）": 0 if primary else None,
           "本科学历教师人数（初中）": 28 if junior else None, "硕士学历教师人数（初中）": 4 if junior else None,
           "博士研究生学历教师人数（初中）": 0 if junior else None, "县级及以上骨干教师数": 12, "体育专任教师人数": 6, "音乐专任教师人数": 3,
           "美术专任教师人数": 3, "教学及辅助用房总面积": 6000, "室内体育用房面积": 1000, "学校体育馆面积": 1000, "校内体育场面积": 9000,
           "教学仪器设备资产值（账面原值）": 300, "网络多媒体教室间数": 40}
    row.update(changes)
    return {k: "" if v is None else v for k, v in row.items()}
