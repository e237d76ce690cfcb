# SPDX-License-Identifier: Apache-2.0
"""Picking files up: whatever way they come, each is taken once and whole, and what is no file is left alone."""
import hashlib
import os
import re
import signal
import socket
import subprocess
import threading

import pytest
import tables
from conftest import wait_for

RESOURCE = "临江区_学校资源_2025-2026.csv"


def good(n=1, **changes):
    return tables.resource([tables.primary_school(n, **changes)])


def configure(daemon, settle="50ms", rescan="60s", extra=""):
    daemon.write_config(extra=f"rescan: {rescan}\n{extra}")
    daemon.config.write_text(daemon.config.read_text().replace("settle: 50ms", f"settle: {settle}"))


def source(daemon):
    return daemon.status()["sources"][0]


def states(daemon):
    return [s[1] for s in daemon.submissions()]


def rescan(daemon):
    """Has the folders looked through; back when that is over."""
    assert daemon.ask("rescan") == {"ok": True}
    daemon.wait_idle()


def outside(daemon):
    folder = daemon.folder / "outside"
    folder.mkdir(exist_ok=True)
    return folder


def mount(request, target, *options):
    target.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(["mount", "-t", "tmpfs", *options, "tmpfs", target], capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"a file system cannot be mounted here: {run.stderr.strip()}")
    request.addfinalizer(lambda: subprocess.run(["umount", "-l", target], capture_output=True))


# ---- how files come ----

def test_a_file_opened_and_closed_several_times_is_taken_once_and_whole(daemon):
    configure(daemon, settle="2s")
    daemon.start()
    data = tables.resource([tables.primary_school(n) for n in range(1, 41)])
    step = len(data) // 8 + 1
    for at in range(0, len(data), step):
        with open(daemon.drop / RESOURCE, "ab") as f:
            f.write(data[at:at + step])
        wait_for(lambda: source(daemon)["waiting"] == 1, "seen")
        assert daemon.submissions() == []
    daemon.wait_idle()
    assert [s[1:3] for s in daemon.submissions()] == [("stored", 40)]


def test_a_file_whose_writer_pauses_is_not_taken_before_it_is_closed(daemon):
    daemon.start()
    data = tables.resource([tables.primary_school(n) for n in range(1, 41)])
    with open(daemon.drop / RESOURCE, "wb", buffering=0) as f:
        f.write(data[:3000])
        wait_for(lambda: daemon.ask("rescan") and source(daemon)["waiting"] == 1, "seen")
        for n in range(2):  # others that come later are taken meanwhile
            (daemon.drop / f"{n}.csv").write_bytes(good(100 + n))
            wait_for(lambda: len(daemon.submissions()) == n + 1, daemon.tail)
        f.write(data[3000:])
    daemon.wait_idle()
    assert daemon.submissions()[2:] == [(RESOURCE, "stored", 40, 0)]


def test_a_file_renamed_in_does_not_wait(daemon):
    configure(daemon, settle="1h")
    daemon.start()
    daemon.put(RESOURCE, good())
    daemon.wait_idle()
    assert states(daemon) == ["stored"]
    (daemon.drop / "written.csv").write_bytes(good(2))
    wait_for(lambda: source(daemon)["waiting"] == 1, "the one that is written in place waits")
    assert states(daemon) == ["stored"]


def test_the_same_name_is_read_again_when_the_content_differs(daemon):
    daemon.start()
    for data in (good(1), good(1, 网络多媒体教室间数=1), good(1, 网络多媒体教室间数=1), good(1)):
        (daemon.drop / RESOURCE).write_bytes(data)
        daemon.wait_idle()
        wait_for(lambda: not (daemon.drop / RESOURCE).exists(), "taken")
        daemon.wait_idle()
    assert states(daemon) == ["stored", "stored", "duplicate", "stored"]


def test_files_found_together_are_taken_by_time(daemon):
    daemon.drop.mkdir(parents=True)
    contents = [good(1), good(1, 网络多媒体教室间数=1), good(1)]
    for name, data, when in zip("cab", contents, (10, 20, 30)):
        path = daemon.drop / f"{name}.csv"
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + when,) * 2)
    daemon.start()
    daemon.wait_idle()
    assert [s[:2] for s in daemon.submissions()] == [("c.csv", "stored"), ("a.csv", "stored"), ("b.csv", "stored")]


def test_nothing_is_lost_when_the_kernels_queue_overflows(daemon):
    configure(daemon, rescan="1h")
    daemon.start()
    daemon.wait_idle()
    room = int(open("/proc/sys/fs/inotify/max_queued_events").read())
    daemon.process.send_signal(signal.SIGSTOP)
    for _ in range(room // 2 + 100):  # two names by turns: equal events in a row are one
        for name in (".a", ".b"):
            os.close(os.open(daemon.drop / name, os.O_WRONLY | os.O_CREAT))
    n = 2000
    for i in range(n):
        (daemon.drop / f"{i}.csv").write_bytes(f"早餐,{i}\n稀饭,1\n".encode())
    daemon.process.send_signal(signal.SIGCONT)
    wait_for(lambda: len(daemon.submissions()) == n and daemon.status()["idle"], lambda: f"{len(daemon.submissions())} of {n}\n{daemon.tail()}", bound=180)
    assert "more happened in the drop folders than the kernel could report" in daemon.log.read_text()
    assert sorted(s[0] for s in daemon.submissions()) == sorted(f"{i}.csv" for i in range(n))
    assert set(states(daemon)) == {"rejected"} and daemon.lying() == [".a", ".b"]


def test_a_file_that_grows_while_it_is_copied_is_stored_as_it_is_in_the_end(daemon):
    daemon.start()
    path = daemon.folder / "large"
    path.write_bytes(os.urandom(1 << 20) * 8)
    grown = threading.Event()
    with open(path, "ab", buffering=0) as f:
        def grow():
            while not grown.wait(0.001):
                f.write(b"x" * 512)
        writer = threading.Thread(target=grow)
        writer.start()
        path.rename(daemon.drop / "large.csv")
        for _ in range(50):  # may be claimed between two writes; the end decides
            daemon.status()
        grown.set()
        writer.join()
        f.flush()
        size = os.fstat(f.fileno()).st_size
    daemon.wait_idle()
    last = daemon.rows("SELECT state, size, sha256 FROM submission ORDER BY id DESC LIMIT 1")[0]
    assert last[:2] == ("rejected", size), daemon.tail()
    kept = sorted(p for p in (daemon.state / "quarantine").iterdir() if p.suffix != ".txt")[-1]
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == last[2] and kept.stat().st_size == size


def test_what_is_written_after_the_file_was_stored_is_handed_in_anew(daemon):
    daemon.put(RESOURCE, good(1))
    daemon.start(ready=False, JUNHENG_KILL_AT="t1-committed")
    daemon.wait_killed()
    claimed, = (daemon.drop / ".claimed").iterdir()
    with open(claimed, "ab") as f:
        f.write(tables.resource([tables.primary_school(2)]).splitlines(keepends=True)[1])
    daemon.start()
    wait_for(lambda: len(daemon.submissions()) == 2, daemon.tail)
    daemon.wait_idle()
    assert daemon.submissions() == [(RESOURCE, "stored", 1, 0), (RESOURCE, "stored", 2, 0)] and daemon.lying() == []


# ---- what is no file handed in ----

def test_names_of_programs_own_files_are_ignored(daemon):
    daemon.drop.mkdir(parents=True)
    names = ["~$表.xlsx", ".~lock.表.xlsx#", "a.tmp", "b.TMP", "c.part", "d.filepart", "e.crdownload", ".hidden.csv", ".nfs000001"]
    for name in names:
        (daemon.drop / name).write_bytes(good())
    daemon.start()
    for name in names:
        (daemon.drop / name).write_bytes(good(2))
    daemon.put(RESOURCE, good(3))
    rescan(daemon)
    assert [s[0] for s in daemon.submissions()] == [RESOURCE]
    assert daemon.lying() == sorted(names) and source(daemon)["unfit"] == 0


def test_an_empty_file_waits_until_it_has_content(daemon):
    daemon.start()
    (daemon.drop / RESOURCE).touch()
    rescan(daemon)
    rescan(daemon)
    assert daemon.submissions() == [] and source(daemon)["unfit"] == 1
    (daemon.drop / RESOURCE).write_bytes(good())
    wait_for(lambda: daemon.submissions(), "taken")
    daemon.wait_idle()
    assert states(daemon) == ["stored"]


def test_what_is_not_a_regular_file_of_its_own_is_never_opened(daemon):
    daemon.start()
    secret = outside(daemon) / "secret.csv"
    secret.write_bytes(good())
    os.symlink(secret, daemon.drop / "link.csv")
    os.symlink("nowhere", daemon.drop / "dangling.csv")
    os.link(secret, daemon.drop / "hard.csv")
    os.mkfifo(daemon.drop / "fifo.csv")
    (daemon.drop / "folder.csv").mkdir()
    (daemon.drop / "folder.csv" / RESOURCE).write_bytes(good())
    unfit = ["link.csv", "dangling.csv", "hard.csv", "fifo.csv", "socket.csv"]
    listener = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(daemon.drop)  # a socket's name is short
    listener.bind("socket.csv")
    os.chdir(here)
    if os.geteuid() == 0:
        os.mknod(daemon.drop / "null.csv", 0o20666, os.makedev(1, 3))
        unfit.append("null.csv")
    daemon.put(RESOURCE, good(2))
    rescan(daemon)
    assert [s[0] for s in daemon.submissions()] == [RESOURCE]
    log = daemon.log.read_text()
    for name in unfit:
        assert log.count(f" {name} ") == 1, f"{name} is named once\n{log}"
    assert source(daemon)["unfit"] == len(unfit)
    with pytest.raises(OSError):  # ENXIO: nobody reads
        os.close(os.open(daemon.drop / "fifo.csv", os.O_WRONLY | os.O_NONBLOCK))
    listener.close()
    # Once its other name is gone, it is a file like any other.
    secret.unlink()
    rescan(daemon)
    wait_for(lambda: len(daemon.submissions()) == 2, "taken")
    daemon.wait_idle()
    assert [s[:2] for s in daemon.submissions()][1] == ("hard.csv", "stored")


HOSTILE = [b"new\nline.csv", b"a..b.csv", b"up..\\x.csv", b"\x1b[31mred\x1b[0m.csv", b"\xff\xfe\xc3.csv", "盗\u202evsc.csv".encode(), b"-rf.csv",
           b"%s%n%1$s.csv", b"'; DROP TABLE submission; --.csv", b"$(reboot).csv", b" .csv", b"tab\there.csv", "长".encode() * 83 + b"ab.csv",
           b"x" * 255, b"a.csv "]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_harms_nothing(daemon, name):
    assert len(name) <= 255
    daemon.start()
    scratch = os.fsencode(daemon.folder) + b"/scratch"
    with open(scratch, "wb") as f:
        f.write(good())
    os.rename(scratch, os.fsencode(daemon.drop) + b"/" + name)
    wait_for(lambda: daemon.submissions(), daemon.tail)
    daemon.wait_idle()
    harmful = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufffd/]")
    (file, state, rows, _), = daemon.submissions()
    assert (state, rows) == ("stored", 1) and not harmful.search(file), (file, state)
    assert daemon.unfinished() == [] and daemon.lying() == []
    log = daemon.log.read_bytes().decode()
    assert not harmful.search(log.replace("\n", "").replace("/", "")), repr(log)
    receipts = list(daemon.receipts())
    assert receipts and not any(harmful.search(n) for n in receipts)
    archived = list((daemon.state / "archive").rglob("*.zst"))
    assert len(archived) == 1 and len(os.fsencode(archived[0].name)) <= 255


# ---- folders ----

def test_a_folder_that_vanishes_is_said_and_watched_again_when_it_is_back(daemon):
    daemon.start()
    daemon.wait_idle()
    away = daemon.folder / "away"
    daemon.drop.rename(away)
    wait_for(lambda: source(daemon)["state"] == "missing", lambda: source(daemon))
    assert str(daemon.drop) in source(daemon)["problem"] and str(daemon.drop) in daemon.tail()
    (away / "old.csv").write_bytes(good(1))
    daemon.drop.mkdir()
    (daemon.drop / RESOURCE).write_bytes(good(2))
    wait_for(lambda: source(daemon)["state"] == "watched" and daemon.submissions(), lambda: source(daemon))
    daemon.wait_idle()
    assert [s[:2] for s in daemon.submissions()] == [(RESOURCE, "stored")] and (away / "old.csv").exists()
    daemon.put("next.csv", good(3))
    daemon.wait_idle()
    assert states(daemon) == ["stored", "stored"]


def test_a_folder_that_is_replaced_is_the_one_that_is_watched(daemon):
    configure(daemon, rescan="1h")
    daemon.start()
    daemon.wait_idle()
    new, old = daemon.folder / "new", daemon.folder / "old"
    new.mkdir()
    (new / RESOURCE).write_bytes(good(1))
    daemon.drop.rename(old)
    new.rename(daemon.drop)
    wait_for(lambda: daemon.submissions(), daemon.tail)
    daemon.wait_idle()
    (old / "other.csv").write_bytes(good(2))
    daemon.put("third.csv", good(3))
    daemon.wait_idle()
    assert [s[:2] for s in daemon.submissions()] == [(RESOURCE, "stored"), ("third.csv", "stored")]
    assert (old / "other.csv").exists()


def test_a_folder_that_appears_after_the_start_is_taken_up(daemon):
    daemon.drop.parent.mkdir(parents=True)
    daemon.drop.write_text("in the way")
    daemon.start()
    assert source(daemon)["state"] == "missing"
    daemon.drop.unlink()
    daemon.drop.mkdir()
    (daemon.drop / RESOURCE).write_bytes(good())
    wait_for(lambda: daemon.submissions(), daemon.tail)
    daemon.wait_idle()
    assert states(daemon) == ["stored"]


@pytest.mark.parametrize("sub", [".claimed", "receipts"])
@pytest.mark.parametrize("when", ["before", "running"])
def test_a_link_in_place_of_a_folder_of_its_own_is_not_followed(daemon, sub, when):
    elsewhere = outside(daemon)
    (elsewhere / "theirs.csv").write_bytes(good(9))
    configure(daemon, rescan="1s")
    daemon.drop.mkdir(parents=True)
    if when == "before":
        os.symlink(elsewhere, daemon.drop / sub)
    daemon.start()
    if when == "running":
        daemon.wait_idle()
        (daemon.drop / sub).rename(daemon.folder / "moved")
        os.symlink(elsewhere, daemon.drop / sub)
    daemon.put(RESOURCE, good())
    wait_for(lambda: f"{daemon.drop}/{sub}" in daemon.log.read_text(), lambda: "said\n" + daemon.tail())
    assert os.listdir(elsewhere) == ["theirs.csv"]
    (daemon.drop / sub).unlink()
    wait_for(lambda: states(daemon) == ["stored"] and daemon.receipts(), daemon.tail)
    daemon.wait_idle()
    wait_for(lambda: daemon.unfinished() == [], daemon.tail)
    assert os.listdir(elsewhere) == ["theirs.csv"] and (elsewhere / "theirs.csv").read_bytes() == good(9)


SWAPS = {
    "link": lambda path, secret: os.symlink(secret, path),
    "second name": lambda path, secret: os.link(secret, path),
    "fifo": lambda path, secret: os.mkfifo(path),
    "folder": lambda path, secret: os.mkdir(path),
}


@pytest.mark.parametrize("swap", SWAPS)
@pytest.mark.parametrize("point", ["claimed", "recorded", "t1-committed"])
def test_a_file_swapped_after_the_claim_gives_nothing_away(daemon, swap, point):
    secret = outside(daemon) / "secret"
    secret.write_bytes(b"TOP SECRET," * 1000)
    daemon.drop.mkdir(parents=True)
    daemon.put(RESOURCE, good())
    daemon.start(ready=False, JUNHENG_KILL_AT=point)
    daemon.wait_killed()
    claimed, = (daemon.drop / ".claimed").iterdir()
    claimed.unlink()
    SWAPS[swap](claimed, secret)
    daemon.start()
    wait_for(lambda: daemon.rows("SELECT 1 FROM submission WHERE state <> 'received' AND receipt IS NOT NULL"), daemon.tail)
    daemon.wait_idle()
    expected = "stored" if point == "t1-committed" else "rejected"
    assert states(daemon) == [expected] and daemon.unfinished() == []
    assert list((daemon.drop / ".claimed").iterdir()) == [] and secret.read_bytes() == b"TOP SECRET," * 1000
    assert [p for p in [*daemon.state.rglob("*"), *(daemon.drop / "receipts").iterdir()]
            if p.is_symlink() or (p.is_file() and b"TOP SECRET" in p.read_bytes())] == []
    if swap != "folder":  # it lies in the drop folder again, and is left alone
        assert source(daemon)["unfit"] == 1 and (daemon.drop / RESOURCE).lstat()


# ---- mounts and full disks ----

def test_a_folder_on_another_mount_is_watched_over_unmount_and_mount(daemon, request):
    mount(request, daemon.drop)
    daemon.start()
    daemon.put_inside = lambda name, data: ((daemon.drop / ".new").write_bytes(data), (daemon.drop / ".new").rename(daemon.drop / name))
    daemon.put_inside(RESOURCE, good(1))
    daemon.wait_idle()
    assert states(daemon) == ["stored"] and daemon.lying() == []
    subprocess.run(["umount", "-l", daemon.drop], check=True)
    mount(request, daemon.drop)
    (daemon.drop / "next.csv").write_bytes(good(2))
    wait_for(lambda: (daemon.ask("rescan"), len(daemon.submissions()) == 2)[1], daemon.tail)
    daemon.wait_idle()
    daemon.put_inside("third.csv", good(3))
    daemon.wait_idle()
    assert states(daemon) == ["stored"] * 3


def test_a_read_only_folder_keeps_its_files_until_it_can_be_written(daemon, request):
    configure(daemon, rescan="1s")
    mount(request, daemon.drop)
    daemon.start()
    daemon.wait_idle()
    daemon.process.send_signal(signal.SIGSTOP)
    (daemon.drop / RESOURCE).write_bytes(good())
    subprocess.run(["mount", "-o", "remount,ro", daemon.drop], check=True)
    daemon.process.send_signal(signal.SIGCONT)
    wait_for(lambda: RESOURCE in daemon.log.read_text(), daemon.tail)
    assert daemon.submissions() == [] and (daemon.drop / RESOURCE).exists()
    subprocess.run(["mount", "-o", "remount,rw", daemon.drop], check=True)
    wait_for(lambda: states(daemon) == ["stored"], daemon.tail)
    daemon.wait_idle()


def test_a_full_disk_loses_nothing_and_work_goes_on_when_there_is_room(daemon, request):
    configure(daemon, rescan="1s")
    mount(request, daemon.state, "-o", "size=16m,mode=750")
    daemon.start()
    daemon.put("first.csv", good(1))
    daemon.wait_idle()
    before = daemon.results()
    ballast = os.open(daemon.state / "ballast", os.O_WRONLY | os.O_CREAT)
    with pytest.raises(OSError):
        while True:
            os.write(ballast, b"x" * 4096)
    os.close(ballast)
    names = [f"{n}.csv" for n in range(2, 8)]
    for n, name in enumerate(names, 2):
        daemon.put(name, tables.resource([tables.primary_school(n * 100 + i) for i in range(100)]))
    wait_for(lambda: re.search("No space|full|设备上没有空间|磁盘", daemon.log.read_text()), daemon.tail)
    assert daemon.process.poll() is None and daemon.results() == before
    stored = [s for s in daemon.submissions() if s[1] == "stored"]
    assert len(stored) + len(daemon.lying()) >= 1 + len(names)
    (daemon.state / "ballast").unlink()
    wait_for(lambda: states(daemon) == ["stored"] * 7, lambda: f"{daemon.submissions()}\n{daemon.tail()}", bound=90)
    daemon.wait_idle()
    wait_for(lambda: daemon.unfinished() == [] and daemon.lying() == [], daemon.tail)
    assert sorted(s[0] for s in daemon.submissions()) == sorted(["first.csv", *names])
