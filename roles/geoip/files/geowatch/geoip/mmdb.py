# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ``.mmdb`` file of any type: a copy in memory that was read to its end before it is used.

maxminddb looks addresses up in C. On some broken files that library writes where it should not, and
the process dies. So whatever it could be led to is read in Python first, which raises. Of the copy,
for the file may become another one or shorter at any moment.
"""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypeVar

import maxminddb
from geowatch.geoip.whole import SEPARATOR, records
from maxminddb.decoder import Decoder

LARGEST = 256 << 20
"""Bytes. A country database has a tenth of it, or less."""

LONGEST_TEXT = 200
"""Characters of what a database says. A line in ``located`` has some of them."""

SAMPLE = 10_000
"""Records that are looked at to find one of the right shape."""


class DatabaseError(Exception):
    """No database, or one that cannot be used. The text names the file and the fix."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        """``no_database`` or ``bad_database``."""


class Mmdb:
    """An open file: what it says of itself, and its records.

    Raises ``DatabaseError`` for a file that is missing, broken, or not of the kind of the subclass.
    """

    kinds: tuple[str, ...]
    """One of them is in the type of the database."""
    use: str
    """What to use instead, and in which shape."""

    def __init__(self, path: Path) -> None:
        memory = os.memfd_create("mmdb")
        try:
            copy(path, memory)
            self._open(path, f"/proc/self/fd/{memory}")
        except DatabaseError:
            raise
        except FileNotFoundError:
            raise DatabaseError("no_database", f"{path}: there is no such file") from None
        except Exception as error:  # a broken file can make the decoder raise anything
            raise DatabaseError(
                "bad_database", f"{path}: not a readable .mmdb file; get it again: {error}"
            ) from None
        finally:
            os.close(memory)

    def _open(self, path: Path, name: str) -> None:
        with maxminddb.open_database(name, maxminddb.MODE_MMAP) as reader:
            metadata = reader.metadata()
        self.type = printable(metadata.database_type)
        """What it calls itself, such as ``GeoLite2-Country``."""
        self.build_epoch = metadata.build_epoch
        """Seconds since 1970, UTC."""
        self.date = datetime.fromtimestamp(metadata.build_epoch, UTC).date().isoformat()
        """The day of its build in UTC, YYYY-MM-DD."""
        self.ip_version = metadata.ip_version
        if not any(kind in self.type for kind in self.kinds):
            raise DatabaseError(
                "bad_database", f"{path}: this is a {self.type!r} database; use {self.use}"
            )
        with open(name, "rb") as file:
            content = mmap(file.fileno(), 0, access=ACCESS_READ)
        decoder = Decoder(content, metadata.search_tree_size + SEPARATOR)
        sample = islice(records(content, metadata), SAMPLE)
        if not any(self.fits(decoder.decode(offset)[0]) for offset in sample):
            raise DatabaseError(
                "bad_database",
                f"{path}: the records of this {self.type!r} database are not in MaxMind's shape; "
                f"use {self.use}",
            )
        self._reader = maxminddb.open_database(name)

    @staticmethod
    def fits(record: object) -> bool:
        """Return whether a record has the shape of this kind."""
        raise NotImplementedError

    def record(self, address: str) -> Any:
        """Return the record of an address, None where there is none.

        Raises ``DatabaseError`` when it cannot be read.
        """
        try:
            return self._reader.get(address)
        except Exception as error:
            if self.ip_version == 4 and ":" in address:
                return None
            raise DatabaseError(
                "bad_database", f"the record of {address} cannot be read: {error}"
            ) from None

    def close(self) -> None:
        """Give the memory back."""
        self._reader.close()

    def __str__(self) -> str:
        return f"{self.type} of {self.date}"


Kind = TypeVar("Kind", bound=Mmdb)


def opened(kind: type[Kind], path: Path) -> Kind | DatabaseError:
    """Return the database in a file, or the error that explains its lack."""
    try:
        return kind(path)
    except DatabaseError as error:
        return DatabaseError(error.reason, str(error))  # its traceback holds the file


def copy(path: Path, memory: int) -> None:
    """Copy a file into an open one. Raises ``DatabaseError`` for what is no file of a sane size."""
    # Without a writer, a pipe would keep us waiting.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file, open(memory, "wb", closefd=False) as target:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise DatabaseError("bad_database", f"{path}: this is not a regular file")
        size = 0
        while block := file.read(1 << 20):
            size += len(block)
            if size > LARGEST:
                raise DatabaseError(
                    "bad_database",
                    f"{path}: it has more than {LARGEST >> 20} MiB; use a Country database",
                )
            target.write(block)


def printable(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return the text without what does not print, and not too long."""
    return "".join(character for character in text if character.isprintable())[:longest]
