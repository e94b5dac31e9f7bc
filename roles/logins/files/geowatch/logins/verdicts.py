# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdicts of logins, as far as they are known: an alert has the id of its login."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from geowatch.alerts.ledger import Ledger
from geowatch.times import clock

VERDICTS = {
    "expected": "ExpectedCountry",
    "unexpected": "UnexpectedCountry",
    "unknown": "UnknownCountry",
    "internal": "InternalAddress",
}
"""As people say it, and how its event ends."""


class Verdicts:
    """What the outbox knows. Where it cannot be used, that is said, and nothing is known."""

    def __init__(self, outbox: Path) -> None:
        self._ledger: Ledger | None = None
        try:
            self._ledger = Ledger(outbox)
        except sqlite3.Error as error:
            print(f"No verdicts: the outbox cannot be used: {error}", file=sys.stderr)

    def of(self, id_: str) -> str:
        """Return the verdict of a login; "" if no alert of it is kept."""
        events = self._ledger.events(id_) if self._ledger else []
        said = (
            name for name, ending in VERDICTS.items() for each in events if each.endswith(ending)
        )
        return next(said, "")

    def ids(self, verdict: str) -> set[bytes]:
        """Return the logins with this verdict, and say how far they are known."""
        if not self._ledger:
            return set()
        since = self._ledger.oldest()
        begin = f"since {clock(since, '%Y-%m-%d %H:%M')}" if since else "of no login"
        print(
            f"Verdicts are kept {begin}, and not of logins whose action is `ignore`.",
            file=sys.stderr,
        )
        return {each.encode() for each in self._ledger.ids(VERDICTS[verdict])}
