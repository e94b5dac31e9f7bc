# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what a replay found, what it did not understand, and which logs gave nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MOST_EXAMPLES = 5
LONGEST_EXAMPLE = 200
SEVERITIES = ["critical", "warning", "informational"]


@dataclass(frozen=True)
class Input:
    """What became of the lines of a log."""

    path: str
    lines: int
    signs: int
    """How many hold a text that a line of interest has to hold."""
    timeless: int
    connected: int
    not_understood: int

    def why_nothing(self) -> str | None:
        """Say why no login is in it, if none is."""
        if self.connected:
            return None
        if not self.lines:
            return "it has no line"
        if not self.signs:
            return f"no sign of one in {_count(self.lines, 'line')}"
        if self.not_understood:
            return (
                f"of {_count(self.signs, 'line')} with a sign of a login "
                f"{self.not_understood} could not be understood, and no other is a login"
            )
        return (
            f"{_count(self.signs, 'line')} may be about logins, but none says that a client came in"
        )


def summary(
    inputs: Sequence[Input],
    sessions: Sequence[dict[str, Any]],
    alerts: Sequence[dict[str, Any]],
    not_understood: Sequence[dict[str, Any]],
) -> list[str]:
    users = {session["user"] for session in sessions}
    lines = [
        f"{_count(len(sessions), 'session')} of {_count(len(users), 'user')}, "
        f"in {_count(len(inputs), 'log')} of {_count(sum(log.lines for log in inputs), 'line')}"
    ]
    if sessions:
        countries = Counter(session["country"] or "unknown" for session in sessions)
        lines.append(f"From: {_counts(countries.most_common())}")
    raised = Counter((alert["severity"], alert["event"]) for alert in alerts)
    loudest = sorted(raised.items(), key=lambda each: (_loudness(each[0][0]), each[0][1]))
    lines += [f"Alerts: {count} {event} ({severity})" for (severity, event), count in loudest]
    if not alerts:
        lines.append("Alerts: none")
    lines += [f"No login in {log.path}: {why}" for log in inputs if (why := log.why_nothing())]
    lines += [
        f"No time in {log.timeless} of {_count(log.signs, 'line')} of {log.path}: "
        "they have the time of the line before"
        for log in inputs
        if log.timeless
    ]
    return lines + list(_not_understood(not_understood))


def _not_understood(found: Sequence[dict[str, Any]]) -> Iterable[str]:
    if not found:
        return
    yield (
        f"Not understood: {_count(len(found), 'line')} that may be a login. "
        "All are in not_understood.jsonl"
    )
    for why, count in Counter(each["why"] for each in found).most_common():
        yield f"  {count}: {why}"
        for each in [each for each in found if each["why"] == why][:MOST_EXAMPLES]:
            line = each["line"]
            shown = line if len(line) <= LONGEST_EXAMPLE else line[:LONGEST_EXAMPLE] + "..."
            yield f"    {each['log']}:{each['number']}: {_printable(shown)}"


def _loudness(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _counts(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted)


def _printable(text: str) -> str:
    """Return the text without what could steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)
