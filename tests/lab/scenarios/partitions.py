# SPDX-License-Identifier: GPL-2.0-or-later
"""The cluster falls apart and comes together again."""

import cib
from bound import answers, bound_on, mail_flows, masters, queued, verdict, wait_verdict
from cluster import NUMBERS
from hardware import has_no_carrier
from scenario import NAMESPACES, expect, mail_group, scenario
from topology import NODES

QUICK = {"verify_timeout": "2s", "verify_interval": "2s"}
FIRST_CIB = "/var/lib/pacemaker/cib/cib.xml"


@scenario()
def ring_cut(lab):
    """Corosync's link of the active node is cut, its lan is not: the majority fences it before one of them binds.

        node1 [virtual] -X- ring -- node2, node3          lan: all three
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    lab.cluster.cut.add("node1")
    lab.backend.link("node1", "ring", False)
    has_no_carrier(lab, "node1", "ring")
    heir = lab.cluster.wait_active("node2", "node3")
    expect([node for _, _, node in lab.fence.history[:1]] == ["node1"], f"fenced: {lab.fence.history}")
    wait_verdict(lab, heir, "verified")
    answers(lab, heir)
    mail_flows(lab, heir)
    lab.fence.settle()
    lab.cluster.wait_online(deadline=40)


@scenario()
def lan_cut(lab):
    """The active node's lan is cut, the ring is not: unknown is no failure, mail waits, and goes out when it is back.

        node1 [virtual] -X- lan -- everybody          ring: all three
    """
    bound_on(lab, "node1", **QUICK)
    old = masters(lab, "node1")
    lab.backend.link("node1", "lan", False)
    has_no_carrier(lab, "node1", "lan")
    wait_verdict(lab, "node1", "unknown")
    numbers = lab.stream.submit_on("node1", 3)
    lab.wait_until("the mail waits", lambda: queued(lab, "node1"), lambda seen: seen == 3)
    lab.backend.link("node1", "lan", True)
    wait_verdict(lab, "node1", "verified")
    lab.stream.wait_arrived(numbers)
    expect(masters(lab, "node1") == old, "the mail server was restarted")
    expect(not lab.fence.history, f"fenced: {lab.fence.history}")


@scenario(where=(NAMESPACES,))
def all_start_at_once(lab):
    """Power comes back to all three nodes at once, with the group configured: one of them binds, once.

        node1 X  node2 X  node3 X      ==>      one [virtual]
    """
    usual = {name: dict(host.files) for name, host in lab.cluster.hosts.items()}
    try:
        for name, host in lab.cluster.hosts.items():
            lab.cluster.kill(name)
            host.files[FIRST_CIB] = cib.file(cib.initial(NUMBERS, lab.backend.scale, mail_group()))
        for name in NODES:
            lab.fence.start_later(name)
        lab.cluster.wait_online(deadline=40)
    finally:
        for name, host in lab.cluster.hosts.items():
            host.files = usual[name]
    owner = lab.cluster.wait_active(*NODES)
    wait_verdict(lab, owner, "verified")
    answers(lab, owner)
    mail_flows(lab, owner)
    for name in set(NODES) - {owner}:
        expect(not masters(lab, name) and not verdict(lab, name), f"{name} has started a mail server, too")
