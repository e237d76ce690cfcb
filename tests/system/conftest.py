# SPDX-License-Identifier: Apache-2.0
"""Running programs under test: a daemon with a folder of its own, and a webhook that remembers what it was sent.

JUNHENG_BUILD names the build folder (default: build, beside the sources). Nothing here sleeps for an effect: waiting is
for a condition, looked at every few milliseconds, with a bound."""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("JUNHENG_BUILD", SOURCE / "build")).resolve()
BOUND = float(os.environ.get("JUNHENG_TEST_BOUND", "60"))


def wait_for(condition, what, bound=BOUND):
    """The first true value of condition(); fails with `what` (a text, or a function that gives one)."""
    until = time.monotonic() + bound
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            pytest.fail(f"not within {bound:g} s: {what() if callable(what) else what}")
        time.sleep(0.005)


class Sink:
    """A webhook on 127.0.0.1. `answer` is what it replies: a status, or a function of the body."""

    def __init__(self):
        self.messages = []  # (key, body) in the order of arrival, answered with success
        self.attempts = 0
        self.answer = 204
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status = sink.answer(body) if callable(sink.answer) else sink.answer
                sink.attempts += 1
                if status < 300:
                    sink.messages.append((self.headers["Idempotency-Key"], body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def by_key(self):
        """Messages as a receiver that heeds the idempotency key knows them."""
        return dict(self.messages)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Daemon:
    def __init__(self, folder, sink):
        self.folder = folder
        self.sink = sink
        self.config = folder / "junheng.yaml"
        self.drop = folder / "drop" / "city"
        self.state = folder / "state"
        self.log = folder / "junhengd.log"
        self.process = None
        self.write_config()

    def write_config(self, extra="", source="", period="2025-2026"):
        self.config.write_text(
            f"""state: ./state
sources:
  - name: city
    path: ./drop/city
    counties: all
    period: {period}
    settle: 50ms
{source}
channels:
  - name: office
    type: webhook
    url: {self.sink.url}
alerts:
  - notify: [office]
{extra}
""",
            encoding="utf-8",
        )

    # ---- the process ----

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("JUNHENG_KILL", "NOTIFY_", "JOURNAL_"))}
        return env | {"LANG": "C.UTF-8"} | more

    def start(self, *arguments, ready=True, **environment):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [BUILD / "daemon" / "junhengd", "--config", self.config, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(**environment))
        if ready:
            wait_for(lambda: self.died() or (self.status() or {}).get("phase") == "running", lambda: "no daemon\n" + self.tail())
            assert self.process.poll() is None, self.tail()
        return self

    def died(self):
        return self.process.poll() is not None

    def once(self, **environment):
        """--once: exit code and stderr."""
        run = subprocess.run([BUILD / "daemon" / "junhengd", "--config", self.config, "--once"], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, env=self.environment(**environment), timeout=BOUND)
        with open(self.log, "a") as log:
            log.write(run.stderr)
        return run.returncode, run.stderr

    def stop(self, sig=signal.SIGTERM):
        """Ends the daemon; its exit code, and the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(sig)
        code = self.process.wait(timeout=20)
        self.process = None
        return code, time.monotonic() - begun

    def wait_killed(self):
        code = self.process.wait(timeout=BOUND)
        self.process = None
        assert code == -signal.SIGKILL, self.tail()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def tail(self):
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""

    # ---- the control socket ----

    def ask(self, cmd, **more):
        """The reply; None if there is no daemon to answer."""
        path = self.state / "control.sock"
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(BOUND)
                s.connect(str(path))
                s.sendall(json.dumps({"cmd": cmd} | more).encode() + b"\n")
                data = b""
                while not data.endswith(b"\n"):
                    chunk = s.recv(65536)
                    if not chunk:
                        return None
                    data += chunk
                return json.loads(data)
        except (FileNotFoundError, ConnectionRefusedError, ConnectionResetError, BrokenPipeError):
            return None

    def status(self):
        return self.ask("status")

    def wait_idle(self):
        """Nothing is settling, being read, computed or delivered."""
        def idle():
            assert self.process.poll() is None, "the daemon has ended\n" + self.tail()
            status = self.status()
            return status and status["idle"] and status
        return wait_for(idle, lambda: f"idle: {self.status()}\n{self.tail()}")

    # ---- files ----

    def put(self, name, data):
        """Renames a whole file into the drop folder."""
        self.drop.mkdir(parents=True, exist_ok=True)
        scratch = self.folder / f"{name}.scratch"
        scratch.write_bytes(data)
        scratch.rename(self.drop / name)

    def lying(self):
        """What still lies in the drop folder or is claimed."""
        claimed = self.drop / ".claimed"
        names = [p.name for p in self.drop.iterdir() if p.is_file()]
        return sorted(names + ([p.name for p in claimed.iterdir()] if claimed.is_dir() else []))

    def receipts(self):
        folder = self.drop / "receipts"
        return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.is_dir() else {}

    # ---- the database ----

    def rows(self, sql, *parameters):
        db = sqlite3.connect(f"file:{self.state}/junheng.db?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, parameters).fetchall()
        finally:
            db.close()

    def submissions(self):
        return self.rows("SELECT file, state, rows_ok, rows_bad FROM submission ORDER BY id")

    def results(self):
        return self.rows(
            "SELECT p.text, c.text, i.text, r.stage, e.text, r.verdict, r.value, r.numerator, r.denominator, r.threshold, r.gap, "
            "r.estimated, r.provisional FROM result r JOIN code p ON p.id = r.period JOIN code c ON c.id = r.county "
            "JOIN code i ON i.id = r.indicator JOIN code e ON e.id = r.entity ORDER BY 1, 2, 3, 4, 5")

    def alerts(self):
        return self.rows("SELECT indicator, entity, stage, period, severity, state FROM alert ORDER BY 1, 2, 3, 4")

    def unfinished(self):
        return self.rows("SELECT file, state, claimed, spool, receipt FROM submission WHERE state = 'received' OR claimed IS NOT NULL "
                         "OR spool IS NOT NULL OR receipt IS NULL")


@pytest.fixture
def sink():
    s = Sink()
    yield s
    s.close()


@pytest.fixture
def daemon(tmp_path, sink):
    d = Daemon(tmp_path, sink)
    yield d
    if d.process:
        d.kill()
