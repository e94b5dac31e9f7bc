# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs as people have them: compressed, from Windows, damaged, or no logs at all."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import replay_logs

TEXT = "Jul  1 10:00:00 vpn1 openvpn[1]: J\u00fcrgen\r\n" * 3


def zstd(plain: bytes) -> bytes:
    return subprocess.run(["zstd", "-c"], input=plain, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: gzip.compress(text.encode()),
        lambda text: bz2.compress(text.encode()),
        lambda text: lzma.compress(text.encode()),
        lambda text: zstd(text.encode()),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: gzip.compress(text.encode("utf-16")),
    ],
)
def test_a_text_is_read_however_it_is_kept(encode: Callable[[str], bytes], tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(encode(TEXT))
    replay_logs.write_plain(tmp_path / "log", tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == TEXT.encode()


def test_a_long_text_keeps_what_lies_across_blocks(tmp_path: Path) -> None:
    text = "a" + "\u00fc\U0001f600" * 100_000
    (tmp_path / "log").write_bytes(text.encode("utf-16"))
    replay_logs.write_plain(tmp_path / "log", tmp_path / "plain")
    assert (tmp_path / "plain").read_text("utf-8") == text


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"\n",
        b"caf\xe9\n",
        b"x" * 200 + bytes(800) + b"after a crash\n",
        b"\x1b[0;32mcoloured\x1b[0m\n",
    ],
)
def test_what_is_odd_but_text_stays_as_it_is(kept: bytes, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(kept)
    replay_logs.write_plain(tmp_path / "log", tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == kept


@pytest.mark.parametrize(
    ("kept", "complaint"),
    [
        (bytes(range(256)) * 9, "no text, but binary"),
        (bytes(5000), "no text, but binary"),
        (b"\xab\xcd\xefMaxMind.com\xe9\x00\x01country\x00\x44" * 9, "no text, but binary"),
        (b"LPKSHHRH" + bytes(100), "journalctl --file"),
        (b"PK\x03\x04 and so on", "a zip archive: unpack it"),
        (b"x" * 257 + b"ustar" + bytes(300), "a tar archive: unpack it"),
        (gzip.compress(b"x" * 257 + b"ustar" + bytes(300)), "a tar archive: unpack it"),
        (gzip.compress(TEXT.encode())[:-12], "damaged"),
        (lzma.compress(TEXT.encode())[:-12], "damaged"),
        (bz2.compress(TEXT.encode())[:-12], "damaged"),
        (zstd(TEXT.encode())[:-5], "cannot be unpacked"),
        (b"\x1f\x8b\x08nonsense", "damaged"),
    ],
)
def test_what_cannot_be_read_is_named(kept: bytes, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "odd.log").write_bytes(kept)
    with pytest.raises(replay_logs.LogError, match=complaint) as raised:
        replay_logs.write_plain(tmp_path / "odd.log", tmp_path / "plain")
    assert str(tmp_path / "odd.log") in str(raised.value)


def test_a_missing_file_and_a_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(replay_logs.LogError, match=r"missing.log is not there"):
        replay_logs.write_plain(tmp_path / "missing.log", tmp_path / "plain")
    with pytest.raises(replay_logs.LogError, match="cannot be read: Is a directory"):
        replay_logs.write_plain(tmp_path, tmp_path / "plain")


def test_zstd_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log.zst").write_bytes(zstd(TEXT.encode()))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(replay_logs.LogError, match="apt install zstd"):
        replay_logs.write_plain(tmp_path / "log.zst", tmp_path / "plain")
