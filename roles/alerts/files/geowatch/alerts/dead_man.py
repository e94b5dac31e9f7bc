# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead man's switch: somebody else's clock that rings unless we call in time.

As Healthchecks, Uptime Kuma and the like take it: GET, and any answer that is no error.
"""

from __future__ import annotations

import time
from datetime import datetime

from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.settings import DeadManConfig, WebSettings
from geowatch.alerts.web import Web, meaning

FRESH = 600.0  # seconds; what waited for longer is no sign that we live now

# Healthchecks answers 200 to an address that it does not know.
UNKNOWN = "(not found)"


class DeadMan:
    """The channel to one switch."""

    def __init__(self, settings: DeadManConfig, timeout: float) -> None:
        self._web = Web(WebSettings(settings.url, "", ""), "", timeout)
        self.secrets: tuple[str, ...] = settings.secrets()

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Call once."""
        if abs(time.time() - datetime.fromisoformat(alert["time"]).timestamp()) > FRESH:
            return Answer(Result.DELIVERED)
        answer = self._web.send("GET", self._web.address)
        self.close()  # the next call is an hour away
        if isinstance(answer, tuple) and UNKNOWN in answer[1].decode("utf-8", "replace"):
            return Answer(Result.DOWN, f"HTTP {answer[0]}, but there is no such check")
        return meaning(answer)

    def close(self) -> None:
        self._web.close()
