# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tested, as an overlay layer over the root tree."""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import tree
from backend import LabError
from namespaces import PREFIX, RUN, sweep

ROOT = Path(__file__).resolve().parents[2]


KEPT = 4        # sets of packages in the cache
INSTALL = """set -e
mount -t overlay -o lowerdir={tree},upperdir={upper},workdir={work} root {root}
mount -t proc proc {root}/proc
mount -t tmpfs tmpfs {root}/run
mount -t tmpfs tmpfs {root}/tmp
printf '#!/bin/sh\\nexit 101\\n' >{root}/tmp/policy
chmod 755 {root}/tmp/policy
touch {root}/usr/sbin/policy-rc.d
mount --bind {root}/tmp/policy {root}/usr/sbin/policy-rc.d
cp {packages} {root}/tmp
chroot {root} userdel bindback
chroot {root} sh -c 'dpkg -i /tmp/*.deb'
umount {root}/usr/sbin/policy-rc.d
rm {root}/usr/sbin/policy-rc.d"""


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


def packages(version=None):
    """The product's .deb files, built once for each content of this tree; a version makes them those of another
    release."""
    names = subprocess.run(["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
                           capture_output=True, check=True).stdout.split(b"\0")
    content = hashlib.sha256(str(version).encode())
    for path in sorted(ROOT / os.fsdecode(name) for name in names if name):
        content.update(os.fsencode(path) + (path.read_bytes() if path.is_file() else b""))
    folder = tree.cache() / f"deb-{content.hexdigest()[:16]}"
    with open(tree.cache() / "deb.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            new = folder.with_name(f"new-{folder.name}")
            shutil.rmtree(new, ignore_errors=True)
            quietly(str(ROOT / "packaging/build"), "deb", str(new), *([version] if version else []))
            new.rename(folder)
        os.utime(folder)
        for old in sorted(tree.cache().glob("deb-*"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old)
    return sorted(path for path in folder.glob("*.deb") if "-dbgsym_" not in path.name)


def installed(folder, root_tree, debs):
    """The layer that dpkg leaves when it installs these packages over the root tree."""
    places = {name: folder / name for name in ("layer", "work", "root")}
    for place in places.values():
        place.mkdir()
    script = INSTALL.format(tree=root_tree, upper=places["layer"], work=places["work"], root=places["root"],
                            packages=" ".join(shlex.quote(str(path)) for path in debs))
    quietly("unshare", "--mount", "--pid", "--fork", "--net", "sh", "-c", script)
    return places["layer"]
