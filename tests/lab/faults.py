# SPDX-License-Identifier: GPL-2.0-or-later
"""The staged faults: what is done, which mail real receivers then take, and what the verdict must be.

    Fault(name, act, takes, verdict, because, more)

act      a function of the room (room.py), or a tuple of them
takes    what Postfix, Exim and OpenSMTPD accept: "46 4 -" = both families, IPv4 only, none; "*" = now so, now so.
         It is compared with what they did: a fault that was not staged proves nothing.
verdict  "status blame CLASS", CLASS being that of the reason that decided (none for verified)
because  why the verdict is milder or harsher than what receivers did; see AGREE in verdicts
"""

from dataclasses import dataclass

import dns
from receivers import BUSY, EXIM, GREY, HELO, LISTED, OPENSMTPD, PAUSE, POSTFIX, RECEIVERS, SPF, WHIM
from topology import NAME, VIRTUAL

V4, V6 = VIRTUAL
ELSE4, ELSE6 = "10.50.0.99", "fd50::99"     # nobody's
OTHER = "out.cluster.test"
NODE = "node1.cluster.test"
DELEGATED = {V4: "100.0-127.0.50.10.in-addr.arpa", V6: "100.mail." + "0.0.0.0.0.0.0.0.0.0.0.0.0.5.d.f.ip6.arpa"}


@dataclass(frozen=True)
class Fault:
    """A row of the table."""
    name: str
    act: object
    takes: str
    verdict: str
    because: str = ""
    remotes: bool = False       # only a remote can tell; all others are also judged without asking any
    ips: tuple = VIRTUAL        # of the identity
    options: tuple = ()         # more for bindback verify

    def stage(self, room):
        """Do it."""
        for act in self.act if isinstance(self.act, tuple) else (self.act,):
            act(room)


# -- acts: each gives a function of the room

def zones(*edits, servers=dns.AUTHORITATIVE):
    """Edit the zones on these authoritative servers."""
    return lambda room: room.dns.change(lambda content: [edit(content) for edit in edits], servers)


def ptr(address, *names):
    """PTR of an address; no name: none."""
    return lambda content: content.pointer(address, *names)


def host(name, *addresses):
    """A or AAAA of a name."""
    return lambda content: [content.address(name, address) for address in addresses]


def records(kind, *data, owner=NAME):
    """A record set in the forward zone; no data: none."""
    return lambda content: content.put("cluster.test", owner, kind, *data)


def cname_ptr(address):
    """The PTR as RFC 2317 delegates it: an alias, and the name behind it."""
    def edit(content):
        zone, owner = dns.reverse(address)
        content.put(zone, owner, "PTR")
        content.put(zone, owner, "CNAME", DELEGATED[address] + ".")
        content.put(zone, DELEGATED[address], "PTR", NAME + ".")
    return edit


def upper_case(content):
    """The names as somebody typed them long ago."""
    content.put("cluster.test", NAME, "A")
    content.put("cluster.test", "MAIL.Cluster.TEST", "A", V4)
    ptr(V4, "MAIL.CLUSTER.TEST")(content)
    ptr(V6, "Mail.Cluster.Test")(content)


def each(act, whom=RECEIVERS):
    """The same for several receivers."""
    return lambda room: [act(room, one) for one in whom]


def filtered(what, whom=RECEIVERS, families="46"):
    """The firewall does `what` to mail on its way."""
    return each(lambda room, one: room.filter(one, what, families), whom)


def rude(mode, whom=(POSTFIX,)):
    """A rude server instead."""
    return each(lambda room, one: room.rude(one, mode), whom)


def refuses(whom, code="554 5.7.1 Service unavailable; client host is listed"):
    """A policy of the receiver's that has nothing to do with names."""
    def act(room, one):
        if one is OPENSMTPD:
            room.whim(one, BUSY if code.startswith("421") else LISTED, f"{V4}\n{V6}\n")
        else:
            room.whim(one, WHIM, code)
    return each(act, whom)


def greylists(whom=(POSTFIX, EXIM)):
    """The first try of everyone is put off."""
    return each(lambda room, one: room.whim(one, *((GREY, "yes") if one is EXIM else (WHIM, "greylist"))), whom)


def spf(*texts):
    """The name's SPF records, which Postfix looks at."""
    return (zones(records("TXT", *(f'"v=spf1 {text}"' for text in texts))),
            each(lambda room, one: room.whim(one, WHIM, SPF), (POSTFIX,)))


def cached(address, *where):
    """Resolvers go on giving this address for the name."""
    kind = "AAAA" if ":" in address else "A"
    return lambda room: [room.dns.stale(one, NAME, kind, address) for one in where]


def cached_ptr(*where):
    """Resolvers go on giving one PTR, the right one."""
    return lambda room: [room.dns.stale(one, dns.reverse(V4)[1], "PTR", NAME + ".") for one in where]


def no_resolver(*whom):
    """The resolver of a receiver is not there."""
    return each(lambda room, one: room.nft(one.host, "table inet deaf { chain input { type filter hook input "
                                           "priority -10; iif lo th dport 53 reject; }; }"), whom)


def blocks_us(receiver):
    """The resolver of a receiver denies that our zone exists."""
    return lambda room: room.their_resolver(receiver, "local_zone", "cluster.test", "always_nxdomain")


def silent(*servers):
    """DNS servers drop every question."""
    return lambda room: [[room.dns.silence(one) for one in servers], room.dns.flush()]


def servfail(zone, *servers):
    """Authoritative servers have lost the zone; both, where none is named."""
    return lambda room: room.dns.servfail(zone, servers or dns.AUTHORITATIVE)


def crooked(server, mode, suffix=""):
    """An authoritative server that spoils its answers."""
    return lambda room: room.crooked(server, mode, suffix)


def nat(outer):
    """Our IPv4 mail leaves with another source address."""
    return lambda room: room.nat(outer)


def refuses_all(server):
    """A resolver of the node's that answers REFUSED, as one does whose access list we are not on."""
    return lambda room: room.crooked(server, "refused")


ALL, NONE = "46 46 46", "- - -"
PUBLIC4 = "10.60.0.100"
PATIENT = ("--timeout=6s",)
BY_ADDRESS = tuple(f"--remote={address}/remote.test" for one in RECEIVERS for address in one.addresses.values())
OUTSIDE = zones(host(NAME, PUBLIC4), ptr(PUBLIC4, NAME))
TOLD = (f"--public-ip={PUBLIC4}", f"--public-ip={V6}")
OURS, THEIRS = dns.RESOLVERS, dns.REMOTES
EVERYBODY = OURS + THEIRS
REVERSE4, REVERSE6 = "0.50.10.in-addr.arpa", "0.0.0.0.0.0.0.0.0.0.0.0.0.5.d.f.ip6.arpa"
STALE_AUTHORITY = zones(host(NAME, ELSE4), servers=("auth2",))
A_SERVER = "mail flows, and the admin should hear of the server"
OWN_VIEW = "the node's own programs may still trip over it"
SOME_WILL = "as soon as receivers ask that server, they refuse"
SHUT = "the records are right, and the way is shut"
NO_WORD = "nobody tells the records, and receivers put mail off"

FINE = (
    Fault("nothing is wrong", (), ALL, "verified none"),
    Fault("PTR by CNAME (RFC 2317)", zones(cname_ptr(V4), cname_ptr(V6)), ALL, "verified none"),
    Fault("several PTRs, all lead back", zones(ptr(V4, NAME, OTHER), host(OTHER, V4)), ALL, "verified none"),
    Fault("upper case in the zones", zones(upper_case), ALL, "verified none"),
    Fault("name is a CNAME", zones(records("A"), records("AAAA"), records("CNAME", OTHER + "."), host(OTHER, V4, V6)),
          ALL, "verified none"),
    Fault("answers over TCP only", (crooked("auth1", "truncate"), crooked("auth2", "truncate")), ALL, "verified none"),
    Fault("slow servers", (crooked("auth1", "slow"), crooked("auth2", "slow")), ALL, "verified none"),
    Fault("IPv4 only", zones(records("AAAA")), "4 4 4", "verified none", ips=(V4,)),
    Fault("IPv6 only", zones(records("A")), "6 6 6", "verified none", ips=(V6,)),
    Fault("1:1 NAT", (OUTSIDE, nat(PUBLIC4)), ALL, "verified none", options=TOLD),
    Fault("1:1 NAT, split DNS", (OUTSIDE, nat(PUBLIC4), cached(V4, *OURS)), ALL,
          "verified none", options=TOLD),
    Fault("remotes by MX and by address", (), ALL, "verified none", options=(
        "--remote=mx:remote.test", "--remote=10.60.0.26/remote.test", "--remote=[fd60::27]:25/remote.test")),
    Fault("Exim pauses before it greets", each(lambda room, one: room.whim(one, PAUSE, "1s"), (EXIM,)), ALL,
          "verified none", remotes=True),
    Fault("the node's hosts file knows better", lambda room: room.hosts_file(f"127.0.1.1 {NAME} mail"), ALL,
          "degraded ours NSS", OWN_VIEW),
    Fault("greylisting at two", greylists(), ALL, "verified none", remotes=True),
    Fault("ns1 down", silent("ns1"), ALL, "degraded path *", A_SERVER),
    # OpenSMTPD does not always wait until its resolver has found the other one.
    Fault("auth1 down", silent("auth1"), "*", "degraded path *", A_SERVER, options=PATIENT),
)
FORWARD = (
    Fault("no A", zones(records("A")), "6 6 6", "failed ours NAME_UNRESOLVED"),
    Fault("no AAAA", zones(records("AAAA")), "4 4 4", "failed ours NAME_UNRESOLVED"),
    Fault("no A, no AAAA", zones(records("A"), records("AAAA")), NONE, "failed ours NAME_UNRESOLVED"),
    Fault("A wrong", zones(host(NAME, ELSE4)), "6 6 6", "failed ours NAME_MISMATCH"),
    Fault("AAAA wrong", zones(host(NAME, ELSE6)), "4 4 4", "failed ours NAME_MISMATCH"),
    Fault("A is the node's", zones(host(NAME, "10.50.0.11")), "6 6 6", "failed ours NAME_MISMATCH"),
    Fault("an A too many", zones(records("A", V4, ELSE4)), ALL, "degraded ours NAME_EXTRA",
          "who calls back may get an address that is nobody's"),
    Fault("IPv4 only, but there is an AAAA", (), "4 4 4", "degraded ours *",
          "who calls back over IPv6 reaches nobody", ips=(V4,)),
    Fault("name gone (NXDOMAIN)", zones(records("A"), records("AAAA"), ptr(V4, OTHER), ptr(V6, OTHER),
                                        host(OTHER, V4, V6)), "- - 46", "failed ours NAME_UNRESOLVED"),
    Fault("MX-only name, PTR to another", zones(records("A"), records("AAAA"), records("MX", f"10 {OTHER}."),
                                                ptr(V4, OTHER), ptr(V6, OTHER), host(OTHER, V4, V6)),
          "46 - 46", "failed ours NAME_UNRESOLVED"),
    Fault("CNAME into nowhere", zones(records("A"), records("AAAA"), records("CNAME", "gone.cluster.test.")), NONE,
          "failed ours NAME_UNRESOLVED"),
    Fault("CNAME loop", zones(records("A"), records("AAAA"), records("CNAME", OTHER + "."), records(
        "CNAME", NAME + ".", owner=OTHER)), NONE, "failed ours FCRDNS_FAIL"),
)
REVERSE = (
    Fault("no PTR for IPv4", zones(ptr(V4)), "6 6 6", "failed ours PTR_MISSING"),
    Fault("no PTR for IPv6", zones(ptr(V6)), "4 4 4", "failed ours PTR_MISSING"),
    Fault("no PTR at all", zones(ptr(V4), ptr(V6)), NONE, "failed ours PTR_MISSING"),
    Fault("PTR names the node", zones(ptr(V4, NODE), ptr(V6, NODE)), NONE, "failed ours PTR_MISMATCH"),
    Fault("PTR names nobody", zones(ptr(V4, "gone.cluster.test")), "6 6 6", "failed ours PTR_MISMATCH"),
    Fault("PTR of another name, leads back", zones(ptr(V4, OTHER), host(OTHER, V4)), ALL,
          "degraded ours PTR_MISMATCH", "PTR and EHLO differ, which some receivers weigh"),
    Fault("two PTRs, one leads back", zones(ptr(V4, NAME, "gone.cluster.test")), "6 46 6",
          "degraded ours FCRDNS_FAIL"),
    Fault("two PTRs, our caches know only the good", (zones(ptr(V4, NAME, "gone.cluster.test")), cached_ptr(*OURS)),
          "6 46 6", "degraded ours FCRDNS_FAIL"),
    Fault("RFC 2317 alias into nowhere", (zones(cname_ptr(V4)), zones(lambda content: content.put(
        REVERSE4, DELEGATED[V4], "PTR"))), "6 6 6", "failed ours PTR_MISSING"),
)
SERVERS = (
    Fault("forward zone SERVFAIL", servfail("cluster.test"), NONE, "failed ours FCRDNS_FAIL"),
    Fault("IPv4 reverse zone SERVFAIL", servfail(REVERSE4), "6 6 6", "failed ours *"),
    Fault("both reverse zones SERVFAIL", (servfail(REVERSE4), servfail(REVERSE6)), NONE, "failed ours *"),
    Fault("auth1 lame for the name", crooked("auth1", "lame", "cluster.test"), ALL, "degraded ours SERVER_FAULT",
          A_SERVER),
    Fault("auth1 has lost the name's zone", servfail("cluster.test", "auth1"), ALL, "degraded ours SERVER_FAULT",
          A_SERVER),
    Fault("auth1 refuses the reverse zones", crooked("auth1", "refused", "arpa"), ALL,
          "degraded ours SERVER_FAULT", A_SERVER),
    Fault("auth1 answers noise", crooked("auth1", "noise", "cluster.test"), "*",
          "degraded path SERVER_SILENT", A_SERVER, options=PATIENT),
    Fault("auth2 stale, and not asked yet", (STALE_AUTHORITY, cached(V4, *EVERYBODY)), ALL,
          "degraded ours NAME_MISMATCH", SOME_WILL),
    Fault("auth2 stale, our caches asked it", (STALE_AUTHORITY, cached(V4, *THEIRS), cached(ELSE4, *OURS)), ALL,
          "degraded ours *", SOME_WILL),
    Fault("auth2 stale, everybody asked it", (STALE_AUTHORITY, cached(ELSE4, *EVERYBODY)), "6 6 6", "failed ours *"),
    Fault("auth2 has no PTR, and not asked yet", (zones(ptr(V4), servers=("auth2",)), cached_ptr(*EVERYBODY)), ALL,
          "degraded ours PTR_MISSING", SOME_WILL),
    Fault("auth2 stale: serial only", zones(servers=("auth2",)), ALL, "degraded ours SERIAL",
          "the servers will disagree at the next change"),
    Fault("ns2 stale", cached(ELSE4, "ns2"), ALL, "degraded theirs STALE", OWN_VIEW),
    Fault("ns2 refuses", refuses_all("ns2"), ALL, "degraded theirs SERVER_FAULT", A_SERVER),
    Fault("both nameservers stale", cached(ELSE4, *OURS), ALL, "degraded theirs STALE", OWN_VIEW),
    Fault("both nameservers silent", silent("ns1", "ns2"), ALL, "unknown path NO_ANSWER",
          "without a resolver the node can ask nobody"),
    Fault("no nameserver, remotes by address", silent("ns1", "ns2"), ALL, "unknown path NO_ANSWER",
          "without a resolver the node can ask nobody", options=BY_ADDRESS),
    Fault("all servers refuse the reverse zones", (crooked("auth1", "refused", "arpa"),
                                                   crooked("auth2", "refused", "arpa")), NONE, "failed ours *"),
    Fault("all DNS silent", silent("auth1", "auth2"), NONE, "unknown path NO_ANSWER", NO_WORD),
)
SENDERS = (
    Fault("SPF covers us", spf(f"ip4:{V4} ip6:{V6} -all"), ALL, "verified none"),
    Fault("SPF by a and include", (*spf("include:_spf.cluster.test -all"), zones(records(
        "TXT", f'"v=spf1 a:{NAME} -all"', owner="_spf.cluster.test"))), ALL, "verified none"),
    Fault("SPF covers IPv4 only", spf(f"ip4:{V4} -all"), "4 46 46", "failed ours SPF"),
    Fault("SPF covers the node only", spf("ip4:10.50.0.11 -all"), "- 46 46", "failed ours SPF"),
    Fault("SPF softfail", spf("ip4:10.50.0.11 ~all"), ALL, "degraded ours SPF", "many take that for spam"),
    Fault("two SPF records", spf(f"ip4:{V4} ip6:{V6} -all", "a -all"), "- 46 46", "degraded ours SPF"),
    Fault("SPF asks too much", (*spf(" ".join(f"include:_{n}.cluster.test" for n in range(11)) + " -all"), zones(*(
        records("TXT", '"v=spf1 -all"', owner=f"_{n}.cluster.test") for n in range(11)))), "- 46 46",
          "degraded ours SPF"),
)
REMOTES = (
    Fault("Exim's resolver is dead", no_resolver(EXIM), "46 - 46", "degraded theirs HELO_IP_MISMATCH", remotes=True),
    Fault("Postfix' resolver is stale", cached(ELSE4, "remote"), "6 46 46", "degraded theirs FCRDNS_FAIL",
          remotes=True),
    Fault("OpenSMTPD's resolver denies us", blocks_us(OPENSMTPD), "46 46 -", "degraded theirs FCRDNS_FAIL",
          remotes=True),
    Fault("all their resolvers are stale", cached(ELSE4, *THEIRS), "6 6 6",
          "failed ours HELO_IP_MISMATCH", remotes=True),
    Fault("Postfix refuses by list", refuses((POSTFIX,)), "- 46 46", "degraded theirs POLICY", remotes=True),
    Fault("all refuse by list", refuses(RECEIVERS), NONE, "degraded ours POLICY",
          "nothing of ours is wrong that could be put right by holding", remotes=True),
    Fault("Postfix refuses the EHLO name", each(lambda room, one: room.whim(
        one, HELO, "501 5.5.2 Invalid name"), (POSTFIX,)), "- 46 46",
          "degraded theirs NAME_SYNTAX", remotes=True),
    Fault("Exim says 421", refuses((EXIM,), "421 4.7.0 Too many connections"), "46 - 46",
          "degraded theirs INCONCLUSIVE", remotes=True),
    Fault("all say 421", refuses(RECEIVERS, "421 4.7.0 Too many connections"), NONE, "degraded theirs INCONCLUSIVE",
          "a passing state of theirs, which tells nothing of ours", remotes=True),
    Fault("Postfix takes 2 s to answer", each(lambda room, one: room.whim(one, WHIM, "sleep 2"), (POSTFIX,)),
          ALL, "verified none", remotes=True),
    Fault("a receiver is mute", rude("mute"), "- 46 46", "degraded path PATH", remotes=True),
    Fault("a receiver hangs up at once", rude("close"), "- 46 46", "degraded path PATH", remotes=True),
    Fault("a receiver hangs up on EHLO", rude("hangup"), "- 46 46", "degraded theirs INCONCLUSIVE", remotes=True),
    Fault("a receiver sends noise", rude("noise"), "- 46 46", "degraded theirs INCONCLUSIVE", remotes=True),
    Fault("a receiver speaks HTTP", rude("http"), "- 46 46", "degraded theirs INCONCLUSIVE", remotes=True),
    Fault("a greeting never ends", rude("endless"), "- 46 46", "degraded theirs INCONCLUSIVE", remotes=True),
    Fault("a receiver drips", rude("drip"), "- 46 46", "degraded path PATH", remotes=True),
    Fault("a remote that does not exist", (), ALL, "degraded theirs PATH", "the list of remotes wants mending",
          remotes=True, options=("--remote=gone.remote.test",)),
    Fault("a line of a megabyte", rude("huge"), "- 46 46", "degraded theirs INCONCLUSIVE", remotes=True),
)
NETWORK = (
    Fault("port 25 dropped to Exim", filtered("drop", (EXIM,)), "46 - 46", "degraded path PATH", remotes=True),
    Fault("port 25 rejected to Exim", filtered("reject with icmpx admin-prohibited", (EXIM,)), "46 - 46",
          "degraded path PATH", remotes=True),
    Fault("port 25 reset by Exim's host", filtered("reject with tcp reset", (EXIM,)), "46 - 46",
          "degraded path PATH", remotes=True),
    Fault("port 25 dropped to all", filtered("drop"), NONE, "degraded path PATH", SHUT, remotes=True),
    Fault("port 25 rejected to all", filtered("reject with icmpx admin-prohibited"), NONE, "degraded path PATH",
          SHUT, remotes=True),
    Fault("IPv6 mail dropped to all", filtered("drop", families="6"), "4 4 4", "degraded path PATH", SHUT,
          remotes=True),
    Fault("1:1 NAT that we were not told of", (OUTSIDE, nat(PUBLIC4)), ALL, "degraded ours NAME_MISMATCH",
          "receivers take it, so it must not be held; the admin has to tell us the public address", remotes=True),
    Fault("source NAT, no PTR", nat("10.60.0.1"), "6 6 6", "failed ours SOURCE_NAT", remotes=True),
    Fault("source NAT to a good name", (zones(ptr("10.60.0.1", "gw.remote.test"), lambda content: content.address(
        "gw.remote.test", "10.60.0.1")), nat("10.60.0.1")), "46 6 46", "degraded ours SOURCE_NAT", remotes=True),
)
TOGETHER = (
    Fault("RFC 2317, upper case, TCP only", (zones(upper_case, cname_ptr(V6)), crooked("auth1", "truncate"),
                                             crooked("auth2", "truncate")), ALL, "verified none"),
    Fault("no PTR for IPv4, AAAA wrong", zones(ptr(V4), host(NAME, ELSE6)), NONE, "failed ours *"),
    Fault("IPv4 fine, IPv6 all wrong", zones(ptr(V6, NODE), host(NAME, ELSE6)), "4 4 4", "failed ours *"),
    Fault("ns1 down, ns2 stale", (silent("ns1"), cached(ELSE4, "ns2")), ALL, "degraded * *", OWN_VIEW),
    Fault("Postfix' resolver stale, Exim filtered", (cached(ELSE4, "remote"), filtered("drop", (EXIM,))), "6 - 46",
          "degraded * *", remotes=True),
    Fault("no PTR for IPv6, Exim says 421", (zones(ptr(V6)), refuses((EXIM,), "421 4.7.0 Busy")), "4 - 4",
          "failed ours PTR_MISSING"),
)
AFTERWARDS = (Fault("nothing is wrong any more", (), ALL, "verified none"),)
FAULTS = (*FINE, *FORWARD, *REVERSE, *SERVERS, *SENDERS, *REMOTES, *NETWORK, *TOGETHER, *AFTERWARDS)
