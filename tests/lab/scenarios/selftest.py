# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own faults do what they say: a story told with a blunt knife proves nothing."""

import audit
import guards
from bound import INSTANCE
from byhand import by_hand
from dns import AUTHORITATIVE, RESOLVERS
from scenario import expect, fill_chroot, scenario, stand_in
from topology import NAME, VIRTUAL

LISTENER = "import socket; s = socket.create_server(('10.50.0.100', 25)); s.accept()"
STATE = """bindback-guard 1
self 1
connected yes
synced {synced}
ring 1 40
digest 00c0ffee
owner {owner} yes 1 40 1
node 1
node_member yes
node 2
node_member yes
end"""
ADDRESS = {"ns1": "10.50.0.53", "ns2": "10.50.0.54",
           "auth1": "10.60.0.53", "auth2": "10.60.0.54", "remote": "10.60.0.25"}


def answers(lab, kind="A", name=NAME):
    """What each DNS server says."""
    return {server: lab.dns.ask("client", address, name, kind) for server, address in ADDRESS.items()}


@scenario(audits=(), needs_agent=False)
def dns_faults(lab):
    """Each DNS fault is seen where it should be and nowhere else, and repair undoes it."""
    right = dict.fromkeys(ADDRESS, [VIRTUAL[0]])
    expect(answers(lab) == right, f"before: {answers(lab)}")

    lab.dns.change(lambda zones: zones.address(NAME, "10.50.0.11"), AUTHORITATIVE[1:])
    seen = answers(lab)
    expect(seen["auth1"] == [VIRTUAL[0]] and seen["auth2"] == ["10.50.0.11"], f"one authority changed: {seen}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.stale("ns2", NAME, "A", "10.50.0.99")
    expect(answers(lab) == {**right, "ns2": ["10.50.0.99"]}, f"stale: {answers(lab)}")
    expect(answers(lab, "AAAA")["ns2"] == [VIRTUAL[1]], f"stale for A only: {answers(lab, 'AAAA')}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.silence(RESOLVERS[0])
    expect(answers(lab) == {**right, "ns1": []}, f"silent: {answers(lab)}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.servfail("cluster.test")
    status = lab.backend.exec("client", ["kdig", "@10.50.0.53", NAME, "A"], check=False).out
    expect("status: SERVFAIL" in status, f"servfail: {status}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")


@scenario(audits=())
def schema_bites(lab):
    """The audit of verdicts fails when none was read and on a verdict with anything in it that the schema has not."""
    expect(audit.verdicts(lab).failed(), "no verdict and no complaint")
    with by_hand(lab) as hand:
        hand.do("start")
        text = lab.read_verdict("node1", f"{INSTANCE}/verdict.xml")
    expect(text and not audit.verdicts(lab).failed(), f"a right verdict refused: {audit.verdicts(lab).line()}")
    lab.verdicts.add(text.replace("<verdict ", "<verdict colour='blue' ", 1))
    expect(audit.verdicts(lab).problems, "a wrong verdict passed")


@scenario(audits=(), needs_agent=False)
def audits_bite(lab):
    """The audits fail where they must: nothing bound, mail lost, a second owner of the virtual address.

        node1 [virtual .100, Postfix]     node2 [.100 too]
    """
    lab.cluster.create(stand_in(), on="node1")
    lab.cluster.wait_active("node1")
    expect(all(finding.failed() for finding in (audit.arrived(lab), audit.identity(lab), audit.wall(lab))),
           "an audit that looked at nothing did not fail")
    fill_chroot(lab, "node1")
    lab.stream.submit_on("node1")
    lab.wait_until("the wall turned mail of a node away", lambda: lab.counters()["mail_node"])
    lab.wait_until("node1 answers", lab.tap)
    lab.wait_until("a banner is seen", lab.outside, lambda seen: any(one["outcome"] == "ok" for one in seen))
    expect(audit.arrived(lab).problems and audit.wall(lab).problems and audit.one_name(lab).problems,
           "an audit did not see that nothing is bound")
    expect(not audit.one_owner(lab).problems, "one owner, and yet a complaint")

    lab.backend.exec("node2", ["ip", "address", "add", "10.50.0.100/24", "dev", "lan"])
    second = lab.backend.spawn("node2", ["python3", "-c", LISTENER], "second.log")
    lab.backend.exec("fw", ["ip", "neigh", "flush", "to", "10.50.0.100"])
    lab.backend.exec("node1", ["ip", "link", "set", "lan", "arp", "off"])
    lab.wait_until("a second owner is noticed", lambda: audit.one_owner(lab).problems)
    expect(audit.one_quorate_owner(lab).problems, "a second owner with quorum is not noticed")
    lab.cluster.crashes.append(("node2", 0))
    expect(not audit.one_quorate_owner(lab).problems, "an owner without quorum counts")
    lab.backend.exec("node1", ["ip", "link", "set", "lan", "arp", "on"])
    second.kill()


@scenario(audits=(), needs_agent=False)
def guard_audits_bite(lab):
    """Guards that disagree, are not in step, or stay: each is seen."""
    def look(*states):
        found = {f"node{number}": guards.parse(STATE.format(**state)) for number, state in enumerate(states, 1)}
        lab.views[:] = [found]
        return audit.views(lab)
    agreed = {"owner": 1, "synced": "yes"}
    expect(audit.views(lab).failed(), "no guard and no complaint")
    expect(not look(agreed, agreed).failed() and audit.views(lab).looked == 2, "guards agree, and yet a complaint")
    expect(look(agreed, {**agreed, "owner": 2}).problems, "two owners in one group")
    expect(look(agreed, {**agreed, "owner": 0}).problems, "one does not know the owner")
    expect(look(agreed, {**agreed, "synced": "no"}).problems, "one is not in step")
    expect(not audit.guards_gone(lab).failed(), f"before: {audit.guards_gone(lab).line()}")
    lab.backend.exec("node2", ["sh", "-c", "cp /bin/sleep /tmp/bindbackd"])
    task = lab.backend.spawn("node2", ["/tmp/bindbackd", "60"], "bindbackd.log")
    lab.wait_until("a guard that stays is seen", lambda: audit.guards_gone(lab).problems)
    lab.backend.exec("node2", ["pkill", "-x", "bindbackd"])
    task.wait()
    lab.backend.exec("node2", ["sh", "-c", "mkdir -p /run/bindbackd/mta"])
    expect(audit.guards_gone(lab).problems, "files that stay are not seen")
    lab.backend.exec("node2", ["rm", "-r", "/run/bindbackd", "/tmp/bindbackd"])


@scenario(audits=(), needs_agent=False)
def cable_faults(lab):
    """A cable that is out, and one that loses frames one way with carrier: each is what it says, and counted.

        node1 -X-> | lan      node1 | <-X- lan
    """
    def pings():
        return lab.backend.exec("node1", ["ping", "-c", "1", "-W", "1", "10.50.0.200"], check=False).code == 0

    def carrier():
        return lab.backend.exec("node1", ["cat", "/sys/class/net/lan/carrier"], check=False).out.strip() == "1"

    def frames():
        return int(lab.backend.exec("node1", ["cat", "/sys/class/net/lan/statistics/rx_packets"]).out)

    expect(pings() and carrier(), "no way before")
    lab.backend.link("node1", "lan", False)
    expect(not pings() and not carrier(), "a way without a cable")
    lab.backend.link("node1", "lan", True)
    lab.wait_until("a way again", pings)
    for direction in ("from", "to"):
        expect(lab.backend.lost("node1", "lan") == 0, "lost before anything was sent")
        lab.backend.lose("node1", "lan", direction)
        before = frames()
        expect(not pings() and carrier(), f"frames {direction} the host are not lost, or it has no carrier")
        lost = lab.backend.lost("node1", "lan")
        expect(lost, f"no frame {direction} the host was counted")
        lab.say(f"{direction}: {lost} lost, {frames() - before} came in")
        expect(direction == "from" or frames() == before, "frames came in although they are lost")
        lab.backend.link("node1", "lan", True)
        expect(lab.backend.lost("node1", "lan") == 0, "still counted after the end")
        lab.wait_until("a way again", pings)
