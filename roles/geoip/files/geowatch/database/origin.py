# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the database in use came from, and when: a small file NAME.json beside NAME.mmdb."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from queue_files import store


@dataclass
class Origin:
    """All of the file. It counts only for the very database that it was written for."""

    sha256: str = ""
    """Of that database."""
    described: str = ""
    """Its type and date."""
    source: str = ""
    """In words, without keys."""
    at: float = 0.0
    """When it was put in use, in seconds since 1970."""
    url_digest: str = ""
    """For the next conditional request. Not the URL: there may be a key in it."""
    etag: str = ""
    last_modified: str = ""
    taken_back: str = ""
    """The SHA-256 of a database that somebody took back. No update brings it again."""

    @classmethod
    def load(cls, database: Path) -> Origin:
        """Return where a database came from; only ``taken_back`` where that is not known."""
        try:
            origin = cls(**json.loads(_file(database).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()
        if not database.is_file() or sha256_of(database) != origin.sha256:
            return cls(taken_back=origin.taken_back)
        return origin

    def save(self, database: Path) -> None:
        """Write down where a database came from that was put in use now."""
        store(_file(database), json.dumps(asdict(self)) + "\n")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file(database: Path) -> Path:
    return database.with_suffix(".json")
