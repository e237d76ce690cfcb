# SPDX-License-Identifier: Apache-2.0
"""From a dropped file to a verdict and an alert."""
import signal

import pytest
import tables
from conftest import wait_for

COUNTY = [tables.primary_school(1), tables.primary_school(2), tables.failing_school(3)]
ROSTER = f"临江区_学校名册_{tables.YEAR}.csv"
RESOURCE = f"临江区_学校资源_{tables.YEAR}.csv"


def drop_county(daemon, rows=COUNTY):
    daemon.put(ROSTER, tables.roster(rows))
    daemon.put(RESOURCE, tables.resource(rows))


def end_state(daemon):
    """Everything that must be the same whatever was killed on the way."""
    return {
        "submissions": daemon.submissions(),
        "results": daemon.results(),
        "alerts": daemon.alerts(),
        "receipts": sorted(name for name in daemon.receipts()),
        "messages": sorted(key for key in daemon.sink.by_key()),
        "unfinished": daemon.unfinished(),
        "lying": daemon.lying(),
        "spool": sorted(p.name for p in (daemon.state / "spool").iterdir()),
        "archive": sorted(p.name for p in (daemon.state / "archive").rglob("*.zst")),
    }


def verdicts(daemon, indicator):
    return {row[4]: row[5] for row in daemon.results() if row[2] == indicator}


def check_county(daemon):
    assert [(s[1], s[2], s[3]) for s in daemon.submissions()] == [("stored", 3, 0), ("stored", 3, 0)], daemon.tail()
    sports = verdicts(daemon, "resource.sports_area")
    assert sports[tables.code(1)] == 0 and sports[tables.code(2)] == 0  # pass
    assert sports[tables.code(3)] == 2  # fail
    assert tables.code(3) in {a[1] for a in daemon.alerts()}
    assert daemon.unfinished() == [] and daemon.lying() == []
    assert daemon.sink.messages, daemon.tail()


def test_a_dropped_county_ends_in_receipts_results_and_a_webhook_call(daemon):
    daemon.start()
    drop_county(daemon)
    daemon.wait_idle()
    check_county(daemon)
    text = "\n".join(v.decode() for k, v in daemon.receipts().items() if k.endswith(".txt"))
    assert "义务教育监测数据报送回执" in text and "3 行" in text
    assert any(tables.code(3) in str(body) or "第3小学" in str(body) for _, body in daemon.sink.messages)
    assert len(list((daemon.state / "archive").rglob("*.zst"))) == 2


def test_a_workbook_gives_the_same_results_as_the_csv(daemon, tmp_path, sink):
    from conftest import Daemon

    daemon.put(RESOURCE, tables.resource(COUNTY))
    assert daemon.once()[0] == 0, daemon.tail()
    (tmp_path / "other").mkdir()
    other = Daemon(tmp_path / "other", sink)
    other.start()
    other.put("临江区_学校资源_2025-2026.xlsx", tables.resource_xlsx(COUNTY))
    other.wait_idle()
    other.stop()
    assert other.submissions()[0][1] == "stored", other.tail()
    assert other.results() == daemon.results() != []


def test_once_takes_what_lies_there_and_ends(daemon):
    drop_county(daemon)
    code, stderr = daemon.once()
    assert code == 0, stderr
    check_county(daemon)


def test_once_counts_what_could_not_be_delivered(daemon):
    daemon.sink.answer = 503
    drop_county(daemon)
    code, stderr = daemon.once()
    assert code == 0, stderr
    assert "未送达" in stderr
    assert daemon.rows("SELECT count(*) FROM outbox WHERE state = 'pending'")[0][0] > 0


def test_the_same_file_again_is_a_duplicate_and_tells_nobody(daemon):
    daemon.start()
    drop_county(daemon)
    daemon.wait_idle()
    before, told = daemon.results(), len(daemon.sink.messages)
    daemon.put("另一个名字.csv", tables.resource(COUNTY))
    daemon.wait_idle()
    assert daemon.submissions()[-1][1] == "duplicate"
    assert daemon.results() == before and len(daemon.sink.messages) == told


def test_a_change_back_is_read_again(daemon):
    daemon.start()
    mended = [tables.primary_school(n) for n in (1, 2, 3)]
    for rows in (COUNTY, mended, COUNTY):
        daemon.put(RESOURCE, tables.resource(rows))
        daemon.wait_idle()
    assert [s[1] for s in daemon.submissions()] == ["stored"] * 3
    assert verdicts(daemon, "resource.sports_area")[tables.code(3)] == 2


def test_files_dropped_while_it_is_stopped_are_taken_at_the_next_start(daemon):
    daemon.start()
    daemon.wait_idle()
    assert daemon.stop()[0] == 0
    drop_county(daemon)
    daemon.start()
    daemon.wait_idle()
    check_county(daemon)


def test_a_file_written_slowly_is_taken_whole(daemon):
    daemon.start()
    data = tables.resource(COUNTY)
    with open(daemon.drop / RESOURCE, "wb") as f:
        for at in range(0, len(data), 200):
            f.write(data[at:at + 200])
            f.flush()
            daemon.ask("rescan")
    daemon.wait_idle()
    assert [s[1:3] for s in daemon.submissions()] == [("stored", 3)]


def test_a_folder_that_is_no_table_is_refused_with_a_receipt(daemon):
    daemon.start()
    daemon.put("食堂菜单.csv", "日期,早餐\n10月13日,稀饭\n".encode())
    daemon.wait_idle()
    assert daemon.submissions() == [("食堂菜单.csv", "rejected", 0, 0)]
    quarantined = sorted(p.name for p in (daemon.state / "quarantine").iterdir())
    assert len(quarantined) == 2 and quarantined[1] == quarantined[0] + ".txt"
    assert daemon.receipts()


def test_a_second_daemon_is_refused_with_the_first_ones_pid(daemon):
    daemon.start()
    code, stderr = daemon.once()
    assert code == 75 and str(daemon.process.pid) in stderr


def test_a_bad_reload_keeps_the_old_plan_and_says_where_it_is_wrong(daemon):
    daemon.start()
    good = daemon.config.read_text()
    daemon.config.write_text(good.replace("counties: all", "countys: all"))
    reply = daemon.ask("reload")
    assert not reply["ok"] and "junheng.yaml:5" in reply["error"], reply
    drop_county(daemon)
    daemon.wait_idle()
    check_county(daemon)
    daemon.config.write_text(good)
    assert daemon.ask("reload") == {"ok": True}
    daemon.wait_idle()


def test_a_source_added_by_reload_is_watched(daemon):
    daemon.start()
    daemon.wait_idle()
    other = daemon.folder / "drop" / "other"
    other.mkdir(parents=True)
    (other / RESOURCE).write_bytes(tables.resource(COUNTY))
    daemon.write_config(source="  - name: other\n    path: ./drop/other\n    counties: all\n    settle: 50ms\n")
    assert daemon.ask("reload") == {"ok": True}
    daemon.wait_idle()
    assert [s[1] for s in daemon.submissions()] == ["stored"]


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_within_five_seconds(daemon, sig):
    daemon.start()
    for n in range(30):
        daemon.put(f"{n}.csv", tables.resource([tables.primary_school(n)]))
    code, seconds = daemon.stop(sig)
    assert code == 0 and seconds < 5.5
    daemon.start()
    daemon.wait_idle()
    assert sorted(s[1] for s in daemon.submissions()) == ["stored"] * 30


POINTS = ["claimed", "recorded", "spooled", "read", "t1-committed", "receipt", "archived", "removed", "run-done", "t2-committed", "sent",
          "reported"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    from conftest import Daemon, Sink

    sink = Sink()
    daemon = Daemon(tmp_path_factory.mktemp("undisturbed"), sink)
    daemon.start()
    daemon.put(ROSTER, tables.roster(COUNTY))
    daemon.wait_idle()
    daemon.put(RESOURCE, tables.resource(COUNTY))
    daemon.wait_idle()
    daemon.stop()
    yield end_state(daemon)
    sink.close()


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_step_ends_in_the_same_state(daemon, undisturbed, point):
    daemon.start()
    daemon.put(ROSTER, tables.roster(COUNTY))
    daemon.wait_idle()
    daemon.stop()
    daemon.start(JUNHENG_KILL_AT=point)
    daemon.put(RESOURCE, tables.resource(COUNTY))
    daemon.wait_killed()
    daemon.start()
    daemon.wait_idle()
    assert end_state(daemon) == undisturbed, daemon.tail()


def test_a_failed_delivery_is_made_up_for_after_a_restart(daemon):
    daemon.sink.answer = 503
    daemon.write_config()
    text = daemon.config.read_text().replace("url:", "retry_initial: 100ms\n    url:")
    daemon.config.write_text(text)
    daemon.start()
    drop_county(daemon)
    wait_for(lambda: daemon.sink.attempts, "no attempt")
    daemon.kill()
    daemon.sink.answer = 204
    daemon.start()
    wait_for(lambda: daemon.sink.messages, lambda: "not delivered\n" + daemon.tail())
    daemon.wait_idle()
    assert daemon.rows("SELECT count(*) FROM outbox WHERE state <> 'sent'") == [(0,)]
