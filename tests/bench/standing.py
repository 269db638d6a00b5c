# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guard costs while nothing happens: on three nodes with the promotable clone, one of them promoted, beside
corosync and Pacemaker's attribute daemon in the same minutes."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import guards
import scenario
import topology
from backend import File
from costs import INSIDE
from figures import BenchError, figure, number, table

OWNER = "node1"
STANDBY = tuple(node for node in topology.NODES if node != OWNER)
OURS, PEERS = ("bindbackd", "keeper"), ("pacemaker-attrd", "corosync")
MINUTE_S = 60
SETTLE_S = 15       # the scores are published and have come to rest


def sample(lab, node, seconds):
    """One look at a node's processes."""
    done = lab.backend.exec(node, ["python3", "-ISB", "/lab/standing.py", str(seconds), *OURS, *PEERS],
                            timeout=seconds + 60, check=False)
    if done.code != 0:
        raise BenchError(f"{node}: {done.err.strip()}")
    return json.loads(done.out)


def per_minute(found, seconds):
    """The counters of one process for one minute."""
    return {key: value * MINUTE_S / seconds if key in ("wakeups", "cpu_ms", "children_ms") else value
            for key, value in found.items()}


def measure(lab, minutes):
    """{"owner" or "standby": {process: {what: figure}}}"""
    seconds = minutes * MINUTE_S
    lab.reset()
    lab.cluster.create(**scenario.mail_clone(), on=OWNER)
    lab.cluster.wait_active(OWNER)
    guards.wait_owner(lab, OWNER, *topology.NODES, deadline=30)
    for node in topology.NODES:
        lab.backend.write(node, "/lab/standing.py", File((INSIDE / "standing.py").read_text()))
    lab.say(f"# standing: {seconds} s of quiet")
    time.sleep(SETTLE_S)
    with ThreadPoolExecutor(len(topology.NODES)) as pool:
        found = dict(zip(topology.NODES, pool.map(lambda node: sample(lab, node, seconds), topology.NODES)))
    lab.reset()
    roles = {"owner": [found[OWNER]], "standby": [found[node] for node in STANDBY]}
    return {role: {name: {key: figure([per_minute(one[name], seconds)[key] for one in nodes])
                          for key in nodes[0][name]} for name in OURS + PEERS} for role, nodes in roles.items()}


def row(role, name, one, peer):
    """A line of the table."""
    cpu = one["cpu_ms"].median + one["children_ms"].median
    peers = peer["cpu_ms"].median + peer["children_ms"].median
    return [f"{name}, {role}", number(one["pss_kib"].median / 1024), number(one["rss_kib"].median / 1024),
            number(one["wakeups"].median), number(one["cpu_ms"].median), number(one["children_ms"].median),
            number(one["files"].median), f"1/{number(peers / cpu)}" if cpu else "-"]


def show(found):
    """The table."""
    heads = ["each minute", "PSS MiB", "RSS MiB", "wakeups", "CPU ms", "of children", "descriptors", "CPU/corosync"]
    return table("A standing guard, and what stands beside it", heads,
                 [row(role, name, one, of_role["corosync"]) for role, of_role in found.items()
                  for name, one in of_role.items()])


def aims(found):
    """(aim, seen, met) of the standing guard."""
    result = []
    for role, of_role in found.items():
        ours = sum(of_role[name]["cpu_ms"].median + of_role[name]["children_ms"].median for name in OURS)
        wakeups = sum(of_role[name]["wakeups"].median for name in OURS)
        peer = of_role["corosync"]
        share, rate = ours / peer["cpu_ms"].median, wakeups / peer["wakeups"].median
        result.append((f"guard and keeper, {role}: at most 1/2 of corosync's CPU time", f"{share:.2f}", share <= 1 / 2))
        result.append((f"guard and keeper, {role}: at most 1/10 of corosync's wakeups", f"{rate:.3f}", rate <= 1 / 10))
    return result
