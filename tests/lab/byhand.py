# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent called by hand on a node, as Pacemaker would: cheap, and every exit code is seen."""

from contextlib import contextmanager

import topology
from bound import INSTANCE, PREFIX, call, masters, queued
from scenario import expect

SNAPSHOT = """for top in /run/bindback /etc/postfix /var/spool/postfix; do
	find $top -printf '%p %y %m %u %g %s %T@ %l\\n' 2>/dev/null
	find $top -type f -exec cksum {} + 2>/dev/null
done | sort"""
LEFT = """pgrep -r D,R,S,T,t -a -x 'master|keeper|bindbackd' | grep -v ' \\['
pgrep -a -u postfix; ss -Htln 'sport = :25'; ls -d /run/bindback/mta /run/bindbackd/mta 2>/dev/null"""
LOCAL_HOSTS = ("fw", "client", "partner", "ns1", "ns2")


def addresses(lab, node, action, wanted=topology.VIRTUAL):
    """Put virtual addresses on a node ("add") or take them away ("del"), as an operator would."""
    for address in wanted:
        length, more = ("64", ["nodad", "preferred_lft", "0"]) if ":" in address else ("24", [])
        more = more if action == "add" else []
        lab.backend.exec(node, ["ip", "address", action, f"{address}/{length}", "dev", "lan", *more])
        for host in LOCAL_HOSTS:
            lab.backend.exec(host, ["ip", "neigh", "flush", "to", address])


class Hand:
    """The agent on one node, always with the same parameters."""

    def __init__(self, lab, node, parameters):
        self.lab, self.node, self.parameters = lab, node, parameters

    def do(self, action, wanted=0, **more):
        """One action; its exit code must be as wanted. Returns the reason it gave, without the prefix."""
        done = self.call(action, **more)
        expect(done.code == wanted, f"{action} {more or ''} ended with {done.code}, not {wanted}: {done.err.strip()}")
        return done.err.strip().removeprefix(PREFIX)

    def call(self, action, **more):
        """One action, whatever comes of it; before a stop the verdict and the guard are read for the audits."""
        if action == "stop":
            self.lab.read_verdict(self.node, f"{INSTANCE}/verdict.xml")
            self.lab.read_views(self.node)
        return call(self.lab, self.node, action, **{**self.parameters, **more})

    def run(self, *argv, check=True):
        """A command on the node; its output."""
        return self.lab.backend.exec(self.node, list(argv), check=check).out

    def shell(self, line, check=True):
        """A line of shell on the node; its output."""
        return self.run("sh", "-c", line, check=check)

    def reset(self):
        """Whatever a row of a table did to the node: stopped, and nothing queued."""
        self.do("stop")
        self.shell("postsuper -d ALL 2>/dev/null", check=False)

    def snapshot(self):
        """Every file that the agent must not touch when it refuses."""
        return set(self.shell(SNAPSHOT, check=False).splitlines())

    def left(self):
        """What of a mail server is there."""
        return self.shell(LEFT, check=False).strip()

    def master(self):
        """The one master's PID."""
        found = masters(self.lab, self.node)
        expect(len(found) == 1, f"masters: {found}")
        return found[0]

    def kept(self, numbers):
        """These messages stay in the queue whatever the queue manager is told, and none is at the remote."""
        self.lab.wait_until("the mail was tried", self._deferred, lambda seen: seen >= len(numbers))
        there = {mail.number for mail in self.lab.remote.deliveries()} & set(numbers)
        expect(not there, f"{there} left {self.node}")
        expect(queued(self.lab, self.node) >= len(numbers), "the mail is not in the queue")

    def _deferred(self):
        return sum("status=deferred" in line for line in self.lab.log(self.node))


@contextmanager
def by_hand(lab, node="node1", here=topology.VIRTUAL, **parameters):
    """A node with the virtual addresses and no resource; afterwards the agent is stopped and they are gone."""
    lab.cluster.owners.append(node)
    addresses(lab, node, "add", here)
    hand = Hand(lab, node, parameters)
    try:
        yield hand
    finally:
        if lab.backend.alive(node):
            hand.call("stop")
            for address in here:
                lab.backend.exec(node, ["ip", "address", "flush", "to", address], check=False)
    expect(not hand.left(), f"left on {node}: {hand.left()}")
