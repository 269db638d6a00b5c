# SPDX-License-Identifier: GPL-2.0-or-later
"""What a lab asks of the place its hosts live in.

Scenarios and topology know only this file. Namespaces are one backend; virtual machines can be another, with the same
root tree and the same scenarios.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field


class LabError(Exception):
    """The lab itself could not do what it was told."""


@dataclass
class File:
    """A file put into a host before it boots (or while it runs)."""
    text: str
    mode: int = 0o644
    owner: str = "root:root"


@dataclass
class Link:
    """One network card: the net it is plugged into and its addresses with prefix length."""
    net: str
    addresses: tuple


@dataclass
class Host:
    """A machine of the lab, as data; `number` makes its MAC addresses."""
    name: str
    number: int
    links: list
    gateways: tuple = ()
    sysctl: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    shared: list = field(default_factory=list)      # names of storages that it may mount: Backend.shared
    boot: list = field(default_factory=list)
    services: list = field(default_factory=list)    # units that run from boot on, in this order

    def mac(self, net):
        """MAC address of the card in `net`; the second half tells the host."""
        return f"02:00:00:{sum(net.encode()) % 256:02x}:00:{self.number:02x}"


@dataclass
class Result:
    """What a command inside a host left behind."""
    code: int
    out: str
    err: str


class Backend(ABC):
    """Hosts that can be started, killed, talked to and unplugged."""

    scale = 1.0     # every deadline of the lab is multiplied by this
    poll = 0.05     # seconds between two looks at something that is waited for
    watch = 0.1     # seconds between two tries of the outside observer
    token_ms = 1000     # corosync's patience

    @abstractmethod
    def add_net(self, name):
        """Make the Ethernet segment `name`."""

    @abstractmethod
    def start(self, host):
        """Boot a host: files in place, network up, boot commands done, services started."""

    @abstractmethod
    def kill(self, name):
        """Cut the power. Returns only when nothing of the host runs any more."""

    @abstractmethod
    def alive(self, name):
        """Is the host powered?"""

    @abstractmethod
    def exec(self, name, argv, *, text="", timeout=30, check=True):
        """Run argv inside a host to its end; LabError if check and it fails, and always if the host died meanwhile."""

    @abstractmethod
    def service(self, name, service, action):
        """"start" a service of the host, or "stop" it in order."""

    @abstractmethod
    def link(self, name, net, up):
        """Plug the host's cable of `net` in or out; in, it also loses nothing any more."""

    @abstractmethod
    def lose(self, name, net, direction):
        """From now on frames are lost on the host's cable of `net`, which has carrier all the same: those "from" the
        host, or those "to" it; twice for both. Until link(name, net, True), or the host boots."""

    @abstractmethod
    def lost(self, name, net):
        """How many frames have been lost so."""

    @abstractmethod
    def add_card(self, name, link):
        """Give a running host one more network card, until it ends or remove_card."""

    @abstractmethod
    def remove_card(self, name, net):
        """Take that away."""

    @abstractmethod
    def write(self, name, path, file):
        """Put a File into a running host."""

    @abstractmethod
    def copy(self, name, source, path, mode=0o644):
        """Put a file of this machine into a running host, as root's."""

    @abstractmethod
    def console(self, name):
        """What the host's console has shown since it was switched on."""

    @abstractmethod
    def log_dir(self, name):
        """Folder, readable from outside, that holds the host's /var/log, also after its death."""

    @abstractmethod
    def spawn(self, name, argv, log):
        """Run argv in a host, or in "switch" beside the segments, until killed; its output goes to /var/log/LOG there.

        Returns an object with poll(), kill() and wait() like subprocess.Popen.
        """

    @abstractmethod
    def shared(self, name, source):
        """Make the storage `name`, or make it anew, with a copy of what the folder `source` has in it. No host may have
        it mounted; it is there before a host starts that names it."""

    @abstractmethod
    def storage(self, name):
        """How a host mounts that storage: device, fstype and options, as ocf:heartbeat:Filesystem calls them."""

    @abstractmethod
    def fence_address(self):
        """Where the fence agent inside a node finds the fence server: ("unix", path) or ("tcp", host, port)."""

    @abstractmethod
    def fence_listener(self):
        """The socket of the fence server, bound there."""

    @abstractmethod
    def close(self):
        """End every host and leave nothing behind."""
