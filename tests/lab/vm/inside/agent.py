#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab talks to in a virtual machine: sets up the network, runs commands, passes the log on.

Frames in both directions: four bytes of length, big end first, then JSON. A connection carries one request:

    {"run": argv, "text": standard input, "timeout": seconds}    answered by {"code", "out", "err"}
    {"spawn": argv}         answered by {"out"} as it comes, then {"code"}; the end of the connection kills it
    {"write": path, "data": base64, "mode": number, "owner": [uid, gid]}   answered by {}, or {"error"}
"""

import base64
import json
import os
import select
import signal
import socket
import socketserver
import struct
import subprocess
import threading
import time
from pathlib import Path

SPEC = Path("/etc/lab/spec.json")
JOURNAL = "/run/systemd/journal/syslog"
PORT = 7001
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}


def cards():
    """{MAC address: name} of the cards that are there."""
    found = {}
    for folder in Path("/sys/class/net").iterdir():
        found[(folder / "address").read_text(encoding="ascii").strip()] = folder.name
    return found


def set_up_network(spec):
    """Names, addresses, routes and kernel settings as the lab has them for this host."""
    for name, value in spec["sysctl"].items():
        Path("/proc/sys/" + name.replace(".", "/")).write_text(str(value), encoding="ascii")
    there, lines = cards(), ["link set lo up"]
    for mac, name, addresses in spec["cards"]:
        lines += [f"link set {there[mac]} down", f"link set {there[mac]} name {name}", f"link set {name} up"]
        lines += [f"addr add {address} dev {name}" + (" nodad" if ":" in address else "") for address in addresses]
    lines += [f"route add default via {gateway}" for gateway in spec["gateways"]]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)


def pass_log_on():
    """Each line of the journal goes out by a serial line at once, so that it outlives this machine."""
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    Path(JOURNAL).unlink(missing_ok=True)
    log.bind(JOURNAL)
    log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    port = next(folder for folder in Path("/sys/class/virtio-ports").iterdir()
                if (folder / "name").read_text(encoding="ascii").strip() == "lab.syslog")
    with open(f"/dev/{port.name}", "w", encoding="utf-8") as out:
        while True:
            text = log.recv(65536).decode("utf-8", "replace").rstrip("\n\0").partition(">")[2]
            print(f"{time.time():.3f} {text}", file=out, flush=True)


class Handler(socketserver.BaseRequestHandler):
    """One request."""

    def handle(self):
        request = self.receive()
        if request is None:
            return
        if "run" in request:
            self.send(self.run(request))
        elif "spawn" in request:
            self.spawn(request["spawn"])
        else:
            self.send(self.write(request))

    def receive(self):
        """The next frame, or None at the end."""
        head = self.read(4)
        body = self.read(struct.unpack(">I", head)[0]) if head else b""
        return json.loads(body) if body else None

    def read(self, count):
        """So many bytes, or nothing."""
        got = b""
        while len(got) < count:
            more = self.request.recv(count - len(got))
            if not more:
                return b""
            got += more
        return got

    def send(self, answer):
        """A frame."""
        body = json.dumps(answer).encode()
        self.request.sendall(struct.pack(">I", len(body)) + body)

    def run(self, request):
        """A command, to its end."""
        try:
            with subprocess.Popen(request["run"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=ENVIRONMENT, start_new_session=True) as process:
                try:
                    out, err = process.communicate(request["text"].encode(), timeout=request["timeout"])
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    out, err = process.communicate()
        except OSError as error:
            return {"code": 127, "out": "", "err": str(error)}
        return {"code": process.returncode, "out": out.decode("utf-8", "replace"),
                "err": err.decode("utf-8", "replace")}

    def spawn(self, argv):
        """A command beside; what it prints is sent as it comes."""
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=ENVIRONMENT, start_new_session=True) as process:
            try:
                self.pump(process)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
            self.send({"code": process.wait()})

    def pump(self, process):
        """Until the output ends, or the lab hangs up."""
        while True:
            ready, _, _ = select.select([process.stdout, self.request], [], [])
            if self.request in ready:
                return
            text = os.read(process.stdout.fileno(), 65536)
            if not text:
                return
            self.send({"out": text.decode("utf-8", "replace")})

    def write(self, request):
        """A file, in place of what was there."""
        target = Path(request["write"])
        new = target.with_name(target.name + ".new")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(base64.b64decode(request["data"]))
            os.chown(new, *request["owner"])
            new.chmod(request["mode"])
            new.rename(target)
        except OSError as error:
            return {"error": str(error)}
        return {}


class Server(socketserver.ThreadingTCPServer):
    """Listens on the management net."""
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


def tell_systemd():
    """Units that want the network may start."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])


def main():
    """Set up, then serve."""
    spec = json.loads(SPEC.read_text(encoding="utf-8"))
    threading.Thread(target=pass_log_on, daemon=True).start()
    set_up_network(spec)
    with Server((spec["manage"], PORT), Handler) as server:
        tell_systemd()
        server.serve_forever()


if __name__ == "__main__":
    main()
