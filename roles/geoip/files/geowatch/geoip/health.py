# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says in the queue file ``health`` when a database becomes old, updates fail, or logins are lost.

A line is written when a state changes; what is fresh and works from the start needs none. The last
line about each subject is what is remembered. The file grows by some lines a year, and is rotated
where something goes up and down all the time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from geowatch.geoip.in_use import DatabaseInUse
from geowatch.geoip.mmdb import DatabaseError, printable
from queue_files import QueueWriter

DAY = 86_400

LONGEST_UPDATE = 3600
"""Seconds after which an update that has not said how it ended has failed."""

LONGEST_TEXT = 400
"""Characters of a reason. Parts of it may come from a server."""

LARGEST = 1 << 20
"""Bytes of the file, after which it becomes ``health.1``."""

GOOD = ("fresh", "working")
"""The states that everything is thought to be in at first."""

log = logging.getLogger(__name__)


class Health(NamedTuple):
    """The state of a subject, and a sentence about it."""

    state: str
    """fresh, ageing, stale or missing of a database; working or failing of the updates; lost of
    logins."""
    text: str


class Thresholds(NamedTuple):
    """The age in days from which a database is ageing or stale."""

    ageing: int
    stale: int


class HealthWriter:
    """Writes the queue file. ``update_state`` is the file in which the updater says how it goes."""

    def __init__(self, path: Path, update_state: Path, thresholds: Thresholds) -> None:
        self._path = path
        self._writer = QueueWriter(path)
        self._update_state = update_state
        self._thresholds = thresholds
        self._lines = _last_lines(path)
        self._known = {subject: _state(line) for subject, line in self._lines.items()}

    def look(self, databases: Mapping[str, DatabaseInUse[Any]], now: float) -> None:
        """Write what has changed. A full disk stops no lookup: it is tried again next time."""
        found = {
            subject: health_of(subject, database, self._thresholds, now)
            for subject, database in databases.items()
        }
        updates = health_of_updates(self._update_state, now)
        if updates:
            found["update"] = updates
        for subject, health in found.items():
            known = self._known.get(subject)
            if health.state == known or (known is None and health.state in GOOD):
                continue
            if not self.say(subject, health, now):
                return

    def say(self, subject: str, health: Health, now: float) -> bool:
        """Write a line, whatever was said before. Returns whether there was room for it."""
        line = _line(subject, health, now)
        try:
            self._rotate()
            self._writer.append([line])
        except OSError as error:
            log.error("cannot write that the state is %s: %s", health.state, error)
            return False
        self._known[subject], self._lines[subject] = health.state, line
        log.log(logging.INFO if health.state in GOOD else logging.WARNING, "%s", health.text)
        return True

    def _rotate(self) -> None:
        """Begin a new file where this one is large, with what was said last about each subject.

        These lines keep their ids, so nothing rings again.
        """
        if self._path.exists() and self._path.stat().st_size >= LARGEST:
            self._path.replace(_rotated(self._path))
            self._writer.append(self._lines.values())


def health_of(
    subject: str, in_use: DatabaseInUse[Any], thresholds: Thresholds, now: float
) -> Health:
    """Return the state of a database by the day of its build.

    Not by the time of its file: a file may be young and its content old. A database from the
    future is fresh; it is the clock that is wrong then. One whose file is gone or broken is
    missing, although it answers: the next start of the service will not find it.
    """
    kind = "ASN" if subject == "asn" else subject
    database, problem = in_use.database, in_use.problem
    if problem and problem.reason == "no_database" and subject == "asn":
        return Health("fresh", "No ASN database is used")
    if isinstance(database, DatabaseError):
        return Health("missing", f"There is no usable {kind} database: {_short(str(database))}")
    if problem:
        return Health(
            "missing",
            f"The {kind} database in use, {database.type} of {database.date}, answers only until "
            f"the service ends: {_short(str(problem))}",
        )
    days = max(0, int(now - database.build_epoch) // DAY)
    text = f"The {kind} database, {database.type} of {database.date}, is {days} days old"
    if days >= thresholds.stale:
        return Health("stale", text)
    return Health("ageing" if days >= thresholds.ageing else "fresh", text)


def health_of_updates(state_file: Path, now: float) -> Health | None:
    """Return whether updates work; None while one is under way.

    No file, where nothing is downloaded, is as good as success.
    """
    try:
        state = json.loads(state_file.read_text(encoding="utf-8"))
        result, text, at = str(state["result"]), str(state["text"]), float(state["at"])
    except (OSError, ValueError, TypeError, KeyError):
        result, text, at = "done", "", 0.0
    if result == "running":
        if abs(now - at) <= LONGEST_UPDATE:
            return None
        result, text = "failed", "it ended without saying why"
    if result == "failed":
        return Health("failing", f"The update of the database failed: {_short(text)}")
    return Health("working", "The update of the database works")


def _short(text: str) -> str:
    return printable(text, LONGEST_TEXT)


def _line(subject: str, health: Health, now: float) -> bytes:
    time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    time = time.removesuffix("+00:00") + "Z"
    server = socket.gethostname()
    fields = (time, server, subject, *health)
    identifier = hashlib.sha256("\0".join(fields).encode()).hexdigest()[:32]
    return "\t".join((identifier, *fields)).encode()


def _state(line: bytes) -> str:
    return line.decode("utf-8", "replace").split("\t")[4]


def _rotated(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _last_lines(path: Path) -> dict[str, bytes]:
    """Return the last line about each subject."""
    last = {}
    for each in (_rotated(path), path):
        try:
            lines = each.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            continue
        except OSError as error:
            log.error("cannot read what was said before: %s", error)
            continue
        for line in lines:
            fields = line.decode("utf-8", "replace").split("\t")
            if len(fields) == 6:
                last[fields[3]] = line
    return last
