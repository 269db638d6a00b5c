#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The root tree all hosts of the lab share: Debian, made by mmdebstrap from this machine's own sources, cached.

`tree.py` prints the folder, and makes it first when it is not there. The key is a hash of this file, so a change of
the package list makes a new tree and the old one goes. Exim and OpenSMTPD, which Debian allows only in Postfix's place,
lie unpacked under /opt; receivers.py runs them from there.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from backend import LabError

SUITE = "bookworm"
PACKAGES = """
    corosync pacemaker pacemaker-cli-utils resource-agents pcs crmsh
    postfix postfix-pcre postfix-policyd-spf-python knot knot-dnsutils unbound
    systemd systemd-sysv
    iproute2 iputils-ping kmod mount nftables psmisc netbase procps python3 libxml2-utils
    libc-ares2 libcfg7 libcmap4 libcpg4 libmnl0 libqb100 libquorum5 libxml2
    libfaketime libevent-2.1-7 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0 dnsperf
""".split()
UNPACKED = ("exim4-daemon-light", "opensmtpd")
USERS = ("bindback", "Debian-exim", "opensmtpd", "opensmtpq")
UNPACK = """set -e; cd $1/opt
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download {packages}
for file in *.deb; do dpkg -x $file ${{file%%_*}}; rm $file; done
for user in {users}; do chroot $1 useradd --system --home-dir /run --shell /usr/sbin/nologin $user; done"""
LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
SOURCE = "deb {signed}{uri} {suite} main"


def cache():
    """Where trees are kept."""
    return Path(os.environ.get("BINDBACK_LAB_CACHE", "/var/cache/bindback-lab"))


def key():
    """Name of the tree that this file builds."""
    return "tree-" + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]


def sources():
    """This machine's Debian sources of the suite, as one-line entries."""
    form = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(SIGNED_BY)"
    done = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"],
                          capture_output=True, text=True, check=True)
    found = set()
    for line in done.stdout.splitlines():
        origin, suite, uri, signed = line.split("|")
        if origin == "Debian" and suite in (SUITE, f"{SUITE}-security", f"{SUITE}-updates"):
            signed = f"[signed-by={signed}] " if signed.startswith("/") else ""
            found.add(SOURCE.format(signed=signed, uri=uri, suite=suite))
    if not found:
        raise LabError(f"apt on this machine knows no Debian {SUITE} source (apt-get update, perhaps)")
    return "\n".join(sorted(found)) + "\n"


def apt_options():
    """How this machine's apt reaches its sources: proxies and the like."""
    done = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    wanted = ("Acquire::http", "Acquire::https", "Acquire::Check-")
    return [f"--aptopt={line}" for line in done.stdout.splitlines() if line.startswith(wanted) and '""' not in line]


def build(target, log):
    """Run mmdebstrap into target."""
    argv = ["mmdebstrap", "--mode=root", "--variant=essential", "--include=" + ",".join(PACKAGES)]
    argv += ["--aptopt=APT::Install-Recommends \"false\"", *apt_options()]
    argv += [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    argv += ["--customize-hook=rm -f $1/etc/hostname $1/etc/resolv.conf $1/etc/apt/apt.conf.d/99mmdebstrap"]
    argv += ["--customize-hook=ln -sf ../proc/self/mounts $1/etc/mtab"]
    argv += ["--customize-hook=" + UNPACK.format(packages=" ".join(UNPACKED), users=" ".join(USERS))]
    argv += ["--customize-hook=chroot $1 postfix check"]    # makes the queue folders, as a first start would
    argv += [SUITE, str(target), "-"]
    done = subprocess.run(argv, input=sources(), stdout=log, stderr=log, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"mmdebstrap failed, see {log.name}")


def remove_stale(folder):
    """Drop trees of other keys that nobody has opened for a day."""
    for other in folder.glob("tree-*"):
        old = time.time() - other.stat().st_mtime > 86400
        if other.is_dir() and other.name != key() and old:
            shutil.rmtree(other, ignore_errors=True)


def ensure(say=print):
    """The tree's folder, built when missing; two callers at once build it once."""
    folder = cache()
    folder.mkdir(parents=True, exist_ok=True)
    tree = folder / key()
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            make(tree, say)
        os.utime(tree)
        remove_stale(folder)
    return tree


def make(tree, say):
    """Build beside the final place and rename."""
    say(f"# building the root tree (about a minute, once): {tree}")
    began = time.monotonic()
    new = tree.with_name(f"new-{tree.name}")
    shutil.rmtree(new, ignore_errors=True)
    with open(tree.with_name("build.log"), "w", encoding="utf-8") as log:
        build(new, log)
    new.rename(tree)
    say(f"# root tree ready after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    print(ensure(lambda text: print(text, file=sys.stderr)))
