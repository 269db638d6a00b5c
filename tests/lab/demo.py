# SPDX-License-Identifier: GPL-2.0-or-later
"""The story that tests/demo tells. Each step checks what it shows, so the demo is a test, too."""

import argparse
import os
import re
import signal
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import audit
import product
import tree
from backend import LabError
from bound import answers, held, nothing_left, wait_verdict
from lab import Lab, keep_up
from namespaces import Namespaces
from scenario import Expectation, expect, mail_group
from topology import NAME, VIRTUAL

PICTURE = """
     node1       node2       node3          corosync, Pacemaker, Postfix on each
       |           |           |
   ----+-----+-----+-----+-----+----  lan   10.50.0.0/24  fd50::/64
             |           |
       ns1, ns2       firewall              passes port 25 only from the virtual addresses
                         |                  10.50.0.100 and fd50::100 (mail.cluster.test)
   ----+-----------+-----+-----+----  wan
       |           |           |
     auth1       auth2       remote         strict: PTR, its address and the EHLO name must agree
"""
NEXT = """
What to try next:
    sudo tests/demo --keep                 the same, and the lab stays up to look around in
    sudo tests/lab/run --list              more stories: loss of a node, a cut link, stale caches ...
    sudo tests/lab/run -v node_loss        tell one of them
    sudo tests/check                       everything that is tested
The README's "Install" has the three lines for a cluster of your own."""
OPS = [("start", "0s", "30s"), ("stop", "0s", "20s"), ("monitor", "10s", "20s"), ("monitor", "5s", "20s", 20)]
STEP_WAIT, LINE_WAIT, HEARTBEAT = 2.5, 0.8, 15


class Screen:
    """Plain text; on a terminal with colours, at a pace one can read, and with a sign of life."""

    def __init__(self):
        self.terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.colours = self.terminal and "NO_COLOR" not in os.environ
        self.step = 0

    def paint(self, code, text):
        """The text in a colour where there are colours."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours else text

    def pause(self, seconds):
        """Time to read."""
        if self.terminal:
            time.sleep(seconds)

    def line(self, text=""):
        """Text as it is."""
        print(text, flush=True)

    def title(self, text):
        """A new step."""
        self.pause(STEP_WAIT if self.step else 0)
        self.step += 1
        self.line("\n" + self.paint("1;36", f"{self.step}. {text}"))

    def proved(self, text):
        """Something that was checked and is so."""
        self.line(self.paint("32", f"   -> {text}"))
        self.pause(LINE_WAIT)

    def output(self, prompt, text):
        """A command and what it said."""
        self.line(self.paint("1", f"   {prompt}"))
        for line in text.rstrip().splitlines():
            self.line(f"      {line}")
        self.pause(LINE_WAIT)

    @contextmanager
    def busy(self, text, log=None):
        """Something that takes a while: how long it has been and what it is at."""
        began, end = time.monotonic(), threading.Event()
        self.line(f"{text} ...")

        def tick():
            while not end.wait(0.5 if self.terminal else HEARTBEAT):
                self._alive(time.monotonic() - began, last_line(log))

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield
        finally:
            end.set()
            ticker.join()
            if self.terminal:
                print("\r\x1b[K", end="")
        self.line(f"    done after {time.monotonic() - began:.0f} s")

    def _alive(self, seconds, at):
        text = f"    {seconds:3.0f} s  {at}"[:78]
        if self.terminal:
            print(f"\r\x1b[K{text}", end="", flush=True)
        else:
            self.line(text)


def last_line(path):
    """What a log that is being written said last, made printable."""
    if not path or not path.exists():
        return ""
    lines = path.read_bytes()[-400:].decode("utf-8", "replace").split("\n")
    found = [line for line in lines if line.strip()]
    return "".join(c for c in found[-1] if c.isprintable()) if found else ""


def stamp(lab, host, pattern):
    """When a line was logged on a host (seconds), the first since the last reset; waits for it."""
    lines = lab.wait_until(f"{pattern} on {host}", lambda: [x for x in lab.log(host) if re.search(pattern, x)])
    return float(lines[0].split()[0])


class Story:
    """The steps, in order."""

    def __init__(self, lab, screen):
        self.lab, self.screen = lab, screen

    def shell(self, host, *argv, wanted=0, keep="", until=None):
        """Run a command in a host and show it; its exit code must be as wanted.

        Only lines that match `keep` are shown, and none from the first on that matches `until`.
        """
        done = self.lab.backend.exec(host, argv, check=False)
        every = done.out.splitlines()
        end = next((at for at, line in enumerate(every) if until and re.search(until, line)), len(every))
        lines = [line for line in every[:end] if re.search(keep, line)]
        if end < len(every):
            lines.append(f"... and {len(every) - end} more lines")
        self.screen.output(f"{host}# {' '.join(argv)}", "\n".join(lines))
        expect(done.code == wanted, f"{' '.join(argv)} on {host} ended with {done.code}, not {wanted}: {done.err}")
        return done.out

    def tell(self):
        """The whole."""
        self.start()
        self.mail("node1")
        self.status("node1", "verified")
        self.move()
        self.mail("node2")
        numbers = self.lose_pointer()
        self.repair(numbers)

    def start(self):
        """The group on node1."""
        self.screen.title("The mail server starts on node1, behind its virtual addresses")
        group = mail_group(ops=OPS, verify_timeout="4s", verify_interval="5s", remotes="mx:remote.test")
        self.lab.cluster.create(group, on="node1")
        self.lab.cluster.wait_active("node1")
        wait_verdict(self.lab, "node1", "verified")
        answers(self.lab, "node1")
        self.shell("node1", "pcs", "resource", "config", "mta", keep="Resource|name=|ip=|remotes=")
        self.shell("node1", "crm_mon", "-1", "-r", keep=r"vip|mta")

    def mail(self, node):
        """One message, seen at the remote."""
        self.screen.title(f"Mail from {node}, as the remote sees it")
        numbers = self.lab.stream.submit_on(node)
        self.lab.stream.wait_arrived(numbers)
        mail, = [one for one in self.lab.remote.deliveries() if one.number in numbers]
        self.screen.output(f"at the remote: message {mail.number}",
                           f"peer address  {mail.peer}\nEHLO          {mail.ehlo}\nReceived      {mail.received}")
        expect(mail.peer in VIRTUAL and mail.ehlo == NAME, f"from {mail.peer} as {mail.ehlo}")
        self.screen.proved(f"a virtual address and the cluster's name: nothing tells that it was {node}")

    def status(self, node, verdict):
        """bindback status there."""
        self.screen.title("What bindback knows about it")
        text = self.shell(node, "bindback", "status")
        expect(verdict in text, f"no {verdict} in the status")
        text = self.shell(node, "bindback", "verify", "--resource=mta", keep=r"VERIFIED|takes us|mx\.remote\.test")
        expect(text.count("mx.remote.test (") == 2, "the remote was not asked over both families")
        self.screen.proved("the strict remote itself was asked, without a message: it takes us, by IPv4 and by IPv6")

    def move(self):
        """A planned failover, watched by a host outside that connects ten times a second."""
        self.screen.title("Fail over: the group moves to node2")
        began = time.monotonic()
        self.lab.cluster.move("node2")
        took = time.monotonic() - began
        wait_verdict(self.lab, "node2", "verified")
        answers(self.lab, "node2")
        nothing_left(self.lab, "node1")
        self.shell("node2", "bindback", "status")
        outage = self.lab.wait_until("the outage has ended", self.lab.outage)
        self.screen.proved(f"moved in {took:.1f} s; a host outside, which tries every 0.1 s, "
                           f"got no answer for {outage:.1f} s")
        self.screen.proved("and the name was proved again, from node2, before the first mail left")

    def lose_pointer(self):
        """The PTR records name the node; the standing verification finds it, mail is kept."""
        self.screen.title("Somebody 'fixes' the reverse zone: the PTR of 10.50.0.100 now names node2")
        self.lab.dns.change(lambda zones: zones.pointer(VIRTUAL[0], "node2.cluster.test"))
        self.shell("client", "kdig", "+short", "@10.50.0.53", "-x", VIRTUAL[0])
        self.screen.line("   waiting for the monitor at level 20 (every 5 s here) to verify again ...")
        wait_verdict(self.lab, "node2", "failed")
        text = self.shell("node2", "bindback", "explain", wanted=2, until=r"^ *2\. ")
        expect(re.search(rf"^ +100\.0\.50\.10\.in-addr\.arpa\. .*PTR {NAME}\.$", text, re.M), "no PTR line to paste")
        self.screen.proved("laid to us, with the line to paste into the zone")
        self.screen.title("Meanwhile mail waits: the remote would turn it away")
        before = len(self.lab.remote.deliveries())
        numbers = self.lab.stream.submit_on("node2", 3)
        held(self.lab, "node2", 3, before)
        self.shell("node2", "postqueue", "-p")
        self.status_held()
        self.screen.proved("three messages in the queue; postqueue -f did not let them out; nothing bounced")
        return numbers

    def status_held(self):
        """Held, and said so."""
        text = self.shell("node2", "bindback", "status", wanted=2)
        expect("HELD" in text, "the status does not say that mail is held")

    def repair(self, numbers):
        """The records are right again: verified, released, arrived."""
        self.screen.title("The PTR is repaired")
        marks = self.lab.marks["node2", "syslog"]
        self.lab.marks["node2", "syslog"] = (self.lab.backend.log_dir("node2") / "syslog").stat().st_size
        self.lab.marks["remote", "syslog"] = (self.lab.backend.log_dir("remote") / "syslog").stat().st_size
        repaired = time.time()
        self.lab.dns.repair()
        wait_verdict(self.lab, "node2", "verified")
        self.lab.stream.wait_arrived(numbers)
        released = stamp(self.lab, "node2", "remote delivery is released")
        first = stamp(self.lab, "remote", r"client=mail\.cluster\.test\[")
        self.lab.marks["node2", "syslog"] = marks
        self.shell("node2", "bindback", "status")
        self.shell("node2", "postqueue", "-p")
        later = f"{(first - released) * 1000:.0f} ms later" if first > released else "at once"
        self.screen.proved(f"seen and released {released - repaired:.1f} s after the repair, by the guard; "
                           f"the first message was at the remote {later}")


def closing(lab, screen):
    """Stop everything, and what must have been true all the time."""
    screen.title("Stopping, and looking back at the whole")
    lab.read_verdicts()
    lab.read_views()
    lab.cluster.stop_all()
    nothing_left(lab, "node2")
    findings = [check(lab) for check in audit.STANDARD]
    for finding, check in zip(findings, audit.STANDARD):
        screen.line(f"   {finding.looked:4} looked at: {check.__doc__}")
    failed = [finding.line() for finding in findings if finding.failed()]
    expect(not failed, " / ".join(failed))
    screen.proved("all of it so")


def options():
    """The command line."""
    parser = argparse.ArgumentParser(prog="tests/demo", allow_abbrev=False)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--layer", type=Path)
    parser.add_argument("--build", type=Path)
    return parser.parse_args()


def prepare(wanted, screen, folder):
    """Build what is missing, boot the lab."""
    with screen.busy("Building bindback"):
        layer = product.layer(folder, wanted.layer, wanted.build)
    with screen.busy("Preparing the root tree of the hosts (cached; about a minute the first time)",
                     tree.cache() / "build.log"):
        root = tree.ensure(lambda text: None)
    return Lab(Namespaces([layer, root]), root, lambda text: None)


def play(lab, wanted, screen):
    """Boot, tell, close; the exit code."""
    with screen.busy("Booting three cluster nodes, a firewall, four name servers and a strict remote"):
        lab.start()
        lab.reset()
    screen.line(PICTURE)
    screen.pause(STEP_WAIT)
    try:
        Story(lab, screen).tell()
        if wanted.keep:
            screen.line()
            keep_up()
        closing(lab, screen)
    except (LabError, Expectation) as problem:
        folder = Path(tempfile.mkdtemp(prefix="bindback-demo-"))
        lab.dump(folder)
        screen.line(screen.paint("1;31", f"\nThis step did not show what it should: {problem}\nLogs: {folder}"))
        return 1
    screen.line(NEXT)
    return 0


def main():
    """Set up, play, and leave nothing behind."""
    wanted, screen, lab = options(), Screen(), None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with product.workplace() as folder:
        try:
            lab = prepare(wanted, screen, folder)
            return play(lab, wanted, screen)
        except KeyboardInterrupt:
            screen.line("\ninterrupted")
            return 0 if wanted.keep else 130
        except LabError as problem:
            screen.line(f"demo: {problem}")
            return 1
        finally:
            if lab:
                screen.line("\nEnding the lab; nothing of it stays but the cached tree and build in "
                            f"{tree.cache()}")
                lab.close()


if __name__ == "__main__":
    sys.exit(main())
