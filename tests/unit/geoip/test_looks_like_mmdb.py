# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at a database on the controller."""

from __future__ import annotations

from pathlib import Path

import pytest
from looks_like_mmdb import MARKER, METADATA_SIZE, problem
from small_databases import MakeDatabase


def test_a_database(make_database: MakeDatabase) -> None:
    assert problem(make_database()) is None


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "empty"),
        (b"<html>", "no .mmdb file"),
        (MARKER + b"\0" * METADATA_SIZE, "no .mmdb file"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "country.mmdb"
    path.write_bytes(content)
    assert text in str(problem(path))


def test_half_a_database(make_database: MakeDatabase) -> None:
    path = make_database()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "not all of one" in str(problem(path))


def test_missing(tmp_path: Path) -> None:
    assert "No such file" in str(problem(tmp_path / "country.mmdb"))
