# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who watches the watch: this service does, as the watch does with it."""

from __future__ import annotations

import time

from geowatch.alerts.alert import Alert
from geowatch.alerts.config import Config
from geowatch.alerts.own import own_alert
from geowatch.times import clock

BROKEN = "GeowatchLinkBroken"
PATIENCE = 90.0  # seconds without a look; there is one every ten
LOOK_AGAIN = 5.0  # seconds
ADVICE = (
    "Nobody sees now whether the line works. On the log server: systemctl restart geowatch-watch,"
    " and journalctl -u geowatch-watch says why it ended. Then see: geowatch status."
)


class Watched:
    """Sees by the file that the watch writes at each look whether it looks."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._files = [each.with_name("links.json") for each in config.queue_files]
        self._seen = 0
        self._since = self._next_look = 0.0  # time.monotonic()
        self._said = False

    def look(self) -> list[Alert]:
        """Return what has to be said."""
        now = time.monotonic()
        if now < self._next_look:
            return []
        self._next_look = now + LOOK_AGAIN
        seen = max((each.stat().st_mtime_ns for each in self._files if each.exists()), default=0)
        if seen != self._seen:
            self._seen, self._since = seen, now
        is_silent = bool(seen) and now - self._since >= PATIENCE
        if is_silent == self._said:
            return []
        self._said = is_silent
        if is_silent:
            at = clock(seen / 1e9, "%H:%M:%S")
            text = f"The link watch is broken: nobody looked at the line since {at}"
            return [own_alert(self._config, BROKEN, "critical", text, ADVICE, "watch")]
        over = own_alert(
            self._config, BROKEN, "cleared", "The link watch works again", what="watch"
        )
        over["mail"] = True
        return [over]
