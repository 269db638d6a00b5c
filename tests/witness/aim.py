# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom a key holder can make the witness call: himself and what the rules give him, once, and nobody else."""

import itertools

import stage as st
import targets
import wire
from backend import File
from cases import CALL_MAX, SAY_MAX, case, denied, expect_call, expect_nobody, expect_refusal, works
from scenario import expect
from stage import CLUSTER, CLUSTER6, VICTIM, VICTIM6, WITNESS, WITNESS6

SPECIAL4 = ("127.0.0.1", "127.8.8.8", "169.254.1.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "10.70.0.255",
            "0.0.0.0", "0.1.2.3", "240.0.0.1", WITNESS)
SPECIAL6 = ("::1", "::", "fe80::1", "ff02::1", "ff0e::1", "::ffff:127.0.0.1", f"::ffff:{VICTIM}", "::127.0.0.1",
            f"::{VICTIM}", "64:ff9b::127.0.0.1", f"64:ff9b::{VICTIM}", "64:ff9b::169.254.169.254", "2002:7f00:1::1",
            "2002:a46:42::1", WITNESS6)


@case
def verified(stage):
    """What the tests look for happens when all is well: one call, of the source, in either family."""
    for source in (CLUSTER, CLUSTER6):
        with stage.watch() as seen:
            works(stage, source=source)
        expect(seen.calls == [(source, st.PORT)], f"called {seen.calls}")
        expect(("mail.good.test", "A") in seen.asked and len(seen.asked) <= 3, f"asked {seen.asked}")


@case
def somebody_else(stage):
    """A name that leads to the victim, with its address in the bind or without."""
    for source, there in ((CLUSTER, VICTIM), (CLUSTER6, VICTIM6)):
        stage.names.lead("aim.good.test", there)
        for addrs in ([source], [there]):
            denied(stage, st.ADDRESS_DENIED, "good", "aim.good.test", source=source, addrs=addrs)
        denied(stage, st.ADDRESS_DENIED, "good", "aim.good.test", "--proto=1", "--port=25", source=source)


@case
def victim_and_us(stage):
    """Of several addresses only ours is called."""
    stage.names.lead("aim.good.test", VICTIM, CLUSTER, st.FAR_VICTIM)
    with stage.watch() as seen:
        got = stage.bind("good", "aim.good.test", "--listen")
    expect_call(got, st.VERIFIED)
    expect(seen.calls == [(CLUSTER, st.PORT)] and not seen.at_victim, f"called {seen.calls}")


@case
def special_addresses(stage):
    """Loopback, link-local, multicast, broadcast, the witness's own: never, though the rules allow every address."""
    for source, addresses in ((CLUSTER, SPECIAL4), (CLUSTER6, SPECIAL6)):
        for address in addresses:
            stage.names.lead("aim.wide.test", address)
            got, _ = denied(stage, st.ADDRESS_DENIED, "wide", "aim.wide.test", source=source)
            expect(got.words["to"] == "none", f"{address}: it says that it called {got.words['to']}")
    stage.names.lead("aim.wide.test", *SPECIAL4)
    denied(stage, st.ADDRESS_DENIED, "wide", "aim.wide.test")


@case
def wide_rules_are_wide(stage):
    """... but what they do allow is called, so that the case before has a meaning."""
    stage.names.lead("aim.wide.test", VICTIM)
    with stage.watch() as seen:
        got = stage.bind("wide", "aim.wide.test", "--timeout=1000")
    expect_call(got, (st.REFUSED, st.TIMEOUT))
    expect(seen.calls == [(VICTIM, st.PORT)] and seen.at_victim, f"called {seen.calls}")


@case
def from_itself(stage):
    """A peer on the witness's own loopback is the source, and is not called all the same."""
    stage.backend.write("witness", st.OWN_KEYS, File(st.key_text(stage.secrets), mode=0o600))
    stage.names.lead("aim.wide.test", "127.0.0.1")
    for source, addr in (("127.0.0.1", CLUSTER), (WITNESS, CLUSTER)):
        for way in (st.WAY_NAME, st.WAY_SOURCE):
            stage.names.lead("aim.wide.test", source)
            with stage.watch() as seen:
                got = stage.bind("wide", "aim.wide.test", f"--way={way}", "--port=25", source=source, addrs=[addr],
                                 host="witness", server=f"{source}#{st.PORT}")
            expect_call(got, st.ADDRESS_DENIED, source)
            expect([call for call in seen.calls if call[1] != st.PORT] == [], f"called {seen.calls}")


@case
def rebinding(stage):
    """A name that leads elsewhere at the next question: it is asked once for each bind."""
    answers = itertools.cycle([[CLUSTER], [VICTIM]])
    stage.names.put("aim.good.test", "A", lambda: next(answers))
    stage.names.put("aim.good.test", "AAAA")
    for _ in range(6):
        with stage.watch() as seen:
            got = stage.bind("good", "aim.good.test", "--listen")
        expect_call(got, (st.VERIFIED, st.ADDRESS_DENIED))
        expect(seen.asked.count(("aim.good.test", "A")) == 1, f"asked {seen.asked}")
        expect(set(seen.calls) <= {(CLUSTER, st.PORT)} and not seen.at_victim, f"called {seen.calls}")


@case
def ports(stage):
    """Only the rule's ports, also of the source."""
    stage.names.lead("aim.good.test", CLUSTER)
    for port in (22, 53, 80, 9321, 65535):
        for way in (st.WAY_NAME, st.WAY_SOURCE):
            denied(stage, st.PORT_DENIED, "good", "aim.good.test", f"--way={way}", f"--port={port}")
    stage.names.lead("aim.ports.test", st.FAR_VICTIM)
    for port in (22, 53):
        denied(stage, st.PORT_DENIED, "ports", "aim.ports.test", f"--port={port}")
    with stage.watch() as seen:
        expect_call(stage.bind("ports", "aim.ports.test", "--port=9999"), st.REFUSED)
    expect(seen.calls == [(st.FAR_VICTIM, 9999)], f"called {seen.calls}")


@case
def one_call(stage):
    """Eight addresses that may be called, none of which answers: one is called, once."""
    stage.names.lead("aim.net.test", *[f"10.72.0.{last}" for last in (66, 67, 68, 69, 70, 71, 72, 73)])
    for options in (["--port=9322"], ["--port=25", "--proto=1"]):
        with stage.watch() as seen:
            got = stage.bind("net", "aim.net.test", "--timeout=1000", *options)
        expect_call(got, (st.REFUSED, st.TIMEOUT, st.UNREACHABLE))
        expect(len(seen.calls) == 1, f"called {seen.calls}")


@case
def amplification(stage):
    """Who is called gets a constant of a few bytes, and who binds one answer."""
    stage.names.lead("aim.ports.test", st.FAR_VICTIM)
    for act in (targets.silent, targets.mirror, targets.garbage):
        with targets.target(stage.machine("victim"), st.FAR_VICTIM, 9999, act) as one, stage.watch() as seen:
            got = stage.bind("ports", "aim.ports.test", "--port=9999", "--timeout=1000")
            stage.wait_until("the call is over", lambda one=one: one.ended)
        expect_call(got, (st.TIMEOUT, st.NOT_US), act.__name__)
        expect(one.calls == 1 and len(seen.calls) == 1, f"{one.calls} calls, {seen.calls}")
        sent = seen.payload_to(st.FAR_VICTIM, 9999)
        expect(0 < sent <= CALL_MAX, f"{sent} bytes to who was called")
        expect(len(seen.at_victim) <= 12, f"{len(seen.at_victim)} packets to who was called")
        back = seen.payload_to(CLUSTER)
        expect(back <= SAY_MAX, f"{back} bytes to who sent the bind")


@case
def aliases(stage):
    """CNAME chains: what is at their end counts; one without an end leads nowhere."""
    for last in range(5):
        stage.names.put(f"alias{last}.good.test", "CNAME", f"alias{last + 1}.good.test")
    for there, code in ((CLUSTER, st.VERIFIED), (VICTIM, st.ADDRESS_DENIED)):
        stage.names.lead("alias5.good.test", there)
        with stage.watch() as seen:
            got = stage.bind("good", "alias0.good.test", "--listen")
        expect_call(got, code)
        expect(set(seen.calls) <= {(CLUSTER, st.PORT)} and not seen.at_victim, f"called {seen.calls}")
    stage.names.put("ring1.good.test", "CNAME", "ring2.good.test")
    stage.names.put("ring2.good.test", "CNAME", "ring1.good.test")
    with stage.watch() as seen:
        got = stage.bind("good", "ring1.good.test")
    expect_call(got, st.NO_ADDRESS)
    expect_nobody(seen)
    expect(len(seen.asked) <= 12, f"{len(seen.asked)} questions")


@case
def many_addresses(stage):
    """64 addresses in each family, ours among them or not."""
    crowd = [f"10.72.1.{last}" for last in range(1, 64)] + [f"fd72:1::{last:x}" for last in range(1, 64)]
    for place in (0, 40, 126):
        mixed = crowd[:place] + [CLUSTER] + crowd[place:]
        stage.names.lead("crowd.good.test", *mixed)
        with stage.watch() as seen:
            got = stage.bind("good", "crowd.good.test", "--listen")
        expect_call(got, (st.VERIFIED, st.ADDRESS_DENIED))
        expect(set(seen.calls) <= {(CLUSTER, st.PORT)}, f"called {seen.calls}")
    stage.names.lead("crowd.good.test", *crowd)
    denied(stage, st.ADDRESS_DENIED, "good", "crowd.good.test")


@case
def names_of_others(stage):
    """A name that the key may not announce is not even looked up."""
    stage.names.lead("mail.other.test", CLUSTER)
    stage.names.lead("good.test", CLUSTER)
    for name in ("mail.other.test", "evilgood.test", "mail.good.test.evil.test", "good.test"):
        with stage.watch() as seen:
            got = stage.bind("good", name, "--listen")
        expect_refusal(got, st.NAME_DENIED, name)
        expect(seen.asked == [], f"asked {seen.asked}")
        expect_nobody(seen)


@case
def no_section(stage):
    """A key without a section may call itself alone, on the usual ports."""
    works(stage, "plain", "mail.plain.test")
    stage.names.lead("aim.plain.test", VICTIM)
    denied(stage, st.ADDRESS_DENIED, "plain", "aim.plain.test")
    stage.names.lead("aim.plain.test", CLUSTER)
    denied(stage, st.PORT_DENIED, "plain", "aim.plain.test", "--port=22")


@case
def hosts_file(stage):
    """What the witness's hosts file says of a name opens nothing, either."""
    def seen_line():
        return stage.bind("good", "aim.good.test", "--way=0").words["a_hosts"]

    try:
        stage.backend.write("witness", "/etc/hosts", File(f"127.0.0.1 localhost\n{VICTIM} aim.good.test\n"))
        stage.names.lead("aim.good.test")
        # It looks at the file from time to time.
        stage.wait_until("the line is seen", seen_line)
        got, _ = denied(stage, st.ADDRESS_DENIED, "good", "aim.good.test")
        expect(got.words["a_hosts"] == VICTIM, f"it says the line has {got.words['a_hosts']}")
    finally:
        stage.backend.write("witness", "/etc/hosts", File("127.0.0.1 localhost\n"))
        stage.wait_until("the line is gone", lambda: not seen_line())


def wanted_lines(stage):
    """What it wants to have in the hosts file: a root program of its own writes it there."""
    text = stage.backend.exec("witness", ["sh", "-c", f"cat {st.RUN_DIR}/*"], check=False).out
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@case
def hosts_lines(stage):
    """A key that may have lines in the hosts file gets them for where it comes from, a few, and no other key does."""
    def wrong(key, name, addr):
        stage.names.lead(name)
        expect(stage.bind(key, name, "--way=0", addrs=[addr]).type == st.RESULT, "no result")

    for addr in (VICTIM, st.FAR_VICTIM, WITNESS, "10.70.0.255"):
        wrong("lines", "mail.lines.test", addr)
    wrong("good", "mail.good.test", CLUSTER)
    lines = wanted_lines(stage)
    expect(not lines, f"lines that are wanted: {lines}")
    names = [f"mail{number}.lines.test" for number in range(20)]
    for name in names:
        wrong("lines", name, CLUSTER)
    lines = wanted_lines(stage)
    expect(0 < len(lines) <= 8, f"lines that are wanted: {lines}")
    expect(set(lines) <= {f"{CLUSTER} {name}" for name in names}, f"lines that are wanted: {lines}")
    for name in names:
        stage.names.lead(name, CLUSTER)
        stage.bind("lines", name, "--way=0")
    lines = wanted_lines(stage)
    expect(not lines, f"DNS is right again, and these are still wanted: {lines}")


@case
def other_ways(stage):
    """The source itself, nobody at all, and the other family's address."""
    stage.names.lead("aim.good.test", VICTIM)
    with stage.watch() as seen:
        got = stage.bind("good", "aim.good.test", "--way=2", "--listen")
    expect_call(got, st.VERIFIED)
    expect(seen.calls == [(CLUSTER, st.PORT)] and not seen.at_victim, f"called {seen.calls}")
    denied(stage, st.NOT_WANTED, "good", "aim.good.test", "--way=0")
    stage.names.lead("aim.good.test", CLUSTER6)
    denied(stage, st.NO_ADDRESS, "good", "aim.good.test")


@case
def stale_owner(stage):
    """Who holds the address and does not know the nonce is not us."""
    stage.names.lead("mail.good.test", CLUSTER)
    with targets.target(stage.machine("cluster"), CLUSTER, st.PORT, targets.mirror) as one:
        expect_call(stage.bind("good", "mail.good.test"), st.NOT_US)
    echo = b"BW\x01\x05\0\0\0\x20"
    for words in (one.got, echo + bytes(32), echo + one.got[8:40], echo + one.got[-32:]):
        act = targets.says(words)
        with targets.target(stage.machine("cluster"), CLUSTER, st.PORT, act):
            expect_call(stage.bind("good", "mail.good.test"), st.NOT_US, f"{words[:12]!r}")
    with wire.make(stage.machine("cluster"), wire.socket.SOCK_STREAM, CLUSTER, st.PORT):
        expect_call(stage.bind("good", "mail.good.test"), st.REFUSED)
