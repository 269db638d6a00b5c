# SPDX-License-Identifier: GPL-2.0-or-later
"""What it takes to verify the records of 1, 100 and 10,000 names, beside dnsperf with the same questions to the same
server, turn by turn.

The node's only nameserver is the lab's first Knot, which also has the zones; so every question goes there. Mail
servers are not asked: a resource has sixteen at most.
"""

import json
import re
from pathlib import Path

import topology
from backend import File
from figures import BenchError, figure, number, spread, table

NODE, SERVER, ADDRESS = "node1", "auth1", "10.60.0.53"
COUNTS = (1, 100, 10000)
INSIDE = Path(__file__).resolve().parent / "inside"
FORWARD, REVERSE = "many.test", "70.10.in-addr.arpa"
SOA = "{zone}. 300 SOA ns.many.test. admin.many.test. 1 60 10 3600 60\n{zone}. 300 NS ns.many.test.\n"
PEER = re.compile(r"Queries per second:\s+([0-9.]+)")
LOST = re.compile(r"Queries lost:\s+(\d+)")
CONF = """
  - domain: many.test
  - domain: 70.10.in-addr.arpa
"""


def entry(index):
    """(name, address, reverse name) of one."""
    high, low = divmod(index, 256)
    return f"mail{index}.{FORWARD}", f"10.70.{high}.{low}", f"{low}.{high}.{REVERSE}"


def zones():
    """Both zones as master files."""
    forward, reverse = SOA.format(zone=FORWARD) + f"ns.many.test. 300 A {ADDRESS}\n", SOA.format(zone=REVERSE)
    for index in range(max(COUNTS)):
        name, address, pointer = entry(index)
        forward += f"{name}. 300 A {address}\n"
        reverse += f"{pointer}. 300 PTR {name}.\n"
    return {FORWARD: forward, REVERSE: reverse}


def serve(lab):
    """The server gets the zones, the node that server alone."""
    backend = lab.backend
    conf = backend.exec(SERVER, ["cat", "/etc/knot/knot.conf"]).out
    for zone, text in zones().items():
        backend.write(SERVER, f"/var/lib/knot/zones/{zone}.zone", File(text, owner="knot:knot"))
    backend.write(SERVER, "/etc/knot/knot.conf", File(conf.rstrip("\n") + CONF))
    backend.exec(SERVER, ["knotc", "-b", "reload"])
    backend.write(NODE, "/etc/resolv.conf", topology.resolv_conf(ADDRESS))
    backend.write(NODE, "/lab/survey.py", File((INSIDE / "survey.py").read_text()))
    lab.wait_until("the zones are served", lambda: lab.dns.ask(NODE, ADDRESS, entry(0)[0], "A"))


def prepare(lab):
    """Lists for us, and the same questions for dnsperf: what a verification asks of each name."""
    for count in COUNTS:
        entries = [entry(index) for index in range(count)]
        lines = [f"{name} {address}\n" for name, address, _ in entries]
        asked = [f"{name} A\n{name} AAAA\n{pointer} PTR\n{name} SOA\n" for name, _, pointer in entries]
        lab.backend.write(NODE, f"/tmp/names{count}", File("".join(lines)))
        lab.backend.write(NODE, f"/tmp/asked{count}", File("".join(asked)))


def ours(lab, count):
    """One survey, measured; every name must come out verified."""
    argv = ["python3", "-ISB", "/lab/survey.py", "bindback", "survey", f"--list=/tmp/names{count}"]
    found = json.loads(lab.backend.exec(NODE, argv, timeout=120).out)
    if found["code"] != 0 or found["last"] != f"{count} verified, of {count}":
        raise BenchError(f"a survey of {count} names ended with {found['code']}: {found['last']}")
    return {**found, "rate": found["datagrams"] / found["seconds"]}


def theirs(lab, count):
    """dnsperf's rate; few questions are asked again and again."""
    again = max(1, 10000 // count)
    argv = ["dnsperf", "-s", ADDRESS, "-d", f"/tmp/asked{count}", "-n", str(again)]
    text = lab.backend.exec(NODE, argv, timeout=120).out
    rate, lost = PEER.search(text), LOST.search(text)
    if not rate or not lost:
        raise BenchError(f"dnsperf said: {text[-300:]}")
    return {"rate": float(rate[1]), "lost": int(lost[1])}


def measure(lab, rounds):
    """{count: figures}."""
    serve(lab)
    prepare(lab)
    found = {count: [] for count in COUNTS}
    for one in range(rounds):
        lab.say(f"# names, round {one + 1} of {rounds}")
        for count in COUNTS:
            pair = {**ours(lab, count), "peer": theirs(lab, count)["rate"]}
            found[count].append({**pair, "share": pair["rate"] / pair["peer"]})
    return {str(count): {what: figure([sample[what] for sample in samples])
                         for what in ("seconds", "peak_kib", "files", "datagrams", "rate", "peer", "share")}
            for count, samples in found.items()}


def per_name_kib(names):
    """How memory grows with the list."""
    few, many = min(COUNTS), max(COUNTS)
    return (names[str(many)]["peak_kib"].median - names[str(few)]["peak_kib"].median) / (many - few)


def show(names):
    """The table."""
    heads = ["names", "seconds", "questions", "questions/s", "dnsperf/s", "ours/theirs", "peak MiB", "descriptors"]
    rows = []
    for count in map(str, COUNTS):
        one = names[count]
        rows.append([count, spread(one["seconds"]), f"{one['datagrams'].median:.0f}", number(one["rate"].median),
                     number(one["peer"].median), number(one["share"].median),
                     number(one["peak_kib"].median / 1024), f"{one['files'].high:.0f}"])
    return table("Verifying the records of names: median (least-most); dnsperf asks the same server", heads, rows)


def aims(names):
    """(aim, seen, met)."""
    most = names[str(max(COUNTS))]
    grown = per_name_kib(names)
    return [("10,000 names: at least 0.8 of dnsperf's rate", number(most["share"].median), most["share"].median >= 0.8),
            ("memory: under 2 KiB a name", f"{number(grown)} KiB", grown < 2),
            ("descriptors do not grow with the list", f"{most['files'].high:.0f}", most["files"].high < 64)]
