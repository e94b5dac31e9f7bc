# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for something to happen, without a time that a slow machine could miss."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE = 30.0  # seconds; generous, and only ever waited for when a test fails


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Poll until `condition` holds; fail with `what` when it never does."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)
