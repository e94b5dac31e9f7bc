# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patience with a disk: what cannot be stored now is tried again until there is room.

To end and be started again would be no way out: it would say the same every other second, and send
again what it could not remember to have sent.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar

from geowatch.alerts.journal import log

T = TypeVar("T")

AGAIN = 1.0  # seconds

# These pass: a full disk is repaired by somebody, some time. Others are mistakes.
PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY})


class Stopped(Exception):
    """It was asked to stop while it waited."""


def patiently(
    action: Callable[[], T],
    stop: threading.Event,
    meanwhile: Callable[[Exception], None] = lambda error: None,
) -> T:
    """Return what `action` returns once it can store what it has to. Raises Stopped.

    `meanwhile` is called after each time that it cannot.
    """
    said = False
    while True:
        try:
            result = action()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in PASSING:
                raise
            if not said:
                log.error("the outbox cannot be written, waiting: %s", error)
                said = True
            meanwhile(error)
            if stop.wait(AGAIN):
                raise Stopped from error
        else:
            if said:
                log.warning("the outbox can be written again")
            return result
