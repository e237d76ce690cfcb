# SPDX-License-Identifier: Apache-2.0
"""Figures through files dropped into a running daemon equal an independent computation of the same tables to 1e-9."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
import reference
import tables
from conftest import BUILD, SOURCE

sys.path.insert(0, str(SOURCE / "contrib" / "demo.d"))
import city  # noqa: E402

WORKED = {"P": [45, 37, 89, 76, 55], "X": [279, 137, 935, 160, 402]}  # the published example: X̄ 6.334, S 3.264, CV 0.515


def junheng(daemon, *arguments):
    run = subprocess.run([BUILD / "daemon" / "junheng", "--config", daemon.config, "--json", *arguments], capture_output=True, text=True,
                         check=True, env=daemon.environment())
    return json.loads(run.stdout)


def close(got, expected):
    return got == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


def results(daemon, **filters):
    arguments = [a for k, v in filters.items() for a in (f"--{k}", v)]
    return {(r["indicator"], r["entity"], r["stage"]): r for r in junheng(daemon, "results", *arguments)}


def test_the_published_worked_example(daemon):
    rows = [tables.primary_school(i + 1, pupils=p, 学校体育馆面积=0, 校内体育场面积=x) for i, (p, x) in enumerate(zip(WORKED["P"], WORKED["X"]))]
    daemon.start()
    daemon.put(f"学校资源_{tables.YEAR}.csv", tables.resource(rows))
    daemon.wait_idle()
    row = results(daemon, indicator="resource.sports_area.cv")["resource.sports_area.cv", tables.COUNTY, "primary"]
    assert close(row["value"], reference.cv(list(zip(WORKED["P"], WORKED["X"]))))
    assert round(row["denominator"], 3) == 6.334 and round(row["numerator"], 3) == 3.264 and round(row["value"], 3) == 0.515
    assert row["verdict"] == "fail" and row["threshold"] == 0.5


def check_county(found, rows, county):
    compared = 0
    for row in rows:
        for (indicator, stage), (value, verdict) in reference.school_results(row).items():
            r = found[indicator, row["学校代码"], stage]
            assert r["verdict"] == verdict, (indicator, row["学校代码"], stage, r, value)
            assert value is None or close(r["value"], value), (indicator, row["学校代码"], stage, r["value"], float(value))
            compared += 1
    for (indicator, stage), value in reference.county_cv(rows).items():
        r = found[indicator, county, stage]
        assert close(r["value"], value), (indicator, stage, r["value"], value)
        if indicator != "resource.cv":
            assert r["verdict"] == ("pass" if value <= float(reference.CV_LIMIT[stage]) else "fail"), (indicator, stage, value)
        compared += 1
    return compared


@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx", "forms"])
def test_a_county_equals_an_independent_computation(daemon, tmp_path, kind):
    import random

    rows = city.make_county(random.Random(kind), "qinghe")
    city.spoil(rows)
    daemon.start()
    daemon.put(f"名册_{city.YEAR}.csv", tables.to_csv(rows, city.ROSTER))
    daemon.wait_idle()
    name = f"清河县_学校资源_{city.YEAR}"
    if kind == "forms":
        for row in rows:
            city.write_form(tmp_path / "form.xlsx", row)
            daemon.put(f"{row['学校名称']}_{city.YEAR}.xlsx", (tmp_path / "form.xlsx").read_bytes())
    elif kind == "xlsx":
        city.write_xlsx(tmp_path / "wide.xlsx", city.table(rows, city.RESOURCE), "清河县学校资源")
        daemon.put(name + ".xlsx", (tmp_path / "wide.xlsx").read_bytes())
    else:
        daemon.put(name + ".csv", tables.to_csv(rows, city.RESOURCE, "gb18030" if kind == "gb18030" else "utf-8"))
    daemon.wait_idle()
    assert {s[1] for s in daemon.submissions()} == {"stored"}, daemon.submissions()
    assert check_county(results(daemon), rows, "990102") > 200


def test_a_school_exactly_on_its_threshold_passes_whatever_the_pupils(daemon):
    # 0.9 of 100 pupils is no double: by plain comparison a third of these would fail.
    rows = []
    for n in range(1, 61):
        pupils = 100 + n * 7
        rows.append(tables.primary_school(n, pupils=pupils, 校内体育场面积=f"{pupils * 75 // 10}.{pupils * 75 % 10}", 学校体育馆面积=0,
                                          **{"教学仪器设备资产值（账面原值）": f"{pupils * 2000 / 10000:.4f}"}))
    daemon.put(f"学校资源_{tables.YEAR}.csv", tables.resource(rows))
    assert daemon.once()[0] == 0
    found = results(daemon, stage="primary")
    for n in range(1, 61):
        for indicator in ("resource.sports_area", "resource.equipment_value"):
            r = found[indicator, tables.code(n), "primary"]
            assert r["verdict"] == "pass" and r["gap"] == 0, r


def test_explain_names_the_cell_of_every_input(daemon):
    rows = [tables.primary_school(1), tables.failing_school(2)]
    daemon.put(f"学校资源_{tables.YEAR}.xlsx", tables.resource_xlsx(rows))
    assert daemon.once()[0] == 0
    e = junheng(daemon, "explain", "resource.sports_area", tables.code(2), "--stage", "primary")
    cells = {i["column_id"]: i for i in e["inputs"]}
    column = tables.RESOURCE.index("校内体育场面积")
    letters = chr(ord("A") + column) if column < 26 else "A" + chr(ord("A") + column - 26)
    ground = cells["sports_ground_area"]
    assert (ground["cell"], ground["row"], ground["sheet"], ground["value"]) == (f"{letters}4", 4, "学校资源", 400)
    assert ground["file"] == f"学校资源_{tables.YEAR}.xlsx"
    assert e["standard"]["document"].startswith("教督") and e["standard"]["clause"] and e["verdict"] == "fail"
    assert close(e["gap"], 7.5 * 400 - 400)
