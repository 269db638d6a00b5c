# SPDX-License-Identifier: GPL-2.0-or-later
"""The identity goes where the cluster puts it, by plan or by loss."""

from bound import answers, bound_on, mail_flows, masters, nothing_left, wait_verdict
from pages import tells_of_move
from scenario import expect, scenario


@scenario()
def clean_move(lab):
    """A planned move there and back.

        node1 [virtual] ==> node2 [virtual] ==> node1 [virtual]
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    for source, target in (("node1", "node2"), ("node2", "node1")):
        lab.cluster.move(target)
        nothing_left(lab, source)
        wait_verdict(lab, target, "verified")
        answers(lab, target)
        mail_flows(lab, target)
        tells_of_move(lab, source, target)


@scenario()
def node_loss(lab):
    """The active node loses power; the others fence it and one takes over.

        node1 [virtual] X      node2 | node3 [virtual]
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    lab.cluster.kill("node1")
    heir = lab.cluster.wait_active("node2", "node3")
    expect([node for _, _, node in lab.fence.history[-1:]] == ["node1"], f"fenced: {lab.fence.history}")
    wait_verdict(lab, heir, "verified")
    answers(lab, heir)
    mail_flows(lab, heir)
    lab.cluster.wait_online(deadline=40)


@scenario()
def master_killed(lab):
    """Somebody kills Postfix's master; the next monitor sees it and Pacemaker brings it back, bound."""
    bound_on(lab, "node1")
    old = masters(lab, "node1")
    lab.backend.exec("node1", ["kill", "-KILL", *old])
    lab.wait_until("a new master", lambda: masters(lab, "node1"), lambda now: now and now != old, 30)
    lab.cluster.wait_active("node1")
    mail_flows(lab, "node1")
    expect(lab.cluster.failures(), "Pacemaker noted no failure")


@scenario()
def master_stopped(lab):
    """The master is stopped (SIGSTOP): it holds the port and never answers. Recovery needs force, but no fencing."""
    bound_on(lab, "node1")
    fenced, old = len(lab.fence.history), masters(lab, "node1")
    lab.backend.exec("node1", ["kill", "-STOP", *old])
    lab.wait_until("a new master", lambda: masters(lab, "node1"), lambda now: now and now != old, 40)
    lab.cluster.wait_active("node1")
    mail_flows(lab, "node1")
    expect(len(lab.fence.history) == fenced, f"fenced: {lab.fence.history[fenced:]}")


@scenario()
def stream_over_failovers(lab):
    """200 messages from a client on the lan, three failovers meanwhile, one queue on shared storage.

        client ---> [virtual .100] node1 ==> node2 ==X node3/1 ==> ...   ---> remote
                          | shared queue follows |
    """
    bound_on(lab, "node1", shared=True)
    lab.stream.start_client(200, 0.05)
    lab.stream.wait_accepted(30)
    lab.cluster.move("node2")
    lab.stream.wait_accepted(90)
    lab.cluster.kill("node2")
    heir = lab.cluster.wait_active("node1", "node3")
    lab.stream.wait_accepted(150)
    lab.cluster.move("node3" if heir == "node1" else "node1")
    lab.stream.wait_client(60)
    lab.stream.wait_arrived(deadline=60)
    expect(len(lab.stream.accepted()) == 200, f"only {len(lab.stream.accepted())} accepted")
