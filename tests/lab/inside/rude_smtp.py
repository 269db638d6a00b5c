#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A mail server that behaves badly.

rude_smtp.py PORT MODE; MODE is one of the functions between STEP and serve.
"""

import random
import socket
import sys
import threading

PORT, MODE = int(sys.argv[1]), sys.argv[2]
STEP = 0.2


def mute(link):
    """Takes the connection and never says a word."""
    link.recv(4096)


def close(_link):
    """Hangs up at once."""


def busy(link):
    """Greets with 421."""
    link.sendall(b"421 4.3.2 Too many connections, try again later\r\n")


def noise(link):
    """Bytes without sense."""
    link.sendall(random.Random(4).randbytes(4096))
    link.recv(4096)


def http(link):
    """Another protocol."""
    link.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    link.recv(4096)


def endless(link):
    """A greeting without an end."""
    while True:
        link.sendall(b"220-and so on\r\n" * 100)


def drip(link):
    """One byte after the other, for ever."""
    link.settimeout(STEP)
    while True:
        link.sendall(b"2")
        try:
            if not link.recv(4096):
                return
        except TimeoutError:
            pass


def hangup(link):
    """Greets, and hangs up on EHLO."""
    link.sendall(b"220 rude.remote.test ESMTP\r\n")
    link.recv(4096)


def huge(link):
    """A line of a megabyte."""
    link.sendall(b"220 " + b"x" * (1 << 20))
    link.recv(4096)


def serve(behave, link):
    """One connection."""
    with link:
        try:
            behave(link)
        except OSError:
            pass


def main():
    """For ever."""
    behave = globals()[MODE]
    with socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        while True:
            threading.Thread(target=serve, args=(behave, listener.accept()[0]), daemon=True).start()


if __name__ == "__main__":
    main()
