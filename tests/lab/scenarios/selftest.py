# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's own faults do what they say: a story told with a blunt knife proves nothing."""

from dns import AUTHORITATIVE, RESOLVERS
from scenario import expect, scenario
from topology import NAME, VIRTUAL

ADDRESS = {"ns1": "10.50.0.53", "ns2": "10.50.0.54", "auth1": "10.60.0.53", "auth2": "10.60.0.54", "remote": "10.60.0.25"}


def answers(lab, kind="A", name=NAME):
    """What each DNS server says."""
    return {server: lab.dns.ask("client", address, name, kind) for server, address in ADDRESS.items()}


@scenario(audits=(), needs_agent=False)
def dns_faults(lab):
    """Each DNS fault is seen where it should be and nowhere else, and repair undoes it."""
    right = dict.fromkeys(ADDRESS, [VIRTUAL[0]])
    expect(answers(lab) == right, f"before: {answers(lab)}")

    lab.dns.change(lambda zones: zones.address(NAME, "10.50.0.11"), AUTHORITATIVE[1:])
    seen = answers(lab)
    expect(seen["auth1"] == [VIRTUAL[0]] and seen["auth2"] == ["10.50.0.11"], f"one authority changed: {seen}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.stale("ns2", NAME, "A", "10.50.0.99")
    expect(answers(lab) == {**right, "ns2": ["10.50.0.99"]}, f"stale: {answers(lab)}")
    expect(answers(lab, "AAAA")["ns2"] == [VIRTUAL[1]], f"stale for A only: {answers(lab, 'AAAA')}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.silence(RESOLVERS[0])
    expect(answers(lab) == {**right, "ns1": []}, f"silent: {answers(lab)}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")

    lab.dns.servfail("cluster.test")
    status = lab.backend.exec("client", ["kdig", "@10.50.0.53", NAME, "A"], check=False).out
    expect("status: SERVFAIL" in status, f"servfail: {status}")
    expect(lab.dns.repair() and answers(lab) == right, f"repaired: {answers(lab)}")
