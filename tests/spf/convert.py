#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Convert the RFC 7208 test suite of openspf from YAML to lines: convert.py rfc7208-tests.yml rfc7208-tests.LICENSE

Needs python3-yaml, once; the tests read the result, rfc7208.cases:

    scenario  DESCRIPTION
    zone      NAME  A|AAAA|MX|TXT|PTR|CNAME  DATA...        or NAME TIMEOUT: no answer for types that are not listed
    case      NAME  HOST  HELO  MAILFROM  RESULT[|RESULT]  [EXPLANATION]

Fields are parted by tabs; a backslash, a space at the end and what is not printable ASCII are written \\xNN. As the
suite wants it, a record of type SPF stands for one of type TXT unless its owner has TXT entries of its own.
"""

import hashlib
import sys
from pathlib import Path

import yaml


def field(value):
    """One field, as octets: the suite's "\\x80" means an octet, not a character."""
    octets = str(value).encode("latin-1")
    text = "".join(chr(o) if 0x20 <= o < 0x7F and o != 0x5C else f"\\x{o:02x}" for o in octets)
    return text[:-1] + "\\x20" if text.endswith(" ") else text


def line(*fields):
    return "\t".join(fields[:1] + tuple(field(f) for f in fields[1:]))


def as_list(value):
    return value if isinstance(value, list) else [value]


def zone_lines(name, entries):
    """The records of one owner."""
    has_txt = any("TXT" in entry for entry in entries if isinstance(entry, dict))
    for entry in entries:
        if entry == "TIMEOUT":
            yield line("zone", name, "TIMEOUT")
            continue
        (kind, value), = entry.items()
        if kind == "SPF" and has_txt or value == "NONE":
            continue
        yield line("zone", name, "TXT" if kind == "SPF" else kind, *as_list(value))


def case_line(name, case):
    fields = [name, case["host"], case["helo"], case["mailfrom"], "|".join(as_list(case["result"]))]
    return line("case", *fields, *([case["explanation"]] if "explanation" in case else []))


def main():
    suite, licence = (Path(arg).read_bytes() for arg in sys.argv[1:3])
    print("# Made by convert.py from rfc7208-tests.yml of openspf, as in pyspf 2.0.14 (Debian's source package pyspf);")
    print(f"# sha256 {hashlib.sha256(suite).hexdigest()}. Its licence:\n#")
    for text in licence.decode().splitlines():
        print(f"# {text}".rstrip())
    for scenario in yaml.safe_load_all(suite):
        print("\n" + line("scenario", scenario["description"]))
        for name, entries in scenario["zonedata"].items():
            print("\n".join(zone_lines(name, entries)))
        for name, case in scenario["tests"].items():
            print(case_line(name, case))


if __name__ == "__main__":
    main()
