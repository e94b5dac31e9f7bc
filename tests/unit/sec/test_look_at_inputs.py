# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of which nothing would be seen are found at deploy time, not by a login that nobody saw."""

from __future__ import annotations

import grp
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from correlator import ROLE

ADM = grp.getgrnam("adm").gr_gid


@pytest.fixture
def logs() -> Iterator[Path]:
    """Give a directory below one that everybody may enter; pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="geowatch-logs-") as directory:
        path = Path(directory)
        path.chmod(0o755)
        (path / "vpn1").mkdir()
        (path / "vpn1/openvpn.log").write_text("")
        yield path


def look(glob: str) -> str:
    return subprocess.run(
        ["perl", ROLE / "files/look_at_inputs.pl", "adm no-such-group", glob],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize(
    ("directory", "file", "group", "readable"),
    [
        (0o755, 0o644, 0, True),
        (0o750, 0o640, ADM, True),
        (0o700, 0o644, 0, False),
        (0o750, 0o640, 0, False),
        (0o755, 0o600, ADM, False),
    ],
)
def test_what_a_member_of_the_group_may_read(
    logs: Path, directory: int, file: int, group: int, readable: bool
) -> None:
    for path, mode in ((logs / "vpn1", directory), (logs / "vpn1/openvpn.log", file)):
        os.chown(path, 0, group)
        path.chmod(mode)
    wrong = "" if readable else f"unreadable\t{logs}/vpn1/openvpn.log\n"
    assert look(f"{logs}/*/openvpn.log") == wrong


@pytest.mark.parametrize(
    ("glob", "wrong"),
    [
        ("/*/openvpn.log", ""),
        ("/vpn1/openvpn.log", ""),
        ("/*/ovpn.log", "empty\t{logs}/*/ovpn.log\n"),
        ("/vpn{1,2}/ovpn.log", "empty\t{logs}/vpn{{1,2}}/ovpn.log\n"),
        ("/vpn2/openvpn.log", "nowhere\t{logs}/vpn2\n"),
        ("/remote/*/openvpn.log", "nowhere\t{logs}/remote\n"),
    ],
)
def test_globs_that_match_nothing(logs: Path, glob: str, wrong: str) -> None:
    assert look(f"{logs}{glob}") == wrong.format(logs=logs)
