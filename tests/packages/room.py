# SPDX-License-Identifier: GPL-2.0-or-later
"""A Debian system of one's own to install packages in: the lab's root tree, below a layer that tells what has changed.

To be used in mount, process, network and host name namespaces made for it (`run` does): all of it goes with them.
"""

import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
SPACE = Path("/mnt")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
ACCOUNTS = ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")
# Of dpkg, apt and systemd, and the accounts, which are looked at for themselves.
OTHERS = {"proc", "dev", "sys", "tmp", "run/adduser", "run/mount", "var/backups", "var/cache", "var/lib/apt",
          "var/lib/dpkg", "var/lib/systemd/catalog", "var/log",
          *(f"etc/{name}{end}" for name in ACCOUNTS for end in ("", "-"))}
CALLED = ("systemctl", "service", "invoke-rc.d", "update-rc.d", "initctl", "pkill", "killall", "pcs", "crm_resource",
          "postfix", "corosync-cfgtool", "reboot")
BYSTANDERS = ("corosync", "pacemakerd", "pacemaker-execd", "master", "bindbackd")
APT = """
Dir "{root}";
Dir::Etc::Main "/nowhere";
Dir::Etc::Parts "{root}/etc/apt/apt.conf.d";
Dir::State::Status "{root}/var/lib/dpkg/status";
DPkg::Chroot-Directory "{root}";
APT::Sandbox::User "root";
"""


def mount(*argv):
    """mount(8)"""
    subprocess.run(["mount", *map(str, argv)], check=True)


def look_at(path):
    """What a file is, for comparing: kind and mode, owner, and what it holds."""
    found = path.lstat()
    held = ""
    if stat.S_ISLNK(found.st_mode):
        held = os.readlink(path)
    elif stat.S_ISREG(found.st_mode):
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    return stat.filemode(found.st_mode), found.st_uid, found.st_gid, held


def is_whiteout(path):
    """Does overlayfs say by this that the file below is gone?"""
    found = path.lstat()
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


class Room:
    """The system, under /mnt."""

    def __init__(self, tree):
        self.tree, self.root = Path(tree), SPACE / "root"
        self.upper = SPACE / "upper"
        self._mount()
        self._prepare()
        self.bystanders = {name: self._stand(name) for name in BYSTANDERS}

    def _mount(self):
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", SPACE)
        for name in ("root", "upper", "work"):
            (SPACE / name).mkdir()
        mount("-t", "overlay", "overlay", self.root, "-o",
              f"lowerdir={self.tree},upperdir={self.upper},workdir={SPACE / 'work'}")
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", self.root / "tmp")
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", self.root / "dev")
        for name in ("null", "zero", "full", "random", "urandom"):
            (self.root / "dev" / name).touch()
            mount("--bind", f"/dev/{name}", self.root / "dev" / name)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["hostname", "node1.cluster.test"], check=True)

    def _prepare(self):
        """The tree has the guard's user for the lab, and dpkg there leaves things out. systemd looks as if it ran; who
        is called instead of it, and of others, writes that down."""
        self.must("userdel", "bindback")
        for file in (self.root / "etc/dpkg/dpkg.cfg.d").iterdir():
            file.unlink()
        (self.root / "run/systemd/system").mkdir(parents=True, exist_ok=True)
        self.write("/tmp/apt.conf", APT.format(root=self.root))
        self.must("mv", "/bin/systemctl", "/usr/bin/systemctl.real")
        for name in CALLED:
            shutil.copy(HERE / "inside/called", self.root / "usr/local/sbin" / name)
        shutil.copy(HERE / "inside/called", self.root / "usr/bin/systemctl")

    def _stand(self, name):
        """A process that only has this name."""
        self.must("cp", "/usr/bin/sleep", f"/tmp/{name}")
        return subprocess.Popen(["chroot", self.root, f"/tmp/{name}", "infinity"], env=ENVIRONMENT)

    def run(self, *argv, text_in=""):
        """A command in the room; what it says, and its status."""
        return subprocess.run(["chroot", self.root, *argv], env=ENVIRONMENT, input=text_in, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def apt(self, *argv):
        """This machine's apt-get, as the tree has none: it acts on the room alone, and knows no sources."""
        argv = [f"{self.root}{word}" if word.endswith(".deb") else word for word in argv]
        return subprocess.run(["apt-get", "-y", "--no-install-recommends", *argv], text=True, stdin=subprocess.DEVNULL,
                              env={**ENVIRONMENT, "APT_CONFIG": str(self.path("/tmp/apt.conf"))},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def must(self, *argv):
        """One that is not expected to fail."""
        done = self.run(*argv)
        if done.returncode:
            raise SystemExit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def path(self, inside):
        """The file as seen from outside."""
        return self.root / inside.lstrip("/")

    def write(self, inside, text, mode=0o644):
        """Make a file, and its folders."""
        path = self.path(inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def fallen(self):
        """Names of the processes that have ended."""
        return [name for name, process in self.bystanders.items() if process.poll() is not None]

    def calls(self):
        """What was called since the last time, one a line."""
        log = self.path("/tmp/calls")
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def accounts(self):
        """The lines of the account files, passwords left out."""
        found = set()
        for name in ("passwd", "group"):
            text = self.path(f"/etc/{name}").read_text(encoding="utf-8")
            found |= {f"{name}: {line}" for line in text.splitlines()}
        return found

    def changes(self):
        """Where the room differs from the tree: {path: what is there now, or None}."""
        found = {}
        for folder, folders, files in os.walk(self.upper):
            below = Path(folder).relative_to(self.upper)
            folders[:] = [name for name in folders if str(below / name) not in OTHERS]
            for name in folders + files:
                path = below / name
                if str(path) in OTHERS:
                    continue
                now = None if is_whiteout(self.upper / path) else look_at(self.upper / path)
                before = look_at(self.tree / path) if os.path.lexists(self.tree / path) else None
                if now != before:
                    found[str(path)] = now
        return found
