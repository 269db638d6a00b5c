#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the mail server: hands in COUNT numbered messages and tries each until it is accepted.

submit.py LABEL COUNT PERIOD PATIENCE SERVER RECIPIENT; prints each number once it has been accepted.
"""

import smtplib
import sys
import time

LABEL, COUNT, PERIOD, PATIENCE, SERVER, RECIPIENT = sys.argv[1:]


def message(number):
    """A message that can be told from all others."""
    return f"X-Lab-Number: {number}\nSubject: {number}\nTo: {RECIPIENT}\n\nlab\n"


def submit(number):
    """One try; True when the server took responsibility."""
    try:
        with smtplib.SMTP(SERVER, 25, "client.cluster.test", timeout=float(PATIENCE)) as server:
            server.sendmail("sender@cluster.test", [RECIPIENT], message(number))
        return True
    except (OSError, smtplib.SMTPException):
        return False


def main():
    """All messages, one after the other."""
    for count in range(1, int(COUNT) + 1):
        number = f"{LABEL}-{count}"
        while not submit(number):
            time.sleep(0.2)
        print(number, flush=True)
        time.sleep(float(PERIOD))


if __name__ == "__main__":
    main()
