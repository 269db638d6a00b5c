# SPDX-License-Identifier: GPL-2.0-or-later
"""The certificate that a node presents, or would present after a failover, and what the zones promise of it.

    node1 [virtual, bound]  certificate A          node2 [waits]  certificate A or B
    auth1, auth2: _25._tcp.mail TLSA 3 1 1 of A, _mta-sts TXT
"""

import hashlib
import subprocess
import tempfile
import xml.etree.ElementTree as xml
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend import File
from bound import bound_on, call, mail_flows, reason_says, wait_verdict
from byhand import by_hand
from scenario import expect, scenario
from topology import NAME

FOLDER = "/etc/pf"
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
OWNER = f"_25._tcp.{NAME}"
BROKEN = 2
SETTINGS = f"smtpd_tls_security_level=may smtpd_tls_cert_file={FOLDER}/tls.pem smtpd_tls_key_file={FOLDER}/tls.key"


@dataclass
class Certificate:
    """PEM texts, and the record that fits."""
    text: str
    key: str
    tlsa: str


def openssl(*argv, data=b""):
    """Output of the host's openssl: another hand than the product's for keys and digests."""
    return subprocess.run(["openssl", *argv], input=data, capture_output=True, check=True).stdout


def certificate(*names, days=90):
    """A self-signed certificate, made now."""
    with tempfile.TemporaryDirectory() as folder:
        key, cert = Path(folder) / "key", Path(folder) / "cert"
        alternative = ",".join(f"DNS:{name}" for name in names)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", str(days), "-subj", "/CN=lab", "-addext", f"subjectAltName={alternative}",
                "-keyout", str(key), "-out", str(cert))
        public = openssl("pkey", "-pubout", "-outform", "DER", data=key.read_bytes())
        return Certificate(cert.read_text(), key.read_text(), f"3 1 1 {hashlib.sha256(public).hexdigest()}")


def install(lab, node, cert, key=None):
    """Settings of their own on a node, with this certificate."""
    lab.backend.exec(node, ["sh", "-c", f"rm -rf {FOLDER} && cp -a /etc/postfix {FOLDER} && "
                            f"postconf -c {FOLDER} -e {SETTINGS}"])
    lab.backend.write(node, f"{FOLDER}/tls.pem", File(cert.text))
    lab.backend.write(node, f"{FOLDER}/tls.key", File((key or cert).key, 0o600))


@contextmanager
def installed(lab, *nodes):
    """Afterwards the settings are gone again."""
    try:
        yield
    finally:
        for node in nodes:
            lab.backend.exec(node, ["rm", "-rf", FOLDER])


def promise(lab, *records, sts=False):
    """TLSA records of the name; and whether its mail domain has an MTA-STS policy."""
    def edit(zones):
        zones.put("cluster.test", OWNER, "TLSA", *records)
        zones.put("cluster.test", "_mta-sts.cluster.test", "TXT", *(['"v=STSv1; id=1;"'] if sts else []))
    lab.dns.change(edit)


def verify(lab, node, **wanted):
    """`bindback verify` there; exit status and the outcome of each check of our own mail server, all as wanted."""
    options = [f"--name={NAME}", "--ip=10.50.0.100", "--ip=fd50::100", f"--config-dir={FOLDER}", "--output-as=xml"]
    done = lab.backend.exec(node, ["bindback", "verify", *options], check=False)
    found = [(one.get("check"), one.get("outcome"), "".join(one.itertext()))
             for one in xml.fromstring(done.out).iter("observation") if one.get("vantage") == "self"]
    status = wanted.pop("status", 0)
    expect(done.code == status, f"verify on {node}: {done.code}, not {status}: {done.out}")
    for check, outcome in wanted.items():
        seen = {one[1] for one in found if one[0] == check}
        expect(seen == ({outcome} if outcome else set()), f"{check} on {node}: {seen}, not {outcome}: {found}")
    return found


def validate(lab, node, code=0):
    """validate-all at level 10 there, before any failover; returns what it gave as reason."""
    done = call(lab, node, "validate-all", level=10, config_dir=FOLDER)
    expect(done.code == code, f"validate-all on {node}: {done.code}, not {code}: {done.err}")
    return done.err


def validate_resource(lab, node):
    """What an admin runs on a node before moving the resource there."""
    return lab.backend.exec(node, ["crm_resource", "-r", "mta", "--validate=10"], check=False)


@scenario()
def tls_and_tlsa(lab):
    """node2 has another certificate than the TLSA record is about: known before the failover, and how to mend it."""
    one, two = certificate(NAME), certificate(NAME)
    with installed(lab, "node1", "node2"):
        install(lab, "node1", one)
        install(lab, "node2", two)
        promise(lab, one.tlsa)
        bound_on(lab, "node1", config_dir=FOLDER)
        seen = verify(lab, "node1", tls="match", tlsa="match")
        expect(len(seen) == 4, f"not both checks at both addresses: {seen}")
        verify(lab, "node2", status=1, tls="match", tlsa="mismatch")
        reason = validate(lab, "node2", BROKEN)
        reason_says(reason, two.tlsa)
        reason_says(reason, f"{FOLDER}/tls.pem")
        done = validate_resource(lab, "node2")
        expect(done.code == BROKEN and two.tlsa in done.out + done.err, f"crm_resource on node2: {done}")
        lab.say("the record of node2's key is published beside the other")
        promise(lab, one.tlsa, two.tlsa)
        validate(lab, "node2")
        verify(lab, "node2", tls="match", tlsa="match")
        done = validate_resource(lab, "node2")
        expect(done.code == 0, f"crm_resource on node2: {done}")
        lab.cluster.move("node2")
        wait_verdict(lab, "node2", "verified")
        verify(lab, "node2", tls="match", tlsa="match")
        mail_flows(lab, "node2")
        lab.read_views()
        lab.cluster.stop_all()


@scenario(audits=())
def tls_that_nothing_obliges(lab):
    """Self-signed, of another name, about to expire, expired: noted, and the identity stays verified."""
    with installed(lab, "node1"), by_hand(lab, config_dir=FOLDER) as hand:
        for cert, outcome in ((certificate(NAME), "match"), (certificate("*.cluster.test"), "match"),
                              (certificate("node1.cluster.test"), "weak"), (certificate(NAME, days=3), "weak")):
            install(lab, "node1", cert)
            validate(lab, "node1")
            hand.do("start")
            verify(lab, "node1", tls=outcome, tlsa=None)
            hand.do("monitor", level=20)
            hand.do("stop")
        lab.say("and without TLS at all")
        hand.shell(f"postconf -c {FOLDER} -e smtpd_tls_security_level=none")
        hand.do("start")
        verify(lab, "node1", tls="nodata", tlsa=None)
        promise(lab, certificate(NAME).tlsa)
        verify(lab, "node1", status=1, tls="nodata", tlsa="mismatch")
        validate(lab, "node1", BROKEN)


# What is set, what is then seen, whether it is the certificate of the TLSA record; {F} is the folder.
WAYS = (
    ("key and chain in one file", "smtpd_tls_cert_file={F}/both.pem", "match", "match"),
    ("chain files", "smtpd_tls_chain_files={F}/both.pem smtpd_tls_cert_file={F}/other.pem", "match", "match"),
    ("key and chain in two chain files", "smtpd_tls_chain_files={F}/tls.key,{F}/tls.pem", "match", "match"),
    ("for ECDSA", "smtpd_tls_eccert_file={F}/tls.pem smtpd_tls_eckey_file={F}/tls.key", "match", "match"),
    ("another one", "smtpd_tls_cert_file={F}/other.pem", "match", "mismatch"),
    ("the old word for it", "smtpd_tls_security_level= smtpd_use_tls=yes smtpd_tls_cert_file={F}/both.pem", "match",
     "match"),
    ("none at all: offered, and refused", "smtpd_tls_cert_file=", "mismatch", "mismatch"),
    ("none, said so: anonymous", "smtpd_tls_cert_file=none", "mismatch", "mismatch"),
    ("not wanted", "smtpd_tls_security_level=none smtpd_tls_cert_file={F}/both.pem", "nodata", "mismatch"),
    ("a key that is another one's", "smtpd_tls_cert_file={F}/tls.pem smtpd_tls_key_file={F}/other.pem", "mismatch",
     "mismatch"),
    ("a file that is not there", "smtpd_tls_cert_file={F}/nowhere.pem", "mismatch", "mismatch"),
    ("an option of the service",
     "smtpd_tls_cert_file={F}/other.pem -o smtpd_tls_cert_file=${{config_directory}}/both.pem", "match", "match"),
    ("behind postscreen", "smtpd_tls_cert_file={F}/both.pem postscreen", "match", "match"),
)
SERVICE = "smtp inet n - y - - smtpd"
POSTSCREEN = """smtp inet n - n - 1 postscreen
smtpd pass - - y - - smtpd
tlsproxy unix - - y - 0 tlsproxy
dnsblog unix - - y - 0 dnsblog"""


def set_up(lab, node, settings, one, two):
    """A node with these settings and files."""
    install(lab, node, one)
    lab.backend.write(node, f"{FOLDER}/both.pem", File(one.key + one.text, 0o600))
    lab.backend.write(node, f"{FOLDER}/other.pem", File(two.key + two.text, 0o600))
    words, _, option = settings.format(F=FOLDER).partition(" -o ")
    words = words.split()
    service = POSTSCREEN if "postscreen" in words else SERVICE + (f"\n  -o {option}" if option else "")
    words = [word for word in words if word != "postscreen"]
    unset = ["smtpd_tls_cert_file=", "smtpd_tls_key_file=$smtpd_tls_cert_file"]
    lab.backend.exec(node, ["postconf", "-c", FOLDER, "-e", *unset, *words])
    master = lab.backend.exec(node, ["sed", "/^smtp *inet/,/^[^ #]/{/^smtp *inet/d;/^ /d}", f"{FOLDER}/master.cf"]).out
    lab.backend.write(node, f"{FOLDER}/master.cf", File(f"{service}\n{master}"))


@scenario(audits=())
def tls_by_files_as_it_is(lab):
    """Whatever is set: what the files tell on the node that waits is what the node that is bound presents."""
    one, two = certificate(NAME), certificate(NAME)
    promise(lab, one.tlsa)
    with installed(lab, "node1", "node2"), by_hand(lab, config_dir=FOLDER) as hand:
        for what, settings, tls, tlsa in WAYS:
            lab.say(what)
            for node in ("node1", "node2"):
                set_up(lab, node, settings, one, two)
            hand.do("start")
            status = int("mismatch" in (tls, tlsa))
            verify(lab, "node1", status=status, tls=tls, tlsa=tlsa)
            verify(lab, "node2", status=status, tls=tls, tlsa=tlsa)
            validate(lab, "node2", BROKEN if tlsa == "mismatch" else 0)
            hand.do("stop")


@scenario(audits=())
def tls_and_mta_sts(lab):
    """Mail for cluster.test comes here, and its MTA-STS policy wants an authority that everybody trusts."""
    one = certificate(NAME)
    promise(lab, sts=True)
    with installed(lab, "node1"), by_hand(lab, config_dir=FOLDER) as hand:
        install(lab, "node1", one)
        hand.do("start")
        verify(lab, "node1", status=1, tls="mismatch", tlsa=None)
        validate(lab, "node1")
        lab.say("the authority is trusted from now on")
        hand.shell(f"cp -a {TRUSTED} {FOLDER}/trusted")
        try:
            hand.shell(f"cat {FOLDER}/tls.pem >>{TRUSTED}")
            verify(lab, "node1", tls="match", tlsa=None)
        finally:
            hand.shell(f"cp -a {FOLDER}/trusted {TRUSTED}")
