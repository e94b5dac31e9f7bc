# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""At every moment there is a whole database, whatever fails and whenever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from geowatch.database.install import install

CALLS = ["chmod", "fsync", "link", "rename", "replace"]


@pytest.mark.parametrize("name", CALLS)
def test_a_failure_of_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    in_use, new = tmp_path / "country.mmdb", tmp_path / "work" / "new.mmdb"
    new.parent.mkdir()
    in_use.write_bytes(b"old")
    new.write_bytes(b"new")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, fail)
    try:
        install(new, in_use)
    except OSError:
        assert in_use.read_bytes() == b"old"
    else:
        assert in_use.read_bytes() == b"new"


def test_the_database_is_there_at_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_use, new = tmp_path / "country.mmdb", tmp_path / "work" / "new.mmdb"
    new.parent.mkdir()
    in_use.write_bytes(b"old")
    new.write_bytes(b"new")
    steps = []

    def watched(step: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            result = step(*arguments, **options)
            steps.append(in_use.read_bytes())
            return result

        return call

    for name in CALLS:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    install(new, in_use)
    assert len(steps) >= 5
    assert steps == sorted(steps, reverse=True)


def test_the_previous_one_is_kept(tmp_path: Path) -> None:
    in_use, work = tmp_path / "country.mmdb", tmp_path / "work"
    work.mkdir()
    for content in (b"1", b"2", b"3"):
        (work / "new").write_bytes(content)
        install(work / "new", in_use)
    assert in_use.read_bytes() == b"3"
    assert Path(f"{in_use}.previous").read_bytes() == b"2"
    assert os.listdir(work) == []
