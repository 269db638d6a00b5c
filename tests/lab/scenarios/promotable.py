# SPDX-License-Identifier: GPL-2.0-or-later
"""bindback as a promotable clone: a guard on every node, the mail server where it is promoted.

    node1 [virtual, promoted]     node2 [guard]     node3 [guard]
"""

import re
from contextlib import contextmanager

import audit
import guards
from bound import (answers, between, clone_on, held, mail_flows, masters, nothing_left, settled,
                   wait_verdict)
from scenario import CLONE_OPS, expect, mail_clone, scenario
from topology import NODES, VIRTUAL

WITHOUT_20 = [op for op in CLONE_OPS if op[3:4] != (20,)]
OPEN = "insert rule inet wall forward iifname lan tcp dport 25 accept"
CLOSED = "insert rule inet wall forward iifname lan ip saddr 10.50.0.1{0} tcp dport 25 drop; " \
         "insert rule inet wall forward iifname lan ip6 saddr fd50::1{0} tcp dport 25 drop"
REMOTES = "mx.remote.test mx2.remote.test"
SECOND = ("10.60.0.26/24", "fd60::26/64")
QUICK = {"verify_timeout": "4s", "verify_interval": "2s"}


def no_pointers(zones):
    """Our own reverse records are gone: failed, and ours."""
    for address in VIRTUAL:
        zones.pointer(address)


def open_wall(lab, *cut):
    """Node addresses may talk to mail servers, too, but for those of the nodes with these numbers; and there are two
    mail servers to talk to."""
    lab.backend.exec("fw", ["nft", OPEN])
    for number in cut:
        lab.backend.exec("fw", ["nft", CLOSED.format(number)])
    for address in SECOND:
        lab.backend.exec("remote", ["ip", "address", "replace", address, "dev", "wan"])


def only_guard(lab, *nodes):
    """On these nodes there is a guard with its keeper, and no mail server."""
    for node in nodes:
        nothing_left(lab, node)
        expect(all(guards.process(lab, node, name) for name in ("keeper", "bindbackd")), f"no guard on {node}")


def differing(lab, node, act):
    """A node joins whose mail server has other settings: all guards say so, of that node alone."""
    setting = "smtp_tls_security_level"
    lab.backend.exec(node, ["postconf", "-e", f"{setting}=encrypt"])
    try:
        act()
        for other in NODES:
            seen = guards.wait_view(lab, other, f"{node} differs",
                                    lambda seen: seen.checks(node, "settings", "degraded"))
            told = [name for name in NODES if seen.checks(name, "settings", "degraded")]
            expect(told == [node], f"{told} differ, says {other}")
        shown = lab.backend.exec("node1", ["bindback", "preflight", "--all"], check=False).out
        lab.say(shown)
        expect(f"settings on {node} differ" in shown, f"preflight does not show it: {shown}")
    finally:
        lab.backend.exec(node, ["postconf", "-e", f"{setting}=none"])


@scenario()
def clone_moves(lab):
    """Mail comes in all the time; a planned move, then the promoted node loses power. node3 has other settings.

        node1 ==> node2 X ==> node1 | node3          one queue on shared storage
    """
    differing(lab, "node3", lambda: clone_on(lab, "node1", shared=True))
    only_guard(lab, "node2", "node3")
    lab.stream.start_client(150, 0.05)
    lab.stream.wait_accepted(20)
    lab.cluster.move("node2")
    only_guard(lab, "node1", "node3")
    settled(lab, "node2", "verified")
    lab.stream.wait_accepted(60)
    lab.cluster.kill("node2")
    heir = lab.cluster.wait_active("node1", "node3")
    wait_verdict(lab, heir, "verified")
    lab.stream.wait_accepted(100)
    lab.cluster.wait_online(deadline=40)
    settled(lab, heir, "verified")
    only_guard(lab, *set(NODES) - {heir})
    lab.stream.wait_client(60)
    lab.stream.wait_arrived(deadline=60)
    lab.say(f"longest silence outside: {lab.outage():.2f} s")


def attributes(lab, name):
    """A node attribute: {node: number}."""
    told = lab.cluster.run("attrd_updater", "-Q", "-A", "-n", name, check=False).out
    return {node: int(value) for node, value in re.findall(r'host="(\w+)" value="(\d+)"', told)}


@scenario()
def pacemaker_forgets(lab):
    """In maintenance, Pacemaker alone is restarted on all nodes and has forgotten all scores: the guards tell them again,
    and what is promoted stays so."""
    clone_on(lab, "node1")
    old = masters(lab, "node1")
    scores = lab.wait_until("scores of all", lambda: attributes(lab, "master-mta"), lambda seen: len(seen) == len(NODES))
    lab.cluster.option("maintenance-mode", "true")
    for node in NODES:
        lab.cluster.shut(node, ("pacemaker",))
    for node in NODES:
        lab.cluster.boot_software(node)
    lab.cluster.wait_online(deadline=40)
    lab.say(f"scores {scores} before, {attributes(lab, 'master-mta')} now")
    lab.wait_until("the scores again", lambda: attributes(lab, "master-mta"), lambda seen: seen == scores, deadline=90)
    lab.cluster.option("maintenance-mode", "false")
    settled(lab, "node1", "verified")
    expect(masters(lab, "node1") == old, "the mail server was restarted")
    mail_flows(lab, "node1")


@scenario(without=(audit.wall,))
def scores_choose(lab):
    """node2 cannot reach the remotes; the promoted node loses power: node3 takes over, although node2 is preferred.

        node1 [promoted] X     node2 [preferred] --- fw -X- remote     node3 ==> [promoted]
    """
    open_wall(lab, 2)
    form = mail_clone(remotes=REMOTES, verify_timeout="4s", on_unverified="attribute")
    form["rules"] += '<rsc_location id="second" rsc="mta-clone" role="Promoted" node="node2" score="30"/>'
    lab.cluster.create(**form, on="node1")
    settled(lab, "node1", "verified")
    seen = guards.wait_view(lab, "node3", "scores of all", lambda seen: seen.score("node2") and
                            seen.checks("node3", "remote"), 20)
    scores = {node: seen.score(node) for node in NODES}
    expect(scores["node2"] < scores["node3"] == scores["node1"], f"scores: {scores}")
    for name in ("bindback-mta", "master-mta"):
        lab.wait_until(f"{name} has the scores", lambda name=name: attributes(lab, name), lambda seen: seen == scores)
    lab.cluster.kill("node1")
    expect(lab.cluster.wait_active("node2", "node3") == "node3", "the node without a way to the remotes was chosen")
    wait_verdict(lab, "node3", "verified")
    answers(lab, "node3")
    mail_flows(lab, "node3")
    lab.cluster.wait_online(deadline=40)
    lab.cluster.wait_standby("node1", "node2")
    expect(lab.cluster.active() == "node3", "it moved back")


@scenario()
def released_by_guard(lab):
    """PTR missing at start, no monitor at level 20: the guard sees the repair, and mail leaves within a second."""
    lab.dns.change(no_pointers)
    lab.cluster.create(**mail_clone(ops=WITHOUT_20, **QUICK), on="node1")
    settled(lab, "node1", "failed")
    numbers = lab.stream.submit_on("node1", 2)
    held(lab, "node1", 2)
    lab.dns.repair()
    lab.stream.wait_arrived(numbers, deadline=40)
    took = lab.wait_until("released in the log",
                          lambda: between(lab, "node1", "the verdict is verified", "remote delivery is released"),
                          lambda seen: seen is not None)
    lab.say(f"released {took:.3f} s after the first good verdict")
    expect(took < 1, f"released only {took:.3f} s after the first good verdict")
    expect(all(guards.view(lab, node).says(verdict_status="verified") for node in NODES), "not all have heard of it")


@scenario(audits=(audit.arrived, audit.no_bounce, audit.views, audit.verdicts))
def fail_without_ping_pong(lab):
    """on_unverified=fail. A fault seen from everywhere moves nothing; one of the promoted node alone moves it, once.

        node1 [source rewritten to .250: every remote turns it away]  ==>  node2 | node3
    """
    open_wall(lab)
    values = {"remotes": REMOTES, "on_unverified": "fail", "score": 1000, **QUICK}
    lab.dns.change(no_pointers)
    lab.cluster.create(**mail_clone(**values), on="node1")
    settled(lab, "node1", "failed")
    made = guards.view(lab, "node1").head["verdict_time_s"]
    guards.wait_view(lab, "node1", "another verdict", lambda seen: seen.head["verdict_time_s"] != made and
                     seen.says(verdict_status="failed", better="no"), 30)
    failed = [one for one in lab.cluster.failures() if one["exitcode"] not in ("190", "191")]
    expect(not failed and lab.cluster.active() == "node1", f"failed: {failed}")
    lab.dns.repair()
    wait_verdict(lab, "node1", "verified", deadline=40)

    lab.backend.exec("fw", ["nft", CLOSED.format(1)])
    with spoilt(lab, "node1"):
        lab.cluster.run("crm_resource", "-r", "mta", "-p", "verify_timeout", "-v", "5s")    # and verify at once
        heir = lab.cluster.wait_active("node2", "node3", deadline=60)
        settled(lab, heir, "verified")
        mail_flows(lab, heir)
    moved = [line for node in NODES for line in lab.log(node) if "Result of promote operation for mta" in line]
    expect(len(moved) <= 3, f"promoted {len(moved)} times: {moved}")
    expect(lab.cluster.active() == heir, "it moved again")


@contextmanager
def spoilt(lab, node):
    """The node's own NAT gives the virtual addresses another source, without a name; the remote turns that away for
    good."""
    rules = """table ip spoil { chain out { type nat hook postrouting priority 100;
        ip saddr 10.50.0.100 tcp dport 25 snat to 10.50.0.250; }; }
    table ip6 spoil { chain out { type nat hook postrouting priority 100;
        ip6 saddr fd50::100 tcp dport 25 snat to fd50::250; }; }"""
    others = ("10.50.0.250/32", "fd50::250/128")
    for address in others:
        lab.backend.exec(node, ["ip", "address", "add", address, "dev", "lan"])
    lab.backend.exec(node, ["nft", rules])
    lab.backend.exec("remote", ["sh", "-c", "postconf -e unknown_client_reject_code=550; postfix reload"])
    try:
        yield
    finally:
        lab.backend.exec("remote", ["sh", "-c", "postconf -X unknown_client_reject_code; postfix reload"])
        lab.backend.exec(node, ["nft", "flush", "ruleset"])
        for address in others:
            lab.backend.exec(node, ["ip", "address", "del", address, "dev", "lan"])
