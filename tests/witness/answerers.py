# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever is called back can do what he likes: the witness gives him little time, memory and bytes."""

import re

import stage as st
import targets
from cases import CALL_MAX, case, expect_call, works
from scenario import expect
from stage import CLUSTER

TIMEOUT_MS, SLACK_MS = 1500, 1200
GROWTH_KIB = 8192
POLITE = re.compile(rb"(EHLO \S+\r\n)?(QUIT\r\n)?")


def called(stage, act, port, wanted, *options):
    """One bind, the callback of which comes to `act`; what that saw."""
    stage.names.lead("mail.good.test", CLUSTER)
    what = getattr(act, "__name__", "")
    before = stage.status("VmRSS")
    with targets.target(stage.machine("cluster"), CLUSTER, port, act) as one:
        with stage.watch() as seen:
            got = stage.bind("good", "mail.good.test", f"--port={port}", f"--timeout={TIMEOUT_MS}", *options)
            stage.wait_until(f"{what}: the witness has let go", lambda: one.calls == one.ended)
    expect_call(got, wanted, what)
    expect(one.calls == 1 and seen.calls == [(CLUSTER, port)], f"{what}: {one.calls} calls, {seen.calls}")
    expect(got.ms < TIMEOUT_MS + SLACK_MS, f"{what}: it took {got.ms:.0f} ms")
    expect(len(one.got) <= CALL_MAX, f"{what}: {len(one.got)} bytes were sent to it")
    grown = stage.status("VmRSS") - before
    expect(grown < GROWTH_KIB, f"{what}: the witness has grown by {grown} KiB")
    return got, one


@case
def bad_echoes(stage):
    """Silence, garbage, our own words, floods and trickles in ECHO's place."""
    late, other = (st.TIMEOUT, st.NOT_US), (st.NOT_US, st.CLOSED)
    for act, wanted in ((targets.silent, late), (targets.hang_up, other), (targets.mirror, other),
                        (targets.garbage, other), (targets.endless, other), (targets.frames, other),
                        (targets.drip, (*late, st.CLOSED))):
        called(stage, act, st.PORT, wanted)
    works(stage)


@case
def bad_greetings(stage):
    """SMTP: the right name, another, none, and greetings that do not end; at most EHLO and QUIT are said."""
    smtp = f"--proto={st.SMTP}"
    for text, wanted in ((b"220 mail.good.test ESMTP\r\n", st.VERIFIED), (b"220 other.good.test ESMTP\r\n", st.NOT_US),
                         (b"220\r\n", st.NOT_US), (b"554 mail.good.test no\r\n", (st.VERIFIED, st.NOT_US)),
                         (b"SSH-2.0-mail.good.test\r\n", st.NOT_US)):
        _, one = called(stage, targets.greets(text), 25, wanted, smtp)
        expect(POLITE.fullmatch(one.got), f"after {text!r} it said {one.got!r}")
    for act in (targets.silent, targets.hang_up, targets.long_line, targets.long_greeting, targets.slow_greeting,
                targets.endless):
        _, one = called(stage, act, 25, (st.TIMEOUT, st.NOT_US, st.CLOSED), smtp)
        expect(POLITE.fullmatch(one.got), f"{act.__name__}: it said {one.got!r}")
    works(stage)


@case
def what_they_say_is_shown(stage):
    """Words of who was called come printable and bounded."""
    text = b"220 \x1b[31m\x07\xff\x00other.good.test " + b"A" * 400 + b"\r\n"
    got, _ = called(stage, targets.greets(text), 25, st.NOT_US, f"--proto={st.SMTP}")
    said = got.words["said"]
    expect(said.isprintable() and len(said) < 200, f"it shows {said!r}")
