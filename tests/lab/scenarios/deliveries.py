# SPDX-License-Identifier: GPL-2.0-or-later
"""Receivers that are not asked: what the mail server's own log tells of deliveries to them.

    node1 [virtual] --- fw --- remote (strict; resolver of its own; not in `remotes`)
"""

import xml.etree.ElementTree as xml
from datetime import datetime, timezone

import audit
from bound import INSTANCE, verdict
from byhand import by_hand
from pages import tells_of_delivery
from scenario import expect, scenario
from topology import NAME

QUICK = {"verify_timeout": "4s", "verify_interval": "1s"}
LOG = "/var/log/maillog"
DEGRADED = 190


def observed(lab):
    """What the stored verdict has of deliveries: the observations of CHECK_HELO."""
    root = xml.fromstring(lab.read_verdict("node1", f"{INSTANCE}/verdict.xml"))
    return [one for one in root.iter("observation")
            if (one.get("vantage"), one.get("check")) == ("delivery", "helo")]


def reasons(lab):
    """(class, blame) of each reason of the stored verdict."""
    root = xml.fromstring(lab.read_verdict("node1", f"{INSTANCE}/verdict.xml"))
    return {(one.get("class"), one.get("blame")) for one in root.iter("reason")}


def made(lab):
    """When the stored verdict was made."""
    return xml.fromstring(lab.read_verdict("node1", f"{INSTANCE}/verdict.xml")).get("time")


def age(observation):
    """Seconds since what it tells of."""
    when = datetime.strptime(observation.get("time"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    return (datetime.now(timezone.utc) - when).total_seconds()


def rejected(hand):
    """Lines of the node's log in which a real delivery was turned away."""
    return int(hand.shell(f"grep -c 'cannot find your hostname' {LOG} || true"))


def judged(lab, hand, wanted):
    """A verification by a monitor, as soon as one is due; wanted is the exit code of that one."""
    before = made(lab)

    def again():
        return hand.call("monitor", level=20).code, made(lab)
    code, _ = lab.wait_until("a new verdict", again, lambda seen: seen[1] != before)
    expect(code == wanted, f"monitor ended with {code}, not {wanted}; {reasons(lab)}")


@scenario(audits=(audit.arrived, audit.identity, audit.wall, audit.verdicts))
def delivery_rejected(lab):
    """The remote's resolver has old addresses of ours: the next verdict has its rejections, and when; theirs, released.
    The log is rotated meanwhile. Once it takes mail again, the verdict says so."""
    with by_hand(lab, **QUICK) as hand:
        hand.shell(f"postconf -e maillog_file={LOG}")
        try:
            tell_and_clear(lab, hand)
        finally:
            hand.shell("postconf -X maillog_file")


def tell_and_clear(lab, hand):
    """The story of delivery_rejected."""
    hand.do("start")
    lab.stream.wait_arrived(lab.stream.submit_on("node1", 1))
    judged(lab, hand, 0)
    expect([one.get("outcome") for one in observed(lab)] == ["match"], f"no accepted delivery: {observed(lab)}")
    tells_of_delivery(lab, "node1")

    lab.dns.stale("remote", NAME, "A", "10.50.0.99")
    lab.dns.stale("remote", NAME, "AAAA", "fd50::99")
    lab.backend.exec("remote", ["postfix", "reload"])
    numbers = lab.stream.submit_on("node1", 2)
    lab.wait_until("mail is turned away", lambda: rejected(hand), lambda seen: seen >= 2)
    hand.shell(f"mv {LOG} {LOG}.1 && postfix -c {INSTANCE}/postfix reload")
    judged(lab, hand, DEGRADED)
    found = observed(lab)
    expect(found and all(one.get("outcome") == "mismatch" and one.get("class") == "FCRDNS_FAIL" for one in found),
           f"not the rejection: {[one.attrib for one in found]}")
    expect(all(0 <= age(one) < 600 for one in found), f"not when: {[one.attrib for one in found]}")
    expect(("FCRDNS_FAIL", "theirs") in reasons(lab), f"reasons: {reasons(lab)}")
    expect("released" in hand.shell("bindback status", check=False), "held for a fault of theirs")
    shown = hand.shell("bindback verify --resource=mta", check=False)
    lab.say(shown)
    expect("cannot find your hostname" in shown, f"verify does not show it: {shown}")
    kept = hand.shell(f"cat {INSTANCE}/deliveries")
    hand.shell("bindback verify --resource=mta", check=False)
    expect(hand.shell(f"cat {INSTANCE}/deliveries") == kept, "verify by hand moved what the agent reads")

    lab.dns.repair()
    hand.shell("postqueue -f")
    lab.stream.wait_arrived(numbers)
    lab.wait_until("mail was taken over both families", lambda: sent_over(lab, hand), lambda seen: seen == {4, 6})
    judged(lab, hand, 0)
    expect(verdict(lab, "node1") == "verified", f"verdict {verdict(lab, 'node1')}, {reasons(lab)}")
    expect([one.get("outcome") for one in observed(lab)] == ["match"] * 2, "a rejection stands")


def sent_over(lab, hand):
    """Over which families the new log has mail sent; Postfix picks one for each message, so that takes a few."""
    lab.stream.wait_arrived(lab.stream.submit_on("node1", 1))
    lines = [line for line in hand.shell(f"cat {LOG}").splitlines() if "status=sent" in line]
    return {6 if "relay=mx.remote.test[fd" in line else 4 for line in lines}
