# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit trail: a queue file with all that logrotate made of it, from the oldest line on."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import resource
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from geowatch.times import clock

STATE = Path("/var/lib/geowatch")
LOCATED = "geoip/located"
OUTBOX = "alerts/outbox.sqlite"

CANARY = b"geowatch"
"""The source of what is nobody's login; titles of sources begin with a capital."""

BLOCK = 1 << 20  # bytes
SHORTEST_NEEDLE = 3  # what is shorter is in every line
SLACK = 86400
"""Seconds by which the clock of a server may be ahead of ours."""

OPEN: dict[str, Callable[[Path, Any], Any]] = {
    "": open,
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}


class Login(NamedTuple):
    """A line of ``located``, see docs/design.md."""

    id: bytes
    ip: bytes
    country: bytes
    reason: bytes
    country_name: bytes
    database: bytes
    database_date: bytes
    asn: bytes
    as_owner: bytes
    source: bytes
    time: bytes
    server: bytes
    user: bytes
    place: bytes
    proof: bytes
    raw: bytes


FIELD = {name: number for number, name in enumerate(Login._fields)}


def decoded(field: bytes) -> str:
    r"""Return the text of a field, with ``\xNN`` for what is no UTF-8."""
    return field.decode("utf-8", "backslashreplace")


def blocks(path: Path, since: float = 0.0) -> Iterator[bytes]:
    """Yield all whole lines, many at a time. Files that are older than ``since`` are left out.

    What cannot be read is said on the standard error.
    """
    for name, file in _opened(path, since):
        with file:
            rest = b""
            try:
                while block := file.read(BLOCK):
                    whole, newline, end = block.rpartition(b"\n")
                    if newline:
                        yield rest + whole + newline
                        rest = end
                    else:
                        rest += end
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                print(f"{name}: the rest of it cannot be read: {error}", file=sys.stderr)


def lines(path: Path, since: float = 0.0, needle: bytes = b"") -> Iterator[bytes]:
    """Yield the lines, or those that hold the needle, whose letters are small ones. No canary."""
    return (line for line in _lines(path, since, needle) if not _is_canary(line))


def _lines(path: Path, since: float, needle: bytes) -> Iterator[bytes]:
    for block in blocks(path, since):
        if len(needle) < SHORTEST_NEEDLE:
            yield from block[:-1].split(b"\n")
            continue
        lowered = block.lower()
        at = lowered.find(needle)
        while at >= 0:
            end = block.index(b"\n", at)
            yield block[block.rfind(b"\n", 0, at) + 1 : end]
            at = lowered.find(needle, end)


def _is_canary(line: bytes) -> bool:
    source = FIELD["source"]
    return CANARY in line and line.split(b"\t", source + 1)[source : source + 1] == [CANARY]


def kept(path: Path) -> str:
    """Say how far the trail goes back."""
    for line in lines(path):
        time = decoded((line.split(b"\t") + [b""] * len(FIELD))[FIELD["time"]])
        return f"Logins are kept since {clock(time, '%Y-%m-%d %H:%M') if time else 'some time'}."
    return "None is kept yet."


def _opened(path: Path, since: float) -> list[tuple[str, IO[bytes]]]:
    """Open all files at one moment, between two rotations; the oldest is the first."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    while True:
        found = generations(path)
        files = []
        try:
            for each, suffix in found.values():
                if each.stat().st_mtime + SLACK >= since:
                    files.append((each.name, OPEN[suffix](each, "rb")))
        except FileNotFoundError:
            continue
        if generations(path) == found:
            return files


def generations(path: Path) -> dict[tuple[int, int], tuple[Path, str]]:
    """Return the files and how they are packed, by number and inode; the oldest is the first."""
    form = re.compile(rf"{re.escape(path.name)}(?:\.(\d+)(\.gz|\.bz2|\.xz)?)?")
    found: dict[int, tuple[int, Path, str]] = {}
    with os.scandir(path.parent) as entries:
        for entry in entries:
            if match := form.fullmatch(entry.name):
                number, suffix = int(match[1] or 0), match[2] or ""
                # While one is being compressed, both are there.
                if number not in found or not suffix:
                    found[number] = entry.inode(), Path(entry.path), suffix
    return {(number, found[number][0]): found[number][1:] for number in sorted(found, reverse=True)}
