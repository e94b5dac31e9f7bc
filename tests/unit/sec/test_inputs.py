# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""No line of a log is lost, whatever happens to SEC or to the file."""

from __future__ import annotations

import shutil
import signal

import pytest
from correlator import Correlator, wait_for


def numbered(first: int, last: int) -> list[str]:
    return [f"line {number}" for number in range(first, last + 1)]


def test_past_lines_are_not_judged_when_a_glob_is_new(sec: Correlator) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.log("a.log", "present")
    wait_for(lambda: bool(sec.seen()))
    assert sec.seen() == ["present"]


def test_a_file_that_appears_later_is_read_from_its_beginning(sec: Correlator) -> None:
    sec.start()
    sec.log("new.log", "first", "second")
    wait_for(lambda: len(sec.seen()) == 2)
    assert sec.seen() == ["first", "second"]


def test_a_new_glob_does_not_replay_old_files(sec: Correlator) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.stop()
    sec.log("b.txt", "also past")
    sec.watch("now", f"{sec.logs}/*.log", f"{sec.logs}/*.txt")
    sec.start()
    wait_for(lambda: "b.txt" in (sec.directory / "offsets.tsv").read_text())
    sec.log("b.txt", "present")
    wait_for(lambda: bool(sec.seen()))
    assert sec.seen() == ["present"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_lines_that_came_while_sec_was_away_are_read(sec: Correlator, number: int) -> None:
    sec.log("a.log", "past")
    sec.start()
    sec.log("a.log", *numbered(1, 50))
    wait_for(lambda: len(sec.seen()) == 50)
    sec.stop(number)
    sec.log("a.log", *numbered(51, 100))
    sec.start()
    wait_for(lambda: "line 100" in sec.seen())
    # After a kill the last second is read again; after a stop nothing is.
    assert sorted(set(sec.seen())) == sorted(numbered(1, 100))
    if number == signal.SIGTERM:
        assert len(sec.seen()) == 100


@pytest.mark.parametrize("name", ["a.log.1", "a.log-20261123"])
def test_the_rest_of_a_file_that_was_rotated_while_sec_was_away(sec: Correlator, name: str) -> None:
    sec.start()
    sec.log("a.log", *numbered(1, 10))
    wait_for(lambda: len(sec.seen()) == 10)
    sec.stop()
    sec.log("a.log", *numbered(11, 20))
    (sec.logs / "a.log").rename(sec.logs / name)
    sec.log("a.log", *numbered(21, 30))
    sec.start()
    wait_for(lambda: len(sec.seen()) >= 30)
    assert sorted(sec.seen()) == sorted(numbered(1, 30))
    # The rotated file is let go once it is read.
    wait_for(lambda: f"Dropping dynamic input file '{sec.logs / name}'" in sec.journal())


def test_a_rotation_while_sec_runs(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", "line 1")
    wait_for(lambda: len(sec.seen()) == 1)
    sec.log("a.log", *numbered(2, 1000))
    (sec.logs / "a.log").rename(sec.logs / "a.log.1")
    sec.log("a.log", *numbered(1001, 2000))
    wait_for(lambda: len(sec.seen()) >= 2000)
    assert sec.seen() == numbered(1, 2000)


def test_copytruncate(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", *numbered(1, 10))
    wait_for(lambda: len(sec.seen()) == 10)
    sec.stop()
    shutil.copy(sec.logs / "a.log", sec.logs / "a.log.1")
    (sec.logs / "a.log").write_text("")
    sec.log("a.log", "after")
    sec.start()
    wait_for(lambda: "after" in sec.seen())
    assert sec.seen() == [*numbered(1, 10), "after"]


def test_a_reload_keeps_the_inputs(sec: Correlator) -> None:
    sec.start()
    sec.log("a.log", *numbered(1, 10))
    wait_for(lambda: len(sec.seen()) == 10)
    assert sec.process is not None
    sec.process.send_signal(signal.SIGABRT)
    sec.log("a.log", *numbered(11, 20))
    wait_for(lambda: len(sec.seen()) == 20)
    assert sec.seen() == numbered(1, 20)


def test_a_directory_in_place_of_a_log_is_said_once(sec: Correlator) -> None:
    (sec.logs / "odd.log").mkdir()
    sec.start()
    sec.log("a.log", "line")
    wait_for(lambda: bool(sec.seen()))
    assert sec.journal().count("odd.log cannot be read") == 1


@pytest.mark.parametrize(
    "forged", ["SEC_STARTUP", "SEC_SHUTDOWN", "add\t0\tLOG\t/etc/passwd", "drop\ta.log", "now"]
)
def test_a_line_in_a_log_cannot_steer_the_inputs(sec: Correlator, forged: str) -> None:
    sec.start()
    sec.log("a.log", forged, "line")
    wait_for(lambda: "line" in sec.seen())
    assert sec.seen() == [forged, "line"]
    assert "/etc/passwd" not in (sec.directory / "offsets.tsv").read_text()
