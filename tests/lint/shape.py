#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold agent/ to its limits: one line "ok" or "not ok" for each file.

A file has at most 500 lines, a function 60, a line 80 columns; only lower layers are included; nothing mutable
stands at file scope outside the log; includes come in their order; the licence is named.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

FILE_LINES, FUNCTION_LINES, COLUMNS = 500, 60, 80
LAYERS = ("base", "core", "io", "cmd")
LICENCE = "/* SPDX-License-Identifier: GPL-2.0-or-later */"


def tags(path):
    """What ctags finds in a file."""
    argv = ["ctags", "-f", "-", "--output-format=json", "--fields=+neKt", "--c-kinds=fv", str(path)]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_const(lines, number):
    """Does the definition that ends or stands at this line begin with const?"""
    while number > 1 and re.match(r"[\s}]", lines[number - 1]):
        number -= 1
    return "const" in lines[number - 1]


def symbols(path, text):
    """Faults of functions and variables."""
    for tag in tags(path):
        if tag["kind"] == "function" and tag["end"] - tag["line"] + 1 > FUNCTION_LINES:
            yield f"{tag['name']} has {tag['end'] - tag['line'] + 1} lines"
        if tag["kind"] == "variable" and path.name != "log.c" and not is_const(text.splitlines(), tag["line"]):
            yield f"{tag['name']} at line {tag['line']} is mutable at file scope"


def includes(agent, path, text):
    """Faults of includes: upward, or in the wrong order."""
    layer = LAYERS.index(path.relative_to(agent).parts[0])
    found = re.findall(r'^#include ([<"])([^>"]+)', text, re.MULTILINE)
    for kind, name in found:
        other = name.split("/")[0]
        if kind == '"' and other in LAYERS and LAYERS.index(other) > layer:
            yield f"includes {name}, of a higher layer"
    own = path.with_suffix(".h").relative_to(agent)
    if path.suffix == ".c" and (agent / own).exists() and found[:1] != [('"', str(own))]:
        yield f"does not include {own} first"


def layout(text):
    """Faults one sees without reading."""
    lines = text.splitlines()
    if lines[:1] != [LICENCE]:
        yield "does not begin with the licence"
    if len(lines) > FILE_LINES:
        yield f"has {len(lines)} lines"
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            yield f"line {number} is wider than {COLUMNS} columns"
        if line != line.rstrip():
            yield f"line {number} ends in white space"


def main(root):
    """Check every file of agent/."""
    agent = root / "agent"
    paths = sorted(path for path in agent.rglob("*") if path.suffix in (".c", ".h"))
    bad = 0
    for path in paths:
        text = path.read_text(encoding="utf-8")
        faults = [*layout(text), *includes(agent, path, text), *symbols(path, text)]
        bad += bool(faults)
        print("not ok" if faults else "ok", "shape", path.relative_to(root))
        for fault in faults:
            print(f"  # {fault}")
    return 1 if bad or not paths else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
