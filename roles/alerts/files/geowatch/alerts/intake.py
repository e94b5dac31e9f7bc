# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Intake: lines of the queue files with alerts into the outbox."""

from __future__ import annotations

import time

from geowatch.alerts.alert import CANARY, Alert, MalformedLine, decode, parse
from geowatch.alerts.config import Config
from geowatch.alerts.direct import Direct
from geowatch.alerts.flood import Floods
from geowatch.alerts.journal import log, log_alert
from geowatch.alerts.limits import DISK, DISK_ADVICE, Disks, OutboxLimit
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.own import own_alert
from geowatch.alerts.reading import LONG, Reading
from geowatch.alerts.trouble import Said, Troubles
from geowatch.alerts.wanted import CLEARED
from geowatch.alerts.watched import Watched
from geowatch.alerts.ways import due, strangers


class Intake:
    """Reads on where the outbox says that the last reader stopped."""

    def __init__(self, config: Config, outbox: Outbox, troubles: Troubles | None = None) -> None:
        self._config = config
        self._outbox = outbox
        self._troubles = troubles or Troubles(config)
        self._limit = OutboxLimit(config, outbox)
        self._disks = Disks(config)
        self._floods = Floods(config)
        self._watched = Watched(config)
        self._direct = Direct(config)
        self._lines: list[bytes] = []  # read, and not yet stored
        self._own: list[Alert] = []  # about ourselves, and not yet stored
        self._said: list[Said] = []  # about a channel, and not yet stored
        self._logged = False
        self._queues = [Reading(path, config, outbox) for path in config.queue_files]
        self._from = self._queues[0]
        self._full_since: float | None = None  # time.monotonic(); nothing can be stored
        self._urgent: list[Alert] = []  # said past the outbox, and not yet stored
        self.canary = ""  # the id of the last
        self._note_canary(outbox.last_of_each_resource(CANARY))

    def take(self) -> int:
        """Store what is there, a batch at most. Returns how much it was.

        Where it cannot be stored it raises sqlite3.Error, and the next call tries it again.
        """
        if not self._lines:
            self._lines = self._read()
            self._own += [*self._disks.look(), *self._floods.look(self._outbox)]
            self._own += self._watched.look()
            self._said += self._troubles.look(self._outbox)
            self._logged = False
        count = len(self._lines) + len(self._own) + len(self._said)
        if count:
            with self._outbox.transaction():
                alerts = [alert for line in self._lines if (alert := self._take_line(line))]
                alerts += [own for own in self._own if self._outbox.add(own, self._due(own))]
                for said in self._said:
                    ways = (way for way in self._due(said.alert) if said.may_take(*way))
                    self._outbox.add(said.alert, ways)
                    alerts.append(said.alert)
                if self._lines:
                    self._from.store_position()
                # The journal may be the only channel: logged before the transaction ends, so
                # never lost. And once, however often a full disk makes us try.
                if not self._logged:
                    for alert in alerts:
                        log_alert(alert)
                self._logged = True
            self._note_canary(alerts)
            self._lines, self._own, self._said = [], [], []
            self._keep_limit()
        if self._full_since is not None:
            self._room_again()
        return count

    def _note_canary(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            if alert["event"] == CANARY and alert["severity"] != CLEARED:
                self.canary = alert["id"]

    def _read(self) -> list[bytes]:
        """Return what is new in a queue file that has something; each has its turn."""
        for _each in self._queues:
            self._queues.append(self._queues.pop(0))
            self._from = self._queues[-1]
            lines = self._from.read()
            self._own += self._from.own
            self._from.own = []
            if lines:
                return lines
        return []

    def meanwhile(self, error: Exception) -> None:
        """While nothing can be stored: what is urgent goes out past the outbox."""
        now = time.monotonic()
        if self._full_since is None:
            self._full_since = now
        if now - self._full_since < LONG:
            return
        urgent = [each for each in self._own + self._disks.look() if each["event"] == DISK]
        self._own = [each for each in self._own if each not in urgent]
        if not self._urgent and not urgent:
            text = f"The outbox cannot be written, and everything waits: {error}"
            what = f"disk:{self._config.outbox.parent}"
            urgent = [own_alert(self._config, DISK, "critical", text, DISK_ADVICE, what)]
        for alert in urgent:
            log_alert(alert)
            self._direct.say(alert, self._due(alert))
        self._urgent += urgent

    def _room_again(self) -> None:
        """Store what went out past the outbox, for those who have not got it, and what ends it."""
        self._direct.over()
        ended = {each["resource"] for each in self._urgent if each["severity"] == "critical"}
        with self._outbox.transaction():
            for alert in self._urgent:
                left = (
                    way for way in self._due(alert) if not self._direct.has_delivered(alert, *way)
                )
                self._outbox.add(alert, left)
        self._full_since, self._urgent = None, []
        own = f"disk:{self._config.outbox.parent}"
        if any(each.startswith(f"{own}@") for each in ended):
            text = "The outbox can be written again"
            self._own.append(own_alert(self._config, DISK, "cleared", text, what=own))

    def tidy(self) -> None:
        self._outbox.prune(self._config.keep_days)
        self._keep_limit()

    def _keep_limit(self) -> None:
        if to_say := self._limit.keep():
            self._own.append(to_say)

    def _due(self, alert: Alert) -> list[tuple[str, str]]:
        return list(due(alert, self._config))

    def _take_line(self, line: bytes) -> Alert | None:
        """Store one line. Returns the alert if it is a new one."""
        try:
            alert = parse(line, self._config.environment, self._config.origin)
        except MalformedLine as reason:
            self._outbox.add_malformed(line, str(reason))
            if not self._logged:
                log.error("put aside a malformed line: %s: %s", reason, decode(line)[:1000])
            return None
        if (others := strangers(alert, self._config)) and not self._logged:
            log.error("%s is not for %s: they are not configured", alert["id"], ", ".join(others))
        return alert if self._outbox.add(alert, self._due(alert)) else None
