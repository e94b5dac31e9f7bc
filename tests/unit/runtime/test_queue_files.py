# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queue files on a real disk: rotation, truncation, restarts, torn lines, a full disk."""

from __future__ import annotations

import logging
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import queue_files
from queue_files import LONGEST_LINE, PartlyWritten, Position, QueueReader, QueueWriter, store

MANY = 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connections"


@pytest.fixture(params=[0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    old = os.umask(request.param)
    yield
    os.umask(old)


def add(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(line + b"\n" for line in lines))


def rotate(path: Path) -> None:
    """Rename as logrotate does: the highest number first."""
    numbers = sorted(int(p.suffix[1:]) for p in path.parent.glob(f"{path.name}.[0-9]*"))
    for number in reversed(numbers):
        path.with_name(f"{path.name}.{number}").rename(f"{path}.{number + 1}")
    path.rename(f"{path}.1")


def resumed(reader: QueueReader, path: Path) -> QueueReader:
    """Return what the reader is after a restart."""
    position = reader.position
    reader.close()
    return QueueReader(path, None if position is None else Position.parse(str(position)))


@contextmanager
def full_disk_at(size: int) -> Iterator[None]:
    """Let no file grow beyond size bytes."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


class TestPosition:
    def test_text_and_back(self) -> None:
        assert Position.parse(str(Position(1, 2, 3))) == Position(1, 2, 3)

    def test_a_stored_line_end_is_allowed(self) -> None:
        assert Position.parse("1 2 3\n") == Position(1, 2, 3)

    @pytest.mark.parametrize("text", ["", "1 2", "1 2 3 4", "1 2 -3", "a b c", "\0\0\0", "1 2 ²"])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="position"):
            Position.parse(text)


class TestReader:
    def test_a_missing_file_is_picked_up_when_it_appears(self, path: Path) -> None:
        reader = QueueReader(path)
        assert reader.read(MANY) == []
        assert reader.position is None
        add(path, b"one")
        assert reader.read(MANY) == [b"one"]

    def test_lines_are_bytes_without_their_newline(self, path: Path) -> None:
        lines = [b"", b"\xff\0\x80", b"\r", b"last"]
        add(path, *lines)
        assert QueueReader(path).read(MANY) == lines

    def test_no_more_lines_than_asked_for(self, path: Path) -> None:
        add(path, *(b"%d" % n for n in range(5)))
        reader = QueueReader(path)
        assert reader.read(2) == [b"0", b"1"]
        assert reader.position is not None
        assert reader.position.offset == 4
        assert reader.read(MANY) == [b"2", b"3", b"4"]
        assert reader.read(MANY) == []

    def test_a_batch_is_bounded_in_bytes(self, path: Path) -> None:
        add(path, *[b"x" * LONGEST_LINE] * 6)
        reader = QueueReader(path)
        assert [len(reader.read(MANY)), len(reader.read(MANY))] == [4, 2]

    def test_a_partial_line_stays_unread_until_it_is_finished(self, path: Path) -> None:
        path.write_bytes(b"one\ntw")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        assert reader.position is not None
        assert reader.position.offset == 4
        add(path, b"o")
        assert reader.read(MANY) == [b"two"]

    def test_a_partial_line_that_its_writer_takes_back_is_forgotten(self, path: Path) -> None:
        path.write_bytes(b"one\ntorn")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        os.truncate(path, 4)
        add(path, b"a longer line")
        assert reader.read(MANY) == [b"a longer line"]

    @pytest.mark.parametrize("length", [queue_files.CHUNK - 1, queue_files.CHUNK, LONGEST_LINE])
    def test_long_lines(self, path: Path, length: int) -> None:
        lines = [b"x" * length, b"y" * length, b"end"]
        add(path, *lines)
        assert QueueReader(path).read(MANY) == lines

    def test_a_too_long_line_is_skipped_with_a_warning(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        length = 3 * LONGEST_LINE
        add(path, b"before", b"x" * length, b"after")
        reader = QueueReader(path)
        with caplog.at_level(logging.WARNING):
            assert reader.read(MANY) == [b"before", b"after"]
        assert f"skipped a line of {length} bytes" in caplog.text
        assert reader.position is not None
        assert reader.position.offset == path.stat().st_size

    def test_a_too_long_line_is_not_kept_in_memory(self, path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(1 << 30)  # sparse
        reader = QueueReader(path)
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), hard))
        try:
            assert reader.read(MANY) == []
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        assert reader.position is not None
        assert reader.position.offset == 0


class TestRestart:
    def test_goes_on_where_it_stopped(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        assert reader.read(1) == [b"one"]
        reader = resumed(reader, path)
        assert reader.read(MANY) == [b"two"]

    def test_rotated_meanwhile(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(1)
        rotate(path)
        add(path, b"three")
        assert resumed(reader, path).read(MANY) == [b"two", b"three"]

    def test_rotated_twelve_times_meanwhile(self, path: Path) -> None:
        add(path, b"0", b"1")
        reader = QueueReader(path)
        reader.read(1)
        for number in range(2, 14):
            rotate(path)
            add(path, b"%d" % number)
        assert resumed(reader, path).read(MANY) == [b"%d" % n for n in range(1, 14)]

    def test_rotated_meanwhile_and_no_new_file_yet(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(1)
        rotate(path)
        reader = resumed(reader, path)
        assert reader.read(MANY) == [b"two"]
        add(path, b"three")
        assert reader.read(MANY) == [b"three"]

    def test_truncated_meanwhile(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(MANY)
        os.truncate(path, 0)
        add(path, b"3")
        assert resumed(reader, path).read(MANY) == [b"3"]

    def test_another_file_with_the_same_inode(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(MANY)
        path.write_bytes(b"another, longer file\n")  # truncates and writes: the inode stays
        assert resumed(reader, path).read(MANY) == [b"another, longer file"]

    def test_the_device_number_may_change(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path, Position(987654, path.stat().st_ino, 4))
        assert reader.read(MANY) == [b"two"]

    @pytest.mark.parametrize("name", ["alerts", "alerts.1"])
    def test_a_copied_directory_is_read_on(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "old").mkdir()
        path = tmp_path / "old/alerts"
        add(path, b"one", b"two", b"three")
        reader = QueueReader(path)
        reader.read(2)
        (tmp_path / "new").mkdir()
        (tmp_path / "new" / name).write_bytes(path.read_bytes())
        if name != "alerts":
            add(tmp_path / "new/alerts", b"four")
        moved = resumed(reader, tmp_path / "new/alerts")
        assert moved.gap == ""
        assert moved.read(MANY) == [b"three", *([b"four"] if name != "alerts" else [])]

    def test_the_file_is_gone_so_the_oldest_left_is_read(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        for line in (b"one", b"two", b"three"):
            add(path, line)
            if line != b"three":
                rotate(path)
        position = Position(path.stat().st_dev, 1, 4)
        reader = QueueReader(path, position)
        assert reader.read(MANY) == [b"one", b"two", b"three"]
        assert "is gone" in caplog.text
        assert "is gone" in reader.gap

    def test_files_that_only_look_rotated_are_not_read(self, path: Path) -> None:
        add(path, b"one")
        rotate(path)
        add(path, b"two")
        for suffix in ("1.gz", "old", "offset", "²"):
            add(path.with_name(f"connections.{suffix}"), b"no")
        add(path.with_name("other.1"), b"no")
        assert QueueReader(path, Position(0, 1, 1)).read(MANY) == [b"one", b"two"]


class TestRotationWhileRunning:
    def test_the_old_file_first(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        assert reader.read(1) == [b"one"]
        rotate(path)
        add(path, b"three")
        assert reader.read(MANY) == [b"two", b"three"]

    def test_the_writer_may_go_on_in_the_old_file_for_a_while(self, path: Path) -> None:
        writer = path.open("ab", buffering=0)
        writer.write(b"one\n")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        rotate(path)
        path.touch()  # logrotate's create; the writer has not reopened yet
        assert reader.read(MANY) == []
        writer.write(b"two\n")
        assert reader.read(MANY) == [b"two"]
        writer.write(b"three\n")
        add(path, b"four")
        assert reader.read(MANY) == [b"three", b"four"]

    def test_rotated_between_two_system_calls(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add(path, b"one")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        pread = os.pread

        def pread_and_rotate(fd: int, size: int, offset: int) -> bytes:
            data = pread(fd, size, offset)
            if not data:  # the reader has just seen the end of the file
                monkeypatch.undo()
                add(path, b"two")
                rotate(path)
                add(path, b"three")
            return data

        monkeypatch.setattr(os, "pread", pread_and_rotate)
        lines = reader.read(MANY)
        assert lines + reader.read(MANY) == [b"two", b"three"]

    def test_several_rotations_between_two_reads(self, path: Path) -> None:
        add(path, b"0")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"0"]
        for number in range(1, 12):
            rotate(path)
            path.touch()
            if number != 5:  # an empty day
                add(path, b"%d" % number)
        assert reader.read(MANY) == [b"%d" % n for n in range(1, 12) if n != 5]

    def test_renamed_by_hand(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(1)
        path.rename(path.with_name("elsewhere"))
        add(path, b"three")
        assert reader.read(MANY) == [b"two", b"three"]

    def test_renamed_by_hand_and_older_ones_are_not_read_again(self, path: Path) -> None:
        add(path, b"zero")
        os.utime(path, (0, 0))
        rotate(path)
        add(path, b"one")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        path.rename(path.with_name("elsewhere"))
        add(path, b"two")
        assert reader.read(MANY) == [b"two"]

    def test_removed(self, path: Path) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        reader.read(1)
        path.unlink()
        assert reader.read(MANY) == [b"two"]
        add(path, b"three")
        assert reader.read(MANY) == [b"three"]

    def test_an_unfinished_last_line_is_reported(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        path.write_bytes(b"one\ntorn")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one"]
        rotate(path)
        add(path, b"two")
        assert reader.read(MANY) == [b"two"]
        assert "unfinished line" in caplog.text

    @pytest.mark.parametrize("after", [b"3", b"a longer line than before"])
    def test_copytruncate(self, path: Path, after: bytes) -> None:
        add(path, b"one", b"two")
        reader = QueueReader(path)
        assert reader.read(MANY) == [b"one", b"two"]
        os.truncate(path, 0)
        add(path, after)
        assert reader.read(MANY) == [after]

    def test_truncated_inside_a_too_long_line(self, path: Path) -> None:
        path.write_bytes(b"x" * (2 * LONGEST_LINE))
        reader = QueueReader(path)
        assert reader.read(MANY) == []
        os.truncate(path, 0)
        add(path, b"one")
        assert reader.read(MANY) == [b"one"]


class TestWriter:
    def test_appends(self, path: Path) -> None:
        writer = QueueWriter(path)
        writer.append([b"one", b"two"])
        writer.append([])
        writer.append([b"three"])
        assert path.read_bytes() == b"one\ntwo\nthree\n"

    @pytest.mark.usefixtures("umask")
    def test_mode(self, path: Path) -> None:
        QueueWriter(path).append([b"one"])
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_newline_in_a_line_is_refused(self, path: Path) -> None:
        with pytest.raises(ValueError, match="newline"):
            QueueWriter(path).append([b"one", b"forged\nline"])
        assert not path.exists()

    @pytest.mark.parametrize(
        ("before", "after"), [(b"one\nto", b"one\nto\ntwo\n"), (b"one\n", b"one\ntwo\n")]
    )
    def test_a_torn_last_line_is_ended_first(self, path: Path, before: bytes, after: bytes) -> None:
        path.write_bytes(before)
        QueueWriter(path).append([b"two"])
        assert path.read_bytes() == after

    def test_a_new_file_after_rotation(self, path: Path) -> None:
        writer = QueueWriter(path)
        writer.append([b"one"])
        rotate(path)
        writer.append([b"two"])
        assert path.read_bytes() == b"two\n"
        assert path.with_name("connections.1").read_bytes() == b"one\n"

    def test_a_full_disk_leaves_whole_lines(self, path: Path) -> None:
        writer = QueueWriter(path)
        writer.append([b"one"])
        with full_disk_at(10), pytest.raises(PartlyWritten, match="File too large") as failure:
            writer.append([b"two", b"three"])
        assert (failure.value.lines, failure.value.filename) == (1, str(path))
        assert path.read_bytes() == b"one\ntwo\n"
        writer.append([b"three"])
        assert path.read_bytes() == b"one\ntwo\nthree\n"

    def test_a_full_disk_from_the_first_byte(self, path: Path) -> None:
        writer = QueueWriter(path)
        writer.append([b"one"])
        with full_disk_at(4), pytest.raises(OSError, match="File too large"):
            writer.append([b"two"])
        assert path.read_bytes() == b"one\n"

    def test_what_is_written_is_read(self, path: Path) -> None:
        writer, reader = QueueWriter(path), QueueReader(path)
        written, read = [], []
        for number in range(200):
            batch = [b"%d.%d" % (number, n) for n in range(number % 7)]
            written += batch
            writer.append(batch)
            if number % 13 == 0 and path.exists():
                rotate(path)
            if number % 5 == 0:
                read += reader.read(3)
            if number % 31 == 0:
                reader = resumed(reader, path)
        read += reader.read(10_000)
        assert read == written


class TestStore:
    def test_replaces(self, tmp_path: Path) -> None:
        path = tmp_path / "connections.offset"
        store(path, "1 2 3")
        store(path, "4 5 6")
        assert path.read_text() == "4 5 6"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.usefixtures("umask")
    def test_mode(self, tmp_path: Path) -> None:
        path = tmp_path / "connections.offset"
        store(path, "1 2 3")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_full_disk_keeps_the_old_text(self, tmp_path: Path) -> None:
        path = tmp_path / "connections.offset"
        store(path, "1 2 3")
        with full_disk_at(2), pytest.raises(OSError, match="File too large"):
            store(path, "4 5 6")
        assert path.read_text() == "1 2 3"
