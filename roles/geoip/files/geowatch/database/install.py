# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a verified database in use. At every moment there is a whole one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORK = ".update-"
"""How the names of the directories begin in which new files are made ready."""


def install(new: Path, in_use: Path) -> None:
    """Let the new file take the place of the one in use, which is kept as NAME.previous.

    Both are on one file system. The reader finds the old file or the new one, after a power cut
    too. Raises ``OSError``.
    """
    new.chmod(0o644)
    _sync(new)
    if in_use.exists():
        link = new.with_name("previous")
        keep(in_use, link)
        link.replace(previous(in_use))
    new.replace(in_use)
    _sync(in_use.parent)


def previous(in_use: Path) -> Path:
    """Return where the database is kept that was in use before."""
    return Path(f"{in_use}.previous")


def keep(file: Path, name: Path) -> None:
    """Give a file one more name, or copy it where the kernel forbids that (fs.protected_hardlinks).

    It does for a file that is another user's, such as one that root put there.
    """
    try:
        os.link(file, name)
    except PermissionError:
        shutil.copy2(file, name)


@contextmanager
def work_directory(directory: Path) -> Iterator[Path]:
    """Give an empty directory on the file system of the databases, to one process at a time.

    Another one waits until the first has left. What an update that was cut off left behind goes.
    """
    lock = os.open(directory / "update.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in directory.glob(f"{WORK}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=WORK, dir=directory) as work:
            yield Path(work)
    finally:
        os.close(lock)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
