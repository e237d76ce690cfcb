#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First figures of the whole way of a file.

usage: bench.py latency|small_files|small_forms|memory|history|ingest [N]
  latency       rename() of one school form into the folder, to the webhook call; beside it fork+exec of `true` and one fsync
  small_files   N (5,000) small CSV files dropped at once, receipts and results included: files per second
  small_forms   the same with N (500) school forms in XLSX
  memory        resident memory of the daemon and its workers: idle, and while a file of N (200,000) rows over 400 counties is read
  history       computing a county's year with one year stored and with N (20)
  ingest        N (200,000) rows over 400 counties, to receipt and results, against `sqlite3 .import` into the same key and a query
Prints medians and ratios; the machine is shared, so compare within one run only."""
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "system"), str(Path(__file__).resolve().parents[2] / "contrib" / "demo.d")]
import city  # noqa: E402
import tables  # noqa: E402
from conftest import Daemon, Sink  # noqa: E402

RUN = r"plugin resource: 1 scopes computed in (\d+) ms"


def line(name, values, unit):
    values = sorted(values)
    p99 = values[min(len(values) - 1, round(len(values) * 0.99))]
    print(f"{name:34} median {statistics.median(values):9.2f}  p99 {p99:9.2f}  min {values[0]:9.2f}  {unit}  (n={len(values)})")
    return statistics.median(values), p99


def timed(fn, n):
    values = []
    for _ in range(n):
        begun = time.perf_counter()
        fn()
        values.append((time.perf_counter() - begun) * 1000)
    return values


def yardsticks(folder):
    def fsync():
        fd = os.open(folder / "fsync", os.O_CREAT | os.O_WRONLY)
        os.write(fd, b"x" * 4096)
        os.fsync(fd)
        os.close(fd)

    exec_ms = line("fork+exec of true", timed(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0), 200), "ms")
    line("write 4 KiB + fsync", timed(fsync, 100), "ms")
    return exec_ms[0]


def rss_kib(pid, field="VmRSS"):
    for text in Path(f"/proc/{pid}/status").read_text().splitlines():
        if text.startswith(field):
            return int(text.split()[1])
    return 0


def children(pid):
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child] + children(child)
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended
    return found


def new_daemon(folder):
    folder = Path(folder)
    return Daemon(folder, Sink())


def latency(folder, n=60):
    """Each form changes the verdict of its school, so that each ends in one webhook call of its own."""
    import random

    exec_ms = yardsticks(folder)
    d = new_daemon(folder)
    arrived = threading.Semaphore(0)
    d.sink.answer = lambda body: (arrived.release(), 204)[1]
    rows = city.make_county(random.Random(1), "qinghe")
    d.start()
    d.put(f"名册_{city.YEAR}.csv", tables.to_csv(rows, city.ROSTER))
    d.put(f"学校资源_{city.YEAR}.csv", tables.to_csv(rows, city.RESOURCE))
    d.wait_idle()
    ground = rows[0]["校内体育场面积"]
    values = []
    for i in range(n):
        while arrived.acquire(blocking=False):
            pass
        rows[0]["校内体育场面积"] = ground if i % 2 else 10
        city.write_form(d.folder / "form.xlsx", rows[0])
        scratch = d.drop / ".scratch"
        scratch.write_bytes((d.folder / "form.xlsx").read_bytes())
        begun = time.perf_counter()
        scratch.rename(d.drop / f"{rows[0]['学校名称']}_{city.YEAR}_{i}.xlsx")
        if not arrived.acquire(timeout=30):
            raise SystemExit("no webhook call within 30 s\n" + d.tail())
        values.append((time.perf_counter() - begun) * 1000)
        d.wait_idle()
    median, p99 = line("rename to webhook, one school form", values, "ms")
    print(f"ratio to fork+exec of true: median {median / exec_ms:.1f}, p99 {p99 / exec_ms:.1f}")
    d.stop()


def measured(d, n, what):
    """--once over n files that lie there."""
    exec_ms = yardsticks(d.folder)
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    code, stderr = d.once()
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    done = d.rows("SELECT count(*) FROM submission WHERE state = 'stored' AND receipt IS NOT NULL")[0][0]
    if code or done != n:
        raise SystemExit(f"{done} of {n} stored, exit {code}\n{stderr[-3000:]}")
    print(f"{n} {what}, receipts and results included: {seconds:.1f} s, {n / seconds:.0f} files/s; "
          f"CPU time of all processes {1000 * cpu / n:.2f} ms/file, {1000 * cpu / n / exec_ms:.1f} fork+exec of true")


def small_files(folder, n=5000):
    d = new_daemon(folder)
    d.drop.mkdir(parents=True)
    for i in range(n):
        row = tables.primary_school(i % 100 + 1, county(i // 100))
        (d.drop / f"{i:05d}_学校资源_{tables.YEAR}.csv").write_bytes(tables.resource([row]))
    measured(d, n, "small CSV files")


def small_forms(folder, n=500):
    import random

    d = new_daemon(folder)
    d.drop.mkdir(parents=True)
    model = city.make_county(random.Random(1), "qinghe")[0]
    rows = [{**model, "学校代码": f"{model['区县代码']}{i + 1000:04d}", "学校名称": f"第{i}学校"} for i in range(n)]
    d.put(f"名册_{city.YEAR}.csv", tables.to_csv(rows, city.ROSTER))
    for i, row in enumerate(rows):
        city.write_form(d.drop / f"{i:05d}_{city.YEAR}.xlsx", row)
    measured(d, n + 1, "school forms (XLSX) and a roster")


def history(folder, years=20):
    """What a run says of itself in the log, from its process to the commit of its results."""
    d = new_daemon(folder)
    d.start()

    def load(year):
        rows = [tables.primary_school(i + 1, 学年=f"{year}-{year + 1}") for i in range(200)]
        d.put(f"名册_{year}-{year + 1}.csv", tables.roster(rows))
        d.put(f"学校资源_{year}-{year + 1}.csv", tables.resource(rows))
        d.wait_idle()

    def runs(n=15):
        skip = len(re.findall(RUN, d.log.read_text()))
        for i in range(n):
            d.put(f"更正_{i}.csv", tables.resource([tables.primary_school(1, pupils=500 + i + n * skip)]))
            d.wait_idle()
        return [int(ms) for ms in re.findall(RUN, d.log.read_text())[skip:]]

    load(2025)
    once, _ = line("a county's year, 1 year stored", runs(), "ms")
    for year in range(2026 - years, 2025):
        load(year)
    many, _ = line(f"a county's year, {years} years stored", runs(), "ms")
    print(f"ratio: {many / once:.2f}")
    d.stop()


def ingest(folder, n=200_000):
    d = new_daemon(folder)
    d.put(f"学校资源_{tables.YEAR}.csv", city_table(n))
    data = d.drop / f"学校资源_{tables.YEAR}.csv"
    plain = Path(folder) / "plain.csv"
    plain.write_bytes(data.read_bytes().removeprefix("\ufeff".encode()))
    columns = ", ".join(f'"{h}"' for h in tables.RESOURCE)
    query = 'SELECT "区县代码", avg("教学及辅助用房总面积" * 1.0 / "小学学生人数") FROM t GROUP BY 1'
    script = (f'CREATE TABLE t({columns}, PRIMARY KEY("学年", "学校代码")) WITHOUT ROWID;\n.mode csv\n.import --skip 1 "{plain}" t\n'
              f".output /dev/null\n{query};\n")
    begun = time.perf_counter()
    subprocess.run(["sqlite3", str(Path(folder) / "plain.db")], input=script, text=True, check=True)
    reference = time.perf_counter() - begun
    begun = time.perf_counter()
    code, stderr = d.once()
    seconds = time.perf_counter() - begun
    if code:
        raise SystemExit(stderr[-3000:])
    print(f"{n} rows: sqlite3 .import and one query {reference:.1f} s; file to receipt and results {seconds:.1f} s, "
          f"ratio {seconds / reference:.1f}")


def county(i):
    return f"99{i + 1:04d}"


def city_table(n, counties=400):
    each = -(-n // counties)
    return tables.resource(tables.primary_school(i % each + 1, county(i // each)) for i in range(n))


def memory(folder, rows=200_000):
    d = new_daemon(folder)
    d.start()
    d.wait_idle()
    pid = d.process.pid
    print(f"daemon idle: {rss_kib(pid) / 1024:.1f} MiB resident")
    for child in children(pid):
        name = Path(f"/proc/{child}/comm").read_text().strip()
        print(f"  {name} idle: {rss_kib(child) / 1024:.1f} MiB")
    peak = {}
    stop = threading.Event()

    def watch():
        while not stop.wait(0.005):
            for who in [pid] + children(pid):
                try:
                    name = Path(f"/proc/{who}/comm").read_text().strip()
                    peak[name] = max(peak.get(name, 0), rss_kib(who))
                except (FileNotFoundError, ProcessLookupError):
                    pass

    threading.Thread(target=watch, daemon=True).start()
    data = city_table(rows)
    begun = time.perf_counter()
    d.put(f"学校资源_{tables.YEAR}.csv", data)
    d.wait_idle()
    stop.set()
    print(f"a file of {rows} rows ({len(data) / 1e6:.0f} MB) took {time.perf_counter() - begun:.1f} s; peak resident memory:")
    for name, kib in sorted(peak.items()):
        print(f"  {name}: {kib / 1024:.1f} MiB")
    d.stop()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("latency", "small_files", "small_forms", "memory", "history", "ingest"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="junheng-bench-") as scratch:
        arguments = [int(a) for a in sys.argv[2:]]
        globals()[sys.argv[1]](Path(scratch), *arguments)
