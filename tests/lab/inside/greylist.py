#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Greylisting for Postfix (SMTPD_POLICY_README): the first try of a client and sender is put off, the next passes.

Run by spawn(8): requests on stdin, answers on stdout.
"""

import os
import sys
import tempfile
import urllib.parse

SEEN = os.path.join(tempfile.gettempdir(), "greylist")


def request():
    """Attributes of the next request; empty at the end."""
    attributes = {}
    for line in iter(sys.stdin.readline, ""):
        name, _, value = line.rstrip("\n").partition("=")
        if not name:
            break
        attributes[name] = value
    return attributes


def seen_before(attributes):
    """Has this client tried for this sender already? Remembers that it has."""
    name = urllib.parse.quote(f"{attributes.get('client_address')}-{attributes.get('sender')}", safe="")
    os.makedirs(SEEN, exist_ok=True)
    try:
        os.close(os.open(os.path.join(SEEN, name), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return True
    return False


for asked in iter(request, {}):
    action = "dunno" if seen_before(asked) else "defer_if_permit 4.2.0 Greylisted, please try again later"
    print(f"action={action}\n", flush=True)
