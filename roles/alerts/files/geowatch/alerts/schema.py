# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the outbox. An outbox of an earlier time gets what it has not."""

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
CREATE INDEX IF NOT EXISTS next_in_line
    ON delivery (channel, attempts, rank, number) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS sent ON delivery (channel, recipient, done) WHERE done > 0;
CREATE INDEX IF NOT EXISTS put_aside ON delivery (channel, recipient) WHERE state = 'refused';
"""


def make(database: sqlite3.Connection) -> None:
    """Make what is missing."""
    database.executescript(SCHEMA)
    there = {row["name"] for row in database.execute("PRAGMA table_info(delivery)")}
    for name, kind in ADDED.items():
        if name not in there:
            database.execute(f"ALTER TABLE delivery ADD COLUMN {name} {kind}")
    database.executescript(INDEXES)
