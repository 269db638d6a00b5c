# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab without its cluster: one node that holds the virtual addresses, DNS, the firewall, and three receivers.

    node1 [virtual], ns1, ns2 --- fw --- auth1, auth2, remote, mx2, mx3 (with a resolver each)
"""

import json
from concurrent.futures import ThreadPoolExecutor

import receivers
import topology
from backend import File, LabError
from lab import Site
from topology import NAME, VIRTUAL

SENDER = f"lab@{NAME}"
RECIPIENT = "postmaster@remote.test"
CROOKED = 5300
RUDE = 2500
REDIRECT = """table inet crooked {{ chain incoming {{ type nat hook prerouting priority -100;
    {protocol} dport {port} redirect to :{to}; }}; }}"""
NAT = """table ip outward {{ chain leaving {{ type nat hook postrouting priority 100;
    ip saddr {inner} tcp dport 25 snat to {outer}; }}; }}"""


def node():
    """The node; the addresses are on it as ocf:heartbeat:IPaddr2 puts them there."""
    files = {"/etc/resolv.conf": topology.resolv_conf("10.50.0.53", "10.50.0.54"),
             "/etc/hosts": topology.hosts_file("node1"), **topology.script("deliver.py")}
    boot = [["ip", "address", "add", f"{VIRTUAL[0]}/24", "dev", "lan"],
            ["ip", "address", "add", f"{VIRTUAL[1]}/64", "dev", "lan", "nodad", "preferred_lft", "0"]]
    return topology.lan("node1", 11, 11, files=files, boot=boot)


class Room(Site):
    """The hosts, and what a row of the verdict table can do to them; `repair` undoes all of it."""

    def __init__(self, backend, tree, say):
        super().__init__(backend, say)
        self.hosts = [topology.firewall(), node(), *topology.name_servers(forgetful=False), *receivers.hosts(tree)]
        self.undo, self.verdicts = {}, set()

    def start(self):
        """Everything up, and a healthy identity is accepted everywhere."""
        for net in ("lan", "wan"):
            self.backend.add_net(net)
        with ThreadPoolExecutor(4) as pool:
            for job in [pool.submit(self.backend.start, host) for host in self.hosts]:
                job.result()
        self.wait_until("healthy mail is taken everywhere", self.deliver,
                        lambda seen: all(took for one in seen.values() for took, _ in one.values()), 20)

    # -- the two sides that are compared

    def deliver(self, addresses=VIRTUAL):
        """One message from each address to each receiver: {MTA: {family: (accepted, what it said)}}."""
        sources = {"6" if ":" in address else "4": address for address in addresses}
        job = {"name": NAME, "sender": SENDER, "recipient": RECIPIENT, "sources": sources,
               "servers": {one.mta: one.addresses for one in receivers.RECEIVERS}}
        return json.loads(self.backend.exec("node1", ["/lab/deliver.py", json.dumps(job)], timeout=60).out)

    def verify(self, addresses, *options):
        """The product's verdict, as Result with XML."""
        argv = ["bindback", "verify", f"--name={NAME}", *(f"--ip={address}" for address in addresses), *options]
        done = self.backend.exec("node1", [*argv, "--output-as=xml"], check=False)
        self.verdicts.add(done.out)
        return done

    # -- faults; whoever changes something says how it is undone

    def nft(self, host, rules):
        """Load rules into a host's kernel."""
        again = ["-f", "/etc/nftables.conf"] if host == "fw" else ["flush", "ruleset"]
        self.undo["rules", host] = lambda: self.backend.exec(host, ["nft", *again])
        self.backend.exec(host, ["nft", rules])

    def filter(self, receiver, what, families="46"):
        """The firewall does `what` (drop, reject...) to mail on its way to a receiver."""
        for family in families:
            proto = "ip" if family == "4" else "ip6"
            self.nft("fw", f"insert rule inet wall forward {proto} daddr {receiver.addresses[family]} "
                           f"tcp dport 25 {what}")

    def nat(self, outer):
        """The firewall gives our IPv4 mail a source address of its own, one that it has or gets for that."""
        def address(*words):
            return self.backend.exec("fw", ["ip", "-4", "-o", "address", *words]).out

        if f" {outer}/" not in address("show"):
            self.undo["address", outer] = lambda: address("del", f"{outer}/24", "dev", "wan")
            address("add", f"{outer}/24", "dev", "wan")
        self.nft("fw", NAT.format(inner=VIRTUAL[0], outer=outer))

    def crooked(self, server, mode, suffix=""):
        """A DNS server answers crookedly over UDP, for names under suffix."""
        self._beside(server, "crooked_dns.py", CROOKED, "udp", mode, suffix)
        self.nft(server, REDIRECT.format(protocol="udp", port=53, to=CROOKED))
        self.dns.flush()

    def rude(self, receiver, mode):
        """Instead of the receiver a rude one answers."""
        self._beside(receiver.host, "rude_smtp.py", RUDE, "tcp", mode)
        self.nft(receiver.host, REDIRECT.format(protocol="tcp", port=25, to=RUDE))

    def _beside(self, host, program, port, protocol, *argv):
        """Run a program in a host, and wait until it listens."""
        def listens():
            return self.backend.exec(host, ["ss", "-Hln", f"--{protocol}", f"sport = :{port}"]).out

        def end():
            task.kill()
            task.wait()
            self.wait_until(f"{program} in {host} gone", lambda: not listens())

        for path, file in topology.script(program).items():
            self.backend.write(host, path, file)
        task = self.backend.spawn(host, [f"/lab/{program}", str(port), *argv], f"{program}.log")
        self.undo[program, host] = end
        self.wait_until(f"{program} in {host}", listens)

    def hosts_file(self, *lines):
        """More lines in the node's /etc/hosts."""
        before = topology.hosts_file("node1")
        self.undo["hosts", "node1"] = lambda: self.backend.write("node1", "/etc/hosts", before)
        self.backend.write("node1", "/etc/hosts", File(before.text + "\n".join(lines) + "\n"))

    def whim(self, receiver, path, text):
        """A receiver gets a rule of its own."""
        def write(content):
            self.backend.write(receiver.host, path, File(content))
            if receiver is receivers.OPENSMTPD:
                for table in receivers.TABLES:
                    said = self.backend.exec(receiver.host, [receivers.SMTPCTL, "update", "table", table]).out
                    if "succeeded" not in said:
                        raise LabError(f"{receiver.host}: table {table}: {said}")

        self.undo[path, receiver.host] = lambda: write(receivers.NO_WHIM[path])
        write(text)

    def their_resolver(self, receiver, *command):
        """Tell a receiver's resolver something, until its caches are flushed."""
        self.dns.touched.add(receiver.host)
        self.backend.exec(receiver.host, ["unbound-control", *command])

    def repair(self):
        """As after start."""
        undo, self.undo = self.undo, {}
        for how in reversed(undo.values()):
            how()
        if not self.dns.repair() and undo:
            self.dns.flush()
