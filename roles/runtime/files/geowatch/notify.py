# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service tells: systemd that it is ready and lives, and the next deployment what it runs.

See sd_notify(3), and "How a deployment lands" in docs/design.md.
"""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from queue_files import store

OFTEN = 5.0
"""Seconds between two signs of life. The units' WatchdogSec is several times as long."""

_next = 0.0


def ready() -> None:
    _tell("READY=1")


def alive() -> None:
    """Say that the service goes on, if that was not said a moment ago."""
    global _next
    if time.monotonic() >= _next:
        _next = time.monotonic() + OFTEN
        _tell("WATCHDOG=1")


def in_force(directory: Path) -> None:
    """Write down which deployment was loaded, into the directory of the room's state."""
    try:
        store(directory / "in_force", os.environ.get("GEOWATCH_DIGEST", "") + "\n")
    except OSError as error:  # on a full disk logins come first
        print(f"<3>cannot say which deployment is in force: {error}", flush=True)


def _tell(text: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(1.0)
        out.sendto(text.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)
