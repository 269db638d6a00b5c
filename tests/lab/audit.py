# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be true after a scenario, whatever it did. An audit that looked at nothing has failed."""

import re
from dataclasses import dataclass, field

import guards
import topology
from backend import File

SCHEMA = "/usr/share/bindback/verdict.rng"
STATUS = re.compile(r"status=(\w+)")
OPERATION = re.compile(r"Result of (start|stop|promote|demote) operation for mta on (\w+): (.*)$")
COMPONENT = re.compile(r"^(\S+) .*\[QUORUM\] *This node is within the (non-)?primary component")
GUARD = """pgrep -r D,R,S,T,t -a -x 'keeper|bindbackd' | grep -v ' \\['; find /run/bindbackd -mindepth 1 2>/dev/null
for name in bindback-mta master-mta; do attrd_updater -Q -n $name 2>/dev/null | grep -v 'value=""'; done"""


@dataclass
class Finding:
    """How many things an audit looked at, and what was wrong with them."""
    audit: str
    looked: int
    problems: list = field(default_factory=list)

    def failed(self):
        """Anything wrong, or nothing seen."""
        return bool(self.problems) or self.looked == 0

    def line(self):
        """For the log and the screen."""
        if self.problems:
            return f"{self.audit}: {len(self.problems)} of {self.looked} wrong: " + "; ".join(self.problems[:5])
        return f"{self.audit}: looked at {self.looked}"


def arrived(lab):
    """Every accepted message reached the remote at least once."""
    wanted = lab.stream.accepted()
    there = {delivery.number for delivery in lab.remote.deliveries()}
    return Finding("arrived", len(wanted), [f"{number} lost" for number in wanted if number not in there])


def identity(lab):
    """Every delivery at the remote came from a virtual address and announced the name."""
    deliveries = lab.remote.deliveries()
    problems = [f"{mail.number} from {mail.peer} as {mail.ehlo}" for mail in deliveries
                if mail.peer not in topology.VIRTUAL or mail.ehlo != topology.NAME]
    return Finding("identity", len(deliveries), problems)


def no_bounce(lab):
    """No node gave a message up."""
    seen = [line for node in topology.NODES for line in lab.log(node) if STATUS.search(line)]
    return Finding("no_bounce", len(seen), [line[-160:] for line in seen if "status=bounced" in line])


def wall(lab):
    """No packet to port 25 left from a node's own address."""
    counters = lab.counters()
    looked = counters["mail_virtual"] + counters["mail_node"]
    problems = [f"{counters['mail_node']} packets from node addresses"] if counters["mail_node"] else []
    return Finding("wall", looked, problems)


def compress(sequence):
    """Neighbours that are equal become one."""
    return [item for i, item in enumerate(sequence) if i == 0 or sequence[i - 1] != item]


def is_subsequence(part, whole):
    """Do the items of part appear in whole in this order?"""
    rest = iter(whole)
    return all(item in rest for item in part)


def one_owner(lab):
    """The switch never saw two nodes answer for a virtual address in turns: owners only as the scenario moved them."""
    return in_turns(lab, "one_owner", lab.tap())


def one_quorate_owner(lab):
    """The same of answers that were given with quorum: the other part of a split cluster may not have heard of it, and
    until Pacemaker has stopped one of them, the addresses themselves are on two nodes."""
    quorate = {f"lan-{node}": quorum_history(lab, node) for node in topology.NODES}
    answers = [answer for answer in lab.tap() if had_quorum(quorate[answer["port"]], answer["t"])
               and not is_merging(lab, answer["port"].removeprefix("lan-"), answer["t"])]
    return in_turns(lab, "one_quorate_owner", answers)


def is_merging(lab, node, time):
    """Was the node just back in the cluster?"""
    return any(node == who and since <= time <= until for who, since, until in lab.cluster.merges)


def quorum_history(lab, node):
    """(time, quorate) of each change on a node, as corosync logged it or the scenario took corosync away."""
    found = [COMPONENT.search(line) for line in lab.log(node)]
    changes = [(float(match.group(1)), not match.group(2)) for match in found if match]
    return sorted(changes + [(time, False) for where, time in lab.cluster.crashes if where == node])


def had_quorum(history, time):
    """Was the node quorate then? After a reset it is."""
    return ([True] + [quorate for since, quorate in history if since <= time])[-1]


def in_turns(lab, name, answers):
    """Owners answered in the order in which the scenario moved them."""
    problems, expected = [], compress(lab.cluster.owners)
    for address in topology.VIRTUAL:
        seen = compress([answer["port"].removeprefix("lan-") for answer in answers if answer["address"] == address])
        if not is_subsequence(seen, expected):
            problems.append(f"{address} answered by {seen}, moved by the scenario as {expected}")
    return Finding(name, len(answers), problems)


def one_name(lab):
    """Whoever answered the outside observer called itself by the cluster's name."""
    tries = [record for record in lab.outside() if record["outcome"] == "ok"]
    problems = [f"{record['address']} said {record['banner']}" for record in tries
                if record["banner"].split()[1] != topology.NAME]
    return Finding("one_name", len(tries), problems)


def operations(lab):
    """No action of the mail server failed, and no node was fenced but those the scenario cut."""
    found = [OPERATION.search(line) for node in topology.NODES for line in lab.log(node)]
    found = [match for match in found if match]
    problems = [match.group(0) for match in found if match.group(3).strip() != "ok"]
    problems += [f"{node} was fenced" for _, _, node in lab.fence.history if node not in lab.cluster.cut]
    return Finding("operations", len(found), problems)


def verdicts(lab, host="client"):
    """Every verdict that was read is as the schema says; a host of the lab looks."""
    paths = [f"/tmp/verdict-{number}.xml" for number in range(len(lab.verdicts))]
    for path, text in zip(paths, lab.verdicts):
        lab.backend.write(host, path, File(text))
    if not paths:
        return Finding("verdicts", 0)
    done = lab.backend.exec(host, ["xmllint", "--noout", "--relaxng", SCHEMA, *paths], check=False)
    problems = [line for line in done.err.splitlines() if not line.endswith(" validates")]
    if not problems and done.code != 0:
        problems.append(f"xmllint ended with status {done.code}")
    return Finding("verdicts", len(paths), problems)


def views(lab):
    """Guards that were in one group, each time that they were asked, named one owner."""
    problems = [problem for gathered in lab.views for problem in guards.disagree(gathered)]
    return Finding("views", sum(map(len, lab.views)), problems)


def guards_gone(lab):
    """Where the resource is stopped there is no guard, no keeper, and no file, attribute or score of theirs."""
    nodes = [node for node in topology.NODES if lab.backend.alive(node)]
    left = {node: lab.backend.exec(node, ["sh", "-c", GUARD], check=False).out.split("\n")[0] for node in nodes}
    return Finding("guards_gone", len(nodes), [f"{node} has {what}" for node, what in left.items() if what])


STANDARD = (arrived, identity, no_bounce, wall, one_owner, one_name, operations, verdicts, views)
