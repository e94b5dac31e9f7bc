# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which alerts a channel gets. Each condition that is there has to hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from geowatch.alerts.alert import CANARY, CLOSE, NOTE, Alert
from geowatch.alerts.settings import BadConfiguration
from geowatch.alerts.severities import SEVERITIES

CLEARED = "cleared"

# What becomes of an alert. It has the resource and the event of that, and not who and where.
FOLLOWS = frozenset({NOTE, CLOSE, CLEARED})


@dataclass(frozen=True)
class Wanted:
    """`*` in a name stands for any text, and `?` for one character. Case makes no difference."""

    events: list[str] = field(default_factory=list)  # with the source's title in front, or without
    min_severity: str = ""
    users: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)  # their titles

    def __post_init__(self) -> None:
        if self.min_severity and self.min_severity not in SEVERITIES:
            raise BadConfiguration("min_severity is no severity")

    @property
    def is_all(self) -> bool:
        """Whether there is no condition."""
        return self == Wanted()

    def takes(self, alert: Alert, *, rings: bool) -> bool:
        """Return whether an alert is wanted.

        What does not ring is told what became of an alert, too; see Postman for those that it never
        had. What rings gets what is for people, unless it says itself how loud that is.
        """
        if alert["severity"] in FOLLOWS and not rings:
            return True
        if rings and (alert["severity"] in (NOTE, CLOSE) or alert["event"] == CANARY):
            return False
        if rings and not alert["mail"] and (alert["severity"] == CLEARED or not self.min_severity):
            return False
        known, group = alert["attributes"], alert["group"]
        event = alert["event"]
        return (
            self._is_loud(alert["severity"])
            and (_has(self.events, event) or _has(self.events, event.removeprefix(group)))
            and _has(self.users, known.get("user", ""))
            and _has(self.servers, known.get("server", ""))
            and _has(self.sources, group)
        )

    def _is_loud(self, severity: str) -> bool:
        if not self.min_severity or severity == CLEARED:
            return True
        return SEVERITIES.get(severity, 99) <= SEVERITIES[self.min_severity]


def _has(patterns: Iterable[str], name: str) -> bool:
    """Return whether one of the patterns is for this name, or there is none."""
    patterns = list(patterns)
    return not patterns or any(_pattern(each).fullmatch(name) for each in patterns)


def _pattern(text: str) -> re.Pattern[str]:
    any_text = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(any_text, re.IGNORECASE | re.DOTALL)
