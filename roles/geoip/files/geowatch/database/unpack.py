# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes an ``.mmdb`` file out of what was downloaded, whatever it is called."""

from __future__ import annotations

import gzip
import tarfile
import zlib
from pathlib import Path
from typing import IO

from geowatch.database.error import UpdateError

Readable = IO[bytes] | gzip.GzipFile

LARGEST = 2 << 30
"""Bytes of a download and of a database. The largest that is sold has less than half of this."""

CHUNK = 1 << 20


def unpack(download: Path, target: Path) -> None:
    """Write the database that is in a ``.tar.gz`` or ``.gz`` file, or is the file, to the target.

    Names in an archive are not used. Raises ``UpdateError`` for an archive that is broken or holds
    no database.
    """
    try:
        with download.open("rb") as file:
            if file.read(2) != b"\x1f\x8b":
                file.seek(0)
                copy(file, target)
                return
        with gzip.open(download) as plain:
            # A tar archive says so in its first block (POSIX.1-1988, "magic").
            is_tar = plain.read(512)[257:262] == b"ustar"
            plain.seek(0)
            if is_tar:
                _unpack_tar(plain, target)
            else:
                copy(plain, target)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise UpdateError(f"the archive is broken, or only half of it came: {error}") from None


def _unpack_tar(archive: Readable, target: Path) -> None:
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(".mmdb"):
                content = tar.extractfile(member)
                assert content is not None  # it is a regular file
                copy(content, target)
                return
    raise UpdateError("there is no .mmdb file in the archive")


def copy(source: Readable, target: Path) -> None:
    """Write all of the source to the target. Raises ``UpdateError`` where it does not end."""
    size = 0
    with target.open("wb") as file:
        while block := source.read(CHUNK):
            size += len(block)
            if size > LARGEST:
                raise UpdateError(f"it has more than {LARGEST >> 30} GiB")
            file.write(block)
