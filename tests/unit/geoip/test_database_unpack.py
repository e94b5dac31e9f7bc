# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in an archive is found by its content; a broken archive is refused."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import tarfile
import zipfile
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


def tarred(*names: str) -> bytes:
    """Return a tar archive in which the last file is the right one."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in names:
            content = CONTENT if name == names[-1] else b"something else"
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


def zipped(*names: str) -> bytes:
    """Return the same as a zip archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, CONTENT if name == names[-1] else b"something else")
    return archive.getvalue()


MAC = ("X/", "X/._X.mmdb", "__MACOSX/X/._X.mmdb", "X/.DS_Store", "X/x.mmdb.txt", "X/X.MMDB")


@pytest.mark.parametrize(
    "download",
    [
        CONTENT,
        gzip.compress(CONTENT),
        packed("X", CONTENT),
        tarred(*MAC[1:]),
        gzip.compress(tarred(*MAC[1:])),
        zipped(*MAC),
        gzip.compress(zipped(*MAC)),
        b"",
        b"\x1f",
    ],
)
def test_good(tmp_path: Path, download: bytes) -> None:
    assert unpacked(tmp_path, download) == (download if len(download) < 2 else CONTENT)


@pytest.mark.parametrize("part", range(1, 16))
@pytest.mark.parametrize(
    "download", [gzip.compress(CONTENT), packed("X", CONTENT), zipped("x.mmdb")]
)
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


def test_no_database_in_a_zip(tmp_path: Path) -> None:
    with pytest.raises(UpdateError, match=r"no \.mmdb file"):
        unpacked(tmp_path, zipped("._x.mmdb", "readme.txt"))


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("download", [packed("X", CONTENT), zipped("x.mmdb")])
def test_flipped_bits_are_refused_or_do_no_harm(tmp_path: Path, download: bytes, seed: int) -> None:
    dice, broken = random.Random(seed), bytearray(download)
    for _ in range(5):
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
    with contextlib.suppress(UpdateError):
        unpacked(tmp_path, bytes(broken))


def test_a_full_disk_is_no_broken_archive(tmp_path: Path) -> None:
    (tmp_path / "download").write_bytes(gzip.compress(CONTENT))
    with pytest.raises(OSError, match="No space left"):
        unpack(tmp_path / "download", Path("/dev/full"))
