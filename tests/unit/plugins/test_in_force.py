# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on the disk has another digest as soon as anything about it has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.loghost.geowatch.plugins.modules.in_force import digest


@pytest.fixture
def globs(tmp_path: Path) -> list[str]:
    (tmp_path / "a.sec").write_text("a")
    (tmp_path / "b.sec").write_text("b")
    (tmp_path / "venv").symlink_to("venvs/1")
    (tmp_path / "directory.sec").mkdir()
    return [f"{tmp_path}/*.sec", f"{tmp_path}/venv", f"{tmp_path}/a.sec"]


def swap(directory: Path) -> None:
    """Put another file in the place of one, and the same one back."""
    (directory / "a.sec").rename(directory / "kept")
    (directory / "a.sec").write_text("somebody else's")
    (directory / "kept").replace(directory / "a.sec")


def relink(directory: Path) -> None:
    (directory / "venv").unlink()
    (directory / "venv").symlink_to("venvs/2")


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda directory: (directory / "a.sec").write_text("c"),
    "new": lambda directory: (directory / "c.sec").write_text("c"),
    "gone": lambda directory: (directory / "b.sec").unlink(),
    "link": relink,
    "there and back": swap,
}


def test_nothing_has_changed(tmp_path: Path, globs: list[str]) -> None:
    before = digest(globs)
    (tmp_path / "other").write_text("")
    assert digest(globs) == before


@pytest.mark.parametrize("change", CHANGES)
def test_something_has_changed(tmp_path: Path, globs: list[str], change: str) -> None:
    before = digest(globs)
    CHANGES[change](tmp_path)
    assert digest(globs) != before
