# SPDX-License-Identifier: GPL-2.0-or-later
"""Some hosts of the lab as virtual machines, with a kernel, a disk and systemd of their own; the others are namespaces.

All are plugged into the same segments, in the switch's namespace. A machine has one card more, on the segment `mgmt`:
there its agent listens, and there its node's fence agent finds the power switches.
"""

import base64
import json
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import tree
from backend import LabError, Result
from namespaces import QUIET, Namespaces
from vm import guest, image, qemu

MANAGE = "10.98.0."
FENCE = (MANAGE + "254", 7000)
OWN_MB, SHARED_MB, MEMORY_MB = 2048, 512, 512
UNITS = Path("/etc/systemd/system")
# Mail and name servers are started by the cluster or the lab; the rest is no part of what is tested, and takes an
# emulated machine half of its boot.
MASKED = """postfix.service knot.service unbound.service unbound-resolvconf.service pcsd.service pcsd-ruby.service
logd.service e2scrub_reap.service e2scrub_all.timer fstrim.timer dpkg-db-backup.timer apt-daily.timer
apt-daily-upgrade.timer systemd-tmpfiles-clean.timer systemd-hwdb-update.service systemd-firstboot.service
systemd-journal-catalog-update.service systemd-update-done.service systemd-logind.service getty.target
systemd-machine-id-commit.service systemd-pstore.service modprobe@.service dev-hugepages.mount dev-mqueue.mount
sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount sys-fs-fuse-connections.mount
systemd-random-seed.service systemd-journal-flush.service systemd-update-utmp.service
systemd-update-utmp-runlevel.service systemd-user-sessions.service systemd-modules-load.service
systemd-sysusers.service systemd-remount-fs.service systemd-binfmt.service""".split()
# What systemctl enable does, without the minute that its System V part takes an emulated machine.
ENABLE = """cd /etc/systemd/system/multi-user.target.wants
for unit; do ln -sf "/lib/systemd/system/$unit.service" .; done
systemctl start "$@\""""
JOURNALD = "[Journal]\nStorage=volatile\nForwardToSyslog=yes\nRateLimitBurst=0\n"


class Machine:
    """A virtual machine: its hardware, and its process while it has power."""

    def __init__(self, host, folder):
        self.host, self.folder, self.process = host, folder, None
        self.log = folder / "log"
        self.log.mkdir(parents=True)
        self.address = f"{MANAGE}{host.number}"
        (folder / "address").write_text(self.address)

    def alive(self):
        """Has it power?"""
        return self.process is not None and self.process.alive()

    def cards(self):
        """(net, MAC, addresses) of each card."""
        manage = [("mgmt", self.host.mac("mgmt"), (f"{self.address}/24",))]
        return [(link.net, self.host.mac(link.net), link.addresses) for link in self.host.links] + manage

    def spec(self):
        """What the agent inside sets up at each boot."""
        return {"manage": self.address, "sysctl": {**QUIET, **self.host.sysctl}, "gateways": list(self.host.gateways),
                "cards": [[mac, net, list(addresses)] for net, mac, addresses in self.cards()]}

    def first_files(self, owner):
        """What is put on its disk before its first boot; `owner` finds numbers for names."""
        text = {"/etc/hostname": f"{self.host.name}\n", "/etc/machine-id": f"{self.host.number:032x}\n",
                "/etc/lab/spec.json": json.dumps(self.spec()), "/etc/systemd/journald.conf.d/lab.conf": JOURNALD,
                "/etc/lab/agent.py": (image.INSIDE / "agent.py").read_text(),
                f"{UNITS}/lab-agent.service": (image.INSIDE / "lab-agent.service").read_text()}
        found = [image.Entry(path, content) for path, content in text.items()]
        found += [image.Entry(f"{UNITS}/{unit}", "/dev/null", is_link=True) for unit in MASKED]
        found.append(image.Entry(f"{UNITS}/sysinit.target.wants/lab-agent.service", "../lab-agent.service",
                                 is_link=True))
        return found + [image.Entry(path, file.text, file.mode, owner(file.owner))
                        for path, file in self.host.files.items()]


class Machines(Namespaces):
    """Hosts named in `names` are virtual machines."""

    poll = 0.8
    watch = 1.0
    token_ms = 3000

    def __init__(self, layers, names, say):
        self.names, self.vms, self.say = names, {}, say
        self.boots, self.booting = threading.Condition(), set()
        super().__init__(layers)
        try:
            self.images = image.Images(self.folder, *map(Path, self.layers))
            self.accelerate()
            self.add_net("mgmt")
            self._ip_switch(f"address add {FENCE[0]}/24 dev mgmt")
        except LabError:
            self.close()
            raise

    def accelerate(self):
        """KVM where it works, else emulation; deadlines are stretched accordingly. A no takes a while, and holds until
        this machine boots again."""
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        refused = tree.cache() / "no-kvm"
        works = not refused.exists() or refused.read_text() != boot
        if works:
            start = self.folder / "probe"
            self.images.initramfs(start)
            works = qemu.probe(self.images.kernel, start)
        if not works:
            refused.write_text(boot)
        self.hardware, self.scale = (qemu.KVM, 2.0) if works else (qemu.TCG, 5.0)
        self.say(f"# virtual machines by {'KVM' if works else 'emulation: KVM does not run a kernel here'}")

    # -- power

    def start(self, host):
        if host.name not in self.names:
            super().start(host)
            return
        if self.alive(host.name):
            raise LabError(f"{host.name} runs already")
        vm = self.vms.get(host.name) or self._assemble(host)
        self.images.initramfs(vm.folder / "initramfs", vm.first_files(self._owner))
        with self._boots_with_others(host.name):
            vm.process = qemu.Qemu(self._power(), self._hardware(vm), vm.folder)
            for link in host.links:
                super().link(host.name, link.net, True)
            self.wait_booted(host.name)
        for argv in host.boot:
            self.exec(host.name, argv)
        if host.services:
            self.exec(host.name, ["sh", "-c", ENABLE, "sh", *host.services], timeout=60)

    @contextmanager
    def _boots_with_others(self, name):
        """Leaves when all machines that boot now have booted: the slowest would be fenced by the others."""
        with self.boots:
            self.booting.add(name)
        try:
            yield
        finally:
            with self.boots:
                self.booting.discard(name)
                self.boots.notify_all()
                self.boots.wait_for(lambda: not self.booting)

    def _assemble(self, host):
        """A new machine: an empty disk, and cables."""
        vm = Machine(host, self.folder / host.name)
        image.Images.disk(vm.folder / "disk", OWN_MB)
        for net, _, _ in vm.cards():
            port = f"{net}-{host.name}"
            self._ip_switch(f"tuntap add dev {port} mode tap")
            self._ip_switch(f"link set {port} master {net} up")
        self.vms[host.name] = vm
        return vm

    def _power(self):
        """The command prefix of QEMU: with the net of the switch, and ended with it."""
        spaces = Path(f"/proc/{self.machines['switch'].pid}/ns")
        return ["nsenter", f"--net={spaces}/net", f"--pid={spaces}/pid", "--"]

    def _hardware(self, vm):
        """QEMU's arguments."""
        argv = [*qemu.BASE, "-name", vm.host.name, *self.hardware, "-m", str(MEMORY_MB), "-smp", "1",
                "-kernel", str(self.images.kernel), "-initrd", str(vm.folder / "initramfs"),
                "-append", " ".join(qemu.APPEND), *qemu.serial_log(vm.log / "syslog"),
                *qemu.disk(0, self.images.tree, "readonly=on"), *qemu.disk(1, self.images.product, "readonly=on"),
                *qemu.disk(2, vm.folder / "disk")]
        for number, name in enumerate(vm.host.shared, 3):
            argv += qemu.disk(number, self._storage_file(name), "file.locking=off")
        for net, mac, _ in vm.cards():
            argv += qemu.card(f"{net}-{vm.host.name}", mac)
        return argv

    def wait_booted(self, name, seconds=60):
        """Until the agent inside answers."""
        end = time.monotonic() + seconds * self.scale
        while True:
            try:
                return self.exec(name, ["true"], timeout=5)
            except (LabError, OSError) as error:
                if not self.vms[name].alive():
                    raise LabError(f"{name} did not boot: {self.console(name)[-800:]} {self._last_words(name)}") from error
                if time.monotonic() > end:
                    raise LabError(f"{name} did not answer after {seconds * self.scale:.0f} s: {error}; "
                                   f"console: {self.console(name)[-800:]}") from error
            time.sleep(self.poll)

    def _last_words(self, name):
        """What QEMU said itself."""
        return (self.vms[name].folder / "qemu.log").read_text(errors="replace")[-400:].strip()

    def kill(self, name):
        if name not in self.names:
            super().kill(name)
        elif name in self.vms and self.vms[name].process:
            self.vms[name].process.kill()

    def alive(self, name):
        if name not in self.names:
            return super().alive(name)
        return name in self.vms and self.vms[name].alive()

    def console(self, name):
        if name not in self.names:
            return super().console(name)
        path = self.vms[name].folder / "console"
        return path.read_text(errors="replace") if path.exists() else ""

    # -- inside

    def _link(self, name):
        """A connection to a machine's agent."""
        vm = self.vms.get(name)
        if vm is None or not vm.alive():
            raise LabError(f"{name} is not running")
        try:
            return guest.Link(self.machines["switch"].pid, vm.address, vm.alive)
        except OSError as error:
            raise LabError(f"{name}: its agent does not answer: {error}") from error

    def _ask(self, name, request, seconds):
        """One request and its answer."""
        link = self._link(name)
        try:
            link.send(request)
            return link.receive(time.monotonic() + seconds)
        except (LabError, OSError) as error:
            raise LabError(f"{name}: {error}") from error
        finally:
            link.close()

    def exec(self, name, argv, *, text="", timeout=30, check=True):
        if name not in self.names:
            return super().exec(name, argv, text=text, timeout=timeout, check=check)
        limit = timeout * self.scale
        answer = self._ask(name, {"run": list(argv), "text": text, "timeout": limit}, limit + 30)
        done = Result(answer["code"], answer["out"], answer["err"])
        if check and done.code != 0:
            raise LabError(f"{name}: {' '.join(argv)}: exit {done.code}: {done.err.strip() or done.out}")
        return done

    def spawn(self, name, argv, log):
        if name not in self.names:
            return super().spawn(name, argv, log)
        return guest.Task(self._link(name), list(argv), self.log_dir(name) / log)

    def service(self, name, service, action):
        if name not in self.names:
            super().service(name, service, action)
        else:
            self.exec(name, ["systemctl", action, service], timeout=60)

    def _put(self, name, path, content, owner, mode):
        if name not in self.names:
            super()._put(name, path, content, owner, mode)
            return
        request = {"write": str(path), "data": base64.b64encode(content).decode(), "owner": owner, "mode": mode}
        answer = self._ask(name, request, 60 * self.scale)
        if "error" in answer:
            raise LabError(f"{name}: {path}: {answer['error']}")

    def log_dir(self, name):
        return self.vms[name].log if name in self.vms else super().log_dir(name)

    # -- cables and disks

    def link(self, name, net, up):
        super().link(name, net, up)
        if self.alive(name) and name in self.names:
            self.vms[name].process.command("set_link", name=qemu.card_id(f"{net}-{name}"), up=up)

    def add_card(self, name, link):
        if name in self.names:
            raise LabError(f"{name} is a virtual machine and has the cards that it was started with")
        super().add_card(name, link)

    def _storage_file(self, name):
        """The image of a shared disk, made empty when it is not there."""
        path = self.folder / f"shared-{name}.disk"
        if not path.exists():
            image.Images.disk(path, SHARED_MB)
        return path

    def shared(self, name, source):
        path = self._storage_file(name)
        image.Images.disk(path, SHARED_MB, source)

    def storage(self, name):
        return {"device": "/dev/vdd", "fstype": "ext4"}

    # -- fencing and the end

    def fence_address(self):
        return ("tcp", *FENCE)

    def fence_listener(self):
        listener = guest.socket_in(self.machines["switch"].pid)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(FENCE)
        return listener

    def close(self):
        for vm in self.vms.values():
            if vm.process:
                vm.process.kill()
        super().close()
