# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for what happens on a host."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

DEADLINE = 300.0
"""Seconds. Generous: it is only ever reached by a test that fails."""

SHORTEST, LONGEST = 0.2, 1.5
"""Seconds between two looks: each starts programs on a host, which costs more than to wait."""


def eventually(look: Callable[[], Result]) -> Result:
    """Return the first true result of `look`, or its last result when the time is up."""
    end, pause = time.monotonic() + DEADLINE, SHORTEST
    while not (result := look()) and time.monotonic() < end:
        time.sleep(pause)
        pause = min(1.3 * pause, LONGEST)
    return result
