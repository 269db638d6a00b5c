# SPDX-License-Identifier: GPL-2.0-or-later
"""What `bindback report` tells of the last move, read as the XML that it is."""

import re
import xml.etree.ElementTree as xml
from dataclasses import dataclass

from backend import File
from scenario import expect

HISTORY = "/var/lib/bindback/mta/history"
TIME = re.compile(r"(?:0|([\d.]+) (ms|s)|(\d+) min(?: (\d+) s)?)")
START = ("Guard", "Addresses", "Settings and plans", "Claim", "Wait for the verdict", "Overlay",
         "Launch of the mail system", "Wait for the listeners", "Greeting", "Verification")


@dataclass
class Step:
    """A row of the timeline; milliseconds."""
    group: str
    label: str
    began: float
    took: float


def milliseconds(text):
    """"1.25 s" as a number; None for what is no time."""
    found = TIME.fullmatch(text)
    if not found:
        return None
    number, unit, minutes, seconds = found.groups()
    if minutes:
        return (int(minutes) * 60 + int(seconds or 0)) * 1000
    return float(number or 0) * (1000 if unit == "s" else 1)


def said(element):
    """The text of an element without what is only seen."""
    return " ".join("".join(element.itertext()).split())


def steps(section):
    """The rows of a move's timeline."""
    group = ""
    for row in section.find("table[@class='timeline']/tbody"):
        if row.get("class") == "group":
            group = said(row)
            continue
        cells = [said(cell) for cell in row]
        yield Step(group, row[0].text, milliseconds(cells[2]), milliseconds(cells[-1]))


def last_move(lab, node, *histories):
    """Title and steps of the newest move in the report that a node makes of its own history, or of these."""
    words = [f"--history={path}" for path in histories] or ["--resource=mta"]
    page = xml.fromstring(lab.backend.exec(node, ["bindback", "report", *words]).out)
    section = page.find("body/section[@id='move1']")
    return section.find("h2").text, list(steps(section))


def tells_of_move(lab, source, target):
    """The new node tells of its start; with the other node's history it is one move, without a gap in the steps."""
    title, own = last_move(lab, target)
    expect(title in (f"Started on {target}", f"Stopped and started again on {target}"), f"the report tells of {title!r}")
    _check_start(own, f"Start on {target}")
    lab.backend.write(target, "/tmp/history", File(lab.backend.exec(source, ["cat", HISTORY]).out))
    title, both = last_move(lab, target, HISTORY, "/tmp/history")
    expect(title == f"Moved from {source} to {target}", f"both histories tell of {title!r}")
    _check_start(both, f"Start on {target}")
    ended = [step for step in both if step.group == f"Stop on {source}"]
    began = [step for step in both if step.group == f"Start on {target}"]
    expect(ended and ended[-1].began <= began[0].began, f"the start began before the stop: {both}")


def tells_of_delivery(lab, node):
    """What a monitor read in the mail log of the first delivery is in the report."""
    _, told = last_move(lab, node)
    seen = [step for step in told if step.label == "First delivery to a remote" and step.began is not None]
    expect(len(seen) == 1, f"no first delivery in {told}")


def _check_start(told, group):
    mine = {step.label: step for step in told if step.group == group}
    missing = [label for label in START if label not in mine]
    expect(not missing, f"no {missing} in {told}")
    expect(mine["Launch of the mail system"].took > 0, f"a launch that took no time: {told}")
    expect(mine["Verification"].took > 0, f"a verification that took no time: {told}")
    expect(all(step.began is not None and step.took is not None for step in mine.values()), f"no times in {told}")
