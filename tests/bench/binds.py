# SPDX-License-Identifier: GPL-2.0-or-later
"""The witness under load: many clusters at once, with and without a crowd that has no key, and a day's work of a
hundred clusters at full speed.

The hosts are those of tests/witness; the clusters' addresses all lie on one of them, its nameserver is Knot."""

import json
import secrets
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "witness"))

import stage as st                                    # noqa: E402
import wire                                           # noqa: E402
from backend import File                              # noqa: E402
from figures import BenchError, figure, number, spread, table    # noqa: E402

CLIENT = st.CLIENT
INSIDE = HERE / "inside"
ZONE, REVERSE = "load.test", "80.10.in-addr.arpa"
SOA = "{zone}. 300 SOA ns.load.test. admin.load.test. 1 60 10 3600 60\n{zone}. 300 NS ns.load.test.\n"
KNOT = """
server:
    rundir: "/run/knot"
    user: knot:knot
    listen: [ 0.0.0.0@53 ]
control:
    listen: "/run/knot/knot.sock"
database:
    storage: "/var/lib/knot"
template:
  - id: default
    storage: "/var/lib/knot/zones"
    file: "%s.zone"
    journal-content: none
    semantic-checks: off
zone:
  - domain: load.test
  - domain: 80.10.in-addr.arpa
"""
CLUSTERS = 1000
AT_ONCE = 64
RECORDER = 19322
BINDS, BINDS_QUICK = 10000, 2000
CROWD_SOURCES = 64      # addresses that the crowd has: more together than there are places
DAY_CLUSTERS = 100
DAY = 24 * 3600 // 300 * DAY_CLUSTERS   # binds at verify_interval=300s: 28,800
NONCES = 65536          # LIMITS_NONCES_MAX: so many are remembered
WARM = 3000             # after so many binds it has what it needs for as many as there are at once


def entry(index):
    """(key, name, address, reverse name) of a cluster."""
    high, low = divmod(index, 256)
    return f"cluster{index}", f"mail{index}.{ZONE}", f"10.80.{high}.{low}", f"{low}.{high}.{REVERSE}"


class Load(st.Stage):
    """The stage of tests/witness with a thousand clusters."""

    def boot_all(self):
        """Hosts, Knot, addresses, keys."""
        self.boot()
        run = self.backend.exec
        zones = {ZONE: SOA.format(zone=ZONE) + f"ns.{ZONE}. 300 A {st.SERVER}\n", REVERSE: SOA.format(zone=REVERSE)}
        for key, name, address, pointer in map(entry, range(CLUSTERS)):
            self.secrets[key] = secrets.token_hex(32)
            zones[ZONE] += f"{name}. 300 A {address}\n"
            zones[REVERSE] += f"{pointer}. 300 PTR {name}.\n"
        for zone, text in zones.items():
            self.backend.write("dns", f"/var/lib/knot/zones/{zone}.zone", File(text, owner="knot:knot"))
        self.backend.write("dns", "/etc/knot/knot.conf", File(KNOT))
        for argv in (["mkdir", "-p", "/run/knot"], ["chown", "knot:knot", "/run/knot"], ["knotd", "-d"]):
            run("dns", argv)
        run("cluster", ["ip", "route", "add", "local", "10.80.0.0/16", "dev", "lo"])
        run("router", ["ip", "route", "add", "10.80.0.0/16", "via", st.CLUSTER])
        self.backend.write("cluster", st.OWN_KEYS, File(st.key_text(self.secrets), mode=0o600))
        for last in range(CROWD_SOURCES):
            run("stranger", ["ip", "addr", "add", f"10.72.0.{100 + last}/24", "dev", "third"])
        self.backend.write("stranger", "/lab/flood.py", File((INSIDE / "flood.py").read_text()))

    def serve(self, more="", **general):
        """The daemon with a section for each key; what is not said here is as the product has it."""
        sections = "".join(f"[key {key}]\nallow = {name}\n{more}" for key, name, _, _ in map(entry, range(CLUSTERS)))
        lines = "".join(f"{word} = {value}\n" for word, value in {"keys": st.KEYS, **general}.items())
        self.write_files(lines + sections)
        self.run_daemon()

    def binds_of(self, clusters, count, *options):
        """Binds of so many clusters by turns: ([Outcome], seconds)."""
        senders = "".join(f"{key} 0 {name} {address} {address}\n" for key, name, address, _ in
                          map(entry, range(clusters)))
        argv = [st.CLIENT, f"--count={count}", f"--at-once={AT_ONCE}", *options, f"{st.WITNESS}#{st.PORT}", st.OWN_KEYS]
        seconds, done = st.unpaced(lambda: self.backend.exec("cluster", argv, text=senders, timeout=600))
        return [st.outcome(line) for line in done.out.splitlines()], seconds


def first_words(load):
    """What a key holder begins with, in hexadecimal. Anybody on the way can record it."""
    link = wire.make(load.machine("cluster"), socket.SOCK_STREAM, st.CLUSTER, RECORDER, listen=1)
    with ThreadPoolExecutor(1) as pool:
        key, name, address, _ = entry(0)
        pool.submit(load.binds, key, name, source=address, server=f"{st.CLUSTER}#{RECORDER}")
        one, _ = link.accept()
        with link, one:
            words = one.recv(65536)
    return words[:5 + int.from_bytes(words[3:5], "big")].hex()


def verified(load, clusters, count):
    """So many binds with their callbacks, none lost: latencies and the rate."""
    got, seconds = load.binds_of(clusters, count, "--listen", "--timeout=10000")
    lost = [one for one in got if one.call != st.VERIFIED or not one.called]
    if len(got) != count or lost:
        raise BenchError(f"{count} binds, {len(got)} ended, {len(lost)} not verified: {lost[:3]}")
    times = sorted(one.ms for one in got)
    return {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100], "max_ms": times[-1],
            "rate": count / seconds, "seconds": seconds}


def crowd(load, words, count, seconds):
    """So many connections without a key, spread over that time."""
    sources = [f"10.72.0.{100 + last}" for last in range(CROWD_SOURCES)]
    argv = ["python3", "-ISB", "/lab/flood.py", st.WITNESS, str(st.PORT), str(count), str(count / seconds), words]
    argv += sources
    return json.loads(load.backend.exec("stranger", argv, timeout=300).out)


def crowded(load, words, count, seconds):
    """The same binds while the crowd is there."""
    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(crowd, load, words, count, seconds)
        found = verified(load, CLUSTERS, count)
        seen = job.result()
    if seen["made"] != count or seen["left"]:
        raise BenchError(f"the crowd: {seen}")
    return {**found, "octets": seen["octets"]}


def many(load, rounds, count):
    """Quiet and crowded by turns."""
    found = {"quiet": [], "crowded": []}
    load.serve()
    before, words = load.status("VmRSS"), first_words(load)
    for one in range(rounds):
        load.say(f"# witness, round {one + 1} of {rounds}")
        found["quiet"].append(verified(load, CLUSTERS, count))
        found["crowded"].append(crowded(load, words, count, found["quiet"][-1]["seconds"]))
    result = {kind: {what: figure([one[what] for one in samples]) for what in samples[0]}
              for kind, samples in found.items()}
    ratios = [after["p99_ms"] / quiet["p99_ms"] for quiet, after in zip(found["quiet"], found["crowded"])]
    files = load.files()
    result["memory"] = {"before_kib": figure([before]), "after_kib": figure([load.status("VmRSS")]),
                        "peak_kib": figure([load.status("VmHWM")]), "files": figure([files])}
    result["ratio"] = figure(ratios)
    load.end_daemon()
    return result


def day(load, quick):
    """A day's binds: memory after a tenth and at the end. As many nonces as are remembered are there before."""
    load.serve("per_minute = 60000\nat_once = 64\n", address_per_minute=60000)
    count = DAY // 10 if quick else DAY
    load.say("# witness: nonces")
    load.binds_of(DAY_CLUSTERS, WARM if quick else NONCES, "--way=0")
    load.say("# witness: a day")
    began = verified(load, DAY_CLUSTERS, count // 10)
    tenth = load.status("VmRSS")
    rest = verified(load, DAY_CLUSTERS, count - count // 10)
    end = load.status("VmRSS")
    load.end_daemon()
    return {"full": not quick, "binds": figure([count]), "seconds": figure([began["seconds"] + rest["seconds"]]),
            "rate": figure([rest["rate"]]), "tenth_kib": figure([tenth]), "end_kib": figure([end])}


def measure(lab, rounds):
    """Both; one round is the quick one."""
    load = Load(lab.backend, lab.say)
    load.boot_all()
    quick = rounds == 1
    return {"many": many(load, rounds, BINDS_QUICK if quick else BINDS), "day": day(load, quick)}


def growth(one):
    """(aim, seen, met) of the memory in a day. The quick one begins with few nonces, so that each bind leaves its own
    behind, which is remembered for an hour."""
    grown = one["end_kib"].median - one["tenth_kib"].median
    if one["full"]:
        percent = grown / one["tenth_kib"].median * 100
        return ("a day's binds: memory grows by less than 3 %", f"{percent:.1f} %", percent < 3)
    octets = grown * 1024 / (one["binds"].median * 0.9)
    return ("a bind leaves no more than its nonce: under 256 bytes", number(octets), octets < 256)


def show(found):
    """The tables."""
    heads = ["", "p50 ms", "p99 ms", "most ms", "binds/s"]
    rows = [[kind, *[spread(found["many"][kind][what]) for what in ("p50_ms", "p99_ms", "max_ms", "rate")]]
            for kind in ("quiet", "crowded")]
    memory, one = found["many"]["memory"], found["day"]
    text = table(f"The witness: binds of {CLUSTERS} clusters, {AT_ONCE} at a time, each called back", heads, rows)
    text += "\n" + table("Its memory, KiB", ["", "before", "after", "most", "descriptors"], [
        ["these binds", *[number(memory[what].median) for what in ("before_kib", "after_kib", "peak_kib", "files")]]])
    heads = ["", "seconds", "binds/s", "KiB after a tenth", "at the end"]
    text += "\n" + table(f"A day of {DAY_CLUSTERS} clusters", heads, [
        [f"{number(one['binds'].median)} binds", *[number(one[what].median) for what in
                                                  ("seconds", "rate", "tenth_kib", "end_kib")]]])
    return text


def aims(found):
    """(aim, seen, met)."""
    ratio = found["many"]["ratio"].median
    return [("a crowd without keys: p99 of binds under 3 times", f"{ratio:.2f}", ratio < 3), growth(found["day"])]
