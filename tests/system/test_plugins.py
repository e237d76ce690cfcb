# SPDX-License-Identifier: Apache-2.0
"""Plugins that misbehave cost their own evaluations and nothing else."""
import shutil

import pytest
import tables
from conftest import BUILD, wait_for

FIXTURES = BUILD / "tests" / "unit" / "host"
RESOURCE = f"临江区_学校资源_{tables.YEAR}.csv"


def rows(county="330102"):
    return [tables.primary_school(1, county), tables.failing_school(2, county)]


def install(daemon, *fixtures, what=None, extra=""):
    """resource and the fixtures in a folder of their own."""
    folder = daemon.folder / "plugins"
    folder.mkdir(exist_ok=True)
    shutil.copy(BUILD / "plugins" / "resource" / "resource.so", folder)
    for fixture in fixtures:
        shutil.copy(FIXTURES / f"{fixture}.so", folder)
    chosen = "" if what is None else f"plugins:\n  - resource\n  - name: fixture\n    options: {{what: {what}}}\n"
    daemon.write_config(extra=f"plugin_dir: ./plugins\n{chosen}{extra}")
    return folder


def own_alerts(daemon):
    return daemon.rows("SELECT entity, state FROM alert WHERE indicator = 'junheng.plugin' ORDER BY 1, 2")


def set_aside(daemon):
    return daemon.rows("SELECT name, scope FROM set_aside WHERE active = 1")


def resource_judged(daemon):
    return [r for r in daemon.results() if r[2].startswith("resource.")]


@pytest.mark.parametrize("what", ["crash", "spin", "fail", "nan", "scope", "option"])
def test_a_plugin_that_misbehaves_is_set_aside_and_named(daemon, what):
    install(daemon, "misbehave", what=what, extra="limits:\n  run_timeout: 1s\n" if what == "spin" else "")
    daemon.start()
    daemon.put(RESOURCE, tables.resource(rows()))
    status = daemon.wait_idle()
    assert set_aside(daemon) == [("fixture", "2025-2026/330102")], daemon.tail()
    assert resource_judged(daemon)
    assert ("fixture", "firing") in own_alerts(daemon)
    assert any("fixture" in str(body) for _, body in daemon.sink.messages)
    named = {p["name"]: p for p in status["plugins"]}
    assert named["fixture"]["deaths"] == 2 and named["fixture"]["last_error"]
    assert named["resource"]["deaths"] == 0


def test_a_plugin_that_cannot_be_loaded_does_not_stop_the_start(daemon):
    install(daemon, "ctor_crash", "undefined")
    daemon.start()
    daemon.put(RESOURCE, tables.resource(rows()))
    status = daemon.wait_idle()
    assert {f["name"] for f in status["plugin_failures"]} == {"ctor_crash", "undefined"}
    assert {a[0] for a in own_alerts(daemon)} == {"ctor_crash", "undefined"}
    assert resource_judged(daemon)


def test_a_mended_plugin_is_picked_up_and_its_alert_ends(daemon):
    folder = install(daemon, "misbehave", what="crash", extra="rescan: 1s\n")
    daemon.start()
    daemon.put(RESOURCE, tables.resource(rows()))
    daemon.wait_idle()
    assert set_aside(daemon)
    shutil.copy(FIXTURES / "misbehave.so", folder / "new")
    daemon.config.write_text(daemon.config.read_text().replace("what: crash", "what: fine"))
    assert daemon.ask("reload") == {"ok": True}
    assert daemon.ask("retry", plugin="fixture") == {"ok": True}
    wait_for(lambda: not set_aside(daemon) and ("fixture", "firing") not in own_alerts(daemon), daemon.tail)
    assert any(r[2] == "local.x" for r in daemon.results())


def test_a_replaced_file_is_described_and_run_again(daemon):
    folder = install(daemon, "misbehave", what="fine")
    daemon.start()
    daemon.put(RESOURCE, tables.resource(rows()))
    daemon.wait_idle()
    before = daemon.rows("SELECT count(*), max(id) FROM run WHERE plugin = 'fixture'")
    replacement = folder / "replacement"
    replacement.write_bytes((FIXTURES / "misbehave.so").read_bytes() + b"\0")
    replacement.rename(folder / "misbehave.so")
    daemon.put(RESOURCE, tables.resource(rows() + [tables.primary_school(3, "330102")]))
    daemon.wait_idle()
    after = daemon.rows("SELECT sha256 FROM run WHERE plugin = 'fixture' ORDER BY id")
    assert len(after) > before[0][0] and after[-1] != after[0], daemon.tail()
