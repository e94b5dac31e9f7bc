# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a canary is seen: each link leaves its nonce in a file that the watch may read."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from geowatch.watch.host import Host
from queue_files import Position, QueueReader

MOST_LINES = 10_000
"""Of a file that are read at once."""


class Seen:
    """What is written to a file from now on."""

    def __init__(self, path: Path, nonce: str) -> None:
        self._path = path
        self._nonce = nonce.encode()
        self.line: bytes | None = None
        self._reader: QueueReader | None = None
        self._position: Position | None = None
        with suppress(OSError):
            status = path.stat()
            self._position = Position(status.st_dev, status.st_ino, status.st_size)

    def look(self) -> bool:
        """Return whether the nonce is there. Raises OSError where that cannot be seen."""
        if self.line is None:
            self._reader = self._reader or QueueReader(self._path, self._position)
            lines = self._reader.read(MOST_LINES)
            self.line = next((each for each in lines if self._nonce in each), None)
        return self.line is not None


class Journey:
    """One canary, from the log to the channels."""

    def __init__(self, host: Host, nonce: str, log: Path) -> None:
        self._host = host
        self._nonce = nonce
        self._began = time.monotonic()
        self._log = Seen(log, nonce)
        files = {"correlator": "sec/connections", "lookup": "geoip/located", "rules": "sec/alerts"}
        self._files = {link: Seen(host.state(path), nonce) for link, path in files.items()}
        self.times: dict[str, float] = {}
        """When it was seen first at each link, in seconds, from left to right."""
        self._lost = ""
        self._why = ""

    def gone(self) -> float:
        """Return for how many seconds it has been on its way."""
        return time.monotonic() - self._began

    def lost(self) -> tuple[str, str]:
        """Return the first link where it was not seen, and why if that is known."""
        return self._lost, self._why

    def look(self) -> bool:
        """Look at all links. Returns whether it arrived everywhere."""
        self._lost = ""
        for link in ("syslog", "log", "correlator", "lookup", "database", "rules", "sender"):
            is_there, why = self._is_at(link)
            self._note(link, is_there, why)
        for channel, why in self._channels().items():
            self._note(f"channel {channel}", not why, why)
        return not self._lost

    def _note(self, link: str, is_there: bool, why: str) -> None:
        if is_there:
            self.times.setdefault(link, self.gone())
        elif not self._lost:
            self._lost, self._why = link, why

    def _is_at(self, link: str) -> tuple[bool, str]:
        try:
            if link in self._files:
                return self._files[link].look(), ""
            if link == "database":
                return self._has_country()
            if link == "sender":
                return self._told() is not None, ""
            return self._log.look(), ""
        except PermissionError as error:
            # As the correlator could not read it either: the syslog daemon did its part.
            return link == "syslog", f"{error.filename} may not be read"
        except OSError as error:
            return False, str(error)

    def _has_country(self) -> tuple[bool, str]:
        """Return whether the lookup had a country for it, and would have after a restart."""
        if (line := self._files["lookup"].line) is None:
            return False, ""
        reason = line.split(b"\t")[3].decode("ascii", "replace")
        if not self._host.state("database", "country.mmdb").exists():
            return False, "there is no database, and the one in use is lost with the next restart"
        return reason == "found", f"the lookup says {reason}"

    def _channels(self) -> dict[str, str]:
        return self._told() or {}

    def _told(self) -> dict[str, str] | None:
        """Return what the sender says of each channel, nothing if it does not have it."""
        told = self._host.facts(self._host.state("alerts", "canary.json"))
        return told["channels"] if told.get("id") == self._nonce else None
