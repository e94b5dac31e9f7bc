# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken databases of every kind are refused, and good ones are not."""

from __future__ import annotations

import os
import random
from pathlib import Path

import maxminddb
import pytest
from geowatch.database.error import UpdateError
from geowatch.database.verify import LARGEST_CLOCK_ERROR, verify
from small_databases import BUILD_EPOCH, MakeDatabase

MANY = {f"198.{18 + n // 256}.{n % 256}.0/24": ("FI", "SE", "RU")[n % 3] for n in range(512)}


def refusal(path: Path, in_use: Path | None = None, **options: object) -> str:
    """Return why a file is refused; empty where it is not."""
    allow_older = bool(options.get("allow_older", False))
    now = float(str(options.get("now", BUILD_EPOCH)))
    try:
        verify("country", path, in_use or path.parent / "none", allow_older=allow_older, now=now)
    except UpdateError as error:
        return str(error)
    return ""


def test_good(make_database: MakeDatabase) -> None:
    assert refusal(make_database(MANY)) == ""


@pytest.mark.parametrize("part", range(64))
def test_truncated(make_database: MakeDatabase, part: int) -> None:
    path = make_database(MANY)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * part // 64])
    assert refusal(path)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bits_never_crash(make_database: MakeDatabase, seed: int) -> None:
    """A flip that leaves a readable database cannot be seen without a checksum; no traceback."""
    path = make_database(MANY)
    content = bytearray(path.read_bytes())
    dice = random.Random(seed)
    for _ in range(20):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)
    refusal(path)


@pytest.mark.parametrize("fill", [0x00, 0xFF])
@pytest.mark.parametrize("part", range(16))
def test_a_hole_in_the_tree(make_database: MakeDatabase, part: int, fill: int) -> None:
    """A block that was never written to the disk, wherever it is."""
    path = make_database(MANY)
    with maxminddb.open_database(path, maxminddb.MODE_MMAP) as reader:
        size = reader.metadata().search_tree_size
    content = bytearray(path.read_bytes())
    start, end = size * part // 16, size * (part + 1) // 16
    content[start:end] = bytes([fill]) * (end - start)
    path.write_bytes(content)
    assert refusal(path)


@pytest.mark.parametrize("node", [200, 300])
def test_a_tree_without_an_end(make_database: MakeDatabase, node: int) -> None:
    path = make_database(MANY)
    content = bytearray(path.read_bytes())
    content[node * 6 : node * 6 + 6] = node.to_bytes(3, "big") * 2
    path.write_bytes(content)
    assert "get it again: the search tree has no end" in refusal(path)


@pytest.mark.parametrize("network", list(MANY)[1::64])
def test_one_record_that_cannot_be_read(make_database: MakeDatabase, network: str) -> None:
    """Wherever it is, it is found: every record is read."""
    path = make_database({**MANY, network: "XY"})
    content = path.read_bytes()
    assert content.count(b"\x42XY") == 1  # a text of two bytes
    path.write_bytes(content.replace(b"\x42XY", b"\xe9XY"))  # a map
    assert "get it again" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\0", b"<!doctype html>", b"\x1f\x8b\x08" + b"x" * 999])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "new.mmdb"
    path.write_bytes(content)
    assert refusal(path).startswith("not a readable .mmdb file")


@pytest.mark.parametrize("kind", ["GeoLite2-ASN", "GeoIP2-ISP", "country ipvAll"])
def test_wrong_types(make_database: MakeDatabase, kind: str) -> None:
    assert f"this is a '{kind}' database" in refusal(make_database(database_type=kind))


def test_flat_records(make_database: MakeDatabase) -> None:
    path = make_database(records={"198.51.100.0/24": {"country_code": "FI"}})
    assert "not in MaxMind's shape" in refusal(path)


def test_older(make_database: MakeDatabase) -> None:
    in_use = make_database()
    older = make_database(name="new.mmdb", build_epoch=BUILD_EPOCH - 1)
    assert "is older than" in refusal(older, in_use)
    assert refusal(older, in_use, allow_older=True) == ""


def test_as_old(make_database: MakeDatabase) -> None:
    assert refusal(make_database(name="new.mmdb"), make_database()) == ""


def test_older_than_one_that_cannot_be_used(make_database: MakeDatabase, tmp_path: Path) -> None:
    in_use = tmp_path / "country.mmdb"
    in_use.write_bytes(b"<html>")
    assert refusal(make_database(name="new.mmdb", build_epoch=1), in_use) == ""


def test_built_in_the_future(make_database: MakeDatabase) -> None:
    path = make_database()
    assert refusal(path, now=BUILD_EPOCH - LARGEST_CLOCK_ERROR) == ""
    assert "is the clock right?" in refusal(path, now=BUILD_EPOCH - LARGEST_CLOCK_ERROR - 1)


def test_without_ipv6(make_database: MakeDatabase) -> None:
    """Each login by IPv6 would be in no country, and ring."""
    path = make_database({"198.51.100.0/24": "FI"}, ip_version=4)
    assert "has no IPv6" in refusal(path)


def test_the_one_in_use_is_a_pipe(make_database: MakeDatabase, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "country.mmdb")
    assert refusal(make_database(name="new.mmdb"), tmp_path / "country.mmdb") == ""
