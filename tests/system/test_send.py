# SPDX-License-Identifier: Apache-2.0
"""junheng-send against a real mail server (STARTTLS, TLS, AUTH) and an HTTP server that answers well and badly."""
import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("JUNHENG_BUILD", SOURCE / "build")).resolve()
SEND = BUILD / "daemon" / "junheng-send"
PASSWORD = "s3cret-päß"
SUBJECT = "【不达标·新增】城南区第三小学（2101020031）小学段 7 项中 2 项不达标，未达到“至少 6 项达标、余项不低于 85%”"
TEXT = SUBJECT + "\n口径：2025-2026 学年初\n.\n..\n最后一行\n"


def deliver(jobs, bound=60):
    """The outcomes by id, and all that the program wrote."""
    done = subprocess.run([SEND], input=json.dumps(jobs).encode(), capture_output=True, timeout=bound,
                          env={**os.environ, "LANGUAGE": "en", "LC_ALL": "C.UTF-8", "no_proxy": "*"})
    assert done.returncode == 0, done.stderr.decode()
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert PASSWORD not in done.stdout.decode() + done.stderr.decode()
    assert len(lines) == len(jobs)
    return {line["id"]: line for line in lines}, lines


# ---- webhook ----

class Hook:
    def __init__(self):
        self.requests = []
        self.plan = {}      # path -> (status, headers, body) or a callable of the handler
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.requests.append((self.path, dict(self.headers), body))
                answer = hook.plan.get(self.path, (200, {}, b"ok"))
                if callable(answer):
                    answer(self)
                    return
                status, headers, text = answer
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def job(self, id, path="/", channel=None, **config):
        return {"id": id, "key": f"2025-{id:04d}/opened/office", "type": "webhook",
                "config": {"name": channel or f"c{id}", "url": self.url + path, "headers": [], "timeout_ms": 5000, **config},
                "subject": SUBJECT, "text": TEXT, "html": None, "json": {"version": 1, "text": TEXT}}


@pytest.fixture
def hook():
    h = Hook()
    yield h
    h.server.shutdown()
    h.server.server_close()


def test_a_webhook_gets_the_body_under_its_key(hook):
    outcomes, _ = deliver([hook.job(1, headers=["X-Token: abc"])])
    assert outcomes[1] == {"id": 1, "ok": True}
    path, headers, body = hook.requests[0]
    assert headers["Idempotency-Key"] == "2025-0001/opened/office"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["User-Agent"].startswith("junheng/")
    assert headers["X-Token"] == "abc"
    assert json.loads(body) == {"version": 1, "text": TEXT}


def test_a_key_that_is_not_ascii_stays_a_header_value(hook):
    job = hook.job(1)
    job["key"] = "2025-0001/opened/督导办"
    outcomes, _ = deliver([job])
    assert outcomes[1]["ok"]
    assert hook.requests[0][1]["Idempotency-Key"] == "2025-0001/opened/%E7%9D%A3%E5%AF%BC%E5%8A%9E"


@pytest.mark.parametrize("status,permanent", [(500, False), (503, False), (408, False), (425, False), (429, False),
                                              (400, True), (401, True), (404, True), (410, True)])
def test_a_bad_status_says_whether_to_try_again(hook, status, permanent):
    hook.plan["/x"] = (status, {}, "不行\r\nno".encode())
    outcomes, _ = deliver([hook.job(1, "/x")])
    assert outcomes[1]["ok"] is False
    assert outcomes[1]["permanent"] is permanent
    assert outcomes[1]["error"] == f"the receiver answered {status}: 不行  no"


def test_retry_after_is_handed_on(hook):
    hook.plan["/x"] = (429, {"Retry-After": "77"}, b"")
    outcomes, _ = deliver([hook.job(1, "/x")])
    assert outcomes[1]["retry_after_s"] == 77
    assert outcomes[1]["permanent"] is False


def test_redirects_are_not_followed(hook):
    hook.plan["/x"] = (302, {"Location": hook.url + "/y"}, b"")
    outcomes, _ = deliver([hook.job(1, "/x")])
    assert [r[0] for r in hook.requests] == ["/x"]
    assert "redirects are not followed" in outcomes[1]["error"]


def test_an_endless_answer_is_cut(hook):
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            for _ in range(10000):
                handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except OSError:
            pass
        handler.close_connection = True

    hook.plan["/x"] = endless
    begin = time.monotonic()
    outcomes, _ = deliver([hook.job(1, "/x", timeout_ms=30000)])
    assert outcomes[1]["ok"]
    assert time.monotonic() - begin < 20


def test_a_receiver_that_does_not_answer_is_left(hook):
    gate = threading.Event()
    hook.plan["/x"] = lambda handler: gate.wait(30)
    outcomes, _ = deliver([hook.job(1, "/x", timeout_ms=500), hook.job(2)])
    gate.set()
    assert outcomes[1]["ok"] is False and outcomes[1]["permanent"] is False
    assert "timed out" in outcomes[1]["error"]
    assert outcomes[2]["ok"], "another channel is not held up"


def test_nobody_there(hook):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
        outcomes, _ = deliver([hook.job(1, url=f"http://127.0.0.1:{port}/secret-token")])
    assert outcomes[1]["ok"] is False and outcomes[1]["permanent"] is False
    assert "127.0.0.1" in outcomes[1]["error"]
    assert "secret-token" not in outcomes[1]["error"]


def test_a_channel_keeps_its_order_and_stops_at_the_first_failure(hook):
    hook.plan["/bad"] = (500, {}, b"")
    hook.plan["/gone"] = (404, {}, b"")
    jobs = [hook.job(1, channel="a"), hook.job(2, "/gone", channel="a"), hook.job(3, channel="a"), hook.job(4, "/bad", channel="a"),
            hook.job(5, channel="a"), hook.job(6, channel="b")]
    outcomes, _ = deliver(jobs)
    assert [outcomes[i]["ok"] for i in range(1, 7)] == [True, False, True, False, False, True]
    assert outcomes[5]["tried"] is False
    keys = [r[1]["Idempotency-Key"][:9] for r in hook.requests]
    assert [k for k in keys if k != "2025-0006"] == ["2025-0001", "2025-0002", "2025-0003", "2025-0004"]


def test_many_channels_and_messages(hook):
    jobs = [hook.job(i, channel=f"c{i % 40}") for i in range(1, 401)]
    outcomes, _ = deliver(jobs)
    assert all(o["ok"] for o in outcomes.values())
    assert len(hook.requests) == 400


def test_what_is_no_batch_is_said(tmp_path):
    done = subprocess.run([SEND], input=b"[{]", capture_output=True, timeout=30)
    assert done.returncode == 65
    assert b"not JSON" in done.stderr
    assert done.stdout == b""


def test_a_header_with_a_line_break_never_leaves(hook):
    outcomes, _ = deliver([hook.job(1, headers=["X: a\r\nY: b"]), hook.job(2, url="file:///etc/passwd")])
    assert not hook.requests
    assert "on one line" in outcomes[1]["error"]
    assert "http:// or https://" in outcomes[2]["error"]


# ---- mail ----

class Handler:
    def __init__(self):
        self.mails = []
        self.refuse = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse and address.startswith(self.refuse[0]):
            return self.refuse[1]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content, session.ssl is not None))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"dudao" and data.password.decode() == PASSWORD
    return AuthResult(success=good, handled=good)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    d = tmp_path_factory.mktemp("ca")

    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=d, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test ca")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (d / "ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext",
            "-out", "server.pem")
    return d




@pytest.fixture
def mail(certificate, tmp_path, request):
    mode = getattr(request, "param", "starttls")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "server.pem", certificate / "server.key")
    options = {"hostname": "127.0.0.1", "port": free_port()}
    if mode == "starttls":
        options |= {"tls_context": context, "require_starttls": True, "authenticator": authenticate, "auth_required": True}
    elif mode == "implicit":
        options |= {"ssl_context": context, "authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    handler = Handler()
    controller = Controller(handler, **options)
    controller.start()
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    handler.config = {"name": "mail", "host": "localhost", "port": options["port"], "tls": mode, "ca_file": str(certificate / "ca.pem"),
                      "from": "市教育督导室 <dudao@example.cn>", "to": ["局长 <juzhang@example.cn>", "clerk@example.cn"],
                      "timeout_ms": 10000}
    if mode != "none":
        handler.config |= {"user": "dudao", "password_file": str(secret)}
    yield handler
    controller.stop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def mail_job(handler, id=1, **config):
    return {"id": id, "key": f"2025-{id:04d}/opened/mail", "type": "smtp", "config": {**handler.config, **config}, "subject": SUBJECT,
            "text": TEXT, "html": "<p>城南区第三小学 &lt;</p>\n", "json": {}}


@pytest.mark.parametrize("mail", ["starttls", "implicit", "none"], indirect=True)
def test_a_mail_arrives_whole(mail):
    outcomes, _ = deliver([mail_job(mail)])
    assert outcomes[1] == {"id": 1, "ok": True}
    sender, to, content, encrypted = mail.mails[0]
    assert sender == "dudao@example.cn"
    assert to == ["juzhang@example.cn", "clerk@example.cn"]
    assert encrypted is (mail.config["tls"] == "starttls")  # an implicit one speaks nothing but TLS
    assert content.isascii()
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects
    assert message["Subject"] == SUBJECT
    assert message["From"] == "市教育督导室 <dudao@example.cn>"
    assert message["To"] == "局长 <juzhang@example.cn>, clerk@example.cn"
    assert message["Message-ID"] == "<2025-0001_2fopened_2fmail@example.cn>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 600
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert plain.get_content() == TEXT
    assert html.get_content_type() == "text/html"
    assert html.get_content() == "<p>城南区第三小学 &lt;</p>\n"


def test_a_mail_without_html_is_plain(mail):
    job = mail_job(mail)
    job["html"] = None
    outcomes, _ = deliver([job])
    assert outcomes[1]["ok"]
    message = email.message_from_bytes(mail.mails[0][2], policy=email.policy.default)
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == TEXT


def test_several_mails_over_one_channel(mail):
    outcomes, lines = deliver([mail_job(mail, i) for i in range(1, 21)])
    assert all(o["ok"] for o in outcomes.values())
    assert [line["id"] for line in lines] == list(range(1, 21))
    assert len(mail.mails) == 20


def test_an_unknown_authority_is_not_trusted(mail):
    outcomes, _ = deliver([mail_job(mail, ca_file="/etc/ssl/certs/ca-certificates.crt")])
    assert outcomes[1]["ok"] is False and outcomes[1]["permanent"] is False
    assert "certificate" in outcomes[1]["error"]
    assert not mail.mails


def test_a_name_that_is_not_the_certificates_is_not_trusted(mail):
    outcomes, _ = deliver([mail_job(mail, host="127.0.0.2")])
    assert outcomes[1]["ok"] is False
    assert not mail.mails


@pytest.mark.parametrize("mail", ["none"], indirect=True)
def test_a_server_without_starttls_gets_nothing(mail):
    outcomes, _ = deliver([mail_job(mail, tls="starttls")])
    assert outcomes[1]["ok"] is False and outcomes[1]["permanent"] is False
    assert not mail.mails


def test_a_wrong_password_can_be_set_right(mail, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("nonsense\n")
    outcomes, _ = deliver([mail_job(mail, password_file=str(wrong))])
    assert outcomes[1]["ok"] is False and outcomes[1]["permanent"] is False
    assert not mail.mails


def test_a_missing_password_file_is_named(mail):
    outcomes, _ = deliver([mail_job(mail, password_file="/nonexistent/password")])
    assert outcomes[1]["permanent"] is False
    assert outcomes[1]["error"] == "password file /nonexistent/password: No such file or directory"


def test_a_refused_recipient_does_not_keep_it_from_the_others(mail):
    mail.refuse = ("juzhang", "550 no such user")
    outcomes, _ = deliver([mail_job(mail)])
    assert outcomes[1]["ok"]
    assert mail.mails[0][1] == ["clerk@example.cn"]


@pytest.mark.parametrize("reply,permanent", [("550 no such user", True), ("451 try later", False)])
def test_when_every_recipient_is_refused(mail, reply, permanent):
    mail.refuse = ("", reply)
    outcomes, _ = deliver([mail_job(mail)])
    assert outcomes[1]["ok"] is False
    assert outcomes[1]["permanent"] is permanent


def test_a_subject_of_two_lines_never_leaves(mail):
    job = mail_job(mail)
    job["subject"] = "a\r\nBcc: all@example.cn"
    outcomes, _ = deliver([job])
    assert outcomes[1]["permanent"] is True
    assert outcomes[1]["error"] == "the subject is more than one line"
    assert not mail.mails


def test_each_outcome_is_told_at_once(hook):
    """A kill of the daemon between two deliveries must not forget the first."""
    gate = threading.Event()

    def slow(handler):
        gate.wait(30)
        handler.close_connection = True

    hook.plan["/slow"] = slow
    jobs = [hook.job(1, channel="a"), hook.job(2, "/slow", channel="a", timeout_ms=20000)]
    p = subprocess.Popen([SEND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "no_proxy": "*"})
    p.stdin.write(json.dumps(jobs).encode())
    p.stdin.close()
    assert json.loads(p.stdout.readline()) == {"id": 1, "ok": True}
    assert p.poll() is None
    gate.set()
    assert json.loads(p.stdout.read())["ok"] is False
    p.stdout.close()
    p.wait(30)
