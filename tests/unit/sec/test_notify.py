# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""The correlator tells systemd that it is ready, and that it lives, but not all the time."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from correlator import perl

CODE = "require Notify; Notify::ready(); Notify::alive() for 1 .. 3; Notify::ready()"


@pytest.mark.parametrize("name", ["{directory}/notify", "\0{directory}"])
def test_what_systemd_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    address = name.format(directory=tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(10)
        perl(CODE)
        heard = [systemd.recv(100) for _each in range(3)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"READY=1"]


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert perl(CODE) == ""
