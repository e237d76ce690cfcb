# SPDX-License-Identifier: Apache-2.0
"""Plugins built against the public header by somebody else, seen through the command line: what they measure, and what becomes of misdeeds."""
import shutil
import subprocess

import pytest
import tables
from cli import alerts, command, junheng, one
from conftest import BUILD, SOURCE
from tables import code, failing_school, primary_school, whole

PLUGIN = r"""
#include <junheng/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const struct jh_threshold limits[] = {{.value = 100, .basis = "local"}};
static const struct jh_indicator indicators[] = {
    {.id = "local.pupils", .title = "在校生数", .unit = "人", .formula = "在校生数", .inputs = "school_resource.pupils_primary",
     .thresholds = JH_ARRAY(limits), .scale = 1, .kind = JH_MEASURE, .level = JH_SCHOOL, .op = JH_AT_LEAST, .stages = JH_PRIMARY}};
static const struct jh_input inputs[] = {{.dataset = "school_resource"}};
MORE
static int compute(struct jh_run *run)
{
    MISDEED
    struct jh_rows *q = jh_query(run, "SELECT period, county, school, pupils_primary FROM school_resource");
    while (jh_next(run, q)) {
        struct jh_measure m = {.size = sizeof m, .indicator = "local.pupils", .stage = JH_PRIMARY, .denominator = 1, .pupils = NAN};
        m.period = jh_text(run, q, 0), m.county = jh_text(run, q, 1), m.entity = jh_text(run, q, 2), m.numerator = jh_number(run, q, 3);
        jh_emit(run, &m);
    }
    return 0;
}
const struct jh_plugin junheng_plugin = {JH_PLUGIN_HEAD, .name = "local", .version = "1.0", .title = "本市指标", .indicators = JH_ARRAY(indicators),
                                         .inputs = JH_ARRAY(inputs), .compute = compute};
"""
MISDEEDS = {
    "exit": "_exit(0);",
    "allocate": "for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); else abort(); }",
    "rubbish": 'for (int fd = 0; fd < 32; fd++) if (write(fd, "\\xff\\xff\\xff\\xffrubbish rubbish rubbish", 26)) {}',
    "starts a program": "if (system(\"true\") != 0) abort();",
    "wrong entity": "struct jh_measure m = {.size = sizeof m, .indicator = \"nobody.has_it\", .entity = \"x\", .period = \"2025-2026\", .county = \"990101\"};"
                    " jh_emit(run, &m);",
}


def build(folder, misdeed="", more="", name="local"):
    folder.mkdir(exist_ok=True)
    source = folder.parent / f"{name}.c"
    source.write_text(PLUGIN.replace("MISDEED", misdeed).replace("MORE", more))
    made = folder.parent / f"{name}.so.new"
    subprocess.run(["cc", "-std=gnu11", "-O1", "-shared", "-fPIC", f"-I{SOURCE}/daemon/include", "-o", made, source], check=True)
    made.rename(folder / f"{name}.so")


@pytest.fixture
def plugin_dir(daemon):
    folder = daemon.folder / "plugins"
    folder.mkdir()
    shutil.copy(BUILD / "plugins" / "resource" / "resource.so", folder)
    daemon.config.write_text(daemon.config.read_text() + f"plugin_dir: {folder}\nlimits: {{run_timeout: 2s, run_memory: 256MiB}}\n")
    return folder


def plugin(daemon, name):
    return next(p for p in junheng(daemon, "plugins") if p["name"] == name)


def drop(daemon):
    daemon.put(f"学校资源_{tables.YEAR}.csv", whole([primary_school(1), failing_school(2)]))


def test_a_plugin_of_ones_own_measures_beside_the_others(daemon, plugin_dir):
    build(plugin_dir)
    drop(daemon)
    assert daemon.once()[0] == 0
    assert one(daemon, "local.pupils", code(1), "primary")["value"] == 400
    assert one(daemon, "local.pupils", code(1), "primary")["plugin"] == "local"
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "fail"


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_misbehaving_plugin_is_contained_named_and_alerted(daemon, plugin_dir, misdeed):
    build(plugin_dir, MISDEEDS[misdeed])
    daemon.start()
    drop(daemon)
    daemon.wait_idle()
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "fail"
    assert daemon.sink.messages, daemon.tail()
    p = plugin(daemon, "local")
    assert p["state"] == "set_aside" and p["set_aside"], p
    assert plugin(daemon, "resource")["state"] == "active"
    [alert] = [a for a in alerts(daemon) if a["indicator"] == "junheng.plugin"]
    assert alert["entity"] == "local" and alert["state"] == "firing"
    shown = command(daemon, "alerts", "show", alert["id"], LANGUAGE="zh_CN").stdout
    assert "local" in shown and "junheng plugins retry local" in shown, shown
    # the daemon is well and takes the next file
    daemon.put("更正.csv", whole([primary_school(2)]))
    daemon.wait_idle()
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "pass"
    assert len([a for a in alerts(daemon) if a["indicator"] == "junheng.plugin"]) == 1


@pytest.mark.parametrize("more", ["__attribute__((constructor)) static void early(void) { raise(SIGSEGV); }",
                                  "__attribute__((constructor)) static void early(void) { for (volatile int i = 0;; i++); }"])
def test_a_plugin_that_dies_when_loaded_does_not_stop_the_start(daemon, plugin_dir, more):
    build(plugin_dir, more=more)
    daemon.start()
    drop(daemon)
    daemon.wait_idle()
    assert one(daemon, "resource.school_rule", code(2), "primary")["verdict"] == "fail"
    check = command(daemon, "check")
    assert check.returncode == 1 and "local" in check.stdout + check.stderr
    assert [a for a in alerts(daemon) if a["indicator"] == "junheng.plugin"], alerts(daemon)


def test_a_file_that_is_no_plugin_is_named_by_check(daemon, plugin_dir):
    (plugin_dir / "noise.so").write_bytes(b"\x7fELF" + b"\0" * 500)
    check = command(daemon, "check")
    assert check.returncode == 1 and "noise" in check.stdout + check.stderr
