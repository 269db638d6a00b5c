# SPDX-License-Identifier: GPL-2.0-or-later
"""First process of a host made of namespaces: builds the root, reaps orphans, is the host's syslog.

Run as `python3 hostinit.py SPEC.json LIFELINE_FD STATUS_FD`. The outer half waits for the end of the lab (the lifeline
pipe closes with it, however it dies) and then kills the inner half, which is PID 1; the kernel ends the rest.
"""

import ctypes
import json
import os
import select
import selectors
import signal
import socket
import stat
import sys
import time

CLONE_ALL = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000   # mnt uts ipc pid net
MS_BIND, MS_REC, MS_PRIVATE, MS_NOSUID = 0x1000, 0x4000, 0x40000, 0x2
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def call(what, result):
    """Turn a libc result into an exception."""
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(source, target, kind=None, flags=0, options=""):
    """mount(2); the target is made when missing."""
    os.makedirs(target, exist_ok=True)
    encode = os.fsencode
    call(f"mount {target}", LIBC.mount(encode(source), encode(target), kind and kind.encode(), flags, options.encode()))


def build_root(spec):
    """Overlay of the read-only layers with an upper on tmpfs; returns the new root."""
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    base = spec["base"]
    mount("lab", base, "tmpfs", 0, "mode=755,size=512m")
    for name in ("upper", "work", "root"):
        os.mkdir(f"{base}/{name}")
    layers = ":".join(spec["layers"])
    mount("overlay", f"{base}/root", "overlay", 0, f"lowerdir={layers},upperdir={base}/upper,workdir={base}/work")
    return f"{base}/root"


def make_devices(root):
    """A private /dev with the few devices daemons need."""
    mount("dev", f"{root}/dev", "tmpfs", MS_NOSUID, "mode=755,size=1m")
    numbers = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
    for name, (major, minor) in numbers.items():
        os.mknod(f"{root}/dev/{name}", stat.S_IFCHR | 0o666, os.makedev(major, minor))
        os.chmod(f"{root}/dev/{name}", 0o666)
    for name, target in {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}.items():
        os.symlink(target, f"{root}/dev/{name}")
    mount("shm", f"{root}/dev/shm", "tmpfs", MS_NOSUID, "mode=1777,size=256m")


def mount_all(root, shared):
    """Everything that must be private to the host, and the folders it shares with the lab."""
    mount("proc", f"{root}/proc", "proc")
    mount("sys", f"{root}/sys", "sysfs")
    mount("run", f"{root}/run", "tmpfs", MS_NOSUID, "mode=755,size=64m")
    mount("tmp", f"{root}/tmp", "tmpfs", MS_NOSUID, "mode=1777,size=64m")
    os.makedirs(f"{root}/run/lock", exist_ok=True)
    make_devices(root)
    for source, target in shared.items():
        mount(source, root + target, None, MS_BIND)


def enter_root(root):
    """pivot_root(2) into the new root and forget the old one."""
    os.mkdir(f"{root}/.old")
    call("pivot_root", LIBC.pivot_root(os.fsencode(root), os.fsencode(f"{root}/.old")))
    os.chdir("/")
    call("umount /.old", LIBC.umount2(b"/.old", MNT_DETACH))
    os.rmdir("/.old")


def set_sysctl(settings):
    """Per-namespace kernel settings, given as dotted names."""
    for name, value in settings.items():
        with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="utf-8") as out:
            out.write(str(value))


def open_syslog():
    """The datagram socket behind syslog(3)."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    log.setblocking(False)
    return log


def drain_syslog(log, out):
    """Write what has arrived, with a clock that is fine enough for a story."""
    while True:
        try:
            line = log.recv(65536)
        except BlockingIOError:
            return
        text = line.decode("utf-8", "replace").rstrip("\n\0").partition(">")[2]
        print(f"{time.time():.3f} {text}", file=out, flush=True)


def reap():
    """Collect every orphan that has ended."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def serve(log):
    """PID 1's life."""
    wake, ring = socket.socketpair()
    for end in (wake, ring):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ring.fileno(), warn_on_full_buffer=False)
    watch = selectors.DefaultSelector()
    watch.register(wake, selectors.EVENT_READ, "child")
    watch.register(log, selectors.EVENT_READ, "log")
    with open("/var/log/syslog", "a", encoding="utf-8") as out:
        while True:
            for key, _ in watch.select():
                if key.data == "log":
                    drain_syslog(log, out)
                else:
                    wake.recv(4096)
            reap()


def inner(spec, status):
    """PID 1: build, report, serve."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o022)
    root = build_root(spec)
    mount_all(root, spec["shared"])
    enter_root(root)
    socket.sethostname(spec["name"])
    set_sysctl(spec["sysctl"])
    log = open_syslog()
    os.write(status, b"ready\n")
    os.close(status)
    serve(log)


def outer(lifeline, child):
    """Wait until the lab or the host has ended; make sure that both have."""
    poll = select.poll()
    poll.register(lifeline, select.POLLHUP)
    poll.register(os.pidfd_open(child), select.POLLIN)
    poll.poll()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main():
    """Unshare, fork, and split into the two halves."""
    with open(sys.argv[1], encoding="utf-8") as source:
        spec = json.load(source)
    lifeline, status = int(sys.argv[2]), int(sys.argv[3])
    call("unshare", LIBC.unshare(CLONE_ALL))
    child = os.fork()
    if child == 0:
        os.close(lifeline)
        inner(spec, status)
    os.write(status, f"{child}\n".encode())
    os.close(status)
    outer(lifeline, child)


if __name__ == "__main__":
    main()
