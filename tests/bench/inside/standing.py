#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What processes of a node take while they stand by.

standing.py SECONDS NAME...: looks at every process of these names twice, that long apart. Standard output: JSON,
{name: {"pss_kib", "rss_kib", "wakeups", "cpu_ms", "children_ms", "files"}}; the middle three are of the time between.
Wakeups are voluntary context switches of all threads; CPU time is the scheduler's own, that of children that have
ended in whole clock ticks. A process that is another one at the second look ends the run.
"""

import json
import os
import sys
import time
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def pids(name):
    """Processes of a name, as the kernel cuts it."""
    return sorted(int(path.parent.name) for path in Path("/proc").glob("[0-9]*/comm")
                  if path.read_text().strip() == name[:15])


def field(text, name):
    """The number after a name at the start of a line."""
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name}:"))


def children_ms(proc):
    """CPU time of children that were waited for."""
    words = (proc / "stat").read_text().rpartition(")")[2].split()
    return (int(words[13]) + int(words[14])) * TICK_MS


def look(pid):
    """Counters of one process."""
    proc = Path(f"/proc/{pid}")
    tasks = list((proc / "task").iterdir())
    memory = (proc / "smaps_rollup").read_text()
    return {"pss_kib": field(memory, "Pss"), "rss_kib": field(memory, "Rss"), "files": len(os.listdir(proc / "fd")),
            "wakeups": sum(field((task / "status").read_text(), "voluntary_ctxt_switches") for task in tasks),
            "cpu_ms": sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6,
            "children_ms": children_ms(proc)}


def main(seconds, names):
    """Both looks."""
    found = {name: pids(name) for name in names}
    for name, wanted in found.items():
        if len(wanted) != 1:
            sys.exit(f"{name}: processes {wanted}, one is wanted")
    before = {name: look(wanted[0]) for name, wanted in found.items()}
    time.sleep(seconds)
    if {name: pids(name) for name in names} != found:
        sys.exit("some of them are other processes now")
    result = {}
    for name, (pid,) in found.items():
        after = look(pid)
        result[name] = {key: after[key] - (before[name][key] if key in ("wakeups", "cpu_ms", "children_ms") else 0)
                        for key in after}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])
