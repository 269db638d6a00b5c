# SPDX-License-Identifier: GPL-2.0-or-later
"""The three nodes, and the sentences a scenario can say about them."""

import json
import threading
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

import cib
import topology
from backend import File, Host, LabError, Link

NUMBERS = (1, 2, 3)
QUEUE = "queue"     # the storage that all nodes may mount
SERVICES = {"corosync": "corosync", "pacemaker": "pacemakerd"}      # and the first process of each
LEFTOVERS = """pgrep -a -x master; pgrep -a -u postfix; pgrep -r D,R,S,T,t -a -x 'keeper|bindbackd'
ss -Htln 'sport = :25'
ip -o address | grep -wE '10.50.0.100|fd50::100'; grep ' /var/spool/postfix ' /proc/mounts
find /run/bindback /run/bindbackd -type f 2>/dev/null"""
NODE_CF = """
compatibility_level = 3.6
myhostname = {name}.cluster.test
mydestination = $myhostname, localhost
mynetworks = 127.0.0.0/8 [::1]/128 10.50.0.0/24 [fd50::]/64
smtpd_banner = $myhostname ESMTP
inet_interfaces = all
inet_protocols = all
smtp_connect_timeout = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 10s
queue_run_delay = 5s
smtpd_tls_security_level = none
smtp_tls_security_level = none
alias_maps =
"""


@dataclass
class Status:
    """One look at crm_mon."""
    quorum: bool = False
    online: set = field(default_factory=set)
    where: dict = field(default_factory=dict)
    standby: dict = field(default_factory=dict)     # of a promotable clone: where it is not promoted
    top: list = field(default_factory=list)         # what is no part of anything else
    blocked: set = field(default_factory=set)
    resources: set = field(default_factory=set)
    failures: list = field(default_factory=list)

    def running(self):
        """Resources that are started somewhere, in whatever role."""
        return set(self.where) | set(self.standby)


def read_status(text):
    """Status out of crm_mon's XML."""
    root, status = xml.fromstring(text), Status()
    dc = root.find("summary/current_dc")
    status.quorum = dc is not None and dc.get("with_quorum") == "true"
    status.online = {node.get("name") for node in root.findall("nodes/node")
                     if node.get("online") == "true" and node.get("pending") == "false"}
    for resource in root.iter("resource"):
        name = resource.get("id")
        status.resources.add(name)
        nodes = [node.get("name") for node in resource.findall("node")]
        # Pacemaker 2.1.5 shows a monitor that ended "degraded" as pending for ever.
        settled = resource.get("pending") in (None, "Monitoring")
        if resource.get("active") == "true" and resource.get("failed") == "false" and nodes and settled:
            if resource.get("role") in ("Unpromoted", "Slave"):
                status.standby.setdefault(name, set()).add(nodes[0])
            else:
                status.where[name] = nodes[0]
        if resource.get("blocked") == "true":
            status.blocked.add(name)
    status.top = [one.get("id") for one in root.findall("resources/*")]
    status.failures = [dict(failure.attrib) for failure in root.findall("failures/failure")]
    return status


def node(number, backend):
    """A cluster node of this backend as data."""
    name = f"node{number}"
    lan = Link("lan", (f"10.50.0.1{number}/24", f"fd50::1{number}/64"))
    ring = Link("ring", (f"10.99.0.{number}/24",))
    files = {
        "/etc/corosync/corosync.conf": File(cib.corosync(NUMBERS, backend.token_ms)),
        "/var/lib/pacemaker/cib/cib.xml": cib.file(cib.initial(NUMBERS, backend.scale)),
        "/usr/sbin/fence_lab": File((topology.INSIDE / "fence_lab").read_text(), 0o755),
        "/etc/lab/fence.json": File(json.dumps(backend.fence_address())),
        "/etc/resolv.conf": topology.resolv_conf("10.50.0.53", "10.50.0.54"),
        "/etc/hosts": topology.hosts_file(name),
        "/etc/postfix/main.cf": File(NODE_CF.format(name=name)),
    }
    return Host(name, 10 + number, [lan, ring], topology.LAN_GATEWAYS, files=files, shared=[QUEUE],
                services=list(SERVICES))


class Cluster:
    """Asks and moves the cluster."""

    def __init__(self, lab, hosts):
        self.lab, self.hosts = lab, {host.name: host for host in hosts}
        self.power = {name: threading.Lock() for name in self.hosts}
        self.owners, self.cut = [], set()       # who had the addresses, in order; who lost power by the scenario
        self.apart, self.crashes = set(), []    # nodes not to be asked; (node, time) when corosync was taken away
        self.merges = []                        # [node, from, to] when it was back, and Pacemaker had not settled yet
        self.options = set()                    # cluster options that are not as usual

    # -- power

    def start(self, name):
        """Boot one node unless it runs."""
        with self.power[name]:
            if not self.lab.backend.alive(name):
                self.lab.backend.start(self.hosts[name])

    def kill(self, name):
        """Power loss of a node."""
        self.lab.say(f"power of {name} cut")
        self.cut.add(name)
        self.lab.backend.kill(name)

    def part(self, name):
        """Cut a node's ring: a minority of one."""
        self.lab.say(f"ring of {name} cut")
        self.apart.add(name)
        self.lab.backend.link(name, "ring", False)

    def heal(self, name):
        """Mend what part has cut."""
        self.lab.say(f"ring of {name} mended")
        self.lab.backend.link(name, "ring", True)
        self.apart.discard(name)
        self.merges.append([name, time.time(), float("inf")])

    def merged(self):
        """Pacemaker has stopped what it found running twice."""
        for merge in self.merges:
            merge[2] = time.time()
            self.lab.say(f"settled {merge[2] - merge[1]:.1f} s after {merge[0]} was back")

    def crash(self, name):
        """Corosync is killed, which ends most of Pacemaker; what they started goes on running."""
        self.lab.say(f"corosync on {name} killed")
        self.apart.add(name)
        self.crashes.append((name, time.time()))
        self.run("pkill", "-KILL", "-x", "corosync", on=name)
        self.wait_down(name, "corosync|pacemaker-contr")

    def shut(self, name, services=("pacemaker", "corosync")):
        """Corosync and Pacemaker are ended in order, as for an upgrade; resources too, unless in maintenance."""
        self.apart.add(name)
        self.crashes.append((name, time.time()))
        for service in services:
            self.lab.backend.service(name, service, "stop")
            self.wait_down(name, SERVICES[service])

    def wait_down(self, name, pattern):
        """Until no such process runs on the node."""
        self.lab.wait_until(f"{pattern} on {name} ended", lambda: not self.runs(pattern, name), deadline=30)

    def runs(self, pattern, name):
        """Does a process of such a name run on the node?"""
        return self.run("pgrep", "-x", pattern, on=name, check=False).code == 0

    def boot_software(self, name):
        """Corosync and Pacemaker again, as at boot, where they do not run."""
        for service, program in SERVICES.items():
            if not self.runs(program, name):
                self.lab.backend.service(name, service, "start")
        self.apart.discard(name)

    def option(self, name, value):
        """Set a cluster option until the next reset."""
        self.options.add(name)
        self.run("crm_attribute", "--type", "crm_config", "--name", name, "--update", value)

    def wait_online(self, *names, deadline=30):
        """Until exactly these nodes are members and there is a DC with quorum."""
        names = set(names or self.hosts)
        self.lab.wait_until(f"online: {sorted(names)}", self.status,
                            lambda seen: seen.online == names and seen.quorum, deadline)

    # -- asking

    def any_node(self):
        """A node that runs and is not apart from the others: the last one, as the first has most to do."""
        for name in reversed(self.hosts):
            if self.lab.backend.alive(name) and name not in self.apart:
                return name
        raise LabError("no node is alive")

    def run(self, *argv, check=True, text="", on=None):
        """A command on the given node, or on any that runs."""
        return self.lab.backend.exec(on or self.any_node(), argv, check=check, text=text)

    def status(self, on=None):
        """What crm_mon says; an empty Status while it says nothing."""
        try:
            done = self.run("crm_mon", "--output-as=xml", "-1", "-r", check=False, on=on)
        except LabError:
            return Status()
        return read_status(done.out) if done.code == 0 else Status()

    def active(self, resource="mta"):
        """The node the resource is started on, or None."""
        return self.status().where.get(resource)

    def failures(self, resource="mta"):
        """Failed actions of a resource, as crm_mon lists them."""
        return [failure for failure in self.status().failures
                if failure.get("op_key", "").startswith(resource + "_")]

    # -- changing

    def create(self, resource_xml, on=None, rules=""):
        """Put a resource (or group) into the CIB; with `on`, preferred there.

        Operations are stretched where all takes longer. With rules, which tie addresses to the promoted instance of a
        clone, it is that which is preferred there.
        """
        resource_xml = cib.stretched(resource_xml, self.lab.backend.scale)
        what = 'rsc="mta-clone" role="Promoted"' if rules else 'rsc="mail"'
        rules += f'<rsc_location id="prefer" {what} node="{on}" score="50"/>' if on else ""
        text = f"<configuration><resources>{resource_xml}</resources><constraints>{rules}</constraints></configuration>"
        self.run("cibadmin", "--modify", "--allow-create", "-o", "configuration", "--xml-pipe", text=text)

    def wait_active(self, *nodes, resource="mta", deadline=30):
        """Until the resource is started on one of these nodes; returns which."""
        found = self.lab.wait_until(f"{resource} active on {'/'.join(nodes)}", self.status,
                                    lambda seen: seen.where.get(resource) in nodes, deadline)
        self.owners.append(found.where[resource])
        return found.where[resource]

    def wait_standby(self, *nodes, deadline=30):
        """Until the clone runs unpromoted on exactly these nodes."""
        self.lab.wait_until(f"on standby: {sorted(nodes)}", self.status,
                            lambda seen: seen.standby.get("mta") == set(nodes), deadline)

    def wait_stopped(self, resource="mta", deadline=30):
        """Until the resource is started nowhere."""
        self.lab.wait_until(f"{resource} stopped", self.status, lambda seen: resource not in seen.running(), deadline)

    def move(self, target, deadline=30):
        """Planned move of the group, or of the promoted role; returns when the mail server is active there."""
        self.lab.say(f"moving to {target}")
        what = ["mta-clone", "--promoted"] if "mta-clone" in self.status().top else ["mail"]
        self.run("crm_resource", "--move", "--node", target, "--resource", *what)
        self.wait_active(target, deadline=deadline)
        self.run("crm_resource", "--clear", "--resource", what[0])

    def reset(self):
        """Back to three nodes online and nothing but fencing configured; a node that is not clean is power-cycled."""
        for name in self.hosts:
            if self.lab.backend.alive(name):
                for net in ("lan", "ring"):
                    self.lab.backend.link(name, net, True)
                if not (self.runs("corosync", name) and self.runs("pacemakerd", name)):
                    self.lab.backend.kill(name)
            self.start(name)
        self.apart.clear()
        self.wait_online(deadline=40)
        usual = cib.options(self.lab.backend.scale)
        for option in self.options:
            self.run("crm_attribute", "--type", "crm_config", "--name", option, "--update", usual[option])
        self.options.clear()
        self._remove_resources()
        dirty = [name for name in self.hosts if self.leftovers(name)]
        for name in dirty:
            self.lab.say(f"# {name} is not clean, power-cycled: {self.leftovers(name)}")
            self.lab.backend.kill(name)
            self.start(name)
        if dirty:
            self.wait_online(deadline=40)
        self.owners.clear()
        self.cut.clear()
        self.crashes.clear()
        self.merges.clear()

    def leftovers(self, name):
        """What a scenario left on a node; empty when it is as after boot."""
        return self.run("sh", "-c", LEFTOVERS, on=name, check=False).out.strip()

    def stop_all(self):
        """Stop everything but fencing, in order."""
        for name in set(self.status().top) - {"fence"}:
            self.run("crm_resource", "--resource", name, "--meta", "-p", "target-role", "-v", "Stopped")
        self.lab.wait_until("every resource stopped", self.status,
                            lambda seen: seen.online and seen.running() <= {"fence"}, 40)

    def _remove_resources(self):
        self.stop_all()
        status = self.status()
        if status.resources - {"fence"}:
            self.run("cibadmin", "--delete-all", "--force", "--xpath", "//constraints/*", check=False)
            self.run("cibadmin", "--delete-all", "--force", "--xpath", "//resources/*[@id!='fence']")
        self.lab.wait_until("no resource but fencing", self.status,
                            lambda seen: seen.online and seen.resources <= {"fence"}, 40)
        if status.failures:
            self.run("crm_resource", "--cleanup", "--force", check=False)
