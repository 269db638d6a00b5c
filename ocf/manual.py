#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write an agent's manual page from its metadata: manual.py METADATA DATE > PAGE."""

import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree

PAGE = r"""
.\" SPDX-License-Identifier: GPL-2.0-or-later
.\" Made by manual.py from the agent's metadata.
.Dd {date}
.Dt OCF_BINDBACK_{upper} 7
.Os
.Sh NAME
.Nm ocf_bindback_{name}
.Nd {short}
.Sh SYNOPSIS
.Nm pcs resource create
.Ar id
.Cm ocf:bindback:{name}
{synopsis}
.Op Ar parameter Ns = Ns Ar value ...
.Sh DESCRIPTION
{long}
.Sh PARAMETERS
.Bl -tag -width Ds
{parameters}
.El
.Sh ACTIONS
The times are what is advised at least.
.Bl -column "validate-all" "Timeout" "Interval" "Level"
.It Sy Action Ta Sy Timeout Ta Sy Interval Ta Sy Level
{actions}
.El
.Sh SEE ALSO
.Xr bindback 1 ,
.Xr crm_resource 8 ,
.Xr pcs 8
"""


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


def parameter(one):
    """An entry of the list of parameters."""
    content = one.find("content")
    options = " | ".join(option.get("value") for option in content)
    default = content.get("default")
    notes = ["required" if one.get("required") == "1" else f"default: {default}" if default else "default: empty"]
    if one.get("reloadable") == "1":
        notes.append("taken over without a restart")
    value = options or content.get("type")
    return f".It Cm {one.get('name')} Ns = Ns Ar {value}\n{paragraphs(one.findtext('longdesc'))}\n.Pq {', '.join(notes)}"


def action(one):
    """A row of the table of actions."""
    cells = [one.get(key, "") or "\\(en" for key in ("name", "timeout", "interval", "depth")]
    return ".It " + " Ta ".join(cells)


def main(metadata, date):
    """Print the page."""
    root = ElementTree.parse(metadata).getroot()
    name = root.get("name")
    required = [one.get("name") for one in root.iter("parameter") if one.get("required") == "1"]
    print(PAGE.strip().format(
        date=date, name=name, upper=name.upper(), short=quoted(root.findtext("shortdesc")).lower(),
        synopsis="\n".join(f".Cm {word} Ns = Ns Ar value" for word in required),
        long=paragraphs(root.findtext("longdesc")),
        parameters="\n".join(parameter(one) for one in root.iter("parameter")),
        actions="\n".join(action(one) for one in root.iter("action"))))


if __name__ == "__main__":
    main(*sys.argv[1:])
