# SPDX-License-Identifier: GPL-2.0-or-later
"""mode=observe: a clone beside an existing set-up, which tells everything and changes nothing."""

import cib
import guards
import audit
from scenario import bindback, expect, fill_chroot, scenario, stand_in
from topology import NODES

HOST = """find / -xdev \\( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /var/log \\
	-o -path /var/spool/postfix -o -path /var/lib/pacemaker \\) -prune \\
	-o -printf '%p %y %m %u %g %s %C@ %l\\n' | sort
find /run -path '/run/bindback*' -prune -o -printf '%p %y %m %u %g\\n' | sort
ip address; ip -4 route show table all; ip -6 route show table all; ip rule; nft list ruleset
ss -Htuln | sort; cat /proc/mounts"""
OPS = [("start", "0s", "20s"), ("stop", "0s", "20s"), ("monitor", "3s", "10s")]


def look(lab):
    """Everything of each host that a program could change."""
    return {node: lab.backend.exec(node, ["sh", "-c", HOST], check=False).out.splitlines() for node in NODES}


@scenario(audits=(audit.one_owner, audit.operations, audit.views))
def observe(lab):
    """IPaddr2 and Debian's Postfix agent on node1, and a guard on each node, which judges; the hosts stay as they were.

        node1 [virtual, Postfix, guard]     node2 [guard]     node3 [guard]
    """
    lab.cluster.create(stand_in().replace('"mta', '"postfix'), on="node1")
    lab.cluster.wait_active("node1", resource="postfix")
    fill_chroot(lab, "node1")
    lab.wait_until("node1 answers", lab.tap)
    before = look(lab)
    lab.cluster.run("cibadmin", "--modify", "--allow-create", "-o", "resources", "--xml-text",
                    cib.clone("mta-clone", bindback(OPS, {"mode": "observe", "verify_timeout": "4s"}), {}))
    for node in NODES:
        guards.wait_view(lab, node, "the verdict of who has the addresses",
                         lambda seen: seen.says(observe="yes") and seen.head["verdict_time_s"] != "0", 30)
    status = lab.backend.exec("node2", ["bindback", "status"], check=False).out
    lab.say(status)
    after = look(lab)
    for node in NODES:
        changed = set(before[node]) ^ set(after[node])
        expect(before[node] and not changed, f"{node} is not as it was: {sorted(changed)[:10]}")
    expect(not any(seen.owner() for seen in (guards.view(lab, node) for node in NODES)), "an observer claims")
