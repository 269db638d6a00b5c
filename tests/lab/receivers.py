# SPDX-License-Identifier: GPL-2.0-or-later
"""The strict receivers of the verdict table: Postfix, Exim and OpenSMTPD, each with a resolver of its own.

What they refuse by themselves is what their programs and ordinary strict settings refuse. So that a row of the table
can give one of them a whim of its own, each looks into a file: Postfix and Exim for every connection, OpenSMTPD when
it is told to.
"""

from dataclasses import dataclass, replace

import dns
import topology
from backend import File

WHIM = "/etc/lab/whim"          # Postfix: an action of access(5) or "greylist"; Exim: a reply on connecting
HELO = "/etc/lab/helo"          # Postfix: the same about the EHLO name
PAUSE = "/etc/lab/pause"        # Exim: so long it waits before it greets, and drops who talks first
GREY = "/etc/lab/grey"          # Exim: greylists
LISTED = "/etc/lab/listed"      # OpenSMTPD: client addresses that get 554
BUSY = "/etc/lab/busy"          # OpenSMTPD: client addresses that get 421
TABLES = ("listed", "busy")     # OpenSMTPD's names for these two
# It takes what begins as a list for a list; an empty file could only ever become a map.
NOBODY = "192.0.2.1\n"
NO_WHIM = {WHIM: "", HELO: "", PAUSE: "0s", GREY: "", LISTED: NOBODY, BUSY: NOBODY}

POSTFIX_CONF = """
smtpd_client_restrictions = check_policy_service inet:127.0.0.1:10023, reject_unknown_client_hostname
smtpd_helo_restrictions = check_policy_service inet:127.0.0.1:10024, reject_invalid_helo_hostname,
    reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname
spf = check_policy_service unix:private/spf
smtpd_restriction_classes = spf
"""
# The SPF checker of Debian's, asked only where a whim says so: it costs a start of Python for each client.
SPF = "spf"
SPF_SERVICE = "spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf /etc/lab/policyd-spf.conf\n"
SPF_CONF = """
HELO_reject = Fail
Mail_From_reject = Fail
PermError_reject = True
TempError_Defer = True
"""
EXIM_CONF = f"""
primary_hostname = mx2.remote.test
domainlist local_domains = remote.test
host_lookup = *
helo_verify_hosts = *
acl_smtp_connect = connect
acl_smtp_rcpt = rcpt
rfc1413_query_timeout = 0s
log_file_path = syslog
tls_advertise_hosts =
keep_environment =
dns_retrans = 2s
dns_retry = 2
begin acl
connect:
  warn delay = ${{readfile{{{PAUSE}}}}}
  defer condition = ${{if match{{${{readfile{{{WHIM}}}}}}}{{^4}}}}
        message = ${{readfile{{{WHIM}}}{{}}}}
  drop condition = ${{if match{{${{readfile{{{WHIM}}}}}}}{{^5}}}}
       message = ${{readfile{{{WHIM}}}{{}}}}
  accept
rcpt:
  require verify = reverse_host_lookup
  require verify = sender
  require domains = +local_domains
  defer condition = ${{if !eq{{${{readfile{{{GREY}}}{{}}}}}}{{}}}}
        !ratelimit = 1.5 / 1h / strict / $sender_host_address-$sender_address
        message = Greylisted, please try again later
  accept
begin routers
sink:
  driver = redirect
  domains = +local_domains
  data = :blackhole:
outside:
  driver = dnslookup
  transport = outside
begin transports
outside:
  driver = smtp
"""
OPENSMTPD_CONF = f"""
table listed file:{LISTED}
table busy file:{BUSY}
filter refuse phase connect match src <listed> disconnect "554 5.7.1 Service unavailable; client host is listed"
filter later phase connect match src <busy> disconnect "421 4.7.0 Too busy, please try again later"
filter nameless phase connect match !rdns disconnect "550 5.7.25 Client host has no PTR record"
filter unproved phase connect match !fcrdns disconnect "550 5.7.25 Client host's PTR record does not lead back"
filter strict chain {{ refuse, later, nameless, unproved }}
listen on 0.0.0.0 hostname mx3.remote.test filter strict
listen on :: hostname mx3.remote.test filter strict
action sink mda "/bin/true" virtual {{ "@" = nobody }}
match from any for domain remote.test action sink
"""
POSTFIX_BOOT = [["sh", "-c", f"setsid /lab/whims.py 10023 {WHIM} 10024 {HELO} >/var/log/whims 2>&1 </dev/null &"]]
EXIM_HOME, OPENSMTPD_HOME = "/opt/exim4-daemon-light/usr", "/opt/opensmtpd/usr"
SMTPCTL = f"{OPENSMTPD_HOME}/sbin/smtpctl"
EXIM_BOOT = [
    ["ln", "-s", f"{EXIM_HOME}/sbin/exim4", "/usr/sbin/exim4"],
    ["install", "-d", "-o", "Debian-exim", "-g", "Debian-exim", "/var/spool/exim4", "/var/log/exim4", "/run/exim4"],
    ["exim4", "-bd"],
]
OPENSMTPD_BOOT = [
    ["ln", "-s", f"{OPENSMTPD_HOME}/libexec/opensmtpd", "/usr/libexec/opensmtpd"],
    ["install", "-d", "/var/lib/opensmtpd/empty"],
    ["chgrp", "opensmtpq", SMTPCTL],
    ["chmod", "2755", SMTPCTL],
    [f"{OPENSMTPD_HOME}/sbin/smtpd"],
]


@dataclass(frozen=True)
class Receiver:
    """A mail server outside: its program, its host in the lab, its name in the DNS, its addresses."""
    mta: str
    host: str
    name: str
    addresses: dict


def _receiver(mta, host, name, last):
    return Receiver(mta, host, name, {"4": f"10.60.0.{last}", "6": f"fd60::{last}"})


POSTFIX = _receiver("Postfix", "remote", "mx.remote.test", 25)
EXIM = _receiver("Exim", "mx2", "mx2.remote.test", 26)
OPENSMTPD = _receiver("OpenSMTPD", "mx3", "mx3.remote.test", 27)
RECEIVERS = (POSTFIX, EXIM, OPENSMTPD)


def hosts(tree):
    """The three as hosts of a lab."""
    whims = {path: File(text) for path, text in NO_WHIM.items()}
    files = {**whims, **dns.resolver_files(forgetful=False), "/etc/resolv.conf": topology.resolv_conf("127.0.0.1")}
    postfix = topology.remote_host(tree)
    settings = {path: File(postfix.files[path].text + more)
                for path, more in (("/etc/postfix/main.cf", POSTFIX_CONF), ("/etc/postfix/master.cf", SPF_SERVICE))}
    return [
        replace(postfix, boot=POSTFIX_BOOT + postfix.boot, files={
            **postfix.files, **files, **settings, **topology.script("whims.py"),
            "/etc/lab/policyd-spf.conf": File(SPF_CONF)}),
        topology.wan("mx2", 26, 26, boot=dns.RESOLVER_BOOT + EXIM_BOOT, files={
            **files, "/etc/exim4/exim4.conf": File(EXIM_CONF)}),
        topology.wan("mx3", 27, 27, boot=dns.RESOLVER_BOOT + OPENSMTPD_BOOT, files={
            **files, "/etc/smtpd.conf": File(OPENSMTPD_CONF, 0o600)})]
