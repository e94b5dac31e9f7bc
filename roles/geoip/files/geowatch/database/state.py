# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the updater remembers: its tries, its last result, when the next try is due.

A small file beside the databases. Times are seconds since 1970, and the clock that they were read
from may have been wrong: none of them keeps the updater waiting for more than ``LONGEST_WAIT``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from queue_files import store

HOUR = 3600.0
DAY = 24 * HOUR

TRIES_A_DAY = 10
"""Downloads that are begun in 24 hours, counted before they begin.

MaxMind allows 30 for each account, and an account may serve several log servers.
"""

SHORTEST_WAIT = HOUR
LONGEST_WAIT = DAY


@dataclass
class State:
    """All of the file. The defaults are those of a log server that never tried."""

    result: str = "never"
    """never, running, done or failed."""
    text: str = ""
    """Why it failed."""
    at: float = 0.0
    """When the last try began or ended."""
    next: float = 0.0
    """When the next one is due."""
    failures: int = 0
    """In a row."""
    tries: list[float] = field(default_factory=list)
    """Those of the last 24 hours."""
    config: str = ""
    """The digest of the configuration of the last try."""

    def is_due(self, now: float, config: str) -> bool:
        """Return whether to try now: it is time, or the configuration is another one."""
        return config != self.config or now >= self.next or self.next > now + LONGEST_WAIT

    def begin(self, now: float, config: str, downloads: int) -> bool:
        """Count the downloads of a try; false where they would be too many."""
        self.at, self.config = now, config
        # A try from the future, by a clock that was wrong, counts for a day as well.
        self.tries = [then for then in self.tries if abs(now - then) < DAY]
        if len(self.tries) + downloads > TRIES_A_DAY:
            self.fail(now, f"{len(self.tries)} downloads were tried within 24 hours")
            self.next = min(min(self.tries) + DAY, now + LONGEST_WAIT)
            return False
        self.tries += [now] * downloads
        self.result, self.text = "running", ""
        # Should this be the end of us.
        self.next = now + self._wait()
        return True

    def succeed(self, now: float) -> None:
        """Remember a success; look again in a day."""
        self.result, self.text, self.failures = "done", "", 0
        self.at, self.next = now, now + LONGEST_WAIT

    def fail(self, now: float, text: str, *, wait_long: bool = False) -> None:
        """Remember a failure; wait twice as long after each."""
        self.result, self.text, self.at = "failed", text, now
        self.next = now + (LONGEST_WAIT if wait_long else self._wait())
        self.failures += 1

    def _wait(self) -> float:
        return min(SHORTEST_WAIT * 2.0 ** min(self.failures, 10), LONGEST_WAIT)

    @classmethod
    def load(cls, path: Path) -> State:
        """Read the file. One that is missing or broken is as good as none."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                result=str(data["result"]),
                text=str(data["text"]),
                at=float(data["at"]),
                next=float(data["next"]),
                failures=max(0, int(data["failures"])),
                tries=[float(then) for then in data["tries"]],
                config=str(data["config"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return cls()

    def save(self, path: Path) -> None:
        """Replace the file in one step."""
        store(path, json.dumps(asdict(self)) + "\n")
