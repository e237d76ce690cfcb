# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the daemon and of its workers, at any moment of a run over 200 files."""
import json
import os
import random
import signal
import time

import pytest
import tables
from conftest import Daemon, Sink, wait_for

FILES = 200
COUNTIES = [f"9901{n:02d}" for n in range(1, 9)]


def content(n):
    if n % 40 == 39:
        return "日期,早餐\n10月13日,稀饭\n".encode() + str(n).encode()
    county = COUNTIES[n % len(COUNTIES)]
    make = tables.failing_school if n % 10 == 0 else tables.primary_school
    return tables.resource([make(n, county)])


def drop_all(daemon):
    for n in range(FILES):
        name = f"学校资源_{n:03d}_{tables.YEAR}.csv"
        daemon.put(name, content(n))


def descendants(pid):
    """Processes below pid, itself first."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found = [pid]
    for p in found:
        found += children.get(p, [])
    return found


def end_state(daemon):
    told = {}
    for _, alerts in daemon.rows("SELECT key, alerts FROM outbox WHERE state = 'sent' AND kind IN ('alert', 'digest')"):
        for public_id in json.loads(alerts):
            told[public_id] = told.get(public_id, 0) + 1
    return {
        "files": sorted(daemon.rows("SELECT file, state, rows_ok, rows_bad FROM submission")),
        "results": daemon.results(),
        "alerts": [a for a in daemon.alerts() if a[5] != "resolved"],
        "receipts": len(daemon.receipts()),
        "told twice": {k: n for k, n in told.items() if n > 1},
        "set aside": daemon.rows("SELECT name, scope FROM set_aside WHERE active = 1"),
        "undelivered": daemon.rows("SELECT count(*) FROM outbox WHERE state <> 'sent'"),
        "left over": (daemon.unfinished(), daemon.lying(), os.listdir(daemon.state / "spool")),
    }


def set_up(daemon):
    """A sender that was killed tries again soon."""
    daemon.config.write_text(daemon.config.read_text().replace("url:", "retry_initial: 100ms\n    url:"))
    daemon.start()
    drop_all(daemon)


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
    settle_down(daemon)
    state = end_state(daemon)
    assert len(state["files"]) == FILES and state["results"] and state["alerts"]
    yield state
    sink.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_of_the_daemon_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    for _ in range(12):
        time.sleep(rng.uniform(0.01, 0.3))
        daemon.kill()
        daemon.start(ready=False)
    wait_for(lambda: (daemon.status() or {}).get("phase") == "running", "no daemon")
    settle_down(daemon)
    assert end_state(daemon) == undisturbed, daemon.tail()
    keys = [key for key, _ in daemon.sink.messages]
    assert set(keys) == {k for k, in daemon.rows("SELECT key FROM outbox")}


@pytest.mark.parametrize("seed", [3, 4])
def test_kills_of_workers_change_nothing(daemon, undisturbed, seed):
    rng = random.Random(seed)
    set_up(daemon)
    for _ in range(40):
        time.sleep(rng.uniform(0.01, 0.08))
        workers = descendants(daemon.process.pid)[1:]
        if workers:
            try:
                os.kill(rng.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                pass
    settle_down(daemon)
    assert end_state(daemon) == undisturbed, daemon.tail()
