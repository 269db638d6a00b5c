# SPDX-License-Identifier: GPL-2.0-or-later
"""Witnesses: hosts of the lab that run bindback-witness, the keys they share with the nodes, and what verdicts and
events tell of them."""

import re
import xml.etree.ElementTree as xml

import topology
from backend import File
from scenario import Skip, expect

PROGRAM = "/usr/sbin/bindback-witness"
PROCESS = "bindback-witnes"     # as the kernel cuts it
PORT = 9322
CONF, KEYS = "/etc/bindback/witness.conf", "/etc/bindback/witness.keys"
AUTHKEY = "/etc/bindback/authkey"
LOG = "witness.log"
VERDICT = "/tmp/verdict.xml"
STANDING = "/run/bindbackd/mta/live/verdict.xml"      # the guard's, made anew all the time
NAMES = {"remote": "mx.remote.test", "partner": "partner.cluster.test"}
OURS = "lab"        # the name of the cluster's key
WRONG = f"key {OURS} 1 {'f1' * 32}\n"
RULE = {"allow": topology.NAME, "ports": f"{PORT} 25"}
RIGHT = dict.fromkeys(("forward", "reverse", "source", "callback", "legacy"), "match")


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

    def key(self, *words, text=""):
        """`bindback witness-key` on its keys; when it runs it is started anew, as the keys are root's."""
        self.lab.backend.exec(self.host, ["bindback", "witness-key", *words, f"--file={KEYS}"], text=text)
        if self.task:
            self.stop()
            self.start()

    def start(self):
        """Run, until it listens."""
        # Not as nsenter's own child, which stops with it.
        self.task = self.lab.backend.spawn(self.host, ["sh", "-c", f"{PROGRAM}; exit $?"], LOG)
        self.lab.wait_until(f"the witness on {self.host} listens", self.listens)

    def listens(self):
        """Does it? When it has ended, say how."""
        expect(self.task.poll() is None, f"the witness on {self.host} ended: {self.log()[-3:]}")
        return self.lab.backend.exec(self.host, ["ss", "-Hltn", f"sport = :{PORT}"]).out

    def pid(self):
        """Its process, "" when there is none."""
        return self.lab.backend.exec(self.host, ["pgrep", "-x", PROCESS], check=False).out.strip()

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

    def key(self, *words):
        """`bindback witness-key` on node1; all nodes then have the file. What it says."""
        said = self.lab.backend.exec("node1", ["bindback", "witness-key", *words, f"--file={AUTHKEY}"]).out
        file = File(self.lab.backend.exec("node1", ["cat", AUTHKEY]).out, 0o600)
        for node in topology.NODES:
            self.touched.add(node)
            self.lab.backend.write(node, AUTHKEY, file)
        return said

    def secret(self):
        """What is handed to a witness."""
        return self.key("show", OURS)

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
            self.lab.backend.exec(one.host, ["pkill", "-KILL", "-x", PROCESS], check=False)
            self.lab.backend.exec(one.host, ["rm", "-f", CONF, KEYS])
        self.end()
        for node in self.touched:
            self.lab.backend.exec(node, ["rm", "-f", AUTHKEY])
        self.touched.clear()


def start(lab, host="remote", *, head=None, **rule):
    """A witness there with one key, which the nodes get too; it ends with the scenario. `rule` is the key's section."""
    if lab.backend.exec(host, ["test", "-x", PROGRAM], check=False).code != 0:
        raise Skip("the witness is not in the product layer")
    one = Witness(lab, host)
    if not lab.witnesses.touched:
        lab.witnesses.key("make", OURS)
    lab.witnesses.running.append(one)
    one.key("import", "-", text=lab.witnesses.secret())
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


def all_right(text, host="remote"):
    """The witness found every check right over both families."""
    for family in ("IPv4", "IPv6"):
        seen = outcomes(text, host, family)
        expect(seen == RIGHT, f"{family} at the witness: {seen}")


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


def wait_told(lab, number, code=None):
    """Until node1 has told such an event."""
    return lab.wait_until(f"event {number} {code or ''}", lambda: told(lab),
                          lambda seen: [one for one in seen if one[0] == number and code in (None, one[3])])


# -- what a node says when it is asked

def looks(hand, *options, status=0, name=topology.NAME, addresses=topology.VIRTUAL, host="remote"):
    """`bindback verify` with a witness, by hand; its verdict, which is kept for `explained`."""
    argv = ["bindback", "verify", f"--name={name}", *(f"--ip={one}" for one in addresses), f"--witness={NAMES[host]}",
            "--timeout=4s", "--output-as=xml", *options]
    done = hand.lab.backend.exec(hand.node, argv, check=False)
    expect(done.code == status, f"{' '.join(argv)}: {done.code}, not {status}: {done.err}{done.out}")
    hand.lab.verdicts.add(done.out)
    hand.lab.backend.write(hand.node, VERDICT, File(done.out))
    return done.out


def explained(hand, word=None, of=f"--file={VERDICT}"):
    """What `bindback explain` says of that verdict (or another), or of a word in its light, as one line."""
    words = [word] if word else []
    return " ".join(hand.run("bindback", "explain", *words, of, check=False).split())


def standing(lab, look, node="node1"):
    """A look at the guard's last verdict; None while there is none."""
    text = lab.read_verdict(node, STANDING)
    return look(text) if text else None


def made(text):
    """When a verdict was made."""
    return xml.fromstring(text).get("time")


def wait_status(lab, status):
    """Until the guard's verdict is this."""
    def told(text):
        return xml.fromstring(text).get("status")
    lab.wait_until(f"a verdict that is {status}", lambda: standing(lab, told), lambda seen: seen == status, 30)


def wait_seen(lab, wanted):
    """Until the guard has these outcomes of its witness over IPv4; what was said of the callback."""
    lab.wait_until(f"{wanted} at the witness", lambda: standing(lab, outcomes), lambda seen: seen == wanted, 30)
    return standing(lab, lambda text: evidence(text, "callback"))


def another_verdict(lab):
    """The guard's next one, as XML."""
    before = standing(lab, made)
    lab.wait_until("another verdict", lambda: standing(lab, made), lambda seen: seen not in (None, before), 30)
    return standing(lab, str)


def listens(lab, node):
    """What waits for calls on the node's port of callbacks."""
    return lab.backend.exec(node, ["ss", "-Hltn", f"sport = :{PORT}"]).out


def passed(lab, **wanted):
    """The firewall has counted packets of these kinds, or (False) none."""
    counted = lab.counters()
    for name, some in wanted.items():
        expect(bool(counted[name]) == some, f"the firewall counted {counted[name]} packets of {name}: {counted}")
