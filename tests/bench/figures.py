# SPDX-License-Identifier: GPL-2.0-or-later
"""Samples to figures, and figures to tables."""

import statistics
from dataclasses import asdict, dataclass


class BenchError(Exception):
    """Something could not be measured."""


@dataclass
class Figure:
    """What many samples of one thing come to."""
    median: float
    low: float
    high: float
    count: int


def figure(samples):
    """Figure of the samples that are there."""
    values = [value for value in samples if value is not None]
    if not values:
        raise BenchError("no sample")
    return Figure(statistics.median(values), min(values), max(values), len(values))


def plain(value):
    """Figures inside dicts and lists as what JSON takes."""
    if isinstance(value, Figure):
        return {name: round(number, 3) for name, number in asdict(value).items()}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return value


def number(value):
    """Three digits are enough."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(one):
    """Median with the smallest and the largest sample."""
    return f"{number(one.median)} ({number(one.low)}-{number(one.high)})"


def table(title, heads, rows):
    """Columns as wide as they must be; the first is text, the others stand to the right."""
    lines = [heads, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    text = [f"\n{title}"]
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        text.append("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())
    return "\n".join(text)
