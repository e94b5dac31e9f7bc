# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last moment of a travel pass, as people write it and as rules compare it.

A ``ValueError`` here is a sentence for the person who wrote it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import NamedTuple

_WRITTEN = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
_EXAMPLES = "Write a day, 2026-12-31, or a time with its zone, 2026-12-31T18:00:00+02:00"


class LastMoment(NamedTuple):
    """The last moment at which a login is still meant."""

    rfc_3339: str  # UTC, with milliseconds: sorts as text like the times of logins
    text: str  # to go on after "until"


def parse(value: object) -> LastMoment:
    """Return the moment that a day or a time with a zone means, as text or as YAML's own type.

    A day lasts until its end in UTC: the log server's zone may be another one tomorrow.

    Raises:
        ValueError: If the value is something else.
    """
    moment = _moment(value)
    if not isinstance(moment, datetime):
        end = datetime.combine(moment, time(23, 59, 59, 999000), UTC)
        return LastMoment(_rfc_3339(end), f"the end of {moment.isoformat()} UTC")
    if moment.tzinfo is None:
        written = moment.isoformat()
        raise ValueError(f"{written} has no time zone. Write it as {written}Z, if it is UTC")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(f"{str(value)!r} is not a time. {_EXAMPLES}") from exc
    text = moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    return LastMoment(_rfc_3339(moment), f"{text} UTC")


def _moment(value: object) -> date:
    """Return a ``datetime`` for a time, and only a ``date`` for a day."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _WRITTEN.fullmatch(value):
        raise ValueError(f"{value!r} is not a day or a time. {_EXAMPLES}")
    try:
        if len(value) == len("2026-12-31"):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value)
    except ValueError as exc:
        raise ValueError(f"{value!r} is not in the calendar. {_EXAMPLES}") from exc


def _rfc_3339(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
