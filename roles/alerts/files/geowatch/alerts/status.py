# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sender writes down of itself, for the room watch: nobody else may read the outbox."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Any

from geowatch.alerts.alert import CANARY
from geowatch.alerts.config import Config
from geowatch.alerts.journal import log
from geowatch.alerts.ledger import Ledger
from geowatch.alerts.outbox import Outbox
from queue_files import store, stored

EVERY = 5.0  # seconds
OFTEN = 0.1  # seconds, while a canary is on its way


class Status:
    """The file `status.json` beside the outbox."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._file = config.outbox.with_name("status.json")
        self._ledger = Ledger(config.outbox)
        self._written, self._failed = "", False
        self._next = 0.0  # time.monotonic()

    def write(self) -> None:
        """Write down how far the queue files were read, and how each way goes, where it changed."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        try:
            text = json.dumps(self._facts())
            if text != self._written:
                store(self._file, text)
            self._written, self._failed = text, False
        except (OSError, sqlite3.Error) as error:  # a full disk is said by others
            if not self._failed:
                log.error("cannot write down how it goes: %s", error)
            self._failed = True

    def _facts(self) -> dict[str, Any]:
        per_hour = self._config.messages_per_hour
        return {
            "positions": {
                str(each): self._ledger.position(each) for each in self._config.queue_files
            },
            "ways": [
                self._ledger.way(each.name, to, per_hour if each.settings.rings else None)
                for each in self._config.channels
                for to in each.recipients()
            ],
        }


class Arrivals:
    """The file `canary.json` beside the outbox: where the canary arrived that the watch awaits."""

    def __init__(self, config: Config, outbox: Outbox) -> None:
        self._outbox = outbox
        self._nonces = [each.with_name("canary") for each in config.queue_files]
        self._file = config.outbox.with_name("canary.json")
        self._written, self._over = "", ""
        self._next = 0.0  # time.monotonic()

    def write(self, canary: str) -> None:
        """Write down what became of the canary with this id, where that changed."""
        if canary == self._over or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + OFTEN
        if canary not in (stored(each) for each in self._nonces):
            self._over = canary  # it is awaited no more
            return
        try:
            text = json.dumps({"id": canary, "channels": self._outbox.became_of(canary, CANARY)})
            if text != self._written:
                store(self._file, text)
                self._written = text
        except (OSError, sqlite3.Error) as error:  # a full disk is said by others
            log.error("cannot write down where the canary arrived: %s", error)
