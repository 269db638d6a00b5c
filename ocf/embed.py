#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn an agent's metadata into C: its bytes, and a table of its parameters.

embed.py METADATA VERSION BYTES_H TABLE_H
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HEAD = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n/* Made by embed.py from {source}. */\n#pragma once\n\n"


def bytes_header(source, text):
    """A header with the document as a terminated array; a literal would pass the length C guarantees."""
    values = [str(byte) for byte in text.encode("ascii")] + ["0"]
    rows = [",".join(values[at:at + 16]) for at in range(0, len(values), 16)]
    name = source.removesuffix(".xml")
    return f"{HEAD.format(source=source)}static const char {name}_metadata[] = {{\n" + ",\n".join(rows) + "\n};\n"


def literal(value):
    """A C string literal, or NULL."""
    if value is None:
        return "NULL"
    if not re.fullmatch(r"[ -!#-\[\]-~]*", value):
        raise SystemExit(f"embed.py: cannot put {value!r} into C")
    return f'"{value}"'


def row(parameter):
    """X(name, default, options): the options of a select, parted by spaces."""
    name = parameter.get("name")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SystemExit(f"embed.py: {name!r} is no parameter's name")
    content = parameter.find("content")
    options = [option.get("value") for option in content.findall("option")]
    return f"\tX({name}, {literal(content.get('default'))}, {literal(' '.join(options))})"


def table_header(source, document):
    """A header with the X-macro of all parameters."""
    rows = [row(parameter) for parameter in document.iter("parameter")]
    name = source.removesuffix(".xml").upper()
    return f"{HEAD.format(source=source)}#define {name}_PARAMETERS(X) \\\n" + " \\\n".join(rows) + "\n"


def main(metadata, version, bytes_h, table_h):
    """Write both headers."""
    source = Path(metadata)
    text = source.read_text(encoding="ascii").replace("@VERSION@", version)
    Path(bytes_h).write_text(bytes_header(source.name, text), encoding="ascii")
    Path(table_h).write_text(table_header(source.name, ElementTree.fromstring(text)), encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
