#!/usr/bin/env python3
"""Writes the tables of a made-up city: 3 counties, 60 schools, in CSV, GB18030 CSV and XLSX, with faults in them.

usage: city.py FOLDER      makes FOLDER/{linjiang,qinghe,wangshan}/...
Everything is invented; the same call always writes the same figures.
"""
import csv
import io
import random
import sys
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment

YEAR = "2025-2026"
COUNTIES = {
    "linjiang": ("990101", "临江区", 26),
    "qinghe": ("990102", "清河县", 22),
    "wangshan": ("990103", "望山县", 12),
}
WORDS = "东风 荆山 北塘 河东 月湖 南岸 西岭 育才 实验 朝阳 红旗 新华 光明 和平 龙泉 石桥 柳林 松溪 白云 青山 长安 永安 太平 凤凰 临水 高坪".split()

ROSTER = ["学年", "区县代码", "区县名称", "学校代码", "学校名称", "学校类型", "办学性质", "城乡类型", "责任督学"]
RESOURCE = [
    "学年", "区县代码", "学校代码", "学校名称", "学校类型", "城乡类型",
    "小学学生人数", "初中学生人数", "班级总数", "专任教师总人数", "专任教师人数（小学）", "专任教师人数（初中）",
    "专科学历教师人数（小学）", "本科学历教师人数（小学）", "本科学历教师人数（初中）", "硕士学历教师人数（小学）",
    "硕士学历教师人数（初中）", "博士研究生学历教师人数（小学）", "博士研究生学历教师人数（初中）",
    "县级及以上骨干教师数", "县级及以上骨干教师数（小学）", "县级及以上骨干教师数（初中）",
    "体育专任教师人数", "音乐专任教师人数", "美术专任教师人数",
    "体育专任教师人数（小学）", "体育专任教师人数（初中）", "音乐专任教师人数（小学）", "音乐专任教师人数（初中）",
    "美术专任教师人数（小学）", "美术专任教师人数（初中）",
    "教学及辅助用房总面积", "室内体育用房面积", "学校体育馆面积", "校内体育场面积",
    "教学仪器设备资产值（账面原值）", "网络多媒体教室间数",
]


def school(rng, county, name, number, kind):
    """One school as a dict by header: comfortable figures, which faults() then spoils."""
    primary = rng.randint(260, 1600) if kind != "初中" else 0
    junior = rng.randint(300, 1500) if kind != "小学" else 0
    area = rng.choice(["城区", "镇区", "乡村"])
    teachers = {"小学": round(primary / 16.5), "初中": round(junior / 12.5)}
    need = primary * 1.0 + junior * 1.1
    row = {
        "学年": YEAR, "区县代码": county[0], "区县名称": county[1], "学校代码": f"{county[0]}{number:04d}", "学校名称": name,
        "学校类型": kind, "办学性质": "公办", "城乡类型": area, "责任督学": rng.choice(["王敏", "李建国", "周丽", "陈志远"]),
        "小学学生人数": primary or "", "初中学生人数": junior or "",
        "班级总数": round(primary / 40 + junior / 45) or 1, "专任教师总人数": teachers["小学"] + teachers["初中"],
        "教学及辅助用房总面积": round(need * rng.uniform(6.3, 8.0), 1), "室内体育用房面积": round(need * 0.5, 1),
        "学校体育馆面积": round(need * 0.5, 1), "校内体育场面积": round(need * rng.uniform(10.3, 12.5), 1),
        "教学仪器设备资产值（账面原值）": round(need * rng.uniform(0.27, 0.36), 2),
        "网络多媒体教室间数": round(need * rng.uniform(0.026, 0.034)) + 1,
        "县级及以上骨干教师数": 0, "体育专任教师人数": 0, "音乐专任教师人数": 0, "美术专任教师人数": 0,
    }
    for stage, pupils in (("小学", primary), ("初中", junior)):
        count = teachers[stage]
        row[f"专任教师人数（{stage}）"] = count if pupils else ""
        parts = {"硕士学历": round(count * 0.06), "博士研究生学历": 0, "本科学历": round(count * 0.8)}
        if stage == "小学":
            parts["专科学历"] = count - sum(parts.values()) - 1
        for degree, n in parts.items():
            row[f"{degree}教师人数（{stage}）"] = max(n, 0) if pupils else ""
        for header, share in (("县级及以上骨干教师数", 0.0135), ("体育专任教师人数", 0.0058), ("音乐专任教师人数", 0.0032), ("美术专任教师人数", 0.0032)):
            n = round(pupils * share * rng.uniform(0.95, 1.2)) + (1 if pupils else 0)
            row[f"{header}（{stage}）"] = n if pupils else ""
            row[header] += n if pupils else 0
    return row


def make_county(rng, key):
    code, title, n = COUNTIES[key]
    rows = []
    for i in range(n):
        kind = "小学" if i % 5 < 3 else "初中" if i % 5 == 3 else "九年一贯制学校"
        suffix = {"小学": "小学", "初中": "中学", "九年一贯制学校": "学校"}[kind]
        rows.append(school(rng, (code, title), WORDS[i] + suffix, i + 1, kind))
    return rows


def spoil(county):
    """The failing schools: too little sports ground, too few teachers of PE and arts, an uneven county."""
    a, b = county[0], county[5]
    a["校内体育场面积"] = round(a["小学学生人数"] * 4.6, 1)
    for header in ("体育专任教师人数", "音乐专任教师人数", "美术专任教师人数"):
        a[header] = a[f"{header}（小学）"] = 1
    b["教学仪器设备资产值（账面原值）"] = round(b["教学仪器设备资产值（账面原值）"] * 0.45, 2)
    b["网络多媒体教室间数"] = 3


def table(rows, headers):
    return [headers] + [[r.get(h, "") for h in headers] for r in rows]


def write_csv(path, cells, encoding):
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    path.write_bytes(text.getvalue().encode(encoding))


def write_xlsx(path, cells, title):
    """As offices send it: a merged title, a unit line, the header, rows, a total and a note."""
    book = Workbook()
    sheet = book.active
    sheet.title = "学校资源"
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(cells[0]))
    sheet["A1"].alignment = Alignment(horizontal="center")
    sheet.append(["单位：人/平方米/万元"])
    for row in cells:
        sheet.append([None if c == "" else c for c in row])
    total = ["合计"] + [None] * (len(cells[0]) - 1)
    for i, header in enumerate(cells[0]):
        if header.endswith(("人数", "面积")):
            total[i] = sum(r[i] for r in cells[1:] if isinstance(r[i], (int, float)))
    sheet.append(total)
    sheet.append(["注：学生人数按 9 月 1 日在籍学生填报。"])
    book.save(path)


def write_form(path, row):
    """One school on the vertical form."""
    book = Workbook()
    sheet = book.active
    sheet.title = "学校填报数据"
    sheet.append(["序号", "类别", "填报项目", "单位", "填报值", "是否必填", "备注说明"])
    items = [h for h in RESOURCE if h not in ("学年", "区县代码", "城乡类型")]
    for i, header in enumerate(items, 1):
        value = row.get(header, "")
        sheet.append([i, "学校资源", header, "万元" if "资产值" in header else None, None if value == "" else value, "是", None])
    book.save(path)


def main(folder):
    rng = random.Random(2025)
    folder = Path(folder)
    city = {key: make_county(rng, key) for key in COUNTIES}
    for key in COUNTIES:
        (folder / key).mkdir(parents=True, exist_ok=True)
        spoil(city[key])

    linjiang, qinghe, wangshan = (city[k] for k in COUNTIES)
    write_csv(folder / "linjiang" / f"临江区_学校名册_{YEAR}.csv", table(linjiang, ROSTER), "utf-8-sig")
    write_csv(folder / "qinghe" / f"清河县_学校名册_{YEAR}.csv", table(qinghe, ROSTER), "gb18030")
    write_csv(folder / "wangshan" / f"望山县_学校名册_{YEAR}.csv", table(wangshan, ROSTER), "gb18030")

    # A broken row: more backbone teachers than teachers. A code that Excel has destroyed.
    linjiang[8]["县级及以上骨干教师数"] = linjiang[8]["专任教师总人数"] + 18
    cells = table(linjiang, RESOURCE)
    cells[15][RESOURCE.index("学校代码")] = "9.9E+09"
    write_xlsx(folder / "linjiang" / f"临江区_学校资源_{YEAR}.xlsx", cells, f"临江区义务教育学校资源配置情况（{YEAR}学年）")
    write_csv(folder / "qinghe" / f"清河县_学校资源_{YEAR}.csv", table(qinghe, RESOURCE), "gb18030")
    for row in wangshan[:-1]:  # the last school has not handed in
        write_form(folder / "wangshan" / f"{row['学校名称']}_{YEAR}.xlsx", row)

    (folder / "qinghe" / "食堂菜单.csv").write_bytes("日期,早餐,午餐\n10月13日,稀饭,红烧肉\n".encode("gb18030"))
    whole = (folder / "linjiang" / f"临江区_学校资源_{YEAR}.xlsx").read_bytes()
    (folder / "linjiang" / "半个文件.xlsx").write_bytes(whole[: len(whole) // 2])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
