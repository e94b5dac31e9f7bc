# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two ways into a SIEM: each alert as a POST, or as a line of a file for whoever ships it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from geowatch.alerts.alert import Alert, json_line
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.ecs import event
from geowatch.alerts.settings import JsonConfig
from geowatch.alerts.web import Web, meaning

LONGEST_LINE = 1 << 22  # bytes; far more than an alert has


class Post:
    """The channel to something that takes one object of JSON at a time."""

    def __init__(self, settings: JsonConfig, timeout: float) -> None:
        self._web = Web(settings, "", timeout)
        self.secrets: tuple[str, ...] = settings.secrets()

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        data = json.dumps(event(alert))
        return meaning(self._web.send("POST", self._web.address, data), known_as=alert["id"])

    def close(self) -> None:
        self._web.close()


class File:
    """The channel into a file. It may be renamed at any time, and is begun anew then."""

    secrets: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Write the line. It is on the disk, or it is not there."""
        line = f"{json_line(event(alert))}\n".encode()
        try:
            # Somebody may send a test meanwhile.
            with self._path.open("a+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                self._let_the_group_read(file.fileno())
                end = _end_of_whole_lines(file.fileno())
                file.truncate(end)  # a line that a kill or a full disk has cut
                if file.write(line) != len(line):
                    file.truncate(end)
                    return Answer(Result.DOWN, f"no room for all of a line in {self._path}")
                os.fsync(file.fileno())
        except OSError as error:
            return Answer(Result.DOWN, f"{type(error).__name__}: {error}")
        return Answer(Result.DELIVERED, known_as=alert["id"])

    def close(self) -> None:
        """It is closed after each line."""

    def _let_the_group_read(self, file: int) -> None:
        """Whoever ships the file belongs to the group of its directory."""
        if os.fstat(file).st_size == 0:
            os.fchown(file, -1, self._path.parent.stat().st_gid)
            os.fchmod(file, 0o640)


def _end_of_whole_lines(file: int) -> int:
    size = os.fstat(file).st_size
    tail = os.pread(file, LONGEST_LINE, max(0, size - LONGEST_LINE))
    return size if not tail or tail.endswith(b"\n") else size - len(tail) + tail.rfind(b"\n") + 1
