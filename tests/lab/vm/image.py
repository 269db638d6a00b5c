# SPDX-License-Identifier: GPL-2.0-or-later
"""What virtual machines of the lab boot from: a Debian kernel, an initramfs, the root tree as a file system.

Kernel and tree are kept in the lab's cache; the rest is made in a second. The kernel is unpacked from its package, not
installed. Debian's cloud kernel has virtio, overlay and squashfs as modules, so the initramfs brings them.
"""

import fcntl
import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import tree
from backend import LabError

INSIDE = Path(__file__).resolve().parent / "inside"
META = "linux-image-cloud-amd64"
MODULES = ("virtio_pci", "virtio_blk", "virtio_net", "virtio_console", "virtio-rng", "overlay", "squashfs", "tcp_diag",
           "udp_diag", "unix_diag")
BUSYBOX = "/bin/busybox"
APPLETS = ("sh", "mount", "umount", "insmod", "cat", "mkdir", "rm", "tar", "touch", "sync", "switch_root", "poweroff")
FOLDERS = ("bin", "dev", "proc", "sys", "tree", "product", "disk", "root", "modules")


@dataclass
class Entry:
    """One thing in the first files of a disk: a file, or a link where `text` is its target."""
    path: str
    text: str
    mode: int = 0o644
    owner: tuple = (0, 0)
    is_link: bool = False


def run(*argv, **more):
    """A command that must succeed."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **more)
    if done.returncode != 0:
        raise LabError(f"{' '.join(map(str, argv[:6]))}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout.decode(errors="replace")


def squash(source, target):
    """A read-only file system of a folder; it appears under its name when it is whole."""
    new = target.with_name(target.name + ".new")
    run("mksquashfs", source, new, "-comp", "zstd", "-Xcompression-level", "3", "-noappend", "-quiet", "-no-progress")
    new.rename(target)


def fetch_kernel(folder):
    """Unpack Debian's newest cloud kernel into `folder`."""
    found = [line.split()[-1] for line in run("apt-cache", "depends", META).splitlines() if "Depends: linux-im" in line]
    if not found:
        raise LabError(f"apt on this machine knows no {META} (apt-get update, perhaps)")
    new = folder.with_name("new-kernel")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", found[0], cwd=new)
    package, = new.glob("*.deb")
    run("dpkg-deb", "-x", package, new)
    package.unlink()
    new.rename(folder)


def depends(modules, name, done):
    """Append the files of a module, and before it what it needs, to `done`; what is built in has none."""
    for path in modules.rglob(f"{name.replace('-', '?').replace('_', '?')}.ko"):
        needed = path.read_bytes().partition(b"\0depends=")[2].partition(b"\0")[0].decode("ascii")
        for other in needed.split(","):
            if other:
                depends(modules, other, done)
        if path not in done:
            done.append(path)


def write_tar(target, entries):
    """The first files of a disk, with owners by number; folders are made by whoever unpacks it."""
    with tarfile.open(target, "w") as out:
        for entry in entries:
            info = tarfile.TarInfo(entry.path.lstrip("/"))
            info.uid, info.gid = entry.owner
            info.mode = entry.mode
            if entry.is_link:
                info.type, info.linkname = tarfile.SYMTYPE, entry.text
                out.addfile(info)
            else:
                data = entry.text.encode()
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))


class Images:
    """Kernel, and file systems of the lab's root tree and of the product's layer over it."""

    def __init__(self, folder, layer, root_tree):
        self.kernel, self.modules = self._kernel()
        self.tree = self._tree(root_tree)
        self.product = folder / "product.sqfs"
        squash(layer, self.product)

    def _kernel(self):
        """The kernel's file and its modules in the order in which they load."""
        folder = tree.cache() / "kernel"
        with open(tree.cache() / "kernel.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                fetch_kernel(folder)
        modules, = (folder / "lib/modules").iterdir()
        found = []
        for name in MODULES:
            depends(modules, name, found)
        kernel, = (folder / "boot").glob("vmlinuz-*")
        return kernel, found

    def _tree(self, root_tree):
        """The tree as one file, made when it is missing; those of other trees go."""
        wanted = tree.cache() / f"{root_tree.name}.sqfs"
        with open(tree.cache() / "squash.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not wanted.exists():
                squash(root_tree, wanted)
            for other in tree.cache().glob("tree-*.sqfs"):
                if not other.with_suffix("").exists():
                    other.unlink()
        return wanted

    @staticmethod
    def disk(target, megabytes, source=None):
        """A disk with a file system, empty or with a copy of a folder; takes no room until it is written."""
        with open(target, "wb") as out:
            out.truncate(megabytes << 20)
        content = ["-d", source] if source else []
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", *content, target)

    def initramfs(self, target, entries=()):
        """The first files of a machine: what it boots with, and what is put on its disk once."""
        root = target.with_suffix(".d")
        shutil.rmtree(root, ignore_errors=True)
        for name in FOLDERS:
            (root / name).mkdir(parents=True)
        shutil.copy(BUSYBOX, root / "bin/busybox")
        for name in APPLETS:
            (root / "bin" / name).symlink_to("busybox")
        shutil.copy(INSIDE / "init", root / "init")
        (root / "init").chmod(0o755)
        for path in self.modules:
            shutil.copy(path, root / "modules")
        (root / "modules/order").write_text("".join(f"{path.name}\n" for path in self.modules))
        write_tar(root / "first.tar", entries)
        names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
        with open(target, "wb") as out:
            subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], input=names.encode(), stdout=out,
                           cwd=root, check=True)
        shutil.rmtree(root)
