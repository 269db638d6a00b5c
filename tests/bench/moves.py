# SPDX-License-Identifier: GPL-2.0-or-later
"""What a planned move costs those outside: the same move with bindback, with its promotable clone, whose guards run
and know before, with Debian's Postfix agent, and with a resource that does nothing in the mail server's place.

        node1 [virtual] ==> node2 [virtual] ==> node1 [virtual]          knock.py, remote
                                                        | fw | --------------- wan
"""

import json
import re
import time

import cib
import cluster
import scenario
import topology
from backend import File, LabError
from costs import INSIDE
from figures import BenchError, figure, spread, table
from lab import LabTimeout

PERIOD_MS = 10
AFTER_S = 1.5           # how long the outside is watched after a move
MOVE_S = 30             # the longest move that is waited for
LATE_S = 10             # a message that takes longer is counted, not waited for
LATE = f"not delivered within {LATE_S} s"
COMMAND = "command to answer"
DELIVERY = "command to delivery"
# What an admin writes by hand so that the peer sends as the cluster's name from the virtual addresses.
BY_HAND = f"""
smtp_bind_address = {topology.VIRTUAL[0]}
smtp_bind_address6 = {topology.VIRTUAL[1]}
smtp_helo_name = {topology.NAME}
myorigin = cluster.test
"""
OPS = [("start", "0s", "30s"), ("stop", "0s", "30s"), ("monitor", "10s", "20s")]
DEEP = [("monitor", "60s", "30s", 10), ("monitor", "5min", "60s", 20)]
CLONE = "clone"
CLONE_OPS = [("start", "0s", "30s"), ("promote", "0s", "30s"), ("demote", "0s", "30s"), ("stop", "0s", "30s"),
             ("monitor", "10s", "20s", 0, "Promoted"), ("monitor", "11s", "20s", 0, "Unpromoted"),
             ("monitor", "60s", "30s", 10, "Promoted"), ("monitor", "5min", "60s", 20, "Promoted")]
RESOURCES = ("vip4", "vip6", "mta")
STEP = re.compile(r"(Requesting local execution of|Result of) (start|stop|promote|demote) operation for (\w+) on "
                  r"(node\d)")
START = (("settings read, plan made", "gives way to mail.cluster.test"), ("verdict", "verdict: "),
         ("Postfix up", "daemon started"), ("greeted, saved", ": bound to"))


def groups():
    """{kind: what cluster.create takes}; the addresses come first in each."""
    dummy = cib.primitive("mta", "ocf:pacemaker:Dummy", {}, OPS)
    return {"bindback": {"resource_xml": scenario.mail_group(ops=OPS + DEEP)}, CLONE: scenario.mail_clone(ops=CLONE_OPS),
            "postfix": {"resource_xml": scenario.stand_in()},
            "Dummy": {"resource_xml": cib.group("mail", *cib.addresses(*topology.VIRTUAL), dummy)}}


def up(kind):
    """The action that has the mail server run."""
    return "promote" if kind == CLONE else "start"


def what_moves(kind):
    """The words of crm_resource for what is moved."""
    return ["--resource", "mta-clone", "--promoted"] if kind == CLONE else ["--resource", "mail"]


class Knocks:
    """The observer in `world`; what it has heard since the last look."""

    def __init__(self, lab):
        lab.backend.write("world", "/lab/knock.py", File((INSIDE / "knock.py").read_text()))
        argv = ["python3", "-IS", "/lab/knock.py", str(PERIOD_MS), *topology.VIRTUAL]
        self.task = lab.backend.spawn("world", argv, "knock.log")
        self.source = open(lab.backend.log_dir("world") / "knock.log", encoding="utf-8")    # closed by end()
        self.heard, self.rest = [], ""

    def listen(self):
        """Everything heard so far."""
        if self.task.poll() is not None:
            raise BenchError("the outside observer ended")
        *lines, self.rest = (self.rest + self.source.read()).split("\n")
        self.heard += [json.loads(line) for line in lines]
        return self.heard

    def forget(self):
        """Start anew."""
        self.listen()
        self.heard = []

    def times(self, address, sign):
        """When this sign came from the address."""
        return [one["t"] for one in self.listen() if one["address"] == address and one["sign"] == sign]

    def end(self):
        """No more knocking."""
        self.task.kill()
        self.task.wait()
        self.source.close()


def outage(times, gone):
    """(length in seconds of the silence around the time `gone`, its end, longest silence after it)."""
    gaps = [(after - before, after) for before, after in zip(times, times[1:])]
    length, end = next((one for one in gaps if one[1] > gone), (None, None))
    if length is None or end - length > gone:
        raise BenchError(f"no silence around the time at which the address went: {gaps[-3:]}, {gone}")
    return length, end, max((gap for gap, after in gaps if after > end), default=0)


def configure(lab, kind):
    """The nodes' main.cf: as delivered, or bound by hand for the peer. Old enough for Postfix to read it at once."""
    for node in topology.NODES:
        text = cluster.NODE_CF.format(name=node) + (BY_HAND if kind == "postfix" else "")
        lab.backend.write(node, "/etc/postfix/main.cf", File(text))
        lab.backend.exec(node, ["touch", "-d", "1 hour ago", "/etc/postfix/main.cf"])
        scenario.fill_chroot(lab, node)


def events(lab, node, since):
    """(time, text) of a node's log."""
    for line in lab.log(node):
        stamp, _, text = line.partition(" ")
        if float(stamp) >= since:
            yield float(stamp), text


def logged(lab, node, since, pattern):
    """When the pattern came into the node's log first, or None."""
    return next((when for when, text in events(lab, node, since) if re.search(pattern, text)), None)


def steps(lab, nodes, since):
    """{"stop vip4": seconds, ...} as Pacemaker's daemons on the nodes logged it."""
    took, begun = {}, {}
    for node in nodes:
        for when, text in events(lab, node, since):
            found = STEP.search(text)
            if found and found.group(1).startswith("Req"):
                begun[found.groups()[1:]] = when
            elif found and found.groups()[1:] in begun:
                took[f"{found.group(2)} {found.group(3)}"] = when - begun[found.groups()[1:]]
    return took


def phases(lab, kind, node, since):
    """{phase of bindback's start: seconds}, by the node's log; a late verdict comes after Postfix is up."""
    last = begun = logged(lab, node, since, f"Requesting local execution of {up(kind)} operation for mta")
    ends = {}
    for name, pattern in START:
        ends[name] = logged(lab, node, begun, re.escape(pattern)) if begun else None
        if ends[name] is None:
            raise BenchError(f"{node} did not log its start: {pattern}")
    took = {}
    for name in sorted(ends, key=ends.get):
        took[name], last = ends[name] - last, ends[name]
    return took


def delivered(lab, began):
    """When the waiting message was delivered, correctly identified; None when it was not in time."""
    pattern = r"postfix/virtual.*status=sent"
    try:
        when = lab.wait_until("the message", lambda: logged(lab, "remote", began, pattern), deadline=LATE_S)
    except LabTimeout:
        return None
    for one in lab.remote.deliveries():
        if one.peer not in topology.VIRTUAL or one.ehlo != topology.NAME:
            raise BenchError(f"mail came to the remote as {one}")
    return when - began


def down(lab, kind, source, target, since):
    """Seconds from the order to stop the mail server to the end of its start."""
    order = "demote" if kind == CLONE else "stop"
    stop = logged(lab, source, since, f"Requesting local execution of {order} operation for mta")
    return logged(lab, target, since, f"Result of {up(kind)} operation for mta") - stop


def outside(lab, knocks, source, began, sign):
    """What those outside saw of a move."""
    result, ends, after = {}, [], []
    for family, name, address in zip(("IPv4", "IPv6"), RESOURCES, topology.VIRTUAL):
        gone = logged(lab, source, began, f"Result of stop operation for {name}")
        length, end, later = outage(knocks.times(address, sign), gone)
        result[f"outage {family}"] = length
        ends.append(end)
        after.append(later)
    return {**result, "longest silence after": max(after), COMMAND: max(ends) - began}


def move(lab, knocks, kind, source, target):
    """One move, measured; times in seconds."""
    sign = "refused" if kind == "Dummy" else "banner"
    if kind != "Dummy":
        lab.stream.submit_on(target)    # waits in the target's maildrop
    knocks.forget()
    lab.wait_until("signs of life", lambda: min(len(knocks.times(one, sign)) for one in topology.VIRTUAL) > 20)
    began = time.time()
    lab.cluster.run("crm_resource", *what_moves(kind), "--move", "--node", target, on=source)
    result_of = f"Result of {up(kind)} operation for mta .*: ok"
    done = lab.wait_until("the move", lambda: logged(lab, target, began, result_of), deadline=MOVE_S)
    for one in topology.VIRTUAL:
        lab.wait_until(f"{one} answers for a while", lambda one=one: knocks.times(one, sign),
                       lambda seen: seen[-1] > done + AFTER_S)
    result = {**outside(lab, knocks, source, began, sign), "mta down": down(lab, kind, source, target, began),
              "command to started": done - began}
    if kind != "Dummy":
        result[DELIVERY] = delivered(lab, began)
    result["steps"] = steps(lab, (source, target), began)
    result["start"] = phases(lab, kind, target, began) if kind in ("bindback", CLONE) else {}
    lab.cluster.wait_active(target)
    lab.cluster.run("crm_resource", *what_moves(kind), "--clear")
    return result


def there_and_back(lab, knocks, kind):
    """Two moves with a fresh group."""
    lab.reset()
    configure(lab, kind)
    lab.cluster.create(**groups()[kind], on="node1")
    lab.cluster.wait_active("node1")
    if kind == CLONE:
        lab.cluster.wait_standby("node2", "node3")
    return [move(lab, knocks, kind, "node1", "node2"), move(lab, knocks, kind, "node2", "node1")]


def figures(results, part=None):
    """{what: figure in ms} over the moves of a kind."""
    flat = [result[part] if part else {key: value for key, value in result.items() if isinstance(value, float)}
            for result in results]
    names = dict.fromkeys(name for one in flat for name in one)
    return {name: figure([one[name] * 1000 for one in flat if name in one]) for name in names}


def measure(lab, rounds):
    """{kind: {what: figure in ms}}, the kinds by turns."""
    results = {kind: [] for kind in groups()}
    knocks = Knocks(lab)
    try:
        for count in range(rounds):
            for kind, moves in results.items():
                lab.say(f"# moves, round {count + 1} of {rounds}: {kind}")
                moves += there_and_back(lab, knocks, kind)
    except LabError as error:
        raise BenchError(str(error)) from error
    finally:
        knocks.end()
    lab.reset()
    return {kind: {"move": figures(moves), "steps": figures(moves, "steps"), "start": figures(moves, "start"),
                   "moves": len(moves), LATE: sum(one.get(DELIVERY, 0) is None for one in moves)}
            for kind, moves in results.items()}


def rows(found, part, names=None):
    """Lines of a table with a column for each kind."""
    names = names or dict.fromkeys(name for kind in found.values() for name in kind[part])
    return [[name, *(spread(kind[part][name]) if name in kind[part] else "-" for kind in found.values())]
            for name in names]


def show(found):
    """The tables."""
    heads = ["", *(f"IPaddr2 and {kind}" for kind in found)]
    order = [f"{verb} {name}" for verb, names in (("stop", RESOURCES[::-1]), ("start", RESOURCES)) for name in names]
    order = ["demote mta", *order, "promote mta"]
    start = {kind: found[kind] for kind in ("bindback", CLONE)}
    late = [LATE, *(f"{kind[LATE]} of {kind['moves']}" for kind in found.values())]
    return "\n".join([
        table("Planned move, ms: median (least-most)", heads, rows(found, "move") + [late]),
        table("Its steps as Pacemaker ran them, ms", heads, rows(found, "steps", order)),
        table("bindback's start within that, ms (the log of the node)", ["", "guard cold", "guard runs (clone)"],
              rows(start, "start"))])


def aims(found):
    """(aim, seen, met) of the moves. Dummy says nothing to those outside: its outage is the time in which it is not
    started, and the addresses' own is shown beside it."""
    ours, least = found["bindback"]["move"], found["Dummy"]["move"]
    pairs = (("outage of a planned move: at most 1.5 times Dummy's (not started)", "outage IPv4", "mta down"),
             ("from the command to the answer: at most 1.5 times Dummy's start", COMMAND, "command to started"),
             ("outage, IPv6, beside the address alone: 1.5 times", "outage IPv6", "outage IPv6"))
    ratios = [(aim, ours[mine].median / least[theirs].median) for aim, mine, theirs in pairs]
    return [(aim, f"{ratio:.2f} times", ratio <= 1.5) for aim, ratio in ratios]
