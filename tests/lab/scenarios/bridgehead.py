# SPDX-License-Identifier: GPL-2.0-or-later
"""A bridgehead: one node on two networks, with an identity on each, and on each side one who knows that side alone.

    partner (witness, resolver: mail, not gate) --- lan --- node1 --- wan --- remote (witness, resolver: gate, not mail)
                                           mail.cluster.test   gate.cluster.test
"""

from contextlib import contextmanager

import audit
import witness
from backend import Link
from bound import call, wait_verdict
from byhand import by_hand
from remote import SINK
from scenario import NAMESPACES, expect, scenario
from topology import NAME, VIRTUAL
from witness import NAMES, RIGHT, evidence, explained, looks, outcomes, read_events, reasons

GATE, OUTSIDE = "gate.cluster.test", ("10.60.0.100", "fd60::100")
CONFIG, SPOOL, DATA = "/etc/postfix-gate", "/var/spool/postfix-gate", "/var/lib/postfix-gate"
# Each identity by its own side's router, as on any host of two networks; else answers come in where nobody waits.
SECOND_LEG = f"""set -e
ip address add {OUTSIDE[0]}/24 dev wan; ip address add {OUTSIDE[1]}/64 dev wan nodad preferred_lft 0
ip rule add from {VIRTUAL[0]} lookup 50; ip route add 10.50.0.0/24 dev lan table 50
ip route add default via 10.50.0.1 table 50
ip rule add from {OUTSIDE[0]} lookup 60; ip route add 10.60.0.0/24 dev wan table 60
ip route add default via 10.60.0.1 table 60
ip -6 rule add from {VIRTUAL[1]} lookup 50; ip -6 route add fd50::/64 dev lan table 50
ip -6 route add default via fd50::1 table 50
ip -6 rule add from {OUTSIDE[1]} lookup 60; ip -6 route add fd60::/64 dev wan table 60
ip -6 route add default via fd60::1 table 60
"""
ONE_LEG = f"""for family in -4 -6; do
    for table in 50 60; do ip $family rule del lookup $table; ip $family route flush table $table; done
done
rm -rf {CONFIG} {SPOOL} {DATA}"""
SECOND_POSTFIX = f"""set -e
cp -a /etc/postfix {CONFIG}
postconf -c {CONFIG} -e queue_directory={SPOOL} data_directory={DATA}
mkdir -p {SPOOL} {DATA}; chown postfix {DATA}
postfix -c {CONFIG} check"""


@contextmanager
def two_legs(lab, node="node1"):
    """The node stands on the wan, too, with a second identity there, and a second mail server's settings."""
    lab.backend.add_card(node, Link("wan", ("10.60.0.11/24", "fd60::11/64")))
    try:
        lab.backend.exec(node, ["sh", "-c", SECOND_LEG])
        lab.backend.exec(node, ["sh", "-c", SECOND_POSTFIX])
        yield
    finally:
        lab.backend.exec(node, ["sh", "-c", ONE_LEG], check=False)
        lab.backend.remove_card(node, "wan")


def split_view(lab):
    """The zones have both names; the resolver of each side denies the other side's."""
    lab.dns.change(lambda zones: zones.host(GATE, *OUTSIDE))
    for host, other in (("remote", NAME), ("partner", GATE)):
        lab.dns.touched.add(host)
        lab.backend.exec(host, ["unbound-control", "local_zone", other, "always_nxdomain"])
        expect(not lab.dns.ask(host, "127.0.0.1", other, "A"), f"{host} knows {other}")


def gate(lab, action, **more):
    """The agent for the outer identity."""
    if action == "stop":
        lab.read_verdict("node1", "/run/bindback/gate/verdict.xml")
    done = call(lab, "node1", action, instance="gate", name=GATE, ip=" ".join(OUTSIDE), config_dir=CONFIG,
                witnesses=NAMES["remote"], verify_timeout="4s", **more)
    expect(done.code == 0, f"{action} of the outer mail server: {done.code}: {done.err}")


@contextmanager
def outer_bound(lab):
    """The outer mail server runs beside the inner one."""
    gate(lab, "start")
    try:
        yield
    finally:
        gate(lab, "stop")


def own_side(lab, instance, host, addresses):
    """What the instance's own witness saw: all is right, and the source is that side's address."""
    wait_verdict(lab, "node1", "verified", instance=instance)
    text = lab.wait_until(f"the guard of {instance} has asked {host}",
                          lambda: lab.read_verdict("node1", f"/run/bindbackd/{instance}/live/verdict.xml"),
                          lambda text: text and outcomes(text, host), 30)
    for family, address in zip(("IPv4", "IPv6"), addresses):
        seen = outcomes(text, host, family)
        expect(seen == RIGHT, f"{instance} at {host} over {family}: {seen}")
        said = evidence(text, "source", host, family)
        expect(address in said, f"{instance} at {host}: the source is {said}, not {address}")


def outer_mail(lab):
    """A message from the outer mail server: the remote sees the outer address and name."""
    text = f"X-Lab-Number: gate\nSubject: gate\nTo: {SINK}\n\nlab\n"
    lab.backend.exec("node1", ["sendmail", "-C", CONFIG, "-i", SINK], text=text)
    mail = lab.wait_until("the message is there", lab.remote.deliveries, deadline=20)[0]
    expect(mail.peer in OUTSIDE and mail.ehlo == GATE, f"from {mail.peer} as {mail.ehlo}")
    expect(not lab.remote.rejections(), f"turned away: {lab.remote.rejections()}")


def announced_in_vain(lab, hand, status, **more):
    """A name that the remote cannot resolve, from an address that would lead back: 9322, as in 2001."""
    text = looks(hand, status=status, host="remote", **more)
    seen = outcomes(text)
    lab.say(f"{more['name']} at {more['addresses'][0]}: {seen}")
    expect(seen["forward"] == "nxdomain" and seen["callback"] != "match", f"the other side's name: {seen}")
    expect(seen["source"] == seen["legacy"] == "match", f"as before there were names: {seen}")
    events = read_events(explained(hand, "9322"))
    expect([one for one in events if one[2:] == ("IPv4", "11001")], f"not 11001: {events}")
    classes = {name for name, _ in reasons(text)}
    expect("WAYS_DIFFER" in classes, f"that name and address lead elsewhere is not said: {classes}")


def other_side(lab, hand):
    """The remote is told the inner name: by the inner identity, and from the outer card, as by a host of one name."""
    announced_in_vain(lab, hand, 1, name=NAME, addresses=VIRTUAL)
    announced_in_vain(lab, hand, 2, name=NAME, addresses=OUTSIDE)
    lab.say("the remote's view of the outer name is that of the inner side")
    lab.dns.stale("remote", GATE, "A", VIRTUAL[0])
    text = looks(hand, status=1, host="remote", name=GATE, addresses=OUTSIDE)
    seen = outcomes(text)
    expect(seen["forward"] == "mismatch" and seen["callback"] != "match" and seen["legacy"] == "match", f"{seen}")
    expect("WAYS_DIFFER" in {name for name, _ in reasons(text)}, f"reasons: {reasons(text)}")
    lab.dns.repair()


@scenario(audits=(audit.verdicts,), where=(NAMESPACES,))
def bridgehead(lab):
    """Two mail servers on one node, each proved on its own side; the other side's name is announced in vain."""
    split_view(lab)
    with two_legs(lab), by_hand(lab, witnesses=NAMES["partner"], verify_timeout="4s") as hand:
        witness.start(lab, "partner", allow=f"{NAME} {GATE}")
        witness.start(lab, "remote", allow=f"{NAME} {GATE}")
        hand.do("start")
        with outer_bound(lab):
            own_side(lab, "mta", "partner", VIRTUAL)
            own_side(lab, "gate", "remote", OUTSIDE)
            outer_mail(lab)
        other_side(lab, hand)
