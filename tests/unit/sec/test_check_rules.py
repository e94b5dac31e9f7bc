# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rule file lands only if SEC loads every rule that it writes down."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from correlator import ECHO, ROLE


def check(directory: Path, rules: str) -> subprocess.CompletedProcess[str]:
    (directory / "rules.sec").write_text(rules)
    return subprocess.run(
        ["perl", ROLE / "files/check_rules", directory / "rules.sec"],
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
