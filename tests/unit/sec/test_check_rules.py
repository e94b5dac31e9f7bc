# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule file lands only if SEC loads every rule that it writes down."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from correlator import ECHO, ROLE


def check(directory: Path, text: str, name: str = "rules.sec") -> subprocess.CompletedProcess[str]:
    (directory / name).write_text(text)
    return subprocess.run(
        ["perl", ROLE / "files/perl/check_rules", directory / name],
        capture_output=True,
        text=True,
        check=False,
    )


def test_good_rules(tmp_path: Path) -> None:
    result = check(tmp_path, ECHO + ECHO)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ("", "no rule in it"),
        ("# type=Single\n", "no rule in it"),
        (ECHO.strip() + ECHO, "loads 1 of 2 rules"),
        (ECHO + ECHO.replace("RegExp", "RegEx"), "loads 1 of 2 rules"),
        (ECHO.replace("(?<line>.*)", "(?<line>.*"), "loads 0 of 1 rules"),
        (ECHO.replace("Queue::append", "Queue::apend"), "unknown function Queue::apend"),
    ],
    ids=["empty", "comment", "glued", "type", "pattern", "function"],
)
def test_bad_rules(tmp_path: Path, rules: str, complaint: str) -> None:
    result = check(tmp_path, rules)
    assert result.returncode != 0
    assert complaint in result.stderr


INPUTS = """\
# Ansible managed

file\tLOG\tnow\t/var/log/*/a.log
word\tLOG\t a login
"""


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", ""),
        ("file\tLOG\tnow", "not a row: file\tLOG\tnow"),
        ("word\tLOG", "not a row: word\tLOG"),
        ("word\tLOG\ta\tb", "not a row"),
        ("words\tLOG\ta", "not a row"),
        ("sign\tLOG\treset \t(.*)/", "not a row"),
    ],
)
def test_inputs(tmp_path: Path, line: str, complaint: str) -> None:
    result = check(tmp_path, f"{INPUTS}{line}\n", "inputs.tsv")
    assert (result.returncode != 0, complaint in result.stderr) == (bool(complaint), True)
