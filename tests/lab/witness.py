# SPDX-License-Identifier: GPL-2.0-or-later
"""Witnesses: hosts of the lab that run bindback-witness, the keys they share with the nodes, and what verdicts and events
say that they saw."""

import re
import xml.etree.ElementTree as xml

import topology
from backend import File
from scenario import Skip, expect

PROGRAM = "/usr/sbin/bindback-witness"
PORT = 9322
CONF, KEYS = "/etc/bindback/witness.conf", "/etc/bindback/witness.keys"
AUTHKEY = "/etc/bindback/authkey"
LOG = "witness.log"
VERDICT = "/tmp/verdict.xml"
NAMES = {"remote": "mx.remote.test", "partner": "partner.cluster.test"}
SECRETS = {1: "1f" * 32, 2: "2e" * 32}
WRONG = {1: "f1" * 32}
OURS = "lab"
RULE = {"allow": topology.NAME, "ports": f"{PORT} 25"}
CHECKS = ("forward", "reverse", "source", "callback", "legacy")


def keyring(*serials, name=OURS, secrets=None):
    """A file of keys with these."""
    return File("".join(f"key {name} {serial} {(secrets or SECRETS)[serial]}\n" for serial in serials), 0o600)


def conf(rule, head):
    """witness.conf: lines for all, and the rule of the cluster's key."""
    def lines(values):
        return "".join(f"{word} = {value}\n" for word, value in values.items())
    return File(f"keys = {KEYS}\n{lines(head)}\n[key {OURS}]\n{lines({**RULE, **rule})}")


class Witness:
    """One witness, in the foreground of its host."""

    def __init__(self, lab, host):
        self.lab, self.host, self.task = lab, host, None

    def set(self, *, head=None, **rule):
        """Write its configuration."""
        self.lab.backend.write(self.host, CONF, conf(rule, head or {}))

    def share(self, *serials, **more):
        """Other keys from now on."""
        self.lab.backend.write(self.host, KEYS, keyring(*serials, **more))
        if self.task:
            self.signal("HUP")

    def start(self):
        """Run, until it listens."""
        self.task = self.lab.backend.spawn(self.host, [PROGRAM], LOG)
        self.lab.wait_until(f"the witness on {self.host} listens", self.listens)

    def listens(self):
        """Does it? When it has ended, say how."""
        expect(self.task.poll() is None, f"the witness on {self.host} ended: {self.log()[-3:]}")
        return self.lab.backend.exec(self.host, ["ss", "-Hltn", f"sport = :{PORT}"]).out

    def pid(self):
        """Its process, "" when there is none."""
        return self.lab.backend.exec(self.host, ["pgrep", "-x", "bindback-witnes"], check=False).out.strip()

    def signal(self, name):
        """Send it one."""
        self.lab.backend.exec(self.host, ["kill", f"-{name}", self.pid()])

    def stop(self):
        """Ended as a service manager would, and in good order."""
        self.signal("TERM")
        self.lab.wait_until(f"the witness on {self.host} ended", self.task.poll, lambda code: code is not None)
        expect(self.task.poll() == 0, f"the witness on {self.host} ended with {self.task.poll()}: {self.log()[-3:]}")

    def kill(self):
        """As if the host's kernel had run out of memory."""
        self.signal("KILL")
        self.lab.wait_until(f"the witness on {self.host} is gone", self.pid, lambda pid: not pid)
        self.task.wait()

    def log(self):
        """What it has said since the last reset."""
        return self.lab.log(self.host, LOG)


class Witnesses:
    """Those that run, and the nodes' keys; reset ends the one and mends the other."""

    def __init__(self, lab):
        self.lab, self.running, self.touched = lab, [], set()

    def give(self, *serials, name=OURS, nodes=topology.NODES):
        """The nodes get these keys."""
        for node in nodes:
            self.touched.add(node)
            self.lab.backend.write(node, AUTHKEY, keyring(*serials, name=name))

    def end(self):
        """No witness runs any more."""
        for one in self.running:
            if one.task and one.task.poll() is None:
                one.task.kill()
                one.task.wait()
        self.running.clear()

    def reset(self):
        """No witness, no keys."""
        for one in self.running:
            self.lab.backend.exec(one.host, ["sh", "-c", f"rm -f {CONF} {KEYS}; pkill -KILL -x bindback-witnes"], check=False)
        self.end()
        for node in self.touched:
            self.lab.backend.exec(node, ["rm", "-f", AUTHKEY])
        self.touched.clear()


def start(lab, host="remote", *, head=None, **rule):
    """A witness there with one key, which the nodes get too; it ends with the scenario. `rule` is the key's section."""
    if lab.backend.exec(host, ["test", "-x", PROGRAM], check=False).code != 0:
        raise Skip("the witness is not in the product layer")
    one = Witness(lab, host)
    lab.witnesses.running.append(one)
    lab.witnesses.give(1)
    one.share(1)
    one.set(head=head, **rule)
    one.start()
    return one


# -- what verdicts tell

def observations(text):
    """What witnesses saw, by a verdict's XML: {(host, check, family): its element}."""
    root = xml.fromstring(text)
    return {(one.get("host"), one.get("check"), one.get("family")): one
            for one in root.iter("observation") if one.get("vantage") == "witness"}


def outcomes(text, host="remote", family="IPv4"):
    """The outcome of each check at a witness over one family."""
    return {check: one.get("outcome") for (where, check, which), one in observations(text).items()
            if where == NAMES[host] and which == family}


def evidence(text, check, host="remote", family="IPv4"):
    """What was said to it."""
    found = observations(text).get((NAMES[host], check, family))
    return "" if found is None else "".join(found.itertext())


def reasons(text):
    """(class, blame) of each reason of a verdict."""
    return {(one.get("class"), one.get("blame")) for one in xml.fromstring(text).iter("reason")}


EVENT = re.compile(r"event (\d+): (.*?), ([A-Z_]+); index (\d+), code (\d+)")


def read_events(text):
    """(number, class, family, code) of each event that a text tells."""
    return [(one[1], one[3], one[2][-4:], one[5]) for one in EVENT.finditer(text)]


def told(lab, node="node1"):
    """The same of a node's log."""
    return [event for line in lab.log(node) if ": mta: event " in line for event in read_events(line)]


# -- what a node says when it is asked

def looks(hand, *options, status=0, name=topology.NAME, addresses=topology.VIRTUAL, host="remote"):
    """`bindback verify` with a witness, by hand; its verdict, which is kept for `explained`. Status None: verified or
    degraded."""
    argv = ["bindback", "verify", f"--name={name}", *(f"--ip={one}" for one in addresses), f"--witness={NAMES[host]}",
            "--timeout=4s", "--output-as=xml", *options]
    done = hand.lab.backend.exec(hand.node, argv, check=False)
    expect(done.code == status or status is None and done.code in (0, 1), f"{' '.join(argv)}: {done.code}, not {status}: {done.err}{done.out}")
    hand.lab.verdicts.add(done.out)
    hand.lab.backend.write(hand.node, VERDICT, File(done.out))
    return done.out


def explained(hand, word=None):
    """What `bindback explain` says of that verdict, or of a word in its light, as one line."""
    words = [word] if word else []
    return " ".join(hand.run("bindback", "explain", *words, f"--file={VERDICT}", check=False).split())
