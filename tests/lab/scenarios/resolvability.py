# SPDX-License-Identifier: GPL-2.0-or-later
"""DNS faults at start: what is ours and wrong holds the mail until repaired; what is theirs or silent does not.

    node1 [virtual] --- ns1, ns2 --- auth1, auth2          remote (own resolver)
"""

from bound import answers, held, mail_flows, verdict, wait_verdict
from scenario import expect, mail_group, scenario
from topology import NAME, VIRTUAL

QUICK = {"verify_timeout": "4s", "verify_interval": "5s"}


def start_bound(lab):
    """The group on node1, whatever the verdict."""
    lab.cluster.create(mail_group(**QUICK), on="node1")
    lab.cluster.wait_active("node1")


def held_until_repaired(lab, fault):
    """Our own records are wrong: mail stays here, nothing bounces; repaired, it goes out by itself."""
    lab.dns.change(fault)
    start_bound(lab)
    wait_verdict(lab, "node1", "failed")
    numbers = lab.stream.submit_on("node1", 3)
    held(lab, "node1", 3)
    lab.say("repairing the zones")
    lab.dns.repair()
    wait_verdict(lab, "node1", "verified")
    lab.stream.wait_arrived(numbers)


def flows_anyway(lab, *statuses):
    """The fault is not ours, or nobody can tell: mail goes out, the verdict says what was seen."""
    start_bound(lab)
    wait_verdict(lab, "node1", *statuses)
    answers(lab, "node1")
    mail_flows(lab, "node1")


@scenario()
def ptr_missing(lab):
    """Neither virtual address has a PTR record."""
    def fault(zones):
        for address in VIRTUAL:
            zones.pointer(address)
    held_until_repaired(lab, fault)


@scenario()
def ptr_names_node(lab):
    """The PTR records of the virtual addresses name the node."""
    def fault(zones):
        for address in VIRTUAL:
            zones.pointer(address, "node1.cluster.test")
    held_until_repaired(lab, fault)


@scenario()
def a_names_node(lab):
    """The name's A record is the node's address: what a quick fix after a failover leaves behind."""
    held_until_repaired(lab, lambda zones: zones.address(NAME, "10.50.0.11"))


@scenario()
def ipv6_missing(lab):
    """Two addresses bound, but the name has no AAAA record."""
    held_until_repaired(lab, lambda zones: zones.no_address(NAME, "AAAA"))


@scenario()
def stale_second_nameserver(lab):
    """ns2 still gives the address of before; everybody else is right."""
    lab.dns.stale("ns2", NAME, "A", "10.50.0.99")
    flows_anyway(lab, "degraded")


@scenario()
def silent_nameserver(lab):
    """ns1, the first nameserver, answers nothing."""
    lab.dns.silence("ns1")
    flows_anyway(lab, "degraded", "verified")


@scenario()
def servfail(lab):
    """Both authoritative servers have lost the forward zone: no answer anywhere, and no bounce either."""
    lab.dns.servfail("cluster.test")
    start_bound(lab)
    seen = wait_verdict(lab, "node1", "failed", "unknown")
    lab.say(f"verdict without a zone: {seen}")
    numbers = lab.stream.submit_on("node1", 3)
    lab.wait_until("the mail was tried", lambda: "status=deferred" in "\n".join(lab.log("node1")), deadline=20)
    expect(not lab.remote.deliveries(), "mail left while the name did not resolve")
    lab.dns.repair()
    wait_verdict(lab, "node1", "verified")
    lab.stream.wait_arrived(numbers)


@scenario()
def ptr_lost_later(lab):
    """Verified at start, the PTR goes later: the standing verification sees it and holds; repaired, it releases."""
    start_bound(lab)
    wait_verdict(lab, "node1", "verified")
    lab.dns.change(lambda zones: [zones.pointer(address) for address in VIRTUAL])
    wait_verdict(lab, "node1", "failed", deadline=40)
    numbers = lab.stream.submit_on("node1", 2)
    held(lab, "node1", 2)
    lab.dns.repair()
    wait_verdict(lab, "node1", "verified")
    lab.stream.wait_arrived(numbers)
    expect(verdict(lab, "node1") == "verified", "verdict did not stay")
