# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a systemd unit starts."""

from __future__ import annotations

import shlex


def command_line(unit: str) -> list[str]:
    """Return the command of ``ExecStart=``. Systemd expands no globs, and neither does this."""
    for line in unit.replace("\\\n", " ").splitlines():
        name, _, value = line.partition("=")
        if name == "ExecStart":
            return shlex.split(value)
    raise ValueError("a unit without ExecStart=")
