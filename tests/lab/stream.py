# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbered messages on their way to the remote."""

import topology
from remote import SINK


class Stream:
    """Messages handed in, by number; knows which have been accepted by the cluster's mail server."""

    def __init__(self, lab):
        self.lab, self.local, self.client = lab, [], None
        self.count = 0

    def submit_on(self, node, count=1):
        """Hand in messages on a node with sendmail(1); returns their numbers."""
        numbers = []
        for _ in range(count):
            self.count += 1
            number = f"local-{self.count}"
            text = f"X-Lab-Number: {number}\nSubject: {number}\nTo: {SINK}\n\nlab\n"
            self.lab.backend.exec(node, ["sendmail", "-i", SINK], text=text)
            numbers.append(number)
        self.local += numbers
        return numbers

    def start_client(self, count, period, label="stream"):
        """A client on the lan hands in messages to the virtual address, beside whatever else happens."""
        patience = 3 * self.lab.backend.scale
        argv = ["/lab/submit.py", label, str(count), str(period), str(patience), topology.VIRTUAL[0], SINK]
        self.client = self.lab.backend.spawn("client", argv, "submit.log")

    def wait_client(self, deadline):
        """Until the client has handed in everything."""
        self.lab.wait_until("the client has handed in its messages", self.client.poll, lambda code: code == 0, deadline)

    def wait_accepted(self, count):
        """Until the client has got rid of so many."""
        self.lab.wait_until(f"{count} messages handed in", lambda: len(self.accepted()), lambda seen: seen >= count, 60)

    def accepted(self):
        """Numbers for which the cluster's mail server has taken responsibility."""
        path = self.lab.backend.log_dir("client") / "submit.log"
        return self.local + (path.read_text().split() if self.client and path.exists() else [])

    def wait_arrived(self, numbers=None, deadline=30):
        """Until these messages (all accepted ones) are in the remote's mailbox."""
        wanted = set(numbers if numbers is not None else self.accepted())

        def missing():
            return sorted(wanted - {delivery.number for delivery in self.lab.remote.deliveries()})

        self.lab.wait_until(f"{len(wanted)} messages at the remote (missing shown)", missing,
                            lambda left: not left, deadline)

    def reset(self):
        """Forget; a client that still runs is ended."""
        if self.client:
            self.client.kill()
            self.client.wait()
            (self.lab.backend.log_dir("client") / "submit.log").unlink(missing_ok=True)
        self.local, self.client, self.count = [], None, 0
