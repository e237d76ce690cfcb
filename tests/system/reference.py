# SPDX-License-Identifier: Apache-2.0
"""The seven indicators, the school rule and the 差异系数, computed from the same tables by other means: plain Python on
exact fractions, written from the regulation and not from the daemon's code."""
from fractions import Fraction as F
from math import sqrt

LIMITS = {  # indicator: (per, primary, junior)
    "above_degree_teachers": (100, "4.2", "5.3"),
    "backbone_teachers": (100, "1", "1"),
    "pe_art_teachers": (100, "0.9", "0.9"),
    "teaching_area": (1, "4.5", "5.8"),
    "sports_area": (1, "7.5", "10.2"),
    "equipment_value": (1, "2000", "2500"),
    "multimedia_rooms": (100, "2.3", "2.4"),
}
CV_LIMIT = {"primary": F("0.50"), "junior": F("0.45")}
WORDS = {"primary": "小学", "junior": "初中"}
WEIGHTS = {"primary": F(1), "junior": F("1.1")}


def number(row, header):
    return F(str(row.get(header) or 0))


def stages(row):
    return [s for s in ("primary", "junior") if number(row, f"{WORDS[s]}学生人数") > 0]


def totals(row, stage):
    """The raw total of each indicator that belongs to the stage."""
    word = WORDS[stage]
    degrees = ["专科", "本科", "硕士", "博士研究生"] if stage == "primary" else ["本科", "硕士", "博士研究生"]
    pupils = {s: number(row, f"{WORDS[s]}学生人数") for s in stages(row)}
    share = pupils[stage] * WEIGHTS[stage] / sum(pupils[s] * WEIGHTS[s] for s in pupils)
    own = f"（{word}）" if len(pupils) > 1 else ""
    return {
        "above_degree_teachers": sum(number(row, f"{d}学历教师人数（{word}）") for d in degrees),
        "backbone_teachers": number(row, "县级及以上骨干教师数" + own),
        "pe_art_teachers": sum(number(row, f"{k}专任教师人数{own}") for k in ("体育", "音乐", "美术")),
        "teaching_area": (number(row, "教学及辅助用房总面积") - number(row, "室内体育用房面积")) * share,
        "sports_area": (number(row, "学校体育馆面积") + number(row, "校内体育场面积")) * share,
        "equipment_value": number(row, "教学仪器设备资产值（账面原值）") * 10000 * share,
        "multimedia_rooms": number(row, "网络多媒体教室间数") * share,
    }


def verdict(value, limit):
    return "pass" if value >= limit else "floor" if value >= limit * F("0.85") else "fail"


def rule(verdicts):
    below = [v for v in verdicts if v != "pass"]
    return "fail" if len(below) > 1 or "fail" in below else "pass"


def school_results(row):
    """{(indicator, stage): (value, verdict)} of one school, the rule included."""
    results = {}
    for stage in stages(row):
        pupils = number(row, f"{WORDS[stage]}学生人数")
        for name, total in totals(row, stage).items():
            per, primary, junior = LIMITS[name]
            value = total / pupils * per
            results[f"resource.{name}", stage] = value, verdict(value, F(primary if stage == "primary" else junior))
        results["resource.school_rule", stage] = None, rule([v for (i, s), (_, v) in results.items() if s == stage])
    return results


def cv(points):
    """Pupil-weighted, population form. points: (pupils, total)."""
    pupils = sum(p for p, _ in points)
    mean = sum(x for _, x in points) / pupils
    return sqrt(sum(p * (x / p - mean) ** 2 for p, x in points) / pupils) / float(mean)


def county_cv(rows):
    """{(indicator.cv, stage): value}, and the mean of the seven."""
    results = {}
    for stage in ("primary", "junior"):
        schools = [r for r in rows if stage in stages(r)]
        if len(schools) < 2:
            continue
        for name in LIMITS:
            points = [(number(r, f"{WORDS[stage]}学生人数"), totals(r, stage)[name]) for r in schools]
            results[f"resource.{name}.cv", stage] = cv(points)
        seven = [results[f"resource.{n}.cv", stage] for n in LIMITS]
        results["resource.cv", stage] = sum(seven) / 7
    return results
