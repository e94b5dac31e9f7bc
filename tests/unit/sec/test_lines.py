# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lines of a log are read, a block at a time and one by one."""

from __future__ import annotations

import pytest
from correlator import perl

ROWS = (
    "Lines::configure(['file', 'LOG', 'now', '/a'],"
    " ['word', 'LOG', 'login'], ['word', 'LOG', 'gone'])"
)

BLOCK = "noise\nanna login\n\ngone login\nlogi\nn gone\n"


def chosen(context: str, block: str) -> list[tuple[str, int]]:
    """Return the lines that are read, with the offset behind each."""
    code = (
        f"use Lines; {ROWS}; my $lines = $ARGV[1];"
        " print map { qq($_->[1] $_->[0]\\n) } Lines::chosen($ARGV[0], \\$lines)"
    )
    rows = (line.split(" ", 1) for line in perl(code, context, block).splitlines())
    return [(line, int(offset)) for offset, line in rows]


def test_lines_with_one_of_the_texts_are_chosen_once_and_in_their_order() -> None:
    assert chosen("LOG", BLOCK) == [("anna login", 17), ("gone login", 29), ("n gone", 41)]
    assert all(BLOCK[:end].endswith(f"{line}\n") for line, end in chosen("LOG", BLOCK))


def test_all_lines_are_chosen_where_there_are_no_texts() -> None:
    lines = [
        ("noise", 6),
        ("anna login", 17),
        ("", 18),
        ("gone login", 29),
        ("logi", 34),
        ("n gone", 41),
    ]
    assert chosen("OTHER", BLOCK) == lines


@pytest.mark.parametrize("block", ["noise\n", "\n\n", "logi\nn\n"])
def test_none_may_be_chosen(block: str) -> None:
    assert chosen("LOG", block) == []


@pytest.mark.parametrize(
    ("context", "line", "matters"),
    [
        ("LOG", "anna login", 1),
        ("LOG", "gone", 1),
        ("LOG", "logi n", 0),
        ("LOG", "", 0),
        ("OTHER", "any", 1),
        ("OTHER", "", 0),
    ],
)
def test_a_line_by_itself(context: str, line: str, matters: int) -> None:
    code = f"use Lines; {ROWS}; print Lines::matters(@ARGV)"
    assert perl(code, context, line) == str(matters)


def test_what_was_configured_before_is_forgotten() -> None:
    anew = "Lines::configure(['word', 'LOG', 'x'])"
    code = f"use Lines; {ROWS}; {anew}; print Lines::matters('LOG', 'login')"
    assert perl(code) == "0"
