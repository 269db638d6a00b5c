# SPDX-License-Identifier: GPL-2.0-or-later
"""The list of the cases, and words that many of them use."""

from scenario import expect
from stage import CLUSTER, CLUSTER6, REFUSAL, RESULT

ALL = []
CALL_MAX = 128      # bytes that somebody who is called gets; CALL is 72, EHLO and QUIT with a name are less
SAY_MAX = 4096 + 512    # what a key holder gets for a bind, TLS and all


def case(function):
    """Enter a case; it gets the stage, and its name and its first line of comment are shown."""
    ALL.append(function)
    return function


def expect_call(got, wanted, what=""):
    """A result, the callback of which ended so."""
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    expect(got.type == RESULT, f"{what}: no result: {got}")
    expect(got.call in wanted, f"{what}: the callback ended with {got.call}, wanted {wanted}: {got.words}")


def expect_refusal(got, code, what=""):
    """A refusal with this code."""
    expect(got.type == REFUSAL and got.refusal == code, f"{what}: wanted refusal {code}: {got}")


def expect_nobody(seen, what=""):
    """Nobody was called, and nobody but the nameserver and who sent the bind got a packet."""
    expect(seen.calls == [], f"{what}: called {seen.calls}")
    expect(not seen.at_victim, f"{what}: the victim got {seen.at_victim[:3]}")
    strays = seen.strays(CLUSTER, CLUSTER6)
    expect(not strays, f"{what}: it also sent {strays[:3]}")


def expect_nothing(seen, what=""):
    """... and no question was asked either."""
    expect(seen.asked == [], f"{what}: asked {seen.asked[:3]}")
    expect(seen.calls == [], f"{what}: called {seen.calls}")
    expect(not seen.at_victim, f"{what}: the victim got {seen.at_victim[:3]}")


def denied(stage, code, key, name, *options, **more):
    """A bind that comes to nothing but a result: nobody is called."""
    what = f"{key} {name} {options}"
    with stage.watch() as seen:
        got = stage.bind(key, name, *options, **more)
    expect_call(got, code, what)
    expect_nobody(seen, what)
    return got, seen


def works(stage, key="good", name="mail.good.test", **more):
    """A bind that is verified: the witness serves, whatever came before."""
    stage.names.lead(name, CLUSTER, CLUSTER6)
    got = stage.bind(key, name, "--listen", **more)
    expect_call(got, 1, f"a bind of {key}")
    expect(got.called, "it was verified by somebody else")
    return got
