# SPDX-License-Identifier: GPL-2.0-or-later
"""How often and how much at once: each key and each address for itself."""

import contextlib
import threading
import time

import stage as st
import strangers
import targets
import wire
from cases import case, expect_refusal, works
from scenario import expect
from stage import CLUSTER, CLUSTER6, STRANGER, STRANGER6, WITNESS, WITNESS6


def alive(links):
    """How many of these the witness has not hung up on, half a second later."""
    time.sleep(0.5)
    count = 0
    for link in links:
        link.setblocking(False)
        try:
            count += link.recv(1) != b""
        except BlockingIOError:
            count += 1
        except ConnectionError:
            pass
    return count


@contextlib.contextmanager
def beside(function):
    """Run something in a thread of its own while the block lasts; its result is in the list."""
    found = []
    worker = threading.Thread(target=lambda: found.append(function()), daemon=True)
    worker.start()
    yield found
    worker.join(30)
    expect(found, "what ran beside has failed")


@case
def rate_of_a_key(stage):
    """A key that comes too often is refused, and told when to come again; another is served."""
    stage.names.lead("mail.few.test", CLUSTER)
    got = stage.binds("few", "mail.few.test", "--way=0", "--count=12")
    done = [one for one in got if one.type == st.RESULT]
    expect(5 <= len(done) <= 6, f"{len(done)} of 12 binds were answered, of 5 in a minute")
    for one in got[len(done):]:
        expect_refusal(one, st.RATE)
        expect(0 < int(one.words["retry"]) <= 60, f"{one}")
    with stage.watch() as seen:
        expect_refusal(stage.bind("few", "mail.few.test"), st.RATE)
    expect(seen.asked == [] and seen.calls == [], f"it worked for a refusal: {seen.asked} {seen.calls}")
    with beside(lambda: stage.binds("few", "mail.few.test", "--count=500", "--at-once=32")) as found:
        for _ in range(5):
            works(stage)
    expect(all(one.type != st.RESULT for one in found[0][2:]), "its flood was served")


@case
def at_once_of_a_key(stage):
    """More at a time than a key may: refused; another key is served; afterwards all is as before."""
    stage.names.lead("mail.single.test", CLUSTER)
    options = ["--port=25", "--timeout=1500", "--count=6", "--at-once=6"]
    with targets.target(stage.machine("cluster"), CLUSTER, 25, targets.silent) as one:
        with beside(lambda: stage.binds("single", "mail.single.test", *options)) as found:
            stage.wait_until("two calls stand", lambda: one.calls == 2)
            works(stage)
        expect(one.calls == 2, f"{one.calls} calls")
    refused = [got for got in found[0] if got.refusal == st.RATE]
    late = [got for got in found[0] if got.call in (st.TIMEOUT, st.NOT_US)]
    expect(len(refused) == 4 and len(late) == 2, f"{found[0]}")
    works(stage, "single", "mail.single.test")


@case
def rate_of_an_address(stage):
    """An address that connects too often, key or not; an IPv6 host cannot be many."""
    sources = [f"fd72::1:{last:x}" for last in range(40)]
    stage.backend.exec("stranger", ["ip", "-batch", "-"],
                       text="".join(f"addr add {one}/64 dev third nodad\n" for one in sources))
    stage.again(address_per_minute=20, handshake="5s")
    try:
        got = stage.binds("plain", "mail.plain.test", "--way=0", "--count=40")
        done = [one for one in got if one.type == st.RESULT]
        expect(20 <= len(done) <= 24, f"{len(done)} of 40, of 20 in a minute")
        expect(all(one.type != st.RESULT for one in got[len(done):]), "served again in between")
        held = [wire.connect(stage.machine("stranger"), one, WITNESS6, st.PORT) for one in sources]
        taken = alive(held)
        expect(20 <= taken <= 24, f"{taken} of 40 addresses of one /64 were let in, of 20 in a minute")
        got = stage.bind("plain", "mail.plain.test", "--way=0", source=STRANGER, host="stranger")
        expect(got.type == st.RESULT, f"another address was not served: {got}")
    finally:
        stage.again()


@case
def connections_of_an_address(stage):
    """One address cannot hold more than its part, and so not keep others out."""
    stage.again(connections=12, connections_each=4, handshake="5s")
    try:
        held = [wire.connect(stage.machine("stranger"), source, server, st.PORT)
                for source, server in ((STRANGER, WITNESS), (STRANGER6, WITNESS6)) for _ in range(8)]
        left = alive(held)
        expect(left == 8, f"{left} of 16 connections stand, 4 of each address may")
        works(stage)
        works(stage, source=CLUSTER6)
        for one in held:
            one.close()
    finally:
        stage.again()


@case
def connections_of_all(stage):
    """All places taken by silent strangers of many addresses: who was there first makes room for who comes."""
    stage.again(connections=8, connections_each=4, handshake="20s")
    try:
        sources = [f"10.72.0.{last}" for last in (101, 102, 103)]
        for one in sources:
            stage.backend.exec("stranger", ["ip", "addr", "add", f"{one}/24", "dev", "third"])
        held = [wire.connect(stage.machine("stranger"), one, WITNESS, st.PORT) for one in sources for _ in range(4)]
        left = alive(held)
        expect(left == 8, f"{left} of 12 stand, there are 8 places")
        works(stage)
        with targets.target(stage.machine("cluster"), CLUSTER, 25, targets.silent) as one:
            options = ["--port=25", "--timeout=1500", "--count=8", "--at-once=8"]
            with beside(lambda: stage.binds("good", "mail.good.test", *options)) as found:
                stage.wait_until("calls stand", lambda: one.calls == 4)
                more = [wire.connect(stage.machine("stranger"), one, WITNESS, st.PORT) for one in sources * 4]
                expect(alive(more) <= 4, "strangers have taken the places of binds")
        done = [got for got in found[0] if got.type == st.RESULT]
        expect(len(done) >= 4, f"of binds that were under way only {len(done)} were answered: {found[0]}")
        for one in held + more:
            one.close()
    finally:
        stage.again()


@case
def refused_who_stay(stage):
    """A key holder who does not hang up after a refusal is no better than a stranger: he makes room for who comes."""
    stage.again(connections=4)
    try:
        relays = [strangers.Relay(stage, 19330 + number, stays=True) for number in range(4)]
        for relay in relays:
            expect_refusal(stage.bind("few", "mail.good.test", server=relay.server), st.NAME_DENIED)
        works(stage)
        for relay in relays:
            relay.other.close()
            relay.link.close()
    finally:
        stage.again()
