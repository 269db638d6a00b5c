#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check an agent's metadata for what OCF 1.1 and the tools that read it want: metadata.py < XML.

Prints "ok" or "not ok" for each rule; the sources are the OCF Resource Agent API 1.1 and what pcs, crmsh and ocf-tester
refuse or warn about.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

TIME = re.compile(r"\d+s")
KNOWN = {"start", "stop", "monitor", "reload-agent", "validate-all", "meta-data", "promote", "demote", "notify"}


def no_encoding(text, _root):
    """crmsh parses a decoded string, which an encoding declaration spoils."""
    return text.startswith('<?xml version="1.0"?>') and text.isascii()


def own_doctype(text, _root):
    """ocf-tester validates by the document's own DTD."""
    return "<!DOCTYPE resource-agent [" in text


def standard(_text, root):
    """The element version is the standard's, the attribute the agent's own."""
    return root.findtext("version") == "1.1" and re.fullmatch(r"\d+\.\d+\.\d+", root.get("version", ""))


def order(_text, root):
    """Children come in the order of the standard."""
    return [child.tag for child in root] == ["version", "longdesc", "shortdesc", "parameters", "actions"]


def parameter_order(_text, root):
    """So do those of a parameter."""
    return all([child.tag for child in one] == ["longdesc", "shortdesc", "content"] for one in root.iter("parameter"))


def texts(_text, root):
    """Every text has a language, says something and ends; a short one is one line."""
    long, short = list(root.iter("longdesc")), list(root.iter("shortdesc"))
    return all(one.get("lang") == "en" for one in long + short) \
        and all(len(one.text.strip()) > 40 and one.text.strip().endswith(".") for one in long) \
        and all("\n" not in one.text and not one.text.endswith(".") for one in short)


def names(_text, root):
    """Names are letters, digits and underscores, each once."""
    found = [one.get("name") for one in root.iter("parameter")]
    return found and len(set(found)) == len(found) and all(re.fullmatch(r"[a-z0-9_]+", name) for name in found)


def defaults(_text, root):
    """A required parameter has no default, any other has; a select's is one of its options; a boolean's and an integer's
    are such."""
    for one in root.iter("parameter"):
        content, default = one.find("content"), one.find("content").get("default")
        options = [option.get("value") for option in content]
        kind = content.get("type")
        if (one.get("required") == "1") == (default is not None):
            return False
        if (kind == "select") != bool(options) or kind == "select" and default not in options:
            return False
        if kind == "boolean" and default not in ("true", "false") or kind == "integer" and not default.isdecimal():
            return False
    return True


def actions(_text, root):
    """What every agent has, and reload-agent for reloadable parameters; nothing that is not there."""
    found = {one.get("name") for one in root.iter("action")}
    reloads = any(one.get("reloadable") == "1" for one in root.iter("parameter"))
    return {"start", "stop", "monitor", "validate-all", "meta-data"} <= found <= KNOWN \
        and ("reload-agent" in found) == reloads


def times(_text, root):
    """Times carry their unit; each monitor has an interval of its own, and each role each depth once."""
    every = [value for one in root.iter("action") for key, value in one.items() if key in ("timeout", "interval")]
    monitors = [one for one in root.iter("action") if one.get("name") == "monitor"]
    places = [(one.get("role"), one.get("depth")) for one in monitors]
    intervals = [one.get("interval") for one in monitors]
    if any(depth is None for _, depth in places) or None in intervals:
        return False
    if len(set(places)) != len(places) or len(set(intervals)) != len(intervals):
        return False
    return all(TIME.fullmatch(value) for value in every)


def main(text):
    """Apply every rule."""
    root = ElementTree.fromstring(text)
    rules = (no_encoding, own_doctype, standard, order, parameter_order, texts, names, defaults, actions, times)
    bad = 0
    for rule in rules:
        good = bool(rule(text, root))
        bad += not good
        print(f"{'ok' if good else 'not ok'} metadata {rule.__name__}")
        if not good:
            print(f"  # {rule.__doc__}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.stdin.read()))
