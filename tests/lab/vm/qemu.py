# SPDX-License-Identifier: GPL-2.0-or-later
"""One QEMU process: how it is started, told things while it runs, and surely ended."""

import json
import os
import select
import signal
import socket
import subprocess

from backend import LabError

# What costs an emulated kernel much and tells this lab nothing, is off; so is its check of the timer, which fails where
# this machine is too busy to let it tick in time. A panic stays where it is: fencing ends it.
APPEND = """console=ttyS0 quiet panic=0 mitigations=off nokaslr init_on_alloc=0 apparmor=0 selinux=0 audit=0 lsm=none
hardened_usercopy=off randomize_kstack_offset=off rcupdate.rcu_expedited=1 psi=0 sysrq_always_enabled net.ifnames=0
no_timer_check systemd.show_status=0""".split()
TCG = ["-accel", "tcg,thread=multi,tb-size=256", "-cpu", "Westmere"]
KVM = ["-accel", "kvm", "-cpu", "host"]
BASE = ["qemu-system-x86_64", "-M", "q35", "-nodefaults", "-no-user-config", "-display", "none",
        "-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]


def probe(kernel, initramfs, seconds=8):
    """Does KVM run Debian's kernel here, and not only exist?"""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    argv = [*BASE, *KVM, "-m", "256", "-kernel", str(kernel), "-initrd", str(initramfs), "-serial", "stdio",
            "-no-reboot", "-append", " ".join([*APPEND, "lab.probe"])]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"LAB PROBE" in done.stdout


def disk(number, path, *options):
    """Arguments for one virtio disk: /dev/vda is number 0."""
    drive = ",".join([f"if=none,id=disk{number},file={path},format=raw", *options])
    return ["-drive", drive, "-device", f"virtio-blk-pci,drive=disk{number}" +
            (",share-rw=on" if "file.locking=off" in options else "")]


def card_id(port):
    """What set_link calls the card on that tap."""
    return f"card-{port}"


def card(port, mac):
    """Arguments for one network card, on a tap of that name."""
    return ["-netdev", f"tap,id=net-{port},ifname={port},script=no,downscript=no",
            "-device", f"virtio-net-pci,netdev=net-{port},id={card_id(port)},mac={mac},romfile="]


def serial_log(path):
    """Arguments for the line by which the guest passes its log on."""
    return ["-chardev", f"file,id=syslog,path={path},append=on",
            "-device", "virtserialport,chardev=syslog,name=lab.syslog"]


class Qemu:
    """A virtual machine that has power."""

    def __init__(self, enter, argv, folder):
        """Start it by the command prefix `enter`; its console and monitor are in `folder`."""
        self.monitor_path = folder / "qmp"
        self.monitor_path.unlink(missing_ok=True)
        self.monitor = None
        # Whatever runs of it holds the other end.
        self.pulse, end = os.pipe()
        with open(folder / "qemu.log", "ab") as log:
            self.process = subprocess.Popen(
                [*enter, *argv, "-serial", f"file:{folder}/console",
                 "-qmp", f"unix:{self.monitor_path},server=on,wait=off"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(end,), start_new_session=True)
        os.close(end)

    def alive(self):
        """Does anything of it run?"""
        return self.pulse is not None and not select.select([self.pulse], [], [], 0)[0]

    def kill(self):
        """Cut the power; returns when nothing of it runs any more."""
        if self.pulse is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        if not select.select([self.pulse], [], [], 30)[0]:
            raise LabError(f"QEMU {self.process.pid} was killed and is not gone")
        os.close(self.pulse)
        self.pulse = None
        if self.monitor:
            self.monitor.close()

    def command(self, execute, **arguments):
        """Tell QEMU something; LabError when it does not agree."""
        if self.monitor is None:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(20)
                link.connect(str(self.monitor_path))
                self.monitor = link.makefile("rw", encoding="utf-8")
            self.monitor.readline()
            self.command("qmp_capabilities")
        self.monitor.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self.monitor.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise LabError(f"QEMU: {execute}: {answer['error']['desc']}")
