# SPDX-License-Identifier: GPL-2.0-or-later
"""Two authoritative servers (Knot), recursive resolvers (Unbound), and the faults a scenario can give them."""

import ipaddress

from backend import File

AUTHORITATIVE = ("auth1", "auth2")
RESOLVERS = ("ns1", "ns2")
REMOTES = ("remote", "mx2", "mx3")   # each with a resolver of its own; not all are in every lab
PARTNERS = ("partner",)              # ... which is no mail server
TTL = 300
REVERSE4 = {"10.50.0": "0.50.10.in-addr.arpa", "10.60.0": "0.60.10.in-addr.arpa"}
REVERSE6 = {"fd50": "0.0.0.0.0.0.0.0.0.0.0.0.0.5.d.f.ip6.arpa", "fd60": "0.0.0.0.0.0.0.0.0.0.0.0.0.6.d.f.ip6.arpa"}
ZONES = ("cluster.test", "remote.test", *REVERSE4.values(), *REVERSE6.values(), ".")

KNOT = """
server:
    rundir: "/run/knot"
    user: knot:knot
    listen: [ 0.0.0.0@53, ::@53 ]
log:
  - target: syslog
    any: info
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
"""

UNBOUND = """
server:
    interface: 0.0.0.0
    interface: ::0
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    username: ""
    chroot: ""
    pidfile: "/run/unbound.pid"
    use-syslog: yes
    module-config: "iterator"
    local-zone: "test." nodefault
    local-zone: "10.in-addr.arpa." nodefault
    local-zone: "d.f.ip6.arpa." nodefault
    num-threads: 1
    msg-cache-size: 1m
    rrset-cache-size: 1m
    infra-host-ttl: 1
    qname-minimisation: no
    rrset-roundrobin: no
remote-control:
    control-enable: yes
    control-interface: "/run/unbound.ctl"
    control-use-cert: no
stub-zone:
    name: "."
    stub-addr: 10.60.0.53
    stub-addr: 10.60.0.54
"""


def resolver_files(forgetful=True):
    """What makes a host a recursive resolver; one that is forgetful soon tries a dead server again."""
    return {"/etc/unbound/unbound.conf": File(UNBOUND if forgetful else UNBOUND.replace("infra-host-ttl: 1\n", "\n"))}


RESOLVER_BOOT = [["unbound"]]
AUTHORITATIVE_BOOT = [["mkdir", "-p", "/run/knot"], ["chown", "knot:knot", "/run/knot"], ["knotd", "-d"]]


def reverse(address):
    """(zone, owner) of an address's PTR."""
    owner = ipaddress.ip_address(address).reverse_pointer
    for zone in (*REVERSE4.values(), *REVERSE6.values()):
        if owner.endswith("." + zone):
            return zone, owner
    raise ValueError(f"no reverse zone for {address}")


def zone_of(name):
    """The zone a host name of the lab lies in."""
    return "cluster.test" if name.endswith("cluster.test") else "remote.test"


class Zones:
    """The content of one authoritative server: (zone, owner, type) -> list of data."""

    def __init__(self):
        self.records, self.serial = {}, 1
        for zone in ZONES:
            self.put(zone, zone, "NS", "auth1.cluster.test.", "auth2.cluster.test.")
        self.put("cluster.test", "cluster.test", "MX", "10 mail.cluster.test.")
        self.put("remote.test", "remote.test", "MX", "10 mx.remote.test.")
        self.host("mail.cluster.test", "10.50.0.100", "fd50::100")
        for number in (1, 2, 3):
            self.host(f"node{number}.cluster.test", f"10.50.0.1{number}", f"fd50::1{number}")
        self.host("auth1.cluster.test", "10.60.0.53", "fd60::53")
        self.host("auth2.cluster.test", "10.60.0.54", "fd60::54")
        self.host("mx.remote.test", "10.60.0.25", "fd60::25")
        self.host("mx2.remote.test", "10.60.0.26", "fd60::26")
        self.host("mx3.remote.test", "10.60.0.27", "fd60::27")
        self.host("partner.cluster.test", "10.50.0.210", "fd50::210")

    def put(self, zone, owner, kind, *data):
        """Set a record set; no data removes it."""
        self.records.pop((zone, owner, kind), None)
        if data:
            self.records[zone, owner, kind] = data

    def host(self, name, *addresses):
        """Forward and reverse records of a host."""
        for address in addresses:
            self.address(name, address)
            self.pointer(address, name)

    def address(self, name, address):
        """A or AAAA of name."""
        self.put(zone_of(name), name, "AAAA" if ":" in address else "A", address)

    def no_address(self, name, kind):
        """Remove A or AAAA of name."""
        self.put(zone_of(name), name, kind)

    def pointer(self, address, *names):
        """PTR of address; no name removes it."""
        zone, owner = reverse(address)
        self.put(zone, owner, "PTR", *(name + "." for name in names))

    def text(self, zone):
        """The zone as a master file."""
        dot = "" if zone == "." else "."
        lines = [f"{zone}{dot} {TTL} SOA auth1.cluster.test. admin.cluster.test. {self.serial} 60 10 3600 60"]
        for (where, owner, kind), data in self.records.items():
            dot = "" if owner == "." else "."
            lines += [f"{owner}{dot} {TTL} {kind} {value}" for value in data if where == zone]
        return "\n".join(lines) + "\n"

    def files(self):
        """Zone files of an authoritative server."""
        return {zone_path(zone): File(self.text(zone), owner="knot:knot") for zone in ZONES}


def zone_path(zone):
    """Where Knot keeps a zone."""
    return f"/var/lib/knot/zones/{'' if zone == '.' else zone}.zone"


def authoritative_files():
    """What makes a host an authoritative server."""
    conf = KNOT + "".join(f"  - domain: {zone}\n" + ('    file: ".zone"\n' if zone == "." else "") for zone in ZONES)
    return {"/etc/knot/knot.conf": File(conf), **Zones().files()}


class Dns:
    """The handle scenarios turn to change what DNS says."""

    def __init__(self, lab):
        self.lab, self.zones = lab, {}
        self.touched = set()
        self.serial = 1
        for server in AUTHORITATIVE:
            self.zones[server] = Zones()

    def change(self, edit, servers=AUTHORITATIVE, stale=()):
        """Apply edit(zones) on the given authoritative servers, with a new serial; empty caches but stale ones."""
        self.serial += 1
        for server in servers:
            edit(self.zones[server])
            self._publish(server)
        self.touched.update(stale)
        self.flush(stale)

    def _publish(self, server):
        self.touched.add(server)
        zones = self.zones[server]
        zones.serial = self.serial
        for path, file in zones.files().items():
            self.lab.backend.write(server, path, file)
        self.lab.backend.exec(server, ["knotc", "-b", "zone-reload"])

    def flush(self, spared=()):
        """Forget everything in every cache but these."""
        for resolver in (*RESOLVERS, *REMOTES, *PARTNERS):
            if resolver not in spared and self.lab.backend.alive(resolver):
                self.lab.backend.exec(resolver, ["unbound-control", "reload"])

    def stale(self, resolver, name, kind, value):
        """Let one resolver go on answering what is no longer true."""
        self.touched.add(resolver)
        control = ["unbound-control", "local_data", f"{name} {TTL} IN {kind} {value}"]
        self.lab.backend.exec(resolver, ["unbound-control", "local_zone", name, "typetransparent"])
        self.lab.backend.exec(resolver, control)

    def silence(self, server):
        """Drop every question that reaches the server."""
        self.touched.add(server)
        rules = "table inet fault { chain input { type filter hook input priority -10; th dport 53 drop; }; }"
        self.lab.backend.exec(server, ["nft", rules])

    def servfail(self, zone, servers=AUTHORITATIVE):
        """Make the servers unable to load the zone; resolvers then say SERVFAIL."""
        for server in servers:
            self.touched.add(server)
            self.lab.backend.exec(server, ["rm", zone_path(zone)])
            self._restart_knot(server)
        self.flush()

    def _restart_knot(self, server):
        backend = self.lab.backend
        backend.exec(server, ["knotc", "stop"])
        gone = ["pgrep", "-x", "knotd"]
        self.lab.wait_until(f"knotd on {server} stopped", lambda: backend.exec(server, gone, check=False).code == 1)
        backend.exec(server, ["knotd", "-d"])

    def repair(self):
        """Undo every fault. Returns what had been touched."""
        touched, self.touched = self.touched, set()
        self.serial += 1
        for server in sorted(touched):
            self.lab.backend.exec(server, ["nft", "flush", "ruleset"])
        if touched & set(AUTHORITATIVE):        # both, so that they agree about the serial
            for server in AUTHORITATIVE:
                self.zones[server] = Zones()
                self._publish(server)
        if touched:
            self.touched = set()
            self.flush()
        return touched

    def ask(self, host, server, name, kind):
        """What `server` answers to `host`, as kdig prints it short; empty when nothing."""
        argv = ["kdig", "+short", "+time=1", "+retry=0", f"@{server}", name, kind]
        return self.lab.backend.exec(host, argv, check=False).out.split()
