# SPDX-License-Identifier: GPL-2.0-or-later
"""Cluster configuration as text: corosync.conf, the first CIB, resources."""

import re
from xml.sax.saxutils import quoteattr

from backend import File

COROSYNC = """
totem {{
    version: 2
    cluster_name: lab
    transport: knet
    crypto_cipher: none
    crypto_hash: none
    token: {token}
}}
quorum {{
    provider: corosync_votequorum
}}
logging {{
    to_syslog: yes
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    timestamp: hires
}}
nodelist {{
{nodes}}}
"""
NODE = """    node {{
        ring0_addr: 10.99.0.{id}
        name: node{id}
        nodeid: {id}
    }}
"""
CIB = """<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
<configuration>
<crm_config><cluster_property_set id="options">{options}</cluster_property_set></crm_config>
<nodes>{nodes}</nodes>
<resources>{resources}</resources>
<constraints/>
<rsc_defaults><meta_attributes id="defaults">{defaults}</meta_attributes></rsc_defaults>
<op_defaults><meta_attributes id="op-defaults">{op_defaults}</meta_attributes></op_defaults>
</configuration>
<status/>
</cib>
"""
OPTIONS = {"have-watchdog": "false", "cluster-infrastructure": "corosync", "cluster-name": "lab",
           "stonith-enabled": "true", "maintenance-mode": "false", "no-quorum-policy": "stop", "dc-deadtime": "1s",
           "stonith-timeout": "60s", "cluster-recheck-interval": "30s",
           "load-threshold": "1000%", "node-action-limit": "8"}   # a busy machine is no reason to wait
SLOWER = ("dc-deadtime", "cluster-recheck-interval")    # where all takes longer
OP = re.compile("<op [^>]*>")


def options(scale=1.0):
    """Cluster options of a backend where all takes so many times as long."""
    return {name: seconds(value, scale) if name in SLOWER else value for name, value in OPTIONS.items()}


def seconds(text, scale):
    """A time such as 20s, so many times as long."""
    return f"{round(int(text[:-1]) * scale)}s"


def stretched(text, scale):
    """Every operation takes so many times as long, and comes as much more seldom."""
    def longer(match):
        return re.sub(r'(interval|timeout)="(\d+s)"', lambda one: f'{one[1]}="{seconds(one[2], scale)}"', match[0])
    return OP.sub(longer, text) if scale != 1 else text


def corosync(numbers, token_ms):
    """corosync.conf of the nodes with these numbers."""
    return COROSYNC.format(token=token_ms, nodes="".join(NODE.format(id=number) for number in numbers))


def pairs(owner, values):
    """nvpair elements."""
    return "".join(f'<nvpair id="{owner}-{name}" name="{name}" value={quoteattr(str(value))}/>'
                   for name, value in values.items())


def operations(owner, ops):
    """op elements from (name, interval, timeout) tuples with optional depth, and role after it."""
    text = ""
    for name, interval, timeout, *more in ops:
        key = f"{owner}-{name}-{interval}"
        depth, role = (*more, None, None)[:2]
        level = pairs(f"{key}-depth", {"OCF_CHECK_LEVEL": depth}) if depth else ""
        inner = f'<instance_attributes id="{key}-at">{level}</instance_attributes>' if level else ""
        only = f' role="{role}"' if role else ""
        text += f'<op id="{key}" name="{name}" interval="{interval}" timeout="{timeout}"{only}>{inner}</op>'
    return f"<operations>{text}</operations>"


def primitive(name, agent, values, ops=(), meta=None):
    """One resource; agent is class:provider:type or stonith:type."""
    words = agent.split(":")
    provider = f'provider="{words[1]}" ' if len(words) == 3 else ""
    inner = f'<instance_attributes id="{name}-at">{pairs(name, values)}</instance_attributes>'
    if meta:
        inner += f'<meta_attributes id="{name}-meta">{pairs(name + "-meta", meta)}</meta_attributes>'
    return f'<primitive id="{name}" class="{words[0]}" {provider}type="{words[-1]}">' \
           f"{inner}{operations(name, ops)}</primitive>"


def group(name, *members):
    """Resources that start in this order on one node."""
    return f'<group id="{name}">{"".join(members)}</group>'


def clone(name, inner, meta):
    """One resource on every node."""
    return f'<clone id="{name}"><meta_attributes id="{name}-meta">{pairs(name + "-meta", meta)}</meta_attributes>' \
           f"{inner}</clone>"


def around(addresses_id, clone_id):
    """The addresses go where the clone is promoted; they are there before promote, and until demote is done."""
    return f'<rsc_colocation id="addresses-with-promoted" rsc="{addresses_id}" with-rsc="{clone_id}" ' \
           'with-rsc-role="Promoted" score="INFINITY"/>' \
           f'<rsc_order id="addresses-then-promote" first="{addresses_id}" first-action="start" then="{clone_id}" ' \
           'then-action="promote" kind="Mandatory"/>'


def initial(numbers, scale=1.0, more=""):
    """The CIB a node boots with, where all takes `scale` times as long: fencing, and more resources when given."""
    hosts = " ".join(f"node{number}" for number in numbers)
    fence = primitive("fence", "stonith:fence_lab", {"pcmk_host_list": hosts, "pcmk_host_check": "static-list"})
    nodes = "".join(f'<node id="{number}" uname="node{number}"/>' for number in numbers)
    return CIB.format(options=pairs("option", options(scale)), nodes=nodes, resources=fence + stretched(more, scale),
                      defaults=pairs("default", {"resource-stickiness": 100, "migration-threshold": 3}),
                      op_defaults=pairs("op-default", {"timeout": seconds("20s", scale)}))


def file(text):
    """A CIB as Pacemaker wants it put in its place."""
    return File(text, 0o600, "hacluster:haclient")


def addresses(*wanted):
    """IPaddr2 for each virtual address."""
    ops = [("start", "0s", "20s"), ("stop", "0s", "20s"), ("monitor", "10s", "20s")]
    text = []
    for address in wanted:
        values = {"ip": address, "cidr_netmask": "64" if ":" in address else "24"}
        if ":" in address:
            values.update(nodad="true", preferred_lft="0", arp_count="2", arp_interval="50")   # else start takes 1 s
        text.append(primitive("vip6" if ":" in address else "vip4", "ocf:heartbeat:IPaddr2", values, ops))
    return text
