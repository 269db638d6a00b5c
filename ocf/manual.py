#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write an agent's manual page: manual.py METADATA TEMPLATE > PAGE.

The template is the page, with @WORD@ where something of the metadata is to stand.
"""

import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def quoted(text):
    """Text that mdoc reads as such."""
    text = " ".join(text.split()).replace("\\", r"\e")
    return re.sub(r"^([.'])", r"\\&\1", text)


def sentences(text):
    """A paragraph, each sentence on a line of its own as mdoc wants it."""
    lines = re.split(r"(?<=[A-Za-z\")][.]) +(?=[A-Z0])", " ".join(text.split()))
    return "\n".join(quoted(part) for line in lines for part in textwrap.wrap(line, 78, break_on_hyphens=False))


def paragraphs(text):
    """Blank lines part paragraphs."""
    return "\n.Pp\n".join(sentences(part) for part in re.split(r"\n\s*\n", text.strip()))


def choices(text, options):
    """A description that goes through a parameter's options, "ignore: ... degrade: ...", with a list of these."""
    text = " ".join(text.split())
    if len(options) < 2:
        return paragraphs(text)
    head, *rest = re.split(rf"(?:^|(?<=[.]) +)({'|'.join(options)}): +", text)
    if rest[::2] != options:
        sys.exit(f"manual.py: of {', '.join(options)} the description tells {', '.join(rest[::2]) or 'none'}")
    items = [f".It Cm {name}\n{paragraphs(told)}" for name, told in zip(options, rest[1::2])]
    width = max(options, key=len)
    return "\n".join([*([paragraphs(head)] if head else []), f'.Bl -tag -width "{width}" -compact', *items, ".El"])


def parameter(one):
    """An entry of the list of parameters."""
    content = one.find("content")
    options = [option.get("value") for option in content]
    default = content.get("default")
    notes = ["required" if one.get("required") == "1" else f"default: {default}" if default else "default: empty"]
    if one.get("reloadable") == "1":
        notes.append("taken over without a restart")
    value = f"Cm {' | '.join(options)}" if options else f"Ar {content.get('type')}"
    told = choices(one.findtext("longdesc"), options)
    return f".It Cm {one.get('name')} Ns = Ns {value}\n{told}\n.Pq {', '.join(notes)}"


def operation(one):
    """A row of the table of operations."""
    cells = [one.get(key, "") or "\\(en" for key in ("name", "timeout", "interval", "depth", "role")]
    return ".It " + " Ta ".join(cells)


def main(metadata, template):
    """Print the page."""
    root = ElementTree.parse(metadata).getroot()
    required = [one.get("name") for one in root.iter("parameter") if one.get("required") == "1"]
    words = {
        "SHORT": quoted(root.findtext("shortdesc")).lower(),
        "SYNOPSIS": "\n".join(f".Cm {word} Ns = Ns Ar value" for word in required),
        "LONG": paragraphs(root.findtext("longdesc")),
        "PARAMETERS": "\n".join(parameter(one) for one in root.iter("parameter")),
        "OPERATIONS": "\n".join(operation(one) for one in root.iter("action")),
    }
    print(re.sub(r"@([A-Z]+)@", lambda match: words[match[1]], Path(template).read_text(encoding="utf-8")).strip())


if __name__ == "__main__":
    main(*sys.argv[1:])
