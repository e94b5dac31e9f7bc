# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of the queue files with alerts, read on where the outbox says that the last one stopped."""

from __future__ import annotations

import time
from pathlib import Path

from geowatch.alerts.alert import Alert
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log
from geowatch.alerts.limits import lines_lost
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.own import own_alert
from queue_files import Position, QueueReader

BATCH = 500  # lines in one transaction

UNREADABLE = "GeowatchQueueUnreadable"
LONG = 10.0  # seconds; so long something may not work before it is said
UNREADABLE_ADVICE = (
    "Nothing that is judged goes out now, and nothing is lost. On the log server, the group"
    " geowatch has to read the file and enter its directory; running the playbook repairs both."
)


class Reading:
    """What is new in a queue file, and what has to be said about it."""

    def __init__(self, path: Path, config: Config, outbox: Outbox) -> None:
        self.path = path
        self.own: list[Alert] = []  # about the file, and not yet taken
        self._config = config
        self._outbox = outbox
        self._reader: QueueReader | None = None
        self._unreadable_since: float | None = None  # time.monotonic()
        self._unreadable = False  # and that was said

    def read(self) -> list[bytes]:
        """Return what is new. Where it cannot be read, that is said."""
        try:
            if self._reader is None:
                position = self._outbox.position(self.path)
                at = Position.parse(position) if position else None
                self._reader = QueueReader(self.path, at)
            lines = self._reader.read(BATCH)
        except OSError as error:
            self._failed(error)
            return []
        if self._unreadable:
            self._say("cleared", f"The alerts in {self.path} can be read again")
        self._unreadable_since, self._unreadable = None, False
        if self._reader.gap:
            self.own.append(lines_lost(self._config, self._reader.gap))
            self._reader.gap = ""
        return lines

    def store_position(self) -> None:
        if self._reader:
            self._outbox.store_position(self.path, str(self._reader.position))

    def _failed(self, error: OSError) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        now = time.monotonic()
        if self._unreadable_since is None:
            log.error("the queue file cannot be read: %s", error)
            self._unreadable_since = now
        if now - self._unreadable_since >= LONG and not self._unreadable:
            self._unreadable = True
            text = f"Alerts cannot be read: {error}"
            self._say("critical", text, UNREADABLE_ADVICE)

    def _say(self, severity: str, text: str, advice: str = "") -> None:
        what = f"queue:{self.path.parent.name}"
        self.own.append(own_alert(self._config, UNREADABLE, severity, text, advice, what))
