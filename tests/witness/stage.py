# SPDX-License-Identifier: GPL-2.0-or-later
"""The hosts of the witness's tests, its daemon, and who sends it binds.

    near 10.71.0.0/24 fd71::/64       far 10.70.0.0/24 fd70::/64        third 10.72.0.0/24 fd72::/64
    ----+-------------- router .1 ------+-------+-------+----- router ------+-------+----
      cluster .100                    witness  dns    victim              stranger  victim
                                        .9     .53     .66                  .99      .66
"""

import secrets
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import wire
from answers import Answers
from backend import File, Host, LabError, Link
from lab import Site
from scenario import expect
from topology import FORWARDING, resolv_conf

NETS = ("near", "far", "third")
WITNESS, CLUSTER, STRANGER = "10.70.0.9", "10.71.0.100", "10.72.0.99"
WITNESS6, CLUSTER6, STRANGER6 = "fd70::9", "fd71::100", "fd72::99"
VICTIM, VICTIM6, FAR_VICTIM = "10.70.0.66", "fd70::66", "10.72.0.66"
SERVER = "10.70.0.53"
PORT = 9322
KERNEL = (0, socket.IPPROTO_ICMPV6)     # neighbours and multicast listeners of IPv6
DAEMON, CLIENT = "/usr/sbin/bindback-witness", "/usr/libexec/bindclient"
PROCESS = "bindback-witness"[:15]
CONF, KEYS, LOG = "/etc/bindback/witness.conf", "/etc/bindback/witness.keys", "witness.log"
OWN_KEYS, OTHER_KEYS = "/etc/bindback/own.keys", "/etc/bindback/other.keys"
USER = "bindback"
RUN_DIR = "/run/bindback-witness"
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"]

# The numbers of core/msg/witness.h and core/witness/bind_end.h.
WAY_NONE, WAY_NAME, WAY_SOURCE = 0, 1, 2
ECHO, SMTP = 0, 1
RESULT, REFUSAL = 2, 3
(NOT_WANTED, VERIFIED, NO_ADDRESS, ADDRESS_DENIED, PORT_DENIED, REFUSED, TIMEOUT, UNREACHABLE, CLOSED,
 NOT_US) = range(10)
NAME_DENIED, RATE, BUSY, REPLAYED, UNREADABLE = range(1, 6)
END_DONE, END_REFUSED, END_UNREACHABLE, END_TIMEOUT, END_CLOSED, END_DENIED, END_MALFORMED = range(7)

# Who may what; a key "plain" has no section. "wide" has as much as the
# configuration takes, so what stops its callbacks is not a matter of that.
SECTIONS = """
[key good]
allow = .good.test

[key wide]
allow = .wide.test 10.0.0.0/8 240.0.0.0/5 fd00::/8 64:ff9b::/96 2002::/16

[key net]
allow = .net.test 10.72.0.0/24

[key ports]
allow = .ports.test 10.72.0.0/24
ports = 9322 25 9999

[key few]
allow = .few.test
per_minute = 5

[key lines]
allow = .lines.test
hosts = yes

[key busy]
allow = .busy.test
per_minute = 60000
at_once = 64

[key single]
allow = .single.test
at_once = 2
"""
KEY_NAMES = ("good", "wide", "net", "ports", "few", "single", "lines", "busy", "plain")
GENERAL = {"keys": KEYS, "connections": 600, "connections_each": 300, "address_per_minute": 60000, "handshake": "1s"}


def hosts():
    """Hosts as data."""
    routed = [Link(net, (f"10.7{number}.0.1/24", f"fd7{number}::1/64")) for net, number in
              (("near", 1), ("far", 0), ("third", 2))]
    def host(name, number, *places, **more):
        links = [Link(net, (f"10.7{prefix}.0.{last}/24", f"fd7{prefix}::{last}/64")) for net, prefix, last in places]
        gateway = places[0][1]
        return Host(name, number, links, (f"10.7{gateway}.0.1", f"fd7{gateway}::1"), **more)
    return [Host("router", 1, routed, sysctl=FORWARDING),
            host("witness", 9, ("far", 0, 9), files={"/etc/resolv.conf": resolv_conf(SERVER)}),
            host("dns", 53, ("far", 0, 53)),
            host("victim", 66, ("far", 0, 66), ("third", 2, 66)),
            host("cluster", 100, ("near", 1, 100)),
            host("stranger", 99, ("third", 2, 99))]


@dataclass
class Outcome:
    """What a bind came to, as bindclient prints it; codes are numbers."""
    end: int
    type: int
    called: bool
    words: dict = field(default_factory=dict)

    @property
    def call(self):
        """How the callback ended; None: there is no result."""
        return int(self.words["call"]) if "call" in self.words else None

    @property
    def refusal(self):
        """Code of the refusal, or None."""
        return int(self.words["refusal"]) if "refusal" in self.words else None

    @property
    def ms(self):
        """How long it took."""
        return int(self.words["us"]) / 1000


def outcome(line):
    """Read a line of bindclient's."""
    head, _, said = line.partition(" said=")
    words = dict(word.split("=", 1) for word in head.split())
    words["said"] = said
    return Outcome(int(words["end"]), int(words["type"]), words["called"] == "1", words)


class Seen:
    """What the witness sent, and what came to the victim, while a block was executed."""

    def __init__(self, witness, victim, asked):
        self.witness, self.victim, self.asked = witness, victim, asked

    @property
    def calls(self):
        """[(address, port)] of the connections that the witness began: repeated SYNs of one count once."""
        syns = {(one.source, one.sport, one.target, one.dport) for one in self.witness
                if one.out and one.proto == socket.IPPROTO_TCP and one.flags & (wire.SYN | wire.ACK) == wire.SYN
                and one.dport != 53}
        return sorted((target, port) for _, _, target, port in syns)

    @property
    def at_victim(self):
        """Packets of the witness that came to the victim, but for those of its kernel's own."""
        return [one for one in self.victim if not one.out and one.source in (WITNESS, WITNESS6)
                and one.proto not in KERNEL]

    def strays(self, *peers):
        """Packets that left the witness for anybody else than its nameserver and these."""
        return [one for one in self.witness if one.out and one.proto not in KERNEL
                and one.target not in (SERVER, *peers)]

    def payload_to(self, address, port=None):
        """Bytes of TCP that the witness sent there as the one who called."""
        return sum(one.size for one in self.witness if one.out and one.proto == socket.IPPROTO_TCP
                   and one.target == address and port in (None, one.dport))


class Stage(Site):
    """Boots the hosts; runs the daemon; sends binds."""

    def __init__(self, backend, say):
        super().__init__(backend, say)
        self.secrets = {name: secrets.token_hex(32) for name in KEY_NAMES}
        self.daemon = self.names = None
        self.taps, self.log_mark = {}, 0

    def machine(self, name):
        """For wire."""
        return self.backend.machines[name]

    def boot(self):
        """The hosts."""
        for net in NETS:
            self.backend.add_net(net)
        for host in hosts():
            self.backend.start(host)
        self.backend.exec("witness", ["install", "-d", f"--owner={USER}", f"--group={USER}", RUN_DIR])

    def start(self):
        """Everything but the daemon."""
        self.boot()
        self.names = Answers(self.machine("dns"), SERVER)
        self.taps = {name: wire.Tap(self.machine(name)) for name in ("witness", "victim")}
        own = {**self.secrets, "stranger": secrets.token_hex(32)}
        wrong = {name: secrets.token_hex(32) for name in self.secrets}
        for host in ("cluster", "stranger"):
            self.backend.write(host, OWN_KEYS, File(key_text(own), mode=0o600))
            self.backend.write(host, OTHER_KEYS, File(key_text(wrong), mode=0o600))
        self.configure()

    # -- the daemon

    def configure(self, sections=SECTIONS, **general):
        """Write its files; not yet read."""
        lines = "".join(f"{word} = {value}\n" for word, value in {**GENERAL, **general}.items())
        self.write_files(lines + sections)

    def write_files(self, text):
        """Configuration and keys."""
        self.backend.write("witness", CONF, File(text))
        self.backend.write("witness", KEYS, File(key_text(self.secrets), mode=0o600, owner=f"{USER}:{USER}"))

    def run_daemon(self, *prefix):
        """Start it, as the user it is meant for, and wait until it listens."""
        expect(not self.daemon or self.daemon.poll() is not None, "the witness runs already")
        self.log_mark = len(self.log())
        self.daemon = self.backend.spawn("witness", [*prefix, *AS_USER, DAEMON, f"--config={CONF}"], LOG)
        self.wait_until("the witness listens", self.listens)

    def listens(self):
        """Is its port open? (No connection: that would be counted.)"""
        if self.daemon.poll() is not None:
            raise LabError(f"the witness ended with {self.daemon.returncode}: {self.log()[self.log_mark:]}")
        return f":{PORT} " in self.backend.exec("witness", ["ss", "-Hltn"]).out

    def signal(self, name, check=True):
        """Send it a signal."""
        self.backend.exec("witness", ["pkill", f"-{name}", "-x", PROCESS], check=check)

    def end_daemon(self, deadline=10):
        """SIGTERM; its exit status."""
        self.signal("TERM", check=False)        # it may have ended just now
        self.wait_until("the witness has ended", lambda: self.daemon.poll() is not None, deadline=deadline)
        return self.daemon.returncode

    def again(self, *prefix, **general):
        """Another configuration from the beginning."""
        status = self.end_daemon()
        expect(status == 0, f"it ended with {status}: {self.log()[-2000:]}")
        self.configure(**general)
        self.run_daemon(*prefix)

    def log(self):
        """What it has said."""
        path = self.backend.log_dir("witness") / LOG
        return path.read_text(errors="replace") if path.exists() else ""

    def status(self, word):
        """A number of its /proc/PID/status."""
        done = self.backend.exec("witness", ["sh", "-c", f"cat /proc/$(pgrep -x {PROCESS})/status"])
        return next(int(line.split()[1]) for line in done.out.splitlines() if line.startswith(word + ":"))

    def files(self):
        """How many descriptors it has."""
        done = self.backend.exec("witness", ["sh", "-c", f"ls /proc/$(pgrep -x {PROCESS})/fd | wc -l"])
        return int(done.out)

    # -- binds

    def binds(self, key, name, *options, source=CLUSTER, addrs=None, keys=OWN_KEYS, host="cluster", serial=0,
              server=None, timeout=60):
        """Send binds; [Outcome]. IPv6 goes to the witness's own address of that family."""
        server = server or (f"{WITNESS6}#{PORT}" if ":" in source else f"{WITNESS}#{PORT}")
        sender = " ".join([key, str(serial), name, source, *(addrs or [source])])
        done = self.backend.exec(host, [CLIENT, *map(str, options), server, keys], text=sender + "\n", timeout=timeout)
        return [outcome(line) for line in done.out.splitlines()]

    def bind(self, key, name, *options, **more):
        """Send one."""
        return self.binds(key, name, *options, **more)[0]

    @contextmanager
    def watch(self):
        """Seen of a block."""
        marks = {name: tap.mark() for name, tap in self.taps.items()}
        asked = len(self.names.asked)
        seen = Seen([], [], [])
        yield seen
        # A packet on its way from here to the victim is there before a later one.
        with wire.make(self.machine("witness"), socket.SOCK_DGRAM) as last:
            last.sendto(b"", (VICTIM, wire.DISCARD))
        self.wait_until("the last packet is at the victim", lambda: any(
            one.dport == wire.DISCARD and one.target == VICTIM
            for one in self.taps["victim"].packets[marks["victim"]:]))
        ends = {name: tap.mark() for name, tap in self.taps.items()}
        seen.witness, seen.victim = ([one for one in self.taps[name].packets[marks[name]:ends[name]]
                                      if (one.target, one.dport) != (VICTIM, wire.DISCARD)] for name in self.taps)
        seen.asked = self.names.asked[asked:]

    def settle(self, what, probe, wanted):
        """Wait until something is so, and say it as an expectation."""
        self.wait_until(what, probe, wanted)


def key_text(keys):
    """A key file."""
    return "".join(f"key {name} 1 {secret}\n" for name, secret in keys.items())


def unpaced(function):
    """How long a call took, in seconds, and what it gave."""
    began = time.monotonic()
    found = function()
    return time.monotonic() - began, found
