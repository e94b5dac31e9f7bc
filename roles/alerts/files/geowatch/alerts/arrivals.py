# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the canary arrived, for the room watch, which waits for it: it may not read the outbox."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

from geowatch.alerts.alert import CANARY
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log
from geowatch.alerts.outbox import Outbox
from queue_files import store

OFTEN = 0.1  # seconds between two looks


class Arrivals:
    """The file `canary.json` beside the outbox."""

    def __init__(self, config: Config) -> None:
        self._nonces = [each.with_name("canary") for each in config.queue_files]
        self._file = config.outbox.with_name("canary.json")
        self._written = ""
        self._next = 0.0  # time.monotonic()

    def write(self, outbox: Outbox) -> None:
        """Write down what became of the canary that is awaited, where that changed."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + OFTEN
        nonce = next((text for each in self._nonces if (text := _text(each))), "")
        try:
            found = outbox.became_of(nonce, CANARY) if nonce else None
            text = json.dumps({"id": nonce, "channels": found})
            if found is not None and text != self._written:
                store(self._file, text)
                self._written = text
        except (OSError, sqlite3.Error) as error:  # a full disk is said by others
            log.error("cannot write down where the canary arrived: %s", error)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
