#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Print meson's junit log as lines "ok NAME", "not ok NAME" and "ok NAME # SKIP": junit.py LOG."""

import sys
import xml.etree.ElementTree as ElementTree


def line(suite, case):
    """One test of one program, or the program's own end."""
    name = f"{suite.get('name').split(' / ')[-1]} {case.get('name')}"
    fault = case.find("failure") if case.find("failure") is not None else case.find("error")
    if fault is not None:
        return f"not ok {name} {fault.get('message') or ''}".rstrip()
    return f"ok {name} # SKIP" if case.find("skipped") is not None else f"ok {name}"


def main(log):
    """Every case of every suite, those that failed last, and then what the program printed."""
    for suite in ElementTree.parse(log).getroot().iter("testsuite"):
        lines = sorted((line(suite, case) for case in suite.iter("testcase")), key=lambda one: one.startswith("not"))
        print("\n".join(lines))
        if lines and lines[-1].startswith("not ok"):
            for stream in ("system-out", "system-err"):
                for text in (suite.findtext(stream) or "").splitlines()[-60:]:
                    print(f"  # {text}")


if __name__ == "__main__":
    main(sys.argv[1])
