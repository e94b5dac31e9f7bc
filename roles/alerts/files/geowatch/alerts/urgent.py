# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the room watch has to say while the service itself is what is broken."""

from __future__ import annotations

import time
from pathlib import Path

from geowatch.alerts.alert import MalformedLine, parse
from geowatch.alerts.config import Config
from geowatch.alerts.direct import Direct
from geowatch.alerts.journal import log, log_alert
from geowatch.alerts.ways import due
from geowatch.journal import log_to_journal

LOOK_AGAIN = 1.0  # seconds


def run(config: Config, directory: Path) -> int:
    """Send each alert there past the outbox, until the watch takes it back."""
    log_to_journal()
    direct = Direct(config)
    said: set[bytes] = set()
    while files := sorted(directory.iterdir()):
        for line in {line for file in files for line in _lines(file)} - said:
            said.add(line)
            try:
                alert = parse(line, config.environment, config.origin)
            except MalformedLine as reason:
                log.error("malformed: %s", reason)
                continue
            log_alert(alert)
            direct.say(alert, due(alert, config))
        time.sleep(LOOK_AGAIN)
    return 0


def _lines(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except FileNotFoundError:  # just now
        return []
