# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes plain text of the logs for a replay, whether compressed or as Windows writes them."""

from __future__ import annotations

import codecs
import importlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

BLOCK = 1 << 16

COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "lzma"}
"""The module of Python's own that reads what begins so."""

ZSTD = b"\x28\xb5\x2f\xfd"

MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""A longer one stands before another that it begins with."""

OTHERS = {
    b"LPKSHHRH": "a journal of systemd: write it out with journalctl --file FILE -o short-iso",
    b"ElfFile\x00": "an event log of Windows",
    b"PK\x03\x04": "a zip archive: unpack it",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive: unpack it",
    b"\x1f\x9d": "compressed by compress: unpack it with gzip -d",
    b"\x04\x22\x4d\x18": "compressed by lz4: unpack it with lz4 -d",
}


class LogError(Exception):
    """Says which log cannot be read, why, and what to do."""


def write_plain(log: Path, target: Path) -> None:
    """Write a log as plain text, UTF-8 where it was UTF-16."""
    try:
        with _uncompressed(log) as source, target.open("wb") as file:
            first = source.read(BLOCK)
            if len(first) > 262 and first[257:262] == b"ustar":
                raise LogError(f"{log} is a tar archive: unpack it")
            mark, encoding = _encoding(first)
            if encoding is None:
                if _is_binary(first):
                    raise LogError(f"{log} is {_kind(first)}. A log is a text, or compressed text")
                file.write(first)
                shutil.copyfileobj(source, file)
                return
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
            block = first[len(mark) :]
            while block:
                file.write(decoder.decode(block).encode("utf-8", "replace"))
                block = source.read(BLOCK)
            file.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    except LogError:
        raise
    except FileNotFoundError as error:
        raise LogError(f"{log} is not there") from error
    except OSError as error:
        raise LogError(f"{log} cannot be read: {error.strerror or error}") from error
    except Exception as error:
        # Each module has errors of its own for what is damaged.
        raise LogError(f"{log} cannot be unpacked, it is damaged: {error}") from error


def _uncompressed(log: Path) -> AbstractContextManager[BinaryIO]:
    """Open a log. What it is says its beginning, not its name."""
    with log.open("rb") as file:
        beginning = file.read(8)
    if beginning.startswith(ZSTD):
        return _zstd(log)
    module = next((COMPRESSED[magic] for magic in COMPRESSED if beginning.startswith(magic)), None)
    if module is None:
        return log.open("rb")
    try:
        opener = importlib.import_module(module).open
    except ImportError as error:
        raise LogError(f"{log}: this Python has no module {module}. Unpack the file") from error
    return cast("BinaryIO", opener(log, "rb"))


@contextmanager
def _zstd(log: Path) -> Iterator[BinaryIO]:
    program = shutil.which("zstd")
    if program is None:
        raise LogError(f"{log} is compressed by zstd. On Debian: apt install zstd")
    command = [program, "--decompress", "--stdout", "--quiet", "--", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        yield cast("BinaryIO", process.stdout)
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise LogError(f"{log} cannot be unpacked: {said}")


def _encoding(first: bytes) -> tuple[bytes, str | None]:
    """Tell the encoding of a text by its mark, or by where its NUL bytes are, and the mark."""
    for mark, encoding in MARKS.items():
        if first.startswith(mark):
            return mark, encoding
    pairs = len(first) // 2
    even, odd = (first[start : 2 * pairs : 2].count(0) for start in (0, 1))
    if odd > 0.4 * pairs and even < 0.1 * pairs:
        return b"", "utf-16-le"
    if even > 0.4 * pairs and odd < 0.1 * pairs:
        return b"", "utf-16-be"
    return b"", None


def _is_binary(first: bytes) -> bool:
    """Tell whether this is no text. After a crash a log may hold a block of NUL bytes."""
    if any(first.startswith(magic) for magic in OTHERS):
        return True
    rest = re.sub(rb"\x00{64,}", b"", first)
    odd = len(rest.translate(None, bytes(range(32, 256)) + b"\t\n\r\x1b"))
    return odd > 0.02 * len(rest) or (first != b"" and not rest)


def _kind(first: bytes) -> str:
    return next(
        (kind for magic, kind in OTHERS.items() if first.startswith(magic)), "no text, but binary"
    )
