# SPDX-License-Identifier: Apache-2.0
"""What systemd is told, signals, and who may ask."""
import os
import re
import signal
import socket
import stat

import pytest
import tables
from conftest import wait_for

RESOURCE = f"临江区_学校资源_{tables.YEAR}.csv"


@pytest.fixture
def notified(tmp_path):
    """Messages to NOTIFY_SOCKET, one after the other."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.setblocking(False)
        said = []

        def hear():
            while True:
                try:
                    said.append(s.recv(4096).decode())
                except BlockingIOError:
                    return said

        yield path, hear


def test_it_is_ready_only_when_folders_are_watched_and_says_how_it_fares(daemon, notified):
    path, hear = notified
    daemon.start(ready=False, NOTIFY_SOCKET=path, WATCHDOG_USEC="2400000")
    wait_for(lambda: "READY=1" in "\n".join(hear()), daemon.tail)
    assert daemon.drop.is_dir()
    wait_for(lambda: [m for m in hear() if m.startswith("STATUS=")], daemon.tail)
    wait_for(lambda: hear().count("WATCHDOG=1") >= 2, daemon.tail)
    daemon.put(RESOURCE, tables.resource([tables.primary_school(1)]))
    daemon.wait_idle()
    assert daemon.stop()[0] == 0
    assert "STOPPING=1" in hear()


def test_a_start_that_fails_is_never_ready(daemon, notified):
    path, hear = notified
    daemon.state.mkdir()
    (daemon.state / "junheng.db").write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    daemon.start(ready=False, NOTIFY_SOCKET=path)
    assert daemon.process.wait(timeout=20) != 0
    daemon.process = None
    assert not [m for m in hear() if "READY=1" in m]
    assert "junheng.db" in daemon.tail()


def test_sighup_takes_the_new_plan(daemon):
    daemon.start()
    other = daemon.folder / "drop" / "other"
    daemon.write_config(source="  - name: other\n    path: ./drop/other\n    counties: all\n")
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(other.is_dir, daemon.tail)


def test_the_socket_and_the_state_are_not_for_everybody(daemon):
    daemon.start()
    assert stat.S_IMODE(os.stat(daemon.state).st_mode) & 0o007 == 0
    assert stat.S_IMODE(os.stat(daemon.state / "control.sock").st_mode) == 0o660
    assert stat.S_IMODE(os.stat(daemon.state / "spool").st_mode) == 0o700


@pytest.mark.parametrize("line", [b"", b"nonsense", b"[]", b'{"cmd":17}', b'{"cmd":"unknown"}', b'{"cmd":"ack"}',
                                  b'{"cmd":"ack","id":"2025-9999"}', b"x" * 300000], ids=range(8))
def test_nonsense_on_the_socket_is_answered_or_dropped(daemon, line):
    daemon.start()
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(daemon.state / "control.sock"))
        try:
            s.sendall(line + b"\n")
            answer = s.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            answer = b""
    assert answer == b"" or b'"ok":false' in answer
    assert daemon.status()["ok"]


def test_help_and_version_say_what_they_should(daemon):
    import subprocess

    from conftest import BUILD

    for option, wanted in (("--help", "--once"), ("--version", "junhengd ")):
        run = subprocess.run([BUILD / "daemon" / "junhengd", option], capture_output=True, text=True, env=daemon.environment())
        assert run.returncode == 0 and wanted in run.stdout
    run = subprocess.run([BUILD / "daemon" / "junhengd", "--nonsense"], capture_output=True, text=True, env=daemon.environment())
    assert run.returncode == 64


def test_a_missing_or_wrong_configuration_ends_with_its_place(daemon):
    daemon.config.write_text("state: ./state\nsources: 7\n")
    code, stderr = daemon.once()
    assert code == 78 and re.search(r"junheng\.yaml:2:\d+: ", stderr)
    daemon.config.unlink()
    code, stderr = daemon.once()
    assert code == 66 and "junheng.yaml" in stderr
