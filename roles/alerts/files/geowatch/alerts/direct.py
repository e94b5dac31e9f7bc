# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Past the outbox: what is urgent and cannot be stored goes out all the same, by new channels."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from geowatch.alerts.alert import Alert
from geowatch.alerts.channel import Channel, Result, blanked
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log
from geowatch.alerts.ways import channels

TRY_AGAIN = 30.0  # seconds


class Direct:
    """Sends an alert by each channel, in a thread for each, until it has it or all is over."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._over = threading.Event()
        self._delivered: set[tuple[str, str, str]] = set()

    def say(self, alert: Alert, ways: Iterable[tuple[str, str]]) -> None:
        ways = list(ways)
        for each, channel in channels(self._config):
            mine = [recipient for name, recipient in ways if name == each.name]
            args = each.name, channel, alert, mine
            threading.Thread(target=self._send, args=args, daemon=True).start()

    def over(self) -> None:
        """What is not delivered yet can be stored now."""
        self._over.set()
        self._over = threading.Event()

    def has_delivered(self, alert: Alert, channel: str, recipient: str) -> bool:
        """Return whether nobody has to deliver it again."""
        return (alert["id"], channel, recipient) in self._delivered

    def _send(self, name: str, channel: Channel, alert: Alert, recipients: list[str]) -> None:
        over = self._over
        while recipients and not over.is_set():
            for recipient in list(recipients):
                answer = channel.deliver(alert, recipient)
                if answer.result is Result.DELIVERED:
                    self._delivered.add((alert["id"], name, recipient))
                    recipients.remove(recipient)
                else:
                    said = blanked(answer.reason, channel.secrets)
                    log.error("past the outbox, %s: %s", name, said)
            channel.close()
            if recipients:
                over.wait(TRY_AGAIN)
