# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon and of its workers, at any moment of a run over 200 files.

Moments are chosen by progress, not by seconds, from seeds; one seed is new each time and is named when it fails:
JUNHENG_KILL_SEED=N takes it again."""
import json
import os
import random
import signal
import time

import pytest
import tables
from conftest import Daemon, Sink, wait_for
from test_flow import POINTS

FILES = 200
COUNTIES = [f"9901{n:02d}" for n in range(1, 9)]
WORKERS = ["junheng-read", "junheng-run", "junheng-send"]
NEW_SEED = int(os.environ.get("JUNHENG_KILL_SEED", time.time_ns() % 1_000_000))


def content(n):
    """Ending and bytes of the n-th file: mostly tables of one school, some of a kind of their own."""
    if n % 40 == 39:
        return "csv", "日期,早餐\n10月13日,稀饭\n".encode() + str(n).encode()
    if n % 40 == 19:  # the same bytes as the file before it
        return content(n - 1)
    make = tables.failing_school if n % 10 == 0 else tables.primary_school
    if n % 40 == 29:  # another figure for the school of the file before it: their order decides
        return "csv", tables.resource([make(n - 1, COUNTIES[(n - 1) % len(COUNTIES)], 网络多媒体教室间数=99)])
    school = make(n, COUNTIES[n % len(COUNTIES)])
    if n % 25 == 7:
        return "xlsx", tables.resource_xlsx([school])
    return "csv", tables.resource([school], "gb18030" if n % 3 == 0 else "utf-8-sig")


class Feed:
    """Hands the files in, some at a time: by them, not by seconds, a run goes on."""

    def __init__(self, daemon, rng=None, steps=1):
        self.daemon, self.rng, self.next, self.each = daemon, rng, 0, FILES // steps

    def step(self):
        """The next files, then so many questions; False if there are no more."""
        for n in range(self.next, min(self.next + self.each, FILES)):
            ending, data = content(n)
            self.daemon.put(f"学校资源_{n:03d}_{tables.YEAR}.{ending}", data)
        self.next += self.each
        for _ in range(self.rng.randrange(12) if self.rng else 0):
            self.daemon.status()
        return self.next <= FILES

    def rest(self):
        self.each = FILES
        self.step()


def processes():
    """{pid: (parent, name)} of all that run."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if rest.split()[0] != "Z":
            found[int(entry)] = (int(rest.split()[1]), name)
    return found


def workers(daemon, name):
    """Those of that name below the daemon; of junheng-read the server and its children."""
    found, family = processes(), {daemon.process.pid}
    for pid in sorted(found):
        if found[pid][0] in family:
            family.add(pid)
    return [pid for pid in family if found.get(pid, (0, ""))[1] == name]


def kill_worker(daemon, rng):
    name = rng.choice(WORKERS)
    until = time.monotonic() + 0.3
    while True:
        pids = workers(daemon, name)
        if pids or time.monotonic() > until:
            break
    if not pids:
        return None
    try:
        os.kill(rng.choice(sorted(pids)), signal.SIGKILL)
    except ProcessLookupError:
        return None
    return name


def restart(daemon):
    daemon.kill()
    daemon.start()


def end_state(daemon):
    told = {}
    resolved = {i for i, in daemon.rows("SELECT public_id FROM alert WHERE state = 'resolved'")}
    for _, alerts in daemon.rows("SELECT key, alerts FROM outbox WHERE state = 'sent' AND kind IN ('alert', 'resolved', 'digest')"):
        for public_id in json.loads(alerts):
            told[public_id] = told.get(public_id, 0) + 1
    return {
        "files": sorted(daemon.rows("SELECT file, state, rows_ok, rows_bad FROM submission")),
        "results": daemon.results(),
        "alerts": [a for a in daemon.alerts() if a[5] != "resolved"],
        "receipts": len(daemon.receipts()),
        "archive": sorted(p.name.split("_", 1)[1] for p in (daemon.state / "archive").rglob("*") if p.is_file()),
        "quarantine": sorted(p.name.split("_", 1)[1] for p in (daemon.state / "quarantine").iterdir()),
        "told twice": {k: n for k, n in told.items() if n > (2 if k in resolved else 1)},
        "set aside": daemon.rows("SELECT name, scope FROM set_aside WHERE active = 1"),
        "undelivered": daemon.rows("SELECT count(*) FROM outbox WHERE state <> 'sent'"),
        "left over": (daemon.unfinished(), daemon.lying(), os.listdir(daemon.state / "spool")),
    }


def set_up(daemon):
    """A sender that was killed tries again soon."""
    daemon.config.write_text(daemon.config.read_text().replace("url:", "retry_initial: 100ms\n    url:"))
    daemon.start()


def settle_down(daemon):
    daemon.wait_idle()
    wait_for(lambda: daemon.rows("SELECT count(*) FROM outbox WHERE state <> 'sent'") == [(0,)], "undelivered messages")
    daemon.wait_idle()
    daemon.stop()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    sink = Sink()
    daemon = Daemon(tmp_path_factory.mktemp("undisturbed"), sink)
    set_up(daemon)
    Feed(daemon).step()
    settle_down(daemon)
    state = end_state(daemon)
    assert len(state["files"]) == FILES and state["results"] and state["alerts"]
    yield state
    sink.close()


def finish(daemon, undisturbed, hint):
    settle_down(daemon)
    state = end_state(daemon)
    differs = {k: (state[k], undisturbed[k]) for k in state if state[k] != undisturbed[k]}
    assert not differs, f"{hint}\n{differs}\n{daemon.tail()}"
    assert set(daemon.sink.by_key()) == {k for k, in daemon.rows("SELECT key FROM outbox")}, hint


@pytest.mark.parametrize("seed", [1, NEW_SEED], ids=["known", "new"])
def test_kills_of_the_daemon_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    feed = Feed(daemon, rng, steps=20)
    while feed.step():
        restart(daemon)
    finish(daemon, undisturbed, f"JUNHENG_KILL_SEED={seed}")


@pytest.mark.parametrize("seed", [3, NEW_SEED], ids=["known", "new"])
def test_kills_of_workers_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    feed, killed = Feed(daemon, rng, steps=40), []
    while feed.step():
        killed.append(kill_worker(daemon, rng))
    assert set(killed) >= set(WORKERS), killed
    finish(daemon, undisturbed, f"JUNHENG_KILL_SEED={seed}: {killed}")


@pytest.mark.parametrize("seed", [5, NEW_SEED], ids=["known", "new"])
def test_kills_of_everything_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    feed = Feed(daemon, rng, steps=25)
    while feed.step():
        if rng.random() < 0.4:
            restart(daemon)
        else:
            kill_worker(daemon, rng)
    finish(daemon, undisturbed, f"JUNHENG_KILL_SEED={seed}")


@pytest.mark.parametrize("seed", [7, NEW_SEED], ids=["known", "new"])
def test_kills_at_every_step_in_the_middle_of_many_files_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    feed, reached = Feed(daemon, rng, steps=len(POINTS) + 1), []
    points = [f"{point}:{rng.randrange(1, 8)}" for point in rng.sample(POINTS, len(POINTS))]
    for point in points:
        daemon.kill()
        daemon.start(ready=False, JUNHENG_KILL_AT=point)
        feed.step()
        wait_for(lambda: daemon.died() or (daemon.status() or {}).get("idle"), daemon.tail)
        if daemon.died():
            daemon.wait_killed()
            daemon.start()
            reached.append(point)
    daemon.kill()  # the last one may still have its point before it
    daemon.start()
    feed.rest()
    assert len(reached) >= 6, reached
    finish(daemon, undisturbed, f"JUNHENG_KILL_SEED={seed}: {points}")
