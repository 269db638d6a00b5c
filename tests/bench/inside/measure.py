#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs commands inside a node one after the other and tells what each cost as a whole process.

Standard input: JSON, a list of {"name", "argv", "env", "want", "pause"}. Standard output: the same list with "wall_ms"
(from before the spawn until reaped), "cpu_ms" (of the process and of the children it waited for), "made" (processes and
threads that came into being in this node meanwhile, the process itself not counted) and "code". A code other than
"want" ends the run.

"made" is the distance of two PIDs: /proc/loadavg shows the last one given out in the reader's own PID namespace, which
is the node's. So what the rest of the machine does is not counted, and nothing is traced or slowed down.
"""

import json
import os
import sys
import time

OUTPUT = "/tmp/measured.out"


def last_pid():
    """The PID that this namespace has given out last."""
    with open("/proc/loadavg", encoding="ascii") as source:
        return int(source.read().split()[-1])


def run(call, sink):
    """One command, measured."""
    actions = [(os.POSIX_SPAWN_DUP2, sink, number) for number in (1, 2)]
    time.sleep(call.get("pause", 0))
    os.ftruncate(sink, 0)
    before, began = last_pid(), time.monotonic()
    pid = os.posix_spawn(call["argv"][0], call["argv"], call["env"], file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    took, after = time.monotonic() - began, last_pid()
    return {"name": call["name"], "wall_ms": took * 1000, "cpu_ms": (usage.ru_utime + usage.ru_stime) * 1000,
            "made": after - before - 1 if after > before else None, "code": os.waitstatus_to_exitcode(status)}


def main():
    """Run the list."""
    sink = os.open(OUTPUT, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    results = []
    for call in json.load(sys.stdin):
        results.append(run(call, sink))
        if results[-1]["code"] != call["want"]:
            said = os.pread(sink, 2000, 0).decode("utf-8", "replace")
            sys.exit(f"{call['name']}: exit {results[-1]['code']}, expected {call['want']}: {said.strip()}")
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
