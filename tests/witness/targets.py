# SPDX-License-Identifier: GPL-2.0-or-later
"""What may stand where the witness calls back: listeners that do one thing to everybody, and remember what they got."""

import socket
import threading
import time
from contextlib import contextmanager

import wire

PATIENCE = 20
PIECE = 65536


class Target:
    """One listener; `act(connection, target)` is what it does to each."""

    def __init__(self, machine, address, port, act):
        self.link = wire.make(machine, socket.SOCK_STREAM, address, port, listen=128)
        self.act, self.got, self.sent, self.calls, self.ended = act, b"", 0, 0, 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                one, _ = self.link.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one):
        one.settimeout(PATIENCE)
        with one:
            try:
                self.act(one, self)
            except OSError:
                pass
        self.ended += 1

    def read(self, one, size=PIECE):
        """Take what comes; b"" at the end."""
        data = one.recv(size)
        self.got += data
        return data

    def send(self, one, data):
        """Send, counted."""
        one.sendall(data)
        self.sent += len(data)

    def close(self):
        """Listen no more. Whoever sits in accept() is woken by shutdown."""
        try:
            self.link.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.link.close()


@contextmanager
def target(machine, address, port, act):
    """A listener while the block lasts."""
    one = Target(machine, address, port, act)
    try:
        yield one
    finally:
        one.close()


def silent(one, self):
    """Takes everything, says nothing, never ends by itself."""
    while self.read(one):
        pass


def hang_up(one, _):
    """Closes at once."""
    one.shutdown(socket.SHUT_RDWR)


def mirror(one, self):
    """Sends back what it gets."""
    while data := self.read(one):
        self.send(one, data)


def says(words):
    """Waits for words, and has these for an answer."""
    def act(one, self):
        self.read(one)
        self.send(one, words)
        silent(one, self)
    return act


def garbage(one, self):
    """Something of the size of an answer, then waits."""
    says(b"\xa5" * 40)(one, self)


def endless(one, self):
    """As much as is taken."""
    while True:
        self.send(one, b"\0" * PIECE)


def frames(one, self):
    """The beginning of a frame of the largest size that can be written down, and then as much as is taken."""
    self.send(one, b"BW\x01\x05\xff\xff\xff\xff")
    endless(one, self)


def drip(one, self):
    """A byte from time to time, of what could be an answer."""
    for octet in b"BW\x01\x05\0\0\0\x20" + bytes(1000):
        self.send(one, bytes([octet]))
        time.sleep(0.05)


def greets(text):
    """An SMTP server that has a greeting and is polite."""
    def act(one, self):
        self.send(one, text)
        while data := self.read(one):
            word = data[:4].upper()
            self.send(one, b"221 bye\r\n" if word == b"QUIT" else b"250 yes\r\n")
    return act


def long_line(one, self):
    """A greeting of one line that does not end."""
    self.send(one, b"220 ")
    while True:
        self.send(one, b"x" * PIECE)


def long_greeting(one, self):
    """A greeting of lines without end."""
    while True:
        self.send(one, b"220-mail.good.test wait\r\n" * 1000)


def slow_greeting(one, self):
    """Another line of greeting again and again."""
    while True:
        self.send(one, b"220-mail.good.test wait\r\n")
        time.sleep(0.05)
