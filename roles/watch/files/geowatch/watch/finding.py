# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one link of the line says when it is asked: do you work?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The answer of one link."""

    link: str
    works: bool | None
    """None: it cannot be seen from here, which is neither."""
    text: str
    repair: str = ""
    """The command that repairs it, or what to do."""
    told: bool = False
    """Whether the room itself says so, as it does of its databases and channels."""
    minor: bool = False
    """Whether somebody should look, but nothing is missed."""
    pids: tuple[int, ...] = ()
    behind: int = 0
    """Bytes that wait before it."""
    at: str = ""
    """How far it got: another text as soon as it moves."""
