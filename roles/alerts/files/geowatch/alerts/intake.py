# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Intake: lines of the queue file `alerts` into the outbox."""

from __future__ import annotations

from collections.abc import Iterator

from geowatch.alerts.alert import Alert, MalformedLine, decode, own_recipients, parse
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log, log_alert
from geowatch.alerts.limits import Disks, OutboxLimit, lines_lost
from geowatch.alerts.outbox import Outbox
from queue_files import Position, QueueReader

BATCH = 500  # lines in one transaction


class Intake:
    """Reads on where the outbox says that the last reader stopped."""

    def __init__(self, config: Config, outbox: Outbox) -> None:
        self._config = config
        self._outbox = outbox
        self._limit = OutboxLimit(config, outbox)
        self._disks = Disks(config)
        self._lines: list[bytes] = []  # read, and not yet stored
        self._own: list[Alert] = []  # about ourselves, and not yet stored
        self._logged = False
        position = outbox.position(config.queue_file)
        self._reader = QueueReader(
            config.queue_file, Position.parse(position) if position else None
        )
        if self._reader.gap:
            self._own.append(lines_lost(config, self._reader.gap))

    def take(self) -> int:
        """Store what is there, a batch at most. Returns how much it was.

        Where it cannot be stored it raises sqlite3.Error, and the next call tries it again.
        """
        if not self._lines:
            self._lines = self._reader.read(BATCH)
            self._own += self._disks.look()
            self._logged = False
        count = len(self._lines) + len(self._own)
        if count:
            with self._outbox.transaction():
                alerts = [alert for line in self._lines if (alert := self._take_line(line))]
                alerts += [own for own in self._own if self._outbox.add(own, self._due(own))]
                if self._lines:
                    self._outbox.store_position(self._config.queue_file, str(self._reader.position))
                # The journal may be the only channel: logged before the transaction ends, so
                # never lost. And once, however often a full disk makes us try.
                if not self._logged:
                    for alert in alerts:
                        log_alert(alert)
                self._logged = True
            self._lines, self._own = [], []
            self._keep_limit()
        return count

    def tidy(self) -> None:
        """Delete what is old."""
        self._outbox.prune(self._config.keep_days)
        self._keep_limit()

    def _keep_limit(self) -> None:
        if to_say := self._limit.keep():
            self._own.append(to_say)

    def _due(self, alert: Alert) -> Iterator[tuple[str, str]]:
        return due(alert, self._config)

    def _take_line(self, line: bytes) -> Alert | None:
        """Store one line. Returns the alert if it is a new one."""
        try:
            alert = parse(line, self._config.environment, self._config.origin)
        except MalformedLine as reason:
            self._outbox.add_malformed(line, str(reason))
            if not self._logged:
                log.error("put aside a malformed line: %s: %s", reason, decode(line)[:1000])
            return None
        return alert if self._outbox.add(alert, self._due(alert)) else None


def recipients(config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that the configuration names."""
    if config.alerta:
        yield "alerta", ""
    if config.email:
        yield from (("mail", recipient) for recipient in config.email.to)


def due(alert: Alert, config: Config) -> Iterator[tuple[str, str]]:
    """Yield each (channel, recipient) that `alert` goes to."""
    for channel, recipient in recipients(config):
        if channel != "mail" or alert["mail"]:
            yield channel, recipient
    if config.email and alert["mail"]:
        own = (each for each in own_recipients(alert) if each not in config.email.to)
        yield from (("mail", recipient) for recipient in own)
