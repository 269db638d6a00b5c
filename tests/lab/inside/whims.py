#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy server for Postfix (SMTPD_POLICY_README) that says what a file says: an action of access(5), "greylist", or
nothing.

whims.py PORT FILE [PORT FILE...]; the file is read anew for each request.
"""

import socketserver
import sys
import threading
from pathlib import Path

GREYLISTED = "defer_if_permit 4.2.0 Greylisted, please try again later"


class Session(socketserver.StreamRequestHandler):
    """One smtpd process; requests are lines name=value up to an empty one."""

    def handle(self):
        attributes = {}
        for line in self.rfile:
            name, _, value = line.decode("ascii", "replace").rstrip("\n").partition("=")
            if name:
                attributes[name] = value
                continue
            self.wfile.write(f"action={self.server.action(attributes)}\n\n".encode())
            attributes = {}


class Server(socketserver.ThreadingTCPServer):
    """Answers for one file."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, port, file):
        super().__init__(("127.0.0.1", port), Session)
        self.file, self.seen, self.lock = Path(file), set(), threading.Lock()

    def action(self, attributes):
        """What Postfix is to do; greylisting puts off who has not been seen since it began."""
        wanted = self.file.read_text(encoding="ascii").strip()
        who = attributes.get("client_address"), attributes.get("sender")
        with self.lock:
            new = who not in self.seen
            if wanted != "greylist":
                self.seen.clear()
                return wanted or "dunno"
            self.seen.add(who)
        return GREYLISTED if new else "dunno"


def main():
    """For ever, one thread for each port."""
    pairs = zip(sys.argv[1::2], sys.argv[2::2])
    threads = [threading.Thread(target=Server(int(port), file).serve_forever) for port, file in pairs]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
