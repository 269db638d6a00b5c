#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the manual pages to what they tell of: manual.py BUILD (a build folder of meson's). One line for each thing.

Each program that is installed has a page; each option of its --help stands there, and no other, and so with exit
statuses; pages, and what the sources say of pages, lead to pages that are there; each page is in one package.
"""

import json
import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MANUAL = "/usr/share/man/man"
OURS = re.compile(r"\b((?:ocf_)?bindback(?:d|[-_][a-z_.-]+)?\([1-9]\))")     # "bindback-witness(8)"
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
    argv = ["meson", "introspect", "--installed", str(build)]
    return json.loads(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def pages_of(files):
    """{"bindback(1)": text} of all manual pages."""
    pages = {}
    for here, there in files.items():
        if there.startswith(MANUAL):
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


def mentions(pages):
    """Faults of what the sources, units and the catalogue say of pages."""
    files = [TOP / "README.md", *(path for part in ("agent", "ocf", "packaging") for path in (TOP / part).rglob("*"))]
    looked = 0
    for path in files:
        found = OURS.findall(path.read_text(encoding="utf-8")) if path.is_file() and path.suffix != ".pyc" else ()
        looked += len(found)
        yield from (f"{path.relative_to(TOP)} speaks of {one}, which is not there" for one in found if one not in pages)
    if not looked:
        yield "none was found"


def debian():
    """{package: patterns of paths} by the lists of debhelper."""
    return {path.stem: [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines()]
            for path in (TOP / "packaging/debian").glob("*.install")}


def rpm():
    """The same by the spec."""
    text = (TOP / "packaging/rpm/bindback.spec").read_text(encoding="utf-8")
    parts = re.findall(r"^%files ?(\w*)\n(.*?)(?=^%(?:files|changelog))", text, re.MULTILINE | re.DOTALL)
    return {name: [line.replace("%{_mandir}", "usr/share/man").replace("%{name}", "bindback")
                   for line in body.splitlines() if line.startswith("%{_mandir}")] for name, body in parts}


def packages(files, lists):
    """Faults of packages: each page is in one of them."""
    for path in (path[1:] for path in files.values() if path.startswith(MANUAL)):
        places = [name for name, patterns in lists.items()
                  if any(fnmatch(path, one) or path.startswith(one + "/") for one in patterns)]
        if len(places) != 1:
            yield f"{path} is in {' and '.join(places) or 'none'}"


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


def options_taken(name):
    """Those that a source file takes, by its tables for getopt_long and the macros in them."""
    folder = TOP / "agent/cmd"
    text = (folder / name).read_text(encoding="utf-8")
    for header in folder.glob("*.h"):
        for macro, body in re.findall(r"^#define (\w+_OPTIONS) \\\n((?:.*\\\n)*.*)", header.read_text(encoding="utf-8"),
                                      re.MULTILINE):
            text = text.replace(f"{macro},", body)
    return set(re.findall(r'\{ "([a-z-]+)", (?:required|no)_argument', text))


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


def one_program(look, argv, page, text, source):
    """Its options and exit statuses."""
    helped, listed = options_helped(argv), options_listed(text)
    look.same(f"options of {page}", helped, listed, page)
    if source:
        look.same(f"options of {source}", options_taken(source), helped, "the help")
    told = options_told(text.split(".Sh DESCRIPTION")[0])
    look.judge(f"synopsis of {page}", [f"--{one} is explained nowhere" for one in sorted(told - listed)])
    look.judge(f"statuses of {page}", statuses(argv, text))


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
    calls = [([bindback], "bindback(1)", "")]
    calls += [([bindback, command], f"bindback-{command}(1)", f"bindback_{command.replace('-', '_')}.c")
              for command in sorted(commands)]
    calls += [([there["/usr/sbin/bindback-witness"]], "bindback-witness(8)", "witness.c"),
              ([there["/usr/libexec/bindback/bindback-witness-hosts"]], "bindback-witness-hosts(8)", "witness_hosts.c")]
    for argv, page, source in calls:
        if page in pages:
            one_program(look, argv, page, pages[page], source)


def main(build):
    """Look at all of it."""
    look, files = Look(), installed(build)
    pages = pages_of(files)
    programs(look, files, pages)
    look.judge("paths", list(paths(files, pages)))
    look.judge("references", list(references(pages)))
    look.judge("see also", list(see_also(pages)))
    look.judge("mentions", list(mentions(pages)))
    look.judge("a Debian package for each page", list(packages(files, debian())))
    look.judge("an RPM package for each page", list(packages(files, rpm())))
    return 1 if look.bad or not look.good else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
