# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results, in Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

Row = Sequence[str]


class Section(NamedTuple):
    """A part of the results."""

    title: str
    body: str


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table. All columns but the first are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def number(value: float) -> str:
    """Return a number with three digits that count, and thousands apart."""
    if value >= 1000:
        digits = len(str(int(value))) - 3
        return f"{round(value, -digits):,.0f}"
    return f"{round(value, 3):.3g}"


def spread(values: Sequence[float]) -> str:
    """Return the median, and the extremes where they say something."""
    middle = number(median(values))
    if len(values) == 1:
        return middle
    return f"{middle} ({number(min(values))} to {number(max(values))})"


def flowing(text: str) -> str:
    """Return the text with its paragraphs in lines of the usual length; tables are left alone."""
    parts = text.strip().split("\n\n")
    return "\n\n".join(
        part
        if part.startswith("|")
        else textwrap.fill(" ".join(part.split()), 120, break_on_hyphens=False)
        for part in parts
    )
