# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a node before the identity goes to it."""

import audit
import guards
import witness
from bound import clone_on, mail_flows
from scenario import scenario

REMOTE = "mx.remote.test/remote.test"
TOLD = (
    "node2: settings: the mail server's settings on node2 differ from those on node1",
    "a firewall may pass the virtual addresses alone",
    "node3: mta: config_dir: cannot open /etc/postfix/main.cf: Permission denied",
    "node3: witness key: witnesses cannot be asked from here: ",
)


def found(lab, node, check, status):
    """Until the owner's guard has this of another node."""
    guards.wait_view(lab, "node1", f"{check} of {node} is {status}",
                     lambda seen: seen.checks(node, check, status), deadline=30)


@scenario(without=(audit.wall,))    # nodes that wait try the remotes from their own addresses
def preflight(lab):
    """Nodes that wait are looked at by their own guards, and what they find is told on any node.

        node1 [virtual]      node2 settings of its own      node3 settings that the guard may not read, no key
                |  virtual addresses alone pass the firewall to ports 25 and 9322
             remote (witness)
    """
    witness.start(lab)
    lab.backend.exec("node2", ["postconf", "-e", "smtpd_helo_required=yes"])
    lab.backend.exec("node3", ["chmod", "600", "/etc/postfix/main.cf"])
    lab.backend.exec("node3", ["rm", witness.AUTHKEY])
    try:
        clone_on(lab, "node1", remotes=REMOTE, witnesses=witness.NAMES["remote"])
        found(lab, "node2", "settings", "degraded")
        found(lab, "node3", "mta", "unknown")
        found(lab, "node3", "settings", "unknown")
        for node in ("node2", "node3"):
            for check in ("nameserver", "route", "interface"):
                found(lab, node, check, "verified")
            found(lab, node, "remote", "degraded")
            found(lab, node, "witness", "degraded")
        guards.wait_view(lab, "node1", "the verdict tells of remotes where the addresses are",
                         lambda seen: seen.checks("node1", "mta") and not seen.checks("node1", "remote"))
        witness.wait_seen(lab, witness.RIGHT)
        mail_flows(lab, "node1")
        lab.wait_until("all is told on node3", lambda: lab.backend.exec("node3", ["bindback", "preflight", "--all"],
                                                                        check=False),
                       lambda done: done.code == 3 and all(text in done.out for text in TOLD), 10)
    finally:
        lab.backend.exec("node2", ["postconf", "-X", "smtpd_helo_required"])
        lab.backend.exec("node3", ["chmod", "644", "/etc/postfix/main.cf"])
