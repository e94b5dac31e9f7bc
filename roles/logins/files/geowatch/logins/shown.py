# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How records are shown: as a table, JSON or CSV, in which no name can do harm."""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from geowatch.alerts.alert import json_line, shown
from geowatch.times import clock

Record = dict[str, str]
Columns = dict[str, Callable[[Record], str]]

LOOKED_AT = 1000  # rows, for how wide the columns are
WIDEST = 40  # characters of a column
NARROWEST = 19  # and on a narrow terminal, so that a long name hides nothing
FORMULA = ("=", "+", "-", "@")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how records are shown."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON object a line; times in UTC")
    how.add_argument("--csv", action="store_true", help="for a spreadsheet; times in UTC")


def show(
    records: Iterable[Record], names: Iterable[str], columns: Columns, args: argparse.Namespace
) -> bool:
    """Print the records as it was asked for; return whether there are any."""
    records = iter(records)
    first = list(islice(records, 1))
    records = chain(first, records)
    if args.json:
        for record in records:
            print(json_line(record))
    elif args.csv:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(names)
        rows.writerows([_cell(record[name]) for name in names] for record in records)
    else:
        cells = ([shown(of(record)) for of in columns.values()] for record in records)
        for line in table(list(columns), cells):
            print(line)
    return bool(first)


def table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    """Yield the lines, on a terminal as wide as that is. The first rows decide on columns."""
    rows = iter(rows)
    first = [head, *islice(rows, LOOKED_AT)]
    is_terminal = sys.stdout.isatty()
    most = shutil.get_terminal_size().columns if is_terminal else 0
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*first, strict=True)]
    while is_terminal and sum(widths) + 2 * len(head) > most and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    for row in chain(first, rows):
        cells = zip(row, widths, strict=True)
        line = "  ".join(_cut(cell, is_terminal and width).ljust(width) for cell, width in cells)
        yield _cut(line.rstrip(), most)


def when(record: Record) -> str:
    """Return the time of a record as people read it."""
    return clock(record["time"], "%Y-%m-%d %H:%M:%S") if record["time"] else "-"


def where(record: Record) -> str:
    """Return where it came from, or why that is not known."""
    return f"{record['country']} {record['country_name']}".strip() or record["reason"]


def answered(record: Record) -> str:
    """Return what the lookup answered, and by which database."""
    country = f"{record['country']} {record['country_name']}".rstrip()
    database = f"{record['database'] or 'no database'} {record['database_date']}".rstrip()
    network = f", AS{record['asn']} {record['as_owner']}" if record["asn"] else ""
    return f"{country or record['reason']}, by {database}{network}"


def _cut(text: str, most: int) -> str:
    return text if not most or len(text) <= most else f"{text[: most - 1]}…"


def _cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = shown(text)
    return f"'{text}" if text.startswith(FORMULA) else text
