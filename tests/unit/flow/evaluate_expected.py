#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The made-up county of test_evaluate_judging.c, computed independently of the C code with exact fractions.

python3 evaluate_expected.py > evaluate_expected.h
"""
from decimal import Decimal, getcontext
from fractions import Fraction as F
from math import ceil

getcontext().prec = 40
# name, threshold at the junior stage, scale, whole units
INDICATORS = [("above_degree_teachers", "5.3", 100, True), ("backbone_teachers", "1", 100, True),
              ("pe_art_teachers", "0.9", 100, True), ("teaching_area", "5.8", 1, False),
              ("sports_area", "10.2", 1, False), ("equipment_value", "2500", 1, False),
              ("multimedia_rooms", "2.4", 100, True)]
# code, pupils, the seven totals
SCHOOLS = [("3301020001", 812, [47, 9, 8, "4800.5", 8300, 2100000, 20]),
           ("3301020002", 1661, [95, 17, 11, "9700.25", 17000, 4200000, 41]),
           ("3301020003", 62, [5, 1, 1, 700, "3410.4", 310000, 3]),
           ("3301020004", 3067, [150, 28, 29, 17000, 9507, 7600000, 70]),
           ("3301020005", 1000, [53, 10, 9, 5800, 10200, 2500000, 24]),
           ("3301020006", 1000, [53, 10, 9, 5800, 8670, 2500000, 24]),
           ("3301020007", 1000, [53, 10, 9, 5800, "8669.99", 2500000, 24])]


def dec(f):
    return Decimal(f.numerator) / Decimal(f.denominator)


def cv(points):
    p = sum(q for q, _ in points)
    mean = sum(x for _, x in points) / p
    ss = sum(q * (x / q - mean) ** 2 for q, x in points) / p
    return mean, dec(ss).sqrt(), dec(ss).sqrt() / dec(mean)


def verdict(value, threshold):
    return "PASS" if value >= threshold else "FLOOR" if value >= threshold * F(85, 100) else "FAIL"


def main():
    print("// SPDX-License-Identifier: Apache-2.0\n// Made by evaluate_expected.py; see there.\n#pragma once\n")
    print('#include "base/verdict.h"\n')
    print("static const struct {\n    const char *code;\n    double pupils, totals[7], values[7], gaps[7];")
    print("    enum verdict verdicts[7], rule;\n} expected_schools[] = {")
    gaps, counts, rules = [F(0)] * 7, [[0, 0, 0] for _ in range(7)], []
    for code, pupils, totals in SCHOOLS:
        values, verdicts, lacks = [], [], []
        for k, (_, t, scale, whole) in enumerate(INDICATORS):
            x, t = F(totals[k]), F(t)
            values.append(x / pupils * scale)
            verdicts.append(verdict(values[-1], t))
            lack = max(F(0), t * pupils / scale - x)
            lacks.append(F(ceil(lack)) if whole else lack)
            gaps[k] += lacks[-1]
            counts[k][["PASS", "FLOOR", "FAIL"].index(verdicts[-1])] += 1
        below = sum(v != "PASS" for v in verdicts)
        rules.append("FAIL" if below > 1 or "FAIL" in verdicts else "PASS")
        print(f'    {{"{code}", {pupils}, {{{", ".join(repr(float(F(x))) for x in totals)}}},')
        print(f'     {{{", ".join(repr(float(v)) for v in values)}}},')
        print(f'     {{{", ".join(repr(float(v)) for v in lacks)}}},')
        print(f'     {{{", ".join("VERDICT_" + v for v in verdicts)}}}, VERDICT_{rules[-1]}}},')
    print("};\n\nstatic const struct {\n    const char *indicator;\n    double value, numerator, gap, s, cv;")
    print("    int pass, floor, fail;\n    double share_of_last, without_last;\n} expected_county[] = {")
    total = F(0)
    for k, (name, _, scale, _) in enumerate(INDICATORS):
        points = [(F(s[1]), F(s[2][k])) for s in SCHOOLS]
        mean, s, c = cv(points)
        total += F(c)
        q, x = points[-1]
        pupils = sum(p for p, _ in points)
        share = dec(q * (x / q - mean) ** 2 / pupils) / s ** 2
        print(f'    {{"resource.{name}", {float(mean * scale)!r}, {float(sum(x for _, x in points))!r}, {float(gaps[k])!r},')
        print(f'     {float(s * scale)!r}, {float(c)!r}, {", ".join(map(str, counts[k]))}, {float(share)!r}, {float(cv(points[:-1])[2])!r}}},')
    print("};\n")
    print(f"static const double expected_pupils = {sum(s[1] for s in SCHOOLS)};")
    print(f"static const double expected_cv_mean = {float(total / 7)!r};")
    print(f"static const int expected_rule_passes = {rules.count('PASS')};")


main()
