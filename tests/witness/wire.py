# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets of this process in the network of a host of the lab, and what passes that host's cards."""

import ctypes
import ipaddress
import os
import socket
import struct
import threading
from collections import namedtuple
from contextlib import contextmanager

from backend import LabError

CLONE_NEWNET = 0x40000000
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 3, 0x0800, 0x86DD
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
BUFFER = 32 << 20
SYN, ACK = 2, 16
DISCARD = 9
DOOR = ("127.0.0.9", DISCARD)
LIBC = ctypes.CDLL(None, use_errno=True)


def _enter(fd):
    if LIBC.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextmanager
def inside(machine):
    """This thread's network is the host's: a socket that is made here stays there."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/proc/{machine.pid}/ns/net", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(home)
        os.close(there)


def family(address):
    """AF_INET or AF_INET6."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def make(machine, kind, address=None, port=0, *, listen=0):
    """A socket of that host, bound where asked."""
    with inside(machine):
        one = socket.socket(family(address or "0.0.0.0"), kind)
        if address is not None:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind((address, port))
        if listen:
            one.listen(listen)
    return one


def connect(machine, source, server, port, timeout=5):
    """A connection from an address of that host."""
    one = make(machine, socket.SOCK_STREAM, source)
    one.settimeout(timeout)
    one.connect((server, port))
    return one


Packet = namedtuple("Packet", "out proto source target sport dport flags size")


def parse(data, kind, out):
    """A packet of IP; None: another."""
    if kind == ETH_P_IP and len(data) >= 20:
        start, proto, total = (data[0] & 15) * 4, data[9], int.from_bytes(data[2:4], "big")
        source, target = data[12:16], data[16:20]
    elif kind == ETH_P_IPV6 and len(data) >= 40:
        start, proto, total = 40, data[6], 40 + int.from_bytes(data[4:6], "big")
        source, target = data[8:24], data[24:40]
    else:
        return None
    sport = dport = flags = 0
    size = total - start
    least = {socket.IPPROTO_UDP: 8, socket.IPPROTO_TCP: 20}.get(proto)
    if least and len(data) >= start + least:
        sport, dport = struct.unpack_from("!HH", data, start)
        size -= 8
        if proto == socket.IPPROTO_TCP:
            size += 8 - (data[start + 12] >> 4) * 4
            flags = data[start + 13]
    return Packet(out, proto, str(ipaddress.ip_address(source)), str(ipaddress.ip_address(target)),
                  sport, dport, flags, size)


class Tap:
    """All packets of IP that enter or leave a host, its own loopback included, in order."""

    def __init__(self, machine):
        self.packets, self.marked = [], threading.Semaphore(0)
        with inside(machine):
            self.link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            self.knock, self.door = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.door.bind(DOOR)        # so that nobody answers to a knock
        self.link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                data, (_, kind, direction, _, _) = self.link.recvfrom(120)
            except OSError:
                return
            one = parse(data, kind, direction == PACKET_OUTGOING)
            if one and (one.target, one.dport) == DOOR:
                if one.out:
                    self.marked.release()
            elif one:
                self.packets.append(one)

    def mark(self):
        """How many there are of what was sent until now."""
        self.knock.sendto(b"", DOOR)
        if not self.marked.acquire(timeout=10):
            raise LabError("the tap is deaf")
        lost = struct.unpack("II", self.link.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))[1]
        if lost:
            raise LabError(f"the tap has lost {lost} packets")
        return len(self.packets)

    def close(self):
        """No more."""
        self.link.close()
        self.knock.close()
        self.door.close()
