#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the manual pages of formats to what the product writes: formats.py BUILD (a build folder of meson's).

Each schema's elements, attributes and values are those of its page; so are the fields and codes of events, the keys of
the record, of the guard's state and of the history, and the words that `bindback explain` knows. One line for each.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from manual import TOP, Look, installed, pages_of, programs_of

RNG = "{http://relaxng.org/ns/structure/1.0}"
SCHEMAS = ("verdict", "status", "preflight")


class Schema:
    """What a schema allows: for each element its children, and its attributes with their values."""

    def __init__(self, path):
        self.path = path
        self.defines, self.start = {}, None
        self.elements = {}
        self.read(path)
        self.walk(self.start, None, False)

    def read(self, path):
        """The definitions of a file; an included one's start gives way."""
        for one in ElementTree.parse(path).getroot():
            if one.tag == RNG + "include":
                self.read(path.with_name(one.get("href")))
                for own in one:
                    self.take(own)
            else:
                self.take(one)

    def take(self, one):
        """One definition."""
        if one.tag == RNG + "start":
            self.start = one
        elif one.tag == RNG + "define":
            self.defines[one.get("name")] = one

    def walk(self, at, element, optional):
        """Note what is below; references are followed."""
        for one in at:
            tag = one.tag.removeprefix(RNG)
            if tag == "element":
                self.enter(one, element)
            elif tag == "attribute":
                self.elements[element]["attributes"][one.get("name")] = (optional, self.values(one))
            elif tag == "ref":
                self.walk(self.defines[one.get("name")], element, optional)
            else:
                self.walk(one, element, optional or tag in ("optional", "zeroOrMore", "choice"))

    def values(self, attribute):
        """Those that are listed, also behind a name."""
        found = {value.text for value in attribute.iter(RNG + "value")}
        for one in attribute.iter(RNG + "ref"):
            found |= self.values(self.defines[one.get("name")])
        return found

    def enter(self, one, parent):
        """An element, once."""
        name = one.get("name")
        if parent:
            self.elements[parent]["children"].add(name)
        if name not in self.elements:
            self.elements[name] = {"children": set(), "attributes": {}}
            self.walk(one, name, False)


def words(item):
    """The words of a list's item: "match , extra"."""
    return {word for word in item.split() if word != ","}


def page_elements(text):
    """The same of a page: {element: {"children", "attributes"}}; attributes with the values that it lists."""
    elements = {}
    for part in re.split(r"^\.Ss ", text.split(".Sh FILES")[0], flags=re.MULTILINE)[1:]:
        name, body = part.split("\n", 1)
        one = elements[name] = {"children": set(re.findall(r"^\.Ic (\S+)", body, re.MULTILINE)), "attributes": {}}
        attribute = None
        for kind, item in re.findall(r"^\.It (Va|Cm) (.*)", body, re.MULTILINE):
            if kind == "Va":
                attribute = item.split()[0]
                one["attributes"][attribute] = ("optional" in item, set())
            else:
                one["attributes"][attribute][1].update(words(item))
    return elements


def flat(elements, common):
    """Every element, child, attribute and value as one word each; values that are told in common stand for all."""
    found = set()
    for name, one in elements.items():
        found.add(name)
        found |= {f"{name} > {child}" for child in one["children"]}
        for attribute, (optional, values) in one["attributes"].items():
            known = values or common.get(attribute, (False, ()))[1]
            found.add(f"{name} @{attribute}{' (optional)' if optional else ''}")
            found |= {f"{name} @{attribute}={value}" for value in known if value not in ("true", "1")}
    return found


def formats(look, pages):
    """Each schema with its page; what is another's is told there."""
    shared = page_elements(pages["bindback-verdict(5)"])
    common = shared.pop("Common attributes")["attributes"]
    for name in SCHEMAS:
        schema = Schema(TOP / "schemas" / f"{name}.rng")
        told = page_elements(pages[f"bindback-{name}(5)"])
        told.pop("Common attributes", None)
        for other in ("identity", "address"):
            told.setdefault(other, shared[other])
        look.same(f"bindback-{name}(5) and {name}.rng", flat(schema.elements, {}), flat(told, common), "the page")


def in_source(path, pattern):
    """Words of a source file."""
    return set(re.findall(pattern, (TOP / path).read_text(encoding="utf-8")))


def section(text, name):
    """What stands below one .Ss."""
    return re.split(r"^\.S[sh] ", text.split(f".Ss {name}\n")[1], flags=re.MULTILINE)[0]


def keys(text):
    """The words of a part's .It Cm."""
    return {word for item in re.findall(r"^\.It Cm (.*)", text, re.MULTILINE) for word in words(item)}


def records(look, pages):
    """The keys of the record and of the guard's state."""
    page = pages["bindback-state(5)"]
    look.same("keys of the record", in_source("agent/core/state.c", r'FIELD\("(\w+)"'),
              keys(section(page, "/run/bindback/ Ns Ar id Ns /state")), "the page")
    look.same("keys of the guard's state", in_source("agent/core/guard/guard_view.c", r'(?:HEAD|NODE)\("(\w+)"')
              | {"node"}, keys(section(page, "/run/bindbackd/ Ns Ar id Ns /live/state")), "the page")


def history(look, pages):
    """The history's lines, each with its keys, and the words of steps and notes."""
    page = pages["bindback-history(5)"]
    source = (TOP / "agent/core/history/history_fields.c").read_text(encoding="utf-8")
    parts = {name: set(re.findall(r'\("(\w+)"', body)) for name, body in
             re.findall(r"struct history_field (\w+)\[\] = \{(.*?)^\};", source, re.MULTILINE | re.DOTALL)}
    lines = dict(re.findall(r'LINE\("(\w+)", (\w+)\)', source))
    texts = (TOP / "agent/core/history/history.c").read_text(encoding="utf-8")
    kinds = {"step": set(re.findall(r'\[STEP_\w+\] = "([a-z-]+)"', texts)),
             "note": set(re.findall(r'\[NOTE_\w+\] = "([a-z-]+)"', texts))}
    there = {f"{line} {key}" for line, fields in lines.items() for key in parts[fields] | kinds.get(line, set())}
    told = {f"{line} {key}" for names in re.findall(r"^\.Ss (.*)", page, re.MULTILINE) for line in words(names)
            for key in keys(section(page, names))}
    look.same("lines of the history", there, told, "the page")


def tables(look, pages, program):
    """Words that stand in tables of the sources."""
    events = pages["bindback_events(7)"]
    told = {word for item in re.findall(r"^\.It Ev (.*)", events, re.MULTILINE) for word in words(item)}
    look.same("fields of events", in_source("agent/cmd/events.c", r'\{ "([A-Z_]+)",'), told, "the page")
    codes = in_source("agent/core/event/event.h", r"\tCODE_\w+ = (\d+)")
    look.same("codes of events", codes, set(re.findall(r"^\.It (\d+)", section(events, "Codes"), re.MULTILINE)),
              "the page")
    done = subprocess.run([program, "explain", "--list"], capture_output=True, text=True, check=True)
    known = set(done.stdout.split())
    both = events + pages["bindback-verdict(5)"]
    look.same("words of explain", known, known & set(re.findall(r"[A-Z_]{3,}|93\d\d", both)), "the manual")
    records(look, pages)
    history(look, pages)


def main(build):
    """Look at all of it."""
    look, files = Look(), installed(build)
    pages = pages_of(files)
    formats(look, pages)
    tables(look, pages, programs_of(files)["/usr/bin/bindback"])
    return 1 if look.bad or not look.good else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
