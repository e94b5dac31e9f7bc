# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes an ``.mmdb`` file out of what was downloaded, whatever that is called."""

from __future__ import annotations

import errno
import gzip
import tarfile
import zipfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from geowatch.database.error import UpdateError
from geowatch.geoip.mmdb import LARGEST

Readable = IO[bytes] | gzip.GzipFile

CHUNK = 1 << 20

DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What is wrong with our disk, and not with an archive."""


def unpack(download: Path, target: Path) -> None:
    """Write the database to the target that is in a zip, tar or gzip file, or is the file.

    Of a name in an archive only the end counts. Raises ``UpdateError`` for an archive that is
    broken or holds no database, and ``OSError``.
    """
    try:
        with download.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            if not is_packed:
                _unpack(file, target)
                return
            with gzip.open(file) as plain:
                _unpack(plain, target)
    except UpdateError:
        raise
    except Exception as error:  # a broken archive can make the libraries raise anything
        if getattr(error, "errno", None) in DISK:
            raise
        raise UpdateError(f"the archive is broken, or only half of it came: {error}") from None


def _unpack(file: Readable, target: Path) -> None:
    start = file.read(512)
    file.seek(0)
    if start[257:262] == b"ustar":  # POSIX.1-1988, "magic"
        with tarfile.open(fileobj=file, mode="r|") as tar:
            for member in tar:
                if member.isfile() and _is_database(member.name):
                    content = tar.extractfile(member)
                    assert content is not None  # it is a regular file
                    copy(content, target)
                    return
    elif start.startswith(b"PK\3\4"):
        with zipfile.ZipFile(file) as archive:
            for name in filter(_is_database, archive.namelist()):
                with archive.open(name) as content:
                    copy(content, target)
                return
    else:
        copy(file, target)
        return
    raise UpdateError("there is no .mmdb file in the archive")


def _is_database(name: str) -> bool:
    """Return whether a member is one. A Mac puts a ``._X.mmdb`` beside each ``X.mmdb``."""
    path = PurePosixPath(name)
    return path.suffix.lower() == ".mmdb" and not path.name.startswith("._")


def copy(source: Readable, target: Path) -> None:
    """Write all of the source to the target, as ``write`` does."""
    write(iter(partial(source.read, CHUNK), b""), target)


def write(blocks: Iterable[bytes], target: Path) -> None:
    """Write what comes to the target. Raises ``UpdateError`` where it does not end."""
    size = 0
    with target.open("wb") as file:
        for block in blocks:
            size += len(block)
            if size > LARGEST:
                raise UpdateError(f"it has more than {LARGEST >> 20} MiB; use a Country database")
            file.write(block)
