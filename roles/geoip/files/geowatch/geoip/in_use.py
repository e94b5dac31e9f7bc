# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database in use, whatever becomes of its file."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Generic

from geowatch.geoip.mmdb import DatabaseError, Kind, Mmdb, opened

LOOK_SECONDS = 1.0
"""How often the database file is looked at, to see whether it was replaced."""

log = logging.getLogger(__name__)


class DatabaseInUse(Generic[Kind]):
    """The database at a path. It switches when the file is replaced by a good one.

    While there is none, ``database`` is the error that says why. A database in use stays in use
    when its file is removed or replaced by a bad one; ``problem`` says so. One that is optional is
    given up when its file is removed, and nobody complains.
    """

    def __init__(self, path: Path, kind: type[Kind], *, is_optional: bool = False) -> None:
        self.problem: DatabaseError | None = DatabaseError("no_database", "not yet read")
        self.database: Kind | DatabaseError = self.problem
        self._path = path
        self._kind = kind
        self._is_optional = is_optional
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
        before, found = self.database, opened(self._kind, self._path)
        is_bad, was_bad = isinstance(found, DatabaseError), isinstance(before, DatabaseError)
        self.problem = found if isinstance(found, DatabaseError) else None
        is_given_up = self._is_optional and self.problem and self.problem.reason == "no_database"
        if was_bad or is_given_up or not is_bad:
            self.database = found
            if isinstance(before, Mmdb):
                before.close()
        if not is_bad:
            log.info("database in use: %s", found)
        elif is_given_up:
            if not was_bad:
                log.info("%s is no longer in use", self._path.name)
        else:
            stays = "it is not used" if was_bad else f"{before} stays in use"
            log.error("%s; %s", found, stays)


def signature(path: Path) -> tuple[int, ...]:
    """Return what is another when the file is another one, or has more in it."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
