# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon itself: its configuration, its end, and what it is short of."""

import secrets
import socket
import time

import stage as st
import targets
import wire
from backend import File
from cases import case, expect_call, expect_refusal, works
from limited import beside
from scenario import expect
from stage import CLUSTER, CLUSTER6, STRANGER, WITNESS

TICKS = 100


def reload(stage):
    """SIGHUP, and what it says to that."""
    before = len(stage.log())
    stage.signal("HUP")
    stage.wait_until("it says something of SIGHUP", lambda: stage.log()[before:].endswith("\n"))
    return stage.log()[before:]


@case
def settings_change(stage):
    """SIGHUP: a broken configuration or key file is told by its line, and what was valid stays; a good one is taken."""
    stage.names.lead("mail.new.test", CLUSTER)
    good = stage.backend.exec("witness", ["cat", st.CONF]).out
    try:
        for text in (good + "\nallow = nothing at all !\n", good.replace("[key good]", "[key good")):
            stage.backend.write("witness", st.CONF, File(text))
            said = reload(stage)
            expect(f"{st.CONF}: line " in said, f"it said: {said}")
            works(stage)
            expect_refusal(stage.bind("good", "mail.new.test"), st.NAME_DENIED)
        stage.backend.write("witness", st.CONF, File(good))
        stage.backend.write("witness", st.KEYS, File("key good one two\n", mode=0o600, owner=f"{st.USER}:{st.USER}"))
        said = reload(stage)
        expect(f"{st.KEYS}: line 1" in said, f"it said: {said}")
        works(stage)
        stage.configure(sections=st.SECTIONS.replace("allow = .good.test", "allow = .good.test .new.test"))
        reload(stage)
        works(stage, "good", "mail.new.test")
    finally:
        stage.configure()
        reload(stage)
    expect_refusal(stage.bind("good", "mail.new.test"), st.NAME_DENIED)


@case
def key_goes(stage):
    """A key that is taken out of the file is not accepted any more after SIGHUP, and its hosts lines go with it."""
    works(stage, "plain", "mail.plain.test")
    stage.names.lead("mail.lines.test")
    stage.bind("lines", "mail.lines.test", "--way=0")

    def wanted():
        return stage.backend.exec("witness", ["cat", f"{st.RUN_DIR}/hosts"]).out

    expect("mail.lines.test" in wanted(), "no line was wanted")
    rest = {name: secret for name, secret in stage.secrets.items() if name not in ("plain", "lines")}
    stage.backend.write("witness", st.KEYS, File(st.key_text(rest), mode=0o600, owner=f"{st.USER}:{st.USER}"))
    reload(stage)
    try:
        expect(stage.bind("plain", "mail.plain.test").end == st.END_DENIED, "it is still accepted")
        expect(wanted() == "", f"still wanted: {wanted()}")
    finally:
        stage.configure()
        reload(stage)


@case
def two_keys(stage):
    """While a key is replaced both of its serials are accepted, each with its own secret; then the new one alone."""
    stage.names.lead("mail.good.test", CLUSTER)
    old, new = stage.secrets["good"], secrets.token_hex(32)
    second = f"key good 2 {new}\n"
    paths = {1: "/etc/bindback/1.keys", 2: "/etc/bindback/2.keys", 3: "/etc/bindback/3.keys"}
    for number, text in ((1, f"key good 1 {old}\n"), (2, second), (3, f"key good 2 {old}\n")):
        stage.backend.write("cluster", paths[number], File(text, mode=0o600))

    def ends():
        return [stage.bind("good", "mail.good.test", "--way=0", keys=path).end for path in paths.values()]

    try:
        for text, wanted in ((st.key_text(stage.secrets) + second, [st.END_DONE, st.END_DONE, st.END_DENIED]),
                             (second, [st.END_DENIED, st.END_DONE, st.END_DENIED])):
            stage.backend.write("witness", st.KEYS, File(text, mode=0o600, owner=f"{st.USER}:{st.USER}"))
            reload(stage)
            found = ends()
            expect(found == wanted, f"old key, new key, new serial with the old secret: {found}, wanted {wanted}")
    finally:
        stage.configure()
        reload(stage)


@case
def ends_in_order(stage):
    """SIGTERM: a bind that is under way gets its result, nobody new is let in, the status is 0."""
    stage.names.lead("mail.good.test", CLUSTER)
    options = ["--port=25", "--timeout=1500"]
    with targets.target(stage.machine("cluster"), CLUSTER, 25, targets.silent) as one:
        with beside(lambda: stage.bind("good", "mail.good.test", *options)) as found:
            stage.wait_until("it calls", lambda: one.calls == 1)
            stage.signal("TERM")
            stage.wait_until("its port is closed", lambda: refused(stage))
    expect_call(found[0], (st.TIMEOUT, st.NOT_US))
    status = stage.end_daemon()
    expect(status == 0, f"it ended with {status}")
    stage.run_daemon()
    works(stage)


def refused(stage):
    """Does nobody listen there?"""
    try:
        wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT).close()
        return False
    except ConnectionRefusedError:
        return True


@case
def peer_leaves(stage):
    """Who sends a bind and goes leaves nothing behind."""
    stage.names.lead("mail.good.test", CLUSTER)
    before = stage.files()
    script = (f"echo good 0 mail.good.test {CLUSTER} {CLUSTER} | "
              f"{st.CLIENT} --port=25 --timeout=5000 {WITNESS} {st.OWN_KEYS}")
    with targets.target(stage.machine("cluster"), CLUSTER, 25, targets.silent) as one:
        for number in range(1, 4):
            task = stage.backend.spawn("cluster", ["sh", "-c", script], "gone")
            stage.wait_until("it calls", lambda number=number: one.calls == number)
            stage.backend.exec("cluster", ["pkill", "-KILL", "-x", "bindclient"])
            task.wait()
        stage.wait_until("nothing is left", stage.files, lambda count: count <= before + 1, 8)
    works(stage)


@case
def many_binds(stage):
    """Thousands of binds, called back or not, by either family, leave nothing; what leaks fails the end."""
    stage.names.lead("mail.busy.test", CLUSTER, CLUSTER6)
    works(stage, "busy", "mail.busy.test")
    before = stage.files()
    for source in (CLUSTER, CLUSTER6):
        got = stage.binds("busy", "mail.busy.test", "--listen", "--count=500", source=source)
        expect(len(got) == 500 and all(one.call == st.VERIFIED and one.called for one in got), "not all are verified")
        got = stage.binds("busy", "mail.busy.test", "--way=0", "--count=1000", "--at-once=32", source=source)
        expect(len(got) == 1000 and all(one.type == st.RESULT for one in got), "not all have a result")
    stage.wait_until("no descriptor is left", stage.files, lambda count: count <= before)


@case
def short_of_descriptors(stage):
    """With 64 descriptors and more peers than that it goes on, does not spin meanwhile, and serves afterwards."""
    expect(stage.end_daemon() == 0, "it did not end well")
    stage.run_daemon("prlimit", "--nofile=64")
    try:
        held = [wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT) for _ in range(120)]
        before = ticks(stage)
        time.sleep(0.5)
        spent = (ticks(stage) - before) / TICKS
        expect(spent < 0.3, f"{spent} s of CPU in half a second of nothing")
        stage.wait_until("it serves again", lambda: stage.bind("good", "mail.good.test", "--way=0").type,
                         lambda kind: kind == st.RESULT, 8)
        for one in held:
            one.close()
        works(stage)
    finally:
        stage.again()


def ticks(stage):
    """CPU time that it took, in clock ticks."""
    done = stage.backend.exec("witness", ["sh", "-c", f"cat /proc/$(pgrep -x {st.PROCESS})/stat"])
    words = done.out.rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


@case
def port_is_taken(stage):
    """Somebody else has its port: status 1 and one sentence that names it."""
    expect(stage.end_daemon() == 0, "it did not end well")
    with wire.make(stage.machine("witness"), socket.SOCK_STREAM, WITNESS, st.PORT, listen=1):
        done = stage.backend.exec("witness", [*st.AS_USER, st.DAEMON, f"--config={st.CONF}"], check=False)
    said = (done.out + done.err).strip()
    expect(done.code == 1, f"it ended with {done.code}: {said}")
    expect(len(said.splitlines()) == 1 and str(st.PORT) in said, f"it said: {said}")
    stage.run_daemon()
    works(stage)
