# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""No room: it is said, nothing is torn, and all goes on by itself when there is room again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from eventually import eventually
from scenario import (
    UNITS,
    ask_alerta,
    assert_all_run,
    in_journal,
    log_in,
    log_server,
    logging_in,
    moment,
)

STATE = "/var/lib/geowatch"

FIELDS = {"sec/connections": 9, "geoip/located": 16, "sec/alerts": 11}
"""How many fields a whole line has at least."""

COMPLAINTS = {
    "sec": "Cannot write to the queue file .*No space left on device",
    "geoip": "No space left on device",
    "alerts": "database or disk is full",
}


# A directory is moved to a small file system while nobody is at work, and all lines were read. The
# files are other ones there, so what would be read again from the start is put away before.
CLEAN = f"""
cd {STATE}
rm -f sec/connections* sec/alerts* geoip/connections.offset
for file in geoip/located geoip/located.[0-9] geoip/located.[0-9][0-9]; do
    if [ -e $file ]; then gzip <$file >geoip/located.kept-$(date +%s%N).gz; rm $file; fi
done
"""
ALL = " ".join([*UNITS, "rsyslog"])


@contextmanager
def small_disk(path: str, size: str, first: str, last: str = "true") -> Iterator[None]:
    """Put the directory on a small file system of its own, fill it first, and put it back."""
    log_server.check_output(
        f"set -e; systemctl stop {ALL}; {CLEAN}"
        f"mv {path} {path}.kept; mkdir {path}; mount -t tmpfs -o size={size} tmpfs {path}"
        f"; {first}; systemctl start {ALL}"
    )
    try:
        yield
    finally:
        log_server.check_output(
            f"set -e; systemctl stop {ALL}; {CLEAN}"
            f"{last}; cp -a {path}/. {path}.kept"
            f"; umount {path}; rmdir {path}; mv {path}.kept {path}; systemctl start {ALL}"
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
    first = f"cp -a {path}.kept/. {path}; chmod --reference={path}.kept {path}"
    # What is put back must not be mixed with what was before: SQLite would add a log (-wal) of then
    # to an outbox of now.
    with small_disk(path, "24m", first, f"find {path}.kept -mindepth 1 -delete"):
        before = log_in(f"before the disk of {room} is full", 10)
        before.arrive()
        since = moment()
        with full(path), logging_in(f"disk of {room} is full", 120, seconds=4) as logins:
            assert eventually(lambda: in_journal(unit, COMPLAINTS[room], since))
        logins.arrive()
        assert len(logins.logged) == 120
        complaints = log_server.check_output(
            "journalctl --unit=%s --since=@%s --grep=%s --output=cat",
            unit,
            since,
            COMPLAINTS[room],
        )
        assert len(complaints.splitlines()) < 10  # said, and not every second again
        assert_nothing_is_torn()


def assert_nothing_is_torn() -> None:
    """Every line of a queue file is whole, and so is the outbox."""
    for path, fields in FIELDS.items():
        torn = log_server.check_output(f"awk -F'\\t' 'NF < {fields}' {STATE}/{path}")
        assert torn == "", path
    check = (
        "import sqlite3; print(*sqlite3.connect(%r).execute('PRAGMA integrity_check').fetchone())"
    )
    outbox = f"{STATE}/alerts/outbox.sqlite"
    assert log_server.check_output("python3 -c %s", check % outbox) == "ok"


def test_the_disk_of_the_logs_is_full() -> None:
    """rsyslog loses what has no room, and tears the last line. It rings, and then all goes on."""
    with small_disk("/var/log/remote", "8m", "chgrp adm /var/log/remote"):
        before = log_in("before the disk of the logs is full", 10, server="full")
        before.arrive()
        since = moment()
        with full("/var/log/remote"):
            log_in("disk of the logs is full", 40, server="full").torn = True
            assert eventually(partial(in_journal, "rsyslog", "No space left on device", since))
            (alert,) = eventually(lambda: ask_alerta("disk:/var/log/remote@"))
            assert (alert["event"], alert["severity"]) == ("GeowatchDiskFull", "critical")
        after = log_in("after the disk of the logs was full", 20, server="full")
        after.arrive()
        assert len(after.logged) == 20
        assert eventually(lambda: ask_alerta("disk:/var/log/remote@")[0]["severity"] == "cleared")
