#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Knocks at port 25 of addresses from outside, each every few milliseconds, and notes every sign of life.

knock.py PERIOD_MS ADDRESS... One JSON line per sign: {"t", "address", "sign", "line"}; "banner" when a server greets,
"refused" when the address answers and no server listens. Silence leaves no line. A try lasts a second at most; the next
one does not wait for it.
"""

import errno
import json
import selectors
import socket
import sys
import time

PATIENCE = 1.0
PERIOD, ADDRESSES = float(sys.argv[1]) / 1000, sys.argv[2:]


def knock(address, watch):
    """Begin a try."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    link = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    link.connect_ex((address, 25))
    watch.register(link, selectors.EVENT_READ, (address, time.monotonic() + PATIENCE))


def answer(link):
    """(sign, line) of a try that has something to read, or None."""
    try:
        line = link.recv(512).decode("ascii", "replace").strip()
    except OSError as error:
        return ("refused", "") if error.errno == errno.ECONNREFUSED else None
    return ("banner", line) if line.startswith("220") else None


def collect(watch, wait):
    """Note what has come in; forget what has waited for too long."""
    for key, _ in watch.select(wait):
        found = answer(key.fileobj)
        if found:
            print(json.dumps({"t": time.time(), "address": key.data[0], "sign": found[0], "line": found[1]}),
                  flush=True)
        watch.unregister(key.fileobj)
        key.fileobj.close()
    now = time.monotonic()
    for key in list(watch.get_map().values()):
        if key.data[1] < now:
            watch.unregister(key.fileobj)
            key.fileobj.close()


def main():
    """For ever; the addresses take turns."""
    watch, count, due = selectors.DefaultSelector(), 0, time.monotonic()
    while True:
        now = time.monotonic()
        if now >= due:
            knock(ADDRESSES[count % len(ADDRESSES)], watch)
            count += 1
            due = max(due + PERIOD / len(ADDRESSES), now)
        collect(watch, max(0, due - time.monotonic()))


if __name__ == "__main__":
    main()
