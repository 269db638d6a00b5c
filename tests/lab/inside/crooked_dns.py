#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in front of a DNS server on the same host, for questions over UDP, and spoils the answers.

crooked_dns.py PORT MODE [SUFFIX]; only answers to questions under SUFFIX are spoilt.
MODE: truncate (TC and nothing else), slow (0.2 seconds late), refused (REFUSED), lame (not authoritative),
noise (no DNS at all), other (the answer to another question)
"""

import socket
import sys
import threading
import time

PORT, MODE, SUFFIX = int(sys.argv[1]), sys.argv[2], "".join(sys.argv[3:]).lower()
REAL = ("127.0.0.1", 53)
LATE = 0.2
AUTHORITATIVE = 0x04


def question_end(message):
    """Offset behind the first question, and its name."""
    labels, offset = [], 12
    while message[offset]:
        labels.append(message[offset + 1:offset + 1 + message[offset]].decode("ascii", "replace"))
        offset += 1 + message[offset]
    return offset + 5, ".".join(labels).lower()


def header(message, flags, counts):
    """The header of an answer to message."""
    return message[:2] + flags.to_bytes(2, "big") + b"".join(count.to_bytes(2, "big") for count in counts)


def ask(message):
    """What the real server answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(2)
        link.sendto(message, REAL)
        return link.recv(65535)


def spoil(message, end):
    """The crooked answer."""
    question = message[12:end]
    if MODE == "truncate":
        return header(message, 0x8600, (1, 0, 0, 0)) + question
    if MODE == "refused":
        return header(message, 0x8005, (1, 0, 0, 0)) + question
    if MODE == "noise":
        return b"\xff" * 40
    if MODE == "other":
        return header(message, 0x8400, (1, 0, 0, 0)) + b"\5other\4test\0" + question[-4:]
    if MODE == "slow":
        time.sleep(LATE)
        return ask(message)
    answer = ask(message)           # lame
    return answer[:2] + bytes([answer[2] & ~AUTHORITATIVE]) + answer[3:]


def serve(link, message, client):
    """One question."""
    end, name = question_end(message)
    try:
        link.sendto(spoil(message, end) if name.endswith(SUFFIX) else ask(message), client)
    except OSError as error:
        print(f"{name}: {error}", flush=True)


def main():
    """For ever."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as link:
        link.bind(("::", PORT))         # both families
        while True:
            message, client = link.recvfrom(65535)
            threading.Thread(target=serve, args=(link, message, client), daemon=True).start()


if __name__ == "__main__":
    main()
