# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first look at a database on the controller."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from looks_like_mmdb import MARKER, METADATA_SIZE, checksum
from small_databases import MakeDatabase


def test_a_database(make_database: MakeDatabase) -> None:
    path = make_database()
    assert checksum(path) == sha256(path.read_bytes()).hexdigest()


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
    with pytest.raises(ValueError, match=text):
        checksum(path)


def test_half_a_database(make_database: MakeDatabase) -> None:
    path = make_database()
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match="not all of one"):
        checksum(path)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No such file"):
        checksum(tmp_path / "country.mmdb")
