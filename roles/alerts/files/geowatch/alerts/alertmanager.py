# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prometheus's Alertmanager, API v2: https://github.com/prometheus/alertmanager

It knows an alert by its labels, tells people, and forgets it when it is over. What is cleared or
closed is over at once; anything else after a day, since nobody can close it there.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from geowatch.alerts.alert import NOTE, Alert, shown
from geowatch.alerts.channel import Answer, Result
from geowatch.alerts.plain import labelled, plain
from geowatch.alerts.settings import AlertmanagerConfig
from geowatch.alerts.wanted import FOLLOWS
from geowatch.alerts.web import Web, meaning

# How it calls an alert that is over.
OVER = "{}"

# What people route and silence by. The rest is for reading.
LABELS = ("user", "server", "ip", "country")


class Alertmanager:
    """The channel to one. It calls an alert by the labels that we gave it."""

    stays = 86400.0

    def __init__(self, settings: AlertmanagerConfig, timeout: float) -> None:
        self._web = Web(settings, "", timeout)
        self.secrets: tuple[str, ...] = settings.secrets()

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Post the alert once, or that it is over."""
        follows = alert["severity"] in FOLLOWS
        is_there = known_as not in ("", OVER)
        if alert["severity"] == NOTE or (follows and not is_there):
            return Answer(Result.DELIVERED)  # it has no notes, and has no such alert
        now = datetime.now(UTC)
        name = OVER if follows else json.dumps(labels(alert), sort_keys=True)
        posts = []
        if is_there and known_as != name:
            posts.append({"labels": json.loads(known_as), "endsAt": now.isoformat()})
        if not follows:
            posts.append(self._post(alert, now))
        return self._send(posts, name)

    def remind(self, known: list[tuple[str, Alert, float]]) -> None:
        """Post what is not over again: it has alerts in its memory only."""
        posts = [
            self._post(alert, datetime.fromtimestamp(received, UTC))
            for name, alert, received in known
            if name != OVER
        ]
        if posts:
            self._send(posts, "")

    def _post(self, alert: Alert, begin: datetime) -> dict[str, Any]:
        """Return the alert, which stays for a day from `begin` on."""
        return {
            "labels": labels(alert),
            "annotations": told(alert),
            # It takes none that begins later than it ends.
            "startsAt": min(datetime.fromisoformat(alert["time"]), begin).isoformat(),
            "endsAt": (begin + timedelta(seconds=self.stays)).isoformat(),
        }

    def _send(self, posts: list[dict[str, Any]], name: str) -> Answer:
        answer = self._web.send("POST", f"{self._web.path}/api/v2/alerts", json.dumps(posts))
        return meaning(answer, known_as=name)

    def close(self) -> None:
        self._web.close()


def labels(alert: Alert) -> dict[str, str]:
    """Return what the alert is known by."""
    known = alert["attributes"]
    named = {
        "alertname": alert["event"],
        "severity": alert["severity"],
        "resource": alert["resource"],
        "source": alert["group"],
        "environment": alert["environment"],
        **{name: known.get(name, "") for name in LABELS},
    }
    return {name: labelled(shown(value)) for name, value in named.items() if value}


def told(alert: Alert) -> dict[str, str]:
    """Return what people read."""
    known: dict[str, Any] = dict(alert["attributes"])
    said = {"summary": alert["text"], "description": known.pop("advice", "")}
    rest = {name: value for name, value in known.items() if name not in (*LABELS, "mail_to")}
    said |= {"geowatch_id": alert["id"], "origin": alert["origin"], **rest, "raw": alert["raw"]}
    return {name: plain(value) for name, value in said.items() if value}
