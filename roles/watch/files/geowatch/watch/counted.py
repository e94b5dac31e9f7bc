# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many logins there were: each line of two queue files is counted once, over restarts too."""

from __future__ import annotations

import json

from geowatch.watch.host import Host, end_of
from queue_files import Position, QueueReader, store

COUNTED = "counted.json"
"""In the directory of the watch."""

VERDICTS = {
    "ExpectedCountry": "expected",
    "UnexpectedCountry": "unexpected",
    "UnknownCountry": "unknown",
    "InternalAddress": "internal",
}
"""By the end of the event, behind the title of the source."""

NO_LOGIN = ("note", "cleared")
"""Severities of what is said later of one that was counted."""

MOST = 2000
"""Numbers: whoever writes to a log can make up servers. What comes later is of "other"."""

Numbers = dict[str, dict[tuple[str, ...], int]]
"""By what is counted, and of what: source and server, or country."""

BATCHES, LINES = 20, 5000
"""At one look. What is left is counted at the next."""


class Counted:
    """The numbers since metrics are written."""

    def __init__(self, host: Host) -> None:
        self._file = host.state("watch", COUNTED)
        known = host.facts(self._file)
        self._numbers: dict[str, int] = known.get("numbers", {})
        self._written = ""
        self._readers = {}
        for name in READ:
            place = known.get("places", {}).get(name)
            start = Position.parse(place) if place else end_of(host.state(name))
            self._readers[name] = QueueReader(host.state(name), start)

    def count(self) -> None:
        """Read on, and write down what is known now."""
        for name, reader in self._readers.items():
            for _each in range(BATCHES):
                lines = reader.read(LINES)
                for what in filter(None, map(READ[name], lines)):
                    self._add(what)
                if len(lines) < LINES:
                    break
        places = {name: str(each.position or "") for name, each in self._readers.items()}
        text = json.dumps({"numbers": self._numbers, "places": places})
        if text != self._written:
            store(self._file, text)
        self._written = text

    def _add(self, what: tuple[str, ...]) -> None:
        name = "\t".join(what)
        if name not in self._numbers and len(self._numbers) >= MOST:
            name = "\t".join((*what[:-1], "other"))
        self._numbers[name] = self._numbers.get(name, 0) + 1

    def numbers(self) -> Numbers:
        """Return what was counted."""
        found: Numbers = {}
        for name, number in self._numbers.items():
            what, *of = name.split("\t")
            found.setdefault(what, {})[tuple(of)] = number
        return found


def numbers_of_the_correlator(host: Host) -> Numbers:
    """Return what that counts since its start, see Counts.pm."""
    found: Numbers = {}
    for what, *of, number in host.rows(host.state("sec", "counts.tsv")):
        found.setdefault(what, {})[tuple(of)] = int(number)
    return found


def _located(line: bytes) -> tuple[str, ...] | None:
    """Return what a line of `located` counts as: its country, or why it has none."""
    fields = line.split(b"\t", 12)
    if len(fields) < 13 or fields[9] == b"geowatch":  # that is the canary
        return None
    return "country", _text(fields[2] or fields[3])


def _judged(line: bytes) -> tuple[str, ...] | None:
    """Return what a line of `alerts` counts as, if it is a verdict."""
    fields = [_text(each) for each in line.split(b"\t")]
    if len(fields) < 11 or fields[3] in NO_LOGIN:
        return None
    if not (verdict := VERDICTS.get(fields[2].removeprefix(fields[7]))):
        return None
    server = next((each[7:] for each in fields[10:] if each.startswith("server=")), "")
    return verdict, fields[7], server


def _text(field: bytes) -> str:
    return field[:255].decode("utf-8", "replace")


READ = {"geoip/located": _located, "sec/alerts": _judged}
"""The queue files."""
