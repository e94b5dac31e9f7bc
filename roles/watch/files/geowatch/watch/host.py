# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log server as the watch sees it: what rooms write, and which units run. Nothing is called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CGROUPS = ("sys/fs/cgroup", "sys/fs/cgroup/systemd", "sys/fs/cgroup/unified")
A_LOOK = 1 << 16
"""Bytes of a log in which an end of a line is looked for."""


@dataclass(frozen=True)
class Host:
    """All files are below `root`, which is another one in tests only."""

    root: Path = Path("/")

    def state(self, room: str, name: str = "") -> Path:
        """Return a file in a room's state directory."""
        return self.root / "var/lib/geowatch" / room / name

    def path(self, absolute: str) -> Path:
        """Return where a file is that has this name here."""
        return self.root / absolute.lstrip("/")

    def processes(self, unit: str) -> list[int] | None:
        """Return the processes of a unit. None: that cannot be seen."""
        for each in CGROUPS:
            slice_ = self.root / each / "system.slice"
            if slice_.is_dir():
                try:
                    return list(map(int, (slice_ / unit / "cgroup.procs").read_text().split()))
                except FileNotFoundError:
                    return []
                except OSError:
                    return None
        return None

    def facts(self, path: Path) -> dict[str, Any]:
        """Return what a room, or a deployment, wrote down in a JSON file; nothing if it did not.

        Raises `PermissionError`.
        """
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
        except PermissionError:
            raise
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def rows(self, path: Path) -> list[list[str]]:
        """Return the lines of a file by their fields; none where it is not there."""
        try:
            text = path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return []
        return [line.split("\t") for line in text.split("\n") if line]


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
