#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Put one fault into the core, and see that the simulation finds it.

    mutate.py --patch FILE --root DIR --schedules N --lib FILE... -- COMPILER...

The patch is applied to a copy of the sources, which are compiled and linked before the libraries, so that they come
instead of the core's own. The run must end with an invariant that the patch names in its line "Caught-by:". A patch
that does not apply any more is a failure: what it says of the core is not tested.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def arguments():
    """What meson.build says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patch", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--schedules", required=True)
    parser.add_argument("--lib", action="append", default=[])
    parser.add_argument("compiler", nargs="+")
    return parser.parse_args()


def run(argv, what):
    """Run a step that has to succeed."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{what}:\n{done.stdout}{done.stderr}")


def mutate(options, text, folder):
    """The simulation, with the patch in it."""
    sources = re.findall(r"^\+\+\+ b/(\S+)", text, re.MULTILINE)
    for name in sources:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(options.root / name, folder / name)
    run(["patch", "--directory", folder, "--strip=1", "--batch", "--fuzz=1", "--input", options.patch.resolve()],
        "the patch does not apply any more")
    program = folder / "sim"
    run([*options.compiler, "-I", options.root / "agent", *(folder / name for name in sources),
         "-Wl,--whole-archive", options.lib[0], "-Wl,--no-whole-archive", *options.lib[1:], "-o", program],
        "what was patched does not compile")
    return program


def main():
    """0: the fault was found, by what should find it."""
    options = arguments()
    text = options.patch.read_text(encoding="utf-8")
    wanted = re.search(r"^Caught-by: (.+)$", text, re.MULTILINE).group(1).split()
    with tempfile.TemporaryDirectory() as folder:
        program = mutate(options, text, Path(folder))
        done = subprocess.run([program, "--from", "1", "--count", options.schedules], capture_output=True, text=True,
                              check=False)
    found = re.search(r"^not ok: seed (\d+): (\w+)", done.stdout, re.MULTILINE)
    if not found:
        sys.exit(f"{options.schedules} schedules have found nothing (status {done.returncode})")
    print(f"{options.patch.stem}: {found[2]}, by seed {found[1]}")
    if found[2] not in wanted:
        sys.exit(f"it was to be found by {' or '.join(wanted)}:\n{done.stdout}")


main()
