# SPDX-License-Identifier: GPL-2.0-or-later
"""What the agent tells by itself: each event once, although every monitor is a process of its own.

    node1 [virtual] --- fw --- remote (strict; resolver of its own), auth1, auth2
"""

import re

from bound import mail_flows, wait_verdict
from scenario import expect, mail_group, scenario
from topology import NAME

REMOTE = "mx.remote.test"


def told(lab):
    """The lines of node1's syslog that tell an event, without what syslog puts before them."""
    found = (re.search(r"bindbackd?\[\d+\]: (mta: event .*)", line) for line in lab.log("node1"))
    return [one[1] for one in found if one]


@scenario()
def events_are_told_once(lab):
    """The remote's resolver has an old address of ours: one 9322 for many verdicts, explained, and one when it is over."""
    lab.dns.stale("remote", NAME, "A", "10.50.0.99")
    lab.cluster.create(mail_group(remotes=f"{REMOTE}/remote.test", verify_timeout="4s", verify_interval="2s"), on="node1")
    lab.cluster.wait_active("node1")
    wait_verdict(lab, "node1", "degraded")
    lab.wait_until("four verdicts", lambda: sum(": verdict: " in line for line in lab.log("node1")),
                   lambda count: count >= 4, 60)
    lines = told(lab)
    expect(len(lines) == 1, f"told: {lines}")
    lab.say(lines[0])
    wanted = f"mta: event 9322: {REMOTE} does not find its way back to {NAME} over IPv4, FCRDNS_FAIL; index 1, code 5 "
    expect(lines[0].startswith(wanted), f"not as wanted: {lines[0]}")
    shown = lab.backend.exec("node1", ["bindback", "explain", "9322"]).out
    lab.say(shown)
    expect("leads to:" in shown and f"event 9322: {REMOTE}" in shown, "explain does not show the evidence")
    lab.dns.repair()
    lab.wait_until("the event is over", lambda: told(lab), lambda seen: len(seen) == 2, 60)
    expect(told(lab)[1].startswith("mta: event 9322 is over, since "), f"told at last: {told(lab)[1]}")
    mail_flows(lab, "node1")
