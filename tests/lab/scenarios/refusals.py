# SPDX-License-Identifier: GPL-2.0-or-later
"""Where bindback must not bind, and says why in one sentence."""

from bound import call, nothing_left, reason_says
from scenario import expect, mail_group, scenario
from topology import VIRTUAL


@scenario(audits=())
def vip_absent(lab):
    """No address resource: the virtual addresses are on no node, start is refused everywhere."""
    lab.cluster.create(mail_group(addresses=()))
    failures = lab.wait_until("start refused", lab.cluster.failures, deadline=30)
    reason_says(failures[0].get("exitreason", ""), VIRTUAL[0])
    for node in lab.cluster.hosts:
        nothing_left(lab, node)


@scenario(audits=())
def no_quorum(lab):
    """Two of three nodes are gone and stay away: the last one has no right to the identity.

        node1 ?      node2 X      node3 X
    """
    lab.fence.restart = False
    for node in ("node2", "node3"):
        lab.cluster.kill(node)
    lab.wait_until("node1 without quorum", lambda: lab.cluster.run("corosync-quorumtool", "-s", check=False).out,
                   lambda text: "Quorate:          No" in text, 20)
    for address in VIRTUAL:
        length = "64" if ":" in address else "24"
        lab.backend.exec("node1", ["ip", "address", "add", f"{address}/{length}", "dev", "lan"])
    refused = call(lab, "node1", "start")
    for address in VIRTUAL:
        length = "64" if ":" in address else "24"
        lab.backend.exec("node1", ["ip", "address", "del", f"{address}/{length}", "dev", "lan"])
    expect(refused.code != 0, "start without quorum succeeded")
    reason_says(refused.err, "quorum")
    nothing_left(lab, "node1")
