#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real systemd as PID 1 over a throw-away copy of this machine's root.

    systemd_box.py [--install DIR] run -- COMMAND...     boots, runs COMMAND inside, powers off; COMMAND's exit status

The root is an overlay in memory over /; /tmp, /run, /dev, /var/tmp, the network (lo alone), processes and the cgroup tree
are the box's own, /sys and /proc/sys are read-only. Nothing of the machine is changed. DIR is a tree as `meson install
--destdir DIR` leaves it; it is laid over the root. Needs root, overlayfs, namespaces and a cgroup v2 hierarchy."""
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CANNOT = 77  # exit code of a stage that met something this machine does not have
BOOT_S = 60
SYSTEMD = "/lib/systemd/systemd"
DEVICES = ["null", "zero", "full", "random", "urandom", "tty"]
# What would touch the machine, waits for hardware, or asks on a terminal.
MASKED = ["systemd-timesyncd.service", "systemd-networkd.service", "systemd-resolved.service", "systemd-sysctl.service",
          "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-modules-load.service", "systemd-binfmt.service",
          "systemd-machine-id-commit.service", "systemd-random-seed.service", "systemd-pstore.service", "getty.target",
          "systemd-remount-fs.service", "systemd-hwdb-update.service", "proc-sys-fs-binfmt_misc.automount",
          "dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
          "sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount", "systemd-update-utmp.service",
          "systemd-firstboot.service", "ldconfig.service", "apt-daily.timer", "apt-daily-upgrade.timer"]
READY = """[Unit]
Description=the box is up
After=sysinit.target systemd-journald.service
[Service]
Type=oneshot
ExecStart=/bin/touch /run/box-ready
"""
TARGET = """[Unit]
Description=the box
Requires=sysinit.target box-ready.service
After=sysinit.target
AllowIsolate=yes
"""


class BoxUnavailable(Exception):
    """This machine cannot run a box; the text says why."""


# ---- inside: a process for the cgroup, then PID 1 ----

def cannot(why):
    print(f"CANNOT: {why}", flush=True)
    sys.exit(CANNOT)


def mount(what, *arguments):
    run = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if run.returncode:
        cannot(f"{what} cannot be mounted: {run.stderr.strip()}")


def own_cgroup():
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            return line[3:].strip("/")
    return cannot("the kernel has no cgroup v2 hierarchy")


def empty_cgroup(group):
    """Kills what is left in it and removes it."""
    (group / "cgroup.kill").write_text("1")
    until = time.monotonic() + 10
    while group.exists() and time.monotonic() < until:
        for folder, _, _ in os.walk(group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass  # not yet empty
        time.sleep(0.01)


def stage_outer(work, install):
    """Holds the box: ends it when standard input ends, and clears its cgroup away."""
    tree = work / "cgroup"
    tree.mkdir()
    mount("cgroup2", "-t", "cgroup2", "cgroup2", tree)
    group = tree / own_cgroup() / f"junheng-box-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as e:
        cannot(f"no cgroup can be made: {e}")

    def enter():
        (group / "cgroup.procs").write_text(str(os.getpid()))

    inner = subprocess.Popen(
        ["unshare", "--fork", "--kill-child=SIGKILL", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--propagation",
         "private", sys.executable, __file__, "--inner", work, install], preexec_fn=enter, stdin=subprocess.DEVNULL)
    (work / "holder").write_text(str(inner.pid))
    os.rename(work / "holder", work / "pid")
    code, left = None, False
    while code is None:
        try:
            code = inner.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            if is_hung_up(sys.stdin):
                left = True
                inner.kill()
    empty_cgroup(group)
    if left:  # whoever started this may be dead
        subprocess.run(["umount", "-l", tree])
        shutil.rmtree(work, ignore_errors=True)
    sys.exit(code if code == CANNOT else 0)


def is_hung_up(stream):
    import select
    readable, _, _ = select.select([stream], [], [], 0)
    return bool(readable) and os.read(stream.fileno(), 1) == b""


def make_dev(root):
    dev = root / "dev"
    mount("/dev", "-t", "tmpfs", "-o", "mode=755,nosuid", "tmpfs", dev)
    for name in DEVICES:
        (dev / name).touch()
        mount(f"/dev/{name}", "--bind", f"/dev/{name}", dev / name)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    mount("/dev/pts", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", dev / "pts")
    mount("/dev/shm", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", dev / "shm")
    for name, to in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1",
                     "stderr": "/proc/self/fd/2"}.items():
        (dev / name).symlink_to(to)


def make_root(work, install):
    memory = work / "memory"
    memory.mkdir()
    mount("tmpfs", "-t", "tmpfs", "-o", "mode=755", "tmpfs", memory)
    upper, scratch, root = memory / "upper", memory / "work", memory / "root"
    for folder in (upper, scratch, root):
        folder.mkdir()
    mount("overlayfs", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={scratch}", root)
    if install != "-":
        # tar, for it puts what was installed under lib/ through the link /lib -> usr/lib
        pack = subprocess.Popen(["tar", "-C", install, "--owner=root", "--group=root", "-cf", "-", "."], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-C", root, "--keep-directory-symlink", "--no-overwrite-dir", "-xf", "-"], stdin=pack.stdout, check=True)
        if pack.wait():
            sys.exit("tar failed")
    mount("/proc", "-t", "proc", "proc", root / "proc")
    mount("/proc/sys", "--bind", root / "proc/sys", root / "proc/sys")
    mount("/proc/sys", "-o", "remount,bind,ro", root / "proc/sys")
    mount("/sys", "-t", "sysfs", "-o", "ro", "sysfs", root / "sys")
    mount("cgroup2", "-t", "cgroup2", "cgroup2", root / "sys/fs/cgroup")
    for name, mode in {"run": "755", "tmp": "1777", "var/tmp": "1777"}.items():
        mount(name, "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", root / name)
    make_dev(root)
    return root


def write_units(root):
    units = root / "run/systemd/system"
    units.mkdir(parents=True)
    (units / "box-ready.service").write_text(READY)
    (units / "box.target").write_text(TARGET)
    for unit in MASKED:
        (units / unit).symlink_to("/dev/null")
    (root / "run/systemd/journald.conf.d").mkdir()
    # A test reads what was logged at once, and logs a lot.
    (root / "run/systemd/journald.conf.d/box.conf").write_text("[Journal]\nStorage=volatile\nRateLimitBurst=0\nForwardToConsole=no\n")


def loopback_up():
    with socket.socket() as s:
        fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING


def stage_inner(work, install):
    loopback_up()
    root = make_root(work, install)
    write_units(root)
    os.chdir(root)
    os.mkdir(".old")
    if subprocess.run(["pivot_root", ".", ".old"]).returncode:
        cannot("pivot_root failed")
    os.chroot(".")
    os.chdir("/")
    subprocess.run(["umount", "-l", "/.old"], check=True)
    env = {"container": "junheng-box", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    os.execve(SYSTEMD, [SYSTEMD, "--system", "--unit=box.target", "--log-target=journal", "--log-level=info",
                        "--show-status=no"], env)


# ---- outside ----

def missing():
    """What this machine lacks, as far as can be told without trying; None if nothing."""
    if os.geteuid() != 0:
        return "a box with systemd needs root"
    for tool in (SYSTEMD, "unshare", "nsenter", "systemctl", "journalctl"):
        if not shutil.which(tool):
            return f"a box with systemd needs {tool}"
    if "overlay" not in Path("/proc/filesystems").read_text() and subprocess.run(["modprobe", "overlay"], capture_output=True).returncode:
        return "a box with systemd needs overlayfs"
    return None


class Box:
    def __init__(self, install=None):
        why = missing()
        if why:
            raise BoxUnavailable(why)
        self.work = Path(tempfile.mkdtemp(prefix="junheng-box-"))
        self.log = self.work / "boot.log"
        begun = time.monotonic()
        with open(self.log, "wb") as log:
            self.outer = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, "--outer", self.work, install or "-"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)  # it outlives a ^C, to clear up
        try:
            self.pid = self.wait_booted(begun + BOOT_S)
        except BaseException:
            self.close()
            raise
        self.boot_s = time.monotonic() - begun

    def init_pid(self):
        try:
            holder = (self.work / "pid").read_text()
            children = Path(f"/proc/{holder}/task/{holder}/children").read_text().split()
            return int(children[0]) if children else None
        except FileNotFoundError:
            return None

    def wait_booted(self, until):
        while True:
            pid = self.init_pid()
            if pid and os.path.exists(f"/proc/{pid}/root/run/box-ready"):
                return pid
            text = self.log.read_text(errors="replace")
            if self.outer.poll() is not None and "CANNOT: " in text:
                raise BoxUnavailable("a box with systemd: " + text.split("CANNOT: ", 1)[1].strip())
            if self.outer.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the box did not boot:\n" + text[-4000:])
            time.sleep(0.01)

    def path(self, inside):
        """A path of the box, as seen from outside. Not for programs that resolve links."""
        return Path(f"/proc/{self.pid}/root{inside}")

    def command(self, *argv, user=None):
        argv = [str(a) for a in argv]
        if user:
            argv = ["/sbin/runuser", "-u", user, "--", *argv]
        return ["nsenter", "-t", str(self.pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--", "/usr/bin/env", "-i",
                "-C", "/", "HOME=/root", "LANG=C.UTF-8", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER=",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *argv]

    def run(self, *argv, user=None, check=True, timeout=90, **more):
        """A finished command: returncode, stdout, stderr."""
        if "input" not in more:
            more["stdin"] = subprocess.DEVNULL
        run = subprocess.run(self.command(*argv, user=user), capture_output=True, text=True, timeout=timeout, **more)
        if check and run.returncode:
            raise AssertionError(f"{' '.join(map(str, argv))}: exit {run.returncode}\n{run.stdout}{run.stderr}")
        return run

    def close(self):
        self.outer.stdin.close()
        self.outer.wait(timeout=30)
        shutil.rmtree(self.work, ignore_errors=True)


def main(arguments):
    if len(arguments) == 3 and arguments[0] == "--outer":
        stage_outer(Path(arguments[1]), arguments[2])
    if len(arguments) == 3 and arguments[0] == "--inner":
        stage_inner(Path(arguments[1]), arguments[2])
    install = None
    if arguments[:1] == ["--install"] and len(arguments) > 1:
        install, arguments = arguments[1], arguments[2:]
    if arguments[:2] != ["run", "--"] or len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        box = Box(install)
    except BoxUnavailable as e:
        print(f"systemd_box: {e}", file=sys.stderr)
        return CANNOT
    try:
        return subprocess.run(box.command(*arguments[2:]), stdin=subprocess.DEVNULL).returncode
    finally:
        box.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
