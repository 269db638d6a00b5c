#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stops the agent in the middle of an action: catch.py ACTION NAME.

Waits until there is a process called NAME while "mta ACTION" runs, sends the latter SIGSTOP, and prints what runs.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ACTION, NAME = sys.argv[1:]
PERIOD = 0.005


def processes():
    """(pid, base name, first argument) of each."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{entry}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
        except OSError:
            continue
        yield int(entry), words[0].rpartition("/")[2], words[1] if len(words) > 1 else ""


def main():
    """Look until it is there."""
    while True:
        found = list(processes())
        agents = [pid for pid, name, argument in found if (name, argument) == ("mta", ACTION)]
        if agents and NAME in (name for _, name, _ in found):
            os.kill(agents[0], signal.SIGSTOP)
            tree = subprocess.run(["ps", "axf", "-o", "pid,stat,args"], capture_output=True, text=True, check=False)
            print(f"{tree.stdout}mta {ACTION} ({agents[0]}) stopped, {NAME} runs", flush=True)
            return
        time.sleep(PERIOD)


if __name__ == "__main__":
    main()
