# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever becomes of corosync, guards, keepers and agents: one owner, who knows it, and no mail from another.

    node1 [virtual, promoted]     node2 [guard]     node3 [guard]
"""

import time
from concurrent.futures import ThreadPoolExecutor

import audit
import guards
from backend import File
from bound import between, clone_on, come_to_rest, held, mail_flows, masters, reason_says, settled, wait_verdict
from byhand import addresses, by_hand
from scenario import NAMESPACES, expect, mail_clone, scenario
from topology import NODES, VIRTUAL

SPLIT = (audit.arrived, audit.identity, audit.no_bounce, audit.wall, audit.one_quorate_owner, audit.one_name,
         audit.verdicts, audit.views)
BY_HAND = (audit.identity, audit.no_bounce, audit.wall, audit.verdicts, audit.views)
REAL = "/usr/libexec/bindback/real"
CLOCK = "/run/clock"
FAKED = f"""#!/bin/sh
export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME_TIMESTAMP_FILE={CLOCK}
export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_DISABLE_SHM=1
exec {REAL}/bindbackd "$@"
"""
DEGRADED = ("190", "191")
LOST = "the identity was lost to"
HELD = "remote delivery is held"


def told(lab, node, first, last=HELD):
    """Until the node's log has both lines, one after the other; seconds between them."""
    return lab.wait_until(f"{first!r}, then {last!r} in the log of {node}", lambda: between(lab, node, first, last),
                          lambda seen: seen is not None)


def since(lab, node, what, began):
    """Seconds from a moment of ours until the first such line of the node's log after it."""
    def first():
        times = [float(line.split()[0]) for line in lab.log(node) if what in line]
        return min((one for one in times if one >= began), default=None)
    return lab.wait_until(f"{what!r} in the log of {node}", first) - began


def handed_in_held(lab, node):
    """Two messages handed in on a node that holds: tried, and left to nobody. Their numbers."""
    numbers = lab.stream.submit_on(node, 2)
    lab.wait_until("the mail was tried, and had no way out",
                   lambda: sum("relay=none" in line and "status=deferred" in line for line in lab.log(node)),
                   lambda seen: seen >= len(numbers))
    return numbers


@scenario()
def guard_killed(lab):
    """kill -9: of the guard, and nobody notices; of the keeper, and of both: bound anew. On a standby node as well."""
    clone_on(lab, "node1")
    old, keeper = masters(lab, "node1"), guards.process(lab, "node1", "keeper")
    pid, = guards.kill(lab, "node1", "bindbackd")
    lab.wait_until("another guard", lambda: guards.process(lab, "node1", "bindbackd"), lambda new: new not in ("", pid))
    guards.wait_owner(lab, "node1", *NODES)
    guards.wait_view(lab, "node1", "bound, not held", lambda seen: seen.says(bound="yes", held="no", own="owner"))
    mail_flows(lab, "node1")
    expect(masters(lab, "node1") == old, "the mail server was restarted")
    expect(guards.process(lab, "node1", "keeper") == keeper, "another keeper")
    expect(not lab.cluster.failures(), f"Pacemaker noticed: {lab.cluster.failures()}")

    for node, names in (("node1", ("keeper",)), ("node1", ("keeper", "bindbackd")), ("node2", ("keeper", "bindbackd"))):
        lab.say(f"killing {' and '.join(names)} on {node}")
        before = guards.kill(lab, node, *names)[0]
        lab.wait_until("the failure is noted", lab.cluster.failures, lambda seen: any(one["node"] == node
                                                                                     for one in seen))
        lab.wait_until("another keeper", lambda: guards.process(lab, node, "keeper"),
                       lambda new: new not in ("", before), 20)
        come_to_rest(lab, "verified")
        lab.cluster.run("crm_resource", "--cleanup")
    mail_flows(lab, lab.cluster.active())
    expect(not lab.fence.history, f"fenced: {lab.fence.history}")


@scenario()
def guard_hangs(lab):
    """A standby's guard stands still, and all wait for its word: the identity moves to the other standby all the same.

        node1 ==> node2     node3 [guard, SIGSTOPped]
    """
    clone_on(lab, "node1")
    pid = guards.process(lab, "node3", "bindbackd")
    lab.backend.exec("node3", ["kill", "-STOP", pid])
    lab.cluster.move("node2")
    settled(lab, "node2", "verified")
    lab.wait_until("another guard", lambda: guards.process(lab, "node3", "bindbackd"), lambda new: new not in ("", pid))
    guards.wait_owner(lab, "node2", *NODES)
    expect(not lab.cluster.failures(), f"Pacemaker noticed: {lab.cluster.failures()}")
    mail_flows(lab, "node2")


@scenario(audits=SPLIT)
def corosync_killed(lab):
    """Corosync of the promoted node is killed and nobody fences: mail is held there at once; the others take over.
    Started again it learns that it is not the owner any more.

        node1 [virtual, no corosync]   -X-   node2 | node3 ==> [promoted]
    """
    lab.cluster.option("stonith-enabled", "false")
    clone_on(lab, "node1")
    began = time.time()
    lab.cluster.crash("node1")
    took = since(lab, "node1", HELD, began)
    lab.say(f"held {took:.3f} s after the kill")
    expect(took < 1, f"held only {took:.3f} s after corosync was killed")
    kept = handed_in_held(lab, "node1")
    heir = lab.cluster.wait_active("node2", "node3")
    guards.wait_owner(lab, heir, "node2", "node3")
    expect(guards.view(lab, "node1").says(connected="no", held="yes"), "node1 does not know")
    wait_verdict(lab, heir, "verified")
    mail_flows(lab, heir)
    lab.cluster.boot_software("node1")
    lab.cluster.wait_online(deadline=40)
    comes_back(lab, kept)


def comes_back(lab, kept):
    """Back in the cluster: promoted once, and all know where; what waited on node1 goes out when it is promoted."""
    owner = come_to_rest(lab, "verified")
    lab.cluster.merged()
    lab.say(f"promoted in the end: {owner}")
    expect([node for node in NODES if masters(lab, node)] == [owner], "another mail server is left")
    if owner != "node1":
        there = {mail.number for mail in lab.remote.deliveries()} & set(kept)
        expect(not there, f"{there} left node1 while it did not own the identity")
        lab.cluster.run("crm_resource", "--cleanup")
        lab.cluster.move("node1")
        settled(lab, "node1", "verified")
    lab.stream.wait_arrived(kept)
    mail_flows(lab, "node1")


def split(lab, policy, **values):
    """The ring of the promoted node is cut, nobody fences, and the others take over; then it is mended.
    Returns who took over and what was handed in on node1 meanwhile."""
    lab.cluster.option("stonith-enabled", "false")
    lab.cluster.option("no-quorum-policy", policy)
    clone_on(lab, "node1", **values)
    lab.cluster.part("node1")
    heir = lab.cluster.wait_active("node2", "node3")
    guards.wait_owner(lab, heir, "node2", "node3")
    wait_verdict(lab, heir, "verified")
    return heir


@scenario(audits=SPLIT)
def split_and_stop(lab):
    """1:2 with no-quorum-policy=stop: the one stops, the two take over; healed, all name that owner.

        node1 [stops]   -X-   node2 | node3 ==> [promoted]
    """
    heir = split(lab, "stop")
    lab.wait_until("node1 has stopped", lambda: not masters(lab, "node1"))
    mail_flows(lab, heir)
    lab.cluster.heal("node1")
    lab.cluster.wait_online(deadline=40)
    comes_back(lab, [])


@scenario(audits=SPLIT)
def split_and_ignore(lab):
    """1:2 with no-quorum-policy=ignore: Pacemaker lets the one go on; bindback holds its mail. Healed, one is left.

        node1 [promoted, held]   -X-   node2 | node3 ==> [promoted]
    """
    began = time.time()
    heir = split(lab, "ignore")
    lab.say(f"held {since(lab, 'node1', HELD, began) - since(lab, 'node1', 'non-primary component', began):.3f} s "
            "after corosync lost quorum")
    kept = handed_in_held(lab, "node1")
    mail_flows(lab, heir)
    lab.cluster.heal("node1")
    lab.cluster.wait_online(deadline=40)
    comes_back(lab, kept)


@scenario(audits=SPLIT)
def split_and_both(lab):
    """The same with require_quorum=false: both sides own, as the admin has it; healed, exactly one keeps it and the
    other is told."""
    heir = split(lab, "ignore", require_quorum="false")
    guards.wait_view(lab, "node1", "node1 owns its side",
                     lambda seen: seen.owner() == "node1" and seen.members() == {"node1"})
    mail_flows(lab, heir)
    lab.cluster.heal("node1")
    lab.say(f"held {told(lab, 'node1', LOST):.3f} s after the loss")
    lab.cluster.wait_online(deadline=40)
    comes_back(lab, [])


@scenario(audits=BY_HAND)
def both_start(lab):
    """Two nodes have the addresses and are told to start at once, by hand: one owns; the other fails and is held.

        node1 [virtual, start]   node2 [virtual, start]
    """
    with by_hand(lab) as one, by_hand(lab, "node2") as two:
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(lambda hand: hand.call("start").code, (one, two)))
        lab.say(f"start, start: {codes}")
        expect(0 in codes, f"neither could start: {codes}")
        first = one_of_two(lab, one, two)
        second = two if first is one else one
        if masters(lab, second.node):
            guards.wait_view(lab, second.node, "held", lambda seen: seen.says(own="lost", held="yes"), 1)
        lab.say(f"{first.node} owns; starting {second.node} anew")
        second.do("stop")
        second.do("start")
        expect(one_of_two(lab, one, two) is second, "the newest claim does not win")
        took = told(lab, first.node, LOST)
        lab.say(f"held {took:.3f} s after the loss")
        expect(took < 1, f"held only {took:.3f} s after the loss")
        numbers = lab.stream.submit_on(first.node, 2)
        first.kept(numbers)
        first.do("stop")
        second.do("monitor")
        second.do("stop")
        addresses(lab, second.node, "del")
        first.do("start")
        lab.stream.wait_arrived(numbers)


def one_of_two(lab, one, two):
    """The hand whose node owns: its monitor is well and the other's is not, if that runs at all."""
    guards.wait_owner(lab, guards.wait_view(lab, "node1" if guards.view(lab, "node1") else "node2", "an owner",
                                            lambda seen: seen.owner()).owner(),
                      *[hand.node for hand in (one, two) if guards.view(lab, hand.node)])
    codes = {hand: hand.call("monitor").code for hand in (one, two)}
    well = [hand for hand, code in codes.items() if code == 0]
    expect(len(well) == 1 and set(codes.values()) <= {0, 1, 7}, f"monitors: {[*codes.values()]}")
    return well[0]


@scenario()
def cluster_restarted(lab):
    """In maintenance, corosync and Pacemaker of all nodes are restarted under the running service: mail goes on."""
    clone_on(lab, "node1")
    old, guard = masters(lab, "node1"), guards.process(lab, "node1", "bindbackd")
    lab.cluster.option("maintenance-mode", "true")
    for node in NODES:
        lab.cluster.shut(node)
    guards.wait_view(lab, "node1", "not connected, held", lambda seen: seen.says(connected="no", held="yes"))
    numbers = lab.stream.submit_on("node1", 2)
    for node in NODES:
        lab.cluster.boot_software(node)
    guards.wait_owner(lab, "node1", *NODES, deadline=40)
    lab.stream.wait_arrived(numbers)
    lab.say(f"guard {guard} before, {guards.process(lab, 'node1', 'bindbackd')} now")
    lab.cluster.wait_online(deadline=40)
    lab.cluster.option("maintenance-mode", "false")
    settled(lab, "node1", "verified")
    expect(masters(lab, "node1") == old, "the mail server was restarted")
    expect(not lab.cluster.failures(), f"failures: {lab.cluster.failures()}")
    mail_flows(lab, "node1")


@scenario(where=(NAMESPACES,))
def clock_jumps(lab):
    """The wall clock of the promoted node's guard is an hour ahead, which all are told; then it leaps two hours back.
    Claim, hold and release go on as ever; PTR records are missing at first.

        node1 [promoted, clock +1 h, then -1 h]     node2, node3 [right clocks]
    """
    lab.backend.write("node1", CLOCK, File("+3600s\n"))
    lab.backend.exec("node1", ["sh", "-c", f"mkdir {REAL} && mv /usr/libexec/bindback/bindbackd {REAL}/"])
    lab.backend.write("node1", "/usr/libexec/bindback/bindbackd", File(FAKED, mode=0o755))
    lab.dns.change(lambda zones: [zones.pointer(address) for address in VIRTUAL])
    try:
        lab.cluster.create(**mail_clone(verify_timeout="4s", verify_interval="2s"), on="node1")
        settled(lab, "node1", "failed")
        for node in ("node2", "node3"):
            guards.wait_view(lab, node, "the owner's clock is another",
                             lambda seen, node=node: seen.checks(node, "clock", "degraded"))
        leap(lab)
    finally:
        lab.backend.exec("node1", ["sh", "-c", f"mv {REAL}/bindbackd /usr/libexec/bindback/ && rmdir {REAL}"])


def leap(lab):
    """Two hours back while mail is held."""
    numbers = lab.stream.submit_on("node1", 2)
    held(lab, "node1", 2)
    lab.backend.write("node1", CLOCK, File("-3600s\n"))
    guards.wait_view(lab, "node1", "the clock has leapt",
                     lambda seen: abs(int(seen.head["time_s"]) - time.time() + 3600) < 60, 40)
    seen = guards.view(lab, "node1")
    expect(seen.says(own="owner", held="yes", bound="yes"), f"after the leap: {seen.head}")
    status = lab.backend.exec("node1", ["bindback", "status"], check=False).out
    expect(" -" not in status, f"a time below 0 is shown: {status}")
    lab.dns.repair()
    lab.stream.wait_arrived(numbers, deadline=40)
    failed = [one for one in lab.cluster.failures() if one["exitcode"] not in DEGRADED]
    expect(not failed, f"failures: {failed}")


@scenario(audits=(audit.arrived, audit.identity, audit.wall, audit.views, audit.verdicts))
def without_corosync(lab):
    """A node without corosync, as with pacemaker_remote: refused with require_quorum, else the guard goes on alone."""
    lab.cluster.cut.add("node3")
    lab.cluster.shut("node3")
    with by_hand(lab, "node3") as hand:
        reason_says(hand.do("start", 1), "require_quorum")
        left = hand.left()
        expect(not left, f"left: {left}")
    with by_hand(lab, "node3", require_quorum="false") as hand:
        hand.do("start")
        hand.do("monitor")
        guards.wait_view(lab, "node3", "alone", lambda seen: seen.says(connected="no", own="owner", held="no"))
        reason = hand.run("bindback", "status", check=False)
        expect("corosync" in reason, f"status does not say that corosync is not there: {reason}")
        mail_flows(lab, "node3")
    lab.cluster.boot_software("node3")
    lab.cluster.wait_online(deadline=40)
