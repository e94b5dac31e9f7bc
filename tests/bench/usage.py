# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running process used so far, as /proc tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process, and of its children that have ended."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    # The name, in brackets, may hold anything. Fields 14 to 17: utime, stime, cutime, cstime.
    fields = stat.rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


def rate(count: int, seconds: float) -> float:
    """Return how many there are in a CPU second. The system counts those in steps."""
    return count / max(seconds, 1 / TICK)


class Memory(NamedTuple):
    """In MiB."""

    rss: float
    pss: float
    peak: float


def memory(pid: int) -> Memory:
    """Return the resident memory of a process: now, its fair share of it, and at its peak."""
    status = _kib(f"/proc/{pid}/status")
    rollup = _kib(f"/proc/{pid}/smaps_rollup")
    return Memory(status["VmRSS"] / 1024, rollup["Pss"] / 1024, status["VmHWM"] / 1024)


def _kib(path: str) -> dict[str, int]:
    lines = (line.split() for line in Path(path).read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if words[-1] == "kB"}


def family_rss(pid: int) -> float:
    """Return the resident memory of a process and all that it started, in MiB."""
    total = 0.0
    for each in _family(pid):
        with suppress(FileNotFoundError, ProcessLookupError, KeyError):  # it has just ended
            total += _kib(f"/proc/{each}/status")["VmRSS"] / 1024
    return total


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(FileNotFoundError, ProcessLookupError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))
