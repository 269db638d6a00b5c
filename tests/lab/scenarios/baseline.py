# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens without bindback: the reason for all the rest, and the proof that this lab can see it."""

import audit
import topology
from scenario import expect, fill_chroot, scenario, stand_in


@scenario(audits=(audit.one_owner, audit.operations), needs_agent=False)
def baseline(lab):
    """IPaddr2 and Debian's Postfix agent; the wall passes only the virtual addresses.

        node1 [virtual .100] --- mail leaves from .11 ---> | wall | -X-> remote
    """
    lab.cluster.create(stand_in(), on="node1")
    lab.cluster.wait_active("node1")
    fill_chroot(lab, "node1")

    lab.stream.submit_on("node1", 3)
    lab.wait_until("the wall turned mail of a node away", lambda: lab.counters()["mail_node"])
    expect(not lab.remote.deliveries(), "mail from a node's address passed the wall")

    lab.say("taking the wall away: the remote now judges by itself")
    lab.backend.exec("fw", ["nft", "insert rule inet wall forward accept"])
    lab.dns.change(lambda zones: zones.pointer("10.50.0.11"))
    lab.dns.change(lambda zones: zones.pointer("fd50::11"))
    lab.wait_until("the strict remote turned the node away", lambda: "450 4.7.25" in "".join(lab.remote.rejections()),
                   deadline=30)

    lab.wait_until("the banner is seen outside", lab.outside, lambda seen: any(one["outcome"] == "ok" for one in seen))
    lab.cluster.move("node2")
    lab.wait_until("node2 answers", lab.tap, lambda seen: any(one["port"] == "lan-node2" for one in seen))
    banners = {record["banner"] for record in lab.outside() if record["outcome"] == "ok"}
    expect(not any(topology.NAME in banner for banner in banners), f"already the cluster's name: {banners}")


@scenario(audits=(audit.one_owner, audit.operations), needs_agent=False)
def fencing(lab):
    """Power loss of the active node with today's agents: the lab's fencing is real and the node comes back.

        node1 [virtual] X ==> node2 | node3 [virtual]
    """
    lab.cluster.create(stand_in(), on="node1")
    lab.cluster.wait_active("node1")
    lab.wait_until("node1 answers", lab.tap)
    lab.cluster.kill("node1")
    heir = lab.cluster.wait_active("node2", "node3")
    lab.wait_until(f"{heir} answers", lab.tap, lambda seen: seen[-1]["port"] == f"lan-{heir}")
    expect([node for _, _, node in lab.fence.history] == ["node1"], f"fenced: {lab.fence.history}")
    lab.cluster.wait_online(deadline=40)
