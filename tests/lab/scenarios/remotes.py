# SPDX-License-Identifier: GPL-2.0-or-later
"""Remotes asked by SMTP: what one of them says is laid to whom it belongs, and none is asked too often.

    node1 [virtual] --- fw --- remote (strict; resolver of its own), auth1, auth2
"""

import xml.etree.ElementTree as xml

from bound import INSTANCE, answers, mail_flows, wait_verdict
from scenario import expect, mail_group, scenario
from topology import NAME, VIRTUAL

REMOTE = "mx.remote.test/remote.test"
INTERVAL = 30


def start_asking(lab, **more):
    """The group on node1, which asks the strict remote."""
    lab.cluster.create(mail_group(remotes=REMOTE, verify_timeout="4s", **more), on="node1")
    lab.cluster.wait_active("node1")


def reasons(lab):
    """(class, blame) of each reason of the stored verdict."""
    root = xml.fromstring(lab.read_verdict("node1", f"{INSTANCE}/verdict.xml"))
    return {(one.get("class"), one.get("blame")) for one in root.iter("reason")}


def asked(lab):
    """How often the remote was connected to from each virtual address."""
    lines = lab.log("remote")
    return {address: sum(" connect from " in line and f"[{address}]" in line for line in lines) for address in VIRTUAL}


def made(lab):
    """When the stored verdict was made."""
    return xml.fromstring(lab.read_verdict("node1", f"{INSTANCE}/verdict.xml")).get("time")


@scenario()
def remote_misled(lab):
    """The remote's own resolver has an old IPv4 address of ours: theirs; nothing is held, mail goes over IPv6."""
    lab.dns.stale("remote", NAME, "A", "10.50.0.99")
    start_asking(lab, verify_interval="5s")
    wait_verdict(lab, "node1", "degraded")
    expect(("FCRDNS_FAIL", "theirs") in reasons(lab), f"reasons: {reasons(lab)}")
    status = lab.backend.exec("node1", ["bindback", "status"], check=False).out
    expect("released" in status, f"held for a fault of theirs: {status}")
    mail_flows(lab, "node1")
    lab.dns.repair()
    wait_verdict(lab, "node1", "verified")


@scenario()
def remotes_are_left_alone(lab):
    """Verified anew by each monitor, as a nameserver is silent; the remote is asked once within the interval."""
    lab.dns.silence("ns1")
    start_asking(lab, verify_interval=f"{INTERVAL}s")
    wait_verdict(lab, "node1", "degraded")
    answers(lab, "node1")
    once = {address: 1 for address in VIRTUAL}
    expect(asked(lab) == once, f"asked after start: {asked(lab)}")
    times = {made(lab)}
    lab.cluster.run("crm_resource", "-r", "mta", "-p", "verify_timeout", "-v", "5s")    # reloaded: and verified at once
    lab.wait_until("another verdict", lambda: times.add(made(lab)) or len(times), lambda count: count > 1, INTERVAL)
    shown = lab.backend.exec("node1", ["bindback", "verify", "--resource=mta"], check=False).out
    lab.say(shown)
    expect(asked(lab) == once, f"asked within the interval: {asked(lab)}")
    lab.backend.exec("node1", ["bindback", "verify", "--resource=mta", "--force"], check=False)
    twice = {address: 2 for address in VIRTUAL}
    expect(asked(lab) == twice, f"asked in spite of the interval: {asked(lab)}")
    lab.wait_until("the remote was asked again", lambda: asked(lab), lambda seen: seen != twice, 3 * INTERVAL)
    mail_flows(lab, "node1")


@scenario()
def remotes_named_later(lab):
    """A remote that is named while all is well is asked by the next monitor, not when the interval ends."""
    lab.cluster.create(mail_group(verify_timeout="4s", verify_interval="300s"), on="node1")
    lab.cluster.wait_active("node1")
    wait_verdict(lab, "node1", "verified")
    lab.cluster.run("crm_resource", "-r", "mta", "-p", "remotes", "-v", REMOTE)
    once = {address: 1 for address in VIRTUAL}
    lab.wait_until("the remote was asked", lambda: asked(lab), lambda seen: seen == once, deadline=20)
    answers(lab, "node1")
    mail_flows(lab, "node1")
