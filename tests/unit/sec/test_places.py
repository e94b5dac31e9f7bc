# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line has a place of its own, and keeps it, in a log without times too."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from correlator import compress, perl

READ = """
require Inputs; Inputs->import("$ARGV[0]/inputs.tsv", "$ARGV[0]/offsets.tsv");
my (undef, $stop, $crash, @steps) = @ARGV;
for my $step ('true', @steps) {
    system $step;
    Inputs::look();
    while (1) {
        my ($line, $more) = Inputs::next_line();
        last unless defined $line || $more;
        print Inputs::place(), "\\n" if defined $line;
        last if defined $line && !--$stop;
        Inputs::processed();
    }
}
Offsets::save() unless $crash;
"""


def read(directory: Path, *steps: str, stop: int = 0, crash: bool = False) -> list[str]:
    """Return the places of the lines that a correlator reads, at its start and after each step.

    In the end it stops, in the middle of a line if asked to, or crashes.
    """
    return perl(READ, directory, str(stop), "1" if crash else "", *steps).splitlines()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a log of which all was read."""
    (tmp_path / "inputs.tsv").write_text(f"file\tLOG\tnow\t{tmp_path}/*.log\n")
    log = tmp_path / "a.log"
    assert read(tmp_path) == []
    append(log, 1, 2)
    assert len(read(tmp_path)) == 2
    return log


def append(log: Path, *lines: int) -> None:
    with log.open("a") as file:
        file.writelines(f"line {number}\n" for number in lines)


def rename(log: Path) -> None:
    log.rename(f"{log}.1")


def rename_and_compress(log: Path) -> None:
    compress(log, Path(f"{log}.1.gz"))
    log.unlink()


def copy_and_truncate(log: Path) -> None:
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)


def leave(log: Path) -> None:
    """Rotate nothing."""


@pytest.mark.parametrize("way", [leave, rename, rename_and_compress, copy_and_truncate])
def test_a_line_that_is_read_again_has_the_same_place(
    log: Path, way: Callable[[Path], None]
) -> None:
    append(log, 3, 4)
    before = read(log.parent, crash=True)
    way(log)
    append(log, 5, 6)
    again = read(log.parent, crash=True)
    assert again[:2] == before
    assert len(set(again)) == len(again) == 4
    # Once more, by one that stops at the first line, and the next one.
    assert read(log.parent, stop=1) + read(log.parent) == again[:1] + again


ROTATIONS = {
    "none": [],
    "rename": ["mv {log} {log}.{number}"],
    "copytruncate": ["cp {log} {log}.{number} && truncate --size=0 {log}"],
}


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_the_same_line_at_the_same_offset_has_another_place(log: Path, rotation: str) -> None:
    steps = [
        step.format(log=log, number=number)
        for number in (9, 8, 7)
        for step in [*ROTATIONS[rotation], "echo line 1 >>{log}"]
    ]
    places = read(log.parent, *steps, crash=True)
    assert len(set(places)) == len(places) == 3
    assert read(log.parent) == places


def test_a_path_that_was_forgotten_begins_with_another_place(log: Path) -> None:
    places = []
    for keeps_the_inode in ("b", "c"):
        log.rename(log.with_name(keeps_the_inode))
        assert read(log.parent) == []  # at the start, what is gone is forgotten
        append(log, 1)
        places += read(log.parent)
    assert len(set(places)) == len(places) == 2


def test_there_is_no_place_without_a_line() -> None:
    assert perl("require Inputs; print '<', Inputs::place(), '>'") == "<>"
