# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role watch says of its variable before anything changes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from preflight import preflight

ROLE = Path(__file__).parents[3] / "roles/watch"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Check all cases."""
    directory = tmp_path_factory.mktemp("preflight")
    (directory / "a_file").touch()
    named = {
        "off": "",
        "there": str(directory),
        "missing": str(directory / "nowhere"),
        "file": str(directory / "a_file"),
        "relative": ".",
    }
    hosts: dict[str, Any] = {
        name: {"watch_metrics_directory": each} for name, each in named.items()
    }
    hosts["by_default"] = {}
    for each in hosts.values():
        each |= {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    return preflight(ROLE, hosts, directory)


def test_a_directory_that_is_there_is_accepted(report: dict[str, Any]) -> None:
    assert set(report["failed"]) == {"missing", "file", "relative"}


@pytest.mark.parametrize("case", ["missing", "file", "relative"])
def test_anything_else_is_refused_with_what_to_write(report: dict[str, Any], case: str) -> None:
    said = report["failed"][case]
    assert said.startswith("watch_metrics_directory is ")
    assert "it has to be a directory of this host, by its whole path. Name the one that" in said
