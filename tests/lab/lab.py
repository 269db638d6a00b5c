# SPDX-License-Identifier: GPL-2.0-or-later
"""A running lab: every host, the observers, and the handles scenarios use."""

import json
import os
import re
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cluster
import dns
import guards
import remote
import stream
import topology
import upgrade
import witness
from backend import LabError
from fence import FenceServer

QUEUE_FILES = ".*/(maildrop|incoming|active|deferred|defer|bounce|hold|trace|flush)/.*"
LOOK = """crm_mon -1 -r -f -A; cibadmin -Q; ip -o address; ps axf; ss -tnlp; cat /proc/mounts
timeout 5 postqueue -p; find /run/bindback /run/bindbackd; tail -n +1 /run/bindbackd/*/live/state
for f in /run/bindback/*/verdict.xml; do echo; cat $f; done"""


def keep_up():
    """Leave the lab up until interrupted, and say how to look inside."""
    program = Path(__file__).resolve().parent / "run"
    print(f"The lab is up (BINDBACK_LAB_PID={os.getpid()}). From another terminal, as root:")
    for example in ("node1 crm_mon -1", "node2 bindback status", "remote"):
        print(f"    {program} --exec {example}")
    print("Ctrl-C ends the lab", flush=True)
    signal.pause()


class LabTimeout(LabError):
    """Something waited for did not come."""


class Site:
    """What every lab has: hosts in a backend, DNS, and patience."""

    def __init__(self, backend, say):
        self.backend, self.say = backend, say
        self.dns = dns.Dns(self)

    def wait_until(self, what, probe, wanted=bool, deadline=10):
        """Poll until wanted(probe()); returns that value. Says what was last seen when it never came."""
        end = time.monotonic() + deadline * self.backend.scale
        while True:
            seen = probe()
            if wanted(seen):
                return seen
            if time.monotonic() > end:
                raise LabTimeout(f"{what}: not within {deadline * self.backend.scale:.0f} s; last seen: {seen!r}")
            time.sleep(self.backend.poll)


class Lab(Site):
    """Composition of backend, topology, cluster, DNS, remote and observers."""

    def __init__(self, backend, tree, say):
        super().__init__(backend, say)
        self.marks, self.observers, self.verdicts, self.views = {}, [], set(), []
        self.remote, self.stream = remote.Remote(self), stream.Stream(self)
        self.witnesses = witness.Witnesses(self)
        self.upgrades = upgrade.Upgrades(self)
        self.server_hosts = topology.servers(tree)
        self.tree = tree
        nodes = [cluster.node(number, backend) for number in cluster.NUMBERS]
        self.cluster = cluster.Cluster(self, nodes)
        self.fence = FenceServer(backend, self.cluster.start)

    def start(self):
        """Everything up, observed, and quorate."""
        for net in topology.NETS:
            self.backend.add_net(net)
        self._fill_shared_queue()
        with ThreadPoolExecutor(6) as pool:
            jobs = [pool.submit(self.cluster.start, name) for name in topology.NODES]
            jobs += [pool.submit(self.backend.start, host) for host in self.server_hosts]
            for job in jobs:
                job.result()
        self._observe()
        self.cluster.wait_online()
        self.wait_until("the resolvers answer", self._resolvers)

    def _resolvers(self):
        return all(self.dns.ask("client", server, topology.NAME, "A") == [topology.VIRTUAL[0]]
                   for server in ("10.50.0.53", "10.50.0.54", "10.60.0.25"))

    def _observe(self):
        """Arm the watches."""
        inside = (topology.INSIDE / "tap.py").read_text()
        argv = ["python3", "-c", inside, *topology.VIRTUAL]
        self.observers.append(self.backend.spawn("switch", argv, "tap.log"))
        argv = ["/lab/outside.py", topology.NAME, str(self.backend.watch), str(2 * self.backend.scale)]
        self.observers.append(self.backend.spawn("world", argv, "outside.log"))

    def _fill_shared_queue(self):
        """The storage the nodes share holds one Postfix queue."""
        self.backend.shared(cluster.QUEUE, f"{self.tree}/var/spool/postfix")

    # -- what was recorded since the last reset

    def read_verdict(self, node, path):
        """A stored verdict, "" while there is none; the audit of verdicts looks at each that was read."""
        done = self.backend.exec(node, ["cat", path], check=False)
        if done.code != 0:
            return ""
        self.verdicts.add(done.out)
        return done.out

    def read_verdicts(self):
        """Read what every node that runs has stored."""
        for node in filter(self.backend.alive, topology.NODES):
            paths = self.backend.exec(node, ["sh", "-c", "ls /run/bindback/*/verdict.xml 2>/dev/null"], check=False)
            for path in paths.out.split():
                self.read_verdict(node, path)

    def read_views(self, *nodes):
        """Note what the guards on these nodes (on all) know now, once those in one group agree or have had time to."""
        def gather():
            return {node: seen for node in nodes or topology.NODES if (seen := guards.view(self, node))}

        try:
            found = self.wait_until("the guards agree", gather,
                                    lambda seen: not guards.disagree(seen), 5)
        except LabTimeout:
            found = gather()
        if found:
            self.views.append(found)

    def log(self, host, name="syslog"):
        """Lines of a host's syslog, or of another log there."""
        return self._since(host, name)

    def tap(self):
        """Answers for the virtual addresses, as the switch saw them."""
        return [json.loads(line) for line in self._since("switch", "tap.log")]

    def outside(self):
        """Tries of the outside observer."""
        return [json.loads(line) for line in self._since("world", "outside.log")]

    def outage(self):
        """Longest time in seconds between two successful tries of the outside observer (its step is
        Backend.watch)."""
        ends = sorted(record["end"] for record in self.outside() if record["outcome"] == "ok")
        return max((after - before for before, after in zip(ends, ends[1:])), default=None)

    def _since(self, host, name):
        path = self.backend.log_dir(host) / name
        if not path.exists():
            return []
        with open(path, encoding="utf-8", errors="replace") as source:
            source.seek(self.marks.get((host, name), 0))
            return [line for line in source.read().splitlines() if line]

    def _mark(self):
        names = [host.name for host in self.server_hosts] + list(topology.NODES) + ["switch"]
        for host in names:
            for name in ("syslog", "tap.log", "outside.log", witness.LOG):
                path = self.backend.log_dir(host) / name
                if path.exists():
                    self.marks[host, name] = path.stat().st_size

    def counters(self):
        """Packets the firewall has counted, by rule."""
        text = self.backend.exec("fw", ["nft", "list", "counters"]).out
        return {name: int(count) for name, count in re.findall(r"counter (\w+) \{\s+packets (\d+)", text)}

    # -- between scenarios

    def reset(self):
        """Everything as after start; each part verifies itself."""
        for observer in self.observers:
            if observer.poll() is not None:
                raise LabError(f"an observer ended: {observer.args[-3:]}")
        self.fence.reset()
        self.verdicts.clear()
        self.views.clear()
        self.stream.reset()
        self.dns.repair()
        self.upgrades.reset()
        self.cluster.reset()
        self._clean_queues()
        self.remote.reset()
        self.witnesses.reset()
        self.backend.exec("fw", ["nft", "-f", "/etc/nftables.conf"])
        self._mark()

    def _clean_queues(self):
        self._fill_shared_queue()
        for node in topology.NODES:
            self.backend.exec(node, ["find", "/var/spool/postfix", "-regextype", "egrep", "-type", "f",
                                     "-regex", QUEUE_FILES, "-delete"])

    def dump(self, folder):
        """Copy everything worth reading after a failure."""
        names = [host.name for host in self.server_hosts] + list(topology.NODES) + ["switch"]
        for name in names:
            shutil.copytree(self.backend.log_dir(name), folder / name, dirs_exist_ok=True)
        for name in topology.NODES:
            if self.backend.alive(name):
                self._dump_live(name, folder / name)

    def _dump_live(self, name, folder):
        (folder / "console.txt").write_text(self.backend.console(name))
        try:
            text = self.backend.exec(name, ["sh", "-c", f"exec 2>&1; {LOOK}"], check=False, timeout=20).out
        except LabError as error:
            text = str(error)
        (folder / "live.txt").write_text(text)

    def close(self):
        """End of the lab."""
        self.fence.settle()
        self.witnesses.end()
        for observer in self.observers:
            observer.kill()
            observer.wait()
        self.fence.close()
        self.backend.close()
