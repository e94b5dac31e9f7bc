# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the trail: by which fields logins are chosen, and how they are found fast."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from geowatch.logins.trail import FIELD, Login, decoded, lines
from geowatch.times import moment

Test = Callable[[bytes], bool]

LITERAL = re.compile(r"[!-)+-HJL-hjl-~]+")
"""What is looked for as it is: no i and no k, which other letters become."""

MOST_KNOWN = 50_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what chooses logins."""
    time = {"type": moment, "metavar": "TIME", "help": "30m, 12h, 7d ago, or 2026-05-04T03:00"}
    several: dict[str, Any] = {"metavar": "CC", "type": countries, "help": "as BR, or BR,unknown"}
    name = {"metavar": "NAME", "help": "* is any text, and capitals are as small letters"}
    parser.add_argument("--since", default=0.0, **time)  # type: ignore[arg-type]
    parser.add_argument("--until", default=0.0, **time)  # type: ignore[arg-type]
    for each in ("user", "server", "source"):
        parser.add_argument(f"--{each}", **name)  # type: ignore[arg-type]
    parser.add_argument("--address", metavar="IP", type=address, help="or a network, 192.0.2.0/24")
    country = parser.add_mutually_exclusive_group()
    country.add_argument("--country", **several)
    country.add_argument("--not-country", **several)


def countries(text: str) -> set[bytes]:
    """Return the codes in a list. What is not known has none."""
    codes = {each.strip().upper() for each in text.split(",")}
    if not all(re.fullmatch("[A-Z]{2}|UNKNOWN", each) for each in codes):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no country: write codes as BR, or BR,unknown"
        )
    return {b"" if each == "UNKNOWN" else each.encode() for each in codes}


def address(text: str) -> tuple[Test, bytes]:
    """Return the test for an address or a network, and what a line of it holds."""
    try:
        if "/" not in text:
            canonical = str(ip_address(text)).encode()
            return canonical.__eq__, canonical
        network = ip_network(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None

    def within(ip: bytes) -> bool:
        try:
            return ip_address(ip.decode()) in network
        except ValueError:
            return False

    return within, b""


class Question:
    """Chooses logins."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.since: float = args.since
        self._tests: dict[int, Test] = {}  # by number of the field
        self._needle = b""
        since, until = stamp(args.since), stamp(args.until) if args.until else b"9"
        if args.since or args.until:
            # A login whose time is not known may be one of them.
            self._tests[FIELD["time"]] = lambda time: not time or since <= time <= until
        for name in ("user", "server", "source"):
            if pattern := getattr(args, name):
                self._need(name, *like(pattern))
        if args.address:
            self._need("ip", *args.address)
        if args.country:
            self._need("country", args.country.__contains__)
        if args.not_country:
            self._need("country", lambda code: code not in args.not_country)

    def _need(self, name: str, test: Test, needle: bytes = b"") -> None:
        self._tests[FIELD[name]] = test
        self._needle = max(self._needle, needle, key=len)

    def logins(self, trail: Path, ids: set[bytes] | None = None) -> Iterator[Login]:
        """Yield the logins in the order in which they came, only these if there are ids."""
        found = lines(trail, self.since, self._needle)
        if ids is not None:
            found = (line for line in found if line[:32] in ids)
        for number, test in sorted(self._tests.items()):
            found = _having(found, number, test)
        return once(found)


def _having(found: Iterable[bytes], number: int, test: Test) -> Iterator[bytes]:
    """Yield the lines whose field of this number passes the test."""
    for line in found:
        fields = line.split(b"\t", number + 1)
        if len(fields) > number and test(fields[number]):
            yield line


def once(found: Iterable[bytes]) -> Iterator[Login]:
    """Yield each login once: after a crash, lines are written again."""
    known: set[bytes] = set()
    before: set[bytes] = set()
    for line in found:
        fields = line.split(b"\t", len(FIELD) - 1)
        if len(fields) < len(FIELD) or fields[0] in known or fields[0] in before:
            continue
        if len(known) >= MOST_KNOWN:
            known, before = set(), known
        known.add(fields[0])
        yield Login(*fields)


def like(pattern: str) -> tuple[Test, bytes]:
    """Return the test for names of a pattern, and what a line with such a name holds."""
    parts = pattern.lower().split("*")
    compiled = re.compile(".*".join(map(re.escape, parts)), re.DOTALL)
    # With a backslash it has bytes that are no text, and are shown so.
    literals = [] if "\\" in pattern else LITERAL.findall(pattern)
    needle = max(literals, key=len, default="").lower().encode()
    return lambda name: bool(compiled.fullmatch(folded(name))), needle


def folded(name: bytes) -> str:
    """Return a name without regard to capitals."""
    return decoded(name).lower()


def stamp(seconds: float) -> bytes:
    """Return a time so that those of the trail can be compared with it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").encode()
