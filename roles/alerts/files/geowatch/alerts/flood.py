# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many alerts that are alike within minutes get one more, which counts and names them all.

By mail they become a summary, see pace.py. In Alerta each stays what it is: one thing to look at.
"""

from __future__ import annotations

import time

from geowatch.alerts.alert import Alert
from geowatch.alerts.config import Config
from geowatch.alerts.outbox import Outbox
from geowatch.alerts.own import own_alert
from geowatch.alerts.pace import ONE_KIND, summary
from geowatch.alerts.settings import AlertaConfig

MANY = "GeowatchManyAlike"
MORE_THAN = 3
LOOK_AGAIN = 180.0  # seconds; what belongs to a flood comes meanwhile

ADVICE = (
    "If they are false alarms, such as a country that was forgotten: put the configuration right,"
    " then close them: geowatch alerts close --event {} --country {} --since 1h --why WORDS"
)


class Floods:
    """What is said of many alerts that are alike, and how many they were then."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._said: dict[str, int] = {}
        self._next_look = time.monotonic() + LOOK_AGAIN

    def look(self, outbox: Outbox) -> list[Alert]:
        """Return what is to be said now. The same again, of more, takes its place in Alerta."""
        alerta = next((each.name for each, _settings in self._config.of_type(AlertaConfig)), None)
        if alerta is None or time.monotonic() < self._next_look:
            return []
        self._next_look = time.monotonic() + LOOK_AGAIN
        many = {
            kind: alerts
            for kind, alerts in outbox.by_kind(alerta, ONE_KIND).items()
            if len(alerts) > MORE_THAN
        }
        said = [
            self._of(kind, alerts)
            for kind, alerts in many.items()
            if len(alerts) > self._said.get(kind, 0)
        ]
        for kind in self._said.keys() - many.keys():
            text = f"No more alerts of {kind.strip()} for a while"
            said.append(own_alert(self._config, MANY, "cleared", text, what=f"many:{kind.strip()}"))
        self._said = {kind: len(alerts) for kind, alerts in many.items()}
        return said

    def _of(self, kind: str, alerts: list[Alert]) -> Alert:
        known = summary(alerts)
        event, _blank, value = kind.partition(" ")
        named = {name: known["attributes"][name] for name in ("count", "who", "first", "last")}
        what, advice = f"many:{kind.strip()}", ADVICE.format(event, value or "''")
        return own_alert(self._config, MANY, "warning", known["text"], advice, what, **named)
