# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""When each user came in last, and who of a list never did."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta

import pytest
from trail_host import Host, login

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", NOW.timestamp)


def at(days: float) -> bytes:
    """Return the time that was so many days ago."""
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z").encode()


@pytest.fixture
def people(host: Host) -> Host:
    host.write(
        login(1, user=b"anna", time=at(80), country=b"BR"),
        login(2, user=b"bob", time=at(40), server=b"vpn2"),
        to="geoip/located.2.gz",
    )
    # A line may come late, and a name be written in another way.
    host.write(
        login(3, user=b"Anna", time=at(1.5)),
        login(4, user=b"ANNA", time=at(3), country=b"BR"),
        login(5, user=b"bob", time=at(45)),
    )
    return host


def test_each_user_once_those_of_long_ago_first(people: Host) -> None:
    said = people.ask("last_seen")
    assert said.out.splitlines() == [
        "LAST LOGIN           DAYS AGO  USER  SERVER  FROM        ADDRESS",
        "2026-05-21 15:00:00  40        bob   vpn2    FI Finland  198.51.100.7",
        "2026-06-29 03:00:00  1         Anna  vpn1    FI Finland  198.51.100.7",
    ]
    assert said.error == "Logins are kept since 2026-04-11 15:00.\n"


def test_those_that_were_not_here_for_long(people: Host) -> None:
    assert people.ask("last_seen", "--older-than", "30d").words(3) == ["bob"]
    assert people.ask("last_seen", "--older-than", "41d").rows() == []


def test_those_of_a_list_who_never_came(people: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("# accounts\nanna\n\nCarol\nb\xf6b\n"))
    said = people.ask("last_seen", "--users", "-", "--older-than", "1d", "--json")
    assert [(each["user"], each["time"][:10]) for each in said.json()] == [
        ("Carol", ""),
        ("b\xf6b", ""),
        ("Anna", "2026-06-29"),
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("carol\n"))
    assert people.ask("last_seen", "--users", "-").out.split()[-2:] == ["never", "carol"]
