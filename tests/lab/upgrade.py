# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of the product, this release and a next one, and the nodes that have them."""

import re

import product
from backend import LabError

NAMES = ("bindback-common", "bindback")     # what a cluster node has
SECONDS = 60


def version():
    """The one that this tree is."""
    return re.search(r"^  version: '(.*)'", (product.ROOT / "meson.build").read_text(), re.M).group(1)


def next_version():
    """One that is later, and made of the same tree."""
    return version() + "+next"


def files(release):
    """The packages that a node has of it, built when missing (a minute)."""
    found = product.packages(None if release == version() else release)
    return [next(path for path in found if path.name.startswith(f"{name}_")) for name in NAMES]


class Upgrades:
    """Puts releases on nodes, and takes them off again."""

    def __init__(self, lab):
        self.lab = lab
        self.foreign, self.upgraded = set(), set()  # where no package was installed; where there is a later one

    def _dpkg(self, node, release):
        paths = []
        for file in files(release):
            paths.append(f"/var/tmp/{file.name}")
            self.lab.backend.copy(node, file, paths[-1])
        argv = ["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--force-confnew", "--install", *paths]
        self.lab.backend.exec(node, argv, timeout=SECONDS * self.lab.backend.scale)
        self.lab.backend.exec(node, ["rm", *paths])

    def release(self, node):
        """What dpkg says is installed there; "" for nothing."""
        done = self.lab.backend.exec(node, ["dpkg-query", "-W", "-f", "${Version}", "bindback"], check=False)
        return done.out.rpartition("-")[0]

    def prepare(self, *nodes):
        """See to it that this release is there as packages, before anything of it runs."""
        files(next_version())
        for node in nodes:
            if not self.release(node):
                self.foreign.add(node)
                self._dpkg(node, version())

    def install(self, node):
        """The next release, in the place of what is there, whatever runs."""
        self.upgraded.add(node)
        self._dpkg(node, next_version())
        if self.release(node) != next_version():
            raise LabError(f"{node} has {self.release(node)}, not {next_version()}")

    def reset(self):
        """All nodes as they were: those that had no packages lose what was written since they were switched on."""
        for node in self.upgraded - self.foreign:
            self._dpkg(node, version())
        for node in self.foreign:
            self.lab.backend.kill(node)
        self.upgraded.clear()
        self.foreign.clear()
