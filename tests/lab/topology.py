# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's hosts as data.

             ring 10.99.0.0/24 (corosync)
        ----+---------+---------+----
          node1     node2     node3          ns1   ns2   client   partner
        ----+---------+---------+-------------+-----+------+---------+---- lan 10.50.0.0/24 fd50::/64
        .11 .12 .13   virtual .100            .53   .54   .200      .210 |
                                                 fw: ports 25 and 9322 only from and to the virtual addresses
        ----+---------+---------+----------+-----------------------------+ wan 10.60.0.0/24 fd60::/64
          auth1     auth2     remote     world
          .53       .54       .25        .200

Witnesses run on remote and partner, each with a resolver of its own, while a scenario wants them.
"""

from pathlib import Path

import dns
import remote
from backend import File, Host, Link

NAME = "mail.cluster.test"
VIRTUAL = ("10.50.0.100", "fd50::100")
NODES = ("node1", "node2", "node3")
NETS = ("lan", "wan", "ring")
INSIDE = Path(__file__).resolve().parent / "inside"

FIREWALL = """
flush ruleset
table inet wall {
    counter mail_virtual { }
    counter mail_node { }
    counter witness_virtual { }
    counter witness_node { }
    counter callback { }
    counter other { }
    chain forward {
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        icmp type echo-request accept
        icmpv6 type echo-request accept
        meta l4proto { tcp, udp } th dport 53 accept
        iifname "lan" tcp dport 25 ip saddr 10.50.0.100 counter name mail_virtual accept
        iifname "lan" tcp dport 25 ip6 saddr fd50::100 counter name mail_virtual accept
        iifname "lan" tcp dport 25 counter name mail_node reject with icmpx admin-prohibited
        iifname "lan" tcp dport 9322 ip saddr 10.50.0.100 counter name witness_virtual accept
        iifname "lan" tcp dport 9322 ip6 saddr fd50::100 counter name witness_virtual accept
        iifname "lan" tcp dport 9322 counter name witness_node reject with icmpx admin-prohibited
        iifname "wan" tcp dport 25 ip daddr 10.50.0.100 accept
        iifname "wan" tcp dport 25 ip6 daddr fd50::100 accept
        iifname "wan" tcp dport 9322 ip daddr 10.50.0.100 counter name callback accept
        iifname "wan" tcp dport 9322 ip6 daddr fd50::100 counter name callback accept
        counter name other
    }
}
"""
FORWARDING = {"net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1}
LAN_GATEWAYS = ("10.50.0.1", "fd50::1")
WAN_GATEWAYS = ("10.60.0.1", "fd60::1")


def resolv_conf(*servers):
    """/etc/resolv.conf that asks these."""
    return File("".join(f"nameserver {server}\n" for server in servers) + "options timeout:2 attempts:2\n")


def hosts_file(name):
    """/etc/hosts of a host: itself only."""
    return File(f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {name}.cluster.test {name}\n")


def lan(name, number, last, **more):
    """A host on the inner net."""
    return Host(name, number, [Link("lan", (f"10.50.0.{last}/24", f"fd50::{last}/64"))], LAN_GATEWAYS, **more)


def wan(name, number, last, **more):
    """A host on the outer net."""
    return Host(name, number, [Link("wan", (f"10.60.0.{last}/24", f"fd60::{last}/64"))], WAN_GATEWAYS, **more)


def firewall():
    """The router between the two nets."""
    links = [Link("lan", ("10.50.0.1/24", "fd50::1/64")), Link("wan", ("10.60.0.1/24", "fd60::1/64"))]
    rules = {"/etc/nftables.conf": File(FIREWALL)}
    return Host("fw", 1, links, sysctl=FORWARDING, files=rules, boot=[["nft", "-f", "/etc/nftables.conf"]])


def script(name):
    """A program of the lab that runs inside a host."""
    return {f"/lab/{name}": File((INSIDE / name).read_text(), mode=0o755)}


def remote_host(tree):
    """The strict mail server, with a resolver of its own."""
    files = {**remote.files(tree), **dns.resolver_files(), "/etc/resolv.conf": resolv_conf("127.0.0.1")}
    return wan("remote", 25, 25, files=files, boot=dns.RESOLVER_BOOT + remote.BOOT)


def name_servers(forgetful=True):
    """Both authoritative servers and both resolvers of the lan."""
    hosts = [wan(name, 53 + i, 53 + i, files=dns.authoritative_files(), boot=dns.AUTHORITATIVE_BOOT)
             for i, name in enumerate(dns.AUTHORITATIVE)]
    return hosts + [lan(name, 63 + i, 53 + i, files=dns.resolver_files(forgetful), boot=dns.RESOLVER_BOOT)
                    for i, name in enumerate(dns.RESOLVERS)]


def partner():
    """A host of the inner net that is nobody's mail server, with a resolver of its own."""
    files = {**dns.resolver_files(), "/etc/resolv.conf": resolv_conf("127.0.0.1")}
    return lan("partner", 210, 210, files=files, boot=dns.RESOLVER_BOOT)


def servers(tree):
    """Everything that is no cluster node."""
    hosts = [firewall(), remote_host(tree), partner(), *name_servers()]
    hosts.append(wan("world", 200, 200, files={"/etc/resolv.conf": resolv_conf("10.60.0.25"), **script("outside.py")}))
    hosts.append(lan("client", 201, 200, files=script("submit.py")))
    return hosts
