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
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from geowatch.alerts.alert import Alert, decode

WAITING, DELIVERED, REFUSED = STATES = ("waiting", "delivered", "refused")

# A next try further away than this many seconds was set before the clock went back: it is due.
LONGEST_WAIT = 300

SCHEMA = """
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    alert TEXT NOT NULL,
    received REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 1,
    UNIQUE (id, event)
) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
    number INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    resource TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (number, channel, recipient)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS fewest_attempts
    ON delivery (channel, attempts, number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS in_line
    ON delivery (channel, recipient, resource, number) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS known_as (
    channel TEXT NOT NULL,
    resource TEXT NOT NULL,
    event TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL REFERENCES alert ON DELETE CASCADE,
    PRIMARY KEY (channel, resource, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alert_known_as ON known_as (number);
CREATE TABLE IF NOT EXISTS malformed (
    number INTEGER PRIMARY KEY,
    line BLOB NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    received REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE IF NOT EXISTS position (
    queue_file TEXT PRIMARY KEY,
    position TEXT NOT NULL
) STRICT;
"""

# The next delivery: the first in line for its resource and recipient, and due. Those that were
# tried least come first, so an alert that fails again and again does not hold up the rest.
NEXT = """
SELECT number, channel, recipient, attempts, alert
FROM delivery AS this JOIN alert USING (number)
WHERE channel = :channel AND state = 'waiting'
    AND recipient NOT IN (SELECT value FROM json_each(:closed))
    AND next_try NOT BETWEEN :now AND :now + :longest
    AND NOT EXISTS (
        SELECT 1 FROM delivery AS earlier
        WHERE earlier.channel = this.channel AND earlier.recipient = this.recipient
            AND earlier.resource = this.resource AND earlier.state = 'waiting'
            AND earlier.number < this.number
    )
ORDER BY attempts, number
LIMIT 1
"""

# Who gives way first when the outbox is full: what was delivered, then what rings no bell, then the
# oldest.
GIVE_WAY = """
CREATE TEMP TABLE giving_way AS
SELECT number, EXISTS (
    SELECT 1 FROM delivery WHERE delivery.number = alert.number AND state <> 'delivered'
) AS undelivered
FROM alert
ORDER BY undelivered, json_extract(alert, '$.mail'), number
LIMIT ?
"""

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
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
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
        """Return the position stored for `queue_file`."""
        sql = "SELECT position FROM position WHERE queue_file = ?"
        row = self._db.execute(sql, (str(queue_file),)).fetchone()
        return row["position"] if row else None

    def store_position(self, queue_file: Path, position: str) -> None:
        """Remember how far `queue_file` was read."""
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
        self._db.executemany(
            "INSERT INTO delivery (number, channel, recipient, resource) VALUES (?, ?, ?, ?)",
            [(row["number"], *to, alert["resource"]) for to in recipients],
        )
        return True

    def add_malformed(self, line: bytes, reason: str) -> None:
        """Keep a line that is not an alert."""
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
        row = self._db.execute(NEXT, names).fetchone()
        if row is None:
            return None
        alert = cast(Alert, json.loads(row["alert"]))
        return Delivery(row["number"], row["channel"], row["recipient"], row["attempts"], alert)

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
    ) -> None:
        """Note what came of the try, and what the other side calls the alert.

        With `due_now` the delivery itself has nothing to wait for. Call it in a transaction.
        """
        again = ", next_try = 0" if due_now else ""
        self._update(delivery, f"state = ?, error = ?{again}", state, error)
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

    def _update(self, delivery: Delivery, assignments: str, *values: object) -> None:
        where = "number = ? AND channel = ? AND recipient = ?"
        key = delivery.number, delivery.channel, delivery.recipient
        self._db.execute(f"UPDATE delivery SET {assignments} WHERE {where}", (*values, *key))

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
                (SELECT number FROM delivery WHERE state <> 'delivered')
        """
        self._db.execute(sql, (time.time() - days * 86400,))

    def size(self) -> int:
        """Return how many bytes of the file are in use."""
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
            self._db.execute(GIVE_WAY, (math.ceil(count * part),))
            sql = "SELECT coalesce(sum(undelivered), 0) FROM giving_way"
            (undelivered,) = self._db.execute(sql).fetchone()
            self._db.execute("DELETE FROM alert WHERE number IN (SELECT number FROM giving_way)")
            self._db.execute("DROP TABLE giving_way")
        return int(undelivered)

    # Looking

    def retry(self, ids: Iterable[str] | None) -> int:
        """Let refused deliveries of the alerts `ids`, or all, wait again. Returns how many."""
        sql = """
            UPDATE delivery SET state = 'waiting', attempts = 0, next_try = 0
            WHERE state = 'refused'
        """
        if ids is None:
            return self._db.execute(sql).rowcount
        sql += "AND number IN (SELECT number FROM alert WHERE id = ?)"
        return sum(self._db.execute(sql, (identity,)).rowcount for identity in ids)

    def alerts(self, state: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield each alert in order of arrival, with `received`, `seen` and its `deliveries`.

        With `state`, only alerts with such a delivery, and only those deliveries.
        """
        sql = """
            SELECT channel, recipient, state, attempts, next_try, error
            FROM delivery WHERE number = ? ORDER BY channel, recipient
        """
        for row in self._db.execute("SELECT * FROM alert ORDER BY number"):
            rows = self._db.execute(sql, (row["number"],))
            deliveries = [dict(each) for each in rows if state in (None, each["state"])]
            if deliveries or state is None:
                for each in deliveries:
                    each["next_try"] = _utc(each["next_try"]) if each["state"] == WAITING else None
                counted = {"received": _utc(row["received"]), "seen": row["seen"]}
                yield json.loads(row["alert"]) | counted | {"deliveries": deliveries}

    def malformed(self) -> Iterator[dict[str, Any]]:
        """Yield each line that was put aside."""
        for row in self._db.execute("SELECT * FROM malformed ORDER BY number"):
            yield {
                "line": decode(row["line"]),
                "state": REFUSED,
                "error": row["reason"],
                "received": _utc(row["received"]),
                "seen": row["seen"],
            }


def _subject(delivery: Delivery) -> tuple[str, str, str]:
    """Return what an alert and the notes about it have in common."""
    return delivery.channel, delivery.alert["resource"], delivery.alert["event"]


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
