#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Carry out the examples of the agent's manual page on a cluster configuration in a file: examples.py PAGE CIB

Each of its commands for pcs and crmsh must be taken, without a warning; those of one example come after each other, and
find the addresses in a group where they do not make them themselves. Prints "ok" or "not ok" for each.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ADDRESSES = ("pcs resource create ip4 ocf:heartbeat:IPaddr2 ip=192.0.2.25 cidr_netmask=24 --group mail",
             "pcs resource create ip6 ocf:heartbeat:IPaddr2 ip=2001:db8::25 cidr_netmask=64 --group mail")
FENCING = "Blind faith: not fencing unseen nodes"      # of the configuration that there is before


def examples(page):
    """Lists of commands, one for each example that has some for pcs or crm."""
    part = page.split("\n.Sh EXAMPLES\n")[1].split("\n.Sh ")[0]
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", part, re.MULTILINE | re.DOTALL):
        lines = block.replace("\\e\n", "").splitlines()
        commands = [line for line in lines if line.split()[0] in ("pcs", "crm")]
        if commands:
            yield commands


def run(command, cib):
    """Its output where it was not taken, or warned."""
    line = re.sub(r"^pcs ", f"pcs -f {cib} ", command)
    done = subprocess.run(["/bin/sh", "-c", line], env={**os.environ, "CIB_file": cib}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    warned = [line for line in done.stdout.splitlines() if re.search(r"warn|error", line, re.IGNORECASE)]
    return done.stdout if done.returncode or any(FENCING not in line for line in warned) else ""


def carry_out(commands, empty):
    """Faults of one example."""
    with tempfile.NamedTemporaryFile("w", suffix=".xml") as cib:
        cib.write(empty)
        cib.flush()
        before = [] if any("IPaddr2" in command for command in commands) else ADDRESSES
        for command in (*before, *commands):
            fault = run(command, cib.name)
            if fault:
                return [command, *fault.splitlines()]
        done = subprocess.run(["crm_verify", "--xml-file", cib.name], capture_output=True, text=True, check=False)
        return done.stderr.splitlines() if done.returncode else []


def main(page, cib):
    """All of them."""
    bad, every = 0, list(examples(Path(page).read_text(encoding="utf-8")))
    for commands in every:
        faults = carry_out(commands, Path(cib).read_text(encoding="utf-8"))
        bad += bool(faults)
        print("not ok" if faults else "ok", "example of the manual:", " ".join(commands[-1].split())[:70])
        for fault in faults:
            print(f"  # {fault}")
    return 1 if bad or not every else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
