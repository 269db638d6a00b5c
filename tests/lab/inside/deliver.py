#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Delivers one message to each of several mail servers, as a plain MTA would, and tells who took it.

deliver.py '{"name": NAME, "sender": ADDRESS, "recipient": ADDRESS, "sources": {"4": ADDRESS, "6": ADDRESS},
             "servers": {LABEL: {"4": ADDRESS, "6": ADDRESS}}}'

Each server is tried from our address of each family, all at once; whoever says 4xx is tried again once, as a queue
would. Prints {LABEL: {FAMILY: [accepted, last reply or error]}}, the error being SILENT where nothing was said at all.
Written without a glance at the product.
"""

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 4.0
TRIES = 2
BYTES = 65536
SILENT = "nothing was said"
MESSAGE = "From: <{sender}>\r\nTo: <{recipient}>\r\nSubject: lab\r\n\r\nlab\r\n.\r\n"


class Refused(Exception):
    """The server said no."""


class Dialogue:
    """One try; `said` is the last that came."""

    def __init__(self):
        self.said, self.input, self.taken = SILENT, b"", 0
        self.end, self.link = time.monotonic() + PATIENCE, None

    def line(self):
        """The next line, in time."""
        while b"\n" not in self.input:
            self.link.settimeout(max(self.end - time.monotonic(), 0.01))
            more = self.link.recv(4096)
            self.taken += len(more)
            if not more:
                raise ConnectionError("the server hung up")
            if self.taken > BYTES or time.monotonic() > self.end:
                raise ConnectionError("the server babbles")
            self.input += more
        line, _, self.input = self.input.partition(b"\n")
        return line.decode("ascii", "backslashreplace").rstrip()

    def expect(self, wanted, text=""):
        """Say something, and read a reply that must begin as wanted."""
        self.link.sendall(text.encode())
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        self.said = " | ".join(lines)
        if not self.said.startswith(wanted):
            raise Refused

    def run(self, job, source, server):
        """Hand the message over."""
        with socket.create_connection((server, 25), PATIENCE, (source, 0)) as self.link:
            self.expect("220")
            self.expect("250", f"EHLO {job['name']}\r\n")
            self.expect("250", f"MAIL FROM:<{job['sender']}>\r\n")
            self.expect("250", f"RCPT TO:<{job['recipient']}>\r\n")
            self.expect("354", "DATA\r\n")
            self.expect("250", MESSAGE.format(**job))
            self.link.sendall(b"QUIT\r\n")


def attempt(job, source, server):
    """[accepted, what was said] after as many tries as a temporary refusal is worth."""
    for _ in range(TRIES):
        dialogue = Dialogue()
        try:
            dialogue.run(job, source, server)
            return [True, dialogue.said]
        except Refused:
            if not dialogue.said.startswith("4"):
                break
        except TimeoutError:
            break
        except OSError as error:
            return [False, f"{error}, after: {dialogue.said}"]
    return [False, dialogue.said]


def main():
    """All at once."""
    job = json.loads(sys.argv[1])
    pairs = [(label, family) for label in job["servers"] for family in job["sources"]]
    with ThreadPoolExecutor(len(pairs)) as pool:
        found = pool.map(lambda pair: attempt(job, job["sources"][pair[1]], job["servers"][pair[0]][pair[1]]), pairs)
    answer = {label: {} for label in job["servers"]}
    for (label, family), seen in zip(pairs, found):
        answer[label][family] = seen
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
