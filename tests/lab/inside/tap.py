#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Listener on the switch: which port (and MAC) answers for a virtual address on TCP port 25.

Every SYN-ACK from ADDRESS:25 that enters the switch gives one JSON line.
"""

import ipaddress
import json
import socket
import sys
import time

WANTED = {ipaddress.ip_address(text).packed for text in sys.argv[1:]}
OUTGOING = 4
SYN_ACK = 0x12


def tcp_of(frame):
    """(source address, TCP header) of an Ethernet frame, or None."""
    kind = frame[12:14]
    if kind == b"\x08\x00" and frame[23] == socket.IPPROTO_TCP:
        return frame[26:30], frame[14 + (frame[14] & 15) * 4:]
    if kind == b"\x86\xdd" and frame[20] == socket.IPPROTO_TCP:
        return frame[22:38], frame[54:]
    return None


def answers(frame):
    """Is this frame an accepted connection from a wanted address, port 25?"""
    found = tcp_of(frame)
    if found is None or found[0] not in WANTED or len(found[1]) < 20:
        return None
    port, flags = int.from_bytes(found[1][0:2], "big"), found[1][13]
    return found[0] if port == 25 and flags & SYN_ACK == SYN_ACK else None


def main():
    """Read the lan ports of the switch for ever."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    while True:
        frame, (port, _, kind, _, _) = tap.recvfrom(200)
        source = None if kind == OUTGOING or not port.startswith("lan-") or len(frame) < 54 else answers(frame)
        if source:
            print(json.dumps({"t": time.time(), "port": port, "mac": frame[6:12].hex(":"),
                              "address": str(ipaddress.ip_address(source))}), flush=True)


if __name__ == "__main__":
    main()
