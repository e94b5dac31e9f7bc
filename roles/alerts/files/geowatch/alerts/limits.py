# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits: what is lost because something is full is said, by an alert of our own."""

from __future__ import annotations

import os
import time

from geowatch.alerts.alert import Alert
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.own import own_alert

FULL, LOST, DISK = "GeowatchOutboxFull", "GeowatchLinesLost", "GeowatchDiskFull"

DISK_FULL, DISK_OVER = 0.05, 0.1
"""The free part of a disk, below which it is said to be full, and above which not any more."""

LOOK_AGAIN = 10.0  # seconds

ROOM = 0.1
"""The part of the outbox that becomes free when it is full."""

OVER = 0.8
"""The part of the limit below which the outbox is not full any more."""

SAY_AGAIN = 86400.0  # seconds

FULL_ADVICE = (
    "Look where alerts wait, and why: geowatch alerts list --state waiting."
    " What was dropped is in the journal of geowatch-alerts and in the audit trail of logins,"
    " /var/lib/geowatch/geoip/located."
)
DISK_ADVICE = (
    "Make room now. When nothing is left, rsyslog throws away what it cannot write, and such logins"
    " are never judged; everything else waits for room."
)
LOST_ADVICE = (
    "Alerts are lost: the sender was away for so long that the queue file was rotated away."
    " Look into the audit trail of logins, /var/lib/geowatch/geoip/located, for what happened"
    " meanwhile, and why geowatch-alerts did not run: journalctl -u geowatch-alerts."
)


class OutboxLimit:
    """Keeps the outbox below its limit."""

    def __init__(self, config: Config, outbox: Outbox) -> None:
        self._config = config
        self._outbox = outbox
        self._most = config.outbox_megabytes * 1_000_000
        self._is_full = False
        self._dropped = 0
        self._say_after = 0.0  # time.monotonic()

    def keep(self) -> Alert | None:
        """Make room where it is needed. Returns what has to be said about it."""
        size = self._outbox.size()
        if size > self._most:
            dropped = self._outbox.make_room(ROOM)
            if dropped:
                log.error("the outbox is full: dropped %d alerts that were not delivered", dropped)
                self._is_full = True
                self._dropped += dropped
            else:
                log.warning("the outbox is full: dropped the oldest alerts, all delivered")
        if self._dropped and time.monotonic() >= self._say_after:
            self._say_after = time.monotonic() + SAY_AGAIN
            text = (
                f"The outbox is full: {self._dropped} alerts were dropped before they were"
                f" delivered, those without an e-mail first"
            )
            self._dropped = 0
            return own_alert(self._config, FULL, "critical", text, FULL_ADVICE)
        if self._is_full and size < OVER * self._most:
            self._is_full = False
            return own_alert(self._config, FULL, "cleared", "The outbox has room again")
        return None


class Disks:
    """Says when a disk becomes full, before it is."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._full: set[str] = set()
        self._next_look = 0.0  # time.monotonic()

    def look(self) -> list[Alert]:
        """Return what has to be said. Each disk is said once, by its first directory."""
        if time.monotonic() < self._next_look:
            return []
        self._next_look = time.monotonic() + LOOK_AGAIN
        said, seen = [], set()
        own = [self._config.outbox.parent, *(each.parent for each in self._config.queue_files)]
        for path in [*self._config.watched_directories, *map(str, own)]:
            try:
                disk, space = os.stat(path).st_dev, os.statvfs(path)
            except OSError:
                continue
            if disk in seen:
                continue
            seen.add(disk)
            free = space.f_bavail / max(1, space.f_blocks)
            if path not in self._full and free < DISK_FULL:
                self._full.add(path)
                text = f"The disk of {path} is nearly full: {free:.0%} is free"
                said.append(
                    own_alert(self._config, DISK, "critical", text, DISK_ADVICE, f"disk:{path}")
                )
            elif path in self._full and free > DISK_OVER:
                self._full.remove(path)
                text = f"The disk of {path} has room again: {free:.0%} is free"
                said.append(own_alert(self._config, DISK, "cleared", text, what=f"disk:{path}"))
        return said


def lines_lost(config: Config, gap: str) -> Alert:
    """Return the alert about lines of the queue file that nobody can read any more."""
    return own_alert(config, LOST, "critical", f"Alerts are lost: {gap}", LOST_ADVICE)
