# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queue files: append-only files of lines with one writer and one reader.

``QueueWriter`` appends whole lines. ``QueueReader`` reads them and goes on where it stopped, over
restarts and rotation. ``store`` keeps the reader's position. Delivery is at least once: handle the
lines, then store the position.

Rotated files are ``NAME.1`` (the newest), ``NAME.2`` and so on, in the same directory, as logrotate
names them with ``nodateext``. A compressed file is no longer read.
"""

from __future__ import annotations

import logging
import os
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LONGEST_LINE = 1 << 20
"""Longer lines, in bytes, are skipped with a warning."""

LARGEST_BATCH = 4 << 20
"""``QueueReader.read`` stops after this many bytes, however many lines were asked for."""

CHUNK = 1 << 16
"""Bytes asked for in one read(2)."""

QUEUE_FILE_MODE = 0o640

MARKED = 1024
"""Bytes before a position, by which a copy of the file is known."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Position:
    """Where a reader stopped: the file, and the bytes of it that were handed out.

    The offset is 0 or just behind a newline. The mark is of what stands before it.
    """

    device: int
    inode: int
    offset: int
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.device} {self.inode} {self.offset} {self.mark}".rstrip()

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read what ``str(position)`` wrote. Raises ``ValueError`` on anything else."""
        match = re.fullmatch(r"([0-9]+) ([0-9]+) ([0-9]+)(?: ([0-9a-f]{16}))?\n?", text)
        if not match:
            raise ValueError(f"not a queue file position: {text[:80]!r}")
        device, inode, offset = map(int, match.groups()[:3])
        return cls(device, inode, offset, match[4] or "")


@dataclass(frozen=True)
class _Generation:
    """One file of the queue as seen in its directory."""

    path: Path
    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> _Generation | None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return cls(path, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def has(self, position: Position) -> bool:
        """Return whether this is a copy of the file that the position was in."""
        if not position.mark or self.size < position.offset:
            return False
        with self.path.open("rb") as file:
            return _mark(file.fileno(), position.offset) == position.mark


def _mark(fd: int, offset: int) -> str:
    """Return what the last bytes before a place are known by: the ids of lines are among them."""
    start = max(0, offset - MARKED)
    last = os.pread(fd, offset - start, start)
    return f"{zlib.crc32(last):016x}" if last else ""


def _generations(path: Path) -> list[_Generation]:
    """Return the file and its rotated siblings that exist, newest first."""
    # The file first: once a new one is there, the renames of this rotation are over.
    current = _Generation.of(path)
    try:
        names = os.listdir(path.parent)
    except FileNotFoundError:
        return []
    rotated = [m for name in names if (m := re.fullmatch(r"(.+)\.([0-9]+)", name))]
    numbers = sorted(int(match[2]) for match in rotated if match[1] == path.name)
    siblings = (_Generation.of(path.with_name(f"{path.name}.{number}")) for number in numbers)
    return [generation for generation in (current, *siblings) if generation is not None]


class QueueReader:
    """Reads the complete lines of a queue file, in order, over rotation and truncation.

    ``position`` is where an earlier reader stopped; ``None`` starts at the beginning of the file.
    The file may be missing; it is picked up when it appears.
    """

    def __init__(self, path: Path, position: Position | None = None) -> None:
        self._path = path
        self._fd: int | None = None
        self._device = 0
        self._inode = 0
        self._offset = 0
        # Bytes of the file from _offset on. Those before _start were handed out.
        self._buffer = b""
        self._start = 0
        # Bytes of a too long line that were thrown away; they follow _offset.
        self._skipped = 0
        self.gap = ""
        """In words, where lines were lost because nobody read them before they were removed."""
        if position is not None:
            self._resume(position)

    @property
    def position(self) -> Position | None:
        """The position behind the last line handed out; ``None`` before a file was opened."""
        if self._fd is None:
            return None
        mark = _mark(self._fd, self._offset)
        return Position(self._device, self._inode, self._offset, mark)

    def read(self, max_lines: int) -> list[bytes]:
        """Return up to ``max_lines`` complete lines without newlines; none when there are none.

        A last line without a newline stays unread until its newline is there.
        Raises ``OSError`` when a file that is there cannot be read.
        """
        lines: list[bytes] = []
        size = 0
        while len(lines) < max_lines and size < LARGEST_BATCH:
            line = self._next_line()
            if line is None:
                break
            lines.append(line)
            size += len(line)
        return lines

    def close(self) -> None:
        """Close the file. The reader must not be used afterwards."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _resume(self, position: Position) -> None:
        generations = _generations(self._path)
        # A device number may change when the machine boots, so the inode alone will do.
        found = [g for g in generations if g.inode == position.inode]
        same = [g for g in found if g.device == position.device] or found
        # Somebody moved the directory to another disk, or brought it back.
        same = same or [each for each in generations if each.has(position)]
        if same:
            self._open(same[0], position.offset)
        elif generations:
            self.gap = (
                f"{self._path}: the file read last is gone; reading the oldest one left,"
                f" {generations[-1].path.name}"
            )
            log.error("%s", self.gap)
            self._open(generations[-1])

    def _open(self, generation: _Generation, offset: int = 0) -> bool:
        """Go to a file; false when it was renamed meanwhile (the next read tries again)."""
        try:
            fd = os.open(generation.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        status = os.fstat(fd)
        if (status.st_dev, status.st_ino) != (generation.device, generation.inode):
            os.close(fd)
            return False
        self.close()
        self._fd, self._device, self._inode = fd, generation.device, generation.inode
        self._go_to(offset)
        return True

    def _go_to(self, offset: int) -> None:
        self._offset, self._buffer, self._start, self._skipped = offset, b"", 0, 0

    def _next_line(self) -> bytes | None:
        while True:
            end = self._buffer.find(b"\n", self._start)
            if end >= 0:
                line = self._buffer[self._start : end]
                skipped, self._skipped = self._skipped, 0
                self._offset += skipped + len(line) + 1
                self._start = end + 1
                if skipped + len(line) <= LONGEST_LINE:
                    return line
                log.warning("%s: skipped a line of %d bytes", self._path, skipped + len(line))
                continue
            # Looked up before reading: what is read after it is all that the old file will hold.
            newer = self._newer()
            if self._fill():
                continue
            if newer is None:
                return None
            if self._skipped or self._start < len(self._buffer):
                log.warning("%s: the rotated file ends in an unfinished line", self._path)
            if not self._open(newer):
                return None

    def _fill(self) -> bool:
        """Read more of the file into the buffer; false when there is no more for now."""
        if self._fd is None:
            return False
        # A position is always behind a newline. Where it is not, the file was truncated (and
        # perhaps written again), or it is another file that was given the same inode.
        misplaced = self._offset and os.pread(self._fd, 1, self._offset - 1) != b"\n"
        if misplaced or os.fstat(self._fd).st_size < self._offset + self._skipped:
            log.warning("%s: the file was truncated; reading it from the start", self._path)
            self._go_to(0)
        known = len(self._buffer) - self._start
        if known > LONGEST_LINE:
            self._skipped += known
            known = 0
        # An unfinished line is read again from its start: on a full disk its writer takes it back.
        self._buffer = os.pread(self._fd, known + CHUNK, self._offset + self._skipped)
        self._start = 0
        return len(self._buffer) > known

    def _newer(self) -> _Generation | None:
        """Return the file to read after this one, once the writer has left this one.

        One writer: bytes in a newer file prove that nothing will be added to this one. An empty
        newer file proves nothing; the writer may not have opened it yet.
        """
        current = _Generation.of(self._path)
        if self._fd is None:
            return current
        if current is not None and (current.device, current.inode) == (self._device, self._inode):
            return None
        generations = _generations(self._path)
        inodes = [generation.inode for generation in generations]
        if self._inode in inodes:
            newer = generations[: inodes.index(self._inode)]
        else:  # removed, compressed or renamed by hand
            own = os.fstat(self._fd).st_mtime_ns
            newer = [generation for generation in generations if generation.mtime_ns >= own]
        return next((generation for generation in reversed(newer) if generation.size), None)


class PartlyWritten(OSError):
    """Not all lines are in the file. ``lines`` is how many of them are."""

    lines = 0


class QueueWriter:
    """Appends lines to a queue file, which it makes where needed, with mode 0640.

    When the file was rotated away, the next lines go to a new file of the old name.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def append(self, lines: Iterable[bytes]) -> None:
        """Append the lines, each without its newline, and return once they are on the disk.

        Raises ``ValueError`` on a line that holds a newline, and ``PartlyWritten`` on a full disk.
        The lines that still had room stay, since the reader may have them already; append the
        others again.
        """
        lines = list(lines)
        if any(b"\n" in line for line in lines):
            raise ValueError("a line of a queue file cannot hold a newline")
        if not lines:
            return
        fd = self._open()
        try:
            _write_whole_lines(fd, b"".join(line + b"\n" for line in lines))
        except PartlyWritten as error:
            error.filename = str(self._path)
            raise
        # The reader's position is stored next. After a power cut it must not be ahead of the lines.
        os.fdatasync(fd)

    def close(self) -> None:
        """Close the file; the next ``append`` opens it again."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        if self._fd is not None:
            status = os.fstat(self._fd)
            current = _Generation.of(self._path)
            if current and (current.device, current.inode) == (status.st_dev, status.st_ino):
                return self._fd
            self.close()
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        fd = os.open(self._path, flags, QUEUE_FILE_MODE)
        try:
            os.fchmod(fd, QUEUE_FILE_MODE)  # whatever the umask
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                log.warning("%s: ended the unfinished last line", self._path)
                _write_whole_lines(fd, b"\n")
        except BaseException:
            os.close(fd)
            raise
        self._fd = fd
        return fd


def _write_whole_lines(fd: int, data: bytes) -> None:
    """Append the data; on an error take back an unfinished line and raise ``PartlyWritten``."""
    size = os.fstat(fd).st_size
    written = 0
    try:
        while written < len(data):  # more than once only where the disk becomes full
            written += os.write(fd, data[written:])
    except OSError as error:
        whole = data.rfind(b"\n", 0, written) + 1
        os.ftruncate(fd, size + whole)
        partly = PartlyWritten(error.errno, error.strerror)
        partly.lines = data.count(b"\n", 0, whole)
        raise partly from error


def stored(path: Path) -> str:
    """Return what is in a small file, without blanks at its ends; "" where it cannot be read."""
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def store(path: Path, text: str, mode: int = QUEUE_FILE_MODE) -> None:
    """Replace a small file in one step: it holds the old text or the new one.

    After a power cut it may be the old one, which only means that some lines are read twice.
    """
    temporary = path.with_name(f"{path.name}.tmp")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        with open(fd, "w", encoding="utf-8") as file:
            os.fchmod(fd, mode)
            file.write(text)
            file.flush()
            os.fsync(fd)
    except OSError as error:
        error.filename = str(path)
        raise
    temporary.replace(path)
