# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands in the way back: a node that was the owner before, firewalls, NAT.

    node1 [virtual] --- fw --- remote (witness; resolver of its own)
"""

import time

import audit
import witness
from bound import mail_flows
from byhand import by_hand
from scenario import expect, scenario
from topology import NAME, VIRTUAL
from witness import (NAMES, PORT, RIGHT, all_right, evidence, explained, listens, looks, outcomes, passed, read_events,
                     wait_seen, wait_status, wait_told)

AT = {"witnesses": NAMES["remote"], "verify_timeout": "4s"}
NAT = """table ip outward { chain leaving { type nat hook postrouting priority 100;
        ip saddr 10.50.0.100 oifname wan snat to 10.60.0.100; };
    chain coming { type nat hook prerouting priority -100; ip daddr 10.60.0.100 dnat to 10.50.0.100; }; }"""


def old_owner(lab, node):
    """From now on this node has the virtual addresses, too, as a node that did not let them go; on the lan nobody hears
    of it, but the firewall sends there whoever comes in from the wan."""
    last = node[-1]
    lab.backend.exec(node, ["sh", "-c", f"""set -e
        echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore; echo 2 >/proc/sys/net/ipv4/conf/all/arp_announce
        ip address add {VIRTUAL[0]}/32 dev lo; ip address add {VIRTUAL[1]}/128 dev lo"""])
    lab.backend.exec("fw", ["sh", "-c", f"""set -e
        ip rule add fwmark 1 table 100; ip -6 rule add fwmark 1 table 100
        ip route add {VIRTUAL[0]} via 10.50.0.1{last} dev lan table 100
        ip -6 route add {VIRTUAL[1]} via fd50::1{last} dev lan table 100
        nft 'table inet astray {{ counter astray {{ }}; chain incoming {{ type filter hook prerouting priority mangle;
            iifname wan tcp dport {{ 25, {PORT} }} tcp flags & (syn | ack) == syn counter name astray
            iifname wan tcp dport {{ 25, {PORT} }} meta mark set 1; }}; }}'"""])


def no_old_owner(lab, node):
    """The end of that."""
    lab.backend.exec("fw", ["sh", "-c", """ip rule del fwmark 1; ip -6 rule del fwmark 1
        ip route flush table 100; ip -6 route flush table 100; nft delete table inet astray"""], check=False)
    lab.backend.exec(node, ["sh", "-c", f"""cd /proc/sys/net/ipv4/conf/all
        echo 0 >arp_ignore; echo 0 >arp_announce
        ip address del {VIRTUAL[0]}/32 dev lo; ip address del {VIRTUAL[1]}/128 dev lo"""], check=False)


def neither(outcome):
    """The witness resolves us rightly, and whom it then calls is not us, by name or by address."""
    return {**RIGHT, "callback": outcome, "legacy": outcome}


@scenario(audits=(audit.verdicts,))
def witness_stale_owner(lab):
    """Mail goes out from node1, and whoever calls the addresses from outside reaches node2, which had them before.

        node1 [virtual, bound] --- out ---> fw ---> remote (witness)
        node2 [virtual, stale] <--- in ----
    """
    witness.start(lab)
    with by_hand(lab, **AT, verify_interval="2s") as hand:
        hand.do("start")
        wait_status(lab, "verified")
        try:
            old_owner(lab, "node2")
            wait_seen(lab, neither("unreachable"))
            wait_told(lab, "9322", "10061")
            expect(lab.counters()["astray"], "no call went astray")
            lab.say("node2 verifies, too, and listens")
            stale = lab.backend.spawn("node2", ["bindback", "verify", f"--name={NAME}", "--timeout=30s", *(
                f"--ip={ip}" for ip in VIRTUAL), "--witness=10.60.0.25", "--witness=[fd60::25]"], "verify.log")
            lab.wait_until("node2 listens", lambda: listens(lab, "node2"))
            lab.say(wait_seen(lab, neither("mismatch")))
            stale.kill()
            stale.wait()
            lab.say("node2 runs a mail server of its own name")
            lab.backend.exec("node2", ["postfix", "start"])
            text = looks(hand, "--callback=smtp", status=1)
            expect(outcomes(text) == neither("mismatch"), f"by SMTP: {outcomes(text)}")
            lab.say(evidence(text, "callback"))
            expect("node2" in evidence(text, "callback"), "the greeting is not shown")
            mail_flows(lab, "node1")
        finally:
            lab.backend.exec("node2", ["postfix", "stop"], check=False)
            no_old_owner(lab, "node2")
        wait_status(lab, "verified")
        lab.wait_until("event 9322 is over", lambda: lab.log("node1"),
                       lambda lines: [line for line in lines if "event 9322 is over" in line])


@scenario(audits=(audit.verdicts,))
def witness_slow(lab):
    """A witness that says nothing keeps no start waiting, and so no mail: the guard asks it once all is bound."""
    slow_s = 20
    one = witness.start(lab)
    one.signal("STOP")
    with by_hand(lab, **{**AT, "verify_timeout": f"{slow_s}s"}) as hand:
        begun = time.monotonic()
        hand.do("start")
        took_s = time.monotonic() - begun
        lab.say(f"start took {took_s:.1f} s")
        expect(took_s < slow_s / 2, f"the start waited for the witness: {took_s:.1f} s")
        mail_flows(lab, "node1")
        lab.wait_until("the guard asks", lambda: listens(lab, "node1"))
        one.signal("CONT")
        wait_seen(lab, RIGHT)


def rule(lab, text):
    """One more rule before those of the firewall, for callbacks over both families."""
    for address in VIRTUAL:
        proto = "ip6" if ":" in address else "ip"
        words = f"insert rule inet wall forward {proto} daddr {address} tcp dport {PORT} {text}"
        lab.backend.exec("fw", ["nft", words])


def firewall_as_usual(lab):
    """As after start."""
    lab.backend.exec("fw", ["nft", "-f", "/etc/nftables.conf"])


def behind_nat(lab, hand):
    """1:1 NAT: the world knows, and the witness sees and calls, the public address."""
    lab.dns.change(lambda zones: [zones.host(NAME, "10.60.0.100"), zones.pointer(VIRTUAL[0])])
    lab.backend.exec("fw", ["ip", "address", "add", "10.60.0.100/24", "dev", "wan"])
    try:
        lab.backend.exec("fw", ["nft", NAT])
        knock = (f"import socket; print(socket.create_connection(('10.60.0.25', {PORT}), 2, ('{VIRTUAL[0]}', 0))"
                 ".getsockname()[0])")
        lab.wait_until("the NAT passes what goes out", lambda: hand.shell(f'python3 -c "{knock}" 2>&1', check=False),
                       lambda said: said.strip() == VIRTUAL[0])
        text = looks(hand, "--public-ip=10.60.0.100", f"--public-ip={VIRTUAL[1]}")
        all_right(text)
        expect("10.60.0.100" in evidence(text, "source"), f"the source: {evidence(text, 'source')}")
    finally:
        lab.backend.exec("fw", ["ip", "address", "del", "10.60.0.100/24", "dev", "wan"])
        lab.backend.exec("fw", ["nft", "delete", "table", "ip", "outward"], check=False)


@scenario(audits=(audit.verdicts,))
def witness_firewalls(lab):
    """What firewalls do to the way back: only the virtual addresses may pass; the port of callbacks is shut; NAT."""
    witness.start(lab)
    with by_hand(lab) as hand:
        hand.do("start")
        lab.say("only the virtual addresses pass")
        passed(lab, witness_virtual=False, callback=False, witness_node=False)
        all_right(looks(hand))
        passed(lab, witness_virtual=True, callback=True, witness_node=False)
        knock = f"import socket; socket.create_connection(('10.60.0.25', {PORT}), 2)"
        expect(hand.shell(f'python3 -c "{knock}" 2>&1', check=False), "node1's own address passes")
        passed(lab, witness_node=True)
        for text, outcome, code in (("drop", "timeout", "10060"), ("reject with tcp reset", "unreachable", "10061")):
            lab.say(f"callbacks: {text}")
            rule(lab, text)
            seen = outcomes(looks(hand, status=1))
            expect(seen == neither(outcome), f"{text}: {seen}")
            events = read_events(explained(hand, "9322"))
            expect([one for one in events if one[3] == code], f"{text}: {events}")
            said = explained(hand)
            expect(str(PORT) in said, f"{text}: the port is not named: {said}")
            all_right(looks(hand, "--callback=smtp"))
            firewall_as_usual(lab)
        lab.say("1:1 NAT")
        behind_nat(lab, hand)
