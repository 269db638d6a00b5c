# SPDX-License-Identifier: GPL-2.0-or-later
"""What the guards of a resource know and how they live: their state files, read, and their processes."""

from dataclasses import dataclass, field

from backend import LabError

ROOT = "/run/bindbackd"
STATE = f"{ROOT}/mta/live/state"
HEADER, NODE, END = "bindback-guard 1", "node", "end"
MANY = ("verdict_reason", "node_check")      # keys that may stand more than once


@dataclass
class View:
    """One state file: a word or sentence for each key, and the same for each node by its number."""
    head: dict = field(default_factory=dict)
    nodes: dict = field(default_factory=dict)

    def owner(self):
        """The owner's node, "" while there is none."""
        number = self.head["owner"].split()[0]
        return "" if number == "0" else f"node{number}"

    def members(self):
        """Nodes whose guards are in the group."""
        return {f"node{number}" for number, node in self.nodes.items() if node["node_member"] == "yes"}

    def says(self, **wanted):
        """Are these keys as wanted?"""
        return all(self.head[key] == value for key, value in wanted.items())

    def checks(self, node, check, status=None):
        """Items of a node's preflight: those of this check, and with this status where one is given."""
        items = self.nodes.get(node.removeprefix("node"), {}).get("node_check", [])
        return [item for item in items if item.split()[1] == check and status in (None, item.split()[0])]

    def score(self, node):
        """What the node is worth, as it says."""
        return int(self.nodes.get(node.removeprefix("node"), {}).get("node_score", 0))


def parse(text):
    """A View out of a state file; None of anything else."""
    lines = text.splitlines()
    if lines[:1] != [HEADER] or lines[-1:] != [END]:
        return None
    found = View()
    here = found.head
    for line in lines[1:-1]:
        key, _, value = line.partition(" ")
        if key == NODE:
            here = found.nodes.setdefault(value, {})
        elif key in MANY:
            here.setdefault(key, []).append(value)
        else:
            here[key] = value
    return found


def view(lab, node):
    """What the guard there has written last; None while there is none."""
    if not lab.backend.alive(node):
        return None
    done = lab.backend.exec(node, ["cat", STATE], check=False)
    return parse(done.out) if done.code == 0 else None


def wait_view(lab, node, what, wanted, deadline=15):
    """Until the guard's view there is as wanted; returns it."""
    return lab.wait_until(f"{what}, on {node}", lambda: view(lab, node), lambda seen: seen and wanted(seen), deadline)


def disagree(found):
    """Sentences about guards of one group ({node: View}) that do not name one owner, or are not in step."""
    groups, problems = {}, []
    for node, seen in found.items():
        if seen.says(connected="yes"):
            groups.setdefault((seen.head["ring"], seen.head["digest"]), {})[node] = seen
    for group in groups.values():
        owners = {node: seen.owner() or "nobody" for node, seen in group.items()}
        if len(set(owners.values())) > 1:
            problems.append(", ".join(f"{node} says {owner} owns" for node, owner in sorted(owners.items())))
        problems += [f"{node} is not synced" for node, seen in group.items() if not seen.says(synced="yes")]
        problems += [f"{node} does not see {', '.join(set(group) - seen.members())}" for node, seen in group.items()
                     if not set(group) <= seen.members()]
    return problems


def wait_owner(lab, owner, *nodes, deadline=15):
    """Until the guards of these nodes, and no others, are one synced group that names the owner."""
    for node in nodes:
        wait_view(lab, node, f"{owner} owns before {sorted(nodes)}",
                  lambda seen: seen.owner() == owner and seen.says(synced="yes") and seen.members() == set(nodes),
                  deadline)


def process(lab, node, name):
    """PID of the one keeper or guard ("bindbackd"); "" for none, and for a keeper that has not left its parent yet."""
    found = lab.backend.exec(node, ["pgrep", "-x", name], check=False).out.split()
    return found[0] if len(found) == 1 else ""


def kill(lab, node, *names):
    """SIGKILL to these at once; returns their PIDs."""
    pids = [process(lab, node, name) for name in names]
    if not all(pids):
        raise LabError(f"{names} on {node}: {pids}")
    lab.backend.exec(node, ["kill", "-KILL", *pids], check=False)     # the first one's end may be that of the other
    return pids
