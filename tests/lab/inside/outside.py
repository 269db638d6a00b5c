#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The outside observer: no cluster member, asks for the name and talks SMTP to what it gets, now and then:
outside.py NAME PERIOD PATIENCE (in seconds).

Writes one JSON line per try: when it began, family, address, outcome, the banner's name.
"""

import json
import socket
import sys
import threading
import time

NAME, PERIOD, PATIENCE = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])


def reply(stream):
    """One SMTP reply, all its lines."""
    lines = [stream.readline()]
    while lines[-1][3:4] == "-":
        lines.append(stream.readline())
    if not lines[-1]:
        raise ConnectionError("closed")
    return lines[0].strip()


def talk(family):
    """Resolve, connect, banner, EHLO, QUIT; returns (address, banner)."""
    address = socket.getaddrinfo(NAME, 25, family, socket.SOCK_STREAM)[0][4][0]
    with socket.create_connection((address, 25), timeout=PATIENCE) as link:
        stream = link.makefile("r", encoding="utf-8", errors="replace")
        banner = reply(stream)
        for line in ("EHLO world.remote.test", "QUIT"):
            link.sendall(f"{line}\r\n".encode())
            reply(stream)
        return address, banner


def attempt(family, lock):
    """One try, recorded."""
    record = {"t": time.time(), "family": "6" if family == socket.AF_INET6 else "4"}
    try:
        record["address"], record["banner"] = talk(family)
        record["outcome"] = "ok"
    except OSError as error:
        record["outcome"] = f"{type(error).__name__}: {error}"
    record["end"] = time.time()
    with lock:
        print(json.dumps(record), flush=True)


def main():
    """Alternate the families for ever."""
    lock, count = threading.Lock(), 0
    while True:
        family = (socket.AF_INET, socket.AF_INET6)[count % 2]
        threading.Thread(target=attempt, args=(family, lock), daemon=True).start()
        count += 1
        time.sleep(PERIOD)


if __name__ == "__main__":
    main()
