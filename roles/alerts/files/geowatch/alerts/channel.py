# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a channel is: something that takes an alert for one recipient and answers."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable
from urllib.parse import quote

from geowatch.alerts.alert import Alert

LONGEST_REASON = 500  # characters


class Result(Enum):
    """What came of one try."""

    DELIVERED = "delivered"  # the other side said that it has the alert
    REFUSED = "refused"  # it said of this very alert or recipient that it never will: put it aside
    FAILED = "failed"  # it answered that it cannot take this alert: perhaps because of the alert
    UNSURE = "unsure"  # it has the whole alert, and went away before it said so
    LATER = "later"  # this recipient, or this alert, cannot be reached now
    DOWN = "down"  # no alert can get through now


@dataclass(frozen=True)
class Answer:
    """The result of one try, and the reason in one line."""

    result: Result
    reason: str = ""
    known_as: str = ""  # what the other side calls the alert


class Channel(Protocol):
    """One way out. Only one thread uses a channel."""

    secrets: tuple[str, ...]
    """What the other side may say back to us, and nobody may read."""

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Try once. Never raises for what the network does.

        `known_as` is what the other side calls the last alert with this resource and event, if
        it said that.
        """

    def close(self) -> None:
        """Give the connection back; the next try opens a new one."""


@runtime_checkable
class Forgetful(Protocol):
    """A channel that has to be told again and again what is not over."""

    stays: float
    """Seconds after which an alert is over there by itself."""

    def remind(self, known: list[tuple[str, Alert, float]]) -> None:
        """Tell what it is called, the alert, and when we got it (seconds since 1970) of each."""


def blanked(text: str, secrets: Iterable[str]) -> str:
    """Return what somebody said without the secrets, as they are or as they are sent."""
    for secret in filter(None, secrets):
        encoded = base64.b64encode(secret.encode()).decode()
        for form in (secret, quote(secret, safe=""), encoded):
            text = text.replace(form, "***")
    return text[:LONGEST_REASON]
