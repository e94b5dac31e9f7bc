# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble of a channel rings through another: nothing gets through, or something was put aside."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from geowatch.alerts.alert import Alert, shown
from geowatch.alerts.config import Config
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.own import own_alert

DOWN, ASIDE = "GeowatchChannelDown", "GeowatchAlertPutAside"

PATIENCE = 100.0  # seconds without a delivery by a channel
GREYLISTED = 600.0  # to one recipient: some mail servers take nothing at first
LOOK_AGAIN = 10.0  # seconds
SAY_AGAIN = 3600.0  # seconds; what is put aside meanwhile is counted

DOWN_ADVICE = (
    "See what it answers, and what waits: geowatch channels. When it works again, all of that"
    " goes out by itself. If our configuration is wrong, put it right and run the playbook."
)
ASIDE_ADVICE = (
    "See what was put aside: geowatch alerts list --state refused. When the cause is gone:"
    " geowatch alerts retry --all. Or give it up: geowatch alerts drop ID --why WORDS."
)

Way = tuple[str, str]
"""A channel and a recipient; the recipient "" is all of them."""


@dataclass(frozen=True)
class Said:
    """An alert about a way. It takes another one."""

    alert: Alert
    way: Way

    def may_take(self, channel: str, recipient: str) -> bool:
        """Return whether this is another way."""
        return channel != self.way[0] or self.way[1] not in ("", recipient)


class Troubles:
    """What postmen tell, each in its thread, and what is said about it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._failing: dict[Way, tuple[float, float, str]] = {}  # since: monotonic, clock; why
        self._worked: set[Way] = set()
        self._aside: dict[Way, tuple[int, str]] = {}  # not said yet: how many, why
        self._said_aside: dict[Way, float] = {}  # time.monotonic()
        self._open: dict[str, set[Way]] = {DOWN: set(), ASIDE: set()}
        self._next_look = 0.0  # time.monotonic()

    def remember(self, outbox: Outbox) -> None:
        """Know again what was said before a restart and is not over."""
        for event, ways in self._open.items():
            for alert in outbox.last_of_each_resource(event):
                if alert["severity"] != "cleared":
                    known = alert["attributes"]
                    ways.add((known.get("channel", ""), known.get("recipient", "")))

    def failed(self, channel: str, recipient: str, why: str) -> None:
        """Note that nothing gets through."""
        with self._lock:
            way = channel, recipient
            since = self._failing.get(way, (time.monotonic(), time.time(), ""))
            self._failing[way] = since[0], since[1], why
            self._worked.discard(way)

    def worked(self, channel: str, recipient: str) -> None:
        with self._lock:
            for way in ((channel, ""), (channel, recipient)):
                self._failing.pop(way, None)
                self._worked.add(way)

    def put_aside(self, channel: str, recipient: str, event: str, why: str) -> None:
        """Note that an alert was put aside. One about that is not said again."""
        if event != ASIDE:
            with self._lock:
                count, _why = self._aside.get((channel, recipient), (0, ""))
                self._aside[channel, recipient] = count + 1, why

    def look(self, outbox: Outbox) -> list[Said]:
        """Return what has to be said now."""
        if time.monotonic() < self._next_look:
            return []
        self._next_look = time.monotonic() + LOOK_AGAIN
        with self._lock:
            return [*self._look_down(), *self._look_aside(outbox)]

    def _look_down(self) -> list[Said]:
        said, now = [], time.monotonic()
        for way, (since, clock, why) in self._failing.items():
            patience = GREYLISTED if way[1] else PATIENCE
            if now - since >= patience and way not in self._open[DOWN]:
                self._open[DOWN].add(way)
                at = time.strftime("%H:%M", time.localtime(clock))
                text = f"Nothing gets through to {_name(way)} since {at}: {shown(why)}"
                said.append(self._say(DOWN, "critical", way, text, DOWN_ADVICE))
        for way in self._open[DOWN] & self._worked:
            self._open[DOWN].remove(way)
            text = f"Alerts get through to {_name(way)} again"
            said.append(self._say(DOWN, "cleared", way, text))
        self._worked.clear()
        return said

    def _look_aside(self, outbox: Outbox) -> list[Said]:
        said, now = [], time.monotonic()
        for way, (count, why) in list(self._aside.items()):
            if now >= self._said_aside.get(way, now):
                del self._aside[way]
                self._said_aside[way] = now + SAY_AGAIN
                self._open[ASIDE].add(way)
                text = f"Put aside for {_name(way)}: {count}. It says: {shown(why)}"
                said.append(self._say(ASIDE, "major", way, text, ASIDE_ADVICE))
        for way in [way for way in self._open[ASIDE] if not outbox.refused(*way)]:
            self._open[ASIDE].remove(way)
            self._said_aside.pop(way, None)
            text = f"Nothing is put aside for {_name(way)} any more"
            said.append(self._say(ASIDE, "cleared", way, text))
        return said

    def _say(self, event: str, severity: str, way: Way, text: str, advice: str = "") -> Said:
        what = "channel:" + "/".join(filter(None, way))
        known = {"channel": way[0], "recipient": way[1]}
        alert = own_alert(self._config, event, severity, text, advice, what, **known)
        if event == DOWN:  # who was woken wants to know that it is over
            alert["mail"] = True
        return Said(alert, way)


def _name(way: Way) -> str:
    return " ".join(filter(None, way))
