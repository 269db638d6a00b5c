#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the manual pages to what they tell of: manual.py BUILD (a build folder of meson's). One line for each thing.

Each program that is installed has a page, each option of its --help stands there, and no other; pages refer to each
other by names that are there; each schema's elements, attributes and values are those of its page; so are the fields of
events, of the record, of the guard's state and of the history, and the words that `bindback explain` knows.
"""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
RNG = "{http://relaxng.org/ns/structure/1.0}"
SCHEMAS = ("verdict", "status", "preflight")
PROGRAM_DIRS = ("/usr/bin", "/usr/sbin", "/usr/libexec/bindback", "/usr/lib/ocf/resource.d/bindback")


class Look:
    """Prints what was looked at, and counts what was wrong."""

    def __init__(self):
        self.bad = self.good = 0

    def judge(self, name, faults):
        """One line, and the faults below it."""
        self.bad += bool(faults)
        self.good += not faults
        print("not ok" if faults else "ok", "manual", name)
        for fault in faults:
            print(f"  # {fault}")

    def same(self, name, there, told, where):
        """Two sets that are to be one; what is looked at must be something."""
        faults = [f"{where} lacks {one}" for one in sorted(there - told)]
        faults += [f"{where} has {one}, which is not there" for one in sorted(told - there)]
        self.judge(name, faults if there else ["nothing was found to compare"])


def installed(build):
    """Where meson puts what it installs: {path of it here: path there}."""
    done = subprocess.run(["meson", "introspect", "--installed", str(build)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def pages_of(files):
    """{"bindback(1)": text} of all manual pages."""
    pages = {}
    for here, there in files.items():
        if "/man/man" in there:
            name, section = there.rsplit("/", 1)[1].rsplit(".", 1)
            pages[f"{name}({section})"] = Path(here).read_text(encoding="utf-8")
    return pages


def programs_of(files):
    """{path there: path here} of what people or the cluster run."""
    return {there: here for here, there in files.items() if there.rsplit("/", 1)[0] in PROGRAM_DIRS}


def has_page(pages, path):
    """A page has a program's name as its own, or lists its path."""
    name = re.escape(path.rsplit("/", 1)[1])
    wanted = re.compile(rf"^\.Nm {name}$|^\.(It Pa|Nm) {re.escape(path)}$", re.MULTILINE)
    return any(wanted.search(text) for text in pages.values())


def paths(files, pages):
    """Faults of paths below /usr that are ours: each is installed."""
    there = set(files.values())
    folders = {path.rsplit("/", 1)[0] for path in there}
    for page, text in pages.items():
        for path in re.findall(r"(/usr/[a-z./-]*bindback[A-Za-z./_-]*)", text):
            if path.rstrip("/.") not in there | folders:
                yield f"{page} tells of {path}, which is not installed"


def references(pages):
    """Faults of .Xr: of our own names each is there, and none is the page itself."""
    names = {name.split("(")[0] for name in pages}
    for page, text in pages.items():
        for name, section in re.findall(r"^\.(?:[A-Z][a-z] )*Xr (\S+) (\d)", text, re.MULTILINE):
            target = f"{name}({section})"
            if (name in names or "bindback" in name) and target not in pages:
                yield f"{page} refers to {target}, which is not there"
            if target == page:
                yield f"{page} refers to itself"


def see_also(pages):
    """Faults of SEE ALSO: in the order of section and name, each once."""
    for page, text in pages.items():
        part = re.search(r"^\.Sh SEE ALSO\n(.*?)(?=^\.Sh|\Z)", text, re.MULTILINE | re.DOTALL)
        if not part:
            yield f"{page} has no SEE ALSO"
            continue
        found = [(section, name) for name, section in re.findall(r"^\.Xr (\S+) (\d)", part[1], re.MULTILINE)]
        if sorted(set(found)) != found:
            yield f"{page} has its SEE ALSO out of order"


def options_told(text):
    """Long options that a page lists or has in its synopsis."""
    return set(re.findall(r"\bFl -([a-z-]+)", text))


def options_listed(text):
    """Long options that a page explains."""
    items = re.findall(r"^\.It (Fl .*)", text, re.MULTILINE)
    return {option for item in items for option in re.findall(r"(?:^Fl |[,|] (?:Fl )?)-([a-z-]+)", item)}


def options_helped(argv):
    """Those of a program's help."""
    done = subprocess.run([*argv, "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"--([a-z-]+)", re.sub(r"`[^`]*`|^ +bindback .*$", "", done.stdout, flags=re.MULTILINE)))


def statuses(argv, page):
    """Faults of exit statuses: those of the help are those of the page."""
    done = subprocess.run([*argv, "--help"], capture_output=True, text=True, check=True)
    helped = set(re.findall(r"\b\d+\b", done.stdout.partition("Exit status:")[2]))
    part = page.partition(".Sh EXIT STATUS")[2].partition(".Sh ")[0]
    told = set(re.findall(r"^\.It (\d+)$|\b(?:is|with|status|and|or) (\d+)\b", part, re.MULTILINE))
    told = {one or other for one, other in told}
    return sorted({f"the help has {one}, the page has not" for one in helped - told} |
                  {f"the page has {one}, the help has not" for one in told - helped}) if helped else ["no help on it"]


def commands_of(program):
    """The commands that `bindback --help` lists."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    part = done.stdout.split("Commands:\n")[1].split("\n\n")[0]
    return {line.split()[0] for line in part.splitlines()}


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
    done = subprocess.run([program, "explain", "no-such-word"], capture_output=True, text=True, check=False)
    known = set(re.findall(r"[A-Z_]{3,}|93\d\d", done.stderr.split("known are")[1]))
    both = events + pages["bindback-verdict(5)"]
    look.same("words of explain", known, known & set(re.findall(r"[A-Z_]{3,}|93\d\d", both)), "the manual")
    records(look, pages)
    history(look, pages)


def programs(look, files, pages):
    """Each program with its page and options."""
    there = programs_of(files)
    look.judge("a page for each program", [f"{path} has none" for path in there if not has_page(pages, path)]
               if there else ["no program was found"])
    bindback = there["/usr/bin/bindback"]
    commands = commands_of(bindback)
    own = {name.split("(")[0].removeprefix("bindback-") for name in pages
           if name.startswith("bindback-") and name.endswith("(1)")}
    look.same("a page for each command", commands, own, "the manual")
    calls = [([bindback], "bindback(1)")]
    calls += [([bindback, command], f"bindback-{command}(1)") for command in sorted(commands)]
    calls += [([there["/usr/sbin/bindback-witness"]], "bindback-witness(8)"),
              ([there["/usr/libexec/bindback/bindback-witness-hosts"]], "bindback-witness-hosts(8)")]
    for argv, page in calls:
        if page in pages:
            look.same(f"options of {page}", options_helped(argv), options_listed(pages[page]), page)
            told = options_told(pages[page].split(".Sh DESCRIPTION")[0])
            look.judge(f"synopsis of {page}", [f"--{one} is explained nowhere" for one in
                       sorted(told - options_listed(pages[page]))])
            look.judge(f"statuses of {page}", statuses(argv, pages[page]))
    return bindback


def main(build):
    """Look at all of it."""
    look, files = Look(), installed(build)
    pages = pages_of(files)
    bindback = programs(look, files, pages)
    look.judge("paths", list(paths(files, pages)))
    look.judge("references", list(references(pages)))
    look.judge("see also", list(see_also(pages)))
    formats(look, pages)
    tables(look, pages, bindback)
    return 1 if look.bad or not look.good else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
