# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that dies says nothing: the dead man's switch does, which canaries kept quiet."""

from __future__ import annotations

import subprocess

from eventually import eventually
from scenario import alert_server, all_works, arrives, log_server


def last_said() -> str:
    """Return what the switch noted last: it was called, or it rang."""
    return str(alert_server.run("tail --lines=1 /run/switch/said").stdout.strip())


def podman(*arguments: str) -> None:
    """Do something to the host from outside."""
    subprocess.run(["podman", *arguments], check=True, stdout=subprocess.DEVNULL)


def test_the_switch_rings_for_a_host_that_dies() -> None:
    assert eventually(arrives)
    assert eventually(lambda: last_said() == "called")
    podman("kill", "--signal=KILL", "oncall-log-server")
    try:
        assert eventually(lambda: last_said() == "rang")
    finally:
        podman("start", "oncall-log-server")
    booted = "[ -S /run/systemd/private ] && systemctl is-system-running --wait"
    assert eventually(lambda: log_server.run(booted).rc == 0)
    all_works()
    assert eventually(lambda: last_said() == "called")
