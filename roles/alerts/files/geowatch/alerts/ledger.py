# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outbox as people see it: what is there, what became of it, and what is to become of it."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from geowatch.alerts.alert import CLOSE, NOTE, decode
from geowatch.alerts.outbox import DROPPED, REFUSED, WAITING, Outbox

RECENTLY = 600.0
"""Seconds in which the slowest delivery is looked for."""

BEGINNING = re.compile(r"[0-9A-Za-z-]{6,64}")


class Ledger(Outbox):
    """The outbox in a file that is there already."""

    def alerts(
        self, state: str | None = None, since: float = 0.0, id_: str = "*"
    ) -> Iterator[dict[str, Any]]:
        """Yield each alert in order of arrival, with `received`, `seen` and its `deliveries`.

        With `state`, only alerts with such a delivery, and only those deliveries. `done` is when
        one was made, or None, also where it went out in the message of another.
        """
        sql = """
            SELECT channel, recipient, state, attempts, next_try, error, done
            FROM delivery WHERE number = ? ORDER BY channel, recipient
        """
        all_of_them = "SELECT * FROM alert WHERE received >= ? AND id GLOB ? ORDER BY number"
        for row in self._db.execute(all_of_them, (since, id_)):
            rows = self._db.execute(sql, (row["number"],))
            deliveries = [dict(each) for each in rows if state in (None, each["state"])]
            if deliveries or state is None:
                for each in deliveries:
                    each["done"] = _utc(each["done"]) if each["done"] else None
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

    def ways(self) -> Iterator[dict[str, Any]]:
        """Yield of each channel and recipient the last delivery, what waits, and the last error."""
        sql = """
            SELECT channel, recipient, max(done) AS done, sum(state = 'waiting') AS waiting,
                sum(state = 'refused') AS refused,
                min(CASE WHEN state = 'waiting' THEN received END) AS since,
                coalesce(last_error.error, '') AS error, last_error.at AS failed
            FROM delivery JOIN alert USING (number)
                LEFT JOIN last_error USING (channel, recipient)
            GROUP BY channel, recipient
        """
        yield from map(dict, self._db.execute(sql))

    def way(self, channel: str, recipient: str, per_hour: int | None) -> dict[str, Any]:
        """Return how it goes on one way, without a look at all that was ever delivered."""
        sql = """
            SELECT waiting, received AS since FROM (
                SELECT count(*) AS waiting, min(number) AS number FROM delivery
                WHERE channel = :channel AND recipient = :recipient AND state = 'waiting'
            ) LEFT JOIN alert USING (number)
        """
        now = time.time()
        names: dict[str, Any] = {"channel": channel, "recipient": recipient}
        names |= {"hour": now - 3600, "recently": now - RECENTLY}
        waits = self._db.execute(sql, names).fetchone()
        sql = """
            SELECT coalesce(max(done), 0), coalesce(sum(done > :hour), 0) FROM delivery
            WHERE channel = :channel AND recipient = :recipient AND done > 0
        """
        done, sent = self._db.execute(sql, names).fetchone()
        sql = """
            SELECT coalesce(max(done - received), 0) FROM delivery JOIN alert USING (number)
            WHERE channel = :channel AND recipient = :recipient AND done > :recently
        """
        (slowest,) = self._db.execute(sql, names).fetchone()
        sql = "SELECT error, at FROM last_error WHERE channel = :channel AND recipient = :recipient"
        error = self._db.execute(sql, names).fetchone()
        left = None if per_hour is None else max(0, per_hour - sent)
        found = {"channel": channel, "recipient": recipient, "done": done, "left": left}
        found["slowest"] = slowest
        found["error"] = error["error"] if error and error["at"] > done else ""
        return found | dict(waits) | {"refused": self.refused(channel, recipient)}

    def numbers(self, beginnings: Iterable[str]) -> list[int]:
        """Return the alerts whose ids begin like one of these."""
        found: list[int] = []
        for each in filter(BEGINNING.fullmatch, beginnings):
            rows = self._db.execute("SELECT number FROM alert WHERE id GLOB ?", (f"{each}*",))
            found += [row["number"] for row in rows]
        return found

    def events(self, id_: str) -> list[str]:
        """Return what the alerts with this id are about."""
        sql = "SELECT event FROM alert WHERE id = ?"
        return [row["event"] for row in self._db.execute(sql, (id_,))]

    def ids(self, ending: str) -> Iterator[str]:
        """Yield the ids of all alerts whose event ends so."""
        sql = "SELECT id FROM alert WHERE event GLOB ?"
        yield from (row["id"] for row in self._db.execute(sql, (f"*{ending}",)))

    def oldest(self) -> float | None:
        """Return when the oldest alert came that is kept."""
        (received,) = self._db.execute("SELECT min(received) FROM alert").fetchone()
        return None if received is None else float(received)

    def retry(self, numbers: Iterable[int] | None) -> int:
        """Let refused deliveries of these alerts, or of all, wait again. Returns how many."""
        return self._change("waiting", "", ("refused",), numbers)

    def drop(self, numbers: Iterable[int] | None, why: str) -> int:
        """Give up what waits or was refused of these alerts, or all that was refused."""
        states = ("refused",) if numbers is None else ("refused", "waiting")
        return self._change(DROPPED, why, states, numbers)

    def _change(
        self, state: str, why: str, states: tuple[str, ...], numbers: Iterable[int] | None
    ) -> int:
        sql = """
            UPDATE delivery SET state = ?, error = ?, attempts = 0, next_try = 0
            WHERE state IN (SELECT value FROM json_each(?))
        """
        values = state, why, json.dumps(states)
        if numbers is None:
            return self._db.execute(sql, values).rowcount
        sql += "AND number = ?"
        with self.transaction():
            return sum(self._db.execute(sql, (*values, each)).rowcount for each in numbers)

    def forget(self, is_meant: Callable[[str], bool]) -> tuple[int, int]:
        """Delete the alerts about a user, and what was said of them later.

        Returns how many, and how many are there still because they are to be delivered.
        """
        sql = "SELECT number, id, json_extract(alert, '$.resource') AS resource, "
        sql += "coalesce(json_extract(alert, '$.attributes.user'), '') AS user FROM alert"
        of = {row["resource"] for row in self._db.execute(sql) if is_meant(row["user"])}
        numbers = [row["number"] for row in self._db.execute(sql) if row["resource"] in of]
        self._db.execute("PRAGMA secure_delete = ON")
        with self.transaction():
            sql = (
                "DELETE FROM alert WHERE number = ? AND number NOT IN (SELECT number FROM delivery"
            )
            sql += " WHERE number = ? AND state IN ('waiting', 'refused'))"
            gone = sum(self._db.execute(sql, (each, each)).rowcount for each in numbers)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone, len(numbers) - gone

    def close_alerts(self, numbers: Iterable[int], why: str, ways: list[tuple[str, str]]) -> int:
        """Let these alerts be closed where that can be. Returns how many."""
        count = 0
        with self.transaction():
            for number in numbers:
                sql = "SELECT alert FROM alert WHERE number = ?"
                alert = json.loads(self._db.execute(sql, (number,)).fetchone()["alert"])
                if alert["severity"] not in (NOTE, CLOSE):
                    closing = {"severity": CLOSE, "text": why, "id": uuid.uuid4().hex}
                    count += self.add(alert | closing, ways)
        return count


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
