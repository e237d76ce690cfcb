# SPDX-License-Identifier: Apache-2.0
"""What reaches people: digests, single alerts, recoveries, and the three ways out of the house."""
import json

import pytest
import tables
from cli import alerts, command, junheng, one
from conftest import wait_for
from tables import code, failing_school, primary_school, whole
from test_send import certificate, mail  # noqa: F401 - fixtures

KEYS = {"id", "indicator", "entity", "name", "stage", "period", "severity", "state", "value", "threshold"}


def county(n, failing, county="990101"):
    """n schools, of which the first `failing` fail."""
    return [failing_school(i, county) if i <= failing else primary_school(i, county) for i in range(1, n + 1)]


def bodies(daemon, *kinds):
    return [b for _, b in daemon.sink.messages if not kinds or b["kind"] in kinds]


def test_the_first_load_of_a_county_is_one_digest(daemon):
    daemon.start()
    daemon.put("a.csv", whole(county(30, 20)))
    daemon.wait_idle()
    [body] = bodies(daemon)
    assert body["kind"] == "digest" and "首次入库" in body["subject"], body["subject"]
    told = {a["id"] for a in alerts(daemon)}
    assert len([a for a in alerts(daemon) if a["indicator"] == "resource.school_rule"]) == 20
    assert {a["id"] for a in body["alerts"]} == told and all(KEYS <= set(a) for a in body["alerts"])
    # another county's first load is a digest too
    daemon.put("b.csv", whole(county(3, 1, "990102")))
    daemon.wait_idle()
    assert [b["kind"] for b in bodies(daemon)] == ["digest", "digest"]


def test_after_the_first_load_each_alert_is_told_alone_and_many_at_once_in_a_digest(daemon):
    daemon.start()
    daemon.put("a.csv", whole(county(20, 0)))
    daemon.wait_idle()
    before = len(daemon.sink.messages)
    daemon.put("b.csv", whole([failing_school(3)]))
    daemon.wait_idle()
    [body] = bodies(daemon)[before:]
    assert body["kind"] == "alert" and code(3) in body["subject"] and "2 项不达标" in body["subject"], body["subject"]
    assert body["subject"] == body["text"].splitlines()[0]
    daemon.put("c.csv", whole([failing_school(n) for n in range(5, 15)]))
    daemon.wait_idle()
    later = bodies(daemon)[before + 1:]
    assert [b["kind"] for b in later] == ["digest"] and len(later[0]["alerts"]) >= 10, [b["subject"] for b in later]


def test_one_recovery_for_each_episode(daemon):
    daemon.start()
    daemon.put("a.csv", whole(county(20, 0)))
    daemon.wait_idle()
    for n in range(2):  # fails, fails again, passes, passes again: twice over
        for number, row in enumerate([failing_school(3) | {"网络多媒体教室间数": 25 + n}, failing_school(3) | {"网络多媒体教室间数": 19 - n},
                                      primary_school(3), primary_school(3) | {"网络多媒体教室间数": 30 + n}]):
            daemon.put(f"{n}{number}.csv", whole([row]))
            daemon.wait_idle()
    kinds = [(b["kind"], b["alerts"][0]["id"]) for b in bodies(daemon) if b["alerts"] and b["alerts"][0]["entity"] == code(3)]
    assert [k for k, _ in kinds] == ["alert", "resolved", "alert", "resolved"], kinds
    assert len({i for _, i in kinds}) == 2
    assert len(daemon.sink.by_key()) == len(daemon.sink.messages)


def test_acknowledged_and_silenced_by_name(daemon):
    daemon.start()
    daemon.put("a.csv", whole(county(3, 1)))
    daemon.wait_idle()
    first = alerts(daemon)[0]["id"]
    run = command(daemon, "alerts", "ack", first, "--note", "已约谈校长")
    assert run.returncode == 0, run.stderr
    shown = junheng(daemon, "alerts", "show", first)
    assert shown["state"] == "acknowledged" and shown["note"] == "已约谈校长" and shown["acknowledged_by"]
    second = alerts(daemon)[1]["id"]
    assert command(daemon, "alerts", "silence", second).returncode == 0
    assert junheng(daemon, "alerts", "show", second)["state"] == "silenced"
    daemon.stop()
    assert command(daemon, "alerts", "ack", second).returncode == 69


@pytest.mark.parametrize("mail", ["starttls", "implicit"], indirect=True)
def test_an_alert_arrives_by_mail_in_text_and_html(daemon, mail):  # noqa: F811
    import email
    import email.policy

    c = mail.config
    channel = (f"  - name: mail\n    type: smtp\n    host: {c['host']}\n    port: {c['port']}\n    tls: {c['tls']}\n    user: {c['user']}\n"
               f"    password_file: {c['password_file']}\n    ca_file: {c['ca_file']}\n    from: dudao@example.cn\n    to: [clerk@example.cn]\n")
    daemon.config.write_text(daemon.config.read_text().replace("channels:\n", "channels:\n" + channel).replace("[office]", "[office, mail]"))
    daemon.start()
    daemon.put("a.csv", whole(county(20, 0)))
    daemon.wait_idle()
    daemon.put("b.csv", whole([failing_school(3)]))
    wait_for(lambda: mail.mails, daemon.tail)
    daemon.wait_idle()
    [(sender, to, content, encrypted)] = mail.mails
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert (encrypted or mail.config["tls"] == "implicit") and to == ["clerk@example.cn"] and sender == "dudao@example.cn"
    assert code(3) in message["subject"] and "不达标" in message["subject"]
    text, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    for part in (text, html):
        assert "生均体育运动场馆面积" in part and "2600" in part and "b.csv" in part and "教督〔2017〕6号" in part
    assert text.splitlines()[0] == message["subject"]


def test_a_journal_entry_has_its_fields(daemon):
    """Without systemd's journal the channel says so; with it the fields are asked for by test_service."""
    text = daemon.config.read_text().replace("channels:\n", "channels:\n  - name: log\n    type: journal\n").replace("[office]", "[office, log]")
    daemon.config.write_text(text)
    daemon.start()
    daemon.put("a.csv", whole(county(3, 1)))
    wait_for(lambda: daemon.sink.messages, daemon.tail)
    [row] = daemon.rows("SELECT fields FROM outbox WHERE channel = 'log' AND kind <> 'notice' LIMIT 1")
    fields = json.loads(row[0])
    assert set(fields) >= {"JUNHENG_ALERT", "JUNHENG_INDICATOR", "JUNHENG_ENTITY"} or "JUNHENG_COUNTY" in fields, fields


def test_routes_by_county_indicator_and_severity(daemon):
    text = daemon.config.read_text()
    at = text.index("alerts:")
    daemon.config.write_text(text[:at] + "alerts:\n  - notify: [office]\n    counties: [990102]\n    indicators: [resource.school_rule]\n")
    daemon.start()
    daemon.put("a.csv", whole(county(20, 0) + county(20, 0, "990102")))
    daemon.wait_idle()
    before = len(daemon.sink.messages)
    daemon.put("b.csv", whole([failing_school(3), failing_school(3, "990102")]))
    daemon.wait_idle()
    assert [b["alerts"][0]["entity"] for b in bodies(daemon)[before:]] == [code(3, "990102")]
    assert one(daemon, "resource.school_rule", code(3), "primary")["verdict"] == "fail"
