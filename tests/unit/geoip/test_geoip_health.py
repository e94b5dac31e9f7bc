# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line for each change of state, over restarts too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from geowatch.geoip.health import DAY, HealthWriter, Thresholds, health_of, health_of_updates
from geowatch.geoip.mmdb import DatabaseError

BUILT = 1790000000
THRESHOLDS = Thresholds(ageing=14, stale=30)
GONE = DatabaseError("no_database", "country.mmdb: there is no such file")


@dataclass
class Built:
    """A database of this day."""

    build_epoch: int = BUILT
    type: str = "GeoLite2-Country"
    date: str = "2026-09-21"


def in_use(database: Built | DatabaseError, problem: DatabaseError | None = None) -> Any:
    """Return what answers, and what is wrong with its file: the same unless it is said."""
    if isinstance(database, DatabaseError):
        problem = database
    return SimpleNamespace(database=database, problem=problem)


class Room:
    """A writer that can be started again."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "health"
        self.update_state = directory / "update.json"
        self.restart()

    def restart(self) -> None:
        self.writer = HealthWriter(self.path, self.update_state, THRESHOLDS)

    def look(self, days: float = 0, **databases: Built | DatabaseError) -> None:
        known: dict[str, Built | DatabaseError] = {"country": Built(), **databases}
        found = {name: in_use(database) for name, database in known.items()}
        self.writer.look(found, BUILT + days * DAY)

    def states(self) -> list[list[str]]:
        """Return subject and state of each line."""
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [line.split("\t")[3:5] for line in lines]

    def update(self, result: str, text: str = "", days: float = 0) -> None:
        state = {"result": result, "text": text, "at": BUILT + days * DAY}
        self.update_state.write_text(json.dumps(state))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (0, "fresh"),
        (13.99, "fresh"),
        (14, "ageing"),
        (29.99, "ageing"),
        (30, "stale"),
        (9999, "stale"),
        (-1, "fresh"),
        (-9999, "fresh"),
    ],
)
def test_age(days: float, state: str) -> None:
    assert health_of("country", in_use(Built()), THRESHOLDS, BUILT + days * DAY).state == state


def test_what_is_good_from_the_start_is_not_said(room: Room) -> None:
    room.update("done")
    room.look(0)
    assert room.states() == []


def test_each_change_is_said_once(room: Room) -> None:
    for days in (0, 14, 15, 29, 30, 31, 99):
        room.look(days)
        room.look(days)
    room.look(99, country=Built(BUILT + 99 * DAY))
    room.look(100, country=Built(BUILT + 99 * DAY))
    assert room.states() == [["country", "ageing"], ["country", "stale"], ["country", "fresh"]]


def test_a_restart_says_nothing_twice(room: Room) -> None:
    room.look(30)
    room.restart()
    room.look(31)
    assert room.states() == [["country", "stale"]]
    room.restart()
    room.look(31, country=Built(BUILT + 30 * DAY))
    assert room.states() == [["country", "stale"], ["country", "fresh"]]


def test_a_file_that_became_large_is_rotated_and_nothing_is_forgotten(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geowatch.geoip.health.LARGEST", 1000)
    room.update("failed")
    for days in (0, 30) * 20:
        room.look(days)
    room.restart()
    room.look(30)
    rotated = room.path.with_name("health.1")
    sizes = [path.stat().st_size for path in (room.path, rotated)]
    assert max(sizes) < 1500
    # What was said last about each subject comes first, as it was.
    failing = [line for line in room.path.read_bytes().splitlines() if b"\tfailing\t" in line]
    assert len(failing) == 1
    assert failing[0] in rotated.read_bytes()
    assert room.states()[-1] == ["country", "stale"]


def test_no_database(room: Room) -> None:
    room.look(0, country=GONE)
    room.look(0)
    assert room.states() == [["country", "missing"], ["country", "fresh"]]


def test_the_asn_database_is_optional(room: Room) -> None:
    room.look(0, asn=DatabaseError("no_database", "asn.mmdb: there is no such file"))
    assert room.states() == []
    room.look(30, country=Built(BUILT + 30 * DAY), asn=Built())
    room.look(30, country=Built(BUILT + 30 * DAY), asn=GONE)
    assert room.states() == [["asn", "stale"], ["asn", "fresh"]]


@pytest.mark.parametrize("reason", ["no_database", "bad_database"])
def test_a_database_whose_file_is_lost_rings_although_it_answers(reason: str) -> None:
    lost = in_use(Built(), DatabaseError(reason, "country.mmdb: there is no such file"))
    health = health_of("country", lost, THRESHOLDS, BUILT)
    assert health == (
        "missing",
        "The country database in use, GeoLite2-Country of 2026-09-21, answers only until the "
        "service ends: country.mmdb: there is no such file",
    )
    asn = health_of("asn", lost, THRESHOLDS, BUILT)
    assert asn.state == ("fresh" if reason == "no_database" else "missing")


def test_updates(room: Room) -> None:
    room.look()
    room.update("failed", "country: the server answered 500")
    room.look()
    room.update("running")
    room.look(0.01)
    room.update("failed", "country: again")
    room.look()
    room.update("done")
    room.look()
    # An update that is under way is no success and no failure, but soon one of them.
    assert room.states() == [["update", "failing"], ["update", "working"]]
    assert "the server answered 500" in room.path.read_text()


@pytest.mark.parametrize("days", [1, -1])
def test_an_update_that_never_ended(room: Room, days: float) -> None:
    room.update("running")
    health = health_of_updates(room.update_state, BUILT + days * DAY)
    assert health is not None
    assert (health.state, "without saying why" in health.text) == ("failing", True)
    assert health_of_updates(room.update_state, BUILT + 60) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"result": 1}', b'"x"'])
def test_a_broken_state_of_updates(room: Room, content: bytes) -> None:
    room.update_state.write_bytes(content)
    health = health_of_updates(room.update_state, BUILT)
    assert health is not None
    assert health.state == "working"


def test_the_line(room: Room) -> None:
    room.update("failed", "a\tb\nc\x1b" + "x" * 999)
    room.look(30)
    lines = room.path.read_text().splitlines()
    assert [len(line.split("\t")) for line in lines] == [6, 6]
    fields = lines[0].split("\t")
    assert len(fields[0]) == 32
    assert fields[1] == "2026-10-21T14:13:20.000Z"
    assert fields[5] == "The country database, GeoLite2-Country of 2026-09-21, is 30 days old"
    assert len(lines[1]) < 600
