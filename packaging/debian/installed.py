#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The targets of a meson build folder that are installed, for ninja: debian/installed.py BUILD."""

import json
import os
import subprocess
import sys

build = sys.argv[1]
done = subprocess.run(["meson", "introspect", "--targets", build], stdout=subprocess.PIPE, check=True)
for target in json.loads(done.stdout):
    if target["installed"]:
        print(*(os.path.relpath(name, build) for name in target["filename"]))
