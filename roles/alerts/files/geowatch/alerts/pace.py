# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace: after so many messages in an hour, or of one kind, the others become one summary."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from geowatch.alerts.alert import Alert
from geowatch.alerts.outbox import Delivery, Outbox
from geowatch.alerts.severities import SEVERITIES

HOUR = 3600.0  # seconds

# Of one kind are alerts of the same event and country: a country forgotten, or a flood.
ONE_KIND = 600.0  # seconds

# A summary waits so long for what belongs to it.
COLLECT = 180.0  # seconds

MOST_TOGETHER = 5000
MOST_NAMES = 50


@dataclass(frozen=True)
class Pace:
    """So many messages an hour for each recipient, a tenth of them of one kind, and a summary."""

    per_hour: int

    def together(self, outbox: Outbox, first: Delivery) -> list[Delivery]:
        """Return what goes out in one message with `first`: it alone, others too, or nothing yet.

        What waits is put off, so that it is asked about again in time.
        """
        if not self.per_hour or not first.alike:
            return [first]
        sent = outbox.sent(first, HOUR, all_kinds=True)
        full = sent >= self.per_hour
        of_one_kind = max(3, self.per_hour // 10)
        if not full and outbox.sent(first, ONE_KIND, all_kinds=False) < of_one_kind:
            return [first]
        others = outbox.alike(first, MOST_TOGETHER, all_kinds=full)
        age = time.time() - min(each.received for each in others)
        # A clock that went back delays nothing.
        wait = COLLECT - age if 0 <= age < COLLECT else 0.0
        if sent > self.per_hour:  # and the hour's summary is gone, too
            wait = COLLECT
        if not wait:
            return others
        for each in others:
            outbox.put_off(each, wait)
        return []


def summary(alerts: list[Alert]) -> Alert:
    """Return one alert that stands for all of them: the loudest, with names and counts."""
    if len(alerts) == 1:
        return alerts[0]
    loudest = min(alerts, key=lambda each: SEVERITIES.get(each["severity"], 99))
    kinds = Counter(each["text"].partition(":")[0] for each in alerts)
    names = Counter(each["resource"] for each in alerts)
    said = "; ".join(f"{count} times: {kind}" for kind, count in kinds.most_common(MOST_NAMES))
    listed = [f"{name} ({n})" if n > 1 else name for name, n in names.most_common(MOST_NAMES)]
    if len(names) > MOST_NAMES:
        listed.append(f"and {len(names) - MOST_NAMES} more")
    countries = Counter(each["attributes"].get("country_name", "") for each in alerts)
    known = {
        "count": str(len(alerts)),
        "who": ", ".join(listed),
        "countries": ", ".join(f"{name} ({n})" for name, n in countries.most_common(20) if name),
        "first": alerts[0]["time"],
        "last": alerts[-1]["time"],
        "advice": loudest["attributes"].get("advice", ""),
    }
    return Alert(
        **{
            **loudest,
            "id": f"{alerts[0]['id'][:50]}-summary",
            "time": alerts[-1]["time"],
            "resource": f"{len(names)} at once",
            "value": str(len(alerts)),
            "text": f"{len(alerts)} alerts at once. {said}",
            "attributes": {name: value for name, value in known.items() if value},
            "raw": "",
        }
    )
