# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a reader is behind, by the position that it stored: asked by others, who read nothing."""

from __future__ import annotations

from pathlib import Path

A_LOOK = 1 << 16
"""Bytes of a log in which an end of a line is looked for."""


def unread(path: Path, inode: int, offset: int) -> int:
    """Return the bytes of a file, or of the one after it, that a reader of whole lines has left."""
    try:
        status = path.stat()
        # One of the same size is a copy, which its reader knows.
        start = offset if inode == status.st_ino or offset == status.st_size else 0
        left = status.st_size - start
        if 0 < left <= A_LOOK:
            with path.open("rb") as file:
                file.seek(start)
                left = file.read(left).rfind(b"\n") + 1
    except FileNotFoundError:
        return 0
    return max(0, left)


def left_of_queue(path: Path, position: str) -> int:
    """Return the bytes that the reader of a queue file with this position has left."""
    try:
        _device, inode, offset = map(int, position.split()[:3])
    except ValueError:
        inode = offset = 0
    left = unread(path, inode, offset)
    before = path.with_name(f"{path.name}.1")
    if before.exists() and before.stat().st_ino == inode:
        left += unread(before, inode, offset)
    return left
