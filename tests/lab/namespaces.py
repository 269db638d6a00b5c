# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts as namespaces of this machine: no address, bridge or mount of theirs exists outside of them."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from backend import Backend, Host, LabError, Result

HERE = Path(__file__).resolve().parent
RUN = Path("/run")
PREFIX = "bindback-lab-"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
PACEMAKERD = "PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=daemon setsid pacemakerd " \
             ">/var/log/pacemakerd.out 2>&1 </dev/null &"
SERVICES = {"corosync": ("corosync", ["corosync"]), "pacemaker": ("pacemakerd", ["sh", "-c", PACEMAKERD])}
LOSE = """
table netdev {port}-{direction} {{
    counter lost {{ }}
    chain cable {{
        type filter hook {hook} device "{port}" priority 0; policy accept;
        counter name "lost" drop
    }}
}}
"""
HOOKS = {"from": "ingress", "to": "egress"}     # of the switch's port
QUIET = {"net.ipv6.conf.all.accept_dad": 0, "net.ipv6.conf.default.accept_dad": 0,
         "net.ipv6.conf.all.accept_ra": 0, "net.ipv6.conf.default.accept_ra": 0}


def process_lives(pid):
    """Is there a process with this number?"""
    return Path(f"/proc/{pid}").exists()


def sweep():
    """Remove run folders (PREFIX + pid, with or without a suffix) whose process is gone; hosts ended with it."""
    for leftover in RUN.glob(PREFIX + "*"):
        pid = leftover.name.removeprefix(PREFIX).partition(".")[0]
        if pid.isdigit() and not process_lives(pid):
            shutil.rmtree(leftover, ignore_errors=True)


def enter_kept(name, argv):
    """Run argv in a host of the lab that is up (BINDBACK_LAB_PID, or the youngest); returns its exit code."""
    sweep()
    pid = os.environ.get("BINDBACK_LAB_PID", "*[0-9]")
    labs = sorted(RUN.glob(PREFIX + pid), key=lambda folder: folder.stat().st_mtime)
    if not labs or not any((labs[-1] / name / mark).exists() for mark in ("pid", "address")):
        raise SystemExit(f"no lab is up that has a host {name}")
    if (labs[-1] / name / "address").exists():
        from vm import guest                        # a virtual machine
        return guest.enter(int((labs[-1] / "switch/pid").read_text()), (labs[-1] / name / "address").read_text(), argv)
    machine = Machine(None, None, int((labs[-1] / name / "pid").read_text()))
    return subprocess.call(machine.enter() + (argv or ["bash"]), env={**ENVIRONMENT, "TERM": "linux"})


class Machine:
    """One running host: its outer process and the pid of its PID 1."""

    def __init__(self, host, process, pid):
        self.host, self.process, self.pid = host, process, pid

    def enter(self, *, only_net=False):
        """Command prefix that runs something inside."""
        if only_net:
            return ["nsenter", f"--net=/proc/{self.pid}/ns/net", "--"]
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "-i", "-r", "-w", "--"]

    def path(self, inside):
        """The host's file as seen from outside."""
        return Path(f"/proc/{self.pid}/root{inside}")


class Task(subprocess.Popen):
    """A program that runs beside; its death takes along what nsenter has forked."""

    def kill(self):
        if self.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)


class Namespaces(Backend):
    """The everyday backend."""

    def __init__(self, layers):
        sweep()
        self.layers = [str(layer) for layer in layers]
        self.folder = RUN / f"{PREFIX}{os.getpid()}"
        self.folder.mkdir(mode=0o755)
        for name in ("fence", "shared"):
            (self.folder / name).mkdir()
        self.lifeline, self.lifeline_end = os.pipe()
        self.machines, self.lock = {}, threading.Lock()
        try:
            self.start(Host("switch", 250, []))
        except LabError:
            self.close()
            raise

    # -- hosts

    def start(self, host):
        if self.alive(host.name):
            raise LabError(f"{host.name} runs already")
        machine = self._boot(host)
        self.machines[host.name] = machine
        for path, file in host.files.items():
            self.write(host.name, path, file)
        self._plug(machine)
        for argv in host.boot:
            self.exec(host.name, argv)
        for service in host.services:
            self.service(host.name, service, "start")

    def _boot(self, host):
        """Start the host's first process and wait until its root stands."""
        base = self.folder / host.name
        (base / "mnt").mkdir(parents=True, exist_ok=True)
        spec = base / "spec.json"
        shared = {str(self._make_log(base)): "/var/log", str(self.folder / "fence"): "/lab/fence"}
        if host.shared:
            shared[str(self.folder / "shared")] = "/shared"
        spec.write_text(json.dumps({"name": host.name, "base": str(base / "mnt"), "layers": self.layers,
                                    "shared": shared, "sysctl": {**QUIET, **host.sysctl}}))
        reader, writer = os.pipe()
        with open(base / "console", "wb") as console:
            process = subprocess.Popen(
                [sys.executable, "-IS", str(HERE / "hostinit.py"), str(spec), str(self.lifeline), str(writer)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=ENVIRONMENT,
                pass_fds=(self.lifeline, writer), start_new_session=True)
        os.close(writer)
        with open(reader, encoding="ascii") as status:
            words = status.read().split()
        if "ready" not in words:
            raise LabError(f"{host.name} did not boot: {(base / 'console').read_text()[-800:]}")
        words.remove("ready")
        (base / "pid").write_text(words[0])
        return Machine(host, process, int(words[0]))

    def _make_log(self, base):
        """The host's /var/log: the tree's folders with their owners, kept from one boot to the next."""
        log = base / "log"
        model = Path(self.layers[-1]) / "var/log"
        for source in [model, *(entry for entry in model.rglob("*") if entry.is_dir())]:
            target = log / source.relative_to(model)
            target.mkdir(exist_ok=True)
            os.chown(target, source.stat().st_uid, source.stat().st_gid)
            target.chmod(source.stat().st_mode & 0o7777)
        return log

    def kill(self, name):
        machine = self.machines.pop(name, None)
        if machine is None:
            return
        if machine.process.poll() is None:
            os.kill(machine.pid, signal.SIGKILL)
        machine.process.wait()
        for link in machine.host.links:
            self._ip_switch(f"link del {link.net}-{name}", check=False)

    def alive(self, name):
        machine = self.machines.get(name)
        return machine is not None and machine.process.poll() is None

    def _machine(self, name):
        if not self.alive(name):
            raise LabError(f"{name} is not running")
        return self.machines[name]

    def exec(self, name, argv, *, text="", timeout=30, check=True):
        limit, machine = ["timeout", "-s", "KILL", str(timeout * self.scale)], self._machine(name)
        done = subprocess.run(machine.enter() + limit + list(argv), input=text, capture_output=True, text=True,
                              env=ENVIRONMENT, check=False, errors="replace")
        if done.returncode != 0 and self.machines.get(name) is not machine:
            raise LabError(f"{name}: {' '.join(argv)}: the host died meanwhile")
        if check and done.returncode != 0:
            raise LabError(f"{name}: {' '.join(argv)}: exit {done.returncode}: {done.stderr.strip() or done.stdout}")
        return Result(done.returncode, done.stdout, done.stderr)

    def service(self, name, service, action):
        program, argv = SERVICES[service]
        self.exec(name, argv if action == "start" else ["pkill", "-TERM", "-x", program])

    def spawn(self, name, argv, log):
        with open(self.log_dir(name) / log, "ab") as out:
            return Task(self._machine(name).enter() + list(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                        env=ENVIRONMENT, start_new_session=True)

    def write(self, name, path, file):
        self._put(name, path, file.text.encode(), self._owner(file.owner), file.mode)

    def copy(self, name, source, path, mode=0o644):
        self._put(name, path, Path(source).read_bytes(), (0, 0), mode)

    def _put(self, name, path, content, owner, mode):
        target = self._machine(name).path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(target.name + ".new")
        new.write_bytes(content)
        os.chown(new, *owner)
        new.chmod(mode)
        new.rename(target)

    def console(self, name):
        return (self.folder / name / "console").read_text(encoding="utf-8", errors="replace")

    def _owner(self, owner):
        """uid and gid of user:group in the tree, not on this machine."""
        user, group = owner.split(":")
        if owner == "root:root":
            return 0, 0
        return self._number("passwd", user), self._number("group", group)

    def _number(self, table, name):
        for line in (Path(self.layers[-1]) / "etc" / table).read_text().splitlines():
            words = line.split(":")
            if words[0] == name:
                return int(words[2])
        raise LabError(f"no {name} in the tree's {table}")

    def shared(self, name, source):
        target = self.folder / "shared" / name
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)

    def storage(self, name):
        return {"device": f"/shared/{name}", "fstype": "none", "options": "bind"}

    def log_dir(self, name):
        return self.folder / name / "log"

    # -- network

    def _switch(self, argv, text="", check=True):
        """A command where the segments are; its output."""
        command = self.machines["switch"].enter(only_net=True) + argv
        with self.lock:
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise LabError(f"switch: {' '.join(argv)}: {done.stderr.strip()}")
        return done.stdout

    def _ip_switch(self, line, check=True):
        self._switch(["ip", *line.split()], check=check)

    def add_net(self, name):
        self._ip_switch(f"link add {name} type bridge mcast_snooping 0")
        self._ip_switch(f"link set {name} up")

    def _plug(self, machine):
        """Give a host its cards, addresses and routes."""
        lines = ["link set lo up"]
        for link in machine.host.links:
            lines += self._card(machine, link)
        lines += [f"route add default via {gateway}" for gateway in machine.host.gateways]
        self._ip_host(machine, lines)

    def _card(self, machine, link):
        """Plug a card in; the lines that are left to do inside."""
        host, port = machine.host, f"{link.net}-{machine.host.name}"
        self._lose_nothing(port)
        self._ip_switch(f"link add {port} type veth peer name {link.net} netns {machine.pid}")
        self._ip_switch(f"link set {port} master {link.net} up")
        return [f"link set {link.net} address {host.mac(link.net)} up"] + [
            f"addr add {address} dev {link.net} nodad"[: None if ":" in address else -6] for address in link.addresses]

    def _ip_host(self, machine, lines):
        done = subprocess.run(machine.enter(only_net=True) + ["ip", "-batch", "-"], input="\n".join(lines),
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"{machine.host.name}: {done.stderr.strip()}")

    def add_card(self, name, link):
        machine = self._machine(name)
        self._ip_host(machine, self._card(machine, link))

    def remove_card(self, name, net):
        self._ip_switch(f"link del {net}-{name}")

    def link(self, name, net, up):
        self._ip_switch(f"link set {net}-{name} {'up' if up else 'down'}")
        if up:
            self._lose_nothing(f"{net}-{name}")

    def lose(self, name, net, direction):
        rules = LOSE.format(port=f"{net}-{name}", direction=direction, hook=HOOKS[direction])
        self._switch(["nft", "-f", "-"], text=rules)

    def lost(self, name, net):
        listed = self._switch(["nft", "list", "counters", "netdev"])
        tables = re.findall(rf"table netdev {net}-{name}-\w+ {{(.*?)^}}", listed, re.M | re.S)
        return sum(int(count) for table in tables for count in re.findall(r"packets (\d+)", table))

    def _lose_nothing(self, port):
        tables = set(self._switch(["nft", "list", "tables", "netdev"]).split())
        for direction in HOOKS:
            if f"{port}-{direction}" in tables:
                self._switch(["nft", "delete", "table", "netdev", f"{port}-{direction}"])

    # -- fencing and the end

    def fence_address(self):
        return ("unix", "/lab/fence/socket")

    def fence_listener(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.folder / "fence" / "socket"))
        return listener

    def close(self):
        for machine in self.machines.values():
            if machine.process.poll() is None:
                os.kill(machine.pid, signal.SIGKILL)
        for machine in self.machines.values():
            machine.process.wait()
        self.machines.clear()
        os.close(self.lifeline_end)
        os.close(self.lifeline)
        shutil.rmtree(self.folder, ignore_errors=True)
