# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rotation is stopped at every step, the correlator looks, and the rotation goes on.

Every line has to come out once. Between its looks the correlator sees nothing: it slept, or it was
stopped, or it crashed and read again what it had not stored.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from reader import Heard, read

COMPRESS = [
    ": >log.1.gz",
    "gzip <log.1 >whole; head -c 30 whole >log.1.gz",
    "cat whole >log.1.gz",
    "touch -r log.1 log.1.gz",
    "rm log.1 whole",
]
CHAIN = ["mv log.2 log.3", "mv log.1 log.2"]
ALL_ON = "for n in 4 3 2 1; do [ ! -e log.$n ] || mv log.$n log.$((n + 1)); done"
COPY = ["head -c 15 log >log.1", "cp log log.1"]

WAYS: dict[str, list[str]] = {
    "create": [*CHAIN, "mv log log.1", ": >log", "add", "add"],
    "nocreate": [*CHAIN, "mv log log.1", "add 1", "add"],
    "compress": [*CHAIN, "mv log log.1", ": >log", "add", *COMPRESS, "add"],
    "a daemon that still writes": [*CHAIN, "mv log log.1", "add 1", ": >log", "add", "add"],
    "copytruncate": [*CHAIN, *COPY, ": >log", "add", "add"],
    "copytruncate, and nobody writes": [*CHAIN, *COPY, ": >log"],
    "copytruncate, compress": [*CHAIN, *COPY, ": >log", "add", *COMPRESS, "add"],
    "copytruncate, compress, then a line": [*CHAIN, *COPY, ": >log", *COMPRESS, "add"],
    "compressed from the log": [
        *("gzip <log >whole", "head -c 30 whole >log-1126.gz", "mv whole log-1126.gz"),
        *(": >log", "add"),
    ],
    "twice": ["mv log log.2", "add", "mv log log.1", ": >log", "add"],
    "twice, copytruncate, compress": [
        *(*CHAIN, "cp log log.1", ": >log", "add", "mv log.1 log.2"),
        *("gzip <log.2 >log.2.gz; touch -r log.2 log.2.gz", "rm log.2"),
        *("cp log log.1", ": >log", "add"),
    ],
    "dateext": ["mv log log-20261126", ": >log", "add", "gzip log-20261126", "add"],
    "old": ["mv log log.old", ": >log", "add"],
    "copytruncate, then create": [
        *(*CHAIN, *COPY, ": >log", "add", *CHAIN, "mv log log.1", ": >log", "add"),
    ],
    "create, also when it is empty": [
        *(ALL_ON, "mv log log.1", ": >log", ALL_ON, "mv log log.1", ": >log", "add"),
        *(ALL_ON, "mv log log.1", ": >log", ALL_ON, "mv log log.1", ": >log", "add"),
    ],
    "created with the first lines": ["add 9; mv log log.1; mv log.9 log", "add"],
}  # fmt: skip

SEEN = {
    "twice, copied to the same name": [
        *("cp log log.old", ": >log", "add", "cp log log.old", ": >log", "add"),
    ],
    "its daemon goes on for long": [*CHAIN, "mv log log.1", "add 1", "add 1", "add 1", "add"],
    "read while it is copied": [*CHAIN, "cp log log.1", "add", ": >log", "add"],
    "read while it is copied, and compressed": [
        *(*CHAIN, "cp log log.1", "add", ": >log", *COMPRESS, "add"),
    ],
    "removed": ["add", "rm log", "add"],
    "edited": ["add", "add", "add", "sed -i s/x/y/ log", "add"],
}
"""What is in no file afterwards, but can be read in time."""


class Story:
    """A log in a directory of its own, of which the first two lines were read, then a rotation."""

    def __init__(self, directory: Path, way: str, glob: str = "log") -> None:
        self.directory = directory
        self.written = 0
        (directory / "inputs.tsv").write_text(f"file\tLOG\tnow\t{directory}/{glob}\n")
        first = "touch -d 2026-01-01 log.1 log.2; : >log"
        self.before = read(directory, first, "look", self._command("add"), "look", "save")
        self.steps = [self._command(step) for step in ("add", *(WAYS | SEEN)[way])]

    def _command(self, step: str) -> str:
        """Return the command of a step; "add" writes two lines to the log, "add 1" to log.1."""
        if not step.startswith("add"):
            return step
        number, _, more = step.removeprefix("add ").partition(";")
        name = f"log.{number}" if number.isdigit() else "log"
        self.written += 2
        lines = f"line {self.written - 1}\\nline {self.written}\\n"
        return f"printf '{lines}' >>{name}{more and ';' + more}"

    def assert_once(self, *heard: Heard) -> None:
        """Every line came out once, and nothing was said to be lost."""
        lines = [line for each in (self.before, *heard) for line in each.lines]
        texts = Heard(lines, []).texts()
        assert sorted(texts) == sorted(f"line {number + 1}" for number in range(self.written))
        assert [each.news for each in heard] == [[] for _each in heard]


@pytest.mark.parametrize("way", WAYS)
def test_it_sleeps_until_a_step(tmp_path: Path, way: str) -> None:
    for at in range(len(WAYS[way]) + 1):
        (tmp_path / f"{at}").mkdir()
        story = Story(tmp_path / f"{at}", way)
        steps = story.steps
        story.assert_once(read(story.directory, "look", *steps[:at], "look", *steps[at:], "look"))


@pytest.mark.parametrize("how", ["save", "true"], ids=["stops", "crashes"])
@pytest.mark.parametrize("way", WAYS)
def test_it_ends_at_a_step_and_starts_again(tmp_path: Path, way: str, how: str) -> None:
    for at in range(len(WAYS[way]) + 1):
        (tmp_path / f"{at}").mkdir()
        story = Story(tmp_path / f"{at}", way)
        before = read(story.directory, "look", *story.steps[:at], "look", how)
        story.assert_once(before, read(story.directory, *story.steps[at:], "look"))


@pytest.mark.parametrize("way", WAYS | SEEN)
def test_it_looks_at_every_step(tmp_path: Path, way: str) -> None:
    story = Story(tmp_path, way)
    looks = [each for step in story.steps for each in (step, "look")]
    story.assert_once(read(tmp_path, "look", *looks))


@pytest.mark.parametrize("way", WAYS)
def test_it_crashes_after_every_step(tmp_path: Path, way: str) -> None:
    story = Story(tmp_path, way)
    story.assert_once(*(read(tmp_path, step, "look") for step in story.steps))


def test_it_crashes_while_there_is_nothing_but_new_files(tmp_path: Path) -> None:
    """What was found once is found again, though nothing of it was processed."""
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/log\n")
    rotated = "for each in 3 2 1; do echo line $((4 - each)) >log.$each; sleep 0.02; done; : >log"
    read(tmp_path, "look", "save", rotated, "begin", "save")
    heard = read(tmp_path, "look")
    assert heard.texts() == ["line 1", "line 2", "line 3"]
    assert heard.news == []


def test_it_ends_before_a_whole_line_was_read(tmp_path: Path) -> None:
    """What was rotated then is the file that is found, or it is lost."""
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/log\n")
    half = "printf 'line' >>log"
    rotated = "mv log log.1; : >log"
    read(tmp_path, ": >log", "look", half, "look", rotated, "look", "save")
    heard = read(tmp_path, "echo ' 1' >>log.1; echo line 2 >>log", "look")
    assert (heard.texts(), heard.news) == (["line 1", "line 2"], [])


def test_what_nothing_was_read_of_is_removed(tmp_path: Path) -> None:
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/log\n")
    read(
        tmp_path,
        ": >log",
        "look",
        "printf line >>log",
        "look",
        "mv log log.1; : >log",
        "look",
        "save",
    )
    heard = read(tmp_path, "rm log.1; echo line 2 >>log", "look", "later 10", "look")
    assert heard.texts() == ["line 2"]
    [[kind, _server, _path, what]] = heard.news
    assert kind == "lost" and "4 bytes or more" in what


def test_the_highest_number_is_the_newest(tmp_path: Path) -> None:
    """Some count on, and rotated more than once while the correlator was away."""
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/log\n")
    old = "for n in 1 2 3; do echo old >log.$n; touch -d 2026-01-0$n log.$n; done; : >log"
    read(tmp_path, old, "look", "echo line 1 >>log", "look", "save")
    rotate = "mv log log.4; echo line 2 >log; mv log log.5; echo line 3 >log"
    slowly = rotate.replace(";", "; sleep 0.02;")
    heard = read(tmp_path, "echo more of 1 >>log", slowly, "look")
    assert (heard.texts(), heard.news) == (["more of 1", "line 2", "line 3"], [])


def test_a_directory_that_is_never_at_rest(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/logs/log\n")
    moving = (
        "i=0; while [ $((i += 1)) -lt 20000 ]; do : >logs/other; rm logs/other; done; touch over"
    )
    steps = ("echo line 1 >logs/log", f"({moving}) >moving 2>&1 &", "look", "test ! -e over")
    rotated = ("mv logs/log logs/log.1; echo line 2 >>logs/log", "look", "test ! -e over")
    heard = read(tmp_path, "look", "save", *steps, *rotated)
    assert heard.texts() == ["line 1", "line 2"]


def test_a_directory_that_changed_in_the_future(tmp_path: Path) -> None:
    """As the clock says that was set back since."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/logs/log\n")
    steps = ("echo line 1 >logs/log; touch -d tomorrow logs", "look")
    assert read(tmp_path, "look", "save", *steps).texts() == ["line 1"]
