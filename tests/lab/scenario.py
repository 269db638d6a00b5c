# SPDX-License-Identifier: GPL-2.0-or-later
"""How a scenario is written down, and the resource groups scenarios start from."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import audit
import cib
import topology
from backend import File

ALL = {}
NAMESPACES, MACHINES = "namespaces", "machines"     # kinds of backend
LONG, SHORT = "long", "short"                       # sets of scenarios for machines; what is short is in both
AGENT = "usr/lib/ocf/resource.d/bindback/mta"
POSTFIX_OPS = [("start", "0s", "30s"), ("stop", "0s", "30s"), ("monitor", "10s", "20s")]
MTA_OPS = [("start", "0s", "30s"), ("stop", "0s", "20s"), ("monitor", "2s", "10s"), ("monitor", "5s", "20s", 10),
           ("monitor", "3s", "20s", 20)]
CLONE_OPS = [("start", "0s", "20s"), ("promote", "0s", "30s"), ("demote", "0s", "20s"), ("stop", "0s", "20s"),
             ("monitor", "2s", "10s", 0, "Promoted"), ("monitor", "4s", "10s", 0, "Unpromoted"),
             ("monitor", "5s", "20s", 10, "Promoted"), ("monitor", "3s", "20s", 20, "Promoted")]
CLONE = {"promotable": "true", "promoted-max": 1, "notify": "true", "interleave": "true",
         "migration-threshold": 10}     # a claim that was lost fails each of the three monitors


class Skip(Exception):
    """The scenario cannot run here; says why."""


class Expectation(AssertionError):
    """What the scenario expected did not hold."""


@dataclass
class Scenario:
    """A story and the audits that follow it."""
    name: str
    act: object
    audits: tuple
    needs_agent: bool
    where: tuple
    machines: str

    def wanted(self, kind, short):
        """Is it run in such a backend when none is named?"""
        if kind == MACHINES:
            return self.machines == SHORT or bool(self.machines) and not short
        return kind in self.where


def scenario(audits=audit.STANDARD, without=(), needs_agent=True, where=(NAMESPACES, MACHINES), machines=""):
    """Decorator that enters a function into the list; its name is the scenario's.

    where: the kinds of backend that it can run in. machines: the set (LONG or SHORT) in which machines run it unasked.
    """
    def enter(function):
        chosen = tuple(one for one in audits if one not in without)
        ALL[function.__name__] = Scenario(function.__name__, function, chosen, needs_agent, tuple(where), machines)
        return function
    return enter


def load():
    """Import every file of scenarios/ and return the scenarios by name."""
    for path in sorted((Path(__file__).resolve().parent / "scenarios").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"scenarios_{path.stem}", path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return ALL


def expect(condition, what):
    """Fail the scenario with a sentence unless condition holds."""
    if not condition:
        raise Expectation(what)


def stand_in():
    """The addresses and Debian's own Postfix agent: what clusters run today."""
    mta = cib.primitive("mta", "ocf:heartbeat:postfix", {}, POSTFIX_OPS)
    return cib.group("mail", *cib.addresses(*topology.VIRTUAL), mta)


def members_before(addresses, shared):
    """The addresses, and the queue on a storage (Backend.storage) if one is given."""
    members = cib.addresses(*addresses)
    if shared:
        queue = {"directory": "/var/spool/postfix", **shared}
        ends = [("start", "0s", "20s"), ("stop", "0s", "20s"), ("monitor", "20s", "20s")]
        members.append(cib.primitive("queue", "ocf:heartbeat:Filesystem", queue, ends))
    return members


def bindback(ops, parameters):
    """The resource itself."""
    values = {"name": topology.NAME, "ip": " ".join(topology.VIRTUAL), **parameters}
    return cib.primitive("mta", "ocf:bindback:mta", values, ops)


def mail_group(*, addresses=topology.VIRTUAL, shared=None, ops=None, **parameters):
    """The addresses, the queue on a shared storage if one is given, and bindback."""
    return cib.group("mail", *members_before(addresses, shared), bindback(ops or MTA_OPS, parameters))


def mail_clone(*, shared=None, ops=None, **parameters):
    """The same with bindback on every node, promoted where the addresses are; what cluster.create takes."""
    group = cib.group("mail", *members_before(topology.VIRTUAL, shared))
    return {"resource_xml": group + cib.clone("mta-clone", bindback(ops or CLONE_OPS, parameters), CLONE),
            "rules": cib.around("mail", "mta-clone")}


def fill_chroot(lab, node):
    """What Debian's unit does before Postfix starts and Debian's agent never does."""
    for name in ("resolv.conf", "hosts"):
        text = lab.backend.exec(node, ["cat", f"/etc/{name}"]).out
        lab.backend.write(node, f"/var/spool/postfix/etc/{name}", File(text))
    for name in ("services", "nsswitch.conf"):
        lab.backend.exec(node, ["cp", f"/etc/{name}", "/var/spool/postfix/etc/"], check=False)
