#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one command inside a node and tells what it took.

Arguments: the command. Standard output: JSON with "seconds", "peak_kib" (resident memory at its peak), "files" (most
descriptors seen open at once), "datagrams" (UDP datagrams that this network namespace sent meanwhile), "code" and
"last" (the last line that the command wrote).
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time

PAUSE_S = 0.005


def sent():
    """UDP datagrams sent by this namespace so far, both families."""
    with open("/proc/net/snmp", encoding="ascii") as source:
        heads, values = [line.split() for line in source if line.startswith("Udp:")]
    with open("/proc/net/snmp6", encoding="ascii") as source:
        more = sum(int(line.split()[1]) for line in source if line.startswith("Udp6OutDatagrams"))
    return int(values[heads.index("OutDatagrams")]) + more


class Files(threading.Thread):
    """Looks again and again at how many descriptors a process has open."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path, self.most, self.over = f"/proc/{pid}/fd", 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            try:
                self.most = max(self.most, len(os.listdir(self.path)))
            except OSError:
                return
            self.over.wait(PAUSE_S)


def main(argv):
    """One command, measured."""
    before, began = sent(), time.monotonic()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        files = Files(process.pid)
        files.start()
        last = ""
        for line in process.stdout:
            last = line.strip() or last
    took = time.monotonic() - began
    files.over.set()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"seconds": took, "peak_kib": peak, "files": files.most, "datagrams": sent() - before,
                      "code": process.returncode, "last": last}))


if __name__ == "__main__":
    main(sys.argv[1:])
