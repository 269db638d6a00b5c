# SPDX-License-Identifier: GPL-2.0-or-later
"""The power switches: a server outside the cluster that ends a node and says ok only when it is surely gone."""

import socket
import threading
import time


class FenceServer:
    """Answers `ACTION NODE` lines; `start` is how a fenced node comes back when `restart` is set."""

    def __init__(self, backend, start):
        self.backend, self.start = backend, start
        self.restart = True
        self.history = []
        self.threads = []
        self.listener = backend.fence_listener()
        self.listener.listen(8)
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def _accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        with link:
            words = link.makefile().readline().split()
            answer = self._act(*words) if len(words) == 2 else "bad request"
            try:
                link.sendall(f"{answer}\n".encode())
            except OSError:
                pass    # the asking node may itself have been cut meanwhile

    def _act(self, action, node):
        if action in ("monitor", "list", "status"):
            return "ok" if node == "-" or self.backend.alive(node) else "off"
        if action == "on":
            self.start_later(node)
            return "ok"
        self.backend.kill(node)
        self.history.append((time.time(), action, node))
        if action == "reboot" and self.restart:
            self.start_later(node)
        return "ok" if not self.backend.alive(node) else "still alive"

    def start_later(self, node):
        """Switch a node on without waiting for its boot; settle does."""
        thread = threading.Thread(target=self.start, args=(node,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def settle(self):
        """Wait for boots that are under way."""
        for thread in self.threads:
            thread.join()
        self.threads.clear()

    def reset(self):
        """No boot under way, fenced nodes come back again, nothing fenced yet."""
        self.settle()
        self.restart = True
        self.history.clear()

    def close(self):
        """Stop answering."""
        self.settle()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.acceptor.join()
        self.listener.close()
