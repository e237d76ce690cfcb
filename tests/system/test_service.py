# SPDX-License-Identifier: Apache-2.0
"""The installed service under a real systemd, as an administrator meets it."""
import json
import os
import re
import subprocess
import time

import pytest
import tables
from conftest import BUILD, wait_for
from systemd_box import Box, BoxUnavailable

STATE = "/var/lib/junheng"
CITY = f"{STATE}/drop/city"
CONFIG = "/etc/junheng/junheng.yaml"
DROP_IN = "/run/systemd/system/junhengd.service.d/test.conf"
COUNTY = [tables.primary_school(1), tables.primary_school(2), tables.failing_school(3)]
RESOURCE = "临江区_学校资源_2025-2026.csv"
SANITIZED = (BUILD / "daemon" / "junhengd").exists() and b"__asan_init" in (BUILD / "daemon" / "junhengd").read_bytes()
# Seconds become tenths; leak checking needs ptrace, which no service has.
QUICK = "[Service]\nRestartSec=100ms\n" + ("Environment=ASAN_OPTIONS=detect_leaks=0\nMemoryDenyWriteExecute=no\n" if SANITIZED else "")
EXPOSURE_MAX = 1.5
pytestmark = pytest.mark.xdist_group("box")  # one process boots one box


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    install = tmp_path_factory.mktemp("install")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", install], check=True,
                   capture_output=True, stdin=subprocess.DEVNULL)
    try:
        box = Box(install)
    except BoxUnavailable as e:
        pytest.skip(str(e))
    box.run("systemd-sysusers")
    box.run("useradd", "-G", "junheng", "clerk")
    box.run("useradd", "stranger")
    yield box
    box.close()


class Service:
    def __init__(self, box):
        self.box = box
        self.default = box.path(CONFIG).read_text()
        self.since = None

    def reset(self):
        """As just installed and never started."""
        self.box.run("systemctl", "stop", "junhengd")
        self.box.run("rm", "-rf", STATE, "/srv/drop")
        self.box.run("systemd-tmpfiles", "--create", "junheng.conf")
        self.box.path(CONFIG).write_text(self.default)
        self.drop_in("")
        self.box.run("systemctl", "reset-failed", "junhengd", check=False)
        self.since = f"--since=@{time.time():.6f}"  # not --after-cursor, which passes over the first match

    def drop_in(self, text):
        path = self.box.path(DROP_IN)
        path.parent.mkdir(exist_ok=True)
        path.write_text(QUICK + text)
        self.box.run("systemctl", "daemon-reload")

    def configure(self, **replace):
        """The default configuration with a short settling time, and `replace`: old text by new."""
        text = self.default.replace("counties: all", "counties: all\n    period: 2025-2026\n    settle: 50ms")
        for old, new in replace.values():
            assert old in text
            text = text.replace(old, new)
        self.box.path(CONFIG).write_text(text)

    def start(self):
        self.systemctl("start")

    def systemctl(self, verb, check=True):
        run = self.box.run("systemctl", verb, "junhengd", check=False)
        assert not check or run.returncode == 0, run.stderr + self.log()
        return run

    def show(self, name):
        return self.box.run("systemctl", "show", "-p", name, "--value", "junhengd").stdout.strip()

    def pid(self):
        return int(self.show("MainPID"))

    def log(self):
        return self.box.run("journalctl", "-q", "-o", "cat", "-u", "junhengd", self.since).stdout

    def journal(self, *match):
        out = self.box.run("journalctl", "-q", "-o", "json", self.since, *match).stdout
        return [json.loads(line) for line in out.splitlines()]

    def ask(self, *arguments, user=None, check=True):
        """A command of junheng: its JSON; or the finished process when check is False."""
        run = self.box.run("junheng", "--json", *arguments, user=user, check=False)
        if not check:
            return run
        assert run.returncode == 0, run.stderr + self.log()
        return json.loads(run.stdout)

    def put(self, name, data, user="clerk", folder=CITY):
        """Written beside the folder, then renamed into it, as `user`."""
        self.box.run("/bin/sh", "-c", 'umask 077; cat >"$1/.new" && chmod 640 "$1/.new" && mv "$1/.new" "$1/$2"', "sh", folder, name,
                     user=user, input=data.decode())

    def wait_idle(self):
        def idle():
            status = json.loads(self.ask("status", check=False).stdout or "{}")
            return status.get("daemon", {}).get("idle") and status
        return wait_for(idle, lambda: "idle\n" + self.log())

    def wait_logged(self, text):
        return wait_for(lambda: text in self.log(), lambda: f"the log says {text!r}\n{self.log()}")

    def end_state(self):
        """What must survive a restart."""
        keys = {"submissions": ["id", "file", "state", "rows_ok"], "results": ["indicator", "entity", "stage", "verdict", "value"],
                "alerts": ["id", "indicator", "entity", "state"]}
        return {what: [{k: o[k] for k in names} for o in self.ask(what)] for what, names in keys.items()}


@pytest.fixture
def service(box):
    s = Service(box)
    s.reset()
    yield s
    s.systemctl("stop", check=False)
    box.path(CONFIG).write_text(s.default)


def process_tree(box, pid):
    """{pid: (name, status)} of the service's processes, pids as seen inside."""
    tree = {}
    for line in box.run("ps", "-eo", "pid=,ppid=,comm=").stdout.splitlines():
        p, parent, name = line.split(None, 2)
        if int(p) == pid or int(parent) in tree:
            text = box.path(f"/proc/{p}/status").read_text()
            tree[int(p)] = (name, dict(re.findall(r"^(\w+):\t(.*)$", text, re.M)))
    return tree


# ---- installed files ----

def test_the_unit_is_accepted_without_a_warning(service, box):
    run = box.run("systemd-analyze", "verify", "junhengd.service")
    assert run.stdout + run.stderr == ""


def test_the_exposure_of_the_unit_is_low(service, box):
    box.run("rm", "-f", DROP_IN)
    unit = box.run("systemctl", "show", "-p", "FragmentPath", "--value", "junhengd").stdout.strip()
    run = box.run("systemd-analyze", "security", "--offline=true", f"--threshold={int(EXPOSURE_MAX * 10)}", unit, check=False)
    assert run.returncode == 0, run.stdout
    assert float(re.search(r"Overall exposure level.*: ([\d.]+)", run.stdout).group(1)) <= EXPOSURE_MAX


def test_a_second_installation_keeps_the_administrators_configuration(tmp_path):
    for text in ("state: ./mine\n", None):
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", tmp_path], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL)
        path = tmp_path / CONFIG[1:]
        if text:
            path.write_text(text)
    assert path.read_text() == "state: ./mine\n"


# ---- start ----

def test_the_default_configuration_starts_as_installed(service, box):
    service.start()
    assert service.show("ActiveState") == "active"
    status = service.ask("status")
    assert status["daemon"]["sources"][0]["state"] == "watched" and status["daemon"]["plugin_failures"] == []
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    assert [s["state"] for s in service.ask("submissions", user="clerk")] == ["stored"]


def test_it_is_ready_only_when_the_database_is_open(service, box):
    service.start()
    service.systemctl("stop")
    holder = subprocess.Popen(
        box.command("/usr/bin/python3", "-c", "import sqlite3,sys; d=sqlite3.connect(sys.argv[1], isolation_level=None); "
                    "d.execute('PRAGMA locking_mode=EXCLUSIVE'); d.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()",
                    f"{STATE}/junheng.db"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    box.run("systemctl", "start", "--no-block", "junhengd")
    wait_for(lambda: service.show("ActiveState") == "activating" and service.pid(), "starting")
    state = f"/proc/{service.pid()}/task"
    wait_for(lambda: box.path(f"{STATE}/lock").read_text().strip() == str(service.pid()) or service.log(), "the state folder is its own")
    assert len(os.listdir(box.path(state))) >= 1 and service.show("ActiveState") == "activating"
    holder.communicate("")
    wait_for(lambda: service.show("ActiveState") == "active", lambda: "active\n" + service.log())
    assert service.ask("status")["daemon"]["phase"] == "running"


def test_a_damaged_database_fails_the_start_with_the_reason(service, box):
    service.start()
    service.systemctl("stop")
    box.path(f"{STATE}/junheng.db").write_bytes(b"not a database" * 1000)
    service.drop_in("Restart=no\n")
    assert service.systemctl("start", check=False).returncode != 0
    assert f"{STATE}/junheng.db" in service.log()
    assert service.show("ExecMainStatus") == "65"


def test_the_status_line_lives(service, box):
    service.configure()
    service.start()
    first = service.show("StatusText")
    assert "1" in first and first
    reader = next(p for p, (name, _) in process_tree(box, service.pid()).items() if name == "junheng-read")
    box.run("kill", "-STOP", reader)
    service.put(RESOURCE, tables.resource(COUNTY))
    wait_for(lambda: service.show("StatusText") != first, lambda: f"another status than {first}\n{service.log()}")
    assert service.show("StatusText").startswith("处理中"), service.show("StatusText")
    box.run("kill", "-CONT", reader)
    wait_for(lambda: service.show("StatusText") == first, "the first status again")


# ---- what a clerk and an inspector do ----

def test_a_file_of_another_user_becomes_an_alert_in_the_journal(service, box):
    service.configure()
    service.start()
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    alerts = service.journal("JUNHENG_INDICATOR=resource.school_rule")
    assert [a["JUNHENG_ENTITY"] for a in alerts] == [tables.code(3)], service.log()
    assert alerts[0]["_SYSTEMD_UNIT"] == "junhengd.service" and "第3小学" in alerts[0]["MESSAGE"]
    assert alerts[0]["JUNHENG_SEVERITY"] in ("red", "orange", "yellow", "blue") and alerts[0]["PRIORITY"] in "1234"


def test_a_clerk_of_the_group_drops_a_file_and_reads_the_receipt(service, box):
    service.configure()
    service.start()
    box.run("/bin/sh", "-c", 'cat >"$1"', "sh", f"{CITY}/{RESOURCE}", user="clerk", input=tables.resource(COUNTY).decode())
    service.wait_idle()
    names = box.run("ls", f"{CITY}/receipts", user="clerk").stdout.split()
    assert names, service.log()
    assert "3 行" in box.run("cat", *[f"{CITY}/receipts/{n}" for n in names if n.endswith(".txt")], user="clerk").stdout


def test_a_file_the_daemon_may_not_read_is_named_and_taken_once_it_may(service, box):
    service.configure(rescan=("channels:", "rescan: 1s\nchannels:"))
    service.start()
    box.run("/bin/sh", "-c", 'umask 077; cat >"$1/.new" && mv "$1/.new" "$1/$2"', "sh", CITY, RESOURCE, user="clerk",
            input=tables.resource(COUNTY).decode())
    service.wait_logged(f"{RESOURCE} cannot be taken: 权限不够")
    assert service.ask("submissions") == []
    second = service.ask("status")["daemon"]["uptime_s"] + 3
    wait_for(lambda: service.ask("status")["daemon"]["uptime_s"] >= second, "two rescans")
    box.run("chmod", "640", f"{CITY}/{RESOURCE}", user="clerk")
    wait_for(lambda: [s["state"] for s in service.ask("submissions")] == ["stored"], service.log)
    assert service.log().count("cannot be taken") == 1  # not at every rescan


def test_strangers_see_nothing(service, box):
    service.configure()
    service.start()
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    for argv in (["ls", STATE], ["ls", CITY], ["cat", f"{STATE}/junheng.db"], ["junheng", "results"]):
        assert box.run(*argv, user="stranger", check=False).returncode != 0, argv


@pytest.mark.parametrize("running", [True, False])
def test_a_member_of_the_group_reads_everything_with_the_command_line(service, box, running):
    service.configure()
    service.start()
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    if not running:
        service.systemctl("stop")
    for name in ("junheng.db", "junheng.db-wal", "junheng.db-shm"):
        assert box.run("stat", "-c", "%U:%G %a", f"{STATE}/{name}").stdout.strip() == "junheng:junheng 640", name
    for argv in (["status"], ["submissions"], ["results"], ["alerts"], ["explain", "resource.sports_area", tables.code(3)], ["plugins"], ["datasets"]):
        by_root, by_clerk = service.ask(*argv), service.ask(*argv, user="clerk")
        if argv != ["status"]:
            assert by_clerk == by_root and by_clerk
        else:
            assert by_clerk["running"] is running and by_clerk["submissions"] == by_root["submissions"] == {"stored": 1}


def test_a_folder_outside_the_state_needs_a_drop_in_and_the_log_says_which(service, box):
    service.configure(path=(CITY, "/srv/drop/city"))
    service.start()
    service.wait_logged("ReadWritePaths=")
    assert "/srv/drop" in service.log() and "systemctl edit junhengd" in service.log()
    assert service.ask("status")["daemon"]["sources"][0]["state"] == "missing"
    box.run("mkdir", "-p", "/srv/drop")
    box.run("chown", "junheng:junheng", "/srv/drop")
    box.run("chmod", "2770", "/srv/drop")
    service.drop_in("ReadWritePaths=/srv/drop\n")
    service.systemctl("restart")
    service.put(RESOURCE, tables.resource(COUNTY), folder="/srv/drop/city")
    service.wait_idle()
    assert [s["state"] for s in service.ask("submissions")] == ["stored"]


# ---- reload ----

def test_a_good_reload_takes_effect(service, box):
    service.configure()
    service.start()
    service.configure(source=("  - name: city\n", f"  - name: other\n    path: {STATE}/drop/other\n    counties: all\n    settle: 50ms\n  - name: city\n"))
    service.systemctl("reload")
    service.put(RESOURCE, tables.resource(COUNTY), folder=f"{STATE}/drop/other")
    service.wait_idle()
    assert [s["source"] for s in service.ask("submissions")] == ["other"]


@pytest.mark.parametrize("mistake", [("counties: all", "countys: all"), ("settle: 50ms", "settle: often"), ("state: ", "state: [")])
def test_a_bad_reload_fails_with_the_place_and_the_old_plan_goes_on(service, box, mistake):
    service.configure()
    service.start()
    pid = service.pid()
    service.configure(mistake=mistake)
    assert service.systemctl("reload", check=False).returncode != 0
    assert re.search(r"junheng\.yaml:\d+:\d+: ", service.log()), service.log()
    assert service.show("ActiveState") == "active" and service.pid() == pid
    service.configure()
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    assert [s["state"] for s in service.ask("submissions")] == ["stored"]


# ---- ends ----

@pytest.mark.parametrize("how", ["SIGKILL", "SIGSTOP"])
def test_a_killed_or_hanging_daemon_comes_back_to_the_same_state(service, box, how):
    service.configure()
    service.drop_in("WatchdogSec=1s\n")
    service.start()
    service.put(RESOURCE, tables.resource(COUNTY))
    service.wait_idle()
    before, pid = service.end_state(), service.pid()
    box.run("kill", f"-{how[3:]}", pid)
    wait_for(lambda: service.pid() not in (0, pid) and service.show("ActiveState") == "active", lambda: "restarted\n" + service.log())
    if how == "SIGSTOP":
        assert "watchdog" in service.log().lower()
    assert service.show("NRestarts") == "1"
    service.wait_idle()
    assert service.end_state() == before and before["alerts"]
    assert pid not in process_tree(box, 1)


def test_it_stops_within_five_seconds_in_the_middle_of_work(service, box):
    service.configure()
    service.start()
    for n in range(20):
        service.put(f"{n}.csv", tables.resource([tables.primary_school(n)]))
    begun = time.monotonic()
    service.systemctl("stop")
    assert time.monotonic() - begun < 5
    assert service.show("ActiveState") == "inactive" and "Deactivated successfully" in service.log(), service.log()
    assert box.run("pgrep", "-u", "junheng", check=False).stdout == ""
    service.start()
    service.wait_idle()
    assert [s["state"] for s in service.ask("submissions")] == ["stored"] * 20


def test_a_second_daemon_is_refused_with_the_first_ones_pid(service, box):
    service.start()
    run = box.run("junhengd", "--once", user="junheng", check=False)
    assert run.returncode == 75 and str(service.pid()) in run.stderr


# ---- hardening ----

def test_every_process_is_confined_and_nothing_is_broken_by_it(service, box):
    sink = subprocess.Popen(box.command("/usr/bin/python3", "-c", SINK), stdout=subprocess.PIPE, text=True)
    port = sink.stdout.readline().strip()
    try:
        service.configure(channel=("type: journal", f"type: webhook\n    url: http://127.0.0.1:{port}/"))
        service.start()
        tree = process_tree(box, service.pid())
        assert {name for name, _ in tree.values()} >= {"junhengd", "junheng-read"}
        for name, status in tree.values():
            assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2", name
            assert status["CapEff"] == status["CapBnd"] == "0" * 16, name
        service.put(RESOURCE, tables.resource(COUNTY))
        service.wait_idle()
        assert "第3小学" in sink.stdout.readline()
        assert {r["plugin"] for r in service.ask("results")} == {"resource"}
        assert "sandbox" not in service.log() and "沙箱" not in service.log(), service.log()
    finally:
        sink.kill()
        sink.wait()


SINK = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class H(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        print(__import__("json").dumps(__import__("json").loads(body), ensure_ascii=False), flush=True)
        self.send_response(204)
        self.end_headers()
    def log_message(self, *a): pass
s = HTTPServer(("127.0.0.1", 0), H)
print(s.server_port, flush=True)
s.serve_forever()
"""
