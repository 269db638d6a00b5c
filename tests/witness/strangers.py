# SPDX-License-Identifier: GPL-2.0-or-later
"""Who has no key gets nothing, and costs little; who has one and sends no bind, neither."""

import contextlib
import socket
import ssl
import threading
import time

import stage as st
import wire
from cases import case, expect_nothing, expect_refusal, works
from scenario import expect
from stage import CLUSTER, STRANGER, WITNESS

HANDSHAKE_S, SLACK_S = 1, 1.5
ALERT = 0x15
ALERT_RECORD = 7
HEADER = b"BW\x01\x01"


class Relay:
    """Passes one connection on to the witness, and remembers both directions; `stays`: it does not hang up."""

    def __init__(self, stage, port=19322, stays=False):
        self.machine, self.stays, self.other = stage.machine("cluster"), stays, None
        self.link = wire.make(self.machine, socket.SOCK_STREAM, CLUSTER, port, listen=1)
        self.server, self.to, self.back = f"{CLUSTER}#{port}", b"", b""
        self.worker = threading.Thread(target=self._serve, daemon=True)
        self.worker.start()

    def _serve(self):
        one, _ = self.link.accept()
        self.other = other = wire.connect(self.machine, CLUSTER, WITNESS, st.PORT)
        back = threading.Thread(target=self._pass, args=(other, one, "back"), daemon=True)
        back.start()
        self._pass(one, other, "to")
        back.join()

    def _pass(self, source, target, name):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                setattr(self, name, getattr(self, name) + data)
                target.sendall(data)
        if self.stays and name == "to":
            return
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def wait(self):
        """Until both ends are over."""
        self.worker.join(10)
        self.link.close()
        expect(not self.worker.is_alive(), "the relayed connection does not end")


def record(stage, key, name, *options, **more):
    """One bind over a relay: (outcome, relay)."""
    relay = Relay(stage)
    got = stage.bind(key, name, *options, server=relay.server, **more)
    relay.wait()
    return got, relay


def drain(one):
    """All that comes until the other side ends it, and how long that took."""
    began, data = time.monotonic(), b""
    with contextlib.suppress(ConnectionError):
        while more := one.recv(65536):
            data += more
    return data, time.monotonic() - began


def say(stage, data, host="stranger", source=STRANGER):
    """Send bytes, and read until the witness hangs up."""
    with wire.connect(stage.machine(host), source, WITNESS, st.PORT) as one:
        with contextlib.suppress(ConnectionError):
            one.sendall(data)
        return drain(one)


def expect_hung_up(data, seconds, what):
    """No more than an alert came, and the end in time."""
    expect(data == b"" or (data[0] == ALERT and len(data) == ALERT_RECORD), f"{what}: it answered {data[:40]!r}")
    expect(seconds < HANDSHAKE_S + SLACK_S, f"{what}: it held on for {seconds:.1f} s")


@case
def no_key(stage):
    """A wrong secret and a name that is unknown look alike, byte for byte, and neither leads to anything."""
    stage.names.lead("mail.good.test", CLUSTER)
    found = []
    for key, keys in (("good", st.OTHER_KEYS), ("stranger", st.OWN_KEYS)):
        with stage.watch() as seen:
            got, relay = record(stage, key, "mail.good.test", keys=keys)
        expect(got.end == st.END_DENIED and not got.type, f"{key}: {got}")
        expect_nothing(seen, key)
        found.append(relay.back)
    expect(found[0] == found[1], f"a wrong secret: {found[0]!r}, an unknown name: {found[1]!r}")
    expect(found[0][0] == ALERT and len(found[0]) == ALERT_RECORD, f"they get {found[0]!r}")
    works(stage)


@case
def no_serial(stage):
    """A serial that the witness does not have is as good as no key."""
    path = "/etc/bindback/serial.keys"
    text = f"key good 2 {stage.secrets['good']}\n"
    stage.backend.write("cluster", path, st.File(text, mode=0o600))
    with stage.watch() as seen:
        got = stage.bind("good", "mail.good.test", keys=path)
    expect(got.end == st.END_DENIED, f"{got}")
    expect_nothing(seen)


@case
def large_handshake(stage):
    """A ClientHello that announces 16 MiB, and sends them: a few KiB are taken."""
    before = stage.status("VmRSS")
    rest = b"\x16\x03\x01\x40\x00" + bytes(16384)
    hello = b"\x01\xff\xff\xff\x03\x03" + bytes(2000)
    data = b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello + rest * 960
    with wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT) as one:
        sent = 0
        with contextlib.suppress(OSError):
            while sent < len(data):
                sent += one.send(data[sent:sent + 65536])
        grown = stage.status("VmRSS") - before
        expect(grown < 1024, f"{sent} bytes were taken, it has grown by {grown} KiB")
    works(stage)


@case
def plain_text(stage):
    """HTTP, a bind in the clear, lengths of 4 GiB, all zeros: at most an alert comes back."""
    words = (b"GET / HTTP/1.0\r\n\r\n", b"EHLO x\r\n", HEADER + b"\0\0\0\x10" + b"x" * 16, HEADER + b"\xff" * 4,
             bytes(4096), b"\xff" * 4096, b"\x16\x03\x01\xff\xff" + b"\x01" * 20000,
             b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + b"\0" * 16380, b"\x80\x2e\x01\x00\x02" + b"\0" * 60)
    for data in words:
        with stage.watch() as seen:
            back, seconds = say(stage, data)
        expect_hung_up(back, seconds, f"{data[:12]!r}")
        expect_nothing(seen, f"{data[:12]!r}")
    works(stage)


@case
def other_tls(stage):
    """TLS 1.2, and TLS 1.3 without a pre-shared key."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        with stage.watch() as seen, wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT) as one:
            try:
                context.wrap_socket(one)
                raised = None
            except (ssl.SSLError, ConnectionError) as error:
                raised = error
        expect(raised, f"{version.name} was accepted")
        expect_nothing(seen, version.name)
    works(stage)


@case
def silence(stage):
    """Connections that say nothing are ended in time, and a bind goes through meanwhile."""
    held = [wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT) for _ in range(100)]
    began = time.monotonic()
    works(stage)
    for one in held:
        data, _ = drain(one)
        expect_hung_up(data, time.monotonic() - began, "silence")
        one.close()
    stage.wait_until("descriptors are free again", stage.files, lambda count: count < 60)


@case
def half_a_handshake(stage):
    """A key holder's first message, a byte at a time, or without what has to follow."""
    _, relay = record(stage, "good", "mail.good.test", "--way=0")
    hello = relay.to[:5 + int.from_bytes(relay.to[3:5], "big")]
    with stage.watch() as seen, wire.connect(stage.machine("stranger"), STRANGER, WITNESS, st.PORT) as one:
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for octet in hello:
                one.sendall(bytes([octet]))
                time.sleep(0.02)
        data, _ = drain(one)
    expect_hung_up(data, time.monotonic() - began, "a trickle")
    expect_nothing(seen, "a trickle")
    for cut in (len(hello) // 2, len(hello)):
        with stage.watch() as seen:
            _, seconds = say(stage, hello[:cut])
        expect(seconds < HANDSHAKE_S + SLACK_S, f"{cut} bytes of a handshake: it held on for {seconds:.1f} s")
        expect_nothing(seen, f"{cut} bytes of a handshake")
    works(stage)


@case
def played_again(stage):
    """All that a good bind sent, from anywhere, once more: no frame is taken from it."""
    stage.names.lead("mail.good.test", CLUSTER)
    with stage.watch() as seen:
        got, relay = record(stage, "good", "mail.good.test", "--listen")
    expect(got.call == st.VERIFIED and seen.asked, f"{got}")
    first = len(relay.back)
    for host, source in (("cluster", CLUSTER), ("stranger", STRANGER)):
        with stage.watch() as seen:
            data, seconds = say(stage, relay.to, host, source)
        expect_nothing(seen, "played again")
        expect(len(data) < first and seconds < HANDSHAKE_S + SLACK_S, f"{len(data)} bytes in {seconds:.1f} s")


@case
def same_nonce(stage):
    """A key holder's second bind with a nonce that was used."""
    stage.names.lead("mail.good.test", CLUSTER)
    nonce = f"--nonce={'5a' * 32}"
    expect(stage.bind("good", "mail.good.test", nonce, "--listen").call == st.VERIFIED, "the first bind failed")
    for name in ("mail.good.test", "aim.good.test"):
        with stage.watch() as seen:
            got = stage.bind("good", name, nonce, "--listen")
        expect_refusal(got, st.REPLAYED, name)
        expect_nothing(seen, name)
    works(stage)


@case
def no_bind(stage):
    """A key holder who sends part of a frame, another frame, one that is too long, or one that lies."""
    frames = (HEADER + b"\xff\xff\xff\xff", HEADER + b"\0\0\x10\0", b"BW\x63\x01\0\0\0\0", b"BW\x01\x02\0\0\0\0",
              b"BW\x01\x63\0\0\0\0", b"BW\x01\x04\0\0\0\x40" + bytes(64), HEADER + b"\0\0\0\0",
              HEADER + b"\0\0\0\x01\xff", b"x" * 8, b"GET / HTTP/1.0\r\n\r\n")
    for frame in frames:
        with stage.watch() as seen:
            got = stage.bind("good", "mail.good.test", f"--frame={frame.hex()}")
        expect(got.type == 0 or got.refusal == st.UNREADABLE, f"{frame[:12]!r}: {got}")
        expect(got.ms < (HANDSHAKE_S + SLACK_S) * 1000, f"{frame[:12]!r}: it took {got.ms:.0f} ms")
        expect_nothing(seen, f"{frame[:12]!r}")
    for cut in (1, 8, 40):
        with stage.watch() as seen:
            got = stage.bind("good", "mail.good.test", f"--cut={cut}")
        expect(got.type == 0 and got.ms < (HANDSHAKE_S + SLACK_S) * 1000, f"{cut} bytes of a frame: {got}")
        expect_nothing(seen, f"{cut} bytes of a frame")
    works(stage)


@case
def lying_binds(stage):
    """Binds that speak of addresses or names which no cluster has."""
    for addr in ("127.0.0.1", "0.0.0.0", "224.0.0.1", "::1", "::ffff:10.70.0.66", "ff02::1", "fe80::1"):
        with stage.watch() as seen:
            expect_refusal(stage.bind("good", "mail.good.test", addrs=[addr]), st.UNREADABLE, addr)
        expect_nothing(seen, addr)
    for name in ("localhost", "10.71.0.100", "-x.good.test", "a..good.test", "x y.good.test".replace(" ", "\t")):
        with stage.watch() as seen:
            expect_refusal(stage.bind("good", name), st.UNREADABLE, name)
        expect_nothing(seen, name)
