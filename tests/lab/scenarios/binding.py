# SPDX-License-Identifier: GPL-2.0-or-later
"""Bound stays bound: what an admin, a user or a fault does to a running instance is noticed, and nothing leaks."""

import audit
from bound import answers, bound_on, held, mail_flows, masters, reason_says, verdict, wait_verdict
from byhand import by_hand
from dns import RESOLVERS
from scenario import expect, mail_group, scenario
from topology import NAME, VIRTUAL

OVERLAY = "/run/bindback/mta/postfix"
FLOWS = (audit.arrived, audit.identity, audit.no_bounce, audit.wall, audit.one_owner, audit.one_name, audit.verdicts)
QUICK = {"verify_timeout": "4s", "verify_interval": "1s", "dampen": "0"}
DEGRADED = 190
FILTER = """filter unix - - n - - smtp
    -o smtp_helo_name=filter.test
    -o smtp_bind_address=
"""


def no_pointers(zones):
    """Our own reverse records are gone: failed, and ours."""
    for address in VIRTUAL:
        zones.pointer(address)


def bound_on_overlay(lab, node):
    """Does the one master read the overlay?"""
    found = masters(lab, node)
    if len(found) != 1:
        return False
    environ = lab.backend.exec(node, ["cat", f"/proc/{found[0]}/environ"], check=False).out
    return f"MAIL_CONFIG={OVERLAY}\0" in environ


@scenario(without=(audit.one_name,))
def admin_restarts_unbound(lab):
    """postfix stop, postfix start by an admin: unbound, as after a package upgrade; the cluster binds it again.

        node1 [virtual, Postfix of /etc/postfix]  --monitor-->  [virtual, bound]
    """
    bound_on(lab, "node1")
    lab.backend.exec("node1", ["sh", "-c", "postfix stop; postfix start"])
    lab.wait_until("the failure is noted", lab.cluster.failures)
    lab.wait_until("bound again", lambda: bound_on_overlay(lab, "node1"), deadline=20)
    lab.cluster.wait_active("node1")
    mail_flows(lab, "node1")
    expect(not lab.fence.history, f"fenced: {lab.fence.history}")


@scenario()
def move_while_held(lab):
    """Held on one node, moved to another: held there too, and what waits on the first goes out when it is back.

        node1 [virtual, held, 2 waiting] ==> node2 [virtual, held] --repaired--> node1
    """
    lab.dns.change(no_pointers)
    lab.cluster.create(mail_group(verify_timeout="4s", verify_interval="5s"), on="node1")
    lab.cluster.wait_active("node1")
    wait_verdict(lab, "node1", "failed")
    numbers = lab.stream.submit_on("node1", 2)
    held(lab, "node1", 2)
    lab.cluster.move("node2")
    wait_verdict(lab, "node2", "failed")
    expect(not lab.remote.deliveries(), "the move let mail out")
    lab.dns.repair()
    lab.cluster.move("node1")
    wait_verdict(lab, "node1", "verified")
    lab.stream.wait_arrived(numbers)


@scenario(audits=())
def fail_when_unverified(lab):
    """on_unverified=fail and our records wrong, which no node would better: it stays where it starts, degraded."""
    lab.dns.change(no_pointers)
    lab.cluster.create(mail_group(on_unverified="fail"), on="node1")
    lab.wait_until("degraded", lab.cluster.failures,
                   lambda seen: [one for one in seen if one.get("exitcode") == str(DEGRADED)], 40)
    for failure in lab.cluster.failures():
        expect(failure.get("node") == "node1" and failure.get("exitcode") == str(DEGRADED), f"failed: {failure}")
        reason_says(failure.get("exitreason", ""), "is failed, laid to ours")
    expect(masters(lab, "node1"), "Postfix does not run on node1")
    expect(not lab.fence.history, f"fenced: {lab.fence.history}")


@scenario(audits=FLOWS)
def vip_removed(lab):
    """A virtual address goes while Postfix runs: the monitor fails, and mail waits rather than leaving from the node.

        node1 [fd50::100 only] --- mail X---> remote
    """
    with by_hand(lab) as hand:
        hand.do("start")
        hand.do("monitor")
        for address, length in ((VIRTUAL[1], "64"), (VIRTUAL[0], "24")):
            hand.run("ip", "address", "del", f"{address}/{length}", "dev", "lan")
            reason_says(hand.do("monitor", 1), address)
        numbers = lab.stream.submit_on("node1", 3)
        lab.wait_until("Postfix misses the address",
                       lambda: [line for line in lab.log("node1") if "no local interface found for" in line])
        expect(not lab.remote.deliveries(), "mail left without a virtual address")
        for address, length in zip(VIRTUAL, ("24", "64")):
            hand.shell(f"ip address add {address}/{length} dev lan {'nodad' if ':' in address else ''}")
        for action in ("monitor", "stop", "start"):
            hand.do(action)
        lab.stream.wait_arrived(numbers)
        answers(lab, "node1")


@scenario(audits=FLOWS)
def edits(lab):
    """The admin edits main.cf: said once, service untouched, taken over by reload-agent. The overlay edited: broken."""
    with by_hand(lab) as hand:
        hand.do("start")
        master = hand.master()
        hand.shell("echo 'message_size_limit = 4321000' >>/etc/postfix/main.cf")
        for _ in range(3):
            hand.do("monitor", level=10)
        said = [line for line in lab.log("node1") if "main.cf was changed since start" in line]
        expect(len(said) == 1, f"the edit was noticed {len(said)} times")
        setting = ["postconf", "-c", OVERLAY, "-h", "message_size_limit"]
        expect(hand.run(*setting).strip() != "4321000", "taken over without reload-agent")
        hand.do("reload-agent")
        expect(hand.run(*setting).strip() == "4321000", "reload-agent did not take the edit over")
        for level in (0, 10, 20):
            hand.do("monitor", level=level)
        expect(hand.master() == master, "the master is another one")
        ehlo = "import smtplib; s = smtplib.SMTP('10.50.0.100', 25); print(s.ehlo()[1].decode())"
        lab.wait_until("the new limit is announced", lambda: lab.backend.exec("client", ["python3", "-c", ehlo]).out,
                       lambda text: "SIZE 4321000" in text)
        mail_flows(lab, "node1")
        hand.shell(f"echo 'myhostname = node1.cluster.test' >>{OVERLAY}/main.cf")
        reason_says(hand.do("monitor", 1), f"{OVERLAY}/main.cf")
        hand.do("stop")
        expect(not hand.left(), f"left: {hand.left()}")


@scenario(audits=())
def edit_is_shown(lab):
    """bindback status tells of an edit that is not in force, and no more of it once it is."""
    with by_hand(lab) as hand:
        hand.do("start")
        hand.shell("echo '# a remark' >>/etc/postfix/main.cf")
        hand.do("monitor", level=10)
        shown = hand.run("bindback", "status", check=False)
        expect("/etc/postfix/main.cf" in shown, f"not shown: {shown}")
        hand.do("reload-agent")
        hand.do("monitor", level=10)
        shown = hand.run("bindback", "status", check=False)
        expect("/etc/postfix/main.cf" not in shown, f"still shown: {shown}")


@scenario(audits=FLOWS)
def hold_is_tight(lab):
    """Held mail leaves by no flush, reload or user; local and inbound mail flow; repaired, everything goes out."""
    lab.dns.change(no_pointers)
    with by_hand(lab) as hand:
        hand.do("start")
        expect(verdict(lab, "node1") == "failed", f"verdict {verdict(lab, 'node1')}")
        numbers = lab.stream.submit_on("node1", 3)
        lab.stream.start_client(3, 0, "inbound")
        lab.stream.wait_client(10)
        hand.kept(numbers)
        for line in ("postqueue -f", "setpriv --reuid nobody --clear-groups sendmail -q", "sendmail -q",
                     "postqueue -i $(postqueue -j | sed 's/.*\"queue_id\": \"\\([^\"]*\\).*/\\1/;q')",
                     "postsuper -r ALL; postqueue -f", "postfix reload; postqueue -f"):
            before = sum("status=deferred" in text for text in lab.log("node1"))
            hand.shell(line)
            lab.wait_until(f"tried after {line}", lambda: sum("status=deferred" in text for text in lab.log("node1")),
                           lambda seen, before=before: seen > before)
        expect(not lab.remote.deliveries() and not lab.remote.rejections(), "held mail reached the remote")
        hand.shell("printf 'Subject: local\\n\\n' | sendmail root@localhost")
        lab.wait_until("local mail arrived", lambda: hand.shell("cat /var/mail/root 2>/dev/null", check=False))
        reason_says(hand.do("monitor", DEGRADED, level=20), "PTR")
        hand.do("monitor", level=10)
        expect("HELD" in lab.backend.exec("node1", ["bindback", "status"], check=False).out, "status hides the hold")
        lab.dns.repair()
        lab.wait_until("the repair is seen", lambda: verdict_after_monitor(lab, hand), lambda seen: seen == "verified",
                       40)
        lab.stream.wait_arrived(deadline=5)
        lab.wait_until("the monitor is content", lambda: hand.call("monitor", level=20).code, lambda code: code == 0)
        answers(lab, "node1")


@scenario(audits=(audit.verdicts,))
def policies(lab):
    """hold, hold_max and on_unverified, each against wrong records of ours and against a stale server of theirs."""
    lab.dns.change(no_pointers)
    with by_hand(lab, **QUICK) as hand:
        for policy, code in (("ignore", 0), ("attribute", 0), ("degrade", DEGRADED), ("fail", DEGRADED)):
            hand.do("start", on_unverified=policy)
            hand.do("monitor", on_unverified=policy)
            hand.do("monitor", code, on_unverified=policy, level=20)
            expect(verdict(lab, "node1") == "failed", "not failed")
            hand.do("monitor", 0, on_unverified=policy, level=20, minor=0)
            lab.wait_until(f"the attribute with {policy}", lambda: attribute(hand),
                           lambda seen, wanted=policy == "attribute": bool(seen) == wanted)
            hand.do("stop", on_unverified=policy)
            expect(not attribute(hand), f"after stop there is {attribute(hand)}")
        # With no other node that would be better it stays.
        hand.do("start", on_unverified="fail")
        hand.do("monitor", DEGRADED, on_unverified="fail", level=20)
        hand.do("stop", on_unverified="fail")
        not_held(lab, hand, hold="false")
        hold_max(lab, hand)
    lab.dns.repair()
    with by_hand(lab, on_unverified="fail", **QUICK) as hand:
        hand.do("start")
        hand.do("monitor", level=20)
        lab.dns.change(no_pointers)
        lab.wait_until("the loss is seen", lambda: verdict_after_monitor(lab, hand), lambda seen: seen == "failed",
                       40)
        hand.do("monitor", DEGRADED, level=20)
        lab.dns.repair()
        lab.dns.stale(RESOLVERS[1], NAME, "A", "10.50.0.99")
        lab.wait_until("theirs", lambda: verdict_after_monitor(lab, hand), lambda seen: seen == "degraded",
                       40)
        hand.do("monitor", DEGRADED, level=20)


def attribute(hand):
    """The value of the node attribute; nothing where there is none."""
    told = hand.run("attrd_updater", "-Q", "-n", "bindback-mta", check=False)
    return told.partition('value="')[2].partition('"')[0]


def verdict_after_monitor(lab, hand):
    """The verdict once the guard was made to look, and a monitor has taken over what it found."""
    hand.call("reload-agent")
    hand.call("monitor", level=20)
    return verdict(lab, hand.node)


def not_held(lab, hand, **values):
    """The verdict is failed and mail goes out all the same: the strict remote turns it away."""
    hand.do("start", **values)
    expect(verdict(lab, hand.node) == "failed", "not failed")
    lab.stream.submit_on(hand.node)
    lab.wait_until("the remote turned it away", lab.remote.rejections)
    hand.reset()


def hold_max(lab, hand):
    """Held for two seconds at most."""
    values = {"hold_max": "2s"}
    hand.do("start", **values)
    before = len(lab.remote.rejections())
    lab.stream.submit_on(hand.node)
    hand.do("monitor", DEGRADED, level=20, **values)
    expect(len(lab.remote.rejections()) == before, "not held at all")
    lab.wait_until("released by hold_max", lambda: (hand.do("monitor", DEGRADED, level=20, **values),
                                                   len(lab.remote.rejections()))[1], lambda seen: seen > before)
    hand.reset()


@scenario(audits=(audit.arrived, audit.identity, audit.wall, audit.verdicts))
def ipv4_only(lab):
    """One IPv4 address bound, IPv6 in the host: nothing leaves over IPv6, not even when the remote has nothing else.

        node1 [10.50.0.100], fd50::11 unused --- X ---> mx.remote.test AAAA only
    """
    def only4(zones):
        zones.no_address(NAME, "AAAA")
        zones.pointer(VIRTUAL[1])

    def remote6(zones):
        only4(zones)
        zones.no_address("mx.remote.test", "A")

    lab.dns.change(only4)
    with by_hand(lab, here=VIRTUAL[:1], ip=VIRTUAL[0], **QUICK) as hand:
        hand.do("start")
        expect(verdict(lab, "node1") == "verified", f"verdict {verdict(lab, 'node1')}")
        mail_flows(lab, "node1")
        listening = hand.run("ss", "-Htln", "sport", "=", ":25")
        expect("10.50.0.100:25" in listening and "fd50" not in listening and "0.0.0.0:25" not in listening,
               f"listens on {listening}")
        lab.dns.change(remote6)
        hand.shell("printf 'Subject: six\\n\\n' | sendmail sink@remote.test")
        lab.wait_until("it cannot go", lambda: [line for line in lab.log("node1") if "relay=none" in line])
        expect(not any(":" in mail.peer for mail in lab.remote.deliveries()), "mail left over IPv6")


@scenario(audits=(audit.verdicts,))
def unbound_transport(lab):
    """A transport to a local filter keeps its own name and source and works while everything else is held."""
    lab.dns.change(no_pointers)
    with by_hand(lab, unbound_transports="filter") as hand:
        hand.shell(f"cp -a /etc/postfix /root/saved; cat >>/etc/postfix/master.cf <<'E'\n{FILTER}E\n"
                   "echo 'transport_maps = inline:{filter.test=filter:[127.0.0.1]:10025}' >>/etc/postfix/main.cf")
        sink = lab.backend.spawn("node1", ["smtp-sink", "-u", "postfix", "-D", "/tmp/sink.", "127.0.0.1:10025", "9"],
                                 "sink.log")
        hand.do("start")
        hand.shell("printf 'Subject: f\\n\\n' | sendmail x@filter.test")
        seen = lab.wait_until("the filter got it", lambda: hand.shell("cat /tmp/sink.* 2>/dev/null", check=False),
                              lambda text: "X-Mail-Args" in text)
        expect("X-Client-Addr: 127.0.0.1" in seen and "X-Helo-Args: filter.test" in seen, f"at the filter: {seen}")
        hand.kept(lab.stream.submit_on("node1"))
        hand.do("monitor", level=10)
        hand.run("pkill", "-x", "smtp-sink")
        sink.wait()
        hand.reset()
        hand.shell("rm -rf /etc/postfix; mv /root/saved /etc/postfix")
