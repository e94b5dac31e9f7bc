# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""No room: it is said, nothing is torn, and all goes on by itself when there is room again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eventually import eventually
from scenario import assert_all_run, in_journal, log_in, log_server, logging_in, moment

STATE = "/var/lib/geowatch"

FIELDS = {"sec/connections": 9, "geoip/located": 16, "sec/alerts": 11}
"""How many fields a whole line has at least."""

COMPLAINTS = {
    "sec": "Cannot write to the queue file .*No space left on device",
    "geoip": "No space left on device",
    "alerts": "database or disk is full",
}


@contextmanager
def small_disk(path: str, *units: str, size: str = "24m") -> Iterator[None]:
    """Put the directory on a small file system of its own for the time of the block."""
    those = " ".join(units)
    log_server.check_output(
        f"systemctl stop {those} && mv {path} {path}.kept && mkdir {path}"
        f" && mount -t tmpfs -o size={size},mode=0755 tmpfs {path}"
        f" && cp -a {path}.kept/. {path} && systemctl start {those}"
    )
    try:
        yield
    finally:
        log_server.check_output(
            f"systemctl stop {those} && cp -a {path}/. {path}.kept && umount {path}"
            f" && rmdir {path} && mv {path}.kept {path} && systemctl start {those}"
        )
    assert_all_run()


@contextmanager
def full(path: str) -> Iterator[None]:
    """Leave no room on the file system for the time of the block."""
    log_server.run("cat /dev/zero >%s/ballast", path)
    try:
        yield
    finally:
        log_server.check_output("rm %s/ballast", path)


@pytest.mark.parametrize("room", COMPLAINTS)
def test_the_disk_of_a_room_is_full(room: str) -> None:
    unit, path = f"geowatch-{room}", f"{STATE}/{room}"
    with small_disk(path, unit):
        before = log_in(f"before the disk of {room} is full", 10)
        before.arrive()
        since = moment()
        with full(path), logging_in(f"disk of {room} is full", 600, seconds=4) as logins:
            assert eventually(lambda: in_journal(unit, COMPLAINTS[room], since))
        logins.arrive()
        assert len(logins.logged) == 600
        complaints = log_server.check_output(
            "journalctl --unit=%s --since=@%s --grep=%s --output=cat", unit, since, COMPLAINTS[room]
        )
        assert len(complaints.splitlines()) < 10  # said, and not every second again
        assert_nothing_is_torn()


def assert_nothing_is_torn() -> None:
    """Every line of a queue file is whole, and so is the outbox."""
    for path, fields in FIELDS.items():
        torn = log_server.check_output("awk -F'\\t' 'NF < %s' %s", fields, f"{STATE}/{path}")
        assert torn == "", path
    check = (
        "import sqlite3; print(*sqlite3.connect(%r).execute('PRAGMA integrity_check').fetchone())"
    )
    outbox = f"{STATE}/alerts/outbox.sqlite"
    assert log_server.check_output("python3 -c %s", check % outbox) == "ok"


def test_the_disk_of_the_logs_is_full() -> None:
    with small_disk("/var/log/remote", "rsyslog", size="8m"):
        before = log_in("before the disk of the logs is full", 10)
        before.arrive()
        with full("/var/log/remote"):
            # More than one page, so that some have no room.
            logins = log_in("disk of the logs is full", 600)
        logins.arrive()
        assert len(logins.logged) == 600
