#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Install, upgrade, remove and purge the packages in a root tree: story.py TREE DEBS NEXT, in namespaces of its own.

DEBS and NEXT are folders with the packages of a release and of the next one. A line "ok" or "not ok" for each thing
looked at.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from room import Room, mount

TESTS = Path(__file__).resolve().parents[2] / "packaging/debian/tests"
PACKAGES = ("bindback", "bindback-common", "bindback-witness")
AGENT = "/usr/lib/ocf/resource.d/bindback/mta"
KEYS = ("/etc/bindback/authkey", "/etc/bindback/witness.keys")
EVENT = "bindback: Event 9322"
UIDGID = "/etc/corosync/uidgid.d/bindback"
# What a maintainer script may do: ask, reload, and start or stop the witness.
ALLOWED = re.compile("systemctl ((--system )?daemon-reload|--version --quiet|--system is-enabled -- UNIT"
                     "|--system --quiet is-active -- UNIT|--quiet --system (start|restart)( UNIT)+|stop( UNIT)+)"
                     .replace("UNIT", r"bindback-witness(-hosts)?\.(service|path)"))
# As needrestart reads a snippet.
NEEDRESTART = """
our %nrconf = (blacklist => []);
eval do { local(@ARGV, $/) = shift; <>}; die $@ if $@;
foreach my $exe (@ARGV) { print $exe =~ m{([^/]+)$}, " " if grep { $exe =~ /$_/ } @{$nrconf{blacklist}}; }
"""
WATCH = "bindback-witness.service"
MARK = "# bindback: kept by bindback-witness while DNS is wrong, see bindback-witness(8)"


def version(folder):
    """The upstream version of the packages in a folder."""
    name = next(Path(folder).glob("bindback_*.deb")).name
    return name.split("_")[1].rpartition("-")[0]


def held(folder):
    """Files and folders that the packages in a folder have."""
    found = set()
    for package in PACKAGES:
        deb = next(Path(folder).glob(f"{package}_*.deb"))
        done = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE, check=True)
        names = subprocess.run(["tar", "-t"], input=done.stdout, stdout=subprocess.PIPE, check=True).stdout.decode()
        found |= {name[2:].rstrip("/") for name in names.splitlines()} - {""}
    return {str(Path("usr") / name) if name.split("/")[0] == "lib" else name for name in found}


# By these deb-systemd-helper knows what was enabled.
STATE = {f"var/lib/systemd/deb-systemd-helper-enabled/bindback-witness{unit}.dsh-also"
         for unit in (".service", "-hosts.path")}


class Story:
    """What happens, and what is seen of it."""

    def __init__(self, room, debs, following):
        self.room, self.debs, self.following = room, debs, following
        self.first = room.changes()
        self.accounts = room.accounts()
        self.step = ""

    def judge(self, name, fault):
        """One line; a fault is what is wrong, or nothing."""
        print(f"{'not ok' if fault else 'ok'} {self.step}: {name}", flush=True)
        for line in str(fault).splitlines()[:20] if fault else ():
            print(f"  # {line}", flush=True)

    def bring(self, folder):
        """Packages into the room; their paths in it."""
        found = []
        for package in PACKAGES:
            deb = next(Path(folder).glob(f"{package}_*.deb"))
            self.room.path("/tmp/debs").mkdir(exist_ok=True)
            self.room.path(f"/tmp/debs/{deb.name}").write_bytes(deb.read_bytes())
            found.append(f"/tmp/debs/{deb.name}")
        return found

    def dpkg(self, step, *argv):
        """A step of dpkg's."""
        return self.seen(step, self.room.run("dpkg", *argv))

    def apt(self, step, *argv, fails=False):
        """A step as a person does it."""
        return self.seen(step, self.room.apt(*argv), fails)

    def seen(self, step, done, fails=False):
        """After each step corosync could start, and what ran runs."""
        self.step = step
        good = bool(done.returncode) == fails
        self.judge("fails" if fails else "succeeds", "" if good else f"status {done.returncode}\n{done.stdout}")
        self.corosync()
        self.judge("what runs goes on", self.room.fallen())
        calls = self.room.calls()
        self.judge("nothing but the witness is stopped or started",
                   "\n".join(call for call in calls if not ALLOWED.fullmatch(call)))
        return done.stdout, calls

    def corosync(self):
        """Would it start with this?"""
        done = self.room.run("corosync", "-t")
        self.judge("corosync takes its configuration", done.returncode and done.stdout)

    def new(self):
        """What is in the room now, compared with the beginning."""
        now = self.room.changes()
        return {path: now.get(path) for path in {*now, *self.first} if now.get(path) != self.first.get(path)}

    def only(self, name, allowed):
        """All that is new are these paths."""
        new = {path for path in self.new() if path not in allowed}
        self.judge(name, "\n".join(sorted(new)))

    # -- looks

    def user(self):
        """The guard's user is there, without a way to log in, and no other is new."""
        new = self.room.accounts() - self.accounts
        lost = self.accounts - self.room.accounts()
        want = r"passwd: bindback:x:[1-9]\d{2}:\d+:bindback guard,?,?,?:/nonexistent:/usr/sbin/nologin"
        shape = sorted(new)[1:] and re.fullmatch(want, sorted(new)[1])
        good = len(new) == 2 and not lost and shape and sorted(new)[0].startswith("group: bindback:x:")
        self.judge("the guard's user alone is new", not good and f"new: {sorted(new)}\nlost: {sorted(lost)}")

    def installed(self, folder):
        """Files are those of the packages, with their owner, and programs work."""
        new, want = self.new(), held(folder)
        missing = {path for path in want if not os.path.lexists(self.room.path(path))}
        self.judge("every file is there", "\n".join(sorted(missing)))
        foreign = [path for path, now in new.items() if now and now[1:3] != (0, 0)]
        loose = [path for path, now in new.items() if now and now[0][0] != "l" and re.search("[sStT]|w.$", now[0][1:])]
        self.judge("all of it is root's", "\n".join(foreign + loose))
        self.only("nothing else is new", {*want, *STATE})
        self.programs(version(folder))
        self.judge("the journal's catalogue has our events",
                   EVENT not in self.room.run("journalctl", "--list-catalog").stdout and "it has not")
        self.needrestart()
        self.judge("the witness is not enabled", self.enabled(WATCH) == "enabled" and "it is")

    def needrestart(self):
        """Does needrestart pass over what runs under Pacemaker, and over nothing else?"""
        done = self.room.run("perl", "-e", NEEDRESTART, "/etc/needrestart/conf.d/bindback.conf",
                             "/usr/libexec/bindback/keeper", "/usr/libexec/bindback/bindbackd", "/usr/sbin/pacemakerd")
        self.judge("needrestart leaves Pacemaker alone for it", done.stdout != "keeper bindbackd " and done.stdout)

    def programs(self, want):
        """Each program runs, and says its version."""
        said = {"agent": self.room.run(AGENT, "meta-data").stdout,
                "bindback": self.room.run("bindback", "--version").stdout,
                "bindback-witness": self.room.run("bindback-witness", "--version").stdout}
        version_there = re.compile(rf"\b{re.escape(want)}(?![\w.])")
        wrong = [f"{name}: {text[-200:]}" for name, text in said.items() if not version_there.search(text)]
        self.judge(f"programs are of version {want}", "\n".join(wrong))

    def enabled(self, unit):
        """What systemd says of a unit."""
        return self.room.run("systemctl.real", "--root=/", "is-enabled", unit).stdout.strip()

    # -- chapters

    def control(self):
        """What is looked at can be seen: corosync does not start when a user is missing."""
        self.step = "before"
        self.corosync()
        self.room.write(UIDGID + ".dpkg-new", "uidgid {\n\tuid: bindback\n}\n")
        done = self.room.run("corosync", "-t")
        self.judge("corosync refuses a user that is missing, in any file there", not done.returncode and "it does not")
        self.room.path(UIDGID + ".dpkg-new").unlink()
        self.judge("there is no user bindback", [line for line in self.accounts if "bindback" in line])

    def apart(self):
        """Step by step, as dpkg does it; then all is as it was."""
        debs = self.bring(self.debs)
        self.dpkg("unpack", "--unpack", *debs)
        self.user()
        self.dpkg("configure", "--configure", "-a")
        self.user()
        self.apt("purge at once", "purge", *PACKAGES)
        self.user()
        self.only("nothing is left", set())

    def arrive(self):
        """Installed, as README says it."""
        self.apt("install", "install", *self.bring(self.debs))
        self.installed(self.debs)
        self.step = "use"
        self.judge("a key is made", self.refused("bindback", "witness-key", "make", "example"))
        lines = re.findall("(?m)^key .*", self.room.run("bindback", "witness-key", "show", "example").stdout)
        done = self.room.run("bindback", "witness-key", "import", "-", text_in="\n".join(lines))
        self.judge("a key is taken in", done.returncode and done.stdout)
        self.judge("the witness holds its configuration for good", self.refused("bindback-witness", "--check"))

    def refused(self, *argv):
        """What a command says when it fails."""
        done = self.room.run(*argv)
        return done.returncode and (done.stdout or "it fails")

    def tried(self):
        """The tests that Debian's autopkgtest would run, but for the one that wants systemd."""
        for name in ("agent", "witness"):
            source = TESTS / name
            self.room.write(f"/tmp/{name}", source.read_text(encoding="utf-8"), 0o755)
            done = self.room.run(f"/tmp/{name}")
            self.judge(f"packaging/debian/tests/{name}", done.returncode and done.stdout[-2000:])

    def live(self):
        """A resource is bound here, a guard stands, the witness runs and has a line in the hosts file."""
        self.room.write("/run/bindback/mta/state", "as if\n", 0o600)
        self.room.write("/run/bindbackd/mta/params", "as if\n", 0o600)
        self.room.write("/var/lib/bindback/mta/history", "as if\n")
        self.room.write("/etc/hosts", f"127.0.0.1 localhost\n192.0.2.25 mail.example.com {MARK}\n")
        self.room.write("/tmp/active", WATCH + "\n")
        self.room.must("systemctl.real", "--root=/", "enable", WATCH)

    def upgraded(self):
        """The next release, under all of that."""
        before = self.records()
        _, calls = self.apt("upgrade", "install", *self.bring(self.following))
        self.programs(version(self.following))
        self.judge("the witness is started anew",
                   not any("restart" in call and WATCH in call for call in calls) and f"it is not: {calls}")
        self.judge("it is enabled as before", self.enabled(WATCH) != "enabled" and self.enabled(WATCH))
        self.judge("records, keys, history and hosts file are as they were",
                   before != self.records() and f"{before}\n{self.records()}")
        self.user()

    def records(self):
        """What is not the packages'."""
        roots = ("run/bindback", "var/lib/bindback", "etc/bindback", "etc/hosts")
        return {path: now for path, now in self.new().items() if path.startswith(roots)}

    def refusal(self):
        """Not removed while a resource is here, be it a guard alone."""
        for path in ("/run/bindback/mta/state", "/run/bindbackd/mta/params"):
            said, _ = self.apt(f"remove with {path}", "remove", "bindback", fails=True)
            told = [line for line in said.splitlines() if line.startswith("bindback: not removed") and " mta " in line]
            self.judge("one sentence names the resource", len(told) != 1 and said)
            state = self.room.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev}", "bindback").stdout
            self.judge("it stays installed", "" if state.strip() == "ii" else state)
            self.programs(version(self.following))
            self.room.path(path).unlink()
        for path in ("/run/bindback/mta", "/run/bindbackd/mta"):
            self.room.path(path).rmdir()

    def removed(self):
        """Stopped, and removed: configuration, keys and history stay."""
        _, calls = self.apt("remove", "remove", *PACKAGES)
        self.judge("the witness is stopped",
                   not any("stop" in call and WATCH in call for call in calls) and f"it is not: {calls}")
        hosts = self.room.path("/etc/hosts").read_text(encoding="utf-8")
        self.judge("its lines are not in the hosts file", MARK in hosts and hosts)
        stays = ("etc/", "run/", "var/lib/bindback", "var/lib/systemd/deb-")
        left = {path for path in self.new() if not path.startswith(stays)}
        self.judge("programs and pages are gone", "\n".join(sorted(left)))
        kept = [path for path in (*KEYS, UIDGID, "/var/lib/bindback/mta/history") if not self.room.path(path).exists()]
        self.judge("keys, configuration and history stay", "\n".join(kept))
        self.judge("its events are not in the catalogue",
                   EVENT in self.room.run("journalctl", "--list-catalog").stdout and "they are")
        self.user()

    def purged(self):
        """Back again, and purged: what is left is what the admin made, and the user."""
        self.apt("install again", "install", *self.bring(self.following))
        self.judge("the witness is enabled as before", self.enabled(WATCH) != "enabled" and self.enabled(WATCH))
        history = self.room.path("/var/lib/bindback")
        mount("--bind", history, history)
        said, _ = self.apt("purge", "purge", *PACKAGES)
        subprocess.run(["umount", history], check=True)
        self.only("nothing but the keys is left, and the folder of history, which was mounted",
                  {key[1:] for key in KEYS} | {"etc/bindback", "etc/hosts", "var/lib/bindback"})
        self.judge("it says which files are left", [key for key in KEYS if key not in said])
        self.judge("keys are as they were", [key for key in KEYS if not self.room.path(key).exists()])
        self.user()


def main():
    """Tell it."""
    tree, debs, following = sys.argv[1:]
    story = Story(Room(tree), debs, following)
    for chapter in (story.control, story.apart, story.arrive, story.tried, story.live, story.upgraded, story.refusal,
                    story.removed, story.purged):
        chapter()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
