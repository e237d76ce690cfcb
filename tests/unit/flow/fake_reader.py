#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Stands in for junheng-read: speaks its protocol, and does what the dropped file tells it to do.

The first line of the file: `say N` sends N bytes of frames, `half` stops in the middle, `hang` never answers,
`die` ends the whole server, `junk` sends no frames."""
import json
import os
import signal
import socket
import struct
import sys
import threading

server = socket.socket(fileno=3)
lock = threading.Lock()
running = {}


def frame(kind, payload):
    return struct.pack("<IB", len(payload), ord(kind)) + payload


def tell(message):
    with lock:
        server.send(json.dumps(message).encode())


def answer(out, what, n):
    end = frame("Z", b'{"state":"ok"}')
    body = bytearray()
    if what == "say":
        while len(body) < n:
            body += frame("R", b"x" * min(60000, n))
        body += end
    elif what == "half":
        body = frame("R", b"x" * 100)[:50]
    elif what == "junk":
        body = b"\xff" * 64
    os.write(out, b"")
    view = memoryview(body)
    while view:
        view = view[os.write(out, view):]


def serve(job, fds):
    words = os.pread(fds[0], 100, 0).decode().split()
    os.close(fds[0])
    what = words[0] if words else "say"
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    stop = threading.Event()
    running[job["id"]] = stop
    tell({"id": job["id"], "pid": 1})
    code = 0
    try:
        if what == "hang":
            stop.wait()
            code = 9
        else:
            answer(fds[1], what, int(words[1]) if len(words) > 1 else 1)
    except BrokenPipeError:
        pass
    os.close(fds[1])
    tell({"id": job["id"], "exit": 0, "signal": code})


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    while True:
        data, fds, _, _ = socket.recv_fds(server, 65536, 2)
        if not data:
            return
        message = json.loads(data)
        if "hello" in message:
            json.loads(os.pread(fds[0], 1 << 24, 0))
            os.close(fds[0])
        elif "kill" in message:
            stop = running.get(message["kill"])
            if stop:
                stop.set()
        else:
            threading.Thread(target=serve, args=(message, fds), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
