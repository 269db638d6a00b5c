# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's side of the agent in a virtual machine; frames and requests are described in inside/agent.py."""

import ctypes
import json
import os
import select
import socket
import struct
import threading
import time

from backend import LabError

PORT = 7001
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LOOK = 0.5      # seconds between looks whether the machine has power at all


def socket_in(pid):
    """A socket in the network namespace of a process: this thread visits it for as long as that takes."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        try:
            if LIBC.setns(there, CLONE_NEWNET) != 0:
                raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")
            try:
                return socket.socket(socket.AF_INET)
            finally:
                if LIBC.setns(home, CLONE_NEWNET) != 0:
                    os._exit(70)    # lost in the lab's network: nothing here may go on
        finally:
            os.close(there)
    finally:
        os.close(home)


def enter(pid, address, argv):
    """Run argv in a machine of a lab that was kept, show what it prints; returns its exit code."""
    if not argv:
        raise SystemExit("a virtual machine has no terminal here: name a command")
    link = Link(pid, address, lambda: True)
    link.send({"spawn": argv})
    while "out" in (frame := link.receive()):
        print(frame["out"], end="", flush=True)
    return frame["code"]


class Link:
    """One connection, which carries one request, from the net of process `pid`; `alive` tells whether there is power."""

    def __init__(self, pid, address, alive):
        self.alive = alive
        self.socket = socket_in(pid)
        try:
            self.socket.settimeout(5)
            self.socket.connect((address, PORT))
        except OSError:
            self.socket.close()
            raise
        # A machine that was booted again knows nothing of us and says so.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 6)):
            self.socket.setsockopt(socket.IPPROTO_TCP, option, value)

    def send(self, request):
        """A frame."""
        body = json.dumps(request).encode()
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def receive(self, deadline=None):
        """The next frame; LabError when the machine has died meanwhile, or the time (monotonic) is over."""
        size, = struct.unpack(">I", self._read(4, deadline))
        return json.loads(self._read(size, deadline))

    def _read(self, count, deadline):
        got = b""
        while len(got) < count:
            if not select.select([self.socket], [], [], LOOK)[0]:
                if not self.alive():
                    raise LabError("the machine lost power meanwhile")
                if deadline and time.monotonic() > deadline:
                    raise LabError("no answer from the agent inside")
                continue
            more = self.socket.recv(count - len(got))
            if not more:
                raise LabError("the machine ended the connection")
            got += more
        return got

    def close(self):
        """Hang up."""
        self.socket.close()


class Task:
    """A program that runs beside in a machine; like subprocess.Popen."""

    def __init__(self, link, argv, log):
        self.link, self.args, self.code = link, argv, None
        self.log = open(log, "a", encoding="utf-8")
        link.send({"spawn": argv})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.log:
            code = -9
            try:
                while "out" in (frame := self.link.receive()):
                    self.log.write(frame["out"])
                    self.log.flush()
                code = frame["code"]
            except (LabError, OSError, ValueError):
                pass
            self.code = code
        self.link.close()

    def poll(self):
        """The exit code once it has ended, else None."""
        return self.code

    def kill(self):
        """End it."""
        if self.code is None:
            try:
                self.link.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    def wait(self, timeout=None):
        """Until it has ended; returns the code."""
        self.reader.join(timeout)
        return self.code
