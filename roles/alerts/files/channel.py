# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a channel is: something that takes an alert for one recipient and answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from alert import Alert


class Result(Enum):
    """What came of one try."""

    DELIVERED = "delivered"  # the other side said that it has the alert
    REFUSED = "refused"  # it will never take this alert: put it aside
    FAILED = "failed"  # it did not take this alert now: perhaps the alert, perhaps the channel
    LATER = "later"  # it asks to come back with this alert
    DOWN = "down"  # no alert can get through now


@dataclass(frozen=True)
class Answer:
    """The result of one try, and the reason in one line that is fit for the journal."""

    result: Result
    reason: str = ""
    known_as: str = ""  # what the other side calls the alert


class Channel(Protocol):
    """One way out. Only one thread uses a channel."""

    name: str

    def deliver(self, alert: Alert, recipient: str, known_as: str = "") -> Answer:
        """Try once. Never raises for what the network does.

        `known_as` is what the other side calls the alert that a note is about, if it is known.
        """

    def close(self) -> None:
        """Give the connection back; the next try opens a new one."""
