#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Delivers one message to each of several mail servers, as a plain MTA would, and tells who took it.

deliver.py '{"name": NAME, "sender": ADDRESS, "recipient": ADDRESS, "sources": {"4": ADDRESS, "6": ADDRESS},
             "servers": {LABEL: {"4": ADDRESS, "6": ADDRESS}}}'

Each server is tried from our address of each family, all at once; whoever says 4xx is tried again once, as a queue
would. Prints {LABEL: {FAMILY: [accepted, last reply or error]}}. Written without a glance at the product.
"""

import json
import smtplib
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 8.0
TRIES = 2
MESSAGE = "From: <{sender}>\nTo: <{recipient}>\nSubject: lab\n\nlab\n"


class Refused(Exception):
    """The server said no."""


def expect(answer, first):
    """The reply as one line, which must begin as wanted."""
    code, text = answer
    line = f"{code} {text.decode('ascii', 'replace')}".replace("\n", " | ")
    if not line.startswith(first):
        raise Refused(line)
    return line


def deliver(job, source, server):
    """One dialogue; the reply to the message's end."""
    with smtplib.SMTP(timeout=PATIENCE, source_address=(source, 0)) as session:
        expect(session.connect(server, 25), "220")
        expect(session.docmd("EHLO", job["name"]), "250")
        expect(session.mail(job["sender"]), "250")
        expect(session.rcpt(job["recipient"]), "250")
        return expect(session.data(MESSAGE.format(**job)), "250")


def attempt(job, family, server):
    """[accepted, what was said] after as many tries as a temporary refusal is worth."""
    for left in reversed(range(TRIES)):
        try:
            return [True, deliver(job, job["sources"][family], server)]
        except Refused as refused:
            said = str(refused)
        except smtplib.SMTPResponseException as error:
            said = f"{error.smtp_code} {error.smtp_error!r}"
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            return [False, f"{type(error).__name__}: {error}"]
        if not left or not said.startswith("4"):
            return [False, said]


def main():
    """All at once."""
    job = json.loads(sys.argv[1])
    pairs = [(label, family) for label, server in job["servers"].items() for family in server]
    with ThreadPoolExecutor(len(pairs)) as pool:
        found = pool.map(lambda pair: attempt(job, pair[1], job["servers"][pair[0]][pair[1]]), pairs)
    answer = {label: {} for label in job["servers"]}
    for (label, family), seen in zip(pairs, found):
        answer[label][family] = seen
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
