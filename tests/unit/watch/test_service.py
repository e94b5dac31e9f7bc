# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is broken rings once, and is cleared; a sender that is broken says so past itself."""

from __future__ import annotations

import json

import pytest
from geowatch.watch.service import EVERY, Watch
from healthy import Healthy


class Shift:
    """A watch whose looks are made at times of the test's own."""

    def __init__(self, line: Healthy) -> None:
        self.line = line
        self.now = 1_000_000.0
        self.watch = Watch(line.host)

    def looks(self, times: int = 1) -> None:
        for _each in range(times):
            self.now += EVERY
            self.watch.look(self.now)

    def said(self) -> list[tuple[str, str, str]]:
        """Return severity, link and whether a mail is due of all that was said."""
        queue = self.line.path("/var/lib/geowatch/watch/alerts")
        rows = (
            [each.split("\t") for each in queue.read_text().splitlines()] if queue.exists() else []
        )
        return [(row[3], row[5].split("@")[0], row[4]) for row in rows]

    def urgent(self) -> list[str]:
        directory = self.line.path("/var/lib/geowatch/watch/urgent")
        return [each.read_text().split("\t")[9] for each in sorted(directory.iterdir())]


@pytest.fixture
def shift(line: Healthy) -> Shift:
    shift = Shift(line)
    shift.looks(3)
    return shift


RANG, OVER = ("critical", "lookup", "mail"), ("cleared", "lookup", "mail")


def test_where_all_works_nothing_is_said(shift: Shift) -> None:
    shift.looks(100)
    assert shift.said() == []


def test_what_is_broken_rings_once_and_is_cleared(shift: Shift, line: Healthy) -> None:
    line.runs("geowatch-geoip")
    shift.looks(3)
    assert shift.said() == []  # it may be a restart
    shift.looks(5)
    assert shift.said() == [RANG]
    line.runs("geowatch-geoip", 33)
    shift.looks(3)
    assert shift.said() == [RANG, OVER]


def test_a_restart_is_nothing(shift: Shift, line: Healthy) -> None:
    line.runs("geowatch-geoip")
    shift.looks(2)
    line.runs("geowatch-geoip", 33)
    shift.looks(10)
    assert shift.said() == []


def test_who_starts_again_and_again_rings(shift: Shift, line: Healthy) -> None:
    for pid in range(100, 105):
        line.runs("geowatch-geoip", pid)
        shift.looks()
    shift.looks(4)
    assert shift.said() == [RANG]
    shift.looks(13)
    assert shift.said() == [RANG, OVER]


def test_who_does_not_move_rings(shift: Shift, line: Healthy) -> None:
    line.looked_up(2)
    shift.looks(5)
    assert shift.said() == []
    shift.looks(6)
    assert shift.said() == [RANG]
    line.looked_up(4)
    shift.looks(2)
    assert shift.said() == [RANG, OVER]


def test_who_is_behind_and_moves_is_only_slow(shift: Shift, line: Healthy) -> None:
    for _each in range(10):
        line.looked_up(0)
        shift.looks(3)
        line.looked_up(2)
        shift.looks(3)
    assert shift.said() == []


def test_what_the_rooms_say_themselves_is_not_said_twice(shift: Shift, line: Healthy) -> None:
    line.sent(2, refused=1)
    line.path("/var/lib/geowatch/database/country.mmdb").unlink()
    shift.looks(20)
    assert shift.said() == []


def test_a_deployment_takes_longer_than_a_restart(shift: Shift, line: Healthy) -> None:
    line.write("/etc/geowatch/sec/50-judge.sec", "new")
    shift.looks(5)
    line.deploy()
    shift.looks(8)
    assert shift.said() == []


def test_a_sender_that_is_broken_says_so_past_itself(shift: Shift, line: Healthy) -> None:
    line.runs("geowatch-alerts")
    shift.looks(6)
    assert shift.said() == []
    (text,) = shift.urgent()
    assert "sender is broken since" in text
    line.runs("geowatch-alerts", 44)
    shift.looks(3)
    assert shift.urgent() == []
    assert shift.said() == [("cleared", "sender", "mail")]


def test_it_knows_after_a_restart_what_it_said(shift: Shift, line: Healthy) -> None:
    line.runs("geowatch-geoip")
    shift.looks(6)
    shift.watch = Watch(line.host)
    shift.looks(3)
    assert shift.said() == [RANG]
    line.runs("geowatch-geoip", 33)
    shift.looks(3)
    assert shift.said() == [RANG, OVER]


def test_what_another_version_wrote_down_is_read(shift: Shift, line: Healthy) -> None:
    file = line.path("/var/lib/geowatch/watch/links.json")
    known = json.loads(file.read_text())
    known["links"]["lookup"] = {"works": False, "rung": True, "other": 1}
    file.write_text(json.dumps(known))
    shift.watch = Watch(line.host)
    shift.looks(2)
    assert shift.said() == [OVER]


def test_a_link_that_is_no_more_is_cleared(shift: Shift, line: Healthy) -> None:
    line.runs("rsyslog")
    shift.looks(6)
    line.path("/etc/systemd/system/syslog.service").unlink()
    shift.looks(2)
    assert shift.said() == [("critical", "syslog", "mail"), ("cleared", "syslog", "mail")]


def test_what_it_says_is_an_alert(shift: Shift, line: Healthy) -> None:
    line.read_logs(8, "closed\t/var/log/a\x07b")
    line.runs("geowatch-geoip")
    shift.looks(6)
    (said,) = line.path("/var/lib/geowatch/watch/alerts").read_bytes().splitlines()
    fields = said.split(b"\t")
    assert fields[2] == b"GeowatchLinkBroken"
    assert fields[7] == b"geowatch"
    assert b"advice=On the log server: systemctl restart geowatch-geoip.service, and" in said
    assert fields[-1] == b"raw="
