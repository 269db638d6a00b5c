# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tested, as an overlay layer over the root tree."""

import hashlib
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import tree
from backend import LabError
from namespaces import PREFIX, RUN, sweep

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def workplace():
    """A folder for the layer, removed afterwards; also removes what killed labs have left."""
    sweep()
    folder = RUN / f"{PREFIX}{os.getpid()}.product"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def quietly(*argv):
    """Run a build step; its output only when it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv)} failed:\n{done.stdout}{done.stderr}")


def configured(build=None):
    """The build folder: given, or one of this checkout's own."""
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    build = Path(build or tree.cache() / f"build-{checkout}")
    if not (build / "build.ninja").exists():
        quietly("meson", "setup", str(build), str(ROOT), "--prefix=/usr", "--libdir=lib")
    return build


def layer(folder, given=None, build=None, programs=None):
    """The product's layer: given, or installed into `folder` from a build folder, or built here. `programs` are test
    programs of the build, and where in a host they are wanted."""
    if given:
        if not Path(given).is_dir():
            raise LabError(f"--layer: {given} is no folder")
        return Path(given).resolve()
    target = folder / "layer"
    target.mkdir()
    build = configured(build)
    quietly("meson", "install", "-C", str(build), "--destdir", str(target))
    for name, path in (programs or {}).items():
        (target / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(build / name, target / path[1:])
    return target
