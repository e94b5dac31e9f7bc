# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in an archive is found by its content; a broken archive is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from fake_maxmind import packed
from geowatch.database import unpack as unpack_database
from geowatch.database.error import UpdateError
from geowatch.database.unpack import unpack

CONTENT = bytes(range(256)) * 300


def unpacked(tmp_path: Path, content: bytes) -> bytes:
    (tmp_path / "download").write_bytes(content)
    unpack(tmp_path / "download", tmp_path / "target")
    return (tmp_path / "target").read_bytes()


@pytest.mark.parametrize(
    "download", [CONTENT, gzip.compress(CONTENT), packed("X", CONTENT), b"", b"\x1f"]
)
def test_good(tmp_path: Path, download: bytes) -> None:
    assert unpacked(tmp_path, download) == (download if len(download) < 2 else CONTENT)


@pytest.mark.parametrize("part", range(1, 16))
@pytest.mark.parametrize("download", [gzip.compress(CONTENT), packed("X", CONTENT)])
def test_truncated(tmp_path: Path, download: bytes, part: int) -> None:
    with pytest.raises(UpdateError, match="the archive is broken"):
        unpacked(tmp_path, download[: max(2, len(download) * part // 16)])


def test_flipped(tmp_path: Path) -> None:
    download = bytearray(gzip.compress(CONTENT))
    download[len(download) // 2] ^= 0x10
    with pytest.raises(UpdateError, match="the archive is broken"):
        unpacked(tmp_path, bytes(download))


def test_no_database_in_it(tmp_path: Path) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        link = tarfile.TarInfo("a.mmdb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(UpdateError, match=r"no \.mmdb file"):
        unpacked(tmp_path, archive.getvalue())


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_database, "LARGEST", len(CONTENT) - 1)
    with pytest.raises(UpdateError, match="more than"):
        unpacked(tmp_path, gzip.compress(CONTENT))
