# SPDX-License-Identifier: GPL-2.0-or-later
"""A next release is installed by dpkg, node after node, under a stream of mail.

    client ---> [virtual .100] node1 | node2 | node3 ---> remote
"""

import shutil

import guards
from backend import File
from bound import bound_on, clone_on, mail_flows, masters, settled, wait_verdict
from scenario import LONG, Skip, expect, scenario
from topology import NODES, VIRTUAL
from upgrade import next_version

QUICK = {"verify_timeout": "4s", "verify_interval": "5s"}
HELD = "remote delivery is held"
MANY = 100000
PROGRAMS = "/usr/libexec/bindback"
GUARD = f"{PROGRAMS}/bindbackd"
KEEPER = f"{PROGRAMS}/keeper"
RENEWED = "the keeper is of version"
REFUSED = f"{GUARD} was replaced, and cannot be used"


def have_packages(lab):
    """This release is on all nodes as packages, and the next one is made."""
    missing = [tool for tool in ("dpkg-buildpackage", "dh") if not shutil.which(tool)]
    if missing:
        raise Skip(f"no packages can be made here: no {missing[0]} (packaging/deps packages)")
    lab.upgrades.prepare(*NODES)


def processes(lab, node):
    """Those that an upgrade leaves alone: masters, and the keeper."""
    return masters(lab, node), guards.process(lab, node, "keeper")


def is_renewed(lab, node, keeper):
    """Does the same keeper run what is installed now, and a guard of that release?"""
    seen = guards.view(lab, node)
    program = lab.backend.exec(node, ["readlink", f"/proc/{keeper}/exe"], check=False).out.strip()
    return bool(seen) and seen.head.get("version") == next_version() and program == f"{PROGRAMS}/keeper"


def handed_in(lab, more):
    """Until the client has got rid of so many more."""
    wanted = len(lab.stream.accepted()) + more
    lab.wait_until(f"{wanted} messages handed in", lambda: len(lab.stream.accepted()), lambda seen: seen >= wanted, 60)


def stop_stream(lab):
    """The client ends; all that it was relieved of arrives. What a queue manager has found locked, as one before it was
    at it, waits a minute, and then for the next message to come: so some come meanwhile."""
    lab.stream.wait_arrived(deadline=120)
    lab.stream.client.kill()
    lab.stream.client.wait()
    lab.stream.wait_arrived(deadline=60)
    lab.say(f"{len(lab.stream.accepted())} messages")


def upgrade_in_place(lab, node, killed=False):
    """As an admin's apt does it. Nothing is restarted but the guard; what runs comes to be of the next release. A guard
    that is killed just then is started again as the next one."""
    before = processes(lab, node)
    lab.say(f"installing {next_version()} on {node}")
    lab.upgrades.install(node)
    if killed:
        guards.kill(lab, node, "bindbackd")
    lab.wait_until(f"keeper and guard of {node} are new", lambda: is_renewed(lab, node, before[1]), deadline=60)
    expect(processes(lab, node) == before, f"{node}: {before} became {processes(lab, node)}")


def nothing_failed(lab):
    """No action did; that mail was held shows as degraded (190, 191), and is none."""
    failed = [one for one in lab.cluster.failures() if one["exitcode"] not in ("190", "191")]
    expect(not failed, f"Pacemaker noticed: {failed}")


def holds_and_releases(lab, node):
    """The zones lose the PTR records, and get them back."""
    def fault(zones):
        for address in VIRTUAL:
            zones.pointer(address)
    lab.dns.change(fault)
    guards.wait_view(lab, node, "held", lambda seen: seen.says(held="yes"), 40)
    lab.dns.repair()
    guards.wait_view(lab, node, "released", lambda seen: seen.says(held="no"), 40)
    wait_verdict(lab, node, "verified")


@scenario()
def upgrade(lab):
    """In place, under what runs: a standby, so that guards of two releases are in one group, the owner, the last."""
    have_packages(lab)
    clone_on(lab, "node1", **QUICK)
    lab.stream.start_client(MANY, 0.1)
    handed_in(lab, 20)
    for node in ("node2", "node1", "node3"):
        upgrade_in_place(lab, node, killed=node == "node3")
        guards.wait_owner(lab, "node1", *NODES)
        lab.read_views()
        handed_in(lab, 20)
    guards.wait_view(lab, "node1", "bound", lambda seen: seen.says(bound="yes", held="no", own="owner"))
    held = [line for line in lab.log("node1") if HELD in line]
    expect(not held, f"mail was held: {held[:1]}")
    stop_stream(lab)
    wait_verdict(lab, "node1", "verified")
    nothing_failed(lab)
    holds_and_releases(lab, "node1")
    lab.cluster.move("node2")
    settled(lab, "node2", "verified")


@scenario(machines=LONG)
def rolling_upgrade(lab):
    """As admins do it who would rather have no resource on a node meanwhile: standby, install, online again."""
    have_packages(lab)
    bound_on(lab, "node1", shared=True)
    lab.stream.start_client(MANY, 0.1)
    handed_in(lab, 20)
    owner = "node1"
    for node in NODES:
        lab.say(f"{node} goes on standby, {owner} owns")
        lab.cluster.run("crm_standby", "--node", node, "--update", "on")
        if owner == node:
            owner = lab.cluster.wait_active(*set(NODES) - {node})
        lab.upgrades.install(node)
        lab.cluster.run("crm_standby", "--node", node, "--delete")
        handed_in(lab, 20)
        owner = lab.cluster.wait_active(*NODES)
    wait_verdict(lab, owner, "verified")
    guards.wait_view(lab, owner, "of the next release", lambda seen: seen.says(version=next_version()))
    stop_stream(lab)
    nothing_failed(lab)


@scenario()
def broken_upgrade(lab):
    """The next keeper can run, and the next guard cannot: the one of before stays, and comes back when it is killed,
    though its file is gone."""
    bound_on(lab, "node1", **QUICK)
    old, keeper = processes(lab, "node1")
    lab.backend.exec("node1", ["cp", "-p", KEEPER, f"{KEEPER}.next"])
    lab.backend.exec("node1", ["mv", f"{KEEPER}.next", KEEPER])
    lab.wait_until("the keeper is the next", lambda: [line for line in lab.log("node1") if RENEWED in line],
                   deadline=30)
    pid = guards.process(lab, "node1", "bindbackd")
    lab.backend.exec("node1", ["cp", "-p", GUARD, f"{GUARD}.sound"])
    lab.backend.write("node1", f"{GUARD}.new", File("#!/bin/sh\nexit 1\n", 0o755))
    lab.backend.exec("node1", ["mv", f"{GUARD}.new", GUARD])
    lab.wait_until("the keeper says so", lambda: [line for line in lab.log("node1") if REFUSED in line],
                   deadline=30)
    expect(guards.process(lab, "node1", "bindbackd") == pid, "the guard was ended all the same")
    holds_and_releases(lab, "node1")
    lab.say("killing the guard")
    guards.kill(lab, "node1", "bindbackd")
    lab.wait_until("another guard", lambda: guards.process(lab, "node1", "bindbackd"), lambda new: new not in ("", pid))
    guards.wait_owner(lab, "node1", "node1")
    guards.wait_view(lab, "node1", "bound", lambda seen: seen.says(bound="yes", held="no", own="owner"))
    mail_flows(lab, "node1")
    pid = guards.process(lab, "node1", "bindbackd")
    lab.say("mending the package")
    lab.backend.exec("node1", ["mv", f"{GUARD}.sound", GUARD])
    lab.wait_until("the guard is the installed one", lambda: guards.process(lab, "node1", "bindbackd"),
                   lambda new: new not in ("", pid), 30)
    guards.wait_owner(lab, "node1", "node1")
    mail_flows(lab, "node1")
    expect(processes(lab, "node1") == (old, keeper), "the mail server or the keeper was restarted")
    nothing_failed(lab)
