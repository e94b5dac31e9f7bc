# Copyright: (c) 2026, geowatch founders
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journal says of each alert."""

from __future__ import annotations

import logging

from geowatch.alerts.alert import Alert, shown

log = logging.getLogger("alerts")

LEVELS = {
    "security": logging.CRITICAL,
    "critical": logging.CRITICAL,
    "major": logging.ERROR,
    "minor": logging.WARNING,
    "warning": logging.WARNING,
}


def log_alert(alert: Alert) -> None:
    """Write the line that every accepted alert gets, whatever its channels do later."""
    level = LEVELS.get(alert["severity"], logging.INFO)
    fields = alert["severity"], alert["event"], alert["resource"], alert["text"]
    log.log(level, "%s %s %s: %s", *map(shown, fields))
