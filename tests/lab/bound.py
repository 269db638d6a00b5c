# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario can ask of a bound mail server: its verdict, its queue, its processes, its sentence."""

import re
import xml.etree.ElementTree as xml

import topology
from cluster import QUEUE
from guards import view, wait_owner
from scenario import Expectation, expect, mail_clone, mail_group

INSTANCE = "/run/bindback/mta"
PREFIX = "ocf-exit-reason:"


def verdict(lab, node, instance="mta"):
    """Status word of the stored verdict, "" while there is none."""
    text = lab.read_verdict(node, f"/run/bindback/{instance}/verdict.xml")
    if not text:
        return ""
    root = xml.fromstring(text)
    found = root if root.tag == "verdict" else root.find(".//verdict")
    return found.get("status", "")


def wait_verdict(lab, node, *statuses, instance="mta", deadline=30):
    """Until the stored verdict is one of these; returns it."""
    return lab.wait_until(f"verdict {'/'.join(statuses)} on {node}", lambda: verdict(lab, node, instance),
                          lambda seen: seen in statuses, deadline)


def queued(lab, node):
    """How many messages are in the queue."""
    text = lab.backend.exec(node, ["postqueue", "-p"], check=False).out
    found = re.search(r"in (\d+) Request", text)
    return int(found.group(1)) if found else 0


def held(lab, node, count, already=0):
    """So many are kept: in the queue, tried by the queue manager, and not at the remote, which had `already`."""
    lab.wait_until(f"{count} messages in the queue of {node}", lambda: queued(lab, node), lambda seen: seen == count)
    lab.backend.exec(node, ["postqueue", "-f"])
    lab.wait_until("the queue was tried", lambda: "status=deferred" in "\n".join(lab.log(node)))
    arrived = len(lab.remote.deliveries()) - already
    expect(not arrived, f"{arrived} messages left although they should be held")
    turned_away = lab.remote.rejections()
    expect(not turned_away, f"the remote turned mail away that should have been held: {turned_away[:2]}")


def masters(lab, node):
    """PIDs of Postfix masters on the node."""
    return lab.backend.exec(node, ["pgrep", "-x", "master"], check=False).out.split()


def nothing_left(lab, node):
    """No mail server, no listener, no runtime folder of the instance."""
    expect(not masters(lab, node), f"Postfix runs on {node}")
    ports = lab.backend.exec(node, ["ss", "-Htln", "sport", "=", ":25"]).out
    expect(not ports, f"somebody listens on {node}: {ports}")
    left = lab.backend.exec(node, ["sh", "-c", f"ls {INSTANCE}/postfix 2>/dev/null"], check=False).out
    expect(not left, f"left on {node}: {left}")


def command(action, *, level=0, minor=1, instance="mta", **parameters):
    """What runs the agent by hand, as Pacemaker would; a parameter that is None is left out."""
    values = {"name": topology.NAME, "ip": " ".join(topology.VIRTUAL), **parameters}
    words = ["OCF_ROOT=/usr/lib/ocf", f"OCF_RESOURCE_INSTANCE={instance}", "OCF_RESOURCE_TYPE=mta",
             "OCF_RESOURCE_PROVIDER=bindback", "OCF_RA_VERSION_MAJOR=1", f"OCF_RA_VERSION_MINOR={minor}",
             f"OCF_EXIT_REASON_PREFIX={PREFIX}", f"OCF_CHECK_LEVEL={level}",
             "OCF_RESKEY_CRM_meta_timeout=20000"]
    words += [f"OCF_RESKEY_{key}={value}" for key, value in values.items() if value is not None]
    return ["env", *words, "/usr/lib/ocf/resource.d/bindback/mta", action]


def call(lab, node, action, *, within=(), **parameters):
    """Run the agent by hand, perhaps within another command; returns the Result."""
    return lab.backend.exec(node, [*within, *command(action, **parameters)], check=False)


def reason_says(text, word):
    """The exit reason is there and names what it is about."""
    if word not in text:
        raise Expectation(f"the reason does not say {word!r}: {text!r}")


def mail_flows(lab, node, count=3):
    """Mail handed in on the node arrives."""
    lab.stream.wait_arrived(lab.stream.submit_on(node, count))


def answers(lab, node):
    """Until the switch has seen this node answer for both virtual addresses since the last reset."""
    def seen():
        return {one["address"] for one in lab.tap() if one["port"] == f"lan-{node}"}
    lab.wait_until(f"{node} answers outside", seen, lambda addresses: addresses == set(topology.VIRTUAL))


def queue_storage(lab, shared):
    """Parameters of the storage that the nodes share, where that is wanted."""
    return lab.backend.storage(QUEUE) if shared else None


def bound_on(lab, node, shared=False, **more):
    """The group started there, verified, seen from outside."""
    lab.cluster.create(mail_group(shared=queue_storage(lab, shared), **more), on=node)
    lab.cluster.wait_active(node)
    wait_verdict(lab, node, "verified")
    answers(lab, node)


def clone_on(lab, node, shared=False, **more):
    """The clone started everywhere, promoted there, verified, seen from outside, and all guards know it."""
    lab.cluster.create(**mail_clone(shared=queue_storage(lab, shared), **more), on=node)
    settled(lab, node, "verified")


def settled(lab, node, *statuses):
    """The clone is promoted on this node and on standby on all others; all guards say so, and the verdict is there."""
    lab.cluster.wait_active(node)
    lab.cluster.wait_standby(*set(topology.NODES) - {node})
    wait_owner(lab, node, *topology.NODES)
    wait_verdict(lab, node, *statuses)
    answers(lab, node)


def come_to_rest(lab, *statuses):
    """Wherever Pacemaker promotes in the end: settled there. Returns the node."""
    def rest():
        seen = lab.cluster.status()
        node = seen.where.get("mta")
        return node if seen.standby.get("mta") == set(topology.NODES) - {node} and \
            all((told := view(lab, one)) and told.owner() == node for one in topology.NODES) else None
    node = lab.wait_until("promoted once, and all guards know where", rest, deadline=40)
    settled(lab, node, *statuses)
    return node


def between(lab, node, first, last):
    """Seconds between the newest line of a node's log that has `first`, and the first one after it that has `last`;
    None while one of them is not there."""
    lines = lab.log(node)
    begins = [number for number, line in enumerate(lines) if first in line]
    after = [line for line in lines[begins[-1]:] if last in line] if begins else []
    return float(after[0].split()[0]) - float(lines[begins[-1]].split()[0]) if after else None
