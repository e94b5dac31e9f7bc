# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A line in a queue file is whole, or it is not there yet."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest
from correlator import ROLE, wait_for


def perl(directory: Path, script: str, *arguments: str | bytes) -> list[str | bytes]:
    return [
        *("perl", f"-I{ROLE}/files/perl", f"-MQueue={directory}", "-e", script, "--"),
        *arguments,
    ]


def append(directory: Path, *fields: str | bytes) -> None:
    subprocess.run(perl(directory, "Queue::append('queue', @ARGV)", *fields), check=True)


def test_fields_and_free_text(tmp_path: Path) -> None:
    append(tmp_path, "id", "", "free\ttext")
    append(tmp_path, "id2", b"\xff\xfe", "text")
    assert (tmp_path / "queue").read_bytes() == b"id\t\tfree\ttext\nid2\t\xff\xfe\ttext\n"
    assert (tmp_path / "queue").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("field", ["a\tb", "a\nb", "a\rb", "a\x1bb", "a\x7fb"])
def test_no_field_can_make_another_field_or_line(tmp_path: Path, field: str) -> None:
    append(tmp_path, field, "text")
    assert (tmp_path / "queue").read_bytes() == b"a?b\ttext\n"


def test_the_free_text_cannot_make_another_line(tmp_path: Path) -> None:
    append(tmp_path, "id", "a\nb")
    assert (tmp_path / "queue").read_bytes() == b"id\ta?b\n"


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    (tmp_path / "queue").write_bytes(b"whole\ntor")
    append(tmp_path, "id", "text")
    assert (tmp_path / "queue").read_bytes() == b"whole\ntor\nid\ttext\n"


def test_after_a_rotation_the_line_is_in_the_new_file(tmp_path: Path) -> None:
    script = (
        "Queue::append('queue', 'one'); rename \"$ARGV[0]/queue\", \"$ARGV[0]/queue.1\";"
        "Queue::append('queue', 'two')"
    )
    subprocess.run(perl(tmp_path, script, str(tmp_path)), check=True)
    assert (tmp_path / "queue").read_bytes() == b"two\n"
    assert (tmp_path / "queue.1").read_bytes() == b"one\n"


def test_without_room_it_waits_and_leaves_no_torn_line(tmp_path: Path) -> None:
    # A file size limit answers a write like a full disk: with a part of it, then with an error.
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))

    process = subprocess.Popen(
        perl(tmp_path, "Queue::append('queue', 'x' x 15); Queue::append('queue', 'y' x 15)"),
        stderr=subprocess.PIPE,
        preexec_fn=limit,
    )
    assert process.stderr is not None
    assert b"waiting for it" in process.stderr.readline()
    assert (tmp_path / "queue").read_bytes() == b"x" * 15 + b"\n"
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    assert b"can be written again" in process.stderr.readline()
    assert process.wait(20) == 0
    assert (tmp_path / "queue").read_bytes() == b"x" * 15 + b"\n" + b"y" * 15 + b"\n"


def test_it_waits_for_its_directory(tmp_path: Path) -> None:
    directory = tmp_path / "later"
    process = subprocess.Popen(
        perl(directory, "Queue::append('queue', 'text')"), stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    assert b"waiting for it" in process.stderr.readline()
    os.mkdir(directory)
    assert process.wait(20) == 0
    wait_for((directory / "queue").exists)
    assert (directory / "queue").read_bytes() == b"text\n"
