# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the outbox, and the longer questions to it.

An outbox of an earlier time gets what it lacks.
"""

from __future__ import annotations

import sqlite3

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
    rank INTEGER NOT NULL DEFAULT 5,
    alike TEXT NOT NULL DEFAULT '',
    done REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (number, channel, recipient)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE IF NOT EXISTS last_error (
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    error TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (channel, recipient)
) STRICT, WITHOUT ROWID;
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

# What tables of an earlier time lack: how loud the alert is (0 is loudest), what it has in common
# with others of its kind, and when a message about it was delivered.
ADDED = {
    "rank": "INTEGER NOT NULL DEFAULT 5",
    "alike": "TEXT NOT NULL DEFAULT ''",
    "done": "REAL NOT NULL DEFAULT 0",
}

INDEXES = """
DROP INDEX IF EXISTS fewest_attempts;
CREATE INDEX IF NOT EXISTS received ON alert (received);
CREATE INDEX IF NOT EXISTS next_in_line
    ON delivery (channel, attempts, rank, number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS sent ON delivery (channel, recipient, done) WHERE done > 0;
CREATE INDEX IF NOT EXISTS put_aside ON delivery (channel, recipient) WHERE state = 'refused';
"""


# The next delivery: the first in line for its resource and recipient, and due. Those that were
# tried least come first, so an alert that fails again and again does not hold up the rest. Of those
# the loudest: a channel that is down is asked whether it takes what matters most.
NEXT = """
SELECT number, channel, recipient, attempts, alike, received, alert
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
ORDER BY attempts, rank, number
LIMIT 1
"""

# Who gives way first when the outbox is full: what was delivered, then what rings no bell, then the
# oldest.
GIVE_WAY = """
CREATE TEMP TABLE giving_way AS
SELECT number, EXISTS (
    SELECT 1 FROM delivery WHERE delivery.number = alert.number AND state IN ('waiting', 'refused')
) AS undelivered
FROM alert
ORDER BY undelivered, json_extract(alert, '$.mail'), number
LIMIT ?
"""


def make(database: sqlite3.Connection) -> None:
    """Make what is missing."""
    database.executescript(SCHEMA)
    there = {row["name"] for row in database.execute("PRAGMA table_info(delivery)")}
    for name, kind in ADDED.items():
        if name not in there:
            database.execute(f"ALTER TABLE delivery ADD COLUMN {name} {kind}")
    database.executescript(INDEXES)
