# SPDX-License-Identifier: GPL-2.0-or-later
"""The strict mail server outside: what it is made of, and what it has accepted."""

import mailbox
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from backend import File

SINK = "sink@remote.test"
MBOX = "/var/mail/sink"
MAIN_CF = """
compatibility_level = 3.6
myhostname = mx.remote.test
mydestination =
inet_interfaces = all
inet_protocols = all
mynetworks = 127.0.0.0/8
smtpd_helo_required = yes
smtpd_client_restrictions = reject_unknown_client_hostname
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname
smtpd_sender_restrictions = reject_non_fqdn_sender, reject_unknown_sender_domain
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = none
virtual_mailbox_domains = remote.test
virtual_mailbox_base = /var/mail
virtual_mailbox_maps = static:sink
virtual_mailbox_lock = fcntl
virtual_mailbox_limit = 0
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
alias_maps =
"""
RECEIVED = re.compile(r"from (\S+) \((\S+) \[(?:IPv6:)?([0-9a-f.:]+)\]\)\s+by mx\.remote\.test")
BOOT = [["chown", "nobody:nogroup", "/var/mail"], ["postfix", "start"]]


@dataclass
class Delivery:
    """One message as the remote saw it come in."""
    number: str
    peer: str
    ehlo: str
    sender: str
    received: str


def files(tree):
    """What makes a host the strict mail server; no chroots, so the host's own resolv.conf counts."""
    master = (Path(tree) / "etc/postfix/master.cf").read_text()
    master = re.sub(r"^(\S+\s+\S+\s+\S+\s+\S+\s+)y(\s)", r"\1n\2", master, flags=re.M)
    return {"/etc/postfix/main.cf": File(MAIN_CF), "/etc/postfix/master.cf": File(master)}


class Remote:
    """Reads the remote's mailbox and log."""

    def __init__(self, lab):
        self.lab = lab

    def deliveries(self):
        """Every message accepted since the last reset."""
        text = self.lab.backend.exec("remote", ["sh", "-c", f"cat {MBOX} 2>/dev/null"], check=False).out
        folder = tempfile.mkdtemp()
        try:
            Path(folder, "mbox").write_text(text)
            return [self._read(message) for message in mailbox.mbox(Path(folder, "mbox"))]
        finally:
            shutil.rmtree(folder)

    def _read(self, message):
        received = " ".join(message["Received"].split())
        ehlo, _, peer = RECEIVED.search(received).groups()
        return Delivery(message.get("X-Lab-Number", ""), peer, ehlo, message.get("Return-Path", ""), received)

    def rejections(self):
        """Log lines in which the remote turned somebody away."""
        return [line for line in self.lab.log("remote") if "NOQUEUE: reject" in line]

    def reset(self):
        """Empty the mailbox."""
        self.lab.backend.exec("remote", ["rm", "-f", MBOX])
