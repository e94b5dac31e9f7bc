# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts lines in a file that grows, and waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from processes import BenchError

PATIENCE = 180.0
"""Seconds without one more, after which no more will come."""

VERDICT = b"\tproof="
"""In each line of the queue file ``alerts`` that judges a login, and in no other."""


class Counter:
    """Counts how often a text stands in a file. It is in a line at most once."""

    def __init__(self, path: Path, text: bytes) -> None:
        self._path = path
        self._text = text
        self._count = 0
        self._offset = 0

    def count(self) -> int:
        """Return the count in all whole lines so far."""
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        end = new.rfind(b"\n") + 1
        self._offset += end
        self._count += new.count(self._text, 0, end)
        return self._count

    def wait_for(self, wanted: int, look: Callable[[int], object] = lambda count: None) -> None:
        """Wait for so many, and look at each count. Raises ``BenchError`` when none comes."""
        best, end = -1, 0.0
        while (count := self.count()) < wanted:
            look(count)
            if count > best:
                best, end = count, time.monotonic() + PATIENCE
            if time.monotonic() > end:
                raise BenchError(f"{self._path.name}: {count} of {wanted}, and no more are coming")
            time.sleep(0.05)
