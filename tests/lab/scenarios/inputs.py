# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input: one sentence with the parameter's name, the right code, and nothing changed."""

import re

from backend import File
from bound import PREFIX, call, nothing_left, reason_says
from byhand import by_hand
from scenario import expect, scenario
from topology import NAME, VIRTUAL

CONFIGURED, INSTALLED, PERMISSION, HOST, GENERIC = 6, 5, 4, 2, 1
BOTH = " ".join(VIRTUAL)
LABEL = "a" * 60
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
ALONE = ("unshare", "--net", "sh", "-c", 'ip link set lo up; for a in 10.50.0.100/24 fd50::100/64; do '
         'ip address add $a dev lo; done; exec "$@"', "-")
OLD = """#!/bin/sh
/usr/sbin/postconf "$@" | sed 's/^mail_version = .*/mail_version = 2.11.3/'
"""
NAMES = (None, "", " ", "mail", "mail.", ".mail.test", "mail..test", "-mail.test", "ma_il.test", "mail.test ",
         "a b.test", "10.50.0.100", "fd50::100", "münchen.test",
         "mail.test\nx = y", "$(id).test", "${x}.test", "{mail}.test",
         f"{LABEL}.{LABEL}.{LABEL}.{LABEL}.{LABEL[:10]}", f"{LABEL}aaaa.test", "x" * 5000)
ADDRESSES = (None, "", " ", "mail.test", "10.50.0.100/24", "[fd50::100]", "10.50.0.256", "10.50.0", "fd50::100%lan",
             "127.0.0.1", "::1", "::ffff:127.0.0.1", "224.0.0.1", "ff02::1", "255.255.255.255", "0.0.0.0", "::",
             "fe80::1", "169.254.1.1", "10.50.0.100 10.50.0.100", "10.50.0.100 10.50.0.101",
             "fd50::100 FD50:0::100", "10.50.0.100,fd50::100", "10.50.0.100\nfd50::100", "$ip", "{}")
OTHERS = (
    ("public_ip", ("mail.test", "192.0.2.1 192.0.2.2", "192.0.2.1 2001:db8::1 192.0.2.3", "::1", "224.0.0.1", "${x}")),
    ("mta", ("qmail", "", "Postfix\n", "$mta")),
    ("config_dir", ("etc/postfix", "/", "/etc/../etc/postfix", "/etc/post fix", "/etc/$x", "/etc/\npostfix", "/{}")),
    ("binary", ("postfix", "/", "/usr/sbin/../sbin/postfix", "/usr/sbin/postfix -c /tmp", "/usr/sbin/$x")),
    ("parameters", ("-c /tmp", "start", "-", "-vx", "-v\n-v", "$x")),
    ("resolvers", ("ns.test", "10.50.0.53:53", "10.50.0.53#0", "10.50.0.53#70000", "0.0.0.0", "ff02::1",
                   "10.50.0.53 10.50.0.53", " ".join(f"10.0.0.{n}" for n in range(9)), "{}")),
    ("witnesses", ("w", "w.test/x.test", "mx:w.test", "w.test:0", "w.test:70000", "0.0.0.0", "w.test w.test:9322",
                   " ".join(f"10.0.0.{n}" for n in range(9)), "{}")),
    ("authkey", ("", "key", "/", "/etc/../key", "/etc/$x")),
    ("callback_port", ("", "0", "25", "65536", "smtp", "{1}")),
    ("callback", ("", "echo", "Smtp", "$x")),
    ("on_unverified", ("never", "", "Fail", "fail\n", "$x")),
    ("hold", ("maybe", "", "2", "${x}")),
    ("hold_max", ("", "soon", "-1", "1.5s", "10 s", "31000000", "1y", "99999999999999999999", "$x")),
    ("verify_timeout", ("", "0", "99ms", "11m", "5x", "{5}")),
    ("verify_interval", ("", "0", "999ms", "721h", "x", "5s\n")),
    ("require_quorum", ("perhaps", "", "${x}")),
    ("unbound_transports", ("a:b", "a/b", "local local", "x\ny", "$x")),
)
# Ring and foreign addresses are right as text; what they are is seen on the node.
PLACES = (({"ip": "10.99.0.1"}, CONFIGURED, "ip: "), ({"ip": "10.50.0.77"}, GENERIC, "ip: "),
          ({"ip": "10.50.0.100 fd50::77"}, GENERIC, "ip: "))
FILES = (
    ("no such folder", "true", {"config_dir": "/nowhere"}, INSTALLED, "config_dir: "),
    ("a file", "true", {"config_dir": "/etc/hostname.txt"}, INSTALLED, "config_dir: "),
    ("an empty folder", "mkdir /etc/pf", {"config_dir": "/etc/pf"}, INSTALLED, "config_dir: "),
    ("no master.cf", "cp -a /etc/postfix /etc/pf; rm /etc/pf/master.cf", {"config_dir": "/etc/pf"}, INSTALLED,
     "config_dir: "),
    ("main.cf is a folder", "mkdir -p /etc/pf/main.cf", {"config_dir": "/etc/pf"}, HOST, "config_dir: "),
    ("main.cf without =", "cp -a /etc/postfix /etc/pf; echo garbage >>/etc/pf/main.cf", {"config_dir": "/etc/pf"},
     HOST, "main.cf"),
    ("a name that leads to itself",
     "cp -a /etc/postfix /etc/pf; echo 'a = $b\nb = $a\nmyorigin = $a' >>/etc/pf/main.cf",
     {"config_dir": "/etc/pf"}, HOST, "config_dir: "),
    ("a short line in master.cf", "cp -a /etc/postfix /etc/pf; echo 'smtp inet n' >>/etc/pf/master.cf",
     {"config_dir": "/etc/pf"}, HOST, "master.cf"),
    ("a huge main.cf", "cp -a /etc/postfix /etc/pf; head -c 3000000 /dev/zero | tr '\\0' x >>/etc/pf/main.cf",
     {"config_dir": "/etc/pf"}, HOST, "config_dir: "),
    ("no such binary", "true", {"binary": "/opt/postfix"}, INSTALLED, "binary: "),
    ("binary is a folder", "true", {"binary": "/usr/sbin"}, HOST, "binary: "),
    ("binary cannot be run", "cp /usr/sbin/postfix /opt/pf; chmod 644 /opt/pf", {"binary": "/opt/pf"}, PERMISSION,
     "binary: "),
    ("no postconf beside it", "mkdir /opt/pf; cp /usr/sbin/postfix /opt/pf", {"binary": "/opt/pf/postfix"}, INSTALLED,
     "binary: "),
    ("too old", "mkdir /opt/pf; cp /usr/sbin/postfix /opt/pf; cp /root/old /opt/pf/postconf",
     {"binary": "/opt/pf/postfix"}, HOST, "2.11.3"),
)


def sentence(done, code, start):
    """Refused with this code and one line for people that begins with the parameter's name; returns complaints."""
    lines = done.err.splitlines()
    if done.code != code:
        return f"exit {done.code}, not {code}: {done.err.strip()!r}"
    if len(lines) != 1 or not lines[0].startswith(PREFIX):
        return f"not one sentence: {done.err!r}"
    text = lines[0].removeprefix(PREFIX)
    if not (text.startswith(start) or (not start.endswith(": ") and start in text)):
        return f"does not name {start!r}: {text!r}"
    return "" if 20 < len(text) < 500 and text.isprintable() else f"hard to read: {text!r}"


@scenario(audits=())
def bad_values(lab):
    """What is wrong wherever it is given: start and validate-all refuse with 6, stop and probe still tell the truth."""
    table = [("name", value) for value in NAMES] + [("ip", value) for value in ADDRESSES]
    table += [(name, value) for name, values in OTHERS for value in values]
    problems = []
    with by_hand(lab) as hand:
        before = hand.snapshot()
        for name, value in table:
            for action in ("start", "validate-all"):
                problem = sentence(call(lab, "node1", action, **{name: value}), CONFIGURED, f"{name}: ")
                if problem:
                    problems.append(f"{action} {name}={value!r:.60}: {problem}")
            codes = [call(lab, "node1", action, **{name: value}).code for action in ("monitor", "stop")]
            if codes != [7, 0]:
                problems.append(f"{name}={value!r:.60}: monitor, stop: {codes}")
        changed = before ^ hand.snapshot()
    expect(not problems, f"{len(problems)} of {len(table)} values: " + "\n  # ".join(problems))
    expect(before and not changed, f"changed by refusals: {sorted(changed)[:8]}")
    lab.say(f"{len(table)} bad values refused")


@scenario(audits=())
def bad_host(lab):
    """What is right as text and wrong on this node: files, programs, addresses, corosync."""
    problems = []
    lab.backend.write("node1", "/etc/hostname.txt", File("node1\n"))
    lab.backend.write("node1", "/root/old", File(OLD, mode=0o755))
    with by_hand(lab) as hand:
        for what, prepare, values, code, start in FILES:
            hand.shell(f"rm -rf /etc/pf /opt/pf; {prepare}")
            problems += refused(hand, what, values, code, start)
        hand.shell("rm -rf /etc/pf /opt/pf")
        for values, code, start in PLACES:
            problems += refused(hand, values["ip"], values, code, start)
        problems += not_readable(hand) + not_installed(hand)
        problems += refused(hand, "no corosync", {"within": ALONE}, GENERIC, "require_quorum: ")
    expect(not problems, "\n  # ".join(problems))
    nothing_left(lab, "node1")


def refused(hand, what, values, code, start):
    """start refuses and nothing has changed; returns complaints."""
    before = hand.snapshot()
    done = call(hand.lab, hand.node, "start", **values)
    found = [sentence(done, code, start)]
    changed = before ^ hand.snapshot()
    if changed:
        found.append(f"changed: {sorted(changed)[:6]}")
    if done.code == 0:
        call(hand.lab, hand.node, "stop", **values)
    return [f"{what}: {problem}" for problem in found if problem]


def not_readable(hand):
    """Settings this process may not read: root without its power over files."""
    hand.shell("cp -a /etc/postfix /etc/pf; chown nobody /etc/pf/main.cf; chmod 0 /etc/pf/main.cf")
    found = refused(hand, "main.cf unreadable", {"config_dir": "/etc/pf", "within": UNPRIVILEGED}, PERMISSION,
                    "config_dir: ")
    hand.shell("chown nobody /etc/pf; chmod 0 /etc/pf")
    found += refused(hand, "folder unreadable", {"config_dir": "/etc/pf", "within": UNPRIVILEGED}, PERMISSION,
                     "config_dir: ")
    hand.shell("rm -rf /etc/pf")
    return found


def not_installed(hand):
    """No Postfix on this node."""
    hand.shell("mv /usr/sbin/postfix /usr/sbin/postfix.away")
    found = refused(hand, "not installed", {}, INSTALLED, "binary: ")
    hand.shell("mv /usr/sbin/postfix.away /usr/sbin/postfix; mv /etc/postfix /etc/postfix.away")
    found += refused(hand, "purged", {}, INSTALLED, "config_dir: ")
    hand.shell("mv /etc/postfix.away /etc/postfix")
    return found


@scenario(audits=())
def bad_values_by_tools(lab):
    """pcs, crm and crm_resource refuse with our sentence and leave the configuration as it was."""
    good = {"name": NAME, "ip": BOTH}
    pcs = ["pcs", "resource", "create", "mta", "ocf:bindback:mta"]
    validate = ["crm_resource", "--validate", "--class", "ocf", "--provider", "bindback", "--agent", "mta"]
    crm = ["crm", "configure", "primitive", "mta", "ocf:bindback:mta", "params"]
    before = configuration(lab)
    for name, value in (("name", "ma_il.test"), ("ip", "127.0.0.1"), ("hold", "maybe"), ("config_dir", "postfix")):
        words = [f"{key}={text}" for key, text in {**good, name: value}.items()]
        for argv in (pcs + words + ["--agent-validation", "--disabled"], validate + words):
            done = lab.cluster.run(*argv, check=False, on="node1")
            expect(done.code != 0, f"{argv[0]} took {name}={value}")
            reason_says(done.out + done.err, f'{name}: "{value}" ')
    for argv in (pcs + [f"ip={BOTH}", "--disabled"], crm + [f"ip={BOTH}"], crm + [f"name={NAME}"],
                 crm + [f"name={NAME}", f"ip={BOTH}", "colour=blue"]):
        done = lab.cluster.run(*argv, check=False, on="node1")
        expect(done.code != 0, f"{' '.join(argv)} was taken")
        expect(re.search(r"\b(name|ip|colour)\b", done.out + done.err), f"{argv[0]} does not say what: {done.err}")
    expect(configuration(lab) == before, "a refused resource is in the configuration")
    words = [f"{key}={text}" for key, text in good.items()]
    lab.cluster.run(*validate, *words)
    lab.cluster.run(*crm, *words, "meta", "target-role=Stopped", on="node1")
    lab.cluster.run("crm", "configure", "delete", "mta", on="node1")
    lab.cluster.run(*pcs, *words, "--agent-validation", "--disabled", "--group", "mail", on="node1")


def configuration(lab):
    """The resources as the cluster has them."""
    return lab.cluster.run("cibadmin", "-Q", "-o", "resources").out
