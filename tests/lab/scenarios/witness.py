# SPDX-License-Identifier: GPL-2.0-or-later
"""The way back, proved by a witness: who resolves our name out there and calls it reaches this node, or it is told why.

    node1 [virtual] --- fw (9322 from and to the virtual addresses alone) --- remote (witness; resolver of its own)
"""

import audit
import guards
import witness
from bound import answers, mail_flows, wait_verdict
from byhand import by_hand
from scenario import expect, mail_group, scenario
from topology import NAME, VIRTUAL
from witness import (NAMES, PORT, RIGHT, STANDING, all_right, another_verdict, explained, listens, looks, outcomes,
                     passed, read_events, reasons, standing, told, wait_seen, wait_status, wait_told)

AT = {"witnesses": NAMES["remote"], "verify_timeout": "4s"}
ELSEWHERE = "10.50.0.99"
WANTED, HOSTS_PROGRAM = "/run/bindback-witness/hosts", "/usr/libexec/bindback/bindback-witness-hosts"


def verified_there(lab, one, node):
    """A verification asks the witness and listens only while it waits; what it then knows is all right."""
    expect(not listens(lab, node), f"{node} listens although nobody verifies")
    one.signal("STOP")
    asking = lab.backend.spawn(node, ["bindback", "verify", "--resource=mta", "--force", "--timeout=20s"], "verify.log")
    lab.wait_until(f"{node} listens on both addresses", lambda: listens(lab, node),
                   lambda seen: all(f"{at}:{PORT}" in seen.replace("[", "").replace("]", "") for at in VIRTUAL))
    one.signal("CONT")
    lab.wait_until("the verification is over", asking.poll, lambda code: code is not None, 30)
    expect(asking.poll() == 0, f"verify on {node} ended with {asking.poll()}")
    expect(not listens(lab, node), f"{node} goes on listening")
    all_right(lab.read_verdict(node, STANDING))


@scenario()
def witness_verifies(lab):
    """Bound on node1, moved to node2: each proves that the remote's programs, which know a name alone, reach it."""
    one = witness.start(lab)
    lab.cluster.create(mail_group(**AT), on="node1")
    for node in ("node1", "node2"):
        if node == "node2":
            lab.cluster.move(node)
        else:
            lab.cluster.wait_active(node)
        wait_verdict(lab, node, "verified")
        answers(lab, node)
        lab.wait_until(f"the guard of {node} has asked", lambda: standing(lab, outcomes, node), RIGHT.__eq__, 30)
        verified_there(lab, one, node)
        mail_flows(lab, node)
    passed(lab, witness_virtual=True, callback=True, witness_node=False)
    one.stop()


def resolver(lab, *command, host="remote"):
    """Tell a host's own resolver something, until it is repaired."""
    lab.dns.touched.add(host)
    lab.backend.exec(host, ["unbound-control", *command])


def denies(lab):
    """The remote's resolver says that there is no such name."""
    resolver(lab, "local_zone", NAME, "always_nxdomain")


def lame(lab):
    """It asks a server that refuses the name."""
    resolver(lab, "local_zone", NAME, "always_refuse", host="partner")
    resolver(lab, "forward_add", NAME, "10.50.0.210")
    resolver(lab, "flush_zone", NAME)


def outdated(lab):
    """It knows an address of before, and goes on doing so."""
    lab.dns.change(lambda zones: zones.address(NAME, ELSEWHERE))
    lab.wait_until("the remote's cache has it", lambda: lab.dns.ask("remote", "127.0.0.1", NAME, "A"),
                   lambda seen: seen == [ELSEWHERE])
    lab.dns.change(lambda zones: zones.address(NAME, VIRTUAL[0]), stale=("remote",))


FAULTS = (
    ("no such name", denies, "nxdomain", "11001"),
    ("no address", lambda lab: resolver(lab, "local_zone", NAME, "always_nodata"), "nodata", "11004"),
    ("no answer", lame, "servfail", "11002"),
    ("another address", lambda lab: lab.dns.stale("remote", NAME, "A", ELSEWHERE), "mismatch", "11004"),
    ("an old cache", outdated, "mismatch", "11004"),
)


def hosts(lab):
    """The remote's hosts file."""
    return lab.backend.exec("remote", ["cat", "/etc/hosts"]).out


def wanted(lab):
    """The lines that the witness wants in it."""
    return lab.backend.exec("remote", ["cat", WANTED], check=False).out.splitlines()


def path_unit(lab, lines):
    """What systemd would do once the witness has written so many lines down."""
    lab.wait_until(f"{lines} lines are wanted", lambda: wanted(lab), lambda seen: len(seen) == lines)
    lab.backend.exec("remote", [HOSTS_PROGRAM])


def held_up_by_hosts_file(lab, one, hand):
    """The old work-around: a line in the hosts file of the host that calls back, while its DNS is wrong."""
    before = hosts(lab)
    line = f"{VIRTUAL[0]} {NAME}"
    denies(lab)
    looks(hand, status=1)
    expect(line in explained(hand), f"explain does not show the line: {explained(hand)}")
    expect(not wanted(lab), f"wanted without leave: {wanted(lab)}")
    lab.say("its admin allows it")
    one.stop()
    one.set(hosts="yes")
    one.start()
    looks(hand, status=1)
    path_unit(lab, 2)
    expect([text for text in hosts(lab).splitlines() if text.startswith(line)], f"the hosts file: {hosts(lab)}")
    found = lab.wait_until("led back by it", lambda: outcomes(looks(hand, status=1)),
                           lambda seen: seen["callback"] == "match", 20)
    expect(found == {**RIGHT, "forward": "weak"}, f"by the hosts file: {found}")
    lab.say("DNS is right again")
    lab.dns.repair()
    looks(hand)
    path_unit(lab, 0)
    expect(hosts(lab) == before, f"left in the hosts file: {hosts(lab)}")
    lab.wait_until("all is right", lambda: outcomes(looks(hand)), lambda seen: seen == RIGHT, 20)


@scenario(audits=(audit.verdicts,))
def witness_dns(lab):
    """The remote's own resolver is wrong in each way: theirs, mail flows, and event 9322 has the cause of old. Then a
    line in its hosts file leads it back, and goes when DNS is right."""
    one = witness.start(lab)
    with by_hand(lab) as hand:
        for what, fault, outcome, code in FAULTS:
            fault(lab)
            text = looks(hand, status=1)
            seen = outcomes(text)
            lab.say(f"{what}: {seen}, {reasons(text)}")
            expect(seen["forward"] == outcome, f"{what}: {seen}, not {outcome}")
            expect(seen["reverse"] == seen["source"] == seen["legacy"] == "match", f"{what}: {seen}")
            expect(seen["callback"] not in ("match", None), f"{what}, and yet called: {seen}")
            expect({blame for _, blame in reasons(text)} == {"theirs"}, f"{what} is laid to {reasons(text)}")
            expect("WAYS_DIFFER" in {name for name, _ in reasons(text)}, f"{what}, and no difference is seen: {text}")
            events = read_events(explained(hand, "9322"))
            expect([one for one in events if one[2:] == ("IPv4", code)], f"{what}, not {code}: {events}")
            lab.dns.repair()
        all_right(looks(hand))
        held_up_by_hosts_file(lab, one, hand)


def rotated(lab, one, hand):
    """Another key, first here, then there, then without the old one: verified all the time. The next verification is
    two seconds away from each step, so none falls into the witness's new start."""
    before = len(told(lab))
    all_right(another_verdict(lab))
    for what, step in (("a new one here", lambda: lab.witnesses.key("rotate", witness.OURS)),
                       ("and there", lambda: one.key("import", "-", text=lab.witnesses.secret())),
                       ("the old one goes here", lambda: lab.witnesses.key("retire", witness.OURS)),
                       ("and there", lambda: one.key("retire", witness.OURS))):
        lab.say(f"keys: {what}")
        step()
        hand.do("monitor", level=10)
        all_right(another_verdict(lab))
    expect(len(told(lab)) == before, f"told of a key that was rotated in order: {told(lab)[before:]}")


def guard_killed(lab, one):
    """The guard is killed while it waits for a call: nobody listens, the next one does, and is called."""
    one.signal("STOP")
    lab.wait_until("node1 waits for a call", lambda: listens(lab, "node1"))
    guards.kill(lab, "node1", "bindbackd")
    lab.wait_until("nobody listens", lambda: listens(lab, "node1"), lambda seen: not seen)
    one.signal("CONT")
    lab.wait_until("the next guard", lambda: guards.process(lab, "node1", "bindbackd"))
    another_verdict(lab)
    wait_status(lab, "verified")


def denied(hand):
    """(number, family, code) of what the guard has to tell of 9318."""
    return {(one[0], one[2], one[3]) for one in read_events(explained(hand, "9318", f"--file={STANDING}"))}


LOSS = """table inet lossy { counter lost { }; chain forward { type filter hook forward priority -10;
    tcp dport 9322 numgen random mod 10 < 3 counter name lost drop;
    tcp sport 9322 numgen random mod 10 < 3 counter name lost drop; }; }"""


def lossy(lab):
    """Three of ten packets are lost on the way to the witness and back: found all the same, or laid to the path."""
    lab.backend.exec("fw", ["nft", LOSS])
    for _ in range(2):
        blamed = {blame for _, blame in reasons(another_verdict(lab))}
        expect(blamed <= {"path"}, f"lost packets are laid to {blamed}")
    expect(lab.counters()["lost"] > 3, "nothing was lost")
    lab.backend.exec("fw", ["nft", "delete", "table", "inet", "lossy"])


@scenario(audits=(audit.verdicts,))
def witness_faults(lab):
    """Witness, keys, wires and guard fail: the mail server runs on, mail flows, and what it was is told.

        node1 [virtual, bound] --X-- remote (witness)
    """
    one = witness.start(lab)
    with by_hand(lab, **AT, verify_interval="2s") as hand:
        hand.do("start")
        master = hand.master()
        wait_status(lab, "verified")
        guard_killed(lab, one)
        lab.say("the witness is killed while it is asked")
        one.signal("STOP")
        lab.wait_until("node1 waits for it", lambda: listens(lab, "node1"))
        one.kill()
        wait_status(lab, "degraded")
        wait_told(lab, "9318")
        wait_seen(lab, {"callback": "unreachable"})
        one.start()
        wait_status(lab, "verified")
        lab.say("it has another key")
        one.key("import", "-", text=witness.WRONG)
        lab.wait_until("access is denied", lambda: denied(hand), lambda events: ("9318", "IPv4", "5") in events)
        hand.do("monitor")
        mail_flows(lab, "node1")
        one.key("import", "-", text=lab.witnesses.secret())
        wait_status(lab, "verified")
        rotated(lab, one, hand)
        lossy(lab)
        expect(hand.master() == master, "the mail server was restarted")
        one.stop()
