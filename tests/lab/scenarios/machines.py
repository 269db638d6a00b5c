# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to machines: power, kernels, cables, clocks and disks. Each fault is measured where it was injected.

    node1 [virtual, queue]     node2     node3          switches, fencing and clients outside
"""

import time
from concurrent.futures import ThreadPoolExecutor

import guards
from backend import LabError
from bound import answers, bound_on, call, held, mail_flows, masters, nothing_left, settled, verdict, wait_verdict
from hardware import boot_id, catch, caught, fill_disk, free_disk, has_no_carrier, loses, set_clock
from scenario import LONG, MACHINES, SHORT, expect, mail_clone, mail_group, scenario
from topology import NODES, VIRTUAL

DEGRADED = ("190", "191")
PANIC = "echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger"
NO_WAY_OUT = "insert rule inet wall forward iifname lan tcp dport 25 drop"
STARTED = "Result of start operation for mta on"
FULL = "452 4.3.1"


def failures(lab):
    """What failed of the mail server; a monitor that says degraded, as where DNS is slow, is none."""
    return [one for one in lab.cluster.failures() if one["exitcode"] not in DEGRADED]


def taken_over(lab, lost):
    """The lost node was fenced, once, and another one has bound; returns it."""
    heir = lab.cluster.wait_active(*set(NODES) - {lost}, deadline=40)
    fenced = [node for _, _, node in lab.fence.history]
    expect(fenced == [lost], f"fenced: {fenced}")
    wait_verdict(lab, heir, "verified")
    answers(lab, heir)
    return heir


def back_again(lab, node, boot):
    """The node has booted since, is a member again, and does not serve mail."""
    lab.fence.settle()
    lab.cluster.apart.discard(node)
    lab.cluster.wait_online(deadline=40)
    expect(boot_id(lab, node) not in ("", boot), f"{node} has not booted")
    expect(not masters(lab, node), f"{node} serves mail, too")


@scenario(machines=SHORT)
def power_cut(lab):
    """The owner loses power while a client hands in mail that cannot go on yet; it is fenced, and nothing is lost.

        client ---> [virtual] node1 X ==> node2 | node3          one queue on shared storage
    """
    bound_on(lab, "node1", shared=True)
    boot = boot_id(lab, "node1")
    lab.backend.exec("fw", ["nft", NO_WAY_OUT])
    try:
        lab.stream.start_client(30, 0.1)
        lab.stream.wait_accepted(10)
        lab.cluster.kill("node1")
        expect(not lab.backend.alive("node1"), "node1 has power")
        expect(lab.stream.accepted() and not lab.remote.deliveries(), "no mail was in the queue")
        heir = taken_over(lab, "node1")
    finally:
        lab.backend.exec("fw", ["nft", "-f", "/etc/nftables.conf"])
    lab.stream.wait_client(60)
    lab.stream.wait_arrived(deadline=60)
    expect(len(lab.stream.accepted()) == 30, f"only {len(lab.stream.accepted())} accepted")
    mail_flows(lab, heir, 1)
    lab.say(f"longest silence outside: {lab.outage():.1f} s")
    back_again(lab, "node1", boot)


@scenario(machines=LONG)
def power_cut_in_start(lab):
    """Power goes while start waits for the Postfix that it has launched; another node starts from what there is.

        node1 [start ... X     ==> node2 | node3
    """
    boot = boot_id(lab, "node1")
    watch = catch(lab, "node1", "start", "master")
    lab.cluster.owners.append("node1")      # it may answer already
    lab.cluster.create(mail_group(shared=lab.backend.storage("queue")), on="node1")
    tree = caught(lab, "node1")
    lab.cluster.kill("node1")
    watch.wait()
    lab.say("\n".join(line for line in tree.splitlines() if "master" in line or "mta" in line))
    expect("T" in [line.split()[1][0] for line in tree.splitlines() if line.endswith("/mta start")],
           f"no start under way: {tree}")
    heir = taken_over(lab, "node1")
    mail_flows(lab, heir)
    back_again(lab, "node1", boot)


@scenario(where=(MACHINES,), machines=SHORT)
def kernel_panic(lab):
    """The owner's kernel panics and hangs, with power: fenced, and bound elsewhere only then."""
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    boot = boot_id(lab, "node1")
    lab.cluster.cut.add("node1")
    lab.cluster.apart.add("node1")
    lab.fence.restart = False
    lab.backend.spawn("node1", ["sh", "-c", PANIC], "panic.log")
    lab.wait_until("the kernel has panicked", lambda: "Kernel panic" in lab.backend.console("node1"))
    expect(lab.backend.alive("node1") or lab.fence.history, "it did not hang, it ended")
    heir = taken_over(lab, "node1")
    mail_flows(lab, heir)
    lab.fence.start_later("node1")
    back_again(lab, "node1", boot)


@scenario(machines=LONG)
def ring_faults(lab):
    """The owner's ring is cut, and then what the next owner sends on it gets lost, although it has carrier. Each is
    fenced and another binds, while the lan is whole.

        node1 [virtual] -X- ring       -X-> ring
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    without_ring(lab, without_ring(lab, "node1", "both"), "from")


@scenario()
def ring_deaf(lab):
    """The owner hears nothing on its ring, although it has carrier, and is heard: it is fenced, and another binds.

        node1 [virtual] <-X- ring
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    without_ring(lab, "node1", "to")


def without_ring(lab, owner, direction):
    """Frames are lost that the owner's ring carries from or to it, or its cable is out (both); returns the next owner,
    once the last is back."""
    boot = boot_id(lab, owner)
    lab.cluster.cut.add(owner)
    lab.cluster.apart.add(owner)
    lab.fence.history.clear()
    if direction == "both":
        lab.backend.link(owner, "ring", False)
        has_no_carrier(lab, owner, "ring")
    else:
        loses(lab, owner, "ring", direction)
    heir = taken_over(lab, owner)
    mail_flows(lab, heir)
    back_again(lab, owner, boot)
    return heir


def no_pointers(zones):
    """Our own reverse records are gone: failed, and ours; mail is held."""
    for address in VIRTUAL:
        zones.pointer(address)


@scenario(where=(MACHINES,), machines=LONG)
def clock_of_machine(lab):
    """The clocks of the owner and of a standby leap an hour ahead, then the owner's and another's an hour behind, while
    mail is held for half an hour at most: nobody fails over, nothing is released early, and repair is noticed.

        node1 [promoted, +1 h, -1 h]     node2 [+1 h]     node3 [-1 h]
    """
    lab.dns.change(no_pointers)
    lab.cluster.create(**mail_clone(verify_timeout="4s", verify_interval="5s", hold_max="1800s"), on="node1")
    settled(lab, "node1", "failed")
    old, ring = masters(lab, "node1"), guards.view(lab, "node1").head["ring"]
    try:
        numbers = lab.stream.submit_on("node1", 2)
        held(lab, "node1", 2)
        for ahead, standby in ((3600, "node2"), (-3600, "node3")):
            for node in ("node1", standby):
                set_clock(lab, node, ahead)
            after_leap(lab, ahead)
        lab.dns.repair()
        wait_verdict(lab, "node1", "verified")
        lab.stream.wait_arrived(numbers, deadline=40)
        mail_flows(lab, "node1")
        expect(masters(lab, "node1") == old, "the mail server was restarted")
        expect(guards.view(lab, "node1").head["ring"] == ring, "corosync has made another ring")
        expect(not failures(lab) and not lab.fence.history,
               f"failures: {failures(lab)}, fenced: {lab.fence.history}")
    finally:
        for node in filter(lab.backend.alive, NODES):
            set_clock(lab, node, 0)


def after_leap(lab, ahead):
    """The owner has judged anew by its new time; it still owns, holds, and all agree; what people are shown is sane."""
    def there(seen):
        return all(abs(int(seen.head[key]) - time.time() - ahead) < 300 for key in ("time_s", "verdict_time_s"))
    seen = guards.wait_view(lab, "node1", "a verdict of the new time", there, 40)
    expect(seen.says(own="owner", held="yes", bound="yes", verdict_status="failed"), f"after the leap: {seen.head}")
    guards.wait_owner(lab, "node1", *NODES)
    status = lab.backend.exec("node1", ["bindback", "status"], check=False).out
    lab.say(status)
    expect(" -" not in status, f"a time below 0 is shown: {status}")
    expect(lab.cluster.active() == "node1", "it moved")


@scenario(where=(MACHINES,), machines=LONG)
def reboot_of_all(lab):
    """All nodes are rebooted at once, in order, with the group running: it comes back on one of them, once."""
    bound_on(lab, "node1", shared=True)
    mail_flows(lab, "node1")
    boots = {node: boot_id(lab, node) for node in NODES}
    enabled = lab.backend.exec("node1", ["systemctl", "is-enabled", "corosync", "pacemaker"], check=False).out.split()
    expect(enabled == ["enabled", "enabled"], f"corosync, pacemaker: {enabled}")
    lab.cluster.cut.update(NODES)       # who boots last may be fenced by the others
    with ThreadPoolExecutor(len(NODES)) as pool:
        list(pool.map(lambda node: reboot(lab, node), NODES))
    lab.wait_until("all have booted anew", lambda: {node: boot_id(lab, node) for node in NODES},
                   lambda seen: all(seen[node] not in ("", boots[node]) for node in NODES), 60)
    lab.fence.settle()
    lab.cluster.wait_online(deadline=40)
    owner = lab.cluster.wait_active(*NODES)
    wait_verdict(lab, owner, "verified")
    answers(lab, owner)
    mail_flows(lab, owner)
    starts = [line for node in NODES for line in lab.log(node) if STARTED in line]
    expect(len(starts) == 2, f"started {len(starts) - 1} times after the reboot: {starts}")
    for node in set(NODES) - {owner}:
        expect(not masters(lab, node) and not verdict(lab, node), f"{node} has started a mail server, too")


def reboot(lab, node):
    """Tell systemd; the connection may end before the answer."""
    try:
        lab.backend.exec(node, ["systemctl", "reboot"], check=False)
    except LabError:
        pass


@scenario(machines=LONG)
def disk_full(lab):
    """The owner's disk is full, with the queue and our history on it: clients are put off, and the monitors see no
    fault; with room again mail flows. Full once more, the resource stops there and goes elsewhere.

        client --- 452 ---> [virtual] node1 [disk full]      then ==> node2
    """
    bound_on(lab, "node1")
    mail_flows(lab, "node1")
    old, accepted = masters(lab, "node1"), len(lab.stream.accepted())
    try:
        fill_disk(lab, "node1")
        lab.stream.start_client(10, 0.1)
        lab.wait_until("clients are put off", lambda: [line for line in lab.log("node1") if FULL in line])
        for level in (0, 10):
            done = call(lab, "node1", "monitor", level=level)
            expect(done.code == 0, f"monitor at level {level}: {done.code}: {done.err}")
        expect(len(lab.stream.accepted()) == accepted, "mail was accepted with a full disk")
        expect(masters(lab, "node1") == old and not failures(lab), f"failures: {failures(lab)}")
        free_disk(lab, "node1")
        lab.stream.wait_client(60)
        lab.stream.wait_arrived(deadline=60)
        fill_disk(lab, "node1")
        lab.cluster.move("node2")
        nothing_left(lab, "node1")
        wait_verdict(lab, "node2", "verified")
    finally:
        free_disk(lab, "node1")
    expect(not failures(lab) and not lab.fence.history, f"failures: {failures(lab)}")
    mail_flows(lab, "node2")
