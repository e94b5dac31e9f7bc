# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbox: alerts and their deliveries in one SQLite file, beside the position in the queue.

An alert times a recipient is one delivery. The position and the alerts in front of it are stored
in one transaction, so a crash neither loses nor invents an alert.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from zlib import crc32

from geowatch.alerts import schema
from geowatch.alerts.alert import CLOSE, NOTE, Alert
from geowatch.alerts.severities import SEVERITIES
from geowatch.alerts.wanted import FOLLOWS

WAITING, DELIVERED, REFUSED, DROPPED = STATES = ("waiting", "delivered", "refused", "dropped")

# A next try further away than this many seconds was set before the clock went back: it is due.
LONGEST_WAIT = 300

# An alert is told again only if it is one of the last so many.
MOST_KNOWN = 1000

# Lines that are no alerts. There are none, unless a program is broken.
MOST_MALFORMED = 1000


@dataclass(frozen=True)
class Delivery:
    """One alert on its way to one recipient."""

    number: int
    channel: str
    recipient: str
    attempts: int
    alert: Alert
    alike: str = ""
    received: float = 0.0


class Outbox:
    """The outbox in the file `path`. Each thread opens its own."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the outbox. Raises sqlite3.Error, also where the file is missing."""
        mode = "rwc" if create else "rw"
        self._db = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=30
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA foreign_keys = ON")
        if create:
            self._db.execute("PRAGMA journal_mode = WAL")
        # With WAL the default is to sync at checkpoints only: a power cut could lose alerts.
        self._db.execute("PRAGMA synchronous = FULL")
        if create:
            schema.make(self._db)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # SQLite may have done it, on a full disk
                self._db.execute("ROLLBACK")
            raise

    # Taking in

    def position(self, queue_file: Path) -> str | None:
        sql = "SELECT position FROM position WHERE queue_file = ?"
        row = self._db.execute(sql, (str(queue_file),)).fetchone()
        return row["position"] if row else None

    def store_position(self, queue_file: Path, position: str) -> None:
        sql = "INSERT OR REPLACE INTO position VALUES (?, ?)"
        self._db.execute(sql, (str(queue_file), position))

    def add(self, alert: Alert, recipients: Iterable[tuple[str, str]]) -> bool:
        """Store an alert and a delivery for each (channel, recipient).

        The same id and event again is counted and nothing else. Returns whether it is new.
        """
        sql = """
            INSERT INTO alert (id, event, alert, received) VALUES (?, ?, ?, ?)
            ON CONFLICT (id, event) DO UPDATE SET seen = seen + 1 RETURNING number, seen
        """
        key = alert["id"], alert["event"]
        values = (*key, json.dumps(alert), time.time())
        (row,) = self._db.execute(sql, values).fetchall()
        if row["seen"] > 1:
            return False
        rank = SEVERITIES.get(alert["severity"], SEVERITIES["indeterminate"])
        # Short: most of what is stored may be one of many, and never becomes it.
        one_of_many = alert["severity"] not in FOLLOWS
        steering = rank, f"{crc32(_kind(alert).encode()):08x}" if one_of_many else ""
        self._db.executemany(
            "INSERT INTO delivery (number, channel, recipient, resource, rank, alike)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(row["number"], *to, alert["resource"], *steering) for to in recipients],
        )
        return True

    def add_malformed(self, line: bytes, reason: str) -> None:
        sql = """
            INSERT INTO malformed (line, reason, received) VALUES (?, ?, ?)
            ON CONFLICT (line) DO UPDATE SET seen = seen + 1
        """
        self._db.execute(sql, (line, reason, time.time()))

    # Delivering

    def next(self, channel: str, closed: Collection[str] = ()) -> Delivery | None:
        """Return the delivery that is to be tried now, to none of the `closed` recipients."""
        names = {
            "channel": channel,
            "now": time.time(),
            "longest": LONGEST_WAIT,
            "closed": json.dumps(list(closed)),
        }
        row = self._db.execute(schema.NEXT, names).fetchone()
        return _delivery(row) if row else None

    def alike(self, delivery: Delivery, most: int, *, all_kinds: bool) -> list[Delivery]:
        """Return what waits for the same recipient and is alike, or all that could be, with it."""
        sql = """
            SELECT number, channel, recipient, attempts, alike, received, alert
            FROM delivery JOIN alert USING (number)
            WHERE channel = ? AND recipient = ? AND state = 'waiting'
                AND CASE WHEN ? THEN alike <> '' ELSE alike = ? END
            ORDER BY number LIMIT ?
        """
        values = delivery.channel, delivery.recipient, all_kinds, delivery.alike, most
        return [_delivery(row) for row in self._db.execute(sql, values)]

    def sent(self, delivery: Delivery, seconds: float, *, all_kinds: bool) -> int:
        """Return how many messages its recipient got in this time, alike or of all kinds."""
        sql = """
            SELECT count(*) FROM delivery WHERE channel = ? AND recipient = ? AND done > 0
                AND done BETWEEN ? AND ? AND (? OR alike = ?)
        """
        now = time.time()
        who = delivery.channel, delivery.recipient
        values = *who, now - seconds, now, all_kinds, delivery.alike
        (count,) = self._db.execute(sql, values).fetchone()
        return int(count)

    def put_off(self, delivery: Delivery, seconds: float) -> None:
        """Let it wait for so long, without counting a try."""
        self._update(delivery, "next_try = ?", time.time() + min(seconds, LONGEST_WAIT))

    def begin(self, delivery: Delivery, wait: float) -> None:
        """Count the try before it is made; the next one is due in `wait` seconds.

        Where the disk is full this fails and nothing is sent, instead of the same mail each time.
        """
        self._update(delivery, "attempts = attempts + 1, next_try = ?", time.time() + wait)

    def end(
        self,
        delivery: Delivery,
        state: str,
        error: str,
        known_as: str = "",
        *,
        due_now: bool = False,
        with_others: bool = False,
    ) -> None:
        """Note what came of the try, and what the other side calls the alert.

        With `due_now` the delivery itself has nothing to wait for; one that went out in the message
        of another counts for none. Call it in a transaction.
        """
        again = ", next_try = 0" if due_now else ""
        done = time.time() if state == DELIVERED and not with_others else 0
        self._update(delivery, f"state = ?, error = ?, done = ?{again}", state, error, done)
        if state in (WAITING, REFUSED) and error:
            sql = "INSERT OR REPLACE INTO last_error VALUES (?, ?, ?, ?)"
            self._db.execute(sql, (delivery.channel, delivery.recipient, error, time.time()))
        if state == REFUSED and delivery.alert["severity"] not in (NOTE, CLOSE):
            # A note about this one must not land on the one before.
            sql = "DELETE FROM known_as WHERE channel = ? AND resource = ? AND event = ?"
            self._db.execute(sql, _subject(delivery))
        if known_as:
            # The alert may have given way meanwhile.
            sql = """
                INSERT OR REPLACE INTO known_as
                SELECT ?, ?, ?, ?, number FROM alert WHERE number = ?
            """
            self._db.execute(sql, (*_subject(delivery), known_as, delivery.number))

    def known_as(self, delivery: Delivery) -> str:
        """Return what the other side calls the last alert of this resource and event, or ""."""
        sql = "SELECT name FROM known_as WHERE channel = ? AND resource = ? AND event = ?"
        row = self._db.execute(sql, _subject(delivery)).fetchone()
        return row["name"] if row else ""

    def known(self, channel: str, seconds: float) -> list[tuple[str, Alert, float]]:
        """Return what a channel calls its alerts of this time, these, and when they came."""
        sql = """
            SELECT name, alert, received FROM known_as JOIN alert USING (number)
            WHERE channel = ? AND received > ? ORDER BY number DESC LIMIT ?
        """
        values = channel, time.time() - seconds, MOST_KNOWN
        return [
            (row["name"], cast(Alert, json.loads(row["alert"])), row["received"])
            for row in self._db.execute(sql, values)
        ]

    def _update(self, delivery: Delivery, assignments: str, *values: object) -> None:
        where = "number = ? AND channel = ? AND recipient = ?"
        key = delivery.number, delivery.channel, delivery.recipient
        self._db.execute(f"UPDATE delivery SET {assignments} WHERE {where}", (*values, *key))

    def became_of(self, identifier: str, event: str) -> dict[str, str] | None:
        """Return why each channel does not have an alert, "" for one that has; None: no alert."""
        sql = "SELECT number FROM alert WHERE id = ? AND event = ?"
        row = self._db.execute(sql, (identifier, event)).fetchone()
        if row is None:
            return None
        sql = "SELECT channel, state, error FROM delivery WHERE number = ? ORDER BY channel"
        return {
            each["channel"]: "" if each["state"] == DELIVERED else each["error"] or "not tried yet"
            for each in self._db.execute(sql, (row["number"],))
        }

    def refused(self, channel: str, recipient: str) -> int:
        """Return how many deliveries to a recipient were put aside."""
        sql = """
            SELECT count(*) FROM delivery
            WHERE channel = ? AND recipient = ? AND state = 'refused'
        """
        (count,) = self._db.execute(sql, (channel, recipient)).fetchone()
        return int(count)

    def by_kind(self, channel: str, seconds: float) -> dict[str, list[Alert]]:
        """Return the alerts that ring, for a channel, and came in this time."""
        sql = """
            SELECT alert FROM alert JOIN delivery USING (number)
            WHERE received > ? AND channel = ? AND alike <> '' AND json_extract(alert, '$.mail')
            ORDER BY number
        """
        kinds: dict[str, list[Alert]] = {}
        for row in self._db.execute(sql, (time.time() - seconds, channel)):
            alert = cast(Alert, json.loads(row["alert"]))
            kinds.setdefault(_kind(alert), []).append(alert)
        return kinds

    def last_of_each_resource(self, event: str) -> list[Alert]:
        """Return the last alert of this event about each resource."""
        rows = self._db.execute("SELECT alert FROM alert WHERE event = ? ORDER BY number", (event,))
        alerts = [cast(Alert, json.loads(row["alert"])) for row in rows]
        return list({alert["resource"]: alert for alert in alerts}.values())

    def refuse_others(
        self,
        recipients: Collection[tuple[str, str]],
        due: Callable[[Alert], Iterable[tuple[str, str]]],
    ) -> int:
        """Put aside what waits for a recipient that neither the configuration nor the alert names.

        `due` gives the (channel, recipient) pairs of an alert. Returns how many deliveries these
        were.
        """
        sql = "SELECT DISTINCT channel, recipient FROM delivery WHERE state = 'waiting'"
        waiting = {(row["channel"], row["recipient"]) for row in self._db.execute(sql).fetchall()}
        sql = """
            SELECT number, alert FROM delivery JOIN alert USING (number)
            WHERE state = 'waiting' AND channel = ? AND recipient = ?
        """
        others = [
            (row["number"], *other)
            for other in waiting.difference(recipients)
            for row in self._db.execute(sql, other).fetchall()
            if other not in due(cast(Alert, json.loads(row["alert"])))
        ]
        sql = """
            UPDATE delivery SET state = 'refused', error = 'no longer configured'
            WHERE number = ? AND channel = ? AND recipient = ?
        """
        self._db.executemany(sql, others)
        return len(others)

    def prune(self, days: float) -> None:
        """Delete alerts older than `days` of which nothing waits and nothing was refused."""
        sql = """
            DELETE FROM alert WHERE received < ? AND number NOT IN
                (SELECT number FROM delivery WHERE state IN ('waiting', 'refused'))
        """
        self._db.execute(sql, (time.time() - days * 86400,))

    def size(self) -> int:
        pages, free, bytes_each = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * bytes_each)

    def make_room(self, part: float) -> int:
        """Delete about this part of what is here. Returns how many alerts were not delivered."""
        with self.transaction():
            sql = "DELETE FROM malformed WHERE number <= (SELECT max(number) FROM malformed) - ?"
            self._db.execute(sql, (MOST_MALFORMED,))
            (count,) = self._db.execute("SELECT count(*) FROM alert").fetchone()
            self._db.execute(schema.GIVE_WAY, (math.ceil(count * part),))
            sql = "SELECT coalesce(sum(undelivered), 0) FROM giving_way"
            (undelivered,) = self._db.execute(sql).fetchone()
            self._db.execute("DELETE FROM alert WHERE number IN (SELECT number FROM giving_way)")
            self._db.execute("DROP TABLE giving_way")
        return int(undelivered)


def _kind(alert: Alert) -> str:
    """Return what alerts that are alike have in common."""
    return f"{alert['event']} {alert['value']}"


def _delivery(row: sqlite3.Row) -> Delivery:
    alert = cast(Alert, json.loads(row["alert"]))
    where = row["number"], row["channel"], row["recipient"]
    return Delivery(*where, row["attempts"], alert, row["alike"], row["received"])


def _subject(delivery: Delivery) -> tuple[str, str, str]:
    """Return what an alert and the notes about it have in common."""
    return delivery.channel, delivery.alert["resource"], delivery.alert["event"]
