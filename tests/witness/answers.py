# SPDX-License-Identifier: GPL-2.0-or-later
"""A nameserver that says what a case wants, and remembers what it was asked."""

import socket
import struct
import threading

import wire

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "PTR": 12, "AAAA": 28}
NAMES = {number: name for name, number in TYPES.items()}
NXDOMAIN, TTL, UDP_MAX = 3, 60, 512
TO_QUESTION = b"\xc0\x0c"


def encode_name(name):
    """As in a message, without compression."""
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_data(kind, value):
    """Data of a record."""
    if kind in ("A", "AAAA"):
        return socket.inet_pton(wire.family(value), value)
    return encode_name(value)


def question(message):
    """(name, type, offset behind it)."""
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("ascii", "replace"))
        at += 1 + message[at]
    return ".".join(labels).lower(), NAMES.get(int.from_bytes(message[at + 1:at + 3], "big"), "other"), at + 5


class Answers:
    """(name, type) -> list of data; a callable gives another list each time."""

    def __init__(self, machine, *addresses):
        self.records, self.asked = {}, []
        for address in addresses:
            udp = wire.make(machine, socket.SOCK_DGRAM, address, 53)
            tcp = wire.make(machine, socket.SOCK_STREAM, address, 53, listen=64)
            threading.Thread(target=self._serve_udp, args=(udp,), daemon=True).start()
            threading.Thread(target=self._serve_tcp, args=(tcp,), daemon=True).start()

    def put(self, name, kind, *data):
        """Set a record set; a callable in place of data is asked each time."""
        self.records[name.lower(), kind] = data[0] if data and callable(data[0]) else list(data)

    def lead(self, name, *addresses):
        """A and AAAA of a name."""
        self.put(name, "A", *[one for one in addresses if ":" not in one])
        self.put(name, "AAAA", *[one for one in addresses if ":" in one])

    def _find(self, name, kind):
        """([(owner, type, data)], whether the name is there), CNAMEs followed as a resolver does it."""
        found, here = [], False
        for _ in range(64):
            data = self.records.get((name, kind), [])
            data = data() if callable(data) else data
            here = here or any(owner == name for owner, _ in self.records)
            found += [(name, kind, value) for value in data]
            alias = self.records.get((name, "CNAME"))
            if data or not alias:
                break
            found.append((name, "CNAME", alias[0]))
            name = alias[0].lower()
        return found, here

    def answer(self, message, limit):
        """A whole message."""
        name, kind, end = question(message)
        found, here = self._find(name, kind)
        body = b""
        for owner, what, value in found:
            data = encode_data(what, value)
            body += TO_QUESTION if owner == name else encode_name(owner)
            body += struct.pack("!HHIH", TYPES[what], 1, TTL, len(data)) + data
        flags = 0x8580 | (0 if here else NXDOMAIN)
        if end + len(body) > limit:
            flags, found, body = flags | 0x0200, [], b""
        return message[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + message[12:end] + body

    def _serve_udp(self, link):
        while True:
            message, client = link.recvfrom(4096)
            self.asked.append(question(message)[:2])
            link.sendto(self.answer(message, UDP_MAX), client)

    def _serve_tcp(self, link):
        while True:
            one, _ = link.accept()
            threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one):
        with one, one.makefile("rb") as lines:
            while len(head := lines.read(2)) == 2:
                message = lines.read(int.from_bytes(head, "big"))
                answer = self.answer(message, 65535)
                one.sendall(len(answer).to_bytes(2, "big") + answer)
