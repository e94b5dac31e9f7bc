# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database in use, whatever becomes of its file."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Generic

from geowatch.geoip.mmdb import DatabaseError, Kind, opened

LOOK_SECONDS = 1.0
"""How often the database file is looked at, to see whether it was replaced."""

log = logging.getLogger(__name__)


class DatabaseInUse(Generic[Kind]):
    """The database at a path. It switches when the file is replaced by a good one.

    While there is none, ``database`` is the error that says why. A database in use stays in use
    when its file is removed or replaced by a bad one; ``problem`` says so. ``unknown`` is what
    cannot be told without it; where that is nothing that must be told, nobody complains about a
    missing file.
    """

    def __init__(self, path: Path, kind: type[Kind], unknown: str) -> None:
        self.problem: DatabaseError | None = DatabaseError("no_database", "not yet read")
        self.database: Kind | DatabaseError = self.problem
        self._path = path
        self._kind = kind
        self._unknown = unknown
        self._seen: tuple[int, ...] | None = None
        self._look()

    def refresh(self) -> None:
        """Look at the file, at most once in ``LOOK_SECONDS``."""
        if time.monotonic() >= self._next_look:
            self._look()

    def _look(self) -> None:
        self._next_look = time.monotonic() + LOOK_SECONDS
        # Before opening: a file that is replaced meanwhile is seen at the next look.
        seen = signature(self._path)
        if seen == self._seen:
            return
        self._seen = seen
        found = opened(self._kind, self._path)
        before = self.database
        if not isinstance(found, DatabaseError):
            self.database, self.problem = found, None
            log.info("database in use: %s", found)
            if not isinstance(before, DatabaseError):
                before.close()
            return
        self.problem = found
        if not isinstance(before, DatabaseError):
            log.error("%s; %s stays in use", found, before)
            return
        self.database = found
        if self._unknown or found.reason != "no_database":
            log.error("%s; no %s can be told", found, self._unknown or "network")


def signature(path: Path) -> tuple[int, ...]:
    """Return what is another when the file is another one, or has more in it."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
