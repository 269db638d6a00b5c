#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in the Debian packages of a folder: contents.py DEBS BUILD, a line "ok" or "not ok" for each thing looked at.

BUILD is a build folder of meson's: each file that it installs has to be in exactly one package.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("bindback", "bindback-common", "bindback-witness")
CLUSTER = r"corosync|pacemaker|libc(pg|fg|map)\d|libquorum|resource-agents"
MODES = {"d": "drwxr-xr-x", "l": "lrwxrwxrwx"}


def output(*argv):
    """What a command prints."""
    return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout


def judge(name, fault):
    """One line; a fault is what is wrong, or nothing."""
    print(f"{'not ok' if fault else 'ok'} contents: {name}")
    for line in fault:
        print(f"  # {line}")


def files(deb):
    """{path: (mode, owner)} of a package."""
    found = {}
    for line in output("dpkg-deb", "-c", deb).splitlines():
        mode, owner, _, _, _, path = line.split(None, 5)
        found[path.partition(" -> ")[0][1:].rstrip("/")] = (mode, owner)
    return found


def wanted(build):
    """Where a package has what meson installs."""
    for path in json.loads(output("meson", "introspect", "--installed", build)).values():
        if path.endswith("/doc/bindback/witness.conf"):
            path = "/usr/share/doc/bindback-witness/examples/witness.conf"
        path = path.replace("/usr/lib/systemd/system/", "/lib/systemd/system/")
        path = path.replace("/zsh/site-functions/", "/zsh/vendor-completions/")
        yield path + ".gz" if "/share/man/" in path else path


def modes(found):
    """Files that are not root's, or may be written or run by the wrong ones."""
    for path, (mode, owner) in sorted(found.items()):
        runs = re.match(r"/usr/(s?bin|libexec/bindback|lib/ocf/resource\.d/bindback)/", path) and mode[0] == "-"
        want = "-rwxr-xr-x" if runs else MODES.get(mode[0], "-rw-r--r--")
        if owner != "root/root" or mode != want:
            yield f"{path} is {mode} {owner}, wanted is {want} root/root"


def main():
    """Look at them."""
    folder, build = Path(sys.argv[1]), sys.argv[2]
    debs = {name: next(folder.glob(f"{name}_*.deb")) for name in PACKAGES}
    found = {name: files(deb) for name, deb in debs.items()}
    want = list(wanted(build))
    judge(f"{len(want)} installed files are each in one package",
          [f"{path} is in {sum(path in held for held in found.values())}" for path in want
           if sum(path in held for held in found.values()) != 1] if want else ["meson installs nothing"])
    extra = r"/usr/share/(doc|lintian/overrides)/bindback(-common|-witness)?(/|$)|/etc/needrestart/conf\.d/"
    others = [f"{name}: {path}" for name, held in found.items() for path, (mode, _) in held.items()
              if mode[0] != "d" and path not in want and not re.match(extra, path)]
    judge("nothing else is in any", others)
    if shutil.which("zsh"):
        folders = output("zsh", "-fc", "print -l $fpath").splitlines()
        judge("zsh looks where its completion is",
              [] if any(f"{folder}/_bindback" in found["bindback-common"] for folder in folders) else folders)
    for name, held in found.items():
        judge(f"owners and modes in {name}", list(modes(held)))
    for name in PACKAGES[1:]:
        needs = output("dpkg-deb", "-f", debs[name], "Pre-Depends", "Depends", "Recommends")
        judge(f"{name} needs nothing of the cluster", [needs.strip()] if re.search(CLUSTER, needs) else [])
    needs = output("dpkg-deb", "-f", debs["bindback"], "Depends")
    judge("bindback needs corosync's libraries", [] if re.search(CLUSTER, needs) else [needs.strip()])
    sys.stdout.flush()


if __name__ == "__main__":
    main()
