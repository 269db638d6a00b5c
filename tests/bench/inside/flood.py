#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Connects to a witness again and again without a key, by turns silent, with noise, and with the first words of a key
holder (HELLO, in hexadecimal), half of them or all, which makes the witness do its part of a handshake; prints what
came of it as JSON.

flood.py ADDRESS PORT COUNT PER_SECOND HELLO SOURCE...
"""

import errno
import json
import resource
import selectors
import socket
import sys
import time

ADDRESS, PORT, COUNT, RATE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
HELLO, SOURCES = bytes.fromhex(sys.argv[5]), sys.argv[6:]
WORDS = (b"", b"\xa5" * 64, HELLO[:len(HELLO) // 2], HELLO)
PATIENCE = 10


class Flood:
    """Connections that are open, and what has come of the others."""

    def __init__(self):
        self.watch, self.open, self.made, self.octets = selectors.DefaultSelector(), 0, 0, 0

    def begin(self):
        """One more."""
        one = socket.socket()
        one.setblocking(False)
        one.bind((SOURCES[self.made % len(SOURCES)], 0))
        error = one.connect_ex((ADDRESS, PORT))
        if error not in (0, errno.EINPROGRESS):
            sys.exit(f"connection {self.made}: error {error}")
        self.watch.register(one, selectors.EVENT_WRITE, WORDS[self.made % len(WORDS)])
        self.made += 1
        self.open += 1

    def end(self, one):
        """The other side is done with it."""
        self.watch.unregister(one)
        one.close()
        self.open -= 1

    def step(self, one, words, writable):
        """Something has happened to one."""
        try:
            if writable:
                one.send(words)
                self.watch.modify(one, selectors.EVENT_READ)
                return
            data = one.recv(4096)
        except OSError:
            data = b""
        self.octets += len(data)
        if not data:
            self.end(one)

    def run(self):
        """All of them."""
        began = time.monotonic()
        last = 0
        while self.open or self.made < COUNT:
            now = time.monotonic() - began
            while self.made < min(COUNT, now * RATE):
                self.begin()
                last = now
            if self.made == COUNT and now > last + PATIENCE:
                break
            for key, events in self.watch.select(0.002):
                self.step(key.fileobj, key.data, events & selectors.EVENT_WRITE)
        return {"made": self.made, "left": self.open, "octets": self.octets, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    print(json.dumps(Flood().run()))
